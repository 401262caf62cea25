from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import astuple
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from promptkit.client.ledger import Budget, Context, Entry, Ledger, nano, usd
from promptkit.client.sums import GROUPS
from promptkit.client.upkeep import Upkeep
from promptkit.errors import BriefError
from promptkit.kit import AsyncKit
from promptkit.usage import (
    CallRow,
    UsageRow,
    as_cells,
    calls_of,
    columns,
    usage_of,
)

_ids = count(1)


def a_row(state: str = "done", **changes: Any) -> dict[str, Any]:
    number = next(_ids)
    plain = {
        "id": number,
        "digest": f"{number:064x}",
        "at": "2026-11-22T10:00:00.000+00:00",
        "day": "2026-11-22",
        "brand": "tidewell",
        "template": "packshot",
        "tier": "preview",
        "provider": "openai",
        "model": "gpt-image-2",
        "quality": "low",
        "size": "816x816",
        "take": 1,
        "run": "r1",
        "cached": 0,
        "cost": 0,
        "saved": 0,
        "held": 0,
        "estimated": 0,
        **dict.fromkeys(("text_in", "image_in", "out", "who", "request_id", "error")),
        **dict.fromkeys(("decided_at", "decided_by")),
    }
    return plain | {"state": state} | changes


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Callable[[list[dict[str, Any]]], Upkeep]]:
    """Write rows into a ledger of their own, and return who looks after it."""
    homes = count(1)
    with ExitStack() as opened:

        def written(rows: list[dict[str, Any]]) -> Upkeep:
            home = tmp_path / f"home-{next(homes)}"
            living = opened.enter_context(closing(Ledger(home)))
            with closing(sqlite3.connect(home / "ledger.sqlite3")) as db:
                for row in ({"owner": living._owner.name} | row for row in rows):
                    marks = ", ".join(f":{name}" for name in row)
                    db.execute(f"INSERT INTO calls ({', '.join(row)}) VALUES ({marks})", row)
                db.commit()
            return opened.enter_context(Upkeep(home))

        yield written


Book = Callable[[list[dict[str, Any]]], Upkeep]


def saved(upkeep: Upkeep) -> Decimal:
    """Return what previewing saved in all."""
    return usage_of(upkeep, "run").total.previewing_saved


def cents(amount: str) -> int:
    return nano(Decimal(amount) / 100)


def test_calls_are_counted_by_what_became_of_them(book: Book) -> None:
    rows = [
        a_row(cost=nano(Decimal("0.0061"))),
        a_row(cost=nano(Decimal("0.0062"))),
        a_row(cached=1, saved=nano(Decimal("0.0061"))),
        a_row("failed"),
        a_row("refused"),
        a_row("unusable", cost=nano(Decimal("0.02"))),
        a_row("lost", cost=nano(Decimal("0.01"))),
        a_row("in_doubt", held=nano(Decimal("0.02"))),
        a_row("held", held=nano(Decimal("0.02"))),
        a_row("sent", held=nano(Decimal("0.02"))),
    ]
    found = usage_of(book(rows), "model")
    (row,) = found.rows
    assert row.name == "openai/gpt-image-2"
    assert (row.paid, row.cached, row.failed, row.in_doubt) == (2, 1, 4, 1)
    assert (row.cost, row.saved, row.held) == (
        Decimal("0.0423"),
        Decimal("0.0061"),
        Decimal("0.02"),
    )
    assert astuple(found.total)[1:] == astuple(row)[1:]
    assert [doubt.held for doubt in found.in_doubt] == [Decimal("0.02")]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("day", ["2026-10-21", "2026-11-22"]),
        ("month", ["2026-10", "2026-11"]),
        ("brand", ["northbeam", "tidewell"]),
        ("template", ["packshot", "–"]),
        ("tier", ["final", "preview"]),
        ("model", ["comp/comp", "openai/gpt-image-2"]),
        ("run", ["r1", "r2"]),
    ],
)
def test_groups_have_their_names_in_order(book: Book, by: str, names: list[str]) -> None:
    other = a_row(
        day="2026-10-21",
        brand="northbeam",
        template="",
        tier="final",
        provider="comp",
        model="comp",
        run="r2",
    )
    assert [row.name for row in usage_of(book([a_row(), other, a_row()]), by).rows] == names
    assert by in GROUPS


