"""Reading YAML: what is read, what is refused, and whether each fault is told where it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field

from promptkit import documents
from promptkit.documents import MAX_BYTES, Document, Strict, parse_yaml, read_yaml, scalar, validate
from promptkit.errors import BrandError, Finding, InputError

# Reading --------------------------------------------------------------------------------------

SCALARS: list[tuple[str, Any]] = [
    *((word, word) for word in "NO no on off yes y 16:9 1:30 12:30:45 2026-11-22 1_000".split()),
    *((word, word) for word in "007 000000 0x1F 0o17 .nan .inf -.inf 1e999 1.2.3 = <<".split()),
    *((word, None) for word in ("~", "null", "Null", "NULL", "")),
    *((word, True) for word in ("true", "True", "TRUE")),
    *((word, False) for word in ("false", "False", "FALSE")),
    ("0", 0),
    ("-12", -12),
    ("+12", 12),
    ("9" * 18, int("9" * 18)),
    ("9" * 19, "9" * 19),
    ("1" * 5000, "1" * 5000),
    ("1.5", 1.5),
    (".5", 0.5),
    ("1.", 1.0),
    ("-1e3", -1000.0),
    ("112233", 112233),
    ("Drum & Bass", "Drum & Bass"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_only_plain_words_for_values_change(text: str, value: object) -> None:
    read = parse_yaml(f"key: {text}\n", "f.yaml").data["key"]
    assert (read, type(read)) == (value, type(value))
    assert scalar(text) == value


@pytest.mark.parametrize("text", [word for word, _ in SCALARS])
def test_what_is_quoted_is_text(text: str) -> None:
    written = f"a: \"{text}\"\nb: '{text}'\nc: |-\n  {text}\n"
    data = parse_yaml(written, "f.yaml").data
    assert (data["a"], data["b"]) == (text, text)
    assert data["c"] == text


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("---\nname: A\n...\n", {"name": "A"}),
        ("\ufeffname: A\n", {"name": "A"}),
        ("name: A\r\nlist:\r\n  - b\r\n", {"name": "A", "list": ["b"]}),
        ("name: |\r\n  a\r\n  b\r\n", {"name": "a\nb\n"}),
        ("x-note: mine\nname: A\nin: {x-too: 1}\n", {"name": "A", "in": {}}),
        ("NO: 1\n12: 2\ntrue: 3\n", {"NO": 1, "12": 2, "true": 3}),
        ("name: A # was: #0B6E99\n", {"name": "A"}),
        ("# primary: #0B6E99\nname: A\n", {"name": "A"}),
        ("empty: # the old one was #0B6E99\nname: A\n", {"empty": None, "name": "A"}),
        ('name: "#0B6E99"\n', {"name": "#0B6E99"}),
        ('list: ["a", # first: #fff\n  "b"]\n', {"list": ["a", "b"]}),
        ("name: It's #1\n", {"name": "It's"}),
        ("name: – no list\nother: 'a' # b\n", {"name": "– no list", "other": "a"}),
    ],
)
def test_yaml_is_read(text: str, data: object) -> None:
    assert parse_yaml(text, "f.yaml").data == data


def test_marks_point_at_the_lines_of_the_file() -> None:
    text = "colors:\n  a: {value: x}\nlist:\n  - one\n  - two: 2\n"
    document = parse_yaml(text, "f.yaml", first_line=4)
    places = {
        ("colors",): (4, 1),
        ("colors", "a"): (5, 3),
        ("colors", "a", "value"): (5, 7),
        ("list", 0): (7, 5),
        ("list", 1, "two"): (8, 5),
        ("list", 1, "two", "what", "is", "not"): (8, 5),
        ("colors", "palette", "a"): (5, 3),
        ("nothing",): (4, 1),
    }
    for path, (line, column) in places.items():
        place = document.place(path)
        assert (place.line, place.column) == (line, column)
        assert place.text == text.splitlines()[line - 4]
    assert str(Document("settings", {}, {}, ()).place(("a",))) == "settings"


_WORDS = st.text("abcdefghijklmnopqrstuvwxyzäß☂🎈", min_size=1, max_size=8)
_TREES: st.SearchStrategy[Any] = st.recursive(
    # PyYAML writes 0E0 without quotes: text to YAML 1.1, a number to us.
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12).filter(
        lambda text: isinstance(scalar(text), str)
    )
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


def _leaves(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _leaves(value, (*path, key))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(_WORDS, _TREES, max_size=5), st.booleans())
def test_what_yaml_writes_is_read_back_with_a_mark_for_everything(
    data: dict[str, Any], in_flow: bool
) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, default_flow_style=in_flow, sort_keys=False)
    document = parse_yaml(text, "f.yaml")
    assert document.data == data
    lines = text.splitlines()
    for path in _leaves(data):
        place = document.place(path)
        if isinstance(path[-1], str) and place.line and place.column:
            here = lines[place.line - 1][place.column - 1 :]
            assert here.lstrip("\"'? ").startswith(path[-1])


_TRICKY = st.text("ab:#- \n\t{}[],&*!|>'\"%@`?~<=.0F\\\r\ufeff\x00\ud800é")


@settings(max_examples=250, deadline=None)
@given(_TRICKY | st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@example("\ud800")
@example("[" * 3000)
@example("a: " + "9" * 5000)
@example("{" * 3000)
@example("? " * 3000)
@example("%YAML 3.1\n---\na: b")
def test_any_text_is_data_or_an_input_error(text: str) -> None:
    for finding in _findings(text):
        assert finding.fix
        assert finding.place
        assert str(finding).encode()
        assert 0 < (finding.place.line or 1) <= len(text.splitlines()) + 1


def _findings(text: str) -> tuple[Finding, ...]:
    try:
        parse_yaml(text, "f.yaml", BrandError)
    except BrandError as error:
        return error.findings
    return ()


# Refusing -------------------------------------------------------------------------------------

# Of each fault: the text; then its place, message and fix, or parts of them.
FAULTS: dict[str, tuple[str, list[tuple[int, int, str, str]]]] = {
    "unquoted colour in a block": (
        "colors:\n  primary: #0B6E99\n",
        [
            (
                2,
                12,
                "an unquoted # starts a comment, so the colour #0B6E99 is not read",
                'quote it: primary: "#0B6E99"',
            )
        ],
    ),
    "unquoted colours in a list": (
        "near:\n  - #fff\n  - #000000 # black\n",
        [(2, 5, "the colour #fff is", '"#fff"'), (3, 5, "#000000 is", 'quote it: - "#000000"')],
    ),
    "unquoted colour in braces": (
        "name: A\ncolors: {primary: #0B6E99, accent: #FFF}\nstyle: calm\n",
        [(2, 19, "the colour #0B6E99 is not read", 'quote it: primary: "#0B6E99"')],
    ),
    "unquoted colour in braces over several lines": (
        'colors: {\n  primary: #0B6E99,\n  accent: "#FFF"}\n',
        [(2, 12, "the colour #0B6E99 is not read", 'quote it: primary: "#0B6E99"')],
    ),
    "unquoted colour that leaves braces closed": (
        "colors: {\n  primary: #0B6E99\n}\n",
        [(2, 12, "the colour #0B6E99 is not read", 'quote it: primary: "#0B6E99"')],
    ),
    "unquoted colours in brackets": (
        "never: [\n  #fff,\n  #000\n]\n",
        [(2, 3, "#fff is not read", 'quote it: "#fff"'), (3, 3, "#000 is not read", '"#000"')],
    ),
    "unquoted colour right after a bracket": (
        "never: [#fff, #000]\n",
        [(1, 9, "#fff is not read", 'quote it: "#fff"')],
    ),
    "duplicate keys": (
        "name: A\ntone: calm\nname: B\nname: C\n",
        [
            (3, 1, "“name” stands here a second time; the first is on line 1", "keep one of the"),
            (4, 1, "“name” stands here a second time; the first is on line 1", "keep one of the"),
        ],
    ),
    "duplicate key of one's own": (
        "x-a: 1\nx-a: 2\n",
        [(2, 1, "“x-a” stands here a second time", "keep")],
    ),
    "anchor and alias": (
        "a: &base 1\nb: *base\n",
        [(1, 4, "(“&base”) are not read", "write the value out"), (2, 4, "(“*base”)", "if * is")],
    ),
    "anchor on a key": ("&base a: 1\n", [(1, 1, "anchors and aliases (“&base”)", "write")]),
    "merge": ("a: {<<: *base}\n", [(1, 9, "anchors and aliases (“*base”)", "write")]),
    "tags": (
        "a: !!python/object:os.system x\nb: !mine x\n!!str c: 1\n",
        [
            (1, 4, "the tag “!!python/object:os.system” is not read here", "leave it out"),
            (2, 4, "the tag “!mine” is not read here", "put the text in quotes"),
            (3, 1, "the tag “!!str” is not read here", "leave it out"),
        ],
    ),
    "deep": ("[" * 30 + "]" * 30, [(1, 26, "nested more than 24 levels deep", "brackets")]),
    "key that is a list": ("a: 1\n[b]: c\n", [(2, 1, "a key must be a plain word", "quote")]),
    "keys that are lists": (
        "[b]: c\n{d: e}: f\n",
        [(1, 1, "a key must be", "word"), (2, 1, "a key must be", "word")],
    ),
    "jinja": ("name: {{ brand }}\n", [(1, 8, "{{ … }} is read as a key", 'in quotes: "{{ … }}"')]),
    "second document": (
        "name: A\n---\nname: B\n",
        [(2, 1, "a second document starts here", "delete the line ---")],
    ),
    "second document after an empty one": (
        "---\n---\nname: B\n",
        [(2, 1, "a second document starts here", "file of its own")],
    ),
    "decimal comma": (
        "a: {b: 0,5, c: 1}\n",
        [(1, 8, "“0,5” is read as two things", "write it with a point: 0.5")],
    ),
    "bullets": (
        "a:\n  • b\n  • c\nd:\n  – e\n",
        [
            (2, 3, "“•” does not begin an item of a list", "a hyphen and a space"),
            (5, 3, "“–” does not begin an item of a list", "a hyphen and a space"),
        ],
    ),
    "a quote that a later line closes": (
        'a: "b\nc: {d: "#0B6E99"}\n',
        [(1, 4, "the quote that begins here ends before the # on line 2", "close it")],
    ),
    "odd blanks before a key": (
        "a: 1\n\xa0\xa0b: 2\n",
        [(2, 1, "this line begins with the invisible character U+00A0", "with the space bar")],
    ),
    "nul": ("a: 1\nb: x\x00y\n", [(2, 5, "the invisible character U+0000", "delete it")]),
    "bell": ("a: 1\r\nb: x\x07y\n", [(2, 5, "the invisible character U+0007", "copied")]),
    "byte order mark in the middle": ("a: \ufeffb\n", [(1, 4, "U+FEFF stands here", "delete")]),
    "half a letter": ("a: \ud800\n", [(1, 4, "the invisible character U+D800", "delete it")]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_place_and_fix(name: str) -> None:
    text, expected = FAULTS[name]
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    assert len(caught.value.findings) == len(expected)
    for finding, (line, column, message, fix) in zip(caught.value.findings, expected, strict=True):
        assert finding.place
        assert (finding.place.line, finding.place.column) == (line, column)
        assert message in finding.message
        assert fix in (finding.fix or "")
        assert "not YAML" not in finding.message


SYNTAX: list[tuple[str, int, str, str]] = [
    ("name: A\n\tcolors: b\n", 2, "a tab cannot indent", "indent with spaces"),
    ("name: A\ncolors:\n\tprimary: b\n", 3, "a tab cannot indent", "indent with spaces"),
    ("name: A: B\n", 1, "a second “:” stands in this line", 'in quotes: name: "A: B"'),
    ("name: A\n  colors: b\n", 2, "stands under one that has its value", "check the indentation"),
    ("name:A\ncolors: b\n", 1, "a space is missing after the “:”", "write name: A"),
    ("name = A\ncolors: b\n", 1, "a value stands after a “:”, not", "write name: A"),
    ("a: 1\nb = 2\nc: 3\n", 2, "a value stands after a “:”, not", "write b: 2"),
    ("a: 'b's'\n", 1, "the quote ends here, and the text goes on", "the other kind of quotes"),
    ("a:\n  * b\n", 2, "begin with “-”, not with “*”", "write - instead"),
    ("a: 1\nb: [c, d e: f\n", 2, "", "close it with “]”"),
    ('a: "b: c"\n  d: e\n', 2, "this line does not fit", "check the indentation"),
    ("name: @home\n", 1, "a value cannot begin with “@”", "in quotes"),
    ("name: %off\n", 1, "a value cannot begin with “%”", "in quotes"),
    ("name: `a`\n", 1, "a value cannot begin with “`”", "in quotes"),
    ("%a\nb: c\n", 1, "", "quote"),
    ("name: *bold*\n", 1, "a value cannot begin with * or &", "in quotes"),
    ("name: **bold**\n", 1, "a value cannot begin with * or &", "in quotes"),
    ("a: 1\nb: {c: d\ne: f\n", 3, "the bracket opened on line 2 is not closed", "quote"),
    ("a: 1\nb: [c, d\ne: f\n", 3, "", "quote"),
    ('a: 1\nb: "c\nd: e\n', 4, "the quote opened on line 2 is not closed", "close it"),
    ('a: "b\n---\nc: d\n', 2, "the quote opened on line 1 is not closed", "close it"),
    ('a: "C:\\new \\photos"\n', 1, "this backslash means nothing", "single quotes"),
    ("a: 1\nbcd\ne: f\n", 2, "a “:” is missing in this line", "write bcd: if it is a key"),
    ("a:\n    b: 1\n  c: 2\n", 3, "this line does not fit those above it", "indentation"),
    ("a:\n  - b\n  c: d\n", 3, "this line does not fit those above it", "indentation"),
    ("a: - b\n", 1, "a list cannot begin here", "check the indentation"),
    ("a: >b\n", 1, "", "quote"),
    ("%YAML 3.1\n---\na: b\n", 1, "", "quote"),
]


@pytest.mark.parametrize("loader", sorted({documents._LOADER, yaml.SafeLoader}, key=str))
@pytest.mark.parametrize(("text", "line", "message", "fix"), SYNTAX)
def test_what_is_not_yaml_is_told_in_words(
    text: str, line: int, message: str, fix: str, loader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_LOADER", loader)  # without libyaml PyYAML reads by itself
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    (finding,) = caught.value.findings
    assert finding.rule == "yaml-syntax"
    assert finding.message.startswith("this is not YAML: ")
    assert message in finding.message
    assert fix in (finding.fix or "")
    for speak in ("token", "stream", "scalar", "mapping", "while parsing", "{"):
        assert speak not in finding.message
    if message:
        assert finding.place
        assert (finding.place.file, finding.place.line) == ("f.yaml", line)


@pytest.mark.parametrize(
    "unit", ["[", "{", "- ", "? ", "{a: ", "k: v\n", "b: *a\n", "{a,", '["a":']
)
def test_hostile_text_is_refused_at_once_and_briefly(unit: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_yaml(unit * (MAX_BYTES // len(unit)), "f.yaml")
    assert len(caught.value.findings) <= documents.MAX_FAULTS
    assert len(str(caught.value)) < 100_000


# Files ----------------------------------------------------------------------------------------


def _finding(path: Path) -> Finding:
    with pytest.raises(BrandError) as caught:
        read_yaml(path, BrandError)
    (finding,) = caught.value.findings
    assert finding.place
    assert finding.place.file == str(path)
    return finding


@pytest.mark.parametrize("text", ["name: Ä\n", "\ufeffname: Ä\n", "name: Ä\r\n"])
def test_a_file_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode())
    document = read_yaml(path)
    assert document.data == {"name": "Ä"}
    assert document.file == str(path)
    assert (document.place(("name",)).line, document.place(("name",)).column) == (1, 1)


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert _finding(tmp_path / "a.yaml").message == "there is no such file"
    assert _finding(tmp_path / "file" / "a.yaml").message == "there is no such file"
    assert _finding(tmp_path).message == "this is a folder, not a file"
    assert "no file can have this name" in _finding(tmp_path / "a\0b").message
    assert "file name too long" in _finding(tmp_path / ("a" * 5000)).message


@pytest.mark.parametrize(
    "data", ["name: A\ntone: Möwe\n".encode("latin-1"), "a: b".encode("utf-16")]
)
def test_a_file_in_another_encoding(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    finding = _finding(path)
    assert (finding.message, finding.fix) == ("this is not UTF-8 text", "save the file as UTF-8")
    assert finding.place
    assert finding.place.line == (2 if b"\n" in data else 1)


@pytest.mark.parametrize("more", [-1, 0, 1, 100_000])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_that_is_too_large(more: int, mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(mark + b"a: " + b"x" * (MAX_BYTES - 3 + more))
    if more <= 0:
        assert len(read_yaml(path).data["a"]) == MAX_BYTES - 3 + more
    else:
        assert _finding(path).message == "the file is larger than 512 KiB"


def test_a_text_that_is_too_large() -> None:
    with pytest.raises(InputError, match="larger than 512 KiB"):
        parse_yaml("a: " + "ä" * (MAX_BYTES // 2), "f.yaml")


# Validating -----------------------------------------------------------------------------------


class Part(Strict):
    """A part."""

    id: str
    share: float = Field(0.5, ge=0, le=1)
    """How much of it."""
    kind: Literal["photo", "drawing"] = "photo"
    weight: int | str | None = None
    pair: tuple[int, int] = (1, 1)


class Whole(Strict):
    """A whole."""

    name: str = Field(min_length=1)
    """The whole's name, for people."""
    count: int = Field(1, gt=0)
    price: Decimal = Decimal(1)
    ready: bool = False
    parts: list[Part] = Field([], max_length=2)
    named: dict[str, Part] = {}
    limits: dict[Literal["low", "high"], float] = {}
    notes: dict[str, str] = {}
    long_name: str = Field("", alias="longName", max_length=3)


