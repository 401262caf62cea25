"""Style lists of other tools: names, words for the picture, and words to keep out.

Shapes as their readers take them: the web UI's ``modules/styles.py`` (CSV), Fooocus and the SDXL
prompt styler (JSON), InvokeAI's ``style_preset_records_common.py`` (both), SD.Next (one object).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from json import JSONDecoder
from pathlib import Path
from typing import Any

from promptkit.brand.importers.naming import clean
from promptkit.brand.importers.source import fault, open_source, read_bytes, text_of
from promptkit.documents import MAX_FAULTS
from promptkit.errors import BrandError, Finding, Place

#: The heading row that all these tools read.
HEADING = "name,prompt,negative_prompt"
_PROMPTS = ("prompt", "positive_prompt", "text")
_NEGATIVES = ("negative_prompt", "negative")
_TABLES = (".csv", ".tsv")
#: Spreadsheets of many countries write a semicolon where a comma is meant.
_DELIMITERS = ",;\t"
_LONGEST_LINE = 200
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True)
class Style:
    """One style of a list, as it stands there."""

    name: str
    prompt: str
    negative: str
    place: Place
    rest: tuple[str, ...] = ()
    """Further columns of its table, which are left unread."""


def is_style_list(path: Path) -> bool:
    """Tell a style list from a brand: a table, a list in JSON, or one style in JSON.

    Raises:
        BrandError: the file cannot be read, or is broken JSON.
    """
    if path.suffix.lower() in _TABLES:
        return True
    text = text_of(read_bytes(path)) or ""
    if text.lstrip().startswith(("[", "{")):
        data = open_source(path).data
        return isinstance(data, list) or _is_style(data)
    return _is_heading(_cells(_first_line(text)))


def read_styles(path: Path) -> list[Style]:
    """Read a style list.

    Raises:
        BrandError: with every fault of the list, each with its line.
    """
    raw = read_bytes(path)
    text = text_of(raw)
    if text is None:
        raise BrandError(_not_text(path, raw))
    in_json = text.lstrip().startswith(("[", "{"))
    reading = _Reading(path, re.split("\r\n|\r|\n", text))
    styles = list(reading.json(text) if in_json else reading.table(text))
    if reading.findings:
        raise BrandError(reading.findings[:MAX_FAULTS])
    if not styles:
        raise fault(
            path,
            "no-styles",
            "there is no style in this list",
            "it needs one at least: a name and a prompt",
        )
    return styles


class _Reading:
    """The reading of one list; what is wrong with it is left in ``findings``."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.findings: list[Finding] = []
        self._path = path
        self._lines = lines

    def table(self, text: str) -> Iterator[Style]:
        """Yield the styles of a table with a heading row."""
        heading: list[str] = []
        for line, row in self._rows(text):
            if not heading:
                heading = [cell.strip().lower() for cell in row]
                if not _is_heading(heading):
                    self._fault("no-columns", line, _no_columns(heading), f"write {HEADING}")
                    return
            elif any(cell.strip() for cell in row[len(heading) :]):
                message = f"this row has {len(row)} cells, the heading has {len(heading)}"
                fix = 'put a text that holds commas in quotes: "soft light, film grain"'
                self._fault("row-too-long", line, message, fix)
            else:
                cells = dict(zip(heading, row, strict=False))
                known = {"name", *_PROMPTS, *_NEGATIVES}
                rest = tuple(key for key, cell in cells.items() if key not in known and cell)
                yield from self._style(cells, line, rest)

    def _rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that is not empty, with the line on which it starts."""
        delimiter = _delimiter(_first_line(text))
        rows = csv.reader(
            StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
        )
        while True:
            line = rows.line_num + 1
            try:
                row = next(rows, None)
            except csv.Error as cause:
                self._fault("csv-syntax", line, *_csv_fault(str(cause)))
                return
            if row is None:
                return
            if any(cell.strip() for cell in row):
                yield line, row

    def json(self, text: str) -> Iterator[Style]:
        """Yield the styles of a list in JSON, or the one style that the file is."""
        open_source(self._path)  # raises what is wrong with the JSON itself
        for line, item in _items(text):
            if not isinstance(item, dict):
                message = f"this is {_kind(item)}, and a list of styles holds objects"
                self._fault("not-a-style", line, message, 'write {"name": …, "prompt": …}')
                continue
            preset = item.get("preset_data")
            yield from self._style(item | preset if isinstance(preset, dict) else item, line)

    def _style(
        self, data: Mapping[str, Any], line: int, rest: tuple[str, ...] = ()
    ) -> Iterator[Style]:
        texts = {}
        for part, keys in (("name", ("name",)), ("prompt", _PROMPTS), ("negative", _NEGATIVES)):
            key = next((key for key in keys if data.get(key) is not None), keys[0])
            value = data.get(key) or ""
            if not isinstance(value, str):
                message = f"“{key}” is {_kind(value)}, and must be text"
                self._fault("not-a-style", line, message, "write it as one text in quotes")
                return
            texts[part] = value
        if not texts["name"].strip():
            if texts["prompt"].strip() or texts["negative"].strip():
                self._fault("style-without-name", line, "this style has no name", "give it one")
            return
        yield Style(clean(texts["name"]), texts["prompt"], texts["negative"], self._at(line), rest)

    def _fault(self, rule: str, line: int, message: str, fix: str) -> None:
        self.findings.append(Finding(rule, message, place=self._at(line), fix=fix))

    def _at(self, line: int) -> Place:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return Place(str(self._path), line, 1, text[:_LONGEST_LINE])


def _is_style(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("name"), str) and "prompt" in data


def _is_heading(cells: list[str]) -> bool:
    return "name" in cells and bool({*_PROMPTS, *_NEGATIVES} & {*cells})


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")


def _delimiter(heading: str) -> str:
    return max(_DELIMITERS, key=heading.count)


def _cells(heading: str) -> list[str]:
    return [cell.strip(' "').lower() for cell in heading.split(_delimiter(heading))]


def _no_columns(heading: list[str]) -> str:
    found = ", ".join(clean(cell, 40) for cell in heading[:6])
    return f"the first row must name the columns, and it reads {found}"


def _csv_fault(said: str) -> tuple[str, str]:
    if "expected after" in said:
        return "after a closing quote the cell goes on", 'write a quote inside quotes twice: ""'
    return "the quote that opens in this row is not closed", 'close it with "'


def _kind(value: Any) -> str:
    kinds = {list: "a list", dict: "an object", str: "a text", bool: "true or false"}
    return kinds.get(type(value), "a number" if value is not None else "null")


def _items(text: str) -> Iterator[tuple[int, Any]]:
    """Yield the items of a list in valid JSON, each with its line; one object is its own item."""
    decode = JSONDecoder().raw_decode
    at = _after_space(text, 0)
    if text[at] != "[":
        yield text.count("\n", 0, at) + 1, decode(text, at)[0]
        return
    line, seen = 1, 0
    while (at := _after_space(text, at + 1)) < len(text) and text[at] != "]":
        line, seen = line + text.count("\n", seen, at), at
        item, end = decode(text, at)
        yield line, item
        at = _after_space(text, end)
        if text[at] == "]":
            return


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _not_text(path: Path, raw: bytes) -> Finding:
    try:
        raw.decode()
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        message, fix = "this is no text: a zero byte stands here", "export the list as CSV"
    except UnicodeDecodeError as cause:
        line = raw[: cause.start].count(b"\n") + 1
        message, fix = "this is not UTF-8 text", "save the file as “CSV UTF-8”"
    return Finding("encoding", message, place=Place(str(path), line), fix=fix)
