"""Balance: resizing the parts of a scene until each colour covers about its share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from promptkit.geometry import Box
from promptkit.provider.comp.geometry import moves_off, standing
from promptkit.provider.comp.paint import shares
from promptkit.provider.comp.scene import RESERVE_GAP, Scene, above_ground, words_end
from promptkit.provider.comp.tones import Tones

_ROUNDS = 7
#: How far the horizon may move from where the words put it, in heights of the picture.
_HORIZON_PLAY = 0.17
_MARGIN = 0.02
_LARGEST_SPOT = 0.24
_SMALLEST_SPOT = 0.035
_SMALLEST_BACK = 0.04
_NEAR_EDGE = 0.05
#: The least and the greatest width over height of each large form.
_PROPORTIONS = {
    "disc": (1.0, 1.0),
    "arch": (0.55, 1.1),
    "panel": (0.35, 1.0),
    "hill": (1.15, 4.0),
    "sail": (0.85, 1.2),
    "window": (0.6, 1.1),
    "frame": (0.7, 1.4),
    "steps": (0.9, 1.6),
}


def balanced(scene: Scene, tones: Tones) -> Scene:
    """Return ``scene`` with horizon, large form and small forms resized towards the shares.

    What the words fix stays: the subject, the clear space, and the horizon within bounds. So the
    shares are met only as far as these leave room.
    """
    if scene.seamless:
        return scene
    asked = scene.horizon
    for _ in range(_ROUNDS):
        covered = shares(scene, tones)
        scene = replace(
            scene,
            horizon=_horizon(scene, tones, covered, asked),
            back_box=_back(scene, tones, covered),
            spots=tuple(_spot(scene, tones, covered, number) for number in range(tones.spots)),
        )
    return _off_reserve(above_ground(scene))


def _horizon(scene: Scene, tones: Tones, covered: list[float], asked: float) -> float:
    if tones.slots["ground"].index == tones.slots["backdrop"].index:
        return scene.horizon
    missing = tones.share("ground") - covered[tones.slots["ground"].index]
    lowest = min(asked + _HORIZON_PLAY, scene.subject.y1 - 0.04)
    highest = max(asked - _HORIZON_PLAY, words_end(scene.clear) if scene.zoned else 0.0)
    return max(highest, min(lowest, scene.horizon - 0.8 * missing))


def _back(scene: Scene, tones: Tones, covered: list[float]) -> Box:
    """Grow the large form in its room; its foot stays on the horizon."""
    index = tones.slots["back"].index
    shared = {tones.slots[slot].index for slot in ("backdrop", "ground")}
    by = 1.0 if index in shared else _growth(tones.share("back"), covered[index])
    box, field = scene.back_box, _field(scene)
    narrow, wide = _PROPORTIONS[scene.back]
    proportion = min(wide, max(narrow, box.width / box.height))
    area = max(_SMALLEST_BACK, box.width * box.height * by**2)
    width = min(field.width, (area * proportion) ** 0.5)
    height = min(field.height, area / width, width / narrow)
    width = min(field.width, area / height, height * wide)
    return standing(box.centre[0], field.y1, width, height).within(field)


def _field(scene: Scene) -> Box:
    """Return where the large form may be: its room above the ground, out to the edges."""
    room, floor = scene.room, scene.horizon + 0.01
    left = 0.0 if room.x0 < _NEAR_EDGE else room.x0
    right = scene.ratio if room.x1 > scene.ratio - _NEAR_EDGE else room.x1
    return Box(left, min(room.y0, floor - 0.15), right, floor)


def _spot(scene: Scene, tones: Tones, covered: list[float], number: int) -> Box | None:
    """Grow a small form away from the subject, off the clear space, its foot on the ground."""
    slot = f"spot{number}"
    box, frame = scene.spots[number], scene.frame.inset(_MARGIN)
    if box is None:
        return None
    by = _growth(tones.share(slot), covered[tones.slots[slot].index])
    left = box.centre[0] < scene.subject.centre[0]
    base = min(frame.y1, max(box.y1, scene.horizon + box.height * 0.5))
    beside = box.x1 - frame.x0 if left else frame.x1 - box.x0
    size = min(_LARGEST_SPOT, box.width * by, beside)
    clear = above_ground(scene).clear
    edge = box.x1 - size if left else box.x0
    if clear.meets(Box(edge, base - size, edge + size, base)):
        size = min(size, base - clear.y1)
    size = max(_SMALLEST_SPOT, size)
    middle = box.x1 - size / 2 if left else box.x0 + size / 2
    return standing(middle, base, size, size)


def _off_reserve(scene: Scene) -> Scene:
    """Return ``scene`` with small forms moved off the logo's room, or dropped for want of place."""
    if scene.reserve is None:
        return scene
    spots = list(scene.spots)
    for number, spot in enumerate(spots):
        if spot and spot.meets(scene.reserve):
            others = [other for other in spots if other and other is not spot]
            taken = [scene.reserve, scene.clear, scene.subject, *others]
            spots[number] = _elsewhere(scene, scene.reserve, spot, taken)
    return replace(scene, spots=tuple(spots))


def _elsewhere(scene: Scene, reserve: Box, spot: Box, taken: Sequence[Box]) -> Box | None:
    """Return the nearest free place on the ground for ``spot``, smaller if it must be."""
    frame = scene.frame.inset(_MARGIN - 1e-6)
    across = 2 * (scene.subject.centre[0] - spot.centre[0])
    for by in (1.0, 0.7, 0.5):
        size = max(_SMALLEST_SPOT, spot.width * by)
        smaller = standing(spot.centre[0], spot.y1, size, size)
        for place in (*moves_off(smaller, reserve, RESERVE_GAP), smaller.moved(across, 0)):
            stands = place.y1 >= scene.horizon + size * 0.3
            if stands and frame.holds(place) and not any(map(place.meets, taken)):
                return place
    return None


def _growth(share: float, covered: float) -> float:
    return float(min(1.35, max(0.75, (share / max(covered, 0.002)) ** 0.5)))
