"""Resampling to the exact size."""

from __future__ import annotations

import numpy as np
from PIL import Image

from promptkit.geometry import Box
from promptkit.measures import Size
from promptkit.picture.audit.lab import linear_steps


def scaled(picture: Image.Image, box: Box, size: Size) -> Image.Image:
    """Return a box (px) of a picture in sRGB at exactly this size, by Lanczos.

    It is made smaller in linear light, as light itself would blend. It is made larger in sRGB's
    own values: there the same filter would leave dark rims round light things.
    """
    if box == Box(0, 0, *size):
        return picture.copy()
    edges = (box.x0, box.y0, box.x1, box.y1)
    if box.width < size[0] or box.height < size[1]:
        return picture.resize(size, Image.Resampling.LANCZOS, edges)
    table = linear_steps()
    bands = [
        Image.fromarray(table[np.asarray(band)]).resize(size, Image.Resampling.LANCZOS, edges)
        for band in picture.convert("RGB").split()
    ]
    light = np.clip(np.stack([np.asarray(band) for band in bands], axis=2), 0.0, 1.0)
    values = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray(np.round(values * 255).astype(np.uint8))
