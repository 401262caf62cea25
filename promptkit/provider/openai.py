"""OpenAI's images wire, and the dialects that services speak beside it, laid out by the card."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from promptkit.client.http import Hear, Http, Part, Reply, plain
from promptkit.client.request import (
    Answer,
    ImageRequest,
    Reference,
    Room,
    Usage,
    in_doubt,
    sniff,
    unusable,
)
from promptkit.errors import (
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    UnusableError,
)
from promptkit.model.card import Card, Wire
from promptkit.provider import Look
from promptkit.provider.encoded import decoded
from promptkit.provider.listening import Listener

_REFUSED = frozenset({"moderation_blocked", "content_policy_violation"})
_USED_UP = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "billing_hard_limit_reached",
    }
)
_RETRIED = frozenset({408, 409})
#: A gateway waited for an answer behind it, and gave up: what it had passed on may be billed.
_LEFT_BEHIND = frozenset({504, 524})
#: For how many seconds the lower rate is to be kept after a 503 that says “slow down”.
_SLOW_DOWN = 15 * 60.0
#: How long until a count starts anew, as the headers write it: 6m0s, 1.5s, 20ms.
_PERIOD = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+\.?\d*)s)?(?:(\d+\.?\d*)ms)?")
_UNITS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)
#: A count of tokens beyond this is a fault of the service, not a count.
_TOKENS = 10**9

_FIXES = {
    400: "change what the message names; the same request would be refused again",
    401: "check the key: it is missing, wrong or withdrawn",
    402: "add credit or raise the limit with the provider; pictures made so far are kept",
    403: "the key may not use this model; ask whoever owns the account",
    404: "look at `promptkit models` for what the provider offers",
}
_LATER = "try again later: what is done is kept, and only what is missing is asked for"
_SLOWER = f"{_LATER}; a lower providers.{{}}.limits.per_minute avoids it"


class OpenAI:
    """A provider that speaks OpenAI's images wire."""

    kind = "image"
    """What services of this wire are called in messages."""

    def __init__(self, name: str, http: Http, cards: Mapping[str, Card]) -> None:
        """Take the provider's name in settings, its connection, and its cards by model."""
        self._name = name
        self._http = http
        self._cards = cards

    @property
    def account(self) -> str:
        """What tells one key from another, and lets nobody guess it."""
        return self._http.account

    async def generate(self, request: ImageRequest) -> Answer:
        """Ask for one picture.

        Raises:
            ProviderError: or one of its kinds, by what may be done about it.
        """
        return await self._answer(await self._asked(request))

    async def stream(self, request: ImageRequest, partials: int, look: Look) -> Answer:
        """Ask for one picture, and hand up to ``partials`` unfinished ones to ``look``.

        Raises:
            ProviderError: or one of its kinds, by what may be done about it.
        """
        listener = Listener(partials, look)
        wish = {"stream": True, "partial_images": partials}
        reply = await self._asked(request, wish, listener.hear)
        if not reply.is_stream:  # whoever passed the request on has waited for the whole answer
            return await self._answer(reply)
        request_id = reply.request_id
        if listener.end is None:
            why = "the stream ended before the picture came"
            raise in_doubt(self._name, why, request_id=request_id)
        if listener.failed:
            raise self._broken_off(request, reply, listener)
        if listener.too_large:
            raise self._unusable("the picture is larger than may be read", request_id)
        return await self._picture(listener.end, listener.end, reply)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def _asked(
        self, request: ImageRequest, more: Mapping[str, Any] | None = None, hear: Hear | None = None
    ) -> Reply:
        """Send a request with what else is wished, and return the answer if it is a success."""
        wire = self._cards[request.model].wire
        fields = {**_fields(request, wire), **(more or {})}
        if request.references and wire.edits:
            reply = await self._edit(request, wire, fields, hear)
        else:
            reply = await self._create(request, wire, fields, hear)
        if not 200 <= reply.status < 300:
            raise self._error(reply)
        return reply

    async def _create(
        self, request: ImageRequest, wire: Wire, body: dict[str, Any], hear: Hear | None
    ) -> Reply:
        if request.references and wire.reference_field:
            body[wire.reference_field] = base64.b64encode(request.references[0].data).decode()
        return await self._http.post_json(wire.generations, body, hear=hear)

    async def _edit(
        self, request: ImageRequest, wire: Wire, body: dict[str, Any], hear: Hear | None
    ) -> Reply:
        fields = {name: _text(value) for name, value in body.items()}
        parts = [_part("image[]", number, ref) for number, ref in enumerate(request.references, 1)]
        if request.mask:
            parts.append(_part("mask", 0, request.mask))
        return await self._http.post_form(wire.edits, fields, parts, hear=hear)

    async def _answer(self, reply: Reply) -> Answer:
        body = self._json(reply)
        items = body.get("data")
        item = items[0] if isinstance(items, list) and items else None
        if not isinstance(item, dict):
            request_id = reply.request_id
            raise self._unusable("the answer holds no picture", request_id)
        return await self._picture(item, body, reply)

    async def _picture(self, item: dict[str, Any], body: dict[str, Any], reply: Reply) -> Answer:
        """Return the picture that an item of an answer holds, with what the answer says of it."""
        request_id = reply.request_id
        if encoded := item.get("b64_json"):
            data = self._decode(encoded, request_id)
        elif url := item.get("url"):
            data = await self._fetched(str(url), request_id)
        else:
            raise self._unusable("the answer holds neither b64_json nor url", request_id)
        media_type = sniff(data) or "application/octet-stream"
        return Answer(
            data,
            media_type,
            _usage(body.get("usage")),
            request_id,
            self._said(body.get("model")),
            _room(reply, "requests"),
        )

    async def _fetched(self, url: str, request_id: str | None) -> bytes:
        if url.startswith("data:"):
            return self._decode(url, request_id)
        try:
            return await self._http.download(url)
        except UnusableError as error:
            error.request_id = request_id  # whoever asks for the money back needs it
            raise

    def _json(self, reply: Reply) -> dict[str, Any]:
        try:
            body = json.loads(reply.content)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            kind = reply.headers.get("content-type", "no type")
            request_id = reply.request_id
            raise self._unusable(
                f"the answer is none that {self.kind} services give ({kind})", request_id
            )
        return body

    def _decode(self, encoded: Any, request_id: str | None) -> bytes:
        try:
            return decoded(encoded)
        except ValueError:
            raise self._unusable("the picture's base64 is broken", request_id) from None

    def _said(self, words: Any) -> str | None:
        """Return words of an answer as one line without the key, or ``None`` for none."""
        return plain(self._http.said(str(words))) if words else None

    def _unusable(self, message: str, request_id: str | None) -> UnusableError:
        return unusable(self._name, message, request_id)

    def _broken_off(self, request: ImageRequest, reply: Reply, listener: Listener) -> ProviderError:
        """Return the error that ended a stream: what was begun may be billed."""
        content = json.dumps(listener.end).encode()
        error = self._error(replace(reply, status=listener.status, content=content))
        if not listener.begun or isinstance(error, QuotaError):
            return error
        if not isinstance(error, RefusedError):
            said = error.message.removeprefix(f"{self._name}: ")
            return self._unusable(f"the picture was begun, and then: {said}", error.request_id)
        shown = listener.begun * self._cards[request.model].partial_tokens
        error.answer = Answer(b"", "", Usage(out=shown), error.request_id)
        return error

    def _error(self, reply: Reply) -> ProviderError:
        error = _error_body(reply)
        code = str(error.get("code") or "")
        said = self._said(error.get("message")) or f"HTTP {reply.status}"
        common: dict[str, Any] = {
            "provider": self._name,
            "status": reply.status,
            "code": self._said(code),
            "request_id": reply.request_id,
        }
        message = f"{self._name}: {said}"
        if code in _REFUSED:
            return self._refusal(message, error, common)
        used_up = code in _USED_UP or str(error.get("type")) in _USED_UP or reply.status == 402
        if used_up or code.endswith("_spend_limit_exceeded"):
            return QuotaError(message, fix=_FIXES[402], **common)
        told, again = _told(reply), _again(reply)
        slow_down = reply.status == 503 and code == "slow_down"
        if reply.status == 429 or slow_down:
            return RateLimitedError(
                message,
                hold=_SLOW_DOWN if slow_down else 0.0,
                fix=_SLOWER.format(self._name),
                safe_to_retry=again,
                retry_after=told,
                **common,
            )
        if reply.status in _LEFT_BEHIND and not again:
            return in_doubt(why=f"a gateway gave up: {said}", **common)
        return ProviderError(
            message,
            fix=_FIXES.get(reply.status, _LATER if again else None),
            safe_to_retry=again,
            retry_after=told if again else None,
            **common,
        )

    def _refusal(self, message: str, error: dict[str, Any], common: dict[str, Any]) -> RefusedError:
        details = error.get("moderation_details")
        details = details if isinstance(details, dict) else {}
        stage = self._said(details.get("moderation_stage"))
        named = details.get("categories")
        named = named if isinstance(named, list) else []
        categories = tuple(plain(self._http.said(str(each))) for each in named)
        about = f" ({', '.join(categories)})" if categories else ""
        at = f" at the {stage} stage" if stage else ""
        return RefusedError(
            f"{message} – refused by content policy{at}{about}",
            stage=stage,
            categories=categories,
            fix="read the subject and setting again with the policy's eyes, and say it another way",
            **common,
        )


