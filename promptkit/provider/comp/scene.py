"""The scene: what the words of a brief place where, and how one take differs from the next."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

from promptkit.geometry import Box
from promptkit.provider.comp import words
from promptkit.provider.comp.geometry import moves_off, standing
from promptkit.provider.comp.notes import Notes

#: Bumped when scenes of older comps can no longer be redrawn.
SCENE_VERSION = 1

#: Width over height of every form.
PROPORTIONS = {
    "can": 0.53,
    "bottle": 0.32,
    "jar": 0.84,
    "tin": 1.7,
    "carton": 0.8,
    "cup": 1.05,
    "chair": 0.62,
    "armchair": 0.98,
    "sofa": 2.1,
    "table": 1.7,
    "lamp": 0.5,
    "shelf": 0.86,
    "laptop": 1.6,
    "monitor": 1.35,
    "phone": 0.5,
    "tablet": 1.4,
    "person": 0.42,
    "couple": 0.78,
    "people": 1.15,
    "block": 0.9,
}
#: The edge of a ground that has none: it runs up behind the subject in one tone.
_SEAMLESS = "seamless"
#: How far the subject and the small forms keep from the logo's room.
RESERVE_GAP = 0.02
#: How far above the ground the clear space ends: waves and hills rise a little.
CLEARANCE = 0.04
_LOWEST_WORDS = 0.8
_GOLDEN = 0.618034
#: The size of small forms before they are balanced.
_SPOT = 0.1
_DEFAULT_LIGHT: words.Values = {"dx": 0.8, "dy": 0.8}
_DEFAULT_SETTING: words.Values = {
    "edge": "level",
    "backs": ["disc", "arch", "panel", "hill"],
    "spots": "discs",
}


@dataclass(frozen=True, slots=True)
class Light:
    """Where light travels (right and down positive), its shadows' length and softness (0–1)."""

    dx: float
    dy: float
    reach: float = 0.8
    soft: float = 0.5
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A composition. Lengths are in heights of the picture; ``ratio`` is its width in them.

    ``room`` is the part outside the clear space, which the subject and the forms round it keep
    to. ``spots`` are the small forms, one for each colour that has no field of its own,
    ``None`` where it found no place.
    ``zoned`` says that the clear space was given, and not read from words.
    """

    ratio: float
    seed: int
    form: str
    subject: Box
    room: Box
    horizon: float
    edge: str
    back: str
    back_box: Box
    spot: str
    spots: tuple[Box | None, ...]
    mirrored: bool
    flat: bool
    light: Light
    clear: Box
    zoned: bool
    reserve: Box | None

    @property
    def frame(self) -> Box:
        """The whole picture."""
        return Box(0.0, 0.0, self.ratio, 1.0)

    @property
    def seamless(self) -> bool:
        """Whether the subject is alone on a ground of one tone."""
        return self.edge == _SEAMLESS

    def to_data(self) -> dict[str, Any]:
        """Return the scene as plain JSON data."""
        return {"v": SCENE_VERSION} | asdict(self)


def from_data(data: Mapping[str, Any]) -> Scene:
    """Return the scene that ``Scene.to_data`` made.

    Raises:
        KeyError, TypeError, ValueError: the data is not of this version's shape.
    """
    fields = {key: value for key, value in data.items() if key != "page"}
    if fields.pop("v") != SCENE_VERSION or fields["form"] not in PROPORTIONS:
        raise ValueError("a scene of another version")
    for name in ("subject", "room", "back_box", "clear"):
        fields[name] = Box(**fields[name])
    fields["spots"] = tuple(Box(**spot) if spot else None for spot in fields["spots"])
    fields["reserve"] = Box(**fields["reserve"]) if fields["reserve"] else None
    return Scene(**fields | {"light": Light(**fields["light"])})


def compose(notes: Notes, ratio: float, take: int, spots: int) -> Scene:
    """Place what ``notes`` say in a picture of this ``ratio``; ``spots`` small forms with it.

    Only title, subject and take seed it, so that a final is composed like its preview.
    """
    chance = _Chance(notes, take)
    horizon = _horizon(notes, chance)
    form = words.earliest(notes.text("subject"), "forms").get("form", "block")
    setting = _setting(notes)
    alone = setting["edge"] == _SEAMLESS
    place = _place(notes, form, ratio, horizon, chance, alone=alone)
    subject, room = place.subject, place.room
    return Scene(
        ratio=ratio,
        seed=chance.seed,
        form=form,
        subject=subject,
        room=room,
        horizon=horizon,
        edge=setting["edge"],
        back=chance.turn(setting["backs"]),
        back_box=_back(subject, room, horizon, chance),
        spot=setting["spots"],
        spots=_spots(subject, ratio, horizon, 0 if alone else spots, chance),
        mirrored=chance.turn((False, True)),
        flat=bool(words.longest(notes.text("style"), "flat_styles")),
        light=_light(notes.text("lighting")),
        clear=place.clear,
        zoned=notes.text_zone is not None,
        reserve=_reserve(notes, ratio),
    )


def above_ground(scene: Scene) -> Scene:
    """Return ``scene`` with its clear space ended above the ground, if enough of it remains.

    A clear space that was given stays as it is.
    """
    clear, ground = scene.clear, scene.horizon - CLEARANCE
    if scene.zoned or not clear.y0 + 0.25 < ground < clear.y1:
        return scene
    return replace(scene, clear=replace(clear, y1=ground))


class _Chance:
    """Everything that may differ from take to take, from a hash of the brief.

    What must differ visibly walks in even steps from one take to the next; the rest is random.
    """

    def __init__(self, notes: Notes, take: int) -> None:
        brief = f"{notes.title}\n{notes.text('subject')}"
        self._start = _hash(brief)
        self._take = take
        self.seed = _hash(f"{brief}\n{take}")
        self._random = Random(self.seed)

    def turn(self, choices: Sequence[Any]) -> Any:
        """Return the next of ``choices`` in turn: two takes in a row never get the same."""
        return choices[(self._start + self._take) % len(choices)]

    def step(self, low: float, high: float, phase: float = 0.0) -> float:
        """Return a value that is far from the last take's."""
        part = (self._start % 997 / 997 + self._take * _GOLDEN + phase) % 1.0
        return low + (high - low) * part

    def near(self, by: float) -> float:
        """Return a small random deviation, at most ``by`` either way."""
        return self._random.uniform(-by, by)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the subject is, the clear space, and the room outside of that."""

    subject: Box
    clear: Box
    room: Box


def _place(
    notes: Notes, form: str, ratio: float, horizon: float, chance: _Chance, *, alone: bool
) -> _Place:
    side, rest = words.clear_side(notes.text("composition"))
    placed = words.longest(rest, "sides")
    if alone and placed.get("centred") and not wants_clear(notes):
        return _centred(notes, form, ratio, horizon, chance)
    clear = _clear(notes, side, placed, ratio)
    room = _room(clear, placed.get("x"), ratio)
    middle = placed["x"] * ratio if "x" in placed else room.centre[0]
    subject = _subject(notes, form, middle, room, horizon, chance)
    subject = _off_reserve(subject, _reserve(notes, ratio), room, horizon)
    return _Place(subject, clear, room)


def wants_clear(notes: Notes) -> bool:
    """Say whether anybody asked for clear space: the drawing leaves some in any case."""
    asked = words.names_clear_space(notes.text("composition"))
    return asked or notes.text_zone is not None or bool(notes.copy)


def _centred(notes: Notes, form: str, ratio: float, horizon: float, chance: _Chance) -> _Place:
    """Set the subject's middle on the picture's; what is left above it counts as clear."""
    frame = Box(0.0, 0.0, ratio, 1.0)
    # The margin differs too: a wide subject's size depends on nothing else.
    room = frame.inset(chance.step(0.05, 0.13))
    subject = _subject(notes, form, frame.centre[0], room, horizon, chance)
    (x, y), (across, down) = subject.centre, frame.centre
    subject = subject.moved(across - x, down - y)
    return _Place(subject, Box(room.x0, 0.02, room.x1, subject.y0 - 0.02), room)


def _reserve(notes: Notes, ratio: float) -> Box | None:
    return notes.reserve.scaled(ratio, 1.0) if notes.reserve else None


def _off_reserve(subject: Box, reserve: Box | None, room: Box, horizon: float) -> Box:
    """Return ``subject`` moved off the logo's room, or as it is when that leaves it no place."""
    if reserve is None or not subject.meets(reserve):
        return subject
    # Boxes moved to an edge miss it by rounding.
    reach = room.inset(-1e-6)
    moves = moves_off(subject, reserve, RESERVE_GAP)
    return next((to for to in moves if reach.holds(to) and to.y1 > horizon + 0.04), subject)


