"""The small forms of `crash.py` and `rate.py`, and that they would find what they look for."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import crash
import rate

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")


def test_killed_at_random_moments_nothing_is_lost_or_paid_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crash, "KILLS", 8)
    found = crash.tell(seed=7, requests=60)
    assert found.faults == []
    assert found.kills == 8
    assert found.kept + found.in_doubt == 60
    assert found.kept <= found.charged <= 60


def test_four_processes_use_their_rate_and_never_exceed_it() -> None:
    seen = rate.measure(each=10, per_minute=10, minute=2.0)
    assert len(seen.left) == len(seen.came) == 40
    assert seen.most(seen.left, 2.0) <= 10
    assert seen.most(seen.came, 1.0) <= 10, "on a busy machine some come late, and bunched"
    assert seen.share >= 0.99


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda shop, _: shop.charged.update(["picture 0 of story 7"]), "paid twice"),
        (lambda _, rows: rows.clear(), "booked"),
    ],
)
def test_the_looks_afterwards_would_see_a_fault(
    monkeypatch: pytest.MonkeyPatch, spoil: Any, fault: str
) -> None:
    monkeypatch.setattr(crash, "KILLS", 0)
    real, calls = crash.faults, crash.calls

    def spoilt(story: crash.Story, shop: crash.Shop, left: list[Any]) -> list[str]:
        rows = calls(story.home)
        spoil(shop, rows)
        monkeypatch.setattr(crash, "calls", lambda _: rows)
        return real(story, shop, left)

    monkeypatch.setattr(crash, "faults", spoilt)
    assert any(fault in item for item in crash.tell(seed=7, requests=4).faults)
