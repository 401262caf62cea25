"""What `doctor` looks at, and what it says of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from promptkit import doctor as module
from promptkit.client.ledger import Budget, Context, Entry, Ledger
from promptkit.doctor import Check, Examination, examine
from promptkit.settings import FILE
from test_upkeep import put

CANARY = "sk-canary-5e4d3c2b1a098f7e"
PAID = """\
tiers:
  preview: {model: openai/gpt-image-2.5-flare}
  final: {model: openai/gpt-image-2, quality: high}
budget: {per_day: 20}
"""


def look(settings: str | None = "{}", env: Mapping[str, str] | None = None) -> Examination:
    if settings is not None:
        Path(FILE).write_text(settings, encoding="utf-8")
    found = examine(None, {}, "1.2.3", env or {})
    assert CANARY not in repr(found)
    return found


def check(found: Examination, name: str) -> Check:
    (one,) = [check for check in found.checks if check.name == name]
    return one


def rules(found: Examination, name: str) -> list[str]:
    return [finding.rule for finding in check(found, name).findings]


def home() -> Path:
    return Path(".promptkit").absolute()


def doubt() -> None:
    with closing(Ledger(home())) as ledger:
        entry = Entry("d" * 64, "openai", "m", "low", "s", 1, Context("r", "preview", "b", "t"))
        row = ledger.claim(entry, Decimal("0.25"), Budget()).row
        assert row is not None
        ledger.mark(row, "in_doubt")


def test_without_a_project_all_is_well_and_nothing_is_created() -> None:
    found = look(None)
    assert found.exit_code == 0
    assert rules(found, "project") == ["no-settings"]
    assert check(found, "keys").said.startswith("OPENAI_API_KEY is not set, and no tier needs it")
    assert check(found, "store").said == "empty: nothing was made yet"
    assert list(Path().iterdir()) == []


def test_it_tells_the_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    said = check(look(), "versions").said
    assert said.startswith("promptkit 1.2.3, Python ")
    assert "diskcache " in said

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "version", missing)
    assert "diskcache" not in check(look(), "versions").said


def test_settings_with_faults_end_the_look_with_every_fault() -> None:
    found = look("runs: [1]\nbudget: {per_day: -1}\n")
    assert (found.exit_code, found.checks[-1].name) == (1, "settings")
    assert len(found.checks[-1].findings) == 2


def test_the_variables_that_are_set_are_named() -> None:
    said = check(look(env={"PROMPTKIT_BRAND": "tidewell", "PROMPTKIT_RUNS": " "}), "settings").said
    assert said == "valid; set by variables: PROMPTKIT_BRAND"


def test_a_budget_for_a_brand_that_is_none_holds_nobody_back() -> None:
    found = look("budget: {brands: {tidewel: {per_month: 5}, northbeam: {per_month: 5}}}")
    (finding,) = check(found, "settings").findings
    assert finding.rule == "unknown-brand"
    assert "tidewell" in str(finding.fix)
    assert found.exit_code == 1


def test_paying_without_a_budget_is_worth_knowing() -> None:
    assert rules(look(PAID, {"OPENAI_API_KEY": CANARY}), "settings") == []
    without = PAID.replace("budget: {per_day: 20}", "budget: {per_run: 20}")
    found = look(without, {"OPENAI_API_KEY": CANARY})
    assert rules(found, "settings") == ["no-budget"]
    assert found.exit_code == 0


def test_broken_brands_and_templates_are_told_of_the_first_first() -> None:
    Path("brand_profiles").mkdir()
    for number in range(4):
        Path(f"brand_profiles/bad{number}.yaml").write_text("name: Bad\n", encoding="utf-8")
    Path("templates").mkdir()
    Path("templates/bad.j2").write_text("---\ninputs: 3\n---\n", encoding="utf-8")
    found = look("brand: nobody")
    brands, templates = check(found, "brands"), check(found, "templates")
    assert brands.said.startswith("7, 4 of them the project's own; ")
    assert brands.said.endswith(" (promptkit brand check shows all)")
    assert len(brands.findings) == 3
    assert templates.said == "7, 1 of them the project's own"
    assert [finding.severity for finding in templates.findings] == ["error"]
    assert found.exit_code == 1


def test_the_brand_of_the_settings_has_to_be_there() -> None:
    assert rules(look("brand: nobody"), "brands") == ["unknown-brand"]
    assert rules(look("brand: tidewell"), "brands") == []


def test_models_that_are_unknown_or_retire_are_named_with_their_tier() -> None:
    text = "tiers: {preview: {model: nonsense}, final: {model: openai/gpt-image-1.5}}"
    found = look(text, {"OPENAI_API_KEY": CANARY})
    unknown, retires = check(found, "models").findings
    assert unknown.message.startswith("tiers.preview.model: there is no model")
    assert (retires.rule, retires.severity) == ("model-retires", "warning")
    assert "2026-12-01" in retires.message
    assert retires.fix == "use openai/gpt-image-2.6-sunburst from then on"
    wrong = look("tiers: {final: {quality: best}}")
    assert rules(wrong, "models") == ["unknown-quality"]


def test_keys_are_told_of_by_the_names_of_their_variables() -> None:
    assert rules(look(PAID), "keys") == ["missing-key"]
    assert rules(look(PAID, {"OPENAI_API_KEY": f"'{CANARY}'"}), "keys") == ["bad-key"]
    found = look(PAID, {"OPENAI_API_KEY": CANARY})
    assert (found.exit_code, check(found, "keys").said) == (0, "OPENAI_API_KEY is set")
    mine = "providers: {mine: {base_url: 'https://x.example/v1'}, openai: {key_env: ''}}"
    assert check(look(mine), "keys").said == "none is needed"
    rewriter = "rewriter: {base_url: 'https://x.example', model: m, free: true, key_env: MY_KEY}"
    assert check(look(rewriter), "keys").said.endswith("; MY_KEY is not set (the rewriter)")
    found = look(rewriter, {"MY_KEY": CANARY})
    assert check(found, "keys").said.endswith("; MY_KEY is set (the rewriter)")


def test_folders_that_cannot_be_written_to() -> None:
    home().write_text("a file")
    found = look("runs: out/runs")
    assert rules(found, "folders") == ["unwritable"]
    home().unlink()
    Path("out").write_text("a file")
    finding = check(look("runs: out/runs"), "folders").findings[0]
    assert finding.place is not None
    assert finding.place.file.endswith("out")
    assert "is no folder" in str(finding.fix)


def test_a_folder_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # nothing is closed to root
    found = look()
    assert rules(found, "folders") == ["unwritable", "unwritable"]
    assert "may not be written to by you" in str(check(found, "folders").findings[0].fix)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no modes")
def test_a_state_folder_that_others_can_read() -> None:
    Ledger(home()).close()
    assert rules(look(), "folders") == []
    home().chmod(0o755)
    found = look()
    assert rules(found, "folders") == ["not-private"]
    assert check(found, "folders").findings[0].fix == f"chmod 700 {home()}"
    assert found.exit_code == 0, "a warning is no fault"


def test_the_store_is_looked_at_without_reading_pictures() -> None:
    stored = put(home())
    assert check(look(), "store").said.startswith("1 picture, not read")
    stored.path.write_bytes(b"damaged")
    assert rules(look(), "store") == []
    stored.path.unlink()
    stored.path.with_name("orphan.png").touch()
    assert rules(look(), "store") == ["missing-picture", "orphan-picture"]


def test_what_is_spent_is_told_beside_its_limit() -> None:
    assert check(look(), "money").said.endswith("$0.00 today, $0.00 this month; nothing in doubt")
    doubt()
    found = look("budget: {per_day: 20, per_month: 100}")
    said = "spent or held (UTC): $0.25 of $20.00 today, $0.25 of $100.00 this month; 1 in doubt"
    assert check(found, "money").said == said


def test_what_is_in_doubt_decides_the_exit_code() -> None:
    doubt()
    found = look("brand: nobody")
    assert [item.held for item in found.doubts] == [Decimal("0.25")]
    assert found.exit_code == 5


def test_a_ledger_that_cannot_be_read_is_a_fault() -> None:
    home().mkdir()
    (home() / "ledger.sqlite3").write_text("This is no ledger at all, and long enough. " * 99)
    found = look()
    assert rules(found, "money") == ["ledger"]
    assert found.exit_code == 1


def test_another_folder_can_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{}", encoding="utf-8")
    config: dict[str, Any] = {"runs": "elsewhere"}
    found = examine(tmp_path, config, "1", {})
    assert check(found, "project").said == str(tmp_path / FILE)
    assert "elsewhere" in check(found, "folders").said


@pytest.mark.parametrize(
    ("limit", "told"), [("20", "$20.00"), ("20.0", "$20.00"), ("0.005", "$0.005")]
)
def test_a_limit_is_written_as_money(limit: str, told: str) -> None:
    found = look(f"budget: {{per_day: {limit}}}")
    assert f"$0.00 of {told} today" in check(found, "money").said


def test_a_key_that_is_missing_is_called_missing() -> None:
    keys = check(look("tiers: {preview: {model: openai/gpt-image-2.5-flare}}"), "keys")
    assert (keys.said, keys.failed) == ("missing", True)
