"""Sizes and aspect ratios as people write them. A size is width × height in px."""

from __future__ import annotations

import re
from fractions import Fraction

Size = tuple[int, int]

_PAIR = re.compile(r"\s*0*([1-9][0-9]{0,5})\s*([x×:])\s*0*([1-9][0-9]{0,5})\s*", re.IGNORECASE)


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
