"""One value for each property, and everything said once."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptkit.brand.loading import BrandLibrary, load_brand, parse_brand
from promptkit.model.catalog import dialect_cards
from promptkit.prompt.compose import compose
from promptkit.prompt.lint import lint
from promptkit.prompt.sections import Prompt
from promptkit.prompt.settle import clauses
from promptkit.prompt.wording import word
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
FLARE = dialect_cards("openai")["gpt-image-2.5-flare"]
NO_ROOM = FLARE.model_copy(update={"references_max": 0})
BRAND = """
name: Shop
colors: {primary: "#0B6E99", coral: "#F0593E"}
tone: [calm]
style:
  medium: photo
  lighting: bright midday sun from the left, gentle fill
  depth_of_field: shallow
  environment: a quiet harbour at night, boats asleep
  framing: {crop: wide view of the quay, position: on the right third, perspective: eye level}
  texture: [weathered wood, wet stone]
"""
HEAD = "---\npromptkit: template/v1\ndescription: A test\ninputs: {thing: {type: text}}\n"


def composed(folder: Path, body: str, front: str = "", brand: str = BRAND) -> Prompt:
    (folder / "one.j2").write_text(f"{HEAD}{front}---\n{body}", encoding="utf-8")
    library = TemplateLibrary([folder, ROOT / "templates"])
    return compose(parse_brand(brand), library.get("one"), {"thing": "a can"})


def block(name: str, text: str) -> str:
    return f"{{% block {name} %}}{text}{{% endblock %}}"


def test_the_look_yields_to_the_template(tmp_path: Path) -> None:
    body = block("composition", "{{ super() }} Close three-quarter view.")
    prompt = composed(tmp_path, body)
    assert prompt.section("composition") == (
        "On the right third. Eye level. Close three-quarter view."
    )
    (note,) = prompt.notes
    assert (note.rule, note.severity) == ("yields", "advice")
    assert note.message == (
        "the look's “Wide view of the quay” yields to “Close three-quarter view”"
    )
    assert note.place is not None
    assert note.place.text is not None
    assert "wide view of the quay" in note.place.text


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("lighting", "{{ super() }}, at dusk", "Gentle fill, at dusk."),
        ("lighting", "At dusk. {{ super() }}", "At dusk. Gentle fill."),
        ("composition", "{{ super() }} Seen from above.", None),
        ("style", "{{ super() }} Everything in sharp focus.", "Photorealistic photograph."),
    ],
)
def test_each_property_has_one_value(
    tmp_path: Path, name: str, text: str, kept: str | None
) -> None:
    brand = BRAND.replace("a quiet harbour at night, boats asleep", "a quiet harbour")
    prompt = composed(tmp_path, block(name, text), brand=brand)
    section = prompt.section(name)
    said = (("midday", "dusk"), ("Eye level", "from above"), ("Shallow", "sharp focus"))
    for loser, winner in said:
        assert not (loser.lower() in section.lower() and winner.lower() in section.lower())
    assert kept is None or section.startswith(kept)
    assert [note.rule for note in prompt.notes] == ["yields"]


def test_what_nobody_but_the_brand_says_stays(tmp_path: Path) -> None:
    prompt = composed(tmp_path, block("subject", "{{ thing }}"))
    assert "midday sun" in prompt.section("lighting")
    assert "at night" in prompt.section("setting")
    assert prompt.notes == ()


def test_what_the_template_alone_says_stays(tmp_path: Path) -> None:
    prompt = composed(tmp_path, block("composition", "Close view. Wide view of the bay."))
    assert prompt.section("composition") == "Close view. Wide view of the bay."
    assert prompt.notes == ()


def test_what_is_shown_is_the_brief_s(tmp_path: Path) -> None:
    prompt = composed(tmp_path, block("subject", "{{ thing }} in a wide view, at dusk"))
    assert prompt.section("subject") == "A can in a wide view, at dusk."
    assert "wide view of the quay" in prompt.section("composition").lower()


def test_the_same_thing_is_said_once(tmp_path: Path) -> None:
    body = block("setting", "Wet stone, weathered wood, a gull.")
    body += block(
        "details", "Weathered wood; the gull has one eye. A wet stone. On the right third."
    )
    prompt = composed(tmp_path, body)
    assert prompt.section("details") == "The gull has one eye."
    assert prompt.section("setting") == "Wet stone, weathered wood, a gull."


def test_the_subject_and_what_to_preserve_keep_their_words(tmp_path: Path) -> None:
    body = block("subject", "A can, wet stone, wet stone.") + block("preserve", "Keep: wet stone.")
    prompt = composed(tmp_path, body)
    assert prompt.section("subject") == "A can, wet stone, wet stone."
    assert prompt.section("preserve") == "Keep: wet stone."


def test_figures_are_never_the_same_thing(tmp_path: Path) -> None:
    body = block("details", "About 20 cups, then 20 cups.")
    assert composed(tmp_path, body).section("details") == "About 20 cups, then 20 cups."


def test_clauses_end_at_marks() -> None:
    text = "Close view; 35.5 mm lens, f/1,8. Eye level"
    assert [text[start:end].strip() for start, end in clauses(text)] == [
        "Close view",
        "35.5 mm lens",
        "f/1,8",
        "Eye level",
    ]


# What a brand keeps for other things


RULES = BRAND.replace(
    'coral: "#F0593E"}', 'coral: "#F0593E", rules: [{id: small, color: coral, never_on: [RULE]}]}'
)


@pytest.mark.parametrize(
    ("rule", "carrier", "barred"),
    [
        ("background", "the ground", True),
        ("background", "the plain backdrop", True),
        ("surface", "the far wall", True),
        ("background", "one cup", False),
        ("cup", "one cup", True),
        ("coral", "one cup", True),
        ("label", "the ground", False),
    ],
)
def test_a_reserved_colour_is_not_named_where_it_may_not_be(
    tmp_path: Path, rule: str, carrier: str, barred: bool
) -> None:
    front = f"colors: {{primary: the can, coral: {carrier}}}\n"
    prompt = composed(tmp_path, "{{ thing }}", front, RULES.replace("RULE", rule))
    assert [use.role for use in prompt.palette] == ["primary", *([] if barred else ["coral"])]
    notes = [note for note in prompt.notes if note.rule == "reserved-color"]
    assert bool(notes) is barred
    if barred:
        assert notes[0].severity == "warning"
        assert f"“{carrier}”, by the brand's rule “small”" in notes[0].message
        assert notes[0].place is not None
        assert notes[0].place.line == 5


def test_a_look_s_own_carrier_is_told_by_its_line(tmp_path: Path) -> None:
    brand = RULES.replace("RULE", "background") + "  carriers: {coral: the whole sky}\n"
    prompt = composed(tmp_path, "{{ thing }}", "colors: {primary: the can}\n", brand)
    (note,) = prompt.notes
    assert note.place is not None
    assert "whole sky" in (note.place.text or "")


# A look's own pictures


PICTURED = """
promptkit: brand/v1
name: Shop
colors: {primary: "#0B6E99"}
style:
  looks:
    day: {medium: photo, lighting: soft light, references: [mood, chips]}
    night: {medium: photo, lighting: soft light}
  references:
    - {id: mood, path: mood.jpg}
    - {id: other, path: mood.jpg}
    - {id: chips, generate: palette, use: color}
