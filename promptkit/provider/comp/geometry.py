"""Boxes and outlines, in units of the stage's height: x runs from 0 to its ratio, y from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Iterable

from promptkit.geometry import Box, Point

Outline = tuple[Point, ...]


def moves_off(box: Box, other: Box, gap: float) -> list[Box]:
    """Return ``box`` moved each way until it is ``gap`` off ``other``, the shortest way first."""
    ways = (
        (0.0, other.y0 - gap - box.y1),
        (other.x0 - gap - box.x1, 0.0),
        (other.x1 + gap - box.x0, 0.0),
        (0.0, other.y1 + gap - box.y0),
    )
    return [box.moved(dx, dy) for dx, dy in sorted(ways, key=lambda way: abs(way[0]) + abs(way[1]))]


def standing(middle: float, base: float, width: float, height: float) -> Box:
    """Return the box of a thing that stands on ``base`` with its middle at ``middle``."""
    return Box(middle - width / 2, base - height, middle + width / 2, base)


def rectangle(box: Box) -> Outline:
    """Return the outline of ``box``."""
    return ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))


def arc(centre: Point, across: float, down: float, start: float, end: float) -> Outline:
    """Return a bow about ``centre`` with radii ``across`` and ``down``, angles in degrees."""
    steps = max(6, round(abs(end - start) / 5))
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return tuple(
        (centre[0] + across * math.cos(angle), centre[1] + down * math.sin(angle))
        for angle in angles
    )


def ellipse(box: Box) -> Outline:
    """Return the ellipse that fills ``box``."""
    return arc(box.centre, box.width / 2, box.height / 2, 0, 355)


def rounded(box: Box, radius: float, *, foot: float | None = None) -> Outline:
    """Return ``box`` with round corners; ``foot`` is the lower corners' radius if another."""
    top = min(radius, box.width / 2, box.height / 2)
    low = min(radius if foot is None else foot, box.width / 2, box.height / 2)
    return (
        *arc((box.x0 + top, box.y0 + top), top, top, 180, 270),
        *arc((box.x1 - top, box.y0 + top), top, top, 270, 360),
        *arc((box.x1 - low, box.y1 - low), low, low, 0, 90),
        *arc((box.x0 + low, box.y1 - low), low, low, 90, 180),
    )


def arch(box: Box) -> Outline:
    """Return a doorway with a round head."""
    radius = min(box.width / 2, box.height)
    return rounded(box, radius, foot=0)


def drum(box: Box, dip: float) -> Outline:
    """Return an upright cylinder seen from a little above; ``dip`` is half its lid's depth."""
    middle, half = box.centre[0], box.width / 2
    return (
        *arc((middle, box.y0 + dip), half, dip, 180, 360),
        *arc((middle, box.y1 - dip), half, dip, 0, 180),
    )


def hoop(box: Box, dip: float) -> Outline:
    """Return a band laid round a drum: both of its edges sag by ``dip``."""
    middle, half = box.centre[0], box.width / 2
    return (
        *arc((middle, box.y0), half, dip, 180, 0),
        *arc((middle, box.y1), half, dip, 0, 180),
    )


def taper(box: Box, head: float, foot: float = 1.0) -> Outline:
    """Return an upright trapezium; ``head`` and ``foot`` are fractions of the box's width."""
    middle = box.centre[0]
    top, low = box.width / 2 * head, box.width / 2 * foot
    return (
        (middle - top, box.y0),
        (middle + top, box.y0),
        (middle + low, box.y1),
        (middle - low, box.y1),
    )


def mirrored(outline: Outline, middle: float) -> Outline:
    """Return ``outline`` flipped about the upright line at ``middle``."""
    return tuple((2 * middle - x, y) for x, y in outline)


def bounds(outlines: Iterable[Outline]) -> Box:
    """Return the smallest box that holds them all."""
    points = [point for outline in outlines for point in outline]
    across, down = [x for x, _ in points], [y for _, y in points]
    return Box(min(across), min(down), max(across), max(down))
