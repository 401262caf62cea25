"""The rewriter: a text model is handed finished prompts, and its words taken if nothing is lost."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from promptkit.client.chat import Message, TextJob, TextPrice, TextRequest, Writer
from promptkit.client.client import Client
from promptkit.client.entry import Context
from promptkit.errors import BudgetError, Finding, SettingsError
from promptkit.model.catalog import Card
from promptkit.prompt.rewrite import again, cleaned, messages, refused, skipped, survivors
from promptkit.prompt.sections import Prompt
from promptkit.prompt.wording import Wording
from promptkit.settings import FILE, RewriterSettings, key_of
from promptkit.workflow.shown import Composed
from promptkit.workflow.tiers import Order

if TYPE_CHECKING:
    from promptkit.provider.chat import Chat

NAME = "rewriter"
TIER = "rewrite"
#: How often a prompt is handed over: once, and once more with what was lost.
ATTEMPTS = 2


@dataclass
class Rewriter:
    """A project's text model, asked once for each prompt and paid like a picture."""

    settings: RewriterSettings
    client: Client
    _chat: Chat | None = field(default=None, init=False)

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
        return cls(settings, client())

    async def composed(self, composed: Composed, *, resend: bool = False) -> Composed:
        """Return a composed prompt in the rewriter's words. Raises as ``wording`` does."""
        run = f"{TIER}-{secrets.token_hex(4)}"
        wording = await self.wording(
            composed.prompt, composed.wording, composed.model.card, run, resend=resend
        )
        new = tuple(item for item in wording.findings if item not in composed.wording.findings)
        findings = (*composed.findings, *new)
        return replace(composed, wording=wording, findings=findings, rewrite=True)

    async def order(self, wanted: Order, run: str) -> Order:
        """Return an order in the rewriter's words, each prompt handed over once.

        Raises as ``wording`` does.
        """
        firsts = {take.wording.text: take for take in wanted.takes}
        asked = (
            self.wording(take.prompt, take.wording, wanted.model.card, run, resend=wanted.resend)
            for take in firsts.values()
        )
        results = await asyncio.gather(*asked, return_exceptions=True)
        found: dict[str, Wording] = {}
        for text, result in zip(firsts, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            found[text] = result
        takes = (replace(take, wording=found[take.wording.text]) for take in wanted.takes)
        return replace(wanted, takes=tuple(takes))

    async def wording(
        self, prompt: Prompt, wording: Wording, card: Card, run: str, *, resend: bool = False
    ) -> Wording:
        """Return a finished prompt in the rewriter's words, if nothing of it was lost.

        Else it is asked once more with what was lost, as far as the budget goes; then the prompt
        stands as it was, and a finding says why.

        Raises:
            SettingsError: the key is missing.
            BudgetError: the first time could exceed a budget.
            ProviderError: or one of its kinds: no text came.
        """
        if wording.rewritten_by or any(item.severity == "error" for item in wording.findings):
            return wording
        if "sections" in card.native:
            return _with(wording, skipped(card))
        said = messages(prompt, wording, card)
        source = prompt.source
        context = Context(run, TIER, source.brand, source.template)
        lost: list[Finding] = []
        for attempt in range(ATTEMPTS):
            try:
                answer = await self.client.get(self._job(said, context, resend=resend))
            except BudgetError:
                if not attempt:
                    raise
                break
            text = cleaned(answer.text)
            lost = survivors(prompt, wording, card, text)
            if not lost:
                return replace(wording, text=text, rewritten_by=f"{NAME}/{self.settings.model}")
            said = again(said, text, lost)
        return _with(wording, refused(lost))

    async def aclose(self) -> None:
        """Let go of connections."""
        if self._chat is not None:
            await self._chat.aclose()

    def _job(self, said: tuple[tuple[str, str], ...], context: Context, *, resend: bool) -> TextJob:
        settings = self.settings
        fields: dict[str, Any] = {settings.out_max_field: settings.out_max}
        if settings.temperature is not None:
            fields["temperature"] = settings.temperature
        request = TextRequest(
            endpoint=settings.base_url,
            model=settings.model,
            messages=tuple(Message(role, content) for role, content in said),
            fields=fields,
        )
        prices = None if settings.free else settings.prices
        price = TextPrice(prices.text_in, prices.out) if prices else TextPrice()
        return TextJob(
            provider=NAME,
            request=request,
            price=price,
            out_max=settings.out_max,
            writer=self._writer,
            what="rewriting",
            context=context,
            resend=resend,
        )

    def _writer(self) -> Writer:
        """Return the text model's connection, made when it is first needed.

        Raises:
            SettingsError: the key is missing.
        """
        if self._chat is None:
            from promptkit.client.http import Http, Timeouts
            from promptkit.provider.chat import Chat

            settings = self.settings
            headers = {}
            if settings.key_env:
                headers["authorization"] = f"Bearer {key_of(NAME, settings)}"
            limits = Timeouts(read=settings.timeout, total=settings.timeout)
            self._chat = Chat(NAME, Http(NAME, settings.base_url, headers, limits))
        return self._chat


def _with(wording: Wording, finding: Finding) -> Wording:
    return replace(wording, findings=(*wording.findings, finding))
