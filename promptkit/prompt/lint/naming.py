"""How findings name sections and words, and what of a phrase counts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from promptkit.prompt.phrases import is_edge, stem, words_of

#: The name of the one section of a text without labels.
WHOLE = ""

_LITTLE = frozenset("a an the in on at of for to and or with at by big large small bold".split())


def in_section(name: str) -> str:
    """Return a section's name as it stands in a message; a text without sections has none."""
    return f" in the section “{name}”" if name != WHOLE else ""


def listed(said: Iterable[str]) -> str:
    """Return words with commas, each once."""
    return ", ".join(dict.fromkeys(said))


@lru_cache(maxsize=2048)
def stems_of(text: str) -> tuple[str, ...]:
    """Return the stems of a phrase's words, without articles and marks."""
    return tuple(
        stem(word) for word in words_of(text) if word.lower() not in _LITTLE and not is_edge(word)
    )
