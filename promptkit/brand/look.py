"""The third of a profile's three words: style, which is one or more looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from promptkit.brand.avoid import Words
from promptkit.brand.palette import Grade, PaletteMode
from promptkit.documents import Strict


class Framing(Strict):
    """Where things stand in the picture."""

    position: str = ""
    """Where the subject stands: "on the right third", "centred"."""
    crop: str = ""
    """How near: "medium-wide view", "full product with a 12 % margin"."""
    negative_space: str = ""
    """Where the picture stays calm: "upper left"."""
    perspective: str = ""
    """Where the camera is: "eye level, camera held straight"."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"crop": data} if isinstance(data, str) else data


class Look(Strict):
    """One way the brand's pictures look. Short form: one line that describes it."""

    describe: str = ""
    """The look in one line. The other keys say it part by part, which models follow better."""
    medium: str = ""
    """What the picture is: "photo", "illustration", "3d render"."""
    when: Words = []
    """What the look is for: hero, social, packshot, editorial, room, banner …"""
    realism: str = ""
    """For example "natural"."""
    lighting: str = ""
    """The light: kind, direction, hardness."""
    lens: str = ""
    """The lens and the eye's height, a loose cue: "35–50 mm, eye level"."""
    depth_of_field: str = ""
    """For example "shallow"."""
    framing: Framing = Framing()
    """Where things stand in the picture."""
    texture: Words = []
    """Materials and surfaces that may be seen."""
    environment: str = ""
    """Where the pictures are taken."""
    mood: Words = []
    """How the picture feels."""
    grade: Grade = Grade()
    """Toning of this look, over that of the colours."""
    tags: Words = []
    """Further short words on the manner: "unposed"."""
    technique: str = ""
    """How an illustration is made."""
    line: str = ""
    """An illustration's line: "none", "thin and even"."""
    shapes: Words = []
    """An illustration's shapes."""
    detail: str = ""
    """How much detail: "low"."""
    perspective: str = ""
    """An illustration's space: "flat"."""
    max_colors: int | None = Field(None, ge=1, le=12)
    """At most this many colours in one picture."""
    palette_mode: PaletteMode = "props"
    """How the colours may enter: on props, as a grade, or strictly nothing else."""
    carriers: dict[str, str] = {}
    """For a role or palette colour, what carries it in this look; wins over a template's word."""
    references: Words = []
    """Ids of `style.references` that go with this look."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"describe": data} if isinstance(data, str) else data


class StyleReference(Strict):
    """A picture that shows the style."""

    id: str
    """A short name."""
    path: str | None = None
    """The file, relative to the profile."""
    generate: Literal["palette"] | None = None
    """`palette`: a swatch made from the palette."""
    use: str = "style"
    """What it shows: style, color."""
    weight: float = Field(1.0, ge=0, le=1)
    """How strongly it should count, 0–1."""
    rights: str = ""
    """Who owns it: "owned", "licensed until 2027-05"."""


class SetComposition(Strict):
    """Habits of composition that hold for every look."""

    subject_count: str = ""
    """For example "one clear subject"."""
    clutter: str = ""
    """For example "low"."""
    symmetry: str = ""
    """For example "relaxed"."""


class Style(Strict):
    """The looks. Short forms: one line, or the keys of one look."""

    looks: dict[str, Look] = Field(min_length=1, max_length=100)
    """The brand's looks by name."""
    default_look: str = ""
    """The look to take when nothing else decides; the first one when empty."""
    composition: SetComposition = SetComposition()
    """Habits of composition that hold for every look."""
    references: list[StyleReference] = []
    """Pictures that show the style."""
    handles: dict[str, Any] = {}
    """Names of this style at providers that keep styles: recraft_style_id, lora …"""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"looks": {"default": {"describe": data}}}
        if isinstance(data, Mapping) and "looks" not in data:
            look = {key: value for key, value in data.items() if key not in cls.model_fields}
            rest = {key: value for key, value in data.items() if key in cls.model_fields}
            return {"looks": {"default": look} if look else {}} | rest
        return data

    def choose(self, wanted: list[str]) -> str:
        """Return the name of the look that fits the first wish it can: a name, a use or a medium.

        Falls back to the default look, or the first one.
        """
        for wish in wanted:
            for name, look in self.looks.items():
                if wish in (name, look.medium) or wish in look.when:
                    return name
        return self.default_look or next(iter(self.looks))
