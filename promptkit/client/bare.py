"""A picture's bytes without what it says of its maker: nothing but pixels leaves the machine.

What is needed to draw the pixels is copied as it stands, and everything else is left behind: EXIF
with its places and previews, XMP, IPTC, comments, whatever an app put after the picture's end. So
what nobody thought of is left behind, too. The same bytes in are the same bytes out, everywhere.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
#: The chunks of a PNG by which it is drawn: pixels, transparency, colour space.
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
    | {b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP", b"mDCV", b"cLLI"}
)
_WEBP_FRAME_KEPT = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_WEBP_KEPT = _WEBP_FRAME_KEPT | {b"VP8X", b"ANIM", b"ANMF", b"ICCP"}
#: Flags of a WebP's VP8X chunk that announce EXIF and XMP.
_WEBP_NOTES = 0x08 | 0x04
_FRAME = 16

_SOI, _EOI, _SOS, _APP0, _APP2, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE2, 0xEE, 0xFE
#: JPEG markers that stand alone, without a length.
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JFIF_SIZE = 14


def bare(data: bytes, media_type: str) -> bytes:
    """Return a PNG, JPEG or WebP picture without its metadata, its pixels untouched.

    An ICC profile stays, since the pixels mean little without it; so does everything of a
    picture of another kind.

    Raises:
        ValueError: the file is broken: its parts do not add up.
    """
    strip = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}.get(media_type)
    if strip is None:
        return data
    try:
        return b"".join(strip(data))
    except (struct.error, IndexError):
        raise ValueError("it ends before its picture does") from None


def _png(data: bytes) -> Iterator[bytes]:
    yield _PNG_HEAD
    at = len(_PNG_HEAD)
    while True:
        size, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            raise IndexError
        if name in _PNG_KEPT:
            (sum_,) = struct.unpack_from(">I", data, end - 4)
            if sum_ != zlib.crc32(memoryview(data)[at + 4 : end - 4]):
                raise ValueError("a part of it was damaged")
            yield data[at:end]
        if name == b"IEND":
            return
        at = end


def _webp(data: bytes) -> Iterator[bytes]:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise IndexError
    chunks = b"".join(_webp_chunks(data[12 : size + 8], _WEBP_KEPT))
    yield struct.pack("<4sI4s", b"RIFF", len(chunks) + 4, b"WEBP")
    yield chunks


def _webp_chunks(data: bytes, kept: frozenset[bytes]) -> Iterator[bytes]:
    at = 0
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if len(body) < size:
            raise IndexError
        at += 8 + size + size % 2
        if name not in kept:
            continue
        if name == b"VP8X":
            body = bytes([body[0] & ~_WEBP_NOTES]) + body[1:]
        elif name == b"ANMF":
            body = body[:_FRAME] + b"".join(_webp_chunks(body[_FRAME:], _WEBP_FRAME_KEPT))
        yield struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("its parts do not follow each other")
        while data[at + 1] == 0xFF:  # any number of fill bytes may stand before a marker
            at += 1
        marker = data[at + 1]
        if marker == _EOI:
            yield data[at : at + 2]
            return
        if marker in _ALONE:
            at += 2
            continue
        (size,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + size
        if end > len(data) or size < 2:
            raise IndexError
        yield _segment(marker, data[at:end])
        at = end
        if marker == _SOS:
            end = _scan_end(data, at)
            yield data[at:end]
            at = end


def _segment(marker: int, segment: bytes) -> bytes:
    """Return what is kept of a segment: of JFIF's the head, without the preview behind it."""
    body = segment[4:]
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= _JFIF_SIZE:
        return b"\xff\xe0" + struct.pack(">H", 2 + _JFIF_SIZE) + body[: _JFIF_SIZE - 2] + b"\0\0"
    drawn = (marker == _APP2 and body.startswith(b"ICC_PROFILE\0")) or (
        marker == _APP14 and body.startswith(b"Adobe")
    )
    told = _APP0 <= marker <= 0xEF or marker == _COM
    return segment if drawn or not told else b""


def _scan_end(data: bytes, at: int) -> int:
    """Return where the pixels of a scan end: at a marker that is neither a zero nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise IndexError
        after = data[at + 1]
        if after and after not in _ALONE and after != 0xFF:
            return at
        at += 1 if after == 0xFF else 2
