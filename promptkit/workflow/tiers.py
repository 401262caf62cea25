"""Preview, pick, final: the way from a prompt to a picture that somebody chose."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from promptkit.client.client import Client, Job
from promptkit.client.ledger import Context
from promptkit.client.request import ImageRequest, Picture, Reference
from promptkit.errors import (
    BriefError,
    Finding,
    InputError,
    ModelError,
    PromptkitError,
    RefusedError,
)
from promptkit.measures import Size, parse_aspect
from promptkit.model.catalog import Card, Model
from promptkit.prompt.fitting import with_room
from promptkit.prompt.sections import Prompt
from promptkit.prompt.wording import Wording, word
from promptkit.workflow.brief import Ask, Brief
from promptkit.workflow.refusals import pointed
from promptkit.workflow.run import (
    Failure,
    Record,
    RunBrand,
    RunFolder,
    RunTemplate,
    Shot,
    Swatch,
    Words,
)

Tier = Literal["preview", "final"]
Mode = Literal["refine", "regenerate"]
Progress = Callable[[Shot | Failure], None]


@dataclass(frozen=True)
class Take:
    """One picture of an order: its number, its prompt in the model's words, its quality."""

    number: int
    prompt: Prompt
    wording: Wording
    quality: str


@dataclass(frozen=True)
class Order:
    """What one tier is asked to draw: takes of a model, at a size."""

    takes: tuple[Take, ...]
    model: Model
    size: Size
    references: tuple[Reference, ...]
    tier: Tier
    mode: Mode | None = None
    resend: bool = False

    def take(self, number: int) -> Take:
        """Return one of the takes by its number."""
        return next(take for take in self.takes if take.number == number)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found about the words of its takes, each once."""
        return tuple(dict.fromkeys(item for take in self.takes for item in take.wording.findings))

    def jobs(self, run: str, endpoint: str) -> list[Job]:
        """Return one job for each take."""
        return [self._job(take, run, endpoint) for take in self.takes]

    def _job(self, take: Take, run: str, endpoint: str) -> Job:
        source = take.prompt.source
        context = Context(run, self.tier, source.brand, source.template)
        return Job(self._request(take, endpoint), self.model.card, context, self.resend)

    def _request(self, take: Take, endpoint: str) -> ImageRequest:
        return ImageRequest(
            provider=self.model.provider,
            endpoint=endpoint,
            model=self.model.card.name,
            operation="edit" if self.references else "generate",
            prompt=take.wording.text,
            size=self.size,
            quality=take.quality,
            native=take.wording.native,
            references=self.references,
            take=take.number,
        )


def order(
    asks: Iterable[Ask],
    model: Model,
    size: Size,
    tier: Tier,
    *,
    preview: Reference | None = None,
    mode: Mode | None = None,
    resend: bool = False,
) -> Order:
    """Word the prompts of a brief's takes for a model and read its references.

    With ``preview`` (the picked one) the order is a refinement: it goes first, as Image 1.

    Raises:
        ModelError: the model takes fewer references than there are, or has no such quality.
        BriefError: a reference cannot be read, or a prompt is too long for the model.
    """
    refine = preview is not None
    asks = [replace(ask, prompt=with_room(ask.prompt, model.card, refine=refine)) for ask in asks]
    images = asks[0].prompt.references  # no option of an axis changes them
    room = model.card.references_max - (1 if preview else 0)
    if preview and 0 <= room < len(images):
        # The picked preview shows what the others showed; it alone has to go along.
        images = ()
        asks = [replace(ask, prompt=replace(ask.prompt, references=())) for ask in asks]
    if room < len(images) or room < 0:
        raise ModelError(_too_many_references(model, len(images), bool(preview)))
    takes = [take for ask in asks for take in _takes(ask, model.card, refine=refine)]
    own = (Reference.read(Path(image.path), image.role) for image in images)
    return Order(
        takes=tuple(sorted(takes, key=lambda take: take.number)),
        model=model,
        size=size,
        references=(*([preview] if preview else []), *own),
        tier=tier,
        mode=mode,
        resend=resend,
    )


def _takes(ask: Ask, card: Card, *, refine: bool) -> list[Take]:
    wording = word(ask.prompt, card, refine=refine)
    if errors := [finding for finding in wording.findings if finding.severity == "error"]:
        raise BriefError(errors)
    try:
        quality = card.quality(ask.quality)
    except ModelError as error:
        raise ModelError(replace(error.findings[0], place=ask.place)) from None
    return [Take(number, ask.prompt, wording, quality) for number in ask.takes]


def _too_many_references(model: Model, count: int, refines: bool) -> Finding:
    takes = model.card.references_max
    if refines and not takes:
        message = f"{model} takes no reference pictures, so it cannot refine a preview"
        return Finding("no-references", message, fix="make the final with --regenerate")
    message = f"{model} takes {takes} reference pictures, and the brief has {count}"
    return Finding("too-many-references", message, fix="leave some out, or choose another model")


def final_size(prompt: Prompt, model: Model) -> Size:
    """Return the size of a final, in px."""
    return model.card.sizes.final(parse_aspect(prompt.aspect), prompt.size)


def preview_size(prompt: Prompt, preview: Model, final: Model) -> Size:
    """Return the smallest size, in px, at the exact ratio that the final will have."""
    return preview.card.sizes.preview(Fraction(*final_size(prompt, final)))


@dataclass
class Desk:
    """Where runs are made: a client that gets pictures, and the folder they are laid in."""

    client: Client
    folder: RunFolder
    endpoint: Callable[[str], str]
    """Gives a provider's address."""
    ready: Callable[[str], object]
    """Makes a provider, or says what it lacks."""
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def new_record(self, wanted: Order, brief: Brief, findings: Sequence[Finding]) -> Record:
        """Return the record of a run that is about to begin; nothing is written yet."""
        first, now = wanted.takes[0], self.clock()
        prompt, source = first.prompt, first.prompt.source
        name = f"{now:%Y%m%d-%H%M%S}-{source.template}-{source.brand}-{secrets.token_hex(2)}"
        return Record(
            id=name,
            created=now.isoformat(timespec="milliseconds"),
            brand=RunBrand(
                id=source.brand,
                name=source.brand_name,
                version=source.brand_version,
                digest=source.brand_digest,
                source=brief.source,
            ),
            template=RunTemplate(name=source.template, digest=source.template_digest),
            look=source.look,
            channel=source.channel,
            inputs=_plain(source.inputs),
            axes={name: key for name, key in source.axes.items() if name not in brief.varied},
            varied=brief.varied,
            seed=brief.seed,
            aspect=prompt.aspect,
            sections=[Words(name=item.name, text=item.text) for item in first.wording.sections],
            palette=[
                Swatch(name=use.name, hex=use.hex, role=use.role, share=use.share)
                for use in prompt.palette or prompt.swatches
            ],
            findings=[finding.as_dict() for finding in findings],
        )

    async def shoot(
        self, record: Record, wanted: Order, progress: Progress | None = None
    ) -> list[Shot]:
        """Get an order's pictures, all at once, and lay them in the run's folder.

        A picture that fails does not stop the others. When none comes, nothing is written.

        Raises:
            PromptkitError: the gravest failure, when no picture came.
        """
        provider = wanted.model.provider
        jobs = wanted.jobs(record.id, self.endpoint(provider))
        if not await asyncio.to_thread(self._all_stored, jobs):
            self.ready(provider)  # what it lacks is said once, not with every take
        self.folder.root.mkdir(parents=True, exist_ok=True)  # fails before anything is paid
        results = await asyncio.gather(
            *(self._one(wanted, job, progress) for job in jobs), return_exceptions=True
        )
        pictures = [result for result in results if isinstance(result, Picture)]
        errors = [result for result in results if isinstance(result, BaseException)]
        expected = [error for error in errors if isinstance(error, PromptkitError)]
        if len(expected) < len(errors):
            raise next(error for error in errors if not isinstance(error, PromptkitError))
        if not pictures:
            raise max(expected, key=lambda error: error.exit_code)
        failures = [
            _failure(wanted, job.request.take, error)
            for job, error in zip(jobs, results, strict=True)
            if isinstance(error, PromptkitError)
        ]
        return await asyncio.to_thread(self._lay, record, wanted, pictures, failures)

    def _all_stored(self, jobs: Iterable[Job]) -> bool:
        return all(self.client.store.get(job.request.digest) for job in jobs)

    async def _one(self, wanted: Order, job: Job, progress: Progress | None) -> Picture:
        try:
            picture = await self.client.picture(job)
        except PromptkitError as cause:
            error = cause
            if isinstance(cause, RefusedError):
                error = pointed(cause, wanted.take(job.request.take).wording.sections)
            if progress:
                progress(_failure(wanted, job.request.take, error))
            if error is cause:
                raise
            raise error from None
        if progress:
            progress(_shot(wanted, picture))
        return picture

    def _lay(
        self, record: Record, wanted: Order, pictures: list[Picture], failures: list[Failure]
    ) -> list[Shot]:
        """Lay pictures in the run's folder and note them: another final may be under way there."""
        shots = [_shot(wanted, picture) for picture in pictures]
        with self.folder.changing(record.id):
            for picture, shot in zip(pictures, shots, strict=True):
                shutil.copyfile(picture.path, self.folder.path(record.id) / shot.file)
            if self.folder.has(record.id):
                record = self.folder.read(record.id)
            self.folder.write(record.with_results(shots, failures))
        return shots


