"""What makes a text no YAML, said in words: the parser's own speak of tokens and streams."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from promptkit.errors import Finding, Place

if TYPE_CHECKING:
    from yaml._yaml import Mark as FastMark

    from promptkit.documents import Document

    _Mark = yaml.Mark | FastMark

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
#: As one set, and still more as all but the others, this would take 10 ms to compile.
_UNPRINTABLE = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|[\ud800-\udfff\ufeff\ufffe\uffff]"
)
#: A blank at the start of a line that YAML does not take for one.
_ODD_BLANK = re.compile("^ *[\xa0\u2000-\u200b\u202f\u2060\u3000]", re.MULTILINE)
_COLOR = re.compile(r"(?<![^\s,\[{:])#(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3,4})\b")
_KEY = re.compile(r"([\w-]{1,64}:|-)\s*$")

_QUOTE = "quote text that contains “: ” or “#”, or begins with a bracket or a sign"
_INDENT = "check the indentation: lines that belong together begin in the same column"

#: What the parser says, what that means, and what helps.
_MEANINGS = (
    (r"tab character|character '\\t'", "a tab cannot indent", "indent with spaces"),
    (r"cannot start any token", "a value cannot begin with {sign}", "put the value in quotes"),
    (r"sequence entries are not allowed", "a list cannot begin here", f"{_INDENT}; {_QUOTE}"),
    (r"unexpected end of stream", "the quote{began} is not closed", f"close it; {_QUOTE}"),
    (r"unexpected document", "the quote{began} is not closed", f"close it; {_QUOTE}"),
    (r"unknown escape", "this backslash means nothing", "use 'single quotes', or write \\\\"),
    (r"alphabetic or numeric", "a value cannot begin with * or &", "put the value in quotes"),
    (r"whitespace or line|tag", "a value cannot begin with !", "put the value in quotes"),
    (r"directive|document start", "a line cannot begin with %", "put the text in quotes"),
    (r"expected key|block end|'-' indicator", "this line does not fit those above it", _INDENT),
    (r"", "this cannot be read", f"{_INDENT}; {_QUOTE}"),
)
_NO_SPACE = re.compile(r"\s*(?:- +)?([\w-]{1,64}):([^\s:/].*)")
_EQUALS = re.compile(r"\s*([\w -]{1,64}?)\s*=\s*(.*)")
_PAIR = re.compile(r"\s*(?:- +)?([^\s:#\"'{\[][^:#\"'{\[]{0,63}): +([^\s\"'{\[].*?)\s*")
_BULLETS = frozenset("•·●▪‣–—")
_DECIMAL = re.compile(r":\s*([0-9]+,[0-9]+)$")

#: Line and column, both from 0; what is wrong there; what helps.
_Told = tuple[int, int, str, str]


def syntax_finding(error: yaml.MarkedYAMLError, document: Document) -> Finding:
    """Return what the parser found, with its place."""
    began = error.context_mark
    if error.problem_mark:
        line, column, said, fix = _understood(error, error.problem_mark, document.lines)
        place = document.at(line, column)
    else:
        (_, said, fix), place = _MEANINGS[-1], Place(document.file)
    opened = f" opened on line {began.line + document.first_line}" if began else ""
    message = f"this is not YAML: {said.replace('{began}', opened)}"
    return Finding("yaml-syntax", message, place=place, fix=fix)


def _understood(error: yaml.MarkedYAMLError, mark: _Mark, lines: Sequence[str]) -> _Told:
    """Return what the author may have meant, by the parser's words and the lines around."""
    problem, began = error.problem or "", error.context_mark
    line = lines[mark.line] if mark.line < len(lines) else ""
    here = mark.line, mark.column
    if "mapping values are not allowed" in problem:
        return _second_colon(mark, line, lines)
    if "could not find expected ':'" in problem and began:
        return _no_colon(began.line, began.column, lines)
    if line[mark.column - 1 : mark.column] in ("'", '"') and line[mark.column :][:1].isalnum():
        fix = "write the text in the other kind of quotes, or write a quote within it twice: ''"
        return (*here, "the quote ends here, and the text goes on", fix)
    if "expected ',' or" in problem and began:
        return _open_bracket(mark, began, lines)
    if line.lstrip().startswith("* "):
        return (*here, "the items of a list begin with “-”, not with “*”", "write - instead of *")
    sign = line[mark.column : mark.column + 1]
    problem = "tab character" if sign == "\t" else problem
    _, said, fix = next(row for row in _MEANINGS if re.search(row[0], problem))
    return (*here, said.replace("{sign}", f"“{sign}”"), fix)


