"""The verb `lint`, and how a project shapes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from promptkit import Kit
from promptkit.cli.app import app
from promptkit.errors import InputError, SettingsError, TemplateError
from promptkit.template.library import TemplateLibrary

GOOD = (
    "A slim can on a pier, in the lower third, soft daylight from the left, food photograph. "
    "No people."
)
POOR = "nice picture of our product"


def call(*words: str, code: int = 0, stdin: str = "") -> str:
    done = CliRunner().invoke(app, ["lint", *words], input=stdin)
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.stdout


def settings(text: str) -> None:
    Path("promptkit.yaml").write_text(f"promptkit: project/v1\n{text}", encoding="utf-8")


def test_a_good_prompt() -> None:
    assert call(GOOD) == "no findings\n"
    assert list(Path().iterdir()) == []


def test_a_poor_prompt_ends_with_1() -> None:
    said = call(POOR, code=1)
    assert "warning: “nice” adds nothing" in said
    assert said.endswith("5 findings\n")


def test_advice_alone_ends_with_0() -> None:
    said = call(GOOD.replace("A slim can", "Four separate pictures of a slim can"))
    assert said.startswith("advice: this prompt asks for more than one picture at once")


def test_each_finding_has_its_practice_as_json() -> None:
    found: Any = json.loads(call(POOR, "--json", code=1))
    vague = next(item for item in found["findings"] if item["rule"] == "vague-word")
    assert vague["practice"] == "write what can be seen; praise shows nothing"
    assert vague["severity"] == "warning"


def test_a_prompt_comes_from_a_file_or_from_stdin() -> None:
    Path("brief.txt").write_text(POOR, encoding="utf-8")
    assert "vague-word" in call("brief.txt", code=1)
    assert "vague-word" in call("-", code=1, stdin=POOR)


def test_what_is_no_prompt_is_told_of() -> None:
    assert call("  ", code=2) == ""
    assert call("-", code=2) == ""
    Path("brief.txt").write_bytes(b"\xff\xfe")
    assert call("brief.txt", code=2) == ""


@pytest.mark.parametrize("name", ["brief.txt", "BRIEF.MD", "notes.text", "briefs/spring"])
def test_a_file_that_is_not_there_is_told_of(name: str) -> None:
    done = CliRunner().invoke(app, ["lint", name])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"there is no file “{name}”" in done.stderr
    assert "findings" in call(f"a can, {name}", code=1)


def test_a_single_word_is_a_prompt() -> None:
    assert "no-style" in call("cat", "--json", code=1)


def test_a_brand_counts_too() -> None:
    purple = GOOD.replace("slim", "purple")
    assert call(purple) == "no findings\n"
    assert "against-avoid" in call(purple, "--brand", "tidewell", code=1)
    settings("brand: tidewell")
    assert "against-avoid" in call(purple, code=1)
    assert "against-look" in call(GOOD, "--look", "cut-paper", code=1)
    assert call(GOOD, "--look", "nowhere", code=2) == ""


def test_a_project_leaves_rules_out_and_adds_words() -> None:
    settings("lint: {ignore: {vague-word: our slogan}, words: own.yaml}")
    Path("own.yaml").write_text("promptkit: words/v1\nhints: {generic: [gizmo]}\n")
    with Kit() as kit:
        assert [finding.rule for finding in kit.lint(GOOD.replace("can", "nice gizmo"))] == [
            "no-subject"
        ]
        composed = kit.compose("product-hero", "tidewell", {"product": "nice can"})
    assert composed.findings == ()
    assert [(item.rule, reason) for item, reason in composed.ignored] == [
        ("vague-word", "our slogan")
    ]


@pytest.mark.parametrize(
    ("lint", "said"),
    [
        ("{ignore: {vague-words: x}}", "did you mean “vague-word”?"),
        ("{ignore: {zzz: x}}", "known: against-avoid"),
        ("{ignore: {vague-word: ''}}", "lint"),
        ("{ignore: {prompt-too-long: x}}", "cannot be ignored"),
        ("{words: ../own.yaml}", "outside of the project"),
        ("{words: own.yaml}", "there is no such file"),
    ],
)
def test_a_faulty_wish_is_told_of(lint: str, said: str) -> None:
    settings(f"lint: {lint}")
    with pytest.raises(SettingsError) as error, Kit() as kit:
        kit.lint(GOOD)
    assert said in str(error.value)


def test_a_template_leaves_rules_out(tmp_path: Path) -> None:
    settings("")
    Path("templates").mkdir()
    file = Path("templates/story.j2")
    file.write_text(
        '---\ninputs: {thing: {type: text}}\nignore: {vague-word: "their own name"}\n---\n'
        "{% block subject %}A nice {{ thing }}{% endblock %}"
    )
    with Kit() as kit:
        composed = kit.compose("story", "tidewell", {"thing": "can"})
    assert composed.findings == ()
    assert [reason for _, reason in composed.ignored] == ["their own name"]
    file.write_text(file.read_text().replace("vague-word", "vague-wrd"))
    with pytest.raises(TemplateError, match="vague-word"):
        TemplateLibrary([Path("templates"), tmp_path]).get("story")


def test_a_faulty_file_of_words_is_a_fault_of_the_settings() -> None:
    settings("lint: {words: own.yaml}")
    Path("own.yaml").write_text("promptkit: words/v1\nopposites: [[a.b, c.d]]\n")
    with pytest.raises(InputError, match=r"own\.yaml:2") as error, Kit() as kit:
        kit.compose("product-hero", "tidewell", {"product": "can"})
    assert isinstance(error.value, SettingsError)
