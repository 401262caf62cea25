"""Opening a picture that somebody brings: upright, in sRGB, and never larger than can be held.

What a file says of itself is read first; it is decoded only when that can be held. Whatever was
changed on the way is told in ``notes``, and what cannot be opened is refused by its name.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from promptkit.client.verify import MAX_PIXELS
from promptkit.documents import missing
from promptkit.errors import BriefError, Finding
from promptkit.measures import Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The formats that are opened; each further one is a further decoder to trust.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
#: The largest file that is read, in bytes.
MAX_BYTES = 200_000_000
_SAVE = "save it as PNG, JPEG or WebP"
_OTHERS = (
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"BM", "a BMP"),
    (b"\0\0\x01\0", "an icon"),
    (b"<?xml", "an SVG or another XML file"),
    (b"<svg", "an SVG"),
    (b"<", "a web page"),
    (b"{", "JSON"),
)
#: What decoders say of a file that ends too soon.
_CUT = ("truncated", "not processed", "too short", "unexpected end", "EOF")
#: Below this a spot counts as transparent, 0–255: encoders round.
_OPAQUE = 250
_MODES = {
    "1": "has black and white only",
    "L": "is in greys only",
    "LA": "is in greys only",
    "I;16": "has 16 bits a channel; 8 of them are measured",
    "CMYK": "is in CMYK, for print; screens need RGB",
}
_BRANDS = {
    b"avif": "a broken AVIF",
    b"heic": "a HEIC",
    b"heix": "a HEIC",
    b"mif1": "a HEIC",
}


@dataclass(frozen=True)
class Opened:
    """A picture, upright, in 8-bit sRGB; transparent parts of ``image`` lie on white."""

    image: Image.Image
    alpha: Image.Image | None
    """How opaque it is (mode L), where it is not opaque all over."""
    format: str
    """PNG, JPEG, WEBP, GIF or AVIF."""
    notes: tuple[str, ...] = ()
    """What is unusual about the file, and what was done about it."""
    texts: Mapping[str, str] | None = None
    """What is written in the file: a PNG's texts, or its description as ``description``."""

    @property
    def size(self) -> Size:
        """Width and height in px, as it is seen."""
        return self.image.size

    @cached_property
    def rgb(self) -> NDArray[Any]:
        """Its pixels: height × width × 3, 0–255."""
        import numpy as np

        return np.asarray(self.image)

    def part(self, box: tuple[int, int, int, int]) -> Opened:
        """Return the part between left, top, right and bottom, in px."""
        alpha = self.alpha.crop(box) if self.alpha else None
        return Opened(self.image.crop(box), alpha, self.format, self.notes, self.texts)


def open_picture(source: Path | str | bytes, name: str = "the picture") -> Opened:
    """Open a file, or the bytes of one, which ``name`` then stands for in messages.

    Raises:
        BriefError: it is not there, is of no known format, is broken or too large.
    """
    if not isinstance(source, bytes):
        name = str(source)
        source = _read(Path(source))
    with _faults(name, source), Image.open(io.BytesIO(source), formats=FORMATS) as picture:
        _check_size(picture, name)
        picture.load()
        return _opened(picture)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            message = f"{path} has more than {MAX_BYTES // 1_000_000} MB"
            raise BriefError(Finding("picture-too-large", message, fix=f"{_SAVE}, smaller"))
        return path.read_bytes()
    except FileNotFoundError:
        raise BriefError(missing(path)) from None
    except (OSError, ValueError) as cause:
        why = "is a folder" if path.is_dir() else f"cannot be read: {cause}"
        raise BriefError(Finding("missing-file", f"{path} {why}", fix="name a picture")) from None


def _check_size(picture: Image.Image, name: str) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        message = f"{name} has {width} × {height} px, too many to open"
        fix = f"make it smaller: {MAX_PIXELS // 1_000_000} megapixels at most"
        raise BriefError(Finding("picture-too-large", message, fix=fix))


