"""Reading data that strangers wrote: each value as the kind that is wanted, or empty."""

from __future__ import annotations

from typing import Any


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Return a list: a single value as a list of one, nothing as an empty one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def weight(value: Any) -> int | str | None:
    """Return a font's weight, a number or a word; ``None`` for anything else."""
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
