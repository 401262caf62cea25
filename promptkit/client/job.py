"""A request with what is known of its model and its purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from promptkit.client.cache import Stored
from promptkit.client.entry import Context, Entry
from promptkit.client.errand import Sender
from promptkit.client.partials import Watch
from promptkit.client.request import Answer, ImageRequest, Picture
from promptkit.client.verify import verify
from promptkit.model.card import Card
from promptkit.provider import Provider, Streaming, account_of


@dataclass(frozen=True, slots=True)
class Job:
    """The errand of a picture: its request, with what is known of its model and its purpose."""

    request: ImageRequest
    card: Card
    context: Context = field(default_factory=Context)
    resend: bool = False
    watch: Watch | None = field(default=None, compare=False)
    """Who looks on while it is drawn; the picture and its digest do not depend on that."""

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
            partials=self.partials,
        )

    @property
    def estimate(self) -> tuple[Decimal, bool]:
        """About what it costs, in USD, and whether that is more of a guess than a price."""
        request, price = self.request, self.card.price
        about = self.card.estimate(
            request.quality,
            request.size,
            prompt=request.prompt,
            references=len(request.references),
            partials=self.partials,
        )
        # A price per token without a count of tokens is a guess, however sure the price is.
        return about, not price.free and (price.estimate or not price.per_image)

    def sender(self, provide: Callable[[str], Provider]) -> Sender:
        """Return what asks its provider.

        Raises:
            SettingsError: the provider lacks its key.
        """
        provider = provide(self.provider)
        return Sender(lambda: self._ask(provider), account_of(provider))

    async def _ask(self, provider: Provider) -> Answer:
        watch, request = self.watch, self.request
        if watch is None or not isinstance(provider, Streaming):
            return await provider.generate(request)
        return await provider.stream(request, watch.count, partial(watch.look, request.take))

    @property
    def partials(self) -> int:
        """How many unfinished pictures are asked for."""
        return self.watch.count if self.watch else 0

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
        own_count = not answer.media_type  # there is no picture, only what was shown of it
        if price.free:
            return Decimal(0), False
        if usage is not None and (own_count or not price.per_image):
            return self.card.cost(usage.text_in, usage.image_in, usage.out), own_count
        return self.estimate
