"""The page round the stage: title, captions, references, palette, and the mark of a comp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps
from PIL.ImageFont import FreeTypeFont

from promptkit.geometry import Box
from promptkit.lettering import DARK_INK, Rgb, contrast, fit, ink_on, line_height, shorten
from promptkit.provider.comp.grid import Grid
from promptkit.provider.comp.notes import Colour, Notes, Section
from promptkit.provider.comp.pen import Pen
from promptkit.provider.comp.tones import Tones, mixed

#: How many lines a section may take, by degree of detail.
_MOST_LINES = (3, 5, 9)
#: Where there is no room for all sections, these go first; others before them.
_KEPT_LAST = (
    "purpose",
    "details",
    "mood",
    "text",
    "preserve",
    "style",
    "avoid",
    "color",
    "setting",
    "lighting",
    "composition",
    "subject",
)
_CLAIM = "– a layout sketch, not a generated picture"
#: Columns are first tried at these parts of their height, so that all end at about the same line.
_FILLS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_WHITE: Rgb = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A reference's picture with its role and file name."""

    picture: Image.Image
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page under way: its pen, its grid, and the inks that read on its paper."""

    pen: Pen
    grid: Grid
    paper: Rgb
    ink: Rgb
    quiet: Rgb
    accent: Rgb


def open_page(size: tuple[int, int], grid: Grid, tones: Tones) -> Page:
    """Return an empty page, its paper tinted a little by the brand's background."""
    paper = mixed(_WHITE, tones.rgb("backdrop"), 0.1)
    quiet = mixed(DARK_INK, paper, 0.32)
    return Page(
        pen=Pen(Image.new("RGB", size, paper), grid.em),
        grid=grid,
        paper=paper,
        ink=DARK_INK,
        quiet=quiet,
        accent=ink_on(paper, tones.rgb("body"), quiet),
    )


def place_stage(page: Page, stage: Image.Image) -> None:
    """Put the drawing in its place, with a hairline round it."""
    box = page.grid.stage.ints
    page.pen.picture.paste(stage, box[:2])
    page.pen.draw.rectangle((box[0] - 1, box[1] - 1, box[2], box[3]), outline=page.quiet)


def write_captions(page: Page, notes: Notes, thumbnails: Sequence[Thumbnail], level: int) -> None:
    """Fill the columns: title, sections in their order, references; cut with … to fit."""
    if not page.grid.columns:
        return
    first, *others = page.grid.columns
    if notes.title:
        first = _title(page, first, notes.title)
    if thumbnails:
        first = _references(page, first, thumbnails)
    _sections(page, [first, *others], notes.sections, _MOST_LINES[level])


def draw_palette(page: Page, notes: Notes) -> None:
    """Draw the palette: a bar of shares, and a legend of names and values where it fits."""
    box, em = page.grid.palette, page.pen.em
    named = bool(page.grid.columns)
    legend = _legend_height(page, len(notes.palette)) if named else 0.0
    bar = Box(box.x0, box.y0, box.x1, max(box.y0 + em, box.y1 - legend))
    _bar(page, bar, notes.palette, lettered=not named and notes.branded)
    top = bar.y1 + em * 0.5
    if named and notes.branded:
        _legend(page, Box(box.x0, top, box.x1, box.y1), notes.palette)
    elif named:
        text = "No brand colours given – drawn in neutral greys"
        page.pen.line((box.x0, top), text, page.pen.plain, page.quiet, box.width)


def write_mark(page: Page, details: Sequence[str]) -> None:
    """Mark the page plainly as a comp, in the longest wording that fits."""
    pen, box = page.pen, page.grid.mark
    claims = ((_CLAIM, 3), (_CLAIM, 1), ("– a layout sketch, not generated", 1), ("· sketch", 1))
    wordings = [" · ".join([claim, *details[:count]]) for claim, count in claims]
    tag = pen.strong.getlength("COMP") + pen.em * 0.3
    room = box.width - tag
    fitting = (wording for wording in wordings if pen.plain.getlength(wording) <= room)
    pen.write((box.x0, box.y0), ["COMP"], pen.strong, page.ink)
    wording = next(fitting, wordings[-1])
    pen.line((box.x0 + tag, box.y0), wording, pen.plain, page.quiet, room)


def _title(page: Page, column: Box, title: str) -> Box:
    pen = page.pen
    lines = fit(title, pen.strong, column.width, 2)
    bottom = pen.write((column.x0, column.y0 - pen.em * 0.15), lines, pen.strong, page.ink)
    rule = round(bottom + pen.em * 0.35)
    pen.draw.line((round(column.x0), rule, round(column.x1), rule), page.quiet, pen.hairline)
    return Box(column.x0, rule + pen.em * 0.75, column.x1, column.y1)


def _references(page: Page, column: Box, thumbnails: Sequence[Thumbnail]) -> Box:
    """Set thumbnails at the column's foot, and return what is left of the column above them."""
    em = page.pen.em
    row = em * 3.4
    count = min(len(thumbnails), int(column.height * 0.4 / (row + em * 0.5)))
    top = column.y1 - count * (row + em * 0.5)
    for number, thumbnail in enumerate(thumbnails[:count]):
        y = top + em * 0.5 + number * (row + em * 0.5)
        _reference(page, Box(column.x0, y, column.x1, y + row), thumbnail)
    return Box(column.x0, column.y0, column.x1, top)


