"""Files of many briefs: what is read, and what is said of faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promptkit import BriefError, Kit
from promptkit.cli.output import read_inputs
from promptkit.template.inputs import InputSpec
from promptkit.workflow import rows as rows_module
from promptkit.workflow.rows import Row, check_columns, read_rows

SPECS = {
    "product": InputSpec(type="text"),
    "colors": InputSpec(type="list", required=False),
    "sale": InputSpec(type="boolean", required=False),
}


def rows_of(text: str | bytes, name: str = "rows.csv") -> list[Row]:
    path = Path(name)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    found = read_rows(path)
    assert found is not None
    return found


def said(text: str | bytes, name: str = "rows.csv") -> list[dict[str, Any]]:
    return [dict(row.said) for row in rows_of(text, name)]


def faults(text: str | bytes, name: str = "rows.csv") -> list[tuple[str, int | None]]:
    with pytest.raises(BriefError) as caught:
        rows_of(text, name)
    return [(item.rule, item.place.line if item.place else None) for item in caught.value.findings]


ONE = [{"product": "slim can", "view": "side"}]


@pytest.mark.parametrize(
    "text",
    [
        "product,view\nslim can,side\n",
        "product;view\r\nslim can;side\r\n",
        "product\tview\nslim can\tside",
        "\ufeffproduct,view\n slim can , side \n",
        "sep=;\nproduct;view\nslim can;side\n",
        '"product";"view"\n"slim can";"side"\n\n;;\n',
        "product,view,\nslim can,side,\n",
    ],
)
def test_csv_is_read_as_programs_write_it(text: str) -> None:
    assert said(text) == ONE


def test_a_cell_may_hold_marks_quotes_and_lines() -> None:
    text = 'product;note\n"can; with ""lid""";"one\ntwo"\ntin;x\n'
    found = rows_of(text)
    assert dict(found[0].said) == {"product": 'can; with "lid"', "note": "one\ntwo"}
    assert [row.place.line for row in found] == [2, 4]
    assert [row.number for row in found] == [1, 2]


def test_an_empty_cell_is_not_given_and_a_column_of_ones_own_is_not_read() -> None:
    (row,) = rows_of("product,sale,x-sku\ncan,,17\n")
    assert row.inputs(SPECS) == {"product": "can"}
    check_columns([row], SPECS, (), "packshot")


def test_each_line_may_be_an_object_and_a_list_be_yaml_or_json() -> None:
    lines = '{"product": "slim can", "view": "side", "x-sku": 1}\n\n'
    assert said(lines, "rows.jsonl") == ONE
    assert said("- {product: slim can, view: side}\n", "rows.yaml") == ONE
    assert said(json.dumps(ONE), "rows.json") == ONE
    assert rows_of("- product: a\n- product: b\n", "rows.yaml")[1].place.line == 2


def test_a_mapping_is_one_brief() -> None:
    Path("brief.yaml").write_text("product: can\n")
    assert read_rows(Path("brief.yaml")) is None


@pytest.mark.parametrize(
    ("cell", "items"),
    [("sand | sea", ["sand", "sea"]), ("sand;sea;", ["sand", "sea"]), ("sand, sea", "sand, sea")],
)
def test_a_cell_of_several_is_a_list(cell: str, items: object) -> None:
    row = rows_of(json.dumps({"colors": cell, "product": "a | b"}), "rows.jsonl")[0]
    assert row.inputs(SPECS) == {"colors": items, "product": "a | b"}


def test_a_list_may_be_json_and_have_such_marks_in_it() -> None:
    (row,) = rows_of('colors\n"[""a|b""]"\n')
    assert row.inputs(SPECS) == {"colors": '["a|b"]'}


def test_what_a_row_says_beside_inputs() -> None:
    (row,) = rows_of('id;brand;axes;product\n7;tidewell;"crop=close, light=dusk,";can\n')
    assert (row.own("id", SPECS), row.own("brand", SPECS)) == ("7", "tidewell")
    assert row.axes(SPECS) == {"crop": "close", "light": "dusk"}
    assert row.inputs(SPECS) == {"product": "can"}
    taken = {**SPECS, "brand": InputSpec(type="text")}
    assert row.own("brand", taken) is None
    assert row.inputs(taken) == {"brand": "tidewell", "product": "can"}
    (row,) = rows_of("- {product: can, axes: {crop: close}}\n", "rows.yaml")
    assert row.axes(SPECS) == {"crop": "close"}
    assert rows_of("product\ncan\n")[0].axes(SPECS) == {}


def test_what_is_beside_inputs_is_text() -> None:
    (row,) = rows_of(
        "- {id: 7, brand: [a], seed: 1.5, look: null, product: null, sale: true}\n", "r.yaml"
    )
    assert [row.own(name, SPECS) for name in ("id", "seed", "look")] == ["7", "1.5", None]
    assert row.inputs(SPECS) == {"sale": True}
    with pytest.raises(BriefError, match="“brand” must be text"):
        row.own("brand", SPECS)