# For each text the findings, a line each: “line:column message → fix”.
WRONG: list[tuple[str, str]] = [
    ("name: A\ncount: 0\n", "2:1 `count`: must be more than 0"),
    ("name: A\ncount: 1.5\n", "2:1 `count`: must be a whole number"),
    ("name: A\ncount: many\n", "2:1 `count`: must be a whole number → write it in digits"),
    (f"name: A\ncount: {'9' * 5000}\n", "2:1 `count`: must be a whole number"),
    ("name: A\nprice: dear\n", "2:1 `price`: must be a number"),
    ("name: A\nprice: [1]\n", "2:1 `price`: must be a number"),
    ("name: A\nready: perhaps\n", "2:1 `ready`: must be true or false"),
    ("name: A\nready: [1]\n", "2:1 `ready`: must be true or false"),
    ("name: 12\n", '1:1 `name`: must be text → put it in quotes: "12"'),
    ("name: true\n", '1:1 `name`: must be text → put it in quotes: "true"'),
    ("name: [A]\n", "1:1 `name`: must be text → write one text: name: A"),
    ("name: ' '\n", "1:1 `name`: must not be empty"),
    ("name:\n", "1:1 `name`: is empty → give it a value"),
    ("name: A\nparts:\n", "2:1 `parts`: is empty → give it a value, or leave it out"),
    (
        "name: A\nparts: one\n",
        "2:1 `parts`: must be a list → begin each item with “- ”; an item's keys are id, share, "
        "kind, weight, pair",
    ),
    (
        "name: A\nparts: [one]\n",
        "2:9 item 1 of `parts`: must be a group of keys → its keys are id, share, kind, "
        "weight, pair",
    ),
    (
        "name: A\nnotes: one\n",
        "2:1 `notes`: must be a group of keys → write names with their values below it, as in "
        "notes: {name: value}",
    ),
    ("count: 1\n", "1:1 `name` is missing → add `name`: the whole's name, for people"),
    ("name: A\nparts: [{}]\n", "2:9 `id` is missing in item 1 of `parts` → add `id`"),
    ("name: A\nparts: [{id: a}, {id: b}, {id: c}]\n", "2:1 `parts`: must have 2 items, and has 3"),
    (
        "name: A\nparts: [{id: a, pair: [1]}]\n",
        "2:17 `pair` in item 1 of `parts`: has too few items → it takes 2",
    ),
    (
        "name: A\nparts: [{id: a, pair: []}]\n",
        "2:17 `pair` in item 1 of `parts`: has too few items → it takes 2",
    ),
    (
        "name: A\nparts: [{id: a, pair: 1}]\n",
        "2:17 `pair` in item 1 of `parts`: must be a list → it takes 2",
    ),
    (
        "name: A\nparts: [{id: a, pair: [1, 2, 3]}]\n",
        "2:17 `pair` in item 1 of `parts`: must have 2 items, and has 3 → it takes 2",
    ),
    (
        "name: A\nparts: [{id: a, pair: [1, b]}]\n",
        "2:27 item 2 of `pair` in item 1 of `parts`: must be a whole number → write it in digits",
    ),
    (
        "name: A\nparts: [{id: a, weight: [1]}]\n",
        "2:17 `weight` in item 1 of `parts`: must be a whole number or text",
    ),
    (
        "name: A\nparts: [{id: a, kind: fotos}]\n",
        "2:17 `kind` in item 1 of `parts`: cannot be “fotos” → did you mean “photo”? it may be "
        "photo or drawing",
    ),
    (
        "name: A\nparts: [{id: a, kind: 7}]\n",
        "2:17 `kind` in item 1 of `parts`: cannot be “7” → it may be photo or drawing",
    ),
    (
        "name: A\nlimits: {lo: 1}\n",
        "2:10 `limits.lo`: cannot be “lo” → did you mean “low”? it may be low or high",
    ),
    ("name: A\nlimits: {low: .nan}\n", "2:10 `limits.low`: must be a number → write it in digits"),
    (
        "name: A\nlimits: {low: 20%}\n",
        "2:10 `limits.low`: must be a number → write the number alone: 20",
    ),
    (
        "name: A\nlimits: {low: few}\n",
        "2:10 `limits.low`: must be a number → write it in digits",
    ),
    (
        "name: A\nlimits:\n  low: 0,5\n",
        "3:3 `limits.low`: must be a number → write it with a point: 0.5",
    ),
    (
        "name: A\nnamed: {p: {id: a, share: 20}}\n",
        "2:20 `named.p.share`: must be at most 1 → a share is written from 0 to 1: 0.2",
    ),
    (
        "name: A\nnamed: {p: {id: a, share: 12.5 %}}\n",
        "2:20 `named.p.share`: must be a number → a share is written from 0 to 1: 0.125",
    ),
    ("name: A\nnamed: {p: {id: a, share: 2000}}\n", "2:20 `named.p.share`: must be at most 1"),
    ("name: A\nnamed: {p: {id: a, share: -1}}\n", "2:20 `named.p.share`: must be at least 0"),
    (
        "name: A\nnamed: {named: {id: a, shre: 1}}\n",
        "2:24 there is no key “shre” → did you mean “share”? known: id, kind, pair, share, weight",
    ),
    (
        "name: A\nlongNam: A\n",
        "2:1 there is no key “longNam” → did you mean “longName”? known: count, limits, "
        "longName, name, named, notes, parts, price, ready",
    ),
    ("name: A\nlongName: abcd\n", "2:1 `longName`: must have 3 characters at most"),
    (
        "nme: A\nready: perhaps\nparts:\n  - id: 7\n    kid: photo\n",
        "1:1 there is no key “nme” → did you mean “name”? known: count, limits, longName, "
        "name, named, notes, parts, price, ready\n"
        "2:1 `ready`: must be true or false\n"
        '4:5 `id` in item 1 of `parts`: must be text → put it in quotes: "7"\n'
        "5:5 there is no key “kid” → did you mean “kind”? known: id, kind, pair, share, "
        "weight",
    ),
]


