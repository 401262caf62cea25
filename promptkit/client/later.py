"""What may be written a little later, and together: notes that no money hangs on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from promptkit.errors import StoreError

T = TypeVar("T")

#: How long a note waits at most, in seconds, and how many wait.
SOON = 1.0
MANY = 1000

_log = logging.getLogger("promptkit.client")


class Later(Generic[T]):
    """Notes that are written together, within a second. Whoever is killed loses that second's."""

    def __init__(self, write: Callable[[list[T]], object]) -> None:
        """Take what writes notes; it may be called from any thread."""
        self._write = write
        self._notes: list[T] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._timer: threading.Timer | None = None

    def add(self, note: T) -> None:
        """Take a note; it returns at once, unless the program is at its end.

        Very many are written without delay, but never by whoever brings one: that may be an event
        loop, and another process may hold what is written to.
        """
        with self._lock:
            self._notes.append(note)
            if self._timer is None:
                self._timer = _started(self.flush, SOON)
            elif len(self._notes) >= MANY and self._timer.interval:
                self._timer.cancel()
                self._timer = _started(self.flush, 0)
            waits = self._timer is not None
        if not waits:
            self.flush()

    def flush(self) -> None:
        """Write what waits, after what is being written. What cannot be written is logged."""
        with self._turn:
            with self._lock:
                notes, self._notes = self._notes, []
                timer, self._timer = self._timer, None
            if timer is not None:
                timer.cancel()
            if notes:
                self._written(notes)
        if timer is not None and timer is not threading.current_thread():
            timer.join()  # it has nothing left to do, and should not outlive what it wrote to

    def _written(self, notes: list[T]) -> None:
        try:
            self._write(notes)
        except StoreError as error:  # the calls themselves are long done
            said = "%d calls that came from the store are not booked: %s"
            _log.warning(said, len(notes), error.message)


def _started(work: Callable[[], None], delay: float) -> threading.Timer | None:
    """Start a timer; ``None`` when the program is at its end, and no thread starts any more."""
    timer = threading.Timer(delay, work)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:
        return None
    return timer
