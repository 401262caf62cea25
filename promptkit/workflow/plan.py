"""What commissions would ask for and cost, told without sending, writing or paying anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from promptkit.client.budget import Budget, Limit, limits_of
from promptkit.client.client import Job
from promptkit.client.entry import Context, usd
from promptkit.client.errand import Errand
from promptkit.client.glance import Glance
from promptkit.client.pace import MARGIN, MINUTE, Limits
from promptkit.errors import Finding
from promptkit.workflow.composed import Composed
from promptkit.workflow.studio import Commission
from promptkit.workflow.tiers import Order, Take

if TYPE_CHECKING:
    from promptkit.client.chat import TextJob
    from promptkit.workflow.rewriting import Rewriter

#: More characters than this a token of an answer hardly has.
_TOKEN = 5


@dataclass
class PlannedCalls:
    """Calls of one kind: how many, how many of them need not be asked for, what the rest costs.

    ``about`` and ``most`` are in USD. Texts have neither quality nor size.
    """

    tier: str
    model: str
    quality: str
    size: str
    takes: set[int] = field(default_factory=set)
    count: int = 0
    stored: int = 0
    """Those that are in the store, or asked for once for several of the plan: they cost nothing."""
    in_doubt: int = 0
    """Those that were sent before without an answer: not asked for again by themselves."""
    about: Decimal = Decimal(0)
    most: Decimal = Decimal(0)
    estimated: bool = False
    """Whether ``about`` is an estimate, not a price."""

    @property
    def asked(self) -> int:
        """How many are asked for, and paid unless they are free."""
        return self.count - self.stored - self.in_doubt


@dataclass
class Allowance:
    """A limit of the budget: its sum, what is spent or held of it, and what the plan may need.

    In USD. ``period`` is run, day or month; ``brand`` is the one it holds for, if not for all.
    """

    period: str
    brand: str
    limit: Decimal
    spent: Decimal
    needed: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        """What is left of it now."""
        return max(self.limit - self.spent, Decimal(0))

    @property
    def fits(self) -> bool:
        """Whether the plan stays within it, even at its dearest."""
        return not self.needed or self.needed <= self.left


@dataclass(frozen=True)
class Plan:
    """What would be asked for: how many runs, which calls, what budgets leave, how long it takes.

    ``least_seconds`` is what the providers' limits ask for; drawing itself takes longer.
    """

    runs: int
    calls: tuple[PlannedCalls, ...]
    budgets: tuple[Allowance, ...]
    least_seconds: float
    notes: tuple[Finding, ...]
    """What would stand in its way."""

    @property
    def about(self) -> Decimal:
        """About what it costs, in USD."""
        return sum((calls.about for calls in self.calls), Decimal(0))

    @property
    def most(self) -> Decimal:
        """The most it should cost, in USD: what budgets hold for it."""
        return sum((calls.most for calls in self.calls), Decimal(0))

    @property
    def estimated(self) -> bool:
        """Whether something of it is an estimate."""
        return any(calls.estimated for calls in self.calls)

    @property
    def fits(self) -> bool:
        """Whether the budgets and the providers' daily limits leave room for it at its dearest."""
        stopped = any(note.severity == "error" for note in self.notes)
        return all(allowance.fits for allowance in self.budgets) and not stopped


