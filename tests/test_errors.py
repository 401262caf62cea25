"""Places, findings and errors: how they read, what they hold, and that they cross processes."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from promptkit.errors import (
    BrandError,
    BriefError,
    BudgetError,
    Finding,
    InDoubtError,
    InputError,
    ModelError,
    Place,
    PromptkitError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    SettingsError,
    StoreError,
    TemplateError,
    UnreachableError,
    UnusableError,
    nearest,
    unknown,
)

PLACES = [
    (Place("a.yaml"), "a.yaml"),
    (Place("a.yaml", 3), "a.yaml:3"),
    (Place("a.yaml", 3, 7, "  x: y"), "a.yaml:3:7"),
    (Place("a.yaml", None, 7), "a.yaml"),
]


@pytest.mark.parametrize(("place", "written"), PLACES)
def test_a_place_is_written_as_editors_link_it(place: Place, written: str) -> None:
    assert str(place) == written


FINDINGS: list[tuple[Finding, str, dict[str, Any]]] = [
    (
        Finding("rule", "it is wrong"),
        "it is wrong",
        {"rule": "rule", "severity": "error", "message": "it is wrong"},
    ),
    (
        Finding("rule", "it is wrong", "advice", Place("a.yaml", 2, 3, "  x: y  "), "mend it"),
        "a.yaml:2:3: it is wrong\n    x: y\n  → mend it",
        {
            "rule": "rule",
            "severity": "advice",
            "message": "it is wrong",
            "file": "a.yaml",
            "line": 2,
            "column": 3,
            "fix": "mend it",
        },
    ),
    (
        Finding("rule", "it is wrong", "warning", Place("a.yaml")),
        "a.yaml: it is wrong",
        {"rule": "rule", "severity": "warning", "message": "it is wrong", "file": "a.yaml"},
    ),
]


@pytest.mark.parametrize(("finding", "read", "data"), FINDINGS)
def test_a_finding_reads_as_prose_and_as_data(
    finding: Finding, read: str, data: dict[str, Any]
) -> None:
    assert str(finding) == read
    assert finding.as_dict() == data
    assert json.loads(json.dumps(data)) == data


_REST: dict[str, Any] = {
    "fix": "wait",
    "provider": "openai",
    "status": 429,
    "code": "slow_down",
    "request_id": "req_1",
    "retry_after": 2.5,
    "safe_to_retry": False,
}
_PLACED = Finding("rule", "it is wrong", place=Place("a.yaml", 2, 3, "x: y"), fix="mend it")
ERRORS: list[tuple[PromptkitError, int]] = [
    (PromptkitError("no", fix="yes"), 1),
    *((kind("no", fix="yes"), code) for kind, code in ((BudgetError, 4), (StoreError, 2))),
    *(
        (kind([_PLACED, Finding("other", "so is this")]), 2)
        for kind in (InputError, BrandError, TemplateError, BriefError, SettingsError, ModelError)
    ),
    *(
        (kind("no", **_REST), code)
        for kind, code in (
            (ProviderError, 3),
            (RateLimitedError, 3),
            (UnreachableError, 3),
            (UnusableError, 3),
            (QuotaError, 4),
            (InDoubtError, 5),
        )
    ),
    (RefusedError("no", stage="input", categories=["gore"], **_REST), 3),
]


def _kinds(kind: type[PromptkitError]) -> set[type[PromptkitError]]:
    return {kind}.union(*(_kinds(below) for below in kind.__subclasses__()))


def test_every_kind_of_error_is_tried_here() -> None:
    own = {kind for kind in _kinds(PromptkitError) if kind.__module__ == "promptkit.errors"}
    assert {type(error) for error, _ in ERRORS} == own


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_crosses_processes_whole(error: PromptkitError, code: int) -> None:
    assert error.exit_code == code
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(error, protocol))
        assert type(back) is type(error)
        assert vars(back) == vars(error)
        assert (str(back), back.args) == (str(error), error.args)
    assert vars(copy.deepcopy(error)) == vars(error)
    assert json.loads(json.dumps(error.as_dict()))["error"] == type(error).__name__


def test_an_error_says_what_to_do() -> None:
    assert str(PromptkitError("no")) == "no"
    assert PromptkitError("no").as_dict() == {"error": "PromptkitError", "message": "no"}
    assert str(PromptkitError("no", fix="ask")) == "no\n  → ask"
    assert PromptkitError("no", fix="ask").as_dict()["fix"] == "ask"


def test_an_input_error_holds_every_finding() -> None:
    error = BrandError([_PLACED, Finding("other", "so is this")])
    assert str(error) == "a.yaml:2:3: it is wrong\n    x: y\n  → mend it\nso is this"
    assert error.as_dict()["findings"] == [finding.as_dict() for finding in error.findings]
    assert BrandError(_PLACED).findings == (_PLACED,)
    worded = InputError("it is wrong", fix="mend it")
    assert worded.findings == (Finding("input", "it is wrong", fix="mend it"),)


def test_a_providers_error_keeps_its_identifiers() -> None:
    data = ProviderError("no", **_REST).as_dict()
    assert data == {
        "error": "ProviderError",
        "message": "no",
        "fix": "wait",
        "provider": "openai",
        "status": 429,
        "code": "slow_down",
        "request_id": "req_1",
        "retry_after": 2.5,
    }
    assert ProviderError("no").as_dict() == {"error": "ProviderError", "message": "no"}


def test_a_refusal_says_at_which_stage_and_why() -> None:
    refused = RefusedError("no", stage="output", categories=("gore", "hate"), provider="openai")
    assert refused.as_dict()["stage"] == "output"
    assert refused.as_dict()["categories"] == ["gore", "hate"]
    assert RefusedError("no").as_dict() == {"error": "RefusedError", "message": "no"}


@pytest.mark.parametrize("kind", [RateLimitedError, UnreachableError])
def test_only_what_was_not_sent_is_safe_to_send_again(kind: type[ProviderError]) -> None:
    assert kind("no").safe_to_retry
    assert not kind("no", safe_to_retry=False).safe_to_retry
    assert not any(other("no").safe_to_retry for other in (InDoubtError, QuotaError, UnusableError))


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("nmae", ["tone", "name"], "name"),
        ("NAME", ["Name"], "Name"),
        ("extends", ["tiers", "tone"], None),
        ("", ["name"], None),
        ("name", [], None),
    ],
)
def test_only_a_name_that_is_really_near_is_suggested(
    name: str, known: list[str], near: str | None
) -> None:
    assert nearest(name, known) == near


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    assert unknown("look", "phot", ["photo", "icon"]) == (
        "there is no look “phot”",
        "did you mean “photo”? known: icon, photo",
    )
    assert unknown("look", "x", []) == ("there is no look “x”", "known: none")
    many = [f"look-{number}" for number in range(13)]
    assert unknown("look", "look-99", many)[1] == "did you mean “look-9”?"
    assert unknown("look", "x", many)[1].startswith("known: look-0, look-1, look-10")
