"""The contact sheet as a picture: blocks are measured first, then drawn at their places."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from promptkit.client.verify import verify
from promptkit.errors import UnusableError
from promptkit.lettering import Rgb, Weight, font, line_height, shorten, wrap
from promptkit.measures import Size
from promptkit.picture.sheet_cards import Card, File, Gallery, State, Verdict
from promptkit.picture.sheet_palette import Band, Mix
from promptkit.picture.sheet_view import Note, Notes, Row, Sheet, Step, Table

WIDTH = 1600
_MARGIN = 64
_GAP = 32
_FULL = WIDTH - 2 * _MARGIN
#: Pictures are made narrower rather than taller than this.
_TALLEST = 1000
#: The room for the title, which leaves enough beside it for what was paid.
_NAMES = 960

_GROUND: Rgb = (255, 255, 255)
_PANEL: Rgb = (244, 244, 244)
_LINE: Rgb = (222, 222, 222)
_INK: Rgb = (28, 28, 28)
_QUIET: Rgb = (92, 92, 92)
_VERDICTS: dict[State, Rgb] = {"good": (27, 110, 60), "fair": (125, 82, 0), "bad": (179, 38, 30)}


@dataclass(frozen=True, slots=True)
class _Block:
    """Something to draw: how high it is, in px, and how it is drawn with its left top at x, y."""

    height: int
    draw: Callable[[Image.Image, int, int], None]


def draw(sheet: Sheet, folder: Path) -> bytes:
    """Return a contact sheet as a PNG, ``WIDTH`` px wide; the run's pictures lie in ``folder``."""
    parts = [
        _header(sheet),
        *(_gallery(gallery, folder) for gallery in sheet.galleries),
        *([_text(sheet.nothing, 20, _FULL)] if sheet.nothing else []),
        *_listed(sheet.failures),
        *_palette(sheet.palette),
        *_prompt(sheet.prompt),
        _tables(sheet.tables),
        *_listed(sheet.findings),
    ]
    page = _stack(parts, gap=56)
    canvas = Image.new("RGB", (WIDTH, page.height + 2 * _MARGIN), _GROUND)
    page.draw(canvas, _MARGIN, _MARGIN)
    buffer = BytesIO()
    canvas.save(buffer, "PNG")
    return buffer.getvalue()


# Blocks and what they are put together with


def _stack(blocks: Iterable[_Block], gap: int = 0) -> _Block:
    """Put blocks below each other."""
    placed: list[tuple[int, int, _Block]] = []
    bottom = -gap
    for block in blocks:
        placed.append((0, bottom + gap, block))
        bottom += gap + block.height
    return _placed(placed)


def _beside(*blocks: tuple[int, _Block]) -> _Block:
    """Put blocks beside each other, each at its distance from the left."""
    return _placed([(left, 0, block) for left, block in blocks])


def _placed(blocks: Sequence[tuple[int, int, _Block]]) -> _Block:
    def draw_all(canvas: Image.Image, x: int, y: int) -> None:
        for left, top, block in blocks:
            block.draw(canvas, x + left, y + top)

    return _Block(max((top + block.height for _, top, block in blocks), default=0), draw_all)


def _grid(blocks: Sequence[_Block], columns: int, gap: int) -> _Block:
    """Put blocks in rows of ``columns``."""
    width = _cell(columns)
    rows = [blocks[start : start + columns] for start in range(0, len(blocks), columns)]
    lefts = [column * (width + _GAP) for column in range(columns)]
    return _stack((_beside(*zip(lefts, row, strict=False)) for row in rows), gap)


def _cell(columns: int) -> int:
    return (_FULL - (columns - 1) * _GAP) // columns


def _text(words: str, size: int, width: int, ink: Rgb = _INK, weight: Weight = "regular") -> _Block:
    face = font(size, weight)
    lines = [line for part in words.splitlines() for line in wrap(part, face, width)]
    step = line_height(face)

    def write(canvas: Image.Image, x: int, y: int) -> None:
        pen = ImageDraw.Draw(canvas)
        for number, line in enumerate(lines):
            # Set on the baseline, so that lines stand evenly whichever letters are in them.
            pen.text((x, y + number * step + round(size * 1.05)), line, ink, face, anchor="ls")

    return _Block(len(lines) * step, write)


def _length(words: str, size: int, weight: Weight = "regular") -> int:
    return math.ceil(font(size, weight).getlength(words))


def _panel(width: int, height: int, fill: Rgb | str, outline: Rgb | None = None) -> _Block:
    def paint(canvas: Image.Image, x: int, y: int) -> None:
        box = (x, y, x + width - 1, y + height - 1)
        ImageDraw.Draw(canvas).rectangle(box, fill, outline)

    return _Block(height, paint)


