"""What a project draws with, each opened when it is first needed: client, rewriter, desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from promptkit.project import Project
from promptkit.settings import BudgetSettings, SpendLimits
from promptkit.workflow.providers import Providers

if TYPE_CHECKING:
    from promptkit.client.budget import Budget
    from promptkit.client.client import Client
    from promptkit.client.patience import Enough
    from promptkit.observe.events import Observer
    from promptkit.provider import Provider
    from promptkit.workflow.batch import Batch
    from promptkit.workflow.desk import Desk, Progress
    from promptkit.workflow.judging import Judge
    from promptkit.workflow.plan import Planner
    from promptkit.workflow.rewriting import Rewriter
    from promptkit.workflow.run import RunFolder
    from promptkit.workflow.shown import Run


class Rooms:
    """All that a project's pictures and texts are got with."""

    def __init__(
        self,
        project: Project,
        given: Mapping[str, Provider] | None = None,
        on_event: Observer | None = None,
    ) -> None:
        """Take a project; providers that are given are used in place of those it describes."""
        self._project = project
        self._on_event = on_event
        self.providers = Providers(project.settings.providers, given)

    @cached_property
    def runs(self) -> RunFolder:
        """The folder of runs."""
        from promptkit.workflow.run import RunFolder

        return RunFolder(self._project.runs)

    @cached_property
    def desk(self) -> Desk:
        """Where runs are made."""
        from promptkit.workflow.desk import Desk

        named = self.providers
        return Desk(self.client, self.runs, named.address, named.get, lambda: self.rewriter)

    @cached_property
    def rewriter(self) -> Rewriter:
        """The project's text model.

        Raises:
            SettingsError: none is set.
        """
        from promptkit.workflow.rewriting import Rewriter

        return Rewriter.of(self._project.settings.rewriter, lambda: self.client)

    @cached_property
    def judge(self) -> Judge:
        """The project's vision model.

        Raises:
            SettingsError: none is set.
        """
        from promptkit.workflow.judging import Judge

        return Judge.of(self._project.settings.judge, lambda: self.client)

    @cached_property
    def client(self) -> Client:
        """What asks providers and keeps what comes."""
        from promptkit.client.client import Client
        from promptkit.observe.teller import Teller

        settings = self._project.settings
        return Client(
            self._project.home,
            self.providers.get,
            budget=budget_of(settings.budget),
            limits=self.providers.limits(),
            tell=Teller(self._on_event, prompts=settings.observe.prompts),
        )

    def batch(
        self,
        shown: Callable[[str], Awaitable[Run]],
        progress: Progress | None,
        enough: Enough | None = None,
    ) -> Batch:
        """Return what draws many runs; ``shown`` writes a run's sheet and returns the run."""
        from promptkit.workflow.batch import Batch

        limits = {name: found.concurrency for name, found in self.providers.limits().items()}
        return Batch(self.desk, shown, lambda name: limits.get(name, 1), progress, enough)

    @contextmanager
    def planning(self) -> Iterator[Planner]:
        """Yield what tells what something would cost; nothing is sent or written for it.

        Raises:
            StoreError: the ledger cannot be read.
        """
        from promptkit.client.glance import Glance
        from promptkit.workflow.plan import Planner

        budget, limits = budget_of(self._project.settings.budget), self.providers.limits()
        with Glance(self._project.home) as glance:
            yield Planner(glance, budget, limits, self.providers.address, lambda: self.rewriter)

    async def aclose(self) -> None:
        """Close what was opened: connections, store and ledger."""
        opened = self.__dict__
        if "client" in opened:
            await self.client.aclose()  # first: a call under way needs its connection
            del opened["client"]
            opened.pop("desk", None)
        for name in {"rewriter", "judge"} & opened.keys():
            await opened.pop(name).aclose()
        await self.providers.aclose()


def budget_of(settings: BudgetSettings) -> Budget:
    """Return the limits that settings name."""
    from promptkit.client.budget import Budget

    brands = {name: Budget(*_limits(own)) for name, own in settings.brands.items()}
    return Budget(*_limits(settings), brands)


def _limits(spend: SpendLimits) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    return spend.per_run, spend.per_day, spend.per_month
