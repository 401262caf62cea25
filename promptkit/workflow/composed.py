"""A prompt as the verbs give it back: in words for one model, with what was found about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from promptkit.errors import Finding
from promptkit.model.catalog import Model
from promptkit.prompt.sections import Prompt, Section
from promptkit.prompt.wording import Wording, word
from promptkit.workflow.brief import Brief

if TYPE_CHECKING:
    from promptkit.prompt.explain import Clause
    from promptkit.workflow.run import RunRow


@dataclass(frozen=True)
class Composed:
    """A prompt, put into words for one model, with what was found about it.

    Where the options of axes differ from take to take, it is the prompt of the first take.
    """

    prompt: Prompt
    wording: Wording
    model: Model
    findings: tuple[Finding, ...]
    brief: Brief
    """What it was made of, and the prompts of other takes are."""
    named: bool = False
    """Whether the caller named the model; else each tier takes its own."""
    rewrite: bool = False
    """Whether the words of all its pictures are handed to the rewriter."""
    row: RunRow | None = None
    """The row of a file that it was composed of, if it was one."""

    @classmethod
    def of(cls, brief: Brief, model: Model, *, named: bool, rewrite: bool = False) -> Self:
        """Compose a brief's first prompt for a model.

        Raises:
            InputError: by kind, with every fault of the brief, the brand or the template.
        """
        prompt = brief.prompt(brief.options(1))
        wording = word(prompt, model.card)
        found = brief.linter(prompt)
        if found:
            from promptkit.prompt.explain import attributed, explain

            clauses = explain(prompt, wording, brief.brand, brief.template, model.card)
            found = tuple(attributed(found, clauses))
        findings = (*prompt.notes, *found, *wording.findings)
        return cls(prompt, wording, model, findings, brief, named, rewrite)

    @property
    def text(self) -> str:
        """The words as the model is told them."""
        return self.wording.text

    @property
    def sections(self) -> tuple[Section, ...]:
        """The words by section, in their order."""
        return self.wording.sections

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The words by clause, each with who wrote it: input, axis, brand, template or card."""
        from promptkit.prompt.explain import explain

        brand, template = self.brief.brand, self.brief.template
        return explain(self.prompt, self.wording, brand, template, self.model.card)

    @property
    def axes(self) -> Mapping[str, str]:
        """The options of the template's axes that it has."""
        return self.prompt.source.axes

    @property
    def ignored(self) -> tuple[tuple[Finding, str], ...]:
        """The findings that the template or the project leaves out, each with the reason."""
        return self.brief.linter.ignored(self.prompt)

    def take(self, number: int) -> Self:
        """Return the prompt of a take, from 1; whatever is drawn of it has the take's options.

        Raises:
            InputError: by kind, with every fault of the brief, the brand or the template.
        """
        return self._with(self.brief.only(self.brief.options(number)))

    def matrix(self) -> list[Self]:
        """Return a prompt for each combination of the axes' options, the last axis fastest.

        An axis for which an option was chosen keeps it.

        Raises:
            BriefError: there are more than 256 of them.
        """
        return [self._with(brief) for brief in self.brief.combinations()]

    def _with(self, brief: Brief) -> Self:
        same = self.of(brief, self.model, named=self.named, rewrite=self.rewrite)
        return replace(same, row=self.row)
