"""Single flight: of identical calls in this process, one is made and the others wait for it.

Over all clients, threads and event loops; between processes the ledger does the same.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from promptkit.errors import ProviderError

P = ParamSpec("P")
T = TypeVar("T")

#: How soon to look, in seconds, whether the event loop of a call that is waited for still is open.
GLANCE = 0.8


class Flight(Future[None]):
    """A call under way. It is lost when its event loop is closed before its end.

    ``give_up`` notes what became of a lost one.
    """

    def __init__(self, key: Hashable, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.key = key
        self._loop = loop
        self.give_up: Callable[[], object] = bool
        self.taken_over = False
        # From now on nobody who waits for it can cancel it for the others.
        self.set_running_or_notify_cancel()

    @property
    def lost(self) -> bool:
        """Whether nobody will ever end it."""
        return self._loop.is_closed() and not self.done()


class Flights:
    """The calls under way, by what makes them identical."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Hashable, Flight] = {}

    def __len__(self) -> int:
        return len(self._open)

    def board(self, key: Hashable) -> tuple[Flight, bool]:
        """Return the call under way, and whether the caller is the one who has to make it."""
        loop = asyncio.get_running_loop()
        with self._lock:
            flight = self._open.get(key)
            if flight is not None:
                return flight, False
            flight = self._open[key] = Flight(key, loop)
            return flight, True

    def land(self, flight: Flight, error: BaseException | None) -> None:
        """End a call. What the provider said holds for all who wait; all else is the maker's own.

        Those who wait then look into the store, and make the call themselves if need be.
        """
        with self._lock:
            if self._open.get(flight.key) is not flight:
                return  # it was lost, and somebody else has landed it
            del self._open[flight.key]
        if isinstance(error, ProviderError):
            flight.set_exception(error)
        else:
            flight.set_result(None)

    async def land_lost(self) -> None:
        """End the calls that are lost, so that they take no other call's place."""
        with self._lock:
            lost = [flight for flight in self._open.values() if flight.lost]
        for flight in lost:
            await self.landed(flight)

    async def landed(self, flight: Flight) -> None:
        """Wait for the end of a call, and end it when it is lost.

        Raises:
            ProviderError: what the provider said.
        """
        while not self._take_over(flight):
            with suppress(TimeoutError):
                async with asyncio.timeout(GLANCE):
                    return await asyncio.wrap_future(flight)
        try:
            await to_the_end(flight.give_up)
        finally:
            self.land(flight, None)

    def _take_over(self, flight: Flight) -> bool:
        """Say whether the caller is the one who has to end a lost call."""
        with self._lock:
            take = flight.lost and not flight.taken_over
            flight.taken_over |= take
        return take


async def to_the_end(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Do work in a thread, and wait for its end even when the caller is cancelled meanwhile.

    Half of a journal entry, or a picture dropped between answer and store, would cost money.
    """
    call = partial(work, *args, **kwargs)
    try:
        # Not asyncio.to_thread: its task would be cancelled when the event loop is shut down.
        future = asyncio.get_running_loop().run_in_executor(None, call)
    except RuntimeError:  # the program or the loop is at its end, and no thread takes work
        future = None
    if future is None:
        return call()
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
