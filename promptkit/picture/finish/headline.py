"""The headline: set in the brand's typeface, as large as its zone takes, where it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import ImageDraw
from PIL.ImageFont import FreeTypeFont

from promptkit.brand.channels import TextZone
from promptkit.brand.checks import TextZoneCheck
from promptkit.geometry import Box
from promptkit.lettering import largest, line_height
from promptkit.picture.finish.canvas import Canvas, Ink, common, without
from promptkit.picture.finish.ground import UNEVEN
from promptkit.picture.finish.typeface import Face

#: Of the picture's shorter side: a headline is never larger, and never smaller.
_BIGGEST, _LEAST = 0.095, 0.034
#: Smaller than this, px, no screen shows a headline well.
_SMALLEST = 18
#: A zone whose middle is this near to the picture's has its lines centred, 0–1.
_CENTRAL = 0.06
#: What is this near to a line, in heights of its letters, must be calm, too.
_AROUND = 0.25
#: How wide the block may be, in parts of its zone: narrow ones find calm ground where wide ones
#: do not.
_WIDTHS = (1.0, 0.7, 0.5)
#: Where a block of lines is tried in its zone: flush left before flush right, high before low.
_ACROSS, _DOWN = (0.0, 1.0), (0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of text in their place; ``box`` holds their ink."""

    lines: tuple[str, ...]
    face: FreeTypeFont
    box: Box
    centred: bool

    @property
    def rows(self) -> Iterator[Box]:
        """The box of each line."""
        leading = line_height(self.face)
        for number, line in enumerate(self.lines):
            width = self.face.getlength(line)
            left = self.box.x0 + ((self.box.width - width) / 2 if self.centred else 0.0)
            top = self.box.y0 + number * leading
            yield Box(left, top, left + width, top + leading)

    def within(self, room: Box, across: float, down: float) -> Block:
        """Return it at a place of a room: 0 is its left or its top, 1 its right or its foot."""
        free = room.width - self.box.width, room.height - self.box.height
        left = 0.5 if self.centred else across
        x, y = room.x0 + free[0] * left, room.y0 + free[1] * down
        return Block(
            self.lines, self.face, self.box.moved(x - self.box.x0, y - self.box.y0), self.centred
        )


@dataclass(frozen=True, slots=True)
class _Setting:
    block: Block
    ink: Ink
    contrast: float
    busy: float
    uneven: bool


def set_headline(
    canvas: Canvas,
    text: str,
    zone: TextZone,
    face: Face,
    inks: Sequence[Ink],
    wanted: TextZoneCheck,
) -> dict[str, Any] | None:
    """Set words into a zone, and return what was done; ``None`` when they do not fit.

    The first ink that reads is taken, in the place nearest to the zone's upper left that is calm.
    Where none reads, the best one is set and the check fails.
    """
    room = without(common(canvas.part(zone.box), canvas.safe), canvas.taken)
    blocks = [block for part in _WIDTHS if (block := _block(canvas, text, room, face, part))]
    if not blocks:
        canvas.check(
            "headline-fit",
            "must",
            False,
            f"“{text}” does not fit the channel's text zone at a size that reads",
            hint="say it in fewer words, or make the channel's text_zone larger",
        )
        return None
    setting = _best(canvas, blocks, room, zone, inks, wanted)
    _check(canvas, setting, zone, wanted)
    _draw(canvas, setting)
    canvas.taken.append(setting.block.box.inset(-setting.block.face.size * 0.4))
    return _told(setting, face, text)


