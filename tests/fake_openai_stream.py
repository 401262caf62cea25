"""What `fake_openai` says while it draws: unfinished pictures, then the picture, as events.

FakeOpenAI(script=[Streamed(keep=1, end="cut")])    # one partial picture, then silence
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from fake_openai_wire import Order

End = Literal["whole", "cut", "open"]
#: What a partial picture costs, in output tokens.
PARTIAL_TOKENS = 100


@dataclass(frozen=True)
class Said:
    """One event: what it is called, what it says, and how long it is waited for."""

    name: str
    data: dict[str, Any] | bytes
    pause_s: float = 0.0

    def wire(self, newline: bytes) -> bytes:
        data = self.data if isinstance(self.data, bytes) else json.dumps(self.data).encode()
        lines = [b"data: " + line for line in data.split(b"\n")]
        head = [b"event: " + self.name.encode()] if self.name else []
        return newline.join([*head, *lines, b"", b""])


@dataclass(frozen=True)
class Chunks:
    """An answer in pieces, each with the seconds before it; `end` is what comes after the last.

    After `cut` the connection is lost, and when it is `open` nothing more is ever said.
    """

    pieces: tuple[tuple[float, bytes], ...]
    end: End = "whole"


Change = Callable[[Said], Said]


@dataclass(frozen=True)
class Telling:
    """How a stream is told: which of its events, spoiled how, and how it ends."""

    fewer: int = 9
    """How many partial pictures are sent at most."""
    keep: int = 99
    """How many events are sent at all."""
    change: Change = lambda event: event
    before: bytes = b""
    """What is sent before each event."""
    last: bytes = b""
    """What is sent after all events."""
    pause_s: float = 0.0
    newline: bytes = b"\n"
    end: End = "whole"
    media_type: str = "text/event-stream; charset=utf-8"
    step: int = 1 << 16
    """Of how many bytes the pieces are."""

    def chunks(self, events: list[Said]) -> Chunks:
        partials = [event for event in events[:-1]][: self.fewer]
        told = [self.change(event) for event in (*partials, events[-1])][: self.keep]
        pieces = [piece for event in told for piece in self._pieces(event)]
        return Chunks((*pieces, *([(0.0, self.last)] if self.last else [])), self.end)

    def _pieces(self, event: Said) -> Iterator[tuple[float, bytes]]:
        raw = self.before + event.wire(self.newline)
        for start in range(0, len(raw), self.step):
            yield (0.0 if start else self.pause_s + event.pause_s), raw[start : start + self.step]


def events(
    order: Order, partials: list[str], picture: dict[str, str], usage: dict[str, Any]
) -> list[Said]:
    """Return what the real one says of one picture; pictures come in base64."""
    kind = "image_edit" if order.references else "image_generation"
    resolved = {
        name: order.fields[name] for name in ("size", "quality", "background", "output_format")
    }
    told = [
        {"b64_json": encoded, "partial_image_index": number}
        for number, encoded in enumerate(partials)
    ]
    said = [Said(f"{kind}.partial_image", {**resolved, **item}) for item in told]
    spent = {name: usage[name] for name in usage}
    for name in ("output_tokens", "total_tokens"):
        spent[name] += PARTIAL_TOKENS * len(partials)
    said.append(Said(f"{kind}.completed", {**resolved, **picture, "usage": spent}))
    return [
        replace(event, data={"type": event.name, "created_at": 1_795_000_000, **event.data})
        for event in said
        if isinstance(event.data, dict)
    ]
