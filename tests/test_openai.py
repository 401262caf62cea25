from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fake_openai import FakeOpenAI, Status
from promptkit.client import http as http_module
from promptkit.client.http import Http, Timeouts
from promptkit.client.request import Answer, ImageRequest, Reference, Usage
from promptkit.errors import (
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    UnusableError,
)
from promptkit.model.catalog import dialect_cards
from promptkit.provider.openai import OpenAI
from test_client_http import Page, a_site
from test_client_request import a_picture, a_request

KEY = FakeOpenAI.expected_key
IMAGES = "/v1/images/generations"


def ask(base_url: str, request: ImageRequest, dialect: str = "openai") -> Answer:
    async def go() -> Answer:
        http = Http("acme", base_url, {"authorization": f"Bearer {KEY}"}, Timeouts(5.0, 20.0))
        provider = OpenAI("acme", http, dialect_cards(dialect))
        try:
            return await provider.generate(request)
        finally:
            await provider.aclose()

    return asyncio.run(go())


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def guide() -> Iterator[FakeOpenAI]:
    with FakeOpenAI("guide") as server:
        yield server


def a_guide_request(**changes: Any) -> ImageRequest:
    native = {"negative_prompt": "people, text", "style": "natural"}
    plain: dict[str, Any] = {"model": "gpt-image-1", "size": (1024, 1024), "quality": "hd"}
    return a_request(**(plain | {"native": native} | changes))


def a_real_reference(role: str = "product", kind: str = "PNG") -> Reference:
    return Reference(role, a_picture(kind), f"image/{kind.lower()}", "can.png")


