"""What a brand and a template say of a picture before there is a brief.

Most words of a prompt are the same in every picture of a look. They are worked out once for each
content of brand and template, and kept for the latest 512 of those: the words cannot go stale,
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
from promptkit.prompt.sections import Ban, ColorUse, HouseRules, Section, Space
from promptkit.prompt.space import free_space
from promptkit.prompt.tidy import tidy
from promptkit.shapes import Path_
from promptkit.template.axes import AxisOption
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
    axes: tuple[tuple[str, str], ...]
    """The option of each axis."""
    people: bool
    """Whether the picture shows any."""
    digests: tuple[str, str]
    files: tuple[str, ...]
    """Equal words in other files have other origins, and other pictures beside them."""

    @classmethod
    def of(
        cls,
        brand: Brand,
        template: Template,
        look: str,
        channel: str | None,
        axes: Mapping[str, str],
        *,
        people: bool,
    ) -> Setting:
        """Return the setting of a brand and a template as they now are."""
        digests, files = (brand.digest, template.digest), (brand.file, *template.files)
        return cls(brand, template, look, channel, tuple(axes.items()), people, digests, files)

    @property
    def options(self) -> dict[str, tuple[str, AxisOption]]:
        """The option of each axis, with its name."""
        axes = self.template.meta.axes
        return {name: (key, axes[name][key]) for name, key in self.axes}

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
    """What a template sees beside the brief; the axes' options too, if no brief words them."""
    sections: Mapping[str, Section]
    """Those that no brief changes, by name."""
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


@lru_cache(maxsize=512)
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
        sections=tidied(template, said),
        palette=None if briefed else palette(brand, template, look, words),
        swatches=swatches(brand),
        written=dict(_written(brand, setting.look)),
        references=tuple(_style_pictures(brand, look)),
        house=house_rules(brand, look),
        bans=tuple(brand_bans(brand, setting.look, bare=template.meta.bans_only)),
    )


def tidied(template: Template, said: Mapping[str, str]) -> dict[str, Section]:
    """Return what a template said as sections, those without words left out."""
    return {
        name: Section(name, text, template.origins[name])
        for name, raw in said.items()
        if (text := tidy(raw))
    }


def _written(brand: Brand, look: str) -> Iterator[tuple[str, Path_]]:
    for area in (("style", "looks", look), ("style", "composition")):
        for text, keys in texts_below(brand.as_data, area):
            yield text.casefold(), keys


def _style_pictures(brand: Brand, look: Look) -> Iterator[Image]:
    """Yield the pictures that show a look's style; a swatch has no file, and is drawn."""
    for reference in brand.style.references:
        if reference.id not in look.references:
            continue
        if reference.path:
            path = str(brand.folder / reference.path)
            yield Image("", reference.use, path, "", None, optional=True)
        elif reference.generate == "palette":
            areas = brand.colors.areas()
            yield Image("", "swatch", "", "", None, optional=True, swatch=areas)


def axis_words(setting: Setting, words: Mapping[str, Any]) -> dict[str, str]:
    """Return what the options of the axes say.

    Raises:
        TemplateError: one cannot be rendered; with its line.
    """
    return {
        name: setting.template.phrase(option.text, words, ("axes", name, key))
        for name, (key, option) in setting.options.items()
    }


def _words(setting: Setting, space: Space, people: People | None) -> dict[str, Any]:
    data = setting.brand.as_data
    return {
        **({} if setting.template.axes_vary else {"axis": axis_words(setting, {})}),
        "brand": data,
        "look": data["style"]["looks"][setting.look],
        "people": data["people"] if people else _NOBODY,
        "space": space.words,
        "position": space.position,
        "logo": space.logo,
        "text_zone": space.words if space.text_zone else "",
        "channel": setting.channel or "",
    }
