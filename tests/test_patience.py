"""Many runs wait for money that calls under way only hold, and for none that is spent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from fake_openai import FakeOpenAI
from promptkit import BudgetError, Kit
from promptkit.client import patience
from promptkit.client.ledger import Budget, Context, Entry, Ledger
from promptkit.client.patience import Patience, Wait, patient
from promptkit.workflow.composed import Composed
from promptkit.workflow.run import Failure, Shot
from promptkit.workflow.shown import Outcome
from test_batch import briefs, call, data, rows, settings

WORDS = ["packshot", "--brand", "tidewell", "--set", "product=slim can"]
HELD = Decimal("0.02")
LIMIT = Decimal("0.03")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    monkeypatch.setenv("SHOP_KEY", FakeOpenAI.expected_key)
    with FakeOpenAI() as fake:
        settings(fake, f"budget: {{per_day: {LIMIT}}}\n")
        yield fake


@pytest.fixture
def other(fake: FakeOpenAI) -> Iterator[tuple[Ledger, int]]:
    """Another process of the project, and its row that holds money."""
    with Kit() as kit:
        home = kit.project.home
    with closing(Ledger(home)) as ledger:
        yield ledger, hold(ledger)


def hold(ledger: Ledger, amount: Decimal = HELD, brand: str = "") -> int:
    context = Context("another", brand=brand)
    entry = Entry("elsewhere", "openai", "gpt-image-2", "low", "1x1", 1, context)
    row = ledger.claim(entry, amount, Budget()).row
    assert row is not None
    return row


def drawn(on_wait: Callable[[BudgetError], object] | None = None, count: int = 1) -> list[Outcome]:
    with Kit() as kit:
        return list(kit.draw_many(briefs(kit, count), on_wait=on_wait))


def test_what_comes_free_is_waited_for(fake: FakeOpenAI, other: tuple[Ledger, int]) -> None:
    ledger, row = other
    told: list[BudgetError] = []

    def on_wait(error: BudgetError) -> None:
        told.append(error)
        if len(told) == 2:
            ledger.settle(row, "done", Decimal("0.005"))

    (outcome,) = drawn(on_wait)
    assert outcome.run is not None
    assert [(error.held, error.calls) for error in told] == [(HELD, 1)] * 2
    assert "$0.0200 of it by 1 call under way" in told[0].message
    assert str(told[0].fix).startswith("try again when 1 call under way has ended, or raise")


def test_what_is_spent_is_not_waited_for(fake: FakeOpenAI, other: tuple[Ledger, int]) -> None:
    ledger, row = other
    ledger.settle(row, "done", HELD)
    told: list[BudgetError] = []
    with pytest.raises(BudgetError) as caught:
        drawn(told.append)
    assert (told, caught.value.held, fake.requests) == ([], 0, [])
    assert "under way" not in f"{caught.value} {caught.value.fix}"


def test_nor_is_what_is_in_doubt(fake: FakeOpenAI, other: tuple[Ledger, int]) -> None:
    ledger, row = other
    ledger.mark(row, "sent")
    ledger.mark(row, "in_doubt")
    with pytest.raises(BudgetError) as caught:
        drawn(lambda _: pytest.fail("nothing comes free"))
    assert caught.value.held == 0


def test_one_picture_by_itself_waits_as_many_do(
    fake: FakeOpenAI, other: tuple[Ledger, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, row = other
    told: list[BudgetError] = []
    with Kit() as kit:
        with pytest.raises(BudgetError) as caught:
            kit.preview(composed=next(briefs(kit, 1)), on_wait=lambda error: bool(error.held))
        assert caught.value.held == HELD
        with monkeypatch.context() as patched:
            patched.setattr(patience, "LONG", 0.1)
            with pytest.raises(BudgetError):
                kit.preview(next(briefs(kit, 1)))

        def on_wait(error: BudgetError) -> None:
            told.append(error)
            ledger.settle(row, "done", Decimal(0))

        assert kit.preview(next(briefs(kit, 1)), n=1, on_wait=on_wait).images
    assert len(told) == len(fake.requests) == 1


def test_what_on_wait_raises_for_one_picture_is_raised(other: tuple[Ledger, int]) -> None:
    def broken(_: BudgetError) -> None:
        raise ValueError("a bug of theirs")

    with Kit() as kit, pytest.raises(ValueError, match="a bug of theirs"):
        kit.preview(next(briefs(kit, 1)), on_wait=broken)


def test_the_takes_of_one_run_wait_for_each_other(fake: FakeOpenAI) -> None:
    fake.delay_s = 0.2
    settings(fake, "budget: {per_run: 0.03}\n", at_once=3)
    done = call("preview", *WORDS, "-n", "3")
    assert "  waiting for $0.0" in done.stderr
    assert len(fake.requests) == 3


def test_ctrl_c_ends_the_waiting_of_one_picture(
    fake: FakeOpenAI, other: tuple[Ledger, int]
) -> None:
    command = [sys.executable, "-m", "promptkit", "preview", *WORDS, "-n", "1"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "  waiting for $0.02 held by 1 call\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert (process.returncode, fake.requests) == (130, [])


def test_a_brand_that_waits_holds_up_no_other_and_not_again(
    fake: FakeOpenAI, other: tuple[Ledger, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, row = other
    ledger.settle(row, "done", Decimal(0))
    hold(ledger, brand="tidewell")
    settings(fake, f"budget: {{brands: {{tidewell: {{per_day: {LIMIT}}}}}}}\n", at_once=2)
    monkeypatch.setattr("promptkit.workflow.batch.LONG", 3.0)
    waited: set[str] = set()
    came: list[float] = []
    began = time.monotonic()

    def progress(item: Shot | Failure) -> None:
        if isinstance(item, Shot):
            came.append(time.monotonic() - began)

    def asked(kit: Kit) -> Iterator[Composed]:
        yield from briefs(kit, 8)
        yield kit.compose("packshot", "northbeam", {"product": "tablet"})

    with Kit() as kit:
        began = time.monotonic()
        heard: dict[str, Any] = {
            "progress": progress,
            "on_wait": lambda error: waited.add(error.brand),
        }
        found = list(kit.draw_many(asked(kit), n=1, **heard))
        took = time.monotonic() - began
    assert [bool(outcome.run) for outcome in found] == [False] * 8 + [True]
    assert len(came) == 1
    assert came[0] < 3.0
    assert took < 6.0
    assert waited == {"tidewell"}


def test_who_waits_for_money_is_followed_by_nobody(
    fake: FakeOpenAI, other: tuple[Ledger, int]
) -> None:
    """The same picture, asked for by somebody else, has the patience of who asks for it."""
    waits, leave = threading.Event(), threading.Event()

    def on_wait(_: BudgetError) -> bool:
        waits.set()
        return leave.is_set()

    with Kit() as kit:
        same = next(briefs(kit, 1))

        def many() -> None:
            with pytest.raises(BudgetError):
                list(kit.draw_many([same], n=1, on_wait=on_wait))

        thread = threading.Thread(target=many)
        thread.start()
        assert waits.wait(20)
        threading.Timer(10, leave.set).start()
        with pytest.raises(BudgetError):
            kit.preview(same, n=1, on_wait=lambda _: True)
        assert not leave.is_set()
        leave.set()
        thread.join()


@pytest.mark.parametrize("state", ["held", "sent"])
def test_what_a_dead_process_held_holds_up_nobody(
    fake: FakeOpenAI, other: tuple[Ledger, int], state: Any
) -> None:
    """What it had only held is free at once; what it had sent is in doubt, and spent until then."""
    ledger, row = other
    waits = 0

    def on_wait(error: BudgetError) -> None:
        nonlocal waits
        waits += 1
        if state == "sent":
            ledger.mark(row, "sent")
        ledger._owner.close()  # as the system does when a process is killed

    if state == "held":
        assert drawn(on_wait)[0].run is not None
    else:
        with pytest.raises(BudgetError) as caught:
            drawn(on_wait)
        assert caught.value.held == 0
    assert waits == 1


def test_rows_that_hold_the_money_themselves_all_come(fake: FakeOpenAI) -> None:
    """Two are under way at once, and the budget bounds only one of them."""
    with Kit() as kit:
        one = kit.dry.preview(next(briefs(kit, 1)))
    limit = one.most + 2 * one.about
    settings(fake, f"budget: {{per_day: {limit}}}\n", at_once=3)
    fake.delay_s = 0.2
    told: list[BudgetError] = []
    found = drawn(told.append, 3)
    assert [outcome.error for outcome in found] == [None] * 3
    assert told
    with Kit() as kit:
        assert sum(row.cost for row in kit.usage()) <= limit


def test_whoever_has_waited_long_enough_is_told_why(
    fake: FakeOpenAI, other: tuple[Ledger, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def enough(error: BudgetError) -> bool:
        nonlocal calls
        calls += 1
        return calls == 3

    with pytest.raises(BudgetError) as caught:
        drawn(enough)
    assert (caught.value.held, calls, fake.requests) == (HELD, 3, [])
    monkeypatch.setattr("promptkit.workflow.batch.LONG", 0.1)
    with pytest.raises(BudgetError):
        drawn()


def test_what_on_wait_raises_ends_it(fake: FakeOpenAI, other: tuple[Ledger, int]) -> None:
    def broken(_: BudgetError) -> None:
        raise ValueError("a bug of theirs")

    with pytest.raises(ValueError, match="a bug of theirs"):
        drawn(broken)


def test_whoever_leaves_does_not_wait_for_money(other: tuple[Ledger, int]) -> None:
    told: list[BudgetError] = []
    with Kit() as kit:
        free = kit.compose("packshot", "tidewell", {"product": "tin"}, model="comp")
        steps = kit.draw_many([free, *briefs(kit, 1)], on_wait=told.append)
        assert next(steps).run is not None
        deadline = time.monotonic() + 20
        while not told and time.monotonic() < deadline:
            time.sleep(0.01)
        assert told
        began = time.monotonic()
        steps.close()
        assert time.monotonic() - began < 10


def held(brand: str = "", period: str = "day") -> BudgetError:
    return BudgetError("held", period=period, brand=brand, held=Decimal(1), calls=1)


def test_waiting_is_of_those_who_were_told_to() -> None:
    async def go() -> None:
        with pytest.raises(BudgetError):
            await Wait(Context()).for_money(held())
        with patient(Patience(60)):
            assert await asyncio.create_task(Wait(Context()).for_money(held()))
        with pytest.raises(BudgetError):
            await Wait(Context()).for_money(held())

    asyncio.run(go())
    assert patience.LONG >= 900, "as long as a call may take"


def test_what_was_waited_for_in_vain_is_not_waited_for_again() -> None:
    changes: list[int] = []
    shared = Patience(0.1, None, lambda _, change: changes.append(change))

    async def in_vain(wait: Wait) -> None:
        while True:
            await wait.for_money(held())

    async def go() -> None:
        first, second = Wait(Context("a"), shared), Wait(Context("b"), shared)
        with pytest.raises(BudgetError):
            await in_vain(first)
        first.over()
        with pytest.raises(BudgetError):
            await second.for_money(held())
        own = Wait(Context("b", brand="tidewell"), shared)
        assert await own.for_money(held("tidewell"))
        assert not await second.for_money(held(period="run"))
        second.granted()  # some of it has come free: others wait anew
        assert await Wait(Context("c"), shared).for_money(held())

    asyncio.run(go())
    assert changes == [1, -1, 1, 1, -1, 1]


def test_ctrl_c_ends_the_waiting(fake: FakeOpenAI, other: tuple[Ledger, int]) -> None:
    words = ["preview", *rows(3)]
    command = [sys.executable, "-m", "promptkit", *words]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "Failed" not in out
    assert "Not begun  3" in out
    assert "nothing more was begun" not in err
    assert "since it is paid" not in err
    assert line.startswith("  0/3 rows, $0 so far, $0.01 left this day")
    assert line.endswith(", waiting for $0.02 held by 1 call\n")
    assert process.returncode == 130
    assert "interrupted" in err
    assert fake.requests == []


def test_a_batch_on_the_command_line_goes_on_by_itself(
    fake: FakeOpenAI, other: tuple[Ledger, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from promptkit.cli.progress import Tally

    tell = Tally.wait

    def wait(self: Tally, error: BudgetError) -> None:
        tell(self, error)
        ledger, row = other
        ledger.settle(row, "done", Decimal(0))

    monkeypatch.setattr(Tally, "wait", wait)
    assert data("preview", *rows(1))["done"] == 1
