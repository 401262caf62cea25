"""The ledger: one row for every call, and the journal of the calls that are under way.

States: ``held → sent → done``, or ``refused``, ``failed``, ``in_doubt``, ``unusable``; what was in
doubt is ``lost`` when a person says that it was paid, and ``failed`` when it was not.
``sent`` is durable before the first byte leaves, and the picture before ``done``. Money is
kept in whole billionths of a dollar, so that sums in SQL are exact.
"""

from __future__ import annotations

import atexit
import getpass
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from weakref import WeakSet

from filelock import FileLock, Timeout

from promptkit.client import doubts, pace
from promptkit.client.budget import Budget, excess
from promptkit.client.entry import Claim, Context, Entry, nano, usd
from promptkit.client.later import Later
from promptkit.client.origin import Origin
from promptkit.client.owner import Owner
from promptkit.client.pace import Lane
from promptkit.client.pages import prepare
from promptkit.client.states import State, bury, move, settle_maker, stamp
from promptkit.errors import BudgetError, StoreError

__all__ = ["Budget", "Claim", "Context", "Entry", "Ledger", "State", "nano", "usd"]

#: How long to wait for another process that is writing, in seconds.
PATIENCE = 30.0
#: How soon to look again, in seconds, when as many calls are under way as are allowed.
CROWDED = 0.05

_FILE = "ledger.sqlite3"
_UNDER_WAY = ("held", "sent")

#: The open ones of this process, so that hits which wait in one are seen by the others.
_ledgers: WeakSet[Ledger] = WeakSet()
_ledgers_lock = threading.Lock()