@contextmanager
def _faults(name: str, data: bytes) -> Iterator[None]:
    """Say in words what is wrong with a picture: decoders raise what they like."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limit is stricter than Pillow's
            yield
        return
    except BriefError:
        raise
    except Image.DecompressionBombError:
        rule, message = "picture-too-large", "unfolds into too many px"
    except UnidentifiedImageError:
        rule, message = "picture-format", f"is {_kind(data)}"
    except Exception as cause:
        short = any(word in str(cause) for word in _CUT)
        rule = "picture-broken"
        message = "is cut short" if short else f"cannot be decoded: {cause}"
    fix = "fetch it or export it again" if rule == "picture-broken" else _SAVE
    raise BriefError(Finding(rule, f"{name} {message}", fix=fix))


def _kind(data: bytes) -> str:
    """Say what a file is that is no picture we open: people send TIFFs, PDFs and web pages."""
    if not data:
        return "empty"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a film or another picture of that family")
    start = data.lstrip()[:16].lower()
    found = (kind for mark, kind in _OTHERS if start.startswith(mark.lower()))
    return next(found, "no picture, or a broken one")


def _opened(picture: Image.Image) -> Opened:
    notes = [*_oddities(picture)]
    format_ = "JPEG" if picture.format == "MPO" else str(picture.format)
    texts = _texts(picture)
    upright = _upright(picture, notes)
    alpha = _alpha(upright)
    plain = _in_srgb(_eight_bit(upright), picture.info.get("icc_profile"), notes)
    if alpha is not None:
        notes.append("has transparent parts; they are measured on white")
        plain = Image.composite(plain, Image.new("RGB", plain.size, "white"), alpha)
    return Opened(plain, alpha, format_, tuple(notes), texts)


def _oddities(picture: Image.Image) -> Iterator[str]:
    if getattr(picture, "n_frames", 1) > 1:
        moves = "moves" if getattr(picture, "is_animated", False) else "holds several pictures"
        yield f"{moves}; only the first of its {picture.n_frames} pictures is looked at"  # type: ignore[attr-defined]  # as above
    if picture.mode in _MODES:
        yield _MODES[picture.mode]


def _texts(picture: Image.Image) -> dict[str, str]:
    found = {str(key): text for key, text in picture.info.items() if isinstance(text, str)}
    with suppress(Exception):  # broken EXIF tells nothing, and stops nothing
        if described := picture.getexif().get(ExifTags.Base.ImageDescription):
            found["description"] = str(described)
    return found


def _upright(picture: Image.Image, notes: list[str]) -> Image.Image:
    with suppress(Exception):
        if picture.getexif().get(ExifTags.Base.Orientation, 1) != 1:
            turned: Image.Image = ImageOps.exif_transpose(picture)
            notes.append("was turned upright, as its EXIF data say")
            return turned
    return picture


def _alpha(picture: Image.Image) -> Image.Image | None:
    """Return how opaque a picture is, or ``None`` when it is so all over."""
    if not picture.has_transparency_data:
        return None
    alpha = picture.convert("RGBA").getchannel("A")
    return alpha if any(alpha.histogram()[:_OPAQUE]) else None


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Return a picture in a mode of 8 bits a channel: L, RGB or CMYK."""
    if picture.mode.startswith("I"):
        import numpy as np

        values = np.asarray(picture).astype(np.uint32) >> 8
        return Image.fromarray(values.astype(np.uint8))
    if picture.mode in ("L", "RGB", "CMYK"):
        return picture
    grey = picture.mode in ("1", "LA", "La")
    return picture.convert("L" if grey else "RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    """Return a picture in sRGB, by its own profile where it has one."""
    if profile:
        try:
            own = ImageCms.getOpenProfile(io.BytesIO(profile))
            name = ImageCms.getProfileDescription(own).strip()
            if "srgb" in name.casefold():
                return picture.convert("RGB")
            turned = ImageCms.profileToProfile(
                picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            notes.append("has a colour profile that cannot be read; taken as sRGB")
        else:
            notes.append(f"was converted to sRGB from its colour profile, {name or 'unnamed'}")
            return turned or picture.convert("RGB")
    if picture.mode == "CMYK":
        notes.append("is in CMYK without a profile that can be used: its colours are a guess")
    return picture.convert("RGB")
