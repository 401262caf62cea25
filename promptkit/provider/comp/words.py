"""Reading a brief's words: which phrases of the vocabulary it holds, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Values = Mapping[str, Any]

_FILE = Path(__file__).with_name("words.yaml")
_CLAUSE_ENDS = re.compile(r"[.,;:()\n]+")
_GAPS = re.compile(r"[\s\-–—_/]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in a text: where, and the values of its entry."""

    start: int
    end: int
    values: Values

    @property
    def length(self) -> int:
        """How many characters it has."""
        return self.end - self.start


def longest(text: str, group: str) -> Values:
    """Return the values of the longest phrase of ``group`` in ``text``; empty when none is there.

    Among phrases of the same length the first wins.
    """
    found = _hits(plain(text), group)
    return max(found, key=lambda hit: (hit.length, -hit.start)).values if found else {}


def earliest(text: str, group: str) -> Values:
    """Return the values of the first phrase of ``group`` in ``text``; empty when none is there."""
    found = _hits(plain(text), group)
    return min(found, key=lambda hit: (hit.start, -hit.length)).values if found else {}


def clear_side(text: str) -> tuple[Values, str]:
    """Return the side that must stay clear, and the text that is left to speak of the subject.

    The side is empty when the text asks for no clear space, or does not say where.
    """
    rest: list[str] = []
    side: Values = {}
    for clause in map(plain, _CLAUSE_ENDS.split(text)):
        space = next(iter(_hits(clause, "clear_space")), None)
        if space is None or side:
            rest.append(clause)
            continue
        before, after = clause[: space.start], clause[space.end :]
        side = earliest(after, "sides")
        if side:
            rest.append(before)
        else:
            side = longest(before, "sides")
    return side, ", ".join(rest)


def names_clear_space(text: str) -> bool:
    """Say whether a text asks for clear space anywhere."""
    return next(iter(_hits(plain(text), "clear_space")), None) is not None


def first_clause(text: str) -> str:
    """Return ``text`` up to its first stop or comma."""
    clauses = (clause.strip() for clause in _CLAUSE_ENDS.split(text))
    return next(filter(None, clauses), "")


def plain(text: str) -> str:
    """Return ``text`` in small letters, hyphens and runs of space as one space."""
    return _GAPS.sub(" ", text.casefold()).strip()


def _hits(text: str, group: str) -> list[Hit]:
    phrases, pattern = _vocabulary()[group]
    return [Hit(*match.span(), phrases[match.group()]) for match in pattern.finditer(text)]


@cache
def _vocabulary() -> dict[str, tuple[dict[str, Values], re.Pattern[str]]]:
    groups = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {name: _compiled(entries) for name, entries in groups.items()}


def _compiled(entries: list[Values]) -> tuple[dict[str, Values], re.Pattern[str]]:
    phrases = {plain(phrase): entry for entry in entries for phrase in entry["say"]}
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    alternatives = "|".join(map(re.escape, longest_first))
    return phrases, re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")
