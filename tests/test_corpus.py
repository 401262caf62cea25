"""Broken profiles and templates as people have them, and word by word what people are told.

A brand is read. A template is read and checked; with a brief beside it (NAME.yaml) it is composed.
After a change on purpose, write the messages anew and read the difference:

    python tests/test_corpus.py --update
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from promptkit.brand.check import check_brand
from promptkit.brand.loading import BrandLibrary, load_brand
from promptkit.documents import read_yaml
from promptkit.errors import Finding, InputError
from promptkit.prompt.compose import compose
from promptkit.template.check import check_template
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests" / "corpus"
SHIPPED = BrandLibrary([ROOT / "brand_profiles"])
#: More than this, and nobody waits for the message.
SECONDS = 2.0


def cases(folder: str, suffix: str) -> list[Path]:
    """Return the cases, from the corpus on; what begins with _ is there for others."""
    found = sorted((CORPUS / folder).rglob(f"*{suffix}"))
    return [path.relative_to(CORPUS) for path in found if not path.name.startswith("_")]


BRANDS = cases("brands", ".yaml")
TEMPLATES = cases("templates", ".j2")
CASES = [*BRANDS, *TEMPLATES]


def findings_of(case: Path) -> tuple[Finding, ...]:
    """Return what promptkit finds in a case; anything but its own errors comes through."""
    try:
        if case in BRANDS:
            return tuple(check_brand(load_brand(case)))
        template = TemplateLibrary([case.parent, ROOT / "templates"]).get(case.name)
        brief = case.with_suffix(".yaml")
        if not brief.exists():
            return tuple(check_template(template))
        data: Any = read_yaml(brief).data
        compose(SHIPPED.get(data["brand"]), template, data["inputs"])
    except InputError as error:
        return error.findings
    return ()


def message_of(case: Path) -> str:
    """Return what is printed for a case, with paths from the corpus on."""
    with chdir(CORPUS):
        told = "".join(f"{finding}\n" for finding in findings_of(case))
    return told.replace(f"{CORPUS}{os.sep}", "")


def golden(case: Path) -> Path:
    return (CORPUS / case).with_suffix(".txt")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_people_are_told_this(case: Path) -> None:
    begun = time.perf_counter()
    told = message_of(case)
    assert time.perf_counter() - begun < SECONDS
    assert told == golden(case).read_text(encoding="utf-8")
    assert told


def test_the_corpus_is_whole() -> None:
    assert len(BRANDS) >= 60
    assert len(TEMPLATES) >= 40
    assert set(CORPUS.rglob("*.txt")) == set(map(golden, CASES))


#: The parser's, the validator's and Python's own words, and those of Jinja's parser.
FOREIGN = re.compile(
    r"\b(?:None|NoneType|dict|str|int|tuple|bool|literal|Traceback|codec|token|mapping|scalar|"
    r"stream|Input should|statement|argument|instances|object|subpattern)\b|\bType|Error\b"
)


@cache
def messages() -> list[tuple[Path, Finding]]:
    with chdir(CORPUS):
        return [(case, finding) for case in CASES for finding in findings_of(case)]


def test_a_message_is_said_in_plain_words() -> None:
    for case, finding in messages():
        said = re.sub(r"“[^”]*”|`[^`]*`|known: .*", "", f"{finding.message} {finding.fix or ''}")
        said = said.replace("as an argument", "")
        assert FOREIGN.findall(said) == [], case
        assert finding.message[0] not in "ABCDEFGHIKLMNOPQRSTUVWXYZ", case
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", finding.rule), case


def test_a_fault_is_told_once() -> None:
    told = [(case, finding.place, finding.message) for case, finding in messages()]
    assert [item for item, count in Counter(told).items() if count > 1] == []


#: What says by itself what to write.
CLEAR = re.compile(r"must (?:be|have)|must not be empty|has no such|cannot stand here")


def test_a_message_says_what_to_do() -> None:
    unclear = {
        f"{case}: {finding.message}"
        for case, finding in messages()
        if not finding.fix and not CLEAR.search(finding.message)
    }
    assert unclear == set()


if __name__ == "__main__" and "--update" in sys.argv:
    told = {golden(case): message_of(case) for case in CASES}
    for path in CORPUS.rglob("*.txt"):
        path.unlink()
    for path, text in told.items():
        path.write_text(text, encoding="utf-8")
    print(f"{len(CASES)} messages written to {CORPUS}")
