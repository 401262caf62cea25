"""The front door: a project's brands, templates, models and runs behind one object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast, get_args

from promptkit.brand.loading import SUFFIXES, BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.errors import BriefError, Finding, SettingsError, unknown
from promptkit.model.catalog import Catalog, Model
from promptkit.prompt.house import house_of
from promptkit.prompt.lint import Linter
from promptkit.prompt.vocabulary import Vocabulary, read_words, shipped_words
from promptkit.settings import FinalMode, Project, Settings, SpendLimits, find_project, within
from promptkit.template.axes import wished
from promptkit.template.compiled import Template
from promptkit.template.library import TemplateLibrary
from promptkit.workflow.brief import Ask, Brief, located
from promptkit.workflow.providers import Providers
from promptkit.workflow.run import Record, RunFolder
from promptkit.workflow.shipped import SHIPPED as SHIPPED
from promptkit.workflow.shown import Composed, Image, Run

if TYPE_CHECKING:
    from promptkit.client.client import Client
    from promptkit.client.upkeep import Upkeep
    from promptkit.provider import Provider
    from promptkit.usage import UsageRow
    from promptkit.workflow.rewriting import Rewriter
    from promptkit.workflow.tiers import Desk, Order, Progress


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
    ) -> None:
        """Take a project's folder (else the working folder's project).

        ``config`` lays settings over its file by dotted path; ``providers`` are used in place
        of the ones that the settings describe.

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
        self.runs = RunFolder(self.project.runs)
        self._providers = Providers(self.settings.providers, providers)

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
            linter=self._linter,
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
        return await self._rewriter.composed(composed, resend=resend)

    def lint(
        self, text: str, brand: str | None = None, *, look: str | None = None
    ) -> tuple[Finding, ...]:
        """Return what is wrong with a prompt that somebody typed, or is missing in it.

        A brand, else the project's own, adds what it bans, forbids and is not.

        Raises:
            InputError: by kind, when the brand or the look is unknown or has faults.
        """
        if not (brand or self._own_brand):
            return self._linter.text(text)
        return self._linter.text(text, house_of(self.brand(brand), look))

    async def preview(
        self,
        composed: Composed,
        *,
        n: int | None = None,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        progress: Progress | None = None,
    ) -> Run:
        """Draw previews: the smallest size at the final's ratio, the cheapest quality, n takes.

        Raises:
            PromptkitError: by kind, when no picture came at all.
        """
        from promptkit.workflow.tiers import order, preview_size

        tier = self.settings.tiers.preview
        final = self.model(self.settings.tiers.final.model)
        takes = range(first_take, first_take + (tier.n if n is None else n))
        asks = composed.brief.asks(takes, quality, tier.quality)
        size = preview_size(composed.prompt, composed.model, final)
        wanted = order(asks, composed.model, size, "preview", resend=resend)
        return await self._begin(composed, asks, wanted, progress)

    async def generate(
        self,
        composed: Composed,
        *,
        n: int = 1,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        progress: Progress | None = None,
    ) -> Run:
        """Draw finals straight away, without previews.

        Raises:
            PromptkitError: by kind, when no picture came at all.
        """
        from promptkit.workflow.tiers import final_size, order

        tier = self.settings.tiers.final
        maker = composed.model if composed.named else self.model(tier.model)
        asks = composed.brief.asks(range(first_take, first_take + n), quality, tier.quality)
        wanted = order(asks, maker, final_size(composed.prompt, maker), "final", resend=resend)
        return await self._begin(composed, asks, wanted, progress)

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
    ) -> Image:
        """Draw the final of the picked preview (or of ``pick``, which is noted as the pick).

        ``refine`` sends the preview along, to be kept; ``regenerate`` asks anew. When the brand
        or the template is no longer what the preview was made with, ``accept_changes`` says that
        the final may be made with what it is now.

        Raises:
            PromptkitError: by kind.
        """
        from promptkit.workflow.tiers import final_size, order

        chosen = self.run(run) if isinstance(run, str) else run
        record = self.runs.read(chosen.id)
        shot = record.picked() if pick is None else record.preview(pick)
        tier = self.settings.tiers.final
        how = _known_mode(mode or tier.from_preview)
        maker = self.model(model or tier.model)
        brief = self._brief_again(record, accept_changes=accept_changes)
        ask = brief.ask(record.options(shot), (shot.take,), quality, tier.quality)
        wanted = order(
            [ask],
            maker,
            final_size(ask.prompt, maker),
            "final",
            preview=self.runs.reference(record, shot) if how == "refine" else None,
            mode=how,
            resend=resend,
        )
        if record.rewrite:
            wanted = await self._rewriter.order(wanted, record.id)
        if pick is not None:
            self.runs.pick(record, pick)
        (made,) = await self._desk.shoot(record, wanted, progress)
        shown = await self._shown_soon(record.id)
        return Image(shown.folder / made.file, made)

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
            return [*usage_of(upkeep.calls(), by, since, until).rows]

    def upkeep(self) -> Upkeep:
        """Return what looks after the store and the ledger; close it, or use it in a ``with``."""
        from promptkit.client.upkeep import Upkeep

        return Upkeep(self.project.home, referred=self.runs.digests)

    async def aclose(self) -> None:
        """Close connections, store and ledger."""
        if "_client" in self.__dict__:
            await self._client.aclose()  # first: a call under way needs its connection
            del self.__dict__["_client"]
            self.__dict__.pop("_desk", None)
        if "_rewriter" in self.__dict__:
            await self.__dict__.pop("_rewriter").aclose()
        await self._providers.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def _own_brand(self) -> str:
        """The brand that the settings name; a path in them starts at the project's folder."""
        name = self.settings.brand
        return str(self.project.root / name) if Path(name).suffix in SUFFIXES else name

    def _brief_again(self, record: Record, *, accept_changes: bool) -> Brief:
        brand = self.brand(record.brand.source or record.brand.id)
        template = self.template(record.template.name)
        changed = [
            what
            for what, now, then in (
                (f"the brand {brand.id}", brand.digest, record.brand.digest),
                (f"the template {template.name}", template.digest, record.template.digest),
            )
            if now != then
        ]
        if changed and not accept_changes:
            raise BriefError(_changed_since(record, " and ".join(changed)))
        return Brief(
            brand=brand,
            template=template,
            inputs=record.inputs,
            look=record.look,
            channel=record.channel,
            axes=template.meta.axes,
            seed=record.seed,
            source=record.brand.source,
        )

    async def _begin(
        self, composed: Composed, asks: list[Ask], wanted: Order, progress: Progress | None
    ) -> Run:
        # What one model cannot be told, its order says: previews and finals may differ in that.
        found = dict.fromkeys(
            item for ask in asks for item in (*ask.prompt.notes, *self._linter(ask.prompt))
        )
        if errors := [item for item in found if item.severity == "error"]:
            raise BriefError(errors)
        findings = (*found, *composed.wording.findings)
        record = self._desk.new_record(wanted, composed.brief, findings)
        if composed.rewrite:
            wanted = await self._rewriter.order(wanted, record.id)
            record = record.with_rewriting(wanted.findings)
        await self._desk.shoot(record, wanted, progress)
        return await self._shown_soon(record.id)

    async def _shown_soon(self, run: str) -> Run:
        """Do the same without holding up the event loop."""
        import asyncio

        return await asyncio.to_thread(self._shown, run)

    def _shown(self, run: str) -> Run:
        """Write a run's sheet as its record now is, and return the run."""
        from promptkit.picture.sheet import write_sheet

        with self.runs.changing(run):
            record = self.runs.read(run)
            write_sheet(record, self.runs.path(run))
        return self._run(record)

    def _run(self, record: Record) -> Run:
        return Run(record, self.runs.path(record.id))

    @cached_property
    def _linter(self) -> Linter:
        """The lint as the project wants it."""
        wish = self.settings.lint
        if not wish.words:
            return Linter(ignore=wish.ignore)
        own = read_words(within(self.project.root, wish.words), SettingsError)
        return Linter(Vocabulary((*shipped_words(), own)), wish.ignore)

    @cached_property
    def _desk(self) -> Desk:
        from promptkit.workflow.tiers import Desk

        return Desk(self._client, self.runs, self._providers.address, self._providers.get)

    @cached_property
    def _rewriter(self) -> Rewriter:
        from promptkit.workflow.rewriting import Rewriter

        return Rewriter.of(self.settings.rewriter, lambda: self._client)

    @cached_property
    def _client(self) -> Client:
        from promptkit.client.client import Client
        from promptkit.client.ledger import Budget

        budget = self.settings.budget
        brands = budget.brands.items()
        return Client(
            self.project.home,
            self._providers.get,
            budget=Budget(*_limits(budget), {name: Budget(*_limits(own)) for name, own in brands}),
            limits=self._providers.limits(),
        )


def _limits(spend: SpendLimits) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    return spend.per_run, spend.per_day, spend.per_month


def _findable(brand: str) -> str:
    """Return a brand's name as it is, and a path so that it holds from any folder."""
    return str(Path(brand).absolute()) if Path(brand).suffix in SUFFIXES else brand


def _known_mode(mode: str) -> FinalMode:
    """Return how a final is made; nothing may be paid for a word that was misspelt.

    Raises:
        BriefError: there is no such way.
    """
    for known in get_args(FinalMode):
        if mode == known:
            return cast(FinalMode, known)
    message, fix = unknown("way to make a final", str(mode), get_args(FinalMode))
    raise BriefError(Finding("unknown-mode", message, fix=fix))


def _changed_since(record: Record, what: str) -> Finding:
    return Finding(
        "changed-since",
        f"{what} changed since run {record.id} was previewed, so the final would not be what was "
        "picked",
        fix="preview again, or add --accept-changes to take it as it is now",
    )
