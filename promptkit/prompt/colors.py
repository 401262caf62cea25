"""The colours of a picture: which of the brand's, on what, and how much of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from promptkit.brand.look import Look
from promptkit.brand.profile import Brand
from promptkit.prompt.sections import ColorUse, Origin
from promptkit.prompt.tidy import one_line
from promptkit.template.compiled import Template

#: Official guidance names five colours at most: more, and none of them is followed.
MAX_COLORS = 5


def palette(
    brand: Brand, template: Template, look: Look, words: Mapping[str, Any]
) -> tuple[ColorUse, ...]:
    """Return the colours with their carriers, the dominant first, five at most."""
    if not template.meta.colors:
        return ()
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
    uses.sort(key=lambda use: -(use.share or 0))
    return tuple(uses[: min(MAX_COLORS, look.max_colors or MAX_COLORS)])


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
