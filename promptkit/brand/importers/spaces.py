"""Colours of other formats, made into `#RRGGBB`: converted, then mapped into sRGB."""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hsv_to_rgb
from math import isfinite, nan
from typing import Any

from promptkit.brand.color import parse_hex

#: The colour spaces of the Design Tokens Color Module 2025.10 with the scale of their
#: components there; coloraide counts percentages of hsl and hwb from 0 to 1.
_SCALES = {
    "srgb": (1, 1, 1),
    "srgb-linear": (1, 1, 1),
    "hsl": (1, 0.01, 0.01),
    "hwb": (1, 0.01, 0.01),
    "lab": (1, 1, 1),
    "lch": (1, 1, 1),
    "oklab": (1, 1, 1),
    "oklch": (1, 1, 1),
    "display-p3": (1, 1, 1),
    "a98-rgb": (1, 1, 1),
    "prophoto-rgb": (1, 1, 1),
    "rec2020": (1, 1, 1),
    "xyz": (1, 1, 1),
    "xyz-d65": (1, 1, 1),
    "xyz-d50": (1, 1, 1),
}
_LARGEST = 1000.0


def in_space(space: str, components: Sequence[float]) -> str:
    """Return a colour of a CSS colour space as `#RRGGBB`; a NaN stands for `none`.

    Raises:
        ValueError: the space is unknown, or the components are beyond all measure.
    """
    from coloraide import Color

    if any(abs(part) > _LARGEST for part in components):
        raise ValueError("a component is beyond all measure")
    name = "xyz-d65" if space == "xyz" else space
    color = Color(name, list(components)).convert("srgb").fit()
    return color.to_string(hex=True, alpha=False).upper()


def from_rgb(red: float, green: float, blue: float) -> str:
    """Return `#RRGGBB` of sRGB parts from 0 to 1; what lies outside is cut off."""
    return "#" + "".join(f"{round(_share(part) * 255):02X}" for part in (red, green, blue))


def from_hsb(hue: float, saturation: float, brightness: float) -> str:
    """Return `#RRGGBB` of hue, saturation and brightness, each from 0 to 1."""
    return from_rgb(*hsv_to_rgb(hue, saturation, brightness))


def from_cmyk(cyan: float, magenta: float, yellow: float, black: float) -> str:
    """Return `#RRGGBB` of inks from 0 to 1, as if inks were pure: no colour profile is used."""
    light = 1 - _share(black)
    return from_rgb(*(light * (1 - _share(ink)) for ink in (cyan, magenta, yellow)))


def as_print(inks: Sequence[float]) -> str:
    """Return inks from 0 to 1 as people write them for print: ``100 40 0 10``."""
    return " ".join(str(round(_share(ink) * 100)) for ink in inks)


def from_token(value: Any) -> str:
    """Return `#RRGGBB` of a colour token's value.

    Reads the object form of Design Tokens 2025.10 (``colorSpace``, ``components``, ``alpha``,
    ``hex``), that of earlier drafts (``channels``), and CSS colours as text.

    Raises:
        ValueError: it is not a colour, or one that lets the ground shine through.
    """
    if not isinstance(value, dict):
        return parse_hex(value)
    if value.get("alpha", 1) != 1:
        raise ValueError("the colour is see-through")
    parts = value.get("components", value.get("channels"))
    space = value.get("colorSpace")
    if space not in _SCALES or not isinstance(parts, list) or len(parts) != 3:
        return parse_hex(value.get("hex"))
    numbers = [_component(part) for part in parts]
    if space == "srgb" and _counts_to_255(numbers):
        return from_rgb(*(part / 255 for part in numbers))
    if space == "srgb" and all(0 <= part <= 1 for part in numbers):
        return from_rgb(*numbers)
    return in_space(space, [part * by for part, by in zip(numbers, _SCALES[space], strict=True)])


def _component(part: Any) -> float:
    if part == "none":
        return nan
    if isinstance(part, bool) or not isinstance(part, int | float) or abs(part) > _LARGEST:
        raise ValueError("a component is not a number, or beyond all measure")
    return float(part)


def _counts_to_255(parts: list[float]) -> bool:
    """Tell the whole numbers of the drafts before 2025 from the shares of today."""
    return max(parts) > 1 and all(part.is_integer() and 0 <= part <= 255 for part in parts)


def _share(part: float) -> float:
    return min(max(part, 0.0), 1.0) if isfinite(part) else 0.0
