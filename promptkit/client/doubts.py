"""Calls in doubt: sent, and nobody knows whether they were billed. A person decides about them.

Until then they hold what they may have cost, and are never sent again silently.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from promptkit.client.entry import Entry, nano, usd
from promptkit.errors import BriefError, Finding, InDoubtError, shortened

#: How much of a digest tells it from others, for a person.
SHORT = 12
_LISTED = 8
_REASON = 60


@dataclass(frozen=True, slots=True)
class Doubt:
    """A call in doubt. ``held`` is what it may have cost, in USD; ``row`` is its ledger row."""

    row: int
    digest: str
    at: str
    run: str
    tier: str
    brand: str
    template: str
    model: str
    quality: str
    size: str
    take: int
    held: Decimal
    who: str
    request_id: str
    why: str

    @property
    def short(self) -> str:
        """Enough of the digest to name it by."""
        return self.digest[:SHORT]

    @property
    def when(self) -> str:
        """When it was asked for, for a person: UTC, to the minute."""
        return readable(self.at)

    @property
    def what(self) -> str:
        """What was asked for, for a person."""
        parts = [self.template, f"for {self.brand}" if self.brand else ""]
        if self.tier:
            parts.append(f"({self.tier} {self.take})")
        return " ".join(part for part in parts if part) or "a text"


def doubt_of(row: Mapping[str, Any]) -> Doubt:
    """Return the doubt that a ledger row tells of."""
    texts = ("digest", "at", "run", "tier", "brand", "template", "quality", "size", "who")
    return Doubt(
        row=row["id"],
        **{name: row[name] or "" for name in texts},
        model=f"{row['provider']}/{row['model']}",
        take=row["take"],
        held=usd(row["held"] + row["cost"]),
        request_id=row["request_id"] or "",
        why=shortened(row["error"] or "", _REASON),
    )


def named(doubts: Iterable[Doubt], start: str) -> list[Doubt]:
    """Return the calls in doubt of the one digest that begins so.

    Raises:
        BriefError: none does, or those of several digests do.
    """
    doubts = list(doubts)
    found = [doubt for doubt in doubts if doubt.digest.startswith(start.strip().lower() or "-")]
    digests = dict.fromkeys(doubt.digest for doubt in found)
    if len(digests) == 1:
        return found
    if digests:
        message = f"“{start}” is the beginning of {len(digests)} digests in doubt"
        fix = f"type more of it, one of: {_some(found)}"
        raise BriefError(Finding("ambiguous-digest", message, fix=fix))
    message = f"nothing in doubt begins with “{shortened(start, 64)}”"
    fix = f"in doubt: {_some(doubts)}" if doubts else "nothing is in doubt: there is no need"
    raise BriefError(Finding("unknown-digest", message, fix=fix))


def decide(
    db: sqlite3.Connection, row: int, *, paid: bool, cost: Decimal | None, at: str, who: str
) -> bool:
    """Note what a person says of a call; ``False`` when it no longer is in doubt.

    What was paid is ``lost``, booked with ``cost`` in USD, else with what the call holds.
    """
    said = {
        "state": "lost" if paid else "failed",
        "cost": nano(cost) if paid and cost is not None else None,
        "paid": paid,
        "estimated": int(paid and cost is None),
        "at": at,
        "who": who,
        "row": row,
    }
    done = db.execute(
        "UPDATE calls SET state = :state, cost = coalesce(:cost, (cost + held) * :paid), "
        "held = 0, estimated = :estimated, decided_at = :at, decided_by = :who "
        "WHERE id = :row AND state = 'in_doubt'",
        said,
    )
    return done.rowcount == 1


def refusal(db: sqlite3.Connection, entry: Entry) -> InDoubtError | None:
    """Return the error for asking again for what is in doubt or was lost, or ``None``."""
    row = db.execute(
        "SELECT at, state, decided_by, request_id FROM calls WHERE digest = ? "
        "AND state IN ('in_doubt', 'lost') ORDER BY state, id DESC",
        (entry.digest,),
    ).fetchone()
    if row is None:
        return None
    which = f"take {entry.take} of this" if entry.what == "picture" else "this"
    asked = f"{which} {entry.what} was asked for on {readable(row['at'])}"
    if row["state"] == "lost":
        who = row["decided_by"] or "somebody"
        return InDoubtError(
            f"{asked} and never came, and {who} has decided that it was paid for",
            provider=entry.provider,
            request_id=row["request_id"],
            fix="to ask for it, and to pay for it, again, add --resend",
        )
    named = f", or ask for the request {row['request_id']}" if row["request_id"] else ""
    return InDoubtError(
        f"{asked}, and what became of it is unknown: it may have been billed, so it is not asked "
        "for again by itself",
        provider=entry.provider,
        request_id=row["request_id"],
        fix=f"look at the provider's usage page{named}, then say what it shows: promptkit resolve "
        f"{entry.digest[:SHORT]} --paid (or --unpaid); --resend asks again, and perhaps pays again",
    )


def readable(at: str) -> str:
    """Return the ledger's time as a person reads it."""
    return datetime.fromisoformat(at).strftime("%Y-%m-%d at %H:%M UTC")


def _some(doubts: list[Doubt]) -> str:
    names = list(dict.fromkeys(doubt.short for doubt in doubts))
    return ", ".join(names[:_LISTED]) + (" …" if len(names) > _LISTED else "")
