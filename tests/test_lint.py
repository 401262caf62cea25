"""Lint: what a person should know about a prompt before money is spent on it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from promptkit.brand.loading import BrandLibrary, parse_brand
from promptkit.prompt.compose import compose
from promptkit.prompt.lint import lint
from promptkit.prompt.sections import Lettering, Prompt, Section
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
BRANDS = BrandLibrary([ROOT / "brand_profiles"])
TEMPLATES = TemplateLibrary([ROOT / "templates"])


@pytest.fixture(scope="module")
def good() -> Prompt:
    return compose(BRANDS.get("tidewell"), TEMPLATES.get("product-hero"), {"product": "slim can"})


def without(prompt: Prompt, name: str) -> Prompt:
    kept = tuple(section for section in prompt.sections if section.name != name)
    return replace(prompt, sections=kept)


def saying(prompt: Prompt, name: str, text: str) -> Prompt:
    return replace(prompt, sections=(*without(prompt, name).sections, Section(name, text)))


def copy(prompt: Prompt, *lines: str) -> Prompt:
    return replace(prompt, lettering=Lettering(lines, "composite", "", 3))


def test_a_good_prompt_has_no_findings(good: Prompt) -> None:
    assert lint(good) == ()


@pytest.mark.parametrize(
    ("name", "severity", "fix"),
    [
        ("subject", "error", "say what is shown, first and concretely: the block “subject”"),
        ("composition", "warning", "say where the subject stands, how near, and what stays free"),
        ("lighting", "warning", "say the light's kind and direction"),
        ("style", "warning", "say the medium and manner"),
    ],
)
def test_a_part_that_is_not_said_is_found(good: Prompt, name: str, severity: str, fix: str) -> None:
    (finding,) = lint(without(good, name))
    assert (finding.rule, finding.severity) == (f"no-{name}", severity)
    assert fix in (finding.fix or "")


@pytest.mark.parametrize(
    ("medium", "found"), [("illustration", False), ("photo", True), ("3d render", True)]
)
def test_an_illustration_needs_no_light(good: Prompt, medium: str, found: bool) -> None:
    dark = without(replace(good, medium=medium), "lighting")
    assert bool(lint(dark)) is found


@pytest.mark.parametrize("name", ["setting", "style"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Soft late-afternoon coastal daylight, matt finish.", False),
        ("A sunny pier.", False),
        ("A backlit can.", False),
        ("A pier at dusk.", False),
        ("Under open shade.", False),
        ("A warm glow.", False),
        ("Soft light from the left.", False),
        ("Light oak boards.", True),
        ("Slightly worn, split boards in shades of red.", True),
        ("A delightful pier.", True),
    ],
)
def test_light_that_is_told_of_in_passing_counts(
    good: Prompt, name: str, text: str, found: bool
) -> None:
    dark = saying(saying(without(good, "lighting"), "setting", "A pier."), "style", "Photograph.")
    rules = [finding.rule for finding in lint(saying(dark, name, text))]
    assert rules == (["no-lighting"] if found else [])


def test_the_six_lines_of_the_readme_have_no_findings() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```yaml\n(name: .*?)```", readme, re.DOTALL)
    prompt = compose(parse_brand(lines), TEMPLATES.get("product-hero"), {"product": "slim can"})
    assert lint(prompt) == ()


def test_copy_that_is_too_long_is_found(good: Prompt) -> None:
    assert lint(copy(good, "Longer days now")) == ()
    (finding,) = lint(copy(good, "Now", "Longer days now here"))
    assert finding.rule == "text-too-long"
    assert finding.message == "“Longer days now here” has 4 words; Tidewell allows 3"
    endless = replace(good, lettering=Lettering(("a " * 99,), "composite", "", None))
    assert lint(endless) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A detox tea.", True),
        ("A DETOX, cold.", True),
        ("Guilt-free and cold.", True),
        ("Detoxing is no word.", False),
        ("A plain can.", False),
    ],
)
def test_a_word_that_the_brand_never_says_is_found(good: Prompt, text: str, found: bool) -> None:
    findings = lint(saying(good, "subject", text))
    assert [finding.rule for finding in findings] == (["never-word"] if found else [])
    if findings:
        assert "Tidewell never says “" in findings[0].message
        assert findings[0].message.endswith("it stands in the section “subject”")


def test_a_word_that_the_brand_never_says_is_found_on_the_picture(good: Prompt) -> None:
    (finding,) = lint(copy(good, "Superfood"))
    assert finding.message == (
        "Tidewell never says “superfood”; it stands in the words on the picture"
    )


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_the_shipped_examples_have_no_findings(name: str) -> None:
    template = TEMPLATES.get(name)
    for example in template.meta.examples:
        prompt = compose(BRANDS.get(example.brand), template, example.inputs)
        assert [str(finding) for finding in lint(prompt)] == []
