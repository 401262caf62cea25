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

_FIXES = {
    401: "check the key: it is missing, wrong or withdrawn",
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
        if reply.status != 200:
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
            data = await self._http.download(str(url))
        else:
            raise self._unusable("the answer holds neither b64_json nor url", request_id)
        media_type = sniff(data) or "application/octet-stream"
        return Answer(data, media_type, _usage(body.get("usage")), request_id, body.get("model"))

    def _json(self, reply: Reply) -> dict[str, Any]:
        try:
            body = json.loads(reply.content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            kind = reply.headers.get("content-type", "no type")
            raise self._unusable(f"the answer is not JSON ({kind})", None)
        return body

    def _decode(self, encoded: Any, request_id: str | None) -> bytes:
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, TypeError, ValueError):
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
        said = str(error.get("message") or f"HTTP {reply.status}")
        common: dict[str, Any] = {
            "provider": self._name,
            "status": reply.status,
            "code": code or None,
            "request_id": reply.headers.get("x-request-id"),
        }
        message = f"{self._name}: {said}"
        if code in _REFUSED:
            return _refusal(message, error, common)
        if code in _USED_UP or code.endswith("_spend_limit_exceeded"):
            fix = "add credit or raise the limit with the provider; pictures made so far are kept"
            return QuotaError(message, fix=fix, **common)
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
        **request.native,
    }
    sent = {name: known[name] for name in wire.send if known.get(name) is not None}
    return sent | wire.fixed


def _part(name: str, number: int, reference: Reference) -> Part:
    ending = reference.media_type.removeprefix("image/")
    return Part(name, f"{reference.role}-{number}.{ending}", reference.media_type, reference.data)


def _usage(said: Any) -> Usage | None:
    if not isinstance(said, dict):
        return None
    details = said.get("input_tokens_details")
    details = details if isinstance(details, dict) else {}
    image_in = int(details.get("image_tokens") or 0)
    text_in = details.get("text_tokens")
    if text_in is None:
        text_in = max(0, int(said.get("input_tokens") or 0) - image_in)
    return Usage(int(text_in), image_in, int(said.get("output_tokens") or 0))


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
    categories = tuple(str(item) for item in details.get("categories") or ())
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
