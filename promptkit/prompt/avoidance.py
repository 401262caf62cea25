"""Whether a text keeps a thing out, or shows it: read from the words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: What keeps out all that follows in its sentence.
_LISTS = re.compile(
    r"\b(?:avoid(?:s|ing)?|exclud(?:e|es|ing)|leav(?:e|es|ing) out|keep(?:s|ing)? out|"
    r"free (?:of|from)|forbidden|banned)\b"
)
#: What keeps out no more than the rest of its own clause.
_CLAUSES = re.compile(r"\b(?:no|not|never|without|nor|neither|nothing|none)\b")
#: What keeps out the words before it.
_AFTER = re.compile(
    r"^[^,;:.]*\b(?:not|never|nowhere|avoided|excluded|forbidden|banned|absent|(?:kept|left) out)\b"
)
_CLAUSE_END = re.compile(r"[,;:()—–]")
#: From here on something is asked for again.
_TURN = re.compile(
    r"\b(?:but|except|unless)\b|"
    r"(?:[,;—–]|\b(?:and|then))\s*(?:and\s+|then\s+)?"
    r"(?:show|use|make|keep|let|add|include|paint|give|bring)\b(?!\s+out\b)"
)
_TWICE = re.compile(r"\b(?:not|never|without)\s+(?:avoid|exclud|leav|forbid)\w*")
_INSTEAD = re.compile(r"\(instead:[^()]*\)")
_BULLET = re.compile(r"\n\s*(?:[-•*]|\d+[.)])\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_ARTICLE = re.compile(r"^(?:an?|the)\s+")


def mentions(what: str, text: str) -> tuple[int, int]:
    """Return how often a text keeps a thing out, and how often it shows it or says to."""
    name = _ARTICLE.sub("", " ".join(what.casefold().split()))
    if not name:
        return 0, 0
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    told = [
        _kept_out(sentence[: found.start()], sentence[found.end() :])
        for sentence in _sentences(text)
        for found in pattern.finditer(sentence)
    ]
    return sum(told), len(told) - sum(told)


def _sentences(text: str) -> Iterator[str]:
    plain = _BULLET.sub("; ", _INSTEAD.sub("", text.casefold().replace("’", "'")))
    for sentence in _SENTENCE.split(plain):
        yield " ".join(_TWICE.sub("; show", sentence.replace("n't ", " not ")).split())


def _kept_out(before: str, after: str) -> bool:
    asked = [found.end() for found in _TURN.finditer(before)]
    before = before[asked[-1] if asked else 0 :]
    clause = _CLAUSE_END.split(before)[-1]
    return bool(_LISTS.search(before) or _CLAUSES.search(clause) or _AFTER.search(after))
