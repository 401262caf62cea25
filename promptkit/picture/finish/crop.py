"""The crop: as much of a picture as its channel takes, round what draws the eye."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from promptkit.brand.areas import Box as Area
from promptkit.geometry import Box, Point
from promptkit.measures import Size
from promptkit.picture.audit.lab import difference, lab

#: Ratios nearer than this are one: the picture is scaled whole, and nobody sees the difference.
_SAME_RATIO = 0.01
#: The longer side of what is looked at, px, and of the grid on which crops are weighed.
_SEEN, _GRID = 384, 96
#: How much a place counts that is far from where the prompt put the subject, 0–1.
_ELSEWHERE = 0.35
_REACH = 0.25
#: What draws the eye there is as bad below words or the logo as it is cut off.
_BELOW_MARKS = -0.5
#: From this CIEDE2000 on a colour along a cut is a thing's, and not the ground's; a thing has this
#: share of the cut, and draws the eye this many times as much as the picture does elsewhere.
_OTHER, _THING, _DRAWS = 12.0, 0.05, 2.0


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of a picture that is taken, px; ``kept`` is the share of what draws the eye."""

    box: Box
    kept: float
    through: str = ""
    """The side at which it cuts through something that draws the eye: “top”."""

    def whole(self, size: Size) -> bool:
        """Say whether nothing is cut off a picture of this size."""
        return self.box == Box(0, 0, *size)


def crop(
    picture: Image.Image,
    size: Size,
    *,
    calm: Iterable[Area] = (),
    safe: Area | None = None,
    focus: Point | None = None,
) -> Crop:
    """Return the largest part of a picture that has a size's ratio and keeps what draws the eye.

    Saliency and composition are smartcrop's; it looks at detail, colour and skin, and prefers the
    thirds. What draws the eye is kept out of ``calm`` and within ``safe``.

    Args:
        picture: in sRGB.
        size: width and height of the channel, px.
        calm: parts of the cropped picture that words and logo will cover, 0–1.
        safe: the part of the cropped picture that is never cut off, 0–1.
        focus: where in the whole picture the subject was asked for, 0–1.
    """
    width, height = picture.size
    ratio = size[0] / size[1]
    if same_ratio(picture.size, size):
        return Crop(Box(0, 0, width, height), 1.0)
    interest = _interest(picture, focus)
    rows, columns = interest.shape
    high, wide = (min(rows, round(columns / ratio)), min(columns, round(rows * ratio)))
    weights = _weights(max(1, high), max(1, wide), calm, safe)
    scores = _scores(interest, weights)
    top, left = np.unravel_index(int(np.argmax(scores)), scores.shape)
    total = float(interest.sum()) or 1.0
    seen = interest[top : top + weights.shape[0], left : left + weights.shape[1]]
    box = _in_px(picture.size, ratio, float(left) / columns, float(top) / rows)
    return Crop(box, float(seen.sum()) / total, _cut_through(picture, box, interest))


def same_ratio(one: Size, other: Size) -> bool:
    """Say whether two sizes have about the same ratio, so that nothing need be cut."""
    return abs(one[1] * other[0] / (one[0] * other[1]) - 1) <= _SAME_RATIO


def _cut_through(picture: Image.Image, box: Box, interest: NDArray[Any]) -> str:
    """Return the side of a crop that cuts through a thing which the picture itself has whole."""
    rows, columns = interest.shape
    small = picture.convert("RGB").resize((columns, rows), Image.Resampling.BOX)
    colors = lab(np.asarray(small))
    left, right = (round(x * columns / picture.width) for x in (box.x0, box.x1))
    top, bottom = (round(y * rows / picture.height) for y in (box.y0, box.y1))
    across, down = slice(left, right), slice(top, bottom)
    sides = {
        "top": ((top, across), (0, across), top > 0),
        "bottom": ((bottom - 1, across), (rows - 1, across), bottom < rows),
        "left": ((down, left), (down, 0), left > 0),
        "right": ((down, right - 1), (down, columns - 1), right < columns),
    }
    eager = interest >= _DRAWS * interest.mean()
    for side, (cut, rim, inside) in sides.items():
        if inside and _crosses(colors[cut], colors[rim], eager[cut]):
            return side
    return ""


def _crosses(cut: NDArray[Any], rim: NDArray[Any], eager: NDArray[Any]) -> bool:
    """Say whether a thing lies along a cut that the picture's own rim does not have there."""
    there = _differs(cut) & ~_differs(rim)
    runs = np.split(np.arange(len(there)), np.flatnonzero(np.diff(there)) + 1)
    return any(
        there[run[0]] and len(run) >= _THING * len(there) and bool(eager[run].any()) for run in runs
    )


def _differs(line: NDArray[Any]) -> NDArray[Any]:
    far: NDArray[Any] = difference(line, np.median(line, axis=0, keepdims=True)) > _OTHER
    return far


def _in_px(size: Size, ratio: float, left: float, top: float) -> Box:
    """Return the largest box of a ratio whose corner is nearest to this one, 0–1."""
    width, height = size
    wide, high = min(width, round(height * ratio)), min(height, round(width / ratio))
    x, y = min(round(left * width), width - wide), min(round(top * height), height - high)
    return Box(x, y, x + wide, y + high)


def _interest(picture: Image.Image, focus: Point | None) -> NDArray[Any]:
    """Return how much each spot draws the eye, on a grid of square cells."""
    from smartcrop import SmartCrop  # type: ignore[import-untyped]

    scale = _SEEN / max(picture.size)
    seen = picture.resize(_at_least_one(picture.size, scale), Image.Resampling.LANCZOS)
    grid = _at_least_one(picture.size, _GRID / max(picture.size))
    eye = SmartCrop()
    features = eye.prepare_features_image(seen).resize(grid, Image.Resampling.LANCZOS)
    interest: NDArray[Any] = eye.precompute_features(features).astype(np.float64)
    if focus is None:
        return interest
    across = (np.arange(grid[0]) + 0.5) / grid[0] - focus[0]
    down = (np.arange(grid[1]) + 0.5) / grid[1] - focus[1]
    distance = across[np.newaxis] ** 2 + down[:, np.newaxis] ** 2
    near: NDArray[Any] = np.exp(-distance / (2 * _REACH**2))
    return interest * (_ELSEWHERE + (1 - _ELSEWHERE) * near)


def _at_least_one(size: Size, scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _weights(high: int, wide: int, calm: Iterable[Area], safe: Area | None) -> NDArray[Any]:
    """Return what each spot of a crop is worth, beyond what it is worth when it is cut off."""
    from smartcrop import SmartCrop

    eye = SmartCrop()
    weights: NDArray[Any] = eye.get_importance(height=high, width=wide).astype(np.float64)
    worthless = float(eye.outside_importance)
    if safe:
        inside = np.zeros((high, wide), bool)
        inside[_cells(safe, high, wide)] = True
        weights = np.where(inside, weights, np.minimum(weights, 0.0))
    for area in calm:
        weights[_cells(area, high, wide)] = _BELOW_MARKS
    return weights - worthless


def _cells(area: Area, high: int, wide: int) -> tuple[slice, slice]:
    left, top, right, bottom = area
    return (
        slice(int(top * high), max(int(top * high) + 1, round(bottom * high))),
        slice(int(left * wide), max(int(left * wide) + 1, round(right * wide))),
    )


def _scores(interest: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """Return the score of each place where a crop can lie."""
    windows = np.lib.stride_tricks.sliding_window_view(interest, weights.shape)
    scores: NDArray[Any] = np.einsum("yxhw,hw->yx", windows, weights)
    return scores
