"""The store and the ledger kept together: what is taken from them, and how a call ends."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from promptkit.client.cache import PictureStore, Stored
from promptkit.client.job import Job
from promptkit.client.ledger import Budget, Ledger, State, nano
from promptkit.client.request import Answer, Picture, suffix_of
from promptkit.client.verify import verify
from promptkit.errors import (
    InDoubtError,
    PromptkitError,
    RefusedError,
    StoreError,
    UnusableError,
)


@dataclass
class Call:
    """A call that holds money, once it has a row; ``sent`` while the request may have left."""

    row: int | None = None
    sent: bool = False


class Books:
    """What a client knows and owes. All of it blocks, and belongs in a thread."""

    def __init__(self, store: PictureStore, ledger: Ledger, budget: Budget) -> None:
        """Take what is kept together."""
        self._store = store
        self._ledger = ledger
        self._budget = budget

    def served(self, job: Job) -> Picture | None:
        """Return a job's picture from the store, booked as a hit, or ``None``."""
        stored = self._store.get(job.request.digest)
        if stored is None:
            return None
        self._ledger.hit(job.entry, stored.sha256, stored.cost, estimated=stored.estimated)
        return _picture(job, stored, cost=Decimal(0), cached=True)

    def claim(self, job: Job, call: Call) -> Picture | None:
        """Hold money for a job, unless its picture has come meanwhile: then return that.

        Neither, when another call for it is under way.

        Raises:
            InDoubtError: an earlier call for it may have been billed.
            BudgetError: it could exceed a budget.
        """
        call.row = self._ledger.claim(job.entry, job.bound, self._budget, resend=job.resend).row
        if call.row is None:
            return self.served(job)
        stored = self._store.get(job.request.digest)
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
        return _picture(job, stored, cost=Decimal(0), cached=True)

    def sending(self, call: Call) -> None:
        """Note, durably, that the request is about to leave."""
        self._ledger.mark(_row(call), "sent")

    def held_again(self, call: Call, error: PromptkitError) -> None:
        """Note that a request was turned away unpaid, and will perhaps be sent again."""
        self._ledger.mark(_row(call), "held", error=error.message)

    def keep(self, job: Job, call: Call, answer: Answer) -> Picture:
        """Look at what came, store it before anything else can go wrong, then settle.

        Raises:
            UnusableError: it is no picture.
            StoreError: it cannot be stored.
        """
        try:
            media_type = verify(answer.data)
            stored = self._stored(job, call, answer, media_type)
        except BaseException as error:
            if isinstance(error, UnusableError):
                error.provider, error.request_id = job.request.provider, answer.request_id
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
        return _picture(job, stored, cost=stored.cost, cached=False)

    def close(self, job: Job, call: Call, error: BaseException) -> None:
        """Note how a call ended that brought no picture, and what it may have cost."""
        if call.row is None:
            return
        message = error.message if isinstance(error, PromptkitError) else type(error).__name__
        noted = {"error": message, "request_id": getattr(error, "request_id", None)}
        broken_off = isinstance(error, InDoubtError) or not isinstance(error, PromptkitError)
        if isinstance(error, UnusableError):
            # It may be billed: what was held is booked, marked as an estimate.
            self._settle(call, "unusable", job.bound, estimated=True, **noted)
        elif call.sent and broken_off:
            self._settle(call, "in_doubt", None, **noted)
        else:
            state: State = "refused" if isinstance(error, RefusedError) else "failed"
            self._settle(call, state, Decimal(0), **noted)

    def _settle(self, call: Call, state: State, cost: Decimal | None, **noted: Any) -> None:
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

    def _stored(self, job: Job, call: Call, answer: Answer, media_type: str) -> Stored:
        request = job.request
        cost, estimated = job.cost(answer)
        try:
            return self._store.put(
                request.digest,
                hashlib.sha256(answer.data).hexdigest(),
                answer.data,
                media_type,
                cost=cost,
                estimated=estimated,
                made={"request": request.canonical(), "request_id": answer.request_id},
            )
        except OSError as cause:
            message = f"the picture was paid for, but cannot be stored: {cause}"
            # In doubt, so that a full disk does not pay for it again and again.
            self._settle(call, "in_doubt", cost, estimated=estimated, error=message)
            refuge = _refuge(answer.data, suffix_of(media_type))
            where = f"it was put at {refuge} instead; " if refuge else ""
            fix = f"{where}make room or see to the folder's permissions; --resend pays again"
            raise StoreError(message, fix=fix) from cause


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
