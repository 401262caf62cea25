"""Composing: brand, template and brief become a prompt, and nothing gets lost on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from promptkit.brand.loading import BrandLibrary, parse_brand
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError, BriefError, TemplateError
from promptkit.prompt.compose import compose
from promptkit.prompt.sections import Prompt
from promptkit.prompt.space import region
from promptkit.prompt.tidy import tidy
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
BRANDS = BrandLibrary([ROOT / "brand_profiles"])
SHIPPED = ROOT / "templates"

DATA = Path(__file__).parent / "templates"
SHOP = (DATA / "shop.yaml").read_text(encoding="utf-8")
TEMPLATE = (DATA / "brief.j2").read_text(encoding="utf-8")


@pytest.fixture
def shop() -> Brand:
    return parse_brand(SHOP, "shop.yaml")


@pytest.fixture
def made(tmp_path: Path, shop: Brand) -> Any:
    def make(
        text: str = TEMPLATE,
        inputs: Mapping[str, Any] | None = None,
        *,
        brand: Brand = shop,
        **how: Any,
    ) -> Prompt:
        (tmp_path / "base.j2").write_text("{% block subject %}{% endblock %}")
        (tmp_path / "t.j2").write_text(text, encoding="utf-8")
        template = TemplateLibrary([tmp_path]).get("t")
        return compose(brand, template, {"product": "can"} if inputs is None else inputs, **how)

    return make


@pytest.mark.parametrize(
    ("wanted", "look", "channel", "chosen"),
    [
        ("[]", None, None, "plain"),
        ("[social]", None, None, "bright"),
        ("[nothing, illustration]", None, None, "bright"),
        ("[tall]", None, None, "tall"),
        ("[social]", "tall", "post", "tall"),
        ("[social]", None, "story", "bright"),
        ("[story]", None, "post", "tall"),
        ("[]", None, "post", "bright"),
        ("[nothing]", None, "post", "bright"),
        ("[nothing]", None, "plain_post", "plain"),
    ],
)
def test_the_look_is_the_callers_then_the_templates_then_the_channels(
    made: Any, wanted: str, look: str | None, channel: str | None, chosen: str
) -> None:
    prompt = made(f"---\nlook: {wanted}\n---\na", {}, look=look, channel=channel)
    assert prompt.source.look == chosen


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"look": "plian"}, "shop: there is no look “plian”"),
        ({"channel": "pst"}, "shop: there is no channel “pst”"),
    ],
)
def test_an_unknown_look_or_channel_is_named(made: Any, how: Any, message: str) -> None:
    with pytest.raises(BrandError, match=message):
        made("a", {}, **how)


def test_the_first_option_of_an_axis_is_the_usual_one(made: Any) -> None:
    prompt = made()
    assert prompt.section("composition").startswith("Near can")
    assert prompt.source.axes == {"crop": "near", "mood": "calm"}


def test_a_chosen_option_brings_what_it_keeps_out(made: Any) -> None:
    prompt = made(axes={"crop": "far", "mood": "loud"})
    assert prompt.section("composition").startswith("Far")
    assert prompt.section("composition").endswith("Loud.")
    avoided = {item.what: item.instead for item in prompt.avoid}
    assert avoided["tight crops"] == "air around the can"
    assert "tight crops" not in {item.what for item in made().avoid}


@pytest.mark.parametrize(
    ("axes", "message", "fix"),
    [
        ({"corp": "far"}, "t: there is no axis “corp”", "did you mean “crop”?"),
        ({"crop": "fra"}, "t: there is no option of crop “fra”", "did you mean “far”?"),
    ],
)
def test_an_unknown_axis_or_option_is_named(
    made: Any, axes: dict[str, str], message: str, fix: str
) -> None:
    with pytest.raises(BriefError) as caught:
        made(axes=axes)
    assert message in caught.value.message
    assert fix in caught.value.message


@pytest.mark.parametrize(
    ("box", "words", "position"),
    [
        ([0.0, 0.0, 0.4, 0.4], "upper left", "on the right third"),
        ([0.0, 0.6, 0.4, 1.0], "lower left", "on the right third"),
        ([0.0, 0.1, 0.4, 0.9], "left side", "on the right third"),
        ([0.6, 0.0, 1.0, 0.4], "upper right", "on the left third"),
        ([0.6, 0.6, 1.0, 1.0], "lower right", "on the left third"),
        ([0.6, 0.1, 1.0, 0.9], "right side", "on the left third"),
        ([0.1, 0.0, 0.9, 0.3], "upper third", "in the lower half"),
        ([0.1, 0.7, 0.9, 1.0], "lower third", "in the upper half"),
        ([0.3, 0.3, 0.7, 0.7], "centre", ""),
    ],
)
def test_a_channels_text_zone_moves_the_space_and_the_subject_to_the_other_side(
    made: Any, box: list[float], words: str, position: str
) -> None:
    profile = SHOP.replace("[0.1, 0.05, 0.9, 0.3]", str(box))
    prompt = made(brand=parse_brand(profile), look="bright", channel="story")
    assert (prompt.space.words, prompt.space.position) == (words, position)
    assert prompt.space.text_zone == tuple(box)
    assert words in prompt.section("composition")
    assert region(prompt.space.text_zone) == words


def test_without_a_text_zone_the_look_says_what_stays_free(made: Any) -> None:
    prompt = made(look="bright", channel="plain_post")
    assert prompt.section("composition") == (
        "Near can, on the right third; empty in the upper left; the lower left; plain_post. Calm."
    )
    assert prompt.space.text_zone is None
    assert "lower left; story; upper third." in made(channel="story").section("composition")


def test_the_logo_has_its_corner_only_where_it_is_laid_over(made: Any) -> None:
    logo = "logo: {reserve: {box: [0.0, 0.8, 0.3, 1.0]}}"
    described = SHOP.replace("1.0]}}", "1.0], describe: the quiet corner}}")
    assert made().space.logo == "the lower left"
    assert made().space.logo_box == (0.0, 0.8, 0.3, 1.0)
    assert made(brand=parse_brand(described)).space.logo == "the quiet corner"
    assert made(TEMPLATE.replace("logo: true", "logo: false")).space.logo == ""
    for other in ("logo: {policy: none}", "logo: {}"):
        prompt = made(brand=parse_brand(SHOP.replace(logo, other)))
        assert (prompt.space.logo, prompt.space.logo_box) == ("", None)


@pytest.mark.parametrize(
    ("people", "given", "seen"),
    [
        ("with_people", None, False),
        ("with_people", "no", False),
        ("with_people", "yes", True),
        ("true", None, True),
        ("false", "yes", False),
    ],
)
def test_people_are_there_only_when_asked_for(
    made: Any, people: str, given: str | None, seen: bool
) -> None:
    text = TEMPLATE.replace("people: with_people", f"people: {people}")
    prompt = made(text, {"product": "can", "with_people": given})
    assert bool(prompt.section("details")) is seen
    assert ("smiles at the camera" in {item.what for item in prompt.avoid}) is seen


def colors(prompt: Prompt) -> list[tuple[str, str, float | None]]:
    return [(use.role, use.carrier, use.share) for use in prompt.palette]


def test_colours_stand_by_their_share_with_what_carries_them(made: Any) -> None:
    prompt = made()
    assert colors(prompt) == [
        ("background", "the ground", 0.4),
        ("primary", "the can", 0.3),
        ("accent", "a cup", 0.05),
    ]
    use = prompt.palette[1]
    assert (use.name, use.hex, use.words) == ("Moss", "#5E6B4A", "moss green")
    assert prompt.palette[0].name == "oat"


def test_the_looks_carriers_win_and_a_colour_said_by_name_is_not_said_twice(made: Any) -> None:
    assert colors(made(look="bright")) == [
        ("background", "the ground", 0.4),
        ("primary", "the walls", 0.3),
    ]
    more = parse_brand(SHOP.replace("max_colors: 2", "max_colors: 9"))
    assert colors(made(brand=more, look="bright")) == [
        ("background", "the ground", 0.4),
        ("primary", "the walls", 0.3),
        ("accent", "one cup", 0.05),
    ]


def test_there_are_five_colours_at_most(made: Any) -> None:
    text = (
        "---\ncolors: {accent: a, surface: b, text: c, primary: d, chalk: e, secondary: f, x: g}\n"
    )
    prompt = made(f"{text}---\na", {})
    assert colors(prompt) == [
        ("primary", "d", 0.3),
        ("surface", "b", 0.15),
        ("secondary", "f", 0.12),
        ("accent", "a", 0.05),
        ("text", "c", 0.02),
    ]
    assert [use.role for use in prompt.swatches] == [
        "background",
        "primary",
        "surface",
        "secondary",
        "accent",
    ]


def test_a_colour_without_a_role_has_no_share(made: Any) -> None:
    assert colors(made("---\ncolors: {chalk: the sky}\n---\na", {})) == [("chalk", "the sky", None)]


def test_without_colours_the_picture_names_none_but_the_sketch_still_knows_them(made: Any) -> None:
    prompt = made("a", {})
    assert prompt.palette == ()
    assert len(prompt.swatches) == 5


def test_what_must_be_kept_out_stands_first_and_once(made: Any) -> None:
    said = [(item.what, item.instead, item.severity) for item in made().avoid]
    assert said == [
        ("bows", "plain knots", "must"),
        ("alcohol", "", "must"),
        ("doctors", "", "must"),
        ("other cans", "", "should"),
        ("clutter", "", "should"),
        ("purple", "", "should"),
    ]


def test_what_is_kept_out_of_one_look_is_not_said_of_others(made: Any) -> None:
    assert "neon" in {item.what for item in made(look="bright").avoid}
    assert "neon" not in {item.what for item in made(look="plain").avoid}


def test_a_template_may_take_the_bans_alone(made: Any) -> None:
    template = TEMPLATE.replace("people: with_people", "bans_only: true\npeople: true")
    own = {"other cans", "tight crops"}
    for how in ({}, {"look": "bright"}, {"axes": {"crop": "far"}}):
        usual = made(TEMPLATE.replace("people: with_people", "people: true"), **how).avoid
        bans = made(template, **how).avoid
        assert [(item.what, item.severity) for item in bans] == [
            (item.what, item.severity) for item in usual
        ]
        assert any(item.instead for item in usual)
        assert not [item.what for item in bans if item.instead and item.what not in own]
    assert {item.what: item.instead for item in made(template, axes={"crop": "far"}).avoid}[
        "tight crops"
    ] == "air around the can"


def test_a_product_in_a_room_asks_for_no_other_room() -> None:
    template = TemplateLibrary([SHIPPED]).get("product-in-room")
    for example in template.meta.examples:
        prompt = compose(BRANDS.get(example.brand), template, example.inputs)
        assert prompt.avoid
        assert not any(item.instead for item in prompt.avoid)


def test_a_packshot_is_not_graded() -> None:
    template = TemplateLibrary([SHIPPED]).get("packshot")
    for example in template.meta.examples:
        prompt = compose(BRANDS.get(example.brand), template, example.inputs)
        assert prompt.section("color") == ""
        assert prompt.palette


def test_wear_is_the_surroundings_not_the_products() -> None:
    template = TemplateLibrary([SHIPPED]).get("product-hero")
    style = compose(BRANDS.get("tidewell"), template, {"product": "slim can"}).section("style")
    assert "surroundings with real wear and small imperfections" in style


def test_lettering_is_the_copy_that_is_given(made: Any) -> None:
    prompt = made(inputs={"product": "can", "headline": " Longer\n days "})
    assert prompt.lettering.copy == ("Longer days", "now")
    assert made().lettering.copy == ("now",)
    assert (prompt.lettering.policy, prompt.lettering.typeface) == ("composite", "old-style serif")


@pytest.mark.parametrize(
    ("channel", "aspect", "size", "words"),
    [
        (None, "3:2", None, 6),
        ("post", "4:5", (1080, 1350), 4),
        ("story", "9:16", (1080, 1920), 6),
    ],
)
def test_a_channel_has_its_size_and_its_words(
    made: Any, channel: str | None, aspect: str, size: tuple[int, int] | None, words: int
) -> None:
    prompt = made(channel=channel)
    assert (prompt.aspect, prompt.size, prompt.lettering.max_words) == (aspect, size, words)


def test_without_any_ratio_a_picture_is_square(made: Any) -> None:
    assert made("a", {}).aspect == "1:1"


def test_pictures_go_along_and_templates_see_what_they_show(made: Any) -> None:
    text = """---
