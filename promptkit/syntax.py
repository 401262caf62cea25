"""What makes a text no YAML, said in words: the parser's own speak of tokens and streams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from promptkit.errors import Finding, Place

if TYPE_CHECKING:
    from promptkit.documents import Document

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_COLOR = re.compile(r"(?<![^\s,\[{:])#(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3,4})\b")
_KEY = re.compile(r"([\w-]{1,64}:|-)\s*$")

_QUOTE = "quote text that contains “: ” or “#”, or begins with a bracket or a sign"
_SHIFTED = f"check the indentation, and {_QUOTE}"

#: What the parser says, what that means, and what helps.
_MEANINGS = (
    (r"tab character|character '\\t'", "a tab cannot indent", "indent with spaces"),
    (r"cannot start any token", "a value cannot begin with {sign}", "put the value in quotes"),
    (r"mapping values are not allowed", "a “:” cannot stand here", _SHIFTED),
    (r"sequence entries are not allowed", "a list cannot begin here", _SHIFTED),
    (r"expected ',' or", "a comma is missing here, or the bracket{began} is not closed", _QUOTE),
    (r"unexpected end of stream", "the quote{began} is not closed", f"close it; {_QUOTE}"),
    (r"unexpected document", "the quote{began} is not closed", f"close it; {_QUOTE}"),
    (r"unknown escape", "this backslash means nothing", "use 'single quotes', or write \\\\"),
    (r"alphabetic or numeric", "a value cannot begin with * or &", "put the value in quotes"),
    (r"directive|document start", "a line cannot begin with %", "put the text in quotes"),
    (r"could not find expected ':'", "a “:” is missing after this key", _SHIFTED),
    (r"expected key|block end|'-' indicator", "this line does not fit those above it", _SHIFTED),
)


def syntax_finding(error: yaml.MarkedYAMLError, document: Document) -> Finding:
    """Return what the parser found, with its place."""
    problem, mark, began = error.problem or "", error.problem_mark, error.context_mark
    place = document.at(mark.line, mark.column) if mark else Place(document.file)
    line = document.lines[mark.line] if mark and mark.line < len(document.lines) else ""
    sign = line[mark.column : mark.column + 1] if mark else ""
    if sign == "\t":
        problem = "tab character"
    unknown = ("", problem, _SHIFTED)
    _, meaning, fix = next((row for row in _MEANINGS if re.search(row[0], problem)), unknown)
    opened = f" opened on line {began.line + document.first_line}" if began else ""
    said = meaning.replace("{began}", opened).replace("{sign}", f"“{sign}”")
    return Finding("yaml-syntax", f"this is not YAML: {said}", place=place, fix=fix)


def unprintable(text: str, document: Document) -> Iterator[Finding]:
    """Yield the first character that no YAML text may hold, if there is one."""
    if found := _UNPRINTABLE.search(text):
        breaks = list(_BREAK.finditer(text, 0, found.start()))
        start = breaks[-1].end() if breaks else 0
        place = document.at(len(breaks), found.start() - start)
        yield Finding(
            "unprintable",
            f"the invisible character U+{ord(found[0]):04X} stands here",
            place=replace(place, text=_UNPRINTABLE.sub("\ufffd", place.text or "")),
            fix="delete it; it may have come along with copied text",
        )


def swallowed_colors(document: Document, first: int, last: int) -> Iterator[Finding]:
    """Yield the colours on some lines (from 0) that stand as values and are read as comments."""
    for number, line in enumerate(document.lines[first : last + 1], first):
        found = _COLOR.search(line)
        if found is None or not _in_value_position(line, found):
            continue
        key = _KEY.search(line[max(0, found.start() - 80) : found.start()])
        yield Finding(
            "unquoted-color",
            f"an unquoted # starts a comment, so the colour {found[0]} is not read",
            place=document.at(number, found.start()),
            fix=f'quote it: {f"{key[1]} " if key else ""}"{found[0]}"',
        )


def _in_value_position(line: str, color: re.Match[str]) -> bool:
    head = line[: color.start()]
    if head.count('"') % 2 or re.search(r"(^|\s)#", head):
        return False
    if not head.strip():  # a line of its own, as in a long list in brackets
        return line[color.end() :].strip() in ("", ",", "]", "}")
    return head.rstrip().endswith((":", "-", ",", "[", "{"))
