"""Many runs, one after the other as far as limits go: each comes or fails by itself, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from inspect import isgenerator
from typing import TypeVar

from promptkit.client.patience import LONG, Enough, Patience, patient
from promptkit.errors import (
    BudgetError,
    PromptkitError,
    QuotaError,
    RefusedError,
    SettingsError,
    StoreError,
)
from promptkit.workflow.desk import Desk, Heard, Progress
from promptkit.workflow.shown import Outcome, Run
from promptkit.workflow.studio import Commission

T = TypeVar("T")

#: How many runs that came sooner than one before them are kept back for it.
AHEAD = 64
#: After so many runs in a row that brought nothing, for no reason of their own, no more begin.
STRIKES = 5


@dataclass
class Batch:
    """Draws commissions, with no more takes under way than keep their provider busy."""

    desk: Desk
    shown: Callable[[str], Awaitable[Run]]
    """Writes a run's sheet and returns the run."""
    at_once: Callable[[str], int]
    """Tells how many calls a provider takes at once."""
    progress: Progress | None = None
    enough: Enough | None = None
    """Is told, again and again, of money that is waited for; true when to wait no longer."""
    stopped: Exception | None = field(default=None, init=False)
    """Why no more begin."""
    _number: int = field(default=0, init=False)
    _takes: int = field(default=0, init=False)
    _most: int = field(default=1, init=False)
    _strikes: int = field(default=0, init=False)
    _left: bool = field(default=False, init=False)
    _moved: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        """Keep what ``progress`` may raise from costing pictures."""
        self._heard = Heard(self.progress)
        self._patience = Patience(LONG, self._wait_no_longer, self._held_up)

    async def outcomes(
        self, asked: Iterable[T], commission: Callable[[T], Commission]
    ) -> AsyncGenerator[Outcome, None]:
        """Draw what is asked and yield what becomes of each, in its order.

        ``asked`` is read as there is room; what it raises is the outcome of the one that was to
        come. A picture for which the budget's money is only held, by calls under way, waits for
        what they leave of it, and others go on; once none has got any for a quarter of an hour, no
        more wait. Whoever leaves before the end waits for what is under way, which is paid by
        then; a cancelled one breaks it off.

        Raises:
            PromptkitError: what keeps all others from being drawn, after what was under way.
            Exception: what ``progress`` or ``asked`` has raised, after the same.
        """
        under_way: deque[asyncio.Task[Outcome]] = deque()
        items = iter(asked)
        try:
            more = True
            while more or under_way:
                self._moved.clear()
                more = more and self._begin(items, commission, under_way)
                if under_way and under_way[0].done():
                    yield await under_way.popleft()
                elif under_way:
                    await self._moved.wait()
        except asyncio.CancelledError:
            for task in under_way:
                task.cancel()
            raise
        finally:
            self._left = True
            await asyncio.gather(*under_way, return_exceptions=True)
        if self.stopped:
            raise self.stopped

    def _begin(
        self,
        items: Iterator[T],
        commission: Callable[[T], Commission],
        under_way: deque[asyncio.Task[Outcome]],
    ) -> bool:
        """Begin as many runs as there is room for; return whether there may be more."""
        while self._takes < self._most and len(under_way) < AHEAD and not self.stopped:
            try:
                wanted = commission(next(items))
            except StopIteration:
                return False
            except PromptkitError as error:
                self._number += 1
                task = asyncio.ensure_future(_failed(self._number, error))
                if isgenerator(items) and items.gi_frame is None:  # it can give nothing more
                    self.stopped = error
            except Exception as error:  # a bug of whoever asks; what is under way still counts
                self.stopped = error
                return False
            else:
                self._number += 1
                takes = len(wanted.order.takes)
                self._takes += takes
                # Twice as many as are asked at once: the next ones are ready when one has come.
                self._most = 2 * self.at_once(wanted.order.model.provider)
                task = asyncio.create_task(self._one(self._number, wanted, takes))
            task.add_done_callback(lambda _: self._moved.set())
            under_way.append(task)
        return not self.stopped

    async def _one(self, number: int, wanted: Commission, takes: int) -> Outcome:
        errors: list[PromptkitError] = []
        run = wanted.record.id
        try:
            try:
                with patient(self._patience):
                    await self.desk.draw(wanted, self._heard, errors.append)
            finally:
                self.stopped = self.stopped or self._heard.error
                self._takes -= takes
                self._moved.set()
            self._heed(errors, came=True)
            return Outcome(number, await self.shown(run), run_id=run)
        except PromptkitError as error:
            self._heed(errors if error in errors else [*errors, error], came=False)
            return Outcome(number, error=error, run_id=run)

    def _wait_no_longer(self, error: BudgetError) -> bool:
        """Say whether a picture that only waits for money is given up: nobody has paid for it."""
        enough = self.enough is not None and bool(self.enough(error))
        return enough or self._left or self.stopped is not None

    def _held_up(self, error: BudgetError, change: int) -> None:
        """Let others have the room of a picture that waits for money which they do not need."""
        self.stopped = self.stopped or self._patience.error
        if not _ends(error):
            self._takes -= change
        self._moved.set()

    def _heed(self, errors: list[PromptkitError], *, came: bool) -> None:
        """Let nothing more begin when the others would fail for the same reason."""
        for error in errors:
            if _ends(error):
                self.stopped = self.stopped or error
        own = all(isinstance(error, RefusedError | BudgetError) for error in errors)
        self._strikes = 0 if came or own else self._strikes + 1
        if self._strikes >= STRIKES:
            self.stopped = self.stopped or errors[-1]


def _ends(error: PromptkitError) -> bool:
    """Say whether it holds for all that is still to come, not for one run or one brand."""
    if isinstance(error, BudgetError):
        return error.period != "run" and not error.brand
    return isinstance(error, QuotaError | SettingsError | StoreError)


async def _failed(number: int, error: PromptkitError) -> Outcome:
    return Outcome(number, error=error)
