"""EXIF: whose a photograph is. All else (places, cameras, serial numbers) is not looked at."""

from __future__ import annotations

from promptkit.picture.marks.iim import decoded

_ARTIST, _COPYRIGHT = 0x013B, 0x8298
_STARTS = (b"II*\0", b"MM\0*")
#: The kinds of value that are texts: ASCII, and UTF-8 since EXIF 3.0.
_TEXTS = (2, 129)
#: A longer text is not read.
_LONGEST = 10_000


def values_of(data: bytes) -> dict[str, tuple[str, ...]]:
    """Return the artists and the copyright notice that EXIF data tell: photographer's, editor's.

    Raises:
        ValueError: it is no EXIF, or it is cut short.
    """
    data = data.removeprefix(b"Exif\0\0")
    texts = _texts(data)
    artists = texts.get(_ARTIST, b"").replace(b"\0", b"").split(b";")
    found = {"EXIF:Artist": artists, "EXIF:Copyright": texts.get(_COPYRIGHT, b"").split(b"\0")}
    told = {
        name: tuple(text for part in parts if (text := " ".join(decoded(part).split())))
        for name, parts in found.items()
    }
    return {name: parts for name, parts in told.items() if parts}


def _texts(data: bytes) -> dict[int, bytes]:
    """Return the texts of the first directory, by their numbers."""
    if data[:4] not in _STARTS:
        raise ValueError("the EXIF data are damaged")

    def number(at: int, size: int) -> int:
        if at + size > len(data):
            raise ValueError("the EXIF data are cut short")
        part = data[at : at + size]
        return int.from_bytes(part, "little" if data[:2] == b"II" else "big")

    start = number(4, 4)
    found: dict[int, bytes] = {}
    for at in range(start + 2, start + 2 + 12 * number(start, 2), 12):
        tag, kind, length = number(at, 2), number(at + 2, 2), number(at + 4, 4)
        if tag in (_ARTIST, _COPYRIGHT) and kind in _TEXTS and length <= _LONGEST:
            place = at + 8 if length <= 4 else number(at + 8, 4)
            found[tag] = data[place : place + length]
    return found