class Ledger:
    """The ledger in the state folder, shared by all processes of a project."""

    def __init__(self, home: Path) -> None:
        """Open the ledger, create it when there is none, and settle what dead processes left.

        Raises:
            StoreError: it cannot be opened.
        """
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = home / _FILE
        self.origin = Origin()
        self._lock = threading.Lock()
        self._mine: set[int] = set()
        self._hits = Later(self._book_hits)
        try:
            # Nobody takes a mark that is just being made for one that was left.
            with FileLock(home / "opening.lock", timeout=PATIENCE):
                self._owner = Owner(home / "owners")
                self._owner.sweep()
        except Timeout as cause:
            raise self._unusable(cause) from cause
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
                prepare(db, self._path)
            self._settle_leftovers()
            with _ledgers_lock:
                _ledgers.add(self)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def exists(home: Path) -> bool:
        """Say whether a state folder has a ledger."""
        return (home / _FILE).is_file()

    def claim(
        self,
        entry: Entry,
        bound: Decimal,
        budget: Budget,
        *,
        resend: bool = False,
        account: str = "",
    ) -> Claim:
        """Hold money for a call and take the right to make it, all in one step.

        Raises:
            InDoubtError: an earlier call for this digest may have been billed.
            BudgetError: the call could exceed a budget.
        """
        while True:
            # What a power cut takes back of it had not been sent: that waits for the disk.
            with self._writing("NORMAL") as db:
                if self._under_way(db, entry.digest):
                    return Claim(None)
                doubt = None if resend else doubts.refusal(db, entry)
                refusal = doubt or excess(db, entry, bound, budget, _today())
                if refusal is None:
                    row = self._insert(db, entry, state="held", held=nano(bound), account=account)
                    self._mine.add(row)
                    return Claim(row)
            # Not raised before what dead processes left is settled for good: it may be what holds
            # the money.
            held = isinstance(refusal, BudgetError) and refusal.held
            if not (held and self._settle_leftovers()):
                raise refusal

    def hit(self, entry: Entry, sha256: str, saved: Decimal, *, estimated: bool = False) -> None:
        """Book a picture that was served from the cache, and had cost ``saved`` USD.

        No money is at stake, so it is not waited for the disk: a power cut may lose the last few.
        """
        with self._writing("NORMAL") as db:
            settle_maker(db, entry.digest, sha256, nano(saved), estimated)
            self._insert_hit(db, entry, {"saved": nano(saved), "sha256": sha256, **_now()})

    def hit_again(self, entry: Entry, sha256: str, saved: Decimal) -> None:
        """Book a picture that ``hit`` has booked before, within a second; it waits for no disk."""
        self._hits.add((entry, {"saved": nano(saved), "sha256": sha256, **_now()}))

    def mark(self, row: int, state: State, **fields: Any) -> None:
        """Move a call to its next state, and note what is now known of it."""
        columns = {"state": state, **fields}
        sets = ", ".join(f"{column} = ?" for column in columns)
        # What is done is in the store: should a power cut take the note back, its next use or
        # the next look at what is in doubt makes it again.
        with self._writing("NORMAL" if state == "done" else "FULL") as db:
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
            "settled_at": stamp(),
        }
        self.mark(row, state, **booked, **fields)

    def decide(self, row: int, *, paid: bool, cost: Decimal | None = None) -> bool:
        """Note what a person says of a call in doubt; see ``doubts.decide``."""
        with self._writing() as db:
            return doubts.decide(db, row, paid=paid, cost=cost, at=stamp(), who=_who())

    def found(self, digest: str, sha256: str, cost: Decimal, *, estimated: bool) -> None:
        """Settle the call that made a picture, when its picture is there and nobody noted it."""
        with self._writing() as db:
            settle_maker(db, digest, sha256, nano(cost), estimated)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the database to read from; hits that wait are in it."""
        _write_hits(self._path)
        with self._using() as db:
            yield db

    def rows(self, **equal: str) -> list[dict[str, Any]]:
        """Return calls, oldest first, those whose columns equal what is given."""
        where = " AND ".join(f"{column} = ?" for column in equal) or "1"
        with self.reading() as db:
            found = db.execute(
                f"SELECT * FROM calls WHERE {where} ORDER BY id", tuple(equal.values())
            ).fetchall()
        return [dict(row) for row in found]

    def leave(self, row: int, lane: Lane, now: float) -> float:
        """Note durably that a call leaves, or return the seconds until it may be tried again.

        Asked and noted in one step, so that no two processes take the same place.

        Raises:
            StoreError: somebody has given the call up meanwhile; it may be another's by now.
        """
        with self._writing() as db:
            wait = self._crowded(db, lane) or pace.wait(db, lane, now)
            if not wait:
                pace.depart(db, lane, now)
                if not move(db, row, "held", "sent"):
                    raise _given_up()
        return wait

    def held_again(self, row: int, error: str) -> None:
        """Note that a call was turned away unpaid, unless somebody has given it up meanwhile."""
        with self._writing() as db:
            move(db, row, "sent", "held", error)

    def slow(self, lane: Lane, now: float, *, left: float, told: float, hold: float) -> None:
        """Slow down for all who share the lane; see ``pace.slow``."""
        with self._writing("NORMAL") as db:
            pace.slow(db, lane, now, left=left, told=told, hold=hold)

    def spread(self, lane: Lane, now: float, *, left: int, reset: float) -> None:
        """Spread the calls that the provider still takes; see ``pace.spread``."""
        with self._writing("NORMAL") as db:
            pace.spread(db, lane, now, left=left, reset=reset)

    def place_today(self, lane: Lane, row: int) -> int:
        """Return which of a lane's calls of its day this one is, counted from 1.

        Calls that failed are not counted: they brought nothing.
        """
        with self._using() as db:
            (count,) = db.execute(
                "SELECT count(*) FROM calls WHERE provider = ? AND account = ? AND id <= ? "
                "AND cached = 0 AND state != 'failed' "
                "AND day = (SELECT day FROM calls WHERE id = ?)",
                (lane.provider, lane.account, row, row),
            ).fetchone()
        return int(count)

    def close(self) -> None:
        """Close the ledger and give up this process's mark of life.

        In a process that was forked from the one that opened it, it is the other's and stays open.
        """
        if not self.origin.here:
            return
        self._hits.flush()
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
        self.origin.check()
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

    def _settle_leftovers(self) -> bool:
        """Settle what dead processes left, so that budgets and usage tell the truth.

        Says whether they left anything.
        """
        with self._using() as db:
            owners = db.execute(
                f"SELECT DISTINCT owner FROM calls WHERE state IN {_UNDER_WAY}"
            ).fetchall()
        dead = [owner for (owner,) in owners if not self._owner.lives(owner)]
        if dead:
            with self._writing() as db:
                for owner in dead:
                    bury(db, "owner", owner)
        return bool(dead)

    def _under_way(self, db: sqlite3.Connection, digest: str) -> bool:
        """Say whether a living process has this call under way; settle what dead ones left."""
        rows = db.execute(
            f"SELECT id, owner FROM calls WHERE digest = ? AND state IN {_UNDER_WAY}",
            (digest,),
        ).fetchall()
        return any(self._lives(db, row) for row in rows)

    def _crowded(self, db: sqlite3.Connection, lane: Lane) -> float:
        """Return a short wait while as many calls of a lane are under way as are allowed."""
        rows = db.execute(
            f"SELECT id, owner FROM calls WHERE state IN {_UNDER_WAY} AND state = 'sent' "
            "AND provider = ? AND account = ?",
            (lane.provider, lane.account),
        ).fetchall()
        most = lane.limits.concurrency
        full = len(rows) >= most and sum(self._lives(db, row) for row in rows) >= most
        return CROWDED if full else 0.0

    def _lives(self, db: sqlite3.Connection, row: sqlite3.Row) -> bool:
        """Say whether somebody still ends a call; settle it when nobody does."""
        mine = row["owner"] == self._owner.name
        if row["id"] in self._mine if mine else self._owner.lives(row["owner"]):
            return True
        bury(db, "id", row["id"])
        return False

    def _book_hits(self, hits: list[tuple[Entry, dict[str, Any]]]) -> None:
        with self._writing("NORMAL") as db:
            for entry, booked in hits:
                self._insert_hit(db, entry, booked)

    def _insert_hit(self, db: sqlite3.Connection, entry: Entry, booked: dict[str, Any]) -> None:
        self._insert(db, entry, state="done", cached=1, settled_at=booked["at"], **booked)

    def _insert(self, db: sqlite3.Connection, entry: Entry, **fields: Any) -> int:
        context = entry.context
        values: Mapping[str, Any] = {
            "digest": entry.digest,
            "owner": self._owner.name,
            **_now(),
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


@atexit.register
def _write_hits(path: Path | None = None) -> None:
    """Write the hits that wait in this process: those of all who keep one ledger, else of all."""
    with _ledgers_lock:
        known = tuple(_ledgers)
    for ledger in known:
        if path in (None, ledger._path) and ledger.origin.here:
            ledger._hits.flush()


def _given_up() -> StoreError:
    return StoreError(
        "the ledger no longer holds this call: another process took this one for ended, so "
        "nothing was sent",
        fix="ask again, and leave the folder “owners” in the state folder alone",
    )


def _now() -> dict[str, str]:
    """Return the time and the day as a row has them, of one and the same moment."""
    at = stamp()
    return {"at": at, "day": at[:10]}


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's or a service's user without a name
        return ""
