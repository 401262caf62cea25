"""What the verbs that draw may be asked, written once: the kit draws it, a dry run plans it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from inspect import signature
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from promptkit.client.partials import Show
    from promptkit.client.patience import Enough
    from promptkit.settings import FinalMode
    from promptkit.workflow.composed import Composed
    from promptkit.workflow.desk import Progress
    from promptkit.workflow.shown import Run
    from promptkit.workflow.studio import Commission, Studio

F = TypeVar("F", bound=Callable[..., Any])


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


def _of_kit(ask: F) -> F:
    """Let the error of a wrong keyword name the verb that somebody typed."""
    ask.__qualname__ = f"Kit.{ask.__name__}"
    return ask


@dataclass(frozen=True)
class Asking:
    """The verbs that draw, as far as what is asked for: a commission, of which nothing is sent."""

    studio: Callable[[], Studio]

    @_of_kit
    def preview(
        self,
        composed: Composed,
        *,
        n: int | None = None,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        progress: Progress | None = None,
        on_partial: Show | None = None,
        partials: int = 1,
        on_wait: Enough | None = None,
    ) -> Commission:
        """Draw previews: the smallest size at the final's ratio, the cheapest quality, n takes.

        ``on_partial`` is shown up to ``partials`` unfinished pictures of each take, each of which
        costs a little, where the model's card has ``partial_images``. Pictures wait a while for
        money of a budget that calls under way only hold; ``on_wait`` is told of it again and again,
        and returns true to wait no longer.

        Raises:
            PromptkitError: by kind, when no picture came at all.
        """
        wish = Wish(n, quality, first_take, resend)
        wanted = self.studio().begin(composed, "preview", wish)
        return wanted.seen(progress, on_partial, partials, on_wait)

    @_of_kit
    def generate(
        self,
        composed: Composed,
        *,
        n: int = 1,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        progress: Progress | None = None,
        on_partial: Show | None = None,
        partials: int = 1,
        on_wait: Enough | None = None,
    ) -> Commission:
        """Draw finals straight away, without previews; what is told of them is as in ``preview``.

        Raises:
            PromptkitError: by kind, when no picture came at all.
        """
        wish = Wish(n, quality, first_take, resend)
        wanted = self.studio().begin(composed, "final", wish)
        return wanted.seen(progress, on_partial, partials, on_wait)

    @_of_kit
    def final(
        self,
        run: Run | str,
        *,
        pick: int | None = None,
        mode: FinalMode | None = None,
        model: str | None = None,
        quality: str | None = None,
        accept_changes: bool = False,
        resend: bool = False,
        progress: Progress | None = None,
        on_partial: Show | None = None,
        partials: int = 1,
        on_wait: Enough | None = None,
    ) -> Commission:
        """Draw the final of the picked preview (or of ``pick``, which is noted as the pick).

        ``refine`` sends the preview along, to be kept; ``regenerate`` asks anew. When the brand
        or the template is no longer what the preview was made with, ``accept_changes`` says that
        the final may be made with what it is now. What is told of it is as in ``preview``.

        Raises:
            PromptkitError: by kind.
        """
        wish = FinalWish(pick, mode, model, quality, accept_changes, resend)
        wanted = self.studio().final(run if isinstance(run, str) else run.id, wish)
        return wanted.seen(progress, on_partial, partials, on_wait)


def verb(call: F, ask: Callable[..., Commission], gives: str) -> F:
    """Let a verb be read like what it asks: its keywords and its words, but what it gives."""
    update_wrapper(call, ask)
    call.__annotations__ = {**ask.__annotations__, "return": gives}
    call.__signature__ = signature(ask).replace(return_annotation=gives)  # type: ignore[attr-defined]
    return call
