"""Waiting for money that calls under way only hold: they may cost less, and then it is free."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from promptkit.errors import BudgetError

#: How long many runs wait for money, in seconds: as long as a call may take that holds it.
LONG = 900.0
#: How soon it is looked for again, in seconds; it doubles.
_SOON = 0.05
_SELDOM = 0.8

#: Is told at each look what is waited for; true when it is to be waited for no longer.
Enough = Callable[[BudgetError], object]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long calls wait for money that is held, in seconds, and who is told at each look."""

    seconds: float = 0.0
    enough: Enough = bool


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

    patience: Patience = field(default_factory=_patience.get)
    _began: float = field(default_factory=time.monotonic)
    _pause: float = _SOON

    async def for_money(self, error: BudgetError) -> None:
        """Wait a moment.

        Raises:
            BudgetError: the money is spent, or this has been enough.
        """
        late = time.monotonic() - self._began >= self.patience.seconds
        if not error.held or late or self.patience.enough(error):
            raise error
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, _SELDOM)
