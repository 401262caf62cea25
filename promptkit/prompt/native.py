"""What a model takes beside the words, under its own names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from promptkit.model.catalog import Card, Palette
from promptkit.prompt.said import negative
from promptkit.prompt.sections import ColorUse, Prompt, Section

#: The role whose colour fills a background, where a palette has a place of its own for it.
_GROUND = "background"


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
    """Return a palette in the card's shape; without one, all that is known of each colour."""
    if card.palette is None:
        return [_swatch(use) for use in prompt.palette or prompt.swatches]
    shape, uses = card.palette, prompt.palette[: card.palette_max]
    ground = next((use for use in uses if use.role == _GROUND), None)
    items = [_item(use, shape) for use in uses if not (shape.background and use is ground)]
    found: dict[str, Any] = {shape.items: items} if items else {}
    if shape.background and ground:
        found[shape.background] = {shape.color: _value(ground, shape)}
    return found


def _item(use: ColorUse, shape: Palette) -> dict[str, Any]:
    weight = {shape.weight: use.share} if shape.weight and use.share else {}
    return {shape.color: _value(use, shape), **weight}


def _value(use: ColorUse, shape: Palette) -> str | list[int]:
    if shape.form == "hex":
        return use.hex
    return [int(use.hex[at : at + 2], 16) for at in (1, 3, 5)]


def _swatch(use: ColorUse) -> dict[str, Any]:
    return {
        "name": use.name,
        "hex": use.hex,
        "role": use.role,
        "share": use.share,
        "carrier": use.carrier,
    }
