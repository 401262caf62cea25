"""Paths of keys as people write them: ``avoid[1].what``, with items counted from 1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from promptkit.shapes import Key, Path_

_STEP = re.compile(r"\[([0-9]{1,9})\]|([^.\[]+)")


def dotted(path: Iterable[Key]) -> str:
    """Write a path with dots, and its items' numbers in brackets, from 1."""
    steps = (f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def keys_of(text: str) -> Path_:
    """Read a path that `dotted` wrote: keys, and items from 0."""
    return tuple(
        int(found[1]) - 1 if found[1] else found[2].strip() for found in _STEP.finditer(text)
    )


def texts_below(data: Any, path: Path_) -> Iterator[tuple[str, Path_]]:
    """Yield every text of a profile's data below a path, with the path that leads to it."""
    for key in path:
        data = data[key]
    yield from _texts(data, path)


def _texts(data: Any, path: Path_) -> Iterator[tuple[str, Path_]]:
    if isinstance(data, str):
        if data:
            yield data, path
    elif isinstance(data, Mapping | list):
        inner = data.items() if isinstance(data, Mapping) else enumerate(data)
        for key, value in inner:
            yield from _texts(value, (*path, key))
