"""Marks on the stage: clear space, headline, logo, the light's way, the subject's name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from PIL import Image, ImageStat

from promptkit.geometry import Box
from promptkit.lettering import DARK_INK, Rgb, Weight, font, largest
from promptkit.provider.comp import words
from promptkit.provider.comp.notes import Copy, Notes
from promptkit.provider.comp.pen import Pen
from promptkit.provider.comp.scene import Light, Scene, wants_clear
from promptkit.provider.comp.tones import Tones

#: A zone smaller than this many em is outlined, but not written into.
_LEAST_WIDTH, _LEAST_HEIGHT = 8, 3


@dataclass(frozen=True, slots=True)
class Annotated:
    """The drawing with what the marks are about. ``unit`` is px per unit across and down."""

    pen: Pen
    scene: Scene
    notes: Notes
    tones: Tones

    def px(self, box: Box) -> Box:
        """Return ``box`` in px of the drawing."""
        width, height = self.pen.picture.size
        return box.scaled(width / self.scene.ratio, height)


def letter(stage: Annotated) -> None:
    """Write only what the model itself letters: a final is a picture, and no plan of one."""
    lettered = [line for line in stage.notes.copy if line.lettered]
    if lettered and _keeps_clear(stage):
        _copy(stage, stage.px(stage.scene.clear).inset(stage.pen.em * 0.7), lettered, ())


def annotate(stage: Annotated) -> None:
    """Write all marks; those that find no free place are left out."""
    clear = stage.px(stage.scene.clear)
    taken = []
    if _keeps_clear(stage):
        taken.append(clear)
        _clear_space(stage, clear)
    if stage.scene.reserve:
        logo = stage.px(stage.scene.reserve)
        taken.append(logo)
        _outlined(stage, logo, "logo")
    if stage.notes.text("lighting"):
        taken += _light(stage, taken)
    _subject(stage, taken)


def _keeps_clear(stage: Annotated) -> bool:
    # A carried scene may have a zone that these notes do not.
    return stage.scene.zoned or wants_clear(stage.notes)


def _clear_space(stage: Annotated, box: Box) -> None:
    pen = stage.pen
    lettered = [line for line in stage.notes.copy if line.lettered]
    later = [line for line in stage.notes.copy if not line.lettered]
    names = ["clear space"]
    if later:
        names = [
            "clear space · headline set later",
            "headline set later",
            "headline here",
            "headline",
        ]
    elif lettered:
        names = ["clear space · lettered by the model", "lettered by the model", "lettering"]
    _outlined(stage, box, *names)
    room = Box(
        box.x0 + pen.em * 0.7, box.y0 + pen.em * 2.4, box.x1 - pen.em * 0.7, box.y1 - pen.em * 0.5
    )
    if room.height > pen.em and room.width > pen.em * _LEAST_WIDTH:
        _copy(stage, room, lettered, later)


def _copy(stage: Annotated, room: Box, lettered: Iterable[Copy], later: Iterable[Copy]) -> None:
    """Letter what the model draws in large type, then what is set later in smaller type."""
    pen = stage.pen
    ink = stage.tones.ink(_ground(pen.picture, room))
    faces: tuple[tuple[Iterable[Copy], float, Weight], ...] = (
        (lettered, 4.2, "semibold"),
        (later, 2.2, "regular"),
    )
    for lines, biggest, weight in faces:
        for line in lines:
            text = line.text if line.lettered else f"“{line.text}”"
            inter = partial(font, weight=weight)
            face, rows = largest(text, (room.width, room.height), inter, biggest * pen.em, pen.em)
            bottom = pen.write((room.x0, room.y0), rows, face, ink)
            room = Box(room.x0, bottom + pen.em * 0.3, room.x1, room.y1)


def _outlined(stage: Annotated, box: Box, *names: str) -> None:
    """Outline ``box``, and write into its corner the first of ``names`` that fits whole."""
    pen = stage.pen
    pen.dashed(box, stage.tones.ink(_ground(pen.picture, box)))
    if box.height < pen.em * _LEAST_HEIGHT:
        return
    for name in names:
        label = pen.label_box(name, math.inf)
        if label.width <= box.width - pen.em:
            pen.label(label.moved(box.x0 + pen.em * 0.5, box.y0 + pen.em * 0.5), name)
            return


def _ground(picture: Image.Image, box: Box) -> Rgb:
    """Return the mean colour under ``box``."""
    left, top, right, bottom = box.ints
    patch = picture.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    red, green, blue = (round(mean) for mean in ImageStat.Stat(patch).mean)
    return red, green, blue


def _light(stage: Annotated, taken: list[Box]) -> list[Box]:
    """Write where the light comes from, on that side of the picture; return the place taken."""
    pen, light = stage.pen, stage.scene.light
    icon = pen.em * 2.6
    text = words.first_clause(stage.notes.text("lighting"))
    frame = pen.frame.inset(pen.em * 0.6)
    for wording in (text, *_shortened(text), "light"):
        size = pen.label_box(wording, math.inf, icon=icon)
        place = _free(_edges(frame, size, light), frame, taken)
        if place:
            pen.label(place, wording, icon=icon)
            _arrow(pen, place, light)
            return [place]
    return []


def _shortened(text: str) -> Iterable[str]:
    """Return ``text`` without its last words, one fewer each time, down to three."""
    told = text.split()
    return (" ".join(told[:count]) + "…" for count in range(len(told) - 1, 2, -1))


def _edges(frame: Box, size: Box, light: Light) -> list[Box]:
    """Return places along the picture's edges, first where the light comes from."""
    from_left = light.dx >= 0
    near, far = (frame.x0, frame.x1 - size.width)[:: 1 if from_left else -1]
    middle = frame.centre[0] - size.width / 2
    tops = (frame.y0, frame.y0 + frame.height * 0.3, frame.y1 - size.height)
    rows = tops[::-1] if light.dy < 0 else tops
    spots = [(near, rows[0]), (middle, rows[0]), (near, rows[1])]
    spots += [(near, rows[2]), (middle, rows[2]), (far, rows[0]), (far, rows[2])]
    return [size.moved(x, y) for x, y in spots]


