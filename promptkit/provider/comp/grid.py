"""The grid of a comp's page: where the stage, the palette, the captions and the mark go, in px."""

from __future__ import annotations

import math
from dataclasses import dataclass

from promptkit.geometry import Box

#: The em is this part of the geometric mean of the page's sides, but never too small to read.
#: A finished comp is set smaller than a sketch, and says more.
_EM_PARTS, _LEAST_EM = (0.0135, 0.0128, 0.012), 12
_COLUMN_PART, _LEAST_COLUMN = 0.2, 11
_HIGHEST_BAR = 4.5
_LEAST_BOTTOM, _BOTTOM_COLUMN = 7, 19
_LEGEND_CELL = 9.5
#: With less than this part of the page for the stage, captions give way to it.
_LEAST_STAGE = 0.42
_LEADING = 1.36


@dataclass(frozen=True, slots=True)
class Grid:
    """Places on the page. ``columns`` take the captions in turn; a small page has none."""

    em: int
    margin: int
    stage: Box
    palette: Box
    mark: Box
    columns: tuple[Box, ...]

    @property
    def legend_cells(self) -> int:
        """How many colours the palette's legend names in one row."""
        return _cells(self.palette.width, self.em)


def lay_out(size: tuple[int, int], colours: int, level: int) -> Grid:
    """Lay out a page of ``size`` px for a palette of ``colours``; the stage keeps its ratio.

    ``level`` is the degree of detail: 0 a sketch, 1 medium, 2 finished.
    """
    width, height = size
    em = max(_LEAST_EM, round(math.sqrt(width * height) * _EM_PARTS[level]))
    margin = max(8, round(min(size) * 0.036))
    part = _stage_part(size, em, margin, colours)
    if part < _LEAST_STAGE:
        return _small(size, em, margin)
    stage = Box(margin, margin, margin + round(width * part), margin + round(height * part))
    return _full(size, em, margin, stage, colours)


def _stage_part(size: tuple[int, int], em: int, margin: int, colours: int) -> float:
    width, height = size
    column = max(_LEAST_COLUMN * em, _COLUMN_PART * width)
    part = (width - 3 * margin - column) / width
    for _ in range(3):
        below = _gap(em) + _palette_height(part * width, em, colours) + _mark_height(em)
        part = min(part, (height - 2 * margin - below) / height)
    return part


def _full(size: tuple[int, int], em: int, margin: int, stage: Box, colours: int) -> Grid:
    width, height = size
    right, bottom = width - margin, height - margin
    top = stage.y1 + _gap(em)
    palette = Box(stage.x0, top, stage.x1, top + _palette_height(stage.width, em, colours))
    mark = Box(margin, bottom - em * _LEADING, right, bottom)
    spare = mark.y0 - palette.y1 - 2 * margin
    side = Box(stage.x1 + margin, margin, right, palette.y1)
    if spare >= _LEAST_BOTTOM * em:
        below = Box(margin, palette.y1 + margin, right, mark.y0 - margin)
        return Grid(em, margin, stage, palette, mark, (side, *_columns(below, em, margin)))
    side = Box(side.x0, side.y0, right, bottom)
    deepest = palette.height + em * (_HIGHEST_BAR - 1)
    foot = mark.y0 - em * 0.8
    palette = Box(palette.x0, max(top, foot - deepest), palette.x1, foot)
    palette = palette.moved(0, min(0.0, stage.y1 + margin - palette.y0))
    mark = Box(margin, mark.y0, stage.x1, bottom)
    return Grid(em, margin, stage, palette, mark, (side,))


def _columns(box: Box, em: int, gutter: int) -> tuple[Box, ...]:
    count = max(1, int((box.width + gutter) / (_BOTTOM_COLUMN * em + gutter)))
    width = (box.width - gutter * (count - 1)) / count
    lefts = (box.x0 + (width + gutter) * number for number in range(count))
    return tuple(Box(left, box.y0, left + width, box.y1) for left in lefts)


def _small(size: tuple[int, int], em: int, margin: int) -> Grid:
    """Lay out a page without captions: the stage, the palette's bar, the mark."""
    width, height = size
    mark = Box(margin, height - margin - em * _LEADING, width - margin, height - margin)
    palette = Box(margin, mark.y0 - em * 2.0, width - margin, mark.y0 - em * 0.4)
    room = Box(margin, margin, width - margin, palette.y0 - em * 0.5)
    part = min(room.width / width, room.height / height)
    left = round((width - width * part) / 2)
    stage = Box(left, margin, left + round(width * part), margin + round(height * part))
    return Grid(em, margin, stage, palette, mark, ())


def _cells(width: float, em: int) -> int:
    return max(1, int(width / (_LEGEND_CELL * em)))


def _palette_height(width: float, em: int, colours: int) -> float:
    rows = math.ceil(colours / _cells(width, em))
    return em * (1.5 + rows * (2 * _LEADING + 0.5))


def _gap(em: int) -> float:
    return em * 0.9


def _mark_height(em: int) -> float:
    return em * (_LEADING + 0.7)
