"""What lies below a mark, as the audit measures it: how bright, how busy, and whether it is one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from promptkit.geometry import Box
from promptkit.lettering import Rgb, luminance
from promptkit.measures import Size
from promptkit.picture.audit.lab import difference, lab
from promptkit.picture.audit.zones import Zone, zone_of

#: The px that are the darkest and the lightest of a ground: fewer are dust.
_DARK, _LIGHT = 0.01, 0.99
#: A ground whose own light and dark differ by more than this contrast is not one ground: what lies
#: there lies across the edge of something.
UNEVEN = 3.0
#: From this CIEDE2000 on a colour is another thing's, and not the ground's own light and shade.
_OTHER = 10.0
#: A place is looked at in this many px across when its colours are compared.
_LOOKED_AT = 64
#: A line of letters is looked at in this many px from top to foot.
_LETTER = 16


class Ground:
    """A picture as the ground of marks; boxes are in its px."""

    def __init__(self, picture: Image.Image) -> None:
        """Take a picture in sRGB; it is copied, since marks are drawn on it."""
        self._picture = picture.copy()
        self._zones: dict[tuple[int, int, int, int], Zone] = {}

    def contrast(self, ink: Rgb, box: Box, share: float) -> float:
        """Return the contrast by WCAG 2 (1–21) that an ink has in this share of a box's px."""
        return self._zone(box).reads(luminance(ink), share)

    def busy(self, box: Box) -> float:
        """Return the share of a box that is edges, 0–1."""
        return self._zone(box).busy

    def unevenness(self, box: Box) -> float:
        """Return the contrast, 1–21, of a box's own light parts with its dark ones."""
        dark, light = np.quantile(self._zone(box).luminances, (_DARK, _LIGHT))
        return float((light + 0.05) / (dark + 0.05))

    def crowded(self, box: Box, corner: str) -> float:
        """Return the share, 0–1, of other things' colours from a box out to its corner's edges.

        Of what lies on a thing, or across its edge, the ground beyond has another colour.
        """
        width, height = self._picture.size
        reach = Box(
            0 if "left" in corner else max(0, box.x0),
            0 if "top" in corner else max(0, box.y0),
            width if "right" in corner else min(width, box.x1),
            height if "bottom" in corner else min(height, box.y1),
        )
        size = (_LOOKED_AT, max(1, round(_LOOKED_AT * reach.height / max(1, reach.width))))
        return float(self._others(reach, size).mean())

    def crossed(self, box: Box) -> float:
        """Return the share, 0–1, of other things' colours in the worst part of a line of letters.

        The edge of a thing below one letter is not made good by calm below the others.
        """
        high = max(1.0, min(box.width, box.height))
        size = max(1, round(_LETTER * box.width / high)), max(1, round(_LETTER * box.height / high))
        there = self._others(box, size)
        reach = min(_LETTER, *there.shape)
        parts = np.lib.stride_tricks.sliding_window_view(there, (reach, reach))
        return float(parts.mean(axis=(2, 3)).max())

    def _others(self, box: Box, size: Size) -> NDArray[np.bool_]:
        """Return which px of a part, looked at in this size, have a colour unlike most of it."""
        part = self._picture.resize(size, Image.Resampling.BOX, self._inside(box).ints)
        colors = lab(np.asarray(part.convert("RGB")).reshape(-1, 3))
        usual = np.median(colors, axis=0, keepdims=True)
        return (difference(colors, usual) > _OTHER).reshape(size[::-1])

    def _zone(self, box: Box) -> Zone:
        place = self._inside(box)
        if place.ints not in self._zones:
            width, height = self._picture.size
            part = place.scaled(1 / width, 1 / height)
            zone = zone_of(self._picture, (part.x0, part.y0, part.x1, part.y1))
            assert zone is not None  # nothing of it is hidden
            self._zones[place.ints] = zone
        return self._zones[place.ints]

    def _inside(self, box: Box) -> Box:
        """Return the part of a box that lies in the picture, a px at least."""
        width, height = self._picture.size
        left, top = min(max(box.x0, 0), width - 1), min(max(box.y0, 0), height - 1)
        right, bottom = min(max(box.x1, left + 1), width), min(max(box.y1, top + 1), height)
        return Box(left, top, right, bottom)
