"""Adobe Swatch Exchange (.ase): the swatches that Illustrator, InDesign and Photoshop share.

Adobe never published the format. Its facts here are those that other readers agree on: the notes
of Carl Camera (https://carl.camera/default.aspx?section=color), of J. Greely
(https://dotclue.org/archive/2013/06/004258/) and of Cyotek
(https://devblog.cyotek.com/post/reading-adobe-swatch-exchange-ase-files-using-csharp), and the
package `swatch` on PyPI.
"""

from __future__ import annotations

from math import isfinite

from promptkit.brand.importers.binary import Cursor, cmyk_swatch, found_in
from promptkit.brand.importers.found import Format, Found, Swatch
from promptkit.brand.importers.source import Source
from promptkit.brand.importers.spaces import from_rgb, in_space

_COLOR, _GROUP, _GROUP_END = 0x0001, 0xC001, 0xC002
_SMALLEST_BLOCK = 6

#: How many numbers follow the name of a colour model.
_MODELS = {b"RGB ": 3, b"CMYK": 4, b"LAB ": 3, b"Gray": 1, b"GRAY": 1}


def _matches(source: Source) -> bool:
    return source.raw.startswith(b"ASEF")


def _read(source: Source) -> Found:
    """Read every colour, groups or not.

    Raises:
        BrandError: a block is cut short, or there are more or fewer than the file says.
    """
    cursor = Cursor(source.path, source.raw, at=4)
    cursor.take(4, "the version")
    swatches: list[Swatch] = []
    unread: list[str] = []
    group = ""
    count = cursor.count(cursor.long("the number of blocks"), _SMALLEST_BLOCK, "block")
    for number in range(1, count + 1):
        kind = cursor.word(f"block {number}")
        body = _body(cursor, number)
        if kind == _GROUP:
            group = body.name(body.word("a group"), "a group's name")
        elif kind == _GROUP_END:
            group = ""
        elif kind == _COLOR:
            name, swatch = _color(body, group, number)
            swatches += [swatch] if swatch else []
            unread += [] if swatch else [name or f"swatch {number}"]
    cursor.end()
    return found_in(swatches, "the swatches (ASE)", unread)


def _body(cursor: Cursor, number: int) -> Cursor:
    size = cursor.long(f"block {number}")
    return Cursor(cursor.path, cursor.take(size, f"block {number}"))


def _color(body: Cursor, group: str, number: int) -> tuple[str, Swatch | None]:
    what = f"the colour in block {number}"
    name = body.name(body.word(what), what)
    model = body.take(4, what)
    if model not in _MODELS:
        return name, None
    parts = body.numbers("f" * _MODELS[model], what)
    if not all(isfinite(part) for part in parts):
        return name, None
    if model == b"CMYK":
        return name, cmyk_swatch(name, parts, group)
    return name, _screen_swatch(name, group, model, parts)


def _screen_swatch(name: str, group: str, model: bytes, parts: tuple[float, ...]) -> Swatch | None:
    """Lab counts its lightness from 0 to 1, and a and b from -128 to 127; all else is 0 to 1."""
    try:
        if model == b"LAB ":
            return Swatch(name, in_space("lab", (parts[0] * 100, *parts[1:])), group)
    except ValueError:
        return None
    return Swatch(name, from_rgb(*(parts if len(parts) == 3 else parts * 3)), group)


FORMAT = Format("ase", "Adobe Swatch Exchange (.ase)", "“ASEF” in the first bytes", _matches, _read)
