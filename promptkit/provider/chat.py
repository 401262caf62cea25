"""OpenAI's chat wire, for texts. What its errors mean for the money is as for pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from promptkit.client.chat import TextRequest
from promptkit.client.http import Http, Reply
from promptkit.client.request import Answer, Usage
from promptkit.errors import ProviderError, RateLimitedError, RefusedError
from promptkit.provider.openai import OpenAI, count_of

#: The largest answer that is read, in bytes: a prompt is a few thousand.
MAX_TEXT = 4 * 1024 * 1024

_FIXES = {
    400: "if it is about temperature, set {0}.temperature: null; if about max_tokens, "
    "{0}.out_max_field: max_completion_tokens",
    404: "check {0}.base_url, which ends before /chat/completions, and {0}.model",
}
_FORM_FIX = "; if about response_format, {0}.answers: json_object, or words"


class Chat(OpenAI):
    """A text model behind any endpoint that speaks OpenAI's chat wire."""

    kind = "chat"

    def __init__(self, name: str, http: Http) -> None:
        """Take the name for messages, and the connection."""
        super().__init__(name, http, {})

    async def write(self, request: TextRequest) -> Answer:
        """Ask for one text.

        Raises:
            ProviderError: or one of its kinds, by what may be done about it.
        """
        reply = await self._http.post_json("chat/completions", request.body, most=MAX_TEXT)
        if not 200 <= reply.status < 300:
            error = self._error(reply)
            if error.fix and reply.status == 400 and "response_format" in request.fields:
                error.fix += _FORM_FIX.format(self._name)
            raise error
        request_id = reply.request_id
        body = self._json(reply)
        model = self._said(body.get("model"))
        empty = Answer(b"", "text/plain", _usage(body.get("usage")), request_id, model)
        try:
            text = self._text(body, request_id)
        except RefusedError as error:
            error.answer = empty
            raise
        return replace(empty, data=text.encode(errors="replace"))

    def _text(self, body: dict[str, Any], request_id: str | None) -> str:
        choices = body.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        message = choice.get("message") if isinstance(choice, dict) else None
        if not (isinstance(choice, dict) and isinstance(message, dict)):
            raise self._unusable("the answer holds no text", request_id)
        if refusal := message.get("refusal"):
            raise RefusedError(
                f"{self._name}: {self._said(refusal)}", provider=self._name, request_id=request_id
            )
        if choice.get("finish_reason") == "length":
            raise self._unusable(
                f"the text was cut off: raise {self._name}.out_max, the most tokens it may have",
                request_id,
            )
        content = message.get("content")
        if not isinstance(content, str):
            raise self._unusable("the answer holds no text", request_id)
        return self._http.said(content)

    def _error(self, reply: Reply) -> ProviderError:
        error = super()._error(reply)
        if isinstance(error, RateLimitedError):
            error.fix = "try again later: what was answered is kept"
        elif type(error) is ProviderError and reply.status in _FIXES:
            error.fix = _FIXES[reply.status].format(self._name)
        return error


def _usage(said: Any) -> Usage | None:
    """Read the count of tokens; what is not one is none, and never costs the text."""
    if not isinstance(said, dict):
        return None
    text_in, out = count_of(said.get("prompt_tokens")), count_of(said.get("completion_tokens"))
    return Usage(text_in, 0, out) if text_in and out else None
