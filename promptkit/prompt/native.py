"""What a model takes beside the words, under its own names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from promptkit.model.catalog import Card
from promptkit.prompt.said import negative
from promptkit.prompt.sections import ColorUse, Prompt, Section


def native_fields(prompt: Prompt, card: Card, sections: Sequence[Section]) -> dict[str, Any]:
    """Return the fields that the card takes beside the words, by its own names."""
    source, space = prompt.source, prompt.space
    fields: dict[str, Callable[[], Any]] = {
        "negative": lambda: negative(prompt),
        "style": lambda: card.styles.get(prompt.medium, card.styles.get("*")),
        "title": lambda: f"{source.brand_name} · {source.template}",
        "sections": lambda: [{"name": item.name, "text": item.text} for item in sections],
        "palette": lambda: _palette(prompt, card),
        "text": lambda: [
            {"copy": copy, "policy": prompt.lettering.policy} for copy in prompt.lettering.copy
        ],
        "avoid": lambda: [item.what for item in prompt.avoid],
        "text_zone": lambda: list(space.text_zone) if space.text_zone else None,
        "reserve": lambda: list(space.logo_box) if space.logo_box else None,
    }
    found = {parameter: fields[name]() for name, parameter in card.native.items()}
    return {parameter: value for parameter, value in found.items() if value}


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
