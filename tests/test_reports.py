"""Findings for code hosts: SARIF and GitHub's annotations."""

from __future__ import annotations

import json

import pytest

from promptkit.errors import Finding, Place
from promptkit.reports import github_annotations, sarif

FINDINGS = [
    Finding(
        "unknown-key", "there is no key “tne”", "error", Place("b/a b.yaml", 3, 5, "tne: x"), "x"
    ),
    Finding("low-contrast", "low", "warning", Place("/b/ü.yaml", 4)),
    Finding("unknown-key", "odd", "advice", Place("b.yaml")),
    Finding("unknown-brand", "there is none"),
]


def test_sarif() -> None:
    log = sarif(FINDINGS, "1.2.3")
    assert json.loads(json.dumps(log)) == log
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("promptkit", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == [
        "unknown-key",
        "low-contrast",
        "unknown-brand",
    ]
    assert driver["rules"][1]["shortDescription"] == {"text": "Low contrast"}
    assert [
        (item["ruleId"], item["ruleIndex"], item["level"], item["message"]["text"])
        for item in run["results"]
    ] == [
        ("unknown-key", 0, "error", "there is no key “tne”\n→ x"),
        ("low-contrast", 1, "warning", "low"),
        ("unknown-key", 0, "note", "odd"),
        ("unknown-brand", 2, "error", "there is none"),
    ]
    assert [item.get("locations") for item in run["results"]] == [
        [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "b/a%20b.yaml"},
                    "region": {"startLine": 3, "startColumn": 5, "snippet": {"text": "tne: x"}},
                }
            }
        ],
        [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "file:///b/%C3%BC.yaml"},
                    "region": {"startLine": 4},
                }
            }
        ],
        [{"physicalLocation": {"artifactLocation": {"uri": "b.yaml"}}}],
        None,
    ]


def test_sarif_of_nothing() -> None:
    (run,) = sarif([], "1")["runs"]
    assert run["results"] == run["tool"]["driver"]["rules"] == []


def test_annotations() -> None:
    assert github_annotations(FINDINGS).splitlines() == [
        "::error file=b/a b.yaml,line=3,col=5,title=unknown-key::there is no key “tne”%0A→ x",
        "::warning file=/b/ü.yaml,line=4,title=low-contrast::low",
        "::notice file=b.yaml,title=unknown-key::odd",
        "::error title=unknown-brand::there is none",
    ]
    assert github_annotations([]) == ""


@pytest.mark.parametrize(
    ("text", "in_property", "in_message"),
    [
        ("100%", "100%25", "100%25"),
        ("%0A", "%250A", "%250A"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("a,b", "a%2Cb", "a,b"),
        ("C:x::y", "C%3Ax%3A%3Ay", "C:x::y"),
    ],
)
def test_what_a_command_cannot_hold_is_escaped(
    text: str, in_property: str, in_message: str
) -> None:
    finding = Finding(text, text, "error", Place(text, 1))
    assert github_annotations([finding]) == (
        f"::error file={in_property},line=1,title={in_property}::{in_message}\n"
    )