def test_a_grouping_that_there_is_not_names_the_ones_there_are(book: Book) -> None:
    with pytest.raises(BriefError, match="no grouping “brands”") as caught:
        usage_of(book([]), "brands")
    assert "brand" in str(caught.value.findings[0].fix)
    assert usage_of(book([]), "brand").rows == ()


def test_a_period_includes_its_first_and_its_last_day(book: Book) -> None:
    rows = [a_row(day=f"2026-11-{day}") for day in (20, 21, 22, 23)]
    first, last = date(2026, 11, 21), date(2026, 11, 22)
    assert [row.name for row in usage_of(book(rows), "day", first, last).rows] == [
        "2026-11-21",
        "2026-11-22",
    ]
    assert len(usage_of(book(rows), "day", since=last).rows) == 2
    assert len(calls_of(rows, until=first)) == 2


# What previewing saved


def test_previewing_saves_what_straight_finals_would_have_cost_less_what_was_spent(
    book: Book,
) -> None:
    """4 takes straight as finals: 80 cents. Spent: 4 previews of 1, and one final of 20."""
    rows = [*(a_row(cost=cents("1")) for _ in range(4)), a_row(tier="final", cost=cents("20"))]
    found = usage_of(book(rows), "tier")
    assert found.total.previewing_saved == Decimal("0.56")
    assert {row.name: row.previewing_saved for row in found.rows} == {
        "final": 0,
        "preview": Decimal("0.56"),
    }


def test_a_run_without_a_final_counts_nothing(book: Book) -> None:
    """Nobody knows what its finals would have cost."""
    failed = a_row("failed", tier="final", cost=cents("20"))
    elsewhere = a_row(tier="final", cost=cents("20"), run="r2")
    without = a_row(cost=cents("1"), run="")
    found = usage_of(book([a_row(cost=cents("1")), failed, elsewhere, without]), "run")
    assert [row.previewing_saved for row in found.rows] == [0, 0, 0]


def test_one_preview_and_one_final_cost_more_than_the_final_alone(book: Book) -> None:
    rows = [a_row(cost=cents("1")), a_row(tier="final", cost=cents("20"))]
    assert usage_of(book(rows), "run").total.previewing_saved == Decimal("-0.01")


def test_a_preview_counts_once_however_many_runs_show_it(book: Book) -> None:
    previews = [a_row(cost=cents("1")) for _ in range(3)]
    again = [a_row(run="r2", digest=row["digest"], cached=1, saved=row["cost"]) for row in previews]
    final = a_row(tier="final", cost=cents("20"))
    other = a_row(tier="final", run="r2", cost=cents("20"))
    once = [*previews, final]
    assert saved(book([*once, *again, other])) == saved(book(once)) > 0
    # A run that was shown from the store and went on to a final counts with what that was worth.
    assert saved(book([*previews, *again, other])) == Decimal("0.37")


def test_a_final_asked_for_again_is_one_final(book: Book) -> None:
    previews = [a_row(cost=cents("1")) for _ in range(3)]
    final = a_row(tier="final", cost=cents("20"))
    again = final | {"id": next(_ids), "cost": 0, "cached": 1, "saved": final["cost"]}
    assert saved(book([*previews, final, again])) == saved(book([*previews, final])) > 0


def test_calls_of_no_run_take_nothing_from_the_runs(book: Book) -> None:
    once = [a_row(cost=cents("1")), a_row(tier="final", cost=cents("20"))]
    alone = a_row(run=None, cost=cents("3"))
    again = alone | {"id": next(_ids), "cost": 0, "cached": 1, "saved": alone["cost"]}
    assert saved(book([*once, alone, again])) == saved(book(once)) != 0


