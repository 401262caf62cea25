"""How far many pictures are, on standard error: a bar in a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from promptkit.cli.money import dollars
from promptkit.cli.output import console_of
from promptkit.cli.planned import duration

if TYPE_CHECKING:
    from promptkit.workflow.run import Failure, Shot

#: Seconds between two lines where there is no terminal.
EVERY = 10.0


class Tally:
    """Counts pictures as they come, and tells of them. It may be called from any thread."""

    def __init__(
        self, total: int, asked: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take how many pictures there are, and how many of them are asked for: the rest is there.

        ``clock`` tells seconds.
        """
        self._total, self._asked, self._clock = total, asked, clock
        self._begun = self._told = clock()
        self._done = self._new = self._failed = 0
        self._cost = Decimal(0)
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
        with suppress(OSError):  # nobody listens any more: that must not cost the pictures
            self._tell()

    @property
    def line(self) -> str:
        """All of it in one line."""
        parts = [f"{self._done}/{self._total} pictures"]
        if self._failed:
            parts.append(f"{self._failed} failed")
        seconds = self._clock() - self._begun
        if self._new and seconds > 0:
            parts.append(f"{self._new / seconds * 60:.0f} a minute")
        parts.append(f"{dollars(self._cost)} so far")
        left = max(0, self._asked - self._new)
        if self._new and left:
            parts.append(f"{duration(seconds / self._new * left)} left")
        return ", ".join(parts)

    def __enter__(self) -> Self:
        console = console_of(stderr=True)
        if console.is_terminal:
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (BarColumn(), TextColumn("{task.description}"))
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task(self.line, total=self._total)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _tell(self) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, description=self.line)
        elif self._done == self._total or self._clock() - self._told >= EVERY:
            self._told = self._clock()
            print(f"  {self.line}", file=sys.stderr, flush=True)
