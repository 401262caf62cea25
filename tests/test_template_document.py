"""A template's file: front matter with its faults, and a body whose lines keep their numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptkit.errors import TemplateError
from promptkit.template.document import SECTIONS, read_source, split_source

FAULTS = {
    "not closed": (
        "---\ndescription: a gift\n{{ gift }}\n",
        (1, "the front matter, which starts here, is not closed", "three dashes"),
    ),
    "unknown key": (
        "---\ndescription: a gift\ninput: {}\n---\nx",
        (3, "there is no key “input”", "did you mean “inputs”?"),
    ),
    "unknown key of an input": (
        "---\ninputs:\n  gift:\n    type: text\n    exmaple: book\n---\nx",
        (5, "there is no key “exmaple”", "did you mean “example”?"),
    ),
    "unknown type": (
        "---\ninputs:\n  gift: {type: string}\n---\nx",
        (3, "`inputs.gift.type`: cannot be “string”", "it may be text, number"),
    ),
    "choice without options": (
        "---\ninputs:\n  view: {type: choice}\n---\nx",
        (3, "a choice has no options", "add them, as in enum: [small, large]"),
    ),
    "default of the wrong type": (
        "---\ninputs:\n  count:\n    type: number\n    default: many\n---\nx",
        (5, "the default must be a number, not “many”", ""),
    ),
    "example of the wrong type": (
        "---\ninputs:\n  view: {type: choice, enum: [front, side], example: frnt}\n---\nx",
        (3, "the example must be one of front, side, not “frnt”", "did you mean “front”?"),
    ),
    "bounds that cross": (
        "---\ninputs:\n  count: {type: number, minimum: 5, maximum: 2}\n---\nx",
        (3, "`minimum` is larger than `maximum`", ""),
    ),
    "lengths that cross": (
        "---\ninputs:\n  gift: {minLength: 9, maxLength: 3}\n---\nx",
        (3, "`minLength` is larger than `maxLength`", ""),
    ),
    "input with a gap": (
        "---\ninputs:\n  my gift: {type: text}\n---\nx",
        (3, "“my gift” is no plain word", "write my_gift"),
    ),
    "input that begins with a digit": (
        "---\ninputs:\n  3d: {type: text}\n---\nx",
        (3, "“3d” is no plain word", "begin it with a letter"),
    ),
    "input with a name that is taken": (
        "---\ninputs:\n  brand: {type: text}\n---\nx",
        (3, "“brand” means something else in a template", "choose a name other than"),
    ),
    "input called like a word of Jinja": (
        "---\ninputs:\n  not: {type: text}\n---\nx",
        (3, "“not” means something else in a template", "choose a name other than"),
    ),
    "ratio": (
        '---\n\naspect: "wide"\n---\nx',
        (3, "“wide” is not an aspect ratio; write it as in 3:2", ""),
    ),
    "axis without options": (
        "---\naxes:\n  crop: {}\n---\nx",
        (3, "`axes.crop`: must not be empty", "write one at least"),
    ),
    "key given twice": (
        "---\naspect: 3:2\naspect: 1:1\n---\nx",
        (3, "“aspect” stands here a second time; the first is on line 2", "keep one of the two"),
    ),
    "not YAML": ('---\ntext: ["a\n---\nx', (2, "this is not YAML", "quote text")),
    "a list": (
        "---\n- one\n- other\n---\nx",
        (2, "the front matter is made of keys", "write description: a gift picture"),
    ),
    "an example without its brand": (
        "---\nexamples:\n  - inputs: {}\n---\nx",
        (3, "`brand` is missing", ""),
    ),
    "another version": (
        "---\npromptkit: template/v2\n---\nx",
        (2, "`promptkit`: cannot be “template/v2”", "it may be template/v1"),
    ),
    "a pattern that is none": (
        "---\nexamples:\n  - brand: a\n    expect: {matches: ['a(']}\n---\nx",
        (4, "“a(” is not a regular expression", "put \\ before brackets"),
    ),
    "a length of nothing": (
        "---\nexamples:\n  - brand: a\n    expect:\n      max_chars: 0\n---\nx",
        (5, "`expect.max_chars` in item 1 of `examples`: must be at least 1", ""),
    ),
    "an unknown expectation": (
        "---\nexamples:\n  - brand: a\n    expect: {contain: b}\n---\nx",
        (4, "there is no key “contain”", "did you mean “contains”?"),
    ),
    "an avoid without its thing": (
        "---\navoid: [{instead: flowers}]\n---\nx",
        (2, "`what` is missing", ""),
    ),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_the_front_matter_has_its_line_and_its_fix(
    text: str, fault: tuple[int, str, str]
) -> None:
    line, message, fix = fault
    with pytest.raises(TemplateError) as caught:
        split_source(text, "gift.j2", "templates/gift.j2")
    (finding,) = caught.value.findings
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("templates/gift.j2", line)
    assert message in f"{finding.message}; {finding.fix}"
    assert fix in (finding.fix or "")
    assert str(finding).startswith(f"templates/gift.j2:{line}:")


def test_all_faults_are_named_at_once() -> None:
    text = "---\nlogo: perhaps\nlok: hero\naspect: 3\n---\n"
    with pytest.raises(TemplateError) as caught:
        split_source(text, "gift.j2", "gift.j2")
    places = (finding.place for finding in caught.value.findings)
    assert sorted(place.line or 0 for place in places if place) == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "body", "written"),
    [
        ("{{ a }}", "{{ a }}", set()),
        ("", "", set()),
        ("---\n---\nx", "\n\nx", set()),
        ('---\naspect: ""\n---\nx', "\n\n\nx", {"aspect"}),
        ("---\ndescription: gift\n---\nx\ny\n", "\n\n\nx\ny", {"description"}),
        ("--- \r\nlogo: true\r\n---\t\r\nx\r\n", "\n\n\nx", {"logo"}),
        ("x\n---\nlogo: true\n---\n", "x\n---\nlogo: true\n---", set()),
        ("---\nx-note: for people\n---\nx", "\n\n\nx", set()),
    ],
)
def test_the_body_keeps_the_lines_of_the_file(text: str, body: str, written: set[str]) -> None:
    source = split_source(text, "gift.j2", "gift.j2")
    assert source.body == body
    assert source.written == written


def test_short_forms_are_read() -> None:
    text = """---
