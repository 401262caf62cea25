"""Axes on the command line: --axes, --seed, --matrix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from axes_template import TEMPLATE, write_template
from promptkit.cli.app import app

BRIEF = ["shot", "-b", "tidewell", "-s", "product=slim can"]
COMPOSE = ["compose", *BRIEF]


@pytest.fixture(autouse=True)
def _template() -> None:
    write_template()


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.stdout


def data(*words: str, code: int = 0) -> Any:
    return json.loads(call(*words, "--json", code=code))


def test_axes_are_given_with_commas_and_again() -> None:
    asked = ["--axes", "crop=wide, light=dusk", "--axes", "mood=loud,"]
    assert data(*COMPOSE, *asked)["axes"] == {"crop": "wide", "light": "dusk", "mood": "loud"}
    said = call(*COMPOSE, *asked)
    assert "Composition: Wide view." in said
    assert "Lighting: At dusk." in said
    assert "Mood: Loud." in said


def test_of_two_options_for_one_axis_the_last_counts() -> None:
    assert data(*COMPOSE, "--axes", "crop=close", "--axes", "crop=wide")["axes"]["crop"] == "wide"


def test_the_seed_draws_what_is_random() -> None:
    def light(*seed: str) -> str:
        return str(data(*COMPOSE, *seed)["axes"]["light"])

    drawn = {light("--seed", str(seed)) for seed in range(8)}
    assert drawn == {"dusk", "noon", "dawn"}
    assert light() == light() == light("--seed", "")


def test_the_matrix_as_json() -> None:
    prompts = data(*COMPOSE, "--matrix", "--axes", "light=noon")["prompts"]
    assert [prompt["axes"] for prompt in prompts] == [
        {"crop": crop, "light": "noon", "mood": mood}
        for crop in ("close", "wide")
        for mood in ("calm", "loud")
    ]
    assert len({prompt["text"] for prompt in prompts}) == 4
    assert data(*COMPOSE, "--axes", "light=noon")["text"] == prompts[0]["text"]


def test_the_matrix_has_a_heading_for_each_that_can_be_given_back() -> None:
    said = call(*COMPOSE, "--matrix", "--axes", "light=noon,mood=fixed")
    heads = [line for line in said.splitlines() if line.startswith("──")]
    assert heads == [
        "── crop=close,light=noon,mood=calm ──",
        "── crop=wide,light=noon,mood=calm ──",
    ]
    parts = said.split("\n\n")
    for head, part in zip(heads, parts, strict=True):
        options = head.strip("─ ")
        assert part.strip() == f"{head}\n{call(*COMPOSE, '--axes', options).strip()}"


def test_the_matrix_of_a_template_without_axes_is_its_prompt() -> None:
    write_template("A {{ 'can' }} on sand", name="bare")
    words = ["compose", "bare", "-b", "tidewell"]
    (prompt,) = data(*words, "--matrix")["prompts"]
    assert prompt == data(*words)
    assert call(*words, "--matrix") == f"── no axes ──\n{call(*words)}"


def test_a_matrix_that_is_too_large_says_which_axis_to_fix() -> None:
    options = ", ".join(f"o{number}: Light {number}" for number in range(70))
    write_template(TEMPLATE.replace("dusk: At dusk, noon: At noon, dawn: At dawn", options))
    error = data(*COMPOSE, "--matrix", code=2)
    assert "280 combinations" in error["message"]
    assert error["findings"][0]["fix"].endswith("--axes light=o0")
    assert len(data(*COMPOSE, "--matrix", "--axes", "light=o0")["prompts"]) == 4


def test_a_matrix_with_an_error_in_one_prompt_exits_with_1() -> None:
    write_template(
        TEMPLATE.replace("{{ product | article }}", "{{ axis.mood if axis.crop == 'Close view' }}")
    )
    assert call(*COMPOSE) == call(*COMPOSE, "--axes", "crop=close")
    call(*COMPOSE, "--matrix", code=1)


def test_previews_show_their_options() -> None:
    brief = ["preview", *BRIEF, "-n", "2", "--axes", "light=noon", "--quality", "low"]
    run = data(*brief)
    options = [{"crop": crop, "light": "noon", "mood": "calm"} for crop in ("close", "wide")]
    assert [image["axes"] for image in run["images"]] == options
    first, second, *_ = call(*brief).splitlines()
    assert "(crop: close; comp, low, " in first
    assert "(crop: wide; comp, low, " in second
    page = Path(run["sheet"]).read_text(encoding="utf-8")
    assert "crop: wide" in page
    final = data("final", run["run"], "--pick", "2", "--regenerate", "--quality", "low")
    assert final["images"][0]["axes"] == options[1]


def test_generate_takes_axes_and_seed() -> None:
    run = data("generate", *BRIEF, "--axes", "crop=close", "--seed", "7", "--quality", "low")
    record = json.loads((Path(run["sheet"]).parent / "run.json").read_text(encoding="utf-8"))
    assert record["seed"] == "7"
    assert record["varied"] == {"light": "random"}
    assert record["shots"][0]["axes"] == run["images"][0]["axes"]


def test_template_show_tells_how_takes_get_their_options() -> None:
    said = call("template", "show", "shot")
    assert "--axes crop=   close, wide  (each take: all)" in said
    assert "--axes mood=   calm, loud\n" in said
    policies = data("template", "show", "shot")["policies"]
    assert policies == {"crop": "all", "light": "random", "mood": "fixed"}
