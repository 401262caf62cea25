"""Typed inputs: what a brief must say, and whether a given one says it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import PurePath
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from promptkit.brand.color import in_words, parse_hex
from promptkit.brand.profile import Brand
from promptkit.documents import Strict
from promptkit.errors import BriefError, Finding, nearest, unknown
from promptkit.faults import Fault, Faults

InputType = Literal["text", "number", "boolean", "choice", "list", "color", "image"]

#: Unicode's category Cc: control characters.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_YES = {"true": True, "yes": True, "on": True, "1": True}
_NO = {"false": False, "no": False, "off": False, "0": False}


class InputSpec(Strict):
    """What one input must be. The names are JSON Schema's where it has one."""

    type: InputType = "text"
    help: str = ""
    """What the input says, for people."""
    example: Any = None
    """A good value, shown in help and errors; never used in a real prompt."""
    default: Any = None
    """The value when none is given."""
    required: bool = True
    """Whether a value must be given; a default makes it optional."""
    enum: list[str] = []
    """For a choice: its options."""
    min_length: int = Field(0, ge=0, alias="minLength")
    max_length: int | None = Field(None, ge=1, alias="maxLength")
    """Characters of a text, items of a list."""
    minimum: float | None = None
    maximum: float | None = None
    role: str = ""
    """For an image: what it shows — product, room, style."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if faults := list(self._faults()):
            raise Faults(faults)
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.type == "choice" and not self.enum:
            yield Fault((), "a choice has no options", "add them, as in enum: [small, large]")
            return
        for least, most in (("minLength", "maxLength"), ("minimum", "maximum")):
            low, high = self._bound(least), self._bound(most)
            if low is not None and high is not None and low > high:
                fix = f"did you mean {least}: {high:g}, {most}: {low:g}?"
                yield Fault((least,), f"`{least}` is larger than `{most}`", fix)
                return
        for key, value in (("default", self.default), ("example", self.example)):
            try:
                _ = None if value is None else read_value(self, value, None)
            except ValueError as cause:
                said, _, fix = str(cause).partition("; ")
                yield Fault((key,), f"the {key} {said}", fix or None)

    def _bound(self, key: str) -> float | None:
        bounds = {"minLength": self.min_length, "maxLength": self.max_length}
        return (bounds | {"minimum": self.minimum, "maximum": self.maximum})[key]

    @property
    def needed(self) -> bool:
        """Whether a brief must give it."""
        return self.required and self.default is None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that goes along: an input, as a path or a recurring subject of the brand.

    An ``optional`` one shows a look's style; it stays behind where a model takes fewer pictures.
    """

    input: str
    role: str
    path: str
    describe: str
    subject: str | None
    optional: bool = False
    swatch: tuple[tuple[str, float], ...] = ()
    """Colours (#RRGGBB) with their shares of 0–1, for a picture that is drawn and has no path."""


def check_inputs(
    specs: Mapping[str, InputSpec], given: Mapping[str, Any], brand: Brand, template: str
) -> dict[str, Any]:
    """Return the inputs as a template sees them, defaults filled in, or name every fault.

    Raises:
        BriefError: with one finding for each missing, unknown or wrong input.
    """
    findings: list[Finding] = []
    values: dict[str, Any] = {}
    for name in given:
        if name not in specs:
            message, fix = unknown("input", name, specs)
            findings.append(Finding("unknown-input", f"{template}: {message}", fix=fix))
    for name, spec in specs.items():
        value = given.get(name)
        if not _present(value):
            value = spec.default
        try:
            value = read_value(spec, value, brand, name) if _present(value) else None
        except ValueError as cause:
            findings.append(_wrong(name, spec, template, str(cause)))
            continue
        values[name] = value
        if not _present(value):
            values[name] = [] if spec.type == "list" else None
            findings += [_missing(name, spec, template)] if spec.needed else []
    if findings:
        raise BriefError(findings)
    return values


