"""OpenAI's images wire, and the dialects that services speak beside it, laid out by the card."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from promptkit.client.http import Http, Part, Reply
from promptkit.client.request import Answer, ImageRequest, Reference, Usage, sniff
from promptkit.errors import (
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    UnusableError,
)
from promptkit.model.catalog import Card, Wire

_REFUSED = frozenset({"moderation_blocked", "content_policy_violation"})
_USED_UP = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "billing_hard_limit_reached",
    }
)
_RETRIED = frozenset({408, 409})
#: More of a provider's own words than this many characters is a page, not a message.
_WORDS = 500
#: A count of tokens beyond this is a fault of the service, not a count.
_TOKENS = 10**9

_FIXES = {
    401: "check the key: it is missing, wrong or withdrawn",
    402: "add credit or raise the limit with the provider; pictures made so far are kept",
    403: "the key may not use this model; ask whoever owns the account",
    404: "look at `promptkit models` for what the provider offers",
}


class OpenAI:
    """A provider that speaks OpenAI's images wire."""

    def __init__(self, name: str, http: Http, cards: Mapping[str, Card]) -> None:
        """Take the provider's name in settings, its connection, and its cards by model."""
        self._name = name
        self._http = http
        self._cards = cards

    async def generate(self, request: ImageRequest) -> Answer:
        """Ask for one picture.

        Raises:
            ProviderError: or one of its kinds, by what may be done about it.
        """
        wire = self._cards[request.model].wire
        edits = bool(request.references) and bool(wire.edits)
        reply = await (self._edit(request, wire) if edits else self._create(request, wire))
        if not 200 <= reply.status < 300:
            raise self._error(reply)
        return await self._answer(reply)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def _create(self, request: ImageRequest, wire: Wire) -> Reply:
        body = _fields(request, wire)
        if request.references and wire.reference_field:
            body[wire.reference_field] = base64.b64encode(request.references[0].data).decode()
        return await self._http.post_json(wire.generations, body)

    async def _edit(self, request: ImageRequest, wire: Wire) -> Reply:
        fields = {name: str(value) for name, value in _fields(request, wire).items()}
        parts = [_part("image[]", number, ref) for number, ref in enumerate(request.references, 1)]
        if request.mask:
            parts.append(_part("mask", 0, request.mask))
        return await self._http.post_form(wire.edits, fields, parts)

    async def _answer(self, reply: Reply) -> Answer:
        request_id = reply.headers.get("x-request-id")
        body = self._json(reply)
        items = body.get("data")
        item = items[0] if isinstance(items, list) and items else None
        if not isinstance(item, dict):
            raise self._unusable("the answer holds no picture", request_id)
        if encoded := item.get("b64_json"):
            data = self._decode(encoded, request_id)
        elif url := item.get("url"):
            data = await self._fetched(str(url), request_id)
        else:
            raise self._unusable("the answer holds neither b64_json nor url", request_id)
        media_type = sniff(data) or "application/octet-stream"
        return Answer(data, media_type, _usage(body.get("usage")), request_id, body.get("model"))

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
        except ValueError:
            body = None
        if not isinstance(body, dict):
            kind = reply.headers.get("content-type", "no type")
            request_id = reply.headers.get("x-request-id")
            raise self._unusable(
                f"the answer is none that image services give ({kind})", request_id
            )
        return body

    def _decode(self, encoded: Any, request_id: str | None) -> bytes:
        try:
            if encoded.startswith("data:"):
                encoded = encoded.partition(",")[2]
            return base64.b64decode("".join(encoded.split()), validate=True)
        except (AttributeError, binascii.Error, ValueError):
            raise self._unusable("the picture's base64 is broken", request_id) from None

    def _unusable(self, message: str, request_id: str | None) -> UnusableError:
        return UnusableError(
            f"{self._name}: {message}; it may have been billed",
            provider=self._name,
            request_id=request_id,
        )

    def _error(self, reply: Reply) -> ProviderError:
        error = _error_body(reply)
        code = str(error.get("code") or "")
        said = _plain(error.get("message") or f"HTTP {reply.status}")
        common: dict[str, Any] = {
            "provider": self._name,
            "status": reply.status,
            "code": _plain(code) or None,
            "request_id": reply.headers.get("x-request-id"),
        }
        message = f"{self._name}: {said}"
        if code in _REFUSED:
            return _refusal(message, error, common)
        used_up = code in _USED_UP or str(error.get("type")) in _USED_UP or reply.status == 402
        if used_up or code.endswith("_spend_limit_exceeded"):
            return QuotaError(message, fix=_FIXES[402], **common)
        if reply.status == 429:
            return RateLimitedError(message, retry_after=_retry_after(reply), **common)
        again = reply.status >= 500 or reply.status in _RETRIED
        return ProviderError(
            message,
            fix=_FIXES.get(reply.status),
            safe_to_retry=again,
            retry_after=_retry_after(reply) if again else None,
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


def _part(name: str, number: int, reference: Reference) -> Part:
    ending = reference.media_type.removeprefix("image/")
    return Part(name, f"{reference.role}-{number}.{ending}", reference.media_type, reference.data)


def _usage(said: Any) -> Usage | None:
    """Read the count of tokens; what is not one is none, and never costs the picture."""
    if not isinstance(said, dict):
        return None
    details = said.get("input_tokens_details")
    details = details if isinstance(details, dict) else {}
    image_in = _count(details.get("image_tokens")) or 0
    text_in = _count(details.get("text_tokens"))
    if text_in is None:
        text_in = max(0, (_count(said.get("input_tokens")) or 0) - image_in)
    out = _count(said.get("output_tokens"))
    return Usage(text_in, image_in, out) if out else None  # a picture is never without


def _count(said: Any) -> int | None:
    if isinstance(said, int | float) and 0 <= said < _TOKENS:
        return int(said)
    return None


def _plain(said: Any) -> str:
    """Return a provider's words as one line that can be shown and stored anywhere."""
    text = " ".join(str(said).encode(errors="replace").decode().split())
    text = "".join(letter for letter in text if letter.isprintable())
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}…"


def _error_body(reply: Reply) -> dict[str, Any]:
    try:
        error = json.loads(reply.content)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {"message": error}


def _refusal(message: str, error: dict[str, Any], common: dict[str, Any]) -> RefusedError:
    details = error.get("moderation_details")
    details = details if isinstance(details, dict) else {}
    stage = details.get("moderation_stage")
    stage = _plain(stage) if stage else None
    named = details.get("categories")
    categories = tuple(map(_plain, named)) if isinstance(named, list) else ()
    about = f" ({', '.join(categories)})" if categories else ""
    at = f" at the {stage} stage" if stage else ""
    return RefusedError(
        f"{message} – refused by content policy{at}{about}",
        stage=stage,
        categories=categories,
        fix="read the subject and setting again with the policy's eyes, and say it another way",
        **common,
    )


def _retry_after(reply: Reply) -> float | None:
    """Return the seconds to wait that the headers name; dates and nonsense are ignored."""
    for header, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0.0, float(reply.headers[header]) / unit)
        except (KeyError, ValueError):
            continue
    return None
