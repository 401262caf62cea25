"""What the verbs give back: a composed prompt, a run, its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from promptkit.errors import Finding
from promptkit.model.catalog import Model
from promptkit.prompt.sections import Prompt, Section
from promptkit.prompt.wording import Wording
from promptkit.workflow.run import SHEET, Failure, Record, Shot


@dataclass(frozen=True)
class Composed:
    """A prompt, put into words for one model, with what was found about it."""

    prompt: Prompt
    wording: Wording
    model: Model
    findings: tuple[Finding, ...]
    source: str = ""
    """The name or path by which the brand is found again; empty is its id."""
    named: bool = False
    """Whether the caller named the model; else each tier takes its own."""

    @property
    def text(self) -> str:
        """The words as the model is told them."""
        return self.wording.text

    @property
    def sections(self) -> tuple[Section, ...]:
        """The words by section, in their order."""
        return self.wording.sections


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
    def cached(self) -> bool:
        """Whether it came from the store and was not paid again."""
        return self.shot.cached


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

    def _image(self, shot: Shot) -> Image:
        return Image(self.folder / shot.file, shot)
