"""Scenery: the ground, the large form behind the subject, and the small forms round it."""

from __future__ import annotations

import math
from collections.abc import Callable

from promptkit.geometry import Box
from promptkit.provider.comp.geometry import (
    Outline,
    arc,
    arch,
    ellipse,
    rectangle,
    rounded,
    standing,
    taper,
)
from promptkit.provider.comp.scene import Scene
from promptkit.provider.comp.shape import Shape

Shapes = tuple[Shape, ...]

_BLEED = 0.05


def behind(scene: Scene) -> Shapes:
    """Return everything behind the subject, from the back to the front."""
    if scene.seamless:
        return ()
    large = BACKS[scene.back](scene.back_box)
    ground = Shape(_ground(scene), "ground")
    small: list[Shape] = []
    for number, box in enumerate(scene.spots):
        if box:
            small += SPOTS[scene.spot](box, f"spot{number}", scene.seed >> number & 1)
    if scene.mirrored:
        middle = scene.back_box.centre[0]
        large = tuple(shape.mirrored(middle) for shape in large)
    return *large, ground, *_horizon_lines(scene), *small


def _ground(scene: Scene) -> Outline:
    # Beyond the frame, so that a sketch's outline shows the far edge only.
    corners = ((scene.ratio + _BLEED, 1.0 + _BLEED), (-_BLEED, 1.0 + _BLEED))
    return (*_edge(scene, scene.horizon, 1.0), *corners)


def _edge(scene: Scene, level: float, strength: float) -> Outline:
    """Return the ground's far edge from left to right."""
    steps = 60
    turn = -1.0 if scene.mirrored else 1.0
    bend = _EDGES[scene.edge]
    width = scene.ratio + 2 * _BLEED
    across = [width * step / steps - _BLEED for step in range(steps + 1)]
    return tuple((x, level + strength * turn * bend(x)) for x in across)


#: How far the ground's edge lies under the horizon at x.
_EDGES: dict[str, Callable[[float], float]] = {
    "level": lambda x: 0.0,
    "slope": lambda x: 0.05 * (x - 0.7),
    "curve": lambda x: 0.03 * math.sin(1.9 * x + 0.6),
    "wave": lambda x: 0.009 * math.sin(11 * x),
}


def _horizon_lines(scene: Scene) -> Shapes:
    """Return what makes the ground lie flat: ripples on water, a skirting line elsewhere."""
    depth = 1 - scene.horizon
    if scene.edge != "wave":
        far = _edge(scene, scene.horizon, 1.0)
        near = tuple((x, y + 0.012) for x, y in reversed(far))
        return (Shape((*far, *near), "ground", -0.12, alpha=0.7),)
    levels = (scene.horizon + depth * part for part in (0.22, 0.5, 0.8))
    return tuple(_ripple(scene, level, number) for number, level in enumerate(levels))


def _ripple(scene: Scene, level: float, number: int) -> Shape:
    upper = _edge(scene, level, 1.0 + number * 0.5)
    thick = 0.008 + 0.004 * number
    return Shape((*upper, *((x, y + thick) for x, y in reversed(upper))), "ground", 0.12, alpha=0.8)


def _disc(box: Box) -> Shapes:
    radius = min(box.width, box.height) / 2
    middle = box.centre[0]
    disc = Box(middle - radius, box.y0, middle + radius, box.y0 + 2 * radius)
    return (Shape(ellipse(disc), "back"),)


def _arch(box: Box) -> Shapes:
    inner = box.part(0.14, 0.12, 0.86, 1.0)
    return Shape(arch(box), "back"), Shape(arch(inner), "back", 0.1, level=1)


def _panel(box: Box) -> Shapes:
    fold = box.part(0.72, 0.0, 1.0, 1.0)
    return Shape(rectangle(box), "back"), Shape(rectangle(fold), "back", -0.07)


def _hill(box: Box) -> Shapes:
    middle, half = box.centre[0], box.width / 2
    low = box.part(0.45, 0.45, 1.05, 1.0)
    return (
        Shape(arc((middle, box.y1), half, box.height, 180, 360), "back"),
        Shape(arc((low.centre[0], low.y1), low.width / 2, low.height, 180, 360), "back", -0.08),
    )


def _sail(box: Box) -> Shapes:
    """Return a boat: hull, mast, mainsail and jib."""
    hull = box.part(0.02, 0.86, 1.0, 1.0)
    mast = box.part(0.4, 0.0, 0.415, 0.88)
    main = box.part(0.43, 0.02, 1.0, 0.82)
    jib = box.part(0.02, 0.12, 0.385, 0.82)
    return (
        Shape(((main.x0, main.y0), (main.x1, main.y1), (main.x0, main.y1)), "back"),
        Shape(((jib.x1, jib.y0), (jib.x1, jib.y1), (jib.x0, jib.y1)), "back", 0.1),
        Shape(rectangle(mast), "dark", 0.2),
        Shape(taper(hull, 1.0, 0.7), "back", -0.08),
    )


