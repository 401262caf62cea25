"""What there is to know of one section, whatever the rest of the prompt says: worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from promptkit.errors import Finding
from promptkit.prompt.lint.saying import by_itself
from promptkit.prompt.lint.values import Said, values
from promptkit.prompt.phrases import Reading
from promptkit.prompt.vocabulary import TONE, Vocabulary

_PARTS = ("composition", "lighting", "style")


@dataclass(slots=True, eq=False)
class Notes:
    """A section, read by the lint."""

    name: str
    reading: Reading
    findings: tuple[Finding, ...]
    """What is wrong with its words by themselves."""
    values: tuple[Said, ...]
    says: frozenset[str]
    """Of composition, lighting and style, those that it speaks of."""
    tones: frozenset[str]
    """The groups of the tones in it."""
    demands: int
    """How many demands and bans it makes."""
    several: tuple[str, ...]
    """The words that ask for more than one picture's worth."""
    flat: bool
    """Whether it asks for a flat medium, and for no other."""


@lru_cache(maxsize=2048)  # most sections of a brand are the same from one picture to the next
def notes_of(words: Vocabulary, name: str, text: str) -> Notes:
    """Return what there is to know of a section."""
    reading = words.read(text)
    hits = reading.hits
    demands = {hit.first for group in ("demand", "negative") for hit in hits.get(group, ())}
    return Notes(
        name=name,
        reading=reading,
        findings=by_itself(reading, name),
        values=values(words, name, reading),
        says=frozenset([part for part in _PARTS if not words.saying[part].isdisjoint(hits)]),
        tones=frozenset([group for group in hits if group.startswith(TONE)]),
        demands=len(demands),
        several=tuple([reading.quote(hit) for hit in hits.get("several", ())]),
        flat="flat" in hits and "solid" not in hits,
    )
