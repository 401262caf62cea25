"""The judge: a vision model is shown a picture, and asked a brand's yes-or-no questions of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from promptkit.brand.profile import Brand
from promptkit.client.chat import Message, Shown, TextJob
from promptkit.client.client import Client
from promptkit.client.entry import Context
from promptkit.errors import Finding, RefusedError, SettingsError
from promptkit.settings import FILE, JudgeSettings
from promptkit.verdict import Check
from promptkit.workflow.answers import FORMATS, checks_of, question_of, skipped
from promptkit.workflow.texts import TextModel

NAME = "judge"


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

    async def checks(
        self, brand: Brand, picture: Shown, *, run: str = "", resend: bool = False
    ) -> list[Check]:
        """Return an answer to each of a brand's questions; none when it asks nothing.

        A question without a clear answer is skipped, and so are all when the model refuses.

        Raises:
            SettingsError: the key is missing.
            BudgetError: it could exceed a budget.
            ProviderError: or one of its kinds: no answer came.
        """
        questions = brand.checks.judge
        if not questions:
            return []
        try:
            job = self.job(brand, picture, run, resend=resend)
            answer = await self.client().get(job)
        except RefusedError as error:
            return [skipped(each, f"the model refused: {error.message}") for each in questions]
        return checks_of(questions, answer.text)

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
