"""Sums over the ledger, made by the database: a million calls are no reason to read them all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

#: The name of a group of calls that have none.
NONE = "–"
#: How calls are named, by what they are grouped by.
GROUPS = {
    "day": "day",
    "month": "substr(day, 1, 7)",
    "brand": f"coalesce(nullif(brand, ''), '{NONE}')",
    "template": f"coalesce(nullif(template, ''), '{NONE}')",
    "tier": f"coalesce(nullif(tier, ''), '{NONE}')",
    "model": "provider || '/' || model",
    "run": f"coalesce(nullif(run, ''), '{NONE}')",
}
#: Enough of a digest to tell it from a million others.
_PART = 24


class Sums(NamedTuple):
    """One group of calls; money in billionths of a dollar.

    ``held`` is what those in doubt hold, ``spent`` what is booked or held for any of them.
    """

    name: str
    paid: int
    cached: int
    failed: int
    in_doubt: int
    cost: int
    saved: int
    held: int
    spent: int


class Worth(NamedTuple):
    """What a picture of a run that came to finals had cost when it was made."""

    name: str
    run: str
    tier: str
    digest: str
    worth: int


def sums(db: sqlite3.Connection, by: str, first: str, last: str) -> list[Sums]:
    """Return the groups of the calls of the days from ``first`` to ``last``, by name.

    "" is no limit.
    """
    found = db.execute(
        f"SELECT {GROUPS[by]}, sum(state = 'done' AND NOT cached), sum(cached), "
        "sum(state IN ('refused', 'failed', 'unusable', 'lost')), sum(state = 'in_doubt'), "
        "sum(cost), sum(saved), sum(CASE state WHEN 'in_doubt' THEN held ELSE 0 END), "
        f"sum(cost + held) FROM calls WHERE {_days(first, last)} GROUP BY 1 ORDER BY 1",
        {"first": first, "last": last},
    )
    return [Sums(*row) for row in found]


def worths(db: sqlite3.Connection, by: str, first: str, last: str) -> Iterator[Worth]:
    """Yield the pictures of runs that came to finals in these days, in the order of the calls."""
    made = f"state = 'done' AND {_days(first, last)}"
    finals = f"SELECT run FROM calls WHERE tier = 'final' AND run != '' AND {made}"
    found = db.execute(
        f"SELECT {GROUPS[by]}, run, tier, substr(digest, -{_PART}), cost + saved FROM calls "
        f"WHERE {made} AND tier IN ('preview', 'final') AND run IN ({finals}) ORDER BY id",
        {"first": first, "last": last},
    )
    yield from (Worth(*row) for row in found)


def _days(first: str, last: str) -> str:
    """Return the condition; without limits none, lest an index leads to each single row."""
    limits = ("day >= :first" if first else "", "day <= :last" if last else "")
    return " AND ".join(filter(None, limits)) or "1"
