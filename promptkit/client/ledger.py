"""The ledger: one row for every call, and the journal of the calls that are under way.

States: ``held → sent → done``, or ``refused``, ``failed``, ``in_doubt``, ``unusable``.
``sent`` is durable before the first byte leaves, and the picture before ``done``. Money is
kept in whole billionths of a dollar, so that sums in SQL are exact.
"""

from __future__ import annotations

import getpass
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from promptkit.client.entry import Budget, Claim, Context, Entry, nano, usd
from promptkit.client.owner import Owner
from promptkit.errors import BudgetError, InDoubtError, StoreError

__all__ = ["Budget", "Claim", "Context", "Entry", "Ledger", "State", "nano", "usd"]

State = Literal["held", "sent", "done", "refused", "failed", "in_doubt", "unusable"]

#: How long to wait for another process that is writing, in seconds.
PATIENCE = 30.0
#: How far a clock must go back, in seconds, before paced calls are moved along with it.
CLOCK_BACK = 60.0

_FILE = "ledger.sqlite3"
_UNDER_WAY = ("held", "sent")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
  at TEXT NOT NULL, day TEXT NOT NULL, settled_at TEXT,
  run TEXT, tier TEXT, brand TEXT, template TEXT,
  provider TEXT NOT NULL, model TEXT NOT NULL, quality TEXT, size TEXT, take INTEGER,
  held INTEGER NOT NULL DEFAULT 0, cost INTEGER NOT NULL DEFAULT 0,
  saved INTEGER NOT NULL DEFAULT 0, estimated INTEGER NOT NULL DEFAULT 0,
  cached INTEGER NOT NULL DEFAULT 0,
  text_in INTEGER, image_in INTEGER, out INTEGER,
  request_id TEXT, sha256 TEXT, error TEXT, who TEXT
);
CREATE INDEX IF NOT EXISTS calls_digest ON calls (digest, state);
CREATE INDEX IF NOT EXISTS calls_day ON calls (day);
CREATE INDEX IF NOT EXISTS calls_open ON calls (owner) WHERE state IN ('held', 'sent');
CREATE TABLE IF NOT EXISTS pacing (name TEXT PRIMARY KEY, next REAL NOT NULL, at REAL NOT NULL);
"""


class Ledger:
    """The ledger in the state folder, shared by all processes of a project."""

    def __init__(self, home: Path) -> None:
        """Open the ledger, create it when there is none, and settle what dead processes left.

        Raises:
            StoreError: it cannot be opened.
        """
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = home / _FILE
        self._lock = threading.Lock()
        self._mine: set[int] = set()
        self._owner = Owner(home / "owners")
        try:
            self._db = sqlite3.connect(
                self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as cause:
            self._owner.close()
            raise self._unusable(cause) from cause
        self._db.row_factory = sqlite3.Row
        try:
            # SQLite does not wait its turn when two switch a new file to WAL at once.
            with self._using() as db, FileLock(home / "opening.lock", timeout=PATIENCE):
                db.execute("PRAGMA journal_mode=WAL")
                db.executescript(_SCHEMA)
            self._settle_leftovers()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def exists(home: Path) -> bool:
        """Say whether a state folder has a ledger."""
        return (home / _FILE).is_file()

    def claim(self, entry: Entry, bound: Decimal, budget: Budget, *, resend: bool = False) -> Claim:
        """Hold money for a call and take the right to make it, all in one step.

        Raises:
            InDoubtError: an earlier call for this digest may have been billed.
            BudgetError: the call could exceed a budget.
        """
        with self._writing() as db:
            if self._under_way(db, entry.digest):
                return Claim(None)
            doubt = None if resend else _doubt(db, entry)
            refusal = doubt or _excess(db, entry, bound, budget)
            if refusal is None:
                row = self._insert(db, entry, state="held", held=nano(bound))
                self._mine.add(row)
                return Claim(row)
        raise refusal  # not before what dead processes left is settled for good

    def hit(self, entry: Entry, sha256: str, saved: Decimal, *, estimated: bool = False) -> None:
        """Book a picture that was served from the cache, and had cost ``saved`` USD.

        No money is at stake, so it is not waited for the disk: a power cut may lose the last few.
        """
        booked = {"saved": nano(saved), "sha256": sha256, "settled_at": _now()}
        with self._writing("NORMAL") as db:
            self._settle_maker(db, entry.digest, sha256, nano(saved), estimated)
            self._insert(db, entry, state="done", cached=1, **booked)

    def mark(self, row: int, state: State, **fields: Any) -> None:
        """Move a call to its next state, and note what is now known of it."""
        columns = {"state": state, **fields}
        sets = ", ".join(f"{column} = ?" for column in columns)
        with self._writing() as db:
            db.execute(f"UPDATE calls SET {sets} WHERE id = ?", (*columns.values(), row))
        if state not in _UNDER_WAY:
            self._mine.discard(row)

    def let_go(self, row: int) -> None:
        """Give up a call whose end could not be noted: the next claim settles what it left."""
        self._mine.discard(row)

    def settle(
        self, row: int, state: State, cost: Decimal, *, estimated: bool = False, **fields: Any
    ) -> None:
        """Close a call: what was held is free again, what it cost is booked."""
        booked = {
            "held": 0,
            "cost": nano(cost),
            "estimated": int(estimated),
            "settled_at": _now(),
        }
        self.mark(row, state, **booked, **fields)

    def rows(self, **equal: str) -> list[dict[str, Any]]:
        """Return calls, oldest first, those whose columns equal what is given."""
        where = " AND ".join(f"{column} = ?" for column in equal) or "1"
        with self._using() as db:
            found = db.execute(
                f"SELECT * FROM calls WHERE {where} ORDER BY id", tuple(equal.values())
            ).fetchall()
        return [dict(row) for row in found]

    def pace(self, name: str, interval: float, burst: int, now: float) -> float:
        """Reserve the next place in a rate, and return the seconds to wait for it.

        The generic cell rate algorithm: one place each ``interval`` seconds, ``burst`` at once.
        """
        with self._writing() as db:
            row = db.execute("SELECT next, at FROM pacing WHERE name = ?", (name,)).fetchone()
            due = row["next"] if row else now
            if row and now < row["at"] - CLOCK_BACK:
                due -= row["at"] - now
            due = max(due, now)
            db.execute("REPLACE INTO pacing VALUES (?, ?, ?)", (name, due + interval, now))
        return max(0.0, due - now - interval * (burst - 1))

    def place_today(self, provider: str, row: int) -> int:
        """Return which of a provider's calls of its day this one is, counted from 1.

        Calls that failed are not counted: they brought nothing.
        """
        with self._using() as db:
            (count,) = db.execute(
                "SELECT count(*) FROM calls WHERE provider = ? AND id <= ? AND cached = 0 "
                "AND state != 'failed' AND day = (SELECT day FROM calls WHERE id = ?)",
                (provider, row, row),
            ).fetchone()
        return int(count)

    def close(self) -> None:
        """Close the ledger and give up this process's mark of life."""
        with self._lock:
            self._db.close()
        self._owner.close()

    def _unusable(self, cause: Exception) -> StoreError:
        return StoreError(
            f"the ledger {self._path} cannot be used: {cause}",
            fix="see whether the disk is full, or another program holds the file",
        )

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except (sqlite3.Error, OverflowError, UnicodeError, Timeout) as cause:
                raise self._unusable(cause) from cause

    @contextmanager
    def _writing(self, synchronous: str = "FULL") -> Iterator[sqlite3.Connection]:
        with self._using() as db:
            db.execute(f"PRAGMA synchronous={synchronous}")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def _settle_leftovers(self) -> None:
        """Settle what dead processes left, so that budgets and usage tell the truth."""
        with self._using() as db:
            owners = db.execute(
                f"SELECT DISTINCT owner FROM calls WHERE state IN {_UNDER_WAY}"
            ).fetchall()
        dead = [owner for (owner,) in owners if not self._owner.lives(owner)]
        if dead:
            with self._writing() as db:
                for owner in dead:
                    _bury(db, "owner", owner)

    def _under_way(self, db: sqlite3.Connection, digest: str) -> bool:
        """Say whether a living process has this call under way; settle what dead ones left."""
        rows = db.execute(
            f"SELECT id, owner FROM calls WHERE digest = ? AND state IN {_UNDER_WAY}",
            (digest,),
        ).fetchall()
        for row in rows:
            mine = row["owner"] == self._owner.name
            if row["id"] in self._mine if mine else self._owner.lives(row["owner"]):
                return True
            _bury(db, "id", row["id"])
        return False

    def _settle_maker(
        self, db: sqlite3.Connection, digest: str, sha256: str, cost: int, estimated: bool
    ) -> None:
        """Settle the call that made a picture, when it ended between storing and settling."""
        db.execute(
            "UPDATE calls SET state = 'done', held = 0, cost = ?, estimated = ?, sha256 = ?, "
            "settled_at = ?, error = NULL WHERE id = (SELECT max(id) FROM calls WHERE digest = ? "
            "AND state IN ('sent', 'in_doubt')) AND NOT EXISTS (SELECT 1 FROM calls WHERE "
            "digest = ? AND state = 'done' AND cached = 0)",
            (cost, int(estimated), sha256, _now(), digest, digest),
        )

    def _insert(self, db: sqlite3.Connection, entry: Entry, **fields: Any) -> int:
        context = entry.context
        values: Mapping[str, Any] = {
            "digest": entry.digest,
            "owner": self._owner.name,
            "at": _now(),
            "day": _today(),
            "run": context.run,
            "tier": context.tier,
            "brand": context.brand,
            "template": context.template,
            "provider": entry.provider,
            "model": entry.model,
            "quality": entry.quality,
            "size": entry.size,
            "take": entry.take,
            "who": _who(),
            **fields,
        }
        marks = ", ".join("?" for _ in values)
        cursor = db.execute(
            f"INSERT INTO calls ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
        )
        return int(cursor.lastrowid or 0)


