"""YAML that remembers where it stands: every value has a line, every error a place and a fix.

Read as YAML 1.2 is written: ``NO``, ``on`` and ``16:9`` stay words; a key given twice, an
anchor, a tag and a colour swallowed as a comment are errors. All faults of a file are
collected, not the first alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from promptkit.errors import Finding, InputError, Place, unknown

MAX_BYTES = 512 * 1024
MAX_DEPTH = 24

Key = str | int
Path_ = tuple[Key, ...]
Model = TypeVar("Model", bound=BaseModel)

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTED = ("'", '"', "|", ">")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_BARE_COLOR = re.compile(r"^(?P<head>.*?[:\-]\s+)(?P<hex>#[0-9A-Fa-f]{3,8})\b.*$")


class Strict(BaseModel):
    """The base of everything a person writes: unknown keys are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
        str_strip_whitespace=True,
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
        """Return the place of the value at ``path``, or of its nearest parent that stands here.

        Steps that the source does not have are skipped: a validated path speaks of the long
        form (``colors.palette.primary.value``) where the author wrote the short one.
        """
        at: Path_ = ()
        for step in path:
            if (*at, step) in self.marks:
                at = (*at, step)
        line, column = self.marks.get(at, (0, 0))
        text = self.lines[line] if line < len(self.lines) else None
        return Place(self.file, line + self.first_line, column + 1, text)


