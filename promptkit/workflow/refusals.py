"""Refusals by content policy: the section of the prompt to look at first, and what to try."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import yaml

from promptkit.errors import RefusedError
from promptkit.prompt.sections import Section

#: More of a section's words than this are not quoted.
_QUOTED = 4


def pointed(error: RefusedError, sections: Sequence[Section]) -> RefusedError:
    """Return a refusal that names the section most likely at fault, and what to try."""
    section, words = _suspect(error.categories, sections)
    if not section:
        return error
    found = copy.copy(error)
    quoted = ", ".join(f"“{word}”" for word in words)
    found.section = section
    found.message = f"{error.message}; look at the section “{section}” first" + (
        f": it says {quoted}" if quoted else ""
    )
    found.args = (found.message,)
    found.fix = _advice(error, quoted)
    return found


def _advice(error: RefusedError, quoted: str) -> str | None:
    another = f"say {quoted} another way, or leave it out" if quoted else error.fix
    if error.stage == "output":
        return f"the words passed and the picture did not: try another take, or {another}"
    return another


def _suspect(categories: Iterable[str], sections: Sequence[Section]) -> tuple[str, list[str]]:
    """Return the section with most of the words that a category goes by, and these words.

    Where none has any it is the subject, the section that is most a matter of choice.
    """
    patterns = _patterns()
    families = {name.split("/")[0].replace("_", "-") for name in categories} & set(patterns)
    found = [
        (section.name, _words(section.text, patterns, families or set(patterns)))
        for section in sections
    ]
    name, words = max(found, key=lambda item: len(item[1]), default=("", []))
    if not words:
        name = next((name for name, _ in found if name == "subject"), name)
    return name, words[:_QUOTED]


def _words(text: str, patterns: dict[str, re.Pattern[str]], families: set[str]) -> list[str]:
    said = (word for family in sorted(families) for word in patterns[family].findall(text))
    return [*dict.fromkeys(word.lower() for word in said)]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return {
        family: re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])", re.I)
        for family, words in yaml.safe_load(text).items()
    }
