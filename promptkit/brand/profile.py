"""The brand profile: one model, however short or long it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, field_validator, model_validator

from promptkit.brand.avoid import Avoid, Words
from promptkit.brand.look import Look, Style
from promptkit.brand.names import unknown_names
from promptkit.brand.palette import Colors
from promptkit.documents import Document, Strict
from promptkit.errors import BrandError, Finding, unknown
from promptkit.faults import Faults
from promptkit.measures import parse_size

Box = tuple[float, float, float, float]


def _inside(box: Box) -> Box:
    left, top, right, bottom = box
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError(
            "left, top, right and bottom must be from 0 to 1, with right beyond left and bottom "
            "beyond top"
        )
    return box


#: One edge of a picture, px.
Edge = Annotated[int, Field(ge=1)]

#: A part of the picture.
Area = Annotated[Box, AfterValidator(_inside)]


class Identity(Strict):
    """Who the brand is. For people and rewriters; little of it goes into a prompt."""

    full_name: str = ""
    spoken: str = ""
    """How the name is said aloud."""
    tagline: dict[str, str] = {}
    """By language."""
    category: str = ""
    """What it sells, in a few words."""
    audience: str = ""
    """Whom it speaks to."""
    values: Words = []
    personality: dict[str, Annotated[int, Field(ge=1, le=5)]] = {}
    """Sliders from 1 to 5."""
    when_to_use: str = ""
    """Which work this profile is for."""


class ToneWords(Strict):
    """Words to use and words never to use, on pictures and in prompts."""

    prefer: Words = []
    never: Words = []


class OnImageText(Strict):
    """How words come onto a picture."""

    policy: Literal["none", "composite", "model_rendered"] = "composite"
    """none: never; composite: space is kept free and words are set later; model_rendered."""
    max_words: int | None = Field(None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"policy": data} if isinstance(data, str) else data


class Tone(Strict):
    """The second of the three words. Short form: a list of traits."""

    traits: Words = []
    we_are: Words = []
    we_are_not: Words = []
    headline_rules: Words = []
    words: ToneWords = ToneWords()
    on_image_text: OnImageText = OnImageText()

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"traits": data} if isinstance(data, list | str) else data


class Typeface(Strict):
    """A typeface. A model cannot read a font's name: `describe` is what counts."""

    family: str = ""
    weight: int | str | None = None
    describe: str = ""
    """For example "soft old-style serif, semibold, low contrast"."""
    path: str | None = None
    """The font file, relative to the profile, for words set later."""


class Typography(Strict):
    """The brand's typefaces."""

    display: Typeface = Typeface()
    body: Typeface = Typeface()
    sources: dict[str, str] = {}
    """Where each family comes from."""


class LogoFile(Strict):
    """One file of the logo."""

    id: str
    path: str
    background: Literal["light", "dark", "any"] = "any"
    """The ground it is made for."""
    variant: str = "primary"
    slots: Words = []


class Placement(Strict):
    """Where the logo goes, and how much room it needs."""

    prefer: Words = []
    clear_space: str = ""
    """In logo heights: "1x"."""
    min_height_px: int | None = Field(None, ge=1)
    min_contrast: float | None = Field(None, ge=1, le=21)


class Reserve(Strict):
    """The corner kept free for the logo."""

    box: Area
    """Left, top, right, bottom in 0–1 of the picture."""
    describe: str = ""
    """The corner in words: "calm, uncluttered lower-right corner"."""


class Logo(Strict):
    """The logo. The real file is laid over the picture; a model never draws it."""

    policy: Literal["composite", "none"] = "composite"
    files: list[LogoFile] = []
    placement: Placement = Placement()
    reserve: Reserve | None = None
    never: Words = []


class Subject(Strict):
    """A recurring thing that must look the same in every picture: a product, a standard room."""

    kind: str = "product"
    """product, room, place, character …"""
    describe: str = ""
    """What it looks like."""
    refs: Words = []
    """Pictures of it, relative to the profile."""
    scale: str = ""
    text_policy: Literal["none", "composite", "model_rendered"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"describe": data} if isinstance(data, str) else data


class People(Strict):
    """Who may be seen, and how."""

    include: str = ""
    age: str = ""
    expression: str = ""
    never: list[Avoid] = []


class Claims(Strict):
    """What a picture must not claim."""

    forbidden_visuals: Words = []
    required_disclaimer: dict[str, str] = {}


class Region(Strict):
    """What holds in one market."""

    required_disclaimer: dict[str, str] = {}
    never: Words = []


class Disclosure(Strict):
    """How pictures made by a model are labelled."""

    label: str
    when: str = "always"


class Content(Strict):
    """What must never be shown, and what the law asks for."""

    never: Words = []
    claims: Claims = Claims()
    regions: dict[str, Region] = {}
    ai_disclosure: Disclosure | None = None


