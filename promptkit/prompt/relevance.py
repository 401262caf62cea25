"""What has nothing to do with a picture stays out of its prompt.

A ban costs attention, and naming a thing may summon it: a packshot on plain ground need not hear of
beaches. What a ban is about is read from its words; what the picture shows, from its sections.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from promptkit.prompt.sections import Ban, Section
from promptkit.prompt.vocabulary import vocabulary

_PEOPLE = "topic-people"
_SCENES = frozenset({"topic-nature", "topic-town", "topic-rooms"})
_TOPICS = (_PEOPLE, *sorted(_SCENES))
_PLAIN = "plain-ground"
#: Where it is told what the picture shows.
_SHOWN = frozenset({"purpose", "subject", "setting", "details", "preserve"})
_GROUND = frozenset({"purpose", "subject", "setting", "composition"})


class Shown(NamedTuple):
    """What of a picture decides which bans matter to it."""

    people: bool
    """Whether it shows any."""
    plain: bool
    """Whether its ground is plain."""


def shown(sections: Sequence[Section], *, people: bool) -> Shown:
    """Return what sections say of a picture; ``people`` says that it shows some anyway."""
    plain = any([_hits(section, _PLAIN) for section in sections if section.name in _GROUND])
    return Shown(people or names_people(sections), plain)


def relevant(bans: Iterable[Ban], picture: Shown) -> tuple[tuple[Ban, ...], tuple[Ban, ...]]:
    """Return the brand's bans that matter to a picture, and those that do not.

    People matter where the picture shows any, scenes where it has no plain ground. A `must` is
    left out only where the thing cannot occur: on plain ground, with nobody in the picture; what
    the brand says of people is for pictures of people. A ban that names its looks stays.
    """
    idle_topics = _SCENES if picture.plain else frozenset()
    if not picture.people:
        idle_topics |= {_PEOPLE}
    kept: list[Ban] = []
    left: list[Ban] = []
    for ban in bans:
        about = _about(ban)
        idle = bool(about) and not ban.placed and about <= idle_topics
        out = idle and (ban.severity != "must" or picture.plain or ban.people)
        (left if out else kept).append(ban)
    return tuple(kept), tuple(left)


def names_people(sections: Iterable[Section]) -> bool:
    """Say whether the words show anybody."""
    return any([_hits(item, _PEOPLE) for item in sections if item.name in _SHOWN])


def _about(ban: Ban) -> frozenset[str]:
    return frozenset((_PEOPLE,)) if ban.people else topics(ban.what)


def topics(what: str) -> frozenset[str]:
    """Return what a ban is about, as far as it can be told: people, nature, town, rooms."""
    hits = vocabulary().read(what).hits
    return frozenset(topic for topic in _TOPICS if topic in hits)


def _hits(section: Section, group: str) -> bool:
    return group in vocabulary().read(section.text).hits
