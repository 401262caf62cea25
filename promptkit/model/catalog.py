"""The models that there are, by their cards: data. Code never compares a model's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from promptkit.documents import Strict, read_yaml, validate
from promptkit.errors import Finding, ModelError, nearest, unknown
from promptkit.model.card import Card

CARDS = Path(__file__).parent / "cards"


class _CardFile(Strict):
    promptkit: Literal["cards/v1"]
    dialect: str
    defaults: dict[str, Any] = {}
    cards: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Model:
    """A card at a provider: what `openai/gpt-image-2.5-flare` stands for."""

    provider: str
    card: Card

    def __str__(self) -> str:
        """Return the name to give on the command line."""
        return self.card.name if self.provider == self.card.name else self.full

    @property
    def full(self) -> str:
        """Provider and model name."""
        return f"{self.provider}/{self.card.name}"


def dialects() -> tuple[str, ...]:
    """Return the names of the shipped dialects."""
    return tuple(sorted(path.stem for path in CARDS.glob("*.yaml")))


@cache
def dialect_cards(dialect: str) -> Mapping[str, Card]:
    """Return the shipped cards of a dialect by model name.

    Raises:
        ModelError: no such dialect is shipped, or its file has faults.
    """
    if dialect not in dialects():
        message, fix = unknown("dialect", dialect, dialects())
        raise ModelError(Finding("unknown-dialect", message, fix=fix))
    document = read_yaml(CARDS / f"{dialect}.yaml", ModelError)
    file = validate(_CardFile, document, error=ModelError)
    return {
        name: validate(Card, document, {"name": name} | file.defaults | own, ModelError)
        for name, own in file.cards.items()
    }


class Catalog:
    """The models that a project's providers offer, and those that can be composed for."""

    def __init__(
        self,
        dialects: Mapping[str, str],
        prices: Mapping[str, Mapping[str, Decimal]] | None = None,
    ) -> None:
        """Take each provider's dialect; and, where it has its own, prices by quality in USD.

        A price may be given by any word that a card knows for a quality: ``low`` as ``standard``.
        """
        self._dialects = dict(dialects)
        self._prices = dict(prices or {})

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """Every model of every provider.

        Raises:
            ModelError: a provider speaks no known dialect, or prices a quality that none has.
        """
        return tuple(
            Model(provider, self._priced(provider, card))
            for provider, dialect in self._dialects.items()
            for card in dialect_cards(dialect).values()
        )

    @cached_property
    def composable(self) -> tuple[Model, ...]:
        """Every shipped model whose dialect no provider speaks, named by its dialect.

        Prompts can be composed and priced for them; they cannot be drawn with.
        """
        return tuple(
            Model(dialect, card)
            for dialect in dialects()
            if dialect not in self._dialects.values()
            for card in dialect_cards(dialect).values()
        )

    def find(self, name: str, *, today: date | None = None) -> Model:
        """Return a model by ``provider/name``, or by its bare name when only one provider has it.

        Or by ``dialect/name``: that of the provider that speaks it, else one to compose for.
        Given ``today``, providers that have shut it down do not count.

        Raises:
            ModelError: unknown, not unique, or (given ``today``) shut down.
        """
        found = self._by_name.get(name, [])
        if not found:
            spoken = ((self._dialects[model.provider], model) for model in self.models)
            shipped = (*spoken, *((model.provider, model) for model in self.composable))
            found = [
                model
                for dialect, model in shipped
                if name in (f"{dialect}/{model.card.name}", model.card.name)
            ]
        if not found:
            raise ModelError(self._unknown(name))
        if today is not None:
            found = [model for model in found if not model.card.gone(today)] or found
        if len(found) > 1:
            names = ", ".join(model.full for model in found)
            message = f"several providers offer “{name}”"
            fix = f"name one in full: {names}"
            raise ModelError(Finding("ambiguous-model", message, fix=fix))
        if today is not None and found[0].card.gone(today):
            raise ModelError(_gone(found[0]))
        return found[0]

    @cached_property
    def _by_name(self) -> dict[str, list[Model]]:
        """The models of the providers by their bare names and their full ones."""
        found: dict[str, list[Model]] = {}
        for model in self.models:
            for name in {model.full, model.card.name}:
                found.setdefault(name, []).append(model)
        return found

    def _unknown(self, name: str) -> Finding:
        """Say that there is no such model: what can be drawn with is suggested first."""
        drawn, others = ([str(model) for model in each] for each in (self.models, self.composable))
        only_others = nearest(name, others) and not nearest(name, drawn)
        message, fix = unknown("model", name, others if only_others else drawn)
        return Finding("unknown-model", message, fix=fix)

    def _priced(self, provider: str, card: Card) -> Card:
        own = self._own_prices(provider, card)
        if not own:
            return card
        update: dict[str, Any] = {"per_image": {**card.price.per_image, **own}}
        if own.keys() >= set(card.qualities):
            update |= {"estimate": False, "headroom": Decimal(1)}
        update["source"] = "the project's settings"
        return card.model_copy(update={"price": card.price.model_copy(update=update)})

    def _own_prices(self, provider: str, card: Card) -> dict[str, Decimal]:
        """Return a provider's prices by the card's own words; its exact words count first."""
        given = self._prices.get(provider, {})
        cards = dialect_cards(self._dialects[provider]).values()
        known = {word for each in cards for word in (*each.qualities, *each.quality_names)}
        for word in given:
            if word not in known:
                message, fix = unknown("quality", word, known)
                message = f"the prices of {provider}: {message}"
                raise ModelError(Finding("unknown-quality", message, fix=fix))
        prices: dict[str, Decimal] = {}
        for word, own in card.quality_names.items():
            if word in given:  # of two words for one quality the dearer counts: it is the safe one
                prices[own] = max(given[word], prices.get(own, given[word]))
        return prices | {own: given[own] for own in card.qualities if own in given}


def not_drawn(dialect: str) -> Finding:
    """Say why no picture can be had of a dialect that no provider speaks, and what to do."""
    rule = "not-drawn"
    if not any(card.wire.send for card in dialect_cards(dialect).values()):
        message = f"the models of “{dialect}” can be composed for, but not drawn with yet"
        fix = "draw with another model: `promptkit models` lists them; comp needs no key"
        return Finding(rule, message, fix=fix)
    message = f"no provider of this project speaks “{dialect}”, so it can only be composed for"
    entry = f"{dialect}: {{dialect: {dialect}, base_url: …, key_env: …}}"
    return Finding(rule, message, fix=f"add under `providers:` in promptkit.yaml: {entry}")


def _gone(model: Model) -> Finding:
    successor = model.card.successor
    fix = f"use {model.provider}/{successor} instead" if successor else "choose another model"
    message = f"{model} was shut down on {model.card.shutdown}"
    return Finding("model-shutdown", message, fix=fix)
