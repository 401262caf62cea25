"""A project's providers, each made when it is first needed: only then must its key be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from promptkit.client.pace import Limits
from promptkit.errors import Finding, ModelError, SettingsError
from promptkit.keys import key_of
from promptkit.model.catalog import dialect_cards, not_drawn
from promptkit.settings import ProviderSettings

if TYPE_CHECKING:
    from promptkit.provider import Provider


class Providers:
    """Providers by their names in settings."""

    def __init__(
        self, settings: Mapping[str, ProviderSettings], given: Mapping[str, Provider] | None = None
    ) -> None:
        """Take settings by name; what is given is used in their place, and is not closed here."""
        self._settings = settings
        self._given = dict(given or {})
        self._made: dict[str, Provider] = {}

    def get(self, name: str) -> Provider:
        """Return a provider.

        Raises:
            SettingsError: its key is missing, or its settings have faults.
        """
        if name in self._given:
            return self._given[name]
        if name not in self._made:
            self._made[name] = _make(name, self._settings[name])
        return self._made[name]

    def address(self, name: str) -> str:
        """Return where a provider is reached.

        Raises:
            ModelError: it is none: a dialect whose models can only be composed for.
        """
        if name not in self._settings:
            raise ModelError(not_drawn(name))
        return self._settings[name].base_url

    def limits(self) -> dict[str, Limits]:
        """Return what each provider allows: what is set, else what is usual for its dialect."""
        return {name: _limits(settings) for name, settings in self._settings.items()}

    async def aclose(self) -> None:
        """Let go of the connections of those that were made."""
        while self._made:
            await self._made.popitem()[1].aclose()


def needs_key(settings: ProviderSettings) -> bool:
    """Say whether a provider needs a key: who is never paid does only where settings name one."""
    if settings.type == "comp":
        return False
    cards = dialect_cards(settings.dialect).values()
    named = bool(settings.key_env or settings.key_keyring)
    return named or not all(card.price.free for card in cards)


def _make(name: str, settings: ProviderSettings) -> Provider:
    if settings.type == "comp":
        from promptkit.provider.comp import Comp

        try:
            return Comp(
                delay_s=settings.delay_s, answers=tuple(settings.answers), refuse=settings.refuse
            )
        except ValueError as cause:
            rule, message = "comp-answers", f"providers.{name}.answers: {cause}"
            raise SettingsError(Finding(rule, message)) from None
    from promptkit.client.http import Http, Timeouts
    from promptkit.provider.openai import OpenAI

    cards = dialect_cards(settings.dialect)
    if not any(card.wire.send for card in cards.values()):
        message = f"providers.{name}: “{settings.dialect}” is not spoken over OpenAI's wire"
        fix = "set the dialect that the service speaks, such as openai or guide"
        raise SettingsError(Finding("no-wire", message, fix=fix))
    limits = settings.timeouts
    times = Timeouts(limits.connect, limits.read, limits.total)
    key = {"authorization": f"Bearer {key_of(name, settings)}"} if needs_key(settings) else {}
    http = Http(name, settings.base_url, key, times)
    return OpenAI(name, http, cards)


def _limits(settings: ProviderSettings) -> Limits:
    if settings.limits is not None:
        own = settings.limits
        return Limits(own.per_minute, own.per_day, own.concurrency)
    usual = next(iter(dialect_cards(settings.dialect).values())).limits
    return Limits(usual.get("per_minute"), usual.get("per_day"), usual.get("concurrency", 8))
