"""Sizes and aspect ratios as people write them. A size is width × height in px."""

from __future__ import annotations

from fractions import Fraction

Size = tuple[int, int]


def parse_size(value: str) -> Size:
    """Read ``1536x1024``.

    Raises:
        ValueError: it is not a size.
    """
    width, _, height = value.lower().replace("×", "x").partition("x")
    if not (width.strip().isdigit() and height.strip().isdigit()):
        raise ValueError(f"“{value}” is not a size; write it as in 1536x1024")
    return int(width), int(height)


def parse_aspect(value: str) -> Fraction:
    """Read ``3:2`` (or ``1536x1024``) as width over height.

    Raises:
        ValueError: it is not a ratio.
    """
    left, _, right = value.lower().replace("×", ":").replace("x", ":").partition(":")
    if not (left.strip().isdigit() and right.strip().isdigit() and int(left) and int(right)):
        raise ValueError(f"“{value}” is not an aspect ratio; write it as in 3:2")
    return Fraction(int(left), int(right))


def aspect_of(size: Size) -> str:
    """Return a size's ratio in lowest terms, as ``3:2``."""
    ratio = Fraction(*size)
    return f"{ratio.numerator}:{ratio.denominator}"
