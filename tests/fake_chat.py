"""A fake text model on a real socket: OpenAI's chat wire, with a writer that a test brings.

    with FakeChat(lambda prompt: prompt.replace("soft", "gentle")) as fake:
        ...  # point the rewriter at fake.base_url, with fake.expected_key

Misbehaviours of `fake_openai` spoil its answers as they spoil those for pictures.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from fake_openai import FakeOpenAI, Misbehaviour
from fake_openai_wire import Received, Rejected, Reply, check, missing, text, whole

__all__ = ["FakeChat", "Said"]

#: What a text costs here, in tokens: easy to reckon with.
TOKENS_IN, TOKENS_OUT = 1000, 200


def is_messages(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_message, value))


def is_message(value: Any) -> bool:
    roles = ("system", "user", "assistant")
    whole_one = isinstance(value, dict) and value.keys() == {"role", "content"}
    return whole_one and value["role"] in roles and is_content(value["content"])


def is_content(value: Any) -> bool:
    """Say whether it is words, or words with one picture."""
    if not isinstance(value, list):
        return text(200_000)(value)
    words, picture = value
    return words.keys() == {"type", "text"} and text(200_000)(words["text"]) and is_picture(picture)


def is_picture(part: Any) -> bool:
    head, _, data = part["image_url"]["url"].partition(",")
    known = part["type"] == "image_url" and head == "data:image/jpeg;base64"
    return known and b64decode(data, validate=True).startswith(b"\xff\xd8\xff")


def words_of(content: Any) -> str:
    return str(content[0]["text"] if isinstance(content, list) else content)


FIELDS = {
    "model": text(100),
    "messages": is_messages,
    "temperature": lambda value: isinstance(value, int | float) and 0 <= value <= 2,
    "max_tokens": whole(1, 200_000),
    "max_completion_tokens": whole(1, 200_000),
    "response_format": lambda value: value["type"] in ("json_schema", "json_object"),
}


@dataclass(frozen=True)
class Said(Misbehaviour):
    """Answers with this body in place of what the writer wrote."""

    body: Any = None

    def spoil_reply(self, reply: Reply) -> Reply:
        return replace(reply, body=json.dumps(self.body).encode())


@dataclass(eq=False, repr=False)
class FakeChat(FakeOpenAI):
    """`write` gets the prompt (the first user message) and the number of the call, from 1."""

    write: Callable[[str, int], str] = field(default=lambda prompt, number: prompt, kw_only=True)
    model: str = field(default="scribe-1", kw_only=True)
    counts: bool = field(default=True, kw_only=True)
    """Whether it says how many tokens there were."""
    texts_charged: int = field(default=0, init=False)

    def _answer(self, request: Received) -> Reply:
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            raise Rejected(f"Invalid URL ({request.path})", None, None, status=404)
        with self._lock:
            misbehaviour = self.script.pop(0) if self.script else Misbehaviour()
        self._check_key(request)
        self._check_fields(request.fields)
        with self._lock:
            self.texts_charged += misbehaviour.charge
            number = len(self.requests)
        prompt = next(said["content"] for said in self.said(-1) if said["role"] == "user")
        return misbehaviour.spoil_reply(self._reply(self.write(words_of(prompt), number)))

    def _check_fields(self, fields: dict[str, Any]) -> None:
        if fields.get("model") != self.model:
            message = f"The model '{fields.get('model')}' does not exist."
            raise Rejected(message, None, "model_not_found", status=404)
        check(fields | {"prompt": "p"}, FIELDS | {"prompt": text(9)})  # only chats have none
        if "messages" not in fields:
            raise missing("messages")

    def _reply(self, written: str) -> Reply:
        message = {"role": "assistant", "content": written, "refusal": None}
        body: dict[str, Any] = {
            "object": "chat.completion",
            "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
        if self.counts:
            body["usage"] = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT}
        return Reply(200, json.dumps(body).encode())

    def said(self, number: int) -> list[dict[str, Any]]:
        """Return the messages of one request."""
        messages: list[dict[str, Any]] = self.requests[number].fields["messages"]
        return messages
