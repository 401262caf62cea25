"""What happens to a call, told as it happens: to logs, to OpenTelemetry, to a platform's own code.

A call is one picture (or one text) that somebody asked for. Each event names its call, and holds
no prompt unless the settings say so, and no key ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from promptkit.errors import PromptkitError, ProviderError

#: Why a call waits: for the pace that settings and provider allow, for one of the places that
#: ``concurrency`` allows, for an identical call that somebody else has under way, or for money of
#: the ``budget`` that others under way only hold.
Why = Literal["pace", "concurrency", "identical call", "budget"]


class About(NamedTuple):
    """Which call an event is about; ``call`` counts up within the process.

    ``what`` is what it brings: a picture, or the kind of text.
    """

    call: int
    digest: str
    provider: str
    model: str
    what: str
    quality: str
    size: str
    take: int
    run: str
    tier: str
    brand: str
    template: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a call."""

    about: About

    @property
    def name(self) -> str:
        """What happened, in one word: ``asked``, ``hit``, ``held`` and so on."""
        return type(self).__name__.lower()

    def told(self) -> dict[str, Any]:
        """Return all of it as plain data, as a log takes it; what is empty is left out."""
        data: dict[str, Any] = {"event": self.name, **self.about._asdict()}
        for item in fields(self)[1:]:
            data |= _plain(item.name, getattr(self, item.name))
        return {name: value for name, value in data.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Asked(Event):
    """Somebody asked for it. ``prompt`` is there only with ``observe: {prompts: true}``."""

    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Hit(Event):
    """It came from the store; ``saved`` is what it had cost in USD."""

    saved: Decimal


@dataclass(frozen=True, slots=True)
class Held(Event):
    """The most that it may cost, in USD, is held against the budget."""

    bound: Decimal


@dataclass(frozen=True, slots=True)
class Waiting(Event):
    """It waits; for how many seconds, where that is known."""

    why: Why
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Sent(Event):
    """The request leaves now. ``attempt`` counts from 1."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """A whole answer came after ``seconds``; tokens as the provider counted them."""

    seconds: float
    bytes: int
    request_id: str | None = None
    answered_by: str | None = None
    """The model that the answer names."""
    tokens_in: int | None = None
    tokens_out: int | None = None


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """An attempt brought nothing, after ``seconds``."""

    seconds: float
    error: PromptkitError


@dataclass(frozen=True, slots=True)
class Retrying(Event):
    """It is sent again after ``seconds``, because of an error after which that is safe."""

    attempt: int
    seconds: float
    error: PromptkitError


@dataclass(frozen=True, slots=True)
class Slowed(Event):
    """All calls by the same key slow down, at its provider's word.

    Nothing leaves for ``seconds``; or only ``left`` more calls are taken within them.
    """

    seconds: float
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Stored(Event):
    """It is on disk."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Settled(Event):
    """The ledger has it as ``done``, ``refused``, ``failed``, ``unusable`` or ``in_doubt``.

    ``cost`` is what is booked, in USD; what is in doubt keeps what it holds instead.
    """

    state: str
    cost: Decimal
    estimated: bool = False
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """Whoever asked has it after ``seconds``, or has the error."""

    seconds: float
    error: BaseException | None = None


#: Takes events, in whichever thread they happen; it should be quick. What it raises harms nobody.
Observer = Callable[[Event], object]


def _plain(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Decimal):
        return {f"{name}_usd": float(value)}
    if isinstance(value, BaseException):
        return _error(value)
    return {name: round(value, 4) if isinstance(value, float) else value}


def _error(error: BaseException) -> dict[str, Any]:
    """Tell an error by what names it: its words may quote the prompt."""
    told: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, ProviderError):
        told |= {"status": error.status, "code": error.code, "request_id": error.request_id}
    return told