def _fields(request: ImageRequest, wire: Wire) -> dict[str, Any]:
    """Return what the wire knows of a request: what it does not know is never sent."""
    known = {
        "model": request.model,
        "prompt": request.prompt,
        "n": 1,
        "size": f"{request.size[0]}x{request.size[1]}",
        "quality": request.quality,
        "output_format": request.output_format,
        "background": request.background,
        "seed": request.take,
        **request.native,
    }
    sent = {name: known[name] for name in wire.send if known.get(name) is not None}
    return sent | wire.fixed


def _text(value: Any) -> str:
    """Write a value as forms carry it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _part(name: str, number: int, reference: Reference) -> Part:
    ending = reference.media_type.removeprefix("image/")
    return Part(name, f"{reference.role}-{number}.{ending}", reference.media_type, reference.data)


def _usage(said: Any) -> Usage | None:
    """Read the count of tokens; what is not one is none, and never costs the picture."""
    if not isinstance(said, dict):
        return None
    details = said.get("input_tokens_details")
    details = details if isinstance(details, dict) else {}
    image_in = count_of(details.get("image_tokens")) or 0
    text_in = count_of(details.get("text_tokens"))
    if text_in is None:
        text_in = max(0, (count_of(said.get("input_tokens")) or 0) - image_in)
    out = count_of(said.get("output_tokens"))
    return Usage(text_in, image_in, out) if out else None  # a picture is never without


def count_of(said: Any) -> int | None:
    """Return a count of tokens, ``None`` for what is none."""
    if isinstance(said, int | float) and 0 <= said < _TOKENS:
        return int(said)
    return None


def _error_body(reply: Reply) -> dict[str, Any]:
    try:
        error = json.loads(reply.content)["error"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {"message": error}


def _again(reply: Reply) -> bool:
    """Say whether the same request may be sent again: the provider's own word on it comes first."""
    said = reply.headers.get("x-should-retry", "").lower()
    if said in ("true", "false"):
        return said == "true"
    if reply.status in _LEFT_BEHIND:
        return False
    return reply.status >= 500 or reply.status in _RETRIED or reply.status == 429


def _told(reply: Reply) -> float | None:
    """Return the seconds to wait that the headers name; dates and nonsense are ignored."""
    for header, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        seconds = _number(reply.headers.get(header, ""))
        if seconds is not None:
            return seconds / unit
    rooms = (_room(reply, what) for what in ("requests", "tokens"))
    return max((room.reset for room in rooms if room and not room.left), default=None)


def _room(reply: Reply, what: str) -> Room | None:
    """Return how many ``requests`` or ``tokens`` the headers say are left, and for how long."""
    left = _number(reply.headers.get(f"x-ratelimit-remaining-{what}", ""))
    reset = _seconds(reply.headers.get(f"x-ratelimit-reset-{what}", ""))
    return None if left is None or reset is None else Room(int(left), reset)


def _seconds(text: str) -> float | None:
    """Read a period such as ``6m0s``; a bare number is seconds."""
    found = _PERIOD.fullmatch(text) if text else None
    if found is None:
        return _number(text)
    parts = zip(found.groups(), _UNITS, strict=True)
    return sum(float(part) * unit for part, unit in parts if part)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < _TOKENS else None
