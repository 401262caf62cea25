"""What each answer of a provider means: for the money, for the next call, for who reads it.

One row of the table is one answer over a real socket. What is read here is what a person reads.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fake_openai import (
    BadBase64,
    Bomb,
    Cut,
    Empty,
    FakeOpenAI,
    Hangup,
    Html,
    Misbehaviour,
    NotAPicture,
    Stall,
    Status,
    Trickle,
    Truncated,
    Zipped,
)
from promptkit.client import client as client_module
from promptkit.client import http as http_module
from promptkit.client import pace
from promptkit.client.client import Limits
from promptkit.client.http import Http, Timeouts
from promptkit.client.ledger import nano
from promptkit.client.request import Picture
from promptkit.errors import (
    InDoubtError,
    PromptkitError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    UnreachableError,
    UnusableError,
)
from promptkit.model.catalog import dialect_cards
from promptkit.provider import openai as openai_module
from promptkit.provider.openai import OpenAI
from test_client import a_job, draw, rows
from test_openai import a_guide_request

SAID = "The script of the fake says so."
ADD_CREDIT = "add credit or raise the limit with the provider; pictures made so far are kept"
CHANGE = "change what the message names; the same request would be refused again"
LATER = "try again later: what is done is kept, and only what is missing is asked for"
SLOWER = f"{LATER}; a lower providers.openai.limits.per_minute avoids it"
LOOK = "look at the provider's usage page; to ask again, and perhaps pay again, add --resend"
REPORT = (
    "the fault is the provider's: report it there (its request id is req_fake_1); "
    "asking again pays again"
)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that no provider names are short here."""
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)
    monkeypatch.setattr(http_module, "PAUSE", 0.0)
    monkeypatch.setattr(pace, "SPACING", 0.03)
    monkeypatch.setattr(pace, "SLOWEST", 0.3)


@dataclass(frozen=True)
class Row:
    """An answer, and what comes of it. Without an error there is a picture."""

    name: str
    script: list[Misbehaviour]
    requests: int = 1
    charged: int = 0
    state: str = "failed"
    kind: type[PromptkitError] | None = None
    code: int = 0
    message: str = ""
    fix: str = ""
    booked: bool = False
    """Whether the bound is booked, or held, because it may have been billed."""
    timeouts: Timeouts = field(default_factory=lambda: Timeouts(5.0, 60.0))


def refused(code: str, stage: str, categories: list[str], said: str) -> Row:
    details = {"moderation_stage": stage, "categories": categories}
    trouble = Status(400, code=code, moderation=details)
    fix = "read the subject and setting again with the policy's eyes, and say it another way"
    message = f"openai: {SAID} – refused by content policy {said}"
    return Row(f"400 {code}", [trouble], 1, 0, "refused", RefusedError, 3, message, fix)


def told(
    status: int, code: str | None, fix: str, kind: type[PromptkitError] = ProviderError
) -> Row:
    exit_code = 4 if kind is QuotaError else 3
    name, message = f"{status} {code}", f"openai: {SAID}"
    return Row(name, [Status(status, code=code)], 1, 0, "failed", kind, exit_code, message, fix)


def passes(name: str, *script: Misbehaviour) -> Row:
    """It goes by: asked again, and paid once."""
    return Row(name, [*script], len(script) + 1, 1, "done")


def gives_up(name: str, trouble: Misbehaviour, times: int, fix: str, **more: Any) -> Row:
    kind = more.get("kind", ProviderError)
    script, message = [trouble] * times, f"openai: {SAID}"
    return Row(name, script, times, 0, "failed", kind, 3, message, fix)


def doubt(name: str, trouble: Misbehaviour, why: str, timeouts: Timeouts | None = None) -> Row:
    named = "" if isinstance(trouble, Hangup | Stall) else ", or ask for the request req_fake_1"
    fix = LOOK.replace(";", f"{named};", 1)
    message = f"openai was asked, and no whole answer came ({why}): it may have been billed"
    limits = timeouts or Timeouts(5.0, 60.0)
    row = Row(name, [trouble], 1, 1, "in_doubt", InDoubtError, 5, message, fix, True, limits)
    return row


def unusable(trouble: Misbehaviour, why: str, *, charged: int = 1) -> Row:
    message = f"openai: {why}; it may have been billed"
    name = type(trouble).__name__
    return Row(name, [trouble], 1, charged, "unusable", UnusableError, 3, message, REPORT, True)


