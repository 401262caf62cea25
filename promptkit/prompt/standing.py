"""What a brand and a template say of a picture before there is a brief.

Most words of a prompt are the same in every picture of a look. They are worked out once for each
content of brand and template, and kept for the latest 256 of those: the words cannot go stale,
since what they are made of is part of the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from promptkit.brand.channels import Channel
from promptkit.brand.look import Look
from promptkit.brand.paths import texts_below
from promptkit.brand.profile import Brand, People
from promptkit.prompt.bans import brand_bans
from promptkit.prompt.colors import Palette, palette, swatches
from promptkit.prompt.house import house_rules
from promptkit.prompt.sections import Ban, ColorUse, HouseRules, Space
from promptkit.prompt.space import free_space
from promptkit.prompt.tidy import tidy
from promptkit.shapes import Path_
from promptkit.template.compiled import Template
from promptkit.template.inputs import Image

_NOBODY = People().model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class Setting:
    """A template in the hands of a brand. Equal content is an equal setting."""

    brand: Brand = field(compare=False)
    template: Template = field(compare=False)
    look: str
    channel: str | None
    people: bool
    """Whether the picture shows any."""
    brand_digest: str
    template_digest: str

    @property
    def place(self) -> Channel | None:
        """The channel that the picture is for."""
        return self.brand.channel(self.channel) if self.channel else None


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for every picture of a setting."""

    look: Look
    space: Space
    words: Mapping[str, Any]
    """What a template sees beside the brief."""
    sections: Mapping[str, str]
    """The sections that no brief changes, by name."""
    palette: Palette | None
    """The colours with what carries them, unless the brief says that."""
    swatches: tuple[ColorUse, ...]
    bans: tuple[Ban, ...]
    written: Mapping[str, Path_]
    """The look's own texts, in small letters, with the keys that lead to them."""
    references: tuple[Image, ...]
    """The look's own pictures of its style."""
    house: HouseRules
    """What the brand says of all its pictures, for the lint."""


@lru_cache(maxsize=256)
def standing(setting: Setting) -> Standing:
    """Return what holds for every picture of a setting.

    Raises:
        TemplateError: the template cannot be rendered; with its line.
    """
    brand, template = setting.brand, setting.template
    look = brand.look(setting.look)
    logo = brand.logo if template.meta.logo else None
    space = free_space(look, setting.place, logo)
    people = brand.people if setting.people else None
    words = _words(setting, space, people)
    said = template.render_standing(words)
    briefed = any("{" in carrier for carrier in template.meta.colors.values())
    return Standing(
        look=look,
        space=space,
        words=words,
        sections={name: tidy(text) for name, text in said.items()},
        palette=None if briefed else palette(brand, template, look, words),
        swatches=swatches(brand),
        written=dict(_written(brand, setting.look)),
        references=tuple(_style_pictures(brand, look)),
        house=house_rules(brand, look),
        bans=tuple(brand_bans(brand, setting.look, bare=template.meta.bans_only)),
    )


def _written(brand: Brand, look: str) -> Iterator[tuple[str, Path_]]:
    for area in (("style", "looks", look), ("style", "composition")):
        for text, keys in texts_below(brand.as_data, area):
            yield text.casefold(), keys


def _style_pictures(brand: Brand, look: Look) -> Iterator[Image]:
    """Yield the pictures that show a look's style; a swatch has no file of its own."""
    for reference in brand.style.references:
        if reference.id in look.references and reference.path:
            path = str(brand.folder / reference.path)
            yield Image("", reference.use, path, "", None, optional=True)


def _words(setting: Setting, space: Space, people: People | None) -> dict[str, Any]:
    data = setting.brand.as_data
    return {
        "brand": data,
        "look": data["style"]["looks"][setting.look],
        "people": data["people"] if people else _NOBODY,
        "space": space.words,
        "position": space.position,
        "logo": space.logo,
        "text_zone": space.words if space.text_zone else "",
        "channel": setting.channel or "",
    }
