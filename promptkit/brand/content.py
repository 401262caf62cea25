"""What the pictures show: recurring things, people, and what must never be seen."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from promptkit.brand.avoid import Avoids, Words
from promptkit.documents import Strict


class Subject(Strict):
    """A recurring thing that must look the same in every picture: a product, a standard room."""

    kind: str = "product"
    """product, room, place, character …"""
    describe: str = ""
    """What it looks like."""
    refs: Words = []
    """Pictures of it, relative to the profile."""
    scale: str = ""
    """How large it is: "hand-sized"."""
    text_policy: Literal["none", "composite", "model_rendered"] | None = None
    """How words on it come about, where that differs from the brand's own way."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"describe": data} if isinstance(data, str) else data


class People(Strict):
    """Who may be seen, and how."""

    include: str = ""
    """Who may be seen."""
    age: str = ""
    """For example "25–65"."""
    expression: str = ""
    """For example "relaxed and mid-action"."""
    never: Avoids = []
    """What people must not look like or do."""


class Claims(Strict):
    """What a picture must not claim."""

    forbidden_visuals: Words = []
    """What would claim too much if it were seen."""
    required_disclaimer: dict[str, str] = {}
    """The words that must go with a picture, by language."""


class Region(Strict):
    """What holds in one market."""

    required_disclaimer: dict[str, str] = {}
    """The words that must go with a picture there, by language."""
    never: Words = []
    """What must not be seen there."""


class Disclosure(Strict):
    """How pictures made by a model are labelled."""

    label: str
    """The words of the label: "Image made with AI"."""
    when: str = "always"
    """When it is shown: "always", or for which pictures."""


class Content(Strict):
    """What must never be shown, and what the law asks for."""

    never: Words = []
    """What must not be seen in any picture."""
    never_names: Words = []
    """Names that no prompt may have, of competitors or persons: [Acme Cola, Jane Doe]."""
    claims: Claims = Claims()
    """What a picture must not claim, and what must be said with it."""
    regions: dict[str, Region] = {}
    """What holds in one market, by its name: FR, US."""
    ai_disclosure: Disclosure | None = None
    """How pictures made by a model are labelled."""
