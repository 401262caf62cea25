"""The rewriter: a text model is handed finished prompts, and its words taken if nothing is lost."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from promptkit.client.chat import Message, TextJob
from promptkit.client.client import Client
from promptkit.client.entry import Context
from promptkit.errors import BudgetError, Finding, SettingsError
from promptkit.model.card import Card
from promptkit.prompt.rewrite import (
    Demand,
    again,
    cleaned,
    demands,
    messages,
    refused,
    skipped,
    survivors,
)
from promptkit.prompt.sections import Prompt
from promptkit.prompt.wording import Wording
from promptkit.settings import FILE, RewriterSettings
from promptkit.workflow.composed import Composed
from promptkit.workflow.texts import TextModel
from promptkit.workflow.tiers import Order, Take

NAME = "rewriter"
TIER = "rewrite"
#: How often a prompt is handed over: once, and once more with what was lost.
ATTEMPTS = 2


@dataclass(frozen=True)
class Rewritten:
    """A finished prompt as it is after it was handed over, and what that cost, in USD."""

    wording: Wording
    cost: Decimal


@dataclass(frozen=True)
class Foresight:
    """What becomes of an order that is handed to the rewriter, as far as that can be known."""

    order: Order | None
    """It in its new words; ``None`` when a text must be asked for first."""
    jobs: list[TextJob]
    """What is asked for, those that are in the store among them."""
    more: Decimal
    """The most that asking once more may cost besides, in USD."""


@dataclass
class Rewriter:
    """A project's text model, asked once for each prompt and paid like a picture."""

    settings: RewriterSettings
    client: Callable[[], Client]

    def __post_init__(self) -> None:
        """Make ready what asks the model; it is connected when it is first asked."""
        self._model = TextModel(NAME, self.settings, "rewriting")

    @classmethod
    def of(cls, settings: RewriterSettings | None, client: Callable[[], Client]) -> Rewriter:
        """Return the rewriter of a project.

        Raises:
            SettingsError: it has none.
        """
        if settings is None:
            fix = (
                f"add to {FILE}: rewriter: {{base_url: …, model: …, key_env: …, "
                "prices: {text_in: …, out: …}}"
            )
            raise SettingsError(Finding("no-rewriter", "no rewriter is set", fix=fix))
        return cls(settings, client)

    async def composed(self, composed: Composed, *, resend: bool = False) -> Composed:
        """Return a composed prompt in the rewriter's words. Raises as ``wording`` does."""
        run = f"{TIER}-{secrets.token_hex(4)}"
        rewritten = await self.wording(
            composed.prompt, composed.wording, composed.model.card, run, resend=resend
        )
        wording = rewritten.wording
        new = tuple(item for item in wording.findings if item not in composed.wording.findings)
        findings = (*composed.findings, *new)
        return replace(composed, wording=wording, findings=findings, rewrite=True)

    async def order(self, wanted: Order, run: str) -> Order:
        """Return an order in the rewriter's words, each prompt handed over once, and its cost.

        Raises as ``wording`` does.
        """
        firsts = {take.wording.text: take for take in wanted.takes}
        asked = (
            self.wording(take.prompt, take.wording, wanted.model.card, run, resend=wanted.resend)
            for take in firsts.values()
        )
        results = await asyncio.gather(*asked, return_exceptions=True)
        found: dict[str, Wording] = {}
        cost = Decimal(0)
        for text, result in zip(firsts, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            found[text] = result.wording
            cost += result.cost
        return replace(wanted, takes=_in_words(wanted, found), rewrite_usd=cost)

    async def wording(
        self, prompt: Prompt, wording: Wording, card: Card, run: str, *, resend: bool = False
    ) -> Rewritten:
        """Return a finished prompt in the rewriter's words, if nothing of it was lost.

        Else it is asked once more with what was lost, as far as the budget goes; then the prompt
        stands as it was, and a finding says why.

        Raises:
            SettingsError: the key is missing.
            BudgetError: the first time could exceed a budget.
            ProviderError: or one of its kinds: no text came.
        """
        asking = self._asking(prompt, wording, card, run, resend=resend)
        answer: str | None = None
        begun = False
        cost = Decimal(0)
        while True:
            try:
                job = asking.send(answer)
            except StopIteration as end:
                return Rewritten(end.value, cost)
            try:
                came = await self.client().get(job)
                answer, cost = came.text, cost + came.cost
            except BudgetError:
                if not begun:
                    raise
                answer = None
            begun = True

    def foreseen(self, wanted: Order, run: str, stored: Callable[[str], str | None]) -> Foresight:
        """Return what becomes of an order; ``stored`` gives the texts that are there by digest."""
        card = wanted.model.card
        found: dict[str, Wording | None] = {}
        jobs: list[TextJob] = []
        more = Decimal(0)
        for take in wanted.takes:
            if (text := take.wording.text) in found:
                continue
            asking = self._asking(take.prompt, take.wording, card, run, resend=wanted.resend)
            found[text], own = _foreseen(asking, stored)
            jobs += own
            if found[text] is None and len(own) < ATTEMPTS:
                more += self._once_more(own[0], demands(take.prompt, take.wording, card))
        words = {text: wording for text, wording in found.items() if wording is not None}
        known = (
            replace(wanted, takes=_in_words(wanted, words))
            if words.keys() == found.keys()
            else None
        )
        return Foresight(known, jobs, more)

    def _once_more(self, job: TextJob, missed: Iterable[Demand]) -> Decimal:
        """Return the most that asking again may cost, in USD, when all of it was missed."""
        said = tuple((item.role, item.content) for item in job.request.messages)
        lost = [Finding(demand.rule, demand.told) for demand in missed]
        second = self._job(again(said, "", lost), job.context, resend=job.resend)
        return second.bound + job.price.cost(job.out_max, 0)

    def _asking(
        self, prompt: Prompt, wording: Wording, card: Card, run: str, *, resend: bool
    ) -> Generator[TextJob, str | None, Wording]:
        """Yield what is asked for, be sent what came (``None``: nothing may be asked any more)."""
        if wording.rewritten_by or any(item.severity == "error" for item in wording.findings):
            return wording
        if "sections" in card.native:
            return _with(wording, skipped(card))
        said = messages(prompt, wording, card)
        source = prompt.source
        context = Context(run, TIER, source.brand, source.template)
        lost: list[Finding] = []
        for _ in range(ATTEMPTS):
            answer = yield self._job(said, context, resend=resend)
            if answer is None:
                break
            text = cleaned(answer)
            lost = survivors(prompt, wording, card, text)
            if not lost:
                return replace(wording, text=text, rewritten_by=f"{NAME}/{self.settings.model}")
            said = again(said, text, lost)
        return _with(wording, refused(lost))

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._model.aclose()

    def _job(self, said: tuple[tuple[str, str], ...], context: Context, *, resend: bool) -> TextJob:
        messages = (Message(role, content) for role, content in said)
        return self._model.job(messages, context, resend=resend)


def _in_words(wanted: Order, words: Mapping[str, Wording]) -> tuple[Take, ...]:
    """Return the takes of an order in other words, by the words that they had."""
    return tuple(replace(take, wording=words[take.wording.text]) for take in wanted.takes)


def _foreseen(
    asking: Generator[TextJob, str | None, Wording], stored: Callable[[str], str | None]
) -> tuple[Wording | None, list[TextJob]]:
    """Return the words that a prompt gets, as far as texts are there, and what is asked for."""
    jobs: list[TextJob] = []
    answer: str | None = None
    while True:
        try:
            jobs.append(asking.send(answer))
        except StopIteration as end:
            return end.value, jobs
        answer = stored(jobs[-1].digest)
        if answer is None:
            return None, jobs


def _with(wording: Wording, finding: Finding) -> Wording:
    return replace(wording, findings=(*wording.findings, finding))
