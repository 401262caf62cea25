"""Many briefs in one file: CSV, one JSON object a line, or a list in YAML or JSON.

A row's keys are the inputs of its template, and beside them what a brief is composed with.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from promptkit.documents import read_text, read_yaml
from promptkit.errors import BriefError, Finding, InputError, Place, unknown
from promptkit.template.inputs import InputSpec

#: How many rows a file may have.
MOST_ROWS = 10_000
MOST_BYTES = 16 * 1024 * 1024
#: What a row may say beside inputs; where a template has an input of that name, it is the input.
OWN = ("id", "brand", "look", "channel", "axes", "seed")
#: Columns of this beginning are the author's own, and are not read.
FREE = "x-"
_ENDS = re.compile(r"\r\n|\r|\n")
_TABLES = (".csv", ".tsv")
_LINES = (".jsonl", ".ndjson")
_MARKS = (",", ";", "\t")
#: What spreadsheets save of themselves, with the program that does.
_SHEETS = {".xls": "Excel", ".xlsx": "Excel", ".ods": "LibreOffice", ".numbers": "Numbers"}
_SAVED = {
    "Excel": "in Excel: Save As, “CSV UTF-8”",
    "LibreOffice": "in LibreOffice: Save As, “Text CSV”, with the character set UTF-8",
    "Numbers": "in Numbers: File, Export To, CSV, with the encoding UTF-8",
}
_LISTS = ("|", ";")
_SHOWN = 200


@dataclass(frozen=True)
class Row:
    """One brief of a file: where it stands, counted from 1, and what it says, by key."""

    number: int
    place: Place
    said: Mapping[str, Any]

    def inputs(self, specs: Mapping[str, InputSpec]) -> dict[str, Any]:
        """Return what it says of a template's inputs; a cell of several is a list."""
        return {
            name: _items(value) if name in specs and specs[name].type == "list" else value
            for name, value in self.said.items()
            if value is not None and (name in specs or name not in OWN)
        }

    def own(self, name: str, specs: Mapping[str, InputSpec]) -> str | None:
        """Return what it says beside inputs: an id, a brand, a look, a channel, a seed.

        Raises:
            BriefError: it is no text.
        """
        said = None if name in specs else self.said.get(name)
        if said is None or isinstance(said, str):
            return said
        if isinstance(said, bool) or not isinstance(said, int | float):
            message = f"“{name}” must be text, or be left out"
            raise BriefError(Finding("wrong-input", message, place=self.place))
        return str(said)

    def axes(self, specs: Mapping[str, InputSpec]) -> dict[str, str]:
        """Return its wishes for axes: of a mapping, or of ``crop=close,light=dusk``.

        Raises:
            BriefError: one has no equals sign.
        """
        said = self.said.get("axes")
        if isinstance(said, Mapping) and "axes" not in specs:
            return {str(axis): str(option) for axis, option in said.items()}
        found = {}
        for part in (self.own("axes", specs) or "").split(","):
            axis, sign, option = part.partition("=")
            if part.strip() and not (sign and axis.strip()):
                fix = "write axis=option, as in crop=close,light=dusk"
                message = f"axes: “{part.strip()}” has no “=”"
                raise BriefError(Finding("not-a-pair", message, place=self.place, fix=fix))
            if part.strip():
                found[axis.strip()] = option.strip()
        return found

    def faults(self, error: InputError) -> list[Finding]:
        """Return what is wrong with its brief, each with its place: the row's, if it has none."""
        return [
            finding if finding.place else replace(finding, place=self.place)
            for finding in error.findings
        ]


def read_rows(path: Path) -> list[Row] | None:
    """Return the rows of a file, or ``None`` when it holds one brief: a mapping in YAML or JSON.

    Raises:
        BriefError: it cannot be read, holds no rows, or too many; with every fault of it.
    """
    refuse_sheets(path)
    if _kind(path) in _TABLES:
        found = _checked(_of_csv(path))
    elif _kind(path) in _LINES:
        found = _checked(_of_lines(path))
    else:
        document = read_yaml(path, BriefError)
        if not isinstance(document.data, list):
            return None
        places = (document.place((at,)) for at in range(len(document.data)))
        found = _checked(zip(places, document.data, strict=True))
    rows = [Row(number, place, said) for number, (place, said) in enumerate(found, 1)]
    if not rows:
        raise BriefError(Finding("no-rows", "there are no rows", place=Place(str(path))))
    if len(rows) > MOST_ROWS:
        message = f"there are {len(rows):,} rows, and {MOST_ROWS:,} are read at once"
        fix = "share them out among several files"
        raise BriefError(Finding("too-many-rows", message, place=Place(str(path)), fix=fix))
    return rows


def holds_rows(path: Path) -> bool:
    """Say whether a file holds rows by its name; one of YAML or JSON may hold either."""
    return _kind(path) in (*_TABLES, *_LINES)


def refuse_sheets(path: Path) -> None:
    """Refuse a spreadsheet, and a table whose name does not say that it is one.

    Raises:
        BriefError: with what to save it as.
    """
    place = Place(str(path))
    if program := _SHEETS.get(_kind(path)):
        message = "a spreadsheet's own file is not read, but a table that is saved as CSV"
        raise BriefError(Finding("spreadsheet", message, place=place, fix=_SAVED[program]))
    if _kind(path) == ".txt" and _is_table(_text(path)):
        message = "this looks like a table, and its name does not say so"
        fix = f"name it .csv: {path.stem}.csv"
        raise BriefError(Finding("table-as-text", message, place=place, fix=fix))


