"""Tests of templates: examples and test files, snapshots, and what people and servers read."""

from __future__ import annotations

import re
import threading
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.brand.loading import BrandLibrary
from promptkit.errors import BriefError, Finding, Place
from promptkit.prompt.compose import compose
from promptkit.prompt.lint import lint
from promptkit.template.library import TemplateLibrary
from promptkit.template.testing import CaseResult, cases_of, junit, run_tests
from promptkit.template.word_diff import word_diff

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Said:
    text: str
    findings: Sequence[Finding] = ()


def composed(template: str, brand: str, inputs: Mapping[str, Any], **chosen: Any) -> Said:
    """Say the inputs back; `trouble` names findings, `wrong` an error."""
    if "wrong" in inputs:
        raise BriefError(Finding("wrong-input", "the input is wrong"))
    trouble = inputs.get("trouble", {})
    findings = [Finding(rule, f"{rule}!", severity) for rule, severity in trouble.items()]
    extra = [f"{key} {value}" for key, value in chosen.items() if value]
    return Said("\n".join([f"{brand}: {inputs.get('say', '')}", *extra]), findings)


def results(
    folder: Path, examples: str = "", tests: str | None = None, update: bool = False
) -> list[CaseResult]:
    (folder / "base.j2").write_text("{% block subject %}{% endblock %}", encoding="utf-8")
    head = f"---\nexamples:\n{examples}\n---\n" if examples else ""
    (folder / "gift.j2").write_text(f"{head}A gift", encoding="utf-8")
    if tests is not None:
        (folder / "tests").mkdir(exist_ok=True)
        (folder / "tests" / "gift.yaml").write_text(tests, encoding="utf-8")
    return run_tests([TemplateLibrary([folder]).get("gift")], composed, update)


def test_the_shipped_examples_hold() -> None:
    brands = BrandLibrary([ROOT / "brand_profiles"])
    templates = TemplateLibrary([ROOT / "templates"])

    def shipped(template: str, brand: str, inputs: Mapping[str, Any], **chosen: Any) -> Said:
        prompt = compose(brands.get(brand), templates.get(template), inputs, **chosen)
        return Said("\n".join(section.text for section in prompt.sections), lint(prompt))

    names = [name for name in templates.names() if name != "product-in-room"]
    found = run_tests([templates.get(name) for name in names], shipped)
    assert [str(result) for result in found if not result.ok] == []
    assert len(found) == 15


HOLDS = {
    "contains": "{say: A Red Can}, expect: {contains: red can}",
    "excludes": "{say: a can}, expect: {excludes: [bottle]}",
    "matches": "{say: 3 cans}, expect: {matches: ['[0-9] cans?$']}",
    "max_chars": "{say: a can}, expect: {max_chars: 40}",
    "findings": "{trouble: {no-style: warning}}, expect: {findings: no-style}",
    "advice": "{trouble: {no-mood: advice}}",
    "an error": "{wrong: 1}, expect: {findings: wrong-input}",
    "look": "{}, look: hero, expect: {contains: look hero}",
    "channel": "{}, channel: story, expect: {contains: channel story}",
    "axes": "{}, axes: {crop: far}, expect: {contains: \"axes {'crop': 'far'}\"}",
}
FAILS = {
    "contains": ("{}, expect: {contains: [a, red can]}", "does not say “red can”"),
    "excludes": ("{say: A Can}, expect: {excludes: a can}", "the prompt says “a can”"),
    "matches": ("{say: cans}, expect: {matches: '[0-9]'}", "nothing in the prompt matches “[0-9]”"),
    "max_chars": ("{say: a can}, expect: {max_chars: 9}", "has 11 characters, more than 9"),
    "findings": ("{}, expect: {findings: no-style}", "the rule “no-style” finds nothing here"),
    "a finding": ("{trouble: {no-style: warning}}", "no-style!"),
    "an error": ("{wrong: 1}", "the input is wrong"),
}


@pytest.mark.parametrize("case", HOLDS.values(), ids=HOLDS.keys())
def test_a_case_holds_in_front_matter_and_file(tmp_path: Path, case: str) -> None:
    line = f"{{brand: shop, inputs: {case}}}"
    found = results(tmp_path, f"  - {line}", f"- {line}\n- {line}")
    assert [str(result) for result in found] == [
        f"ok: gift {number} (shop)" for number in (1, 2, 3)
    ]
    assert all(result.seconds >= 0 for result in found)