def _check(canvas: Canvas, setting: _Setting, zone: TextZone, wanted: TextZoneCheck) -> None:
    reads = setting.contrast >= zone.min_contrast
    calm = setting.busy <= wanted.max_busy and not setting.uneven
    canvas.check(
        "headline-contrast",
        "must",
        reads,
        f"the headline in {setting.ink.name} has a contrast of {setting.contrast:.1f}:1 in "
        f"{wanted.share:.0%} of what lies below it" + ("" if reads else ", which does not read"),
        measured=setting.contrast,
        wanted=f"≥ {zone.min_contrast:g}",
        hint="keep the text zone calm, all light or all dark, in the picture itself",
    )
    canvas.check(
        "headline-calm",
        "should",
        calm,
        f"the ground of the headline is {'calm' if calm else 'busy'}",
        measured=setting.busy,
        wanted=f"≤ {wanted.max_busy:g}",
        hint="ask for calm, empty space where the words go",
    )


def _block(canvas: Canvas, text: str, room: Box, face: Face, part: float) -> Block | None:
    """Return words set into a part of a room's width, as large as they can be."""
    least = max(_SMALLEST, round(canvas.short * _LEAST))
    biggest = max(least, min(canvas.short * _BIGGEST, room.height / 2))
    loaded, lines = largest(
        text, (room.width * part, room.height), face.at, biggest, least, break_words=False
    )
    if not lines:
        return None
    across = (room.x0 + room.x1) / 2 / canvas.frame.width
    centred = abs(across - 0.5) < _CENTRAL
    width = max(map(loaded.getlength, lines))
    left = room.x0 + ((room.width - width) / 2 if centred else 0.0)
    height = len(lines) * line_height(loaded)
    return Block(tuple(lines), loaded, Box(left, room.y0, left + width, room.y0 + height), centred)


def _best(
    canvas: Canvas,
    blocks: Sequence[Block],
    room: Box,
    zone: TextZone,
    inks: Sequence[Ink],
    wanted: TextZoneCheck,
) -> _Setting:
    """Return the first setting that reads on a calm ground, else that reads, else the best."""
    tried = [
        _tried(canvas, block.within(room, across, down), ink, wanted.share)
        for ink in inks
        for block in blocks
        for across in _ACROSS
        for down in _DOWN
    ]
    reads = [setting for setting in tried if setting.contrast >= zone.min_contrast]
    calm = [setting for setting in reads if setting.busy <= wanted.max_busy and not setting.uneven]
    return (calm or reads or [max(tried, key=lambda setting: setting.contrast)])[0]


def _tried(canvas: Canvas, block: Block, ink: Ink, share: float) -> _Setting:
    rows = [*block.rows]
    near = [row.inset(-block.face.size * _AROUND) for row in rows]
    return _Setting(
        block,
        ink,
        contrast=min(canvas.ground.contrast(ink.rgb, row, share) for row in rows),
        busy=max(canvas.ground.busy(tile) for row in near for tile in _tiles(row, block.face.size)),
        uneven=any(canvas.ground.unevenness(row) > UNEVEN for row in near),
    )


def _tiles(row: Box, width: float) -> Iterator[Box]:
    """Yield the parts of a line, each about a letter's height wide.

    The edge of a thing below one of them is not made good by calm beside it.
    """
    count = max(1, round(row.width / width))
    step = row.width / count
    for number in range(count):
        left = row.x0 + number * step
        yield Box(left, row.y0, left + step, row.y1)


def _draw(canvas: Canvas, setting: _Setting) -> None:
    pen = ImageDraw.Draw(canvas.picture)
    face = setting.block.face
    ascent, descent = face.getmetrics()
    lead = (line_height(face) - ascent - descent) / 2 + ascent
    for line, row in zip(setting.block.lines, setting.block.rows, strict=True):
        pen.text((round(row.x0), round(row.y0 + lead)), line, setting.ink.rgb, face, anchor="ls")


def _told(setting: _Setting, face: Face, text: str) -> dict[str, Any]:
    return {
        "text": text,
        "lines": list(setting.block.lines),
        "box": list(setting.block.box.ints),
        "typeface": face.told,
        "size_px": round(setting.block.face.size),
        "ink": setting.ink.name,
        "hex": "#{:02X}{:02X}{:02X}".format(*setting.ink.rgb),
        "contrast": round(setting.contrast, 2),
    }
