"""The lint on prompts labelled by a person who had not seen its rules: alarms and misses."""

from __future__ import annotations

import pytest
import yaml

from lint_set import FOLDER, cases, findings_of
from promptkit.prompt.lint import lint_text

PARTS = ["tune", "held", ""]


def figures(part: str) -> tuple[int, int, int, int]:
    """Return good prompts, those with a finding, planted faults, and those found."""
    good = [case for case in cases(part) if not case.expect]
    planted = sum(len(case.expect) for case in cases(part))
    missed = sum(len(case.missed()) for case in cases(part))
    return len(good), sum(bool(case.alarms) for case in good), planted, planted - missed


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part or "all")
def test_few_false_alarms_and_few_misses(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    good, alarmed, planted, found = figures(part)
    with capsys.disabled():
        print(
            f"\nlint, {part or 'all'}: {alarmed} of {good} good prompts alarmed "
            f"({alarmed / good:.1%}); {found} of {planted} faults found ({found / planted:.1%})"
        )
    assert good > 30
    assert found / planted >= 0.9
    if not part:
        assert alarmed / good <= 0.02


def test_the_prompts_of_the_guides_have_no_findings() -> None:
    entries = yaml.safe_load((FOLDER / "guide.yaml").read_text(encoding="utf-8"))
    assert {entry["id"]: findings_of(entry) for entry in entries if findings_of(entry)} == {}


def test_poor_prompts_are_told_what_is_wrong() -> None:
    entries = yaml.safe_load((FOLDER / "poor.yaml").read_text(encoding="utf-8"))
    wanted = missed = 0
    for entry in entries:
        rules = {finding.rule for finding in lint_text(" ".join(entry["text"].split()))}
        wanted += len(entry["expect"])
        missed += len(set(entry["expect"]) - rules)
    assert wanted > 60
    assert 1 - missed / wanted >= 0.9
