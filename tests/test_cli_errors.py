"""The command line on a bad day: one voice, the right exit code, never a traceback."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from promptkit.cli import main
from promptkit.cli.app import app

CAN = ["--brand", "tidewell", "--set", "product=can"]
COMPOSE = ["compose", "packshot", *CAN]
HERO = ["compose", "product-hero", *CAN]
PREVIEW = ["preview", "packshot", *CAN, "-n", "2"]
BROKEN = 'name: Bad\ncolours: {primary: "#0B6E99"}\ntone: calm\nfoo: 3\n'


@pytest.fixture(autouse=True)
def _things() -> None:
    """Lay out what the mistakes are made with."""
    Path("bad.yaml").write_text(BROKEN, encoding="utf-8")
    Path("list.yaml").write_text("- a\n", encoding="utf-8")


MISTAKES: list[tuple[list[str], int, str]] = [
    (["compose", "packshot", "-b", "tidewel", "-s", "product=x"], 2, "did you mean “tidewell”?"),
    (["compose", "packshott", *CAN], 2, "did you mean “packshot”?"),
    (["compose", "packshot", "-s", "product=x"], 2, "add --brand, or `brand:` to promptkit.yaml"),
    (["compose", "packshot", "-b", "tidewell"], 2, 'for example --set product="'),
    ([*COMPOSE, "-s", "produkt=x"], 2, "did you mean “product”?"),
    ([*COMPOSE, "-s", "product"], 2, 'write --set product="value"'),
    ([*COMPOSE, "-s", "=x"], 2, 'write --set name="value"'),
    ([*COMPOSE, "--axes", "crop"], 2, "write --axes AXIS=OPTION, as in crop=close"),
    ([*COMPOSE, "--axes", "=close"], 2, 'write --axes name="value"'),
    ([*COMPOSE, "--axes", "wild=1"], 2, "there is no axis “wild”"),
    ([*HERO, "--axes", "crop=close,wide"], 2, "“wide” has no “=”"),
    ([*HERO, "--axes", "crop=rnadom"], 2, "did you mean “random”?"),
    ([*COMPOSE, "--look", "wild"], 2, "there is no look “wild”"),
    ([*COMPOSE, "--channel", "wild"], 2, "there is no channel “wild”"),
    ([*COMPOSE, "-m", "nope"], 2, "there is no model “nope”"),
    ([*COMPOSE, "-m", "openai/gpt-image-1"], 2, "use openai/gpt-image-2.6-sunburst instead"),
    ([*COMPOSE, "-b", "bad.yaml"], 2, "did you mean “colors”?"),
    ([*COMPOSE, "-b", "gone.yaml"], 2, "gone.yaml"),
    ([*COMPOSE, "--inputs", "gone.yaml"], 2, "gone.yaml"),
    ([*COMPOSE, "--inputs", "list.yaml"], 2, "inputs are a list of keys"),
    ([*COMPOSE, "--config", "tiers"], 2, 'write --config tiers="value"'),
    ([*COMPOSE, "--config", "tiers.preview.nn=3"], 2, "did you mean “n”?"),
    ([*COMPOSE, "-C", "nowhere"], 2, "there is no folder nowhere"),
    (["preview", "product-hero", *CAN, "-s", "base=no.png"], 2, "there is no picture no.png"),
    ([*PREVIEW, "-m", "openai/gpt-image-2"], 2, "export OPENAI_API_KEY="),
    ([*PREVIEW, "--quality", "ultra"], 2, "there is no quality “ultra”"),
    ([*PREVIEW, "-n", "0"], 2, "promptkit preview --help"),
    ([*PREVIEW, "-n", "x"], 2, "promptkit preview --help"),
    ([*PREVIEW, "--first-take", "0"], 2, "promptkit preview --help"),
    ([*PREVIEW, "--config", "runs=bad.yaml"], 2, "may it be written to?"),
    ([*PREVIEW, "--config", "providers.comp.refuse=can"], 3, "change the words"),
    (["pick", "last", "1"], 2, "promptkit preview makes one"),
    (["pick", "last"], 2, "missing argument"),
    (["pick", "2"], 2, "pick last 2"),
    (["preview", "packshot", "a can"], 2, '--set product="a can"'),
    (["preview", "nope", "a", "can"], 2, '--set NAME="a can"'),
    (["brand", "show", "tidewell", "a can"], 2, "promptkit brand show --help"),
    (["final", "20260131"], 2, "there is no run"),
    (["usage", "--by", "moon"], 2, "there is no grouping “moon”"),
    (["usage", "--by", "weak"], 2, "known: brand, call, day,"),
    (["brand", "show", "nope"], 2, "there is no brand “nope”"),
    (["brand", "check", "nope"], 2, "there is no brand “nope”"),
    (["brand", "check", "bad.yaml"], 1, "`style` is missing"),
    (["template", "show", "nope"], 2, "there is no template “nope”"),
    (["init", "bad.yaml"], 2, "bad.yaml: "),
    (["previw"], 2, "promptkit --help"),
    (["brand", "lst"], 2, "promptkit brand --help"),
    (["models", "--nope"], 2, "no such option: --nope"),
    ([*COMPOSE, "-s", "product=caf\udce9"], 2, "is not UTF-8 text"),
]


def names(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else ""


@pytest.mark.parametrize(("words", "code", "says"), MISTAKES, ids=names)
def test_a_mistake_is_said_with_its_fix(words: list[str], code: int, says: str) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    assert says in " ".join(done.output.split())
    assert "error: " in done.output
    assert "Traceback" not in done.output
    assert not Path("runs").exists() or not list(Path("runs").iterdir())


@pytest.mark.parametrize(("words", "code", "says"), MISTAKES, ids=names)
def test_with_json_there_is_one_object_and_nothing_else(
    words: list[str], code: int, says: str
) -> None:
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == code, done.output
    said = json.loads(done.stdout)
    if code == 1:
        assert says in json.dumps(said, ensure_ascii=False)
    else:
        assert said["error"].endswith("Error")
        assert says in " ".join([*said["message"].split(), said.get("fix", "")])


def settings(text: str) -> None:
    Path("promptkit.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ("[ok, refuse]", 3),
        ("[ok, 400]", 3),
        ("[ok, quota]", 4),
        ("[ok, timeout]", 5),
        ("[ok, timeout, refuse]", 5),
    ],
)
def test_some_takes_fail_and_the_others_are_kept(answers: str, code: int) -> None:
    settings(f"providers: {{comp: {{answers: {answers}}}}}\n")
    count = str(answers.count(",") + 1)
    done = CliRunner().invoke(app, [*PREVIEW[:-1], count])
    assert done.exit_code == code, done.output
    assert "Missing " in done.stdout
    assert "Preview " in done.stdout
    again = CliRunner().invoke(app, ["pick", "last", "99"])
    assert "its previews are: " in again.output


@pytest.mark.parametrize(
    ("answers", "code"),
    [("[refuse, refuse]", 3), ("[quota, refuse]", 4), ("[refuse, timeout]", 5)],
)
def test_when_none_comes_nothing_is_left_behind(answers: str, code: int) -> None:
    settings(f"providers: {{comp: {{answers: {answers}}}}}\n")
    done = CliRunner().invoke(app, [*PREVIEW, "--json"])
    assert done.exit_code == code
    assert "error" in json.loads(done.stdout)
    assert list(Path("runs").iterdir()) == []


def test_a_budget_stops_with_4_and_keeps_what_was_paid() -> None:
    settings(
        "providers: {paid: {type: comp, dialect: openai}}\n"
        "tiers: {preview: {model: paid/gpt-image-2}}\n"
        "budget: {per_run: 0.012}\n"
    )
    done = CliRunner().invoke(app, ["preview", "packshot", *CAN, "-n", "6", "--json"])
    assert done.exit_code == 4, done.output
    run = json.loads(done.stdout)
    assert run["images"]
    assert {failure["error"] for failure in run["failures"]} == {"BudgetError"}
    assert 0 < run["cost_usd"] <= 0.012
    none = CliRunner().invoke(app, [*PREVIEW, "--first-take", "50", "--config", "budget.per_run=0"])
    assert none.exit_code == 4
    assert "raise budget.per_run" in none.output


@pytest.mark.parametrize("verb", [["final", "last"], ["generate", "packshot", *CAN, "-n", "1"]])
def test_a_picture_over_budget_is_told_of_once_and_in_cents(verb: list[str]) -> None:
    settings(
        "providers: {paid: {type: comp, dialect: openai}}\n"
        "tiers: {final: {model: paid/gpt-image-2}}\n"
        "budget: {per_run: 0.10}\n"
    )
    assert CliRunner().invoke(app, PREVIEW).exit_code == 0
    assert CliRunner().invoke(app, ["pick", "last", "1"]).exit_code == 0
    done = CliRunner().invoke(app, [*verb, "--quality", "high"])
    assert done.exit_code == 4, done.output
    assert done.output.count("may cost up to") == 1
    assert "of the budget of $0.10 per run" in done.output


def test_an_audit_looks_for_the_picture_before_a_brand() -> None:
    done = CliRunner().invoke(app, ["audit", "nothere.jpg"])
    assert done.exit_code == 2
    assert "there is no file “nothere.jpg”" in done.output


def test_a_pick_that_cannot_be_and_a_final_before_a_pick() -> None:
    assert CliRunner().invoke(app, [*PREVIEW[:-1], "1"]).exit_code == 0
    for words, says in (
        (["final", "last"], "N, with N one of 1"),
        (["pick", "last", "9"], "its previews are: 1"),
        (["final", "last", "--pick", "9"], "its previews are: 1"),
        (["final", "last", "--pick", "1", "--quality", "ultra"], "no quality “ultra”"),
    ):
        done = CliRunner().invoke(app, words)
        assert (done.exit_code, says in done.output) == (2, True), done.output
    assert json.loads(Path(*last_run(), "run.json").read_text(encoding="utf-8"))["picks"] == []


def last_run() -> tuple[str, str]:
    (run,) = Path("runs").iterdir()
    return "runs", run.name


def test_init_twice_overwrites_nothing() -> None:
    assert CliRunner().invoke(app, ["init"]).exit_code == 0
    Path("promptkit.yaml").write_text("brand: tidewell\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["init"])
    assert done.exit_code == 2
    assert "name another folder" in done.output
    assert Path("promptkit.yaml").read_text(encoding="utf-8") == "brand: tidewell\n"


def test_a_ledger_that_is_none_is_said() -> None:
    Path(".promptkit").mkdir()
    Path(".promptkit/ledger.sqlite3").write_bytes(b"no database at all, but long enough" * 99)
    done = CliRunner().invoke(app, ["usage"])
    assert done.exit_code == 2, done.output
    assert "ledger" in done.output
    assert "Traceback" not in done.output


def test_a_bug_is_not_dressed_up_as_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptkit.cli.project.print_json", None)
    done = CliRunner().invoke(app, ["models", "--json"])
    assert isinstance(done.exception, TypeError)


def run_in_process(*words: str, stdout: Path | int) -> int:
    """Run a verb with another standard output; a real one, that can fail."""
    with open(stdout, "w", encoding="utf-8") as stream, redirect_stdout(stream):  # noqa: PTH123
        with pytest.raises(SystemExit) as ended:
            app(list(words))
        return int(str(ended.value.code))


@pytest.mark.parametrize(
    ("words", "code"),
    [(["models"], 0), (["--help"], 0), (["brand", "check", "bad.yaml", "--json"], 1)],
)
def test_a_closed_pipe_is_no_fault_and_hides_none(words: list[str], code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert run_in_process(*words, stdout=writing) == code


def test_more_output_than_a_closed_pipe_takes_ends_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for number in range(200):
        Path(f"{number}.yaml").write_text(BROKEN, encoding="utf-8")
    names = [f"{number}.yaml" for number in range(200)]
    assert run_in_process("brand", "check", *names, stdout=writing) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_in_process("models", stdout=Path("/dev/full")) == 2
    assert capsys.readouterr().err == "error: No space left on device\n"


def test_a_working_folder_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Path("gone").absolute()
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = CliRunner().invoke(app, ["models"])
    assert done.exit_code == 2
    assert done.output.startswith("error: ")


def test_an_interrupt_within_this_process_ends_with_130() -> None:
    settings("providers: {comp: {delay_s: 60}}\n")

    def interrupt() -> None:
        until = time.monotonic() + 20
        while not under_way() and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(interrupt)
        done = CliRunner().invoke(app, [*PREVIEW, "--json"])
    assert done.exit_code == 130
    assert json.loads(done.stdout)["message"] == "interrupted"
    assert not {"held", "sent", "received"}.intersection(states())


def test_the_entry_point(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["promptkit", "brand", "check", "bad.yaml"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "error: bad.yaml:1:1" in capsys.readouterr().out


def promptkit(*words: str, **changes: Any) -> subprocess.Popen[bytes]:
    env = {**os.environ, **changes.pop("env", {})}
    command = [sys.executable, "-W", "error", "-m", "promptkit", *words]
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=env, **(streams | changes))


@pytest.mark.parametrize(
    "words",
    [["--help"], ["models"], ["brand", "show", "tidewell"], ["template", "list", "--json"]],
    ids=" ".join,
)
def test_a_reader_that_leaves_is_no_fault(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with promptkit(*words, stdout=writing) as process:
        os.close(writing)
        _, complained = process.communicate(timeout=30)
    assert (process.returncode, complained) == (0, b"")


def test_a_reader_of_the_progress_that_leaves_costs_no_pictures() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with promptkit(*PREVIEW, "--json", stderr=writing) as process:
        os.close(writing)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert len(json.loads(said)["images"]) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_is_said_once() -> None:
    with Path("/dev/full").open("wb") as full, promptkit("models", stdout=full) as process:
        _, complained = process.communicate(timeout=30)
    assert process.returncode == 2
    assert complained.decode().splitlines() == ["error: No space left on device"]


@pytest.mark.parametrize(
    "words",
    [["--help"], ["compose", "nope", *CAN], ["brand", "show", "tidewell"], ["init", "ümlaut"]],
    ids=" ".join,
)
def test_a_terminal_without_utf_8_is_enough(words: list[str]) -> None:
    with promptkit(*words, env={"PYTHONIOENCODING": "ascii"}) as process:
        said, complained = process.communicate(timeout=30)
    assert process.returncode == (2 if words[1:2] == ["nope"] else 0)
    assert b"Traceback" not in complained
    assert (said + complained).isascii()


def test_json_is_whole_without_utf_8() -> None:
    words = ["brand", "show", "tidewell", "--json"]
    with promptkit(*words, env={"PYTHONIOENCODING": "ascii"}) as process:
        plain, _ = process.communicate(timeout=30)
    assert plain.isascii()
    assert json.loads(plain) == json.loads(CliRunner().invoke(app, words).stdout)


def under_way() -> bool:
    try:
        return states().count("sent") == 2
    except sqlite3.OperationalError:
        return False


def states() -> list[str]:
    path = "file:.promptkit/ledger.sqlite3?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as ledger:
        return [state for (state,) in ledger.execute("SELECT state FROM calls")]


def test_an_interrupt_ends_cleanly_and_settles_the_journal() -> None:
    settings("providers: {comp: {delay_s: 60}}\n")
    with promptkit(*PREVIEW) as process:
        until = time.monotonic() + 20
        while not under_way() and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said == b""
    assert complained.decode().startswith("error: interrupted\n")
    assert list(Path("runs").iterdir()) == []
    assert not {"held", "sent", "received"}.intersection(states())
    assert list(Path(".promptkit/owners").iterdir()) == []
