"""XMP in an AVIF: an item of its own, listed, located and referred to in the file's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from promptkit.picture.marks.held import Held

#: Says by an item's kind, and what stands behind it, whether it is the one.
_Kind = Callable[[bytes, bytes], bool]
_MIME = b"application/rdf+xml\0"
#: The box of content credentials, by its UUID.
_CREDENTIALS = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
#: No picture has more: boxes side by side, and pieces that all its items lie in.
_MOST_BOXES, _MOST_PIECES = 2_000, 10_000


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    content: bytes
    start: int
    """Where its content starts in the file, or in the box around it."""

    @property
    def whole(self) -> bytes:
        return _boxed(self.kind, self.content)


@dataclass(frozen=True, slots=True)
class _Item:
    """Where an item lies: in pieces of the file, or (1) of the box ``idat``."""

    id: int
    method: int
    extents: tuple[tuple[int, int], ...]


def with_notes(data: bytes, xmp: bytes, _: bytes) -> bytes:
    """Return an AVIF's bytes with an XMP packet in them."""
    top = [box for box in _boxes(_cleared(data)) if not box.content.startswith(_CREDENTIALS)]
    if any(box.kind == b"moov" for box in top):
        raise ValueError("an AVIF that moves takes none")
    meta = next((box for box in top if box.kind == b"meta"), None)
    if meta is None:
        raise ValueError("the AVIF has no tables")
    tables = {box.kind: box.content for box in _boxes(meta.content[4:])}
    items = _located(tables[b"iloc"])
    known = _item_of(tables[b"iinf"], _is_xmp)
    number = known or max(item.id for item in items) + 1
    if not known:
        tables |= _listed(tables, number)
    kept = [item for item in items if item.id != number]
    # The table is as long as it will be, whatever stands in it: lengths first, then offsets.
    draft = _with_meta(top, tables, [*kept, _Item(number, 0, ((0, len(xmp)),))])
    starts = list(accumulate((len(box) for box in draft), initial=0))
    moved = _shifts(top, starts)
    there = [_moved(item, moved) for item in kept]
    placed = _Item(number, 0, ((starts[-1] + 8, len(xmp)),))
    return b"".join((*_with_meta(top, tables, [*there, placed]), _boxed(b"mdat", xmp)))


def held_of(data: bytes) -> Held:
    """Return what an AVIF says of itself, unread.

    Raises:
        ValueError: it is damaged or cut short.
    """
    xmp = _joined(data, _parts(data, _is_xmp))
    try:
        exif = _joined(data, _parts(data, _is_exif))
    except (ValueError, LookupError):
        return Held(xmp=xmp, exif=bytes(4))  # whoever reads it says that it is damaged
    # The first four bytes say where the EXIF data start behind them: at once, or after a name.
    skipped = 4 + int.from_bytes(exif[:4], "big") if exif else 0
    return Held(xmp=xmp, exif=exif[skipped:] if exif else None)


def _joined(data: bytes, parts: list[range]) -> bytes | None:
    return b"".join(data[part.start : part.stop] for part in parts) or None


def _parts(data: bytes, is_kind: _Kind) -> list[range]:
    """Return where in the file the item of a kind lies."""
    meta = next((box for box in _boxes(data) if box.kind == b"meta"), None)
    if meta is None:
        return []
    inner = {box.kind: box for box in _boxes(meta.content[4:])}
    number = _item_of(inner[b"iinf"].content, is_kind) if b"iinf" in inner else None
    for item in _located(inner[b"iloc"].content) if number else ():
        if item.id == number:
            room = meta.start + 4 + inner[b"idat"].start if item.method else 0
            return _within(data, [(room + at, room + at + size) for at, size in item.extents])
    return []


def _within(data: bytes, places: list[tuple[int, int]]) -> list[range]:
    if sum(end - start for start, end in places) > len(data):  # the same bytes again and again
        raise ValueError("the AVIF says that it holds more than it has")
    return [range(start, min(end, len(data))) for start, end in places]


def _cleared(data: bytes) -> bytes:
    """Return a file whose XMP packet is blank: where it lay, an earlier prompt could be read."""
    blank = bytearray(data)
    for part in _parts(data, _is_xmp):
        blank[part.start : part.stop] = bytes(len(part))
    return bytes(blank)


