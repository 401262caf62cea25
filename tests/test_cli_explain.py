"""compose --explain, --diff, --diff-model, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from promptkit.cli.app import app

CAN = ["--set", "product=slim [bold]330 ml can"]
HERO = ["compose", "product-hero", "--brand", "tidewell", *CAN]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*HERO, *words])
    assert done.exit_code == code, done.output
    return done.stdout


def test_each_clause_stands_beside_who_wrote_it() -> None:
    lines = said("--explain").splitlines()
    found = {line.strip().split("  ")[0]: line for line in lines}
    assert "input product" in found["A slim [bold]330 ml can."]
    assert "product-hero.j2:" in found["Close view; the product large and whole,"]
    assert "axis crop=close" in found["Close view; the product large and whole,"]
    assert "tidewell.yaml:" in found["on the right third."]
    assert "look.framing.position" in found["on the right third."]
    assert "worded for comp" in found["about a quarter;"]
    assert "Colour" in [line.strip() for line in lines]


def test_a_narrow_terminal_breaks_words_under_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = said("--explain").splitlines()
    assert max(map(len, lines[: lines.index("")])) <= 60
    (first,) = (at for at, line in enumerate(lines) if line.startswith("  A quiet northern"))
    assert lines[first + 1].startswith("  ")
    assert lines[first + 1].strip()


def test_clauses_as_data() -> None:
    data = json.loads(said("--explain", "--json"))
    text = "".join(item["text"] for item in data["clauses"] if item["section"] == "lighting")
    assert text == next(item["text"] for item in data["sections"] if item["name"] == "lighting")
    assert data["left_out"] == [
        "stock-photo smiles at the camera",
        "anyone who looks under 25 drinking",
    ]
    assert "clauses" not in json.loads(said("--json"))


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    brand = tmp_path / "shop.yaml"
    brand.write_text(
        "name: Shop\ncolors: {primary: '#0B6E99'}\nstyle: soft light, matt finish\n"
        "avoid: [neon, tropical beaches]\n"
    )
    words = ["compose", "packshot", "--brand", str(brand), *CAN, "--explain"]
    done = CliRunner().invoke(app, words)
    assert "Left out, since this picture could not show it: tropical beaches" in done.stdout
    data = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert data["left_out"] == ["tropical beaches"]


def test_another_brand_changes_what_it_changes() -> None:
    text = said("--diff", "hearth-and-ply")
    assert "Brand: − tidewell  + hearth-and-ply" in text
    assert "Look: − shoreline-photo  + lived-in-room" in text
    assert "\nSetting\n  − A quiet northern coast" in text
    assert "\n  + A modest flat with plaster walls" in text
    assert "\nSubject" not in text


def test_another_model_changes_the_wording_alone() -> None:
    text = said("--model", "openai/gpt-image-2.5-flare", "--diff-model", "stability/sd3.5-large")
    assert "Model: − openai/gpt-image-2.5-flare  + stability/sd3.5-large" in text
    assert "[-Show no colour codes and no swatches.-]" in text
    assert "\n[negative_prompt]\n  + other products, " in text
    assert "\nSubject" not in text


def test_two_that_say_the_same() -> None:
    assert said("--diff", "tidewell") == "The words are the same.\n"


def test_a_comparison_as_data() -> None:
    data = json.loads(said("--diff-model", "flux/flux.2-pro", "--json"))
    assert data["model"] == "comp"
    assert data["other"]["model"] == "flux/flux.2-pro"
    changed = {change.get("section", change.get("field")) for change in data["changes"]}
    assert {"text", "avoid", "details"} <= changed
    assert "subject" not in changed


@pytest.mark.parametrize("words", [["--matrix"], ["--rewrite"]])
def test_a_comparison_stands_alone(words: list[str]) -> None:
    done = CliRunner().invoke(app, [*HERO, "--diff", "northbeam", *words])
    assert done.exit_code != 0
