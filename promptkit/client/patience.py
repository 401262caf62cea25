"""Waiting for money that calls under way only hold: they may cost less, and then it is free."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from promptkit.client.entry import Context
from promptkit.errors import BudgetError

#: How long runs wait for money, in seconds: as long as a call may take that holds it.
LONG = 900.0
#: How soon it is looked for again, in seconds; it doubles.
_SOON = 0.05
_SELDOM = 0.8
#: How many seconds lie between two looks of many that wait: each look writes into the ledger.
_APART = 0.02

#: Is told at each look what is waited for; true when it is to be waited for no longer.
Enough = Callable[[BudgetError], object]


class _Purse(NamedTuple):
    """A budget's money: of all or one brand, in a period; that of a run is the run's own."""

    brand: str
    period: str
    run: str

    def is_for(self, context: Context) -> bool:
        return self.brand in ("", context.brand) and self.run in ("", context.run)


@dataclass(eq=False)
class _Queue:
    """The calls that wait for one budget's money, ``since`` none of its kind has got any."""

    since: float = 0.0
    waiting: int = 0
    in_vain: bool = False


@dataclass
class Patience:
    """How long calls wait for money that is held, together, and who is told at each look.

    Where for so many ``seconds`` none of them has got any, those that come later wait no more.
    """

    seconds: float = 0.0
    enough: Enough | None = None
    held_up: Callable[[BudgetError, int], object] | None = None
    """Is told 1 when a call begins to wait for what an error says, and -1 at the end of that."""
    error: Exception | None = field(default=None, init=False)
    """What ``enough`` has raised: it must not cost the pictures that are under way."""
    waiting: int = field(default=0, init=False)
    """How many calls wait."""
    _queues: dict[_Purse, _Queue] = field(default_factory=dict, init=False)

    def close(self) -> None:
        """Raise what ``enough`` has raised, now that nothing can be lost by it."""
        if self.error is not None:
            raise self.error

    def note(self, error: BudgetError, change: int) -> None:
        """Note that one more call waits, or one less."""
        self.waiting += change
        if self.held_up is not None:
            self.held_up(error, change)

    def queue(self, error: BudgetError, context: Context) -> _Queue:
        """Return where a call waits that was refused money."""
        run = context.run if error.period == "run" else ""
        return self._queues.setdefault(_Purse(error.brand, error.period, run), _Queue())

    def granted(self, context: Context) -> None:
        """Let those who wait for the same money as a call that got some wait anew."""
        for purse, queue in self._queues.items():
            if purse.is_for(context):
                queue.since, queue.in_vain = time.monotonic(), False

    def is_enough(self, error: BudgetError) -> bool:
        """Tell what is waited for, and return whether it is to be waited for no longer."""
        try:
            enough = self.enough is not None and self.error is None and self.enough(error)
        except Exception as cause:
            self.error = cause
        return self.error is not None or bool(enough)


_NONE = Patience()
_patience: ContextVar[Patience] = ContextVar("patience", default=_NONE)


@contextmanager
def patient(patience: Patience) -> Iterator[None]:
    """Let the calls of this task, and of those that it begins, wait for money."""
    before = _patience.set(patience)
    try:
        yield
    finally:
        _patience.reset(before)


@dataclass
class Wait:
    """The waiting of one call."""

    context: Context
    patience: Patience = field(default_factory=_patience.get)
    _first: BudgetError | None = field(default=None, init=False)
    _queues: list[_Queue] = field(default_factory=list, init=False)
    _pause: float = field(default=_SOON, init=False)

    async def for_money(self, error: BudgetError) -> bool:
        """Wait a moment, and return whether it is the first.

        Raises:
            BudgetError: the money is spent, or this has been enough.
        """
        patience = self.patience
        if not error.held or not patience.seconds:
            raise error
        first = self._first is None
        queue = self._join(error)
        queue.in_vain |= time.monotonic() - queue.since >= patience.seconds
        if queue.in_vain or patience.is_enough(error):
            raise error
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, max(_SELDOM, _APART * patience.waiting))
        return first

    def granted(self) -> None:
        """Note that the call got its money."""
        self.over()
        self.patience.granted(self.context)

    def over(self) -> None:
        """Note that the call waits no longer, for whatever reason."""
        if self._first is not None:
            self.patience.note(self._first, -1)
        for queue in self._queues:
            queue.waiting -= 1
        self._first, self._queues = None, []

    def _join(self, error: BudgetError) -> _Queue:
        queue = self.patience.queue(error, self.context)
        if self._first is None:
            self._first = error
            self.patience.note(error, 1)
        if queue not in self._queues:
            if not queue.waiting:
                queue.since = time.monotonic()
            queue.waiting += 1
            self._queues.append(queue)
        return queue
