"""The verbs that pay, gone through without asking for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from inspect import Signature, signature
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from promptkit.brand.profile import Brand
from promptkit.client.chat import Shown
from promptkit.errors import Finding, InputError
from promptkit.workflow.asking import Asking, verb
from promptkit.workflow.composed import Composed
from promptkit.workflow.plan import Plan
from promptkit.workflow.rooms import Rooms
from promptkit.workflow.shown import Run
from promptkit.workflow.studio import Commission

Picture = str | Path | bytes
P = ParamSpec("P")
One = TypeVar("One", Composed, Run | str)

_DOC = """Plan what ``{name}`` would ask for, of one or of many, and its cost; draw nothing.

        It takes what ``{name}`` takes. ``partials`` alone plans unfinished pictures that are shown,
        as by ``stream``; whom it is to tell of anything is told nothing.

        Raises:
            InputError: by kind, as ``{name}`` would.
        """


def _planned(
    ask: Callable[Concatenate[Asking, One, P], Commission],
) -> Callable[Concatenate[DryRun, One | Iterable[One], P], Plan]:
    """Make what may be asked a verb that plans it, for one or for many."""
    fitting: Signature = signature(ask)
    name = [*fitting.parameters][1]

    def plan(self: DryRun, /, *args: Any, **kwargs: Any) -> Plan:
        try:
            given = fitting.bind(self.asking, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"Kit.dry.{ask.__name__}() {error}") from None
        wish = given.arguments
        if "partials" in wish:  # as ``stream`` shows them, which is told nobody to show them to
            wish["on_partial"] = wish.get("on_partial") or bool
        asked = wish[name]
        single = isinstance(asked, Composed | Run | str)
        with self.rooms.planning() as planner:
            for one in cast("Iterable[One]", (asked,) if single else asked):
                wish[name] = one
                try:
                    planner.add(ask(*given.args, **given.kwargs))
                except InputError as error:
                    if self.on_fault is None:
                        raise
                    self.on_fault(error)
            return planner.plan()

    verb(plan, ask, "Plan")
    plan.__doc__ = _DOC.format(name=ask.__name__)
    return plan


@dataclass(frozen=True)
class DryRun:
    """Each verb takes what the paying one takes, and says what that would ask for and cost.

    Those that draw take many of it, too. Nothing is sent or written, and no key is needed.
    """

    rooms: Rooms
    asking: Asking
    look: Callable[[Picture, str | None], tuple[Brand, Shown]]
    """Opens a picture as a judge is shown it, and finds the brand whose questions are asked."""
    on_fault: Callable[[InputError], object] | None = None
    """Is told of what cannot be drawn, which is then left out; else it is raised."""

    preview = _planned(Asking.preview)
    generate = _planned(Asking.generate)
    final = _planned(Asking.final)

    def rewrite(self, composed: Composed, *, resend: bool = False) -> Plan:
        """Plan what the words of a prompt are handed over for.

        Raises:
            SettingsError: no rewriter is set.
        """
        with self.rooms.planning() as planner:
            planner.add_words(composed, resend=resend)
            return planner.plan()

    def judge(
        self, pictures: Iterable[Picture], brand: str | None = None, *, resend: bool = False
    ) -> Plan:
        """Plan what a judge is asked of pictures.

        Raises:
            InputError: by kind, when no judge is set, or a picture cannot be opened.
        """
        asked = self.rooms.judge
        silent: dict[str, Finding] = {}
        with self.rooms.planning() as planner:
            for picture in pictures:
                profile, view = self.look(picture, brand)
                if profile.checks.judge:
                    planner.add_text(asked.job(profile, view, resend=resend))
                else:
                    silent[profile.id] = _asks_nothing(profile.id)
            plan = planner.plan()
        return replace(plan, notes=(*plan.notes, *silent.values()))


def _asks_nothing(brand: str) -> Finding:
    message = f"{brand} asks nothing, so nothing is sent for it"
    fix = f"write its questions into {brand}'s profile, under checks: {{judge: …}}"
    return Finding("no-questions", message, severity="warning", fix=fix)
