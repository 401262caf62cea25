"""The sheet of a brand: one page that shows a profile to a person and needs nothing else."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from jinja2 import Template as Page

from promptkit.brand.profile import Brand
from promptkit.client.cache import write_durably
from promptkit.client.verify import verify
from promptkit.errors import UnusableError
from promptkit.measures import Size
from promptkit.picture.brand_sheet_view import Picture, view
from promptkit.picture.sheet_words import label
from promptkit.template.compiled import Template
from promptkit.template.library import BASE, TemplateLibrary

#: The longest edge of an embedded picture, in px.
LONGEST = 480
#: Drawings larger than this (bytes) are not embedded: a logo has no need of it.
LARGEST_SVG = 1_000_000

_QUALITY = 82
#: What browsers take for a drawing that does not say its size, in px.
_USUAL_SIZE = (300, 150)
_NUMBER = r"([0-9]{1,6}(?:\.[0-9]{1,6})?)"
_VIEW_BOX = re.compile(
    rf"<svg\b[^>]*\bviewBox\s*=\s*[\"']\s*\S+[\s,]+\S+[\s,]+{_NUMBER}[\s,]+{_NUMBER}"
)


def brand_sheet_html(brand: Brand) -> str:
    """Return a brand's sheet as one HTML page, which carries its pictures within itself.

    It has no scripts and loads nothing. Pictures that cannot be read become a note.
    """
    pictures = dict(_pictures(brand))
    sheet = view(brand, pictures, _base())
    return _page().render(brand=brand, sheet=sheet, pictures=pictures)


def write_brand_sheet(brand: Brand, path: Path) -> Path:
    """Write a brand's sheet to a file, and return its path.

    Raises:
        OSError: the file cannot be written.
    """
    write_durably(path, brand_sheet_html(brand).encode("utf-8", "replace"))
    return path


def _pictures(brand: Brand) -> Iterator[tuple[str, Picture]]:
    """Yield the pictures of the logo, the subjects and the style by their paths, once each."""
    paths = [
        *(file.path for file in brand.logo.files),
        *(ref for subject in brand.subjects.values() for ref in subject.refs),
        *(reference.path for reference in brand.style.references if reference.path),
    ]
    for path in dict.fromkeys(paths):
        if picture := _picture(brand.folder, path):
            yield path, picture


def _picture(folder: Path, path: str) -> Picture | None:
    """Return a picture of a profile, or nothing where it is not there or cannot be shown."""
    try:
        file, root = (folder / path).resolve(), folder.resolve()
        if not file.is_relative_to(root):
            return None
        data = file.read_bytes()
        return _drawing(data) if file.suffix.lower() == ".svg" else _photo(data)
    except (OSError, ValueError, UnusableError):
        return None


def _drawing(svg: bytes) -> Picture | None:
    if len(svg) > LARGEST_SVG or b"<svg" not in svg:
        return None
    return Picture(_uri("image/svg+xml", svg), _size_of(svg.decode("utf-8", "replace")))


def _size_of(svg: str) -> Size:
    found = _VIEW_BOX.search(svg)
    width, height = (round(float(edge)) for edge in found.groups()) if found else _USUAL_SIZE
    return width, height


def _photo(data: bytes) -> Picture:
    """Return a picture scaled down.

    Raises:
        UnusableError: it is no PNG, JPEG or WebP, or cannot be decoded.
    """
    # Imported with the first picture: whoever only reads profiles must not wait for Pillow.
    from PIL import Image, ImageOps

    verify(data)
    with Image.open(BytesIO(data)) as opened:
        clear = opened.has_transparency_data
        upright = ImageOps.exif_transpose(opened).convert("RGBA" if clear else "RGB")
    upright.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    if clear:
        upright.save(buffer, "PNG", optimize=True)
    else:
        upright.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return Picture(_uri(f"image/{'png' if clear else 'jpeg'}", buffer.getvalue()), upright.size)


def _uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(data).decode()}"


@lru_cache(maxsize=1)
def _base() -> Template:
    """Return the base of all shipped templates, which says of a look what all pictures share."""
    # Imported here: the front door itself opens the sheets.
    from promptkit.workflow.shipped import SHIPPED

    return TemplateLibrary((SHIPPED / "templates",)).get(BASE)


@lru_cache(maxsize=1)
def _page() -> Page:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["label"] = label
    source = files("promptkit.picture").joinpath("brand_sheet.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source)
