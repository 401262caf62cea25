"""Our cards' prices beside a price table that others keep: genai-prices."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from genai_prices.data import providers

from promptkit.model.card import Card
from promptkit.model.catalog import dialect_cards

#: Which of our dialects is which of their providers.
PROVIDERS = {"openai": "openai", "gemini": "google"}
CARDS = [
    pytest.param(PROVIDERS[dialect], card, id=f"{dialect}/{name}")
    for dialect in PROVIDERS
    for name, card in dialect_cards(dialect).items()
]


def table(provider: str) -> dict[str, Any]:
    (found,) = [each for each in providers if each.id == provider]
    return {model.id: model for model in found.models}


def theirs(provider: str, name: str) -> tuple[Decimal, Decimal, Decimal] | None:
    """Return their prices of text in, pictures in and pictures out, in USD per million tokens."""
    known = table(provider)
    model = known.get(name) or known.get(f"{name}-preview")
    if model is None:
        return None
    prices = model.get_prices(datetime.now(UTC))
    text_in = prices.input_mtok
    out = prices.output_image_mtok or prices.output_mtok
    return text_in, prices.input_image_mtok or text_in, out


@pytest.mark.parametrize(("provider", "card"), CARDS)
def test_a_card_agrees_with_an_independent_price_table(provider: str, card: Card) -> None:
    known = theirs(provider, card.name)
    if known is None:
        pytest.skip(f"genai-prices does not know {card.name}")
    price = card.price
    assert (price.text_in, price.image_in, price.out) == known


def test_the_table_knows_the_models_that_money_goes_to() -> None:
    """Else the test above would skip everything, and prove nothing."""
    known = {name for name in dialect_cards("openai") if theirs("openai", name)}
    assert known >= {"gpt-image-1", "gpt-image-2", "gpt-image-2.5-flare", "gpt-image-2.5-sunburst"}


def test_what_a_call_costs_is_what_the_table_works_out() -> None:
    """From the counts of a call, and not only from the list: the sums are theirs, too."""
    from genai_prices import Usage, calc_price

    counted = Usage(input_tokens=1_700, input_image_tokens=1_500, output_tokens=7_034)
    theirs_ = calc_price(counted, "gpt-image-2", provider_id="openai").total_price
    card = dialect_cards("openai")["gpt-image-2"]
    assert card.cost(text_in=200, image_in=1_500, out=7_034) == theirs_