def _section(title: str, content: _Block) -> _Block:
    return _stack([_text(title, 26, _FULL, weight="semibold"), content], gap=18)


# The parts of a sheet, in their order


def _header(sheet: Sheet) -> _Block:
    top = _beside((0, _names(sheet)), *_sums(sheet.sums))
    return _stack([top, _steps(sheet.steps)], gap=28) if sheet.steps else top


def _names(sheet: Sheet) -> _Block:
    title = _text(sheet.title, 44, _NAMES, weight="semibold")
    return _stack([title, _text(f"{sheet.when} · run {sheet.run}", 20, _NAMES, _QUIET)], gap=6)


def _sums(rows: Sequence[Row]) -> Iterator[tuple[int, _Block]]:
    """Yield what was paid and saved, set against the right edge."""
    left = _FULL + 48
    for row in reversed(rows):
        width = max(_length(row.label, 18), _length(row.text, 28, "semibold"))
        left -= width + 48
        label = _text(row.label, 18, width, _QUIET)
        yield left, _stack([label, _text(row.text, 28, width, weight="semibold")], gap=4)


def _steps(steps: Sequence[Step]) -> _Block:
    left = max(_length(step.words, 20) for step in steps) + _GAP
    lines = _stack((_step(step, left) for step in steps), gap=8)
    return _placed([(0, 0, _panel(_FULL, lines.height + 40, _PANEL)), (24, 20, lines)])


def _step(step: Step, left: int) -> _Block:
    command = _text(step.command, 20, _FULL - 48 - left, weight="semibold")
    return _beside((0, _text(step.words, 20, left)), (left, command))


def _gallery(gallery: Gallery, folder: Path) -> _Block:
    width = _cell(gallery.columns)
    cards = [_card(card, folder, width) for card in gallery.cards]
    return _section(gallery.title, _grid(cards, gallery.columns, gap=48))


def _card(card: Card, folder: Path, width: int) -> _Block:
    wide = max(1, min(width, round(_TALLEST * card.ratio)))
    size = (wide, max(1, min(_TALLEST, round(wide / card.ratio))))
    parts = [_Block(size[1], partial(_paste, card, folder, size))]
    parts += [_mixed(card.mix, wide)] if card.mix else []
    return _stack([*parts, _caption(card, width)], gap=18)


def _mixed(mix: Mix, width: int) -> _Block:
    """Set the bars of a picture's colours below each other, their names before them."""
    left = max(_length(name, 16) for name, _ in mix.bars) + 12
    rows = (
        _beside((0, _text(name, 16, left, _QUIET)), (left, _bar(bands, width - left, 20)))
        for name, bands in mix.bars
    )
    return _stack(rows, gap=6)


def _caption(card: Card, width: int) -> _Block:
    number = "" if card.number is None else str(card.number)
    left = _length(number, 56, "semibold") + 20 if number else 0
    room = width - left
    first, *others = card.lines
    groups = [
        [_text(first, 22, room, weight="semibold")]
        + [_text(line, 18, room, _QUIET) for line in others],
        _verdict(card.verdict, room) if card.verdict else [],
        _titled("Asked of a judge", (_point(words, room) for words in card.answers), room),
        _titled("Finished files", (_file(file, room) for file in card.files), room),
        [_text(f"Alt text: {card.told}", 18, room, _QUIET)] if card.told else [],
        [_pick(card.reason, room)] if card.picked else [],
    ]
    said = _stack((_stack(group, gap=4) for group in groups if group), gap=12)
    # The number is raised, so that its top is level with that of the words.
    big = _text(number, 56, left, weight="semibold")
    return _placed([(0, -11, big), (left, 0, said)])


def _verdict(verdict: Verdict, width: int) -> list[_Block]:
    head = _text(verdict.words, 18, width, _VERDICTS[verdict.state], "semibold")
    return [head, *(_point(point, width) for point in verdict.points)]


def _point(words: str, width: int, ink: Rgb = _INK) -> _Block:
    return _beside((0, _text("–", 18, 18, _QUIET)), (18, _text(words, 18, width - 18, ink)))


def _titled(title: str, blocks: Iterable[_Block], width: int) -> list[_Block]:
    """Return blocks below their title; none without any."""
    below = [*blocks]
    return [_text(title, 18, width, weight="semibold"), *below] if below else []


def _file(file: File, width: int) -> _Block:
    name = _point(f"{file.channel}, {file.words}", width)
    unfit = [] if file.ok else [_text("Not fit", 18, width, _VERDICTS["bad"], "semibold")]
    return _stack([name, *unfit, *(_text(note, 18, width, _QUIET) for note in file.notes)])


def _pick(reason: str, width: int) -> _Block:
    badge = _placed(
        [
            (0, 6, _panel(92, 32, _INK)),
            (14, 9, _text("Picked", 18, 92, _GROUND, "semibold")),
        ]
    )
    return _stack([badge, _text(reason, 18, width)], gap=8)


