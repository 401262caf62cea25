"""The second of a profile's three words: tone, and who it is that speaks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from promptkit.brand.avoid import Words
from promptkit.documents import Strict


class Identity(Strict):
    """Who the brand is. For people and rewriters; little of it goes into a prompt."""

    full_name: str = ""
    """The name in full: "Tidewell Drinks Ltd"."""
    spoken: str = ""
    """How the name is said aloud."""
    tagline: dict[str, str] = {}
    """The line that goes with the name, by language."""
    category: str = ""
    """What it sells, in a few words."""
    audience: str = ""
    """Whom it speaks to."""
    values: Words = []
    """What the brand stands for, in single words."""
    personality: dict[str, Annotated[int, Field(ge=1, le=5)]] = {}
    """How much of each trait the brand has, from 1 to 5: {warm: 4, playful: 2}."""
    when_to_use: str = ""
    """Which work this profile is for."""


class ToneWords(Strict):
    """Words to use and words never to use, on pictures and in prompts."""

    prefer: Words = []
    """Words that sound like the brand."""
    never: Words = []
    """Words that it never says; they are found in prompts and in copy."""


class OnImageText(Strict):
    """How words come onto a picture."""

    policy: Literal["none", "composite", "model_rendered"] = "composite"
    """none: never; composite: space is kept free and words are set later; model_rendered."""
    max_words: int | None = Field(None, ge=1)
    """At most this many words on one picture."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"policy": data} if isinstance(data, str) else data


class Tone(Strict):
    """The second of the three words. Short form: a list of traits."""

    traits: Words = []
    """How the brand sounds, in single words: calm, plainspoken."""
    we_are: Words = []
    """What the brand is."""
    we_are_not: Words = []
    """What it is not, and what its pictures must not feel like."""
    headline_rules: Words = []
    """How headlines are written: "sentence case", "six words at most"."""
    words: ToneWords = ToneWords()
    """Words to use and words never to use."""
    on_image_text: OnImageText = OnImageText()
    """How words come onto a picture."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"traits": data} if isinstance(data, list | str) else data
