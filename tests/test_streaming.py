"""Pictures that are shown while they are drawn: what is shown, what is booked, what is kept.

One row of the table is one stream over a real socket.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fake_openai import (
    BadBase64,
    Bomb,
    Empty,
    FakeOpenAI,
    Hangup,
    Misbehaviour,
    NotAPicture,
    NotStreamed,
    Said,
    Status,
    Streamed,
    Telling,
)
from promptkit.client import client as client_module
from promptkit.client import http as http_module
from promptkit.client import pace
from promptkit.client.events import Event
from promptkit.client.http import Timeouts
from promptkit.client.job import Job
from promptkit.client.ledger import nano
from promptkit.client.partials import Partial, Watch
from promptkit.client.request import Picture
from promptkit.errors import (
    InDoubtError,
    PromptkitError,
    ProviderError,
    QuotaError,
    RefusedError,
    UnusableError,
)
from promptkit.model.catalog import dialect_cards
from promptkit.provider import Streaming
from promptkit.provider.comp import Comp
from promptkit.provider.listening import Listener
from test_client import a_job, draw, rows
from test_client_request import a_picture
from test_openai import a_real_reference
from test_outcomes import an_openai

PATIENT = Timeouts(5.0, 60.0)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)
    monkeypatch.setattr(http_module, "PAUSE", 0.0)
    monkeypatch.setattr(pace, "SPACING", 0.03)


def watched(job: Job, count: int = 2) -> tuple[Job, list[Partial]]:
    """Return a job that somebody looks at, and what they see."""
    seen: list[Partial] = []
    return replace(job, watch=Watch(count, seen.append)), seen


@dataclass(frozen=True)
class Row:
    """A stream, and what comes of it. Without an error there is a picture."""

    name: str
    script: list[Misbehaviour]
    shown: tuple[int, ...] = (0, 1)
    kind: type[PromptkitError] | None = None
    state: str = "done"
    said: str = ""
    booked: str = "counted"
    """What it costs: as the provider counted, ``nothing``, the ``bound``, or our ``estimate``."""
    requests: int = 1
    charged: int = 1
    timeouts: Timeouts = PATIENT


def told(name: str, shown: tuple[int, ...] = (0, 1), **how: Any) -> Row:
    """It goes well, however it is told."""
    return Row(name, [Streamed(Telling(**how))], shown)


def doubt(name: str, why: str, shown: tuple[int, ...], *script: Misbehaviour, **more: Any) -> Row:
    said = f"openai was asked, and no whole answer came ({why}): it may have been billed"
    return Row(name, [*script], shown, InDoubtError, "in_doubt", said, "bound", **more)


def unusable(
    name: str, why: str, trouble: Misbehaviour, shown: tuple[int, ...] = (0, 1), **more: Any
) -> Row:
    said = f"openai: {why}; it may have been billed"
    return Row(name, [trouble], shown, UnusableError, "unusable", said, "bound", **more)


def ended(error: Any, keep: int = 1, name: str = "error", **how: Any) -> Streamed:
    """Return a stream that ends in an error, after some unfinished pictures."""
    last = Said(name, error).wire(b"\n")
    return Streamed(Telling(keep=keep, last=last, **how))


def an_error(code: str | None, kind: str = "image_error", **more: Any) -> dict[str, Any]:
    error = {"type": kind, "code": code, "message": "So it is.", "param": None, **more}
    return {"type": "error", "error": error}


def only(kind: str, change: Callable[[dict[str, Any]], dict[str, Any] | bytes]) -> Any:
    """Return what changes one kind of event."""

    def changed(event: Said) -> Said:
        if not event.name.endswith(kind) or isinstance(event.data, bytes):
            return event
        return replace(event, data=change(event.data))

    return changed


def without(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda said: {name: value for name, value in said.items() if name not in names}


def nameless(event: Said) -> Said:
    return replace(event, name="")


def typeless(event: Said) -> Said:
    assert isinstance(event.data, dict)
    return replace(event, data=without("type")(event.data))


def on_many_lines(event: Said) -> Said:
    return replace(event, data=json.dumps(event.data, indent=1).encode())


def as_a_data_url(said: dict[str, Any]) -> dict[str, Any]:
    return {**without("b64_json")(said), "url": f"data:image/png;base64,{said['b64_json']}"}


NO_PICTURE = base64.b64encode(b"The picture could not be shown.").decode()
BOMB = base64.b64encode(Bomb().spoil_picture(a_picture())).decode()
REFUSAL: dict[str, Any] = {
    "moderation_details": {"moderation_stage": "output", "categories": ["violence"]}
}
OUTPUT = "So it is. – refused by content policy at the output stage (violence)"
HEARTBEATS = b": still at it\n\n\nevent: ping\ndata: {}\n\n"
TABLE = [
    told("as it should be"),
    told("fewer than asked for", (0,), fewer=1),
    told("none at all", (), fewer=0),
    told("lines end as on Windows", newline=b"\r\n"),
    told("lines end as on old Macs", newline=b"\r"),
    told("in pieces of 700 bytes", step=700),
    told("comments, heartbeats and unknown events", before=HEARTBEATS),
    told("data on many lines", change=on_many_lines),
    told("only the data tells what it is", change=nameless),
    told("only the name tells what it is", change=typeless),
    told("the end says done", last=b"data: [DONE]\n\n"),
    told(
        "nonsense between",
        before=b'data: {"type": [7]}\n\ndata: '
        + b"[" * 9000
        + b"\n\ndata: [1]\n\nnonsense\n\ndata: {\n\n",
    ),
    told("nothing closes the stream", end="open"),
    told("the connection is lost behind the picture", end="cut"),
    told("a link to the picture", change=only("completed", as_a_data_url)),
    told(
        "base64 in lines",
        change=only(
            "image",
            lambda said: {
                **said,
                "b64_json": "\n".join([said["b64_json"][:40], said["b64_json"][40:]]),
            },
        ),
    ),
    told("no index", change=only("image", without("partial_image_index"))),
    told("an odd index", change=only("image", lambda said: {**said, "partial_image_index": "1"})),
    told(
        "unfinished pictures that are none",
        (),
        change=only("image", lambda said: {**said, "b64_json": NO_PICTURE}),
    ),
    told(
        "unfinished pictures that unfold",
        (),
        change=only("image", lambda said: {**said, "b64_json": BOMB}),
    ),
    told("unfinished base64", (), change=only("image", lambda said: {**said, "b64_json": "%%"})),
    told("unfinished pictures left out", (), change=only("image", without("b64_json"))),
    told("unfinished nonsense", (), change=only("image", lambda _: b"{")),
    told(
        "an unfinished picture that is huge",
        (),
        change=only("image", lambda said: {**said, "b64_json": "A" * 70_000}),
    ),
    Row("all at once", [NotStreamed()], ()),
    Row(
        "no count",
        [Streamed(Telling(change=only("completed", without("usage"))))],
        booked="estimate",
    ),
    # Before it began: an ordinary answer.
    Row("500, then it goes well", [Status(500)], requests=2),
    Row("429, then it goes well", [Status(429, retry_after=0.01)], requests=2),
    Row(
        "refused at once",
        [Status(400, code="moderation_blocked")],
        (),
        RefusedError,
        "refused",
        "openai: The script of the fake says so. – refused by content policy",
        "nothing",
        charged=0,
    ),
    # An error event before anything was shown is what it would have been as an answer.
    Row(
        "server error, then it goes well",
        [ended(an_error(None, "server_error"), 0)],
        requests=2,
        charged=2,
    ),
    Row(
        "too fast, then it goes well",
        [ended(an_error("rate_limit_exceeded"), 0)],
        requests=2,
        charged=2,
    ),
    Row(
        "refused",
        [ended(an_error("moderation_blocked", **REFUSAL), 0)],
        (),
        RefusedError,
        "refused",
        f"openai: {OUTPUT}",
        "nothing",
    ),
    Row(
        "used up",
        [ended(an_error("insufficient_quota"), 0)],
        (),
        QuotaError,
        "failed",
        "openai: So it is.",
        "nothing",
    ),
    Row(
        "unknown error",
        [ended(an_error("odd"), 0)],
        (),
        ProviderError,
        "failed",
        "openai: So it is.",
        "nothing",
    ),
    Row(
        "an error without the object around it",
        [ended({"type": "error", "code": "odd", "message": "So it is."}, 0)],
        (),
        ProviderError,
        "failed",
        "openai: So it is.",
        "nothing",
    ),
    Row(
        "an error without a name",
        [ended({"error": {"message": "So it is."}}, 0, "")],
        (),
        ProviderError,
        "failed",
        "openai: So it is.",
        "nothing",
    ),
    Row(
        "an error that is a sentence",
        [ended({"error": "So it is."}, 0, "")],
        (),
        ProviderError,
        "failed",
        "openai: So it is.",
        "nothing",
    ),
    Row(
        "an error that is no JSON",
        [ended(b"So it is.", 0)],
        (),
        ProviderError,
        "failed",
        "openai: So it is.",
        "nothing",
    ),
    Row(
        "an error without words",
        [ended(b"{}", 0)],
        (),
        ProviderError,
        "failed",
        "openai: {}",
        "nothing",
    ),
    # After something was shown, it may be billed.
    unusable(
        "broken off",
        "the picture was begun, and then: So it is.",
        ended(an_error(None, "server_error")),
        (0,),
    ),
    Row(
        "refused in the end",
        [ended(an_error("moderation_blocked", **REFUSAL), 2)],
        (0, 1),
        RefusedError,
        "refused",
        f"openai: {OUTPUT}",
        "partials",
    ),
    Row(
        "used up in between",
        [ended(an_error("insufficient_quota"))],
        (0,),
        QuotaError,
        "failed",
        "openai: So it is.",
        "nothing",
    ),
    # The picture does not come.
    doubt(
        "lost after an unfinished picture",
        "the connection was lost",
        (0,),
        Streamed(Telling(keep=1, end="cut")),
    ),
    doubt(
        "lost in the middle of the picture",
        "the connection was lost",
        (0, 1),
        Streamed(Telling(keep=2, last=b"event: image_generation.completed\ndata: {", end="cut")),
    ),
    doubt(
        "lost before anything",
        "the connection was lost",
        (),
        Streamed(Telling(keep=0, last=b": hello\n\n", end="cut")),
    ),
    doubt(
        "ended before the picture",
        "the stream ended before the picture came",
        (0, 1),
        Streamed(Telling(keep=2)),
    ),
    doubt(
        "ended in the middle of the picture",
        "the stream ended before the picture came",
        (0, 1),
        Streamed(Telling(keep=2, last=b"event: image_generation.completed\ndata: {")),
    ),
    doubt(
        "nothing but nonsense",
        "the stream ended before the picture came",
        (),
        Streamed(Telling(keep=0, last=b"nonsense\n\ndata: nonsense\n\n")),
    ),
    doubt(
        "silent after an unfinished picture",
        "it took too long",
        (0,),
        Streamed(Telling(keep=1, end="open")),
        timeouts=Timeouts(5.0, 0.3),
    ),
    doubt(
        "never silent, and never done",
        "it took more than 0.5 s",
        (),
        Streamed(Telling(keep=0, last=b": still at it\n\n", end="open")),
        timeouts=Timeouts(5.0, 60.0, 0.5),
    ),
    doubt("hung up", "the connection was lost", (), Hangup()),
    doubt(
        "504", "a gateway gave up: The script of the fake says so.", (), Status(504, charge=True)
    ),
    unusable(
        "the picture is none", "the answer is not a PNG, JPEG or WebP picture", NotAPicture(), ()
    ),
    unusable(
        "the picture unfolds",
        "the picture is a small file that unfolds into too many px",
        Bomb(),
        (),
    ),
    unusable("the picture's base64 is broken", "the picture's base64 is broken", BadBase64()),
    unusable("no picture", "the answer holds neither b64_json nor url", Empty()),
    unusable(
        "the picture is no JSON",
        "the answer holds neither b64_json nor url",
        Streamed(Telling(change=only("completed", lambda _: b"{"))),
    ),
    unusable(
        "the picture is huge",
        "the picture is larger than may be read",
        Streamed(Telling(change=only("completed", lambda said: {**said, "x": "A" * 70_000}))),
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_stream_has_its_outcome(
    tmp_path: Path, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "MAX_ANSWER", 60_000)
    home = tmp_path / "home"
    job, seen = watched(a_job())
    with FakeOpenAI(script=[*row.script]) as fake:
        (found,) = draw(home, an_openai(fake.base_url, row.timeouts), job)
        assert (len(fake.requests), fake.pictures_charged) == (row.requests, row.charged)
        assert {request.fields["stream"] for request in fake.requests} == {True}
    assert tuple(partial.index for partial in seen) == row.shown
    ((state, cost, held, cached, estimated),) = rows(home, "state, cost, held, cached, estimated")
    assert (state, cached) == (row.state, 0)
    assert cost + held == nano(booked(row, job, found))
    assert bool(estimated) is (row.booked in ("estimate", "partials") or state == "unusable")
    if row.kind is None:
        assert isinstance(found, Picture)
        assert found.path.read_bytes() not in [partial.data for partial in seen]
        return
    assert type(found) is row.kind
    assert isinstance(found, PromptkitError)
    assert found.message.startswith(row.said)


def booked(row: Row, job: Job, found: object) -> Decimal:
    card, request = job.card, job.request
    if row.booked == "bound":
        return job.bound
    if row.booked == "estimate":
        return card.estimate("low", request.size, prompt=request.prompt, references=0, partials=2)
    if row.booked == "partials":
        return 200 * card.price.out / 1_000_000
    assert row.booked == "nothing" or isinstance(found, Picture)
    return found.cost if isinstance(found, Picture) else Decimal(0)


# What is asked, and of whom


def test_an_edit_is_streamed_as_a_form(tmp_path: Path) -> None:
    job, seen = watched(a_job(operation="edit", references=(a_real_reference("preview"),)), 3)
    with FakeOpenAI() as fake:
        (found,) = draw(tmp_path / "home", an_openai(fake.base_url, PATIENT), job)
        (request,) = fake.requests
    assert isinstance(found, Picture)
    assert request.is_form
    assert (request.fields["stream"], request.fields["partial_images"]) == ("true", "3")
    assert [(partial.take, partial.index, partial.media_type) for partial in seen] == [
        (1, 0, "image/png"),
        (1, 1, "image/png"),
        (1, 2, "image/png"),
    ]


def test_a_picture_is_the_same_request_whether_somebody_looks_on_or_not(tmp_path: Path) -> None:
    home, (job, seen) = tmp_path / "home", watched(a_job(), 3)
    assert (job.digest, job) == (a_job().digest, a_job())
    with FakeOpenAI() as fake:
        (first,) = draw(home, an_openai(fake.base_url, PATIENT), job)
        (again,) = draw(home, an_openai(fake.base_url, PATIENT), job)
        (plain,) = draw(home, an_openai(fake.base_url, PATIENT), a_job())
        assert len(fake.requests) == 1
    assert isinstance(first, Picture)
    assert isinstance(again, Picture)
    assert isinstance(plain, Picture)
    assert len(seen) == 3, "what is in the store is shown to nobody"
    assert (again.cached, again.cost, again.sha256) == (True, Decimal(0), plain.sha256)
    assert again.saved == first.cost
    assert len([*(home / "pictures").rglob("*.png")]) == 1, "only the picture is kept"


def test_what_is_held_and_booked_counts_unfinished_pictures(tmp_path: Path) -> None:
    """100 tokens each at $30 the million; the card's headroom is twice the estimate."""
    plain, (job, _) = a_job(), watched(a_job(), 3)
    assert job.bound - plain.bound == 2 * Decimal("0.009")
    home = tmp_path / "home"
    with FakeOpenAI() as fake:
        provider = an_openai(fake.base_url, PATIENT)
        (dear,) = draw(home, provider, job)
        (cheap,) = draw(tmp_path / "other", provider, plain)
    assert isinstance(dear, Picture)
    assert isinstance(cheap, Picture)
    assert dear.cost - cheap.cost == Decimal("0.009")
    assert dear.cost < job.bound


