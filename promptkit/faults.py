"""What is wrong with a file, said so that the person who wrote it can mend it.

``documents`` reads and validates; here the parser's and the validator's own words become prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from promptkit.errors import Finding, Place
from promptkit.fixes import unknown_key, wrong_value
from promptkit.shapes import Path_, doc_at, keys_near

if TYPE_CHECKING:
    from promptkit.documents import Document


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

_LOOKED_AT = 250
_BRANCHES = ("str", "int", "float", "bool")


def findings_of(
    model: type[BaseModel], error: ValidationError, document: Document
) -> list[Finding]:
    """Return one finding for each fault that a validation found, in the order of their places."""
    merged: dict[tuple[str, Place | None, str], Finding] = {}
    items = error.errors(include_url=False)[:_LOOKED_AT]
    misspelt = {_meant(model, item, document) for item in items}
    for item in items:
        if item["type"] == "missing" and tuple(item["loc"]) in misspelt:
            continue  # it is there, under the name that is told as unknown
        for name, finding in _findings(model, item, document):
            key = (finding.rule, finding.place, name)
            merged[key] = _either(merged[key], finding) if key in merged else finding
    return sorted(merged.values(), key=position)


def _meant(model: type[BaseModel], item: Any, document: Document) -> Path_:
    """Return the path of the key that an unknown one was meant to be; ``()`` for any other."""
    loc = tuple(item["loc"])
    if item["type"] != "extra_forbidden":
        return ()
    near = unknown_key(model, loc, keys_near(model, loc[:-1], document))[2]
    return (*loc[:-1], near) if near else ()


def position(finding: Finding) -> tuple[str, int, int]:
    """Return what findings are sorted by: their places, from the top of each file."""
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
        known = keys_near(model, loc[:-1], document)
        message, fix, _ = unknown_key(model, loc, known)
        yield message, Finding("unknown-key", message, place=place, fix=fix)
    elif kind == "missing" and isinstance(loc[-1], str):
        yield str(loc[-1]), _missing(model, loc, document)
    else:
        message, advice = wrong_value(model, item)
        said = f"{name}: {message}" if name else message
        yield name, Finding("value", said, place=place, fix=advice)


def _missing(model: type[BaseModel], loc: Path_, document: Document) -> Finding:
    key, place = loc[-1], document.place(loc)
    if document.written(loc)[-1:] == loc[-1:]:  # a child took it away
        message = f"`{key}` is null here, and no profile can be without it"
        return Finding(
            "missing-key", message, place=place, fix="give it a value, or delete the line"
        )
    where = _spoken(document.written(loc[:-1]))
    about = doc_at(model, loc).rstrip(".")
    if about[1:2].islower() or about.startswith("A "):
        about = about[0].lower() + about[1:]
    if not where:  # the file's first line has nothing to do with it
        place = Place(place.file, place.line, place.column)
    return Finding(
        "missing-key",
        f"`{key}` is missing" + (f" in {where}" if where else ""),
        place=place,
        fix=f"add `{key}`" + (f": {about}" if about else ""),
    )


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