def test_a_wish_for_an_axis_has_an_equals_sign() -> None:
    (row,) = rows_of("axes,product\ncrop,can\n")
    with pytest.raises(BriefError, match="“crop” has no “=”") as caught:
        row.axes(SPECS)
    assert caught.value.findings[0].place == row.place


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("rows.csv", "", [("no-rows", None)]),
        ("rows.csv", "product\n\n", [("no-rows", None)]),
        ("rows.csv", "a,b\n1,2,3\n1,2\n1,2,3\n", [("too-many-cells", 2), ("too-many-cells", 4)]),
        ("rows.csv", "a\tb\n1\t2\t3\n", [("too-many-cells", 2)]),
        ("rows.csv", "a,a\n1,2\n", [("duplicate-column", 1)]),
        ("rows.csv", 'a,b\n"1"x,2\n', [("csv", 2)]),
        ("rows.csv", 'a,b\n1,"2\n', [("csv", 2)]),
        ("rows.csv", "product\ncaf\xe9\n".encode("cp1252"), [("encoding", 2)]),
        ("rows.csv", "product\ncan\n".encode("utf-16"), [("encoding", None)]),
        ("rows.jsonl", '{"a": 1}\n{"a": \n[1]\n', [("json", 2), ("no-row", 3)]),
        ("rows.jsonl", '{"a": 1, "a": 2}\n', [("duplicate-key", 1)]),
        ("rows.jsonl", "[" * 100_000, [("json", 1)]),
        ("rows.yaml", "- product: a\n- b\n- c\n", [("no-row", 2), ("no-row", 3)]),
        ("rows.yaml", "[]", [("no-rows", None)]),
    ],
)
def test_all_faults_of_a_file_have_their_lines(
    name: str, text: str | bytes, found: list[tuple[str, int | None]]
) -> None:
    told = faults(text, name)
    if found == [("encoding", None)]:
        told = [(rule, None) for rule, _ in told]
    assert told == found


def test_a_file_of_another_encoding_says_how_to_save_it() -> None:
    with pytest.raises(BriefError, match="CSV UTF-8"):
        rows_of("product\ncaf\xe9\n".encode("cp1252"))


def test_a_file_that_is_not_there_says_so() -> None:
    with pytest.raises(BriefError, match="there is no such file"):
        read_rows(Path("none.csv"))


def test_files_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "MOST_ROWS", 2)
    assert len(rows_of("a\n1\n2\n")) == 2
    assert faults("a\n1\n2\n3\n") == [("too-many-rows", None)]
    monkeypatch.setattr(rows_module, "MOST_BYTES", 8)
    assert faults("a\n1\n2\n3\n4\n") == [("too-large", None)]


def test_ten_thousand_rows_are_read() -> None:
    lines = "".join(f"{number};a can with number {number} on it\n" for number in range(10_000))
    assert rows_of(f"id;product\n{lines}")[-1].said["id"] == "9999"


def test_columns_are_checked_once_for_all() -> None:
    rows = rows_of("prodct,view\ncan,side\ntin,top\n")
    with pytest.raises(BriefError) as caught:
        check_columns(rows, SPECS, (), "packshot")
    told = [(item.rule, item.place and item.place.line) for item in caught.value.findings]
    assert told == [("unknown-input", 2), ("unknown-input", 2), ("missing-input", 2)]
    assert "did you mean “product”" in str(caught.value)
    assert "x-view" in str(caught.value)
    with pytest.raises(BriefError) as caught:
        check_columns(rows, SPECS, ("product",), "packshot")
    assert len(caught.value.findings) == 2


def test_a_fault_keeps_its_place_or_gets_the_rows() -> None:
    (row,) = rows_of("product\ncan\n")
    with Kit() as kit, pytest.raises(BriefError) as caught:
        kit.compose("packshot", "tidewell", {"view": "up"})
    assert {item.place for item in row.faults(caught.value)} == {row.place}


@pytest.mark.parametrize(
    ("name", "program"),
    [("b.xlsx", "Excel"), ("B.XLS", "Excel"), ("b.ods", "LibreOffice"), ("b.numbers", "Numbers")],
)
def test_a_spreadsheet_is_told_by_its_name(name: str, program: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04\xff")
    with pytest.raises(BriefError) as caught:
        read_rows(tmp_path / name)
    (found,) = caught.value.findings
    assert found.rule == "spreadsheet"
    assert f"in {program}: " in str(found.fix)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_that_is_named_a_text_is_told(mark: str, tmp_path: Path) -> None:
    path = tmp_path / "briefs.txt"
    path.write_text(f"id{mark}product\n1{mark}slim can\n", encoding="utf-8")
    with pytest.raises(BriefError) as caught:
        read_rows(path)
    assert caught.value.findings[0].fix == "name it .csv: briefs.csv"
    with pytest.raises(BriefError, match="looks like a table"):
        read_inputs(None, path)


@pytest.mark.parametrize("text", ["product: slim, cold\nprop: wood, dark\n", "product: can", ""])
def test_a_text_that_holds_one_brief_is_no_table(text: str, tmp_path: Path) -> None:
    path = tmp_path / "brief.txt"
    path.write_text(text, encoding="utf-8")
    assert read_rows(path) is None