RATE = "rate_limit_exceeded"
TABLE = [
    refused("moderation_blocked", "input", ["violence"], "at the input stage (violence)"),
    refused(
        "content_policy_violation",
        "output",
        ["sexual", "self-harm"],
        "at the output stage (sexual, self-harm)",
    ),
    told(400, "invalid_value", CHANGE),
    told(401, "invalid_api_key", "check the key: it is missing, wrong or withdrawn"),
    told(403, None, "the key may not use this model; ask whoever owns the account"),
    told(404, "model_not_found", "look at `promptkit models` for what the provider offers"),
    told(429, "insufficient_quota", ADD_CREDIT, QuotaError),
    told(429, "project_spend_limit_exceeded", ADD_CREDIT, QuotaError),
    told(429, "organization_spend_limit_exceeded", ADD_CREDIT, QuotaError),
    told(429, "credit_balance_exhausted", ADD_CREDIT, QuotaError),
    told(429, "billing_hard_limit_reached", ADD_CREDIT, QuotaError),
    told(400, "billing_hard_limit_reached", ADD_CREDIT, QuotaError),
    told(402, None, ADD_CREDIT, QuotaError),
    passes("429 with retry-after", Status(429, code=RATE, headers={"retry-after": "0.1"})),
    passes("429 with retry-after-ms", Status(429, code=RATE, headers={"retry-after-ms": "90"})),
    passes("429 without a wait", Status(429, code=RATE)),
    passes(
        "429 that only counts",
        Status(
            429,
            code=RATE,
            headers={"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "80ms"},
        ),
    ),
    gives_up(
        "429 again and again",
        Status(429, code=RATE, retry_after=0.01),
        8,
        SLOWER,
        kind=RateLimitedError,
    ),
    gives_up(
        "429 with too long a wait",
        Status(429, code=RATE, headers={"retry-after": "121"}),
        1,
        SLOWER,
        kind=RateLimitedError,
    ),
    gives_up(
        "429 not to be retried",
        Status(429, code=RATE, headers={"x-should-retry": "false"}),
        1,
        SLOWER,
        kind=RateLimitedError,
    ),
    *(passes(f"{status}", Status(status)) for status in (408, 409, 500, 502, 503)),
    passes("504 to be retried", Status(504, headers={"x-should-retry": "true"})),
    passes("503 slow_down", Status(503, code="slow_down")),
    gives_up("500 again and again", Status(500), 4, LATER),
    gives_up("500 not to be retried", Status(500, headers={"x-should-retry": "false"}), 1, ""),
    passes("400 to be retried", Status(400, headers={"x-should-retry": "true"})),
    *(
        doubt(f"{status}", Status(status, charge=True), f"a gateway gave up: {SAID}")
        for status in (504, 524)
    ),
    doubt("read timeout", Stall(5), "it took too long", Timeouts(5.0, 0.2)),
    doubt("whole call too long", Trickle(), "it took more than 0.3 s", Timeouts(5.0, 60.0, 0.3)),
    doubt("connection lost", Hangup(), "the connection was lost"),
    doubt("answer cut short", Cut(), "the connection was lost"),
    unusable(Html(), "the answer is none that image services give (text/html)", charged=0),
    unusable(BadBase64(), "the picture's base64 is broken"),
    unusable(Empty(), "the answer holds no picture"),
    unusable(NotAPicture(), "the answer is not a PNG, JPEG or WebP picture"),
    unusable(Truncated(), "the picture cannot be decoded: image file is truncated"),
    unusable(Bomb(), "the picture is a small file that unfolds into too many px"),
    unusable(Bomb(pixels=7_000), "the picture has 7000 × 7000 px, too many to open"),
    unusable(Zipped(97 * 2**20), "the answer is larger than 96 MiB"),
]


def an_openai(base_url: str, timeouts: Timeouts) -> OpenAI:
    headers = {"authorization": f"Bearer {FakeOpenAI.expected_key}"}
    return OpenAI("openai", Http("openai", base_url, headers, timeouts), dialect_cards("openai"))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_answer_has_its_outcome(tmp_path: Path, row: Row) -> None:
    home = tmp_path / "home"
    with FakeOpenAI(script=[*row.script]) as fake:
        (found,) = draw(home, an_openai(fake.base_url, row.timeouts), a_job())
        assert (len(fake.requests), fake.pictures_charged) == (row.requests, row.charged)
    ((state, cost, held, cached),) = rows(home, "state, cost, held, cached")
    bound = nano(a_job().bound) if row.booked else 0
    assert (state, cached) == (row.state, 0)
    if row.kind is None:
        assert isinstance(found, Picture)
        assert (cost, held) == (nano(found.cost), 0)
        return
    assert type(found) is row.kind
    assert isinstance(found, PromptkitError)
    assert cost + held == bound
    assert found.message.startswith(row.message)
    assert (found.fix or "", found.exit_code) == (row.fix, row.code)


def test_nobody_listening_is_asked_four_times_and_costs_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        (found,) = draw(home, an_openai(url, Timeouts()), a_job())
    assert isinstance(found, UnreachableError)
    assert found.message.startswith(f"openai cannot be reached at {url}: ")
    assert (found.fix, found.exit_code) == ("check the network and the provider's base_url", 3)
    assert rows(home, "state, cost, held") == [("failed", 0, 0)]


@pytest.mark.parametrize("row", {row.kind: row for row in TABLE}.values(), ids=lambda row: row.name)
def test_the_rest_of_a_batch_goes_on_unless_nothing_is_left_to_pay_with(
    tmp_path: Path, row: Row
) -> None:
    """One picture's trouble is its own; only quota and credit concern all."""
    home = tmp_path / "home"
    limits = {"openai": Limits(concurrency=1)}
    with FakeOpenAI(script=[*row.script]) as fake:
        jobs = [a_job(take) for take in (1, 2, 3)]
        results = draw(home, an_openai(fake.base_url, row.timeouts), *jobs, limits=limits)
        pictures = [result for result in results if isinstance(result, Picture)]
        stops = row.kind is QuotaError
        assert len(pictures) == (0 if stops else 3 if row.kind is None else 2)
        assert not (stops and len(fake.requests) > 1), "what was waiting is not sent in vain"
    assert not {"held", "sent"} & {state for (state,) in rows(home)}


def test_what_is_done_when_the_quota_runs_out_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    limits = {"openai": Limits(concurrency=1)}
    jobs = [a_job(take) for take in range(1, 9)]
    script = [*[Misbehaviour()] * 3, Status(429, code="insufficient_quota")]
    with FakeOpenAI(script=[*script]) as fake:
        provider = an_openai(fake.base_url, Timeouts())
        first = draw(home, provider, *jobs, limits=limits)
        assert (len(fake.requests), fake.pictures_charged) == (4, 3)
        assert sum(isinstance(result, QuotaError) for result in first) == 5
        again = draw(home, provider, *jobs, limits=limits)
        assert (len(fake.requests), fake.pictures_charged) == (9, 8)
    cached = [result.cached for result in again if isinstance(result, Picture)]
    assert sorted(cached) == [False] * 5 + [True] * 3
    assert {cost for state, cost in rows(home, "state, cost") if state == "failed"} == {0}


PERIODS: dict[str, float | None] = {
    "6m0s": 360.0,
    "1s": 1.0,
    "20ms": 0.02,
    "1m30.5s": 90.5,
    "2d1h": 176_400.0,
    "7": 7.0,
    "": None,
    "soon": None,
    "-1s": None,
    "nan": None,
    "1.2.3s": None,
}


@pytest.mark.parametrize(("text", "seconds"), PERIODS.items())
def test_periods_are_read_as_headers_write_them(text: str, seconds: float | None) -> None:
    assert openai_module._seconds(text) == seconds


def test_a_link_that_only_trickles_is_given_up(tmp_path: Path) -> None:
    class Slow(FakeOpenAI):
        def _respond(self, request: Any) -> Any:
            reply = super()._respond(request)
            return Trickle().spoil_reply(reply) if request.method == "GET" else reply

    async def go() -> None:
        http = Http(
            "transit",
            fake.base_url,
            {"authorization": f"Bearer {fake.expected_key}"},
            Timeouts(5.0, 60.0, 0.5),
        )
        provider = OpenAI("transit", http, dialect_cards("guide"))
        with pytest.raises(UnusableError, match=r"cannot be fetched within 0\.5 s") as caught:
            await provider.generate(a_guide_request())
        assert caught.value.request_id == "req_fake_1"
        await provider.aclose()

    with Slow("guide") as fake:
        asyncio.run(go())
        assert fake.pictures_charged == 1
