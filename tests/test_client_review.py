"""What a review of the client found: each of these once paid twice, lost a picture, or hung."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fake_chat import FakeChat, Said
from fake_openai import FakeOpenAI, Stall, Status
from promptkit.blocking import Kit
from promptkit.client import client as module
from promptkit.client import flights as flights_module
from promptkit.client.cache import Index, PictureStore
from promptkit.client.chat import Message, TextJob, TextPrice, TextRequest
from promptkit.client.client import Client, Limits
from promptkit.client.flights import to_the_end
from promptkit.client.http import Http
from promptkit.client.ledger import Budget, Ledger, nano
from promptkit.client.pace import Lane
from promptkit.client.request import Answer, ImageRequest, Picture
from promptkit.client.upkeep import Upkeep
from promptkit.errors import InDoubtError, RateLimitedError, RefusedError, StoreError
from promptkit.kit import AsyncKit
from promptkit.provider.chat import Chat
from test_client import (
    Scripted,
    a_client,
    a_job,
    an_answer,
    an_openai,
    draw,
    draw_one,
    in_flight,
    rows,
    states,
)
from test_client_ledger import CENT, NO_LIMIT, an_entry, claim, the_row
from test_client_request import a_picture
from test_upkeep import age, book, put, sidecar

LANE = Lane("openai", "", Limits())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    opened = Ledger(home)
    yield opened
    opened.close()


# A call that another process took for dead


def test_a_call_that_was_given_up_does_not_leave(ledger: Ledger) -> None:
    """Its hold is free, and another may be paying for the same by now."""
    row = claim(ledger)
    ledger.let_go(row)
    other = claim(ledger)
    with pytest.raises(StoreError, match="nothing was sent") as caught:
        ledger.leave(row, LANE, 1.0)
    assert caught.value.fix
    assert [call["state"] for call in ledger.rows()] == ["failed", "held"]
    assert ledger.leave(other, LANE, 1.0) == 0, "a call that does not leave takes no place"


def test_what_is_in_doubt_is_not_held_again(ledger: Ledger) -> None:
    row = claim(ledger)
    assert ledger.leave(row, LANE, 1.0) == 0
    ledger.held_again(row, "busy")
    assert (the_row(ledger)["state"], the_row(ledger)["error"]) == ("held", "busy")
    ledger.mark(row, "in_doubt")
    ledger.held_again(row, "busy")
    assert the_row(ledger)["state"] == "in_doubt"


def test_a_process_without_its_mark_of_life_does_not_pay_beside_another(home: Path) -> None:
    async def scene() -> tuple[Any, Picture]:
        provider, begun, end = in_flight()
        late, early = Client(home, lambda _: provider), Client(home, lambda _: provider)
        leave = late._books.leave

        def after_the_other(*args: Any) -> float:
            for mark in (home / "owners").iterdir():
                mark.unlink()
            loop.call_soon_threadsafe(go.set)
            asyncio.run_coroutine_threadsafe(begun.wait(), loop).result()
            loop.call_soon_threadsafe(end.set)
            return leave(*args)

        loop, go = asyncio.get_running_loop(), asyncio.Event()
        late._books.leave = after_the_other  # type: ignore[method-assign, assignment]
        first = asyncio.create_task(late.picture(replace(a_job(), resend=True)))
        await go.wait()
        picture = await early.picture(a_job())
        (said,) = await asyncio.gather(first, return_exceptions=True)
        await asyncio.gather(late.aclose(), early.aclose())
        assert provider.asked == 1
        return said, picture

    said, picture = asyncio.run(scene())
    assert isinstance(said, StoreError)
    assert not picture.cached
    assert [state for state, _ in rows(home, "state, held")] == ["failed", "done"]


# The end of the program, and of the loop

ENDS = """
import asyncio, sys, threading
sys.path[:0] = sys.argv[3:]
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from test_client import a_job, an_openai
from promptkit.client.client import Client
home, url = Path(sys.argv[1]), sys.argv[2]
async def draw():
    client = Client(home, lambda _: an_openai(url))
    return await client.get(a_job())
ThreadPoolExecutor().submit(lambda: asyncio.run(draw()))
while not (home / "asked").exists():
    threading.Event().wait(0.01)
