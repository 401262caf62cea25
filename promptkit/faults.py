"""What is wrong with a file, said so that the person who wrote it can mend it.

``documents`` reads and validates; here the parser's and the validator's own words become prose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from promptkit.errors import Finding, Place, nearest, unknown

if TYPE_CHECKING:
    from promptkit.documents import Document

Key = str | int
Path_ = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that a model finds somewhere below itself, as a name that nothing has."""

    at: Path_
    message: str
    fix: str | None = None


class Faults(ValueError):
    """Raised by a model's validator: each fault gets its own place and fix."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.message for fault in self.faults))


# What the validator finds ---------------------------------------------------------------------

_LOOKED_AT = 500
_BRANCHES = ("str", "int", "float", "bool")
_SAID = {
    "string_type": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be a group of keys",
    "model_type": "must be a group of keys",
    "model_attributes_type": "must be a group of keys",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have {max_length} characters at most",
    "too_short": "must not be empty",
    "too_long": "must have {max_length} items, and has {actual_length}",
}


def findings_of(
    model: type[BaseModel], error: ValidationError, document: Document
) -> list[Finding]:
    """Return one finding for each fault that a validation found, in the order of their places."""
    merged: dict[tuple[str, Place | None, str], Finding] = {}
    for item in error.errors(include_url=False)[:_LOOKED_AT]:
        for name, finding in _findings(model, item, document):
            key = (finding.rule, finding.place, name)
            merged[key] = _either(merged[key], finding) if key in merged else finding
    return sorted(merged.values(), key=_position)


def _position(finding: Finding) -> tuple[str, int, int]:
    place = finding.place
    return (place.file, place.line or 0, place.column or 0) if place else ("", 0, 0)


def _either(first: Finding, second: Finding) -> Finding:
    """Join what a value may be by several types: “must be a whole number or text”."""
    before, _, after = second.message.rpartition(": must be ")
    if not before or first.message == second.message or not first.message.startswith(before):
        return first
    return Finding(first.rule, f"{first.message} or {after}", place=first.place, fix=first.fix)


def _findings(
    model: type[BaseModel], item: Any, document: Document
) -> Iterator[tuple[str, Finding]]:
    """Yield what one error of the validator says, each with the name that it speaks of."""
    kind, loc = item["type"], tuple(item["loc"])
    error = item.get("ctx", {}).get("error")
    if isinstance(error, Faults):
        for fault in error.faults:
            place = document.place((*loc, *fault.at))
            yield fault.message, Finding("value", fault.message, place=place, fix=fault.fix)
        return
    place = document.place(loc)
    name = _spoken(document.written(loc) or _without_tags(loc))
    if kind == "extra_forbidden":
        message, fix = unknown("key", str(loc[-1]), _keys_near(model, loc[:-1], document))
        yield message, Finding("unknown-key", message, place=place, fix=fix)
    elif kind == "missing" and isinstance(loc[-1], str):
        yield str(loc[-1]), _missing(model, loc, document)
    else:
        message, advice = _said(model, item)
        said = f"{name}: {message}" if name else message
        yield name, Finding("value", said, place=place, fix=advice)


def _missing(model: type[BaseModel], loc: Path_, document: Document) -> Finding:
    where = _spoken(document.written(loc[:-1]))
    info = _info_at(model, loc)
    about = (info.description or "").rstrip(".") if info else ""
    if about[1:2].islower():
        about = about[0].lower() + about[1:]
    place = document.place(loc)
    if not where:  # the file's first line has nothing to do with it
        place = Place(place.file, place.line, place.column)
    return Finding(
        "missing-key",
        f"`{loc[-1]}` is missing" + (f" in {where}" if where else ""),
        place=place,
        fix=f"add `{loc[-1]}`" + (f": {about}" if about else ""),
    )


def _said(model: type[BaseModel], item: Any) -> tuple[str, str | None]:
    """Return what is wrong with a value, and what to do about it."""
    kind, loc, value, ctx = item["type"], tuple(item["loc"]), item["input"], item.get("ctx", {})
    info = _info_at(model, loc)
    if value is None and kind in _SAID:
        needed = info is not None and info.is_required()
        return "is empty", "give it a value" if needed else "give it a value, or leave it out"
    if kind == "missing":
        wanted = len(get_args(annotation_at(model, loc[:-1])))
        return "has too few items", f"it takes {wanted}"
    if kind == "literal_error":
        return _choice(value, ctx["expected"])
    if kind == "string_type" and isinstance(value, bool | int | float):
        return _SAID[kind], f'put it in quotes: "{json.dumps(value)}"'
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return _SAID[kind], _keys_fix(annotation_at(model, loc))
    if kind in _SAID:
        return _SAID[kind].format(**ctx), _share_fix(value, info)
    return item["msg"].removeprefix("Value error, ").replace("Input should be", "must be"), None


def _choice(value: Any, expected: str) -> tuple[str, str | None]:
    known = re.findall(r"'([^']*)'", expected)
    near = nearest(str(value), known)
    return f"must be {expected}", f"did you mean “{near}”?" if near else None


def _share_fix(value: Any, info: FieldInfo | None) -> str | None:
    """Say how a share is written, to those who think in per cent."""
    share = info is not None and any(getattr(bound, "le", None) == 1 for bound in info.metadata)
    number = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]+)?)\s*%?\s*", str(value))
    if not share or number is None or float(number[1]) > 100:
        return None
    return f"a share is written from 0 to 1: {float(number[1]) / 100:g}"


def _keys_fix(annotation: Any) -> str | None:
    model = next(models_of(annotation), None)
    if model is None:
        return "write names with their values below it"
    keys = _keys(model)
    return f"its keys are {', '.join(keys[:8])}{' …' if len(keys) > 8 else ''}"


def _without_tags(loc: Path_) -> Path_:
    """Leave out what the validator adds to a path: “[key]”, and which type of several failed."""
    last = str(loc[-1]).removeprefix("constrained-") if len(loc) > 1 else ""
    return loc[:-1] if last in ("[key]", *_BRANCHES) else loc


def _spoken(path: Path_) -> str:
    """Say a path as a person would: “`path` in item 1 of `logo.files`”."""
    said = ""
    for numbered, steps in groupby(path, lambda step: isinstance(step, int)):
        if numbered:
            for step in steps:
                said = f"item {int(step) + 1}" + (f" of {said}" if said else "")
        else:
            name = f"`{'.'.join(map(str, steps))}`"
            said = f"{name} in {said}" if said else name
    return said


# What the models know -------------------------------------------------------------------------


def _keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _keys_near(model: type[BaseModel], loc: Path_, document: Document) -> list[str]:
    """Return the keys that may stand where the author wrote one.

    A short form stands for several groups at once: below ``style`` there may be the keys of the
    style and those of its only look.
    """
    here = document.written(loc)
    paths = [loc[:end] for end in range(len(loc) + 1) if document.written(loc[:end]) == here]
    groups = [group for path in paths for group in models_of(annotation_at(model, path))]
    return list(dict.fromkeys(key for group in groups for key in _keys(group)))


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation allows."""
    for part in parts_of(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part


def parts_of(annotation: Any) -> list[Any]:
    """Return the types that an annotation allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return parts_of(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [part for inner in get_args(annotation) for part in parts_of(inner)]
    return [annotation]


def annotation_at(model: type[BaseModel], loc: Path_) -> Any:
    """Return the type of what stands at a validated path, or ``None``."""
    annotation: Any = model
    for step in loc:
        annotation = _inside(annotation, step)
    return next((part for part in parts_of(annotation) if part is not type(None)), None)


def _inside(annotation: Any, step: Key) -> Any:
    for model in models_of(annotation):
        info = _field(model, step)
        return info.annotation if info else None
    items = [part for inner in parts_of(annotation) for part in get_args(inner)[-1:]]
    return items[0] if items else None


def _field(model: type[BaseModel], key: Key) -> FieldInfo | None:
    return next(
        (info for name, info in model.model_fields.items() if key in (name, info.alias)), None
    )


def _info_at(model: type[BaseModel], loc: Path_) -> FieldInfo | None:
    parents = models_of(annotation_at(model, loc[:-1]))
    return next((info for parent in parents if (info := _field(parent, loc[-1]))), None)