def gone_through(
    rows: list[dict[str, Any]], by: str, since: date | None, until: date | None
) -> dict[str, Decimal]:
    """Return what previewing saved, picture by picture: as ``previewing`` words it."""
    runs: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    first, last = (since or date.min).isoformat(), (until or date.max).isoformat()
    for row in rows:
        if first <= row["day"] <= last and row["state"] == "done" and row["run"]:
            at = 1 if row["tier"] == "final" else 0
            runs.setdefault(row["run"], ({}, {}))[at][row["digest"]] = row
    counted: set[str] = set()
    found: dict[str, Decimal] = {}
    for previews, finals in runs.values():
        new = [row for digest, row in previews.items() if digest not in counted]
        if not (new and finals):
            continue
        counted |= previews.keys()
        final = usd(sum(row["cost"] + row["saved"] for row in finals.values()))
        saved = final / len(finals) * len(new) - final
        saved -= usd(sum(row["cost"] + row["saved"] for row in new))
        name = new[0]["day"][: 7 if by == "month" else None] if by in ("day", "month") else ""
        name = name or (f"openai/{new[0]['model']}" if by == "model" else new[0][by]) or "–"
        found[name] = found.get(name, Decimal(0)) + saved
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_database_adds_up_what_going_through_each_picture_does(book: Book, seed: int) -> None:
    pick = random.Random(seed)
    few = seed % 3  # nearly nothing shared, some, much
    rows = [
        a_row(
            pick.choice(["done"] * 6 + ["failed", "in_doubt"]),
            day=f"2026-{pick.randrange(10, 12)}-0{pick.randrange(1, 5)}",
            run=pick.choice(["", None, *(f"r{number}" for number in range(20))]),
            tier=pick.choice(["preview", "preview", "final"]),
            brand=pick.choice(["tidewell", "corner-shop", "", None]),
            template=pick.choice(["packshot", "scene"]),
            model=pick.choice(["gpt-image-2", "flare"]),
            cost=pick.randrange(10**9),
            saved=pick.choice([0, pick.randrange(10**9)]),
            digest=f"{pick.randrange(10 ** (8 if few == 0 else 4 - few)):064x}",
        )
        for _ in range(150)
    ]
    upkeep = book(rows)
    for since, until in ((None, None), (date(2026, 10, 2), date(2026, 11, 3))):
        for by in GROUPS:
            told = usage_of(upkeep, by, since, until)
            gone = gone_through(rows, by, since, until)
            found = {row.name: row.previewing_saved for row in told.rows if row.previewing_saved}
            assert {name: round(sum_, 12) for name, sum_ in found.items()} == {
                name: round(sum_, 12) for name, sum_ in gone.items() if sum_
            }


# For bookkeeping


def test_each_call_can_be_had_by_itself() -> None:
    row = a_row(cost=cents("1"), who="ada", out=784, brand=None, cached=1)
    (call,) = calls_of([row])
    assert (call.model, call.cost, call.who, call.out) == (
        "openai/gpt-image-2",
        Decimal("0.01"),
        "ada",
        784,
    )
    assert (call.brand, call.decided_by, call.cached) == ("", "", True)
    assert columns(CallRow) == list(as_cells(call))


def test_cells_are_plain_numbers_and_never_formulas() -> None:
    row = UsageRow("=cmd|' /C calc'!A0", cost=Decimal("1E-9"), previewing_saved=Decimal("-0.5"))
    cells = as_cells(row)
    assert cells["name"] == "'=cmd|' /C calc'!A0"
    assert (cells["cost"], cells["previewing_saved"]) == ("0.000000001", "-0.5")


def test_usage_tells_of_calls_that_a_dead_process_left(tmp_path: Path) -> None:
    """What was sent may be billed: it is in doubt as soon as somebody looks."""
    kit = AsyncKit(tmp_path)
    assert kit.usage() == []
    assert not kit.project.home.exists(), "looking creates nothing"
    ledger = Ledger(kit.project.home)
    entry = Entry("d", "openai", "gpt-image-2", "low", "1024x640", 1, Context("r"))
    row = ledger.claim(entry, Decimal("0.02"), Budget()).row
    assert row is not None
    ledger.mark(row, "sent")
    assert [(row.paid, row.in_doubt) for row in kit.usage()] == [(0, 0)], "it lives"
    ledger.close()
    assert [(row.paid, row.in_doubt) for row in kit.usage("run")] == [(0, 1)]
    assert kit.usage(until=date(2020, 1, 1)) == []
