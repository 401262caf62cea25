"""Sums over the ledger, made by the database: a million calls are no reason to read them all."""

from __future__ import annotations

import sqlite3
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
#: Holds the runs with a picture that was booked more than once, perhaps by another run.
_AGAIN = """
DROP TABLE IF EXISTS temp.again;
CREATE TEMP TABLE again AS SELECT DISTINCT run FROM calls
  WHERE state = 'done' AND run != '' AND digest IN
  (SELECT digest FROM calls WHERE state = 'done' GROUP BY digest HAVING count(*) > 1);
CREATE UNIQUE INDEX temp.again_run ON again (run);
"""


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


class Runs(NamedTuple):
    """Runs that came to finals, as many as each had pictures of either tier; together.

    ``previews`` and ``finals`` are the pictures of each of them; ``worth`` is what all their
    previews, and ``final_worth`` what all their finals had cost when they were made.
    """

    name: str
    previews: int
    finals: int
    worth: int
    final_worth: int


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


def previewed(
    db: sqlite3.Connection, by: str, first: str, last: str
) -> tuple[list[Runs], list[Worth]]:
    """Return the runs of these days whose pictures were booked once each, by their first preview.

    And of all others that came to finals the pictures, in the order of the calls.
    """
    db.executescript(_AGAIN)
    made = f"state = 'done' AND {_days(first, last)} AND tier IN ('preview', 'final') AND run != ''"
    days = {"first": first, "last": last}
    whole = db.execute(
        "SELECT name, previews, finals, sum(worth), sum(final_worth) FROM ("
        f"SELECT {GROUPS[by]} AS name, sum(tier = 'preview') AS previews, "
        "sum(tier = 'final') AS finals, "
        "sum(CASE tier WHEN 'preview' THEN cost + saved ELSE 0 END) AS worth, "
        "sum(CASE tier WHEN 'final' THEN cost + saved ELSE 0 END) AS final_worth, "
        # SQLite takes the name from the row of this one minimum.
        "min(CASE tier WHEN 'preview' THEN id END) AS named_by FROM calls "
        f"WHERE {made} AND run NOT IN again GROUP BY run HAVING finals"
        ") WHERE named_by IS NOT NULL GROUP BY name, previews, finals",
        days,
    )
    finals = f"SELECT run FROM calls WHERE tier = 'final' AND {made} AND run IN again"
    shared = db.execute(
        f"SELECT {GROUPS[by]}, run, tier, substr(digest, -{_PART}), cost + saved FROM calls "
        f"WHERE {made} AND run IN ({finals}) ORDER BY id",
        days,
    )
    found = [Runs(*row) for row in whole], [Worth(*row) for row in shared]
    db.execute("DROP TABLE temp.again")
    return found


def _days(first: str, last: str) -> str:
    """Return the condition; without limits none, lest an index leads to each single row."""
    limits = ("day >= :first" if first else "", "day <= :last" if last else "")
    return " AND ".join(filter(None, limits)) or "1"