def test_identical_calls_are_one_and_only_who_made_it_sees_it_come(tmp_path: Path) -> None:
    (first, seen), (second, missed) = watched(a_job()), watched(a_job())
    with FakeOpenAI(delay_s=0.2) as fake:
        found = draw(tmp_path / "home", an_openai(fake.base_url, PATIENT), first, second)
        assert fake.pictures_charged == 1
    assert [type(each) for each in found] == [Picture, Picture]
    assert (len(seen), len(missed)) == (2, 0)


def test_a_provider_that_cannot_show_anything_just_draws(tmp_path: Path) -> None:
    job, seen = watched(a_job())
    (found,) = draw(tmp_path / "home", Comp(), job)
    assert isinstance(found, Picture)
    assert not isinstance(Comp(), Streaming)
    assert not seen


def test_who_looks_on_may_fail_and_the_picture_comes_all_the_same(tmp_path: Path) -> None:
    seen: list[Partial] = []

    def show(partial: Partial) -> None:
        seen.append(partial)
        raise OSError("the disk is full")

    watch = Watch(3, show)
    watch.close()
    with FakeOpenAI() as fake:
        job = replace(a_job(), watch=watch)
        (found,) = draw(tmp_path / "home", an_openai(fake.base_url, PATIENT), job)
    assert isinstance(found, Picture)
    assert len(seen) == 1, "who has failed once is not shown any more"
    with pytest.raises(OSError, match="the disk is full"):
        watch.close()


def test_no_more_is_shown_than_was_asked_for() -> None:
    shown: list[tuple[int, bytes]] = []

    async def look(index: int, data: bytes) -> None:
        shown.append((index, data))

    async def go() -> Listener:
        listener = Listener(1, look)
        encoded = base64.b64encode(a_picture()).decode()
        for number in (5, 6):
            said = {"b64_json": encoded, "partial_image_index": number}
            event = Event("image_generation.partial_image", json.dumps(said).encode())
            assert not await listener.hear(event)
        return listener

    assert asyncio.run(go()).begun == 2, "whatever was sent costs money"
    assert shown == [(5, a_picture())]


def test_the_cards_know_what_is_shown_and_what_it_costs() -> None:
    cards = dialect_cards("openai").values()
    known = {card.name: (card.partial_images, card.partial_tokens) for card in cards}
    assert known["gpt-image-2.6-sunburst"] == (3, 100)
    assert known["dall-e-3"][0] == 0
    assert not any(card.partial_images for card in dialect_cards("guide").values())
