"""Wording: one prompt, put into words and fields as each model's card wants it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptkit.brand.loading import BrandLibrary
from promptkit.model.card import Card
from promptkit.model.catalog import dialect_cards
from promptkit.prompt import said as phrases
from promptkit.prompt.compose import compose
from promptkit.prompt.sections import Ban, ColorUse, Lettering, Prompt, Section, Source, Space
from promptkit.prompt.wording import word
from promptkit.template.inputs import Image
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
FLARE = dialect_cards("openai")["gpt-image-2.5-flare"]
GUIDE = dialect_cards("guide")["gpt-image-1"]
COMP = dialect_cards("comp")["comp"]
PROSE = FLARE.model_copy(update={"form": "prose"})

REFINE = phrases.REFINE.format(image="Image 1")
ALL_IN_ONE = phrases.ALL_IN_ONE.format(image="Image 1")
UNWANTED = "added lettering, added logos, watermarks"

SOURCE = Source("shop", "Shop", 1, "b" * 64, "hero", "t" * 64, "plain", None, {}, {})
GROUND = ColorUse("background", "Oat", "#EDE4D6", "oatmeal", "the ground", 0.45)
CUP = ColorUse("accent", "Clay", "#B8694A", "terracotta", "one cup", 0.05)
CHAIR = Image("base", "product", "chair.png", "a birch chair.", "chair")
ROOM = Image("room", "room", "room.png", "", None)


def prompt(**changes: Any) -> Prompt:
    usual = Prompt(
        source=SOURCE,
        sections=(
            Section("purpose", "Hero picture."),
            Section("subject", "A chair."),
            Section("lighting", "Soft light."),
            Section("details", "Worn edges."),
        ),
        palette=(),
        swatches=(GROUND,),
        palette_mode="grade",
        medium="photo",
        lettering=Lettering((), "composite", "", None),
        space=Space(),
        avoid=(),
        never_words=(),
        references=(),
        aspect="3:2",
        size=None,
    )
    return replace(usual, **changes)


def said(name: str, card: Card = FLARE, **changes: Any) -> str:
    sections = word(prompt(**changes), card).sections
    return next((section.text for section in sections if section.name == name), "")


# Form


def test_labelled_words_have_a_line_for_each_section() -> None:
    assert word(prompt(), FLARE).text == (
        "Hero picture.\n"
        "Subject: A chair.\n"
        "Lighting: Soft light.\n"
        "Text: No added lettering, logos or watermarks.\n"
        "Details: Worn edges."
    )


def test_prose_is_written_in_paragraphs() -> None:
    words = word(prompt(avoid=(Ban(what="clutter"),), references=(ROOM,)), PROSE)
    assert words.text == (
        "Hero picture. Image 1 is the room picture. A chair.\n\n"
        "Soft light.\n\n"
        "No added lettering, logos or watermarks. Worn edges.\n\n"
        "Avoid clutter."
    )


def test_an_own_section_has_its_label_and_its_place() -> None:
    own = (
        Section("care_label", "Wash cold."),
        Section("subject", "A chair."),
        Section("avoid", "Hands."),
    )
    words = word(prompt(sections=own, references=(ROOM,)), FLARE)
    assert [section.name for section in words.sections] == [
        "care_label",
        "references",
        "subject",
        "text",
        "avoid",
    ]
    assert words.text.startswith("Care label: Wash cold.\n")


def test_an_order_of_the_templates_own_is_kept() -> None:
    own = tuple(Section(name, "X.") for name in ("subject", "details", "style", "purpose"))
    words = word(prompt(sections=own, palette=(GROUND,)), FLARE)
    names = [section.name for section in words.sections]
    assert [name for name in names if name not in ("color", "text")] == [
        "subject",
        "details",
        "style",
        "purpose",
    ]
    assert names.index("color") < names.index("text") < names.index("details")


def test_origins_go_along() -> None:
    brand = BrandLibrary([ROOT / "brand_profiles"]).get("tidewell")
    template = TemplateLibrary([ROOT / "templates"]).get("product-hero")
    words = word(compose(brand, template, {"product": "can"}), FLARE)
    files = {
        section.name: [Path(item.place.file).name for item in section.origins]
        for section in words.sections
    }
    assert files["subject"] == ["product-hero.j2"]
    assert files["lighting"] == ["base.j2"]


# Colours


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.01, "one cup in terracotta (#B8694A), a small accent"),
        (0.1, "one cup in terracotta (#B8694A), about a tenth of the picture"),
        (0.15, "one cup in terracotta (#B8694A), about a sixth of the picture"),
        (0.2, "one cup in terracotta (#B8694A), about a fifth of the picture"),
        (0.25, "one cup in terracotta (#B8694A), about a quarter of the picture"),
        (0.33, "one cup in terracotta (#B8694A), about a third of the picture"),
        (0.5, "one cup in terracotta (#B8694A), about half of the picture"),
        (1.0, "one cup in terracotta (#B8694A), most of the picture"),
        (None, "one cup in terracotta (#B8694A)."),
    ],
)
def test_a_share_is_said_in_words(share: float | None, words: str) -> None:
    color = said("color", palette=(replace(CUP, share=share),))
    assert color.lower().startswith(words.lower())


@pytest.mark.parametrize(
    ("mode", "medium", "words"),
    [
        ("grade", "photo", "Tone the whole picture gently towards these colours."),
        ("props", "photo", "Colour enters through these things;"),
        ("strict", "illustration", "Use only these colours, with tints of them and neutral greys."),
        (
            "strict",
            "photo",
            "Besides the subject's own colours, show only these colours and neutral",
        ),
    ],
)
def test_the_palette_mode_says_how_colours_enter(mode: str, medium: str, words: str) -> None:
    color = said("color", palette=(GROUND, CUP), palette_mode=mode, medium=medium)
    assert color.startswith(
        "The ground in oatmeal (#EDE4D6), about half of the picture; one cup in terracotta "
        f"(#B8694A), a small accent. {words}"
    )
    assert color.endswith("Show no colour codes and no swatches.")


def test_one_colour_is_one() -> None:
    color = said("color", palette=(GROUND,), palette_mode="strict", medium="illustration")
    assert "Use only this colour, with tints of it and neutral greys." in color
    color = said("color", palette=(GROUND,), palette_mode="props")
    assert "Colour enters through this alone; everything else" in color


def test_a_carriers_name_does_not_hide_the_share() -> None:
    wall = replace(CUP, carrier="the accent wall", share=0.5)
    assert "(#B8694A), about half of the picture." in said("color", palette=(wall,))


def test_a_colour_without_a_carrier_stands_by_itself() -> None:
    bare = replace(CUP, carrier="")
    assert said("color", palette=(bare,)).startswith("Terracotta (#B8694A), a small accent.")


def test_the_own_words_of_a_section_stand_before_the_worded_data() -> None:
    own = (Section("color", "Warm tones."), Section("subject", "A chair."))
    assert said("color", sections=own, palette=(GROUND,)).startswith("Warm tones. The ground in")


# References


def test_references_are_numbered_as_they_are_sent() -> None:
    assert said("references", references=(CHAIR, ROOM)) == (
        "Image 1 is the product picture: a birch chair. Image 2 is the room picture."
    )


def test_a_refinement_keeps_image_1_and_shifts_the_others() -> None:
    words = word(prompt(references=(CHAIR, ROOM)), FLARE, refine=True)
    assert (
        f"References: {REFINE} Image 2 is the product picture: a birch chair. Image 3" in words.text
    )
    assert words.text.index("Image 1 is the approved preview") < words.text.index("Subject:")
    assert f"References: {REFINE}\nSubject" in word(prompt(), FLARE, refine=True).text


def test_a_refinement_without_its_pictures_says_what_stands_for_them() -> None:
    kept = (Section("subject", "The can of the product picture, in the room of the room picture."),)
    dropped = word(prompt(sections=kept), FLARE, refine=True).text
    assert dropped.count(ALL_IN_ONE) == 1
    assert f"{REFINE} {ALL_IN_ONE}\n" in dropped
    assert ALL_IN_ONE not in word(prompt(sections=kept), FLARE).text
    assert ALL_IN_ONE not in word(prompt(), FLARE, refine=True).text
    sent = prompt(sections=kept, references=(CHAIR, ROOM))
    assert ALL_IN_ONE not in word(sent, FLARE, refine=True).text


# Lettering

COPY = ("Longer days", "Now")


@pytest.mark.parametrize(
    ("policy", "typeface", "words"),
    [
        (
            "model_rendered",
            "old-style serif",
            "Set “Longer days” and “Now” exactly as written, once, in an old-style serif, in the "
            "empty space. No other lettering, no logos, no watermarks.",
        ),
        (
            "model_rendered",
            "",
            "Set “Longer days” and “Now” exactly as written, once, in the empty space. "
            "No other lettering, no logos, no watermarks.",
        ),
        (
            "composite",
            "old-style serif",
            "Leave the empty space empty: a headline is set there later. "
            "No added lettering, logos or watermarks.",
        ),
        ("none", "", "No added lettering, logos or watermarks."),
    ],
)
def test_lettering_is_said_as_the_brand_decides(policy: Any, typeface: str, words: str) -> None:
    lettering = Lettering(COPY, policy, typeface, None)
    assert said("text", lettering=lettering) == words
    text = word(prompt(lettering=lettering), FLARE).text
    assert ("Longer days" in text) is (policy == "model_rendered")


def test_a_composed_headline_never_leaks_into_the_words() -> None:
    brand = BrandLibrary([ROOT / "brand_profiles"]).get("tidewell")
    for name, inputs in {
        "product-hero": {"product": "can"},
        "social-post": {"scene": "a can on a pier"},
        "seasonal-banner": {"product": "can", "season": "summer"},
    }.items():
        template = TemplateLibrary([ROOT / "templates"]).get(name)
        composed = compose(brand, template, inputs | {"headline": "Zebras at noon"})
        for card in (FLARE, GUIDE, PROSE):
            words = word(composed, card)
            assert "Zebras" not in words.text + str(words.native)
            assert "a headline is set there later" in words.text


@pytest.mark.parametrize("logo", ["lower left corner", "the lower left corner"])
def test_the_logo_is_laid_over_later(logo: str) -> None:
    assert said("text", space=Space(logo=logo)).endswith(
        "watermarks. Keep the lower left corner free for the logo, which is laid over later."
    )


# What to keep out

AVOID = (
    Ban(what="neon", instead="natural colours", severity="must"),
    Ban(what="litter", severity="must"),
    Ban(what="purple"),
    Ban(what="glare", instead="natural colours"),
)
OWN = (Section("subject", "A chair."), Section("avoid", "Hands in the picture."))


def test_what_to_keep_out_says_what_to_show_instead() -> None:
    assert said("avoid", avoid=AVOID, sections=OWN) == (
        "neon (instead: natural colours); litter; purple; glare (instead: natural colours); "
        "hands in the picture."
    )
    assert said("avoid", sections=OWN) == "hands in the picture."
    assert said("avoid") == ""


def test_what_must_be_kept_out_is_said_first() -> None:
    avoid = (Ban(what="litter", severity="must"), Ban(what="glare", instead="matt"))
    assert said("avoid", avoid=avoid) == "litter; glare (instead: matt)."


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("cold, bluish colour", "cold and bluish colour"),
        ("robots, brains and holograms", "robots and brains and holograms"),
        ("robots, brains, and holograms", "robots and brains and holograms"),
        ("hands, or feet", "hands or feet"),
        ("crowds of 1,000", "crowds of 1000"),
    ],
)
def test_an_item_of_a_native_negative_stays_one(what: str, words: str) -> None:
    native = word(prompt(avoid=(Ban(what=what), Ban(what="glare"))), GUIDE).native
    assert native["negative_prompt"] == f"{words}, glare, {UNWANTED}"
    assert what in said("avoid", avoid=(Ban(what=what),))


def test_a_native_negative_leaves_no_avoid_line_and_keeps_the_insteads() -> None:
    words = word(prompt(avoid=AVOID, sections=(*OWN, Section("details", "Worn."))), GUIDE)
    assert "avoid" not in words.text.lower()
    assert "neon" not in words.text
    assert "Details: Worn. Natural colours." in words.text
    assert words.native == {
        "negative_prompt": f"neon, litter, purple, glare, hands in the picture, {UNWANTED}",
        "style": "natural",
    }


def test_nothing_to_keep_out_is_no_field() -> None:
    words = word(prompt(medium="illustration"), GUIDE)
    assert words.native == {"negative_prompt": UNWANTED, "style": "vivid"}
    assert "Details: Worn edges." in words.text


# Fields beside the words


def test_a_card_takes_its_own_fields_and_no_others() -> None:
    assert word(prompt(avoid=AVOID), FLARE).native == {}


def test_the_sketch_takes_everything_as_data() -> None:
    native = word(
        prompt(
            palette=(CUP,),
            avoid=AVOID[:2],
            lettering=Lettering(COPY[:1], "composite", "", None),
            space=Space(text_zone=(0.1, 0.1, 0.9, 0.3), logo="corner", logo_box=(0, 0.8, 0.2, 1)),
        ),
        COMP,
    ).native
    assert native["title"] == "Shop · hero"
    assert native["sections"][1] == {"name": "subject", "text": "A chair."}
    assert native["palette"] == [
        {"name": "Clay", "hex": "#B8694A", "role": "accent", "share": 0.05, "carrier": "one cup"}
    ]
    assert native["text"] == [{"copy": "Longer days", "policy": "composite"}]
    assert native["avoid"] == ["neon", "litter"]
    assert native["text_zone"] == [0.1, 0.1, 0.9, 0.3]
    assert native["reserve"] == [0, 0.8, 0.2, 1]


def test_the_sketch_knows_the_brands_colours_where_the_picture_names_none() -> None:
    native = word(prompt(), COMP).native
    assert [swatch["hex"] for swatch in native["palette"]] == ["#EDE4D6"]
    assert not {"text", "avoid", "text_zone", "reserve"} & native.keys()


# Length


def test_a_prompt_that_is_too_long_is_found() -> None:
    long = (Section("subject", "a" * 4000),)
    (finding,) = word(prompt(sections=long), GUIDE).findings
    assert finding.rule == "prompt-too-long"
    assert finding.severity == "error"
    assert "gpt-image-1 reads 4,000" in finding.message
    assert "shorten the brief" in (finding.fix or "")
    assert word(prompt(sections=long), FLARE).findings == ()
