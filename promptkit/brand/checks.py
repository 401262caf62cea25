"""How pictures are judged, what feedback may change, and who answers for the profile."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from promptkit.brand.avoid import Words
from promptkit.documents import Strict


class Learn(Strict):
    """What feedback may change: nothing else."""

    axes: dict[str, list[str]] = {}
    """What may vary from picture to picture, each with its choices."""
    explore: float = Field(0.25, ge=0, le=1)
    """How much of the pictures try something new, 0–1."""
    scope: Words = []
    """How far a pick counts: "template", "channel"."""


class Judge(Strict):
    """A yes/no question for a person or a vision model."""

    id: str
    """A short name, so that findings can speak of the question."""
    ask: str
    """The question, to be answered with yes or no."""
    severity: Literal["must", "should"] = "should"
    """`must` or `should`."""


class PaletteCheck(Strict):
    """Thresholds of the palette check, by palette mode; shares are 0–1."""

    tolerance_de00: float = Field(10, ge=0, le=100)
    """Up to this far from a palette colour (ΔE00), a colour counts as that colour."""
    min_on_palette: dict[str, float] = {}
    """By palette mode, how much of what is not grey is in palette colours at least."""
    max_off_chromatic: dict[str, float] = {}
    """By palette mode, how much of the picture may be in other strong colours."""


class AccentCheck(Strict):
    """How much of the accent must be there, 0–1."""

    min_share: float = Field(0.01, ge=0, le=1)
    """Less of the accent than this is a fault."""


class TextZoneCheck(Strict):
    """How calm the place for words must be."""

    min_contrast: float = Field(4.5, ge=1, le=21)
    """The contrast of the words with what lies below them is at least this, 1–21."""
    share: float = Field(0.95, ge=0, le=1)
    """In this much of the zone the contrast must hold, 0–1."""
    max_busy: float = Field(0.03, ge=0, le=1)
    """How busy the zone may be: the share of edges in it, 0–1."""


class LetteringCheck(Strict):
    """How lettering in the picture itself is judged."""

    severity: Literal["must", "should"] = "should"
    """`must` or `should`, for words that nobody asked for, are missing or misspelt."""
    min_height: float = Field(0.012, ge=0, le=1)
    """Lower lines than this are let pass, in 0–1 of the picture's shorter side."""


class Checks(Strict):
    """How finished pictures are judged."""

    palette: PaletteCheck = PaletteCheck()
    """Thresholds of the palette check."""
    accent_present: AccentCheck = AccentCheck()
    """How much of the accent must be there."""
    text_zone: TextZoneCheck = TextZoneCheck()
    """How calm the place for words must be."""
    lettering: LetteringCheck = LetteringCheck()
    """How lettering in the picture itself is judged."""
    judge: list[Judge] = []
    """Questions for a person or a vision model."""


class Governance(Strict):
    """Who answers for the profile."""

    owner: str = ""
    """Who answers for the profile: a name or an address."""
    guide: str = ""
    """Where the brand's guide is."""
    reviewed: str = ""
    """When the profile was last looked over: 2026-11-01."""
    rights: str = ""
    """Who may use the profile."""
