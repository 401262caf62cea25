"""Where the pictures appear, and what the brand wishes for its previews and finals."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from promptkit.brand.areas import Area, Edge
from promptkit.documents import Strict
from promptkit.measures import parse_size

FileFormat = Literal["jpeg", "png", "webp", "avif"]


class TextZone(Strict):
    """Where words will be set."""

    box: Area
    """Left, top, right, bottom in 0–1 of the picture."""
    text: str = ""
    """The palette colour of the words."""
    min_contrast: float = Field(4.5, ge=1, le=21)
    """The contrast of the words with their ground is at least this, 1–21."""


class Channel(Strict):
    """One place where pictures appear. Short form: its size."""

    size: tuple[Edge, Edge]
    """Width and height in px, written 1536x1024."""
    look: str = ""
    """The look of its pictures; chosen by the template when empty."""
    safe_area: Area | None = None
    """Left, top, right, bottom in 0–1 of the picture; beyond it they may be cut off."""
    text_zone: TextZone | None = None
    """Where words will be set."""
    on_image_words: int | None = Field(None, ge=0)
    """At most this many words on its pictures."""
    format: FileFormat = "jpeg"
    """The kind of file that its pictures are finished as: jpeg, png, webp or avif."""
    max_kb: int | None = Field(None, ge=1)
    """A finished file weighs at most this, in kB of 1000 bytes."""

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
    """The quality to ask the model for: low, medium, high."""
    n: int | None = Field(None, ge=1, le=100)
    """How many pictures to make at once."""