class TextZone(Strict):
    """Where words will be set."""

    box: Area
    """Left, top, right, bottom in 0–1 of the picture."""
    text: str = ""
    """The palette colour of the words."""
    min_contrast: float = Field(4.5, ge=1, le=21)


class Channel(Strict):
    """One place where pictures appear. Short form: its size."""

    size: tuple[Edge, Edge]
    """Width and height in px, written 1536x1024."""
    look: str = ""
    safe_area: Area | None = None
    text_zone: TextZone | None = None
    on_image_words: int | None = Field(None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"size": data} if isinstance(data, str) else data

    @field_validator("size", mode="before")
    @classmethod
    def _size(cls, value: Any) -> Any:
        return parse_size(value) if isinstance(value, str) else value


class TierWish(Strict):
    """What the brand wishes for a tier."""

    quality: str | None = None
    n: int | None = Field(None, ge=1, le=100)


class Learn(Strict):
    """What feedback may change: nothing else."""

    axes: dict[str, list[str]] = {}
    explore: float = Field(0.25, ge=0, le=1)
    scope: Words = []


class Judge(Strict):
    """A yes/no question for a person or a vision model."""

    id: str
    ask: str
    severity: Literal["must", "should"] = "should"


class PaletteCheck(Strict):
    """Thresholds of the palette check, by palette mode; shares are 0–1."""

    tolerance_de00: float = Field(10, ge=0, le=100)
    min_on_palette: dict[str, float] = {}
    max_off_chromatic: dict[str, float] = {}


class AccentCheck(Strict):
    """How much of the accent must be there, 0–1."""

    min_share: float = Field(0.01, ge=0, le=1)


class TextZoneCheck(Strict):
    """How calm the place for words must be."""

    min_contrast: float = Field(4.5, ge=1, le=21)
    share: float = Field(0.95, ge=0, le=1)
    max_busy: float = Field(0.03, ge=0, le=1)


class Checks(Strict):
    """How finished pictures are judged."""

    palette: PaletteCheck = PaletteCheck()
    accent_present: AccentCheck = AccentCheck()
    text_zone: TextZoneCheck = TextZoneCheck()
    judge: list[Judge] = []


class Governance(Strict):
    """Who answers for the profile."""

    owner: str = ""
    guide: str = ""
    reviewed: str = ""
    rights: str = ""


class Brand(Strict):
    """A brand profile. Three words carry it: colors, tone, style."""

    promptkit: Literal["brand/v1"] = "brand/v1"
    """The kind of file this is."""
    id: str = ""
    """The brand's short name; the file's name when empty."""
    version: int = Field(1, ge=1)
    """Bumped on every published change."""
    status: Literal["draft", "published", "retired"] = "published"
    name: str = Field(min_length=1)
    """The brand's name, as people write it."""
    identity: Identity = Identity()
    colors: Colors
    """The palette and its rules."""
    tone: Tone = Tone()
    """How the brand speaks, as far as it shapes a picture."""
    style: Style
    """How its pictures look."""
    avoid: list[Avoid] = []
    """What to keep out of every picture."""
    typography: Typography = Typography()
    logo: Logo = Logo()
    subjects: dict[str, Subject] = {}
    """Recurring things: products, standard rooms."""
    people: People = People()
    content: Content = Content()
    channels: dict[str, Channel] = {}
    """Where pictures appear."""
    tiers: dict[Literal["preview", "final"], TierWish] = {}
    learn: Learn = Learn()
    checks: Checks = Checks()
    governance: Governance = Governance()

    _document: Document | None = PrivateAttr(None)

    @model_validator(mode="before")
    @classmethod
    def _sole_strings(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("avoid"), str):
            return {**data, "avoid": [data["avoid"]]}
        return data

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        if faults := list(unknown_names(self)):
            raise Faults(faults)
        return self

    @property
    def folder(self) -> Path:
        """Where the profile's files lie: paths in it are relative to this folder."""
        return Path(self._document.file).parent if self._document else Path()

    @property
    def document(self) -> Document | None:
        """The file this profile was read from, with the place of each key."""
        return self._document

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the normalised profile: equal for the short and the long form."""
        text = json.dumps(self.as_data, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def as_data(self) -> dict[str, Any]:
        """The profile as plain data, as templates see it."""
        return self.model_dump(mode="json")

    def look(self, name: str) -> Look:
        """Return a look by name.

        Raises:
            BrandError: there is no such look.
        """
        if name not in self.style.looks:
            message, fix = unknown("look", name, self.style.looks)
            raise BrandError(Finding("unknown-look", f"{self.id}: {message}", fix=fix))
        return self.style.looks[name]

    def channel(self, name: str) -> Channel:
        """Return a channel by name.

        Raises:
            BrandError: there is no such channel.
        """
        if name not in self.channels:
            message, fix = unknown("channel", name, self.channels)
            raise BrandError(Finding("unknown-channel", f"{self.id}: {message}", fix=fix))
        return self.channels[name]
