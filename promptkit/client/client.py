"""The careful client: one request in, one picture out, paid for once.

cache ► single flight ► budget hold ► pace ► journal ► provider ► verify ► store ► settle
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import tenacity

from promptkit.client.cache import PictureStore, Stored
from promptkit.client.ledger import Budget, Claim, Context, Entry, Ledger
from promptkit.client.request import Answer, ImageRequest, Picture
from promptkit.client.verify import verify
from promptkit.errors import (
    InDoubtError,
    PromptkitError,
    ProviderError,
    QuotaError,
    RefusedError,
    UnusableError,
)
from promptkit.model.catalog import Card
from promptkit.provider import Provider

#: How long a provider may ask us to wait, in seconds, before we give up instead.
MAX_WAIT = 120.0
ATTEMPTS = 4
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider allows: pictures per minute and day, and calls at once."""

    per_minute: int | None = None
    per_day: int | None = None
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class Job:
    """A request with what is known of its model and its purpose."""

    request: ImageRequest
    card: Card
    context: Context = field(default_factory=Context)
    resend: bool = False

    @property
    def entry(self) -> Entry:
        """The job as the ledger notes it."""
        request = self.request
        size = f"{request.size[0]}x{request.size[1]}"
        return Entry(
            request.digest,
            request.provider,
            request.model,
            request.quality,
            size,
            request.take,
            self.context,
        )

    @property
    def bound(self) -> Decimal:
        """The most it should cost, in USD."""
        request = self.request
        return self.card.bound(
            request.quality,
            request.size,
            prompt=request.prompt,
            references=len(request.references),
        )

    def cost(self, answer: Answer) -> tuple[Decimal, bool]:
        """Return what an answer cost in USD, and whether that is an estimate."""
        usage = answer.usage
        if self.card.price.free:
            return Decimal(0), False
        if usage is not None and not self.card.price.per_image:
            return self.card.cost(usage.text_in, usage.image_in, usage.out), False
        request = self.request
        estimate = self.card.estimate(
            request.quality,
            request.size,
            prompt=request.prompt,
            references=len(request.references),
        )
        return estimate, self.card.price.estimate


#: Calls under way in this process, by state folder and digest, over all clients and threads.
_flights: dict[tuple[Path, str], Future[Picture]] = {}
_flights_lock = threading.Lock()