def _arrow(pen: Pen, place: Box, light: Light) -> None:
    """Draw a small sun, and an arrow the way its light travels."""
    length = math.hypot(light.dx, light.dy)
    dx, dy = light.dx / length, light.dy / length
    middle = (place.x0 + pen.em * 1.6, place.centre[1])
    reach, radius = pen.em * 0.95, pen.em * 0.32
    sun = (middle[0] - dx * reach, middle[1] - dy * reach * 0.45)
    tip = (middle[0] + dx * reach, middle[1] + dy * reach * 0.45)
    pen.draw.line((*sun, *tip), DARK_INK, max(1, round(pen.em / 9)))
    pen.draw.ellipse(
        (sun[0] - radius, sun[1] - radius, sun[0] + radius, sun[1] + radius), (242, 169, 0)
    )
    barb = pen.em * 0.46
    wings = [
        (tip[0] - barb * (dx * 0.9 - side * dy * 0.6), tip[1] - barb * (dy * 0.9 + side * dx * 0.6))
        for side in (-1, 1)
    ]
    pen.draw.polygon([tip, *wings], DARK_INK)


def _subject(stage: Annotated, taken: list[Box]) -> None:
    """Write the subject's words near it: below, beside or above, wherever there is room."""
    pen = stage.pen
    text = words.first_clause(stage.notes.text("subject"))
    if not text:
        return
    frame = pen.frame.inset(pen.em * 0.6)
    subject = stage.px(stage.scene.subject)
    spots = [stage.px(spot) for spot in stage.scene.spots if spot]
    for blocked in ([*taken, *spots], taken):
        for width, lines in ((18, 2), (14, 3), (10, 3), (9, 1)):
            size = pen.label_box(text, min(width * pen.em, frame.width), lines=lines)
            place = _free(_round_about(subject, size, pen.em * 0.6, frame), frame, blocked)
            if place:
                pen.label(place, text)
                return


def _round_about(subject: Box, size: Box, gap: float, frame: Box) -> list[Box]:
    middle = min(
        max(subject.centre[0] - size.width / 2, frame.x0), max(frame.x0, frame.x1 - size.width)
    )
    beside = subject.y0 + subject.height * 0.3
    return [
        size.moved(middle, subject.y1 + gap * 1.6),
        size.moved(subject.x1 + gap, beside),
        size.moved(subject.x0 - gap - size.width, beside),
        size.moved(middle, subject.y0 - gap - size.height),
        size.moved(middle, frame.y1 - size.height),
    ]


def _free(places: Iterable[Box], frame: Box, taken: Iterable[Box]) -> Box | None:
    blocked = list(taken)
    return next(
        (
            place
            for place in places
            if frame.holds(place) and not any(place.meets(other) for other in blocked)
        ),
        None,
    )
