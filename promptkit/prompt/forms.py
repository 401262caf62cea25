"""A prompt's sections as one text: labelled lines, prose, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from promptkit.prompt.sections import ColorUse, Section

_LABELS = {"color": "Colour"}

#: Prose is written in paragraphs; each starts where one of these sections stands.
_PARAGRAPHS = ("lighting", "text", "avoid")


def labelled(sections: Sequence[Section]) -> str:
    """Return a line for each section, with its name before it; the purpose needs none."""
    lines = [
        section.text if section.name == "purpose" else f"{label(section.name)}: {section.text}"
        for section in sections
    ]
    return "\n".join(lines)


@lru_cache(maxsize=256)
def label(name: str) -> str:
    """Return what stands before a section's words."""
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def prose(sections: Sequence[Section]) -> str:
    """Return sentences in paragraphs."""
    text = ""
    for section in sections:
        words = f"Avoid {section.text}" if section.name == "avoid" else section.text
        gap = "\n\n" if section.name in _PARAGRAPHS else " "
        text += f"{gap if text else ''}{words}"
    return text


def as_json(sections: Sequence[Section], palette: Sequence[ColorUse]) -> str:
    """Return an object of the sections in their order, with the palette's hex codes as a list."""
    data: dict[str, object] = {section.name: section.text for section in sections}
    if palette:
        data["color_palette"] = [use.hex for use in palette]
    return json.dumps(data, ensure_ascii=False, indent=2)
