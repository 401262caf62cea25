from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptkit.client import entry as entries
from promptkit.client import ledger as module
from promptkit.client.ledger import Budget, Context, Entry, Ledger, nano, usd
from promptkit.client.owner import Owner
from promptkit.client.pace import Lane
from promptkit.errors import BudgetError, InDoubtError, StoreError

CENT = Decimal("0.01")
NO_LIMIT = Budget()


def an_entry(
    digest: str = "d", *, run: str = "r", provider: str = "openai", brand: str = "b"
) -> Entry:
    return Entry(digest, provider, "m", "low", "1024x640", 1, Context(run, "preview", brand, "t"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "home")
    yield opened
    opened.close()


def claim(ledger: Ledger, digest: str = "d", bound: Decimal = CENT, **more: Any) -> int:
    budget = more.pop("budget", NO_LIMIT)
    row = ledger.claim(an_entry(digest, **more), bound, budget).row
    assert row is not None
    return row


def the_row(ledger: Ledger, **equal: str) -> dict[str, Any]:
    (row,) = ledger.rows(**equal)
    return row


# Money


@pytest.mark.parametrize(
    ("amount", "billionths"),
    [("0", 0), ("0.006010", 6_010_000), ("0.0000000001", 1), ("1.0000000001", 1_000_000_001)],
)
def test_money_is_kept_in_whole_billionths_and_never_rounded_down(
    amount: str, billionths: int
) -> None:
    assert nano(Decimal(amount)) == billionths
    assert usd(billionths) >= Decimal(amount)


def test_sums_are_exact(ledger: Ledger) -> None:
    """A million times a tenth of a cent is a thousand dollars; a float would not say so."""
    for number in range(30):
        ledger.settle(claim(ledger, f"{number}"), "done", Decimal("0.1"))
    assert usd(sum(row["cost"] for row in ledger.rows())) == Decimal(3)
    assert usd(None) == 0


# States


def test_a_call_goes_from_held_through_sent_to_done(ledger: Ledger) -> None:
    row = claim(ledger)
    assert the_row(ledger)["state"] == "held"
    assert the_row(ledger)["held"] == nano(CENT)
    ledger.mark(row, "sent")
    assert the_row(ledger)["state"] == "sent"
    ledger.settle(row, "done", Decimal("0.006"), sha256="s")
    done = the_row(ledger)
    assert (done["state"], done["held"], done["cost"]) == ("done", 0, 6_000_000)
    assert done["settled_at"] >= done["at"]
    assert (done["run"], done["tier"], done["brand"], done["template"]) == (
        "r",
        "preview",
        "b",
        "t",
    )


def test_a_hit_is_booked_with_what_it_saved(ledger: Ledger) -> None:
    ledger.hit(an_entry(), "s", Decimal("0.006"))
    row = the_row(ledger, state="done")
    assert (row["cached"], row["cost"], row["saved"]) == (1, 0, 6_000_000)


def test_the_ledger_is_there_once_it_was_opened(tmp_path: Path) -> None:
    assert not Ledger.exists(tmp_path / "home")
    Ledger(tmp_path / "home").close()
    assert Ledger.exists(tmp_path / "home")


def test_what_cannot_be_written_is_rolled_back_and_the_ledger_stays_usable(ledger: Ledger) -> None:
    row = claim(ledger)
    for wrong in ({"no_such_column": 1}, {"out": 2**70}, {"error": "\ud800"}, {"digest": None}):
        with pytest.raises(StoreError, match="cannot be used"):
            ledger.mark(row, "sent", **wrong)
    assert the_row(ledger)["state"] == "held"
    ledger.mark(row, "sent")
    assert the_row(ledger)["state"] == "sent"


# Claims


def test_a_claim_is_exclusive_until_it_is_settled(tmp_path: Path, ledger: Ledger) -> None:
    other = Ledger(tmp_path / "home")
    row = claim(ledger)
    for asker in (ledger, other):
        assert asker.claim(an_entry(), CENT, NO_LIMIT).row is None
    ledger.mark(row, "sent")
    for asker in (ledger, other):
        assert asker.claim(an_entry(), CENT, NO_LIMIT, resend=True).row is None
    ledger.settle(row, "refused", Decimal(0))
    assert claim(other) > row
    other.close()


def test_what_is_in_doubt_is_claimed_only_on_request(ledger: Ledger) -> None:
    row = claim(ledger)
    ledger.mark(row, "in_doubt")
    with pytest.raises(InDoubtError, match=r"may have been billed") as caught:
        claim(ledger)
    assert "--resend" in str(caught.value.fix)
    assert ledger.claim(an_entry(), CENT, NO_LIMIT, resend=True).row == row + 1


def test_a_call_that_was_let_go_does_not_block_the_next_for_ever(ledger: Ledger) -> None:
    """Its end could not be noted: what was only held is free, what was sent is in doubt."""
    held = claim(ledger)
    ledger.let_go(held)
    sent = claim(ledger)
    assert the_row(ledger, state="failed")["held"] == 0
    ledger.mark(sent, "sent")
    ledger.let_go(sent)
    with pytest.raises(InDoubtError):
        claim(ledger)
    assert the_row(ledger, state="in_doubt")["held"] == nano(CENT), "the budget counts it still"


def test_the_maker_of_a_picture_is_settled_when_its_picture_is_found(ledger: Ledger) -> None:
    """A crash between storing and settling neither loses the cost nor leaves a doubt."""
    row = claim(ledger)
    ledger.mark(row, "sent")
    ledger.hit(an_entry(), "s", Decimal("0.006"), estimated=True)
    made, hit = ledger.rows(digest="d")
    assert (made["state"], made["held"], made["cost"]) == ("done", 0, 6_000_000)
    assert (made["sha256"], made["estimated"]) == ("s", 1)
    assert (hit["cached"], hit["cost"]) == (1, 0)


def test_an_older_doubt_stays_one_when_a_later_call_brought_the_picture(ledger: Ledger) -> None:
    first = claim(ledger)
    ledger.mark(first, "in_doubt")
    second = ledger.claim(an_entry(), CENT, NO_LIMIT, resend=True).row
    assert second is not None
    ledger.settle(second, "done", CENT)
    ledger.hit(an_entry(), "s", CENT)
    assert [row["state"] for row in ledger.rows()] == ["in_doubt", "done", "done"]


# Who lives


HOLDER = """
import os, sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from promptkit.client.ledger import Budget, Context, Entry, Ledger
ledger = Ledger(Path(sys.argv[1]))
for digest, state in (item.split("=") for item in sys.argv[2:]):
    entry = Entry(digest, "openai", "m", "low", "1024x640", 1, Context("r"))
    row = ledger.claim(entry, Decimal("0.01"), Budget()).row
    ledger.mark(row, state)
print("ready", flush=True)
sys.stdin.read()
"""


def a_holder(home: Path, *claims: str) -> subprocess.Popen[bytes]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home), *claims],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"ready\n"
    return holder


