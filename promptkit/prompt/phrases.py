"""Phrases found in a text: stemmed, several words long if need be, the longest first.

A phrase of a words file is matched by the stems of its words, so “crowd” is found in “crowded”.
In it ``=word`` is that form alone, ``…`` lets up to three other words stand between, ``|`` is a
mark or an end of the text, ``<name>`` is each phrase of that list. A hyphen counts as a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import chain, pairwise, product
from threading import Lock
from typing import Any, NamedTuple

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|\"+|[^\w\s-]")
#: Words between quotes are to be set on the picture: nothing in them asks for anything.
_QUOTED = re.compile(r"[“\"«][^“”\"«»]*[”\"»]|(?<!\w)['‘][^'‘’]{2,120}['’](?!\w)")
_QUOTES = re.compile("[\"“«'‘]")
_MARKS = frozenset(".,;:!?()—–…")
EDGE = "|"
_GAP = "…"
_WIDEST = 3
_KNOWN_WORDS = 50_000
_LISTED = re.compile(r"<(\w+)>")


@dataclass(slots=True, eq=False)
class Node:
    """A step of the tree: what ends here, and what may follow."""

    ends: dict[str, str] = field(default_factory=dict)
    """Value by group."""
    nexts: dict[str, Node] = field(default_factory=dict)
    gap: Node | None = None
    """What may follow after other words."""

    def begin(self, step: str) -> Node:
        """Return a new node that is reached by a step from here."""
        node = Node()
        if step == _GAP:
            self.gap = node
        else:
            self.nexts[step] = node
        return node


_STEMMING = Lock()


@cache
def _stemmer() -> Any:
    from Stemmer import Stemmer

    return Stemmer("english", 0)


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Return what a word has in common with its other forms: “crowds”, “crowded” → “crowd”."""
    plain = word.lower().replace("’", "'")
    if plain[:1].isdigit():
        return plain
    with _STEMMING:  # a stemmer holds the word that it works on
        return str(_stemmer().stemWord(plain))


class Hit(NamedTuple):
    """A phrase found: its group and value, and the first and last of its words by number."""

    group: str
    value: str
    first: int
    last: int


