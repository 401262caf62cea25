"""A proposal for a picture's alternative text: what is to be seen, in one plain sentence."""

from __future__ import annotations

import re

from promptkit.errors import shortened
from promptkit.prompt.sections import Prompt

#: Screen readers read longer texts in pieces, or not to the end.
LONGEST = 125

_CODES = re.compile(r"\s*\(?#[0-9A-Fa-f]{3,8}\b\)?")
#: Words that tell the model of a picture that it was given, and nobody else of anything.
_GIVEN = re.compile(
    r"\s+(?:(?:of|from|in) )?(?:the [\w-]+ (?:picture|image)\b|\(?Image \d+\)?)", re.I
)
#: How a picture is taken, which nobody sees in it.
_CAMERA = re.compile(
    r"\b(?:camera|lens|\d+ ?mm lens|f/\d|iso \d|bokeh|aperture|exposure|depth of field|focus|"
    r"shutter|tripod|shot|photograph(?:ed|y)?|photoreal\w*|render(?:ed|ing)?|resolution|\d+k)\b",
    re.I,
)
_PLACED = re.compile(
    r"(?:above|against|along|among|at|before|behind|below|beside|between|by|in|inside|near|on|"
    r"outside|over|under|within)\b",
    re.I,
)


def alt_text(prompt: Prompt) -> str:
    """Return a picture's subject and setting in 125 characters at most; empty without a subject.

    It says what was asked for: whether that is to be seen, a person has to look.
    """
    subject = _clauses(prompt.section("subject"))
    if not subject:
        return ""
    said = ", ".join(subject)
    setting = _clauses(prompt.section("setting"))
    if setting and not setting[0].casefold().startswith(subject[0].casefold()[:12]):
        joint = ", " if _PLACED.match(setting[0]) else "; in the background, "
        # A list is told whole or not at all.
        whole, short = ", ".join(setting), setting[0].partition(" with ")[0]
        longer = (f"{said}{joint}{_lower(part)}" for part in (whole, short))
        said = next((text for text in longer if len(text) < LONGEST), said)
    return f"{shortened(said, LONGEST - 1)}."


def _clauses(text: str) -> list[str]:
    """Return the clauses of a text's first sentence that tell what can be seen."""
    plain = _GIVEN.sub("", _CODES.sub("", text)).strip()
    sentence = re.split(r"(?<=[.!?])\s", plain, maxsplit=1)[0].rstrip(" .!?")
    clauses = (part.strip() for part in sentence.split(","))
    return [part for part in clauses if part and not _CAMERA.search(part)]


def _lower(text: str) -> str:
    """Begin a text in the middle of a sentence; what is written in capitals stays so."""
    first = text.split(maxsplit=1)[0]
    return text if first[1:] != first[1:].lower() else text[:1].lower() + text[1:]
