"""The long form of what an author wrote, before it is validated: only so can two profiles merge.

A short form in a profile that builds on another speaks of the parent: ``style: one line`` of its
default look, ``accent: "#ff0000"`` of the colour that plays the accent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from promptkit.brand.avoid import OneOrMore
from promptkit.brand.look import Style
from promptkit.brand.palette import Colors, PaletteColor
from promptkit.shapes import Path_, models_of, parts_of

#: A type, and what stands beside it in ``Annotated``.
_Hint = tuple[Any, tuple[Any, ...]]


@dataclass(frozen=True)
class LongForm:
    """A profile's data in its long form.

    ``written`` has the place in the file of what the author wrote under another name.
    """

    data: dict[str, Any] = field(default_factory=dict)
    written: dict[Path_, Path_] = field(default_factory=dict)


def long_form(
    model: type[BaseModel], data: Mapping[str, Any], below: Mapping[str, Any]
) -> LongForm:
    """Write a profile's data out.

    Args:
        model: what the data shall become.
        data: what the author wrote; parts that do not fit the model are left as they are.
        below: the parent's data in the long form; empty for a profile without a parent.
    """
    written: dict[Path_, Path_] = {}
    if not below:
        return LongForm(_long((model, ()), data), written)
    style, colors = mapping(below.get("style")), mapping(below.get("colors"))
    told = dict(data)
    if data.get("style") is not None:
        told["style"] = _style(data["style"], style)
    if data.get("colors") is not None:
        told["colors"] = _colors(data["colors"], colors, written)
    return LongForm(_long((model, ()), told, child=True), written)


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a group of keys, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def _long(hint: _Hint, value: Any, *, child: bool = False) -> Any:
    """Write out a value and all groups in it. A null stays: it removes the parent's value."""
    annotation, extras = hint
    if value is None:
        return None
    if isinstance(value, str) and OneOrMore in extras:
        return [value]
    model = next(models_of(annotation), None)
    if model is not None:
        value = _by_model(model, value, child)
    if not isinstance(value, Mapping):
        return value
    return {
        key: _long(_hint_of(annotation, model, key), item, child=child)
        for key, item in value.items()
    }


def _by_model(model: type[BaseModel], value: Any, child: bool) -> Any:
    if child and model is PaletteColor and not isinstance(value, Mapping):
        # The parent's words for the old colour would be wrong for the new one.
        return dict.fromkeys(PaletteColor.model_fields) | {"value": value}
    if child and model in (Style, Colors):
        return value
    short = getattr(model, "_short", None)
    return short(value) if short else value


def _hint_of(annotation: Any, model: type[BaseModel] | None, key: str) -> _Hint:
    """Return the type of what stands below a key of a group, if it is known."""
    if model is not None:
        info = model.model_fields.get(key.removeprefix("+"))
        return (info.annotation, tuple(info.metadata)) if info else (None, ())
    for part in parts_of(annotation):
        if get_origin(part) is dict:
            inner = get_args(part)[1]
            extras = get_args(inner)[1:] if get_origin(inner) is Annotated else ()
            return inner, extras
    return None, ()


def _style(data: Any, below: Mapping[str, Any]) -> Any:
    """Write out a style of which the short form speaks of the parent's default look."""
    if isinstance(data, str):
        return {"looks": {_default_look({}, below): {"describe": data}}}
    if not isinstance(data, Mapping) or "looks" in data:
        return data
    look, rest = _split(Style, data)
    return ({"looks": {_default_look(data, below): look}} if look else {}) | rest


def _default_look(data: Mapping[str, Any], below: Mapping[str, Any]) -> str:
    looks = mapping(below.get("looks"))
    for name in (data.get("default_look"), below.get("default_look")):
        if isinstance(name, str) and name in looks:
            return name
    return next(iter(looks), "default")


def _colors(data: Any, below: Mapping[str, Any], written: dict[Path_, Path_]) -> Any:
    """Write out colours of which the short form names the parent's roles or its colours."""
    if not isinstance(data, Mapping) or "palette" in data:
        return data
    colors, rest = _split(Colors, data)
    known, held = mapping(below.get("palette")), mapping(below.get("roles"))
    palette: dict[str, Any] = {}
    roles: dict[str, Any] = {}
    for key, color in colors.items():
        name = held.get(key)
        if isinstance(name, str) and name in known and list(held.values()).count(name) == 1:
            roles |= {key: None} if color is None else {}
            palette[name] = color
        elif key in held:  # its colour plays other roles too, and those keep it
            name = key
            roles[key] = None if color is None else key
            palette |= {} if color is None else {key: color}
        else:
            name = key
            roles |= {} if color is None or key in known else {key: key}
            palette[key] = color
        for path in (("palette", name), ("roles", key)):
            written["colors", *path] = ("colors", key)
    return {"palette": palette, "roles": roles} | rest


def _split(
    model: type[BaseModel], data: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Divide the keys of a short form into those that only it has, and the model's own."""
    own = {key: value for key, value in data.items() if key.removeprefix("+") in model.model_fields}
    return {key: value for key, value in data.items() if key not in own}, own
