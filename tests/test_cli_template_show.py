"""template show: what a template asks for, what it writes, and a prompt that it makes."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from promptkit.cli.app import app

FRONT = """\
---
description: One thing
inputs:
  thing: {type: text, example: "a cup, white"}
  parts: {type: list, example: [lid, spoon], default: []}
  place: {type: text, required: false}
  base: {type: image, required: false, example: can}
"""
BODY = """\
---
{% block subject %}{{ thing }}{% if parts %} with {{ parts | listing }}{% endif %}{% endblock %}
{% block lighting %}Soft daylight.{% endblock %}
"""


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.stdout


def data(*words: str) -> Any:
    return json.loads(call(*words, "--json"))


def template(examples: str = "", front: str = FRONT) -> None:
    Path("templates").mkdir()
    Path("templates/mine.j2").write_text(front + examples + BODY, encoding="utf-8")


def own_brand() -> None:
    Path("promptkit.yaml").write_text("brand: tidewell\n")


def test_the_first_example_is_composed() -> None:
    template(
        "axes: {light: {day: by day, night: by night}}\n"
        "examples:\n"
        "  - {brand: tidewell, inputs: {thing: a tin, parts: [a lid]}, look: can-packshot,"
        " channel: web_hero, axes: {light: night}}\n"
        "  - {brand: northbeam, inputs: {thing: a crane}}\n"
    )
    said = call("template", "show", "mine")
    assert "\n  Subject: A tin with a lid.\n" in said
    assert "crane" not in said
    (command,) = re.findall(r"^  (promptkit compose .*)$", said, re.MULTILINE)
    prompt = call(*shlex.split(command)[1:])
    assert prompt.split() == said.partition(command)[2].split()
    shown = data("template", "show", "mine")["example"]
    assert shown.pop("text") == prompt.rstrip("\n")
    assert shown == {
        "brand": "tidewell",
        "inputs": {"thing": "a tin", "parts": ["a lid"]},
        "look": "can-packshot",
        "channel": "web_hero",
        "axes": {"light": "night"},
        "model": "comp",
    }


def test_without_examples_the_inputs_own_are_composed_with_the_projects_brand() -> None:
    template()
    own_brand()
    said = call("template", "show", "mine")
    assert "\n  promptkit compose mine --set 'thing=a cup, white' --set parts=lid,spoon\n" in said
    assert "\n  Subject: A cup, white with lid and spoon.\n" in said
    shown = data("template", "show", "mine")["example"]
    assert shown["brand"] == "tidewell"
    assert set(shown["inputs"]) == {"thing", "parts"}


def test_from_another_folder_the_command_names_the_project() -> None:
    call("init", "my shop", "--name", "Corner Shop")
    said = call("template", "show", "first", "-C", "my shop")
    assert "--set 'thing=a stack of three notebooks' -C 'my shop'\n" in said


def test_where_nothing_can_be_composed_the_rest_is_shown() -> None:
    template()
    said = call("template", "show", "mine")
    assert "advice: mine has no example" in said
    assert "Sections" in said
    shown = data("template", "show", "mine")
    assert shown["example"] is None
    assert [item["rule"] for item in shown["findings"]] == ["no-example"]


def test_an_example_with_a_fault_is_told_with_its_place() -> None:
    template("examples: [{brand: tidewel, inputs: {thing: x}}]\n")
    said = call("template", "show", "mine")
    assert re.search(r"error: \S*mine\.j2:8:\d+: there is no brand “tidewel”", said)
    assert "Example" not in said


def test_an_input_without_an_example_is_told() -> None:
    template(front=FRONT.replace(', example: "a cup, white"', ""))
    own_brand()
    shown = data("template", "show", "mine")
    assert shown["example"] is None
    assert "thing" in shown["findings"][0]["message"]


def test_findings_about_the_prompt_stand_below_it() -> None:
    template("examples: [{brand: dim, inputs: {thing: x}}]\n")
    Path("brand_profiles").mkdir()
    Path("brand_profiles/dim.yaml").write_text(
        'name: Dim\ncolors: {primary: "#0B6E99"}\nstyle: {lens: 35 mm}\n'
    )
    lines = call("template", "show", "mine").splitlines()
    findings = [at for at, line in enumerate(lines) if line.startswith("warning: ")]
    assert findings
    assert findings[0] > lines.index("Example")
    assert data("template", "show", "mine")["findings"]


def test_the_sections_are_told_by_who_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    template()
    own_brand()
    said = call("template", "show", "mine")
    assert re.search(r"^Sections +subject, lighting$", said, re.MULTILINE)
    assert re.search(r"^from base\.j2 +purpose, setting,", said, re.MULTILINE)
    prompt = said.partition("Example\n")[2].splitlines()[2:]
    assert max(map(len, prompt)) <= 80


def test_a_parent_of_which_nothing_is_left_is_not_named() -> None:
    template()
    block = "{% block subject %}A door.{% endblock %}"
    Path("templates/parent.j2").write_text(block)
    Path("templates/child.j2").write_text('{% extends "parent.j2" %}' + block)
    said = call("template", "show", "child")
    assert "from base.j2" in said
    assert "parent" not in said
