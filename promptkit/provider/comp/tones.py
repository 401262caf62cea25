"""Tones: which colour of the palette each part of the drawing takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from coloraide import Color

from promptkit.lettering import DARK_INK, LIGHT_INK, Rgb, contrast, ink_on, luminance
from promptkit.provider.comp import words
from promptkit.provider.comp.notes import Colour

#: A palette colour carries the ground or the large form behind the subject from this share on.
_LARGE = 0.1
_SMALL_ROLES = ("accent", "text")
#: Forms of one colour in front of each other are told apart by this much lightness.
_STEP = 0.16
#: A colour of less luminance than this, 0–1, is not made darker.
_DARK = 0.05


@dataclass(frozen=True, slots=True)
class Tone:
    """A colour of the palette by its index, made lighter (to 1) or darker (to −1)."""

    index: int
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Tones:
    """The palette dealt out to slots: backdrop, ground, back, body, detail, dark, light, spots."""

    palette: tuple[Colour, ...]
    slots: Mapping[str, Tone]
    spots: int

    def rgb(self, slot: str, shift: float = 0.0) -> Rgb:
        """Return the colour of ``slot``, made lighter or darker by ``shift``."""
        tone = self.slots[slot]
        return shifted(self.palette[tone.index].rgb, tone.shift + shift)

    def share(self, slot: str) -> float:
        """Return the share of the picture that the slot's colour should cover."""
        return self.palette[self.slots[slot].index].share

    def ink(self, ground: Rgb) -> Rgb:
        """Return the brand's own text colour where it reads on ``ground``, else dark or light."""
        own = [colour.rgb for colour in self.palette if colour.role == "text"]
        return ink_on(ground, *own)


@lru_cache(maxsize=512)
def shifted(rgb: Rgb, shift: float) -> Rgb:
    """Return ``rgb`` mixed with white (``shift`` above 0) or black, as the eye sees it (OKLab)."""
    return mixed(rgb, LIGHT_INK if shift > 0 else DARK_INK, abs(shift)) if shift else rgb


@lru_cache(maxsize=512)
def mixed(one: Rgb, other: Rgb, part: float) -> Rgb:
    """Return ``one`` with ``part`` (0–1) of ``other`` mixed in, in OKLab."""
    first, second = (Color("srgb", [channel / 255 for channel in rgb]) for rgb in (one, other))
    blend = first.mix(second, part, space="oklab").convert("srgb").fit()
    red, green, blue = (round(channel * 255) for channel in blend.coords())
    return red, green, blue


def deal(palette: Sequence[Colour], subject: str) -> Tones:
    """Deal the palette out: by carriers where it names them, else by roles and shares."""
    backdrop = _carrying(palette, "backdrop") or _in_role(palette, "background") or 0
    body = _body(palette, subject, backdrop)
    rest = [i for i in _by_share(palette) if i not in (backdrop, body)]
    slots = {"backdrop": Tone(backdrop), "body": _body_tone(palette, body, backdrop)}
    slots |= _fields(palette, body, backdrop, rest)
    accent = _in_role(palette, "accent")
    detail = accent if accent in rest else next(iter(reversed(rest)), None)
    slots["detail"] = Tone(backdrop, 0.5) if detail is None else Tone(detail)
    slots |= _extremes(palette)
    spots = [i for i in rest if i not in (slots["ground"].index, slots["back"].index)] or [body]
    slots |= {f"spot{number}": Tone(index) for number, index in enumerate(spots)}
    return Tones(tuple(palette), slots, len(spots))


def _by_share(palette: Sequence[Colour]) -> list[int]:
    return sorted(range(len(palette)), key=lambda index: -palette[index].share)


def _in_role(palette: Sequence[Colour], role: str) -> int | None:
    return next((i for i, colour in enumerate(palette) if colour.role == role), None)


def _carrying(palette: Sequence[Colour], slot: str) -> int | None:
    for index in _by_share(palette):
        if words.longest(palette[index].carrier, "carriers").get("slot") == slot:
            return index
    return None


def _body(palette: Sequence[Colour], subject: str, backdrop: int) -> int:
    form = words.earliest(subject, "forms")
    others = [index for index in _by_share(palette) if index != backdrop]
    for index in others:
        if form and words.earliest(palette[index].carrier, "forms") == form:
            return index
    primary = _in_role(palette, "primary")
    return primary if primary in others else next(iter(others), backdrop)


def _body_tone(palette: Sequence[Colour], body: int, backdrop: int) -> Tone:
    if contrast(palette[body].rgb, palette[backdrop].rgb) >= 1.25:
        return Tone(body)
    return Tone(body, -0.3 if luminance(palette[backdrop].rgb) > 0.3 else 0.3)


def _fields(
    palette: Sequence[Colour], body: int, backdrop: int, rest: Sequence[int]
) -> dict[str, Tone]:
    """Choose the two large fields: the ground, and the form behind the subject."""
    large = [i for i in rest if palette[i].share >= _LARGE and palette[i].role not in _SMALL_ROLES]
    ground = _carrying(palette, "ground")
    if ground in (None, backdrop):
        # A body of large share needs the ground as well, unless two others are larger fields.
        spare = palette[body].share < _LARGE * 1.5
        ground = large[0] if len(large) > 1 or (large and spare) else body
    behind = next((i for i in large if i != ground), None)
    if behind is None and ground != body and palette[body].share >= _LARGE * 1.5:
        behind = body
    return {
        "ground": Tone(ground, _below(palette[ground].rgb) if ground == body else 0.0),
        "back": Tone(backdrop, -_STEP / 2) if behind is None else _set_off(behind, body),
    }


def _below(rgb: Rgb) -> float:
    """Return how a body's own colour is shifted for the ground below it.

    Darker, so that light marks read on it, unless hardly anything is darker.
    """
    return -_STEP if luminance(rgb) > _DARK else _STEP


def _set_off(index: int, body: int) -> Tone:
    return Tone(index, _STEP if index == body else 0.0)


def _extremes(palette: Sequence[Colour]) -> dict[str, Tone]:
    by_light = sorted(range(len(palette)), key=lambda index: luminance(palette[index].rgb))
    dark, light = by_light[0], by_light[-1]
    darken = -0.55 if luminance(palette[dark].rgb) > 0.05 else 0.0
    return {"dark": Tone(dark, darken), "light": Tone(light, 0.6)}
