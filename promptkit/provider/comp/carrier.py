"""The file of a comp: it carries its scene, so that a final can be drawn from its preview."""

from __future__ import annotations

import json
from io import BytesIO

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from promptkit.provider.comp.scene import Scene, from_data

#: The chunk of a PNG, and the prefix in a JPEG's or WebP's description, that hold the scene.
NAME = "promptkit-comp"
_FORMATS = {"jpeg": "JPEG", "jpg": "JPEG", "webp": "WEBP"}


def encoded(picture: Image.Image, output_format: str, scene: Scene | None) -> tuple[bytes, str]:
    """Return the bytes of ``picture`` with its scene in them, and their media type."""
    kind = _FORMATS.get(output_format.casefold(), "PNG")
    buffer = BytesIO()
    data = json.dumps(scene.to_data(), separators=(",", ":"), sort_keys=True) if scene else ""
    if kind == "PNG":
        info = PngInfo()
        if data:
            info.add_text(NAME, data)
        picture.save(buffer, "PNG", pnginfo=info, compress_level=6)
    else:
        exif = Image.Exif()
        if data:
            exif[ExifTags.Base.ImageDescription] = f"{NAME}:{data}"
        picture.save(buffer, kind, quality=92, exif=exif)
    return buffer.getvalue(), f"image/{kind.lower()}"


def carried(picture: Image.Image) -> Scene | None:
    """Return the scene that an opened picture carries; ``None`` when it is not a comp's file."""
    described = str(picture.getexif().get(ExifTags.Base.ImageDescription, ""))
    data = picture.info.get(NAME) or described.removeprefix(f"{NAME}:")
    try:
        return from_data(json.loads(data))
    except (ValueError, TypeError, KeyError):
        return None
