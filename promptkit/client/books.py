"""The store and the ledger kept together: what is taken from them, and how a call ends."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from promptkit.client.cache import PictureStore, Stored
from promptkit.client.errand import Errand
from promptkit.client.ledger import Budget, Ledger, State, nano
from promptkit.client.pace import Lane
from promptkit.client.recent import Recent
from promptkit.client.request import Answer, suffix_of, unusable
from promptkit.errors import (
    InDoubtError,
    PromptkitError,
    QuotaError,
    RefusedError,
    StoreError,
    UnusableError,
)
from promptkit.observe import events
from promptkit.observe.events import About
from promptkit.observe.teller import Teller

T = TypeVar("T")


@dataclass
class Call:
    """A call that holds money, once it has a row; ``sent`` while the request may have left.

    ``held`` is what it holds, in USD; ``began`` is when it was asked for, by the monotonic clock.
    """

    lane: Lane
    about: About
    held: Decimal = Decimal(0)
    row: int | None = None
    sent: bool = False
    began: float = field(default_factory=time.monotonic)


class Books:
    """What a client knows and owes. All of it blocks, and belongs in a thread."""

    def __init__(self, store: PictureStore, ledger: Ledger, budget: Budget, tell: Teller) -> None:
        """Take what is kept together, and what is told of each change."""
        self._store = store
        self._ledger = ledger
        self._recent = Recent(store)
        self._budget = budget
        self._tell = tell

    def at_hand(self, job: Errand[T], about: About) -> T | None:
        """Return what was just served, booked as a hit, or ``None``; this alone hardly blocks."""
        stored = self._recent.get(job.digest)
        if stored is None:
            return None
        self._ledger.hit_again(job.entry, stored.sha256, stored.cost)
        return self._handed(job, about, stored)

    def served(self, job: Errand[T], about: About) -> T | None:
        """Return what an errand is for from the store, booked as a hit, or ``None``."""
        stored = self._store.get(job.digest)
        if stored is None:
            return None
        self._ledger.hit(job.entry, stored.sha256, stored.cost, estimated=stored.estimated)
        self._recent.remember(stored)
        return self._handed(job, about, stored)

    def claim(self, job: Errand[T], call: Call) -> T | None:
        """Hold money for an errand, unless what it is for has come meanwhile: then return that.

        Neither, when another call for it is under way.

        Raises:
            InDoubtError: an earlier call for it may have been billed.
            BudgetError: it could exceed a budget.
        """
        account = call.lane.account
        try:
            claim = self._ledger.claim(
                job.entry, job.bound, self._budget, resend=job.resend, account=account
            )
        except InDoubtError:
            # Whoever asked for it may have stored it, and ended, since we looked.
            if found := self.served(job, call.about):
                return found
            raise
        call.row = claim.row
        if call.row is None:
            return self.served(job, call.about)
        call.held = job.bound
        self._tell(events.Held(call.about, call.held))
        stored = self._store.get(job.digest)
        if stored is None:
            return None
        self._ledger.settle(
            call.row,
            "done",
            Decimal(0),
            cached=1,
            saved=nano(stored.cost),
            sha256=stored.sha256,
        )
        call.row = None
        return self._handed(job, call.about, stored)

    def leave(self, call: Call, now: float) -> float:
        """Note, durably, that the request is about to leave, or return the seconds to wait.

        Raises:
            QuotaError: as many pictures as are allowed a day were asked for today.
        """
        row, lane = _row(call), call.lane
        most = lane.limits.per_day
        if most is not None and self._ledger.place_today(lane, row) > most:
            raise QuotaError(
                f"{lane.provider}: {most} pictures a day are allowed, and today's are all taken",
                provider=lane.provider,
                fix=f"wait until tomorrow (UTC), or raise providers.{lane.provider}.limits.per_day",
            )
        return self._ledger.leave(row, lane, now)

    def held_again(self, call: Call, error: PromptkitError) -> None:
        """Note that a request was turned away unpaid, and will perhaps be sent again."""
        self._ledger.held_again(_row(call), error.message)

    def keep(self, job: Errand[T], call: Call, answer: Answer) -> T:
        """Look at what came, store it before anything else can go wrong, then settle.

        Raises:
            UnusableError: it is not what was asked for.
            StoreError: it cannot be stored.
        """
        try:
            media_type = job.verify(answer.data)
            stored = self._stored(job, call, answer, media_type)
        except UnusableError as found:
            error = unusable(job.provider, found.message, answer.request_id)
            self.close(job, call, error)
            raise error from None
        except BaseException as error:
            self.close(job, call, error)
            raise
        usage = answer.usage
        # Should that fail, the picture is handed over; its next use settles what it has cost.
        self._settle(
            call,
            "done",
            stored.cost,
            estimated=stored.estimated,
            sha256=stored.sha256,
            request_id=answer.request_id,
            text_in=usage.text_in if usage else None,
            image_in=usage.image_in if usage else None,
            out=usage.out if usage else None,
            error=None,
        )
        return job.got(stored, cost=stored.cost, cached=False)

    def close(self, job: Errand[Any], call: Call, error: BaseException) -> None:
        """Note how a call ended that brought nothing, and what it may have cost."""
        if call.row is None:
            return
        answer = getattr(error, "answer", None)
        message = error.message if isinstance(error, PromptkitError) else type(error).__name__
        noted = {"error": message, "request_id": getattr(error, "request_id", None)}
        broken_off = isinstance(error, InDoubtError) or not isinstance(error, PromptkitError)
        if isinstance(error, UnusableError):
            # It may be billed: what was held is booked, marked as an estimate.
            self._settle(call, "unusable", job.bound, error, estimated=True, **noted)
        elif call.sent and broken_off:
            self._settle(call, "in_doubt", None, error, **noted)
        elif answer is not None:
            cost, estimated = job.cost(answer)
            self._settle(call, "refused", cost, error, estimated=estimated, **noted)
        else:
            state: State = "refused" if isinstance(error, RefusedError) else "failed"
            self._settle(call, state, Decimal(0), error, **noted)

    def _handed(self, job: Errand[T], about: About, stored: Stored) -> T:
        self._tell(events.Hit(about, stored.cost))
        return job.got(stored, cost=Decimal(0), cached=True)

    def _settle(
        self,
        call: Call,
        state: State,
        cost: Decimal | None,
        cause: BaseException | None = None,
        **noted: Any,
    ) -> None:
        """End a call. Without a cost what it holds stays, so that the budget still counts it."""
        row, call.row = _row(call), None
        try:
            if cost is None:
                self._ledger.mark(row, state, **noted)
            else:
                self._ledger.settle(row, state, cost, **noted)
        except StoreError:
            # How the call itself ended matters more. The next claim settles what this one left.
            self._ledger.let_go(row)
            return
        booked, estimated = call.held if cost is None else cost, noted.get("estimated", False)
        self._tell(events.Settled(call.about, state, booked, estimated, cause))

    def _stored(self, job: Errand[Any], call: Call, answer: Answer, media_type: str) -> Stored:
        cost, estimated = job.cost(answer)
        try:
            stored = self._store.put(
                job.digest,
                hashlib.sha256(answer.data).hexdigest(),
                answer.data,
                media_type,
                cost=cost,
                estimated=estimated,
                made={
                    "request": job.asked,
                    "request_id": answer.request_id,
                    "for": asdict(job.entry.context),
                },
            )
        except OSError as cause:
            message = f"the {job.entry.what} was paid for, but cannot be stored: {cause}"
            # In doubt, so that a full disk does not pay for it again and again.
            self._settle(call, "in_doubt", cost, cause, estimated=estimated, error=message)
            refuge = _refuge(answer.data, suffix_of(media_type))
            where = f"it was put at {refuge} instead; " if refuge else ""
            fix = f"{where}make room or see to the folder's permissions; --resend pays again"
            raise StoreError(message, fix=fix) from cause
        self._tell(events.Stored(call.about, stored.sha256, stored.media_type))
        return stored


def _row(call: Call) -> int:
    assert call.row is not None, "a call is noted only while it holds money"
    return call.row


def _refuge(data: bytes, suffix: str) -> Path | None:
    """Put a picture that cannot be stored where it can still be found by hand."""
    try:
        handle, name = tempfile.mkstemp(suffix, "promptkit-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError:
        return None
    return Path(name)
