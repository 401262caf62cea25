"""What one section says by itself: praise, parameters, bans, words to be lettered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptkit.errors import Finding
from promptkit.prompt.lint.lettering import unquoted
from promptkit.prompt.lint.naming import in_section, listed
from promptkit.prompt.phrases import Hit, Reading, blanked, is_edge
from promptkit.rules import found

#: Where bans, exact words and things to keep are said on purpose.
_FREE_OF_NEGATIVES = frozenset(("avoid", "text", "preserve", "references", "color"))
#: Ratios that are hardly ever a score, a time or a scale; the others need a word that says so.
_SURE = r"16:9|21:9|1\.91:1"
_RATIOS = r"1:1|9:16|4:3|3:4|3:2|2:3|4:5|5:4|9:21|2:1|1:2|5:3|3:5|16:10"
_SHAPE = (
    "(?:aspect|ratio|format|landscape|portrait|square|crop|image|picture|banner|vertical|horizontal"
    "|upright)"
)
#: A length in the world: a rug of 170 x 240 cm is no size of a picture.
_LENGTH = r"\s*(?:mm|cm|m|in|inch(?:es)?|ft|feet|metres?|meters?|km|yards?)\b|\s*[″\"]"
_PARAMETERS = re.compile(
    rf"(?<![\w:.])(?:{_SURE})(?![\w:.]*\w)"
    rf"|(?:(?<=[,;.(]\s)|^)(?:{_RATIOS})(?=\s*(?:[,;.)]|$))"
    rf"|(?<![\w:.])(?:{_RATIOS})(?=\W+{_SHAPE}\b)|\b{_SHAPE}\W+(?:of\W+)?(?:{_RATIOS})(?![\w:])"
    rf"|\b\d{{3,5}}\s*(?:x|×|by)\s*\d{{3,5}}\b(?:\s*(?:px|pixels?)\b|(?!{_LENGTH}))"
    r"|\b\d{2,4}\s?(?:dpi|ppi)\b|\b\d{3,5}\s?(?:px|pixels)\b"
    r"|(?<!\S)--\w+(?:\s+[\w:.]+)?",
    re.IGNORECASE,
)
_MAYBE_PARAMETER = re.compile(r"\d(?::\d|\s?(?:x|×|by|dpi|ppi|px|pixel))|--\w", re.IGNORECASE)


def by_itself(reading: Reading, name: str) -> tuple[Finding, ...]:
    """Return what is wrong with a section's words, whatever the rest of the prompt says."""
    hits = reading.hits
    findings: list[Finding] = []
    if "vague" in hits:
        findings += _vague(reading, name)
    if "parameter" in hits or _MAYBE_PARAMETER.search(reading.text):
        findings += _parameters(reading, name)
    if "negative" in hits and name not in _FREE_OF_NEGATIVES:
        findings += _negatives(reading, name)
    if name not in ("avoid", "preserve") and ("lettering" in hits or "headline" in hits):
        findings += unquoted(reading, name)
    return tuple(findings)


def _vague(reading: Reading, name: str) -> Iterator[Finding]:
    said = [reading.quote(hit) for hit in reading.hits["vague"] if not _is_name(reading, hit)]
    if said:
        subject = f"{listed(said)}{in_section(name)}"
        adds = "adds" if len(said) == 1 else "add"
        yield found(
            "vague-word",
            f"{subject} {adds} nothing: any picture could be called so",
            "leave it out, or say what one would see: a material, a light, an expression",
        )


def _is_name(reading: Reading, hit: Hit) -> bool:
    """Say whether a word is written as a name: a capital in the midst of a clause."""
    word = reading.words[hit.first]
    return word[:1].isupper() and not word.isupper() and not is_edge(reading.words[hit.first - 1])


def _parameters(reading: Reading, name: str) -> Iterator[Finding]:
    said = [reading.quote(hit) for hit in reading.hits.get("parameter", ())]
    plain = blanked(reading.text)
    said += [f"“{match[0].strip()}”" for match in _PARAMETERS.finditer(plain)]
    if said:
        are = "is a parameter" if len(said) == 1 else "are parameters"
        yield found(
            "parameter-in-words",
            f"{listed(said)}{in_section(name)} {are}: in words, a model cannot follow it",
            "leave it out, and set it where it counts: the template's `aspect`, the channel's "
            "`size`, the quality of the call",
        )


def _negatives(reading: Reading, name: str) -> Iterator[Finding]:
    formal = {hit.first for hit in reading.hits.get("formal", ())}
    hits = [hit for hit in reading.hits["negative"] if not _within_name(reading, hit)]
    of_things = [hit for hit in hits if hit.first not in formal]
    for severity, kept in (("warning", of_things), ("advice", hits)):
        if kept:
            said = [_ban(reading, hit) for hit in kept]
            says = "says" if len(said) == 1 else "say"
            yield found(
                "negative-in-section",
                f"{listed(said)}{in_section(name)} {says} what is not to be seen; a model tends "
                "to draw what it hears named",
                "say what is there instead, or put it into the avoid list",
                "warning" if severity == "warning" else "advice",
            )
            return


def _within_name(reading: Reading, hit: Hit) -> bool:
    """Say whether a ban is part of a name (“No Ordinary Monday”) or of a number (“No. 14”)."""
    word, after = reading.words[hit.first], reading.words[hit.last + 1]
    capital = word[:1].isupper() and after[:1].isupper()
    number = word.lower() == "no" and (after == "." or after[:1].isdigit())
    return (capital and word.lower() == "no") or number


_MODALS = frozenset("must should do does may can is are shall".split())


def _ban(reading: Reading, hit: Hit) -> str:
    first = last = hit.last
    while last - hit.last < 4 and not is_edge(reading.words[last + 1]):
        last += 1
    if reading.words[hit.first - 1].lower() in _MODALS:
        first = hit.first - 1
    return f"“{reading.said(min(first, hit.first), last)}”"
