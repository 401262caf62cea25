"""What a dry run says, beside what is then really charged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from fake_chat import FakeChat
from fake_openai import FakeOpenAI, Hangup, Status
from promptkit import BriefError, Kit, ModelError, SettingsError
from promptkit.cli.app import app
from promptkit.cli.planned import duration
from promptkit.client import client as client_module
from promptkit.client.pace import Limits
from promptkit.kit import SHIPPED
from promptkit.workflow.dry import DryRun
from promptkit.workflow.plan import _least_seconds

BRIEF = ["packshot", "--brand", "tidewell", "--set", "product=slim 330 ml can"]
CAN = {"product": "slim 330 ml can"}
FLARE = "openai/gpt-image-2.5-flare"
SETTINGS = """\
promptkit: project/v1
tiers:
  preview: {{model: {model}, quality: low, n: 3}}
  final: {{model: {model}, quality: low, from_preview: refine}}
providers:
  openai: {{base_url: "{url}", key_env: SHOP_KEY{own}}}
"""
REWRITER = """\
rewriter:
  base_url: {url}
  model: scribe-1
  key_env: SHOP_KEY
  prices: {{text_in: 0.5, out: 2}}
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


def settings(fake: FakeOpenAI, more: str = "", model: str = FLARE, own: str = "") -> None:
    text = SETTINGS.format(url=fake.base_url, model=model, own=own) + more
    Path("promptkit.yaml").write_text(text, encoding="utf-8")


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.stdout


def data(*words: str, code: int = 0) -> Any:
    return json.loads(call(*words, "--json", code=code))


def files() -> set[str]:
    return {str(path) for path in Path().rglob("*")}


@pytest.mark.parametrize("verb", ["preview", "generate"])
def test_a_dry_run_sends_and_writes_nothing(fake: FakeOpenAI, verb: str) -> None:
    before = files()
    plan = data(verb, *BRIEF, "-n", "2", "--dry-run")
    assert (files(), fake.requests) == (before, [])
    (calls,) = plan["calls"]
    assert (calls["takes"], calls["count"], calls["stored"], calls["asked"]) == ([1, 2], 2, 0, 2)
    assert (calls["model"], calls["quality"]) == (FLARE, "low")
    assert 0 < plan["about_usd"] < plan["most_usd"]
    assert plan["estimated"]
    assert plan["fits"]