@dataclass
class Planner:
    """Adds up what commissions would ask for, one after the other; none of them is kept."""

    glance: Glance
    budget: Budget
    limits: Mapping[str, Limits]
    endpoint: Callable[[str], str]
    """Gives a provider's address."""
    rewriter: Callable[[], Rewriter]
    _runs: int = 0
    _calls: dict[tuple[str, ...], PlannedCalls] = field(default_factory=dict)
    _allowances: dict[tuple[str, str], Allowance] = field(default_factory=dict)
    _asked: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)
    _unwritten: bool = False

    def add(self, commission: Commission) -> None:
        """Add what a commission asks for.

        Raises:
            ModelError: its model cannot be drawn with.
            SettingsError: it wants a rewriter, and none is set.
        """
        self._runs += 1
        wanted, run = commission.order, commission.record.id
        need, longest = Decimal(0), 0
        if commission.rewrite:
            known, need, longest = self._texts(wanted, run)
            wanted = known or wanted
        for job in wanted.jobs(run, self.endpoint(wanted.model.provider)):
            need += self._picture(job, longest)
        source = wanted.takes[0].prompt.source
        self._spend(Context(run, wanted.tier, source.brand, source.template), need)

    def add_words(self, composed: Composed, *, resend: bool = False) -> None:
        """Add what the rewriting of a prompt asks for.

        Raises:
            SettingsError: no rewriter is set.
        """
        self._runs += 1
        take = Take(1, composed.prompt, composed.wording, "")
        wanted = Order((take,), composed.model, (0, 0), (), "preview", resend=resend)
        source = composed.prompt.source
        self._spend(Context("", "", source.brand, source.template), self._texts(wanted, "")[1])

    def add_text(self, job: TextJob) -> None:
        """Add one text that is asked for."""
        self._runs += 1
        self._spend(job.context, self._count(job, job.context.tier, job.bound))

    def plan(self) -> Plan:
        """Return what was added up."""
        pace = ((self.limits.get(name, Limits()), count) for name, count in self._asked.items())
        return Plan(
            self._runs,
            tuple(self._calls.values()),
            tuple(self._allowances.values()),
            max((_least_seconds(count, limits) for limits, count in pace), default=0.0),
            tuple(self._notes()),
        )

    def _texts(self, wanted: Order, run: str) -> tuple[Order | None, Decimal, int]:
        """Count texts; return the order in its words, what they need, and how long words may be."""
        rewriter = self.rewriter()
        foresight = rewriter.foreseen(wanted, run, self._text)
        need = sum((self._count(job, "rewrite", job.bound) for job in foresight.jobs), Decimal(0))
        if foresight.order is not None:
            return foresight.order, need, 0
        self._line(foresight.jobs[-1], "rewrite").most += foresight.more
        self._unwritten = True
        longest = min(wanted.model.card.prompt_max, _TOKEN * rewriter.settings.out_max)
        return None, need + foresight.more, longest

    def _text(self, digest: str) -> str | None:
        found = self.glance.stored(digest)
        with suppress(OSError, UnicodeDecodeError):  # its own verb tells of that
            return found.path.read_bytes().decode() if found else None
        return None

    def _picture(self, job: Job, longest: int) -> Decimal:
        """Count a picture; return what it may need. ``longest`` are words that nobody knows yet."""
        request = job.request
        if not longest:
            return self._count(job, job.context.tier, job.bound)
        words = max(request.prompt, "x" * longest, key=len)
        references = len(request.references)
        most = job.card.bound(
            request.quality,
            request.size,
            prompt=words,
            references=references,
            partials=job.partials,
        )
        return self._count(job, job.context.tier, most, known=False)

    def _count(
        self, job: Job | TextJob, tier: str, most: Decimal, *, known: bool = True
    ) -> Decimal:
        """Count a call; return the most that it may need, in USD."""
        line = self._line(job, tier)
        line.takes.add(job.entry.take)
        line.count += 1
        if known and (job.digest in self._seen or self.glance.stored(job.digest)):
            line.stored += 1
            return Decimal(0)
        if known and not job.resend and self.glance.doubtful(job.digest):
            line.in_doubt += 1
            return Decimal(0)
        if known:
            self._seen.add(job.digest)
        about, estimated = job.estimate
        line.about += about
        line.most += most
        line.estimated |= estimated
        self._asked[job.provider] += 1
        return most

    def _line(self, job: Errand[Any], tier: str) -> PlannedCalls:
        entry = job.entry
        names = (tier, f"{entry.provider}/{entry.model}", entry.quality, entry.size)
        return self._calls.setdefault(names, PlannedCalls(*names))

    def _spend(self, context: Context, need: Decimal) -> None:
        """Count what a run may need against all limits that hold for it."""
        for limit in limits_of(context, self.budget, _today()):
            key = (limit.brand, limit.period)
            known = self._allowances.get(key)
            if limit.period == "run":
                new = self._allowance(limit, need)
                if known is None or new.left - new.needed < known.left - known.needed:
                    self._allowances[key] = new  # the run that comes nearest to it
            elif known is None:
                self._allowances[key] = self._allowance(limit, need)
            else:
                known.needed += need

    def _allowance(self, limit: Limit, need: Decimal) -> Allowance:
        spent = usd(self.glance.spent(limit))
        return Allowance(limit.period, limit.brand, limit.most, spent, need)

    def _notes(self) -> Iterable[Finding]:
        for name, count in self._asked.items():
            most = self.limits.get(name, Limits()).per_day
            today = 0 if most is None else self.glance.asked(name, _today())
            if most is not None and count + today > most:
                were = f", {today} were today" if today else ""
                yield Finding(
                    "per-day",
                    f"{name}: {count} pictures would be asked for{were}, "
                    f"and {most} a day are allowed",
                    fix="ask for fewer, or go on tomorrow (UTC): what is done costs nothing then",
                )
        if doubtful := sum(calls.in_doubt for calls in self._calls.values()):
            yield Finding(
                "in-doubt",
                f"{doubtful} were asked for before, and what became of them is unknown",
                severity="warning",
                fix="promptkit doctor lists them, promptkit resolve decides; --resend asks again",
            )
        if self._unwritten:
            yield Finding(
                "not-written",
                "the rewriter's words are not there yet: pictures are priced for the longest ones",
                severity="advice",
                fix="promptkit compose --rewrite asks for the words alone",
            )


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _least_seconds(count: int, limits: Limits) -> float:
    """Return how long after the first call the last one leaves at the earliest."""
    most = limits.per_minute
    if most is None:
        return 0.0
    steady = (count - min(limits.concurrency, most)) * MINUTE / most
    whole = (count - 1) // most * MINUTE * (1 + MARGIN)
    return max(steady, whole, 0.0)
