"""Rendered words → sentences: what an empty input left behind is cleared away."""

from __future__ import annotations

import re
from functools import lru_cache

from promptkit.template.filters import sentence

#: What empty inputs leave behind, and what stands there without it.
_LEFT_BEHIND = (
    (re.compile(r"\(\s*[,;:.]*\s*\)"), ""),
    (re.compile(r"(?<=\d)\s+:\s+(?=\d)"), ":"),
    (re.compile(r"[\s,;:]+(?=[.!?…](?!\w))"), ""),
    (re.compile(r"(?<=[,;:])[\s,;:]*(?=[,;:])|\s+(?=[,;:])"), ""),
    (re.compile(r"([,;:])[,;:]+"), r"\1"),
    (re.compile(r"([.!?…])[.\s]*\.(?!\w)"), r"\1"),
    (re.compile(r"([.!?…])[,;:]+"), r"\1"),
    (re.compile(r"^(?:[,;:!?…\s]|\.(?!\w))+|[,;:\s]+$"), ""),
    (re.compile(r"\s+"), " "),
)
#: In words with single spaces, each of those has one of these; most sections have none.
_TROUBLE = re.compile(r"\([\s,;:.]*\)|[\s,;:.!?…][,;:.!?…]|^[,;:.!?…]|[,;:]$")
#: Short forms whose stop does not end a sentence; a letter after a number is a unit, which may.
_ABBREVIATED = re.compile(
    r"(?:\b(?:approx|ca|dr|etc|fig|incl|max|min|mr|mrs|no|st|vs)|(?<!\d )\b[^\W\d_])\.$",
    re.IGNORECASE,
)
_SENTENCE_GAP = re.compile(r"(?<=[.!?…]) (?=[^\W\d_]|“)")


def one_line(text: str) -> str:
    """Return text on one line, with single spaces."""
    return " ".join(text.split())


@lru_cache(maxsize=2048)  # most sections of a brand are the same from one picture to the next
def tidy(text: str) -> str:
    """Return a section's words as sentences."""
    return " ".join(map(sentence, sentences(_cleared(one_line(text.replace("...", "…"))))))


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; a stop after a short form ends none."""
    first, *others = _SENTENCE_GAP.split(text)
    parts = [first]
    for part in others:
        if _ABBREVIATED.search(parts[-1]):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return [part for part in parts if part]


def _cleared(text: str) -> str:
    """Clear away until nothing is left to clear: one mark that goes may bare another."""
    while _TROUBLE.search(text):
        before = text
        for pattern, instead in _LEFT_BEHIND:
            text = pattern.sub(instead, text)
        if text == before:
            break
    return text
