"""What of a text is shown: the first thing that it names and that can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from promptkit.prompt.phrases import Hit, Reading, is_edge, stem
from promptkit.prompt.vocabulary import Vocabulary, singular

#: Groups of phrases that show nothing by themselves.
_EMPTY = ("about", "generic", "abstract", "vague", "parameter")
_DETERMINERS = frozenset(
    "a an the our my your their his her its this that these those some any each every".split()
)
_SKIPPED = _DETERMINERS | frozenset(
    "please make me create generate show draw give imagine design want need i we you could would "
    "like to and then somewhere also just with so very really more most is be should produce paint "
    "depict us it there there's here now only all much many few another".split()
)
_STOPS = frozenset(
    "of with in on at for from to by over under that which who when where while as beside behind "
    "between through into onto across along inside outside near against without above below "
    "before after during you we they i is are was has have looking seen shot taken".split()
)
_JOINING = frozenset(("and", "or", "but"))
_LEADING_ON = frozenset("of showing featuring depicting portraying illustrating likeness".split())
_ENDING = _STOPS | _DETERMINERS
#: What stands between a thing and where it is.
_PLACING = frozenset(
    "in on at by over under beside behind between inside outside near against above below across "
    "along".split()
)
#: Before “frame” and “centre”, what makes no other thing of them: a tight frame, a mirror frame.
_NO_KIND = frozenset("tight full dead off top bottom upper lower exact whole entire same".split())
#: Endings of people, and of what is done: a photographer is no photograph.
_DERIVED = ("er", "or", "ist", "ment")


@lru_cache(maxsize=2048)
def first_concrete(words: Vocabulary, reading: Reading) -> tuple[int, int] | None:
    """Return the first and last word of the first thing named that can be seen, by number."""
    said, empty = reading.words, _empty(words, reading)
    at = 1
    while at < len(said) - 1:
        first, end = _clause_start(said, at)
        # Before an article stands what is done to a thing: a carpenter | carving | a frame.
        verb = said[end].lower() in _DETERMINERS
        last = end - 1 - verb
        while last > first and said[last].lower() in _JOINING:
            last -= 1
        if last >= first and _is_seen(words, reading, (first, last), empty):
            return first, last
        at = end if verb else _next_start(said, end)
    return None


def _empty(words: Vocabulary, reading: Reading) -> frozenset[int]:
    """Return the numbers of the words that show nothing by themselves."""
    meant = (
        hit
        for group in _EMPTY
        for hit in reading.hits.get(group, ())
        if _is_meant(words.singulars[group], reading, hit)
    )
    return frozenset(at for hit in meant for at in range(hit.first, hit.last + 1))


def _is_meant(listed: frozenset[str], reading: Reading, hit: Hit) -> bool:
    """Say whether a word is a form of a listed one, and no other that has its stem.

    A photographer is no photograph, a market no marketing, an experiment no experience, a friend
    not friendly.
    """
    word = singular(reading.words[hit.last])
    if hit.first != hit.last or word in listed:
        return True
    return stem(word) != word and not word.endswith(_DERIVED)


def _clause_start(said: tuple[str, ...], at: int) -> tuple[int, int]:
    """Return where a clause's first thing begins and ends: “a small red | car” in the street."""
    while at < len(said) - 1 and _is_skipped(said, at):
        at += 1
    end = at
    while not is_edge(said[end]) and said[end].lower() not in _ENDING:
        end += 1
    return at, end


def _is_skipped(said: tuple[str, ...], at: int) -> bool:
    """Say whether a word only leads up to what is shown; “can” does in “can you draw”."""
    word = said[at].lower()
    return word in _SKIPPED or (word == "can" and said[at + 1].lower() in ("you", "we", "i"))


def _is_seen(
    words: Vocabulary, reading: Reading, phrase: tuple[int, int], empty: frozenset[int]
) -> bool:
    """Say whether a noun with what stands before it names something that can be seen."""
    first, last = phrase
    if not _is_word(reading.words[last]):
        return False
    if last not in empty:
        return True
    if last > first and last in reading.within(("kinds",)) and _is_kind(words, reading, last - 1):
        return True
    return last in reading.within(("placed",)) and _is_placed(words, reading, last, empty)


def _is_word(word: str) -> bool:
    return word.replace("'", "").replace("’", "").isalpha()


def _is_kind(words: Vocabulary, reading: Reading, at: int) -> bool:
    """Say whether a word tells what kind of thing follows: the mirror of a mirror frame."""
    known = reading.within((*_EMPTY, *words.saying, *words.attributes))
    return at not in known and reading.words[at].lower() not in _NO_KIND


def _is_placed(words: Vocabulary, reading: Reading, at: int, empty: frozenset[int]) -> bool:
    """Say whether a thing that could be anything stands somewhere: a poster on a wall."""
    said = reading.words
    if said[at + 1].lower() not in _PLACING:
        return False
    first, end = _clause_start(said, at + 2)
    head = end - 1
    colors = words.phrases.lists["tint"]
    return head >= first and head not in empty and said[head].lower() not in colors


def _next_start(said: tuple[str, ...], at: int) -> int:
    """Return where the next thing may be named: after “of”, else in the next clause."""
    while at < len(said) - 1 and not (said[at].lower() in _LEADING_ON or is_edge(said[at])):
        at += 1
    return at + 1


def clauses_before(reading: Reading, at: int) -> int:
    """Return how many clauses come before the one that a word stands in."""
    return len([*_clauses(reading.words[: at + 1])]) - 1


def longest_clause(reading: Reading) -> int:
    """Return how many words the longest clause of a text has."""
    return max(_clauses(reading.words), default=0)


def _clauses(said: tuple[str, ...]) -> Iterator[int]:
    """Yield of each clause how many words it has."""
    for is_mark, words in groupby(said, is_edge):
        if not is_mark:
            yield sum(1 for _ in words)
