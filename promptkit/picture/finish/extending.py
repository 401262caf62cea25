"""A plain ground, laid on where a picture is too narrow or too low for its channel.

A thing on a seamless ground need not be cut: the ground goes on as it is at the picture's rim.
Anything else at that rim or at those beside it, and nothing is made up.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from promptkit.geometry import Point
from promptkit.measures import Size

#: The rim that is looked at, of the side that is laid on to; at least this many px.
_RIM, _LEAST = 0.02, 4
#: The rim of the sides beside it: a thing may come near to those.
_BESIDE = 0.005
#: A ground is plain that differs by no more than this across the rim, and along it within so many
#: px; 0–255. A soft gradient may go on, the edge of anything may not.
_ACROSS, _ALONG, _WITHIN = 6.0, 4.0, 6
#: Grain is gone from the mean of the px within so many.
_GRAIN = 2
#: More is not laid on, in lengths of the side.
_MOST = 4.0


def extended(picture: Image.Image, size: Size) -> tuple[Image.Image, Point]:
    """Return a picture with its plain ground laid on, so that a size's ratio needs no cutting.

    Each side whose rim is plain, as are those beside it, gets all that is missing: where the
    picture is cut then, is another's choice. Also returned is where its own corner lies, px.
    """
    width, height = picture.size
    ratio = size[0] / size[1]
    pixels: NDArray[Any] = np.asarray(picture)
    upright = ratio < width / height
    if upright:  # laid on above and below: the same, turned
        pixels, ratio = pixels.swapaxes(0, 1), 1 / ratio
    missing = round(ratio * pixels.shape[0]) - pixels.shape[1]
    if missing <= 0 or missing > _MOST * pixels.shape[1]:
        return picture, (0, 0)
    rim = max(_LEAST, round(pixels.shape[1] * _RIM))
    beside = max(_LEAST, round(pixels.shape[0] * _BESIDE))
    if any(_ground(side.swapaxes(0, 1)) is None for side in (pixels[:beside], pixels[-beside:])):
        return picture, (0, 0)  # a room has a ceiling that is plain, too: it is no ground
    before, after = _ground(pixels[:, :rim]), _ground(pixels[:, -rim:])
    parts = [
        *([_drawn_out(before, missing)] if before is not None else []),
        pixels,
        *([_drawn_out(after, missing)] if after is not None else []),
    ]
    if len(parts) == 1:
        return picture, (0, 0)
    joined = np.concatenate(parts, axis=1)
    corner = missing if before is not None else 0
    if upright:
        return Image.fromarray(np.ascontiguousarray(joined.swapaxes(0, 1))), (0, corner)
    return Image.fromarray(joined), (corner, 0)


def _ground(rim: NDArray[Any]) -> NDArray[Any] | None:
    """Return one line of the ground at a rim, a px wide; ``None`` where it is not plain."""
    line = np.median(rim, axis=1, keepdims=True)
    if np.quantile(np.abs(rim - line), 0.99) > _ACROSS:
        return None
    even = _smoothed(line, _GRAIN)
    if np.abs(even[_WITHIN:] - even[:-_WITHIN]).max(initial=0) > _ALONG:
        return None
    # What is left of grain and steps would be drawn out into streaks.
    return _smoothed(line, max(1, len(line) // 25))


def _drawn_out(line: NDArray[Any], length: int) -> NDArray[Any]:
    """Return a line repeated, with grain in place of the bands that rounding would leave."""
    spread = np.random.default_rng(0).random((len(line), length, 1))
    drawn: NDArray[Any] = np.floor(np.repeat(line, length, axis=1) + spread).astype(np.uint8)
    return drawn


def _smoothed(line: NDArray[Any], reach: int) -> NDArray[Any]:
    """Return a line with each px the mean of those within ``reach`` px."""
    padded = np.pad(line, ((reach, reach), (0, 0), (0, 0)), mode="edge")
    summed = np.cumsum(padded, axis=0)
    summed = np.concatenate([np.zeros_like(summed[:1]), summed])
    span = 2 * reach + 1
    mean: NDArray[Any] = (summed[span:] - summed[:-span]) / span
    return mean
