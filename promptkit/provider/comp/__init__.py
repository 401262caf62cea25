"""comp, the keyless provider: draws what a designer draws before the shoot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from promptkit.client.request import Answer, ImageRequest, Usage
from promptkit.errors import (
    InDoubtError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    UnreachableError,
)

_NAME = "comp"
_WORDS = ("ok", "refuse", "timeout", "unreachable", "quota")


class Comp:
    """Draws every request as a deterministic layout sketch: equal requests, equal bytes.

    It is also the double for tests. ``delay_s`` (seconds) passes before every answer. Each call
    uses up one of ``answers``: ``ok``, ``refuse``, ``timeout``, ``unreachable``, ``quota`` or an
    HTTP error status; after the last, all goes well. A prompt that contains ``refuse``, in
    whatever case, is always refused. ``calls`` records what was asked.

    Raises:
        ValueError: an answer is none of these.
    """

    def __init__(
        self,
        *,
        delay_s: float = 0.0,
        answers: Sequence[str | int] = (),
        refuse: str | None = None,
    ) -> None:
        for answer in answers:
            if answer not in _WORDS and not (isinstance(answer, int) and 400 <= answer <= 599):
                raise ValueError(f"{answer!r} is none of {', '.join(_WORDS)}, nor a status 400–599")
        self.calls: list[ImageRequest] = []
        self._delay_s = delay_s
        self._answers = iter(tuple(answers))
        self._refuse = refuse.casefold() if refuse else None

    async def generate(self, request: ImageRequest) -> Answer:
        """Draw one picture, in a thread of its own.

        Raises:
            ProviderError: as ``answers`` and ``refuse`` ask; or a reference is not a picture.
        """
        self.calls.append(request)
        answer = next(self._answers, "ok")
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        if self._refuse and self._refuse in request.prompt.casefold():
            answer = "refuse"
        if answer != "ok":
            raise _failure(answer, _request_id(request))
        # Imported with the first picture: that the provider is there must not cost Pillow's time.
        from promptkit.provider.comp.picture import draw

        data, media_type = await asyncio.to_thread(draw, request)
        return Answer(
            data=data,
            media_type=media_type,
            usage=Usage(text_in=len(request.prompt.split()) * 4 // 3),
            request_id=_request_id(request),
            model=request.model,
        )

    async def aclose(self) -> None:
        """Do nothing: there are no connections."""


def _request_id(request: ImageRequest) -> str:
    return f"comp-{request.digest[:12]}"


def _failure(answer: str | int, request_id: str) -> ProviderError:
    match answer:
        case "refuse":
            return RefusedError(
                "comp refuses this prompt, as it was told to",
                fix="change the words",
                stage="input",
                categories=("test",),
                provider=_NAME,
                request_id=request_id,
            )
        case "timeout":
            return InDoubtError("comp did not answer in time", provider=_NAME)
        case "unreachable":
            return UnreachableError("comp cannot be reached", provider=_NAME)
        case "quota":
            return QuotaError("comp’s quota is used up", provider=_NAME, request_id=request_id)
        case 429:
            return RateLimitedError(
                "comp is asked too often",
                provider=_NAME,
                status=429,
                retry_after=0,
                request_id=request_id,
            )
    status = int(answer)
    return ProviderError(
        f"comp answered with status {status}",
        provider=_NAME,
        status=status,
        request_id=request_id,
        safe_to_retry=status >= 500,
    )
