"""Pace: when the next call may leave, for each provider and key, over all processes.

Calls leave by the generic cell rate algorithm, a few at once and then one by one; beside it the
departures of the last minute are kept, because a burst on top of a full rate would exceed it. What
a provider asks for (a wait, a lower rate) only ever lowers the pace that settings allow. All of it
is in the ledger, so a restart forgets nothing; times are seconds since 1970.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

#: What a rate is counted over, in seconds.
MINUTE = 60.0
#: By how much that is stretched: calls that left in time may arrive late, and bunched.
MARGIN = 0.005
#: The longest time, in seconds, for which a provider's word keeps every call back.
LONGEST = 900.0
#: The seconds between calls after the first “too many requests”; they double with each further one.
SPACING = 1.0
SLOWEST = 60.0
#: How soon, in seconds, half of the spacing is gone again.
RECOVERY = 60.0
#: A shorter spacing than this, in seconds, is none.
NEGLIGIBLE = 0.02
#: How far a clock must go back, in seconds, before what was noted is moved along with it.
CLOCK_BACK = 60.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS lanes (
  name TEXT PRIMARY KEY, seen REAL NOT NULL, due REAL NOT NULL, blocked REAL NOT NULL,
  spacing REAL NOT NULL, slowed REAL NOT NULL, held REAL NOT NULL,
  spread REAL NOT NULL, spread_until REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS departures (lane TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS departures_at ON departures (lane, at);
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider allows: pictures per minute and day, and calls at once."""

    per_minute: int | None = None
    per_day: int | None = None
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class Lane:
    """Where calls queue: one provider by one key (``account`` tells keys apart)."""

    provider: str
    account: str = ""
    limits: Limits = Limits()

    @property
    def name(self) -> str:
        """The lane as the ledger knows it."""
        return f"{self.provider} {self.account}".strip()


@dataclass(slots=True)
class _State:
    name: str
    seen: float
    due: float = 0.0
    blocked: float = 0.0
    spacing: float = 0.0
    slowed: float = 0.0
    held: float = 0.0
    spread: float = 0.0
    spread_until: float = 0.0

    def eased(self, now: float) -> float:
        """Return the spacing that is left: whole while it is held, then less and less."""
        left: float = self.spacing * 0.5 ** (max(0.0, now - self.held) / RECOVERY)
        return left if left > NEGLIGIBLE else 0.0

    def after(self, last: float, now: float) -> float:
        """Return when the provider wants the next call, after one that left at ``last``."""
        spread = min(last + self.spread, self.spread_until)
        return max(last + self.eased(now), spread)


def wait(db: sqlite3.Connection, lane: Lane, now: float) -> float:
    """Return the seconds until a call may leave; 0 when it may leave now."""
    state = _read(db, lane, now)
    times = [now, state.blocked, state.due - _interval(lane) * (_burst(lane) - 1)]
    if lane.limits.per_minute is not None:
        before = _departure(db, lane, lane.limits.per_minute)
        times.append(before + MINUTE * (1 + MARGIN))
    times.append(state.after(_departure(db, lane, 1), now))
    return max(times) - now


def depart(db: sqlite3.Connection, lane: Lane, now: float) -> None:
    """Note that a call leaves now."""
    state = _read(db, lane, now)
    state.due = max(state.due, now) + _interval(lane)
    _write(db, state)
    db.execute("INSERT INTO departures VALUES (?, ?)", (lane.name, now))
    db.execute(
        "DELETE FROM departures WHERE lane = ? AND at < ?",
        (lane.name, now - 2 * max(MINUTE, SLOWEST)),
    )


def slow(
    db: sqlite3.Connection, lane: Lane, now: float, *, left: float, told: float, hold: float
) -> None:
    """Slow down, because a call that left at ``left`` came too soon for the provider.

    Nothing leaves for ``told`` seconds, and the lower rate holds for ``hold`` seconds before it
    comes back. Calls that had left before the last slowing tell nothing new of the rate.
    """
    state = _read(db, lane, now)
    state.blocked = max(state.blocked, now + min(told, LONGEST))
    if left > state.slowed:
        known = max(_interval(lane), state.eased(now), SPACING / 2)
        state.spacing, state.slowed = min(SLOWEST, 2 * known), now
        state.held = max(state.held, now)
    state.held = max(state.held, now + min(hold, LONGEST))
    _write(db, state)


def spread(db: sqlite3.Connection, lane: Lane, now: float, *, left: int, reset: float) -> None:
    """Spread the ``left`` calls that the provider still takes over the seconds until its reset."""
    state = _read(db, lane, now)
    state.spread = min(SLOWEST, reset / (left + 1))
    state.spread_until = now + min(reset, LONGEST)
    _write(db, state)


def _interval(lane: Lane) -> float:
    return MINUTE / lane.limits.per_minute if lane.limits.per_minute else 0.0


def _burst(lane: Lane) -> int:
    return min(lane.limits.concurrency, lane.limits.per_minute or 1)


def _departure(db: sqlite3.Connection, lane: Lane, number: int) -> float:
    """Return when the last but ``number - 1`` call left; 0 when there were not so many."""
    row = db.execute(
        "SELECT at FROM departures WHERE lane = ? ORDER BY at DESC LIMIT 1 OFFSET ?",
        (lane.name, number - 1),
    ).fetchone()
    return float(row[0]) if row else 0.0


def _read(db: sqlite3.Connection, lane: Lane, now: float) -> _State:
    row = db.execute("SELECT * FROM lanes WHERE name = ?", (lane.name,)).fetchone()
    if row is None:
        return _State(lane.name, now)
    state = _State(**dict(row))
    if now < state.seen - CLOCK_BACK:
        _turn_back(db, state, state.seen - now)
    state.seen = max(state.seen, now)
    return state


def _turn_back(db: sqlite3.Connection, state: _State, by: float) -> None:
    """Move what was noted along with a clock that was put back: else work stops until then."""
    for name in ("seen", "due", "blocked", "slowed", "held", "spread_until"):
        setattr(state, name, getattr(state, name) - by)
    db.execute("UPDATE departures SET at = at - ? WHERE lane = ?", (by, state.name))
    _write(db, state)


def _write(db: sqlite3.Connection, state: _State) -> None:
    values = asdict(state)
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    db.execute(f"REPLACE INTO lanes ({names}) VALUES ({marks})", values)
