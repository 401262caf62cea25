"""A project's text models: what one is asked for, and its connection, made when it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from promptkit.client.chat import Message, TextJob, TextPrice, TextRequest, Writer
from promptkit.client.entry import Context
from promptkit.keys import key_of
from promptkit.settings import RewriterSettings

if TYPE_CHECKING:
    from promptkit.provider.chat import Chat


@dataclass
class TextModel:
    """A text model as the settings describe it, by the name that it has there."""

    name: str
    settings: RewriterSettings
    what: str
    """What it is asked for, as messages name it."""
    _chat: Chat | None = field(default=None, init=False)

    def job(
        self,
        messages: Iterable[Message],
        context: Context,
        *,
        resend: bool = False,
        fields: Mapping[str, Any] | None = None,
    ) -> TextJob:
        """Return the errand that hands it messages; ``fields`` are parameters beside its usual."""
        settings = self.settings
        usual: dict[str, Any] = {settings.out_max_field: settings.out_max}
        if settings.temperature is not None:
            usual["temperature"] = settings.temperature
        prices = None if settings.free else settings.prices
        return TextJob(
            provider=self.name,
            request=TextRequest(
                endpoint=settings.base_url,
                model=settings.model,
                messages=tuple(messages),
                fields={**usual, **(fields or {})},
            ),
            price=TextPrice(prices.text_in, prices.out) if prices else TextPrice(),
            out_max=settings.out_max,
            writer=self._writer,
            what=self.what,
            context=context,
            resend=resend,
        )

    async def aclose(self) -> None:
        """Let go of connections."""
        if self._chat is not None:
            await self._chat.aclose()

    def _writer(self) -> Writer:
        """Return the connection.

        Raises:
            SettingsError: the key is missing.
        """
        if self._chat is None:
            from promptkit.client.http import Http, Timeouts
            from promptkit.provider.chat import Chat

            settings = self.settings
            headers = {}
            if settings.key_env or settings.key_keyring:
                headers["authorization"] = f"Bearer {key_of(self.name, settings)}"
            limits = Timeouts(read=settings.timeout, total=settings.timeout)
            self._chat = Chat(self.name, Http(self.name, settings.base_url, headers, limits))
        return self._chat
