"""The pen: lines of text, dashed boxes and small labels, all in px."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from PIL import Image, ImageDraw
from PIL.ImageFont import FreeTypeFont

from promptkit.geometry import Box, Point
from promptkit.lettering import DARK_INK, Rgb, fit, font, line_height, shorten

#: The ground of labels that lie on the drawing.
LABEL: Rgb = (255, 255, 255)
LABEL_EDGE: Rgb = (196, 193, 188)


@dataclass(frozen=True)
class Pen:
    """Writes on ``picture``; ``em`` is the size of its text in px, and the page's unit.

    ``marks`` are the places of all it wrote: what lies there is no part of a drawing below.
    """

    picture: Image.Image
    em: int
    marks: list[Box] = field(default_factory=list)

    @cached_property
    def draw(self) -> ImageDraw.ImageDraw:
        """Pillow's drawing interface to the picture."""
        return ImageDraw.Draw(self.picture)

    @property
    def frame(self) -> Box:
        """The picture's edges."""
        return Box(0, 0, *self.picture.size)

    @property
    def plain(self) -> FreeTypeFont:
        """The face of running text."""
        return font(self.em)

    @property
    def strong(self) -> FreeTypeFont:
        """The face of headings and labels."""
        return font(self.em, "semibold")

    @property
    def hairline(self) -> int:
        """The width of thin lines in px."""
        return max(1, round(self.em / 12))

    def write(self, at: Point, lines: Sequence[str], face: FreeTypeFont, ink: Rgb) -> float:
        """Write ``lines`` below ``at``, flush left; return where the next line would begin."""
        x, y = at
        leading = line_height(face)
        for line in lines:
            self.draw.text((round(x), round(y)), line, ink, face)
            self.marks.append(Box(x - 1, y, x + face.getlength(line) + 1, y + leading))
            y += leading
        return y

    def dashed(self, box: Box, ink: Rgb) -> None:
        """Draw a thin dashed rectangle."""
        left, top, right, bottom = box.ints
        dash, gap = max(4, self.em // 2), max(3, self.em // 3)
        edge = self.hairline
        for x0, y0, x1, y1 in (
            (left, top, right, top),
            (left, bottom, right, bottom),
            (left, top, left, bottom),
            (right, top, right, bottom),
        ):
            self.marks.append(Box(x0 - edge, y0 - edge, x1 + edge + 1, y1 + edge + 1))
        for x in range(left, right, dash + gap):
            for y in (top, bottom):
                self.draw.line((x, y, min(x + dash, right), y), ink, self.hairline)
        for y in range(top, bottom, dash + gap):
            for x in (left, right):
                self.draw.line((x, y, x, min(y + dash, bottom)), ink, self.hairline)

    def label_box(self, text: str, width: float, *, lines: int = 1, icon: float = 0.0) -> Box:
        """Return the size of a label for ``text`` at most ``width`` px wide, at the origin."""
        rows = fit(text, self.plain, width - self.em - icon, lines)
        widest = max((self.plain.getlength(row) for row in rows), default=0.0)
        return Box(
            0, 0, widest + self.em + icon, len(rows) * line_height(self.plain) + self.em * 0.4
        )

    def label(self, box: Box, text: str, *, icon: float = 0.0) -> None:
        """Write ``text`` on a small ground of its own, so that it reads on any picture."""
        self.draw.rounded_rectangle(box.ints, self.em * 0.3, LABEL, LABEL_EDGE, self.hairline)
        self.marks.append(Box(box.x0 - 1, box.y0 - 1, box.x1 + 2, box.y1 + 2))
        # One px more than measured: a width rounded down must not cost the last word.
        inside = box.width - self.em - icon + 1
        rows = round((box.height - self.em * 0.4) / line_height(self.plain))
        at = (box.x0 + self.em * 0.5 + icon, box.y0 + self.em * 0.24)
        self.write(at, fit(text, self.plain, inside, rows), self.plain, DARK_INK)

    def line(self, at: Point, text: str, face: FreeTypeFont, ink: Rgb, width: float) -> float:
        """Write one line of at most ``width`` px, cut with … where it must be."""
        return self.write(at, [shorten(text, face, width)], face, ink)
