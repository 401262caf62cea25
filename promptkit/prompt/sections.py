"""The prompt as a structure: ordered sections of words, and the data models take otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from promptkit.brand.avoid import Severity
from promptkit.brand.profile import Box
from promptkit.errors import Finding
from promptkit.measures import Size
from promptkit.template.compiled import BlockOrigin
from promptkit.template.inputs import Image

#: The role of a picture that is no picture to the model: it says where another may change.
MASK = "mask"

TextPolicy = Literal["none", "composite", "model_rendered"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written: the keys to it in the brand, the look or the template."""

    kind: Literal["brand", "look", "template"]
    keys: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Some words of the prompt, and where they came from."""

    name: str
    text: str
    origins: tuple[BlockOrigin, ...] = ()


@dataclass(frozen=True, slots=True)
class ColorUse:
    """A colour of the brand in this picture: what it looks like, what carries it, how much.

    ``share`` is 0–1 of the picture's area, where the brand says or usage suggests one.
    """

    role: str
    name: str
    hex: str
    words: str
    carrier: str
    share: float | None
    key: str = ""
    """Its name in the palette."""
    origin: Origin | None = None
    """Where the carrier was written."""


@dataclass(frozen=True, slots=True)
class Ban:
    """One thing to keep out of the picture, and what to show instead."""

    what: str
    instead: str = ""
    severity: Severity = "should"
    origin: Origin | None = None
    placed: bool = False
    """Whether its author said for which looks it is."""
    people: bool = False
    """Whether it is about how people are shown."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """Words on the picture: the exact copy, who sets it, and how it looks."""

    copy: tuple[str, ...]
    policy: TextPolicy
    typeface: str
    max_words: int | None


@dataclass(frozen=True, slots=True)
class Space:
    """What stays free: in words, and where known as boxes of 0–1 of the picture."""

    words: str = ""
    position: str = ""
    """Where the subject stands, so that the space stays free."""
    text_zone: Box | None = None
    logo: str = ""
    logo_box: Box | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What a prompt was made of, so that a picture can be traced back."""

    brand: str
    brand_name: str
    brand_version: int
    brand_digest: str
    template: str
    template_digest: str
    look: str
    channel: str | None
    inputs: Mapping[str, Any]
    axes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What a brand says of all its pictures that no section repeats: the lint holds to it."""

    tone: tuple[str, ...] = ()
    tone_not: tuple[str, ...] = ()
    """What the brand is not."""
    look: tuple[tuple[str, str], ...] = ()
    """The look's own words, by their keys."""
    never_names: tuple[str, ...] = ()
    never_people: bool = False
    """Whether no real person may be named."""

    def without(self, yielded: tuple[str, ...]) -> HouseRules:
        """Return the rules without the look's texts that yielded to a template's or a brief's."""
        if not yielded:
            return self
        gone = [clause.casefold() for clause in yielded]
        look = ((key, text) for key, text in self.look if not _any_in(gone, text.casefold()))
        return replace(self, look=tuple(look))


def _any_in(words: list[str], text: str) -> bool:
    return any(word in text for word in words)


#: A brand that says nothing of the kind.
NO_RULES = HouseRules()


@dataclass(frozen=True)
class Prompt:
    """A brief and a brand, composed. It has no model's form yet: `wording` gives it one."""

    source: Source
    sections: tuple[Section, ...]
    palette: tuple[ColorUse, ...]
    swatches: tuple[ColorUse, ...]
    """The brand's colours, whether or not this picture names them."""
    palette_mode: str
    medium: str
    lettering: Lettering
    space: Space
    avoid: tuple[Ban, ...]
    never_words: tuple[str, ...]
    references: tuple[Image, ...]
    aspect: str
    size: Size | None
    left_out: tuple[Ban, ...] = ()
    """What the brand keeps out and this picture could not show anyway."""
    notes: tuple[Finding, ...] = ()
    """What had to be settled or left out while composing."""
    house: HouseRules = NO_RULES
    ignore: Mapping[str, str] = field(default_factory=dict)
    """The rules of the lint that the template leaves out, each with its reason."""

    @property
    def pictures(self) -> tuple[Image, ...]:
        """The references by which the words call them, in order: all but the mask."""
        return tuple(image for image in self.references if image.role != MASK)

    @property
    def mask(self) -> Image | None:
        """The picture that is transparent where the first one is to be changed."""
        return next((image for image in self.references if image.role == MASK), None)

    def section(self, name: str) -> str:
        """Return a section's words, empty when it has none."""
        return next((section.text for section in self.sections if section.name == name), "")
