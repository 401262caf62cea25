"""What the verbs that draw give back: a run, its pictures, what became of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from promptkit.errors import PromptkitError
from promptkit.verdict import Audit
from promptkit.workflow.run import SHEET, Failure, Record, Shot


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
