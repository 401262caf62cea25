"""cache, doctor, usage and resolve, as somebody uses them."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from promptkit.cli.app import app
from promptkit.client.ledger import Budget, Entry, Ledger
from promptkit.client.upkeep import Upkeep
from test_upkeep import DAY, put, sidecar

CAN = ["packshot", "--brand", "tidewell", "--set", "product=slim 330 ml can"]
PAID = """\
providers: {{paid: {{type: comp, dialect: openai, answers: [{answers}]}}}}
tiers:
  preview: {{model: paid/gpt-image-2, quality: low, n: 2}}
  final: {{model: paid/gpt-image-2, quality: medium, from_preview: regenerate}}
budget: {{per_day: 20}}
"""


def run(*words: str, said: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=said)


def call(*words: str, code: int = 0, said: str = "") -> str:
    done = run(*words, said=said)
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.stdout


def refused(*words: str) -> str:
    done = run(*words)
    assert done.exit_code == 2, (words, done.output, done.exception)
    return done.stderr


def data(*words: str, code: int = 0) -> Any:
    return json.loads(call(*words, "--json", code=code))


def pay(answers: str = "ok") -> None:
    Path("promptkit.yaml").write_text(PAID.format(answers=answers), encoding="utf-8")


def home() -> Path:
    return Path(".promptkit").absolute()


def forgotten(days: float = 400) -> None:
    """Make a picture in the store that no run refers to, and that was not used for so long."""
    then = time.time() - days * DAY
    os.utime(sidecar(home(), put(home())), (then, then))


# cache stats, verify, rebuild, export


def test_stats_says_what_the_store_holds() -> None:
    assert "Pictures  0, 0 bytes" in call("cache", "stats")
    pay("ok, timeout")
    call("preview", *CAN, code=5)
    said = call("cache", "stats")
    assert "In doubt  1 call (promptkit doctor)" in said
    assert "paid/gpt-image-2" in said
    assert "tidewell" in said
    found = data("cache", "stats")
    assert found["store"] == str(home())
    assert (found["pictures"], found["in_doubt"]) == (1, 1)
    assert found["brands"]["tidewell"]["pictures"] == 1
    (made,) = home().glob("made/*/*.json")
    told = json.loads(made.read_text(encoding="utf-8"))["for"]
    assert (told["brand"], told["template"], told["tier"]) == ("tidewell", "packshot", "preview")


def test_stats_points_to_what_is_odd() -> None:
    sidecar(home(), put(home())).write_text("{")
    said = call("cache", "stats")
    assert "Orphans   1 file, " in said
    assert "Damaged   1 sidecar (promptkit cache verify)" in said


def test_verify_exits_with_1_when_something_is_wrong_and_says_what_to_do() -> None:
    stored = put(home())
    assert call("cache", "verify") == "1 picture read, no findings\n"
    stored.path.write_bytes(b"damaged")
    said = call("cache", "verify", code=1)
    assert f"error: {stored.path}: the picture of " in said
    assert "→ move it away, and bring it back from a backup" in said
    assert said.endswith("1 picture read, 1 finding\n")
    found = data("cache", "verify", code=1)
    assert [item["rule"] for item in found["findings"]] == ["damaged-picture"]


def test_a_long_verification_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptkit.cli.store._STEP", 1)
    put(home())
    assert run("cache", "verify").stderr == "  1 pictures read\n"


def test_rebuild_makes_the_index_anew() -> None:
    put(home())
    assert call("cache", "rebuild") == "The index holds 1 entry.\n"
    put(home(), 2)
    assert call("cache", "rebuild") == "The index holds 2 entries.\n"
    assert data("cache", "rebuild") == {"entries": 2}


def test_an_export_can_be_used_as_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    pay()
    call("preview", *CAN, "-n", "1")
    assert call("cache", "export", "copy") == "2 files written to copy\n"
    assert data("cache", "export", "copy")["written"] == 0
    assert "2 were there already" in call("cache", "export", "copy")
    monkeypatch.setenv("PROMPTKIT_HOME", str(Path("copy").absolute()))
    assert "cached, saved $" in call("preview", *CAN, "-n", "1")


def test_an_export_into_the_store_is_refused() -> None:
    put(home())
    assert "lies in the store itself" in refused("cache", "export", ".promptkit")


# cache prune


def test_prune_needs_a_limit_that_can_be_read() -> None:
    assert "add --keep-days 180" in refused("cache", "prune")
    assert "write it as in 500MB or 2GB" in refused("cache", "prune", "--max-size", "lots")


def test_prune_asks_first_and_removes_what_it_showed() -> None:
    forgotten()
    words = ["cache", "prune", "--keep-days", "180"]
    said = call(*words, said="n\n")
    assert "1 picture to remove, " in said
    assert "Remove this for good? [y/N]" in said
    assert said.endswith("Nothing was removed.\n")
    assert call(*words, said="y\n").endswith("Removed.\n")
    assert data("cache", "stats")["pictures"] == 0
    assert call(*words) == "no pictures to remove, 0 bytes of 0 bytes.\n"


def test_prune_shows_without_removing_and_removes_without_asking() -> None:
    forgotten()
    words = ["cache", "prune", "--max-size", "0"]
    assert call(*words, "--dry-run").endswith("Nothing was removed.\n")
    shown = data(*words, "--dry-run")
    assert (shown["removed"], len(shown["pictures"])) == (False, 1)
    assert call(*words, "--yes").endswith("Removed.\n")
    forgotten()
    assert data(*words, "--yes")["removed"]
    assert data("cache", "stats")["pictures"] == 0


@pytest.mark.parametrize("extra", [[], ["--json"]])
def test_prune_removes_nothing_when_there_is_nobody_to_ask(extra: list[str]) -> None:
    forgotten()
    done = run("cache", "prune", "--keep-days", "180", *extra)
    assert done.exit_code == 2
    assert "add --yes" in done.output
    assert data("cache", "stats")["pictures"] == 1


def test_prune_never_takes_what_a_run_refers_to() -> None:
    pay()
    call("preview", *CAN, "-n", "1")
    with Upkeep(home(), clock=lambda: time.time() + 9 * DAY) as later:
        assert len(later.plan(keep_days=1).pictures) == 1, "no run, no protection"
    said = call("cache", "prune", "--max-size", "0", "--dry-run")
    assert "1 more stay: runs, doubts or work under way need them." in said
    assert "above its limit." in said
    ledger = home() / "ledger.sqlite3"
    for path in ledger.parent.glob("ledger*"):
        path.unlink()
    assert data("cache", "prune", "--max-size", "0", "--dry-run")["kept_back"] == 1


def test_prune_says_that_other_projects_runs_are_not_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stored = put(tmp_path / "shared")
    os.utime(sidecar(tmp_path / "shared", stored), (0, 0))
    assert "1 more stay" not in call("cache", "prune", "--max-size", "0", "--dry-run")
    monkeypatch.setenv("PROMPTKIT_HOME", str(tmp_path / "shared"))
    said = call("cache", "prune", "--max-size", "0", "--dry-run")
    assert "shared may be shared: only this project's runs are known." in said


def test_prune_refuses_while_a_run_cannot_be_read() -> None:
    forgotten()
    Path("runs/broken").mkdir(parents=True)
    Path("runs/broken/run.json").write_text("{")
    assert "run.json cannot be read" in refused("cache", "prune", "--max-size", "0", "--yes")
    assert data("cache", "stats")["pictures"] == 1


# doctor and resolve


def test_doctor_of_a_fresh_project() -> None:
    assert call("doctor").endswith("\nAll is well.\n")
    found = data("doctor")
    assert found["in_doubt"] == []
    assert {check["name"]: check["ok"] for check in found["checks"]}["keys"]


def test_doctor_exits_with_1_on_a_fault() -> None:
    Path("promptkit.yaml").write_text("brand: nobody\n", encoding="utf-8")
    said = call("doctor", code=1)
    assert "error: there is no brand “nobody”" in said
    assert said.endswith("\n1 check failed.\n")
    Path("promptkit.yaml").write_text("brund: nobody\n", encoding="utf-8")
    assert "promptkit.yaml:1:1: " in call("doctor", code=1)


@pytest.mark.parametrize("columns", ["60", "80"])
def test_what_doctor_says_is_broken_where_the_terminal_ends(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = call("doctor").partition("\nProject")[0].splitlines()
    assert max(map(len, lines)) <= int(columns)
    assert lines[1].startswith(" " * len("Versions   ")), "and goes on below itself"


def test_from_a_doubt_to_a_decision() -> None:
    pay("timeout, timeout, ok")
    call("preview", *CAN, code=5)
    said = call("doctor", code=5)
    assert "In doubt: 2 calls." in said
    doubts = data("doctor", code=5)["in_doubt"]
    short = doubts[0]["digest"][:12]
    assert f"  → promptkit resolve {short} --paid   (or --unpaid)" in said
    assert doubts[0]["run"]
    assert doubts[0]["held_usd"] > 0
    assert "held" not in doubts[0]
    assert "comp did not answer in time" in said
    usage = call("usage")
    assert "In doubt: 2 calls, which may have cost up to $" in usage
    assert short in usage
    assert len(data("usage")["in_doubt"]) == 2

    said = call("resolve", short, "--paid", "--cost", "$0.01")
    assert "packshot for tidewell (preview " in said
    assert "booked as paid, $0.01" in said
    assert "add --resend" in said
    other = data("resolve", "--all", "--unpaid")
    assert (other["paid"], len(other["decided"])) == (False, 1)
    assert call("resolve", "--all", "--paid") == "Nothing is in doubt.\n"
    assert call("doctor").endswith("All is well.\n")
    assert data("usage")["cost_usd"] == 0.01

    pay()
    run("preview", *CAN)
    assert data("usage")["rows"][0]["paid"] == 1, "one of them is sent again, and one is not"
    call("preview", *CAN, "--resend")
    assert data("usage")["rows"][0]["paid"] == 2


def test_what_was_held_is_said_when_it_becomes_free() -> None:
    pay("timeout")
    call("preview", *CAN, "-n", "1", code=5)
    assert "unpaid, $0.0116 is free" in call("resolve", "--all", "--unpaid")


def test_a_doubt_of_which_little_is_known_is_told_of_with_what_there_is() -> None:
    with closing(Ledger(home())) as ledger:
        row = ledger.claim(Entry("d" * 64, "p", "m", "", "", 1), Decimal("0.5"), Budget()).row
        assert row is not None
        ledger.mark(row, "in_doubt", who="", request_id="req_9")
    said = call("doctor", code=5)
    assert "dddddddddddd  a text, up to $0.50\n  asked of p/m on " in said
    assert " UTC\n  request id req_9\n  → promptkit resolve dddddddddddd" in said


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        ([], "promptkit doctor"),
        (["abc", "--all"], "promptkit doctor"),
        (["abc"], "usage page"),
        (["abc", "--paid"], "nothing is in doubt"),
        (["abc", "--unpaid", "--cost", "1"], "leave it out"),
        (["abc", "--paid", "--cost", "1,5"], "write USD, as in --cost 0.04"),
        (["abc", "--paid", "--cost", "-1"], "write USD"),
        (["abc", "--paid", "--cost", "nan"], "write USD"),
    ],
)
def test_a_decision_that_is_none_says_what_to_type(words: list[str], fix: str) -> None:
    assert fix in refused("resolve", *words)


# usage


def test_usage_tells_what_the_store_and_previewing_saved() -> None:
    pay()
    call("preview", *CAN)
    call("preview", *CAN)
    call("final", "last", "--pick", "1")
    said = call("usage", "--by", "tier")
    assert "saved by the store" in said
    assert "by previewing." in said
    found = data("usage", "--by", "month")
    assert found["previewing_saved_usd"] == found["rows"][0]["previewing_saved"] != 0
    assert found["rows"][0]["name"] == time.strftime("%Y-%m", time.gmtime())


def test_usage_as_csv() -> None:
    assert call("usage", "--csv").count("\n") == 1
    pay()
    call("preview", *CAN)
    (row,) = csv.DictReader(io.StringIO(call("usage", "--csv", "--by", "brand")))
    assert (row["name"], row["paid"]) == ("tidewell", "2")
    assert float(row["cost"]) > 0
    calls = list(csv.DictReader(io.StringIO(call("usage", "--csv", "--by", "call"))))
    assert [one["state"] for one in calls] == ["done", "done"]
    assert all(len(one["digest"]) == 64 for one in calls)
    assert len(data("usage", "--by", "call")["rows"]) == 2
    assert "packshot" in call("usage", "--by", "call")


def test_usage_of_a_period() -> None:
    assert call("usage", "--by", "call") == "Nothing was asked for.\n"
    pay()
    call("preview", *CAN, "-n", "1")
    assert call("usage", "--until", "2020-01-31") == "Nothing was asked for in these days.\n"
    assert len(data("usage", "--since", "2020-01-01", "--until", "2999-01-01")["rows"]) == 1
    fix = refused("usage", "--since", "2026-11-02", "--until", "2026-11-01")
    assert "swap them: --since 2026-11-01 --until 2026-11-02" in fix
    said = refused("usage", "--since", "yesterday")
    assert "“yesterday” is no day: a day is written 2026-11-22" in said


@pytest.mark.parametrize("columns", ["50", "80"])
@pytest.mark.parametrize("words", [["usage"], ["usage", "--by", "call"], ["cache", "stats"]])
def test_tables_keep_within_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: str, words: list[str]
) -> None:
    pay()
    call("preview", *CAN)
    monkeypatch.setenv("COLUMNS", columns)
    said = [line for line in call(*words).splitlines() if "$" in line and "Paid " not in line]
    assert all(len(line) <= int(columns) for line in said)


def test_a_budget_by_month_and_brand_stops_the_next_picture() -> None:
    pay()
    settings = Path("promptkit.yaml").read_text(encoding="utf-8")
    limits = "budget: {per_day: 20, per_month: 20, brands: {tidewell: {per_month: 0.001}}}"
    text = settings.replace("budget: {per_day: 20}", limits)
    Path("promptkit.yaml").write_text(text, encoding="utf-8")
    done = run("preview", *CAN)
    assert done.exit_code == 4
    assert "of tidewell's budget of $0.001 per month" in done.stderr
    assert "raise budget.brands.tidewell.per_month" in done.stderr
    assert data("usage")["cost_usd"] == 0