def test_a_killed_process_leaves_doubt_only_about_what_it_sent(
    tmp_path: Path, ledger: Ledger
) -> None:
    home = tmp_path / "home"
    with a_holder(home, "sent=sent", "held=held", "other=sent") as holder:
        for digest in ("sent", "held"):
            assert ledger.claim(an_entry(digest), CENT, NO_LIMIT).row is None, "it lives"
        holder.kill()
    with pytest.raises(InDoubtError):
        claim(ledger, "sent")
    assert the_row(ledger, digest="sent")["state"] == "in_doubt", "and that is noted for good"
    row = claim(ledger, "held")
    assert [call["state"] for call in ledger.rows(digest="held")] == ["failed", "held"]
    ledger.settle(row, "failed", Decimal(0))
    assert ledger.claim(an_entry("sent"), CENT, NO_LIMIT, resend=True).row is not None
    assert the_row(ledger, digest="other")["state"] == "sent", "nobody has asked for it yet"
    later = Ledger(home)
    assert the_row(later, digest="other")["state"] == "in_doubt", "opening tells the whole truth"
    assert len([*(home / "owners").iterdir()]) == 2, "and clears the dead one's lock away"
    later.close()


def test_a_refusal_does_not_undo_what_was_settled_for_a_dead_process(
    tmp_path: Path, ledger: Ledger
) -> None:
    """The hold of a call that never left is free again, though the budget refuses the next."""
    with a_holder(tmp_path / "home", "d=held") as holder:
        holder.kill()
    with pytest.raises(BudgetError):
        claim(ledger, budget=Budget(per_day=CENT), bound=2 * CENT)
    assert the_row(ledger)["state"] == "failed"
    assert claim(ledger, budget=Budget(per_day=CENT))