def _setting(notes: Notes) -> words.Values:
    """Return the setting: none at all where the words say that the subject is alone."""
    named = words.longest(notes.text("setting"), "settings")
    told = f"{notes.text('purpose')}\n{notes.text('composition')}"
    alone = words.longest(told, "alone")
    if alone and (not alone.get("unless_placed") or not named or named.get("plain")):
        return alone
    return named or _DEFAULT_SETTING


def _clear(notes: Notes, side: words.Values, placed: words.Values, ratio: float) -> Box:
    if notes.text_zone is not None:
        return notes.text_zone.scaled(ratio, 1.0)
    zone = side.get("zone") or _opposite(placed.get("x"), ratio)
    return Box(*zone).scaled(ratio, 1.0)


def _opposite(x: float | None, ratio: float) -> Sequence[float]:
    """Return the zone across from a subject at ``x``: beside it, or above when it is central."""
    if x is None:
        name = "left" if ratio > 1.15 else "above"
    else:
        name = "left" if x > 0.55 else "right" if x < 0.45 else "above"
    zone: Sequence[float] = words.longest(name, "sides")["zone"]
    return zone


def _room(clear: Box, x: float | None, ratio: float) -> Box:
    """Return the largest part round the clear space; if it can be, one that ``x`` lies in."""
    sides = (
        Box(0.03, 0.05, clear.x0 - 0.02, 0.94),
        Box(clear.x1 + 0.02, 0.05, ratio - 0.03, 0.94),
        Box(0.03, 0.05, ratio - 0.03, clear.y0 - 0.02),
        Box(0.03, clear.y1 + 0.02, ratio - 0.03, 0.94),
    )
    usable = [side for side in sides if side.width > 0.2 and side.height > 0.2]
    if not usable:
        return Box(0.03, 0.05, ratio - 0.03, 0.94)
    asked = [side for side in usable if x is not None and side.x0 < x * ratio < side.x1]
    return max(asked or usable, key=lambda side: side.width * side.height)


