"""The front door: a project's brands, templates, models and runs behind one object."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self

from promptkit.errors import Finding, SettingsError
from promptkit.project import find_project
from promptkit.workflow.asking import Asking, Wish, verb
from promptkit.workflow.rooms import Rooms
from promptkit.workflow.shelf import Shelf
from promptkit.workflow.shipped import SHIPPED as SHIPPED

if TYPE_CHECKING:
    from promptkit.brand.profile import Brand
    from promptkit.client.patience import Enough
    from promptkit.client.upkeep import Upkeep
    from promptkit.observe.events import Observer
    from promptkit.picture.finish.finisher import FinishedFile, Finisher
    from promptkit.picture.gallery import Gallery, Picture
    from promptkit.picture.marks.origin import Provenance
    from promptkit.picture.report import Reported
    from promptkit.provider import Provider
    from promptkit.usage import UsageRow
    from promptkit.verdict import Audit, Check
    from promptkit.workflow.composed import Composed
    from promptkit.workflow.desk import Progress
    from promptkit.workflow.dry import DryRun
    from promptkit.workflow.run import RunFolder, Shot
    from promptkit.workflow.shown import Image, Outcome, Run
    from promptkit.workflow.studio import Commission, Studio
    from promptkit.workflow.telling import Step
    from promptkit.workflow.tiers import Tier

P = ParamSpec("P")


def _run_of(
    ask: Callable[Concatenate[Asking, P], Commission],
) -> Callable[Concatenate[AsyncKit, P], Coroutine[Any, Any, Run]]:
    """Make what may be asked a verb that draws it, and gives the run."""

    async def draw(self: AsyncKit, /, *args: P.args, **kwargs: P.kwargs) -> Run:
        return await self._drawn(ask(self._asking, *args, **kwargs))

    return verb(draw, ask, "Run")


def _image_of(
    ask: Callable[Concatenate[Asking, P], Commission],
) -> Callable[Concatenate[AsyncKit, P], Coroutine[Any, Any, Image]]:
    """Make what may be asked a verb that draws it, and gives its one picture."""

    async def draw(self: AsyncKit, /, *args: P.args, **kwargs: P.kwargs) -> Image:
        (made,), run = await self._made(ask(self._asking, *args, **kwargs))
        return run.image(made)

    return verb(draw, ask, "Image")


class AsyncKit(Shelf):
    """A project's front door, for programs with an event loop of their own.

    Nothing is opened or written before the first picture is asked for.
    """

    def __init__(
        self,
        project: str | Path | None = None,
        *,
        config: Mapping[str, Any] | None = None,
        providers: Mapping[str, Provider] | None = None,
        on_event: Observer | None = None,
    ) -> None:
        """Take a project's folder (else the working folder's project).

        ``config`` lays settings over its file by dotted path; ``providers`` are used in place
        of the ones that the settings describe; ``on_event`` is told of all that happens to calls.

        Raises:
            SettingsError: the settings have faults.
        """
        start = Path(project).expanduser() if project is not None else Path.cwd()
        if not start.is_dir():
            message = f"there is no folder {start}"
            raise SettingsError(Finding("no-project", message, fix="promptkit init makes one"))
        super().__init__(find_project(start.absolute(), config))
        self._rooms = Rooms(self.project, providers, on_event)

    preview = _run_of(Asking.preview)
    generate = _run_of(Asking.generate)
    final = _image_of(Asking.final)

    @property
    def runs(self) -> RunFolder:
        """The folder of runs."""
        return self._rooms.runs

    @property
    def dry(self) -> DryRun:
        """The verbs that pay, gone through: each says what it would ask for, and asks nothing."""
        from promptkit.workflow.dry import DryRun

        return DryRun(self._rooms, self._asking, self._gallery.judged)

    def brand_of(self, picture: Picture, brand: str | None = None) -> Brand:
        """Return the brand that a picture is held against: by name, its run's, the project's own.

        Raises:
            InputError: by kind, as ``brand``, or the run cannot be read.
        """
        return self._gallery.brand_of(picture, brand)

    async def rewrite(self, composed: Composed, *, resend: bool = False) -> Composed:
        """Return a composed prompt in the words of the project's rewriter.

        Those of its pictures are handed over, too, as each tier's model is told them. New words
        are taken only if all that must be in them is; else the prompt stands as it was.

        Raises:
            SettingsError: no rewriter is set, or its key is missing.
            PromptkitError: by kind, when no text came.
        """
        return await self._rooms.rewriter.composed(composed, resend=resend)

    async def judge(
        self, picture: Picture, brand: str | None = None, *, resend: bool = False
    ) -> list[Check]:
        """Put a brand's questions (``checks.judge``) to the project's vision model, paid once.

        Whose they are, and what may stand for a picture, is as in ``audit``. The answers about a
        run's picture are noted in its record, as ``judged``.

        Raises:
            InputError: by kind, when no judge is set, or the picture cannot be opened.
            PromptkitError: by kind, when no answer came.
        """
        import asyncio

        profile, view = await asyncio.to_thread(self._gallery.judged, picture, brand)
        verdict = await self._rooms.judge.verdict(profile, view, resend=resend)
        await asyncio.to_thread(self._gallery.note, picture, profile, view, verdict)
        return verdict.checks

    def stream(
        self,
        composed: Composed,
        *,
        tier: Tier = "preview",
        n: int | None = None,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        partials: int = 1,
    ) -> AsyncGenerator[Step, None]:
        """Draw previews, or finals, and give what comes of them while it comes.

        First a ``Partial`` for each unfinished picture, up to ``partials`` of each take, then each
        take's ``Shot`` or ``Failure``, and at last the ``Run``. To stop before the end waits for
        what is under way.

        Raises:
            PromptkitError: by kind, when no picture came at all.
        """
        from promptkit.workflow.telling import told

        wish = Wish(n, quality, first_take, resend)
        wanted = self._studio.begin(composed, tier, wish)
        return told(lambda tell: self._drawn(wanted.seen(tell, tell, partials)))

    def draw_many(
        self,
        composed: Iterable[Composed],
        tier: Tier = "preview",
        *,
        n: int | None = None,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        progress: Progress | None = None,
        on_wait: Enough | None = None,
    ) -> AsyncGenerator[Outcome, None]:
        """Draw previews of many prompts, or finals, and give what becomes of each, in order.

        As many at once as limits allow; one that fails stops no other. ``composed`` is read as
        there is room, so it may be any number. To stop before the end waits for what is under way.

        Pictures wait a while for money of a budget that calls under way only hold; ``on_wait`` is
        told of it again and again, and returns true to wait no longer.

        Raises:
            PromptkitError: what keeps all others from being drawn, such as a budget at its end.
        """
        wish = Wish(n, quality, first_take, resend)
        batch = self._rooms.batch(self._hung, progress, on_wait)
        return batch.outcomes(composed, lambda item: self._studio.begin(item, tier, wish))

    def run(self, name: str) -> Run:
        """Return a run by its id; ``last`` is the newest one.

        Raises:
            BriefError: there is no such run.
        """
        from promptkit.workflow.shown import Run

        record = self.runs.read(name)
        return Run(record, self.runs.path(record.id))

    def pick(self, run: Run | str, take: int, reason: str = "") -> Run:
        """Note which preview somebody chose.

        Raises:
            BriefError: there is no such run, or no such preview in it.
        """
        chosen = self.run(run) if isinstance(run, str) else run
        self.runs.pick(chosen.record, take, reason)
        return self._gallery.hung(chosen.id)

    async def finish(
        self,
        picture: Run | str | Path,
        channels: Iterable[str] = (),
        *,
        brand: str | None = None,
        take: int | None = None,
        out: str | Path | None = None,
        headline: str | None = None,
        language: str = "",
        region: str = "",
        by_model: bool | None = None,
        alt: str | None = None,
    ) -> list[FinishedFile]:
        """Make a run's final, or any picture, into the files of channels; ``*`` is all of them.

        Each is cut and scaled to its size, with headline, logo and small type as the brand has
        them. A run knows its brand, its headline and perhaps its channel; ``headline`` and the
        words after it say otherwise. ``by_model`` says of a picture that no run knows whether a
        model drew it. ``alt`` replaces the proposed alternative text.

        Raises:
            InputError: by kind; nothing was written.
        """
        import asyncio

        from promptkit.picture.finish.source import Wish as Words
        from promptkit.workflow.shown import Run

        words = Words(headline, language, region, by_model, alt)
        return await asyncio.to_thread(
            self._finisher.finish,
            picture.id if isinstance(picture, Run) else picture,
            [*channels],
            brand=brand,
            take=take,
            out=Path(out) if out else None,
            wish=words,
        )

    async def audit(
        self,
        picture: Picture,
        brand: str | None = None,
        *,
        look: str | None = None,
        channel: str | None = None,
    ) -> Audit:
        """Hold any picture against a brand by measure.

        Without ``brand``, a run's picture is held against what the run was made with (brand, look,
        channel), any other one against the project's own brand. A run's id, or ``last``, stands
        for its newest final, else its pick or first preview.

        Raises:
            InputError: by kind: it cannot be opened, or the brand, look or channel is unknown.
        """
        import asyncio

        return await asyncio.to_thread(self._gallery.audited, picture, brand, look, channel)

    def usage(
        self, by: str = "model", *, since: date | None = None, until: date | None = None
    ) -> list[UsageRow]:
        """Return what was paid and saved by day, month, brand, template, tier, model or run.

        ``since`` and ``until`` are the first and the last day that count, in UTC.

        Raises:
            BriefError: there is no such grouping.
        """
        from promptkit.usage import usage_of

        with self.upkeep() as upkeep:
            return [*usage_of(upkeep, by, since, until).rows]

    def upkeep(self) -> Upkeep:
        """Return what looks after the store and the ledger; close it, or use it in a ``with``."""
        from promptkit.client.upkeep import Upkeep

        return Upkeep(self.project.home, referred=self.runs.digests)

    def provenance(self, picture: str | Path) -> Provenance:
        """Return where a picture comes from: what it says, what it proves, what is known of it.

        A run's id, or ``last``, stands for its newest final, else its pick or first preview.

        Raises:
            BriefError: it cannot be read, or is no picture.
        """
        from promptkit.client.cache import PictureStore
        from promptkit.picture.marks.origin import provenance

        return provenance(picture, self.runs, PictureStore(self.project.home))

    def report(self, runs: Iterable[str] = (), out: str | Path | None = None) -> Reported:
        """Write one page on some runs, on those of a folder, or on all of the project.

        Raises:
            BriefError: there is no such run, or nothing can be written.
        """
        from promptkit.picture.report import write_report

        return write_report(self.runs, runs, Path(out) if out else None)

    async def aclose(self) -> None:
        """Close connections, store and ledger."""
        await self._rooms.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _drawn(self, wanted: Commission) -> Run:
        return (await self._made(wanted))[1]

    async def _made(self, wanted: Commission) -> tuple[list[Shot], Run]:
        """Draw, write the run's sheet, and then raise what somebody who looks on has raised."""
        from promptkit.client.patience import LONG, Patience, patient
        from promptkit.errors import BudgetError
        from promptkit.workflow.desk import Heard

        heard, patience = Heard(wanted.progress), Patience(LONG, wanted.on_wait)
        try:
            with patient(patience):
                shots = await self._rooms.desk.draw(wanted, heard)
        except BudgetError:
            patience.close()
            raise
        run = await self._hung(wanted.record.id)
        heard.close()
        patience.close()
        if wanted.order.watch:
            wanted.order.watch.close()
        return shots, run

    async def _hung(self, run: str) -> Run:
        """Lay pictures that just came on the run's sheet, without holding up the event loop."""
        import asyncio

        from promptkit.workflow.desk import laying

        with laying():
            return await asyncio.to_thread(self._gallery.hung, run)

    @cached_property
    def _asking(self) -> Asking:
        return Asking(lambda: self._studio)

    @cached_property
    def _gallery(self) -> Gallery:
        from promptkit.picture.gallery import Gallery

        return Gallery(self, self.runs, self._studio.asked)

    @cached_property
    def _finisher(self) -> Finisher:
        from promptkit.picture.finish.finisher import Finisher

        rules = self.settings.provenance
        return Finisher(self.runs, self.brand, self._studio.asked, rules, self.project.root)

    @cached_property
    def _studio(self) -> Studio:
        from promptkit.workflow.studio import Studio

        return Studio(self.settings.tiers, self.brand, self.template, self.model, self.runs)
