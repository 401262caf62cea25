"""Typed inputs: what a brief must say, and whether a given one says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from promptkit.brand.color import parse_hex
from promptkit.brand.profile import Brand
from promptkit.documents import Strict
from promptkit.errors import BriefError, Finding, unknown

InputType = Literal["text", "number", "boolean", "choice", "list", "color", "image"]

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
        if self.type == "choice" and not self.enum:
            raise ValueError("a choice needs its options: `enum: [one, other]`")
        if self.default is not None:
            read_value(self, self.default, None)
        return self

    @property
    def needed(self) -> bool:
        """Whether a brief must give it."""
        return self.required and self.default is None


@dataclass(frozen=True, slots=True)
class Image:
    """An image input as given: a path, or a recurring subject of the brand."""

    input: str
    role: str
    path: str
    describe: str
    subject: str | None


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
        if _absent(value):
            value = spec.default
        if _absent(value):
            values[name] = [] if spec.type == "list" else None
            findings += [_missing(name, spec, template)] if spec.needed else []
            continue
        try:
            values[name] = read_value(spec, value, brand, name)
        except ValueError as cause:
            findings.append(_wrong(name, spec, template, str(cause)))
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
        if value not in spec.enum:
            message, fix = unknown("option", str(value), spec.enum)
            raise ValueError(f"{message}; {fix}")
        return value
    if spec.type == "list":
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            raise ValueError("must be a list")
        return _length(spec, [_text(item) for item in items if not _absent(item)], "items")
    if brand is None:  # a default: read again when a brand is there
        return value
    return _color(value, brand) if spec.type == "color" else _image(spec, value, brand, name)


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be text")
    return " ".join(str(value).split())


def _number(value: Any) -> float | int:
    if isinstance(value, str):
        try:
            value = float(value) if "." in value or "e" in value.lower() else int(value)
        except ValueError:
            raise ValueError(f"must be a number, not “{value}”") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    return value


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
        return parse_hex(value)
    except ValueError as cause:
        names = ", ".join([*brand.colors.roles, *brand.colors.palette])
        raise ValueError(f"{cause}, or one of the brand's colours: {names}") from None


def _image(spec: InputSpec, value: Any, brand: Brand, name: str) -> Image:
    if not isinstance(value, str | PurePath):
        raise ValueError("must be the path of a picture, or one of the brand's subjects")
    role = spec.role or name
    subject = brand.subjects.get(str(value))
    if subject is None:
        _check_looks_like_path(str(value), role, brand)
        return Image(name, role, str(value), "", None)
    if not subject.refs:
        raise ValueError(f"the subject “{value}” has no picture; give it `refs`")
    return Image(name, role, str(brand.folder / subject.refs[0]), subject.describe, str(value))


def _check_looks_like_path(value: str, role: str, brand: Brand) -> None:
    """Tell a misspelt subject from a path: a path has a dot or a slash in it."""
    if "." in value or "/" in value or "\\" in value:
        return
    fitting = [name for name, subject in brand.subjects.items() if subject.kind == role]
    message, fix = unknown(f"{role} picture", value, fitting or brand.subjects)
    raise ValueError(f"{message} in {brand.id}; {fix}; or give a path, as in ./{role}.png")


def _missing(name: str, spec: InputSpec, template: str) -> Finding:
    help_ = f" – {spec.help}" if spec.help else ""
    message = f"{template}: the input “{name}” is missing{help_}"
    return Finding("missing-input", message, fix=_example(name, spec))


def _wrong(name: str, spec: InputSpec, template: str, problem: str) -> Finding:
    message = f"{template}: the input “{name}”: {problem}"
    return Finding("wrong-input", message, fix=_example(name, spec))


def _example(name: str, spec: InputSpec) -> str | None:
    values = list(_examples(spec))
    return f'for example --set {name}="{values[0]}"' if values else None


def _examples(spec: InputSpec) -> Iterator[str]:
    if isinstance(spec.example, list):
        yield ", ".join(str(item) for item in spec.example)
    elif spec.example is not None:
        yield str(spec.example)
    yield from spec.enum
