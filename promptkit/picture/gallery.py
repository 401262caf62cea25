"""A project's gallery: where pictures are held against brands, and runs are laid on sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.brand.profile import Brand
from promptkit.errors import InputError
from promptkit.picture.known import Known, file_of, known
from promptkit.verdict import Audit
from promptkit.workflow.judged import Judged
from promptkit.workflow.run import Record, RunFolder, Shot
from promptkit.workflow.shelf import Shelf
from promptkit.workflow.shown import Run

if TYPE_CHECKING:
    from promptkit.client.chat import Shown
    from promptkit.picture.audit.auditor import Auditor
    from promptkit.prompt.sections import Prompt
    from promptkit.workflow.judging import Verdict

Picture = str | Path | bytes

#: How long answers that are paid for wait for a run that somebody else is at, in seconds.
PATIENCE = 10.0


@dataclass
class Gallery:
    """The pictures of a project's runs, and any other, beside the brands that they are to fit."""

    shelf: Shelf
    runs: RunFolder
    prompt: Callable[[Record, Shot], Prompt]
    """Composes what a run's picture was asked for with."""

    def brand_of(self, picture: Picture, brand: str | None) -> Brand:
        """Return the brand that a picture is held against: by name, its run's, the project's own.

        Raises:
            InputError: by kind: there is no such brand, or the run cannot be read.
        """
        _, of = self._found(picture, brand)
        return self._own(of) if of else self.shelf.brand(brand)

    def audited(
        self, picture: Picture, brand: str | None, look: str | None, channel: str | None
    ) -> Audit:
        """Audit a picture, that of a run as the run would.

        Raises:
            InputError: by kind: it cannot be opened, or the brand, look or channel is unknown.
        """
        file, of = self._found(picture, brand)
        if of:
            return self._auditor.of_known(file, of, look, channel)
        return self._auditor.of_file(file, self.shelf.brand(brand), look, channel)

    def judged(self, picture: Picture, brand: str | None) -> tuple[Brand, Shown]:
        """Return whose questions a picture is judged by, and what a judge is shown of it.

        Raises:
            InputError: by kind: it cannot be opened, or the brand is unknown.
        """
        from promptkit.picture.references.shown import shown

        file, _ = self._found(picture, brand)
        return self.brand_of(picture, brand), shown(file)

    def note(self, picture: Picture, brand: Brand, view: Shown, verdict: Verdict) -> None:
        """Write a judge's answers into the record and sheet of the run that a picture is of.

        Only those to the questions of the run's own brand. They are in the store in any case:
        where a run may not be written, or somebody else is at it, that is no reason to keep them
        from whoever asked.
        """
        if not verdict.given:
            return
        judged = verdict.recorded(datetime.now(UTC))
        with suppress(OSError, InputError):
            _, of = self._found(picture, None)
            if of and self._own(of).digest == brand.digest:
                self._note(of.record.id, view.of, judged, again=verdict.cached)

    def _note(self, run: str, sha256: str, judged: Sequence[Judged], *, again: bool) -> None:
        with self.runs.changing(run, PATIENCE):
            record = self.runs.read(run)
            noted = record.with_judged(sha256, judged, again=again)
            if noted != record:
                self.runs.write(noted)
                self._write_sheet(noted)

    def hung(self, run: str) -> Run:
        """Audit a run's new pictures, write its sheet, and return it."""
        with self.runs.changing(run):
            record = self._auditor.audited(self.runs.read(run))
            self._write_sheet(record)
        return Run(record, self.runs.path(record.id))

    def _write_sheet(self, record: Record) -> None:
        from promptkit.picture.sheet import write_sheet

        write_sheet(record, self.runs.path(record.id))

    def _own(self, of: Known) -> Brand:
        """Return the brand that a run's picture was made for."""
        return self.shelf.brand(of.record.brand.source or of.record.brand.id)

    def _found(self, picture: Picture, brand: str | None) -> tuple[Path | bytes, Known | None]:
        """Return a picture's file, and what a run knows of it where no brand is named."""
        file = picture if isinstance(picture, bytes) else file_of(picture, self.runs)
        return file, None if brand else known(file, self.runs)

    @cached_property
    def _auditor(self) -> Auditor:
        from promptkit.picture.audit.auditor import Auditor

        reads = self.shelf.settings.audit.lettering
        return Auditor(self.runs, self.shelf.brand, self.shelf.template, self.prompt, reads)
