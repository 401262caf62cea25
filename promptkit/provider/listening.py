"""What OpenAI's images wire says while it draws: unfinished pictures, then the picture or an error.

Gateways that pass it on leave out the events' names, or write errors without the object around
them; both are understood.
"""

from __future__ import annotations

import json
from typing import Any

from promptkit.client.events import Event
from promptkit.provider import Look
from promptkit.provider.encoded import decoded

_PARTIAL = frozenset({"image_generation.partial_image", "image_edit.partial_image"})
_COMPLETED = frozenset({"image_generation.completed", "image_edit.completed"})
_KNOWN = _PARTIAL | _COMPLETED | {"error"}
#: How many bytes of an error that is no JSON are read.
_WORDS = 1000
#: The status that an error would have had as an ordinary answer, by what its code or type holds.
_STATUS = {"rate_limit": 429, "requests": 429, "slow_down": 503, "server_error": 500}


class Listener:
    """Hears a stream to the end: ``end`` is its last word, the picture's data or an error's."""

    def __init__(self, partials: int, look: Look) -> None:
        """Take what unfinished pictures are handed to, and how many were asked for."""
        self._left = partials
        self._look = look
        self.begun = 0
        """How many unfinished pictures were sent."""
        self.end: dict[str, Any] | None = None
        self.failed = False
        """Whether the end is an error."""
        self.too_large = False
        """Whether the end was more than may be read."""

    async def hear(self, event: Event) -> bool:
        """Take in an event; say whether it was the last one."""
        name, said = _read(event)
        if name in _PARTIAL:
            await self._show(said)
            return False
        if name in _COMPLETED and (said is not None or event.fault != "cut"):
            self.too_large = event.fault == "large"
            self.end = said or {}
        elif name == "error":
            self.failed, self.end = True, _error(said, event.data)
        return self.end is not None

    @property
    def status(self) -> int:
        """The status that the error would have had as an ordinary answer; 200 where none fits."""
        error = (self.end or {}).get("error", {})
        words = f"{error.get('code')} {error.get('type')}"
        return next((status for word, status in _STATUS.items() if word in words), 200)

    async def _show(self, said: dict[str, Any] | None) -> None:
        """Show an unfinished picture; one that cannot be read is left out, and costs no more."""
        number, self.begun = self.begun, self.begun + 1
        if self._left <= 0 or said is None:
            return
        self._left -= 1
        try:
            data = decoded(said.get("b64_json"))
        except ValueError:
            return
        index = said.get("partial_image_index")
        await self._look(index if type(index) is int and index >= 0 else number, data)


def _read(event: Event) -> tuple[str, dict[str, Any] | None]:
    """Return an event's name, and its data where that is an object."""
    try:
        said = json.loads(event.data)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return event.name, None
    if event.name in _KNOWN:
        return event.name, said
    kind = str(said.get("type"))
    return ("error" if kind not in _KNOWN and said.get("error") else kind), said


def _error(said: dict[str, Any] | None, data: bytes) -> dict[str, Any]:
    """Return an error as an ordinary answer would say it."""
    said = said or {}
    error = said.get("error", said)
    if not isinstance(error, dict):
        error = {"message": error}
    words = error.get("message") or data[:_WORDS].decode(errors="replace") or "it ended in an error"
    return {"error": {**error, "message": words}}
