"""The careful client: one request in, one picture out, paid for once.

cache ► single flight ► budget hold ► pace ► journal ► provider ► verify ► store ► settle
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

import tenacity

from promptkit.client.books import Books, Call
from promptkit.client.cache import PictureStore
from promptkit.client.errand import Errand, Sender
from promptkit.client.flights import Flight, Flights, to_the_end
from promptkit.client.job import Job
from promptkit.client.ledger import Budget, Ledger
from promptkit.client.pace import Lane, Limits
from promptkit.client.patience import Wait
from promptkit.client.request import Answer, Picture, Room
from promptkit.client.told import about_call, answered, prompt_of
from promptkit.errors import (
    BudgetError,
    InDoubtError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    StoreError,
    UnusableError,
)
from promptkit.observe import events
from promptkit.observe.events import About
from promptkit.observe.teller import Teller
from promptkit.provider import Provider

__all__ = ["Client", "Job", "Limits"]

T = TypeVar("T")

#: How long a provider may ask us to wait, in seconds, before we give up instead.
MAX_WAIT = 120.0
ATTEMPTS = 4
#: How often a call is sent that comes too soon: each time all calls have slowed down further.
TURNS = 8
#: Where waits start that no provider named, in seconds; they double, with full jitter, up to 8 s.
BACKOFF = 0.5
#: How soon to look again for a call that another process has under way, in seconds; it doubles.
_POLL = 0.05
_SELDOM = 0.8

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
        clock: Callable[[], float] = time.time,
        tell: Teller | None = None,
    ) -> None:
        """Take the state folder, and what gives a provider for its name.

        ``clock`` tells the seconds since 1970, by which calls are paced; ``tell`` is told of all
        that happens to calls.

        Raises:
            StoreError: the ledger in the state folder cannot be opened.
        """
        self._home = home.resolve()
        self._provider = provider
        self._limits = dict(limits or {})
        self._clock = clock
        self._led: set[Flight] = set()
        self._gates: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Gate]] = (
            WeakKeyDictionary()
        )
        self._used_up: dict[str, tuple[float, QuotaError]] = {}
        self.store = PictureStore(self._home)
        self.ledger = Ledger(self._home)
        self._tell = tell or Teller()
        self._books = Books(self.store, self.ledger, budget or Budget(), self._tell)

    async def picture(self, job: Job) -> Picture:
        """Return a job's picture. Raises as ``get`` does."""
        return await self.get(job)

    async def get(self, job: Errand[T]) -> T:
        """Return what an errand is for: from the store, from a call under way, or paid for now.

        Raises:
            PromptkitError: by kind, what may be done about it.
        """
        self.ledger.origin.check()
        about, began = about_call(job.entry), time.monotonic()
        self._tell(events.Asked(about, prompt_of(job.asked) if self._tell.prompts else None))
        error: BaseException | None = None
        try:
            return await self._got(job, about)
        except BaseException as cause:
            error = cause
            raise
        finally:
            self._tell(events.Ended(about, time.monotonic() - began, error))

    async def _got(self, job: Errand[T], about: About) -> T:
        await _flights.land_lost()
        wait = Wait(job.entry.context)
        try:
            while True:
                # Nobody follows a call that waits for money: each has a patience of its own.
                try:
                    return await self._got_now(job, about, wait)
                except BudgetError as error:
                    if await wait.for_money(error):
                        self._tell(events.Waiting(about, "budget"))
        finally:
            wait.over()

    async def _got_now(self, job: Errand[T], about: About, wait: Wait) -> T:
        """Return what an errand is for, unless there is no money for it now."""
        key = (self._home, job.digest, job.resend)
        while True:
            if found := self._books.at_hand(job, about):
                return found
            if found := await to_the_end(self._books.served, job, about):
                return found
            flight, leads = _flights.board(key)
            if leads:
                return await self._lead(job, about, flight, wait)
            self._tell(events.Waiting(about, "identical call"))
            await _flights.landed(flight)

    async def aclose(self) -> None:
        """Wait for the calls under way, then close the store and the ledger."""
        for flight in tuple(self._led):
            with suppress(ProviderError):
                await _flights.landed(flight)
            self._led.discard(flight)
        try:
            await to_the_end(self.store.close)
        finally:
            await to_the_end(self.ledger.close)

    async def _lead(self, job: Errand[T], about: About, flight: Flight, wait: Wait) -> T:
        """Make a call that others may be waiting for."""
        failure: BaseException | None = None
        self._led.add(flight)
        try:
            return await self._claim_and_pay(job, about, flight, wait)
        except BaseException as error:
            failure = error
            raise
        finally:
            self._led.discard(flight)
            _flights.land(flight, failure)

    async def _claim_and_pay(self, job: Errand[T], about: About, flight: Flight, wait: Wait) -> T:
        """Wait while another process has the same call under way, then hold money and pay."""
        sender = job.sender(self._provider)  # without a key nothing is even claimed
        limits = self._limits.get(job.provider, Limits())
        call = Call(Lane(job.provider, sender.account, limits), about)
        flight.give_up = partial(self._give_up, job, call)
        pause = _POLL
        try:
            while not (found := await to_the_end(self._books.claim, job, call)):
                if call.row is not None:
                    wait.granted()
                    return await self._pay(job, call, sender)
                if pause == _POLL:
                    self._tell(events.Waiting(about, "identical call"))
                await asyncio.sleep(pause)
                pause = min(2 * pause, _SELDOM)
        except BaseException as error:
            await to_the_end(self._books.close, job, call, error)
            raise
        return found

    def _give_up(self, job: Errand[T], call: Call) -> None:
        """Note the end of a call that its own event loop never comes to."""
        lost = asyncio.CancelledError()
        self._books.close(job, call, lost)
        self._tell(events.Ended(call.about, time.monotonic() - call.began, lost))

    async def _pay(self, job: Errand[T], call: Call, sender: Sender) -> T:
        """Ask, with no more calls at once than allowed, and keep what comes."""
        gate = self._gate(call.lane)
        if gate.room.locked():
            self._tell(events.Waiting(call.about, "concurrency"))
        async with gate.room:
            answer = await self._ask(call, sender, gate.turn)
            got = await to_the_end(self._books.keep, job, call, answer)
            await self._spread(call, answer.room)
            return got

    async def _ask(self, call: Call, sender: Sender, turn: asyncio.Lock) -> Answer:
        retrying = tenacity.AsyncRetrying(
            stop=_enough,
            wait=_wait,
            retry=tenacity.retry_if_exception(_may_retry),
            before_sleep=partial(self._tell_of_retry, call.about),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                async with turn:
                    left = await self._leave(call)
                self._tell(events.Sent(call.about, attempt.retry_state.attempt_number))
                answer = await self._send(call, sender, left)
        return answer

    def _gate(self, lane: Lane) -> _Gate:
        """Return what calls of a lane pass through; it serves one event loop."""
        gates = self._gates.setdefault(asyncio.get_running_loop(), {})
        return gates.setdefault(lane.name, _Gate(lane.limits.concurrency))

    async def _leave(self, call: Call) -> float:
        """Wait until a call may leave, note that it does, and return the time."""
        told = False
        while True:
            self._stop_if_used_up(call)
            now = self._clock()
            wait = await to_the_end(self._books.leave, call, now)
            if not wait:
                call.sent = True
                return now
            if wait > MAX_WAIT:
                raise _told_to_wait(call.lane.provider, wait)
            if not told:
                self._tell(events.Waiting(call.about, "pace", wait))
                told = True
            await asyncio.sleep(wait)

    def _stop_if_used_up(self, call: Call) -> None:
        """Send nothing that was waiting when the quota was used up: it would be in vain."""
        when, said = self._used_up.get(call.lane.name, (0.0, None))
        if said is None or when < call.began:
            return
        raise QuotaError(
            f"not asked for, because before it {said.message}",
            provider=said.provider,
            code=said.code,
            fix=said.fix,
        )

    async def _send(self, call: Call, sender: Sender, left: float) -> Answer:
        began = time.monotonic()
        try:
            answer = await sender.send()
        except ProviderError as error:
            self._tell(events.Failed(call.about, time.monotonic() - began, error))
            await self._heed(call, error, left)
            raise
        self._tell(answered(call.about, time.monotonic() - began, answer))
        return answer

    def _tell_of_retry(self, about: About, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ProviderError):
            wait = state.next_action.sleep if state.next_action else 0.0
            self._tell(events.Retrying(about, state.attempt_number + 1, wait, error))

    async def _spread(self, call: Call, room: Room | None) -> None:
        """Let all calls of a lane know when hardly any are left; what came is kept by now."""
        lane = call.lane
        if room is not None and room.left < lane.limits.concurrency:
            now = self._clock()
            self._tell(events.Slowed(call.about, room.reset, room.left))
            with suppress(StoreError):
                await to_the_end(self.ledger.spread, lane, now, left=room.left, reset=room.reset)

    async def _heed(self, call: Call, error: ProviderError, left: float) -> None:
        """Let all calls of the lane know what a provider said about their pace."""
        if not isinstance(error, InDoubtError | UnusableError):
            call.sent = False  # answered, and not billed: at once, for we may be cancelled below
        if error.safe_to_retry:
            await to_the_end(self._books.held_again, call, error)
        if isinstance(error, QuotaError):
            self._used_up[call.lane.name] = (time.monotonic(), error)
        if isinstance(error, RateLimitedError):
            told, now = error.retry_after or 0.0, self._clock()
            slow = self.ledger.slow
            self._tell(events.Slowed(call.about, told))
            await to_the_end(slow, call.lane, now, left=left, told=told, hold=error.hold)


class _Gate:
    """How many calls of a lane are under way in one event loop, and whose turn is next."""

    def __init__(self, most: int) -> None:
        self.room = asyncio.Semaphore(most)
        self.turn = asyncio.Lock()


def _told_to_wait(provider: str, seconds: float) -> RateLimitedError:
    minutes = math.ceil(seconds / 60)
    return RateLimitedError(
        f"{provider} was asked too often, and wants {minutes} minutes of rest: nothing was sent",
        provider=provider,
        retry_after=seconds,
        safe_to_retry=False,
        fix=f"try again in {minutes} minutes: what is done is kept",
    )


def _may_retry(error: BaseException) -> bool:
    if not isinstance(error, ProviderError) or not error.safe_to_retry:
        return False
    return error.retry_after is None or error.retry_after <= MAX_WAIT


def _enough(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    return state.attempt_number >= (TURNS if isinstance(error, RateLimitedError) else ATTEMPTS)


def _wait(state: tenacity.RetryCallState) -> float:
    """Wait as long as the provider says, else exponentially with full jitter."""
    error = state.outcome.exception() if state.outcome else None
    told = getattr(error, "retry_after", None)
    if told is not None:
        return float(told)
    return tenacity.wait_random_exponential(multiplier=BACKOFF, max=8)(state)
