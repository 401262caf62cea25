"""A project's shelf: its brands, templates and models, and the prompts that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from promptkit.brand.loading import SUFFIXES, BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.errors import Finding, SettingsError
from promptkit.model.catalog import Catalog, Model
from promptkit.project import Project, within
from promptkit.prompt.house import house_of
from promptkit.prompt.lint import Linter
from promptkit.prompt.vocabulary import Vocabulary, read_words, shipped_words
from promptkit.settings import Settings
from promptkit.template.axes import wished
from promptkit.template.compiled import Template
from promptkit.template.library import TemplateLibrary
from promptkit.workflow.brief import Brief, located
from promptkit.workflow.composed import Composed
from promptkit.workflow.shipped import SHIPPED


class Shelf:
    """What a project has to make prompts of; files are read when they are asked for."""

    def __init__(self, project: Project) -> None:
        """Take a project."""
        self.project: Project = project
        self.brands = BrandLibrary((project.root / "brand_profiles", SHIPPED / "brand_profiles"))
        self.templates = TemplateLibrary((project.root / "templates", SHIPPED / "templates"))

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

    @property
    def _own_brand(self) -> str:
        """The brand that the settings name; a path in them starts at the project's folder."""
        name = self.settings.brand
        return str(self.project.root / name) if Path(name).suffix in SUFFIXES else name

    @cached_property
    def _linter(self) -> Linter:
        """The lint as the project wants it."""
        wish = self.settings.lint
        if not wish.words:
            return Linter(ignore=wish.ignore)
        own = read_words(within(self.project.root, wish.words), SettingsError)
        return Linter(Vocabulary((*shipped_words(), own)), wish.ignore)


def _findable(brand: str) -> str:
    """Return a brand's name as it is, and a path so that it holds from any folder."""
    return str(Path(brand).absolute()) if brand.endswith(SUFFIXES) else brand
