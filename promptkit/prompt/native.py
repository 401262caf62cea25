"""What a model takes beside the words, under its own names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from promptkit.model.card import Card
from promptkit.prompt.said import negative
from promptkit.prompt.sections import ColorUse, Prompt, Section


def native_fields(prompt: Prompt, card: Card, sections: Sequence[Section]) -> dict[str, Any]:
    """Return the fields that the card takes beside the words, by its own names."""
    found = {}
    for name, parameter in card.native.items():
        if name == "sections":
            value: Any = [{"name": item.name, "text": item.text} for item in sections]
        else:
            value = _FIELDS[name](prompt, card)
        if value:
            found[parameter] = value
    return found


_FIELDS: Mapping[str, Callable[[Prompt, Card], Any]] = {
    "negative": lambda prompt, _: negative(prompt),
    "style": lambda prompt, card: card.styles.get(prompt.medium, card.styles.get("*")),
    "title": lambda prompt, _: f"{prompt.source.brand_name} · {prompt.source.template}",
    "palette": lambda prompt, card: _palette(prompt, card),
    "text": lambda prompt, _: [
        {"copy": copy, "policy": prompt.lettering.policy} for copy in prompt.lettering.copy
    ],
    "avoid": lambda prompt, _: [item.what for item in prompt.avoid],
    "text_zone": lambda prompt, _: prompt.space.text_zone and list(prompt.space.text_zone),
    "reserve": lambda prompt, _: prompt.space.logo_box and list(prompt.space.logo_box),
}


def _palette(prompt: Prompt, card: Card) -> Any:
    """Return a palette in the card's shape; without one, all that is known of each colour.

    Where colour enters on props alone, a palette for the whole picture would say too much.
    """
    if card.palette is None:
        return [_swatch(use) for use in prompt.palette or prompt.swatches]
    if prompt.palette_mode == "props":
        return None
    uses = prompt.palette[: card.palette_max]
    return card.palette.laid_out((use.role, use.hex, use.share) for use in uses)


def _swatch(use: ColorUse) -> dict[str, Any]:
    return {
        "name": use.name,
        "hex": use.hex,
        "role": use.role,
        "share": use.share,
        "carrier": use.carrier,
    }
