"""What a section says of the attributes that a picture, or a thing in it, has once."""

from __future__ import annotations

from dataclasses import dataclass

from promptkit.prompt.phrases import Hit, Reading
from promptkit.prompt.vocabulary import Vocabulary

#: Sections in which a medium or a manner is a thing that is shown.
_THINGS = frozenset(("subject", "setting", "details", "purpose", "text", "references", "preserve"))
#: Attributes that a thing can have which is shown: a photograph that a man holds.
_ALSO_SHOWN = frozenset(("medium", "colours", "orientation"))
#: Sections that speak of nothing that is shown.
_MANNER = frozenset(("style", "mood", "color"))
#: How far into a clause a medium still is what the picture is made in.
_HEADWAY = 5
_ARTICLES = frozenset(("a", "an", "the"))


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A value of an attribute, said somewhere."""

    name: str
    """The section's name."""
    reading: Reading
    hit: Hit
    value: tuple[str, str]
    """The attribute with its value."""

    def __str__(self) -> str:
        """Return the words as they are written, in quotes."""
        return self.reading.quote(self.hit)


def values(words: Vocabulary, name: str, reading: Reading) -> tuple[Said, ...]:
    """Return what a section says of the attributes that a picture has once."""
    said = [
        Said(name, reading, hit, (group, hit.value))
        for group, hits in reading.hits.items()
        if group in words.attributes
        for hit in hits
        if not _is_shown(words, reading, hit, name) and not _denied(reading, hit)
    ]
    if len(said) > 1:
        said.sort(key=lambda item: item.hit.first)
    return tuple(said)


def _is_shown(words: Vocabulary, reading: Reading, hit: Hit, name: str) -> bool:
    """Say whether a medium is not the picture's own: a man who holds a photograph."""
    if hit.group not in _ALSO_SHOWN or name in _MANNER:
        return False
    first, _ = reading.clause(hit.first)
    if hit.first - first > _HEADWAY:
        return True
    return (
        name in _THINGS
        and hit.first - first > 2
        and not _is_framing(words, reading, range(first, hit.first))
    )


def _is_framing(words: Vocabulary, reading: Reading, numbers: range) -> bool:
    """Say whether words only tell how a medium frames and lights: close-up portrait photograph."""
    told = reading.within(("about", *words.saying, *words.attributes))
    return all(at in told or reading.words[at].lower() in _ARTICLES for at in numbers)


def _denied(reading: Reading, hit: Hit) -> bool:
    if "negative" not in reading.hits:
        return False
    return any(ban.last in (hit.first - 1, hit.first - 2) for ban in reading.hits["negative"])