look: hero
text: "{{ headline }}"
avoid: bows
axes: {crop: {near: Close view, far: {text: Wide view, avoid: crowds}}}
inputs: {headline: {}}
---
"""
    meta = split_source(text, "gift.j2", "gift.j2").meta
    assert meta.look == ["hero"]
    assert meta.text == ["{{ headline }}"]
    assert meta.avoid[0].what == "bows"
    assert meta.axes["crop"]["near"].text == "Close view"
    assert meta.axes["crop"]["far"].avoid[0].what == "crowds"
    assert meta.inputs["headline"].needed


def test_an_example_is_a_brief_with_what_to_expect() -> None:
    text = """---
examples:
  - brand: shop
    look: hero
    channel: story
    axes: {crop: far}
    expect: {contains: a, matches: ["b+", (?i)c], max_chars: 9, findings: no-style, snapshot: true}
---
"""
    (example,) = split_source(text, "gift.j2", "gift.j2").meta.examples
    assert (example.look, example.channel, example.axes) == ("hero", "story", {"crop": "far"})
    assert (example.expect.contains, example.expect.excludes) == (["a"], [])
    assert example.expect.matches == ["b+", "(?i)c"]
    assert (example.expect.max_chars, example.expect.findings) == (9, ["no-style"])
    assert example.expect.snapshot


def test_a_place_is_a_line_of_the_file() -> None:
    source = split_source("---\nlogo: true\n---\nfirst\nsecond", "gift.j2", "t/gift.j2")
    assert source.place(5, 2).text == "second"
    assert str(source.place(5, 2)) == "t/gift.j2:5:2"
    assert source.place(99).text is None


@pytest.mark.parametrize(
    ("name", "partial"),
    [("_light.j2", True), ("parts/_light.j2", True), ("light.j2", False), ("a_b.j2", False)],
)
def test_a_partial_starts_with_an_underscore(name: str, partial: bool) -> None:
    assert split_source("x", name, name).partial is partial


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gift.j2"
    path.write_bytes(b"caf\xe9")
    with pytest.raises(TemplateError, match=r"gift\.j2:1:4: this is not UTF-8 text"):
        read_source(path, "gift.j2")
    with pytest.raises(TemplateError, match=r"none\.j2: there is no such file"):
        read_source(tmp_path / "none.j2", "none.j2")


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "gift.j2"
    path.write_text("\ufeff---\nlogo: true\n---\nx", encoding="utf-8")
    assert read_source(path, "gift.j2").meta.logo


def test_the_sections_have_an_order_of_weight() -> None:
    assert SECTIONS[:3] == ("purpose", "subject", "setting")
    assert SECTIONS[-1] == "avoid"
