"""What may be written a little later, and together: notes that no money hangs on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from promptkit.errors import StoreError

T = TypeVar("T")

#: How long a note waits at most, in seconds, and how many wait.
SOON = 1.0
MANY = 1000


class Later(Generic[T]):
    """Notes that are written together, within a second. Whoever is killed loses that second's."""

    def __init__(self, write: Callable[[list[T]], object]) -> None:
        """Take what writes notes; it may be called from any thread."""
        self._write = write
        self._notes: list[T] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def add(self, note: T) -> None:
        """Take a note; it returns at once, but for the one of very many that writes them all."""
        with self._lock:
            self._notes.append(note)
            if self._timer is None:
                self._timer = _started(self.flush)
            waits = self._timer is not None and len(self._notes) < MANY
        if not waits:
            self.flush()

    def flush(self) -> None:
        """Write what waits. What cannot be written is dropped: the call itself is long done."""
        with self._lock:
            notes, self._notes = self._notes, []
            timer, self._timer = self._timer, None
        if timer is not None and timer is not threading.current_thread():
            timer.cancel()
            timer.join()  # it has nothing left to do, and should not outlive what it wrote to
        if notes:
            with suppress(StoreError):
                self._write(notes)


def _started(work: Callable[[], None]) -> threading.Timer | None:
    """Start a timer; ``None`` when the program is at its end, and no thread starts any more."""
    timer = threading.Timer(SOON, work)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:
        return None
    return timer