def _told(error: InputError) -> str:
    told = []
    for finding in error.findings:
        assert finding.place
        fix = f" → {finding.fix}" if finding.fix else ""
        told.append(f"{finding.place.line}:{finding.place.column} {finding.message}{fix}")
    return "\n".join(told)


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_every_fault_of_the_data_is_told_in_words(text: str, expected: str) -> None:
    with pytest.raises(BrandError) as caught:
        validate(Whole, parse_yaml(text, "f.yaml"), error=BrandError)
    assert _told(caught.value) == expected


def test_data_without_a_file_are_told_by_their_full_names() -> None:
    document = Document("settings", {}, {}, ())
    data = {"name": "A", "parts": [{"id": "a", "weight": []}], "limits": {"lo": 1}}
    with pytest.raises(InputError) as caught:
        validate(Whole, document, data)
    assert [str(finding).splitlines()[0] for finding in caught.value.findings] == [
        "settings: `weight` in item 1 of `parts`: must be a whole number or text",
        "settings: `limits.lo`: cannot be “lo”",
    ]


def test_thousands_of_faults_are_told_at_once_and_briefly() -> None:
    text = "name: A\n" + "".join(f"key-{number}: 1\n" for number in range(9_000))
    with pytest.raises(InputError) as caught:
        validate(Whole, parse_yaml(text, "f.yaml"))
    assert len(caught.value.findings) == documents.MAX_FAULTS


def test_what_is_right_is_read_and_never_changes() -> None:
    text = "name: ' A '\nlongName: abc\nparts: [{id: a, weight: 7 C, share: 0.25}]\n"
    whole = validate(Whole, parse_yaml(text, "f.yaml"))
    assert (whole.name, whole.long_name, whole.parts[0].weight) == ("A", "abc", "7 C")
    assert math.isclose(whole.parts[0].share, 0.25)
    with pytest.raises(ValueError, match="frozen"):
        whole.name = "B"  # type: ignore[misc]
