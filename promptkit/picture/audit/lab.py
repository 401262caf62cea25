"""Colour arithmetic on arrays: sRGB to CIELAB (D65), and CIEDE2000.

coloraide does the same for one colour at a time; a picture has millions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: numpy knows the kinds of its numbers; here they are 32-bit floats unless it says otherwise.
Floats = NDArray[Any]

#: sRGB (linear) to XYZ under D65, each row divided by the white's own value: IEC 61966-2-1.
_TO_XYZ = np.array(
    [
        [0.4123908, 0.3575843, 0.1804808],
        [0.2126390, 0.7151687, 0.0721923],
        [0.0193308, 0.1191948, 0.9505322],
    ]
)
_TO_XYZ = (_TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).astype(np.float32)
_LUMINANCE = _TO_XYZ[1]
_25_TO_7 = np.float32(25.0**7)
_RADIANS = np.float32(np.pi / 180)


@lru_cache(maxsize=1)
def linear_steps() -> Floats:
    """Return the linear light, 0–1, of each of the 256 steps of a channel."""
    steps = np.arange(256) / 255
    light = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def mixed(values: Floats, parts: Floats) -> Floats:
    """Return ``values`` (… × n) multiplied by ``parts`` (n, or m × n) as matrices.

    ``@`` would wake all threads of the machine for it, and wait for them.
    """
    product: Floats = np.einsum("...j,ij->...i" if parts.ndim > 1 else "...j,j->...", values, parts)
    return product


def luminance(rgb: NDArray[np.uint8]) -> Floats:
    """Return the relative luminance by WCAG 2, 0–1, of colours … × 3, 0–255."""
    bright: Floats = mixed(linear_steps()[rgb], _LUMINANCE)
    return bright


def contrast(luminances: Floats, ink: float) -> Floats:
    """Return the contrast by WCAG 2, 1–21, of grounds with an ink, by their luminances."""
    darker, lighter = np.minimum(luminances, ink), np.maximum(luminances, ink)
    ratio: Floats = (lighter + np.float32(0.05)) / (darker + np.float32(0.05))
    return ratio


def lab_of_light(light: Floats) -> Floats:
    """Return CIELAB of linear light … × 3, 0–1."""
    xyz: Floats = mixed(light, _TO_XYZ)
    root = np.where(
        xyz > np.float32(216 / 24389), np.cbrt(xyz), xyz * np.float32(24389 / 3132) + 4 / 29
    )
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1).astype(np.float32)


def lab(rgb: NDArray[Any]) -> Floats:
    """Return CIELAB of sRGB colours … × 3, 0–255."""
    return lab_of_light(linear_steps()[np.asarray(rgb, np.uint8)])


def chroma(colors: Floats) -> Floats:
    """Return the chroma C* of CIELAB colours … × 3."""
    strength: Floats = np.hypot(colors[..., 1], colors[..., 2])
    return strength


def difference(one: Floats, other: Floats) -> Floats:
    """Return CIEDE2000 of CIELAB colours … × 3: Sharma, Wu and Dalal (2005), all weights 1."""
    l1, a1, b1 = one[..., 0], one[..., 1], one[..., 2]
    l2, a2, b2 = other[..., 0], other[..., 1], other[..., 2]
    mean = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + (1 - np.sqrt(mean / (mean + _25_TO_7))) / 2
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.arctan2(b1, a1), np.arctan2(b2, a2)
    full = np.float32(2 * np.pi)
    turn: Floats = h2 - h1
    turn = np.where(turn > np.pi, turn - full, np.where(turn < -np.pi, turn + full, turn))
    middle: Floats = (h1 + h2) / 2
    middle = np.where(np.abs(h1 - h2) > np.pi, middle + np.float32(np.pi), middle)
    middle = np.where(c1 * c2 == 0, h1 + h2, middle)
    return _summed(l2 - l1, c2 - c1, turn, (l1 + l2) / 2, (c1 + c2) / 2, middle, c1 * c2)


def _summed(
    light: Floats,
    chroma: Floats,
    turn: Floats,
    mean_light: Floats,
    mean_chroma: Floats,
    hue: Floats,
    product: Floats,
) -> Floats:
    """Weigh the three differences and add them up; hues and ``turn`` are in radians."""
    across = 2 * np.sqrt(product) * np.sin(turn / 2)
    t = (
        1
        - 0.17 * np.cos(hue - 30 * _RADIANS)
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + 6 * _RADIANS)
        - 0.20 * np.cos(4 * hue - 63 * _RADIANS)
    )
    off = (mean_light - 50) ** 2
    by_light = light / (1 + 0.015 * off / np.sqrt(20 + off))
    by_chroma = chroma / (1 + 0.045 * mean_chroma)
    by_hue = across / (1 + 0.015 * mean_chroma * t)
    degrees = np.mod(hue, np.float32(2 * np.pi)) / _RADIANS
    swing = np.sin(60 * _RADIANS * np.exp(-(((degrees - 275) / 25) ** 2)))
    seventh = mean_chroma**7
    rotation = -2 * np.sqrt(seventh / (seventh + _25_TO_7)) * swing
    total = by_light**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue
    whole: Floats = np.sqrt(np.maximum(total, 0)).astype(np.float32)
    return whole
