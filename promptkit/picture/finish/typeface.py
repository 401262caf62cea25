"""The brand's typeface, from its file; the bundled one stands in where there is none."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import ImageFont, features
from PIL.ImageFont import FreeTypeFont

from promptkit import lettering
from promptkit.brand.profile import Brand, Typeface
from promptkit.errors import BrandError, BriefError, Finding

Use = Literal["display", "body"]

_WEIGHTS = {
    "thin": 100,
    "light": 300,
    "regular": 400,
    "normal": 400,
    "medium": 500,
    "semibold": 600,
    "bold": 700,
    "black": 900,
}
#: A character that no font has: what is drawn for it is drawn for all that a font lacks.
_NOWHERE = "\U0010ffff"
_PROBE = 40
_INTER = "Inter"


@dataclass(frozen=True)
class Face:
    """A typeface that text can be set in."""

    family: str
    weight: int
    file: str = ""
    """The brand's own font file, as the profile names it; empty for the bundled one."""
    data: bytes = field(default=b"", repr=False)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the font file; empty for the bundled one."""
        return hashlib.sha256(self.data).hexdigest() if self.data else ""

    @property
    def told(self) -> dict[str, str | int]:
        """What it is, as plain data."""
        told: dict[str, str | int] = {"family": self.family, "weight": self.weight}
        return told | ({"file": self.file, "sha256": self.sha256} if self.data else {})

    def at(self, size: int) -> FreeTypeFont:
        """Return it at ``size`` px."""
        return _loaded(self.data, self.weight, size, _layout())

    def lacks(self, text: str) -> list[str]:
        """Return the characters of a text that it cannot set, each once."""
        probe = _loaded(self.data, self.weight, _PROBE, ImageFont.Layout.BASIC)
        missing = _drawn(probe, _NOWHERE)
        signs = [sign for sign in dict.fromkeys(text) if sign.isprintable() and not sign.isspace()]
        return [sign for sign in signs if _drawn(probe, sign) == missing or not _settable(sign)]


def face_of(brand: Brand, use: Use) -> Face:
    """Return the brand's typeface for headlines (display) or for small type (body).

    Raises:
        BrandError: its font file cannot be read.
    """
    wish: Typeface = getattr(brand.typography, use)
    weight = _weight(wish.weight, 600 if use == "display" else 400)
    if not wish.path:
        return Face(_INTER, 600 if weight >= 500 else 400)
    try:
        face = Face(wish.family or Path(wish.path).stem, weight, wish.path, _read(brand, wish.path))
        face.at(_PROBE)
    except OSError as cause:
        message = f"the font file “{wish.path}” cannot be used: {cause}"
        fix = "name a TrueType or OpenType file (.ttf, .otf); web fonts (.woff2) cannot be read"
        place = brand.origin(("typography", use, "path"))
        raise BrandError(Finding("font-file", message, place=place, fix=fix)) from None
    return face


def must_have(face: Face, text: str, use: Use) -> None:
    """Refuse a text that a typeface cannot set, by the names of its scripts.

    Raises:
        BriefError: characters are missing, which would be drawn as boxes.
    """
    missing = face.lacks(text)
    if not missing:
        return
    named = ", ".join(dict.fromkeys(_kind(sign) for sign in missing))
    message = f"“{text}” cannot be set: {face.family} has no {named} ({' '.join(missing[:8])})"
    fix = f"name a font file that has them in the profile: typography.{use}.path"
    raise BriefError(Finding("missing-letters", message, fix=fix))


def _read(brand: Brand, path: str) -> bytes:
    return (brand.folder / path).read_bytes()


def _weight(said: int | str | None, usual: int) -> int:
    if isinstance(said, int):
        return said
    word = (said or "").casefold().replace("-", "").replace(" ", "")
    return int(word) if word.isdecimal() else _WEIGHTS.get(word, usual)


@lru_cache(maxsize=1)
def _layout() -> ImageFont.Layout:
    """Return the layout that kerns and joins letters, where this machine has it."""
    shaped = features.check("raqm") and features.check("fribidi")
    return ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC


@lru_cache(maxsize=256)
def _loaded(data: bytes, weight: int, size: int, layout: ImageFont.Layout) -> FreeTypeFont:
    if not data:
        file: BytesIO | Path = lettering.font_file("semibold" if weight >= 500 else "regular")
    else:
        file = BytesIO(data)
    face = ImageFont.truetype(file, size, layout_engine=layout)
    set_weight(face, weight)
    return face


def set_weight(face: FreeTypeFont, weight: int) -> None:
    """Set the weight of a variable font. Of another one nothing is made bold that is not."""
    try:
        axes = face.get_variation_axes()
    except (OSError, NotImplementedError):
        return
    face.set_variation_by_axes(
        [
            max(axis["minimum"] or 0, min(axis["maximum"] or weight, weight))
            if axis["name"] == b"Weight"
            else axis["default"] or 0
            for axis in axes
        ]
    )


def _drawn(face: FreeTypeFont, sign: str) -> tuple[float, bytes]:
    return face.getlength(sign), bytes(face.getmask(sign))


def _settable(sign: str) -> bool:
    """Say whether a character comes out right without joining letters or turning their order."""
    if _layout() == ImageFont.Layout.RAQM:
        return True
    joined = unicodedata.bidirectional(sign) in ("R", "AL") or unicodedata.combining(sign)
    return not joined


def _kind(sign: str) -> str:
    """Return what a character is: “Arabic letters”, “CJK letters”, “symbols”."""
    if unicodedata.category(sign)[0] not in "LM":
        return "symbols"
    script = unicodedata.name(sign, "unknown").split()[0].split("-")[0]
    return f"{script if script == 'CJK' else script.capitalize()} letters"
