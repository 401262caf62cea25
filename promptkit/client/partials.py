"""Pictures that are shown while they are drawn. They are looked at, and never kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from promptkit.client.flights import to_the_end
from promptkit.client.verify import verify
from promptkit.errors import UnusableError


@dataclass(frozen=True, slots=True)
class Partial:
    """How far a picture has come that is still being drawn; it is never kept.

    ``take`` is its number on the sheet, ``index`` counts what is shown of it, from 0.
    """

    take: int
    index: int
    data: bytes = field(repr=False)
    media_type: str


Show = Callable[[Partial], object]


@dataclass
class Watch:
    """Somebody who looks on while pictures are drawn, and wants to see ``count`` of each.

    What ``show`` raises must not break off a picture that is being paid for: it is noted in
    ``error``, and nothing more is shown.
    """

    count: int
    show: Show
    error: Exception | None = field(default=None, init=False)

    async def look(self, take: int, index: int, data: bytes) -> None:
        """Show how far a take has come, unless what came is no picture."""
        try:
            media_type = await to_the_end(verify, data)
        except UnusableError:
            return
        if self.error is not None:
            return
        try:
            self.show(Partial(take, index, data, media_type))
        except Exception as error:
            self.error = error

    def close(self) -> None:
        """Raise what ``show`` has raised, now that nothing can be lost by it."""
        if self.error is not None:
            raise self.error