def _second_colon(mark: _Mark, line: str, lines: Sequence[str]) -> _Told:
    """Return what is wrong with a line of which a “:” cannot stand where it does."""
    pair = _PAIR.fullmatch(line)
    if pair and pair.start(2) <= mark.column:
        quoted = f'{pair[1]}: "{pair[2]}"'
        return (
            mark.line,
            mark.column,
            "a second “:” stands in this line",
            f"put the text in quotes: {quoted}",
        )
    above = next((at for at in range(mark.line - 1, -1, -1) if lines[at].strip()), None)
    if above is None or ":" in line[: mark.column]:
        return mark.line, mark.column, "a “:” cannot stand here", _QUOTE
    if ": " not in lines[above]:
        return _no_colon(above, len(lines[above]) - len(lines[above].lstrip()), lines)
    column = len(line) - len(line.lstrip())
    said = "this line stands under one that has its value already"
    return mark.line, column, said, _INDENT


def _no_colon(at: int, column: int, lines: Sequence[str]) -> _Told:
    """Return what is wrong with a line that is no key with its value."""
    line = lines[at]
    if found := _NO_SPACE.fullmatch(line):
        return at, column, "a space is missing after the “:”", f"write {found[1]}: {found[2]}"
    if found := _EQUALS.fullmatch(line):
        return (
            at,
            column,
            "a value stands after a “:”, not after “=”",
            f"write {found[1]}: {found[2]}",
        )
    word = line.strip()[:64]
    fix = f"write {word}: if it is a key; if it goes on with the text above, indent it"
    return at, column, "a “:” is missing in this line", fix


def _open_bracket(mark: _Mark, began: _Mark, lines: Sequence[str]) -> _Told:
    sign = lines[began.line][began.column : began.column + 1]
    close = "]" if sign == "[" else "}"
    if began.line == mark.line:
        said = f"a comma is missing here, or the “{sign}” is not closed"
    else:
        said = "the bracket{began} is not closed, or a comma is missing before this"
    return mark.line, mark.column, said, f"add the comma, or close it with “{close}”; {_QUOTE}"


def misread(event: yaml.ScalarEvent, document: Document) -> Finding | None:
    """Return what is wrong with a value that YAML reads, but not as its author meant it."""
    quoted = event.style in ("'", '"')
    if event.value and not quoted and event.value[0] not in _BULLETS:
        return None
    start: Any = event.start_mark
    end: Any = event.end_mark
    line = document.lines[start.line] if start.line < len(document.lines) else ""
    if quoted:
        last = document.lines[end.line] if end.line < len(document.lines) else ""
        if last[end.column : end.column + 1] != "#":
            return None
        place = document.at(start.line, start.column)
        message = (
            f"the quote that begins here ends before the # on line {end.line + document.first_line}"
        )
        return Finding("open-quote", message, place=place, fix="close it where its text ends")
    if found := _DECIMAL.search(line[: start.column]) if not event.value else None:
        place = document.at(start.line, found.start(1))
        fix = f"write it with a point: {found[1].replace(',', '.')}"
        return Finding("decimal-comma", f"“{found[1]}” is read as two things", place=place, fix=fix)
    if event.value[1:2] in (" ", "\t", "\u00a0"):
        if line[: start.column].strip():
            return None
        fix = "begin each item with a hyphen and a space, on a line of its own: - neon"
        message = f"“{event.value[0]}” does not begin an item of a list"
        return Finding("bullet", message, place=document.at(start.line, start.column), fix=fix)
    return None


def unprintable(text: str, document: Document) -> Iterator[Finding]:
    """Yield the first character that no YAML text may hold, or that looks like indentation."""
    for pattern, message, fix in (
        (
            _UNPRINTABLE,
            "the invisible character U+{code:04X} stands here",
            "delete it; it may have come along with copied text",
        ),
        (
            _ODD_BLANK,
            "this line begins with the invisible character U+{code:04X}, which is no plain space",
            "delete what stands before the first word, and indent with the space bar",
        ),
    ):
        if found := pattern.search(text):
            at = found.end() - 1
            breaks = list(_BREAK.finditer(text, 0, at))
            place = document.at(len(breaks), at - (breaks[-1].end() if breaks else 0))
            shown = _UNPRINTABLE.sub("\ufffd", place.text or "")
            message = message.format(code=ord(text[at]))
            yield Finding("unprintable", message, place=replace(place, text=shown), fix=fix)
            return


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
