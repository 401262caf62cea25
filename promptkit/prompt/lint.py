"""Findings about a prompt before money is spent on it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptkit.errors import Finding
from promptkit.prompt.sections import Prompt

#: The parts without which a model fills in its own taste, and what each should say.
_EXPECTED = {
    "composition": "where the subject stands, how near, and what stays free",
    "lighting": "the light's kind and direction",
    "style": "the medium and manner: photograph, flat illustration …",
}

_SOURCES = "back|candle|day|fire|lamp|moon|side|sky|spot|star|sun|top|twi"
_COLORS = "blue|green|red|pink|yellow|orange|brown|beige|cream|gr[ae]y|wood|oak|birch|ash|pine"
#: Light told of in passing, as in “soft daylight”; “light oak” and “shades of red” are none.
_LIGHT = re.compile(
    rf"\b(?:(?:{_SOURCES})?light(?:s|ing)?(?!-|\s+(?:{_COLORS})\b)|sun(?:ny|rise|set|shine)?|"
    r"(?:back|candle|lamp|moon|side|sun)?lit|shade[ds]?(?!\s+of\b)|shadows?|glow(?:s|ing)?|"
    r"dusk|dawn|overcast|(?:golden|blue) hour)\b",
    re.IGNORECASE,
)


def lint(prompt: Prompt) -> tuple[Finding, ...]:
    """Return what is wrong with a prompt, or could be better."""
    return tuple(
        finding
        for check in (_subject, _parts, _copy_length, _never_words)
        for finding in check(prompt)
    )


def _subject(prompt: Prompt) -> Iterator[Finding]:
    if not prompt.section("subject"):
        yield Finding(
            "no-subject",
            "the prompt has no subject",
            fix="say what is shown, first and concretely: the block “subject”",
        )


def _parts(prompt: Prompt) -> Iterator[Finding]:
    for name, what in _EXPECTED.items():
        if name == "lighting" and (prompt.medium == "illustration" or _lit(prompt)):
            continue
        if not prompt.section(name):
            yield Finding(
                f"no-{name}",
                f"the prompt says nothing of {name}",
                severity="warning",
                fix=f"say {what}: in the brand's look, or in the block “{name}”",
            )


def _lit(prompt: Prompt) -> bool:
    return any(_LIGHT.search(prompt.section(name)) for name in ("setting", "style"))


def _copy_length(prompt: Prompt) -> Iterator[Finding]:
    most = prompt.lettering.max_words
    for copy in prompt.lettering.copy:
        count = len(copy.split())
        if most is not None and count > most:
            yield Finding(
                "text-too-long",
                f"“{copy}” has {count} words; {prompt.source.brand_name} allows {most}",
                severity="warning",
                fix="shorten it",
            )


def _never_words(prompt: Prompt) -> Iterator[Finding]:
    said = [(f"the section “{section.name}”", section.text) for section in prompt.sections]
    said += [("the words on the picture", copy) for copy in prompt.lettering.copy]
    for word in prompt.never_words:
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        for where, text in said:
            if pattern.search(text):
                yield Finding(
                    "never-word",
                    f"{prompt.source.brand_name} never says “{word}”; it stands in {where}",
                    severity="warning",
                    fix="say it another way",
                )
