"""Paths of keys as people write them: ``avoid[1].what``, with items counted from 1."""

from __future__ import annotations

import re
from collections.abc import Iterable

from promptkit.faults import Key, Path_

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
