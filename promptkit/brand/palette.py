"""The first of a profile's three words: colors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from promptkit.brand.avoid import Avoids, Severity, Words
from promptkit.brand.color import in_words, parse_hex
from promptkit.documents import Strict
from promptkit.errors import nearest
from promptkit.shapes import Path_

Hex = Annotated[str, BeforeValidator(parse_hex)]

#: To read and compare more takes seconds, and nobody can tell them apart.
MOST_COLORS = 100

#: What a role covers of a picture when the profile gives no proportions (targets, 0–1).
USUAL_SHARES = {
    "background": 0.5,
    "surface": 0.15,
    "primary": 0.25,
    "secondary": 0.12,
    "accent": 0.06,
    "text": 0.02,
}

#: What a colour gets of a swatch that no role gives more, 0–1.
_LEAST_SHARE = 0.02


class PaletteColor(Strict):
    """One colour of the palette. Short form: the hex alone."""

    value: Hex
    """The colour, as "#RRGGBB" or any CSS colour."""
    name: str = ""
    """What the brand calls it, for people: "Harbour Blue"."""
    describe: str = ""
    """What it looks like, in the words a painter would use: models steer by words, not by hex."""
    pantone: str | None = None
    """The nearest Pantone number, for print."""
    cmyk: str | None = None
    """The print values, for print."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return data if isinstance(data, Mapping) else {"value": data}

    @property
    def words(self) -> str:
        """The colour in words: the author's own, else a name made by rule."""
        return self.describe or in_words(self.value)


class Proportion(Strict):
    """The share of the picture's area that a role's colour should cover, 0–1."""

    target: float = Field(ge=0, le=1)
    """The share aimed at."""
    min: float = Field(0.0, ge=0, le=1)
    """Less than this is a fault."""
    max: float = Field(1.0, ge=0, le=1)
    """More than this is a fault."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return data if isinstance(data, Mapping) else {"target": data}

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min <= self.target <= self.max:
            said = f"{self.min:g}, {self.target:g} and {self.max:g}"
            low, middle, high = sorted((self.min, self.target, self.max))
            fix = f"did you mean {{min: {low:g}, target: {middle:g}, max: {high:g}}}?"
            raise ValueError(f"min, target and max must rise, but are {said}; {fix}")
        return self


class Pairs(Strict):
    """Which colours may meet."""

    never: list[tuple[str, str]] = []
    """Pairs that must not stand on or beside each other in equal parts."""
    text_on: dict[str, Words] = {}
    """For a ground, the colours its text may have."""


class ColorRule(Strict):
    """A rule about one colour's use."""

    id: str
    """A short name, so that findings can speak of the rule."""
    color: str
    """The palette colour that the rule is about."""
    use: str = ""
    """What the colour is for: "accent"."""
    never_on: Words = []
    """Roles or objects that must not carry it: "background"."""
    severity: Severity = "should"
    """`must` or `should`."""


class Grade(Strict):
    """How the whole picture is toned."""

    temperature: str = ""
    """For example "warm-neutral"."""
    saturation: str = ""
    """For example "medium-low"."""
    contrast: str = ""
    """For example "medium"."""
    blacks: str = ""
    """For example "lifted"."""
    film: str = ""
    """For example "subtle fine grain"."""
    finish: str = ""
    """For example "matt"."""


def _is_misspelt_group(key: str, value: Any, groups: Iterable[str]) -> bool:
    """Tell a misspelt “palette” from a colour that is written out."""
    if key in groups or not isinstance(value, Mapping) or value.keys() & PaletteColor.model_fields:
        return False
    return nearest(key, groups) is not None


class Colors(Strict):
    """The palette and its rules. Short form: roles and hexes, `primary: "#0B6E99"`."""

    palette: dict[str, PaletteColor] = Field(min_length=1, max_length=MOST_COLORS)
    """The brand's colours by name."""
    roles: dict[str, str] = {}
    """What each colour is for: primary, accent, background, surface, secondary, text."""
    proportions: dict[str, Proportion] = {}
    """How much of the picture each role covers."""
    neutrals_free: bool = True
    """Greys and whites of low chroma never count as off-brand."""
    pairs: Pairs = Pairs()
    """Which colours may meet, and which never."""
    rules: list[ColorRule] = []
    """Rules about single colours."""
    grade: Grade = Grade()
    """How the whole picture is toned."""
    avoid: Avoids = []
    """Colours and colour moods to keep out."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "palette" in data:
            return data
        if any(_is_misspelt_group(key, value, cls.model_fields) for key, value in data.items()):
            return data
        colors = {key: value for key, value in data.items() if key not in cls.model_fields}
        rest = {key: value for key, value in data.items() if key in cls.model_fields}
        return {"palette": colors, "roles": {name: name for name in colors}} | rest

    @field_validator("palette", mode="before")
    @classmethod
    def _not_too_many(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and len(value) > MOST_COLORS:  # before any is read
            raise ValueError(f"must have {MOST_COLORS} colours at most; keep what pictures show")
        return value

    def named(self) -> Iterator[tuple[Path_, str]]:
        """Yield every place below the colours that names one of the palette, with the name."""
        for role, name in self.roles.items():
            yield ("roles", role), name
        for number, pair in enumerate(self.pairs.never):
            yield from ((("pairs", "never", number, at), name) for at, name in enumerate(pair))
        for ground, texts in self.pairs.text_on.items():
            yield ("pairs", "text_on", ground), ground
            for at, name in enumerate(texts):
                yield ("pairs", "text_on", ground, at), name
        for number, rule in enumerate(self.rules):
            yield ("rules", number, "color"), rule.color

    def of_role(self, role: str) -> PaletteColor | None:
        """Return the colour that plays a role, or that has this name in the palette."""
        return self.palette.get(self.roles.get(role, role))

    def role_of(self, name: str) -> str | None:
        """Return the role that a role's or palette colour's name stands for."""
        if name in self.roles:
            return name
        return next((role for role, color in self.roles.items() if color == name), None)

    def share(self, name: str) -> float | None:
        """Return the share of the picture that a role aims at, 0–1, where one is known."""
        role = self.role_of(name)
        if role is None:
            return None
        wanted = self.proportions.get(role)
        return wanted.target if wanted else USUAL_SHARES.get(role)

    def areas(self) -> tuple[tuple[str, float], ...]:
        """Return the palette's colours, each with its part of their common area; these sum to 1.

        The largest comes first. What no role gives a share gets a small one, so that it is seen.
        """
        shares = dict.fromkeys((color.value for color in self.palette.values()), 0.0)
        for role, name in self.roles.items():
            if name in self.palette:
                shares[self.palette[name].value] += self.share(role) or 0.0
        seen = {value: max(share, _LEAST_SHARE) for value, share in shares.items()}
        whole = sum(seen.values())
        order = sorted(seen.items(), key=lambda item: -item[1])
        return tuple((value, share / whole) for value, share in order)


PaletteMode = Literal["props", "grade", "strict"]