def _horizon(notes: Notes, chance: _Chance) -> float:
    camera = words.longest(notes.text("composition"), "cameras")
    level: float = camera.get("horizon", 0.66) + chance.step(-0.055, 0.055, phase=0.5)
    return max(level, words_end(notes.text_zone))


def words_end(zone: Box | None) -> float:
    """Return where the place for words ends, from which on the ground may begin.

    Words read on one ground only. A place that reaches further down has the ground in it.
    """
    return zone.y1 + CLEARANCE if zone and zone.y1 <= _LOWEST_WORDS else 0.0


def _subject(
    notes: Notes,
    form: str,
    middle: float,
    room: Box,
    horizon: float,
    chance: _Chance,
) -> Box:
    shot = words.longest(notes.text("composition"), "shots").get("height", 0.6)
    proportion = PROPORTIONS[form] * (1 + chance.near(0.06))
    height = min(
        shot * chance.step(0.86, 1.1),
        room.height,
        room.width * 0.92 / proportion,
        0.82,
    )
    base = horizon + (1 - horizon) * chance.step(0.3, 0.55, phase=0.25)
    slack = room.width - height * proportion
    middle += chance.step(-0.22, 0.22, phase=0.75) * max(0.0, slack)
    return standing(middle, base, height * proportion, height).within(room)


def _back(subject: Box, room: Box, horizon: float, chance: _Chance) -> Box:
    middle = subject.centre[0] + subject.width * chance.step(-0.6, 0.6, phase=0.4)
    size = 0.5 * chance.step(0.9, 1.15)
    base = min(horizon + 0.01, room.y1)
    width = min(size, room.width)
    return standing(middle, base, width, min(size, base - room.y0)).within(
        Box(room.x0, min(room.y0, base - size), room.x1, room.y1)
    )


def _spots(
    subject: Box, ratio: float, horizon: float, count: int, chance: _Chance
) -> tuple[Box, ...]:
    """Stand the small forms to the subject's left and right in turn, nearer ones lower."""
    turn = chance.turn((0, 1))
    beside = (subject.x0, ratio - subject.x1)
    boxes = []
    for number in range(count):
        wanted = (number + turn) % 2
        left = (wanted if beside[wanted] > 2 * _SPOT else beside.index(max(beside))) == 0
        depth = horizon + 0.05 + (subject.y1 + 0.04 - horizon) * chance.step(0.1, 0.9, number / 3)
        gap = 0.03 + abs(chance.near(0.04)) + 0.08 * (number // 2)
        middle = subject.x0 - gap - _SPOT / 2 if left else subject.x1 + gap + _SPOT / 2
        boxes.append(standing(middle, min(depth, 0.95), _SPOT, _SPOT))
    return tuple(boxes)


def _light(text: str) -> Light:
    # The key light is named first; what follows is rim and fill.
    way = words.earliest(text, "light_from") or _DEFAULT_LIGHT
    kind = words.longest(text, "light_kinds")
    return Light(
        dx=way["dx"],
        dy=way["dy"],
        reach=kind.get("reach", 0.8),
        soft=kind.get("soft", 0.5),
        behind=way.get("behind", False),
    )
