"""How sheets say things to people: money, moments, names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from promptkit.workflow.run import Record, Shot

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_CENT = Decimal("0.01")
_SMALLEST = Decimal("0.0001")


def money(usd: Decimal) -> str:
    """Return an amount in USD for people: ``free``, ``$0.0084``, ``$0.20``, ``$1,234.50``."""
    if not usd:
        return "free"
    if usd < _SMALLEST:
        return f"under ${_SMALLEST}"
    rounded = usd.quantize(_CENT if usd >= 1 else _SMALLEST, ROUND_HALF_UP)
    whole, _, part = f"{rounded:,f}".partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"


def amount(usd: Decimal, *, estimated: bool) -> str:
    """Return an amount in USD, “about” so much where it is an estimate."""
    return f"about {money(usd)}" if estimated and usd else money(usd)


def price(shot: Shot) -> str:
    """Say what a picture cost, or what the cache saved."""
    if shot.saved_usd:
        return f"cached, saved {amount(shot.saved_usd, estimated=shot.estimated)}"
    if not shot.cost_usd:
        return "free"
    paid = amount(shot.cost_usd, estimated=shot.estimated)
    return paid if shot.estimated else f"paid {paid}"


def when(created: str) -> str:
    """Return a moment for people, in UTC; what is no moment stays as it is."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M} UTC"


def picked(record: Record) -> int | None:
    """Return the take picked last: whoever picks again has changed their mind."""
    return record.picks[-1].take if record.picks else None


def label(name: str) -> str:
    """Return the name of a key as a label for people: “Negative space”."""
    return capital(re.sub(r"[_-]+", " ", name).strip())


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]