"""


def test_a_picture_that_comes_when_the_program_ends_is_kept_and_settled(home: Path) -> None:
    """A script that falls off its end: no thread takes work any more, but the answer comes."""
    home.mkdir()

    class Slow(FakeOpenAI):
        def _answer(self, request: Any) -> Any:
            (home / "asked").touch()
            return super()._answer(request)

    here = str(Path(__file__).parent)
    with Slow(script=[Stall(0.5)]) as fake:
        command = [sys.executable, "-c", ENDS, str(home), fake.base_url, here]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        assert fake.pictures_charged == 1
    assert states(home) == ["done"]
    with closing(PictureStore(home)) as store:
        assert store.get(a_job().digest)


def test_work_is_done_inline_when_no_thread_takes_it(home: Path) -> None:
    async def scene() -> int:
        await asyncio.get_running_loop().shutdown_default_executor()
        return await to_the_end(lambda: 3)

    assert asyncio.run(scene()) == 3
    index = Index(home / "index")
    index.remember("a", "b")
    assert index._thread is not None
    index._thread.shutdown()
    assert index.get("a") == "b"
    index.close()


@pytest.mark.parametrize("collected", [True, False])
@pytest.mark.parametrize("sent", [True, False])
def test_a_call_whose_loop_was_closed_blocks_nobody(
    home: Path, collected: bool, sent: bool
) -> None:
    """As notebooks and reloading servers do: the loop is closed, and its tasks never end."""
    begun = asyncio.Event()

    async def act(request: ImageRequest) -> Answer:
        if provider.asked > 1:
            return await an_answer(request)
        begun.set()
        return await asyncio.Event().wait()  # type: ignore[return-value]

    provider = Scripted(act)
    client = Client(home, lambda _: provider, limits={"openai": Limits(concurrency=1)})
    loop = asyncio.new_event_loop()
    tasks = [loop.create_task(client.get(a_job(1 if sent else 2)))]
    loop.run_until_complete(begun.wait())
    if not sent:
        tasks.append(loop.create_task(client.get(a_job(1))))
        while len(rows(home)) < 2:
            loop.run_until_complete(asyncio.sleep(0.01))
    assert states(home)[-1] == ("sent" if sent else "held")
    loop.close()
    if collected:
        drop(*tasks)

    async def again() -> Any:
        got = await asyncio.wait_for(asyncio.gather(client.get(a_job()), return_exceptions=True), 5)
        await asyncio.wait_for(client.aclose(), 5)
        return got[0]

    said = asyncio.run(again())
    if sent:
        assert isinstance(said, InDoubtError)
        assert states(home) == ["in_doubt"]
    else:
        assert isinstance(said, Picture)
        assert states(home) == ["in_doubt", "failed", "done"]
    assert len(module._flights) == 0
    drop(*tasks)


def drop(*tasks: asyncio.Task[Any]) -> None:
    """Do as the collector of garbage does with tasks of a closed loop, but without its noise."""
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        with suppress(RuntimeError):
            task.get_coro().close()


def test_who_waits_for_a_call_when_its_loop_is_closed_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_module, "GLANCE", 0.02)
    provider, begun, _ = in_flight()
    client = Client(home, lambda _: provider)
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.get(a_job()))
    loop.run_until_complete(begun.wait())

    async def follow() -> list[Any]:
        asyncio.get_running_loop().call_later(0.05, loop.close)
        both = (client.get(a_job()) for _ in range(2))
        said = await asyncio.wait_for(asyncio.gather(*both, return_exceptions=True), 5)
        await client.aclose()
        return said

    assert [type(said) for said in asyncio.run(follow())] == [InDoubtError] * 2
    assert states(home) == ["in_doubt"]
    drop(task)


def test_a_client_closes_over_a_call_whose_loop_was_closed(home: Path) -> None:
    provider, begun, _ = in_flight()
    client = Client(home, lambda _: provider)
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.get(a_job()))
    loop.run_until_complete(begun.wait())
    loop.close()
    asyncio.run(asyncio.wait_for(client.aclose(), 5))
    assert states(home) == ["in_doubt"]
    drop(task)


# Answers


def test_a_call_that_was_turned_away_is_not_in_doubt_when_it_is_cancelled_then(home: Path) -> None:
    loop: asyncio.AbstractEventLoop
    task: asyncio.Task[Picture]
    cancelled = threading.Event()

    async def scene() -> None:
        nonlocal loop, task
        provider = Scripted(turned_away)
        async with a_client(home, provider) as client:
            client.ledger.slow = cancel  # type: ignore[method-assign]
            loop, task = asyncio.get_running_loop(), asyncio.create_task(client.get(a_job()))
            with pytest.raises(asyncio.CancelledError):
                await task

    def cancel(*_: Any, **__: Any) -> None:
        loop.call_soon_threadsafe(task.cancel)
        loop.call_soon_threadsafe(cancelled.set)
        assert cancelled.wait(5)

    async def turned_away(request: ImageRequest) -> Answer:
        raise RateLimitedError("no", provider="openai", safe_to_retry=False)

    asyncio.run(scene())
    assert rows(home, "state, held, cost") == [("failed", 0, 0)]


def a_text_job(writer: Chat, fake: FakeChat) -> TextJob:
    request = TextRequest(fake.base_url, fake.model, (Message("user", "x"),), {"max_tokens": 400})
    return TextJob("rewriter", request, TextPrice(Decimal(10), Decimal(30)), 400, lambda: writer)


@asynccontextmanager
async def a_writer(fake: FakeChat) -> AsyncIterator[Chat]:
    headers = {"authorization": f"Bearer {fake.expected_key}"}
    writer = Chat("rewriter", Http("rewriter", fake.base_url, headers))
    yield writer
    await writer.aclose()


@pytest.mark.parametrize("counted", [True, False])
def test_a_text_that_is_refused_in_words_was_billed_all_the_same(home: Path, counted: bool) -> None:
    message = {"role": "assistant", "content": None, "refusal": "I can't."}
    body: dict[str, Any] = {"choices": [{"message": message, "finish_reason": "stop"}]}
    if counted:
        body["usage"] = {"prompt_tokens": 1000, "completion_tokens": 200}

    async def scene() -> Decimal:
        async with a_writer(fake) as writer, a_client(home, Scripted(an_answer)) as client:
            job = a_text_job(writer, fake)
            with pytest.raises(RefusedError, match="I can't"):
                await client.get(job)
            return job.bound

    with FakeChat(script=[Said(body=body)]) as fake:
        bound = asyncio.run(scene())
        assert fake.texts_charged == 1
    cost = Decimal("0.016") if counted else bound
    found = rows(home, "state, held, cost, estimated")
    assert found == [("refused", 0, nano(cost), int(not counted))]


# What lies in the store


def test_a_doubt_is_settled_by_the_picture_that_its_maker_left(home: Path) -> None:
    """Its process ends after storing, between our look into the store and our claim."""

    async def scene() -> Picture:
        provider = Scripted(an_answer)
        async with a_client(home, provider) as client:
            row = client.ledger.claim(a_job().entry, CENT, Budget()).row
            assert row is not None
            client.ledger.mark(row, "sent")
            client.ledger.let_go(row)
            claim = client.ledger.claim

            def after_it_is_stored(*args: Any, **more: Any) -> Any:
                data, facts = a_picture(), {"cost": CENT, "estimated": False, "made": {}}
                client.store.put(a_job().digest, "0" * 64, data, "image/png", **facts)  # type: ignore[arg-type]
                return claim(*args, **more)

            client.ledger.claim = after_it_is_stored  # type: ignore[method-assign]
            return await client.picture(a_job())

    assert asyncio.run(scene()).cached
    assert rows(home, "state, cost, cached") == [("done", nano(CENT), 0), ("done", 0, 1)]


def test_a_doubt_is_settled_although_an_earlier_purchase_was_pruned(ledger: Ledger) -> None:
    first = claim(ledger)
    ledger.settle(first, "done", CENT)
    second = claim(ledger)
    ledger.mark(second, "in_doubt")
    ledger.found("d", "s", CENT, estimated=False)
    assert [row["state"] for row in ledger.rows()] == ["done", "done"]
    third = ledger.claim(an_entry(), CENT, NO_LIMIT).row
    assert third is not None, "nothing is in doubt"


def test_where_the_index_leads_nowhere_the_sidecar_does(home: Path) -> None:
    stored = put(home)
    fresh = put(home, 2)
    with closing(PictureStore(home)) as store:
        outdated = store.index.get(stored.digest)
        assert outdated
        made = store.made(fresh.digest)
        assert made
        sidecar(home, stored).write_bytes(sidecar(home, fresh).read_bytes())
        stored.path.unlink()
        found = store.get(stored.digest)
        assert found
        assert found.path == fresh.path
        assert store.index.get(stored.digest) != outdated, "and it is remembered"
        fresh.path.unlink()
        assert store.get(stored.digest) is None


def test_what_is_used_between_plan_and_prune_stays(home: Path) -> None:
    used, free = put(home), put(home, 2)
    for stored in (used, free):
        age(home, stored, 99)
    with Upkeep(home) as upkeep:
        plan = upkeep.plan(keep_days=30)
        assert len(plan.pictures) == 2
        book(home, used.digest)
        gone = upkeep.evict(plan)
        assert ([item.path for item in gone.pictures], gone.kept_back) == ([free.path], 1)
        assert (used.path.exists(), free.path.exists()) == (True, False)


def test_a_picture_that_another_request_brings_meanwhile_keeps_its_file(home: Path) -> None:
    old = put(home, 1, a_picture())
    age(home, old, 99)
    with Upkeep(home) as upkeep:
        plan = upkeep.plan(keep_days=30)
        new = put(home, 2, a_picture())
        upkeep.evict(plan)
    assert not sidecar(home, old).exists()
    with closing(PictureStore(home)) as store:
        assert store.get(new.digest) == new
        assert store.get(old.digest) is None


# Processes


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def in_a_fork(work: Callable[[], object]) -> str:
    """Return what work says when it is done in a process that was forked from this one."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            said = f"{work()}"
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(theirs, said.encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@forks
def test_what_was_opened_before_a_fork_is_not_used_after_it(home: Path) -> None:
    provider = Scripted(an_answer)
    client = Client(home, lambda _: provider)
    client.store.index.remember("a", "b")
    uses: list[Callable[[], object]] = [
        lambda: asyncio.run(client.picture(a_job())),
        lambda: client.store.index.get("a"),
        lambda: client.ledger.rows(),
    ]
    for use in uses:
        said = in_a_fork(use)
        assert said.startswith("StoreError: "), said
        assert "open a Kit in each process" in said
    assert in_a_fork(lambda: asyncio.run(client.aclose())) == "None"
    assert not asyncio.run(client.picture(a_job())).cached, "here it goes on"
    asyncio.run(client.aclose())
    assert not [*(home / "owners").iterdir()]


@forks
def test_a_kit_that_was_used_before_a_fork_says_so_instead_of_waiting_for_ever(
    tmp_path: Path,
) -> None:
    (tmp_path / "promptkit.yaml").write_text("brand: tidewell\n", encoding="utf-8")
    with Kit(tmp_path) as kit:
        kit._wait(asyncio.sleep(0))
        assert "open a Kit in each process" in in_a_fork(lambda: kit._wait(asyncio.sleep(0)))
        assert in_a_fork(kit.close) == "None"
        kit._wait(asyncio.sleep(0))


def test_marks_of_dead_processes_are_swept_away_and_those_of_the_living_stay(home: Path) -> None:
    with closing(Ledger(home)) as living:
        (home / "owners" / "dead.lock").touch()
        with closing(Ledger(home)):
            names = {path.stem for path in (home / "owners").iterdir()}
            assert living._owner.name in names
            assert len(names) == 2


def test_an_opening_that_takes_too_long_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    from promptkit.client import ledger as ledger_module

    home.mkdir()
    monkeypatch.setattr(ledger_module, "PATIENCE", 0.05)
    with FileLock(home / "opening.lock"), pytest.raises(StoreError, match="cannot be used"):
        Ledger(home)


# The kit


def test_a_kit_waits_for_a_text_before_its_connection_is_closed(tmp_path: Path) -> None:
    closed: list[str] = []

    class Closes:
        def __init__(self, name: str) -> None:
            self.name = name

        async def aclose(self) -> None:
            closed.append(self.name)

    kit = AsyncKit(tmp_path)
    kit._rooms.__dict__ |= {"rewriter": Closes("rewriter"), "client": Closes("client")}
    asyncio.run(kit.aclose())
    assert closed == ["client", "rewriter"]


@pytest.mark.parametrize("status", [504, 524])
def test_a_gateway_that_gave_up_waiting_is_not_asked_again(home: Path, status: int) -> None:
    with FakeOpenAI(script=[Status(status, charge=True)]) as fake:
        (said,) = draw(home, an_openai(fake.base_url), a_job())
        assert isinstance(said, InDoubtError)
        assert (said.status, said.request_id) == (status, "req_fake_1")
        assert len(fake.requests) == fake.pictures_charged == 1
    assert states(home) == ["in_doubt"]


def test_unless_it_says_that_it_may_be(home: Path) -> None:
    script = [Status(504, headers={"x-should-retry": "true"})]
    with FakeOpenAI(script=[*script]) as fake:
        assert not draw_one(home, an_openai(fake.base_url)).cached
        assert len(fake.requests) == 2
