"""The front door: a project's brands, templates, models and runs behind one object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from promptkit.brand.loading import BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.client.client import Client, Limits
from promptkit.client.ledger import Budget, Ledger
from promptkit.errors import BriefError, Finding, SettingsError
from promptkit.model.catalog import Catalog, Model, dialect_cards
from promptkit.prompt.compose import compose
from promptkit.prompt.lint import lint
from promptkit.prompt.sections import Prompt
from promptkit.prompt.wording import word
from promptkit.provider import Provider
from promptkit.settings import (
    FinalMode,
    Project,
    ProviderSettings,
    Settings,
    find_project,
    key_of,
)
from promptkit.template.compiled import Template
from promptkit.template.library import TemplateLibrary
from promptkit.usage import UsageRow, usage_of
from promptkit.workflow.run import Record, RunFolder
from promptkit.workflow.shown import Composed, Image, Run
from promptkit.workflow.tiers import Desk, Order, Progress, final_size, order, preview_size

_HERE = Path(__file__).parent
#: In an installed wheel the shipped files lie in the package; in a checkout, beside it.
SHIPPED = next(
    folder for folder in (_HERE / "shipped", _HERE.parent) if (folder / "templates").is_dir()
)


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
        start = Path(project) if project is not None else Path.cwd()
        self.project: Project = find_project(start.absolute(), config)
        root = self.project.root
        self.brands = BrandLibrary((root / "brand_profiles", SHIPPED / "brand_profiles"))
        self.templates = TemplateLibrary((root / "templates", SHIPPED / "templates"))
        self.runs = RunFolder(self.project.runs)
        self._given = dict(providers or {})
        self._made: dict[str, Provider] = {}

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
        name = name or self.settings.brand
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
        prompt = compose(
            profile,
            brief,
            _located(inputs or {}, brief, profile),
            look=look,
            channel=channel,
            axes=axes,
        )
        chosen = self.model(model or self.settings.tiers.preview.model)
        wording = word(prompt, chosen.card)
        findings = (*lint(prompt), *wording.findings)
        return Composed(prompt, wording, chosen, findings, named=model is not None)

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
        count = n or tier.n
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
        ids = self.runs.ids()
        record = self.runs.read(ids[-1] if name == "last" and ids else name)
        return self._run(record)

    def pick(self, run: Run | str, take: int, reason: str = "") -> Run:
        """Note which preview somebody chose.

        Raises:
            BriefError: there is no such run, or no such preview in it.
        """
        chosen = self.run(run) if isinstance(run, str) else run
        return self._shown(self.runs.pick(self.runs.read(chosen.id), take, reason))

    async def final(
        self,
        run: Run | str,
        *,
        pick: int | None = None,
        mode: FinalMode | None = None,
        model: str | None = None,
        quality: str | None = None,
        resend: bool = False,
        progress: Progress | None = None,
    ) -> Image:
        """Draw the final of the picked preview (or of ``pick``, which is noted as the pick).

        ``refine`` sends the preview along, to be kept; ``regenerate`` asks anew.

        Raises:
            PromptkitError: by kind.
        """
        chosen = self.run(run) if isinstance(run, str) else run
        record = self.runs.read(chosen.id)
        if pick is not None:
            record = self.runs.pick(record, pick)
        shot = record.picked()
        tier = self.settings.tiers.final
        how = mode or tier.from_preview
        maker = self.model(model or tier.model)
        prompt = self._composed_again(record)
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
        return self._shown(await self._desk.shoot(record, wanted, progress)).finals[-1]

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
        for provider in self._made.values():
            await provider.aclose()
        self._made.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _composed_again(self, record: Record) -> Prompt:
        return compose(
            self.brand(record.brand.id),
            self.template(record.template.name),
            record.inputs,
            look=record.look,
            channel=record.channel,
            axes=record.axes,
        )

    async def _begin(self, composed: Composed, wanted: Order, progress: Progress | None) -> Run:
        errors = [item for item in composed.findings if item.severity == "error"]
        if errors:
            raise BriefError(errors)
        record = self._desk.new_record(wanted.prompt, wanted.wording, composed.findings)
        return self._shown(await self._desk.shoot(record, wanted, progress))

    def _shown(self, record: Record) -> Run:
        from promptkit.picture.sheet import write_sheet

        run = self._run(record)
        write_sheet(record, run.folder)
        return run

    def _run(self, record: Record) -> Run:
        return Run(record, self.runs.path(record.id))

    @cached_property
    def _desk(self) -> Desk:
        providers = self.settings.providers
        return Desk(self._client, self.runs, lambda name: providers[name].base_url)

    @cached_property
    def _client(self) -> Client:
        budget = self.settings.budget
        return Client(
            self.project.home,
            self._provider,
            budget=Budget(budget.per_run, budget.per_day),
            limits={name: _limits(item) for name, item in self.settings.providers.items()},
        )

    def _provider(self, name: str) -> Provider:
        """Return a provider, made when it is first needed: only then must its key be there."""
        if name in self._given:
            return self._given[name]
        if name not in self._made:
            self._made[name] = _make_provider(name, self.settings.providers[name])
        return self._made[name]


def _located(inputs: Mapping[str, Any], template: Template, brand: Brand) -> dict[str, Any]:
    """Return the inputs with the paths of pictures made absolute, so that a run can be repeated.

    Raises:
        BriefError: a picture is not there.
    """
    found = dict(inputs)
    missing = []
    for name, spec in template.meta.inputs.items():
        value = found.get(name)
        if spec.type != "image" or not value or str(value) in brand.subjects:
            continue
        path = Path(value)
        if not path.suffix:
            continue  # a subject's name, misspelt: the brief's own check knows the right ones
        found[name] = str(path.absolute())
        if not path.is_file():
            message = f"{template.name}: the input “{name}”: there is no picture {path}"
            missing.append(Finding("missing-picture", message, fix=spec.help or None))
    if missing:
        raise BriefError(missing)
    return found


def _make_provider(name: str, settings: ProviderSettings) -> Provider:
    if settings.type == "comp":
        from promptkit.provider.comp import Comp

        return Comp(
            delay_s=settings.delay_s, answers=tuple(settings.answers), refuse=settings.refuse
        )
    from promptkit.client.http import Http, Timeouts
    from promptkit.provider.openai import OpenAI

    times = Timeouts(settings.timeouts.connect, settings.timeouts.read)
    headers = {"authorization": f"Bearer {key_of(name, settings)}"}
    http = Http(name, settings.base_url, headers, times)
    return OpenAI(name, http, dialect_cards(settings.dialect))


def _limits(settings: ProviderSettings) -> Limits:
    """Return the limits that are set, else those usual for the dialect."""
    if settings.limits is not None:
        own = settings.limits
        return Limits(own.per_minute, own.per_day, own.concurrency)
    usual = next(iter(dialect_cards(settings.dialect).values())).limits
    return Limits(usual.get("per_minute"), usual.get("per_day"), usual.get("concurrency", 8))
