"""A shape: an outline with the slot that gives its colour."""

from __future__ import annotations

from dataclasses import dataclass, replace

from promptkit.provider.comp.geometry import Outline, mirrored


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled outline. ``slot`` names its tone, ``shift`` makes that lighter or darker.

    ``level`` is the degree of detail from which on it is drawn: 0 sketch, 1 medium, 2 finished.
    ``alpha`` is its opacity.
    """

    outline: Outline
    slot: str
    shift: float = 0.0
    level: int = 0
    alpha: float = 1.0

    def mirrored(self, middle: float) -> Shape:
        """Return it flipped about the upright line at ``middle``."""
        return replace(self, outline=mirrored(self.outline, middle))
