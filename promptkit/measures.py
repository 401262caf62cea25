"""Sizes, aspect ratios and bytes as people write them. A size is width × height in px."""

from __future__ import annotations

import re
from fractions import Fraction

Size = tuple[int, int]

_PAIR = re.compile(r"\s*0*([1-9][0-9]{0,5})\s*([x×:])\s*0*([1-9][0-9]{0,5})\s*", re.IGNORECASE)
_BYTES = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)b?\s*", re.IGNORECASE)
_UNITS = "kmgt"


def parse_size(value: str) -> Size:
    """Read ``1536x1024``.

    Raises:
        ValueError: it is not a size.
    """
    found = _PAIR.fullmatch(value)
    if found is None or found[2] == ":":
        raise ValueError(f"“{value}” is not a size; write it in px, as in 1536x1024")
    return int(found[1]), int(found[3])


def parse_aspect(value: str) -> Fraction:
    """Read ``3:2`` (or ``1536x1024``) as width over height.

    Raises:
        ValueError: it is not a ratio.
    """
    found = _PAIR.fullmatch(value)
    if found is None:
        raise ValueError(f"“{value}” is not an aspect ratio; write it as in 3:2")
    return Fraction(int(found[1]), int(found[3]))


def aspect_of(size: Size) -> str:
    """Return a size's ratio in lowest terms, as ``3:2``."""
    ratio = Fraction(*size)
    return f"{ratio.numerator}:{ratio.denominator}"


def parse_bytes(value: str) -> int:
    """Read ``2GB`` (or ``500 MB``, ``1.5GiB``) as bytes; a kB has 1000 of them, a KiB 1024.

    Raises:
        ValueError: it is no number of bytes.
    """
    found = _BYTES.fullmatch(value)
    if found is None or (found[3] and not found[2]):
        raise ValueError(f"“{value}” is no size of files; write it as in 500MB or 2GB")
    power = _UNITS.index(found[2].lower()) + 1 if found[2] else 0
    return int(Fraction(found[1]) * (1024 if found[3] else 1000) ** power)


def bytes_text(count: int) -> str:
    """Return a number of bytes for a person: “940 bytes”, “18.4 MB”."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    power = min(len(_UNITS), (len(str(count)) - 1) // 3)
    return f"{count / 1000**power:.1f} {('k', 'M', 'G', 'T')[power - 1]}B"
