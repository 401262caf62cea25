"""Lettering: the bundled fonts, line breaking, cutting to fit, and the ink that reads best."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Weight = Literal["regular", "semibold"]
Rgb = tuple[int, int, int]

#: The two inks used unless a caller brings others: nearly black and nearly white.
DARK_INK: Rgb = (28, 27, 31)
LIGHT_INK: Rgb = (255, 255, 255)

_FONTS = Path(__file__).parent / "fonts"
_FILES: dict[Weight, str] = {
    "regular": "Inter-Regular.otf",
    "semibold": "Inter-SemiBold.otf",
}
_ELLIPSIS = "…"


def font_file(weight: Weight) -> Path:
    """Return the file of the bundled Inter."""
    return _FONTS / _FILES[weight]


@lru_cache(maxsize=256)
def font(size: int, weight: Weight = "regular") -> FreeTypeFont:
    """Return the bundled Inter at ``size`` px."""
    from PIL import ImageFont

    # The basic layout engine: the other one is optional, and would set lines differently
    # from one machine to the next.
    return ImageFont.truetype(font_file(weight), size, layout_engine=ImageFont.Layout.BASIC)


def line_height(face: FreeTypeFont) -> int:
    """Return the distance from one baseline to the next, in px: large type is set tighter."""
    return round(face.size * (1.36 if face.size < 32 else 1.18))


def wrap(text: str, face: FreeTypeFont, width: float) -> list[str]:
    """Break ``text`` into lines of at most ``width`` px; a word that is too long is broken too."""
    return list(_wrapped(text, face, width))


# Whoever looks for the best setting breaks the same text at the same width again and again.
@lru_cache(maxsize=1024)
def _wrapped(text: str, face: FreeTypeFont, width: float) -> tuple[str, ...]:
    lines: list[str] = []
    line = ""
    for word in _printable(text).split():
        joined = f"{line} {word}" if line else word
        if face.getlength(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, face, width)
        lines += full
    return (*lines, line) if line else tuple(lines)


def fit(text: str, face: FreeTypeFont, width: float, lines: int) -> list[str]:
    """Wrap ``text`` and keep the first ``lines`` lines; the last ends in … if more was to come."""
    wrapped = wrap(text, face, width)
    if len(wrapped) <= lines:
        return wrapped
    return [*wrapped[: lines - 1], _cut(wrapped[lines - 1], face, width)] if lines > 0 else []


def shorten(text: str, face: FreeTypeFont, width: float) -> str:
    """Return ``text`` on one line of at most ``width`` px, cut with … where it must be."""
    line = " ".join(_printable(text).split())
    return line if face.getlength(line) <= width else _cut(line, face, width)


def largest(
    text: str,
    room: tuple[float, float],
    faces: Callable[[int], FreeTypeFont],
    biggest: float,
    least: int,
    *,
    break_words: bool = True,
) -> tuple[FreeTypeFont, list[str]]:
    """Return the largest face in which ``text`` fits ``room``, and its lines, balanced.

    No lines come back when it does not even fit at ``least`` px.

    Args:
        text: the words.
        room: how wide and how high they may stand, px.
        faces: gives the face of a size in px.
        biggest: the size to begin with, px.
        least: the size to end with, px.
        break_words: whether a word may be broken rather than left out, in the smallest sizes.
    """
    size = biggest
    longest_word = max(text.split(), key=len, default="")
    while size >= least:
        face = faces(round(size))
        rows = wrap(text, face, room[0])
        whole = face.getlength(longest_word) <= room[0] or (break_words and size < least * 1.2)
        if whole and len(rows) * line_height(face) <= room[1]:
            return face, balanced(rows, face, room[0])
        size *= 0.9
    return faces(least), []


def balanced(rows: list[str], face: FreeTypeFont, width: float) -> list[str]:
    """Return ``rows`` broken anew to about equal lengths, in as many lines."""
    text = " ".join(rows)
    longest_word = max(map(face.getlength, text.split()), default=0.0)
    while width * 0.95 > longest_word and len(wrap(text, face, width * 0.95)) == len(rows):
        width *= 0.95
    return wrap(text, face, width)


def luminance(colour: Rgb) -> float:
    """Return the relative luminance by WCAG 2: 0 for black, 1 for white."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours by WCAG 2, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(ground: Rgb, *inks: Rgb, least: float = 4.5) -> Rgb:
    """Return the first of ``inks`` that reads on ``ground``, else dark or light by contrast.

    ``least`` is the contrast ratio asked of ``inks``; 4.5 is WCAG's AA for text.
    """
    for ink in inks:
        if contrast(ink, ground) >= least:
            return ink
    return max((DARK_INK, LIGHT_INK), key=lambda ink: contrast(ink, ground))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _printable(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _pieces(word: str, face: FreeTypeFont, width: float) -> list[str]:
    pieces = [""]
    for mark in word:
        if pieces[-1] and face.getlength(pieces[-1] + mark) > width:
            pieces.append("")
        pieces[-1] += mark
    return pieces


def _cut(line: str, face: FreeTypeFont, width: float) -> str:
    """Cut ``line`` so that … fits behind it: between words, unless only one is left."""
    while line and face.getlength(line + _ELLIPSIS) > width:
        head, _, _ = line.rpartition(" ")
        line = head or line[:-1]
    return line.rstrip(" ,.;:–—-") + _ELLIPSIS
