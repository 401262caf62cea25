"""What the lint looks at: a composed prompt, or one that somebody typed, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from promptkit.prompt.house import House
from promptkit.prompt.lint.naming import WHOLE
from promptkit.prompt.lint.notes import Notes, notes_of
from promptkit.prompt.phrases import blanked
from promptkit.prompt.sections import NO_RULES, Ban, ColorUse, HouseRules, Prompt
from promptkit.prompt.vocabulary import Vocabulary
from promptkit.template.document import SECTIONS

_LABELLED = re.compile(
    r"^[ \t]*(?:[-*#]+[ \t]*)?\**(?P<name>[A-Za-z][A-Za-z ]{2,20}?)\**:\**[ \t]*(?=\S)",
    re.MULTILINE,
)
_LABELS = {name: name for name in (*SECTIONS, "references")} | {
    "colour": "color",
    "colours": "color",
    "colors": "color",
    "palette": "color",
    "light": "lighting",
    "framing": "composition",
    "camera": "composition",
    "background": "setting",
    "scene": "setting",
    "environment": "setting",
    "medium": "style",
    "negative prompt": "avoid",
    "negative": "avoid",
    "exclude": "avoid",
    "constraints": "details",
    "keep": "preserve",
    "goal": "purpose",
    "use case": "purpose",
}
#: The practice for bans: a list of them at the end.
_CLOSING = re.compile(
    r"(?:^|(?<=[.;!?\n])\s*|,\s*(?=(?i:avoid|exclude|negative prompt)\s*:))"
    r"(?P<bans>(?i:avoid|exclude|negative prompt|no|without|do not include|don't include)\b"
    r"[^.;!?\n]*[.;!?]?\s*)$"
)
_BAN_WORD = re.compile(
    r"^(?:avoid|exclude|negative prompt|do not include|don't include|no|without|and|or|any)\b"
    r"\s*:?\s*",
    re.IGNORECASE,
)
_COPY = re.compile(r"[“\"«]([^“”\"«»]+)[”\"»]")


@dataclass(slots=True, eq=False)
class Draft:
    """A prompt as the lint sees it."""

    words: Vocabulary
    sections: dict[str, Notes]
    """By name, in their order; without the bans."""
    bans: tuple[Ban, ...]
    told: int
    """How many of the bans the prompt itself tells."""
    copy: tuple[str, ...]
    max_words: int | None = None
    brand: str = ""
    """The brand's name."""
    never_words: tuple[str, ...] = ()
    house: HouseRules = NO_RULES
    palette: tuple[ColorUse, ...] = ()
    """The colours that the picture is to use."""
    medium: str = ""
    references: bool = False

    @property
    def typed(self) -> bool:
        """Whether it is a text without sections."""
        return WHOLE in self.sections

    @property
    def owner(self) -> str:
        """The brand's name, or what stands for it in a message."""
        return self.brand or "the brand"

    def text(self, name: str) -> str:
        """Return a section's words, empty when it has none."""
        notes = self.sections.get(name)
        return notes.reading.text if notes else ""


def draft_of(prompt: Prompt, words: Vocabulary) -> Draft:
    """Return a composed prompt as the lint sees it."""
    return Draft(
        words,
        {
            section.name: notes_of(words, section.name, section.text)
            for section in prompt.sections
            if section.name != "avoid"
        },
        prompt.avoid,
        len(prompt.avoid),
        prompt.lettering.copy,
        prompt.lettering.max_words,
        prompt.source.brand_name,
        prompt.never_words,
        prompt.house,
        prompt.palette,
        prompt.medium,
        bool(prompt.references),
    )


def draft_of_text(text: str, words: Vocabulary, house: House) -> Draft:
    """Return a typed text as the lint sees it: labelled parts, or one whole, and closing bans."""
    sections = _labelled(text)
    bans = _bans(sections.pop("avoid", ""))
    if not sections:
        body, bans = _closing(text)
        sections = {WHOLE: body}
    return Draft(
        words,
        {name: notes_of(words, name, " ".join(said.split())) for name, said in sections.items()},
        (*bans, *house.bans),
        len(bans),
        tuple(_COPY.findall(text)),
        house.max_words,
        house.name,
        house.never_words,
        house.rules,
    )


def _labelled(text: str) -> dict[str, str]:
    """Return the parts of a text in which at least two lines begin with the name of a section."""
    marks = [
        (found, name)
        for found in _LABELLED.finditer(text)
        if (name := _LABELS.get(found["name"].casefold()))
    ]
    if len(marks) < 2:
        return {}
    parts: dict[str, list[str]] = {}
    if before := text[: marks[0][0].start()].strip():
        parts["purpose"] = [before]
    ends = [mark.start() for mark, _ in marks[1:]] + [len(text)]
    for (mark, name), end in zip(marks, ends, strict=True):
        parts.setdefault(name, []).append(text[mark.end() : end])
    return {name: " ".join(said) for name, said in parts.items()}


def _closing(text: str) -> tuple[str, list[Ban]]:
    """Split a text from the bans it closes with, and return both."""
    body = text.strip()
    bans: list[Ban] = []
    while found := _CLOSING.search(blanked(body)):
        said = body[found.start("bans") :]
        if found.start("bans") == 0:
            break
        bans = [*_bans(said), *bans]
        body = body[: found.start("bans")].rstrip(" ,;\n")
    return body, bans


def _bans(said: str) -> list[Ban]:
    items = (
        _without_ban_word(item.strip(" .!;\n")) for item in re.split(r"[,;\n]|\band no\b", said)
    )
    return [Ban(item) for item in items if item]


def _without_ban_word(item: str) -> str:
    while found := _BAN_WORD.match(item):
        item = item[found.end() :]
    return item
