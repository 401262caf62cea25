"""The careful client: one request in, one picture out, paid for once.

cache ► single flight ► budget hold ► pace ► journal ► provider ► verify ► store ► settle
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

import tenacity

from promptkit.client.books import Books, Call
from promptkit.client.cache import PictureStore
from promptkit.client.flights import Flight, Flights, to_the_end
from promptkit.client.job import Job, Limits
from promptkit.client.ledger import Budget, Ledger
from promptkit.client.request import Answer, Picture
from promptkit.errors import ProviderError, QuotaError
from promptkit.provider import Provider

__all__ = ["Client", "Job", "Limits"]

#: How long a provider may ask us to wait, in seconds, before we give up instead.
MAX_WAIT = 120.0
ATTEMPTS = 4
#: Where waits start that no provider named, in seconds; they double, with full jitter, up to 8 s.
BACKOFF = 0.5
_POLL = 0.05

_flights = Flights()


class Client:
    """Gets pictures from providers, and pays for none of them twice.

    It may be used from several threads and event loops.
    """

    def __init__(
        self,
        home: Path,
        provider: Callable[[str], Provider],
        *,
        budget: Budget | None = None,
        limits: Mapping[str, Limits] | None = None,
    ) -> None:
        """Take the state folder, and what gives a provider for its name.

        Raises:
            StoreError: the ledger in the state folder cannot be opened.
        """
        self._home = home.resolve()
        self._provider = provider
        self._limits = dict(limits or {})
        self._led: set[Flight] = set()
        self._gates: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = (
            WeakKeyDictionary()
        )
        self.store = PictureStore(self._home)
        self.ledger = Ledger(self._home)
        self._books = Books(self.store, self.ledger, budget or Budget())

    async def picture(self, job: Job) -> Picture:
        """Return a job's picture: from the store, from a call under way, or paid for now.

        Raises:
            PromptkitError: by kind, what may be done about it.
        """
        key = (self._home, job.request.digest, job.resend)
        while True:
            if picture := await to_the_end(self._books.served, job):
                return picture
            flight, leads = _flights.board(key)
            if leads:
                return await self._lead(job, key, flight)
            await asyncio.wrap_future(flight)

    async def aclose(self) -> None:
        """Wait for the calls under way, then close the store and the ledger."""
        for flight in tuple(self._led):
            await asyncio.wait([asyncio.wrap_future(flight)])
        try:
            await to_the_end(self.store.close)
        finally:
            await to_the_end(self.ledger.close)

    async def _lead(self, job: Job, key: tuple[Path, str, bool], flight: Flight) -> Picture:
        """Make a call that others may be waiting for."""
        failure: BaseException | None = None
        self._led.add(flight)
        try:
            return await self._claim_and_pay(job)
        except BaseException as error:
            failure = error
            raise
        finally:
            self._led.discard(flight)
            _flights.land(key, failure)

    async def _claim_and_pay(self, job: Job) -> Picture:
        """Wait while another process has the same call under way, then hold money and pay."""
        provider = self._provider(job.request.provider)  # without a key nothing is even claimed
        call = Call()
        try:
            while not (picture := await to_the_end(self._books.claim, job, call)):
                if call.row is not None:
                    answer = await self._ask(job, call, provider)
                    return await to_the_end(self._books.keep, job, call, answer)
                await asyncio.sleep(_POLL)
        except BaseException as error:
            await to_the_end(self._books.close, job, call, error)
            raise
        return picture

    async def _ask(self, job: Job, call: Call, provider: Provider) -> Answer:
        name = job.request.provider
        limits = self._limits.get(name, Limits())
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=tenacity.retry_if_exception(_may_retry),
            reraise=True,
        )
        async with self._gate(name, limits):
            async for attempt in retrying:
                with attempt:
                    await self._keep_pace(name, limits, call)
                    answer = await self._send(job, call, provider)
        return answer

    def _gate(self, name: str, limits: Limits) -> asyncio.Semaphore:
        """Return what lets calls pass, so many at once; a semaphore serves one event loop."""
        gates = self._gates.setdefault(asyncio.get_running_loop(), {})
        return gates.setdefault(name, asyncio.Semaphore(limits.concurrency))

    async def _keep_pace(self, provider: str, limits: Limits, call: Call) -> None:
        if limits.per_day is not None and call.row is not None:
            place = await to_the_end(self.ledger.place_today, provider, call.row)
            if place > limits.per_day:
                raise QuotaError(
                    f"{provider}: {limits.per_day} pictures a day are allowed, and today's are "
                    "all taken",
                    provider=provider,
                    fix=f"wait until tomorrow (UTC), or raise providers.{provider}.limits.per_day",
                )
        if limits.per_minute is not None:
            interval = 60 / limits.per_minute
            burst = min(limits.concurrency, limits.per_minute)
            wait = await to_the_end(self.ledger.pace, provider, interval, burst, time.time())
            await asyncio.sleep(wait)

    async def _send(self, job: Job, call: Call, provider: Provider) -> Answer:
        await to_the_end(self._books.sending, call)
        call.sent = True
        try:
            return await provider.generate(job.request)
        except ProviderError as error:
            if error.safe_to_retry:
                call.sent = False
                await to_the_end(self._books.held_again, call, error)
            raise


def _may_retry(error: BaseException) -> bool:
    if not isinstance(error, ProviderError) or not error.safe_to_retry:
        return False
    return error.retry_after is None or error.retry_after <= MAX_WAIT


def _wait(state: tenacity.RetryCallState) -> float:
    """Wait as long as the provider says, else exponentially with full jitter."""
    error = state.outcome.exception() if state.outcome else None
    told = getattr(error, "retry_after", None)
    if told is not None:
        return float(told)
    return tenacity.wait_random_exponential(multiplier=BACKOFF, max=8)(state)
