"""What was just served, remembered as long as its files are as they were."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass

from promptkit.client.cache import PictureStore, Stored

#: How many are remembered.
MOST = 4096
#: How long, in seconds, before the store is asked again: its upkeep spares what was used within
#: the hour by the ledger's word, which those that are remembered reach a moment later.
LONG = 1800.0

#: What changes with a file: which one it is, its size in bytes, its time in ns.
_Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Seen:
    stored: Stored
    files: tuple[str, str]
    marks: tuple[_Mark, _Mark]
    until: float


class Recent:
    """Pictures by digest, without index and sidecar: two looks at the disk say if they hold."""

    def __init__(self, store: PictureStore) -> None:
        self._store = store
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def get(self, digest: str) -> Stored | None:
        """Return a picture whose sidecar and file are as they were, else ``None``.

        It opens nothing and waits for nobody, so it may be called in an event loop.
        """
        seen = self._seen.get(digest)
        if seen is None:
            return None
        first, second = seen.files
        if time.monotonic() < seen.until and (_mark(first), _mark(second)) == seen.marks:
            return seen.stored
        with self._lock:
            self._seen.pop(digest, None)
        return None

    def remember(self, stored: Stored) -> None:
        """Remember a picture that the store has just given."""
        files = (str(self._store.sidecar(stored.digest)), str(stored.path))
        first, second = map(_mark, files)
        if first is None or second is None:
            return
        seen = _Seen(stored, files, (first, second), time.monotonic() + LONG)
        with self._lock:
            while len(self._seen) >= MOST:
                del self._seen[next(iter(self._seen))]
            self._seen[stored.digest] = seen


def _mark(file: str) -> _Mark | None:
    try:
        told = os.stat(file)  # noqa: PTH116 – half the time of a Path's, at each hit
    except OSError:
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns
