"""Where runs are made: orders go out, and what comes is laid in the run's folder."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from promptkit.client.client import Client, Job
from promptkit.client.request import Picture
from promptkit.errors import InputError, PromptkitError, RefusedError, StoreError
from promptkit.workflow.alt import alt_text
from promptkit.workflow.refusals import pointed
from promptkit.workflow.run import Failure, Record, RunFolder, Shot
from promptkit.workflow.studio import Commission
from promptkit.workflow.tiers import Order

if TYPE_CHECKING:
    from promptkit.workflow.rewriting import Rewriter

Progress = Callable[[Shot | Failure], None]
Hear = Callable[[PromptkitError], object]
"""Is told of each picture that does not come."""


@dataclass
class Heard:
    """Hands on what comes. What ``progress`` raises must not cost pictures: it is noted instead."""

    progress: Progress | None
    error: Exception | None = field(default=None, init=False)

    def __call__(self, item: Shot | Failure) -> None:
        """Tell of a picture that came, or did not; nothing more once that has failed."""
        if self.progress is None or self.error is not None:
            return
        try:
            self.progress(item)
        except Exception as error:
            self.error = error

    def close(self) -> None:
        """Raise what was noted, now that nothing can be lost by it."""
        if self.error is not None:
            raise self.error


@contextmanager
def laying() -> Iterator[None]:
    """Say what has become of the money when the disk refuses the files of a run."""
    try:
        yield
    except OSError as cause:
        raise StoreError(
            f"the pictures came, and cannot be laid in the run's folder: {cause}",
            fix="make room or see to the folder's permissions, and type the same again: what is "
            "paid is kept in the store, and costs nothing",
        ) from cause


@dataclass
class Desk:
    """Where runs are made: a client that gets pictures, and the folder they are laid in."""

    client: Client
    folder: RunFolder
    endpoint: Callable[[str], str]
    """Gives a provider's address."""
    ready: Callable[[str], object]
    """Makes a provider, or says what it lacks."""
    rewriter: Callable[[], Rewriter]
    """Gives the project's rewriter, or says that there is none."""

    async def draw(
        self, commission: Commission, progress: Progress | None = None, hear: Hear = bool
    ) -> list[Shot]:
        """Draw what was commissioned. Raises as ``shoot`` does, or as the rewriter does."""
        record, wanted = commission.record, commission.order
        if commission.rewrite:
            wanted = await self.rewriter().order(wanted, record.id)
            record = record.with_rewriting(wanted.findings)
        if commission.pick is not None:
            self.folder.pick(record, commission.pick)
        return await self.shoot(record, wanted, progress, hear)

    async def shoot(
        self,
        record: Record,
        wanted: Order,
        progress: Progress | None = None,
        hear: Hear = bool,
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
        self._make_folder()
        results = await asyncio.gather(
            *(self._one(wanted, job, progress) for job in jobs), return_exceptions=True
        )
        pictures = [result for result in results if isinstance(result, Picture)]
        errors = [result for result in results if isinstance(result, BaseException)]
        expected = [error for error in errors if isinstance(error, PromptkitError)]
        if len(expected) < len(errors):
            raise next(error for error in errors if not isinstance(error, PromptkitError))
        for error in expected:
            hear(error)
        if not pictures:
            raise max(expected, key=lambda error: error.exit_code)
        failures = [
            _failure(wanted, job.request.take, error)
            for job, error in zip(jobs, results, strict=True)
            if isinstance(error, PromptkitError)
        ]
        with laying():
            return await asyncio.to_thread(self._lay, record, wanted, pictures, failures)

    def _make_folder(self) -> None:
        """Make the folder of runs, before anything is paid."""
        try:
            self.folder.root.mkdir(parents=True, exist_ok=True)
        except OSError as cause:
            raise StoreError(
                f"the folder of runs cannot be made, so nothing was asked for: {cause}",
                fix="is the folder there, and may it be written to? or name another one: runs, in "
                "promptkit.yaml",
            ) from cause

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
        shots[0] = shots[0].model_copy(update={"rewrite_usd": wanted.rewrite_usd})
        with self.folder.changing(record.id):
            for picture, shot in zip(pictures, shots, strict=True):
                shutil.copyfile(picture.path, self.folder.path(record.id) / shot.file)
            if self.folder.has(record.id):
                known = self.folder.read(record.id)
                record = known.with_rewriting(wanted.findings) if record.rewrite else known
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
        alt=alt_text(take.prompt),
        by_model=wanted.model.card.trained,
    )


def _failure(wanted: Order, take: int, error: PromptkitError) -> Failure:
    message, fix = error.message, error.fix
    if isinstance(error, InputError):
        message = "; ".join(finding.message for finding in error.findings)
        fix = error.findings[0].fix
    return Failure(
        tier=wanted.tier, take=take, error=type(error).__name__, message=message, fix=fix
    )
