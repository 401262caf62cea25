"""The states of a call in the ledger, and the moves between them that have conditions."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any, Literal

State = Literal["held", "sent", "done", "refused", "failed", "in_doubt", "unusable", "lost"]


def move(
    db: sqlite3.Connection, row: int, state: State, into: State, error: str | None = None
) -> bool:
    """Move a call from one state into another; say whether it was in the first."""
    moved = db.execute(
        "UPDATE calls SET state = ?, error = coalesce(?, error) WHERE id = ? AND state = ?",
        (into, error, row, state),
    )
    return moved.rowcount == 1


def bury(db: sqlite3.Connection, column: str, value: Any) -> None:
    """Settle calls that nobody ends any more: what was never sent failed, the rest is in doubt."""
    for state, into, freed in (("held", "failed", ", held = 0"), ("sent", "in_doubt", "")):
        db.execute(
            f"UPDATE calls SET state = ?, error = ?, settled_at = ?{freed} "
            f"WHERE {column} = ? AND state = ?",
            (into, "its process ended", stamp(), value, state),
        )


def settle_maker(
    db: sqlite3.Connection, digest: str, sha256: str, cost: int, estimated: bool
) -> None:
    """Settle the call that made a picture, when it ended between storing and settling."""
    db.execute(
        "UPDATE calls SET state = 'done', held = 0, cost = ?, estimated = ?, sha256 = ?, "
        "settled_at = ?, error = NULL WHERE id = (SELECT max(id) FROM calls WHERE digest = ? "
        "AND state IN ('sent', 'in_doubt')) AND id > coalesce((SELECT max(id) FROM calls "
        "WHERE digest = ? AND state = 'done' AND cached = 0), 0)",
        (cost, int(estimated), sha256, stamp(), digest, digest),
    )


def stamp() -> str:
    """Return the time as the ledger notes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