@dataclass(eq=False)
class Reading:
    """A text read: its words and marks, with an edge at both ends, and the phrases found."""

    text: str
    words: tuple[str, ...]
    stems: frozenset[str]
    hits: Mapping[str, Sequence[Hit]]
    """By group."""

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Return where each word stands in the text."""
        found = [match.span() for match in _TOKEN.finditer(blanked(self.text))]
        return [(0, 0), *found, (len(self.text), len(self.text))]

    def said(self, first: int, last: int) -> str:
        """Return some words as they are written, by their numbers, the last one included."""
        start, end = self.spans[first][0], self.spans[last][1]
        return self.text[start:end].strip(" ,;:.!?()—–…")

    def written(self, hit: Hit) -> tuple[str, int, int]:
        """Return the words of a hit as they are written, and where they start and end."""
        said = self.said(hit.first, hit.last)
        start = self.text.index(said, self.spans[hit.first][0])
        return said, start, start + len(said)

    def quote(self, hit: Hit) -> str:
        """Return the words of a hit, in quotes, as they are written."""
        return f"“{self.said(hit.first, hit.last)}”"

    def within(self, groups: Iterable[str]) -> set[int]:
        """Return the numbers of the words that stand in a phrase of some groups."""
        hits = (hit for group in groups for hit in self.hits.get(group, ()))
        return {at for hit in hits for at in range(hit.first, hit.last + 1)}

    def clause(self, at: int, *, sentence: bool = False) -> tuple[int, int]:
        """Return the first and last word of the clause, or the sentence, that a word stands in."""
        ends = ".;!?" if sentence else ".;!?,:()—–"
        first = last = at
        while first > 1 and self.words[first - 1] not in ends:
            first -= 1
        while last < len(self.words) - 2 and self.words[last + 1] not in ends:
            last += 1
        return first, last


def is_edge(word: str) -> bool:
    """Say whether it is a mark, or an end of the text."""
    return word == EDGE or word in _MARKS


def blanked(text: str) -> str:
    """Return a text with what is quoted made into one mark, as long as it was."""
    if not _QUOTES.search(text):
        return text
    return _QUOTED.sub(lambda found: '"' * len(found[0]), text)


def words_of(text: str) -> list[str]:
    """Return the words and marks of a text, what is quoted as one mark."""
    return _TOKEN.findall(blanked(text))


class _Start(NamedTuple):
    """A word, as the tree knows it: its stem, itself alone, and the nodes at which it begins."""

    stem: str
    alone: str
    nodes: tuple[Node, ...]


class _Starts(dict[str, _Start]):
    """The words of texts as a tree knows them, each looked up in it once."""

    def __init__(self, root: Node) -> None:
        super().__init__()
        self._root = root

    def __missing__(self, word: str) -> _Start:
        if len(self) > _KNOWN_WORDS:
            self.clear()
        key, alone = (EDGE, "") if is_edge(word) else (stem(word), f"={word.lower()}")
        nodes = (self._root.nexts.get(key), self._root.nexts.get(alone))
        self[word] = start = _Start(key, alone, tuple(filter(None, nodes)))
        return start


@dataclass(eq=False)
class Phrases:
    """All phrases of a vocabulary, in one tree by the stems of their words."""

    lists: Mapping[str, Iterable[str]]
    root: Node = field(default_factory=Node, repr=False)

    def __post_init__(self) -> None:
        """Begin with no word known."""
        self._starts = _Starts(self.root)
        self._listed: dict[str, list[list[str]]] = {}

    def add(self, phrases: Iterable[str], group: str, value: str) -> None:
        """Add phrases to a group; those of the value “” are exceptions and never found."""
        for phrase in phrases:
            for steps in self._expanded(phrase) if "<" in phrase else (_steps(phrase),):
                node = self.root
                for step in steps:
                    found = node.gap if step == _GAP else node.nexts.get(step)
                    node = found or node.begin(step)
                node.ends[group] = value

    def _expanded(self, phrase: str) -> Iterator[Iterator[str]]:
        """Yield a phrase with each phrase of the lists that it names."""
        parts = _LISTED.split(phrase)  # every second part is the name of a list
        choices = [self._list(part) if at % 2 else [_steps(part)] for at, part in enumerate(parts)]
        return map(chain.from_iterable, product(*choices))

    def _list(self, name: str) -> list[list[str]]:
        """Return the phrases of a list, each read once: many others name it."""
        if name not in self._listed:
            self._listed[name] = [_steps(phrase) for phrase in self.lists[name]]
        return self._listed[name]

    def read(self, text: str) -> Reading:
        """Read a text: its words, their stems, and the phrases in it, by group."""
        words = (EDGE, *words_of(text), EDGE)
        known = self._starts
        starts = [known[word] for word in words]
        hits: dict[str, list[Hit]] = {}
        for at, (start, after) in enumerate(pairwise(starts)):
            for node in start.nodes:
                nexts = node.nexts
                if after.stem in nexts or after.alone in nexts or node.gap:
                    _walk(node, at, at, starts, hits)
                elif node.ends:
                    _note(node.ends, at, at, hits)
        found: dict[str, Sequence[Hit]] = {}
        for group, all_hits in hits.items():
            if kept := [hit for hit in all_hits if hit.value]:
                found[group] = kept
        return Reading(text, words, frozenset([start.stem for start in starts]), found)


def _walk(
    node: Node, first: int, last: int, starts: list[_Start], hits: dict[str, list[Hit]]
) -> None:
    """Note what ends at a node, and go on with the words that follow."""
    _note(node.ends, first, last, hits)
    last += 1
    if last == len(starts):
        return
    if nexts := node.nexts:
        key, alone, _ = starts[last]
        if key in nexts:
            _walk(nexts[key], first, last, starts, hits)
        if alone in nexts:
            _walk(nexts[alone], first, last, starts, hits)
    if node.gap is not None:
        _walk_on(node.gap.nexts, first, last, starts, hits)


def _note(ends: dict[str, str], first: int, last: int, hits: dict[str, list[Hit]]) -> None:
    """Note phrases that end here, the longest of those that begin at one word."""
    for group, value in ends.items():
        before = hits.get(group)
        if before is None:
            hits[group] = [Hit(group, value, first, last)]
        elif before[-1].last < first:
            before.append(Hit(group, value, first, last))
        elif before[-1].first == first and before[-1].last <= last:
            before[-1] = Hit(group, value, first, last)


def _walk_on(
    nexts: dict[str, Node], first: int, after: int, starts: list[_Start], hits: dict[str, list[Hit]]
) -> None:
    """Go on with a word that comes after up to three others of the same clause."""
    for to, (key, alone, _) in enumerate(starts[after : after + _WIDEST + 1], after):
        if child := nexts.get(key) or nexts.get(alone):
            _walk(child, first, to, starts, hits)
        if key == EDGE:
            break


def names_in(phrase: str) -> list[str]:
    """Return the names of the lists that a phrase uses."""
    return _LISTED.findall(phrase)


def _steps(phrase: str) -> list[str]:
    """Return by what the tree knows a phrase's words: stems; marks are edges, hyphens gaps."""
    steps = []
    for word in phrase.split():
        if word in (EDGE, _GAP):
            steps.append(word)
        elif word.startswith("="):
            steps.append(word.lower())
        else:
            steps += [EDGE if part in _MARKS else stem(part) for part in _TOKEN.findall(word)]
    return steps
