"""Many runs wait for money that calls under way only hold, and for none that is spent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
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
from promptkit.workflow.shown import Outcome
from test_batch import briefs, data, rows, settings

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


def hold(ledger: Ledger, amount: Decimal = HELD) -> int:
    entry = Entry("elsewhere", "openai", "gpt-image-2", "low", "1x1", 1, Context("another"))
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


def test_one_picture_by_itself_is_told_at_once(other: tuple[Ledger, int]) -> None:
    with Kit() as kit, pytest.raises(BudgetError) as caught:
        kit.preview(next(briefs(kit, 1)))
    assert caught.value.held == HELD


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


def test_waiting_is_of_those_who_were_told_to() -> None:
    error = BudgetError("held", held=Decimal(1), calls=1)

    async def go() -> None:
        with pytest.raises(BudgetError):
            await Wait().for_money(error)
        with patient(Patience(60, lambda _: False)):
            await asyncio.create_task(Wait().for_money(error))
        with pytest.raises(BudgetError):
            await Wait().for_money(error)

    asyncio.run(go())
    assert patience.LONG >= 900, "as long as a call may take"


def test_ctrl_c_ends_the_waiting(fake: FakeOpenAI, other: tuple[Ledger, int]) -> None:
    words = ["preview", *rows(3)]
    command = [sys.executable, "-m", "promptkit", *words]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
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
