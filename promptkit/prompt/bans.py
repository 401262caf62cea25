"""What to keep out of a picture: everybody's bans, once each and the strictest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from promptkit.brand.avoid import Avoid
from promptkit.brand.profile import Brand
from promptkit.prompt.sections import Ban, Origin
from promptkit.prompt.tidy import one_line
from promptkit.template.axes import AxisOption
from promptkit.template.compiled import Template


def merged(*said: Iterable[Ban]) -> tuple[Ban, ...]:
    """Return bans once each, as strictly as anyone says; who says it first words it."""
    bans: dict[str, Ban] = {}
    for ban in chain.from_iterable(said):
        key = ban.what.casefold()
        first = bans.get(key)
        if first is None:
            bans[key] = ban
        elif (first.severity, first.instead) != ("must", first.instead or ban.instead):
            strict = first if first.severity == "must" else ban
            instead = first.instead or ban.instead
            bans[key] = replace(first, severity=strict.severity, instead=instead)
    bans.pop("", None)
    return tuple(sorted(bans.values(), key=lambda ban: ban.severity != "must"))


def template_bans(
    template: Template,
    options: Mapping[str, tuple[str, AxisOption]],
    words: Mapping[str, Any],
) -> Iterator[Ban]:
    """Yield what a template and the chosen options of its axes keep out."""
    said: Iterable[tuple[Avoid, tuple[str | int, ...]]] = [
        *((item, ("avoid", number)) for number, item in enumerate(template.meta.avoid)),
        *(
            (item, ("axes", name, key, "avoid", number))
            for name, (key, option) in options.items()
            for number, item in enumerate(option.avoid)
        ),
    ]
    for item, where in said:
        yield Ban(
            one_line(template.phrase(item.what, words, (*where, "what"))),
            one_line(template.phrase(item.instead, words, (*where, "instead"))),
            item.severity,
            Origin("template", where),
        )


def brand_bans(brand: Brand, look: str, *, bare: bool) -> Iterator[Ban]:
    """Yield what a brand keeps out of the pictures of a look.

    ``bare`` ones do not say what to show instead.
    """
    said: list[tuple[Avoid, tuple[str | int, ...]]] = [
        *((item, ("avoid", number)) for number, item in enumerate(brand.avoid)),
        *((item, ("colors", "avoid", number)) for number, item in enumerate(brand.colors.avoid)),
        *((item, ("people", "never", number)) for number, item in enumerate(brand.people.never)),
    ]
    for item, where in said:
        if not item.looks or look in item.looks:
            instead = "" if bare else item.instead
            origin = Origin("brand", where)
            people = where[0] == "people"
            yield Ban(item.what, instead, item.severity, origin, bool(item.looks), people)
    never = {
        ("content", "never"): brand.content.never,
        ("content", "claims", "forbidden_visuals"): brand.content.claims.forbidden_visuals,
    }
    for keys, whats in never.items():
        for number, what in enumerate(whats):
            yield Ban(what, "", "must", Origin("brand", (*keys, number)))
