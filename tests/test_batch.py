"""Many briefs at once, over a fake provider on a real socket."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fake_openai import BadBase64, FakeOpenAI, Hangup, Status
from promptkit import AsyncKit, BriefError, Kit
from promptkit.cli import batches
from promptkit.cli.app import app
from promptkit.cli.batches import Interrupted, asked_to_stop
from promptkit.cli.progress import Tally
from promptkit.client import client as client_module
from promptkit.errors import (
    BudgetError,
    Finding,
    ModelError,
    QuotaError,
)
from promptkit.provider.comp import Comp
from promptkit.workflow.composed import Composed
from promptkit.workflow.plan import Allowance
from promptkit.workflow.run import Failure, Shot

BLOCKED = Status(400, code="moderation_blocked")
MODEL = "openai/gpt-image-2.5-flare"
SETTINGS = """\
promptkit: project/v1
brand: tidewell
tiers:
  preview: {{model: openai/gpt-image-2.5-flare, quality: low, n: {n}}}
  final: {{model: openai/gpt-image-2.5-flare, quality: low}}
providers:
  openai: {{base_url: "{url}", key_env: SHOP_KEY, limits: {{concurrency: {at_once}}}}}
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", FakeOpenAI.expected_key)
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        settings(fake)
        yield fake


def settings(fake: FakeOpenAI, more: str = "", *, n: int = 1, at_once: int = 2) -> None:
    text = SETTINGS.format(url=fake.base_url, n=n, at_once=at_once) + more
    Path("promptkit.yaml").write_text(text, encoding="utf-8")


def rows(count: int, first: int = 1) -> list[str]:
    lines = ["id,product", *(f"p{number},can {number}" for number in range(first, first + count))]
    Path("rows.csv").write_text("\n".join(lines), encoding="utf-8")
    return ["packshot", "--inputs", "rows.csv"]