def test_a_ledger_may_be_closed_by_another_thread(tmp_path: Path) -> None:
    opened, watcher = Ledger(tmp_path / "home"), Ledger(tmp_path / "home")
    row = claim(opened)
    opened.mark(row, "sent")
    closer = threading.Thread(target=opened.close)
    closer.start()
    closer.join()
    with pytest.raises(InDoubtError):
        claim(watcher)
    watcher.close()
    assert not [*(tmp_path / "home" / "owners").iterdir()]
    opened.close()


def test_owners_live_as_long_as_they_hold_their_lock(tmp_path: Path) -> None:
    one, other = Owner(tmp_path / "owners"), Owner(tmp_path / "owners")
    assert one.lives(one.name)
    assert one.lives(other.name)
    assert not one.lives("nobody")
    other.close()
    assert not one.lives(other.name)
    closer = threading.Thread(target=one.close)
    closer.start()
    closer.join()
    assert not one._lock.is_locked, "whichever thread closes it"


# Budgets


def test_what_is_held_counts_as_spent(ledger: Ledger) -> None:
    budget = Budget(per_run=3 * CENT)
    first = claim(ledger, "1", budget=budget)
    claim(ledger, "2", bound=2 * CENT, budget=budget)
    with pytest.raises(BudgetError, match=r"\$0\.0300 is spent or held") as caught:
        claim(ledger, "3", budget=budget)
    assert "budget.per_run" in str(caught.value.fix)
    ledger.settle(first, "done", CENT / 2)
    claim(ledger, "3", bound=CENT / 2, budget=budget)
    claim(ledger, "4", run="another", budget=budget)


def test_a_day_counts_over_all_runs(ledger: Ledger) -> None:
    budget = Budget(per_day=2 * CENT)
    claim(ledger, "1", run="a", budget=budget)
    claim(ledger, "2", run="b", budget=budget)
    with pytest.raises(BudgetError, match="per day"):
        claim(ledger, "3", run="c", budget=budget)
    yesterday = "UPDATE calls SET day = '2020-01-01' WHERE digest = '1'"
    with closing(sqlite3.connect(ledger._path)) as db, db:
        db.execute(yesterday)
    claim(ledger, "3", run="c", budget=budget)


def spent_in(ledger: Ledger, day: str, digest: str) -> None:
    with closing(sqlite3.connect(ledger._path)) as db, db:
        db.execute("UPDATE calls SET day = ? WHERE digest = ?", (day, digest))


def test_a_month_counts_over_its_days(ledger: Ledger) -> None:
    budget = Budget(per_month=2 * CENT)
    claim(ledger, "1", budget=budget)
    today = date.fromisoformat(the_row(ledger)["day"])
    claim(ledger, "2", budget=budget)
    spent_in(ledger, today.replace(day=1).isoformat(), "1")
    with pytest.raises(BudgetError, match=r"of the budget of \$0.02 per month") as caught:
        claim(ledger, "3", budget=budget)
    assert "raise budget.per_month" in str(caught.value.fix)
    spent_in(ledger, (today.replace(day=1) - timedelta(days=1)).isoformat(), "1")
    claim(ledger, "3", budget=budget)


