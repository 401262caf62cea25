"""A request with what is known of its model and its purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from promptkit.client.cache import Stored
from promptkit.client.entry import Context, Entry
from promptkit.client.errand import Sender
from promptkit.client.request import Answer, ImageRequest, Picture
from promptkit.client.verify import verify
from promptkit.model.catalog import Card
from promptkit.provider import Provider, account_of


@dataclass(frozen=True, slots=True)
class Job:
    """The errand of a picture: its request, with what is known of its model and its purpose."""

    request: ImageRequest
    card: Card
    context: Context = field(default_factory=Context)
    resend: bool = False

    @property
    def digest(self) -> str:
        """The digest of its request."""
        return self.request.digest

    @property
    def provider(self) -> str:
        """The name of its provider."""
        return self.request.provider

    @property
    def asked(self) -> dict[str, Any]:
        """What its sidecar tells of the request."""
        return self.request.canonical()

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

    def sender(self, provide: Callable[[str], Provider]) -> Sender:
        """Return what asks its provider.

        Raises:
            SettingsError: the provider lacks its key.
        """
        provider = provide(self.provider)
        return Sender(lambda: provider.generate(self.request), account_of(provider))

    def verify(self, data: bytes) -> str:
        """Return a picture's media type. Raises as ``verify`` does."""
        return verify(data)

    def got(self, stored: Stored, *, cost: Decimal, cached: bool) -> Picture:
        """Return its picture."""
        request = self.request
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