def _reference(page: Page, box: Box, thumbnail: Thumbnail) -> None:
    pen = page.pen
    size = (round(box.height * 1.25), round(box.height))
    pen.picture.paste(ImageOps.fit(thumbnail.picture, size), box.ints[:2])
    left, top = box.ints[:2]
    pen.draw.rectangle((left, top, left + size[0] - 1, top + size[1] - 1), outline=page.quiet)
    x = box.x0 + size[0] + pen.em * 0.6
    y = box.y0 + (box.height - 2 * line_height(pen.plain)) / 2
    y = pen.line((x, y), thumbnail.role.capitalize(), pen.strong, page.ink, box.x1 - x)
    pen.line((x, y), thumbnail.name, pen.plain, page.quiet, box.x1 - x)


@dataclass(frozen=True, slots=True)
class _Caption:
    """A section set in lines, in its place."""

    box: Box
    name: str
    lines: tuple[str, ...]


def _sections(page: Page, columns: list[Box], sections: Sequence[Section], most: int) -> None:
    pen = page.pen
    for caption in _set(page, columns, list(sections), most):
        top = pen.line(
            (caption.box.x0, caption.box.y0),
            caption.name.capitalize(),
            pen.strong,
            page.accent,
            caption.box.width,
        )
        pen.write((caption.box.x0, top), caption.lines, pen.plain, page.ink)


def _set(page: Page, columns: list[Box], sections: list[Section], most: int) -> list[_Caption]:
    """Set as many lines of every section as fit; when not even one does, drop sections."""
    while sections:
        for limit in range(most, 0, -1):
            for fill in _FILLS:
                shortened = [column.part(0.0, 0.0, 1.0, fill) for column in columns]
                captions = _flow(page, shortened, sections, limit)
                if captions is not None:
                    return captions
        sections.remove(min(sections, key=_rank))
    return []


def _rank(section: Section) -> int:
    return _KEPT_LAST.index(section.name) if section.name in _KEPT_LAST else -1


def _flow(
    page: Page, columns: list[Box], sections: Sequence[Section], limit: int
) -> list[_Caption] | None:
    """Set ``sections`` into the columns in turn, each in one piece; ``None`` when they overflow."""
    face: FreeTypeFont = page.pen.plain
    waiting = list(columns)
    column = waiting.pop(0)
    top = column.y0
    captions = []
    for section in sections:
        while True:
            lines = fit(section.text, face, column.width, limit)
            height = (len(lines) + 1) * line_height(face)
            if top + height <= column.y1:
                break
            if not waiting:
                return None
            column = waiting.pop(0)
            top = column.y0
        box = Box(column.x0, top, column.x1, top + height)
        captions.append(_Caption(box, section.name, tuple(lines)))
        top += height + page.pen.em * 0.5
    return captions


def _legend_height(page: Page, colours: int) -> float:
    rows = -(-colours // page.grid.legend_cells)
    return rows * (2 * line_height(page.pen.plain) + page.pen.em * 0.5)


def _bar(page: Page, box: Box, palette: Sequence[Colour], *, lettered: bool) -> None:
    """Draw the bar; ``lettered`` writes the values into the parts that are wide enough."""
    pen = page.pen
    left = box.x0
    for colour in palette:
        part = Box(left, box.y0, left + box.width * colour.share, box.y1)
        pen.draw.rectangle(part.ints, colour.rgb)
        room = part.width - pen.em * 0.6
        if lettered and pen.plain.getlength(colour.hex) <= room:
            at = (part.x0 + pen.em * 0.3, part.y0 + (part.height - line_height(pen.plain)) / 2)
            pen.write(at, [colour.hex], pen.plain, ink_on(colour.rgb))
        left = part.x1
    pen.draw.rectangle(box.ints, outline=page.quiet)


def _legend(page: Page, box: Box, palette: Sequence[Colour]) -> None:
    pen, cells = page.pen, page.grid.legend_cells
    width = box.width / min(cells, len(palette))
    row = 2 * line_height(pen.plain) + pen.em * 0.5
    for number, colour in enumerate(palette):
        x = box.x0 + width * (number % cells)
        _entry(page, Box(x, box.y0 + row * (number // cells), x + width, box.y1), colour)


def _entry(page: Page, cell: Box, colour: Colour) -> None:
    pen = page.pen
    side = pen.em * 0.9
    chip = Box(cell.x0, cell.y0 + pen.em * 0.2, cell.x0 + side, cell.y0 + pen.em * 0.2 + side)
    faint = contrast(colour.rgb, page.paper) < 1.5
    pen.draw.rectangle(chip.ints, colour.rgb, outline=page.quiet if faint else None)
    x = chip.x1 + pen.em * 0.45
    room = cell.x1 - x - pen.em * 0.5
    y = pen.line((x, cell.y0), colour.name, pen.strong, page.ink, room)
    share = colour.hex if colour.aim is None else f"{colour.hex} · {colour.aim:.0%}"
    wordings = [f"{share} {colour.role}", share, colour.hex]
    wording = next((text for text in wordings if pen.plain.getlength(text) <= room), wordings[-1])
    pen.write((x, y), [shorten(wording, pen.plain, room)], pen.plain, page.quiet)
