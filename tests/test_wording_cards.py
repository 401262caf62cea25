"""Wording: where the makers' guidance differs, so do the words; nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptkit.brand.loading import BrandLibrary
from promptkit.model.card import Card
from promptkit.model.catalog import dialect_cards
from promptkit.prompt.compose import compose
from promptkit.prompt.sections import Ban, ColorUse, Lettering, Prompt, Section, Space
from promptkit.prompt.wording import Wording, word
from promptkit.template.inputs import Image
from promptkit.template.library import TemplateLibrary
from test_wording import prompt

ROOT = Path(__file__).parents[1]
FLARE = dialect_cards("openai")["gpt-image-2.5-flare"]
FLUX = dialect_cards("flux")["flux.2-pro"]
IDEOGRAM = dialect_cards("ideogram")["ideogram-v3"]
RECRAFT = dialect_cards("recraft")["recraftv4_1"]
RECRAFT3 = dialect_cards("recraft")["recraftv3"]
STABLE = dialect_cards("stability")["stable-image-ultra"]
GEMINI = dialect_cards("gemini")["gemini-3-pro-image"]
JSON = FLARE.model_copy(update={"form": "json"})
SHORT = FLARE.model_copy(update={"prompt_max": 300})

GROUND = ColorUse("background", "Oat", "#EDE4D6", "oatmeal", "the ground", 0.45)
CUP = ColorUse("accent", "Clay", "#B8694A", "terracotta", "one cup", 0.05)
NEON = Ban("neon", "natural colours", "must")
LITTER = Ban("litter", "", "must")
GLARE = Ban("glare")


def told(card: Card, **changes: Any) -> Wording:
    return word(prompt(**changes), card)


# Bans


def test_a_model_without_negatives_never_hears_what_to_leave_out() -> None:
    own = Section("avoid", "Hands in the picture.")
    words = told(FLUX, avoid=(NEON, GLARE), sections=(Section("subject", "A chair."), own))
    assert "Natural colours." in words.text
    for banned in ("neon", "glare", "hands", "lettering", "logo", "watermark", "No ", "Avoid"):
        assert banned not in words.text
    assert words.native == {}
    assert words.findings == ()


def test_what_must_be_left_out_and_cannot_be_said_is_told() -> None:
    (finding,) = told(FLUX, avoid=(LITTER, NEON, GLARE)).findings
    assert (finding.rule, finding.severity) == ("ban-unsaid", "warning")
    assert finding.message.endswith("leave out litter")
    assert told(FLARE, avoid=(LITTER,)).findings == ()


@pytest.mark.parametrize(
    ("card", "fields"),
    [
        (FLARE, set()),
        (GEMINI, set()),
        (FLUX, set()),
        (IDEOGRAM, {"negative_prompt", "style_type"}),
        (STABLE, {"negative_prompt", "style_preset"}),
        (RECRAFT, set()),
        (RECRAFT3, {"negative_prompt", "style"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_bans_are_told_once(card: Card, fields: set[str]) -> None:
    words = told(card, avoid=(NEON, GLARE))
    assert words.native.keys() == fields
    said = "Avoid" in words.text
    assert said is (card.negatives == "words")
    assert ("glare" in words.native.get("negative_prompt", "")) is (card.negatives == "native")


# Colours


@pytest.mark.parametrize(
    ("card", "parameter", "value"),
    [
        (
            IDEOGRAM,
            "color_palette",
            {
                "members": [
                    {"color_hex": "#EDE4D6", "color_weight": 0.45},
                    {"color_hex": "#B8694A", "color_weight": 0.05},
                ]
            },
        ),
        (
            RECRAFT,
            "controls",
            {
                "colors": [{"rgb": [184, 105, 74], "weight": 0.05}],
                "background_color": {"rgb": [237, 228, 214]},
            },
        ),
    ],
)
def test_a_native_palette_takes_the_codes(card: Card, parameter: str, value: object) -> None:
    words = told(card, palette=(GROUND, CUP))
    assert words.native[parameter] == value
    assert "#" not in words.text
    assert "colour codes" not in words.text
    assert "The ground in oatmeal, about half of the picture; one cup in terracotta" in words.text


def test_a_native_palette_is_the_picture_s_own() -> None:
    assert "color_palette" not in told(IDEOGRAM, swatches=(CUP,)).native
    unknown = told(IDEOGRAM, palette=(replace(CUP, share=None),)).native["color_palette"]
    assert unknown == {"members": [{"color_hex": "#B8694A"}]}
    only = told(RECRAFT, palette=(GROUND,)).native["controls"]
    assert only == {"background_color": {"rgb": [237, 228, 214]}}


def test_codes_stand_in_the_words_where_the_model_reads_them() -> None:
    assert "#EDE4D6" in told(FLUX, palette=(GROUND,)).text
    assert "codes" not in told(FLUX, palette=(GROUND,)).text
    assert "#" not in told(STABLE, palette=(GROUND,)).text
    assert "Show no colour codes" in told(FLARE, palette=(GROUND,)).text


def test_a_model_that_follows_few_colours_hears_of_few() -> None:
    few = FLARE.model_copy(update={"palette_max": 1})
    assert "terracotta" not in told(few, palette=(GROUND, CUP)).text


# Lettering


def lettering(*copy: str) -> Lettering:
    return Lettering(copy, "model_rendered", "", None)


@pytest.mark.parametrize(
    ("copy", "spelled"),
    [
        ("Longer days", []),
        ("LONGER DAYS", []),
        ("Lighter, by Shop", ["“Shop” is spelled S-h-o-p."]),
        ("Meet the iPhone", ["“iPhone” is spelled i-P-h-o-n-e."]),
        ("Møbel 2000", ["“Møbel” is spelled M-ø-b-e-l."]),
        ("The B2B fair's RSVP day", ["“B2B” is spelled B-2-B.", "“RSVP” is spelled R-S-V-P."]),
        ("A co-op don’t-miss day, 24", []),
    ],
)
def test_odd_words_are_spelled_out(copy: str, spelled: list[str]) -> None:
    text = told(FLARE, lettering=lettering(copy)).text
    assert text.count("is spelled") == len(spelled)
    for words in spelled:
        assert words in text
    assert "is spelled" not in told(IDEOGRAM, lettering=lettering(copy)).text


def test_copy_stands_where_the_space_is() -> None:
    space = Space(words="upper left")
    assert "once, in the upper left." in told(FLARE, lettering=lettering("Now"), space=space).text


def test_a_model_without_negatives_hears_of_the_copy_alone() -> None:
    words = told(FLUX, lettering=lettering("Now"), space=Space(logo="lower left corner"))
    assert "These are the only words in the picture." in words.text
    assert words.text.endswith(
        "Keep the lower left corner plain and empty. Worn edges. Hero picture."
    )
    later = told(FLUX, lettering=Lettering(("Now",), "composite", "", None))
    assert "Leave the empty space plain." in later.text


def test_a_field_of_negatives_does_not_ban_the_copy() -> None:
    negative = told(IDEOGRAM, lettering=lettering("Now")).native["negative_prompt"]
    assert negative == "other lettering, added logos, watermarks"


# References


def test_references_say_what_to_take_from_them() -> None:
    given = tuple(Image("x", role, "x.png", "", None) for role in ("product", "style", "swatch"))
    words = told(FLARE, references=given)
    assert "Image 1 is the product picture. Image 2 is the style picture. Take the" in words.text
    assert "Image 3 is the swatch picture. Take the colours from it" in words.text
    named = FLARE.model_copy(update={"references_words": "[picture {number}]"})
    assert (
        "[picture 2] is the product picture."
        in word(prompt(references=given), named, refine=True).text
    )


# Form


def test_json_has_the_sections_in_their_order() -> None:
    words = told(JSON, palette=(GROUND, CUP), avoid=(GLARE,))
    data = json.loads(words.text)
    assert list(data) == [
        "purpose",
        "subject",
        "lighting",
        "color",
        "text",
        "details",
        "avoid",
        "color_palette",
    ]
    assert data["color_palette"] == ["#EDE4D6", "#B8694A"]
    assert "color_palette" not in json.loads(told(JSON).text)


# Fitting


def test_too_many_bans_lose_the_least_important() -> None:
    bans = (*(Ban(f"thing {n}", "", "must") for n in range(4)), *(Ban(f"x{n}") for n in range(6)))
    words = told(FLARE, avoid=bans)
    assert words.text.endswith("Avoid: thing 0; thing 1; thing 2; thing 3; x0; x1; x2; x3.")
    (finding,) = words.findings
    assert (finding.rule, finding.severity) == ("left-out", "advice")
    assert finding.message.endswith("follows about 8 constraints; left out: x4 and x5")


def test_what_must_be_kept_out_is_never_dropped() -> None:
    bans = tuple(Ban(f"thing {number}", "", "must") for number in range(12))
    words = told(FLARE, avoid=bans)
    assert all(ban.what in words.text for ban in bans)
    assert words.findings == ()
    assert len(told(STABLE, avoid=tuple(map(Ban, "abcdefghijkl"))).findings) == 0


def long_prompt(**changes: Any) -> Prompt:
    sections = (
        Section("subject", "A chair of oak. It has three legs."),
        Section("composition", "Seen from the front. The chair is on the left."),
        Section("lighting", f"Soft light. {'Slow ' * 8}shadows."),
        Section("mood", "Calm. Settled."),
        Section("details", f"Worn edges. {'Fine ' * 12}grain."),
        Section("preserve", "Keep the room."),
    )
    return prompt(sections=sections, avoid=(LITTER, GLARE), **changes)


def test_a_long_prompt_loses_whole_sentences_the_least_important_first() -> None:
    words = word(long_prompt(), SHORT)
    assert len(words.text) <= 300
    assert "glare" not in words.text
    assert "Mood" not in words.text
    assert "Details: Worn edges.\n" in words.text
    for kept in ("A chair of oak. It has three legs.", "Keep the room.", "litter", "Soft light"):
        assert kept in words.text
    (finding,) = words.findings
    assert finding.rule == "left-out"
    assert "reads 300 characters; left out: the ban on glare, “Settled.” (mood)" in finding.message


def test_what_cannot_be_cut_enough_is_an_error() -> None:
    tiny = FLARE.model_copy(update={"prompt_max": 60})
    words = word(long_prompt(), tiny)
    assert [finding.rule for finding in words.findings] == ["prompt-too-long"]
    assert words.text == word(long_prompt(), FLARE).text


# The same brief for two models


def test_one_brief_differs_where_guidance_differs_and_nowhere_else() -> None:
    brand = BrandLibrary([ROOT / "brand_profiles"]).get("northbeam")
    template = TemplateLibrary([ROOT / "templates"]).get("editorial-illustration")
    composed = compose(brand, template, {"idea": "one late ship", "subject": "a ship at a quay"})
    plain = {
        card.name: {item.name: item.text for item in word(composed, card).sections}
        for card in (FLARE, GEMINI, FLUX, IDEOGRAM, RECRAFT, STABLE)
    }
    first = plain.pop(FLARE.name)
    for name, sections in plain.items():
        differing = {key for key in first | sections if first.get(key) != sections.get(key)}
        assert differing <= {"purpose", "color", "text", "details", "avoid"}, name
    assert plain[GEMINI.name] == first
