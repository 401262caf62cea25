"""What lies below a mark, as the audit measures it: how bright, how busy, and whether it is one."""

from __future__ import annotations

import numpy as np
from PIL import Image

from promptkit.lettering import Rgb, luminance
from promptkit.picture.audit.zones import Zone, zone_of
from promptkit.provider.comp.geometry import Box

#: The px that are the darkest and the lightest of a ground: fewer are dust.
_DARK, _LIGHT = 0.01, 0.99
#: A ground whose own light and dark differ by more than this contrast is not one ground: what lies
#: there lies across the edge of something.
UNEVEN = 3.0


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

    def _zone(self, box: Box) -> Zone:
        width, height = self._picture.size
        left, top = min(max(box.x0, 0), width - 1), min(max(box.y0, 0), height - 1)
        right, bottom = min(max(box.x1, left + 1), width), min(max(box.y1, top + 1), height)
        place = Box(left, top, right, bottom)
        if place.ints not in self._zones:
            part = place.scaled(1 / width, 1 / height)
            zone = zone_of(self._picture, (part.x0, part.y0, part.x1, part.y1))
            assert zone is not None  # nothing of it is hidden
            self._zones[place.ints] = zone
        return self._zones[place.ints]