def test_a_brand_has_limits_of_its_own_within_those_of_all(ledger: Ledger) -> None:
    own = {"b": Budget(per_month=2 * CENT), "other": Budget(per_day=Decimal(0))}
    budget = Budget(per_day=Decimal("0.035"), brands=own)
    ledger.claim(an_entry("0", brand="free"), CENT, budget)
    claim(ledger, "1", budget=budget)
    claim(ledger, "2", bound=CENT / 2, budget=budget)
    with pytest.raises(BudgetError, match=r"of b's budget of \$0.02 per month") as caught:
        claim(ledger, "3", budget=budget)
    assert "raise budget.brands.b.per_month" in str(caught.value.fix)
    with pytest.raises(BudgetError, match="of the budget of"):
        ledger.claim(an_entry("4", brand="free"), 2 * CENT, budget)
    with pytest.raises(BudgetError, match=r"other's budget of \$0\.00 per day"):
        ledger.claim(an_entry("5", brand="other"), CENT / 4, budget)


def test_what_is_free_is_never_over_a_budget(ledger: Ledger) -> None:
    ledger.settle(claim(ledger, "1"), "done", 2 * CENT)
    assert claim(ledger, "2", bound=Decimal(0), budget=Budget(per_run=CENT, per_day=CENT))


def spend(ledger: Ledger, who: str, tries: int, budget: Budget) -> int:
    """Claim until the budget is used up; settle every other call at its bound."""
    won = 0
    for number in range(tries):
        try:
            row = claim(ledger, f"{who}-{number}", budget=budget)
        except BudgetError:
            continue
        won += 1
        if number % 2:
            ledger.settle(row, "done", CENT)
    return won


def test_twelve_threads_never_overspend(ledger: Ledger) -> None:
    budget = Budget(per_run=40 * CENT, per_day=30 * CENT)
    with ThreadPoolExecutor(12) as pool:
        won = sum(pool.map(lambda who: spend(ledger, str(who), 6, budget), range(12)))
    assert won == 30
    assert usd(sum(row["held"] + row["cost"] for row in ledger.rows())) == 30 * CENT


SPENDER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from promptkit.client.ledger import Budget, Context, Entry, Ledger
from promptkit.errors import BudgetError
ledger = Ledger(Path(sys.argv[1]))
sys.stdin.readline()
limits = {sys.argv[3]: Decimal("0.30")}
own = sys.argv[4:]
budget = Budget(brands={own[0]: Budget(**limits)}) if own else Budget(**limits)
def spend(number):
    purpose = Context("r", "preview", "tidewell", "t")
    entry = Entry(f"{sys.argv[2]}-{number}", "openai", "m", "low", "s", 1, purpose)
    try:
        row = ledger.claim(entry, Decimal("0.01"), budget).row
    except BudgetError:
        return None
    ledger.mark(row, "sent")
    if number % 2:
        ledger.settle(row, "done", Decimal("0.01"))
    return row
with ThreadPoolExecutor(3) as pool:
    print(sum(row is not None for row in pool.map(spend, range(12))))
ledger.close()
"""


@pytest.mark.parametrize("limit", ["per_run", "per_day", "per_month", "per_month tidewell"])
def test_eight_processes_never_overspend(tmp_path: Path, limit: str) -> None:
    command = [sys.executable, "-c", SPENDER, str(tmp_path / "home")]
    spenders = [
        subprocess.Popen(
            [*command, str(who), *limit.split()], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for who in range(8)
    ]
    won = 0
    for spender in spenders:
        assert spender.stdin is not None
        spender.stdin.write(b"\n")
        spender.stdin.flush()
    for spender in spenders:
        out, _ = spender.communicate()
        won += int(out)
    assert won == 30
    with closing(sqlite3.connect(tmp_path / "home" / "ledger.sqlite3")) as db:
        assert db.execute("SELECT sum(held + cost) FROM calls").fetchone() == (30 * nano(CENT),)


# Calls of a day


def test_calls_of_a_day_are_counted_in_the_order_in_which_they_were_claimed(
    ledger: Ledger,
) -> None:
    rows = [claim(ledger, f"{number}") for number in range(4)]
    claim(ledger, "elsewhere", provider="transit")
    openai = Lane("openai")
    assert [ledger.place_today(openai, row) for row in rows] == [1, 2, 3, 4]
    ledger.settle(rows[1], "failed", Decimal(0))
    ledger.hit(an_entry("0"), "s", CENT)
    assert [ledger.place_today(openai, row) for row in (rows[0], *rows[2:])] == [1, 2, 3]


# What goes wrong with the file


def test_a_locked_ledger_says_so_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    ledger = Ledger(tmp_path / "home")
    row = claim(ledger)
    with closing(sqlite3.connect(ledger._path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"ledger\.sqlite3 cannot be used: .*locked"):
            ledger.mark(row, "sent")
    ledger.mark(row, "sent")
    ledger.close()


def test_a_file_that_is_no_ledger_leaves_no_lock_behind(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ledger.sqlite3").write_text("nothing that SQLite would know " * 9)
    with pytest.raises(StoreError, match="cannot be used") as caught:
        Ledger(tmp_path / "home")
    assert caught.value.exit_code == 2
    assert not [*(tmp_path / "home" / "owners").iterdir()]


def test_a_user_without_a_name_is_no_obstacle(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows services and containers have such users."""

    def nameless() -> str:
        raise ImportError("No module named 'pwd'")

    monkeypatch.setattr("getpass.getuser", nameless)
    claim(ledger)
    assert the_row(ledger)["who"] == ""