def test_a_dry_run_needs_no_key(fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_KEY")
    assert data("preview", *BRIEF, "--dry-run")["most_usd"] > 0


@pytest.mark.parametrize("model", [FLARE, "openai/gpt-image-2.6-sunburst", "openai/gpt-image-2"])
@pytest.mark.parametrize("quality", ["low", "high"])
def test_what_is_charged_stays_below_what_was_said(
    fake: FakeOpenAI, model: str, quality: str
) -> None:
    settings(fake, model=model)
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", CAN)
        plan = kit.dry.preview(prompt, n=2, quality=quality)
        run = kit.preview(prompt, n=2, quality=quality)
        assert 0 < run.cost <= plan.most
        assert 0 < plan.about < plan.most
        more = kit.dry.preview(prompt, n=3, quality=quality)
        (calls,) = more.calls
        assert (calls.stored, calls.asked) == (2, 1)
        again = kit.preview(prompt, n=3, quality=quality)
        assert 0 < again.cost <= more.most < plan.most
        same = kit.dry.preview(prompt, n=3, quality=quality)
        assert same.most == same.about == same.calls[0].asked == 0


def test_a_final_is_planned_without_being_picked_or_drawn(fake: FakeOpenAI) -> None:
    run = data("preview", *BRIEF, "-n", "2")["run"]
    asked = len(fake.requests)
    plan = data("final", run, "--pick", "2", "--dry-run")
    assert (plan["calls"][0]["takes"], plan["calls"][0]["tier"]) == ([2], "final")
    assert len(fake.requests) == asked
    with Kit() as kit:
        assert kit.run(run).record.picks == []
        planned = kit.dry.final(run, pick=2)
        image = kit.final(run, pick=2)
        assert 0 < image.cost <= planned.most == Decimal(str(plan["most_usd"]))
        assert kit.dry.final(kit.run(run)).most == 0
        with pytest.raises(BriefError, match="has no preview 9"):
            kit.dry.final(run, pick=9)


@pytest.mark.parametrize("verb", ["preview", "generate", "final"])
def test_a_dry_run_takes_what_the_verb_takes(verb: str) -> None:
    paying, dry = (signature(getattr(kind, verb)) for kind in (Kit, DryRun))
    assert paying.parameters == dry.parameters
    assert (paying.return_annotation, dry.return_annotation) in (("Run", "Plan"), ("Image", "Plan"))


def test_a_dry_run_is_asked_by_keyword_and_says_that_it_plans(fake: FakeOpenAI) -> None:
    run = data("preview", *BRIEF, "-n", "1")["run"]
    with Kit() as kit:
        composed = kit.compose("packshot", "tidewell", CAN)
        dry: Any = kit.dry
        assert dry.preview(composed=composed, n=2) == dry.preview(composed, n=2)
        assert dry.final(run=run, pick=1) == dry.final(run, pick=1)
        with pytest.raises(TypeError, match=r"Kit\.dry\.preview\(\) .*'take'"):
            dry.preview(composed, take=1)
        kind: Any = kit
        with pytest.raises(TypeError, match=r"Kit\.generate\(\) .*'take'"):
            kind.generate(composed, take=1)
    assert str(DryRun.preview.__doc__).startswith("Plan what ``preview`` would ask for")


def test_unfinished_pictures_are_planned_when_they_are_asked_for(fake: FakeOpenAI) -> None:
    with Kit() as kit:
        composed = kit.compose("packshot", "tidewell", CAN)
        usual, shown = kit.dry.preview(composed), kit.dry.preview(composed, partials=3)
        assert shown.most > usual.most
        assert shown.most == kit.dry.preview(composed, partials=3, on_partial=print).most
        assert kit.dry.preview(composed, partials=0).most == usual.most


def test_many_finals_are_planned_as_one(fake: FakeOpenAI) -> None:
    runs = [data("preview", *BRIEF, "-n", "1", "--first-take", take)["run"] for take in "12"]
    with Kit() as kit:
        one = kit.dry.final(runs[0], pick=1)
        both = kit.dry.final([kit.run(run) for run in (runs[0], runs[0])], pick=1)
        assert (one.runs, both.runs, both.most) == (1, 2, one.most), "the second one is the same"


def test_a_plan_says_what_budgets_have_left_and_whether_it_fits(fake: FakeOpenAI) -> None:
    tight = "budget: {per_run: 1, per_day: 0.02, brands: {tidewell: {per_month: 0.5}}}\n"
    settings(fake, tight)
    plan = data("preview", *BRIEF, "-n", "1", "--dry-run")
    named = {(item["brand"], item["period"]): item for item in plan["budgets"]}
    assert named.keys() == {(None, "run"), (None, "day"), ("tidewell", "month")}
    assert all(item["fits"] and item["needed_usd"] == plan["most_usd"] for item in named.values())
    paid = data("preview", *BRIEF, "-n", "1")["cost_usd"]
    plan = data("preview", *BRIEF, "-n", "40", "--dry-run", code=4)
    named = {(item["brand"], item["period"]): item for item in plan["budgets"]}
    assert named[None, "day"]["spent_usd"] == pytest.approx(paid)
    assert named[None, "day"]["left_usd"] == pytest.approx(0.02 - paid)
    assert named[None, "run"]["spent_usd"] == 0
    assert not named[None, "day"]["fits"]
    assert not plan["fits"]
    said = call("preview", *BRIEF, "-n", "40", "--dry-run", code=4)
    assert "it does not fit" in said
    assert "tidewell's, per month: " in said


def test_what_fits_by_the_plan_is_drawn_and_what_does_not_is_not(fake: FakeOpenAI) -> None:
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", CAN)
        most = kit.dry.preview(prompt, n=3).most
    settings(fake, f"budget: {{per_day: {most}}}\n")
    assert data("preview", *BRIEF, "--dry-run")["fits"]
    settings(fake, f"budget: {{per_day: {most - Decimal('0.0001')}}}\n")
    assert not data("preview", *BRIEF, "--dry-run", code=4)["fits"]
    # The plan is of the dearest: what costs less leaves money, for which the last one waits.
    assert len(data("preview", *BRIEF)["images"]) == 3


def test_a_final_counts_what_its_run_has_spent(fake: FakeOpenAI) -> None:
    settings(fake, "budget: {per_run: 1}\n")
    run = data("preview", *BRIEF)
    (item,) = data("final", run["run"], "--pick", "1", "--dry-run")["budgets"]
    assert item["spent_usd"] == pytest.approx(run["cost_usd"])


def test_what_is_in_doubt_is_not_asked_for_and_said(fake: FakeOpenAI) -> None:
    fake.script[:] = [Hangup()]
    data("preview", *BRIEF, "-n", "1", code=5)
    plan = data("preview", *BRIEF, "-n", "2", "--dry-run")
    (calls,) = plan["calls"]
    assert (calls["in_doubt"], calls["asked"]) == (1, 1)
    assert [note["rule"] for note in plan["notes"]] == ["in-doubt"]
    assert data("preview", *BRIEF, "-n", "2", "--dry-run", "--resend")["calls"][0]["asked"] == 2
    assert "1 (1 in doubt)" in call("preview", *BRIEF, "-n", "2", "--dry-run")


def test_a_plan_beside_a_call_that_is_being_written_sees_it(fake: FakeOpenAI) -> None:
    with Kit() as kit, Kit() as other:
        prompt = kit.compose("packshot", "tidewell", CAN)
        kit.preview(prompt, n=1)  # its ledger is open, with a log beside it
        assert other.dry.preview(prompt, n=1).most == 0
        assert other.dry.preview(prompt, n=1, resend=True).most == 0


def test_the_pace_tells_how_long_it_takes_at_least(fake: FakeOpenAI) -> None:
    settings(fake, own=", limits: {per_minute: 6, concurrency: 2}")
    assert data("preview", *BRIEF, "-n", "6", "--dry-run")["least_seconds"] == 40
    assert "at least 40 s" in call("preview", *BRIEF, "-n", "6", "--dry-run")
    settings(fake, own=", limits: {per_day: 5}")
    plan = data("preview", *BRIEF, "-n", "6", "--dry-run", code=4)
    assert "5 a day are allowed" in plan["notes"][0]["message"]


def test_the_least_time_follows_the_pace() -> None:
    assert _least_seconds(100, Limits()) == 0
    assert _least_seconds(2, Limits(per_minute=6, concurrency=2)) == 0
    assert _least_seconds(8, Limits(per_minute=6, concurrency=2)) == pytest.approx(60.3)
    assert _least_seconds(5, Limits(per_minute=5)) == 0
    assert _least_seconds(6, Limits(per_minute=5)) == pytest.approx(60.3)
    assert [duration(seconds) for seconds in (3, 130, 7500)] == ["3 s", "2 min", "2 h 05 min"]


def test_a_model_that_is_only_composed_for_has_no_plan() -> None:
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", CAN, model="guide/gpt-image-1")
        with pytest.raises(ModelError, match="guide"):
            kit.dry.preview(prompt)


def test_faults_are_told_of_and_the_rest_is_planned() -> None:
    told: list[str] = []
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", CAN)
        with pytest.raises(ModelError, match="quality"):
            kit.dry.preview(prompt, quality="odd")
        dry = replace(kit.dry, on_fault=lambda error: told.append(str(error)))
        plan = dry.preview([prompt], quality="odd")
    assert (plan.runs, len(told)) == (0, 1)


def test_what_is_free_says_so() -> None:
    assert "Cost     free" in call("preview", *BRIEF, "-n", "1", "--dry-run")
    call("preview", *BRIEF, "-n", "1")
    assert "all of it is there already" in call("preview", *BRIEF, "-n", "1", "--dry-run")
    assert "nothing would be asked for" in call("compose", *BRIEF, "--dry-run")


def test_a_price_that_is_known_is_said_without_about(fake: FakeOpenAI) -> None:
    settings(
        fake, model="openai/gpt-image-2", own=", prices: {low: 0.01, medium: 0.02, high: 0.04}"
    )
    said = call("preview", *BRIEF, "-n", "3", "--dry-run")
    assert "Cost     $0.03 for 3 calls" in said
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", CAN)
        plan = kit.dry.preview(prompt, n=3)
        assert not plan.estimated
        assert kit.preview(prompt, n=3).cost == plan.most == plan.about


# Words that are handed to the rewriter first


@pytest.fixture
def chat(fake: FakeOpenAI) -> Iterator[FakeChat]:
    def better(prompt: str, _: int) -> str:
        return prompt.replace("gentle rim light", "a thin, gentle rim of light")

    with FakeChat(write=better, expected_key=FakeOpenAI.expected_key) as chat:
        settings(fake, REWRITER.format(url=chat.base_url))
        yield chat


def test_rewriting_is_planned_and_then_known(fake: FakeOpenAI, chat: FakeChat) -> None:
    plan = data("preview", *BRIEF, "-n", "2", "--rewrite", "--dry-run")
    assert (fake.requests, chat.requests) == ([], [])
    texts, pictures = plan["calls"]
    assert (texts["tier"], texts["asked"]) == ("rewrite", 1)
    assert (pictures["tier"], pictures["asked"]) == ("preview", 2)
    assert [note["rule"] for note in plan["notes"]] == ["not-written"]
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", CAN, rewrite=True)
        run = kit.preview(prompt, n=2)
        spent = sum((row.cost for row in kit.usage("run")), Decimal(0))
        assert run.cost == spent <= Decimal(str(plan["most_usd"]))
        assert kit.dry.preview(prompt, n=2).most == 0
        texts, pictures = (calls for calls in kit.dry.preview(prompt, n=3).calls)
        assert (texts.stored, pictures.stored, pictures.asked) == (1, 2, 1)


def test_compose_rewrite_has_a_dry_run(chat: FakeChat) -> None:
    plan = data("compose", *BRIEF, "--rewrite", "--dry-run")
    assert (plan["calls"][0]["tier"], chat.requests) == ("rewrite", [])
    data("compose", *BRIEF, "--rewrite")
    with Kit() as kit:
        spent = sum((row.cost for row in kit.usage("run")), Decimal(0))
    assert 0 < spent <= Decimal(str(plan["most_usd"]))
    assert data("compose", *BRIEF, "--rewrite", "--dry-run")["most_usd"] == 0


def test_asking_twice_is_within_what_was_said(fake: FakeOpenAI) -> None:
    with FakeChat(write=lambda *_: "nothing of it", expected_key=fake.expected_key) as chat:
        settings(fake, REWRITER.format(url=chat.base_url))
        with Kit() as kit:
            prompt = kit.compose("packshot", "tidewell", CAN)
            plan = kit.dry.rewrite(prompt)
            kit.rewrite(prompt)
            spent = sum((row.cost for row in kit.usage("run")), Decimal(0))
            assert len(chat.requests) == 2
            assert 0 < spent <= plan.most
            again = kit.dry.rewrite(prompt)
            assert again.most == 0
            assert again.calls[0].stored == 2


def test_without_a_rewriter_there_is_no_plan_for_it(fake: FakeOpenAI) -> None:
    with Kit() as kit, pytest.raises(SettingsError, match="no rewriter is set"):
        kit.dry.rewrite(kit.compose("packshot", "tidewell", CAN))


JUDGED = """\
name: Dim
colors: {primary: "#0B6E99"}
tone: [calm]
style: soft light
checks: {judge: [{id: calm, ask: "Is the scene calm?", severity: must}]}
"""


def test_a_judge_is_planned_and_then_costs_no_more() -> None:
    answer = {"question": 1, "answer": "yes", "reason": "It is.", "instead": ""}
    said = json.dumps({"addressed": False, "answers": [answer]})
    Path("brand_profiles").mkdir()
    Path("brand_profiles/dim.yaml").write_text(JUDGED, encoding="utf-8")
    can = str(SHIPPED / "brand_profiles" / "refs" / "tidewell" / "can-front.png")
    with FakeChat(write=lambda *_: said, expected_key=FakeOpenAI.expected_key) as chat:
        judge = REWRITER.format(url=chat.base_url).replace("rewriter", "judge")
        Path("promptkit.yaml").write_text(f"brand: dim\n{judge}", encoding="utf-8")
        plan = data("judge", can, "--dry-run")
        assert (plan["calls"][0]["tier"], plan["calls"][0]["asked"]) == ("judge", 1)
        assert (chat.requests, Path(".promptkit").exists()) == ([], False)
        data("judge", can)
        with Kit() as kit:
            spent = sum((row.cost for row in kit.usage("run")), Decimal(0))
            assert 0 < spent <= Decimal(str(plan["most_usd"]))
            assert kit.dry.judge([can]).most == 0
            Path("brand_profiles/mute.yaml").write_text(JUDGED.partition("checks")[0])
            assert kit.dry.judge([can], "mute").calls == ()


def test_a_ledger_that_cannot_be_read_is_said() -> None:
    Path(".promptkit").mkdir()
    Path(".promptkit/ledger.sqlite3").write_bytes(b"no database at all, and quite long" * 9)
    assert "cannot be read" in data("preview", *BRIEF, "--dry-run", code=2)["message"]


def ledger(command: str) -> None:
    with closing(sqlite3.connect(".promptkit/ledger.sqlite3", isolation_level=None)) as db:
        db.execute(command)


def test_a_ledger_of_a_newer_promptkit_is_refused_as_the_real_run_does(fake: FakeOpenAI) -> None:
    data("preview", *BRIEF, "-n", "1")
    ledger("PRAGMA user_version = 9")
    planned = data("preview", *BRIEF, "--dry-run", code=2)
    assert "a newer promptkit wrote it" in planned["message"]
    assert planned == data("preview", *BRIEF, code=2)


def test_a_ledger_that_breaks_off_while_it_is_read_is_said(fake: FakeOpenAI) -> None:
    settings(fake, "budget: {per_day: 1}\n")
    data("preview", *BRIEF, "-n", "1")
    ledger("ALTER TABLE calls RENAME COLUMN cost TO price")
    assert "cannot be read" in data("preview", *BRIEF, "--dry-run", code=2)["message"]


def test_the_limit_of_a_day_counts_what_was_asked_for_today(fake: FakeOpenAI) -> None:
    settings(fake, own=", limits: {per_day: 3}")
    data("preview", *BRIEF, "-n", "2")
    again = ["preview", *BRIEF, "--first-take", "3", "-n"]
    assert data(*again, "1", "--dry-run")["notes"] == []
    plan = data(*again, "2", "--dry-run", code=4)
    assert "2 pictures would be asked for, 2 were today, and 3" in plan["notes"][0]["message"]
    fake.script[:] = [Status(400)]
    data(*again, "1", code=3)
    assert data(*again, "1", "--dry-run")["notes"] == [], "what failed brought nothing"
    ledger("UPDATE calls SET day = '2020-02-02'")
    assert data(*again, "3", "--dry-run")["notes"] == [], "a new day, a new count"


def test_keys_are_counted_apart_and_an_older_ledger_knows_none(fake: FakeOpenAI) -> None:
    settings(fake, own=", limits: {per_day: 2}")
    data("preview", *BRIEF, "-n", "2")
    ledger("UPDATE calls SET account = 'another' WHERE take = 2")
    again = ["preview", *BRIEF, "--first-take", "3", "-n", "1", "--dry-run"]
    assert data(*again)["notes"] == []
    ledger("ALTER TABLE calls DROP COLUMN account")
    assert data(*again, code=4)["notes"]


@pytest.mark.parametrize("mark", ["none", "left", "alive", "not ours"])
def test_what_a_crash_left_held_is_no_longer_counted(
    fake: FakeOpenAI, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(fake, "budget: {per_day: 0.05}\n", own=", limits: {per_day: 2}")
    data("preview", *BRIEF, "-n", "1")
    ledger(
        "INSERT INTO calls (digest, state, owner, at, day, run, provider, account, model, held) "
        "SELECT 'ab', 'held', 'gone', at, day, 'x', provider, account, model, 49000000 FROM calls"
    )
    file = Path(".promptkit/owners/gone.lock")
    if mark != "none":
        file.touch()
    holder = FileLock(file)
    if mark == "alive":
        holder.acquire()
    if mark == "not ours":
        monkeypatch.setattr(FileLock, "acquire", _denied)
    code = 4 if mark in ("alive", "not ours") else 0
    plan = data("preview", *BRIEF, "-n", "2", "--dry-run", code=code)
    assert bool(plan["notes"]) is bool(code)
    assert plan["budgets"][0]["fits"] is not bool(code)
    holder.release()
    assert file.exists() is (mark != "none"), "a plan clears nothing away"


def _denied(*_: object, **__: object) -> None:
    raise PermissionError(13, "permission denied")