"""


def test_a_look_s_own_pictures_go_along_where_there_is_room(tmp_path: Path) -> None:
    (tmp_path / "mood.jpg").write_bytes(b"x")
    (tmp_path / "shop.yaml").write_text(PICTURED, encoding="utf-8")
    (tmp_path / "one.j2").write_text(f"{HEAD}---\n{{{{ thing }}}}", encoding="utf-8")
    template = TemplateLibrary([tmp_path, ROOT / "templates"]).get("one")
    brand = load_brand(tmp_path / "shop.yaml")
    day, night = (
        compose(brand, template, {"thing": "a can"}, look=name) for name in ("day", "night")
    )
    assert [(image.role, image.path) for image in day.references] == [
        ("style", str(tmp_path / "mood.jpg")),
        ("swatch", ""),
    ]
    assert night.references == ()
    said = "Image 1 is the style picture. Take the light, colours and manner from it"
    assert said in word(day, FLARE).text
    assert "style picture" not in word(day, FLARE, refine=True).text
    assert word(day, NO_ROOM).findings == ()
    assert "style picture" not in word(day, NO_ROOM).text


def test_a_picture_that_the_brief_needs_is_told_of_where_there_is_no_room() -> None:
    brand = BrandLibrary([ROOT / "brand_profiles"]).get("tidewell")
    template = TemplateLibrary([ROOT / "templates"]).get("packshot")
    prompt = compose(brand, template, {"product": "can", "base": "can"})
    (finding,) = word(prompt, NO_ROOM).findings
    assert (finding.rule, finding.severity) == ("too-many-references", "error")
    assert finding.message.endswith("takes no reference pictures, and the brief has 1")


def test_the_lint_does_not_hold_to_what_yielded(tmp_path: Path) -> None:
    brand = BRAND.replace("a quiet harbour at night, boats asleep", "a quiet harbour")
    prompt = composed(tmp_path, block("lighting", "{{ super() }}, at dusk"), brand=brand)
    assert [note.rule for note in prompt.notes] == ["yields"]
    assert all("midday" not in text for _, text in prompt.house.look)
    assert "against-look" not in [finding.rule for finding in lint(prompt)]
