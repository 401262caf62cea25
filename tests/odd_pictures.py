"""Odd and broken pictures, made by code: what brand teams and agencies really send."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

Rgb = tuple[int, int, int]

CORAL: Rgb = (240, 89, 62)


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(color: Rgb = CORAL, size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.new("RGB", size, color)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def bomb(side: int = 13_000) -> bytes:
    """Return a PNG of few bytes that says it has side × side px; its first rows are there."""
    row = b"\0" * (side // 8 + 2)
    packed = zlib.compressobj(9)
    lines = b"".join(packed.compress(row) for _ in range(200)) + packed.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", lines), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def moving(kind: str) -> bytes:
    """Return an animation whose first picture is coral, and the second blue."""
    second = plain((11, 110, 153))
    return saved(plain(), kind, save_all=True, append_images=[second], duration=100)


def on_its_side() -> bytes:
    """Return a JPEG of 60 × 40 px that its EXIF data turn upright, with the top in coral."""
    upright = Image.new("RGB", (40, 60), "white")
    ImageDraw.Draw(upright).rectangle((0, 0, 39, 29), CORAL)
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


def deep_grey() -> bytes:
    values = np.linspace(0, 65_535, 256, dtype=np.uint16)
    return saved(Image.fromarray(np.tile(values, (8, 1))))


def see_through() -> bytes:
    """Return a palette PNG: the left half coral, the right half transparent."""
    picture = Image.new("RGBA", (60, 40))
    ImageDraw.Draw(picture).rectangle((0, 0, 29, 39), (*CORAL, 255))
    return saved(picture.quantize(4), "PNG")


#: Primaries (x, y) and white point D65 of the colour spaces that cameras and phones save in.
PRIMARIES = {
    "Display P3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "Adobe RGB (1998)": ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060)),
}
_TO_D50 = np.array(
    [[1.0479, 0.0229, -0.0502], [0.0296, 0.9904, -0.0171], [-0.0092, 0.0151, 0.7519]]
)
_D65 = np.array([0.9505, 1.0, 1.089])


def rgb_profile(name: str, gamma: float = 2.2) -> bytes:
    """Return an ICC profile (version 2, matrix and gamma) of one of ``PRIMARIES``."""
    xyz = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in PRIMARIES[name]]).T
    columns = _TO_D50 @ (xyz * np.linalg.solve(xyz, _D65))
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags = {b"wtpt": _xyz(np.array([0.9642, 1.0, 0.8249]))}
    tags |= {key: _xyz(columns[:, at]) for at, key in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(b"mntr", b"RGB ", b"XYZ ", name, tags)


def cmyk_profile(name: str = "Coated paper") -> bytes:
    """Return an ICC profile of inks: a table of the 16 corners, from paper white to black."""
    corners = []
    for index in range(16):
        c, m, y, k = ((index >> shift) & 1 for shift in (3, 2, 1, 0))
        light = 1 - k
        rgb = np.array([(1 - c) * light, (1 - m) * light, (1 - y) * light])
        level = float(rgb @ [0.3, 0.59, 0.11])
        corners += [level * 255, 128 + 80 * (rgb[0] - rgb[1]), 128 + 60 * (rgb[1] - rgb[2])]
    steps = bytes(range(256))
    unit = struct.pack(">9i", *(65_536 if at % 4 == 0 else 0 for at in range(9)))
    table = bytes(int(min(255, max(0, value))) for value in corners)
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + unit + steps * 4 + table + steps * 3
    tags = {b"A2B0": lut, b"wtpt": _xyz(np.array([0.9642, 1.0, 0.8249]))}
    return _profile(b"prtr", b"CMYK", b"Lab ", name, tags)


def _xyz(values: Any) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(float(v) * 65_536) for v in values))


def _profile(kind: bytes, space: bytes, pcs: bytes, name: str, tags: dict[bytes, bytes]) -> bytes:
    text = name.encode()
    tags = tags | {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" * 79,
        b"cprt": b"text\0\0\0\0public domain\0",
    }
    table, body, at = b"", b"", 132 + 12 * len(tags)
    for key, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += key + struct.pack(">II", at + len(body), len(data))
        body += data
    head = bytearray(128)
    head[0:4] = struct.pack(">I", at + len(body))
    head[8:12] = b"\x02\x40\0\0"
    head[12:24] = kind + space + pcs
    head[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head[36:40] = b"acsp"
    head[68:80] = struct.pack(">3i", 63_190, 65_536, 54_061)
    return bytes(head) + struct.pack(">I", len(tags)) + table + body
