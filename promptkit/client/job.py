"""A request with what is known of its model and its purpose; and what a provider allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from promptkit.client.entry import Context, Entry
from promptkit.client.request import Answer, ImageRequest
from promptkit.model.catalog import Card


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
        usage, price = answer.usage, self.card.price
        if price.free:
            return Decimal(0), False
        if usage is not None and not price.per_image:
            return self.card.cost(usage.text_in, usage.image_in, usage.out), False
        request = self.request
        estimate = self.card.estimate(
            request.quality,
            request.size,
            prompt=request.prompt,
            references=len(request.references),
        )
        # A price per token without a count of tokens is a guess, however sure the price is.
        return estimate, price.estimate or not price.per_image