def call(*words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (words, done.output, done.exception)
    return done


def data(*words: str, code: int = 0) -> Any:
    return json.loads(call(*words, "--json", code=code).stdout)


def briefs(kit: Kit | AsyncKit, count: int) -> Iterator[Composed]:
    for number in range(1, count + 1):
        yield kit.compose("packshot", "tidewell", {"product": f"can {number}"})


@pytest.mark.parametrize("verb", ["preview", "generate"])
def test_each_row_is_a_run_of_its_own_in_order(fake: FakeOpenAI, verb: str) -> None:
    told = data(verb, *rows(3), "-n", "2")
    assert (told["rows"], told["done"], told["failed"], told["not_begun"]) == (3, 3, 0, 0)
    assert [run["id"] for run in told["runs"]] == ["p1", "p2", "p3"]
    assert [run["line"] for run in told["runs"]] == [2, 3, 4]
    assert len({run["run"] for run in told["runs"]}) == 3
    assert all(Path(run["sheet"]).is_file() for run in told["runs"])
    page = Path(told["page"]).read_text(encoding="utf-8")
    assert all(run["run"] in page for run in told["runs"])
    assert fake.pictures_charged == 6
    assert fake.max_concurrent_seen <= 2
    assert told["cost_usd"] == pytest.approx(sum(run["cost_usd"] for run in told["runs"]))
    with Kit() as kit:
        for number, run in enumerate(told["runs"], 1):
            assert kit.run(run["run"]).record.inputs["product"] == f"can {number}"


def test_the_same_command_again_costs_nothing_and_more_rows_only_themselves(
    fake: FakeOpenAI,
) -> None:
    data("preview", *rows(3))
    again = data("preview", *rows(4))
    assert fake.pictures_charged == 4
    cached = [image["cached"] for run in again["runs"] for image in run["images"]]
    assert cached == [True, True, True, False]
    assert again["saved_usd"] > again["cost_usd"] > 0


def test_rows_of_the_same_words_are_paid_once(fake: FakeOpenAI) -> None:
    Path("rows.csv").write_text("product\ncan\ncan\ncan\n")
    words = ["packshot", "--inputs", "rows.csv"]
    assert data("preview", *words, "--dry-run")["calls"][0]["asked"] == 1
    assert data("preview", *words)["done"] == 3
    assert fake.pictures_charged == 1


def test_a_plan_of_many_is_what_they_then_cost_at_most(fake: FakeOpenAI) -> None:
    plan = data("preview", *rows(6), "-n", "2", "--dry-run")
    assert (plan["runs"], fake.requests) == (6, [])
    told = data("preview", *rows(6), "-n", "2")
    assert 0 < told["cost_usd"] <= plan["most_usd"]
    assert "Runs     6" in call("preview", *rows(6), "--dry-run").stdout


def test_a_row_that_is_refused_stops_no_other(fake: FakeOpenAI) -> None:
    settings(fake, at_once=1)
    fake.script[:] = [Status(200), BLOCKED]
    fake.script[0] = Status(503)  # sent again; then the first comes, and the second is refused
    told = data("preview", *rows(4), code=3)
    by_id = {run["id"]: run for run in told["runs"]}
    failed = [name for name, run in by_id.items() if "error" in run]
    assert len(failed) == 1
    assert by_id[failed[0]]["error"] == "RefusedError"
    assert (told["done"], told["failed"], told["stopped"]) == (3, 1, None)


def test_a_picture_that_is_missing_leaves_its_row_the_others(fake: FakeOpenAI) -> None:
    fake.script[:] = [BLOCKED]
    done = call("preview", *rows(2), "-n", "2", code=3)
    assert "1 of 2" in done.stdout
    assert re.search(r"Missing  p[12], preview [12]: .*refused", done.stdout)
    assert re.search(r"Done +2 of 2 rows", done.stdout)


def test_a_budget_at_its_end_stops_the_batch_and_the_same_command_goes_on(
    fake: FakeOpenAI,
) -> None:
    settings(fake, "budget: {per_day: 0.03}\n")
    told = data("preview", *rows(10), code=4)
    assert told["stopped"]["error"] == "BudgetError"
    assert 0 < told["done"] < 10
    assert told["done"] + told["failed"] + told["not_begun"] == 10
    assert fake.pictures_charged == told["done"] == len(fake.requests)
    assert told["cost_usd"] <= 0.03
    done = call("preview", *rows(10), code=4)
    assert "the same command goes on" in done.stderr
    settings(fake)
    assert data("preview", *rows(10))["done"] == 10
    assert fake.pictures_charged == 10


def test_a_budget_of_one_run_or_brand_stops_only_those(fake: FakeOpenAI) -> None:
    settings(fake, "budget: {per_run: 0.02}\n")
    with Kit() as kit:
        small = list(briefs(kit, 3))
        one = kit.dry.preview(small[0], n=1).most
    settings(fake, f"budget: {{brands: {{tidewell: {{per_day: {one}}}}}}}\n")
    Path("rows.csv").write_text("id,brand,product\n1,,can\n2,,tin\n3,northbeam,lamp\n")
    told = data("preview", "packshot", "--inputs", "rows.csv", code=4)
    assert told["stopped"] is None
    errors = [run.get("error") for run in told["runs"]]
    assert {errors[0], errors[1]} == {None, "BudgetError"}  # two ask at once, for the money of one
    assert errors[2] is None
    settings(fake, "budget: {per_run: 0.0001}\n")
    told = data("preview", *rows(3, first=50), code=4)
    assert [run["error"] for run in told["runs"]] == ["BudgetError"] * 3
    assert told["stopped"] is None


def test_a_quota_that_is_used_up_stops_the_batch(fake: FakeOpenAI) -> None:
    settings(fake, at_once=1)
    fake.script[:] = [Status(429, code="insufficient_quota")]
    told = data("preview", *rows(20), code=4)
    assert told["stopped"]["error"] == "QuotaError"
    assert told["not_begun"] > 0
    assert len(fake.requests) < 5


def test_a_key_that_is_missing_is_said_once(fake: FakeOpenAI, monkeypatch: Any) -> None:
    monkeypatch.delenv("SHOP_KEY")
    told = data("preview", *rows(20), code=2)
    assert told["stopped"]["error"] == "SettingsError"
    assert told["not_begun"] > 10
    assert "SHOP_KEY" in call("preview", *rows(20), code=2).stderr


def test_a_provider_that_is_down_is_not_asked_for_all_rows(fake: FakeOpenAI) -> None:
    fake.script[:] = [Hangup() for _ in range(40)]
    told = data("preview", *rows(40), code=5)
    assert told["stopped"]["error"] == "InDoubtError"
    assert told["done"] == 0
    assert len(fake.requests) <= 5 + 4


def test_all_faults_of_all_rows_are_told_before_anything_is_paid(fake: FakeOpenAI) -> None:
    lines = (
        "id,product,view,look,brand\n1,can,up,,\n2,,side,,\n3,tin,,none,\n4,x,,,nobody\n5,ok,,,\n"
    )
    Path("rows.csv").write_text(lines)
    told = data("preview", "packshot", "--inputs", "rows.csv", code=2)
    assert [(item["rule"], item.get("line")) for item in told["findings"]] == [
        ("wrong-input", 2),
        ("missing-input", 3),
        ("unknown-look", 4),
        ("unknown-brand", 5),
    ]
    assert (fake.requests, Path(".promptkit").exists()) == ([], False)
    Path("rows.yaml").write_text("- {product: can, id: [1]}\n- {product: can, axes: [a]}\n")
    told = data("preview", "packshot", "--inputs", "rows.yaml", code=2)
    assert [(item["rule"], item["line"]) for item in told["findings"]] == [
        ("wrong-input", 1),
        ("wrong-input", 2),
    ]


def test_what_only_the_order_shows_is_told_by_row_too(fake: FakeOpenAI) -> None:
    told = data("preview", *rows(2), "--quality", "odd", code=2)
    assert [item["rule"] for item in told["findings"]] == ["unknown-quality"] * 2
    assert [item["line"] for item in told["findings"]] == [2, 3]
    long = "word " * 8000
    Path("rows.jsonl").write_text(
        json.dumps({"product": "x"}) + "\n" + json.dumps({"product": long})
    )
    told = data("preview", "packshot", "--inputs", "rows.jsonl", code=2)
    assert told["findings"][0]["line"] == 2
    assert fake.requests == []


def test_what_is_typed_fills_gaps_and_what_a_row_says_goes_first(fake: FakeOpenAI) -> None:
    Path("rows.yaml").write_text(
        "- {product: tin, channel: web_hero}\n- {product: can, view: top}\n"
        "- {product: jar, brand: northbeam, seed: 7}\n".replace("top", "above")
    )
    words = ["packshot", "--inputs", "rows.yaml", "--set", "view=side", "-b", "tidewell"]
    told = data("preview", *words)
    with Kit() as kit:
        records = [kit.run(run["run"]).record for run in told["runs"]]
    assert [record.inputs["view"] for record in records] == ["side", "above", "side"]
    assert [record.channel for record in records] == ["web_hero", None, None]
    assert [record.brand.id for record in records] == ["tidewell", "tidewell", "northbeam"]
    assert records[2].seed == "7"


def test_warnings_are_said_once_with_their_rows() -> None:
    Path("rows.csv").write_text("product\n" + "a beautiful stunning can\n" * 7)
    done = call("preview", "packshot", "-b", "tidewell", "--inputs", "rows.csv", "--dry-run")
    said = [line for line in done.stderr.splitlines() if line.startswith("warning:")]
    assert len(said) == len(set(said)) > 0
    assert "in 7 rows: 1, 2, 3, 4, 5 …" in done.stderr


def test_a_page_that_cannot_be_written_costs_no_run(fake: FakeOpenAI, monkeypatch: Any) -> None:
    def full(*_: object) -> None:
        raise BriefError("the disk is full")

    monkeypatch.setattr(Kit, "report", full)
    told = data("preview", *rows(1))
    assert (told["done"], told["page"]) == (1, None)


def test_compose_wants_one_brief() -> None:
    for name, text in {"r.csv": "product\ncan\n", "r.yaml": "- {product: can}\n"}.items():
        Path(name).write_text(text)
        told = data("compose", "packshot", "-b", "tidewell", "--inputs", name, code=2)
        assert told["findings"][0]["rule"] == "many-briefs"


# In a process of its own


def begun(fake: FakeOpenAI, *words: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "promptkit", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    before = len(fake.requests)
    deadline = time.monotonic() + 60
    while len(fake.requests) <= before + 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    return process


def test_a_first_ctrl_c_waits_for_what_is_under_way(fake: FakeOpenAI) -> None:
    fake.delay_s = 0.4
    process = begun(fake, "preview", *rows(12), "--json")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    told = json.loads(out)
    assert process.returncode == 130
    assert told["message"] == "interrupted"
    assert "what is under way is waited for" in err
    assert 0 < told["done"] < 12
    assert told["not_begun"] == 12 - told["done"]
    assert fake.pictures_charged == told["done"]
    with Kit() as kit:
        assert len(kit.runs.ids()) == told["done"]
        assert {row["state"] for row in kit.upkeep().calls()} == {"done"}
    fake.delay_s = 0
    assert data("preview", *rows(12))["done"] == 12
    assert fake.pictures_charged == 12


def test_a_second_ctrl_c_breaks_off_and_what_was_sent_is_in_doubt(fake: FakeOpenAI) -> None:
    fake.delay_s = 5
    process = begun(fake, "preview", *rows(6))
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "2 calls were sent and are in doubt" in err
    assert "go on" not in err
    assert re.search(r"Not begun +6", out)
    assert re.search(r"In doubt +2 calls, perhaps \$", out)
    with Kit() as kit, kit.upkeep() as upkeep:
        assert len(upkeep.doubts()) == 2


def test_what_a_killed_batch_had_paid_is_not_paid_again(fake: FakeOpenAI) -> None:
    fake.delay_s = 0.05
    process = begun(fake, "preview", *rows(8))
    time.sleep(0.5)
    process.kill()
    process.communicate(timeout=60)
    fake.delay_s = 0
    sent = len(fake.requests)
    told = data("preview", *rows(8), "--resend")
    assert told["done"] == 8
    # At most what was under way when it was killed is asked for twice.
    assert len(fake.requests) <= 8 + min(sent, 2)


def test_a_first_ctrl_c_is_a_wish_and_a_second_one_is_not() -> None:
    with asked_to_stop(lambda: False) as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert Interrupted({"done": 3}).as_dict() == {
        "error": "Interrupted",
        "message": "interrupted",
        "fix": "what has come is kept: run it again to go on",
        "done": 3,
    }


# The library


async def outcomes(kit: AsyncKit, asked: Any, **more: Any) -> list[Any]:
    return [outcome async for outcome in kit.draw_many(asked, **more)]


def test_results_come_in_order_whatever_comes_first(fake: FakeOpenAI) -> None:
    settings(fake, at_once=8)

    class Slow(Comp):
        async def generate(self, request: Any) -> Any:
            await asyncio.sleep(0.3 if "can 1," in request.prompt else 0)
            return await super().generate(request)

    async def go() -> list[Any]:
        config = {"tiers.preview.model": "comp", "tiers.final.model": "comp"}
        async with AsyncKit(config=config, providers={"comp": Slow()}) as kit:
            return await outcomes(kit, briefs(kit, 6), n=1)

    found = asyncio.run(go())
    assert [outcome.number for outcome in found] == [1, 2, 3, 4, 5, 6]
    names = [outcome.run.record.inputs["product"] for outcome in found]
    assert names == [f"can {number}" for number in range(1, 7)]


def test_prompts_are_read_as_there_is_room(fake: FakeOpenAI) -> None:
    read: list[int] = []

    def asked(kit: Kit) -> Iterator[Composed]:
        for number, composed in enumerate(briefs(kit, 30), 1):
            read.append(number)
            yield composed

    with Kit() as kit:
        steps = kit.draw_many(asked(kit), n=2)
        first = next(steps)
        assert first.number == 1
        assert len(read) < 15
        steps.close()
        begun = len(read)
        assert len(kit.runs.ids()) == begun  # who leaves waits for what is paid
        assert fake.pictures_charged == 2 * begun
    assert len(read) < 30


def test_a_prompt_that_cannot_be_ordered_is_an_outcome(fake: FakeOpenAI) -> None:
    with Kit() as kit:
        bad = kit.compose("packshot", "tidewell", {"product": "can"}, model="guide/gpt-image-1")
        found = list(kit.draw_many([bad, *briefs(kit, 1)]))
        odd = list(kit.draw_many(briefs(kit, 2), quality="odd"))
    assert isinstance(found[0].error, ModelError)
    assert found[1].run is not None
    assert [type(outcome.error) for outcome in odd] == [ModelError] * 2


def test_who_is_cancelled_breaks_off_what_was_sent(fake: FakeOpenAI) -> None:
    fake.delay_s = 5

    async def go() -> list[str]:
        async with AsyncKit() as kit:
            task = asyncio.create_task(outcomes(kit, briefs(kit, 6)))
            while not fake.requests:
                await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with kit.upkeep() as upkeep:
                return sorted({row["state"] for row in upkeep.calls()})

    assert "in_doubt" in asyncio.run(go())


def test_what_ends_all_is_raised_after_what_came(fake: FakeOpenAI) -> None:
    settings(fake, at_once=1)
    fake.script[:] = [Status(429, code="insufficient_quota")]
    seen: list[Any] = []
    with Kit() as kit:
        steps = kit.draw_many(briefs(kit, 9))
        with pytest.raises(QuotaError):
            seen.extend(iter(lambda: next(steps), None))
    assert seen
    assert all(isinstance(outcome.error, QuotaError) for outcome in seen)


def test_finals_of_many_are_drawn_straight_away(fake: FakeOpenAI) -> None:
    with Kit() as kit:
        (outcome,) = kit.draw_many(briefs(kit, 1), "final")
        assert outcome.run is not None
        assert [image.shot.tier for image in outcome.run.finals] == ["final"]


# What is told meanwhile


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def a_shot(cost: str = "0.01") -> Shot:
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", {"product": "can"}, model="comp")
        run = kit.preview(prompt, n=1)
    return run.record.shots[0].model_copy(update={"cost_usd": Decimal(cost)})


NOT_COME = Failure(tier="preview", take=1, error="RefusedError", message="no")


def test_the_tally_tells_rows_rate_money_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    shot, clock = a_shot(), Clock()
    budgets = [
        Allowance("run", "", Decimal(1), Decimal("0.99")),
        Allowance("month", "", Decimal(9), Decimal(3)),
        Allowance("day", "", Decimal(5), Decimal("0.5")),
        Allowance("day", "tidewell", Decimal(1), Decimal(0)),
    ]
    with Tally(10, 20, 10, budgets, clock=clock) as tally:
        for _ in range(4):
            tally(shot.model_copy(update={"cached": True, "cost_usd": Decimal(0)}))
        tally.end_row()
        assert tally.line == "1/10 rows, 4/20 pictures, $0 so far, $4.50 left this day"
        clock.now = 6
        tally(shot)
        said = "1/10 rows, 5/20 pictures, $0.01 so far, $4.49 left this day, 54 s to go"
        assert tally.line == said
        assert capsys.readouterr().err == ""
        clock.now = 12
        tally(NOT_COME)
    said = "1/10 rows, 1 failed, $0.01 so far, $4.49 left this day, 48 s to go"
    assert capsys.readouterr().err == f"  {said}\n"


def test_the_last_row_ends_the_tally_and_a_wait_is_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shot, clock = a_shot(), Clock()
    with Tally(2, 2, 2, clock=clock) as tally:
        tally.wait(BudgetError("held", held=Decimal("0.32"), calls=4))
        tally.wait(BudgetError("held", held=Decimal("0.32"), calls=4))
        waiting = "0/2 rows, 0/2 pictures, $0 so far, waiting for $0.32 held by 4 calls"
        assert capsys.readouterr().err == f"  {waiting}\n"
        clock.now = 6
        tally(shot)
        tally.end_row()
        tally(shot)
        tally.end_row()
    said = "2/2 rows, 2/2 pictures, 20 a minute, $0.02 so far"
    assert capsys.readouterr().err == f"  {said}\n"


@pytest.mark.parametrize("rows", [1, 999, 10_000])
def test_the_tally_has_room_in_80_columns(rows: int) -> None:
    shot, clock = a_shot("123.4567"), Clock()
    budget = Allowance("month", "", Decimal(999_999), Decimal(0))
    tally = Tally(rows, 4 * rows, 4 * rows, [budget], clock=clock)
    for _ in range(50):
        clock.now += 7
        tally(shot)
        tally(NOT_COME)
        assert len(tally.line) <= 78
        assert tally.line.startswith(f"0/{rows} rows")


def test_in_a_terminal_there_is_a_bar_of_one_line(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    budget = Allowance("month", "", Decimal(999), Decimal(0))
    with Tally(200, 800, 800, [budget]) as tally:
        tally(NOT_COME)
        tally(NOT_COME)
        line = tally.line
        assert len(line) + 12 <= 78
    said = capsys.readouterr().err
    assert "0/200 rows" in said
    assert "…" not in said


def test_a_terminal_that_cannot_move_its_cursor_has_lines(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    with Tally(1, 1, 1) as tally:
        tally(NOT_COME)
        tally.end_row()
    assert capsys.readouterr().err.count("1/1 rows") == 1


# What breaks on the way


def test_a_row_that_breaks_on_the_way_is_its_own_and_all_others_are_counted(
    fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = batches.Rows.compose, []

    def compose(self: batches.Rows, row: Any) -> Composed:
        seen.append(row.number)
        if seen.count(row.number) == 2 and row.number == 3:
            raise BriefError(Finding("missing-reference", "a.png is gone"))
        return real(self, row)

    monkeypatch.setattr(batches.Rows, "compose", compose)
    told = data("preview", *rows(5), code=2)
    assert (told["done"], told["failed"], told["not_begun"], told["stopped"]) == (4, 1, 0, None)
    assert [run.get("error") for run in told["runs"]] == [None, None, "BriefError", None, None]
    assert fake.pictures_charged == 4


def test_a_generator_that_breaks_ends_it_after_what_is_under_way(fake: FakeOpenAI) -> None:
    def breaks(error: Exception) -> Iterator[Composed]:
        yield from briefs(kit, 2)
        raise error

    with Kit() as kit:
        for error in (BriefError("gone"), ZeroDivisionError("a bug")):
            found: list[Any] = []
            steps = kit.draw_many(breaks(error))
            with pytest.raises(type(error)):
                found.extend(steps)
            assert [bool(outcome.run) for outcome in found[:2]] == [True, True]
            assert len(found) == 2 + isinstance(error, BriefError)


def test_a_full_disk_ends_the_batch_with_its_account(
    fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(fake, at_once=1)
    real, laid = shutil.copyfile, []

    def full(source: Any, target: Any) -> Any:
        laid.append(target)
        if len(laid) == 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        return real(source, target)

    monkeypatch.setattr(shutil, "copyfile", full)
    told = data("preview", *rows(9), code=2)
    assert told["stopped"]["error"] == "StoreError"
    assert "kept in the store" in told["stopped"]["fix"]
    assert told["done"] + told["failed"] + told["not_begun"] == 9
    assert (told["failed"], told["done"] >= 2) == (1, True)
    monkeypatch.setattr(shutil, "copyfile", real)
    assert data("preview", *rows(9))["done"] == 9
    assert fake.pictures_charged == 9


def test_a_sheet_that_cannot_be_written_is_said_with_what_is_kept(
    fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("promptkit.picture.sheet.write_sheet", full)
    told = data("preview", *rows(4), code=2)
    assert told["stopped"]["error"] == "StoreError"
    assert "kept in the store" in call("preview", "packshot", "--set", "product=x", code=2).stderr


def test_no_folder_of_runs_is_said_before_anything_is_asked_for(fake: FakeOpenAI) -> None:
    Path("runs").write_text("a file")
    told = data("preview", *rows(4), code=2)
    assert (told["stopped"]["error"], fake.requests) == ("StoreError", [])
    assert "nothing was asked for" in told["stopped"]["message"]


def test_what_progress_raises_is_raised_when_the_pictures_are_laid(fake: FakeOpenAI) -> None:
    def progress(_: object) -> None:
        raise ZeroDivisionError

    with Kit() as kit:
        (brief,) = briefs(kit, 1)
        with pytest.raises(ZeroDivisionError):
            kit.preview(brief, n=2, progress=progress)
        run = kit.run("last")
        assert (len(run.images), run.sheet.is_file()) == (2, True)
        found: list[Any] = []
        with pytest.raises(ZeroDivisionError):
            found += kit.draw_many(briefs(kit, 20), first_take=5, progress=progress)
        assert len(kit.runs.ids()) - 1 == fake.pictures_charged - 2 < 20


def test_one_brief_that_is_broken_off_says_what_is_in_doubt(fake: FakeOpenAI) -> None:
    fake.delay_s = 5
    process = begun(fake, "preview", "packshot", "--set", "product=can", "-n", "2", "--json")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    told = json.loads(out)
    assert process.returncode == 130
    assert "2 calls were sent and are in doubt" in told["fix"]


def test_the_account_has_what_was_booked_without_a_picture_and_what_is_in_doubt(
    fake: FakeOpenAI,
) -> None:
    settings(fake, at_once=1)
    fake.script[:] = [BadBase64(), Hangup()]
    told = data("preview", *rows(4), code=5)
    with Kit() as kit, kit.upkeep() as upkeep:
        calls = upkeep.calls()
    booked = sum(call["cost"] for call in calls) / 1e9
    assert told["booked_usd"] == pytest.approx(booked)
    assert told["booked_usd"] > told["cost_usd"] > 0
    assert told["in_doubt"] == 1
    assert told["held_usd"] == pytest.approx(sum(call["held"] for call in calls) / 1e9)
    fake.script[:] = [BadBase64()]
    assert "Booked" in call("preview", *rows(1, first=9), code=3).stdout