def _boxes(data: bytes) -> Iterator[_Box]:
    at = count = 0
    while at < len(data):
        count += 1
        length, header = int.from_bytes(data[at : at + 4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = at + length if length else len(data)
        if end < at + header or end > len(data) or count > _MOST_BOXES:
            raise ValueError("the AVIF is damaged or cut short")
        yield _Box(data[at + 4 : at + 8], data[at + header : end], at + header)
        at = end


def _boxed(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def _with_meta(
    top: Iterable[_Box], tables: dict[bytes, bytes], items: Iterable[_Item]
) -> list[bytes]:
    """Return the file's boxes, with new tables in the box ``meta``."""
    inner = tables | {b"iloc": _location(items)}
    meta = bytes(4) + b"".join(_boxed(*table) for table in inner.items())
    return [_boxed(b"meta", meta) if box.kind == b"meta" else box.whole for box in top]


def _shifts(top: list[_Box], starts: list[int]) -> list[tuple[range, int]]:
    """Return for each box where its content lay, and by how much it moves."""
    return [
        (range(box.start, box.start + len(box.content) + 1), start + 8 - box.start)
        for box, (start, _) in zip(top, pairwise(starts), strict=True)
    ]


def _moved(item: _Item, shifts: list[tuple[range, int]]) -> _Item:
    if item.method:
        return item
    extents = tuple(
        (at + next((by for room, by in shifts if at in room), 0), length)
        for at, length in item.extents
    )
    return _Item(item.id, 0, extents)


def _is_xmp(kind: bytes, rest: bytes) -> bool:
    return kind == b"mime" and rest.partition(b"\0")[2].startswith(_MIME)


def _is_exif(kind: bytes, _: bytes) -> bool:
    return kind == b"Exif"


def _item_of(table: bytes, is_kind: _Kind) -> int | None:
    """Return the number of the item of a kind, from the table of items."""
    for entry in _boxes(table[6 if table[0] == 0 else 8 :]):
        wide = 4 if entry.content[0] == 3 else 2
        if is_kind(entry.content[6 + wide : 10 + wide], entry.content[10 + wide :]):
            return int.from_bytes(entry.content[4 : 4 + wide], "big")
    return None


def _listed(tables: dict[bytes, bytes], number: int) -> dict[bytes, bytes]:
    """Return the tables of items and of what refers to what, with one more item in them."""
    items = tables[b"iinf"]
    wide = 2 if items[0] == 0 else 4
    count = int.from_bytes(items[4 : 4 + wide], "big") + 1
    entry = b"\2\0\0\0" + number.to_bytes(2, "big") + b"\0\0mimeXMP\0" + _MIME
    listed = items[:4] + count.to_bytes(wide, "big") + items[4 + wide :] + _boxed(b"infe", entry)
    if _item_of(listed, _is_xmp) != number:  # an entry before it says that it has no end
        raise ValueError("the AVIF is damaged or cut short")
    found = {b"iinf": listed}
    refers = tables.get(b"iref", bytes(4))
    if refers[0] == 0 and tables[b"pitm"][0] == 0:
        about = number.to_bytes(2, "big") + b"\0\1" + tables[b"pitm"][4:6]
        found[b"iref"] = refers + _boxed(b"cdsc", about)
    return found


def _located(table: bytes) -> list[_Item]:
    """Return where the items lie, from the table of locations."""
    version, sizes = table[0], int.from_bytes(table[4:6], "big")
    wide, long, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    index = index if version else 0
    number = 4 if version == 2 else 2
    take = _Reader(table, 6)
    found: list[_Item] = []
    pieces = 0
    for _ in range(take(number)):
        found.append(_item(take, version, number, (base, index, wide, long)))
        pieces += len(found[-1].extents)
        if pieces > _MOST_PIECES:  # they may take no room at all: a few bytes ask for millions
            raise ValueError("the AVIF lies in too many pieces")
    return found


def _item(take: _Reader, version: int, number: int, sizes: tuple[int, int, int, int]) -> _Item:
    base, index, wide, long = sizes
    name = take(number)
    method = take(2) & 15 if version else 0
    if method > 1 or take(2):
        raise ValueError("the AVIF lies in several files or items")
    start = take(base)
    extents = []
    for _ in range(take(2)):
        take(index)
        extents.append((start + take(wide), take(long)))
    return _Item(name, method, tuple(extents))


def _location(items: Iterable[_Item]) -> bytes:
    """Return the table of locations, in the version that has all of it: 4 bytes a number."""
    rows = list(items)
    parts = [b"\1\0\0\0\x44\0", len(rows).to_bytes(2, "big")]
    for item in rows:
        parts += (item.id.to_bytes(2, "big"), item.method.to_bytes(2, "big"), b"\0\0")
        parts.append(len(item.extents).to_bytes(2, "big"))
        parts += (number.to_bytes(4, "big") for extent in item.extents for number in extent)
    return b"".join(parts)


class _Reader:
    """Reads whole numbers of so many bytes, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def __call__(self, size: int) -> int:
        self.at += size
        if self.at > len(self.data):
            raise ValueError("the AVIF is damaged or cut short")
        return int.from_bytes(self.data[self.at - size : self.at], "big")
