"""Reading Adobe's binary swatch files: big-endian numbers and UTF-16 names, never past the end."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from promptkit.brand.importers.found import Found, Swatch
from promptkit.brand.importers.naming import clean, listed, number_of
from promptkit.brand.importers.source import fault
from promptkit.brand.importers.spaces import as_print, from_cmyk
from promptkit.errors import BrandError

#: So many swatches no brand has.
MAX_COUNT = 20_000

#: Names that applications make from the numbers: “R=255 G=107 B=53” names nothing.
_NUMBERS_ALONE = re.compile(r"([A-Za-z]{1,2}=-?[0-9.,]+%?\s*)+")


@dataclass
class Cursor:
    """A place in a file's bytes that moves on with each reading."""

    path: Path
    raw: bytes
    at: int = 0

    @property
    def left(self) -> int:
        """How many bytes are still to be read."""
        return len(self.raw) - self.at

    def take(self, size: int, what: str) -> bytes:
        """Return the next ``size`` bytes.

        Raises:
            BrandError: the file ends before.
        """
        if size > self.left:
            needed = number_of(size, "byte")
            raise self._damaged(f"{what} needs {needed}, but {self.left} are left of the file")
        self.at += size
        return self.raw[self.at - size : self.at]

    def numbers(self, layout: str, what: str) -> tuple[float, ...]:
        """Return numbers in the layout of `struct`, big-endian: ``HI`` is a word and a long."""
        return struct.unpack(f">{layout}", self.take(struct.calcsize(f">{layout}"), what))

    def word(self, what: str) -> int:
        """Return an unsigned number of 16 bits."""
        return int.from_bytes(self.take(2, what), "big")

    def long(self, what: str) -> int:
        """Return an unsigned number of 32 bits."""
        return int.from_bytes(self.take(4, what), "big")

    def count(self, count: int, smallest: int, thing: str) -> int:
        """Return a count that the rest of the file can hold, each thing at its smallest.

        Raises:
            BrandError: it cannot.
        """
        if count > MAX_COUNT:
            fix = "export only the brand's own colours"
            message = f"the file says that it holds more than {MAX_COUNT:,} things"
            raise fault(self.path, "too-many", message, fix)
        if count * smallest > self.left:
            things = number_of(count, thing)
            raise self._damaged(
                f"the file says that it holds {things}, but only {self.left} bytes follow"
            )
        return count

    def end(self) -> None:
        """Raise BrandError when something follows."""
        if self.left:
            raise self._damaged(f"{self.left} bytes follow the last block that the file counts")

    def _damaged(self, message: str) -> BrandError:
        fix = "the file is cut short or damaged; export it again"
        return fault(self.path, "broken-file", message, fix)

    def name(self, letters: int, what: str) -> str:
        """Return a name of so many UTF-16 letters, its closing NUL included in the count."""
        text = self.take(2 * letters, what).decode("utf-16-be", "replace")
        named = clean(text.split("\0")[0])
        return "" if _NUMBERS_ALONE.fullmatch(named) else named


def cmyk_swatch(name: str, inks: tuple[float, ...], group: str = "") -> Swatch:
    """Return the swatch of a print colour, inks from 0 to 1; its screen value is an estimate."""
    return Swatch(name, from_cmyk(*inks), group, cmyk=as_print(inks))


def found_in(swatches: list[Swatch], what: str, unread: list[str]) -> Found:
    """Return what a swatch file held, with what its readers should know.

    ``unread`` are the names of swatches without usable numbers.
    """
    printed = [swatch for swatch in swatches if swatch.cmyk]
    nameless = sum(not swatch.name for swatch in swatches)
    to_add = []
    if printed:
        to_add.append(
            f"compare {number_of(len(printed), 'colour')} with the brand's guide: the file gives"
            " inks (CMYK), and their screen values are a simple conversion without a colour profile"
        )
    if nameless:
        to_add.append(
            f"name {number_of(nameless, 'colour')}: the file gives no names, so they are called"
            " by what they look like"
        )
    return Found(
        tuple(swatches),
        taken=(f"{number_of(len(swatches), 'colour')} from {what}",),
        dropped=tuple(_unread(unread)),
        to_add=tuple(to_add),
    )


def _unread(names: list[str]) -> Iterator[str]:
    if names:
        yield (
            f"dropped {number_of(len(names), 'colour')} without usable numbers"
            f" ({listed(names)}): colours from colour books and broken values cannot be converted"
        )
