"""The file of a comp: it carries its scene, so that a final can be drawn from its preview.

It also says where on the page the drawing is, so that the drawing alone can be measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from promptkit.provider.comp.scene import Scene, from_data

#: The chunk of a PNG, and the prefix in a JPEG's or WebP's description, that hold the scene.
NAME = "promptkit-comp"
_FORMATS = {"jpeg": "JPEG", "jpg": "JPEG", "webp": "WEBP"}
Edges = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """Where the drawing is on a comp's page, and where on the drawing something is written.

    Left, top, right and bottom in px, of the page and of the drawing.
    """

    stage: Edges
    marks: tuple[Edges, ...] = ()


def encoded(
    picture: Image.Image, output_format: str, scene: Scene | None, page: Page
) -> tuple[bytes, str]:
    """Return the bytes of ``picture`` with its scene and page in them, and their media type."""
    kind = _FORMATS.get(output_format.casefold(), "PNG")
    buffer = BytesIO()
    told = (scene.to_data() if scene else {}) | {"page": asdict(page)}
    data = json.dumps(told, separators=(",", ":"), sort_keys=True)
    if kind == "PNG":
        info = PngInfo()
        info.add_text(NAME, data)
        picture.save(buffer, "PNG", pnginfo=info, compress_level=6)
    else:
        exif = Image.Exif()
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


def page_of(texts: Mapping[str, str]) -> Page | None:
    """Return the page of a comp, by the texts in its file (a description as ``description``)."""
    data = texts.get(NAME) or texts.get("description", "").removeprefix(f"{NAME}:")
    try:
        told = json.loads(data)["page"]
        stage, *marks = (_edges(box) for box in (told["stage"], *told["marks"]))
    except (ValueError, TypeError, KeyError):
        return None
    return Page(stage, tuple(marks))


def _edges(box: object) -> Edges:
    left, top, right, bottom = map(int, box)  # type: ignore[call-overload]  # what is no box raises
    return left, top, right, bottom
