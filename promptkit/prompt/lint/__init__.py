"""Findings about a prompt before money is spent on it.

Each rule has a stable id, a severity and the practice that it stands for: see `promptkit.rules`.
The words that they look for are data: see `promptkit.prompt.vocabulary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from promptkit.errors import Finding
from promptkit.prompt.house import House
from promptkit.prompt.lint.brand import brand_rules
from promptkit.prompt.lint.clashes import clashes
from promptkit.prompt.lint.draft import Draft, draft_of, draft_of_text
from promptkit.prompt.lint.lettering import too_long
from promptkit.prompt.lint.parts import parts
from promptkit.prompt.sections import Prompt
from promptkit.prompt.vocabulary import Vocabulary, vocabulary
from promptkit.rules import found, kept

#: A model follows about eight demands; of more it forgets some.
MOST_DEMANDS = 8
_NOT_ASKED = frozenset(("references", "text"))


@dataclass(frozen=True)
class Linter:
    """The lint as a project wants it."""

    words: Vocabulary | None = None
    """The project's words over the shipped ones."""
    ignore: Mapping[str, str] = field(default_factory=dict)
    """Rules to leave out, each with the reason; a template may leave out more."""

    def __call__(self, prompt: Prompt) -> tuple[Finding, ...]:
        """Return what is wrong with a prompt, or could be better."""
        findings = self._found(prompt)
        if findings and (prompt.ignore or self.ignore):
            return kept(findings, {**prompt.ignore, **self.ignore})
        return findings

    def ignored(self, prompt: Prompt) -> tuple[tuple[Finding, str], ...]:
        """Return the findings that were left out, each with the reason."""
        reasons = {**prompt.ignore, **self.ignore}
        findings = self._found(prompt) if reasons else ()
        return tuple((item, reasons[item.rule]) for item in findings if item.rule in reasons)

    def text(self, text: str, house: House | None = None) -> tuple[Finding, ...]:
        """Return what is wrong with a prompt that somebody typed, or is missing in it.

        Parts with labels (“Subject: …”) are taken as such, and a closing “Avoid: …” or “No …” as
        the avoid list. ``house`` is the brand that the picture is for.
        """
        draft = draft_of_text(text, self.words or vocabulary(), house or House())
        return kept((finding for _, finding in _findings(draft)), self.ignore)

    def _found(self, prompt: Prompt) -> tuple[Finding, ...]:
        findings = [*_findings(draft_of(prompt, self.words or vocabulary()))]
        if not findings:
            return ()
        places = {item.name: item.origins[0].place for item in prompt.sections if item.origins}
        return tuple(
            replace(finding, place=finding.place or places.get(name)) for name, finding in findings
        )


#: The lint with the shipped words alone, nothing left out but what a template leaves out.
lint = Linter()


def lint_text(text: str, house: House | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a prompt that somebody typed, by the shipped words alone."""
    return lint.text(text, house)


def _findings(draft: Draft) -> Iterator[tuple[str, Finding]]:
    """Yield findings, each with the section in which it is; those of the whole have none."""
    for finding in parts(draft):
        yield "", finding
    for name, notes in draft.sections.items():
        for finding in notes.findings:
            yield name, finding
    yield from clashes(draft)
    yield from brand_rules(draft)
    copy = too_long(draft.copy, draft.max_words, draft.owner)
    for finding in (*copy, *_amount(draft)):
        yield "", finding


def _amount(draft: Draft) -> Iterator[Finding]:
    asked = [notes for name, notes in draft.sections.items() if name not in _NOT_ASKED]
    count = sum([notes.demands for notes in asked]) + draft.told
    if count > MOST_DEMANDS:
        yield found(
            "too-many-constraints",
            f"the prompt makes {count} demands and bans; a model follows about {MOST_DEMANDS}",
            "keep those that matter most; say the others by what is to be seen",
        )
    if pictures := [words for notes in asked for words in notes.several]:
        listed = ", ".join(dict.fromkeys(pictures))
        yield found(
            "complex-prompt",
            f"this prompt asks for more than one picture at once: {listed}",
            "split it: a prompt for each scene, laid out beside each other afterwards; or the "
            "first picture now, and each further thing as an edit of it",
        )
