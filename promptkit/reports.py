"""Findings in the forms that code hosts read: SARIF 2.1.0, and GitHub's annotations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from promptkit.errors import Finding, Place

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "advice": "note"}
_COMMANDS = {"error": "error", "warning": "warning", "advice": "notice"}

#: What a workflow command cannot hold as it is; in a property, two signs more.
_ESCAPED = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_ESCAPED_PROPERTY = _ESCAPED | str.maketrans({":": "%3A", ",": "%2C"})


def sarif(findings: Iterable[Finding], tool_version: str) -> dict[str, Any]:
    """Return findings as a SARIF 2.1.0 log of one run, as plain JSON data.

    Lines and columns count from 1; columns in Unicode code points. Paths are written as they
    are: relative ones are read from the root of the repository.

    Args:
        findings: what was found, in the order in which it shall be shown.
        tool_version: promptkit's own version.
    """
    found = list(findings)
    rules = {rule: number for number, rule in enumerate(dict.fromkeys(item.rule for item in found))}
    driver: dict[str, Any] = {
        "name": "promptkit",
        "version": tool_version,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, rules[item.rule]) for item in found],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str) -> dict[str, Any]:
    said = rule.replace("-", " ")
    return {"id": rule, "shortDescription": {"text": said[:1].upper() + said[1:]}}


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _said(finding)},
    }
    if finding.place and finding.place.file:
        result["locations"] = [{"physicalLocation": _location(finding.place)}]
    return result


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line:
        region: dict[str, Any] = {"startLine": place.line}
        region |= {"startColumn": place.column} if place.column else {}
        region |= {"snippet": {"text": place.text}} if place.text else {}
        location["region"] = region
    return location


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _said(finding: Finding) -> str:
    return f"{finding.message}\n→ {finding.fix}" if finding.fix else finding.message


def github_annotations(findings: Iterable[Finding]) -> str:
    """Return findings as GitHub workflow commands, one a line: printed, they become annotations.

    ``::error file=brand.yaml,line=3,col=5,title=unknown-key::there is no key “tne”``
    """
    return "".join(f"{_annotation(finding)}\n" for finding in findings)


def _annotation(finding: Finding) -> str:
    place = finding.place or Place("")
    properties = {
        "file": place.file,
        "line": place.line,
        "col": place.column if place.line else None,
        "title": finding.rule,
    }
    told = ",".join(
        f"{name}={str(value).translate(_ESCAPED_PROPERTY)}"
        for name, value in properties.items()
        if value
    )
    return f"::{_COMMANDS[finding.severity]} {told}::{_said(finding).translate(_ESCAPED)}"
