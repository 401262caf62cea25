"""How a model takes colours beside the words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from promptkit.documents import Strict

Color = tuple[str, str, float | None]
"""A colour's role, its value as `#0B6E99`, and its share of the picture, 0–1, where it is known."""


class Palette(Strict):
    """How colours stand in the parameter that ``native.palette`` names."""

    items: str
    """The key of its list of colours."""
    color: str
    """The key of one colour's value."""
    form: Literal["hex", "rgb"]
    """How the value is written: `#0B6E99`, or three numbers of 0–255."""
    weight: str = ""
    """The key of its share of the picture, 0–1; empty when it takes none."""
    background: str = ""
    """The key of the background's colour, beside the list; empty when it takes none."""

    def laid_out(self, colors: Iterable[Color]) -> dict[str, Any]:
        """Return colours as the parameter's value; with weights only when each share is known."""
        said = list(colors)
        behind = [color for color in said if self.background and color[0] == "background"]
        before = [color for color in said if color not in behind]
        weighed = self.weight and all(share is not None for _, _, share in before)
        listed = [
            self._value(value) | ({self.weight: share} if weighed else {})
            for _, value, share in before
        ]
        laid: dict[str, Any] = {self.items: listed} if listed else {}
        if behind:
            laid[self.background] = self._value(behind[0][1])
        return laid

    def _value(self, value: str) -> dict[str, Any]:
        rgb = [int(value[at : at + 2], 16) for at in (1, 3, 5)]
        return {self.color: rgb if self.form == "rgb" else value}
