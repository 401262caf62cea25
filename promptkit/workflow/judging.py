"""The judge: a vision model is shown a picture, and asked a brand's yes-or-no questions of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from promptkit.brand.profile import Brand
from promptkit.client.chat import Message, Shown, TextJob
from promptkit.client.client import Client
from promptkit.client.entry import Context
from promptkit.errors import Finding, RefusedError, SettingsError
from promptkit.settings import FILE, JudgeSettings
from promptkit.verdict import Check
from promptkit.workflow.answers import FORMATS, Given, answers_of, not_given, question_of
from promptkit.workflow.judged import Judged
from promptkit.workflow.texts import TextModel

NAME = "judge"


@dataclass(frozen=True)
class Verdict:
    """What a model answered about a picture, and what that cost now, in USD."""

    given: tuple[Given, ...]
    model: str = ""
    cost: Decimal = Decimal(0)
    cached: bool = False

    @property
    def checks(self) -> list[Check]:
        """The answers as checks."""
        return [given.check for given in self.given]

    def recorded(self, at: datetime) -> list[Judged]:
        """Return the answers as a run's record has them; what they cost stands with the first."""
        return [
            Judged(
                question=given.question.id,
                ask=given.question.ask,
                answer=given.answer,
                reason=given.reason,
                model=self.model,
                at=at.isoformat(timespec="seconds"),
                cost_usd=Decimal(0) if number else self.cost,
            )
            for number, given in enumerate(self.given)
        ]


@dataclass
class Judge:
    """A project's vision model, asked once for each picture and set of questions, and paid once."""

    settings: JudgeSettings
    client: Callable[[], Client]

    def __post_init__(self) -> None:
        """Make ready what asks the model; it is connected when it is first asked."""
        self._model = TextModel(NAME, self.settings, "judging")

    @classmethod
    def of(cls, settings: JudgeSettings | None, client: Callable[[], Client]) -> Judge:
        """Return the judge of a project.

        Raises:
            SettingsError: it has none.
        """
        if settings is None:
            fix = (
                f"add to {FILE}: judge: {{base_url: …, model: …, key_env: …, "
                "prices: {text_in: …, out: …}}, with a model that is shown pictures"
            )
            raise SettingsError(Finding("no-judge", "no judge is set", fix=fix))
        return cls(settings, client)

    async def verdict(
        self, brand: Brand, picture: Shown, *, run: str = "", resend: bool = False
    ) -> Verdict:
        """Return an answer to each of a brand's questions; none when it asks nothing.

        A question without a clear answer has none, and none has any when the model refuses.

        Raises:
            SettingsError: the key is missing.
            BudgetError: it could exceed a budget.
            ProviderError: or one of its kinds: no answer came.
        """
        questions = brand.checks.judge
        if not questions:
            return Verdict(())
        job = self.job(brand, picture, run, resend=resend)
        try:
            text = await self.client().get(job)
        except RefusedError as error:
            why = f"the model refused: {error.message}"
            return Verdict(tuple(not_given(each, why) for each in questions), job.request.model)
        given = tuple(answers_of(questions, text.text))
        return Verdict(given, job.request.model, text.cost, text.cached)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._model.aclose()

    def job(self, brand: Brand, picture: Shown, run: str = "", *, resend: bool = False) -> TextJob:
        """Return what asks a brand's questions of a picture; nothing is sent yet."""
        said = question_of(brand.checks.judge)
        messages = (Message("system", said.system), Message("user", said.user, picture))
        context = Context(run or f"{NAME}-{secrets.token_hex(4)}", NAME, brand.id)
        fields = FORMATS[self.settings.answers]
        return self._model.job(messages, context, resend=resend, fields=fields)
