"""What is wrong with a prompt is said before anything is paid for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from promptkit.cli.app import app

BRIEF = ["social-post", "--brand", "tidewell", "--set", "scene=a nice empty harbour at night"]


@pytest.mark.parametrize("verb", ["preview", "generate"])
def test_warnings_stand_before_the_pictures(verb: str) -> None:
    done = CliRunner().invoke(app, [verb, *BRIEF, "-n", "1"])
    assert done.exit_code == 0, done.output
    warning = done.stderr.index("“nice”")
    assert warning < done.stderr.index("preview 1:" if verb == "preview" else "final 1:")
    assert "nice" not in done.stdout.split("Sheet")[0]
    quiet = CliRunner().invoke(app, [verb, *BRIEF, "-n", "1", "--json"])
    assert json.loads(quiet.stdout)["images"]


def test_what_a_model_is_told_beside_the_words_is_shown() -> None:
    words = ["compose", *BRIEF, "--model", "ideogram/ideogram-v3"]
    said = CliRunner().invoke(app, words).stdout
    assert "\n[negative_prompt] an HDR" in said
    assert "\n[style_type] REALISTIC\n" in said
    assert "[" not in CliRunner().invoke(app, ["compose", *BRIEF]).stdout.split("warning")[0]


def test_a_finding_points_at_who_wrote_the_words(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["compose", *BRIEF]).stdout
    assert "warning: the input “scene”: “nice” in the section “subject”" in said
    brand = tmp_path / "shop.yaml"
    brand.write_text("name: Shop\ncolors: {a: red}\nstyle: nice photo, soft light\n")
    words = ["compose", "packshot", "--brand", str(brand), "--set", "product=can"]
    said = CliRunner().invoke(app, words).stdout
    assert f"{brand}:3:1: “Nice” in the section “style”" in said