def test_opening_at_the_same_moment_is_no_race(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ledgers = [*pool.map(lambda _: Ledger(tmp_path / "home"), range(8))]
    started = time.monotonic()
    for number, ledger in enumerate(ledgers):
        claim(ledger, str(number))
    assert len(ledgers[0].rows()) == 8
    for ledger in ledgers:
        ledger.close()
    assert time.monotonic() - started < 10


def test_an_entry_may_do_without_a_purpose() -> None:
    assert replace(an_entry(), context=Context()) == entries.Entry(
        "d", "openai", "m", "low", "1024x640", 1
    )


def test_what_leaves_and_what_failed_wait_for_the_disk_and_what_the_store_has_does_not(
    ledger: Ledger,
) -> None:
    """SQLite's own figures: 2 is FULL, 1 is NORMAL."""

    def waits() -> int:
        return int(ledger._db.execute("PRAGMA synchronous").fetchone()[0])

    row = claim(ledger)
    assert waits() == 1, "nothing has been sent yet"
    assert ledger.leave(row, Lane("openai"), time.time()) == 0
    assert waits() == 2
    ledger.hit(an_entry("other"), "s", CENT)
    assert waits() == 1
    ledger.settle(row, "done", CENT)
    assert waits() == 1, "the store has it, and its next use would note it again"
    ledger.settle(row, "refused", CENT)
    assert waits() == 2, "nothing else tells of it"
    assert ledger._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_an_older_ledger_is_taken_over_with_all_it_knows(tmp_path: Path) -> None:
    """Calls once did not say by which key they were made."""
    older = Ledger(tmp_path / "home")
    older.settle(claim(older, "1"), "done", CENT)
    older.mark(claim(older, "2"), "in_doubt")
    older.close()
    with closing(sqlite3.connect(tmp_path / "home" / "ledger.sqlite3")) as db, db:
        db.execute("ALTER TABLE calls DROP COLUMN account")
        db.execute("DROP TABLE lanes")
        db.execute("DROP TABLE departures")
    newer = Ledger(tmp_path / "home")
    assert [(row["state"], row["account"]) for row in newer.rows()] == [
        ("done", ""),
        ("in_doubt", ""),
    ]
    with pytest.raises(InDoubtError):
        claim(newer, "2")
    row = claim(newer, "3")
    assert newer.leave(row, Lane("openai"), time.time()) == 0
    newer.close()


def test_many_may_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def open_it(home: Path) -> None:
        together.wait()
        Ledger(home).close()

    with ThreadPoolExecutor(4) as pool:
        for attempt in range(25):  # without turns, about one in eight fails
            home = tmp_path / str(attempt)
            home.mkdir()
            list(pool.map(open_it, [home] * 4))


def test_a_ledger_that_cannot_be_opened_is_said_and_leaves_no_mark(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        Ledger(tmp_path)
    assert list((tmp_path / "owners").iterdir()) == []
