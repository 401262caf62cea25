"""The ledger's file: its tables, the number of its format, and how an older one is taken along."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from promptkit.client import pace
from promptkit.errors import StoreError

#: The format of the file. What is only added to it does not change the number.
FORMAT = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
  at TEXT NOT NULL, day TEXT NOT NULL, settled_at TEXT,
  run TEXT, tier TEXT, brand TEXT, template TEXT,
  provider TEXT NOT NULL, account TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL, quality TEXT, size TEXT, take INTEGER,
  held INTEGER NOT NULL DEFAULT 0, cost INTEGER NOT NULL DEFAULT 0,
  saved INTEGER NOT NULL DEFAULT 0, estimated INTEGER NOT NULL DEFAULT 0,
  cached INTEGER NOT NULL DEFAULT 0,
  text_in INTEGER, image_in INTEGER, out INTEGER,
  request_id TEXT, sha256 TEXT, error TEXT, who TEXT, decided_at TEXT, decided_by TEXT
);
CREATE INDEX IF NOT EXISTS calls_digest ON calls (digest, state);
CREATE INDEX IF NOT EXISTS calls_day ON calls (day);
CREATE INDEX IF NOT EXISTS calls_spent ON calls (day, brand, cost, held) WHERE cost + held > 0;
CREATE INDEX IF NOT EXISTS calls_run ON calls (run, brand, cost, held) WHERE cost + held > 0;
CREATE INDEX IF NOT EXISTS calls_open ON calls (owner) WHERE state IN ('held', 'sent');
"""
#: Columns that older ledgers lack.
_LATER = {
    "account": "TEXT NOT NULL DEFAULT ''",
    "decided_at": "TEXT",
    "decided_by": "TEXT",
}


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make a file that was just opened fit for use.

    Raises:
        StoreError: a newer promptkit wrote it. It is left as it is.
    """
    refuse_newer(db, path)
    # macOS alone knows these, and needs them: its own fsync stops at the drive.
    db.execute("PRAGMA fullfsync=1")
    db.execute("PRAGMA checkpoint_fullfsync=1")
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript(_SCHEMA + pace.SCHEMA)
    _upgrade(db)


def refuse_newer(db: sqlite3.Connection, path: Path) -> None:
    """Look at the number of a file's format.

    Raises:
        StoreError: a newer promptkit wrote it.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > FORMAT:
        raise StoreError(
            f"the ledger {path} is of format {version}, and this promptkit reads up to "
            f"{FORMAT}: a newer promptkit wrote it",
            fix="update promptkit here as well: pip install --upgrade brand-promptkit",
        )


def _upgrade(db: sqlite3.Connection) -> None:
    """Add to an older ledger what it did not know."""
    known = {row["name"] for row in db.execute("PRAGMA table_info(calls)")}
    for name, kind in _LATER.items():
        if name not in known:
            db.execute(f"ALTER TABLE calls ADD COLUMN {name} {kind}")
    db.execute(f"PRAGMA user_version = {FORMAT}")
