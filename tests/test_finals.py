"""final of several runs: checked whole first, then each as one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_openai import FakeOpenAI, Status
from promptkit import Kit
from promptkit.cli.finals import next_finals
from promptkit.client import client as client_module
from test_batch import BLOCKED, call, data, rows, settings
from test_report import page


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", FakeOpenAI.expected_key)
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        settings(fake)
        yield fake


def previewed(count: int = 3, *words: str) -> list[str]:
    told = data("preview", *rows(count), *words)
    return [run["run"] for run in told["runs"]]


def test_the_page_on_a_batch_tells_its_rows_in_the_order_of_the_file(fake: FakeOpenAI) -> None:
    told = data("preview", *rows(3), "--set", "view=side")
    found = page(Path(told["page"])).text
    places = [found.index(f"p{number}: can {number}, side") for number in (1, 2, 3)]
    assert places == sorted(places)
    with Kit() as kit:
        row = kit.run(told["runs"][1]["run"]).record.row
    assert row is not None
    assert (row.number, row.id) == (2, "p2")
    Path("plain.csv").write_text("product\ncan\n")
    told = data("preview", "packshot", "--inputs", "plain.csv")
    assert "row 1: can" in page(Path(told["page"])).text


def test_what_a_batch_says_comes_next_can_be_typed(fake: FakeOpenAI) -> None:
    lines = call("preview", *rows(2)).stdout.splitlines()
    (said,) = [line for line in lines if line.startswith("Next")]
    words = shlex.split(said.removeprefix("Next"))
    assert words[:2] == ["promptkit", "final"]
    assert words[-2:] == ["--pick", "1"]
    assert "Done  2 of 2 runs" in call(*words[1:]).stdout
    assert fake.pictures_charged == 4
    assert "Next" not in call("generate", *rows(1)).stdout


def test_where_there_is_something_to_choose_a_pick_comes_first() -> None:
    both = next_finals(["a", "b"], {(1, 2)}, Path("shop"))
    assert both == [
        ("Next", "promptkit pick a N -C shop"),
        ("Then", "promptkit final a b -C shop"),
    ]
    assert next_finals(["a"] * 9, {(1,)}, None) == [("Next", "promptkit final a --pick 1")]


def test_finals_of_several_runs_are_drawn_each_as_one(fake: FakeOpenAI) -> None:
    names = previewed()
    plan = data("final", *names, names[0], "--pick", "1", "--dry-run")
    assert (plan["runs"], fake.pictures_charged) == (3, 3)
    told = data("final", *names, names[0], "--pick", "1")
    assert (told["done"], told["failed"], told["not_begun"]) == (3, 0, 0)
    assert [run["run"] for run in told["runs"]] == names
    assert [len(run["images"]) for run in told["runs"]] == [1, 1, 1]
    assert told["cost_usd"] == pytest.approx(sum(run["cost_usd"] for run in told["runs"]))
    assert told["cost_usd"] <= plan["most_usd"]
    assert fake.pictures_charged == 6
    with Kit() as kit:
        assert all(kit.run(name).record.picks for name in names)


def test_all_faults_of_all_runs_are_told_before_anything_is_paid(fake: FakeOpenAI) -> None:
    names = previewed(2)
    told = data("final", *names, code=2)
    assert [item["rule"] for item in told["findings"]] == ["no-pick"] * 2
    call("pick", names[0], "1")
    told = data("final", *names, code=2)
    assert [names[1] in item["message"] for item in told["findings"]] == [True]
    told = data("final", names[0], "one", "two", code=2)
    assert [item["rule"] for item in told["findings"]] == ["unknown-run"] * 2
    assert fake.pictures_charged == 2


def test_a_refusal_stops_no_other_final(fake: FakeOpenAI) -> None:
    names = previewed()
    fake.script[:] = [BLOCKED]
    told = data("final", *names, "--pick", "1", code=3)
    assert [run.get("error") for run in told["runs"]] == ["RefusedError", None, None]
    assert (told["done"], told["failed"], told["stopped"]) == (2, 1, None)


def test_a_budget_of_one_run_stops_no_other_final_and_one_of_the_day_does(
    fake: FakeOpenAI,
) -> None:
    names = previewed()
    settings(fake, "budget: {per_run: 0.0001}\n")
    assert data("final", *names, "--pick", "1", code=4)["failed"] == 3
    settings(fake, "budget: {per_day: 0.0001}\n")
    assert data("final", *names, "--pick", "1", code=4)["not_begun"] == 2


def test_what_concerns_all_ends_it_and_the_same_command_goes_on(fake: FakeOpenAI) -> None:
    names = previewed()
    fake.script[:] = [Status(429, code="insufficient_quota")]
    done = call("final", *names, "--pick", "1", code=4)
    assert f"{names[0]}:" in done.stderr
    assert "the same command goes on" in done.stderr
    assert "Not begun  2" in done.stdout
    fake.script[:] = [Status(429, code="insufficient_quota")]
    told: Any = json.loads(call("final", *names, "--pick", "1", "--json", code=4).stdout)
    assert told["stopped"]["error"] == "QuotaError"
    assert data("final", *names, "--pick", "1")["done"] == 3
