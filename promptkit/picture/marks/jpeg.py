"""XMP and IIM in a JPEG: segments before the pixels."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.picture.marks import iim
from promptkit.picture.marks.held import Held

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF = b"Exif\0\0"
#: What was too long for one segment.
_MORE = b"http://ns.adobe.com/xmp/extension/\0"
_START, _SCAN = b"\xff\xd8", 0xDA
_APP0, _APP1, _APP11, _APP13 = 0xE0, 0xE1, 0xEB, 0xED
_MOST = 0xFFFF - 2


def with_notes(data: bytes, xmp: bytes, records: bytes) -> bytes:
    """Return a JPEG's bytes with an XMP packet and IIM records in them."""
    kept, rest = _split(data)
    first = [part for part in kept if part[0] in (_APP0, _APP1)]
    others = [part for part in kept if part[0] not in (_APP0, _APP1)]
    # JFIF and Exif want to stand first.
    segments = [*first, (_APP1, _XMP + xmp), (_APP13, records), *others]
    return _START + b"".join(_segment(*part) for part in segments) + rest


def held_of(data: bytes) -> Held:
    """Return what a JPEG says of itself, unread."""
    segments = [(kind, content) for kind, content, _ in _segments(data)]

    def first(wanted: int, start: bytes) -> bytes | None:
        found = (each for kind, each in segments if kind == wanted and each.startswith(start))
        return next(found, None)

    xmp = first(_APP1, _XMP)
    return Held(
        xmp=None if xmp is None else xmp.removeprefix(_XMP),
        iim=first(_APP13, iim.MARK),
        exif=first(_APP1, _EXIF),
    )


def _split(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return the segments that stay, and all from the scan on."""
    *segments, (_, _, scan) = _segments(data)
    kept = [(kind, content) for kind, content, _ in segments if not _goes(kind, content)]
    return kept, data[scan:]


def _goes(kind: int, content: bytes) -> bool:
    """Say whether a segment holds earlier notes, or content credentials (in APP11)."""
    xmp = kind == _APP1 and content.startswith((_XMP, _MORE))
    return xmp or kind == _APP11 or (kind == _APP13 and content.startswith(iim.MARK))


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield kind, content and start of each segment, the scan's header last."""
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1  # fill bytes
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at] != 0xFF or length < 2 or at + 2 + length > len(data):
            raise ValueError("the JPEG is damaged or cut short")
        yield data[at + 1], data[at + 4 : at + 2 + length], at
        if data[at + 1] == _SCAN:
            return
        at += 2 + length


def _segment(kind: int, content: bytes) -> bytes:
    if len(content) > _MOST:
        raise ValueError("the notes are too long for a JPEG")
    return bytes([0xFF, kind]) + (len(content) + 2).to_bytes(2, "big") + content
