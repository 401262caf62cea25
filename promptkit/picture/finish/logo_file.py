"""A logo's file, drawn at the size that is wanted: SVG by resvg, pictures by Pillow."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from promptkit.brand.profile import Brand
from promptkit.errors import BrandError, BriefError, Finding
from promptkit.lettering import Rgb, font_file
from promptkit.picture.finish.svg import WIDEST, check_svg
from promptkit.picture.opening import open_picture

#: A logo has no need of a larger drawing, bytes.
LARGEST_SVG = 1_000_000
#: The height at which a drawing is looked at, px, and the most that it is drawn at.
_LOOKED, _HIGHEST = 256, 4096
#: The most px that a drawing is given.
_MOST = 64_000_000
#: From here on, 0–255, a px of a logo counts as ink.
_INK = 128


@dataclass(frozen=True)
class Drawing:
    """A logo's file; the empty rim of it does not count."""

    data: bytes = field(repr=False)
    vector: bool

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def live_text(self) -> bool:
        """Whether it has text that depends on fonts."""
        return self.vector and b"<text" in self.data

    @property
    def ratio(self) -> float:
        """Width over height of what is seen of it."""
        left, top, right, bottom = self._edges
        return (right - left) / (bottom - top)

    @cached_property
    def ink(self) -> Rgb:
        """The colour that most of it has."""
        pixels = np.asarray(self._looked_at)
        solid = pixels[pixels[..., 3] >= _INK][:, :3]
        bins = (solid // 16).astype(np.int32) @ np.array([256, 16, 1])
        most = np.bincount(bins).argmax()
        red, green, blue = (round(float(value)) for value in solid[bins == most].mean(axis=0))
        return red, green, blue

    def at(self, height: int) -> Image.Image:
        """Return it at a height in px, in RGBA."""
        left, top, right, bottom = self._edges
        size = (max(1, round(height * self.ratio)), height)
        if not self.vector:
            cut = self._picture.crop((left, top, right, bottom)).convert("RGBa")
            return cut.resize(size, Image.Resampling.LANCZOS).convert("RGBA")
        scale = height / (bottom - top)
        drawn = self._drawn(round(self._looked_at.height * scale))
        scale = drawn.height / self._looked_at.height
        cut = drawn.crop((round(left * scale), round(top * scale), *_far(right, bottom, scale)))
        return cut if cut.size == size else cut.resize(size, Image.Resampling.LANCZOS)

    @cached_property
    def _looked_at(self) -> Image.Image:
        return self._drawn(_LOOKED) if self.vector else self._picture

    @cached_property
    def _picture(self) -> Image.Image:
        opened = open_picture(self.data, "the logo")
        if opened.alpha is None:
            return opened.image.convert("RGBA")
        with Image.open(BytesIO(self.data)) as picture:
            return picture.convert("RGBA")

    @cached_property
    def _edges(self) -> tuple[int, int, int, int]:
        found = self._looked_at.getchannel("A").point(lambda alpha: 255 * (alpha >= 8)).getbbox()
        if found is None:
            raise ValueError("nothing is to be seen in it")
        return found

    def _drawn(self, height: int) -> Image.Image:
        wide: float = WIDEST
        if height > _LOOKED:
            wide = self._looked_at.width / self._looked_at.height
        highest = min(_HIGHEST, int((_MOST / wide) ** 0.5))
        from resvg_py import svg_to_bytes

        png = svg_to_bytes(
            svg_string=self.data.decode("utf-8-sig"),
            height=max(1, min(height, highest)),
            skip_system_fonts=True,
            font_files=[str(font_file("regular")), str(font_file("semibold"))],
            font_family="Inter",
        )
        return Image.open(BytesIO(png)).convert("RGBA")


def drawing(brand: Brand, number: int) -> Drawing:
    """Return the drawing of one of a brand's logo files, by its number from 0.

    Raises:
        BrandError: the file is missing, too large, or cannot be drawn.
    """
    path = brand.logo.files[number].path
    try:
        file = (brand.folder / path).resolve()
        data = file.read_bytes()
        vector = Path(path).suffix.lower() == ".svg"
        if vector and len(data) > LARGEST_SVG:
            raise ValueError(f"it has more than {LARGEST_SVG // 1000} kB")
        if vector:
            check_svg(data)
        drawn = Drawing(data, vector)
        _ = drawn.ratio, drawn.ink  # both are asked for soon: a fault is told now
    except (OSError, ValueError, BriefError) as cause:
        why = cause.message if isinstance(cause, BriefError) else str(cause)
        place = brand.origin(("logo", "files", number, "path"))
        fix = "export the logo anew, as SVG with outlines, or as PNG with transparency"
        message = f"the logo “{path}” cannot be drawn: {why}"
        raise BrandError(Finding("logo-file", message, place=place, fix=fix)) from None
    return drawn


def _far(right: int, bottom: int, scale: float) -> tuple[int, int]:
    return round(right * scale), round(bottom * scale)
