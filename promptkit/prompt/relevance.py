"""What has nothing to do with a picture stays out of its prompt.

A ban costs attention, and naming a thing may summon it: a packshot on plain ground need not hear of
beaches. What a ban is about is read from its words; what the picture shows, from its sections.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from promptkit.prompt.sections import Ban, Section
from promptkit.prompt.vocabulary import vocabulary

_PEOPLE = "topic-people"
_SCENES = frozenset({"topic-nature", "topic-town", "topic-rooms"})
_TOPICS = (_PEOPLE, *sorted(_SCENES))
_PLAIN = "plain-ground"
#: Where it is told what the picture shows.
_SHOWN = frozenset({"purpose", "subject", "setting", "details", "preserve"})
_GROUND = frozenset({"purpose", "subject", "setting", "composition"})


def relevant(
    bans: Iterable[Ban], sections: Sequence[Section], *, people: bool
) -> tuple[tuple[Ban, ...], tuple[Ban, ...]]:
    """Return the brand's bans that matter to a picture, and those that do not.

    People matter where the picture shows any, scenes where it has no plain ground. A `must` is
    left out only where the thing cannot occur: on plain ground, with nobody in the picture; what
    the brand says of people is for pictures of people. A ban that names its looks stays.
    """
    given = [(ban, _about(ban)) for ban in bans]
    if not any(about for _, about in given):
        return tuple(ban for ban, _ in given), ()
    plain = any(_hits(section, _PLAIN) for section in sections if section.name in _GROUND)
    shown = people or names_people(sections)
    kept: list[Ban] = []
    left: list[Ban] = []
    for ban, about in given:
        idle = (
            bool(about)
            and not ban.placed
            and all(
                (topic == _PEOPLE and not shown) or (topic in _SCENES and plain) for topic in about
            )
        )
        out = idle and (ban.severity != "must" or plain or ban.people)
        (left if out else kept).append(ban)
    return tuple(kept), tuple(left)


def names_people(sections: Iterable[Section]) -> bool:
    """Say whether the words show anybody."""
    return any(_hits(item, _PEOPLE) for item in sections if item.name in _SHOWN)


def _about(ban: Ban) -> frozenset[str]:
    return frozenset((_PEOPLE,)) if ban.people else topics(ban.what)


def topics(what: str) -> frozenset[str]:
    """Return what a ban is about, as far as it can be told: people, nature, town, rooms."""
    hits = vocabulary().read(what).hits
    return frozenset(topic for topic in _TOPICS if topic in hits)


def _hits(section: Section, group: str) -> bool:
    return group in vocabulary().read(section.text).hits
