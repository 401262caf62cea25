from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptkit.client.ledger import Budget, Context, Entry, Ledger, nano
from promptkit.errors import BriefError
from promptkit.kit import AsyncKit
from promptkit.usage import GROUPS, usage_of


def a_row(state: str = "done", **changes: Any) -> dict[str, Any]:
    plain = {
        "day": "2026-11-22",
        "brand": "tidewell",
        "template": "packshot",
        "tier": "preview",
        "provider": "openai",
        "model": "gpt-image-2",
        "run": "r1",
        "cached": 0,
        "cost": 0,
        "saved": 0,
    }
    return plain | {"state": state} | changes


def test_calls_are_counted_by_what_became_of_them() -> None:
    rows = [
        a_row(cost=nano(Decimal("0.0061"))),
        a_row(cost=nano(Decimal("0.0062"))),
        a_row(cached=1, saved=nano(Decimal("0.0061"))),
        a_row("failed"),
        a_row("refused"),
        a_row("unusable", cost=nano(Decimal("0.02"))),
        a_row("in_doubt", held=nano(Decimal("0.02"))),
        a_row("held"),
        a_row("sent"),
    ]
    (row,) = usage_of(rows, "model")
    assert row.name == "openai/gpt-image-2"
    assert (row.paid, row.cached, row.failed, row.in_doubt) == (2, 1, 3, 1)
    assert (row.cost, row.saved) == (Decimal("0.0323"), Decimal("0.0061"))


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("day", ["2026-11-21", "2026-11-22"]),
        ("brand", ["northbeam", "tidewell"]),
        ("template", ["packshot", "–"]),
        ("tier", ["final", "preview"]),
        ("model", ["comp/comp", "openai/gpt-image-2"]),
        ("run", ["r1", "r2"]),
    ],
)
def test_groups_have_their_names_in_order(by: str, names: list[str]) -> None:
    other = a_row(
        day="2026-11-21",
        brand="northbeam",
        template="",
        tier="final",
        provider="comp",
        model="comp",
        run="r2",
    )
    assert [row.name for row in usage_of([a_row(), other, a_row()], by)] == names
    assert by in GROUPS


def test_a_grouping_that_there_is_not_names_the_ones_there_are() -> None:
    with pytest.raises(BriefError, match="no grouping “brands”") as caught:
        usage_of([], "brands")
    assert "brand" in str(caught.value.findings[0].fix)
    assert usage_of([], "brand") == []


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
