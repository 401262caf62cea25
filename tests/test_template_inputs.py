"""Typed inputs: every type, right and wrong, and faults that say what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptkit.brand.color import in_words
from promptkit.brand.loading import load_brand, parse_brand
from promptkit.brand.profile import Brand
from promptkit.errors import BriefError
from promptkit.template.inputs import Image, InputSpec, check_inputs, read_value

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def brand() -> Brand:
    return load_brand(ROOT / "brand_profiles" / "hearth-and-ply.yaml")


def spec(**keys: Any) -> InputSpec:
    return InputSpec.model_validate(keys)


def checked(brand: Brand, given: Any, **keys: Any) -> Any:
    return check_inputs({"it": spec(**keys)}, {"it": given}, brand, "gift")["it"]


GOOD: list[tuple[dict[str, Any], Any, Any]] = [
    ({}, "a book", "a book"),
    ({}, "  a \n book ", "a book"),
    ({}, 7, "7"),
    ({}, "{{ brand }}{% endblock %}", "{{ brand }}{% endblock %}"),
    ({}, "red\x00\x1b[31m\x07 book", "red [31m book"),
    ({"minLength": 4, "maxLength": 4}, " book ", "book"),
    ({"type": "number"}, "3", 3),
    ({"type": "number"}, "3.50", 3.5),
    ({"type": "number"}, "1e3", 1000.0),
    ({"type": "number"}, 2.5, 2.5),
    ({"type": "number", "minimum": 1, "maximum": 3}, 3, 3),
    ({"type": "boolean"}, True, True),
    ({"type": "boolean"}, "No", False),
    ({"type": "boolean"}, "on", True),
    ({"type": "boolean"}, 0, False),
    ({"type": "choice", "enum": ["front", "side"]}, " side ", "side"),
    ({"type": "choice", "enum": ["1", "2"]}, 2, "2"),
    ({"type": "list"}, "wool, , oak ,", ["wool", "oak"]),
    ({"type": "list"}, ["wool", None, " ", 7], ["wool", "7"]),
    ({"type": "list", "minLength": 2}, ("wool", "oak"), ["wool", "oak"]),
    ({"type": "color"}, "accent", "warm terracotta, like an unglazed pot (#B8694A)"),
    ({"type": "color"}, "charcoal", "soft brown-black (#2E2B28)"),
    ({"type": "color"}, "#0b6e99", f"{in_words('#0B6E99')} (#0B6E99)"),
    ({"type": "color"}, "white", "white (#FFFFFF)"),
]


@pytest.mark.parametrize(("keys", "given", "value"), GOOD)
def test_a_good_value_is_read_as_its_type(
    brand: Brand, keys: dict[str, Any], given: Any, value: Any
) -> None:
    assert checked(brand, given, **keys) == value


BAD: list[tuple[dict[str, Any], Any, str]] = [
    ({}, True, "must be text"),
    ({}, ["a"], "must be text"),
    ({"maxLength": 3}, "book", "must have at most 3 characters, and has 4"),
    ({"minLength": 9}, "book", "must have at least 9 characters, and has 4"),
    ({"type": "number"}, "many", "must be a number, not “many”"),
    ({"type": "number"}, True, "must be a number"),
    ({"type": "number"}, [1], "must be a number"),
    ({"type": "number"}, "1e999", "must be a number"),
    ({"type": "number"}, float("nan"), "must be a number"),
    ({"type": "number", "minimum": 1}, 0, "must be at least 1, not 0"),
    ({"type": "number", "maximum": 2.5}, 3, "must be at most 2.5, not 3"),
    ({"type": "boolean"}, "perhaps", "must be yes or no, not “perhaps”"),
    (
        {"type": "choice", "enum": ["front", "side"]},
        "frnt",
        "must be one of front, side, not “frnt”; did you mean “front”?",
    ),
    ({"type": "choice", "enum": ["front"]}, ["front"], "must be one of front, not “['front']”"),
    ({"type": "list"}, 7, "must be a list, as in “one, other”"),
    ({"type": "list", "maxLength": 1}, "a, b", "must have at most 1 items, and has 2"),
    ({"type": "list"}, [True], "must be text"),
    ({"type": "color"}, "mos", "the brand's colours are primary, accent"),
    ({"type": "color"}, "mos", "did you mean “moss”?"),
    ({"type": "color"}, "qqqq", "must be a colour, not “qqqq”; write its hex in quotes"),
    ({"type": "color"}, 123456, "or name a colour; the brand's colours are"),
    ({"type": "image", "role": "product"}, 7, "must be the path of a picture, or one of"),
    (
        {"type": "image", "role": "product"},
        "lounge-chiar",
        "there is no product picture “lounge-chiar” in hearth-and-ply; did you mean “lounge-chair”?"
        " known: floor-lamp, lounge-chair, low-shelf, two-seat-sofa; or give a path, as in "
        "./product.png",
    ),
    (
        {"type": "image", "role": "room"},
        "lounge-chair",
        "“lounge-chair” is a product, not a room; known: loft-living, attic-study, garden-room, "
        "hallway",
    ),
    ({"type": "image", "role": "mood"}, "nothing", "known: attic-study, floor-lamp"),
]


@pytest.mark.parametrize(("keys", "given", "problem"), BAD)
def test_a_wrong_value_says_what_would_be_right(
    brand: Brand, keys: dict[str, Any], given: Any, problem: str
) -> None:
    with pytest.raises(BriefError) as caught:
        checked(brand, given, **keys)
    (finding,) = caught.value.findings
    assert finding.rule == "wrong-input"
    assert finding.message.startswith("gift: the input “it”: ")
    assert problem in f"{finding.message}; {finding.fix}"


def test_all_faults_are_named_at_once_with_the_nearest_name_and_an_example(brand: Brand) -> None:
    specs = {
        "product": spec(help="What is shown", example="slim can"),
        "count": spec(type="number", example=3),
        "features": spec(type="list", example=["wool", "oak"]),
        "view": spec(type="choice", enum=["front", "side"]),
        "people": spec(type="boolean"),
        "room": spec(type="image"),
        "note": spec(required=False),
    }
    given = {"prodct": "can", "count": "few", "view": "", "zzz": 1}
    with pytest.raises(BriefError) as caught:
        check_inputs(specs, given, brand, "gift")
    said = [(finding.rule, finding.message, finding.fix) for finding in caught.value.findings]
    known = "known: count, features, note, people, product, room, view"
    assert said == [
        (
            "unknown-input",
            "gift: there is no input “prodct”",
            f"did you mean “product”? {known}",
        ),
        ("unknown-input", "gift: there is no input “zzz”", known),
        (
            "missing-input",
            "gift: the input “product” is missing – What is shown",
            'for example --set product="slim can"',
        ),
        (
            "wrong-input",
            "gift: the input “count”: must be a number, not “few”",
            'for example --set count="3"',
        ),
        (
            "missing-input",
            "gift: the input “features” is missing",
            'for example --set features="wool, oak"',
        ),
        (
            "missing-input",
            "gift: the input “view” is missing",
            'for example --set view="front"',
        ),
        (
            "missing-input",
            "gift: the input “people” is missing",
            'for example --set people="yes"',
        ),
        (
            "missing-input",
            "gift: the input “room” is missing",
            'for example --set room="./picture.png"',
        ),
    ]


def test_the_example_of_a_boolean_is_written_as_a_person_would(brand: Brand) -> None:
    with pytest.raises(BriefError, match='--set it="true"'):
        check_inputs({"it": spec(type="boolean", example=True)}, {}, brand, "gift")


DEFAULTS: list[tuple[dict[str, Any], Any]] = [
    ({"required": False}, None),
    ({"required": False, "example": "never"}, None),
    ({"type": "list", "required": False}, []),
    ({"type": "list", "default": []}, []),
    ({"type": "boolean", "default": False}, False),
    ({"type": "number", "default": 0}, 0),
    ({"default": "plain"}, "plain"),
    ({"type": "color", "default": "accent"}, "warm terracotta, like an unglazed pot (#B8694A)"),
]


@pytest.mark.parametrize("given", [{}, {"it": None}, {"it": " "}, {"it": []}])
@pytest.mark.parametrize(("keys", "value"), DEFAULTS)
def test_what_is_not_given_has_its_default_and_never_the_example(
    brand: Brand, keys: dict[str, Any], value: Any, given: dict[str, Any]
) -> None:
    assert check_inputs({"it": spec(**keys)}, given, brand, "gift") == {"it": value}


@pytest.mark.parametrize("given", [" , ,", [], [None, ""]])
def test_an_empty_list_is_missing_where_a_list_is_needed(brand: Brand, given: Any) -> None:
    with pytest.raises(BriefError, match="the input “it” is missing"):
        checked(brand, given, type="list")


def test_a_default_that_does_not_fit_the_brand_is_an_error_of_the_brief(brand: Brand) -> None:
    with pytest.raises(BriefError, match="must be a colour, not “harbur”"):
        check_inputs({"it": spec(type="color", default="harbur")}, {}, brand, "gift")


def test_a_picture_is_a_subject_of_the_brand(brand: Brand) -> None:
    image = checked(brand, "lounge-chair", type="image", role="product")
    assert image == Image(
        "it",
        "product",
        str(ROOT / "brand_profiles" / "refs/hearth-and-ply/lounge-chair.png"),
        "a birch plywood lounge chair with oat wool cushions",
        "lounge-chair",
    )


@pytest.mark.parametrize("path", ["./chair.png", "pictures/chair", r"C:\chair", Path("a.png")])
def test_a_picture_is_a_path(brand: Brand, path: str | Path) -> None:
    assert checked(brand, path, type="image") == Image("it", "it", str(path), "", None)


def test_a_subject_without_a_picture_is_named() -> None:
    plain = parse_brand('name: A\nid: a\ncolors: {x: "#fff"}\nstyle: s\nsubjects: {can: a can}')
    with pytest.raises(BriefError, match=r"a has no picture of “can”\n  → give the subject `refs`"):
        checked(plain, "can", type="image", role="product")


@pytest.mark.parametrize(
    ("typed", "items"),
    [
        ("one, other", ["one", "other"]),
        ('["soft-close", "matt, black"]', ["soft-close", "matt, black"]),
        ("[odd", ["[odd"]),
    ],
)
def test_a_list_may_be_typed_as_json(typed: str, items: list[str]) -> None:
    assert read_value(InputSpec(type="list"), typed, None) == items