@pytest.mark.parametrize(("case", "message"), FAILS.values(), ids=FAILS.keys())
def test_a_case_fails_with_its_place(tmp_path: Path, case: str, message: str) -> None:
    line = f"{{brand: shop, inputs: {case}}}"
    found = results(tmp_path, f"  - {line}", f"- {{brand: fine}}\n- {line}")
    assert [result.ok for result in found] == [False, True, False]
    for result, name, at in ((found[0], "gift.j2", 3), (found[2], "gift.yaml", 2)):
        finding = result.findings[-1]
        assert message in finding.message
        assert finding.place is not None
        assert (Path(finding.place.file).name, finding.place.line) == (name, at)
        assert message in str(result)


def test_a_rule_that_finds_nothing_tells_what_was_found(tmp_path: Path) -> None:
    case = "{brand: shop, inputs: {trouble: {no-mood: advice}}, expect: {findings: no-style}}"
    (result,) = results(tmp_path, f"  - {case}")
    assert result.findings[0].fix == "found: no-mood"


def test_a_template_without_cases_has_no_results(tmp_path: Path) -> None:
    assert results(tmp_path) == []
    assert results(tmp_path, tests="") == []


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("- {brand: a}\n- {inputs: {}}", "`brand` is missing", 2),
        ("- {brand: a, expct: {}}", "there is no key “expct”", 1),
        ("- brand: a\n  expect:\n    matches: ['(']", "“(” is not a regular expression", 3),
        ("brand: a", "must be a list", 1),
        ("- [", "this is not YAML", 2),
    ],
)
def test_a_fault_of_a_test_file_is_a_result_with_its_place(
    tmp_path: Path, text: str, message: str, line: int
) -> None:
    (result,) = results(tmp_path, tests=text)
    assert not result.ok
    assert (result.template, result.number) == ("gift", 0)
    assert message in str(result)
    assert result.place is not None
    assert (Path(result.place.file).name, result.place.line) == ("gift.yaml", line)
    assert str(result).startswith("failed: gift\n")


# Snapshots

SNAP = "{{brand: shop, inputs: {{say: {}}}, expect: {{snapshot: true}}}}"


def test_a_snapshot_is_only_written_with_update(tmp_path: Path) -> None:
    case = f"  - {SNAP.format('A red can on a wall')}"
    (missing,) = results(tmp_path, case)
    assert missing.findings[0].rule == "no-snapshot"
    assert "gift__shop__1.txt is not there" in str(missing)
    assert not (tmp_path / "tests").exists()
    (written,) = results(tmp_path, case, update=True)
    path = tmp_path / "tests" / "snapshots" / "gift__shop__1.txt"
    assert (written.ok, written.updated) == (True, path)
    assert path.read_bytes() == b"shop: A red can on a wall\n"
    (again,) = results(tmp_path, case, update=True)
    assert again.updated is None
    (same,) = results(tmp_path, case)
    assert (same.ok, same.diff, same.updated) == (True, "", None)


def test_a_changed_prompt_is_shown_word_by_word(tmp_path: Path) -> None:
    results(tmp_path, f"  - {SNAP.format('A red can on a wall')}", update=True)
    (result,) = results(tmp_path, f"  - {SNAP.format('A blue can on a low wall')}")
    assert result.findings[0].rule == "snapshot-changed"
    assert result.diff == "shop: A [-red-] {+blue+} can on a {+low+} wall"
    assert str(result).endswith(result.diff)
    assert "accept it with --update" in str(result)
    (accepted,) = results(tmp_path, f"  - {SNAP.format('A blue can')}", update=True)
    assert accepted.updated is not None


def test_no_snapshot_is_accepted_of_a_case_that_fails(tmp_path: Path) -> None:
    wrong = "{brand: shop, inputs: {say: A red can}, expect: {contains: blue, snapshot: true}}"
    (result,) = results(tmp_path, f"  - {wrong}", update=True)
    assert [finding.rule for finding in result.findings] == ["expect-contains"]
    assert result.updated is None
    assert not (tmp_path / "tests").exists()