def _paste(card: Card, folder: Path, size: Size, canvas: Image.Image, x: int, y: int) -> None:
    pen = ImageDraw.Draw(canvas)
    right, bottom = x + size[0], y + size[1]
    if card.picked:
        pen.rectangle((x - 8, y - 8, right + 7, bottom + 7), outline=_INK, width=4)
    canvas.paste(_framed(folder / Path(card.file).name, size), (x, y))
    # White pictures on the white ground need an edge.
    pen.rectangle((x, y, right - 1, bottom - 1), outline=_LINE)


def _framed(path: Path, size: Size) -> Image.Image:
    """Return a picture within ``size``, or a grey frame that says it is missing."""
    try:
        return ImageOps.pad(_opened(path), size, Image.Resampling.LANCZOS, _PANEL)
    except (OSError, ValueError, UnusableError):
        return _missing(size)


def _missing(size: Size) -> Image.Image:
    frame = Image.new("RGB", size, _PANEL)
    words = shorten("picture missing", font(18), size[0])
    centre = (size[0] / 2, size[1] / 2)
    ImageDraw.Draw(frame).text(centre, words, _QUIET, font(18), anchor="mm")
    return frame


def _opened(path: Path) -> Image.Image:
    data = path.read_bytes()
    verify(data)
    with Image.open(BytesIO(data)) as picture:
        layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, _GROUND)  # what is clear shows the sheet's own ground
    return Image.alpha_composite(ground, layer).convert("RGB")


def _listed(group: Notes) -> list[_Block]:
    if not group.notes:
        return []
    return [_section(group.title, _stack((_note(note) for note in group.notes), gap=16))]


def _note(note: Note) -> _Block:
    left, room = 220, 1000
    said = [_text(note.message, 20, room)]
    said += [_text(f"→ {note.fix}", 20, room, _QUIET)] if note.fix else []
    label = _text(note.label, 20, left - 20, weight="semibold")
    row = _beside((0, label), (left, _stack(said, gap=4)))
    return _stack([_panel(_FULL, 1, _LINE), row], gap=14)


def _palette(bands: Sequence[Band]) -> list[_Block]:
    if not bands:
        return []
    columns = min(max(len(bands), 4), 6)
    legend = _grid([_colour(band, _cell(columns)) for band in bands], columns, gap=20)
    return [_section("Palette", _stack([_bar(bands, _FULL, 72), legend], gap=22))]


def _bar(bands: Sequence[Band], width: int, height: int) -> _Block:
    def paint(canvas: Image.Image, x: int, y: int) -> None:
        pen = ImageDraw.Draw(canvas)
        start = 0.0
        for band in bands:
            end = start + band.weight * width
            # Narrower than a px it is left out: its right edge would lie before its left one.
            if round(end) > round(start):
                box = (x + round(start), y, x + round(end) - 1, y + height - 1)
                pen.rectangle(box, band.colour or _PANEL)
            start = end
        pen.rectangle((x, y, x + width - 1, y + height - 1), outline=_LINE)

    return _Block(height, paint)


def _colour(band: Band, width: int) -> _Block:
    room = width - 60
    words = [
        _text(band.name, 18, room, weight="semibold"),
        _text(band.hex, 18, room),
        _text(band.use, 18, room, _QUIET),
    ]
    return _beside((0, _panel(48, 48, band.colour, _LINE)), (60, _stack(words)))


def _prompt(table: Table) -> list[_Block]:
    if not table.rows:
        return []
    width = _cell(2)
    return [_section(table.title, _two_columns([_row(row, width) for row in table.rows]))]


def _two_columns(blocks: Sequence[_Block]) -> _Block:
    """Set blocks in two columns, about equally long."""
    half = sum(block.height for block in blocks) / 2
    left: list[_Block] = []
    while len(left) < len(blocks) and sum(block.height for block in left) < half:
        left.append(blocks[len(left)])
    return _beside((0, _rows(left)), (_cell(2) + _GAP, _rows(blocks[len(left) :])))


def _tables(tables: Sequence[Table]) -> _Block:
    return _grid([_table(table) for table in tables], 3, gap=40)


def _table(table: Table) -> _Block:
    width = _cell(3)
    return _stack(
        [
            _text(table.title, 26, width, weight="semibold"),
            _rows(_row(row, width) for row in table.rows),
        ],
        gap=18,
    )


def _rows(rows: Iterable[_Block]) -> _Block:
    return _stack(rows, gap=14)


def _row(row: Row, width: int) -> _Block:
    left = 140
    label = _text(row.label, 18, left - 12, _QUIET, "semibold")
    words = _beside((0, label), (left, _text(row.text, 18, width - left)))
    return _stack([_panel(width, 1, _LINE), words], gap=12)
