"""Small type: what the brand or the law wants said on a picture, in a corner where it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import ImageDraw
from PIL.ImageFont import FreeTypeFont

from promptkit.geometry import Box
from promptkit.lettering import Rgb, ink_on, line_height, wrap
from promptkit.picture.finish.canvas import Canvas, Ink
from promptkit.picture.finish.ground import UNEVEN
from promptkit.picture.finish.typeface import Face

#: The size of the type and its distance from the edges, of the picture's shorter side.
_SIZE, _MARGIN = 0.019, 0.026
#: Smaller type than this, px, is not legible.
_SMALLEST = 13
#: The widest that a line may be, of the picture's width.
_WIDEST = 0.5
_CONTRAST, _SHARE = 4.5, 0.98
#: On a ground busier than this (share of edges, 0–1) small type gets a plate of its own.
_BUSY = 0.015
#: What is this near, in heights of the type, must be calm, too.
_AROUND = 0.25


@dataclass(frozen=True, slots=True)
class _Corner:
    box: Box
    right: bool


def set_label(
    canvas: Canvas,
    texts: Sequence[str],
    face: Face,
    inks: Sequence[Ink],
    plate: Rgb,
    *,
    left: bool = False,
    off: Box | None = None,
) -> dict[str, Any] | None:
    """Set small type into a free corner, and return what was done.

    Each text begins a line. Where no corner is calm enough, it stands on a plate in a brand
    colour.

    Args:
        canvas: the picture.
        texts: what is said.
        face: the typeface.
        inks: the colours it may have, the best first.
        plate: the colour of the plate.
        left: whether to begin with the left side, since the logo stands on the right.
        off: the place for words, which it keeps out of if it can.
    """
    size = max(_SMALLEST, round(canvas.short * _SIZE))
    loaded = face.at(size)
    lines = [line for text in texts for line in wrap(text, loaded, canvas.frame.width * _WIDEST)]
    corners = [*_corners(canvas, lines, loaded, left)]
    free = [corner for corner in corners if not (off and corner.box.meets(off))] or corners
    said = " ".join(texts)
    canvas.check(
        "label-room",
        "must",
        bool(free),
        f"“{said}” stands on the picture, {size} px high" if free else f"no room for “{said}”",
        hint="make the channel larger, or its text zone smaller",
    )
    if not free:
        return None
    corner, ink = _readable(canvas, free, inks)
    plated = ink is None
    if ink is None:
        ink = Ink("on plate", ink_on(plate, *(one.rgb for one in inks)))
        ImageDraw.Draw(canvas.picture).rectangle(corner.box.inset(-size * 0.45).ints, plate)
    _draw(canvas, corner, lines, loaded, ink.rgb)
    canvas.taken.append(corner.box.inset(-size * 0.5))
    return {
        "lines": lines,
        "box": list(corner.box.ints),
        "typeface": face.told,
        "size_px": size,
        "hex": "#{:02X}{:02X}{:02X}".format(*ink.rgb),
        "plate": plated,
    }


def _corners(
    canvas: Canvas, lines: Sequence[str], face: FreeTypeFont, left: bool
) -> Iterator[_Corner]:
    width = max(map(face.getlength, lines))
    height = len(lines) * line_height(face)
    margin = canvas.short * _MARGIN
    room = Box(
        max(canvas.safe.x0, margin),
        max(canvas.safe.y0, margin),
        min(canvas.safe.x1, canvas.frame.x1 - margin),
        min(canvas.safe.y1, canvas.frame.y1 - margin),
    )
    for top in (room.y1 - height, room.y0):
        for right in (not left, left):
            x = room.x1 - width if right else room.x0
            box = Box(x, top, x + width, top + height)
            padded = box.inset(-face.size * 0.5)
            if room.holds(box) and not any(padded.meets(other) for other in canvas.taken):
                yield _Corner(box, right)


def _readable(
    canvas: Canvas, corners: Sequence[_Corner], inks: Sequence[Ink]
) -> tuple[_Corner, Ink | None]:
    """Return the first corner where an ink reads, else the first, where a plate is needed."""
    for corner in corners:
        near = corner.box.inset(-corner.box.height * _AROUND)
        if canvas.ground.busy(near) > _BUSY or canvas.ground.unevenness(near) > UNEVEN:
            continue
        for ink in inks:
            if canvas.ground.contrast(ink.rgb, corner.box, _SHARE) >= _CONTRAST:
                return corner, ink
    return corners[0], None


def _draw(
    canvas: Canvas, corner: _Corner, lines: Sequence[str], face: FreeTypeFont, ink: Rgb
) -> None:
    pen = ImageDraw.Draw(canvas.picture)
    for number, line in enumerate(lines):
        x = corner.box.x1 - face.getlength(line) if corner.right else corner.box.x0
        y = corner.box.y0 + number * line_height(face)
        pen.text((round(x), round(y)), line, ink, face)