def _doubt(db: sqlite3.Connection, entry: Entry) -> InDoubtError | None:
    row = db.execute(
        "SELECT at FROM calls WHERE digest = ? AND state = 'in_doubt' ORDER BY id DESC",
        (entry.digest,),
    ).fetchone()
    if row is None:
        return None
    return InDoubtError(
        f"take {entry.take} of this picture was asked for on {_readable(row['at'])}, and what "
        "became of it is unknown: it may have been billed, so it is not asked for again by itself",
        provider=entry.provider,
        fix="look at the provider's usage page; to ask again, and perhaps pay again, add --resend",
    )


def _excess(
    db: sqlite3.Connection, entry: Entry, bound: Decimal, budget: Budget
) -> BudgetError | None:
    limits = (
        ("run", budget.per_run, "run = ?", entry.context.run),
        ("day", budget.per_day, "day = ?", _today()),
    )
    for name, limit, where, value in limits:
        if limit is None or not bound:
            continue  # what is free exceeds nothing
        (spent,) = db.execute(
            f"SELECT coalesce(sum(cost + held), 0) FROM calls WHERE {where}", (value,)
        ).fetchone()
        if spent + nano(bound) > nano(limit):
            return BudgetError(
                f"this picture may cost up to ${bound:.4f}; of the budget of ${limit} per "
                f"{name}, ${usd(spent):.4f} is spent or held",
                fix=f"raise budget.per_{name} in promptkit.yaml, or take a cheaper quality",
            )
    return None


def _bury(db: sqlite3.Connection, column: str, value: Any) -> None:
    """Settle calls that nobody ends any more: what was never sent failed, the rest is in doubt."""
    for state, into, freed in (("held", "failed", ", held = 0"), ("sent", "in_doubt", "")):
        db.execute(
            f"UPDATE calls SET state = ?, error = ?, settled_at = ?{freed} "
            f"WHERE {column} = ? AND state = ?",
            (into, "its process ended", _now(), value, state),
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _readable(at: str) -> str:
    return datetime.fromisoformat(at).strftime("%Y-%m-%d at %H:%M UTC")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's or a service's user without a name
        return ""
