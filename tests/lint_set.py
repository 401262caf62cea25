"""The labelled prompts of tests/lint, given to the lint and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from promptkit.errors import Finding
from promptkit.prompt.house import House
from promptkit.prompt.lint import lint, lint_text
from promptkit.prompt.sections import (
    Ban,
    ColorUse,
    HouseRules,
    Lettering,
    Prompt,
    Section,
    Source,
    Space,
)

FOLDER = Path(__file__).parent / "lint"


@dataclass(frozen=True)
class Case:
    """A labelled prompt, with what was found."""

    id: str
    part: str
    expect: list[dict[str, Any]]
    findings: tuple[Finding, ...]

    @property
    def alarms(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity != "advice"]

    def missed(self) -> list[dict[str, Any]]:
        return [fault for fault in self.expect if not self._is_found(fault)]

    def _is_found(self, fault: dict[str, Any]) -> bool:
        of_rule = [finding for finding in self.findings if finding.rule == fault["rule"]]
        words = [word.casefold() for word in fault.get("words", ())]
        return any(not words or _points_at(finding, words) for finding in of_rule)


def _points_at(finding: Finding, words: list[str]) -> bool:
    """Say whether a finding names one of the words, or a part of them."""
    message = finding.message.casefold()
    quoted = re.findall(r"“([^”]+)”", message)
    return any(word in message or any(part in word for part in quoted) for word in words)


def cases(part: str = "") -> list[Case]:
    return [case for case in _cases() if part in ("", case.part)]


@cache
def _cases() -> tuple[Case, ...]:
    entries = yaml.safe_load((FOLDER / "prompts.yaml").read_text(encoding="utf-8"))
    return tuple(
        Case(entry["id"], entry["part"], entry["expect"], findings_of(entry)) for entry in entries
    )


def findings_of(entry: dict[str, Any]) -> tuple[Finding, ...]:
    prompt = prompt_of(entry)
    if "text" not in entry:
        return lint(prompt)
    house = House("", prompt.avoid, entry.get("max_words"), prompt.never_words, prompt.house)
    return lint_text(" ".join(entry["text"].split()), house)


def prompt_of(entry: dict[str, Any]) -> Prompt:
    brand = entry.get("brand", {})
    look = brand.get("look", {})
    sections = entry.get("sections", {})
    return Prompt(
        source=Source("brand", "", 1, "", "", "", "", None, {}, {}),
        sections=tuple(Section(name, " ".join(text.split())) for name, text in sections.items()),
        palette=tuple(_colors(brand)),
        swatches=(),
        palette_mode="props",
        medium=str(look.get("medium", "")),
        lettering=Lettering(
            tuple(entry.get("copy", ())), "model_rendered", "", entry.get("max_words")
        ),
        space=Space(),
        avoid=tuple(Ban(what) for what in (*entry.get("avoid", ()), *brand.get("avoid", ()))),
        never_words=tuple(brand.get("never_words", ())),
        references=(),
        aspect="1:1",
        size=None,
        house=HouseRules(
            tuple(brand.get("tone", ())),
            tuple(brand.get("tone_not", ())),
            tuple(look.items()),
            tuple(brand.get("never_names", ())),
            brand.get("never_people", False),
        ),
    )


def _colors(brand: dict[str, Any]) -> Iterator[ColorUse]:
    for said in brand.get("palette", ()):
        words, _, code = said.partition(" (")
        yield ColorUse("", words, code.rstrip(")"), words, "", None)
