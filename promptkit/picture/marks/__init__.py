"""What a finished file says of itself: that a model drew it, which one, and what is to be seen.

``marked`` puts notes into a new file's bytes and leaves its pixels alone; pictures as a provider
sent them are never touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from promptkit.client.request import sniff
from promptkit.errors import BriefError, Finding
from promptkit.picture.marks import avif, iim, jpeg, png, webp
from promptkit.picture.marks.notes import Notes, notes_of
from promptkit.picture.marks.xmp import fields_of, packet

__all__ = ["Notes", "fields", "marked", "media_type_of", "notes_of"]


class _Container(NamedTuple):
    with_notes: Callable[[bytes, bytes, bytes], bytes]
    """Takes a file, its XMP packet and its IIM records."""
    packet_of: Callable[[bytes], bytes | None]


_CONTAINERS = {
    "image/png": _Container(png.with_notes, png.packet_of),
    "image/jpeg": _Container(jpeg.with_notes, jpeg.packet_of),
    "image/webp": _Container(webp.with_notes, webp.packet_of),
    "image/avif": _Container(avif.with_notes, avif.packet_of),
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
        return container.with_notes(data, packet(notes), iim.records(notes))
    except (ValueError, LookupError, OverflowError) as cause:
        message = f"the picture's notes cannot be written: {cause}"
        raise BriefError(Finding("unreadable-picture", message, fix="save it anew")) from None


def fields(data: bytes, media_type: str) -> dict[str, str]:
    """Return what a picture's XMP and IIM say, by prefix and name; empty when there is none.

    Raises:
        BriefError: it is no such picture, or that cannot be read.
    """
    container = _container(media_type)
    try:
        found = container.packet_of(data)
        said = fields_of(found) if found else {}
        older = jpeg.records_of(data) if media_type == "image/jpeg" else None
        records = iim.fields_of(older) if older else {}
    except (ValueError, LookupError, OverflowError) as cause:
        message = f"what the picture says of itself cannot be read: {cause}"
        raise BriefError(Finding("unreadable-notes", message)) from None
    return said | {f"IIM:{name}": value for name, value in records.items()}


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
