"""When calls may leave: on a clock of the tests' own, then over real processes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fake_openai import FakeOpenAI, Misbehaviour, Status
from promptkit.client import client as client_module
from promptkit.client import pace as module
from promptkit.client.ledger import Budget, Entry, Ledger
from promptkit.client.pace import Lane, Limits
from promptkit.client.request import Answer, ImageRequest, Picture, Room, Usage
from promptkit.errors import QuotaError, RateLimitedError, StoreError
from test_client import Scripted, a_client, a_job, an_openai, draw, draw_one, rows
from test_client_request import a_picture

NOON = 1_800_000_000.0
QUARTER = 15 * 60.0


@dataclass
class Queue:
    """A ledger whose calls leave at times that a test names."""

    ledger: Ledger
    asked: int = 0

    def row(self, lane: Lane) -> int:
        self.asked += 1
        name = f"{id(self)}-{self.asked}"
        entry = Entry(name, lane.provider, "m", "low", "1024x640", 1)
        row = self.ledger.claim(entry, Decimal(0), Budget(), account=lane.account).row
        assert row is not None
        return row

    def leave(self, lane: Lane, now: float) -> float:
        """Let a call leave as soon as it may, be done at once, and return the time."""
        row = self.row(lane)
        while wait := self.ledger.leave(row, lane, now):
            now += wait
        self.ledger.settle(row, "done", Decimal(0))
        return now

    def wait(self, lane: Lane, now: float) -> float:
        """Return what the next call would have to wait, without sending it."""
        with self.ledger._using() as db:
            return module.wait(db, lane, now)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    ledger = Ledger(tmp_path / "home")
    yield Queue(ledger)
    ledger.close()


def a_lane(per_minute: int | None = None, concurrency: int = 8, account: str = "") -> Lane:
    return Lane("openai", account, Limits(per_minute, None, concurrency))


def most_within(times: list[float], window: float) -> int:
    """Return the most departures in any window of so many seconds."""
    return max(sum(start <= other < start + window for other in times) for start in times)


# The rate of the settings


def test_a_burst_goes_at_once_and_the_rest_one_by_one(queue: Queue) -> None:
    lane = a_lane(per_minute=30, concurrency=3)
    times = [queue.leave(lane, NOON) - NOON for _ in range(6)]
    assert times == pytest.approx([0, 0, 0, 2, 4, 6])


def test_without_a_rate_all_go_at_once(queue: Queue) -> None:
    assert {queue.leave(a_lane(), NOON) for _ in range(20)} == {NOON}


@pytest.mark.parametrize(("per_minute", "concurrency"), [(1, 8), (5, 8), (20, 4), (50, 8), (50, 1)])
def test_no_minute_has_more_than_its_rate_and_hardly_any_less(
    queue: Queue, per_minute: int, concurrency: int
) -> None:
    """A burst on top of a full rate, which plain cell rates allow, would be over it."""
    lane, now, times = a_lane(per_minute, concurrency), NOON, []
    for _ in range(4 * per_minute + 3):
        now = queue.leave(lane, now)
        times.append(now)
    assert most_within(times, 60.0) == per_minute
    share = (len(times) - 1) / (times[-1] - times[0]) * 60 / per_minute
    assert share >= 0.99


def test_after_a_rest_no_minute_has_more_than_its_rate_either(queue: Queue) -> None:
    lane, times = a_lane(per_minute=10, concurrency=5), []
    for start in (0.0, 7.0, 58.0, 61.0, 300.0, 359.0):
        now = NOON + start
        times += [now := queue.leave(lane, now) for _ in range(6)]
    assert most_within(times, 60.0) <= 10


def test_lanes_of_other_keys_and_other_providers_do_not_wait(queue: Queue) -> None:
    lane = a_lane(per_minute=1)
    queue.leave(lane, NOON)
    assert queue.wait(lane, NOON) > 59
    assert queue.wait(a_lane(per_minute=1, account="another"), NOON) == 0
    assert queue.wait(Lane("transit", "", lane.limits), NOON) == 0


def test_departures_are_forgotten_when_they_no_longer_count(queue: Queue) -> None:
    for number in range(50):
        queue.leave(a_lane(per_minute=600), NOON + 10 * number)
    with queue.ledger._using() as db:
        assert db.execute("SELECT count(*) FROM departures").fetchone()[0] <= 13


def test_a_clock_that_goes_back_an_hour_does_not_stop_work_for_an_hour(queue: Queue) -> None:
    lane = a_lane(per_minute=60, concurrency=1)
    for _ in range(3):
        last = queue.leave(lane, NOON)
    queue.ledger.slow(lane, last, left=last, told=10, hold=QUARTER)
    wait = queue.wait(lane, last)
    assert queue.wait(lane, last - 3600) == pytest.approx(wait), "places stay taken, in new time"
    assert queue.leave(lane, last - 3600) == pytest.approx(last - 3600 + wait)


def test_clocks_read_a_moment_apart_do_not_loosen_the_rate(queue: Queue) -> None:
    lane = a_lane(per_minute=60, concurrency=1)
    queue.leave(lane, NOON)
    assert queue.wait(lane, NOON - 0.1) == pytest.approx(1.1)


# At once


def test_calls_at_once_are_counted_over_all_who_share_the_ledger(
    tmp_path: Path, queue: Queue
) -> None:
    lane, other = a_lane(concurrency=2), Ledger(tmp_path / "home")
    first, second, third = (queue.row(lane) for _ in range(3))
    fourth = Queue(other).row(lane)
    assert (queue.ledger.leave(first, lane, NOON), other.leave(fourth, lane, NOON)) == (0, 0)
    assert queue.ledger.leave(second, lane, NOON) > 0
    other.settle(fourth, "done", Decimal(0))
    assert queue.ledger.leave(second, lane, NOON) == 0
    assert other.leave(queue.row(a_lane(concurrency=2, account="other")), lane, NOON) > 0
    queue.ledger.mark(first, "held")  # turned away: it is not under way while it waits
    assert queue.ledger.leave(third, lane, NOON) == 0
    other.close()


def test_a_killed_process_leaves_its_places_to_others(tmp_path: Path, queue: Queue) -> None:
    killed = Ledger(tmp_path / "home")
    lane = a_lane(concurrency=1)
    assert killed.leave(Queue(killed).row(lane), lane, NOON) == 0
    row = queue.row(lane)
    assert queue.ledger.leave(row, lane, NOON) > 0
    killed.close()  # as the system does for a dead process: its lock is free
    assert queue.ledger.leave(row, lane, NOON) == 0


# What the provider says


def test_after_too_many_requests_all_slow_down_and_come_back(queue: Queue) -> None:
    lane = a_lane(per_minute=60, concurrency=4)
    left = queue.leave(lane, NOON)
    queue.ledger.slow(lane, NOON + 1, left=left, told=5.0, hold=0.0)
    times = [queue.leave(lane, NOON + 1) for _ in range(3)]
    assert times[0] == NOON + 6, "nothing leaves before the provider said so"
    assert times[1] - times[0] == pytest.approx(2, rel=0.1), "then at half the rate, one by one"
    later = NOON + 600
    times = [queue.leave(lane, later) for _ in range(4)]
    assert times == [later] * 4, "and ten minutes later as if nothing had been"


def test_each_further_time_is_slower_but_answers_to_the_same_burst_count_once(
    queue: Queue,
) -> None:
    lane = a_lane()
    now, waits = NOON, []
    for sent in [queue.leave(lane, now) for _ in range(5)]:
        queue.ledger.slow(lane, now, left=sent, told=0.0, hold=0.0)
    for _ in range(12):
        waits.append(queue.wait(lane, now))
        now = queue.leave(lane, now)
        queue.ledger.slow(lane, now, left=now, told=0.0, hold=0.0)
    assert waits[0] == module.SPACING, "five answers to one burst"
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(module.SLOWEST, rel=0.01)


def test_slow_down_holds_for_a_quarter_of_an_hour_and_survives_a_restart(
    tmp_path: Path, queue: Queue
) -> None:
    lane = a_lane(per_minute=60, concurrency=4)
    left = queue.leave(lane, NOON)
    queue.ledger.slow(lane, NOON, left=left, told=0.0, hold=QUARTER)
    for minutes in (1, 5, 14):
        reopened = Ledger(tmp_path / "home")
        fresh, now = Queue(reopened), NOON + 60 * minutes
        first = fresh.leave(lane, now)
        assert fresh.leave(lane, now) - first == pytest.approx(2.0)
        reopened.close()
    now = NOON + QUARTER + 600
    assert [queue.leave(lane, now) for _ in range(4)] == [now] * 4


def test_a_provider_cannot_stop_everything_for_ever(queue: Queue) -> None:
    queue.ledger.slow(a_lane(), NOON, left=NOON, told=1e9, hold=1e9)
    assert queue.wait(a_lane(), NOON) == module.LONGEST
    assert queue.wait(a_lane(), NOON + module.LONGEST + 3600) == 0


def test_the_last_places_are_spread_over_the_time_until_there_are_more(queue: Queue) -> None:
    lane = a_lane()
    queue.leave(lane, NOON)
    queue.ledger.spread(lane, NOON, left=2, reset=30.0)
    times = [queue.leave(lane, NOON) - NOON for _ in range(4)]
    assert times == pytest.approx([10, 20, 30, 30])
    queue.ledger.spread(lane, NOON + 100, left=0, reset=500.0)
    queue.leave(lane, NOON + 200)
    assert queue.wait(lane, NOON + 200) == module.SLOWEST


# The client


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)
    monkeypatch.setattr(module, "SPACING", 0.05)
    return tmp_path / "home"


def lanes(home: Path, columns: str) -> tuple[float, ...]:
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db:
        (row,) = db.execute(f"SELECT {columns} FROM lanes").fetchall()
    return tuple(row)


def test_what_a_429_says_holds_for_all_calls_and_none_is_lost(home: Path) -> None:
    script = [Status(429, code="rate_limit_exceeded", retry_after=0.3)] * 3
    with FakeOpenAI(script=[*script]) as server:
        jobs = [a_job(take) for take in range(1, 9)]
        started = os.times().elapsed
        pictures = draw(home, an_openai(server.base_url), *jobs)
        assert os.times().elapsed - started >= 0.29
        assert not [picture for picture in pictures if isinstance(picture, BaseException)]
        assert (server.pictures_charged, len(server.requests)) == (8, 11)


def test_a_503_that_says_slow_down_is_heard_by_the_next_process(home: Path) -> None:
    clock = [NOON]
    with FakeOpenAI(script=[Status(503, code="slow_down")]) as server:

        def tick() -> float:
            clock[0] += 1.0
            return clock[0]

        draw_one(home, an_openai(server.base_url), clock=tick)
        spacing, held = lanes(home, "spacing, held")
    assert spacing > 0
    assert held - NOON == pytest.approx(QUARTER, abs=5)


def test_other_errors_of_a_server_do_not_slow_down(home: Path) -> None:
    with FakeOpenAI(script=[Status(503), Status(500)]) as server:
        draw_one(home, an_openai(server.base_url))
        assert lanes(home, "spacing, held, blocked") == (0, 0, 0)


def test_who_is_told_to_rest_for_long_sends_nothing_meanwhile(home: Path) -> None:
    """Neither the rest of the batch nor the next process knocks at a closed door."""
    script = [Status(429, code="rate_limit_exceeded", retry_after=600)]
    with FakeOpenAI(script=[*script]) as server:
        jobs = [a_job(take) for take in range(1, 6)]
        limits = {"openai": Limits(concurrency=1)}
        results = draw(home, an_openai(server.base_url), *jobs, limits=limits)
        results += draw(home, an_openai(server.base_url), a_job(9), limits=limits)
        assert len(server.requests) == 1
    assert all(isinstance(result, RateLimitedError) for result in results)
    assert str(results[-1]) == (
        "openai was asked too often, and wants 10 minutes of rest: nothing was sent\n"
        "  → try again in 10 minutes: what is done is kept"
    )
    assert set(rows(home, "state, held, cost")) == {("failed", 0, 0)}


def test_when_hardly_any_calls_are_left_the_next_ones_are_spread(home: Path) -> None:
    async def act(request: ImageRequest) -> Answer:
        return Answer(a_picture(), "image/png", Usage(10, 0, 196), "r", None, Room(3, 20.0))

    draw_one(home, Scripted(act))
    assert lanes(home, "spread") == (5.0,)


def test_a_picture_that_came_with_hardly_any_calls_left_is_kept_whatever_follows(
    home: Path,
) -> None:
    """Neither a caller who has left nor a ledger that is locked may cost what is paid for."""

    async def scene() -> None:
        task: asyncio.Task[Picture]

        async def act(request: ImageRequest) -> Answer:
            asyncio.get_running_loop().call_soon(task.cancel)
            return Answer(a_picture(), "image/png", Usage(10, 0, 196), "r", None, Room(0, 9.0))

        provider = Scripted(act)
        async with a_client(home, provider) as client:
            task = asyncio.create_task(client.picture(a_job()))
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await client.picture(a_job())).cached

    asyncio.run(scene())

    async def act(request: ImageRequest) -> Answer:
        return Answer(a_picture(), "image/png", Usage(10, 0, 196), "r", None, Room(0, 9.0))

    async def locked() -> Picture:
        async with a_client(home, Scripted(act), limits={"openai": Limits()}) as client:

            def spread(*_: Any, **__: Any) -> None:
                raise StoreError("the ledger is locked")

            client.ledger.spread = spread  # type: ignore[method-assign]
            return await client.picture(a_job(2))

    assert not asyncio.run(locked()).cached


def test_when_many_calls_are_left_nothing_changes(home: Path) -> None:
    with FakeOpenAI() as server:
        draw_one(home, an_openai(server.base_url))
    assert lanes(home, "spread, spread_until, spacing") == (0, 0, 0)


def test_keys_have_limits_of_their_own(home: Path) -> None:
    """And what tells them apart is not the key."""
    limits = {"openai": Limits(per_day=1)}
    with FakeOpenAI() as one, FakeOpenAI(expected_key="sk-another-77") as other:
        draw_one(home, an_openai(one.base_url), a_job(1), limits=limits)
        draw_one(home, an_openai(other.base_url, key="sk-another-77"), a_job(2), limits=limits)
        with pytest.raises(QuotaError):
            draw_one(home, an_openai(one.base_url), a_job(3), limits=limits)
    accounts = {account for (account,) in rows(home, "account")}
    assert len(accounts) == 2
    assert not {account for account in accounts if account in one.expected_key}


def test_a_quota_that_is_used_up_stops_what_was_waiting_and_nothing_else(home: Path) -> None:
    async def scene(server: FakeOpenAI) -> None:
        limits = {"openai": Limits(concurrency=1)}
        async with a_client(home, an_openai(server.base_url), limits=limits) as client:
            asked = (client.picture(a_job(take)) for take in range(1, 7))
            results = await asyncio.gather(*asked, return_exceptions=True)
            said = [str(result) for result in results if isinstance(result, QuotaError)]
            assert (len(server.requests), server.pictures_charged, len(said)) == (3, 2, 4)
            waiting = [text for text in said if text.startswith("not asked for, because before it")]
            assert len(waiting) == 3
            assert all("pictures made so far are kept" in text for text in said)
            await client.picture(a_job(7))  # asked later, perhaps after somebody paid
        assert server.pictures_charged == 3

    with FakeOpenAI(
        script=[*[Misbehaviour()] * 2, Status(429, code="insufficient_quota")]
    ) as server:
        asyncio.run(scene(server))
