"""What a picture's file tells beside its pixels, in words for people."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

from PIL import ExifTags, Image

from promptkit.client.request import Reference

_CAMERA = (ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.BodySerialNumber)
_PEOPLE = (ExifTags.Base.Artist, ExifTags.Base.Copyright, ExifTags.Base.CameraOwnerName)
_TIMES = (ExifTags.Base.DateTime, ExifTags.Base.DateTimeOriginal)
#: By what a file's bytes give other notes away.
_MARKS = (
    (b"http://ns.adobe.com/xap/", "XMP notes"),
    (b"XML:com.adobe.xmp", "XMP notes"),
    (b"XMP ", "XMP notes"),
    (b"Photoshop 3.0\0", "IPTC notes"),
    (b"c2pa", "content credentials (C2PA)"),
)


def told_by(data: bytes, reference: Reference) -> tuple[str, ...]:
    """Return what a file tells that the reference made of it does not, the gravest first."""
    if data == reference.data:
        return ()
    gone = tuple(dict.fromkeys((*_of_exif(data), *_of_marks(data, reference.data))))
    return gone or ("notes of the program that made it",)


def _of_exif(data: bytes) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as picture:
            exif = picture.getexif()
            inner = exif.get_ifd(ExifTags.IFD.Exif)
            tags = {**exif, **inner}
            if exif.get_ifd(ExifTags.IFD.GPSInfo):
                yield "where it was taken (GPS)"
            if any(tags.get(tag) for tag in _PEOPLE):
                yield "who made or owns it"
            if any(tags.get(tag) for tag in _CAMERA):
                yield "with which camera"
            if any(tags.get(tag) for tag in _TIMES):
                yield "when"
            if exif.get_ifd(ExifTags.IFD.IFD1):
                yield "a small preview, perhaps of an earlier crop"
            if picture.info.get("comment"):
                yield "a comment"


def _of_marks(data: bytes, sent: bytes) -> Iterator[str]:
    for mark, words in _MARKS:
        if mark in data and mark not in sent:
            yield words
