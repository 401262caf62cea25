"""The pictures that go along with the words, as they are sent: read, drawn, and checked."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path

from promptkit.client.request import Reference
from promptkit.errors import BriefError, Finding
from promptkit.measures import Size
from promptkit.model.card import Card
from promptkit.template.inputs import Image
from promptkit.workflow.swatch import swatch


def read_picture(image: Image, card: Card) -> Reference:
    """Return a picture that goes along: without metadata and upright, or drawn.

    Raises:
        BriefError: it cannot be read, or is too large for the model.
    """
    if image.swatch:
        return Reference(image.role, swatch(image.swatch), "image/png", "swatch.png")
    reference = Reference.read(Path(image.path), image.role)
    most = card.reference_bytes_max
    if len(reference.data) > most:
        raise BriefError(too_heavy(image.path, len(reference.data), card))
    return reference


def too_heavy(path: str, size: int, card: Card) -> Finding:
    """Return what is said of a file that has more bytes than a model takes."""
    return Finding(
        "reference-too-heavy",
        f"{path} has {size / 1e6:.1f} MB; {card.name} takes {card.reference_bytes_max / 1e6:g} MB",
        fix="save it smaller: 2000 px on the long edge show all that a model uses",
    )


def read_mask(image: Image, pictures: Sequence[Reference], card: Card) -> Reference:
    """Return a mask that fits the first of the pictures that it goes along with.

    Raises:
        BriefError: it cannot be read, is no PNG with transparency, or there is nothing it fits.
    """
    mask = read_picture(image, card)
    if not pictures:
        message = f"the mask {image.path} has no picture to be a mask of"
        fix = "give the brief the picture that is to be changed, too"
        raise BriefError(Finding("mask-alone", message, fix=fix))
    size, first = _size_with_holes(mask, image.path), _size(pictures[0])
    if size != first:
        message = (
            f"the mask {image.path} has {size[0]} × {size[1]} px, and the picture that it is for, "
            f"{pictures[0].name}, has {first[0]} × {first[1]}"
        )
        fix = f"make it of that picture: promptkit reference mask {pictures[0].name} --box …"
        raise BriefError(Finding("mask-size", message, fix=fix))
    return mask


def _size(reference: Reference) -> Size:
    from PIL import Image as Pictures

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pictures.open(io.BytesIO(reference.data)) as picture:
                return picture.size
    except (Pictures.DecompressionBombError, OSError, SyntaxError, ValueError) as cause:
        raise BriefError(_unread(reference.name, cause)) from None


def _size_with_holes(mask: Reference, path: str) -> Size:
    """Return a mask's size in px, if it is a PNG that is transparent somewhere."""
    from PIL import Image as Pictures

    _size(mask)  # refuses what unfolds into gigabytes
    try:
        with Pictures.open(io.BytesIO(mask.data)) as picture:
            alpha = picture.getchannel("A") if "A" in picture.getbands() else None
            least = alpha.getextrema()[0] if alpha else 255
            if mask.media_type == "image/png" and least == 0:
                return picture.size
    except (OSError, SyntaxError, ValueError) as cause:
        raise BriefError(_unread(path, cause)) from None
    raise BriefError(
        Finding(
            "mask-not-transparent",
            f"the mask {path} is no PNG with a transparent part, so it says nothing may change",
            fix="make one: promptkit reference mask PICTURE --box 0.1,0.1,0.5,0.9, or --from-alpha",
        )
    )


def _unread(name: str, cause: Exception) -> Finding:
    fix = "open it in a picture program, and save it anew"
    return Finding("broken-reference", f"{name} cannot be decoded: {cause}", fix=fix)
