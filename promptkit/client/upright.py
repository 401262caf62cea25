"""A picture as it is sent: without its metadata, and the right way up."""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import Any

from promptkit.client.bare import bare

#: EXIF's tag for how a camera was held; 1 is upright.
_ORIENTATION = 0x0112
#: Without any of these a file says nothing of it, and need not be decoded to be read.
_SAID_IN = (b"Exif", b"eXIf", b"EXIF", b"Raw profile type", b"adobe")
#: The largest picture that is turned, in px: a small file can unfold into gigabytes.
MAX_TURNED = 100_000_000
#: How a turned picture is written: as nearly the same as its format allows.
_SAVED: dict[str, dict[str, Any]] = {
    "image/jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    "image/png": {"format": "PNG"},
    "image/webp": {"format": "WEBP", "lossless": True},
}


def upright(data: bytes, media_type: str) -> tuple[bytes, str]:
    """Return a PNG, JPEG or WebP picture as it is sent, and by what it is known if it was turned.

    That is the SHA-256 of its bare file and of how it lay in that: written anew by another
    version of a library, it is still the same picture. "" says that it was not turned.

    Only its metadata is taken away, unless they say that the picture lies on its side: some
    services heed that and some do not, so its pixels are turned, and written anew.

    Raises:
        ValueError: the file is broken, or too large to be turned.
    """
    plain = bare(data, media_type)
    if plain == data or not any(mark in data for mark in _SAID_IN):
        return plain, ""
    found = _turned(data, media_type)
    if found is None:
        return plain, ""
    turned, orientation = found
    return bare(turned, media_type), hashlib.sha256(plain + bytes([orientation])).hexdigest()


def _turned(data: bytes, media_type: str) -> tuple[bytes, int] | None:
    """Return a picture upright, written anew, and how it lay; ``None`` when it is upright."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a camera's metadata are seldom flawless
            with Image.open(io.BytesIO(data)) as picture:
                orientation = picture.getexif().get(_ORIENTATION, 1)
                if orientation not in range(2, 9):
                    return None
                if picture.width * picture.height > MAX_TURNED:
                    raise ValueError("it lies on its side, and is too large to be turned")
                into = io.BytesIO()
                profile = picture.info.get("icc_profile")
                ImageOps.exif_transpose(picture).save(
                    into, icc_profile=profile, **_SAVED[media_type]
                )
                return into.getvalue(), int(orientation)
    except (Image.DecompressionBombError, OSError, SyntaxError) as cause:
        raise ValueError(f"it cannot be decoded: {cause}") from None
