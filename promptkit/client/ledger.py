"""The ledger: one row for every call, and the journal of the calls that are under way.

States: ``held → sent → received → done``, or ``refused``, ``failed``, ``in_doubt``,
``unusable``. ``sent`` is durable before the first byte leaves. Money is kept in whole
billionths of a dollar, so that sums in SQL are exact.
"""

from __future__ import annotations

import getpass
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from promptkit.errors import BudgetError, InDoubtError

State = Literal["held", "sent", "received", "done", "refused", "failed", "in_doubt", "unusable"]

_FILE = "ledger.sqlite3"
_NANO = Decimal(1_000_000_000)
_UNDER_WAY = ("held", "sent", "received")

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
CREATE TABLE IF NOT EXISTS pace (name TEXT PRIMARY KEY, next REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Context:
    """What a call is for: it goes into the ledger, not into the digest."""

    run: str = ""
    tier: str = ""
    brand: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits in USD; ``None`` is no limit."""

    per_run: Decimal | None = None
    per_day: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to ask for a digest: its row, or ``None`` when another call is under way."""

    row: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a call when it is claimed or served from the cache."""

    digest: str
    provider: str
    model: str
    quality: str
    size: str
    take: int
    context: Context = field(default_factory=Context)


def nano(amount: Decimal) -> int:
    """Return USD as whole billionths, rounded up."""
    return int((amount * _NANO).to_integral_value(ROUND_CEILING))


def usd(amount: int | None) -> Decimal:
    """Return billionths as USD."""
    return Decimal(amount or 0) / _NANO


class Ledger:
    """The ledger in the state folder, shared by all processes of a project."""

    def __init__(self, home: Path) -> None:
        """Open the ledger, and create it when there is none."""
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._owners = home / "owners"
        self._owners.mkdir(exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            home / _FILE, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        self._owner = uuid.uuid4().hex
        self._alive = FileLock(self._owners / f"{self._owner}.lock")
        self._alive.acquire()

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
            if not resend:
                self._refuse_doubt(db, entry)
            self._check_budget(db, entry, bound, budget)
            return Claim(self._insert(db, entry, state="held", held=nano(bound)))

    def hit(self, entry: Entry, sha256: str, saved: Decimal) -> None:
        """Book a picture that was served from the cache."""
        with self._writing() as db:
            row = self._insert(db, entry, state="done", cached=1, saved=nano(saved))
            db.execute("UPDATE calls SET sha256 = ?, settled_at = at WHERE id = ?", (sha256, row))

    def mark(self, row: int, state: State, **fields: Any) -> None:
        """Move a call to its next state, and note what is now known of it."""
        with self._writing() as db:
            self._mark(db, row, state, fields)

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
        with self._lock:
            found = self._db.execute(
                f"SELECT * FROM calls WHERE {where} ORDER BY id", tuple(equal.values())
            ).fetchall()
        return [dict(row) for row in found]

    def pace(self, name: str, interval: float, burst: int, now: float) -> float:
        """Reserve the next place in a rate, and return the seconds to wait for it.

        The generic cell rate algorithm: one place each ``interval`` seconds, ``burst`` at once.
        """
        with self._writing() as db:
            row = db.execute("SELECT next FROM pace WHERE name = ?", (name,)).fetchone()
            due = max(row["next"] if row else 0.0, now)
            db.execute("REPLACE INTO pace (name, next) VALUES (?, ?)", (name, due + interval))
        return max(0.0, due - now - interval * (burst - 1))

    def sent_today(self, provider: str) -> int:
        """Return how many calls went out to a provider today."""
        with self._lock:
            (count,) = self._db.execute(
                "SELECT count(*) FROM calls WHERE provider = ? AND day = ? AND cached = 0 "
                "AND state != 'failed'",
                (provider, _today()),
            ).fetchone()
        return int(count)

    def close(self) -> None:
        """Close the ledger and give up this process's mark of life."""
        with self._lock:
            self._db.close()
        self._alive.release()
        Path(self._alive.lock_file).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _under_way(self, db: sqlite3.Connection, digest: str) -> bool:
        """Say whether a living process has this call under way; settle what dead ones left."""
        rows = db.execute(
            f"SELECT id, state, owner FROM calls WHERE digest = ? AND state IN {_UNDER_WAY}",
            (digest,),
        ).fetchall()
        for row in rows:
            if self._lives(row["owner"]):
                return True
            if row["state"] == "held":
                self._mark(db, row["id"], "failed", {"held": 0, "error": "its process ended"})
            else:
                self._mark(db, row["id"], "in_doubt", {"error": "its process ended"})
        return False

    def _lives(self, owner: str) -> bool:
        if owner == self._owner:
            return True
        path = self._owners / f"{owner}.lock"
        if not path.exists():
            return False
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        path.unlink(missing_ok=True)
        return False

    def _refuse_doubt(self, db: sqlite3.Connection, entry: Entry) -> None:
        row = db.execute(
            "SELECT id, at FROM calls WHERE digest = ? AND state = 'in_doubt'", (entry.digest,)
        ).fetchone()
        if row is not None:
            raise InDoubtError(
                f"this picture (take {entry.take}) was asked for at {row['at']} and no answer "
                "came: it may have been billed, so it is not asked for again by itself",
                provider=entry.provider,
                fix="look at the provider's usage page; to ask again, add --resend",
            )

    def _check_budget(
        self, db: sqlite3.Connection, entry: Entry, bound: Decimal, budget: Budget
    ) -> None:
        limits = (
            ("run", budget.per_run, "run = ?", entry.context.run),
            ("day", budget.per_day, "day = ?", _today()),
        )
        for name, limit, where, value in limits:
            if limit is None:
                continue
            (spent,) = db.execute(
                f"SELECT coalesce(sum(cost + held), 0) FROM calls WHERE {where}", (value,)
            ).fetchone()
            if spent + nano(bound) > nano(limit):
                raise BudgetError(
                    f"this picture may cost up to ${bound:.4f}; of the budget of ${limit} per "
                    f"{name}, ${usd(spent):.4f} is spent or held",
                    fix=f"raise budget.per_{name} in promptkit.yaml, or take a cheaper quality",
                )

    def _insert(self, db: sqlite3.Connection, entry: Entry, **fields: Any) -> int:
        context = entry.context
        values: Mapping[str, Any] = {
            "digest": entry.digest,
            "owner": self._owner,
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

    def _mark(
        self, db: sqlite3.Connection, row: int, state: State, fields: Mapping[str, Any]
    ) -> None:
        columns = {"state": state, **fields}
        sets = ", ".join(f"{column} = ?" for column in columns)
        db.execute(f"UPDATE calls SET {sets} WHERE id = ?", (*columns.values(), row))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""
