"""What is in doubt, and what a person says of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptkit.client.ledger import Budget, Context, Entry, Ledger
from promptkit.client.pages import FORMAT
from promptkit.client.upkeep import Upkeep
from promptkit.errors import BriefError, BudgetError, InDoubtError, StoreError
from test_upkeep import put

CENT = Decimal("0.01")
NO_LIMIT = Budget()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def upkeep(home: Path) -> Iterator[Upkeep]:
    with Upkeep(home) as opened:
        yield opened


def an_entry(digest: str) -> Entry:
    return Entry(digest, "openai", "m", "low", "8x6", 2, Context("r", "preview", "tidewell", "t"))


def doubt(home: Path, digest: str, bound: Decimal = CENT) -> None:
    with closing(Ledger(home)) as ledger:
        row = ledger.claim(an_entry(digest), bound, NO_LIMIT, resend=True).row
        assert row is not None
        ledger.mark(row, "in_doubt", error="no answer in time", request_id="req_9")


def ask(home: Path, digest: str, *, budget: Budget = NO_LIMIT, resend: bool = False) -> bool:
    """Say whether a call may be made; raise what stands against it."""
    with closing(Ledger(home)) as ledger:
        row = ledger.claim(an_entry(digest), CENT, budget, resend=resend).row
        assert row is not None
        ledger.settle(row, "failed", Decimal(0))
        return True


def rows(home: Path, **equal: str) -> list[dict[str, Any]]:
    with closing(Ledger(home)) as ledger:
        return ledger.rows(**equal)


def test_a_doubt_says_all_that_a_person_needs(home: Path, upkeep: Upkeep) -> None:
    doubt(home, "a" * 64)
    (found,) = upkeep.doubts()
    assert (found.short, found.what, found.held) == ("a" * 12, "t for tidewell (preview 2)", CENT)
    assert (found.model, found.run, found.request_id) == ("openai/m", "r", "req_9")
    assert found.when.endswith(" UTC")
    assert found.why == "no answer in time"


def test_a_text_in_doubt_has_a_name_too(home: Path, upkeep: Upkeep) -> None:
    with closing(Ledger(home)) as ledger:
        row = ledger.claim(Entry("d", "p", "m", "", "", 1), CENT, NO_LIMIT).row
        assert row is not None
        ledger.mark(row, "in_doubt")
    assert upkeep.doubts()[0].what == "a text"


def test_what_was_paid_is_booked_and_asked_for_again_only_on_request(
    home: Path, upkeep: Upkeep
) -> None:
    doubt(home, "a" * 64)
    with pytest.raises(InDoubtError, match="what became of it is unknown") as caught:
        ask(home, "a" * 64)
    assert f"promptkit resolve {'a' * 12} --paid" in str(caught.value.fix)
    assert [found.digest for found in upkeep.resolve("aaa", paid=True)] == ["a" * 64]
    (row,) = rows(home)
    assert (row["state"], row["held"], row["cost"]) == ("lost", 0, 10_000_000)
    assert row["estimated"] == 1
    assert row["decided_at"] >= row["at"]
    assert row["decided_by"] == row["who"]
    with pytest.raises(InDoubtError, match=r"never came, and .* that it was paid") as caught:
        ask(home, "a" * 64)
    assert "--resend" in str(caught.value.fix)
    assert ask(home, "a" * 64, resend=True)
    assert upkeep.doubts() == []


def test_a_known_cost_takes_the_place_of_what_was_held(home: Path, upkeep: Upkeep) -> None:
    doubt(home, "a" * 64)
    upkeep.resolve(None, paid=True, cost=Decimal("0.004"))
    (row,) = rows(home)
    assert (row["cost"], row["estimated"]) == (4_000_000, 0)


def test_what_was_not_paid_is_free_and_may_be_asked_for_again(home: Path, upkeep: Upkeep) -> None:
    doubt(home, "a" * 64)
    with pytest.raises(BudgetError):
        ask(home, "b" * 64, budget=Budget(per_day=CENT))
    upkeep.resolve("a", paid=False)
    (row,) = rows(home)
    assert (row["state"], row["held"], row["cost"]) == ("failed", 0, 0)
    assert row["decided_by"] == row["who"]
    assert ask(home, "b" * 64, budget=Budget(per_day=CENT))
    assert ask(home, "a" * 64)


def test_a_doubt_that_booked_a_cost_keeps_it_when_paid(home: Path, upkeep: Upkeep) -> None:
    """A picture that came and could not be stored: what it cost is known."""
    doubt(home, "a" * 64)
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db, db:
        db.execute("UPDATE calls SET cost = held / 2, held = 0")
    assert upkeep.doubts()[0].held == CENT / 2
    upkeep.resolve("a", paid=True)
    assert rows(home)[0]["cost"] == 5_000_000


def test_all_calls_of_a_digest_are_decided_together(home: Path, upkeep: Upkeep) -> None:
    for digest in ("a" * 64, "a" * 64, "b" * 64):
        doubt(home, digest)
    assert len(upkeep.resolve("a", paid=True)) == 2
    assert [found.digest for found in upkeep.doubts()] == ["b" * 64]
    assert len(upkeep.resolve(None, paid=False)) == 1
    assert upkeep.resolve(None, paid=False) == []


def test_a_digest_that_is_not_one_names_the_candidates(home: Path, upkeep: Upkeep) -> None:
    with pytest.raises(BriefError, match="nothing in doubt begins") as caught:
        upkeep.resolve("a", paid=True)
    assert "nothing is in doubt" in str(caught.value.findings[0].fix)
    doubt(home, "ab" + "0" * 62)
    doubt(home, "ac" + "0" * 62)
    with pytest.raises(BriefError, match="beginning of 2 digests") as caught:
        upkeep.resolve("A", paid=True)
    assert "ab0000000000, ac0000000000" in str(caught.value.findings[0].fix)
    for start in ("x", "", " "):
        with pytest.raises(BriefError, match="nothing in doubt begins"):
            upkeep.resolve(start, paid=True)
    for number in range(9):
        doubt(home, f"{number}" * 64)
    with pytest.raises(BriefError) as caught:
        upkeep.resolve("x", paid=True)
    assert str(caught.value.findings[0].fix).endswith(" …")


def test_a_picture_that_is_in_the_store_after_all_ends_the_doubt(
    home: Path, upkeep: Upkeep
) -> None:
    """Its process ended between storing and settling: it was paid, and what it cost is known."""
    stored = put(home)
    doubt(home, stored.digest)
    assert upkeep.doubts() == []
    (row,) = rows(home)
    assert (row["state"], row["cost"], row["held"]) == ("done", 6_000_000, 0)


def test_a_doubt_about_an_earlier_call_stays_one(home: Path, upkeep: Upkeep) -> None:
    stored = put(home)
    doubt(home, stored.digest)
    with closing(Ledger(home)) as ledger:
        row = ledger.claim(an_entry(stored.digest), CENT, NO_LIMIT, resend=True).row
        assert row is not None
        ledger.settle(row, "done", CENT)
    assert len(upkeep.doubts()) == 1


def test_a_damaged_sidecar_does_not_hide_what_is_in_doubt(home: Path, upkeep: Upkeep) -> None:
    stored = put(home)
    doubt(home, stored.digest)
    (home / "made" / stored.digest[:2] / f"{stored.digest}.json").write_text("{")
    (home / "index" / "cache.db").unlink()
    assert len(upkeep.doubts()) == 1


def test_a_decision_comes_once(home: Path) -> None:
    doubt(home, "a" * 64)
    with closing(Ledger(home)) as ledger:
        (row,) = ledger.rows()
        assert ledger.decide(row["id"], paid=False)
        assert not ledger.decide(row["id"], paid=True)
        assert ledger.rows()[0]["state"] == "failed"


# The ledger's format


def test_an_older_ledger_is_taken_along(home: Path) -> None:
    doubt(home, "a" * 64)
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db, db:
        for column in ("account", "decided_at", "decided_by"):
            db.execute(f"ALTER TABLE calls DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 0")
    with Upkeep(home) as upkeep:
        assert len(upkeep.resolve("a", paid=True)) == 1
    assert rows(home)[0]["decided_by"]


def test_a_newer_ledger_is_refused_by_name_and_left_as_it_is(home: Path) -> None:
    doubt(home, "a" * 64)
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db, db:
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(StoreError, match=rf"is of format {FORMAT + 1}") as caught:
        Ledger(home)
    assert "pip install --upgrade" in str(caught.value.fix)
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (FORMAT + 1,)
    assert list((home / "owners").iterdir()) == [], "and no mark of life stays behind"
