from __future__ import annotations

import asyncio
import gc
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fake_openai import (
    BadBase64,
    Cut,
    Empty,
    FakeOpenAI,
    Hangup,
    Html,
    Misbehaviour,
    NotAPicture,
    Stall,
    Status,
    Truncated,
)
from promptkit.client import client as module
from promptkit.client import ledger as ledger_module
from promptkit.client.client import Client, Job, Limits
from promptkit.client.http import Http, Timeouts
from promptkit.client.ledger import Budget, nano
from promptkit.client.pace import Lane
from promptkit.client.request import Answer, ImageRequest, Picture, Usage
from promptkit.errors import (
    BudgetError,
    InDoubtError,
    PromptkitError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    SettingsError,
    StoreError,
    UnreachableError,
    UnusableError,
)
from promptkit.model.catalog import dialect_cards
from promptkit.provider import Provider
from promptkit.provider.openai import OpenAI
from test_client_request import FLARE, a_picture, a_request


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that no provider names are short here."""
    monkeypatch.setattr(module, "BACKOFF", 0.01)


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def an_openai(base_url: str, read: float = 60.0, key: str = FakeOpenAI.expected_key) -> OpenAI:
    http = Http("openai", base_url, {"authorization": f"Bearer {key}"}, Timeouts(5.0, read))
    return OpenAI("openai", http, dialect_cards("openai"))


@asynccontextmanager
async def a_client(home: Path, provider: Provider, **more: Any) -> AsyncIterator[Client]:
    client = Client(home, lambda _: provider, **more)
    try:
        yield client
    finally:
        await client.aclose()
        await provider.aclose()


def a_job(take: int = 1, *, resend: bool = False, **changes: Any) -> Job:
    return Job(a_request(take=take, native={}, **changes), FLARE, resend=resend)


def draw(home: Path, provider: Provider, *jobs: Job, **more: Any) -> list[Picture | BaseException]:
    """Ask for all at once, in an event loop and with a client of their own."""

    async def go() -> list[Picture | BaseException]:
        async with a_client(home, provider, **more) as client:
            asked = (client.picture(job) for job in jobs)
            return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(go())


def draw_one(home: Path, provider: Provider, job: Job | None = None, **more: Any) -> Picture:
    (result,) = draw(home, provider, job or a_job(), **more)
    if isinstance(result, BaseException):
        raise result
    return result


def rows(home: Path, columns: str = "state") -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db:
        return db.execute(f"SELECT {columns} FROM calls ORDER BY id").fetchall()


def states(home: Path) -> list[str]:
    return [state for (state,) in rows(home)]


@dataclass
class Scripted:
    """A provider that does as it is told, for what no server can be made to do."""

    act: Callable[[ImageRequest], Awaitable[Answer]]
    asked: int = 0
    closed: int = field(default=0, init=False)

    async def generate(self, request: ImageRequest) -> Answer:
        self.asked += 1
        return await self.act(request)

    async def aclose(self) -> None:
        self.closed += 1


async def an_answer(request: ImageRequest) -> Answer:
    return Answer(a_picture(), "image/png", Usage(10, 0, 196), "req_1")


# One request in, one picture out


def test_a_picture_is_paid_for_once_and_then_comes_from_the_store(
    home: Path, fake: FakeOpenAI
) -> None:
    first = draw_one(home, an_openai(fake.base_url))
    again = draw_one(home, an_openai(fake.base_url))
    assert fake.pictures_charged == 1
    assert (first.cached, again.cached) == (False, True)
    assert first.path.read_bytes() == again.path.read_bytes()
    assert (again.cost, again.saved) == (Decimal(0), first.cost)
    assert (first.size, first.model) == ((1024, 640), "openai/gpt-image-2.5-flare")
    assert rows(home, "state, cached, held") == [("done", 0, 0), ("done", 1, 0)]


def test_the_cost_is_what_the_provider_counted(home: Path, fake: FakeOpenAI) -> None:
    """The fake counts 1.3 tokens a word (10 of them), and 196 × 1024 × 640 ÷ 1024² for it."""
    picture = draw_one(home, an_openai(fake.base_url))
    by_hand = (13 * Decimal(5) + 122 * Decimal(30)) / 1_000_000
    assert (picture.cost, picture.estimated) == (by_hand, False)
    assert rows(home, "cost, estimated, text_in, image_in, out, request_id") == [
        (nano(by_hand), 0, 13, 0, 122, "req_fake_1")
    ]


def test_sent_is_on_disk_before_the_request_is_at_the_server(home: Path) -> None:
    seen: list[tuple[str, int]] = []

    class Watching(FakeOpenAI):
        def _respond(self, request: Any) -> Any:
            seen.extend((state, held) for state, held in rows(home, "state, held"))
            return super()._respond(request)

    with Watching() as server:
        draw_one(home, an_openai(server.base_url))
    assert seen == [("sent", nano(a_job().bound))]


def test_takes_are_different_pictures(home: Path, fake: FakeOpenAI) -> None:
    results = draw(home, an_openai(fake.base_url), *(a_job(take) for take in (1, 2, 3)))
    assert len({picture.sha256 for picture in results if isinstance(picture, Picture)}) == 3
    assert fake.pictures_charged == 3


def test_no_more_calls_at_once_than_allowed(home: Path) -> None:
    with FakeOpenAI(delay_s=0.03) as server:
        limits = {"openai": Limits(concurrency=3)}
        jobs = [a_job(take) for take in range(1, 9)]
        draw(home, an_openai(server.base_url), *jobs, limits=limits)
    assert server.max_concurrent_seen == 3
    assert server.pictures_charged == 8


def test_a_client_serves_one_event_loop_after_another(home: Path, fake: FakeOpenAI) -> None:
    """Semaphores and connections belong to a loop: here each loop brings its own."""
    provider = an_openai(fake.base_url)
    client = Client(home, lambda _: provider, limits={"openai": Limits(concurrency=1)})

    async def go(first: int) -> None:
        await asyncio.gather(*(client.picture(a_job(first + number)) for number in range(3)))
        await provider.aclose()

    asyncio.run(go(1))
    asyncio.run(go(11))
    asyncio.run(client.aclose())
    assert fake.pictures_charged == 6


def test_after_the_end_nothing_is_left_behind(home: Path, fake: FakeOpenAI) -> None:
    """No thread, no flight, no lock, and no file that is still open."""
    fake.script.extend([Hangup(), Status(400), Status(500)])
    gc.collect()
    before = threading.active_count() - len([*threads_of(fake)])
    opened = len([*Path("/proc/self/fd").iterdir()]) if sys.platform == "linux" else 0
    jobs = [a_job(take) for take in range(1, 6)]
    draw(home, an_openai(fake.base_url), *jobs, a_job(1))
    assert len(module._flights) == 0
    assert not [*(home / "owners").iterdir()]
    gc.collect()
    names = {thread.name for thread in threading.enumerate()}
    assert not {name for name in names if name.startswith(("promptkit", "asyncio"))}
    assert threading.active_count() - len([*threads_of(fake)]) <= before
    if sys.platform == "linux":
        assert len([*Path("/proc/self/fd").iterdir()]) <= opened + len([*threads_of(fake)])


def threads_of(fake: FakeOpenAI) -> Iterator[threading.Thread]:
    for thread in threading.enumerate():
        if "process_request" in thread.name:
            yield thread


# Single flight


def test_twelve_threads_with_one_client_pay_once(home: Path) -> None:
    with FakeOpenAI(delay_s=0.1) as server:
        provider = an_openai(server.base_url)
        client = Client(home, lambda _: provider)

        async def ask() -> Picture:
            try:
                return await client.picture(a_job())
            finally:
                await provider.aclose()

        with ThreadPoolExecutor(12) as pool:
            pictures = [*pool.map(lambda _: asyncio.run(ask()), range(12))]
        asyncio.run(client.aclose())
    assert server.pictures_charged == len(server.requests) == 1
    assert sorted(picture.cached for picture in pictures) == [False] + [True] * 11
    assert len({picture.path for picture in pictures}) == 1


def test_two_clients_in_one_process_pay_once(home: Path) -> None:
    with FakeOpenAI(delay_s=0.1) as server, ThreadPoolExecutor(2) as pool:
        asked = pool.map(lambda _: draw_one(home, an_openai(server.base_url)), range(2))
        assert sorted(picture.cached for picture in asked) == [False, True]
    assert server.pictures_charged == 1


DRAWER = """
import asyncio, sys
from decimal import Decimal
from pathlib import Path
from promptkit.client.client import Client, Job, Limits
from promptkit.client.http import Http
from promptkit.client.request import ImageRequest
from promptkit.model.catalog import dialect_cards
from promptkit.provider.openai import OpenAI
home, url, key = sys.argv[1:4]
cards = dialect_cards("openai")
model = "gpt-image-2.5-flare"
request = ImageRequest("openai", url, model, "generate", "a can", (1024, 640), "low")
job = Job(request, cards[model])
async def main():
    provider = OpenAI("openai", Http("openai", url, {"authorization": f"Bearer {key}"}), cards)
    client = Client(Path(home), lambda name: provider)
    print("ready", flush=True)
    sys.stdin.readline()
    pictures = await asyncio.gather(*(client.picture(job) for _ in range(8)))
    await client.aclose()
    await provider.aclose()
    print(sum(not picture.cached for picture in pictures), flush=True)
