"""The names by which one part of a profile speaks of another: each must lead somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from promptkit.errors import unknown
from promptkit.faults import Fault
from promptkit.shapes import Path_

if TYPE_CHECKING:
    from promptkit.brand.avoid import Avoid
    from promptkit.brand.profile import Brand

#: What is named, the name, where it stands, and the names that there are.
_Named = tuple[str, str, Path_, Iterable[str]]


def unknown_names(brand: Brand) -> Iterator[Fault]:
    """Yield a fault for each look, colour or reference that is named but not there."""
    for named in (_in_colors, _in_channels, _in_looks, _in_avoids):
        for kind, name, at, known in named(brand):
            if name not in known:
                yield Fault(at, *unknown(kind, name, known))


def _in_colors(brand: Brand) -> Iterator[_Named]:
    for at, name in brand.colors.named():
        yield "colour", name, ("colors", *at), brand.colors.palette
    for role in brand.colors.proportions:
        yield "role", role, ("colors", "proportions", role), brand.colors.roles


def _in_channels(brand: Brand) -> Iterator[_Named]:
    for key, channel in brand.channels.items():
        if channel.look:
            yield "look", channel.look, ("channels", key, "look"), brand.style.looks
        if channel.text_zone and channel.text_zone.text:
            at = ("channels", key, "text_zone", "text")
            yield "colour", channel.text_zone.text, at, _colors(brand)


def _in_looks(brand: Brand) -> Iterator[_Named]:
    if brand.style.default_look:
        yield "look", brand.style.default_look, ("style", "default_look"), brand.style.looks
    references = [reference.id for reference in brand.style.references]
    for key, look in brand.style.looks.items():
        at = ("style", "looks", key)
        for name in look.carriers:
            yield "role or colour", name, (*at, "carriers", name), _colors(brand)
        for number, name in enumerate(look.references):
            yield "reference", name, (*at, "references", number), references


def _in_avoids(brand: Brand) -> Iterator[_Named]:
    lists: tuple[tuple[Path_, Sequence[Avoid]], ...] = (
        (("avoid",), brand.avoid),
        (("colors", "avoid"), brand.colors.avoid),
        (("people", "never"), brand.people.never),
    )
    for at, items in lists:
        for number, item in enumerate(items):
            for place, look in enumerate(item.looks):
                yield "look", look, (*at, number, "looks", place), brand.style.looks


def _colors(brand: Brand) -> list[str]:
    """Return every name that a colour has: those of the roles and those of the palette."""
    return list(dict.fromkeys([*brand.colors.roles, *brand.colors.palette]))
