"""A text that a chat model is asked for: its request, and the errand that gets it, paid once."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from promptkit.client.cache import Stored
from promptkit.client.entry import Context, Entry
from promptkit.client.errand import Sender
from promptkit.client.request import DIGEST_VERSION, Answer, digest_of
from promptkit.errors import StoreError, UnusableError
from promptkit.model import vision
from promptkit.model.card import MILLION
from promptkit.provider import Provider

#: Tokens that a service may add to each message for its own marks, generously.
_MARKS = 32


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that goes with a message: its bytes, and its size in px.

    ``of`` is the SHA-256 of the picture that it was made of, by which the request knows it: made
    smaller by another version of a library, it is still the same picture.
    """

    data: bytes = field(repr=False)
    media_type: str
    size: tuple[int, int]
    of: str

    @property
    def url(self) -> str:
        """The picture as an address that holds it."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat: who says it (system, user or assistant), and what; with a picture."""

    role: str
    content: str
    picture: Shown | None = None

    @property
    def body(self) -> dict[str, Any]:
        """What is sent of it."""
        if self.picture is None:
            return {"role": self.role, "content": self.content}
        return self._with({"type": "image_url", "image_url": {"url": self.picture.url}})

    def canonical(self) -> dict[str, Any]:
        """Return what of it can change the answer."""
        if self.picture is None:
            return self.body
        return self._with({"type": "image", "of": self.picture.of, "size": [*self.picture.size]})

    def tokens(self, model: str) -> int:
        """Return the most tokens that a model may count it as: none is shorter than a byte."""
        words = len(self.content.encode(errors="replace"))
        return words + _MARKS + (vision.most(model, self.picture.size) if self.picture else 0)

    def _with(self, picture: dict[str, Any]) -> dict[str, Any]:
        return {"role": self.role, "content": [{"type": "text", "text": self.content}, picture]}


@dataclass(frozen=True)
class TextRequest:
    """Messages to a chat model, exactly as it is asked; ``fields`` are its other parameters."""

    endpoint: str
    model: str
    messages: tuple[Message, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """What is sent."""
        return self._with([item.body for item in self.messages])

    def canonical(self) -> dict[str, Any]:
        """Return everything that can change the answer, as plain JSON data."""
        asked = self._with([item.canonical() for item in self.messages])
        return {"v": DIGEST_VERSION, "kind": "text", "endpoint": self.endpoint, **asked}

    def _with(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        return {"model": self.model, "messages": messages, **self.fields}

    @cached_property
    def digest(self) -> str:
        """The request's identity: two equal digests are one text."""
        return digest_of(self.canonical())


@dataclass(frozen=True, slots=True)
class TextPrice:
    """What a chat model costs, in USD per million tokens."""

    text_in: Decimal = Decimal(0)
    out: Decimal = Decimal(0)

    def cost(self, text_in: int, out: int) -> Decimal:
        """Return what so many tokens cost, in USD."""
        return (text_in * self.text_in + out * self.out) / MILLION


class Writer(Protocol):
    """Whoever writes texts for messages."""

    @property
    def account(self) -> str:
        """What tells one key from another without showing it."""
        ...

    async def write(self, request: TextRequest) -> Answer:
        """Ask for one text.

        Raises:
            ProviderError: or one of its kinds, by what may be done about it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the store. ``cost`` is what this call paid, in USD: 0 when it was cached."""

    text: str
    cost: Decimal
    cached: bool


@dataclass(frozen=True, slots=True)
class TextJob:
    """The errand of a text: its request, what it costs, who writes it, and what it is for.

    ``out_max`` is how many tokens the writer may give back. ``writer`` makes the writer when it
    is needed, or says what is lacking.
    """

    provider: str
    request: TextRequest
    price: TextPrice
    out_max: int
    writer: Callable[[], Writer]
    what: str = "text"
    context: Context = field(default_factory=Context)
    resend: bool = False

    @property
    def digest(self) -> str:
        """The digest of its request."""
        return self.request.digest

    @property
    def asked(self) -> dict[str, Any]:
        """What its sidecar tells of the request."""
        return self.request.canonical()

    @property
    def entry(self) -> Entry:
        """The errand as the ledger notes it: a text has neither quality nor size."""
        return Entry(
            self.digest, self.provider, self.request.model, "", "", 1, self.context, self.what
        )

    @property
    def bound(self) -> Decimal:
        """The most it should cost, in USD."""
        most = sum(item.tokens(self.request.model) for item in self.request.messages)
        return self.price.cost(most, self.out_max)

    @property
    def estimate(self) -> tuple[Decimal, bool]:
        """About what it costs, in USD, if the answer is as long as what was said last: a guess."""
        said, model = self.request.messages, self.request.model
        read, written = (sum(len(item.content) for item in part) // 4 for part in (said, said[-1:]))
        read += sum(vision.about(model, item.picture.size) for item in said if item.picture)
        return self.price.cost(read, min(written, self.out_max)), bool(self.bound)

    def sender(self, _: Callable[[str], Provider]) -> Sender:
        """Return what asks its writer. Raises what the making of the writer raises."""
        writer = self.writer()
        return Sender(lambda: writer.write(self.request), writer.account)

    def cost(self, answer: Answer) -> tuple[Decimal, bool]:
        """Return what an answer cost in USD, and whether that is an estimate."""
        usage = answer.usage
        if usage is None:  # nobody counted: the most it may have cost is booked
            return self.bound, bool(self.bound)
        return self.price.cost(usage.text_in, usage.out), False

    def verify(self, data: bytes) -> str:
        """Return the media type of a text.

        Raises:
            UnusableError: it is empty.
        """
        if not data.strip():
            raise UnusableError("the answer is empty")
        return "text/plain"

    def got(self, stored: Stored, *, cost: Decimal, cached: bool) -> Text:
        """Return the text.

        Raises:
            StoreError: its file cannot be read.
        """
        try:
            return Text(stored.path.read_bytes().decode(), cost, cached)
        except (OSError, UnicodeDecodeError) as cause:
            raise StoreError(
                f"a text that was paid for cannot be read: {stored.path}: {cause}",
                fix="bring the file back from a backup, or move it away: it is then paid for anew",
            ) from cause
