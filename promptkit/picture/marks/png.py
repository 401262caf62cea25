"""XMP in a PNG: a text chunk before the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from promptkit.picture.marks.held import Held

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The keyword, no compression, no language.
_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
_NAME = b"XML:com.adobe.xmp\0"


def with_notes(data: bytes, xmp: bytes, _: bytes) -> bytes:
    """Return a PNG's bytes with an XMP packet in them."""
    parts = [_SIGNATURE]
    chunks = [*_chunks(data)]
    if not chunks or chunks[0][0] != b"IHDR":
        raise ValueError("the PNG has no header")
    for at, (kind, content) in enumerate(chunks):
        if kind == b"caBX" or (kind == b"iTXt" and content.startswith(_NAME)):
            continue
        parts.append(_chunk(kind, content))
        if at == 0:
            parts.append(_chunk(b"iTXt", _XMP + xmp))
    return b"".join(parts)


def held_of(data: bytes) -> Held:
    """Return what a PNG says of itself, unread; XMP that is compressed, as it may not be, is not.

    Raises:
        ValueError: it is damaged or cut short.
    """
    xmp = exif = None
    for kind, content in _chunks(data):
        if kind == b"iTXt" and content.startswith(_NAME) and xmp is None:
            xmp = content[len(_NAME) + 2 :].split(b"\0", 2)[-1]
        elif kind == b"eXIf":
            exif = content
    return Held(xmp=xmp, exif=exif)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            raise ValueError("the PNG is cut short")
        yield data[at + 4 : at + 8], data[at + 8 : end - 4]
        if data[at + 4 : at + 8] == b"IEND":
            return
        at = end


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = crc32(kind + content)
    return len(content).to_bytes(4, "big") + kind + content + check.to_bytes(4, "big")
