"""Auditing as a project does it: any picture on demand, and every new picture of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from promptkit.brand.profile import Brand
from promptkit.errors import InputError, PromptkitError
from promptkit.picture.audit import Standard, audit
from promptkit.picture.audit.expected import UNKNOWN, Expected, expected
from promptkit.picture.audit.laid import laid_over
from promptkit.picture.audit.reading import installed
from promptkit.picture.known import Known
from promptkit.picture.opening import open_picture
from promptkit.prompt.sections import Prompt
from promptkit.template.compiled import Template
from promptkit.verdict import Audit, Check
from promptkit.workflow.run import Record, RunFolder, Shot


@dataclass(frozen=True)
class Auditor:
    """Audits pictures against a project's brands."""

    runs: RunFolder
    brand: Callable[[str], Brand]
    template: Callable[[str], Template]
    prompt: Callable[[Record, Shot], Prompt]
    """Composes what a run's picture was asked for with."""
    lettering: bool = True
    """Whether pictures are read."""

    def of_file(
        self, file: Path | bytes, brand: Brand, look: str | None, channel: str | None
    ) -> Audit:
        """Audit a picture that somebody brings; its look is the channel's, else the brand's own.

        Raises:
            InputError: by kind: it cannot be opened, or the look or channel is unknown.
        """
        place = brand.channel(channel) if channel else None
        name = look or (place.look if place else "") or brand.style.choose([])
        brand.look(name)
        words = UNKNOWN if self.lettering else None
        return _held(file, Standard(brand, name, channel, words=words), words)

    def of_known(
        self, file: Path | bytes, of: Known, look: str | None, channel: str | None
    ) -> Audit:
        """Audit a run's picture, or a file made of one, as the run itself would.

        Raises:
            InputError: by kind, as ``of_file``.
        """
        own = self._standard(of.record, of.shot)
        place = channel or of.channel or own.channel_name
        asked = replace(own, look_name=look or own.look_name, channel_name=place)
        asked.brand.look(asked.look_name)
        if of.channel:  # finished, so that much lies over it, also when its note is lost
            lost = asked.words and replace(asked.words, known=False)
            asked = replace(asked, preview=False, marked=True, words=lost)
        return _held(file, asked, own.words)

    def audited(self, record: Record) -> Record:
        """Return a run's record with an audit of each picture that had none, and keep it.

        An audit that cannot be made says so; it never costs a picture.
        """
        if all(shot.audit for shot in record.shots):
            return record
        shots = [
            shot if shot.audit else shot.model_copy(update={"audit": self._of_shot(record, shot)})
            for shot in record.shots
        ]
        record = record.model_copy(update={"shots": shots})
        self.runs.write(record)
        return record

    def _of_shot(self, record: Record, shot: Shot) -> Audit:
        try:
            picture = open_picture(self.runs.path(record.id) / shot.file)
            standard = self._standard(record, shot)
            if not installed():  # whoever audits by hand is told what is missing, once
                standard = replace(standard, words=None)
            return audit(picture, standard)
        except Exception as cause:  # the picture is paid for and stands, whatever happens here
            why = str(cause) if isinstance(cause, PromptkitError) else repr(cause)
            return Audit(
                checks=[
                    Check(
                        rule="unmeasured",
                        status="skipped",
                        severity="info",
                        message=f"the audit could not be made: {why}",
                    )
                ]
            )

    def _standard(self, record: Record, shot: Shot) -> Standard:
        return Standard(
            brand=self.brand(record.brand.source or record.brand.id),
            look_name=record.look,
            channel_name=record.channel,
            asked=_asked(record),
            preview=shot.tier == "preview",
            reserved=self._reserves(record.template.name),
            words=self._words(record, shot),
        )

    def _words(self, record: Record, shot: Shot) -> Expected | None:
        """Return the lettering that a picture may have; a comp's is its own."""
        if not (self.lettering and shot.by_model):
            return None
        try:
            prompt = self.prompt(record, shot)
        except InputError:  # brand or template are gone, or no longer fit the brief
            prompt = None
        return expected(prompt, shot.prompt)

    def _reserves(self, template: str) -> bool:
        """Say whether a template keeps room for the logo."""
        try:
            return self.template(template).meta.logo
        except InputError:  # it is gone, or broken since
            return True


def _held(file: Path | bytes, standard: Standard, below: Expected | None) -> Audit:
    """Audit a picture; of a finished file the marks are as they were found when it was made.

    ``below`` is the lettering that the picture below the marks may have.
    """
    picture = open_picture(file)
    if (laid := laid_over(file)) is None:
        return audit(picture, standard)
    words = below and replace(below, laid=laid.boxes)
    return laid.joined(audit(picture, replace(standard, words=words, marked=True)))


def _asked(record: Record) -> dict[str, str] | None:
    """Return the colours that the prompt asked for; ``None`` when the record does not tell."""
    carried = {swatch.role: swatch.carrier for swatch in record.palette}
    if None in carried.values():
        return None
    return {role: carrier for role, carrier in carried.items() if carrier}
