"""Results of template tests as JUnit XML, which build servers read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from promptkit.template.testing import CaseResult

#: What XML 1.0 cannot hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Iterable[CaseResult]) -> str:
    """Return results as JUnit XML: one suite for each template, times in seconds."""
    root = ElementTree.Element("testsuites", name="promptkit")
    for template, group in groupby(results, lambda result: result.template):
        _suite(root, template, list(group))
    ElementTree.indent(root)
    said = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{said}\n'


def _suite(root: ElementTree.Element, template: str, results: list[CaseResult]) -> None:
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=_clean(template),
        tests=str(len(results)),
        failures=str(sum(not result.ok for result in results)),
        errors="0",
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        name = f"{result.number} {result.brand}" if result.number else "the test file"
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_clean(template),
            name=_clean(name),
            time=f"{result.seconds:.3f}",
        )
        if result.place:
            case.set("file", _clean(result.place.file))
            case.set("line", str(result.place.line or 1))
        if not result.ok:
            message = _clean("; ".join(finding.message for finding in result.findings))
            failure = ElementTree.SubElement(case, "failure", message=message)
            failure.text = _clean(str(result))


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
