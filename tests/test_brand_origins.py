"""Where values come from, in what profiles differ, and how paths are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.brand.loading import load_brand, parse_brand
from promptkit.brand.origins import compare, origins
from promptkit.brand.paths import dotted, keys_of

SHIPPED = sorted((Path(__file__).parent.parent / "brand_profiles").glob("*.yaml"))

BARE = """\
name: Acme
colors: {primary: "#0b6e99"}
style: calm photos
avoid: [neon, {what: fog, severity: must}]
tone: [calm, dry]
channels: {tile: 10x20}
"""


def test_every_value_that_was_written_has_its_origin() -> None:
    rows = origins(parse_brand(BARE, "acme.yaml"))
    assert [(path, value, str(place)) for path, value, place in rows] == [
        ("id", "acme", "acme.yaml:1:1"),
        ("name", "Acme", "acme.yaml:1:1"),
        ("colors.palette.primary.value", "#0B6E99", "acme.yaml:2:10"),
        ("colors.roles.primary", "primary", "acme.yaml:2:10"),
        ("tone.traits", "calm, dry", "acme.yaml:5:1"),
        ("style.looks.default.describe", "calm photos", "acme.yaml:3:1"),
        ("avoid[1].what", "neon", "acme.yaml:4:9"),
        ("avoid[2].what", "fog", "acme.yaml:4:16"),
        ("avoid[2].severity", "must", "acme.yaml:4:27"),
        ("channels.tile.size", "10, 20", "acme.yaml:6:12"),
    ]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_path_of_the_rows_leads_to_their_place(path: Path) -> None:
    brand = load_brand(path)
    rows = origins(brand)
    assert len(rows) > 50
    for row, _, place in rows:
        assert brand.origin(row) == place
        assert place.line


def test_a_list_of_several_files_has_a_row_for_each_item(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(BARE)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").touch()
    path = tmp_path / "in" / "child.yaml"
    path.write_text("extends: acme\ntone: {+traits: [loud]}\nsubjects: {a: {refs: a.png}}\n")
    rows = {row: (value, place) for row, value, place in origins(load_brand(path, [tmp_path]))}
    assert rows["tone.traits[2]"][0] == "dry"
    assert rows["tone.traits[3]"][0] == "loud"
    assert Path(rows["tone.traits[2]"][1].file).name == "acme.yaml"
    assert Path(rows["tone.traits[3]"][1].file).name == "child.yaml"
    assert rows["subjects.a.refs"][0] == "a.png"
    assert "extends" not in rows


def test_two_profiles_are_compared_by_what_they_mean() -> None:
    one = parse_brand(BARE, "acme.yaml")
    other = parse_brand(
        "name: Acme\ncolors: {palette: {primary: {value: '#0B6E99'}}, roles: {primary: primary},"
        " pairs: {never: [[primary, primary]]}}\n"
        "style: calm photos\navoid: [fog, dust, neon]\ntone: calm\nlogo: {reserve: "
        "{box: [0, 0, 1, 1]}}\n",
        "acme.yaml",
    )
    assert compare(one, one) == []
    rows = compare(one, other)
    assert rows == [
        ("tone.traits", "calm, dry", "calm"),
        ("avoid[fog].severity", "must", "should"),
        ("channels.tile.size", "10, 20", ""),
        ("channels.tile.format", "jpeg", ""),
        ("colors.pairs.never[1]", "", "primary, primary"),
        ("avoid[dust].what", "", "dust"),
        ("avoid[dust].severity", "", "should"),
        ("logo.reserve.box", "", "0.0, 0.0, 1.0, 1.0"),
    ]
    assert sorted(compare(other, one)) == sorted((path, b, a) for path, a, b in rows)


def test_items_of_one_name_are_kept_apart() -> None:
    one = parse_brand(BARE.replace("[neon,", "[fog,"), "acme.yaml")
    other = parse_brand(BARE.replace("[neon,", "[fog, fog,"), "acme.yaml")
    assert {row[0] for row in compare(one, other)} >= {"avoid[fog (3)].what"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b-c", 0, "d"), "a.b-c[1].d"),
        (("a", 0, 1), "a[1][2]"),
        ((2,), "[3]"),
    ],
)
def test_a_path_is_written_and_read(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text
    assert keys_of(text) == path


@given(st.text(max_size=30))
def test_any_text_is_read_as_a_path(text: str) -> None:
    brand = parse_brand(BARE, "acme.yaml")
    assert brand.origin(text).file == "acme.yaml"
