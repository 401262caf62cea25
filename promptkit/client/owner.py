"""Marks of life: a lock that a process holds as long as it lives, even when it is killed."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout


class Owner:
    """This ledger's own mark of life. The system lets go of it when the process ends."""

    def __init__(self, folder: Path) -> None:
        """Take a name that was never there before, and hold its lock in ``folder``."""
        folder.mkdir(exist_ok=True, mode=0o700)
        self.name = uuid.uuid4().hex
        self._folder = folder
        # Whoever closes the ledger need not be the thread that opened it.
        self._lock = FileLock(_path(folder, self.name), thread_local=False)
        self._lock.acquire()

    def lives(self, name: str) -> bool:
        """Say whether the owner of that name lives; what a dead one left is cleared away."""
        path = _path(self._folder, name)
        if name == self.name:
            return True
        alive = lives(self._folder, name)
        if not alive:
            _remove(path)
        return alive

    def sweep(self) -> None:
        """Clear away what dead ones left, whether or not they left calls."""
        for path in self._folder.glob("*.lock"):
            self.lives(path.stem)

    def close(self) -> None:
        """Give up the mark of life."""
        self._lock.release()
        _remove(_path(self._folder, self.name))


def lives(folder: Path, name: str) -> bool:
    """Say whether the owner of that name lives, by its mark in ``folder``, and clear nothing away.

    Raises:
        OSError: its mark may not be touched.
    """
    path = _path(folder, name)
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.lock"


def _remove(path: Path) -> None:
    with suppress(OSError):  # Windows keeps a file that somebody is just looking at
        path.unlink()
