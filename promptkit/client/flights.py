"""Single flight: of identical calls in this process, one is made and the others wait for it.

Over all clients, threads and event loops; between processes the ledger does the same.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import partial
from typing import ParamSpec, TypeVar

from promptkit.errors import ProviderError

P = ParamSpec("P")
T = TypeVar("T")

Flight = Future[None]


class Flights:
    """The calls under way, by what makes them identical."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Hashable, Flight] = {}

    def __len__(self) -> int:
        return len(self._open)

    def board(self, key: Hashable) -> tuple[Flight, bool]:
        """Return the call under way, and whether the caller is the one who has to make it."""
        with self._lock:
            flight = self._open.get(key)
            if flight is not None:
                return flight, False
            flight = self._open[key] = Future()
            # From now on nobody who waits for it can cancel it for the others.
            flight.set_running_or_notify_cancel()
            return flight, True

    def land(self, key: Hashable, error: BaseException | None) -> None:
        """End a call. What the provider said holds for all who wait; all else is the maker's own.

        Those who wait then look into the store, and make the call themselves if need be.
        """
        with self._lock:
            flight = self._open.pop(key)
        if isinstance(error, ProviderError):
            flight.set_exception(error)
        else:
            flight.set_result(None)


async def to_the_end(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Do work in a thread, and wait for its end even when the caller is cancelled meanwhile.

    Half of a journal entry, or a picture dropped between answer and store, would cost money.
    """
    loop = asyncio.get_running_loop()
    # Not asyncio.to_thread: its task would be cancelled when the event loop is shut down.
    future = loop.run_in_executor(None, partial(work, *args, **kwargs))
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        future.exception()  # seen, so that the event loop does not complain
        raise cancelled
    return future.result()