inputs: {room: {type: image}, base: {type: image, role: product, required: false}}
---
{{ room.describe }}|{{ room.subject }}|{{ room.role }}|{% if base %}base{% endif %}"""
    prompt = made(text, {"room": "./room.png"})
    assert prompt.section("subject") == "||room|."
    assert [reference.path for reference in prompt.references] == ["./room.png"]


def test_a_source_says_what_a_prompt_was_made_of(made: Any, shop: Brand) -> None:
    source = made(channel="post").source
    assert (source.brand, source.brand_name, source.brand_version) == ("shop", "Shop", 1)
    assert (source.template, source.look, source.channel) == ("t", "bright", "post")
    assert source.inputs == {"product": "can"}
    assert source.brand_digest == shop.digest
    assert re.fullmatch("[0-9a-f]{64}", source.template_digest)


def test_an_example_never_enters_a_prompt(made: Any) -> None:
    prompt = made(TEMPLATE.replace("product: {", "product: {required: false, "), {})
    assert "leak" not in str(prompt)


def test_an_empty_section_is_no_section(made: Any) -> None:
    assert [section.name for section in made().sections] == ["subject", "composition"]
    assert made().section("details") == ""


def test_a_fault_in_a_string_of_the_front_matter_has_its_line(made: Any) -> None:
    text = TEMPLATE.replace("far: {text: Far", 'far: {text: "{{ brand.nme }}"')
    with pytest.raises(TemplateError, match=r"t\.j2:\d+:\d+: there is no key “nme” here") as caught:
        made(text, axes={"crop": "far"})
    place = caught.value.findings[0].place
    assert place is not None
    assert "far: {text:" in (place.text or "")


@pytest.mark.parametrize("said", ["{{ brand.name }}", "{% endblock %}", "{# x #}", "x\x00y\x1b[1m"])
def test_an_input_is_words_and_nothing_else(made: Any, said: str) -> None:
    prompt = made(inputs={"product": said, "headline": said})
    shown = "x y [1m" if "\x00" in said else said
    assert shown in prompt.section("subject")
    assert prompt.palette[1].carrier == f"the {shown}"
    assert prompt.lettering.copy[0] == shown


def test_origins_of_a_hero_name_lines_keys_and_inputs() -> None:
    template = TemplateLibrary([SHIPPED]).get("product-hero")
    prompt = compose(BRANDS.get("tidewell"), template, {"product": "slim can"})
    origins = {section.name: section.origins for section in prompt.sections}
    (subject,) = origins["subject"]
    assert subject.place.file.endswith("product-hero.j2")
    assert subject.place.text == "{% block subject %}"
    assert subject.inputs == ("base", "features", "product")
    (lighting,) = origins["lighting"]
    assert lighting.place.file.endswith("base.j2")
    assert lighting.brand_keys == ("look.lighting",)
    assert "brand.style.composition.subject_count" in origins["composition"][0].brand_keys


@pytest.mark.parametrize(
    ("channel", "third", "space", "stands"),
    [
        (None, "upper", "in the upper third", "in the lower two thirds"),
        (None, "lower", "in the lower third", "in the upper two thirds"),
        ("instagram_post", "lower", "in the lower third", "in the upper two thirds"),
        ("web_hero", "lower", "in the upper left", "on the right third"),
    ],
)
def test_a_social_post_leaves_the_right_part_empty(
    channel: str | None, third: str, space: str, stands: str
) -> None:
    template = TemplateLibrary([SHIPPED]).get("social-post")
    inputs = {"scene": "a can on a pier", "headline_space": third}
    prompt = compose(BRANDS.get("tidewell"), template, inputs, channel=channel)
    assert f"the scene {stands}." in prompt.section("composition")
    assert f"Calm, empty space {space}." in prompt.section("composition")


@pytest.mark.parametrize(
    ("text", "tidied"), yaml.safe_load((DATA / "tidy.yaml").read_text(encoding="utf-8"))
)
def test_what_empty_inputs_leave_behind_is_cleared_away(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


MARKS = st.text(st.sampled_from("abÉ1 .,;:!?…()“”\n"), max_size=24)


@given(st.one_of(MARKS, st.text(max_size=60)))
def test_tidy_words_are_sentences_and_stay_as_they_are(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert not re.search(r"\s\s|\s[,;:]|\s[.!?…](?!\w)|^\s|\s$|[,;:]\.(?!\w)", once)
    assert not once or once[-1] in ".!?…" or once[-2] in ".!?…"
