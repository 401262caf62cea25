"""YAML that remembers where it stands: every value has a line, every error a place and a fix.

Read as YAML 1.2 is written: ``NO``, ``on`` and ``16:9`` stay words; a key given twice, an
anchor, a tag and a colour swallowed as a comment are errors. All faults of a file are
collected, not the first alone.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from promptkit.errors import MAX_FINDINGS, Finding, InputError, Place
from promptkit.faults import findings_of
from promptkit.shapes import Key, Path_
from promptkit.syntax import (
    misread,
    swallowed_colors,
    syntax_finding,
    unprintable,
)

MAX_BYTES = 512 * 1024
MAX_DEPTH = 24
#: So many keys and items no person writes; each costs time and memory.
MAX_VALUES = 10_000
MAX_FAULTS = MAX_FINDINGS
_LINE_SHOWN = 200
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Model = TypeVar("Model", bound=BaseModel)

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTED = ("'", '"', "|", ">")
#: Longer ones are no numbers that anybody counts with; they stay text.
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class Strict(BaseModel):
    """The base of everything a person writes: unknown keys are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        str_strip_whitespace=True,
        allow_inf_nan=False,
    )


@dataclass(frozen=True)
class Document:
    """Plain data read from YAML, with the place of every key and item.

    ``first_line`` is the line of the file on which this YAML starts: the front matter of a
    template does not start on line 1.
    """

    file: str
    data: Any
    marks: dict[Path_, tuple[int, int]] = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    first_line: int = 1

    def place(self, path: Iterable[Key] = ()) -> Place:
        """Return the place of the value at ``path``, or of its nearest parent that stands here."""
        if not self.marks:
            return Place(self.file)
        return self.at(*self.marks.get(self.written(path), (0, 0)))

    def written(self, path: Iterable[Key]) -> Path_:
        """Return the steps of a path that the author wrote.

        A validated path speaks of the long form (``colors.palette.primary.value``) where the
        author wrote the short one.
        """
        at: Path_ = ()
        for step in path:
            if (*at, step) in self.marks:
                at = (*at, step)
        return at

    def at(self, line: int, column: int) -> Place:
        """Return a place by its line and column in this YAML, both from 0."""
        text = self.lines[line][:_LINE_SHOWN] if line < len(self.lines) else None
        return Place(self.file, line + self.first_line, column + 1, text)


def read_yaml(path: Path, error: type[InputError] = InputError) -> Document:
    """Read a YAML file.

    Raises:
        InputError: of the given kind, with every fault of the file.
    """
    return parse_yaml(read_text(path, error), str(path), error)


