"""template check, test, schema and new, as a person types them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from promptkit.cli.app import app


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def write(name: str, text: str) -> None:
    path = Path("templates") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_all_shipped_templates_pass_their_check_and_their_examples() -> None:
    checked = run("template", "check")
    assert (checked.exit_code, checked.stdout) == (0, "6 templates checked, no findings\n")
    tested = run("template", "test")
    assert tested.exit_code == 0, tested.output
    assert tested.stdout == "18 cases, none failed\n"


def test_a_check_names_what_could_go_wrong_with_line_and_fix() -> None:
    write("t.j2", "{% block subject %}a can in {{ look.lightning }}, 4k{% endblock %}")
    done = run("template", "check", "t")
    assert done.exit_code == 1
    assert "t.j2:1" in done.output
    assert "did you mean “lighting”?" in done.output
    told = json.loads(run("template", "check", "t", "--json").stdout)
    rules = {finding["rule"] for finding in told["findings"]}
    assert {"unknown-brand-key", "parameter-in-text"} <= rules


def test_a_broken_template_is_a_finding_and_an_unknown_one_an_error() -> None:
    write("t.j2", "{% block subject %}{{ a")
    assert run("template", "check", "t").exit_code == 1
    done = run("template", "check", "pakshot")
    assert done.exit_code == 2
    assert "packshot" in done.output


def test_a_failing_example_is_shown_and_told_to_ci() -> None:
    head = (
        "examples: [{brand: tidewell, inputs: {a: can}, expect: {contains: [bottle]}}]\n"
        "inputs: {a: {help: What is shown}}"
    )
    write("t.j2", f"---\n{head}\n---\n{{% block subject %}}{{{{ a }}}}{{% endblock %}}")
    done = run("template", "test", "--junit", "junit.xml")
    assert done.exit_code == 1
    assert "bottle" in done.stdout
    assert done.stdout.endswith("1 case, 1 failed\n")
    suites = ET.parse("junit.xml").getroot()
    assert [case for case in suites.iter("testcase") if case.find("failure") is not None]
    told = json.loads(run("template", "test", "t", "--json").stdout)
    assert told["failed"] == 1
    assert told["cases"][0]["findings"][0]["rule"] == "expect-contains"


def test_a_new_template_passes_its_own_checks_and_overwrites_nothing() -> None:
    done = run("template", "new", "gift-card")
    assert done.exit_code == 0, done.output
    assert run("template", "check", "gift-card").stdout.endswith("no findings\n")
    assert run("template", "test", "gift-card").exit_code == 0
    again = run("template", "new", "gift-card")
    assert again.exit_code == 2
    assert "there already is" in again.output
    assert json.loads(run("template", "new", "other", "--json").stdout)["template"] == "other"


def test_snapshots_are_written_when_asked_for() -> None:
    head = "examples: [{brand: tidewell, inputs: {a: can}, expect: {snapshot: true}}]\n"
    head += "inputs: {a: {help: What is shown}}"
    write("t.j2", f"---\n{head}\n---\n{{% block subject %}}{{{{ a }}}}{{% endblock %}}")
    assert run("template", "test", "t").exit_code == 1
    assert "1 snapshot written" in run("template", "test", "t", "--update").stdout
    assert run("template", "test", "t").exit_code == 0


def test_the_schema_of_a_template_is_json_schema() -> None:
    schema = json.loads(run("template", "schema", "product-hero").stdout)
    assert schema["required"] == ["product"]


BARE = "---\ninputs: {a: {help: What is shown}}\n---\n{% block subject %}{{ a }}{% endblock %}"


@pytest.mark.parametrize(
    ("file", "fix"),
    [
        ("gift-crad.yaml", "did you mean “gift-card.yaml”? name it after a template"),
        ("zzz.yaml", "name it after a template of that folder, or delete it"),
        ("gift-card.yml", "name it gift-card.yaml"),
        ("packshot.yaml", "name it after a template of that folder, or delete it"),
    ],
)
def test_tests_that_belong_to_no_template_are_told(file: str, fix: str) -> None:
    write("gift-card.j2", BARE)
    write(f"tests/{file}", "- {brand: tidewell, inputs: {a: can}}\n")
    for verb in ("test", "check"):
        done = run("template", verb)
        assert done.exit_code == 1
        assert f"templates/tests/{file}" in done.stdout
        assert "[stray-tests]" in done.stdout
        assert fix in done.stdout
        (found, *_) = [
            item
            for item in json.loads(run("template", verb, "--json").stdout)["findings"]
            if item["rule"] == "stray-tests"
        ]
        assert found["severity"] == "warning"
    known = run("template", "test", "product-hero")
    assert (known.exit_code, "stray" in known.stdout) == (0, False)


def test_tests_beside_their_template_are_no_strays() -> None:
    write("gift-card.j2", BARE)
    write("tests/gift-card.yaml", "- {brand: tidewell, inputs: {a: can}}\n")
    done = run("template", "test")
    assert (done.exit_code, done.stdout) == (0, "1 case, none failed\n")


def test_a_named_template_without_cases_is_told_how_to_write_one() -> None:
    write("gift-card.j2", BARE)
    done = run("template", "test", "gift-card")
    assert done.exit_code == 0
    assert "advice: gift-card has no examples and no tests, so nothing was tried" in done.stdout
    assert "inputs: {a: …}" in done.stdout
    path = Path("templates/tests/gift-card.yaml").absolute()
    assert f"write into {path}: - {{brand: NAME" in done.stdout
    assert not json.loads(run("template", "test", "--json").stdout)["findings"]
