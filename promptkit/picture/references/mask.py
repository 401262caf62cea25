"""Masks: pictures that are transparent where another one is to be changed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from promptkit.errors import BriefError, Finding
from promptkit.picture.opening import open_picture

Edges = tuple[float, float, float, float]
_KEPT = 255


def mask_of_boxes(source: Path, boxes: Sequence[Edges], feather: float = 0) -> bytes:
    """Return a mask by which the boxes of a picture may change, as a PNG of its size.

    A box has left, top, right and bottom: as parts of the picture where none is above 1, else in
    px. ``feather`` is over how many px the mask fades, inside each box.

    Raises:
        BriefError: the picture cannot be opened, or a box lies outside of it.
    """
    size = open_picture(source).size
    alpha = Image.new("L", size, _KEPT)
    for box in boxes:
        alpha = ImageChops.darker(alpha, _hole(size, box, feather))
    return _png(alpha)


def mask_from_alpha(source: Path) -> bytes:
    """Return a mask by which a picture may change where it is transparent.

    Raises:
        BriefError: the picture cannot be opened, or is nowhere transparent.
    """
    alpha = open_picture(source).alpha
    if alpha is None or alpha.getextrema()[0] == _KEPT:
        message = f"{source} is nowhere transparent"
        fix = "erase in a picture program what is to change, or give --box left,top,right,bottom"
        raise BriefError(Finding("mask-not-transparent", message, fix=fix))
    return _png(alpha.point(lambda value: 0 if value < 128 else _KEPT))


def _hole(size: tuple[int, int], box: Edges, feather: float) -> Image.Image:
    """Return how opaque a mask with one box is; it is transparent within."""
    left, top, right, bottom = _in_px(size, box)
    inner = (left + feather, top + feather, right - 1 - feather, bottom - 1 - feather)
    if inner[2] < inner[0] or inner[3] < inner[1]:
        message = f"a feather of {feather:g} px leaves nothing of a box of {right - left} × "
        message += f"{bottom - top} px"
        raise BriefError(Finding("mask-feather", message, fix="take a smaller --feather"))
    hole = Image.new("L", size, _KEPT)
    ImageDraw.Draw(hole).rectangle(inner, fill=0)
    if not feather:
        return hole
    # Three radii hold nearly all of a blur; what it still does outside of the box is undone.
    soft = hole.filter(ImageFilter.GaussianBlur(feather / 3))
    outside = Image.new("L", size, _KEPT)
    ImageDraw.Draw(outside).rectangle((left, top, right - 1, bottom - 1), fill=0)
    return ImageChops.lighter(soft, outside)


def _in_px(size: tuple[int, int], box: Edges) -> tuple[int, int, int, int]:
    if not all(map(isfinite, box)):
        message = "a box has a left, top, right and bottom edge that are numbers"
        raise BriefError(Finding("mask-box", message, fix="write them as in 0.1,0.2,0.6,0.9"))
    width, height = size
    scale = (width, height, width, height) if max(box) <= 1 else (1, 1, 1, 1)
    left, top, right, bottom = (round(edge * by) for edge, by in zip(box, scale, strict=True))
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        said = ",".join(f"{edge:g}" for edge in box)
        message = f"the box {said} is no part of a picture of {width} × {height} px"
        fix = "write left,top,right,bottom from the upper left corner: 0.1,0.2,0.6,0.9, or in px"
        raise BriefError(Finding("mask-box", message, fix=fix))
    return left, top, right, bottom


def _png(alpha: Image.Image) -> bytes:
    mask = Image.new("RGBA", alpha.size, (0, 0, 0, _KEPT))
    mask.putalpha(alpha)
    into = io.BytesIO()
    mask.save(into, format="PNG", optimize=True)
    return into.getvalue()