def _is_table(text: str) -> bool:
    """Say whether the first two lines have cells, as many of them, and are no YAML."""
    head, *rest = [_outside_quotes(line) for line in text.splitlines() if line.strip()][:2] or [""]
    if not rest or ": " in head or head.lstrip().startswith(tuple("-[{#")):
        return False
    return any(0 < head.count(mark) == rest[0].count(mark) for mark in _MARKS)


def _kind(path: Path) -> str:
    return path.suffix.lower()


def check_columns(
    rows: list[Row], specs: Mapping[str, InputSpec], given: Iterable[str], template: str
) -> None:
    """See to it that keys are inputs, and that what must be given stands in a row somewhere.

    Raises:
        BriefError: with each unknown key, and each input that no row gives, once.
    """
    findings = []
    known: dict[str, Row] = {}
    for row in rows:
        for name in row.said:
            known.setdefault(name, row)
    for name, row in known.items():
        if name not in specs and name not in OWN:
            message, fix = unknown("input", name, [*specs, *OWN])
            fix = f"{fix}; a column of your own is named {FREE}{name}"
            findings.append(
                Finding("unknown-input", f"{template}: {message}", place=row.place, fix=fix)
            )
    for name, spec in specs.items():
        if spec.needed and name not in known and name not in given:
            message = f"{template}: no row gives the input “{name}”"
            message += f" – {spec.help}" if spec.help else ""
            fix = f"add it to the rows, or --set {name}=… for all of them"
            findings.append(Finding("missing-input", message, place=rows[0].place, fix=fix))
    if findings:
        raise BriefError(findings)


def _of_csv(path: Path) -> Iterator[tuple[Place, Any]]:
    text = _text(path)
    lines = _ENDS.split(text)
    hint = lines[0].strip().lower() if lines else ""
    skipped = int(hint.startswith("sep=") and len(hint) == len("sep=;"))  # what Excel goes by
    head = lines[skipped] if len(lines) > skipped else ""
    mark = hint[-1] if skipped else max(_MARKS, key=lambda sign: _outside_quotes(head).count(sign))
    body = io.StringIO(text, newline="")
    for _ in range(skipped):
        body.readline()
    reader = csv.reader(body, delimiter=mark, strict=True)
    names: list[str] | None = None
    try:
        line = skipped + 1
        for cells in reader:
            place = Place(str(path), line, None, lines[line - 1][:_SHOWN])
            line = skipped + reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = _header(cells, place)
                continue
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                yield place, _too_long(len(cells), len(names), mark, place)
                continue
            pairs = zip(names, cells, strict=False)
            yield (
                place,
                {
                    name: cell.strip()
                    for name, cell in pairs
                    if cell.strip() and name and not name.startswith(FREE)
                },
            )
    except csv.Error as cause:
        place = Place(str(path), skipped + reader.line_num)
        fix = 'a text with a quote in it is written "so ""quoted"" here"'
        raise BriefError(
            Finding("csv", f"this is not CSV: {cause}", place=place, fix=fix)
        ) from None


def _header(cells: list[str], place: Place) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        message = f"the column “{twice[0]}” stands here more than once"
        raise BriefError(Finding("duplicate-column", message, place=place, fix="keep one of them"))
    return names


def _too_long(cells: int, columns: int, mark: str, place: Place) -> Finding:
    sign = {"\t": "a tab"}.get(mark, f"“{mark}”")
    return Finding(
        "too-many-cells",
        f"this row has {cells} cells, and the header names {columns} columns",
        place=place,
        fix=f"put a text with {sign} in it into double quotes",
    )


def _of_lines(path: Path) -> Iterator[tuple[Place, Any]]:
    lines = _text(path).split("\n")
    told = ((Place(str(path), at, None, line[:_SHOWN]), line) for at, line in enumerate(lines, 1))
    return ((place, _object(line, place)) for place, line in told if line.strip())


def _object(line: str, place: Place) -> Any:
    try:
        return json.loads(line, object_pairs_hook=lambda pairs: _once(pairs, place))
    except BriefError as error:
        return error.findings[0]
    except (ValueError, RecursionError) as cause:
        why = getattr(cause, "msg", "it is nested too deep")
        fix = 'each line is an object of its own: {"product": "slim can"}'
        return Finding("json", f"this line is not JSON: {why}", place=place, fix=fix)


def _once(pairs: list[tuple[str, Any]], place: Place) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"“{twice}” stands here a second time"
        raise BriefError(Finding("duplicate-key", message, place=place, fix="keep one of the two"))
    return found


def _checked(found: Iterable[tuple[Place, Any]]) -> list[tuple[Place, dict[str, Any]]]:
    """Return rows that are objects, without what is their author's own.

    Raises:
        BriefError: with each that is none.
    """
    rows, findings = [], []
    for place, said in found:
        if isinstance(said, Finding):
            findings.append(said)
        elif not isinstance(said, dict):
            message = "a row is a mapping of inputs, as in {product: slim can}"
            findings.append(Finding("no-row", message, place=place))
        else:
            rows.append((place, {k: v for k, v in said.items() if not k.startswith(FREE)}))
    if findings:
        raise BriefError(findings)
    return rows


def _text(path: Path) -> str:
    try:
        return read_text(path, BriefError, MOST_BYTES)
    except BriefError as error:
        (finding,) = error.findings
        if finding.rule != "encoding":
            raise
        fix = "save it as UTF-8; in Excel: Save As, “CSV UTF-8”"
        raise BriefError(replace(finding, fix=fix)) from None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _items(value: Any) -> Any:
    """Return the items of a cell: with | or ; between, else as a list is typed."""
    for sign in _LISTS if isinstance(value, str) and not value.lstrip().startswith("[") else ():
        if sign in value:
            return [item.strip() for item in value.split(sign) if item.strip()]
    return value