def read_yaml(path: Path, error: type[InputError] = InputError) -> Document:
    """Read a YAML file.

    Raises:
        InputError: of the given kind, with every fault of the file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise error(Finding("unreadable", f"cannot read {path}: {cause}")) from cause
    return parse_yaml(text, str(path), error)


def parse_yaml(
    text: str, file: str, error: type[InputError] = InputError, *, first_line: int = 1
) -> Document:
    """Parse YAML text that stands in ``file`` from ``first_line`` on.

    Raises:
        InputError: of the given kind, with every fault of the text.
    """
    lines = tuple(text.splitlines())
    reader = _Reader(Document(file, None, {}, lines, first_line))
    if len(text.encode()) > MAX_BYTES:
        raise error(Finding("too-large", f"{file} is larger than {MAX_BYTES // 1024} KiB"))
    try:
        data = reader.read(text)
    except yaml.YAMLError as cause:
        reader.findings.append(_syntax_finding(cause, reader.document))
        data = None
    if reader.findings:
        raise error(reader.findings)
    return Document(file, data, reader.document.marks, lines, first_line)


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
        found = [_validation_finding(model, item, document) for item in cause.errors()]
        raise error(dict.fromkeys(found)) from None


class _Reader:
    """Builds plain data from parser events, so that no alias is ever expanded."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []

    def read(self, text: str) -> Any:
        events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        data = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if data is not None:
                    self._fault("second-document", "a second document starts here", event)
                    break
                data = self._value(next(events), events, ())
        return data

    def _value(self, event: Any, events: Iterator[Any], path: Path_) -> Any:
        self.document.marks.setdefault(path, (event.start_mark.line, event.start_mark.column))
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            name = event.anchor
            self._fault(
                "alias",
                f"anchors and aliases (“{name}”) are not read here",
                event,
                "write the value out; to share values between brands use `extends`",
            )
        if getattr(event, "tag", None) and event.tag != "!":
            self._fault("tag", f"the tag “{event.tag}” is not read here", event, "leave it out")
        if len(path) > MAX_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=f"nested more than {MAX_DEPTH} deep", problem_mark=event.start_mark
            )
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._scalar(event) if isinstance(event, yaml.ScalarEvent) else None

    def _mapping(self, events: Iterator[Any], path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None:
                self._fault("key", "a key must be a plain word", event)
                self._value(event, events, (*path, "?"))
                key = "?"
            where = (*path, key)
            if key in data:
                first = self.document.place(where).line
                self._fault(
                    "duplicate-key",
                    f"“{key}” stands here a second time; the first is on line {first}",
                    event,
                    "keep one of the two",
                )
            self.document.marks.setdefault(where, (event.start_mark.line, event.start_mark.column))
            value = self._value(next(events), events, where)
            if not key.startswith("x-"):
                data[key] = value
        return data

    def _sequence(self, events: Iterator[Any], path: Path_) -> list[Any]:
        data: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            data.append(self._value(event, events, (*path, len(data))))
        return data

    def _scalar(self, event: Any) -> Any:
        if event.style in _QUOTED:
            return event.value
        if not event.value:
            self._check_swallowed_color(event)
        return scalar(event.value)

    def _check_swallowed_color(self, event: Any) -> None:
        line = event.start_mark.line
        text = self.document.lines[line] if line < len(self.document.lines) else ""
        if found := _BARE_COLOR.match(text):
            self._fault(
                "unquoted-color",
                f"an unquoted # starts a comment, so the colour {found['hex']} is not read",
                event,
                f'write {found["head"].strip()} "{found["hex"]}"',
            )

    def _fault(self, rule: str, message: str, event: Any, fix: str | None = None) -> None:
        mark = event.start_mark
        text = self.document.lines[mark.line] if mark.line < len(self.document.lines) else None
        place = Place(
            self.document.file, mark.line + self.document.first_line, mark.column + 1, text
        )
        self.findings.append(Finding(rule, message, place=place, fix=fix))


def scalar(text: str) -> Any:
    """Read an unquoted scalar as YAML 1.2 does: only true, false, null and plain numbers change.

    ``007`` and ``000000`` keep their zeros and stay text; ``16:9``, ``no`` and ``on`` too.
    """
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _syntax_finding(cause: yaml.YAMLError, document: Document) -> Finding:
    mark = getattr(cause, "problem_mark", None)
    problem = getattr(cause, "problem", None) or str(cause)
    if mark is None:
        return Finding("yaml-syntax", f"this is not YAML: {problem}", place=Place(document.file))
    text = document.lines[mark.line] if mark.line < len(document.lines) else None
    place = Place(document.file, mark.line + document.first_line, mark.column + 1, text)
    return Finding(
        "yaml-syntax", f"this is not YAML: {problem}", place=place, fix=_syntax_fix(document)
    )


def _syntax_fix(document: Document) -> str:
    for number, line in enumerate(document.lines, document.first_line):
        if re.search(r"[{,\[]\s*(\w+:\s*)?[^\"'\s]*\s#[0-9A-Fa-f]{3,8}", line):
            return f'a colour inside braces must be quoted, as in "#0B6E99" (line {number})'
    return "check the indentation, and quote text that contains “: ”, “#” or starts with a bracket"


def _validation_finding(model: type[BaseModel], item: Any, document: Document) -> Finding:
    kind, loc = item["type"], tuple(item["loc"])
    name = ".".join(str(step) for step in _written(loc, document))
    place = document.place(loc)
    if kind == "extra_forbidden":
        message, fix = unknown("key", str(loc[-1]), _keys_at(model, loc[:-1]))
        return Finding("unknown-key", message, place=place, fix=fix)
    if kind == "missing":
        where = ".".join(str(step) for step in loc[:-1])
        within = f" in `{where}`" if where else ""
        return Finding("missing-key", f"`{loc[-1]}` is missing{within}", place=place)
    message = _plain(item["msg"])
    message = f"`{name}`: {message}" if name else message
    return Finding("value", message, place=place, fix=_quote_fix(kind, place))


def _written(loc: Path_, document: Document) -> Path_:
    """Return the steps of a validated path that the author wrote."""
    at: Path_ = ()
    for step in loc:
        if (*at, step) in document.marks:
            at = (*at, step)
    return at


def _plain(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = re.sub(r"a valid dictionary( or instance of \w+)?", "a group of keys", message)
    return message.replace("Input should be", "must be").replace("a valid string", "text")


def _quote_fix(kind: str, place: Place) -> str | None:
    found = re.match(r"\s*(?P<key>[\w+-]+):\s*(?P<value>[\w.]+)\s*$", place.text or "")
    if kind != "string_type" or not found:
        return None
    return f'quote it: {found["key"]}: "{found["value"]}"'


def _keys_at(model: type[BaseModel], loc: Path_) -> list[str]:
    """Return the keys that the model knows at a path, for the nearest-name hint."""
    here: type[BaseModel] = model
    annotation: Any = model
    for step in loc:
        fields = here.model_fields
        if isinstance(step, str) and annotation is here and step in fields:
            annotation = fields[step].annotation
        here = next(_models_in(annotation), here)
        annotation = here
    return [info.alias or name for name, info in here.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
