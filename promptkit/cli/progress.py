"""How far many rows are, on standard error: a bar in a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from promptkit.cli.money import dollars
from promptkit.cli.output import console_of, many
from promptkit.cli.planned import duration

if TYPE_CHECKING:
    from promptkit.errors import BudgetError
    from promptkit.workflow.plan import Allowance
    from promptkit.workflow.run import Failure, Shot

#: Seconds between two lines where there is no terminal.
EVERY = 10.0
#: The longest line, in letters: 80 columns, of which a bar takes some.
WIDEST = 78
_BAR = 12
#: For how many seconds a call that has last been told to wait for money is taken to wait.
_WAITS = 2.0


class Tally:
    """Counts rows, and pictures as they come, and tells of them. Any thread may call it."""

    def __init__(
        self,
        rows: int,
        total: int,
        asked: int,
        budgets: Iterable[Allowance] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take how many rows and pictures there are, and how many are asked for: the rest is there.

        ``budgets`` are what was left before; ``clock`` tells seconds.
        """
        self._rows, self._total, self._asked, self._clock = rows, total, asked, clock
        # What one run or one brand may spend says nothing of all of them.
        whole = [each for each in budgets if each.period != "run" and not each.brand]
        self._budget = min(whole, key=lambda each: each.left, default=None)
        self._begun = self._told = clock()
        self._ended = self._done = self._new = self._failed = 0
        self._cost = Decimal(0)
        self._waiting: tuple[str, float] = ("", 0.0)
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, item: Shot | Failure) -> None:
        """Count a picture that came, or did not."""
        from promptkit.workflow.run import Shot

        self._done += 1
        if isinstance(item, Shot):
            self._new += not item.cached
            self._cost += item.cost_usd
        else:
            self._failed += 1
            self._new += 1
        self._tell()

    def end_row(self) -> None:
        """Count a row that is at its end."""
        self._ended += 1
        self._tell(at_once=self._ended == self._rows)

    def wait(self, error: BudgetError) -> None:
        """Tell that a picture waits for money that is held."""
        begins = not self.waits
        self._waiting = _waiting_for(error), self._clock() + _WAITS
        self._tell(at_once=begins)

    @property
    def line(self) -> str:
        """All of it in one line, without what there is no room for."""
        parts = list(self._parts())
        room = WIDEST - _BAR * (self._bar is not None)
        for least in sorted({weight for weight, _ in parts}):
            if len(_line(parts)) <= room:
                break
            parts = [part for part in parts if part[0] > least]
        return _line(parts)

    def _parts(self) -> Iterator[tuple[int, str]]:
        """Yield what there is to say, each with its weight."""
        yield 9, f"{self._ended}/{self._rows} rows"
        yield 2, f"{self._done}/{self._total} pictures"
        if self._failed:
            yield 5, f"{self._failed} failed"
        seconds = self._clock() - self._begun
        if self._new and seconds > 0:
            yield 1, f"{self._new / seconds * 60:.0f} a minute"
        yield 8, f"{dollars(self._cost)} so far"
        if self._budget is not None:
            left = max(self._budget.left - self._cost, Decimal(0))
            yield 6, f"{dollars(left)} left this {self._budget.period}"
        left_over = max(0, self._asked - self._new)
        if self.waits:
            yield 7, self._waiting[0]
        elif self._new and left_over:
            yield 4, f"{duration(seconds / self._new * left_over)} to go"

    @property
    def waits(self) -> bool:
        """Whether there are pictures to come that wait for money."""
        done = self._ended >= self._rows or self._done >= self._total
        return not done and self._clock() < self._waiting[1]

    def __enter__(self) -> Self:
        console = console_of(stderr=True)
        if console.is_interactive:
            from rich.progress import BarColumn, Progress, TextColumn
            from rich.table import Column

            # Two letters less than there are: a full last column makes some terminals wrap.
            words = TextColumn("{task.description}", table_column=Column(no_wrap=True))
            columns = (BarColumn(bar_width=_BAR - 2), words)
            self._bar = Progress(*columns, console=console, transient=True, refresh_per_second=4)
            self._task = self._bar.add_task(self.line, total=self._rows)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _tell(self, *, at_once: bool = False) -> None:
        with suppress(OSError):  # nobody listens any more: that must not cost the pictures
            if self._bar is not None:
                self._bar.update(self._task, completed=self._ended, description=self.line)
            elif at_once or self._clock() - self._told >= EVERY:
                self._told = self._clock()
                print(f"  {self.line}", file=sys.stderr, flush=True)


class WaitLine:
    """Tells on standard error that pictures of one run wait for money, now and then."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take what tells seconds."""
        self._clock = clock
        self._told = clock() - EVERY

    def __call__(self, error: BudgetError) -> bool:
        """Tell of it, unless that was done just now; nobody has had enough of it."""
        now = self._clock()
        if now - self._told >= EVERY:
            self._told = now
            with suppress(OSError):
                print(f"  {_waiting_for(error)}", file=sys.stderr, flush=True)
        return False


def _waiting_for(error: BudgetError) -> str:
    return f"waiting for {dollars(Decimal(error.held))} held by {many(error.calls, 'call')}"


def _line(parts: Iterable[tuple[int, str]]) -> str:
    return ", ".join(said for _, said in parts)
