"""What was paid and what was saved, from the ledger's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from promptkit.client.ledger import usd
from promptkit.errors import BriefError, Finding, unknown

GROUPS = ("day", "brand", "template", "tier", "model", "run")


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One group of calls; money in USD."""

    name: str
    paid: int
    """Pictures that were paid for."""
    cached: int
    """Pictures that came from the store."""
    failed: int
    """Calls that brought no picture: refused, failed or unusable."""
    in_doubt: int
    """Calls without an answer, which may have been billed."""
    cost: Decimal
    saved: Decimal
    """What the store saved."""


def usage_of(rows: Iterable[Mapping[str, Any]], by: str) -> list[UsageRow]:
    """Group ledger rows.

    Raises:
        BriefError: there is no such grouping.
    """
    if by not in GROUPS:
        message, fix = unknown("grouping", by, GROUPS)
        raise BriefError(Finding("unknown-grouping", message, fix=fix))
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        name = f"{row['provider']}/{row['model']}" if by == "model" else str(row[by] or "–")
        groups.setdefault(name, []).append(row)
    return [_row(name, group) for name, group in sorted(groups.items())]


def _row(name: str, rows: list[Mapping[str, Any]]) -> UsageRow:
    states = [row["state"] for row in rows]
    return UsageRow(
        name=name,
        paid=sum(row["state"] == "done" and not row["cached"] for row in rows),
        cached=sum(bool(row["cached"]) for row in rows),
        failed=sum(state in ("refused", "failed", "unusable") for state in states),
        in_doubt=states.count("in_doubt"),
        cost=usd(sum(row["cost"] for row in rows)),
        saved=usd(sum(row["saved"] for row in rows)),
    )