asyncio.run(main())
"""


def a_process(home: Path, fake: FakeOpenAI) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", DRAWER, str(home), fake.base_url, fake.expected_key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    return process


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdin.write(b"\n")
    process.stdin.flush()


def test_four_processes_with_eight_calls_each_pay_once(home: Path) -> None:
    with FakeOpenAI(delay_s=0.2) as server:
        processes = [a_process(home, server) for _ in range(4)]
        for process in processes:
            go(process)
        paid = [int(process.communicate()[0]) for process in processes]
    assert server.pictures_charged == len(server.requests) == 1
    assert sorted(paid) == [0, 0, 0, 1]
    assert sorted(rows(home, "cached, state")) == [(0, "done")] + [(1, "done")] * 31


def the_same() -> Job:
    return replace(a_job(), request=replace(a_job().request, prompt="a can"))


def test_a_killed_process_leaves_a_doubt_that_only_resend_overcomes(home: Path) -> None:
    with FakeOpenAI(delay_s=5) as server:
        process = a_process(home, server)
        go(process)
        wait_until(lambda: states(home)[-1:] == ["sent"] and bool(server.requests))
        process.kill()
        process.communicate()
        server.delay_s = 0
        job = replace(the_same(), request=replace(the_same().request, endpoint=server.base_url))
        provider = an_openai(server.base_url)
        with pytest.raises(InDoubtError):
            draw_one(home, provider, job)
        assert (len(server.requests), states(home)) == (1, ["in_doubt"])
        assert not draw_one(home, an_openai(server.base_url), replace(job, resend=True)).cached
        assert states(home) == ["in_doubt", "done"]


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        try:
            if true():
                return
        except sqlite3.Error:
            pass
        threading.Event().wait(0.01)
    raise AssertionError("it never came true")


def test_who_waits_for_a_call_hears_what_the_provider_said(home: Path) -> None:
    with FakeOpenAI(script=[Status(400, message="No cats.")], delay_s=0.05) as server:
        results = draw(home, an_openai(server.base_url), *[a_job()] * 3)
    assert all(isinstance(result, ProviderError) for result in results)
    assert {str(result).splitlines()[0] for result in results} == {"openai: No cats."}
    assert len(server.requests) == 1
    assert len(module._flights) == 0


def test_who_waits_for_a_call_that_broke_for_its_own_reasons_makes_it(home: Path) -> None:
    """Without a key, a budget or a disk, the others may still have theirs."""
    poor = Budget(per_day=Decimal(0))
    boarded, carry_on = threading.Event(), threading.Event()

    def keyless(name: str) -> Provider:
        boarded.set()
        carry_on.wait(5)
        raise SettingsError("no key")

    async def both() -> list[Any]:
        provider = Scripted(an_answer)
        first, second = Client(home, keyless, budget=poor), Client(home, lambda _: provider)
        leader = asyncio.create_task(asyncio.to_thread(asyncio.run, first.picture(a_job())))
        await asyncio.to_thread(boarded.wait, 5)
        follower = asyncio.create_task(second.picture(a_job()))
        await asyncio.sleep(0.05)
        carry_on.set()
        results = await asyncio.gather(leader, follower, return_exceptions=True)
        await first.aclose()
        await second.aclose()
        return [*results]

    broken, picture = asyncio.run(both())
    assert isinstance(broken, SettingsError)
    assert isinstance(picture, Picture)
    assert not picture.cached
    assert states(home) == ["done"], "nothing was claimed without a key"


def test_resend_waits_for_a_call_under_way_and_does_not_double_it(home: Path) -> None:
    """It makes a flight of its own, and meets the other in the ledger, as processes do."""

    async def scene() -> tuple[Picture, Picture]:
        provider, begun, end = in_flight()
        async with a_client(home, provider) as one, a_client(home, provider) as other:
            first = asyncio.create_task(one.picture(a_job()))
            await begun.wait()
            second = asyncio.create_task(other.picture(a_job(resend=True)))
            await asyncio.sleep(0.12)
            end.set()
            return await first, await second

    first, second = asyncio.run(scene())
    assert (first.cached, second.cached) == (False, True)
    assert rows(home, "state, cached") == [("done", 0), ("done", 1)]


# Cancellation


def in_flight() -> tuple[Scripted, asyncio.Event, asyncio.Event]:
    """A provider that answers when it is told to."""
    begun, end = asyncio.Event(), asyncio.Event()

    async def act(request: ImageRequest) -> Answer:
        begun.set()
        await end.wait()
        return await an_answer(request)

    return Scripted(act), begun, end


def test_cancelled_while_it_is_sent_is_in_doubt(home: Path) -> None:
    async def scene() -> None:
        provider, begun, _ = in_flight()
        async with a_client(home, provider) as client:
            task = asyncio.create_task(client.picture(a_job()))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(InDoubtError):
                await client.picture(a_job())
            assert provider.asked == 1

    asyncio.run(scene())
    assert rows(home, "state, held, error") == [("in_doubt", nano(a_job().bound), "CancelledError")]


def test_cancelled_before_it_is_sent_has_failed_and_may_be_asked_again(home: Path) -> None:
    async def scene() -> Picture:
        provider, begun, end = in_flight()
        async with a_client(home, provider, limits={"openai": Limits(concurrency=1)}) as client:
            first = asyncio.create_task(client.picture(a_job(1)))
            await begun.wait()
            second = asyncio.create_task(client.picture(a_job(2)))
            while len(rows(home)) < 2:
                await asyncio.sleep(0.01)
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
            assert states(home) == ["sent", "failed"]
            end.set()
            await first
            return await client.picture(a_job(2))

    assert not asyncio.run(scene()).cached
    assert rows(home, "state, held") == [("done", 0), ("failed", 0), ("done", 0)]


@pytest.mark.parametrize("pause", [0, 0.002, 0.004, 0.006, 0.008, 0.012, 0.016, 0.02, 0.03])
def test_cancelled_at_any_moment_leaves_nothing_open(home: Path, pause: float) -> None:
    """Neither a hold nor a sent that nobody ends; and what was paid for is kept."""

    async def scene() -> int:
        provider = Scripted(an_answer)
        async with a_client(home, provider) as client:
            task = asyncio.create_task(client.picture(a_job()))
            await asyncio.sleep(pause)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert not {"held", "sent"} & set(states(home))
            if "in_doubt" not in states(home):
                await client.picture(a_job())
        return provider.asked

    assert asyncio.run(scene()) <= 1


def test_a_picture_that_has_come_is_kept_even_when_nobody_waits_any_more(home: Path) -> None:
    async def scene() -> None:
        task: asyncio.Task[Picture]

        async def act(request: ImageRequest) -> Answer:
            asyncio.get_running_loop().call_soon(task.cancel)
            return await an_answer(request)

        provider = Scripted(act)
        async with a_client(home, provider) as client:
            task = asyncio.create_task(client.picture(a_job()))
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await client.picture(a_job())).cached

    asyncio.run(scene())
    assert states(home) == ["done", "done"]


def test_a_follower_of_a_cancelled_leader_takes_its_place(home: Path) -> None:
    """Cancelled before anything was sent: the leader was only waiting for its turn."""

    async def scene() -> Picture:
        provider, begun, end = in_flight()
        async with a_client(home, provider, limits={"openai": Limits(concurrency=1)}) as client:
            first = asyncio.create_task(client.picture(a_job(1)))
            await begun.wait()
            leader = asyncio.create_task(client.picture(a_job(2)))
            while len(rows(home)) < 2:
                await asyncio.sleep(0.01)
            follower = asyncio.create_task(client.picture(a_job(2)))
            await asyncio.sleep(0.05)
            leader.cancel()
            await asyncio.wait([leader])
            end.set()
            await first
            return await follower

    assert not asyncio.run(scene()).cached


def test_a_cancelled_follower_harms_neither_the_leader_nor_the_others(home: Path) -> None:
    async def scene() -> list[Picture]:
        provider, begun, end = in_flight()
        async with a_client(home, provider) as client:
            leader = asyncio.create_task(client.picture(a_job()))
            await begun.wait()
            cancelled, other = (asyncio.create_task(client.picture(a_job())) for _ in range(2))
            await asyncio.sleep(0.05)
            cancelled.cancel()
            await asyncio.wait([cancelled])
            assert cancelled.cancelled()
            end.set()
            return [await leader, await other]

    leader, other = asyncio.run(scene())
    assert (leader.cached, other.cached) == (False, True)


def test_closing_waits_for_the_calls_under_way(home: Path) -> None:
    async def scene() -> Picture:
        provider, begun, end = in_flight()
        async with a_client(home, provider) as client:
            task = asyncio.create_task(client.picture(a_job()))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.05, end.set)
        return await task

    assert not asyncio.run(scene()).cached
    assert states(home) == ["done"]


def test_an_event_loop_that_ends_in_between_waits_for_the_journal(home: Path) -> None:
    """asyncio.run cancels every task it finds when its main one is done."""

    async def scene() -> None:
        provider, begun, _ = in_flight()
        client = Client(home, lambda _: provider)
        left.add(asyncio.create_task(client.picture(a_job())))
        await begun.wait()

    left: set[asyncio.Task[Picture]] = set()
    asyncio.run(scene())
    assert states(home) == ["in_doubt"]


# Tried again


@pytest.mark.parametrize(
    "trouble",
    [
        [Status(429, code="rate_limit_exceeded", retry_after=0.01)],
        [Status(500)],
        [Status(503, code="slow_down"), Status(502)],
        [Status(408), Status(409), Status(500)],
    ],
)
def test_what_passes_is_tried_again_and_paid_once(
    home: Path, fake: FakeOpenAI, trouble: list[Misbehaviour]
) -> None:
    fake.script.extend(trouble)
    assert not draw_one(home, an_openai(fake.base_url)).cached
    assert fake.pictures_charged == 1
    assert len(fake.requests) == len(trouble) + 1
    assert rows(home, "state, held, error") == [("done", 0, None)]


def test_a_wait_that_the_provider_asks_for_is_kept(home: Path, fake: FakeOpenAI) -> None:
    fake.script.append(Status(429, retry_after=0.2))
    loop_time = threading.Event()
    started = os.times().elapsed
    draw_one(home, an_openai(fake.base_url))
    assert os.times().elapsed - started >= 0.19
    assert not loop_time.is_set()


def test_too_long_a_wait_is_not_waited_for(home: Path, fake: FakeOpenAI) -> None:
    fake.script.append(Status(429, retry_after=3600))
    with pytest.raises(RateLimitedError) as caught:
        draw_one(home, an_openai(fake.base_url))
    assert caught.value.retry_after == 3600
    assert rows(home, "state, held, cost") == [("failed", 0, 0)]


def test_four_times_is_enough(home: Path, fake: FakeOpenAI) -> None:
    fake.script.extend([Status(500)] * 9)
    with pytest.raises(ProviderError, match="The script of the fake says so"):
        draw_one(home, an_openai(fake.base_url))
    assert (len(fake.requests), fake.pictures_charged) == (4, 0)
    assert rows(home, "state, held, cost") == [("failed", 0, 0)]


def test_a_provider_that_cannot_be_reached_is_asked_four_times(home: Path) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        with pytest.raises(UnreachableError, match="cannot be reached"):
            draw_one(home, an_openai(url))
    assert rows(home, "state, held, cost") == [("failed", 0, 0)]


def test_a_provider_that_comes_up_meanwhile_is_paid_once(home: Path, fake: FakeOpenAI) -> None:
    asked = 0

    async def act(request: ImageRequest) -> Answer:
        nonlocal asked
        asked += 1
        with closing(socket.socket()) as nobody:
            nobody.bind(("127.0.0.1", 0))
            refused = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
            provider = an_openai(refused if asked < 3 else fake.base_url)
            try:
                return await provider.generate(request)
            finally:
                await provider.aclose()

    draw_one(home, Scripted(act))
    assert (asked, fake.pictures_charged) == (3, 1)
    assert states(home) == ["done"]


@pytest.mark.parametrize(
    ("trouble", "kind", "state"),
    [
        (Status(429, code="insufficient_quota"), QuotaError, "failed"),
        (Status(400, code="billing_hard_limit_reached"), QuotaError, "failed"),
        (Status(400), ProviderError, "failed"),
        (Status(401, code="invalid_api_key"), ProviderError, "failed"),
        (Status(403), ProviderError, "failed"),
        (Status(404, code="model_not_found"), ProviderError, "failed"),
        (Status(400, code="moderation_blocked"), RefusedError, "refused"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(
    home: Path, fake: FakeOpenAI, trouble: Misbehaviour, kind: type[ProviderError], state: str
) -> None:
    fake.script.append(trouble)
    with pytest.raises(kind) as caught:
        draw_one(home, an_openai(fake.base_url))
    assert (len(fake.requests), fake.pictures_charged) == (1, 0)
    assert caught.value.request_id == "req_fake_1"
    assert rows(home, "state, held, cost, request_id") == [(state, 0, 0, "req_fake_1")]
    assert not draw_one(home, an_openai(fake.base_url)).cached, "the next call is free to ask"


# In doubt


@pytest.mark.parametrize("trouble", [Hangup(), Cut(), Stall(5)], ids=["hangup", "cut", "stall"])
def test_without_a_whole_answer_it_is_in_doubt_and_never_asked_again_silently(
    home: Path, fake: FakeOpenAI, trouble: Misbehaviour
) -> None:
    fake.script.append(trouble)
    with pytest.raises(InDoubtError, match="may have been billed"):
        draw_one(home, an_openai(fake.base_url, read=0.15))
    with pytest.raises(InDoubtError, match=r"take 1 of this picture was asked for on 20\d\d-"):
        draw_one(home, an_openai(fake.base_url))
    assert (len(fake.requests), fake.pictures_charged) == (1, 1)
    assert rows(home, "state, held") == [("in_doubt", nano(a_job().bound))]
    again = draw_one(home, an_openai(fake.base_url), a_job(resend=True))
    assert (again.cached, fake.pictures_charged) == (False, 2)
    assert draw_one(home, an_openai(fake.base_url)).cached, "now there is a picture"


def test_what_nobody_foresaw_is_in_doubt_once_it_was_sent(home: Path) -> None:
    async def act(request: ImageRequest) -> Answer:
        raise RuntimeError("a fault of the provider's own code")

    with pytest.raises(RuntimeError):
        draw_one(home, Scripted(act))
    assert rows(home, "state, error") == [("in_doubt", "RuntimeError")]


# Unusable, refused


@pytest.mark.parametrize(
    "trouble",
    [Html(), BadBase64(), Truncated(), NotAPicture(), Empty()],
    ids=lambda trouble: type(trouble).__name__,
)
def test_an_answer_without_a_picture_is_booked_at_its_bound(
    home: Path, fake: FakeOpenAI, trouble: Misbehaviour
) -> None:
    fake.script.append(trouble)
    with pytest.raises(UnusableError) as caught:
        draw_one(home, an_openai(fake.base_url))
    assert caught.value.provider == "openai"
    bound = nano(a_job().bound)
    assert rows(home, "state, held, cost, estimated") == [("unusable", 0, bound, 1)]
    assert len(fake.requests) == 1
    assert not [*home.glob("pictures/*/*")]


def test_a_refusal_says_why_and_the_other_takes_go_on(home: Path, fake: FakeOpenAI) -> None:
    details = {"moderation_stage": "output", "categories": ["violence", "self-harm"]}
    fake.script.append(Status(400, code="moderation_blocked", moderation=details))
    jobs = [a_job(take) for take in (1, 2, 3)]
    limits = {"openai": Limits(concurrency=1)}
    results = draw(home, an_openai(fake.base_url), *jobs, limits=limits)
    (refusal,) = [result for result in results if isinstance(result, RefusedError)]
    assert (refusal.stage, refusal.categories) == ("output", ("violence", "self-harm"))
    assert "at the output stage (violence, self-harm)" in refusal.message
    assert fake.pictures_charged == 2
    assert sorted(states(home)) == ["done", "done", "refused"]


# Budget, quota, pace


def test_a_budget_stops_calls_before_they_are_sent(home: Path, fake: FakeOpenAI) -> None:
    bound = a_job().bound
    jobs = [a_job(take) for take in range(1, 6)]
    results = draw(home, an_openai(fake.base_url), *jobs, budget=Budget(per_day=2 * bound))
    stopped = [result for result in results if isinstance(result, BudgetError)]
    assert len(stopped) == 3
    assert fake.pictures_charged == len(fake.requests) == 2


def test_of_ten_asked_at_once_a_quota_of_four_lets_four_pass(home: Path, fake: FakeOpenAI) -> None:
    limits = {"openai": Limits(per_day=4)}
    jobs = [a_job(take) for take in range(1, 11)]
    results = draw(home, an_openai(fake.base_url), *jobs, limits=limits)
    stopped = [result for result in results if isinstance(result, QuotaError)]
    assert len(stopped) == 6
    assert "raise providers.openai.limits.per_day" in str(stopped[0].fix)
    assert fake.pictures_charged == len(fake.requests) == 4
    again = draw(home, an_openai(fake.base_url), a_job(11), limits=limits)
    assert isinstance(again[0], QuotaError)


def test_calls_keep_the_pace(home: Path, fake: FakeOpenAI) -> None:
    """2 400 a minute is one each 25 ms; two may go at once."""
    limits = {"openai": Limits(per_minute=2400, concurrency=2)}
    started = os.times().elapsed
    draw(home, an_openai(fake.base_url), *(a_job(take) for take in range(1, 9)), limits=limits)
    assert os.times().elapsed - started >= 6 * 0.025
    assert fake.pictures_charged == 8


# When the disk or the ledger fails


def test_an_index_with_a_foreign_row_leaves_no_hold_behind(home: Path, fake: FakeOpenAI) -> None:
    """Else the next call would wait for ever for one that nobody makes."""
    draw_one(home, an_openai(fake.base_url))

    async def scene() -> None:
        async with a_client(home, an_openai(fake.base_url)) as client:
            with closing(sqlite3.connect(home / "index" / "cache.db")) as db, db:
                db.execute("UPDATE Cache SET value = 7")
            for _ in range(2):
                with pytest.raises(StoreError):
                    await asyncio.wait_for(client.picture(a_job()), 5)

    asyncio.run(scene())
    assert fake.pictures_charged == 1


def test_a_store_that_fails_after_the_claim_frees_the_hold(home: Path) -> None:
    async def scene() -> None:
        provider = Scripted(an_answer)
        async with a_client(home, provider) as client:
            real = client.ledger.claim

            def claim_and_spoil(*args: Any, **more: Any) -> Any:
                claimed = real(*args, **more)
                sidecar = home / "made" / a_job().request.digest[:2]
                sidecar.mkdir(parents=True, exist_ok=True)
                (sidecar / f"{a_job().request.digest}.json").write_text("{")
                return claimed

            client.ledger.claim = claim_and_spoil  # type: ignore[method-assign]
            with pytest.raises(StoreError):
                await client.picture(a_job())
            assert rows(home, "state, held") == [("failed", 0)]
            assert provider.asked == 0

    asyncio.run(scene())


def test_a_picture_that_comes_between_look_and_claim_is_not_paid_again(home: Path) -> None:
    async def scene() -> Picture:
        provider = Scripted(an_answer)
        async with a_client(home, provider) as client, a_client(home, provider) as other:
            real = client.ledger.claim

            def after_another(*args: Any, **more: Any) -> Any:
                client.ledger.claim = real  # type: ignore[method-assign]
                job = replace(a_job(), resend=True)  # a flight of its own in this process
                asyncio.run(other.picture(job))
                return real(*args, **more)

            client.ledger.claim = after_another  # type: ignore[method-assign]
            picture = await client.picture(a_job())
            assert provider.asked == 1
            return picture

    picture = asyncio.run(scene())
    assert (picture.cached, picture.cost) == (True, Decimal(0))
    assert picture.saved > 0
    assert rows(home, "state, cached, held") == [("done", 0, 0), ("done", 1, 0)]


def test_a_picture_that_cannot_be_stored_is_neither_lost_nor_paid_again(
    home: Path, tmp_path: Path, fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuge = tmp_path / "refuge"
    refuge.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(refuge))
    home.mkdir()
    (home / "pictures").write_text("a file where the folder should be")
    for _ in range(2):
        with pytest.raises(PromptkitError) as caught:
            draw_one(home, an_openai(fake.base_url))
        kind = (
            StoreError if not fake.requests[1:] and "stored" in str(caught.value) else InDoubtError
        )
        assert isinstance(caught.value, kind)
    (kept,) = refuge.iterdir()
    assert kept.read_bytes().startswith(b"\x89PNG")
    assert fake.pictures_charged == 1
    assert rows(home, "state, held, cost > 0") == [("in_doubt", 0, 1)]


def test_even_without_a_refuge_the_error_is_ours(
    home: Path, fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(home / "nowhere"))
    home.mkdir()
    (home / "pictures").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="paid for, but cannot be stored") as caught:
        draw_one(home, an_openai(fake.base_url))
    assert "instead" not in str(caught.value.fix)


def locking(home: Path, held: list[sqlite3.Connection]) -> Callable[[ImageRequest], Any]:
    """Lock the ledger from outside just before the answer is given."""

    async def act(request: ImageRequest) -> Answer:
        db = sqlite3.connect(home / "ledger.sqlite3", isolation_level=None, check_same_thread=False)
        db.execute("BEGIN IMMEDIATE")
        held.append(db)
        return await an_answer(request)

    return act


def test_a_locked_ledger_does_not_cost_a_picture_that_was_paid_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "PATIENCE", 0.05)
    held: list[sqlite3.Connection] = []

    async def scene() -> None:
        provider = Scripted(locking(home, held))
        async with a_client(home, provider) as client:
            picture = await client.picture(a_job())
            assert picture.path.is_file()
            held.pop().close()
            assert rows(home, "state") == [("sent",)]
            assert (await client.picture(a_job())).cached
            assert provider.asked == 1
        assert rows(home, "state, held, cost, cached") == [
            ("done", 0, nano(picture.cost), 0),
            ("done", 0, 0, 1),
        ]

    asyncio.run(scene())


def test_a_locked_ledger_does_not_hide_what_went_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of the call is raised, not that of its booking; and nothing hangs afterwards."""
    monkeypatch.setattr(ledger_module, "PATIENCE", 0.05)
    held: list[sqlite3.Connection] = []
    lock = locking(home, held)

    async def act(request: ImageRequest) -> Answer:
        await lock(request)
        raise UnusableError("it is no picture")

    async def scene() -> None:
        async with a_client(home, Scripted(act)) as client:
            with pytest.raises(UnusableError):
                await client.picture(a_job())
            held.pop().close()
            with pytest.raises(InDoubtError):
                await asyncio.wait_for(client.picture(a_job()), 5)

    asyncio.run(scene())
    assert states(home) == ["in_doubt"]


def test_a_ledger_that_cannot_note_sent_lets_nothing_be_sent(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "PATIENCE", 0.05)

    async def scene() -> int:
        provider = Scripted(an_answer)
        async with a_client(home, provider) as client:
            held: list[sqlite3.Connection] = []
            real = client.ledger.place_today

            def lock(lane: Lane, row: int) -> int:
                db = sqlite3.connect(
                    home / "ledger.sqlite3", isolation_level=None, check_same_thread=False
                )
                db.execute("BEGIN IMMEDIATE")
                held.append(db)
                return real(lane, row)

            client.ledger.place_today = lock  # type: ignore[method-assign]
            client._limits["openai"] = Limits(per_day=9)
            with pytest.raises(StoreError, match="locked"):
                await client.picture(a_job())
            held.pop().close()
            client.ledger.place_today = real  # type: ignore[method-assign]
            assert provider.asked == 0
            await asyncio.wait_for(client.picture(a_job()), 5)
        return provider.asked

    assert asyncio.run(scene()) == 1
    assert states(home) == ["failed", "done"]