def read_value(spec: InputSpec, value: Any, brand: Brand | None, name: str = "") -> Any:
    """Read one given value as its type.

    Raises:
        ValueError: with what is wrong, in words that follow the input's name.
    """
    if spec.type == "text":
        return _length(spec, _text(value), "characters")
    if spec.type == "number":
        return _range(spec, _number(value))
    if spec.type == "boolean":
        return _boolean(value)
    if spec.type == "choice":
        return _choice(spec, value)
    if spec.type == "list":
        items = _items(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            raise ValueError("must be a list, as in “one, other”")
        return _length(spec, [text for item in items if (text := _text(item))], "items")
    if brand is None:  # a default: read again when a brand is there
        return value
    return _color(value, brand) if spec.type == "color" else _image(spec, value, brand, name)


def _items(text: str) -> Any:
    """Return a list typed in one line: with commas between, or as JSON when an item has some."""
    if text.lstrip().startswith("["):
        with suppress(ValueError):
            return json.loads(text)
    return text.split(",")


def _present(value: Any) -> bool:
    if value is None or isinstance(value, list | tuple):
        return bool(value)
    return bool(str(value).strip())


def _text(value: Any) -> str:
    """Return text on one line, without control characters: terminals and services obey those."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be text")
    text = str(value)
    return " ".join((text if text.isprintable() else _CONTROL.sub(" ", text)).split())


def _choice(spec: InputSpec, value: Any) -> str:
    wish = str(value).strip()
    if wish not in spec.enum:
        near = nearest(wish, spec.enum)
        hint = f"; did you mean “{near}”?" if near else ""
        raise ValueError(f"must be one of {', '.join(spec.enum)}, not “{wish}”{hint}")
    return wish


def _number(value: Any) -> float | int:
    if isinstance(value, str):
        try:
            value = float(value) if "." in value or "e" in value.lower() else int(value)
        except ValueError:
            raise ValueError(f"must be a number, not “{value}”") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise ValueError("must be a number")
    return value


def _finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _boolean(value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(f"must be yes or no, not “{value}”")


def _range(spec: InputSpec, value: float) -> float:
    if spec.minimum is not None and value < spec.minimum:
        raise ValueError(f"must be at least {spec.minimum:g}, not {value:g}")
    if spec.maximum is not None and value > spec.maximum:
        raise ValueError(f"must be at most {spec.maximum:g}, not {value:g}")
    return value


def _length(spec: InputSpec, value: Any, unit: str) -> Any:
    if len(value) < spec.min_length:
        raise ValueError(f"must have at least {spec.min_length} {unit}, and has {len(value)}")
    if spec.max_length is not None and len(value) > spec.max_length:
        raise ValueError(f"must have at most {spec.max_length} {unit}, and has {len(value)}")
    return value


def _color(value: Any, brand: Brand) -> str:
    color = brand.colors.of_role(value) if isinstance(value, str) else None
    if color is not None:
        return f"{color.words} ({color.value})"
    try:
        plain = parse_hex(value)
    except ValueError as cause:
        names = dict.fromkeys([*brand.colors.roles, *brand.colors.palette])
        near = nearest(str(value), names)
        _, _, fix = str(cause).partition("; ")
        hint = f"did you mean “{near}”?" if near else f"{fix}, or name a colour;"
        listed = f"the brand's colours are {', '.join(names)}"
        raise ValueError(f"must be a colour, not “{value}”; {hint} {listed}") from None
    return f"{in_words(plain)} ({plain})"


def _image(spec: InputSpec, value: Any, brand: Brand, name: str) -> Image:
    if not isinstance(value, str | PurePath):
        raise ValueError("must be the path of a picture, or one of the brand's subjects")
    role = spec.role or name
    subject = brand.subjects.get(str(value))
    if subject is None:
        _check_looks_like_path(str(value), role, brand)
        return Image(name, role, str(value), "", None)
    fitting = _subjects_of(brand, role)
    if fitting and subject.kind != role:
        known = ", ".join(fitting)
        raise ValueError(f"“{value}” is a {subject.kind}, not a {role}; known: {known}")
    if not subject.refs:
        raise ValueError(f"{brand.id} has no picture of “{value}”; give the subject `refs`")
    return Image(name, role, str(brand.folder / subject.refs[0]), subject.describe, str(value))


def _check_looks_like_path(value: str, role: str, brand: Brand) -> None:
    """Tell a misspelt subject from a path: a path has a dot or a slash in it."""
    if "." in value or "/" in value or "\\" in value:
        return
    message, fix = unknown(f"{role} picture", value, _subjects_of(brand, role) or brand.subjects)
    raise ValueError(f"{message} in {brand.id}; {fix}; or give a path, as in ./{role}.png")


def _subjects_of(brand: Brand, kind: str) -> list[str]:
    return [name for name, subject in brand.subjects.items() if subject.kind == kind]


def _missing(name: str, spec: InputSpec, template: str) -> Finding:
    help_ = f" – {spec.help}" if spec.help else ""
    message = f"{template}: the input “{name}” is missing{help_}"
    return Finding("missing-input", message, fix=_example(name, spec))


def _wrong(name: str, spec: InputSpec, template: str, problem: str) -> Finding:
    said, _, fix = problem.partition("; ")
    message = f"{template}: the input “{name}”: {said}"
    fixes = (fix, _example(name, spec) if "did you mean" not in fix else None)
    return Finding("wrong-input", message, fix="; ".join(filter(None, fixes)) or None)


def _example(name: str, spec: InputSpec) -> str | None:
    values = list(_examples(spec))
    return f'for example --set {name}="{values[0]}"' if values else None


def _examples(spec: InputSpec) -> Iterator[str]:
    if isinstance(spec.example, list):
        yield ", ".join(str(item) for item in spec.example)
    elif spec.example is not None:
        yield str(spec.example).lower() if spec.type == "boolean" else str(spec.example)
    yield from spec.enum
    usual = {"boolean": "yes", "image": f"./{spec.role or 'picture'}.png", "color": "primary"}
    if spec.type in usual:
        yield usual[spec.type]
    if spec.type == "number":
        yield from (f"{end:g}" for end in (spec.default, spec.minimum, spec.maximum, 1) if end)
