"""What may be spent: by a run, in a day, in a month, and of that by one brand. Days are UTC."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from promptkit.client.entry import Context, Entry, nano, usd
from promptkit.errors import BudgetError


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits in USD; ``None`` is no limit. Those in ``brands`` hold besides, for one brand each."""

    per_run: Decimal | None = None
    per_day: Decimal | None = None
    per_month: Decimal | None = None
    brands: Mapping[str, Budget] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """A sum that the calls of a condition may not exceed, and how messages name it."""

    most: Decimal
    period: str
    brand: str
    where: str
    values: tuple[str, ...]

    @property
    def whose(self) -> str:
        """Whose budget it is, for messages."""
        return f"{self.brand}'s budget" if self.brand else "the budget"

    def spent(self, db: sqlite3.Connection, gone: Collection[str] = ()) -> int:
        """Return what is spent or held of it, in billionths of a dollar.

        What owners that are ``gone`` only held is left out: nobody will spend it.
        """
        left = f" AND {not_left_by(gone)}" if gone else ""
        (spent,) = db.execute(
            "SELECT coalesce(sum(cost + held), 0) FROM calls "
            f"WHERE {self.where} AND cost + held > 0{left}",  # as the indexes have it
            (*self.values, *gone),
        ).fetchone()
        return int(spent)

    def under_way(self, db: sqlite3.Connection) -> tuple[int, int]:
        """Return how many calls under way hold something of it, and how much, in billionths."""
        found = db.execute(
            "SELECT count(*), coalesce(sum(cost + held), 0) FROM calls "
            f"WHERE {self.where} AND cost + held > 0 AND state IN ('held', 'sent')",
            self.values,
        ).fetchone()
        return int(found[0]), int(found[1])

    @property
    def setting(self) -> str:
        """Where it is set, but for its period."""
        return f"budget.brands.{self.brand}" if self.brand else "budget"


def not_left_by(gone: Collection[str]) -> str:
    """Return the condition of calls that are not just held by one of so many owners."""
    return f"NOT (state = 'held' AND owner IN ({', '.join('?' for _ in gone)}))"


def excess(
    db: sqlite3.Connection, entry: Entry, bound: Decimal, budget: Budget, today: str
) -> BudgetError | None:
    """Return the error for a call that could exceed a budget, or ``None``.

    What is in doubt counts with what it holds; what is free exceeds nothing. Where one budget is
    spent and another is only held, the error is of the one that is spent.
    """
    found = None
    for limit in limits_of(entry.context, budget, today) if bound else ():
        spent = limit.spent(db)
        if spent + nano(bound) > nano(limit.most):
            calls, held = limit.under_way(db)
            if spent - held + nano(bound) > nano(limit.most):
                return _exceeded(limit, entry, bound, spent)
            found = found or _exceeded(limit, entry, bound, spent, calls, held)
    return found


def _exceeded(
    limit: Limit, entry: Entry, bound: Decimal, spent: int, calls: int = 0, held: int = 0
) -> BudgetError:
    """Return the error; ``held`` is what may come free again."""
    under_way = f"{calls} call{'s' * (calls != 1)} under way"
    by_whom = f", ${usd(held):.4f} of it by {under_way}" if held else ""
    fix = f"raise {limit.setting}.per_{limit.period} in promptkit.yaml, or "
    fix += "take a cheaper quality" if entry.quality else "leave it out"
    return BudgetError(
        f"this {entry.what} may cost up to ${bound:.4f}; of {limit.whose} of "
        f"${_cents(limit.most)} per {limit.period}, ${usd(spent):.4f} is spent or held{by_whom}",
        fix=f"try again when {under_way} has ended, or {fix}" if held else fix,
        period=limit.period,
        brand=limit.brand,
        held=usd(held),
        calls=calls,
    )


def _cents(amount: Decimal) -> str:
    """Return an amount with two places at least: 0.1 is 0.10."""
    whole, _, part = f"{amount:f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def limits_of(context: Context, budget: Budget, today: str) -> Iterator[Limit]:
    """Yield the limits that hold for a call, by what it is for."""
    brand = context.brand
    for name, limits in (("", budget), (brand, budget.brands.get(brand))):
        if limits is None:
            continue
        own, who = (" AND brand = ?", (name,)) if name else ("", ())
        for period, most, where, value in (
            ("run", limits.per_run, "run = ?", context.run),
            ("day", limits.per_day, "day = ?", today),
            ("month", limits.per_month, "day >= ?", f"{today[:7]}-01"),
        ):
            if most is not None:
                yield Limit(most, period, name, where + own, (value, *who))
