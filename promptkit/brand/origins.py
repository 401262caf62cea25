"""Where each value of a profile comes from, and in what two profiles differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from promptkit.brand.paths import dotted
from promptkit.brand.profile import Brand
from promptkit.errors import Place
from promptkit.shapes import Path_

#: By these keys an item of a list is known again in another profile.
_NAMES = ("id", "what")


def origins(brand: Brand) -> list[tuple[str, str, Place]]:
    """Return each value that somebody wrote: its dotted path, the value as text, and its place.

    Items of lists are counted from 1, as in ``avoid[1].what``. A list of plain words is one row,
    unless its items come from several files.
    """
    data = brand.with_written_paths(brand.model_dump(mode="json", exclude_unset=True))
    return [(dotted(path), value, brand.origin(path)) for path, value in _written(brand, data, ())]


def _written(brand: Brand, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _written(brand, item, (*path, key))
    elif isinstance(value, list) and value and not _one_row(brand, value, path):
        for number, item in enumerate(value):
            yield from _written(brand, item, (*path, number))
    else:
        yield path, _text(value)


def _one_row(brand: Brand, items: list[Any], path: Path_) -> bool:
    if not _plain(items):
        return False
    return len({brand.origin((*path, number)).file for number in range(len(items))}) == 1


def compare(one: Brand, other: Brand) -> list[tuple[str, str, str]]:
    """Return what differs between two profiles: the dotted path, one's value, the other's.

    Items with an ``id`` or a ``what`` are compared with their like, wherever they stand in the
    list: ``avoid[neon].severity``. What a profile does not have is an empty text.
    """
    left, right = (
        dict(_leaves(brand.with_written_paths(brand.as_data), "")) for brand in (one, other)
    )
    rows = [(path, left.get(path, ""), right.get(path, "")) for path in {**left, **right}]
    return [row for row in rows if row[1] != row[2]]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list) and not _plain(value):
        for name, item in _named(value):
            yield from _leaves(item, f"{path}[{name}]")
    else:
        yield path, _text(value)


def _named(items: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield each item with its name, or its number when it has none of its own."""
    taken: set[str] = set()
    for number, item in enumerate(items, 1):
        known = item if isinstance(item, dict) else {}
        name = next((str(known[key]) for key in _NAMES if known.get(key)), str(number))
        while name in taken:
            name = f"{name} ({number})"
        taken.add(name)
        yield name, item


def _plain(items: list[Any]) -> bool:
    return not any(isinstance(item, dict | list) for item in items)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if value is None or value == {}:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
