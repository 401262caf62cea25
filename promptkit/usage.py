"""What was paid and what was saved, from the ledger's rows. Money in USD, days in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from promptkit.client.doubts import Doubt, doubt_of
from promptkit.client.entry import usd
from promptkit.client.sums import GROUPS, Runs, Sums, Worth
from promptkit.errors import BriefError, Finding, unknown

if TYPE_CHECKING:
    from promptkit.client.upkeep import Upkeep

_FINAL = "final"
_NOTHING = Decimal(0)
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


def usage_of(book: Upkeep, by: str, since: date | None = None, until: date | None = None) -> Usage:
    """Group the ledger's calls of the days from ``since`` to ``until``, both included.

    Raises:
        BriefError: there is no such grouping.
    """
    if by not in GROUPS:
        message, fix = unknown("grouping", by, GROUPS)
        raise BriefError(Finding("unknown-grouping", message, fix=fix))
    days = (since.isoformat() if since else "", until.isoformat() if until else "")
    saved = previewing(*book.previewed(by, *days))
    rows = tuple(_row(group, saved.get(group.name, _NOTHING)) for group in book.sums(by, *days))
    doubts = tuple(map(doubt_of, within(book.in_doubt(), since, until)))
    return Usage(by, rows, _total(rows), doubts)


def calls_of(
    calls: Iterable[Call], since: date | None = None, until: date | None = None
) -> list[CallRow]:
    """Return one row for each call of the days from ``since`` to ``until``, both included."""
    return [_call(call) for call in within(calls, since, until)]


def within(calls: Iterable[Call], since: date | None, until: date | None) -> list[Call]:
    """Return the calls of the days from ``since`` to ``until``, both included."""
    first, last = (since or date.min).isoformat(), (until or date.max).isoformat()
    return [call for call in calls if first <= call["day"] <= last]


def previewing(plain: Iterable[Runs], pictures: Iterable[Worth]) -> dict[str, Decimal]:
    """Return what previewing saved, in USD, by the group of each run's first preview.

    For a run that went on to finals it is what its takes would have cost, drawn straight as
    finals (their number times what its finals cost on average), less what its previews and its
    finals cost; it may be negative. Pictures count with what they cost when they were made,
    cached or not; each preview counts once, for the first run that went on to a final with it.
    Runs without a final count nothing: nobody knows what theirs would have cost.

    ``plain`` are the runs that share no picture, which the database has added up; the others are
    gone through, picture by picture.
    """
    found: dict[str, Decimal] = {}
    for runs in (*plain, *_shared(pictures)):
        final = usd(runs.final_worth)
        saved = final / runs.finals * runs.previews - final - usd(runs.worth)
        found[runs.name] = found.get(runs.name, _NOTHING) + saved
    return found


def _shared(pictures: Iterable[Worth]) -> Iterator[Runs]:
    """Yield each run of pictures by itself, with the previews that no run before it has."""
    runs: dict[str, tuple[dict[str, Worth], dict[str, Worth]]] = {}
    for picture in pictures:
        previews, finals = runs.setdefault(picture.run, ({}, {}))
        (finals if picture.tier == _FINAL else previews)[picture.digest] = picture
    counted: set[str] = set()
    for previews, finals in runs.values():
        new = [picture for digest, picture in previews.items() if digest not in counted]
        if not (new and finals):
            continue
        counted.update(previews)
        worth = sum(picture.worth for picture in new)
        final_worth = sum(picture.worth for picture in finals.values())
        yield Runs(new[0].name, len(new), len(finals), worth, final_worth)


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


def _row(group: Sums, saved: Decimal) -> UsageRow:
    return UsageRow(
        name=group.name,
        paid=group.paid,
        cached=group.cached,
        failed=group.failed,
        in_doubt=group.in_doubt,
        cost=usd(group.cost),
        saved=usd(group.saved),
        previewing_saved=saved,
        held=usd(group.held),
    )


def _total(rows: tuple[UsageRow, ...]) -> UsageRow:
    """Return the sum of all groups, which has no name."""
    return UsageRow(
        "",
        paid=sum(row.paid for row in rows),
        cached=sum(row.cached for row in rows),
        failed=sum(row.failed for row in rows),
        in_doubt=sum(row.in_doubt for row in rows),
        cost=sum((row.cost for row in rows), _NOTHING),
        saved=sum((row.saved for row in rows), _NOTHING),
        previewing_saved=sum((row.previewing_saved for row in rows), _NOTHING),
        held=sum((row.held for row in rows), _NOTHING),
    )


def _model(call: Call) -> str:
    return f"{call['provider']}/{call['model']}"


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
