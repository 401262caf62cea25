"""What the verbs give back: a composed prompt, a run, its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Self

from promptkit.errors import Finding, PromptkitError
from promptkit.model.catalog import Model
from promptkit.prompt.sections import Prompt, Section
from promptkit.prompt.wording import Wording, word
from promptkit.verdict import Audit
from promptkit.workflow.brief import Brief
from promptkit.workflow.run import SHEET, Failure, Record, Shot

if TYPE_CHECKING:
    from promptkit.prompt.explain import Clause


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
        return self.of(brief, self.model, named=self.named, rewrite=self.rewrite)


@dataclass(frozen=True)
class Image:
    """A picture of a run, where it lies and what it cost (USD)."""

    path: Path
    shot: Shot

    @property
    def take(self) -> int:
        """Its number on the sheet."""
        return self.shot.take

    @property
    def digest(self) -> str:
        """The digest of the request that made it."""
        return self.shot.digest

    @property
    def cost(self) -> Decimal:
        """What this call paid, in USD: 0 when it was cached."""
        return self.shot.cost_usd

    @property
    def axes(self) -> Mapping[str, str]:
        """The options of the template's axes that it was drawn with."""
        return self.shot.axes

    @property
    def cached(self) -> bool:
        """Whether it came from the store and was not paid again."""
        return self.shot.cached

    @property
    def audit(self) -> Audit | None:
        """What was found when it was held against the brand."""
        return self.shot.audit


@dataclass(frozen=True)
class Run:
    """A run with its folder."""

    record: Record
    folder: Path

    @property
    def id(self) -> str:
        """The name to give to ``pick`` and ``final``."""
        return self.record.id

    @property
    def sheet(self) -> Path:
        """The contact sheet: a page that opens from disk."""
        return self.folder / SHEET

    @property
    def images(self) -> list[Image]:
        """The previews, in the order in which they are shown."""
        return [self._image(shot) for shot in self.record.previews]

    @property
    def finals(self) -> list[Image]:
        """The finals, oldest first."""
        return [self._image(shot) for shot in self.record.finals]

    @property
    def failures(self) -> list[Failure]:
        """The pictures that did not come."""
        return self.record.failures

    @property
    def cost(self) -> Decimal:
        """What the run has paid, in USD."""
        return self.record.cost

    def image(self, shot: Shot) -> Image:
        """Return a picture as it was just drawn, with the audit that the run holds of it."""
        audits = {known.file: known.audit for known in self.record.shots}
        return self._image(shot.model_copy(update={"audit": audits.get(shot.file)}))

    def _image(self, shot: Shot) -> Image:
        return Image(self.folder / shot.file, shot)


@dataclass(frozen=True)
class Outcome:
    """What became of one of many prompts, by its number from 1: a run, or why there is none."""

    number: int
    run: Run | None = None
    error: PromptkitError | None = None
    run_id: str = ""
    """The id of its run, also of one of which nothing came; "" when it was not begun."""
