"""What listeners are told while pictures are asked for, and that none of them can do harm."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import FrozenInstanceError, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner

from fake_openai import FakeOpenAI, Hangup, Status
from promptkit import BudgetError, Kit, PromptkitError
from promptkit.cli.app import app
from promptkit.client import client as client_module
from promptkit.client import pace
from promptkit.client.client import Limits
from promptkit.client.ledger import Budget, Ledger
from promptkit.client.request import Answer, ImageRequest
from promptkit.errors import InDoubtError, ProviderError, RateLimitedError, RefusedError
from promptkit.observe import (
    Answered,
    Asked,
    Ended,
    Event,
    Failed,
    Held,
    Hit,
    Retrying,
    Sent,
    Settled,
    Slowed,
    Stored,
    Waiting,
)
from promptkit.observe.teller import Teller
from test_client import Scripted, a_job, an_answer, an_openai, draw

E = TypeVar("E", bound=Event)
PROMPT = a_job().request.prompt


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that no provider names are short here."""
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)
    monkeypatch.setattr(pace, "SPACING", 0.0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


def told(home: Path, provider: Any, *jobs: Any, prompts: bool = False, **more: Any) -> list[Event]:
    """Return the events of asking for all jobs at once."""
    events: list[Event] = []
    draw(home, provider, *(jobs or [a_job()]), tell=Teller(events.append, prompts=prompts), **more)
    return events


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def only(events: list[Event], kind: type[E]) -> E:
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


def test_a_picture_that_is_paid_and_one_that_is_there(home: Path, fake: FakeOpenAI) -> None:
    events = told(home, an_openai(fake.base_url))
    assert names(events) == ["asked", "held", "sent", "answered", "stored", "settled", "ended"]
    about = only(events, Asked).about
    assert {event.about for event in events} == {about}
    job = a_job()
    assert (about.digest, about.provider, about.take) == (job.digest, "openai", 1)
    assert only(events, Held).bound == job.bound
    answered = only(events, Answered)
    assert (answered.request_id, answered.tokens_in, answered.tokens_out) == ("req_fake_1", 13, 122)
    assert 0 < answered.seconds < only(events, Ended).seconds
    settled = only(events, Settled)
    assert (settled.state, settled.estimated, settled.error) == ("done", False, None)
    assert only(events, Stored).media_type == "image/png"

    again = told(home, an_openai(fake.base_url))
    assert names(again) == ["asked", "hit", "ended"]
    assert only(again, Hit).saved == settled.cost > 0
    assert again[0].about.call > about.call


def test_events_cannot_be_changed(home: Path, fake: FakeOpenAI) -> None:
    event = told(home, an_openai(fake.base_url))[0]
    with pytest.raises(FrozenInstanceError):
        event.prompt = "another"  # type: ignore[attr-defined]


def test_what_goes_wrong_and_is_tried_again(home: Path, fake: FakeOpenAI) -> None:
    fake.script[:] = [Status(500), Status(429, code="rate_limit_exceeded", retry_after=0.02)]
    events = told(home, an_openai(fake.base_url))
    tries = [event.attempt for event in events if isinstance(event, Sent)]
    again = [event for event in events if isinstance(event, Retrying)]
    failed = [event.error for event in events if isinstance(event, Failed)]
    assert tries == [1, 2, 3]
    assert [event.attempt for event in again] == [2, 3]
    assert [getattr(error, "status", 0) for error in failed] == [500, 429]
    assert isinstance(again[1].error, RateLimitedError)
    assert again[1].seconds == only(events, Slowed).seconds == 0.02
    assert only(events, Settled).state == "done"


@pytest.mark.parametrize(
    ("trouble", "state", "kind"),
    [
        (Status(400, code="moderation_blocked"), "refused", RefusedError),
        (Status(401), "failed", ProviderError),
        (Hangup(), "in_doubt", InDoubtError),
    ],
)
def test_how_a_call_ends_that_brings_nothing(
    home: Path, fake: FakeOpenAI, trouble: Any, state: str, kind: type[Exception]
) -> None:
    fake.script[:] = [trouble]
    events = told(home, an_openai(fake.base_url))
    settled = only(events, Settled)
    assert settled.state == state
    assert isinstance(settled.error, kind)
    assert only(events, Ended).error is settled.error
    assert settled.cost == (only(events, Held).bound if state == "in_doubt" else 0)


def test_a_budget_that_is_used_up(home: Path, fake: FakeOpenAI) -> None:
    events = told(home, an_openai(fake.base_url), budget=Budget(per_day=Decimal("0.0001")))
    assert names(events) == ["asked", "ended"]
    assert isinstance(only(events, Ended).error, BudgetError)


def test_one_waits_for_the_place_of_another(home: Path) -> None:
    async def slowly(request: ImageRequest) -> Answer:
        await asyncio.sleep(0.02)
        return await an_answer(request)

    limits = {"openai": Limits(concurrency=1)}
    events = told(home, Scripted(slowly), a_job(1), a_job(2), limits=limits)
    assert only(events, Waiting).why == "concurrency"


def test_identical_calls_wait_for_one(home: Path) -> None:
    async def slowly(request: ImageRequest) -> Answer:
        await asyncio.sleep(0.02)
        return await an_answer(request)

    events = told(home, Scripted(slowly), a_job(), a_job())
    assert only(events, Waiting).why == "identical call"
    assert len({event.about.call for event in events}) == 2
    assert (names(events).count("sent"), names(events).count("hit")) == (1, 1)


def test_one_waits_for_its_turn(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MINUTE", 0.1)
    limits = {"openai": Limits(per_minute=1)}
    events = told(home, Scripted(an_answer), a_job(1), a_job(2), limits=limits)
    waiting = only(events, Waiting)
    assert waiting.why == "pace"
    assert 0 < (waiting.seconds or 0) <= 0.11


# Listeners


def test_a_listener_that_fails_harms_nobody_and_is_logged_once(
    home: Path, fake: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    @dataclass
    class Broken:  # equal to others like it, and so without a hash
        told: int = 0

        def __call__(self, event: Event) -> None:
            self.told += 1
            raise ValueError("nonsense")

    broken = Broken()
    (picture,) = draw(home, an_openai(fake.base_url), a_job(), tell=Teller(broken))
    assert broken.told == 7
    assert not isinstance(picture, BaseException)
    (record,) = [item for item in caplog.records if item.name == "promptkit.observe"]
    assert "an observer failed at “asked”" in record.getMessage()
    assert record.exc_info


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, asyncio.CancelledError])
@pytest.mark.parametrize("at", ["asked", "sent", "stored", "ended"])
def test_a_listener_that_ends_the_program_loses_no_picture(
    home: Path, fake: FakeOpenAI, kind: type[BaseException], at: str
) -> None:
    def leaving(event: Event) -> None:
        if event.name == at:
            raise kind(3)

    (picture,) = draw(home, an_openai(fake.base_url), a_job(), tell=Teller(leaving))
    assert not isinstance(picture, BaseException)
    with closing(Ledger(home)) as ledger:
        assert [row["state"] for row in ledger.rows()] == ["done"]


def test_a_kit_tells_what_it_is_given(tmp_path: Path) -> None:
    events: list[Event] = []
    with Kit(tmp_path, on_event=events.append) as kit:
        composed = kit.compose("packshot", "tidewell", {"product": "can"})
        run = kit.preview(composed, n=1)
    about = events[0].about
    assert (about.run, about.tier, about.brand) == (run.id, "preview", "tidewell")
    assert (about.template, about.provider) == ("packshot", "comp")
    assert names(events)[-1] == "ended"


# Logs


def test_one_record_for_each_event_with_its_fields(
    home: Path, fake: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "promptkit")
    fake.script[:] = [Status(500)]
    events = told(home, an_openai(fake.base_url))
    records = [item for item in caplog.records if item.name == "promptkit.client"]
    assert [vars(item)["event"] for item in records] == names(events)
    levels = {vars(item)["event"]: item.levelname for item in records}
    assert (levels["asked"], levels["sent"], levels["retrying"]) == ("DEBUG", "INFO", "WARNING")
    retrying = next(item for item in records if vars(item)["event"] == "retrying")
    assert (vars(retrying)["error"], vars(retrying)["status"]) == ("ProviderError", 500)
    settled = vars(records[-2])
    assert settled["cost_usd"] == float(only(events, Settled).cost)
    assert settled["digest"] == a_job().digest
    assert records[-2].getMessage().startswith(f"settled {a_job().digest[:12]} openai/")


@pytest.mark.parametrize(
    ("trouble", "level"),
    [(Status(400, code="moderation_blocked"), "WARNING"), (Hangup(), "ERROR")],
)
def test_what_needs_somebody_is_logged_louder(
    home: Path, fake: FakeOpenAI, caplog: pytest.LogCaptureFixture, trouble: Any, level: str
) -> None:
    caplog.set_level(logging.INFO, "promptkit")
    fake.script[:] = [trouble]
    told(home, an_openai(fake.base_url))
    levels = {vars(item)["event"]: item.levelname for item in caplog.records}
    assert levels == {"sent": "INFO", "settled": level, "ended": "WARNING"}


def test_no_prompt_is_told_but_where_it_is_wished_for(
    home: Path, fake: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "promptkit")
    said = f"your prompt “{PROMPT}” was rejected"
    fake.script[:] = [Status(400, code="moderation_blocked", message=said)]
    told(home, an_openai(fake.base_url))
    assert caplog.records
    for record in caplog.records:
        assert PROMPT not in repr(vars(record))
    events = told(home, an_openai(fake.base_url), prompts=True)
    assert only(events, Asked).prompt == PROMPT
    asked = next(item for item in caplog.records if "prompt" in vars(item))
    assert (vars(asked)["prompt"], asked.levelname) == (PROMPT, "DEBUG")


def test_a_library_prints_nothing_by_itself() -> None:
    script = "from promptkit.observe.log import Log; Log()\n"
    script += "import logging; logging.getLogger('promptkit.client').error('in doubt')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


# The command line

CAN = ["preview", "packshot", "-b", "tidewell", "-s", "product=can", "-n", "1"]


def run(
    *words: str, code: int = 0, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "promptkit", *words]
    done = subprocess.run(command, env=os.environ | (env or {}), capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_logs_go_to_standard_error_and_leave_the_object_alone() -> None:
    done = run("--log-level", "debug", "--log-json", *CAN, "--json")
    assert json.loads(done.stdout)["images"]
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines][:2] == ["asked", "held"]
    assert {"time", "level", "logger", "message", "digest", "run", "brand"} <= lines[0].keys()
    assert all("prompt" not in line for line in lines)

    again = run(*CAN, env={"PROMPTKIT_LOG": "info", "PROMPTKIT_LOG_FORMAT": "text"})
    (line,) = [line for line in again.stderr.splitlines() if " info " in line]
    assert " info hit " in line
    assert "promptkit" not in run(*CAN).stderr


def test_prompts_are_logged_where_the_settings_say_so() -> None:
    env = {"PROMPTKIT_LOG": "debug", "PROMPTKIT_LOG_FORMAT": "json"}
    done = run(*CAN, "--config", "observe.prompts=true", env=env)
    assert '"prompt": "' in done.stderr


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (["--log-level", "loud"], {}, "there is no log level “loud”"),
        (["--log-level", "info"], {"PROMPTKIT_LOG_FORMAT": "xml"}, "there is no log format “xml”"),
    ],
)
def test_a_level_or_format_that_is_none(words: list[str], env: dict[str, str], said: str) -> None:
    done = CliRunner().invoke(app, [*words, "usage", "--json"], env=env)
    assert done.exit_code == 2
    assert said in str(json.loads(done.stdout))


def test_what_was_raised_is_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    from promptkit.cli.logs import log_to_stderr

    logger = logging.getLogger("promptkit")
    before, level = logger.handlers, logger.level
    try:
        for as_json in (True, False):
            log_to_stderr("error", as_json=as_json)
            try:
                raise PromptkitError("nonsense")
            except PromptkitError:
                logging.getLogger("promptkit.observe").error("failed", exc_info=True)
    finally:
        logger.handlers = before
        logger.setLevel(level)
    first, *rest = capsys.readouterr().err.splitlines()
    assert "nonsense" in json.loads(first)["exception"]
    assert " error failed" in rest[0]
    assert "nonsense" in rest[-1]
