"""XMP in a PNG: a text chunk before the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The keyword, no compression, no language.
_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
_NAME = b"XML:com.adobe.xmp\0"


def with_notes(data: bytes, xmp: bytes, _: bytes) -> bytes:
    """Return a PNG's bytes with an XMP packet in them."""
    parts = [_SIGNATURE]
    for kind, content in _chunks(data):
        if kind == b"caBX" or (kind == b"iTXt" and content.startswith(_NAME)):
            continue
        parts.append(_chunk(kind, content))
        if kind == b"IHDR":
            parts.append(_chunk(b"iTXt", _XMP + xmp))
    return b"".join(parts)


def packet_of(data: bytes) -> bytes | None:
    """Return a PNG's XMP packet, if it has one that is not compressed: the standard forbids it."""
    for kind, content in _chunks(data):
        if kind == b"iTXt" and content.startswith(_NAME):
            _, _, text = content[len(_NAME) + 2 :].split(b"\0", 2)
            return text
    return None


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
