"""The brand's own marks: its typefaces and its logo."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from promptkit.brand.areas import Area
from promptkit.brand.avoid import Words
from promptkit.documents import Strict


class Typeface(Strict):
    """A typeface. A model cannot read a font's name: `describe` is what counts."""

    family: str = ""
    """The family's name, for people: "Fraunces"."""
    weight: int | str | None = None
    """The weight, as a number or a word: 600, semibold."""
    describe: str = ""
    """For example "soft old-style serif, semibold, low contrast"."""
    path: str | None = None
    """The font file, relative to the profile, for words set later."""


class Typography(Strict):
    """The brand's typefaces."""

    display: Typeface = Typeface()
    """The typeface of headlines."""
    body: Typeface = Typeface()
    """The typeface of longer texts."""
    sources: dict[str, str] = {}
    """Where each family comes from."""


class LogoFile(Strict):
    """One file of the logo."""

    id: str
    """A short name: "wordmark-rev"."""
    path: str
    """The file, relative to the profile."""
    background: Literal["light", "dark", "any"] = "any"
    """The ground it is made for."""
    variant: str = "primary"
    """Which form of the logo it is: "primary", "symbol"."""
    slots: Words = []
    """The places it is made for; empty means any."""


class Placement(Strict):
    """Where the logo goes, and how much room it needs."""

    prefer: Words = []
    """The corners it may stand in, the best first: "bottom-left"."""
    clear_space: str = ""
    """In logo heights: "1x"."""
    min_height_px: int | None = Field(None, ge=1)
    """It is never set lower than this, px."""
    min_contrast: float | None = Field(None, ge=1, le=21)
    """Its contrast with the ground is at least this, 1–21."""


class Reserve(Strict):
    """The corner kept free for the logo."""

    box: Area
    """Left, top, right, bottom in 0–1 of the picture."""
    describe: str = ""
    """The corner in words: "calm, uncluttered lower-right corner"."""


class Logo(Strict):
    """The logo. The real file is laid over the picture; a model never draws it."""

    policy: Literal["composite", "none"] = "composite"
    """composite: the file is laid over the picture; none: pictures bear no logo."""
    files: list[LogoFile] = []
    """The files of the logo, one for each ground."""
    placement: Placement = Placement()
    """Where it goes, and how much room it needs."""
    reserve: Reserve | None = None
    """The part of the picture kept free for it."""
    never: Words = []
    """What must not be done to it: "redraw", "recolour"."""