def read_text(path: Path, error: type[InputError], most: int = MAX_BYTES) -> str:
    """Read a file of UTF-8 text, without the mark that some editors write at its start.

    ``most`` is the largest that is read, in bytes.

    Raises:
        InputError: of the given kind: it cannot be read, is too large, or is no such text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most + len(BOM_UTF8) + 1).removeprefix(BOM_UTF8)
        if len(data) > most:
            raise error(_too_large(str(path), most))
        return data.decode()
    except UnicodeDecodeError as cause:
        raise error(_not_utf8(path, cause)) from None
    except (OSError, ValueError) as cause:
        raise error(unreadable(path, cause)) from cause


def _too_large(file: str, most: int = MAX_BYTES) -> Finding:
    return Finding(
        "too-large",
        f"the file is larger than {most // 1024:,} KiB",
        place=Place(file),
        fix="pictures and long texts belong in files of their own",
    )


def _not_utf8(path: Path, cause: UnicodeDecodeError) -> Finding:
    data, start = cause.object, cause.start
    line, begin = data[:start].count(b"\n") + 1, data.rfind(b"\n", 0, start) + 1
    fix = "save the file as UTF-8"
    if b"\0" in data and not data.startswith(_UTF_16):
        message, fix = "this is not a text file", f"write it as plain text, and {fix}"
        return Finding("encoding", message, place=Place(str(path)), fix=fix)
    if b"\0" in data:
        return Finding("encoding", "this is not UTF-8 text", place=Place(str(path), line), fix=fix)
    text = data[begin:].splitlines()[0].decode("cp1252", errors="replace")
    place = Place(str(path), line, len(data[begin:start].decode()) + 1, text[:_LINE_SHOWN])
    return Finding("encoding", "this is not UTF-8 text", place=place, fix=fix)


def missing(path: Path) -> Finding:
    """Say that a file which somebody named is not there."""
    message, fix = f"there is no file “{path}”", "check its name and the folder"
    return Finding("missing-file", message, fix=fix)


def unreadable(path: Path, cause: OSError | ValueError) -> Finding:
    """Say why a file cannot be read."""
    reason = getattr(cause, "strerror", None) or "no file can have this name"
    message = f"this file cannot be read: {reason.lower()}"
    if isinstance(cause, FileNotFoundError | NotADirectoryError):
        message = "there is no such file"
    elif isinstance(cause, IsADirectoryError):
        message = "this is a folder, not a file"
    fix = "check the file's name and folder"
    return Finding("unreadable", message, place=Place(str(path)), fix=fix)


def parse_yaml(
    text: str, file: str, error: type[InputError] = InputError, *, first_line: int = 1
) -> Document:
    """Parse YAML text that stands in ``file`` from ``first_line`` on.

    Raises:
        InputError: of the given kind, with every fault of the text.
    """
    text = text.removeprefix("\ufeff")
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise error(_too_large(file))
    reader = _Reader(Document(file, None, {}, tuple(text.splitlines()), first_line))
    data = reader.read(text)
    if reader.findings:
        raise error(dict.fromkeys(reader.findings))
    return Document(file, data, reader.document.marks, reader.document.lines, first_line)


def validate(
    model: type[Model], document: Document, data: Any = None, error: type[InputError] = InputError
) -> Model:
    """Turn a document into a model.

    Raises:
        InputError: of the given kind, one finding for each fault, with line and fix.
    """
    try:
        return model.model_validate(document.data if data is None else data)
    except ValidationError as cause:
        raise error(findings_of(model, cause, document)[:MAX_FAULTS]) from None


class _Enough(Exception):
    """Stops the reading of a text that is too deep, or wrong all over."""


class _Reader:
    """Builds plain data from parser events, so that no alias is ever expanded."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []
        self._in_flow = False
        self._told: set[tuple[str, str]] = set()
        self._values = 0

    def read(self, text: str) -> Any:
        """Return the data; what is wrong with the text is left in ``findings``."""
        self.findings += unprintable(text, self.document)
        if self.findings:
            return None
        try:
            return self._first(iter(yaml.parse(text, Loader=_LOADER)))
        except _Enough:
            return None
        except yaml.MarkedYAMLError as cause:
            last = cause.problem_mark.line if cause.problem_mark else len(self.document.lines)
            colors = list(swallowed_colors(self.document, 0, last))
            self.findings += colors or [syntax_finding(cause, self.document)]
            return None

    def _first(self, events: Iterator[Any]) -> Any:
        data, begun = None, False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if begun:
                    fix = "delete the line ---, or give what follows a file of its own"
                    self._fault("second-document", "a second document starts here", fix, event)
                    break
                data, begun = self._value(next(events), events, ()), True
        return data

    def _value(self, event: Any, events: Iterator[Any], path: Path_) -> Any:
        self.document.marks.setdefault(path, (event.start_mark.line, event.start_mark.column))
        self._refuse_extras(event)
        if len(path) > MAX_DEPTH:
            fix = "close the brackets, or write the values less deep"
            self._fault("too-deep", f"this is nested more than {MAX_DEPTH} levels deep", fix, event)
            raise _Enough
        self._values += 1
        if self._values > MAX_VALUES:
            fix = "share it out among several files"
            self._fault("too-many", f"the file has more than {MAX_VALUES:,} values", fix, event)
            raise _Enough
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        collection = isinstance(event, yaml.CollectionStartEvent)
        return self._collection(event, events, path) if collection else None

    def _refuse_extras(self, event: Any) -> None:
        """Refuse anchors, aliases and tags, on keys too."""
        sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
        name = getattr(event, "anchor", None)
        if name and (sign, name) not in self._told:  # a bomb of aliases is one mistake
            self._told.add((sign, name))
            message = f"anchors and aliases (“{sign}{name}”) are not read here"
            fix = f"write the value out; if {sign} is part of the text, put the text in quotes"
            self._fault("alias", message, fix, event)
        tag = getattr(event, "tag", None)
        if tag and tag != "!":
            tag = tag.replace("tag:yaml.org,2002:", "!!", 1)
            fix = "leave it out; if ! is part of the text, put the text in quotes"
            self._fault("tag", f"the tag “{tag}” is not read here", fix, event)

    def _collection(self, event: Any, events: Iterator[Any], path: Path_) -> Any:
        outermost = bool(event.flow_style) and not self._in_flow
        self._in_flow = self._in_flow or outermost
        mapping = isinstance(event, yaml.MappingStartEvent)
        data, end = (self._mapping if mapping else self._sequence)(events, path)
        if outermost:
            self._in_flow = False
            self.findings += swallowed_colors(
                self.document, event.start_mark.line, end.start_mark.line
            )
        return data

    def _mapping(self, events: Iterator[Any], path: Path_) -> tuple[dict[str, Any], Any]:
        data: dict[str, Any] = {}
        seen: set[str] = set()
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._fault("key", *self._no_key(event), event)
                self._value(event, events, (*path, "?"))
                self._value(next(events), events, (*path, "?"))
                continue
            self._refuse_extras(event)
            key, where = event.value, (*path, event.value)
            if key in seen:
                first = self.document.place(where).line
                message = f"“{key}” stands here a second time; the first is on line {first}"
                self._fault("duplicate-key", message, "keep one of the two", event)
            seen.add(key)
            mark: Any = event.start_mark
            self.document.marks.setdefault(where, (mark.line, mark.column))
            value = self._value(next(events), events, where)
            if not key.startswith("x-"):
                data[key] = value
        return data, event

    def _no_key(self, event: Any) -> tuple[str, str]:
        mark = event.start_mark
        if self.document.lines[mark.line][mark.column - 1 :].startswith("{{"):
            return "{{ … }} is read as a key here", 'put the whole text in quotes: "{{ … }}"'
        return "a key must be a plain word", "write a word before the “:”, or quote the text"

    def _sequence(self, events: Iterator[Any], path: Path_) -> tuple[list[Any], Any]:
        data: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            data.append(self._value(event, events, (*path, len(data))))
        return data, event

    def _scalar(self, event: Any) -> Any:
        if found := misread(event, self.document):
            self.findings.append(found)
            if event.style in _QUOTED:
                raise _Enough  # all that follows is read inside out
        if event.style in _QUOTED:
            return event.value
        if not event.value and not self._in_flow:
            line = event.start_mark.line
            self.findings += swallowed_colors(self.document, line, line)
        return scalar(event.value)

    def _fault(self, rule: str, message: str, fix: str, event: Any) -> None:
        place = self.document.at(event.start_mark.line, event.start_mark.column)
        self.findings.append(Finding(rule, message, place=place, fix=fix))
        if len(self.findings) >= MAX_FAULTS:
            raise _Enough


def scalar(text: str) -> Any:
    """Read an unquoted scalar as YAML 1.2 does: only true, false, null and plain numbers change.

    ``007`` and ``000000`` keep their zeros and stay text; ``16:9``, ``no`` and ``on`` too.
    """
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and isfinite(number := float(text)):
        return number
    return text
