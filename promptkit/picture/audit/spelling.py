"""Holding words that were read against words that were meant, letter by letter.

Capitals, accents, spaces and punctuation are let pass: readers are unsure of them. So are letters
that look alike in print, as I, l and 1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_ALIKE = str.maketrans("l|10", "iiio")
#: More words than this on one picture nobody reads.
_MOST = 200
#: A word may have one wrong letter in so many, where it is only to be known again.
_ONE_IN = 4


@dataclass(frozen=True, slots=True)
class Match:
    """How a text was read: the words that come nearest to it, and what differs."""

    read: str = ""
    off: int = 0
    """How many letters are off."""
    gone: tuple[str, ...] = ()
    """The text's words that were not read, wherever they stand."""

    @property
    def right(self) -> bool:
        """Whether the text stands there, in one piece or word by word."""
        return bool(self.read) and not (self.off and self.gone)


def letters(text: str) -> str:
    """Return a text's letters and digits without what readers are unsure of."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_ALIKE)
    return "".join(sign for sign in plain if sign.isalnum())


def words(text: str) -> list[str]:
    """Return the words of a text as they stand there."""
    return _WORD.findall(text)[:_MOST]


def match(text: str, read: Sequence[str]) -> Match:
    """Return how a text was read, among the words that were."""
    wanted, there = letters(text), {letters(word) for word in read}
    gone = tuple(word for word in words(text) if letters(word) not in there)
    best = Match(off=len(wanted), gone=gone)
    longest = len(wanted) + max(2, len(wanted) // 2)
    for start in range(len(read)):
        joined = ""
        for end in range(start, len(read)):
            joined += letters(read[end])
            if len(joined) > longest and end > start:
                break
            off = distance(wanted, joined)
            if off < best.off:
                best = Match(" ".join(read[start : end + 1]), off, gone)
    return best


def known(word: str, texts: Iterable[str]) -> bool:
    """Say whether a word that was read is one of some texts, or a part of one, about."""
    sought = letters(word)
    for text in texts:
        if sought in letters(text):
            return True
        allowed = max(1, len(sought) // _ONE_IN) if len(sought) >= _ONE_IN else 0
        if any(distance(sought, letters(own)) <= allowed for own in words(text)):
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
