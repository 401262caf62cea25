"""A look at the store and the ledger that writes nothing: for saying what something would cost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Self

from promptkit.client.budget import Limit
from promptkit.client.cache import PictureStore, Stored
from promptkit.errors import StoreError

_FILE = "ledger.sqlite3"


class Glance:
    """What a state folder holds at this moment; there may be none yet."""

    def __init__(self, home: Path) -> None:
        """Take the state folder.

        Raises:
            StoreError: its ledger cannot be read.
        """
        self._store = PictureStore(home)
        path = home / _FILE
        self._db: sqlite3.Connection | None = None
        try:
            if path.is_file():
                self._db = sqlite3.connect(_read_only(path), uri=True, check_same_thread=False)
                self._db.row_factory = sqlite3.Row
            self._doubtful = self._in_doubt()
        except sqlite3.Error as cause:
            raise StoreError(f"the ledger {path} cannot be read: {cause}") from cause

    def stored(self, digest: str) -> Stored | None:
        """Return what is in the store for a digest. Raises as the store does."""
        return self._store.peek(digest)

    def doubtful(self, digest: str) -> bool:
        """Say whether a call was sent for a digest, and nobody knows what became of it."""
        return digest in self._doubtful

    def spent(self, limit: Limit) -> int:
        """Return what is spent or held of a limit, in billionths of a dollar."""
        return limit.spent(self._db) if self._db else 0

    def _in_doubt(self) -> frozenset[str]:
        if self._db is None:
            return frozenset()
        # What is just being sent is among them: that is waited for, and not asked for again.
        states = "('sent', 'in_doubt', 'lost')"
        query = f"SELECT DISTINCT digest FROM calls WHERE state IN {states}"
        with closing(self._db.execute(query)) as rows:
            return frozenset(digest for (digest,) in rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._db is not None:
            self._db.close()


def _read_only(path: Path) -> str:
    """Return the address by which SQLite reads a file and leaves none beside it."""
    log = path.with_name(f"{path.name}-wal")
    # Without a log nobody is writing: then nothing is looked for beside the file, or made there.
    idle = not (log.is_file() and log.stat().st_size)
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if idle else ''}"
