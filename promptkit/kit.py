"""The front door: a project's brands, templates, models and runs behind one object."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self, cast, get_args

from promptkit.brand.loading import SUFFIXES, BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.client.client import Client
from promptkit.client.ledger import Budget, Ledger
from promptkit.errors import BriefError, Finding, SettingsError, unknown
from promptkit.model.catalog import Catalog, Model
from promptkit.prompt.compose import compose
from promptkit.prompt.lint import lint
from promptkit.prompt.sections import Prompt
from promptkit.prompt.wording import word
from promptkit.provider import Provider
from promptkit.settings import FinalMode, Project, Settings, find_project
from promptkit.template.compiled import Template
from promptkit.template.library import TemplateLibrary
from promptkit.usage import UsageRow, usage_of
from promptkit.workflow.brief import located
from promptkit.workflow.providers import Providers
from promptkit.workflow.run import Record, RunFolder
from promptkit.workflow.shipped import SHIPPED as SHIPPED
from promptkit.workflow.shown import Composed, Image, Run
from promptkit.workflow.tiers import Desk, Order, Progress, final_size, order, preview_size


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
        model: str | None = None,
    ) -> Composed:
        """Compose a brief into a prompt, worded for a model (else the preview tier's).

        Raises:
            InputError: by kind, with every fault of the brief, the brand or the template.
        """
        profile, brief = self.brand(brand), self.template(template)
        given = located(inputs or {}, brief, profile)
        prompt = compose(profile, brief, given, look=look, channel=channel, axes=axes)
        chosen = self.model(model or self.settings.tiers.preview.model)
        wording = word(prompt, chosen.card)
        findings = (*lint(prompt), *wording.findings)
        source = _findable(brand or self._own_brand)
        return Composed(prompt, wording, chosen, findings, source, named=model is not None)

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
        tier = self.settings.tiers.preview
        final = self.model(self.settings.tiers.final.model)
        count = tier.n if n is None else n
        wanted = order(
            composed.prompt,
            composed.model,
            quality or tier.quality,
            preview_size(composed.prompt, composed.model, final),
            range(first_take, first_take + count),
            "preview",
            resend=resend,
        )
        return await self._begin(composed, wanted, progress)

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
        tier = self.settings.tiers.final
        maker = composed.model if composed.named else self.model(tier.model)
        wanted = order(
            composed.prompt,
            maker,
            quality or tier.quality,
            final_size(composed.prompt, maker),
            range(first_take, first_take + n),
            "final",
            resend=resend,
        )
        return await self._begin(composed, wanted, progress)

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
        chosen = self.run(run) if isinstance(run, str) else run
        record = self.runs.read(chosen.id)
        shot = record.picked() if pick is None else record.preview(pick)
        tier = self.settings.tiers.final
        how = _known_mode(mode or tier.from_preview)
        maker = self.model(model or tier.model)
        prompt = self._composed_again(record, accept_changes=accept_changes)
        wanted = order(
            prompt,
            maker,
            quality or tier.quality,
            final_size(prompt, maker),
            (shot.take,),
            "final",
            preview=self.runs.reference(record, shot) if how == "refine" else None,
            mode=how,
            resend=resend,
        )
        if pick is not None:
            self.runs.pick(record, pick)
        (made,) = await self._desk.shoot(record, wanted, progress)
        shown = await asyncio.to_thread(self._shown, record.id)
        return Image(shown.folder / made.file, made)

    def usage(self, by: str = "model") -> list[UsageRow]:
        """Return what was paid and saved, grouped by day, brand, template, tier, model or run.

        Raises:
            BriefError: there is no such grouping.
        """
        if not Ledger.exists(self.project.home):
            return usage_of([], by)
        ledger = Ledger(self.project.home)
        try:
            return usage_of(ledger.rows(), by)
        finally:
            ledger.close()

    async def aclose(self) -> None:
        """Close connections, store and ledger."""
        if "_client" in self.__dict__:
            await self._client.aclose()
            del self.__dict__["_client"]
            self.__dict__.pop("_desk", None)
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

    def _composed_again(self, record: Record, *, accept_changes: bool) -> Prompt:
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
        return compose(
            brand,
            template,
            record.inputs,
            look=record.look,
            channel=record.channel,
            axes=record.axes,
        )

    async def _begin(self, composed: Composed, wanted: Order, progress: Progress | None) -> Run:
        # What one model cannot be told, its order says: previews and finals may differ in that.
        errors = [item for item in lint(composed.prompt) if item.severity == "error"]
        if errors:
            raise BriefError(errors)
        source = composed.source or composed.prompt.source.brand
        record = self._desk.new_record(wanted.prompt, wanted.wording, composed.findings, source)
        await self._desk.shoot(record, wanted, progress)
        return await asyncio.to_thread(self._shown, record.id)

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
    def _desk(self) -> Desk:
        return Desk(self._client, self.runs, self._providers.address, self._providers.get)

    @cached_property
    def _client(self) -> Client:
        budget = self.settings.budget
        return Client(
            self.project.home,
            self._providers.get,
            budget=Budget(budget.per_run, budget.per_day),
            limits=self._providers.limits(),
        )


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