def test_snapshots_are_counted_for_each_brand_and_their_names_are_file_names(
    tmp_path: Path,
) -> None:
    brands = ["shop", "./own/shop.yaml", "other", "a b/c?d.yaml"]
    lines = [f"- {{brand: '{brand}', expect: {{snapshot: true}}}}" for brand in brands]
    lines.insert(1, "- {brand: shop}")
    found = results(tmp_path, tests="\n".join(lines), update=True)
    names = [result.updated.name if result.updated else "" for result in found]
    assert names == [
        "gift__shop__1.txt",
        "",
        "gift__shop__2.txt",
        "gift__other__1.txt",
        "gift__c-d__1.txt",
    ]


def test_a_case_knows_its_number_and_its_example(tmp_path: Path) -> None:
    results(tmp_path, "  - {brand: one}", "- {brand: two}")
    found = cases_of(TemplateLibrary([tmp_path]).get("gift"))
    assert [(case.number, case.example.brand) for case in found] == [(1, "one"), (2, "two")]


def test_cases_run_side_by_side_and_come_back_in_order(tmp_path: Path) -> None:
    meet = threading.Barrier(3, timeout=10)

    def waiting(template: str, brand: str, inputs: Mapping[str, Any], **chosen: Any) -> Said:
        meet.wait()
        return Said(brand)

    results(tmp_path, tests="- {brand: c}\n- {brand: a}\n- {brand: b}")
    found = run_tests([TemplateLibrary([tmp_path]).get("gift")], waiting)
    assert [result.brand for result in found] == ["c", "a", "b"]


# The difference


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("a b c", "a b c", ""),
        ("a b", "a  b", "only the spaces between the words differ"),
        ("", "a b", "{+a b+}"),
        ("a b", "", "[-a b-]"),
        ("a\nb", "a b", "a [-⏎-] b"),
        ("one\ntwo", "one\ntoo", "one\n[-two-] {+too+}"),
        (
            "1 2 3 4 5 6 7 8 9 10 X 1 2 3 4 5 6 7 8 9 10",
            "1 2 3 4 5 6 7 8 9 10 Y 1 2 3 4 5 6 7 8 9 10",
            "… 3 4 5 6 7 8 9 10 [-X-] {+Y+} 1 2 3 4 5 6 7 8 …",
        ),
        (
            "X " + "w " * 20 + "Z",
            "Y " + "w " * 20 + "Z Z",
            "[-X-] {+Y+} w w w w w w w w … w w w w w w w Z {+Z+}",
        ),
    ],
)
def test_the_difference_of_two_texts(before: str, after: str, said: str) -> None:
    assert word_diff(before, after) == said


words = st.lists(st.sampled_from(["a", "b", "c", "\n"]), max_size=12).map(" ".join)


@given(words, words)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    """Where everything is near a change, taking away the marks gives back either text."""
    said = word_diff(before, after).replace("⏎", "")
    if "…" in said or before.split() == after.split():
        return
    old = re.sub(r"\{\+.*?\+\}", "", said).replace("[-", "").replace("-]", "")
    new = re.sub(r"\[-.*?-\]", "", said).replace("{+", "").replace("+}", "")
    assert old.split() == before.split()
    assert new.split() == after.split()


# JUnit


def test_junit_is_xml_that_build_servers_read(tmp_path: Path) -> None:
    found = results(
        tmp_path,
        "  - {brand: shop}\n"
        "  - {brand: shop, inputs: {say: a < b & c}, expect: {contains: '\"x\"'}}",
    )
    broken = CaseResult("other", 0, "", None, (Finding("value", "a\x1b[31mb"),))
    said = junit([*found, broken])
    assert said.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    root = ET.fromstring(said)
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("gift", "2", "1"),
        ("other", "1", "1"),
    ]
    cases = root.findall(".//testcase")
    assert [case.get("name") for case in cases] == ["1 shop", "2 shop", "the test file"]
    assert [case.get("line") for case in cases] == ["3", "4", None]
    failures = root.findall(".//failure")
    assert failures[0].get("message") == 'the prompt does not say “"x"”'
    assert "gift.j2:4" in (failures[0].text or "")
    assert failures[1].get("message") == "a\ufffd[31mb"
    assert float(root[0].get("time") or "") >= 0


def test_junit_of_a_place_without_a_line() -> None:
    result = CaseResult("t", 1, "shop", Place("t.j2"), seconds=1.5)
    case = ET.fromstring(junit([result, replace(result, number=2)]))[0][0]
    assert (case.get("file"), case.get("line"), case.get("time")) == ("t.j2", "1", "1.500")
    assert len(ET.fromstring(junit([]))) == 0
