"""Photoshop swatches (.aco), version 1 without names and version 2 with them.

From Adobe's “Photoshop File Formats Specification”, section Color swatches, and Larry Tesler's
notes (http://www.nomodes.com/larry-tesler-personal/aco), which agree. That a grey of 10 000 is
white is how GIMP, Krita and the Kaitai description in 1j01/anypalette.js read it.
"""

from __future__ import annotations

from dataclasses import dataclass

from promptkit.brand.importers.binary import Cursor, cmyk_swatch, found_in
from promptkit.brand.importers.found import Format, Found, Swatch
from promptkit.brand.importers.source import Source
from promptkit.brand.importers.spaces import from_hsb, from_rgb, in_space

_SMALLEST_COLOR = 10
_WHOLE = 65535
_WHITE = 10_000
_RGB, _HSB, _CMYK, _LAB, _GRAY = 0, 1, 2, 7, 8


@dataclass(frozen=True)
class _Entry:
    space: int
    words: tuple[int, ...]
    name: str = ""


def _matches(source: Source) -> bool:
    return source.raw.startswith((b"\x00\x01", b"\x00\x02"))


def _read(source: Source) -> Found:
    """Read the swatches of version 2 where the file has them, else those of version 1.

    Raises:
        BrandError: the file is cut short.
    """
    cursor = Cursor(source.path, source.raw)
    entries = _section(cursor)
    if source.raw.startswith(b"\x00\x01") and cursor.raw[cursor.at :].startswith(b"\x00\x02"):
        entries = _section(cursor)
    swatches, unread = [], []
    for number, entry in enumerate(entries, 1):
        swatch = _swatch(entry)
        swatches += [swatch] if swatch else []
        unread += [] if swatch else [entry.name or f"swatch {number}"]
    return found_in(swatches, "the swatches (ACO)", unread)


def _section(cursor: Cursor) -> list[_Entry]:
    version = cursor.word("the version")
    count = cursor.count(cursor.word("the number of colours"), _SMALLEST_COLOR, "colour")
    return [_entry(cursor, version, f"colour {number}") for number in range(1, count + 1)]


def _entry(cursor: Cursor, version: int, what: str) -> _Entry:
    space, *words = (cursor.word(what) for _ in range(5))
    name = cursor.name(cursor.long(what), f"the name of {what}") if version == 2 else ""
    return _Entry(space, tuple(words), name)


def _swatch(entry: _Entry) -> Swatch | None:
    shares = tuple(word / _WHOLE for word in entry.words)
    if entry.space == _CMYK:
        return cmyk_swatch(entry.name, tuple(1 - share for share in shares))
    if entry.space == _RGB:
        return Swatch(entry.name, from_rgb(*shares[:3]))
    if entry.space == _HSB:
        return Swatch(entry.name, from_hsb(*shares[:3]))
    if entry.space == _LAB:
        return _lab(entry)
    if entry.space == _GRAY:
        return Swatch(entry.name, from_rgb(*[entry.words[0] / _WHITE] * 3))
    return None


def _lab(entry: _Entry) -> Swatch:
    """Lightness counts from 0 to 10 000; a and b are signed, from -12 800 to 12 700."""
    light, *chroma = entry.words[:3]
    signed = (word - 0x10000 if word >= 0x8000 else word for word in chroma)
    return Swatch(entry.name, in_space("lab", (light / 100, *(word / 100 for word in signed))))


FORMAT = Format(
    "aco", "Photoshop swatches (.aco)", "version 1 or 2 in the first bytes", _matches, _read
)
