"""XMP in a WebP: a chunk behind the pixels, and a bit in the header that tells of it."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.picture.marks.held import Held

_XMP_BIT, _ALPHA_BIT = 0x04, 0x10


def with_notes(data: bytes, xmp: bytes, _: bytes) -> bytes:
    """Return a WebP's bytes with an XMP packet in them."""
    chunks = [(kind, content) for kind, content in _chunks(data) if kind not in (b"XMP ", b"C2PA")]
    if chunks[0][0] == b"VP8X":
        header, rest = chunks[0][1], chunks[1:]
    else:
        header, rest = _header(*chunks[0]), chunks
    header = bytes([header[0] | _XMP_BIT]) + header[1:]
    body = b"".join(_chunk(*each) for each in [(b"VP8X", header), *rest, (b"XMP ", xmp)])
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def held_of(data: bytes) -> Held:
    """Return what a WebP says of itself, unread.

    Raises:
        ValueError: it is damaged or cut short.
    """
    chunks = dict(_chunks(data))
    return Held(xmp=chunks.get(b"XMP "), exif=chunks.get(b"EXIF"))


def _header(kind: bytes, content: bytes) -> bytes:
    """Return the long form's header for a picture in the short form, which has none."""
    if kind == b"VP8L":  # after a signature byte: width - 1, height - 1, alpha; 14, 14, 1 bits
        bits = int.from_bytes(content[1:5], "little")
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif kind == b"VP8 ":  # after a frame tag and a start code of 3 bytes each
        width = (int.from_bytes(content[6:8], "little") & 0x3FFF) - 1
        height = (int.from_bytes(content[8:10], "little") & 0x3FFF) - 1
        alpha = 0
    else:
        raise ValueError("the WebP has no picture")
    flags = _ALPHA_BIT if alpha else 0
    return bytes([flags, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, 8 + int.from_bytes(data[4:8], "little")
    while at < min(end, len(data)):  # what stands behind the end is no part of it
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise ValueError("the WebP is cut short")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)
