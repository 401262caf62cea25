"""Pictures to be seen while they are drawn: a file for each take, gone when the takes are there."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from promptkit.errors import BriefError, Finding

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    from promptkit.blocking import Kit
    from promptkit.client.partials import Partial
    from promptkit.workflow.run import Shot

PartialsOption = Annotated[
    int,
    typer.Option(
        "--partials",
        metavar="N",
        min=0,
        help="Show each picture up to N times while it is drawn, at some cost.",
        show_default="none",
    ),
]


class PartialFiles:
    """A folder that lasts as long as pictures are drawn, with one file for each take.

    A file keeps its name while its picture grows, so that a viewer can be left open on it.
    """

    def __init__(self, count: int) -> None:
        """Take how many unfinished pictures of each take are wanted."""
        self.count = count
        self._folder: TemporaryDirectory[str] | None = None

    @property
    def wish(self) -> dict[str, Any]:
        """What a verb of the kit is told of it."""
        return {"on_partial": self.show, "partials": self.count} if self.count else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def show(self, partial: Partial) -> None:
        """Lay an unfinished picture in its take's file, and say where on standard error."""
        from tempfile import TemporaryDirectory

        from promptkit.client.request import suffix_of

        with suppress(OSError):  # that it cannot be shown must not cost the picture
            if self._folder is None:
                self._folder = TemporaryDirectory(prefix="promptkit-", ignore_cleanup_errors=True)
            name = f"take-{partial.take}{suffix_of(partial.media_type)}"
            file = Path(self._folder.name) / name
            new = file.with_name(f".{file.name}")
            new.write_bytes(partial.data)
            new.replace(file)
            print(f"  take {partial.take} so far: {file}", file=sys.stderr, flush=True)

    def explain(self, kit: Kit, shots: Iterable[Shot]) -> None:
        """Say which models have shown nothing, because they never do."""
        drawn = {shot.model for shot in shots if self.count and not shot.cached}
        for name in sorted(drawn):
            if not kit.model(name).card.partial_images:
                said = f"  {name} shows nothing while it draws, so --partials does nothing for it"
                with suppress(OSError):
                    print(said, file=sys.stderr, flush=True)


def only_one_brief(partials: int) -> None:
    """Refuse to look on where many briefs are drawn.

    Raises:
        BriefError: unfinished pictures are wished for.
    """
    if partials:
        message = "--partials shows the pictures of one brief, and the file holds many"
        fix = "leave --partials out; progress tells how far the pictures are"
        raise BriefError(Finding("partials-of-many", message, fix=fix))
