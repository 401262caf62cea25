"""Server-sent events, read out of the bytes of an answer as they come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
#: The longest name of an event that is kept, in bytes.
_NAME = 100


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, empty where it has none, and its data.

    ``fault`` is ``large`` when its data was left out because there is too much of it, and ``cut``
    when the stream ended before the event did.
    """

    name: str
    data: bytes = field(repr=False)
    fault: Literal["", "large", "cut"] = ""


class EventReader:
    """Reads events out of chunks, wherever these are cut. It holds one event at a time."""

    def __init__(self, most: int) -> None:
        """Take the most bytes of data that an event may have."""
        self._most = most
        self._line = bytearray()
        self._after_cr = False
        self._begin()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Return the events that end in a chunk."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_cr = chunk.endswith(b"\r")
        # Nearly all chunks are out of the middle of a picture, and hold no end of a line.
        many = b"\n" in chunk or b"\r" in chunk
        *ended, rest = _LINE_END.split(chunk) if many else [chunk]
        for part in ended:
            self._add(part)
            if event := self._read_line():
                yield event
        self._add(rest)

    def rest(self) -> Iterator[Event]:
        """Return the event that the end of the stream has cut, if there is one."""
        if self._line:
            self._read_line()
        if event := self._event("cut"):
            yield event

    def _begin(self) -> None:
        self._name, self._large = "", False
        self._data: list[bytes] = []
        self._size = 0

    def _add(self, part: bytes) -> None:
        if len(self._line) + len(part) > self._most:
            self._large = True
        else:
            self._line += part

    def _read_line(self) -> Event | None:
        """Read a line; an empty one ends the event."""
        line, self._line = bytes(self._line), bytearray()
        if not line:
            return self._event("")
        name, _, value = line.removeprefix(_BOM).partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._name = value[:_NAME].decode(errors="replace")
        elif name == b"data":
            self._size += len(value) + 1
            self._large |= self._size > self._most
            if self._large:
                self._data.clear()
            else:
                self._data.append(value)
        return None

    def _event(self, fault: Literal["", "cut"]) -> Event | None:
        name, lines, large = self._name, self._data, self._large
        self._begin()
        if large:
            return Event(name, b"", "large")
        return Event(name, b"\n".join(lines), fault) if lines else None
