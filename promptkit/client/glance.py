"""A look at the store and the ledger that writes nothing: for saying what something would cost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from promptkit.client.budget import Limit, not_left_by
from promptkit.client.cache import PictureStore, Stored
from promptkit.client.owner import lives
from promptkit.client.pages import refuse_newer
from promptkit.errors import StoreError

_FILE = "ledger.sqlite3"


class Glance:
    """What a state folder holds at this moment; there may be none yet."""

    def __init__(self, home: Path) -> None:
        """Take the state folder.

        Raises:
            StoreError: its ledger cannot be read, or a newer promptkit wrote it.
        """
        self._store = PictureStore(home)
        self._path = path = home / _FILE
        self._db: sqlite3.Connection | None = None
        with self._reading():
            if path.is_file():
                self._db = sqlite3.connect(_read_only(path), uri=True, check_same_thread=False)
                self._db.row_factory = sqlite3.Row
                refuse_newer(self._db, path)
            self._doubtful = self._in_doubt()
            self._gone = self._left()

    def stored(self, digest: str) -> Stored | None:
        """Return what is in the store for a digest. Raises as the store does."""
        return self._store.peek(digest)

    def doubtful(self, digest: str) -> bool:
        """Say whether a call was sent for a digest, and nobody knows what became of it."""
        return digest in self._doubtful

    def spent(self, limit: Limit) -> int:
        """Return what is spent or held of a limit, in billionths of a dollar.

        Raises:
            StoreError: the ledger cannot be read.
        """
        with self._reading():
            return limit.spent(self._db, self._gone) if self._db else 0

    def asked(self, provider: str, day: str) -> int:
        """Return how many calls of a day count for a provider's daily limit.

        That holds for each key, and no key is looked up here: it is the most of any of them.

        Raises:
            StoreError: the ledger cannot be read.
        """
        if self._db is None:
            return 0
        with self._reading():
            known = {row["name"] for row in self._db.execute("PRAGMA table_info(calls)")}
            key = "account" if "account" in known else "provider"  # an older ledger has none
            counts = self._db.execute(
                "SELECT count(*) FROM calls WHERE provider = ? AND day = ? AND cached = 0 "
                f"AND state != 'failed' AND {not_left_by(self._gone)} GROUP BY {key}",
                (provider, day, *self._gone),
            )
            return max((count for (count,) in counts), default=0)

    def _in_doubt(self) -> frozenset[str]:
        if self._db is None:
            return frozenset()
        # What is just being sent is among them: that is waited for, and not asked for again.
        states = "('sent', 'in_doubt', 'lost')"
        query = f"SELECT DISTINCT digest FROM calls WHERE state IN {states}"
        with closing(self._db.execute(query)) as rows:
            return frozenset(digest for (digest,) in rows)

    def _left(self) -> tuple[str, ...]:
        """Return the owners of held calls that have ended: opening the ledger frees what they hold.

        One that may not be looked at is taken to live.
        """
        if self._db is None:
            return ()
        query = "SELECT DISTINCT owner FROM calls WHERE state = 'held'"
        owners = [owner for (owner,) in self._db.execute(query)]
        return tuple(owner for owner in owners if not self._lives(owner))

    def _lives(self, owner: str) -> bool:
        try:
            return lives(self._path.with_name("owners"), owner)
        except OSError:
            return True

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as cause:
            raise StoreError(f"the ledger {self._path} cannot be read: {cause}") from cause

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
