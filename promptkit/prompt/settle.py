"""One value for each property of a picture, and everything said once.

A look says “medium-wide view”, a template “close view”: the more specific one holds, which is the
template's, and the brand's clause goes. What an earlier section has said, a later one does not
say again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

from promptkit.brand.profile import Brand
from promptkit.errors import Finding
from promptkit.prompt.phrases import words_of
from promptkit.prompt.sections import Section
from promptkit.prompt.tidy import tidy
from promptkit.prompt.vocabulary import Facet, facets, vocabulary
from promptkit.shapes import Path_

#: Where a property may be set. What is shown is the brief's, whatever the brand says.
_SETTLED = frozenset("setting composition lighting style mood".split())
#: What may say a thing that was said: the subject and what to preserve keep all their words.
_ONCE = frozenset("setting composition lighting style mood details".split())
_CLAUSE = re.compile(r"[^.;,!?…]+(?:[.;,!?…](?=\S)[^.;,!?…]*)*")
_SMALL = frozenset("a an the and or of in on at with to by is are from".split())
_LEAST = 2


@dataclass(frozen=True, slots=True)
class _Said:
    """A property's value, in a clause of a section."""

    section: str
    facet: Facet
    clause: tuple[int, int]
    text: str
    keys: Path_ | None
    """The keys of the brand that say it, where a brand does."""

    @property
    def words(self) -> str:
        start, end = self.clause
        return self.text[start:end].strip()


@dataclass(frozen=True, slots=True)
class Settled:
    """Sections that agree, and what yielded for that."""

    sections: tuple[Section, ...]
    findings: tuple[Finding, ...] = ()
    yielded: tuple[str, ...] = ()
    """The brand's clauses that went."""


def settled(sections: Sequence[Section], written: Mapping[str, Path_], brand: Brand) -> Settled:
    """Return sections in which each property has one value and each thing is said once.

    ``written`` has the brand's own texts of the look, in small letters, with their keys.
    """
    dropped: dict[str, list[tuple[int, int]]] = {}
    findings: list[Finding] = []
    yielded: list[str] = []
    for loser, winner in _clashes(sections, written):
        if loser.clause not in dropped.setdefault(loser.section, []):
            dropped[loser.section].append(loser.clause)
            findings.append(_yields(loser, winner, brand))
            yielded.append(loser.words)
    for name, clause in _repeated(sections):
        dropped.setdefault(name, []).append(clause)
    if not any(dropped.values()):
        return Settled(tuple(sections))
    kept = (_without(section, dropped.get(section.name, ())) for section in sections)
    whole = tuple(section for section in kept if section.text)
    return Settled(whole, tuple(findings), tuple(yielded))


def _clashes(
    sections: Iterable[Section], written: Mapping[str, Path_]
) -> Iterator[tuple[_Said, _Said]]:
    """Yield pairs of values that a picture cannot have both: the brand's, and the brief's."""
    texts = tuple((item.name, item.text) for item in sections if item.name in _SETTLED)
    for (one_of, one), (other_of, other) in _clashing(texts):
        left, right = _said(*one_of, one, written), _said(*other_of, other, written)
        if (left.keys is None) is not (right.keys is None) and left.clause != right.clause:
            yield (right, left) if left.keys is None else (left, right)


_Found = tuple[tuple[str, str], Facet]


@lru_cache(maxsize=1024)  # few briefs change what these sections say
def _clashing(texts: tuple[tuple[str, str], ...]) -> tuple[tuple[_Found, _Found], ...]:
    """Return pairs of values that clash: anywhere in the picture, or within one section."""
    known = vocabulary()
    found = [(text, facet) for text in texts for facet in facets(text[1])]
    pairs = []
    for one, other in combinations(found, 2):
        values = [(facet.attribute, facet.value) for _, facet in (one, other)]
        whole = all(known.attributes[name].scope == "picture" for name, _ in values)
        if tuple(values) in known.clashes and (whole or one[0] == other[0]):
            pairs.append((one, other))
    return tuple(pairs)


def _said(name: str, text: str, facet: Facet, written: Mapping[str, Path_]) -> _Said:
    clause = next(
        (span for span in clauses(text) if span[0] <= facet.start < span[1]), (0, len(text))
    )
    words = text[clause[0] : clause[1]].strip().casefold()
    keys = written.get(words) or next(
        (keys for said, keys in written.items() if words in said or said in words), None
    )
    return _Said(name, facet, clause, text, keys)


@lru_cache(maxsize=2048)
def clauses(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the clauses of a text start and end, without the marks that end them."""
    return tuple(found.span() for found in _CLAUSE.finditer(text) if found[0].strip())


@lru_cache(maxsize=2048)
def _contents(text: str) -> tuple[tuple[tuple[int, int], frozenset[str]], ...]:
    """Return the clauses of a text that say something, by the words they say it with."""
    found = []
    for start, end in clauses(text):
        words = frozenset(words_of(text[start:end].lower())) - _SMALL
        if len(words) >= _LEAST and "".join(words).isalpha():
            found.append(((start, end), words))
    return tuple(found)


def _repeated(sections: Iterable[Section]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield clauses that say in the same words what was said before."""
    seen: set[frozenset[str]] = set()
    for section in sections:
        for clause, words in _contents(section.text):
            if words not in seen:
                seen.add(words)
            elif section.name in _ONCE:
                yield section.name, clause


def _without(section: Section, spans: Iterable[tuple[int, int]]) -> Section:
    """Return a section without some clauses, and without the marks that ended them."""
    text = section.text
    for start, end in sorted(spans, reverse=True):
        rest = text[end:]
        # The clause's own mark goes, unless it ends the sentence that went on before.
        ended = rest[:1] in tuple(",;") or text[:start].rstrip()[-1:] in ("", ".", "!", "?", "…")
        text = text[:start] + (rest[1:] if ended else rest)
    return replace(section, text=tidy(text)) if text != section.text else section


def _yields(loser: _Said, winner: _Said, brand: Brand) -> Finding:
    return Finding(
        "yields",
        f"the look's “{loser.words}” yields to “{winner.words}”",
        severity="advice",
        place=brand.origin(loser.keys or ()),
    )
