"""The front door: a project's brands, templates, models and runs behind one object."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from promptkit.brand.loading import SUFFIXES, BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.errors import Finding, SettingsError
from promptkit.model.catalog import Catalog, Model
from promptkit.prompt.house import house_of
from promptkit.settings import FinalMode, Project, Settings, find_project
from promptkit.template.axes import wished
from promptkit.template.compiled import Template
from promptkit.template.library import TemplateLibrary
from promptkit.verdict import Audit, Check
from promptkit.workflow.brief import Brief, located
from promptkit.workflow.rooms import Rooms
from promptkit.workflow.run import Record, Shot
from promptkit.workflow.shipped import SHIPPED as SHIPPED
from promptkit.workflow.shown import Composed, Image, Outcome, Run
from promptkit.workflow.wishes import FinalWish, Wish

if TYPE_CHECKING:
    from promptkit.client.chat import Shown
    from promptkit.client.partials import Show
    from promptkit.client.upkeep import Upkeep
    from promptkit.observe.events import Observer
    from promptkit.picture.audit.auditor import Auditor
    from promptkit.picture.finish.finisher import FinishedFile, Finisher
    from promptkit.picture.known import Known
    from promptkit.picture.marks.origin import Provenance
    from promptkit.picture.report import Reported
    from promptkit.provider import Provider
    from promptkit.usage import UsageRow
    from promptkit.workflow.desk import Progress
    from promptkit.workflow.dry import DryRun
    from promptkit.workflow.studio import Commission, Studio
    from promptkit.workflow.telling import Step
    from promptkit.workflow.tiers import Tier


class AsyncKit:
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
        self.project: Project = find_project(start.absolute(), config)
        root = self.project.root
        self.brands = BrandLibrary((root / "brand_profiles", SHIPPED / "brand_profiles"))
        self.templates = TemplateLibrary((root / "templates", SHIPPED / "templates"))
        self._rooms = Rooms(self.project, providers, on_event)
        self.runs = self._rooms.runs

    @property
    def settings(self) -> Settings:
        """The project's settings."""
        return self.project.settings

    @cached_property
    def catalog(self) -> Catalog:
        """The models of the project's providers."""
        named = self.settings.providers
        return Catalog(
            {name: provider.dialect for name, provider in named.items()},
            {name: provider.prices for name, provider in named.items() if provider.prices},
        )

    @property
    def dry(self) -> DryRun:
        """The verbs that pay, gone through: each says what it would ask for, and asks nothing."""
        from promptkit.workflow.dry import DryRun

        return DryRun(self._rooms, self._studio, self._judged)

    def brand(self, name: str | None = None) -> Brand:
        """Return a brand by name, else the project's own.

        Raises:
            BrandError: there is none, or its profile has faults.
            SettingsError: no brand is named anywhere.
        """
        name = name or self._own_brand
        if not name:
            known = ", ".join(self.brands.paths())
            fix = f"add --brand, or `brand:` to promptkit.yaml; known: {known}"
            raise SettingsError(Finding("no-brand", "no brand is named", fix=fix))
        return self.brands.get(name)

    def brand_of(self, picture: str | Path | bytes, brand: str | None = None) -> Brand:
        """Return the brand that a picture is held against: by name, its run's, the project's own.

        Raises:
            InputError: by kind, as ``brand``, or the run cannot be read.
        """
        _, of = self._held(picture, brand)
        return self.brand(of.record.brand.source or of.record.brand.id if of else brand)

    def template(self, name: str) -> Template:
        """Return a template by name.

        Raises:
            TemplateError: there is none, or it has faults.
        """
        return self.templates.get(name)

    def model(self, name: str) -> Model:
        """Return a model by name.

        Raises:
            ModelError: it is unknown, not unique, or shut down.
        """
        return self.catalog.find(name, today=datetime.now(UTC).date())

    def compose(
        self,
        template: str,
        brand: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        *,
        look: str | None = None,
        channel: str | None = None,
        axes: Mapping[str, str] | None = None,
        seed: str | int = "",
        model: str | None = None,
        rewrite: bool = False,
    ) -> Composed:
        """Compose a brief into a prompt, worded for a model (else the preview tier's).

        ``axes`` names an option for all takes (``{"crop": "wide"}``), or a policy by which each
        take gets its own (``{"crop": "all"}``). Random options are drawn by ``seed``: the same
        one draws the same. With ``rewrite`` the words of its pictures are handed to the project's
        rewriter when they are drawn; ``rewrite()`` shows them before.

        Raises:
            InputError: by kind, with every fault of the brief, the brand or the template.
        """
        profile, found = self.brand(brand), self.template(template)
        brief = Brief(
            brand=profile,
            template=found,
            inputs=located(inputs or {}, found, profile),
            look=look,
            channel=channel,
            axes=wished(found.meta.axes, axes or {}, found.name),
            seed=str(seed),
            source=_findable(brand or self._own_brand),
            linter=self._rooms.linter,
        )
        chosen = self.model(model or self.settings.tiers.preview.model)
        return Composed.of(brief, chosen, named=model is not None, rewrite=rewrite)

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
        self, picture: str | Path | bytes, brand: str | None = None, *, resend: bool = False
    ) -> list[Check]:
        """Put a brand's questions (``checks.judge``) to the project's vision model, paid once.

        Whose they are, and what may stand for a picture, is as in ``audit``.

        Raises:
            InputError: by kind, when no judge is set, or the picture cannot be opened.
            PromptkitError: by kind, when no answer came.
        """
        import asyncio

        profile, view = await asyncio.to_thread(self._judged, picture, brand)
        return await self._rooms.judge.checks(profile, view, resend=resend)

    def lint(
        self, text: str, brand: str | None = None, *, look: str | None = None
    ) -> tuple[Finding, ...]:
        """Return what is wrong with a prompt that somebody typed, or is missing in it.

        A brand, else the project's own, adds what it bans, forbids and is not.

        Raises:
            InputError: by kind, when the brand or the look is unknown or has faults.
        """
        if not (brand or self._own_brand):
            return self._rooms.linter.text(text)
        return self._rooms.linter.text(text, house_of(self.brand(brand), look))

    async def preview(
        self,
        composed: Composed,
        *,
        n: int | None = None,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        progress: Progress | None = None,
        on_partial: Show | None = None,
        partials: int = 1,
    ) -> Run:
        """Draw previews: the smallest size at the final's ratio, the cheapest quality, n takes.

        ``on_partial`` is shown up to ``partials`` unfinished pictures of each take, each of which
        costs a little, where the model's card has ``partial_images``.

        Raises:
            PromptkitError: by kind, when no picture came at all.
        """
        wish = Wish(n, quality, first_take, resend)
        wanted = self._studio.begin(composed, "preview", wish)
        return await self._drawn(wanted.watched(on_partial, partials), progress)

    async def generate(
        self,
        composed: Composed,
        *,
        n: int = 1,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        progress: Progress | None = None,
        on_partial: Show | None = None,
        partials: int = 1,
    ) -> Run:
        """Draw finals straight away, without previews; ``on_partial`` is as in ``preview``.

        Raises:
            PromptkitError: by kind, when no picture came at all.
        """
        wish = Wish(n, quality, first_take, resend)
        wanted = self._studio.begin(composed, "final", wish)
        return await self._drawn(wanted.watched(on_partial, partials), progress)

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
        return told(lambda tell: self._drawn(wanted.watched(tell, partials), tell))

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
    ) -> AsyncGenerator[Outcome, None]:
        """Draw previews of many prompts, or finals, and give what becomes of each, in order.

        As many at once as limits allow; one that fails stops no other. ``composed`` is read as
        there is room, so it may be any number. To stop before the end waits for what is under way.

        Raises:
            PromptkitError: what keeps all others from being drawn, such as a budget at its end.
        """
        wish = Wish(n, quality, first_take, resend)
        batch = self._rooms.batch(self._shown_soon, progress)
        return batch.outcomes(composed, lambda item: self._studio.begin(item, tier, wish))

    def run(self, name: str) -> Run:
        """Return a run by its id; ``last`` is the newest one.

        Raises:
            BriefError: there is no such run.
        """
        return self._run(self.runs.read(name))

    def pick(self, run: Run | str, take: int, reason: str = "") -> Run:
        """Note which preview somebody chose.

        Raises:
            BriefError: there is no such run, or no such preview in it.
        """
        chosen = self.run(run) if isinstance(run, str) else run
        self.runs.pick(chosen.record, take, reason)
        return self._shown(chosen.id)

    async def final(
        self,
        run: Run | str,
        *,
        pick: int | None = None,
        mode: FinalMode | None = None,
        model: str | None = None,
        quality: str | None = None,
        accept_changes: bool = False,
        resend: bool = False,
        progress: Progress | None = None,
        on_partial: Show | None = None,
        partials: int = 1,
    ) -> Image:
        """Draw the final of the picked preview (or of ``pick``, which is noted as the pick).

        ``refine`` sends the preview along, to be kept; ``regenerate`` asks anew. When the brand
        or the template is no longer what the preview was made with, ``accept_changes`` says that
        the final may be made with what it is now. ``on_partial`` is as in ``preview``.

        Raises:
            PromptkitError: by kind.
        """
        wish = FinalWish(pick, mode, model, quality, accept_changes, resend)
        wanted = self._studio.final(_id_of(run), wish)
        (made,), shown = await self._made(wanted.watched(on_partial, partials), progress)
        return shown.image(made)

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
        picture: str | Path | bytes,
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

        return await asyncio.to_thread(self._audited, picture, brand, look, channel)

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

    @property
    def _own_brand(self) -> str:
        """The brand that the settings name; a path in them starts at the project's folder."""
        name = self.settings.brand
        return str(self.project.root / name) if Path(name).suffix in SUFFIXES else name

    def _held(
        self, picture: str | Path | bytes, brand: str | None
    ) -> tuple[Path | bytes, Known | None]:
        """Return a picture's file, and what a run knows of it where no brand is named."""
        from promptkit.picture.known import file_of, known

        file = picture if isinstance(picture, bytes) else file_of(picture, self.runs)
        return file, None if brand else known(file, self.runs)

    def _audited(
        self,
        picture: str | Path | bytes,
        brand: str | None,
        look: str | None,
        channel: str | None,
    ) -> Audit:
        file, of = self._held(picture, brand)
        if of:
            return self._auditor.of_known(file, of, look, channel)
        return self._auditor.of_file(file, self.brand(brand), look, channel)

    def _judged(self, picture: str | Path | bytes, brand: str | None) -> tuple[Brand, Shown]:
        """Return whose questions a picture is judged by, and what a judge is shown of it."""
        from promptkit.picture.references.shown import shown

        file, _ = self._held(picture, brand)
        return self.brand_of(picture, brand), shown(file)

    async def _drawn(self, wanted: Commission, progress: Progress | None) -> Run:
        _, run = await self._made(wanted, progress)
        return run

    async def _made(self, wanted: Commission, progress: Progress | None) -> tuple[list[Shot], Run]:
        """Draw, write the run's sheet, and then raise what somebody who looks on has raised."""
        from promptkit.workflow.desk import Heard

        heard = Heard(progress)
        shots = await self._rooms.desk.draw(wanted, heard)
        run = await self._shown_soon(wanted.record.id)
        heard.close()
        if wanted.order.watch:
            wanted.order.watch.close()
        return shots, run

    async def _shown_soon(self, run: str) -> Run:
        """Do as ``_shown`` does, of pictures that just came, without holding up the event loop."""
        import asyncio

        from promptkit.workflow.desk import laying

        with laying():
            return await asyncio.to_thread(self._shown, run)

    def _shown(self, run: str) -> Run:
        """Audit a run's new pictures, write its sheet, and return it."""
        from promptkit.picture.sheet import write_sheet

        with self.runs.changing(run):
            record = self._auditor.audited(self.runs.read(run))
            write_sheet(record, self.runs.path(run))
        return self._run(record)

    def _run(self, record: Record) -> Run:
        return Run(record, self.runs.path(record.id))

    @cached_property
    def _auditor(self) -> Auditor:
        from promptkit.picture.audit.auditor import Auditor

        return Auditor(self.runs, self.brand, self.template)

    @cached_property
    def _finisher(self) -> Finisher:
        from promptkit.picture.finish.finisher import Finisher

        rules = self.settings.provenance
        return Finisher(self.runs, self.brand, self._studio.asked, rules, self.project.root)

    @cached_property
    def _studio(self) -> Studio:
        from promptkit.workflow.studio import Studio

        return Studio(self.settings.tiers, self.brand, self.template, self.model, self.runs)


def _findable(brand: str) -> str:
    """Return a brand's name as it is, and a path so that it holds from any folder."""
    return str(Path(brand).absolute()) if brand.endswith(SUFFIXES) else brand


def _id_of(run: Run | str) -> str:
    return run if isinstance(run, str) else run.id
