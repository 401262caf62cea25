"""What was paid and what was saved, from the ledger's rows. Money in USD, days in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from promptkit.client.doubts import Doubt, doubt_of
from promptkit.client.ledger import usd
from promptkit.errors import BriefError, Finding, unknown

GROUPS = ("day", "month", "brand", "template", "tier", "model", "run")

_TIERS = ("preview", "final")
_TEXTS = (
    *("run", "brand", "template", "tier", "quality", "size", "who", "request_id", "digest"),
    *("decided_at", "decided_by"),
)

Call = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One group of calls; money in USD."""

    name: str
    paid: int = 0
    """Pictures that were paid for."""
    cached: int = 0
    """Pictures that came from the store."""
    failed: int = 0
    """Calls that brought no picture: refused, failed, unusable or lost."""
    in_doubt: int = 0
    """Calls without an answer, which may have been billed."""
    cost: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)
    """What the store saved: what its pictures had cost when they were made."""
    previewing_saved: Decimal = Decimal(0)
    """What previewing saved; see ``previewing``."""
    held: Decimal = Decimal(0)
    """What is in doubt may have cost as much."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The groups of a period with their sum, and what is in doubt in it."""

    by: str
    rows: tuple[UsageRow, ...]
    total: UsageRow
    in_doubt: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call as the ledger has it, for bookkeeping; money in USD."""

    at: str
    run: str
    brand: str
    template: str
    tier: str
    model: str
    quality: str
    size: str
    take: int
    state: str
    cached: bool
    text_in: int | None
    image_in: int | None
    out: int | None
    cost: Decimal
    estimated: bool
    saved: Decimal
    held: Decimal
    who: str
    request_id: str
    digest: str
    decided_at: str
    decided_by: str


def usage_of(
    calls: Iterable[Call], by: str, since: date | None = None, until: date | None = None
) -> Usage:
    """Group ledger rows of the days from ``since`` to ``until``, both included.

    Raises:
        BriefError: there is no such grouping.
    """
    if by not in GROUPS:
        message, fix = unknown("grouping", by, GROUPS)
        raise BriefError(Finding("unknown-grouping", message, fix=fix))
    calls = within(calls, since, until)
    saved = previewing(calls)
    groups: dict[str, list[Call]] = {}
    for call in calls:
        groups.setdefault(_name(call, by), []).append(call)
    rows = tuple(_row(name, group, saved) for name, group in sorted(groups.items()))
    doubts = tuple(doubt_of(call) for call in calls if call["state"] == "in_doubt")
    return Usage(by, rows, _row("", calls, saved), doubts)


def calls_of(
    calls: Iterable[Call], since: date | None = None, until: date | None = None
) -> list[CallRow]:
    """Return one row for each call of the days from ``since`` to ``until``, both included."""
    return [_call(call) for call in within(calls, since, until)]


def within(calls: Iterable[Call], since: date | None, until: date | None) -> list[Call]:
    """Return the calls of the days from ``since`` to ``until``, both included."""
    first, last = (since or date.min).isoformat(), (until or date.max).isoformat()
    return [call for call in calls if first <= call["day"] <= last]


def previewing(calls: Iterable[Call]) -> dict[int, Decimal]:
    """Return what previewing saved by the ledger row of a run's first preview; it may be negative.

    For a run that went on to finals it is what its takes would have cost, drawn straight as
    finals (their number times what its finals cost on average), less what its previews and its
    finals cost. Pictures count with what they cost when they were made, cached or not; each
    preview counts once, for the first run that went on to a final with it. Runs without a final
    count nothing: nobody knows what theirs would have cost.
    """
    runs: dict[str, list[Call]] = {}
    for call in calls:
        if call["state"] == "done" and call["run"]:
            runs.setdefault(call["run"], []).append(call)
    found: dict[int, Decimal] = {}
    counted: set[str] = set()
    for made in runs.values():
        previews, finals = ({c["digest"]: c for c in made if c["tier"] == tier} for tier in _TIERS)
        new = [call for digest, call in previews.items() if digest not in counted]
        if not (new and finals):
            continue
        counted.update(previews)
        final = sum(map(_worth, finals.values()), Decimal(0))
        straight = final / len(finals) * len(new)
        found[new[0]["id"]] = straight - final - sum(map(_worth, new), Decimal(0))
    return found


def as_cells(row: UsageRow | CallRow) -> dict[str, Any]:
    """Return a row for a spreadsheet: money as plain numbers, and no text that would be run."""
    return {name: _cell(value) for name, value in asdict(row).items()}


def columns(kind: type[UsageRow | CallRow]) -> list[str]:
    """Return the names of a kind of row's columns."""
    return [item.name for item in fields(kind)]


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    # A spreadsheet takes what begins so for a formula, whoever chose the name.
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value


def _worth(call: Call) -> Decimal:
    return usd(call["cost"] + call["saved"])


def _name(call: Call, by: str) -> str:
    if by == "model":
        return _model(call)
    return call["day"][:7] if by == "month" else str(call[by] or "–")


def _model(call: Call) -> str:
    return f"{call['provider']}/{call['model']}"


def _row(name: str, calls: list[Call], saved: Mapping[int, Decimal]) -> UsageRow:
    states = [call["state"] for call in calls]
    doubts = [call for call in calls if call["state"] == "in_doubt"]
    return UsageRow(
        name=name,
        paid=sum(call["state"] == "done" and not call["cached"] for call in calls),
        cached=sum(bool(call["cached"]) for call in calls),
        failed=sum(state in ("refused", "failed", "unusable", "lost") for state in states),
        in_doubt=len(doubts),
        cost=usd(sum(call["cost"] for call in calls)),
        saved=usd(sum(call["saved"] for call in calls)),
        previewing_saved=sum((saved.get(call["id"], Decimal(0)) for call in calls), Decimal(0)),
        held=usd(sum(call["held"] for call in doubts)),
    )


def _call(call: Call) -> CallRow:
    told: dict[str, Any] = {
        **{name: call[name] for name in ("at", "take", "state", "text_in", "image_in", "out")},
        **{name: call[name] or "" for name in _TEXTS},
    }
    return CallRow(
        **told,
        model=_model(call),
        cached=bool(call["cached"]),
        estimated=bool(call["estimated"]),
        cost=usd(call["cost"]),
        saved=usd(call["saved"]),
        held=usd(call["held"]),
    )
