"""What other formats cannot hold of a profile, kept whole, so that it can be read back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from promptkit.brand.importers.naming import numbered, slug
from promptkit.brand.importers.values import mapping
from promptkit.brand.profile import Brand

#: The key of our part in `$extensions` of design tokens, and in `defaults` of brand.yml.
EXTENSION = "app.promptkit"
DEFAULTS = "promptkit"

#: The names that every format bears: those of Sass variables, which brand.yml asks for.
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def color_names(palette: Iterable[str]) -> dict[str, str]:
    """Return for each palette key the name under which other formats can hold the colour."""
    names = {key: key for key in palette if _PLAIN_NAME.fullmatch(key)}
    taken = set(names)
    for key in palette:
        if key not in names:
            base = f"color-{slug(key)}".strip("-")
            free = next(name for name in (base, *_some(base, len(taken))) if name not in taken)
            taken.add(free)
            names[key] = free
    return names


def _some(base: str, most: int) -> list[str]:
    return [name for name, _ in zip(numbered(base), range(most + 1), strict=False)]


def rest_of(brand: Brand, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the profile without what the format itself says: the colours' values.

    ``names`` are those of `color_names`. Keys that stand at their defaults are left out.
    """
    data = brand.model_dump(mode="json", exclude_defaults=True)
    palette = {key: _without_value(entry) for key, entry in data["colors"]["palette"].items()}
    for key, name in names.items():
        if name != key:
            palette[key]["token"] = name
    own = {"promptkit": brand.promptkit, "id": brand.id, "name": brand.name}
    return {**own, **data, "colors": {**data["colors"], "palette": palette}}


def _without_value(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "value"}


def is_whole(rest: object) -> bool:
    """Tell a whole profile, exported once, from a few keys that someone wrote."""
    return isinstance(rest, dict) and "promptkit" in rest


def restore(rest: Mapping[str, Any], colors: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the profile from its rest and the colours that the format holds, by their names.

    A colour that was added to the file since is taken, too. What does not fit is left for the
    profile's own validation to report.
    """
    kept = mapping(rest.get("colors"))
    left = dict(colors)
    palette: dict[str, Any] = {}
    for key, told in mapping(kept.get("palette")).items():
        entry = dict(mapping(told))
        color = left.pop(str(entry.pop("token", key)), {})
        value = {"value": color["value"]} if "value" in color else {}
        describe = {"describe": text} if (text := color.get("describe")) else {}
        palette[key] = {**value, **entry, **describe}
    for name, color in left.items():
        palette[name] = {key: text for key, text in color.items() if text}
    return {**rest, "colors": {**kept, "palette": palette}}
