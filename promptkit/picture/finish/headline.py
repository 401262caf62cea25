"""The headline: set in the brand's typeface, as large as its zone takes, where it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from PIL import ImageDraw
from PIL.ImageFont import FreeTypeFont

from promptkit.brand.channels import TextZone
from promptkit.brand.checks import TextZoneCheck
from promptkit.geometry import Box
from promptkit.lettering import largest, line_height
from promptkit.picture.finish.canvas import Canvas, Ink, common, without
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
#: Where no place is calm for the largest letters, they are tried in these parts of their size.
_SIZES = (1.0, 0.8, 0.64)
#: More of another thing than this, 0–1, below a letter or close to it, and the line lies across it.
_CROSSED = 0.02
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
    crossed: float

    def good(self, zone: TextZone, wanted: TextZoneCheck) -> bool:
        """Say whether it reads, on a ground that is calm and nothing but ground."""
        return (
            self.contrast >= zone.min_contrast
            and self.busy <= wanted.max_busy
            and self.crossed <= _CROSSED
        )


def set_headline(
    canvas: Canvas,
    text: str,
    zone: TextZone,
    face: Face,
    inks: Sequence[Ink],
    wanted: TextZoneCheck,
) -> dict[str, Any] | None:
    """Set words into a zone, and return what was done; ``None`` when they do not fit.

    The first ink that reads is taken, as large as can be and nearest to the zone's upper left
    where the ground is calm and nothing else lies. Where none reads, the best one is set and the
    check fails.
    """
    room = without(common(canvas.part(zone.box), canvas.safe), canvas.taken)
    blocks = _blocks(canvas, text, room, face)
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
    calm, free = setting.busy <= wanted.max_busy, setting.crossed <= _CROSSED
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
    canvas.check(
        "headline-free",
        "should",
        free,
        "nothing else lies where the headline is"
        if free
        else "the headline lies across another thing, or its edge",
        measured=setting.crossed,
        wanted=f"≤ {_CROSSED:g}",
        hint="ask for empty space where the words go, with the subject well beside it",
    )


def _blocks(canvas: Canvas, text: str, room: Box, face: Face) -> list[Block]:
    """Return words set in some widths, as large as they can be and smaller, the largest first."""
    least = max(_SMALLEST, round(canvas.short * _LEAST))
    biggest = max(least, min(canvas.short * _BIGGEST, room.height / 2))
    blocks = []
    for width in (room.width * part for part in _WIDTHS):
        full = _block(text, room, face, (width, biggest, least), canvas.frame)
        sizes = [full.face.size * part for part in _SIZES[1:]] if full else []
        smaller = [_block(text, room, face, (width, size, least), canvas.frame) for size in sizes]
        blocks += [block for block in (full, *smaller) if block]
    return sorted(blocks, key=lambda block: -block.face.size)


def _block(
    text: str, room: Box, face: Face, limits: tuple[float, float, int], frame: Box
) -> Block | None:
    """Return words as large as they can be within a width, and a largest and a least size, px."""
    width, biggest, least = limits
    loaded, lines = largest(text, (width, room.height), face.at, biggest, least, break_words=False)
    if not lines:
        return None
    across = (room.x0 + room.x1) / 2 / frame.width
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
    """Return the first setting that reads on a calm, empty ground, else the least bad one."""
    tried = []
    for ink in inks:
        for block in blocks:
            for across, down in product(_ACROSS, _DOWN):
                place = block.within(room, across, down)
                setting = _tried(canvas, place, ink, wanted.share)
                if setting.good(zone, wanted):
                    return setting
                tried.append(setting)
    reads = [setting for setting in tried if setting.contrast >= zone.min_contrast]
    if reads:
        return min(reads, key=lambda setting: setting.crossed + setting.busy)
    return max(tried, key=lambda setting: setting.contrast)


def _tried(canvas: Canvas, block: Block, ink: Ink, share: float) -> _Setting:
    rows = [*block.rows]
    near = [row.inset(-block.face.size * _AROUND) for row in rows]
    return _Setting(
        block,
        ink,
        contrast=min(canvas.ground.contrast(ink.rgb, row, share) for row in rows),
        busy=max(canvas.ground.busy(tile) for row in near for tile in _tiles(row, block.face.size)),
        crossed=max(canvas.ground.crossed(row) for row in near),
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
