"""The difference of two prompts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

_AROUND = 8
"""Words shown before and after a change."""


def word_diff(before: str, after: str) -> str:
    """Return how a text changed: removed words in ``[-…-]``, added words in ``{+…+}``.

    What stayed is shown near changes, and as “…” elsewhere.
    """
    old, new = (re.findall(r"\S+|\n", text) for text in (before, after))
    if old == new:
        return "" if before == after else "only the spaces between the words differ"
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    changes = matcher.get_opcodes()
    said: list[str] = []
    for at, (kind, start, end, new_start, new_end) in enumerate(changes):
        if kind == "equal":
            said += _near(old[start:end], first=at == 0, last=at == len(changes) - 1)
            continue
        said += [f"[-{_shown(old[start:end])}-]"] if end > start else []
        said += [f"{{+{_shown(new[new_start:new_end])}+}}"] if new_end > new_start else []
    lines = " ".join(said).split("\n")
    return "\n".join(line.strip() for line in lines).strip("\n")


def _near(kept: list[str], *, first: bool, last: bool) -> Iterator[str]:
    before = [] if first else kept[:_AROUND]
    after = [] if last else kept[-_AROUND:]
    if len(before) + len(after) >= len(kept):
        yield from kept
    else:
        yield from (*before, "…", *after)


def _shown(words: list[str]) -> str:
    """Return changed words on one line: a line's end is a change that must be seen too."""
    return " ".join("⏎" if word == "\n" else word for word in words)
