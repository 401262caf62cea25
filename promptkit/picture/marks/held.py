"""What a file holds of itself, cut out of its container and not read yet."""

from __future__ import annotations

from typing import NamedTuple


class Held(NamedTuple):
    """The parts of a file that tell of it; ``None`` for each that it lacks."""

    xmp: bytes | None = None
    iim: bytes | None = None
    exif: bytes | None = None
