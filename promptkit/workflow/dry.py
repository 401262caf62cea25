"""The verbs that pay, gone through without asking for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from promptkit.brand.profile import Brand
from promptkit.client.chat import Shown
from promptkit.errors import Finding, InputError
from promptkit.settings import FinalMode
from promptkit.workflow.plan import Plan
from promptkit.workflow.rooms import Rooms
from promptkit.workflow.shown import Composed, Run
from promptkit.workflow.studio import Studio
from promptkit.workflow.tiers import Tier
from promptkit.workflow.wishes import FinalWish, Wish

Picture = str | Path | bytes


@dataclass(frozen=True)
class DryRun:
    """Each verb takes what the paying one takes, and says what that would ask for and cost.

    Nothing is sent or written, and no key is needed.
    """

    rooms: Rooms
    studio: Studio
    look: Callable[[Picture, str | None], tuple[Brand, Shown]]
    """Opens a picture as a judge is shown it, and finds the brand whose questions are asked."""

    def preview(
        self,
        composed: Composed | Iterable[Composed],
        *,
        n: int | None = None,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        partials: int = 0,
        on_fault: Callable[[InputError], object] | None = None,
    ) -> Plan:
        """Plan previews, of one prompt or of many.

        ``partials`` is how many unfinished pictures of each take are shown. ``on_fault`` is told
        of what cannot be drawn, which is then left out.

        Raises:
            InputError: by kind, as ``preview`` would.
        """
        wish = Wish(n, quality, first_take, resend)
        return self._drawn(composed, "preview", wish, partials, on_fault)

    def generate(
        self,
        composed: Composed | Iterable[Composed],
        *,
        n: int | None = None,
        quality: str | None = None,
        first_take: int = 1,
        resend: bool = False,
        partials: int = 0,
        on_fault: Callable[[InputError], object] | None = None,
    ) -> Plan:
        """Plan finals straight away, as ``preview`` does previews. Raises as that."""
        wish = Wish(n, quality, first_take, resend)
        return self._drawn(composed, "final", wish, partials, on_fault)

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
        partials: int = 0,
    ) -> Plan:
        """Plan the final of a preview, which is not picked by that. Raises as ``final`` would."""
        wish = FinalWish(pick, mode, model, quality, accept_changes, resend)
        wanted = self.studio.final(run if isinstance(run, str) else run.id, wish)
        with self.rooms.planning() as planner:
            planner.add(wanted.watched(bool, partials))
            return planner.plan()

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

    def _drawn(
        self,
        composed: Composed | Iterable[Composed],
        tier: Tier,
        wish: Wish,
        partials: int,
        on_fault: Callable[[InputError], object] | None,
    ) -> Plan:
        with self.rooms.planning() as planner:
            for item in (composed,) if isinstance(composed, Composed) else composed:
                try:
                    planner.add(self.studio.begin(item, tier, wish).watched(bool, partials))
                except InputError as error:
                    if on_fault is None:
                        raise
                    on_fault(error)
            return planner.plan()


def _asks_nothing(brand: str) -> Finding:
    message = f"{brand} asks nothing, so nothing is sent for it"
    fix = f"write its questions into {brand}'s profile, under checks: {{judge: …}}"
    return Finding("no-questions", message, severity="warning", fix=fix)