class Client:
    """Gets pictures from providers, and pays for none of them twice."""

    def __init__(
        self,
        home: Path,
        provider: Callable[[str], Provider],
        *,
        budget: Budget | None = None,
        limits: Mapping[str, Limits] | None = None,
    ) -> None:
        """Take the state folder, and what gives a provider for its name."""
        self._home = home.resolve()
        self._provider = provider
        self._budget = budget or Budget()
        self._limits = dict(limits or {})
        self._gates: dict[str, asyncio.Semaphore] = {}
        self.store = PictureStore(self._home)
        self.ledger = Ledger(self._home)

    async def picture(self, job: Job) -> Picture:
        """Return a job's picture: from the store, from a call under way, or paid for now.

        Raises:
            PromptkitError: by kind, what may be done about it.
        """
        if stored := await asyncio.to_thread(self.store.get, job.request.digest):
            return await self._hit(job, stored)
        key = (self._home, job.request.digest)
        with _flights_lock:
            flight = _flights.get(key)
            leads = flight is None
            flight = _flights.setdefault(key, Future())
        if not leads:
            await asyncio.wrap_future(flight)
            return await self._hit(job, self._fetched(job))
        try:
            picture = await self._claim_and_pay(job)
        except BaseException as error:
            _land(key, flight, error)
            raise
        _land(key, flight, picture)
        return picture

    async def aclose(self) -> None:
        """Close the store and the ledger."""
        self.store.close()
        self.ledger.close()

    async def _hit(self, job: Job, stored: Stored) -> Picture:
        await asyncio.to_thread(self.ledger.hit, job.entry, stored.sha256, stored.cost)
        return _picture(job, stored, cost=Decimal(0), cached=True)

    def _fetched(self, job: Job) -> Stored:
        stored = self.store.get(job.request.digest)
        if stored is None:
            raise UnusableError("another call's picture is gone from the store")
        return stored

    async def _claim_and_pay(self, job: Job) -> Picture:
        """Wait while another process has the same call under way, then hold money and pay."""
        while True:
            claim = await asyncio.to_thread(self._claim, job)
            if stored := await asyncio.to_thread(self.store.get, job.request.digest):
                if claim.row is not None:
                    await asyncio.to_thread(
                        self.ledger.settle, claim.row, "failed", Decimal(0), error="not needed"
                    )
                return await self._hit(job, stored)
            if claim.row is not None:
                return await self._pay(job, claim.row)
            await asyncio.sleep(_POLL)

    def _claim(self, job: Job) -> Claim:
        return self.ledger.claim(job.entry, job.bound, self._budget, resend=job.resend)

    async def _pay(self, job: Job, row: int) -> Picture:
        try:
            answer = await self._ask(job, row)
            media_type = await asyncio.to_thread(verify, answer.data)
        except BaseException as error:
            await asyncio.shield(asyncio.to_thread(self._close, job, row, error))
            raise
        return await asyncio.shield(asyncio.to_thread(self._keep, job, row, answer, media_type))

    async def _ask(self, job: Job, row: int) -> Answer:
        provider = job.request.provider
        limits = self._limits.get(provider, Limits())
        gate = self._gates.setdefault(provider, asyncio.Semaphore(limits.concurrency))
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=tenacity.retry_if_exception(_may_retry),
            reraise=True,
        )
        async with gate:
            async for attempt in retrying:
                with attempt:
                    await self._keep_pace(provider, limits)
                    answer = await self._send(job, row)
        return answer

    async def _keep_pace(self, provider: str, limits: Limits) -> None:
        if limits.per_day is not None:
            sent = await asyncio.to_thread(self.ledger.sent_today, provider)
            if sent > limits.per_day:
                raise QuotaError(
                    f"{provider}: {limits.per_day} pictures a day are allowed, and all were sent",
                    provider=provider,
                    fix=f"wait until tomorrow (UTC), or raise providers.{provider}.limits.per_day",
                )
        if limits.per_minute is not None:
            interval = 60 / limits.per_minute
            burst = min(limits.concurrency, limits.per_minute)
            wait = await asyncio.to_thread(self.ledger.pace, provider, interval, burst, time.time())
            await asyncio.sleep(wait)

    async def _send(self, job: Job, row: int) -> Answer:
        await asyncio.to_thread(self.ledger.mark, row, "sent")
        try:
            return await self._provider(job.request.provider).generate(job.request)
        except ProviderError as error:
            if error.safe_to_retry:
                await asyncio.to_thread(self.ledger.mark, row, "held", error=error.message)
            raise

    def _keep(self, job: Job, row: int, answer: Answer, media_type: str) -> Picture:
        """Store the picture before anything else can go wrong, then settle."""
        request = job.request
        cost, estimated = job.cost(answer)
        sha256 = hashlib.sha256(answer.data).hexdigest()
        stored = self.store.put(
            request.digest,
            sha256,
            answer.data,
            media_type,
            cost=cost,
            estimated=estimated,
            made={"request": request.canonical(), "request_id": answer.request_id},
        )
        usage = answer.usage
        self.ledger.settle(
            row,
            "done",
            cost,
            estimated=estimated,
            sha256=sha256,
            request_id=answer.request_id,
            text_in=usage.text_in if usage else None,
            image_in=usage.image_in if usage else None,
            out=usage.out if usage else None,
        )
        return _picture(job, stored, cost=cost, cached=False)

    def _close(self, job: Job, row: int, error: BaseException) -> None:
        """Note how a call ended that brought no picture, and what it may have cost."""
        message = error.message if isinstance(error, PromptkitError) else type(error).__name__
        request_id = getattr(error, "request_id", None)
        if isinstance(error, UnusableError):
            # It may be billed: what was held is booked, marked as an estimate.
            self.ledger.settle(
                row, "unusable", job.bound, estimated=True, error=message, request_id=request_id
            )
        elif isinstance(error, RefusedError):
            self.ledger.settle(row, "refused", Decimal(0), error=message, request_id=request_id)
        elif isinstance(error, PromptkitError) and not isinstance(error, InDoubtError):
            self.ledger.settle(row, "failed", Decimal(0), error=message, request_id=request_id)
        else:
            # In doubt, or broken off: the hold stays, so that the budget still counts it.
            self._doubt(row, message)

    def _doubt(self, row: int, message: str) -> None:
        state = next(call["state"] for call in self.ledger.rows(id=str(row)))
        if state == "held":
            self.ledger.settle(row, "failed", Decimal(0), error=message)
        else:
            self.ledger.mark(row, "in_doubt", error=message)


def _land(key: tuple[Path, str], flight: Future[Picture], result: Picture | BaseException) -> None:
    with _flights_lock:
        del _flights[key]
    if isinstance(result, Exception):
        flight.set_exception(result)
    elif isinstance(result, BaseException):
        flight.cancel()
    else:
        flight.set_result(result)


def _picture(job: Job, stored: Stored, *, cost: Decimal, cached: bool) -> Picture:
    request = job.request
    return Picture(
        digest=stored.digest,
        sha256=stored.sha256,
        path=stored.path,
        media_type=stored.media_type,
        take=request.take,
        size=request.size,
        model=f"{request.provider}/{request.model}",
        quality=request.quality,
        cost=cost,
        cached=cached,
        saved=stored.cost if cached else Decimal(0),
        estimated=stored.estimated,
    )


def _may_retry(error: BaseException) -> bool:
    if not isinstance(error, ProviderError) or not error.safe_to_retry:
        return False
    return error.retry_after is None or error.retry_after <= MAX_WAIT


def _wait(state: tenacity.RetryCallState) -> float:
    """Wait as long as the provider says, else exponentially with full jitter (0.5–8 s)."""
    error = state.outcome.exception() if state.outcome else None
    told = getattr(error, "retry_after", None)
    if told is not None:
        return float(told)
    return tenacity.wait_random_exponential(multiplier=0.5, max=8)(state)
