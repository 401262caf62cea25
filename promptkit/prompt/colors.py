"""The colours of a picture: which of the brand's, on what, and how much of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from promptkit.brand.look import Look
from promptkit.brand.palette import ColorRule
from promptkit.brand.profile import Brand
from promptkit.prompt.sections import ColorUse, Origin
from promptkit.prompt.tidy import one_line
from promptkit.template.compiled import Template

#: Official guidance names five colours at most: more, and none of them is followed.
MAX_COLORS = 5


#: Words of a carrier that make it a ground, whatever its role is called.
_GROUND = re.compile(
    r"\b(?:back)?(?:ground|drop)\b|\b(?:walls?|floor|sky|surroundings|open space)\b", re.IGNORECASE
)
_GROUNDS = ("background", "surface")


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a picture, the dominant first, and those that may not be where they were."""

    uses: tuple[ColorUse, ...]
    refused: tuple[tuple[ColorUse, ColorRule], ...] = ()


def palette(brand: Brand, template: Template, look: Look, words: Mapping[str, Any]) -> Palette:
    """Return the colours with their carriers, five at most, and none where a rule bars it."""
    if not template.meta.colors:
        return Palette(())
    uses: list[ColorUse] = []
    seen: set[tuple[str, str]] = set()
    for role, said in (template.meta.colors | look.carriers).items():
        name = brand.colors.roles.get(role, role)
        carrier = look.carriers.get(role) or look.carriers.get(name)
        origin = Origin("look", ("carriers", role if role in look.carriers else name))
        if not carrier:
            origin = Origin("template", ("colors", role))
            carrier = template.phrase(said, words, origin.keys)
        carrier = one_line(carrier)
        if (name, carrier) not in seen:  # a look may say by name what a template says by role
            uses += _uses(brand, role, carrier, origin)
        seen.add((name, carrier))
    refused = [(use, rule) for use in uses for rule in brand.colors.rules if _breaks(use, rule)]
    barred = [use for use, _ in refused]
    kept = sorted((use for use in uses if use not in barred), key=lambda use: -(use.share or 0))
    most = min(MAX_COLORS, look.max_colors or MAX_COLORS)
    return Palette(tuple(kept[:most]), tuple(refused))


def _breaks(use: ColorUse, rule: ColorRule) -> bool:
    """Say whether a colour is where a rule of the brand does not want it."""
    if use.key != rule.color or not rule.never_on:
        return False
    no_ground = any(ground in rule.never_on for ground in _GROUNDS)
    named = any(word.casefold() in use.carrier.casefold() for word in rule.never_on)
    return use.role in rule.never_on or named or (no_ground and bool(_GROUND.search(use.carrier)))


def swatches(brand: Brand) -> tuple[ColorUse, ...]:
    """Return the colours of the brand's roles, five at most, named in a picture or not."""
    uses = [use for role in brand.colors.roles for use in _uses(brand, role, "", None)]
    return tuple(sorted(uses, key=lambda use: -(use.share or 0))[:MAX_COLORS])


def _uses(brand: Brand, role: str, carrier: str, origin: Origin | None) -> Iterator[ColorUse]:
    key = brand.colors.roles.get(role, role)
    color = brand.colors.palette.get(key)
    if color is not None:
        share = brand.colors.share(role)
        name = color.name or key
        yield ColorUse(role, name, color.value, color.words, carrier, share, key, origin)
