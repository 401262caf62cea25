"""What a caller may wish for beside a brief: how many pictures, of which quality, made how."""

from __future__ import annotations

from dataclasses import dataclass

from promptkit.settings import FinalMode


@dataclass(frozen=True)
class Wish:
    """How many takes of a brief are drawn, and how; ``None`` is as the tier's settings say."""

    n: int | None = None
    quality: str | None = None
    first_take: int = 1
    resend: bool = False

    def takes(self, usual: int) -> range:
        """Return the numbers of the takes."""
        return range(self.first_take, self.first_take + (usual if self.n is None else self.n))


@dataclass(frozen=True)
class FinalWish:
    """Which preview a final is made of, and how; ``None`` is as picked, or as the settings say."""

    pick: int | None = None
    mode: FinalMode | None = None
    model: str | None = None
    quality: str | None = None
    accept_changes: bool = False
    resend: bool = False
