"""The rules of the lint by their ids: how grave each is, and the practice that it stands for.

The practices are those of the model makers' prompting guides: name the subject first, say what
a camera and a lamp would do, say one thing in one way, ask for what is to be seen, and leave to
parameters what parameters are for; with their troubleshooting: few demands, one picture at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from promptkit.errors import Finding, Severity, nearest


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the lint: how grave a finding is, and the practice that it stands for."""

    severity: Severity
    practice: str


_SUBJECT = "say first and concretely what is shown"
_SCENE = "say what a photographer or a designer would decide: framing, light, medium"
_CONCRETE = "write what can be seen; praise shows nothing"
_ONE_WAY = "say a thing in one way, and in every part the same"
_BRAND = "keep to the brand: its look, its tone, its bans"
_POSITIVE = "ask for what is to be seen, and list apart what is to be kept out"
_PARAMETERS = "set size, ratio and quality as parameters, not in words"
_LETTERING = "give the words on a picture in quotes, few and exact"
_FEW = "when a model forgets some of many demands: ask for fewer, or in two steps"
_LENGTH = "keep within what the model reads"
_LANGUAGE = "write in English, which the models and the lint know best"

RULES = {
    "no-subject": Rule("warning", _SUBJECT),
    "subject-late": Rule("warning", _SUBJECT),
    "no-composition": Rule("warning", _SCENE),
    "no-lighting": Rule("warning", _SCENE),
    "no-style": Rule("warning", _SCENE),
    "vague-word": Rule("warning", _CONCRETE),
    "contradiction": Rule("warning", _ONE_WAY),
    "against-avoid": Rule("warning", _BRAND),
    "against-tone": Rule("warning", _BRAND),
    "against-look": Rule("warning", _BRAND),
    "forbidden-name": Rule("warning", _BRAND),
    "never-word": Rule("warning", _BRAND),
    "negative-in-section": Rule("warning", _POSITIVE),
    "parameter-in-words": Rule("warning", _PARAMETERS),
    "text-unquoted": Rule("warning", _LETTERING),
    "text-too-long": Rule("warning", _LETTERING),
    "too-many-constraints": Rule("warning", _FEW),
    "complex-prompt": Rule("advice", _FEW),
    "prompt-too-long": Rule("error", _LENGTH),
    "not-english": Rule("advice", _LANGUAGE),
}


def found(rule: str, message: str, fix: str, severity: Severity | None = None) -> Finding:
    """Return a finding of a rule; its severity is the rule's own unless it is given."""
    return Finding(rule, message, severity or RULES[rule].severity, fix=fix)


def _known(ignores: dict[str, str]) -> dict[str, str]:
    for rule in ignores:
        if rule not in RULES:
            near = nearest(rule, RULES)
            hint = f"did you mean “{near}”?" if near else f"known: {', '.join(sorted(RULES))}"
            raise ValueError(f"there is no rule “{rule}”; {hint}")
        if rule == "prompt-too-long":
            raise ValueError("“prompt-too-long” cannot be ignored: the model would not read it all")
    return ignores


Ignores = Annotated[
    dict[str, Annotated[str, StringConstraints(min_length=1)]], AfterValidator(_known)
]
"""Rules to leave out, each with the reason for that."""


def kept(findings: Iterable[Finding], ignore: Iterable[str]) -> tuple[Finding, ...]:
    """Return the findings whose rules are not ignored."""
    return tuple(finding for finding in findings if finding.rule not in ignore)