def _shot(wanted: Order, picture: Picture) -> Shot:
    take = wanted.take(picture.take)
    once = wanted.tier == "preview"  # finals of one take may differ in model, quality and mode
    name = f"{wanted.tier}-{picture.take}" + ("" if once else f"-{picture.digest[:8]}")
    return Shot(
        tier=wanted.tier,
        take=picture.take,
        file=f"{name}{picture.suffix}",
        digest=picture.digest,
        sha256=picture.sha256,
        model=str(wanted.model),
        quality=picture.quality,
        size=picture.size,
        cost_usd=picture.cost,
        saved_usd=picture.saved,
        estimated=picture.estimated,
        cached=picture.cached,
        mode=wanted.mode,
        prompt=take.wording.text,
        rewritten_by=take.wording.rewritten_by,
        axes=dict(take.prompt.source.axes),
    )


def _failure(wanted: Order, take: int, error: PromptkitError) -> Failure:
    message, fix = error.message, error.fix
    if isinstance(error, InputError):
        message = "; ".join(finding.message for finding in error.findings)
        fix = error.findings[0].fix
    return Failure(
        tier=wanted.tier, take=take, error=type(error).__name__, message=message, fix=fix
    )


def _plain(inputs: Any) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | float | bool | list) else str(value)
        for name, value in inputs.items()
        if value is not None
    }
