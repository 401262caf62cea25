"""What a finished file says of itself: that a model drew it, which one, and what is to be seen.

``marked`` puts notes into a new file's bytes and leaves its pixels alone; pictures as a provider
sent them are never touched. ``told`` reads what any file says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from promptkit.client.request import sniff
from promptkit.errors import BriefError, Finding
from promptkit.picture.marks import avif, exif, iim, jpeg, png, webp, xmp
from promptkit.picture.marks.held import Held
from promptkit.picture.marks.notes import Notes, notes_of
from promptkit.picture.marks.rights import Rights

__all__ = ["Notes", "Rights", "Told", "fields", "marked", "media_type_of", "notes_of", "told"]


class _Container(NamedTuple):
    with_notes: Callable[[bytes, bytes, bytes], bytes]
    """Takes a file, its XMP packet and its IIM records."""
    held_of: Callable[[bytes], Held]


class Told(NamedTuple):
    """What a file says of itself, as far as it can be read."""

    values: dict[str, tuple[str, ...]]
    """By prefix and name, as in ``dc:creator``, ``IIM:By-line`` or ``EXIF:Artist``."""
    unread: tuple[str, ...] = ()
    """What is there and cannot be read, and why."""

    @property
    def fields(self) -> dict[str, str]:
        """The values as a person reads them, several in one line."""
        return {name: "; ".join(filter(None, values)) for name, values in self.values.items()}

    @property
    def rights(self) -> Rights:
        """Whose it is."""
        return Rights.of(self.values)


_CONTAINERS = {
    "image/png": _Container(png.with_notes, png.held_of),
    "image/jpeg": _Container(jpeg.with_notes, jpeg.held_of),
    "image/webp": _Container(webp.with_notes, webp.held_of),
    "image/avif": _Container(avif.with_notes, avif.held_of),
}


def marked(data: bytes, media_type: str, notes: Notes) -> bytes:
    """Return a picture's bytes with notes in them, the pixels as they were.

    XMP goes into PNG, JPEG, WebP and AVIF, IPTC's older records into JPEG, too. Earlier XMP is
    replaced. Content credentials (C2PA) do not hold for other bytes and are left out: what is to
    be signed is signed after this.

    Raises:
        BriefError: it is no such picture, or it cannot be read.
    """
    container = _container(media_type)
    try:
        return container.with_notes(data, xmp.packet(notes), iim.records(notes))
    except (ValueError, LookupError, OverflowError) as cause:
        message = f"the picture's notes cannot be written: {cause}"
        raise BriefError(Finding("unreadable-picture", message, fix="save it anew")) from None


def fields(data: bytes, media_type: str) -> dict[str, str]:
    """Return what a picture says of itself, by prefix and name; what cannot be read is left out.

    Raises:
        BriefError: it is no such picture.
    """
    return told(data, media_type).fields


def told(data: bytes, media_type: str) -> Told:
    """Return what a picture says of itself in XMP, IIM and EXIF: one broken part hides no other.

    Raises:
        BriefError: it is no such picture.
    """
    container = _container(media_type)
    try:
        held = container.held_of(data)
    except (ValueError, LookupError) as cause:
        return Told({}, (_unread(cause),))
    values: dict[str, tuple[str, ...]] = {}
    unread: list[str] = []
    for part, read in zip(held, (xmp.values_of, iim.values_of, exif.values_of), strict=True):
        try:
            values |= read(part) if part else {}
        except ValueError as cause:
            unread.append(_unread(cause))
    return Told(values, tuple(unread))


def _unread(cause: Exception) -> str:
    return f"what the picture says of itself cannot be read: {cause}"


def media_type_of(data: bytes) -> str:
    """Return the media type that the bytes themselves show; empty when they show none of ours."""
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"):
        return "image/avif"
    return sniff(data) or ""


def _container(media_type: str) -> _Container:
    if media_type not in _CONTAINERS:
        message = f"no notes can be written into or read from {media_type or 'such a file'}"
        raise BriefError(
            Finding("mark-type", message, fix="take a PNG, JPEG, WebP or AVIF picture")
        )
    return _CONTAINERS[media_type]
