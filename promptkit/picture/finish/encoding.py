"""The bytes of a finished file: its kind, its colour profile, and its weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

from promptkit.brand.channels import FileFormat

#: The best quality that is worth its weight, and the least that a brand can show.
_BEST, _LEAST = 92, 45
_SUFFIXES: dict[FileFormat, str] = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "avif": ".avif"}
#: Colours keep their full resolution: letters would get coloured rims.
_OPTIONS: dict[FileFormat, dict[str, Any]] = {
    "jpeg": {"subsampling": 0, "optimize": True, "progressive": True},
    "png": {"optimize": True},
    "webp": {"method": 4},
    "avif": {"subsampling": "4:4:4", "speed": 7, "max_threads": 1},
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A file's bytes; ``quality`` is the encoder's, 0–100, and ``None`` where nothing is lost."""

    data: bytes
    quality: int | None
    fits: bool
    """Whether it is as light as it has to be."""


def suffix(kind: FileFormat) -> str:
    """Return the ending of a file's name: ``.jpg``."""
    return _SUFFIXES[kind]


def encode(
    picture: Image.Image,
    kind: FileFormat,
    max_kb: int | None = None,
    noted: Callable[[bytes], bytes] = bytes,
    reserve: int = 0,
) -> Encoded:
    """Return a picture's file in the best quality that keeps to a weight, in kB of 1000 bytes.

    ``noted`` puts notes into the bytes, which weigh something, too, and ``reserve`` is what will
    be added later, in bytes. When not even the least
    quality is light enough, the lightest comes back, and ``fits`` is false.
    """
    limit = max_kb * 1000 if max_kb else None

    def tried(quality: int | None) -> Encoded:
        data = noted(_bytes(picture, kind, quality))
        return Encoded(data, quality, limit is None or len(data) + reserve <= limit)

    if kind == "png":
        return tried(None)
    best = tried(_BEST)
    if best.fits:
        return best
    fitting, low, high = tried(_LEAST), _LEAST, _BEST
    while fitting.fits and high - low > 1:
        middle = (low + high) // 2
        found = tried(middle)
        if found.fits:
            fitting, low = found, middle
        else:
            high = middle
    return fitting


def _bytes(picture: Image.Image, kind: FileFormat, quality: int | None) -> bytes:
    buffer = BytesIO()
    options = _OPTIONS[kind] | ({"quality": quality} if quality is not None else {})
    try:
        picture.save(buffer, kind.upper(), icc_profile=srgb_profile(), **options)
    except OSError:
        if kind != "jpeg":
            raise
        # Pillow's room for an optimised JPEG is too small for pictures that are all noise.
        buffer = BytesIO()
        plain = options | {"optimize": False, "progressive": False}
        picture.save(buffer, "JPEG", icc_profile=srgb_profile(), **plain)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return the ICC profile of sRGB, the same bytes each time: its date is left out."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes((7, 208, 0, 1, 0, 1)) + bytes(6)  # 2000-01-01, as the format has it
    data[84:100] = bytes(16)  # the profile's own digest: none
    return bytes(data)
