"""What the ledger notes of a call, and money in whole billionths of a dollar."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

_NANO = Decimal(1_000_000_000)


@dataclass(frozen=True, slots=True)
class Context:
    """What a call is for: it goes into the ledger, not into the digest."""

    run: str = ""
    tier: str = ""
    brand: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to ask for a digest: its row, or ``None`` when another call is under way."""

    row: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a call when it is claimed or served from the cache."""

    digest: str
    provider: str
    model: str
    quality: str
    size: str
    take: int
    context: Context = field(default_factory=Context)
    what: str = "picture"
    """What it brings, as messages name it."""


def nano(amount: Decimal) -> int:
    """Return USD as whole billionths, rounded up."""
    return int((amount * _NANO).to_integral_value(ROUND_CEILING))


def usd(amount: int | None) -> Decimal:
    """Return billionths as USD."""
    return Decimal(amount or 0) / _NANO