def _window(box: Box) -> Shapes:
    panes = (
        box.part(0.06, 0.05, 0.475, 0.475),
        box.part(0.525, 0.05, 0.94, 0.475),
        box.part(0.06, 0.525, 0.475, 0.95),
        box.part(0.525, 0.525, 0.94, 0.95),
    )
    return (
        Shape(rounded(box, 0.01), "back"),
        *(Shape(rectangle(pane), "back", 0.12) for pane in panes),
    )


def _frame(box: Box) -> Shapes:
    picture = box.part(0.1, 0.1, 0.9, 0.9)
    land = picture.part(0.0, 0.55, 1.0, 1.0)
    return (
        Shape(rounded(box, 0.006), "back"),
        Shape(rectangle(picture), "back", 0.13),
        Shape(rectangle(land), "back", -0.05),
    )


def _steps(box: Box) -> Shapes:
    parts = ((0.0, 0.45, 0.34), (0.33, 0.0, 0.68), (0.67, 0.25, 1.0))
    shifts = (0.08, 0.0, -0.07)
    return tuple(
        Shape(rectangle(box.part(left, top, right, 1.0)), "back", shift)
        for (left, top, right), shift in zip(parts, shifts, strict=True)
    )


def _pebbles(box: Box, slot: str, variant: int) -> Shapes:
    big = box.part(0.0, 0.3, 0.86, 0.92)
    small = box.part(0.6, 0.68, 1.0, 1.0)
    if variant:
        big, small = box.part(0.14, 0.3, 1.0, 0.92), box.part(0.0, 0.68, 0.4, 1.0)
    return Shape(ellipse(big), slot), Shape(ellipse(small), slot, 0.1)


def _leaves(box: Box, slot: str, variant: int) -> Shapes:
    middle = box.centre[0]
    reach = box.width / 2
    tips = ((-0.9, 0.35), (-0.35, 0.02), (0.4, 0.1 + 0.1 * variant), (0.95, 0.42))
    return tuple(
        Shape(
            _leaf((middle, box.y1), (middle + dx * reach, box.y0 + dy * box.height)),
            slot,
            0.08 * (number % 2),
        )
        for number, (dx, dy) in enumerate(tips)
    )


def _leaf(root: tuple[float, float], tip: tuple[float, float]) -> Outline:
    (x0, y0), (x1, y1) = root, tip
    away = (y1 - y0) * 0.22, (x0 - x1) * 0.22
    steps = [step / 12 for step in range(13)]
    bulge = [math.sin(math.pi * step**0.8) for step in steps]
    spine = [(x0 + (x1 - x0) * step, y0 + (y1 - y0) * step) for step in steps]
    right = [(x + away[0] * by, y + away[1] * by) for (x, y), by in zip(spine, bulge, strict=True)]
    left = [(x - away[0] * by, y - away[1] * by) for (x, y), by in zip(spine, bulge, strict=True)]
    return (*right, *reversed(left))


def _blocks(box: Box, slot: str, variant: int) -> Shapes:
    low = box.part(0.0, 0.5, 1.0, 1.0)
    lump = standing(box.centre[0] + (variant - 0.5) * box.width * 0.3, low.y0, box.width * 0.5, 0)
    radius = lump.width / 2
    ball = Box(lump.x0, low.y0 - 2 * radius, lump.x1, low.y0)
    side = low.part(0.74, 0.0, 1.0, 1.0)
    return (
        Shape(rectangle(low), slot),
        Shape(rectangle(side), slot, -0.1),
        Shape(ellipse(ball), slot, 0.06),
    )


def _discs(box: Box, slot: str, variant: int) -> Shapes:
    if variant:
        return Shape(ellipse(box), slot), Shape(ellipse(box.part(0.2, 0.14, 0.5, 0.44)), slot, 0.12)
    ball = box.part(0.42, 0.42, 1.0, 1.0)
    post = box.part(0.06, 0.0, 0.44, 1.0)
    return Shape(rounded(post, post.width / 2, foot=0.004), slot), Shape(ellipse(ball), slot, 0.08)


BACKS: dict[str, Callable[[Box], Shapes]] = {
    "disc": _disc,
    "arch": _arch,
    "panel": _panel,
    "hill": _hill,
    "sail": _sail,
    "window": _window,
    "frame": _frame,
    "steps": _steps,
}
SPOTS: dict[str, Callable[[Box, str, int], Shapes]] = {
    "pebbles": _pebbles,
    "leaves": _leaves,
    "blocks": _blocks,
    "discs": _discs,
}
