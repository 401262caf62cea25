"""Holding words that were read against words that were meant, letter by letter.

Capitals, accents, spaces and punctuation are let pass: readers are unsure of them. So are letters
that look alike in print, as I, l and 1. What belongs to a number is no punctuation: 4.99 is not
499, nor 20 % twenty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_PRICE = "%‰€$£¥"
_DASH = r"\-–−"
_FIGURE = (
    rf"(?:(?<![^\W_])[{_DASH}+×])?(?:[{_PRICE}]\s?)?"
    rf"\d+(?:[.,:'’·/⁄+×{_DASH}]\d+|\s[+×{_DASH}]\s\d+)*(?:\s?[{_PRICE}+×])*"
)
_LETTERED = r"[^\W\d_][^\W_]*"
_WORD = re.compile(rf"{_FIGURE}|[{_PRICE}]|{_LETTERED}(?:['’.&-]{_LETTERED})*")
_COST = re.compile(rf"[{_PRICE}].*\d|\d.*[{_PRICE}]|\d[.,·]\d{{1,2}}(?!\d)")
_AS_ONE = str.maketrans({"℃": "°C", "℉": "°F", "％": "%"})
_ALIKE = str.maketrans("l|10", "iiio")
#: A decimal comma is a point, as long as it stands between the same digits.
_MARKS = str.maketrans(",:'’·⁄–−×", "...../--x")
#: More words than this on one picture nobody reads.
_MOST = 200
#: A word may have one wrong letter in so many, where it is only to be known again.
_ONE_IN = 4
#: Of a text that is only misspelt, at most one letter in so many is off.
_NEAR_ONE_IN = 3


@dataclass(frozen=True, slots=True)
class Match:
    """How a text was read: the words that come nearest to it, and what differs."""

    read: str = ""
    off: int = 0
    """How many letters are off."""
    gone: tuple[str, ...] = ()
    """The text's words that were not read, wherever they stand; numbers stand in their order."""
    at: tuple[int, ...] = field(default=(), compare=False)
    """Which of the words that were read are the text's, by number."""
    near: bool = field(default=False, compare=False)
    """Whether a letter or two are off, and no more."""

    @property
    def right(self) -> bool:
        """Whether the text stands there, in one piece or word by word."""
        return bool(self.read) and not (self.off and self.gone)


def letters(text: str) -> str:
    """Return a text's letters and numbers without what readers are unsure of."""
    apart = unicodedata.normalize("NFKD", text.replace("|", "l"))
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()
    return "".join(_bare(word) for word in _WORD.findall(plain))


def words(text: str) -> list[str]:
    """Return the words of a text as they stand there, numbers with what belongs to them."""
    return _WORD.findall(text.translate(_AS_ONE))[:_MOST]


def is_number(word: str) -> bool:
    """Say whether a word is a number, with what belongs to it."""
    return re.fullmatch(_FIGURE, word) is not None


def is_cost(word: str) -> bool:
    """Say whether a word is a price, a discount or another number with a decimal sign."""
    return is_number(word) and _COST.search(word) is not None


def match(text: str, read: Sequence[str]) -> Match:
    """Return how a text was read, among the words that were."""
    there = [letters(word) for word in read[:_MOST]]
    wanted = letters(text)
    apart, gone = _word_by_word(text, there)
    off, start, end = _nearest(wanted, there)
    near = start < end and off <= max(1, len(wanted) // _NEAR_ONE_IN)
    whole = not off or (near and gone)
    at = tuple(range(start, end)) if whole else apart
    return Match(" ".join(read[start:end]), off, gone, at, near)


def left_over(read: Sequence[str], texts: Iterable[str]) -> list[int]:
    """Return which words that were read are none of some texts', each of which is there once."""
    left = list(range(len(read)))
    for text in sorted(texts, key=len, reverse=True):
        taken = {left[at] for at in match(text, [read[number] for number in left]).at}
        left = [number for number in left if number not in taken]
    return left


def known(word: str, texts: Iterable[str]) -> bool:
    """Say whether a word that was read is one of some texts, or a part of one, about.

    A number is known when it is the same.
    """
    sought = letters(word)
    for text in texts:
        own = [letters(part) for part in words(text)]
        if is_number(word):
            if sought in own:
                return True
            continue
        if sought in letters(text):
            return True
        allowed = max(1, len(sought) // _ONE_IN) if len(sought) >= _ONE_IN else 0
        if any(distance(sought, part) <= allowed for part in own):
            return True
    return False


def distance(one: str, other: str) -> int:
    """Return how many letters must be put in, left out or changed: Levenshtein (1965)."""
    row = list(range(len(other) + 1))
    for number, sign in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, own in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (sign != own))
    return row[-1]


def _bare(word: str) -> str:
    if is_number(word):
        word = "".join(word.split()).translate(_MARKS)
    elif word not in _PRICE:
        word = "".join(sign for sign in word if sign.isalnum())
    return word.translate(_ALIKE)


def _word_by_word(text: str, there: list[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return where a text's words stand, each once, and those that stand nowhere."""
    at: list[int] = []
    gone: list[str] = []
    least = 0
    for word in words(text):
        sought, number = letters(word), is_number(word)
        places = range(least if number else 0, len(there))
        place = next((n for n in places if there[n] == sought and n not in at), None)
        if place is None:
            gone.append(word)
            continue
        at.append(place)
        if number:
            least = place + 1
    return tuple(at), tuple(gone)


def _nearest(wanted: str, there: list[str]) -> tuple[int, int, int]:
    """Return how many letters are off in the words that come nearest, their first and their end.

    All beginnings are held in one row, as Sellers (1980) finds a pattern in a text: a cell is the
    letters that are off, times ``unit``, and the first word.
    """
    unit = len(there) + 1
    best, end = len(wanted) * unit, 0
    row = [number * unit for number in range(len(wanted) + 1)]
    for first, word in enumerate(there):
        row = [min(cell, number * unit + first) for number, cell in enumerate(row)]
        for sign in word:
            before, last = row[0], row[0] + unit
            row[0] = last
            for at, own in enumerate(wanted, 1):
                cell = row[at]
                last = min(cell + unit, last + unit, before if own == sign else before + unit)
                before, row[at] = cell, last
        if row[-1] < best:
            best, end = row[-1], first + 1
    off, start = divmod(best, unit)
    return off, start, end
