"""Profiles that build on others: where each value comes from, and where faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from brand_family import PARENT, Write, family, findings, where
from promptkit.brand.check import check_brand
from promptkit.brand.loading import load_brand, parse_brand
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return family(tmp_path)


def _child(write: Write, text: str) -> Brand:
    return load_brand(write("child.yaml", f"extends: acme\n{text}"))


# Where a value comes from ---------------------------------------------------------------------


def test_each_value_remembers_where_it_was_written(write: Write) -> None:
    write("middle.yaml", "extends: acme\n+avoid: [snow]\ncolors:\n  accent: '#f00'\n")
    brand = load_brand(
        write("child.yaml", "extends: middle\nstyle:\n  mood: [up]\n+avoid:\n- ice\n")
    )
    expected = {
        "name": "acme.yaml:1:1",
        "colors.palette.blue.value": "acme.yaml:7:12",
        "colors.palette.coral.value": "middle.yaml:4:3",
        "colors.palette.coral": "middle.yaml:4:3",
        "style.looks.wide.mood": "child.yaml:3:3",
        "style.looks.wide.lighting": "acme.yaml:18:41",
        "avoid[1]": "acme.yaml:19:9",
        "avoid[3].what": "middle.yaml:2:10",
        "avoid[4]": "child.yaml:5:3",
        "logo.policy": "child.yaml:1:1",
    }
    places = {path: brand.origin(path) for path in expected}
    assert expected == {
        path: f"{Path(place.file).name}:{place.line}:{place.column}"
        for path, place in places.items()
    }
    assert brand.origin(("avoid", 3)) == brand.origin("avoid[4]")
    assert brand.origin().file.endswith("child.yaml")


def test_a_profile_of_no_file_has_no_origins() -> None:
    brand = Brand.model_validate({"name": "A", "colors": {"a": "#111"}, "style": "calm"})
    assert brand.origin("name").file == ""


# What a child adds, and where its faults are told.
FAULTS: list[tuple[str, str, list[tuple[str, str, str]]]] = [
    (
        "a fault of its own",
        "style: {loks: {a: b}}\n",
        [("child.yaml:2:9", "there is no key “loks”", "did you mean “looks”?")],
    ),
    (
        "an added item",
        "+avoid: [{wat: x}]\n",
        [
            ("child.yaml:2:11", "there is no key “wat”", "did you mean “what”?"),
        ],
    ),
    (
        "a removed colour",
        "colors: {accent: null}\n",
        [
            (
                "acme.yaml:11:20",
                "there is no colour “coral” (in child.yaml, which builds on this file)",
                "known: blue, ink",
            )
        ],
    ),
    (
        "what must be there",
        "colors: null\n",
        [
            (
                "child.yaml:2:1",
                "`colors` is null here, and no profile can",
                "give it a value, or delete",
            )
        ],
    ),
    (
        "a misspelt null",
        "tne: null\nsubjects: {cann: null}\n",
        [
            (
                "child.yaml:3:12",
                "`subjects.cann` is null, and there is nothing that it could remove",
                "did you mean “can”?",
            )
        ],
    ),
    ("a misspelt key", "tne: null\n", [("child.yaml:2:1", "there is no key “tne”", "“tone”?")]),
    (
        "nothing to remove",
        "channels: {q: null}\n",
        [("child.yaml:2:12", "`channels.q` is null, and there is nothing", "leave it out")],
    ),
    (
        "plus on a group",
        "+tone: [loud]\n",
        [
            (
                "child.yaml:2:1",
                "`+tone` adds to a list, and `tone` is a group of keys",
                "write `tone` without the plus: groups are merged key by key anyway",
            )
        ],
    ),
    (
        "plus on a value",
        "style: {looks: {wide: {+lighting: [x]}}}\n",
        [
            (
                "child.yaml:2:24",
                "`+lighting` adds to a list, and `lighting` is a single value",
                "write `lighting` without the plus, which replaces it",
            )
        ],
    ),
    (
        "plus with no list",
        "logo: {+files: 3}\n",
        [
            (
                "child.yaml:2:8",
                "`+files` adds to a list, and what stands here is none",
                "write what is added as a list: +files: [ … ]",
            )
        ],
    ),
    (
        "plus beside the key",
        "avoid: [a]\n+avoid: [b]\n",
        [("child.yaml:3:1", "`avoid` and `+avoid` stand side by side", "keep one")],
    ),
    (
        "plus in a list",
        "avoid: [{what: a, +looks: [wide]}]\n",
        [("child.yaml:2:19", "nothing that `+looks` could add to", "leave out the plus")],
    ),
    (
        "plus in an added list",
        "+avoid: [{what: a, +looks: [wide]}]\n",
        [("child.yaml:2:20", "nothing that `+looks` could add to", "leave out the plus")],
    ),
    (
        "a group that is none",
        "style: 5\n",
        [("child.yaml:2:1", "`style`: must be a group", "keys")],
    ),
    ("colours that are none", "colors: [a]\n", [("child.yaml:2:1", "`colors`: must be", "keys")]),
]


@pytest.mark.parametrize(("name", "text", "expected"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_is_told_in_the_file_that_has_it(
    name: str, text: str, expected: list[tuple[str, str, str]], write: Write
) -> None:
    found = findings(write("child.yaml", f"extends: acme\n{text}"))
    assert [where(finding) for finding in found] == [row[0] for row in expected]
    for finding, (_, message, fix) in zip(found, expected, strict=True):
        assert message in finding.message
        assert fix in (finding.fix or "")


def test_a_fault_of_the_parent_is_told_in_the_parents_file(write: Write) -> None:
    write("acme.yaml", PARENT.replace("mood: [calm]", "mod: [calm]"))
    (finding,) = findings(write("child.yaml", "extends: acme\n"))
    assert where(finding) == "acme.yaml:18:27"
    assert finding.fix == "did you mean “mood”?"
    write("acme.yaml", "a: [")
    assert findings(write("child.yaml", "extends: acme\n"))[0].rule == "yaml-syntax"
    write("acme.yaml", "")
    assert findings(write("child.yaml", "extends: acme\n"))[0].message == "the profile is empty"


def test_findings_of_a_check_point_at_the_file_that_wrote_them(write: Write) -> None:
    brand = _child(write, 'colors: {accent: "#ff0000"}\nstyle: {mood: [no fog, rain]}\n')
    assert [(item.rule, where(item)) for item in check_brand(brand)] == [
        ("color-without-describe", "child.yaml:2:10"),
        ("low-contrast", "acme.yaml:11:45"),
        ("look-against-avoid", "child.yaml:3:24"),
    ]
    assert check_brand(brand)[-1].message.endswith("which the brand avoids in acme.yaml on line 19")


@pytest.mark.parametrize(
    "text",
    [
        "+avoid: [a]",
        "people: {+never: [a]}",
        "tone: {+traits: [a]}",
        "avoid: [{what: a, +looks: [b]}]",
    ],
)
def test_a_plus_needs_a_parent(text: str) -> None:
    with pytest.raises(BrandError) as caught:
        parse_brand(f'name: A\ncolors: {{a: "#111"}}\nstyle: s\n{text}\n', "a.yaml")
    (finding,) = caught.value.findings
    assert finding.message.startswith("there is nothing that `+")
    assert finding.fix == "write it without the plus, or name the profile to add to: extends: NAME"
    assert finding.place
    assert finding.place.line == 4


def test_a_plus_before_a_look_needs_a_parent_and_a_free_name_may_have_one() -> None:
    text = 'name: A\ncolors: {a: "#111"}\nstyle: {+mood: [a], medium: photo}\n'
    with pytest.raises(BrandError) as caught:
        parse_brand(text, "a.yaml")
    (finding,) = caught.value.findings
    assert where(finding) == "a.yaml:3:9"
    brand = parse_brand(text.replace("+mood", "mood") + 'channels: {"+": 9x9}\n', "a.yaml")
    assert list(brand.channels) == ["+"]
