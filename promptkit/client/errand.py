"""What a client is sent for and pays once: a picture (``Job``), or a text (``TextJob``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from promptkit.client.cache import Stored
from promptkit.client.entry import Entry
from promptkit.client.request import Answer
from promptkit.provider import Provider

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends an errand's request, and the account that it is sent on."""

    send: Callable[[], Awaitable[Answer]]
    account: str = ""
    """What tells one key from another without showing it."""


class Errand(Protocol[T_co]):
    """Something to be got from a provider, paid once and kept."""

    @property
    def resend(self) -> bool:
        """Whether to ask again for what is in doubt."""
        ...

    @property
    def digest(self) -> str:
        """Its identity: two equal digests are one and the same thing."""
        ...

    @property
    def provider(self) -> str:
        """Who is asked, by the name of limits and messages."""
        ...

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked, as plain JSON data."""
        ...

    @property
    def entry(self) -> Entry:
        """It as the ledger notes it."""
        ...

    @property
    def bound(self) -> Decimal:
        """The most it should cost, in USD."""
        ...

    def sender(self, provide: Callable[[str], Provider]) -> Sender:
        """Return what sends it, or raise what is lacking for that; nothing is sent yet."""
        ...

    def cost(self, answer: Answer) -> tuple[Decimal, bool]:
        """Return what an answer cost in USD, and whether that is an estimate."""
        ...

    def verify(self, data: bytes) -> str:
        """Return the media type of what came.

        Raises:
            UnusableError: it is not what was asked for.
        """
        ...

    def got(self, stored: Stored, *, cost: Decimal, cached: bool) -> T_co:
        """Return what it was for, from the store; ``cost`` is what this call paid, in USD."""
        ...