def answered(body: Any, status: int = 200, **changes: Any) -> Answer:
    """What the provider makes of an answer that is written out in full."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with a_site() as site:
        site.pages[IMAGES] = [Page(status, raw)]
        return ask(f"{site.url}/v1", a_request(**changes))


def b64(data: bytes | None = None) -> str:
    return base64.b64encode(a_picture() if data is None else data).decode()


# What is sent


def test_only_what_the_wire_knows_is_sent(fake: FakeOpenAI) -> None:
    """The request has a negative prompt, which OpenAI would refuse with 400."""
    ask(fake.base_url, a_request(output_format="webp", background="opaque"))
    (request,) = fake.requests
    assert request.fields == {
        "model": "gpt-image-2.5-flare",
        "prompt": "A slim 330 ml can on pale sand – “Sea”",
        "n": 1,
        "size": "1024x640",
        "quality": "low",
        "output_format": "webp",
        "background": "opaque",
    }


def test_references_make_it_an_edit_with_the_pictures_in_their_order(fake: FakeOpenAI) -> None:
    pictures = (a_real_reference("preview"), a_real_reference("style", "WEBP"))
    answer = ask(fake.base_url, a_request(operation="edit", references=pictures))
    (request,) = fake.requests
    assert request.path == "/v1/images/edits"
    assert [(file.field, file.filename, file.media_type) for file in request.files] == [
        ("image[]", "preview-1.png", "image/png"),
        ("image[]", "style-2.webp", "image/webp"),
    ]
    assert request.files[0].data == a_picture()
    assert answer.usage is not None
    assert answer.usage.image_in == 600


def test_a_mask_goes_along(fake: FakeOpenAI) -> None:
    with pytest.raises(ProviderError, match="Invalid mask image format"):
        ask(fake.base_url, a_request(references=(a_real_reference(),), mask=a_real_reference()))
    assert [file.field for file in fake.requests[0].files] == ["image[]", "mask"]


def test_the_guides_dialect_has_words_of_its_own(guide: FakeOpenAI) -> None:
    answer = ask(guide.base_url, a_guide_request(references=(a_real_reference(),)), "guide")
    posted, fetched = guide.requests
    assert posted.fields == {
        "model": "gpt-image-1",
        "prompt": "A slim 330 ml can on pale sand – “Sea”",
        "n": 1,
        "size": "1024x1024",
        "quality": "hd",
        "negative_prompt": "people, text",
        "style": "natural",
        "reference_image": b64(),
    }
    assert (fetched.method, fetched.path) == ("GET", "/files/1.png")
    assert "authorization" not in fetched.headers
    assert (answer.media_type, answer.usage) == ("image/png", None)


# What comes back


def test_an_answer_brings_the_bytes_the_count_and_what_support_asks_for(fake: FakeOpenAI) -> None:
    answer = ask(fake.base_url, a_request())
    assert answer.media_type == "image/png"
    assert answer.usage == Usage(text_in=13, image_in=0, out=122)
    assert answer.request_id == "req_fake_1"


@pytest.mark.parametrize(
    "encoded",
    [
        lambda: {"b64_json": b64()},
        lambda: {"b64_json": "\n".join([b64()[:40], b64()[40:]])},
        lambda: {"b64_json": f"data:image/png;base64,{b64()}"},
        lambda: {"url": f"data:image/png;base64,{b64()}"},
        lambda: {"b64_json": None, "url": f"data:image/png;base64,{b64()}"},
    ],
)
def test_a_picture_is_taken_in_any_wrapping_that_services_use(encoded: Any) -> None:
    assert answered({"data": [encoded()]}).data == a_picture()


def test_any_success_is_one() -> None:
    """Else a picture that came with 201 would be thrown away, and booked as if it cost nothing."""
    assert answered({"data": [{"b64_json": b64()}]}, 201).data == a_picture()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!doctype html>", r"none that image services give \(no type\)"),
        (b"\xff\xfe", r"none that .* \(no type\)"),
        (b"[" * 100_000, r"none that .* \(no type\)"),
        ([], r"none that .* \(no type\)"),
        ({}, "holds no picture"),
        ({"data": []}, "holds no picture"),
        ({"data": "x"}, "holds no picture"),
        ({"data": ["x"]}, "holds no picture"),
        ({"data": [{}]}, "neither b64_json nor url"),
        ({"data": [{"b64_json": 7}]}, "base64 is broken"),
        ({"data": [{"b64_json": "%%%"}]}, "base64 is broken"),
        ({"data": [{"b64_json": "ä"}]}, "base64 is broken"),
    ],
)
def test_an_answer_without_a_picture_is_unusable_and_perhaps_billed(body: Any, why: str) -> None:
    with pytest.raises(UnusableError, match=f"{why}; it may have been billed") as caught:
        answered(body)
    assert not caught.value.safe_to_retry


def test_a_link_that_leads_nowhere_is_unusable_with_its_request_id(
    guide: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "PAUSE", 0.0)

    class Forgetful(FakeOpenAI):
        def _hand_over(self, *args: Any) -> dict[str, str]:
            return {"url": f"{self._origin}/files/gone.png"}

    with Forgetful("guide") as server, pytest.raises(UnusableError, match="answers 404") as caught:
        ask(server.base_url, a_guide_request(), "guide")
    assert caught.value.request_id == "req_fake_1"
    assert server.pictures_charged == 1


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        ({"input_tokens": 50, "output_tokens": 196}, Usage(50, 0, 196)),
        (
            {"input_tokens": 50, "input_tokens_details": {"image_tokens": 30}, "output_tokens": 9},
            Usage(20, 30, 9),
        ),
        (
            {"input_tokens_details": {"text_tokens": 5, "image_tokens": 30}, "output_tokens": 9.0},
            Usage(5, 30, 9),
        ),
        ({"input_tokens_details": "many", "output_tokens": 9}, Usage(0, 0, 9)),
        ({"input_tokens": "many", "output_tokens": 9}, Usage(0, 0, 9)),
        ({"input_tokens": -5, "output_tokens": 9}, Usage(0, 0, 9)),
        ({"input_tokens": 5, "output_tokens": 2**80}, None),
        ({"input_tokens": 5, "output_tokens": "196"}, None),
        ({"total_tokens": 246}, None),
        ("196", None),
        (None, None),
    ],
)
def test_an_odd_count_never_costs_the_picture(said: Any, usage: Usage | None) -> None:
    """It is paid for: at worst its cost is estimated."""
    answer = answered({"data": [{"b64_json": b64()}], "usage": said})
    assert (answer.data, answer.usage) == (a_picture(), usage)


# What goes wrong


def an_error(status: int, body: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        answered(body, status)
    assert caught.value.status == status
    return caught.value


@pytest.mark.parametrize(
    ("status", "again"),
    [(400, False), (401, False), (404, False), (422, False), (301, False)]
    + [(status, True) for status in (408, 409, 500, 502, 503)],
)
def test_only_what_cannot_have_been_billed_is_safe_to_send_again(status: int, again: bool) -> None:
    error = an_error(status, {"error": {"message": "No.", "code": "x"}})
    assert (type(error), error.safe_to_retry, error.code) == (ProviderError, again, "x")
    assert error.message == "acme: No."


@pytest.mark.parametrize(
    "body", [b"<h1>Bad gateway</h1>", {}, [], {"error": None}, {"error": {}}, b"null", b""]
)
def test_an_error_without_words_has_its_number(body: Any) -> None:
    assert an_error(502, body).message == "acme: HTTP 502"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("No\n  such\tmodel.", "No such model."),
        ("\ud800 lone", "? lone"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("x" * 9000, f"{'x' * 500}…"),
        ({"reason": "quota"}, "{'reason': 'quota'}"),
    ],
)
def test_a_providers_words_fit_on_a_line(said: Any, shown: str) -> None:
    assert an_error(400, {"error": {"message": said}}).message == f"acme: {shown}"


def test_an_error_that_is_a_sentence_is_shown() -> None:
    assert an_error(400, {"error": "No cats."}).message == "acme: No cats."


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, {"code": "insufficient_quota"}),
        (429, {"type": "insufficient_quota", "code": None}),
        (429, {"type": ["odd"], "code": "project_spend_limit_exceeded"}),
        (400, {"code": "billing_hard_limit_reached"}),
        (402, {"message": "Top up."}),
    ],
)
def test_what_is_used_up_is_not_asked_for_again(status: int, error: dict[str, Any]) -> None:
    found = an_error(status, {"error": error})
    assert isinstance(found, QuotaError)
    assert not found.safe_to_retry
    assert "add credit" in str(found.fix)


def test_too_fast_says_when_to_come_again(fake: FakeOpenAI) -> None:
    for wait in (0.25, 30):
        fake.script.append(Status(429, retry_after=wait))
        with pytest.raises(RateLimitedError) as caught:
            ask(fake.base_url, a_request())
        assert (caught.value.retry_after, caught.value.safe_to_retry) == (wait, True)


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "soon", ""])
def test_a_wait_that_is_no_number_is_none(header: str) -> None:
    class Wordy(FakeOpenAI):
        def _respond(self, request: Any) -> Any:
            reply = super()._respond(request)
            return replace(reply, headers={**reply.headers, "retry-after": header})

    with Wordy(script=[Status(503)]) as server, pytest.raises(ProviderError) as caught:
        ask(server.base_url, a_request())
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("details", "stage", "categories"),
    [
        ({"moderation_stage": "input", "categories": ["violence"]}, "input", ("violence",)),
        ({"moderation_stage": "output", "categories": 7}, "output", ()),
        ({"categories": {"violence": True}}, None, ()),
        ("because", None, ()),
        (None, None, ()),
    ],
)
def test_a_refusal_is_one_whatever_its_details_look_like(
    details: Any, stage: str | None, categories: tuple[str, ...]
) -> None:
    said = {"message": "Blocked.", "code": "moderation_blocked", "moderation_details": details}
    error = an_error(400, {"error": said})
    assert isinstance(error, RefusedError)
    assert (error.stage, error.categories) == (stage, categories)
    assert "say it another way" in str(error.fix)


def test_a_wrong_key_is_not_shown(fake: FakeOpenAI) -> None:
    fake.expected_key = "another"
    with pytest.raises(ProviderError, match="Incorrect API key") as caught:
        ask(fake.base_url, a_request())
    assert KEY not in str(caught.value)
    assert "check the key" in str(caught.value.fix)


def test_a_key_that_a_success_repeats_is_neither_kept_nor_logged() -> None:
    body = {"model": f"x\n2026 error FORGED {KEY}", "data": [{"b64_json": b64()}]}
    with a_site() as site:
        headers = {"x-request-id": f"trace-{KEY}"}
        site.pages[IMAGES] = [Page(200, json.dumps(body).encode(), headers=headers)]
        answer = ask(f"{site.url}/v1", a_request())
    assert (answer.model, answer.request_id) == ("x 2026 error FORGED …", "trace-…")


def test_a_key_that_an_error_spells_out_in_json_is_not_shown() -> None:
    spelt = KEY.replace("-", "\\u002d")
    said = f'{{"error": {{"message": "wrong: {spelt}", "code": "{spelt}"}}}}'.encode()
    with pytest.raises(ProviderError) as caught:
        answered(said, 400)
    assert (caught.value.message, caught.value.code) == ("acme: wrong: …", "…")
