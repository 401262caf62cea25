"""A swatch: the colours of a palette side by side, each as wide as its share. No text."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

#: The swatch's edges, in px: enough to be seen, little to send.
SIZE = (384, 384)
#: The longest block of bytes that are stored as they are.
_BLOCK = 65_535


def swatch(areas: Sequence[tuple[str, float]]) -> bytes:
    """Return a PNG of upright stripes, for colours (#RRGGBB) with their shares of 0–1.

    Its bytes are the same on every machine, since they are part of what a paid request is known
    by: for that they are stored as they are, and packed by no library.
    """
    width, height = SIZE
    row = b"\0" + b"".join(
        bytes.fromhex(value.removeprefix("#")) * wide
        for (value, _), wide in zip(areas, _widths(areas, width), strict=True)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"sRGB", b"\0"), (b"IDAT", _stored(row * height)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _widths(areas: Iterable[tuple[str, float]], width: int) -> list[int]:
    """Return widths in px that fill the swatch, each edge where it should be within half a px."""
    sums = list(accumulate(share for _, share in areas))
    edges = [0, *(round(width * upto / sums[-1]) for upto in sums)]
    return [right - left for left, right in pairwise(edges)]


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def _stored(data: bytes) -> bytes:
    """Return data as a zlib stream that is not compressed (RFC 1950 and 1951)."""
    return b"\x78\x01" + b"".join(_blocks(data)) + struct.pack(">I", zlib.adler32(data))


def _blocks(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), _BLOCK):
        block = data[at : at + _BLOCK]
        last = at + _BLOCK >= len(data)
        yield struct.pack("<BHH", last, len(block), 0xFFFF ^ len(block)) + block
