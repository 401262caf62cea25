"""No test reaches a network, a key or the state of whoever runs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# On CI the same examples every time: what a random one finds is no fault of the change at hand.
settings.register_profile("seeded", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("seeded")


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in an empty folder, without keys or settings from outside."""
    for variable in list(os.environ):
        if variable.startswith("PROMPTKIT_") or variable.endswith("_API_KEY"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
