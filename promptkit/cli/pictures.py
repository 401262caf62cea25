"""preview, pick, final, generate."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli.briefs import BriefOptions, with_brief
from promptkit.cli.output import (
    ConfigOption,
    DryRunFlag,
    FirstTakeOption,
    JsonFlag,
    ModelOption,
    ProjectOption,
    QualityOption,
    ResendOption,
    open_kit,
    print_json,
    print_pairs,
    show_progress,
    warn_of,
)
from promptkit.cli.partials import PartialFiles, PartialsOption, only_one_brief
from promptkit.cli.planned import show_plan
from promptkit.cli.progress import WaitLine
from promptkit.cli.runs import command, exit_code, not_rewritten, print_run, run_data

if TYPE_CHECKING:
    from promptkit.settings import FinalMode
    from promptkit.workflow.tiers import Tier

RunArgument = Annotated[str, typer.Argument(help="The run's id, or “last”.")]


@with_brief
def preview(
    brief: BriefOptions,
    n: Annotated[int | None, typer.Option("-n", min=1, max=50, help="How many takes.")] = None,
    quality: QualityOption = None,
    first_take: FirstTakeOption = 1,
    partials: PartialsOption = 0,
) -> int:
    """Draw cheap previews to choose from, and a contact sheet of them.

    Example: promptkit preview packshot --brand tidewell --set product="slim can"
    """
    return _draw(brief, "preview", partials, n=n, quality=quality, first_take=first_take)


def pick(
    run: RunArgument,
    number: Annotated[int, typer.Argument(metavar="N", help="The preview's number.")],
    reason: Annotated[str, typer.Option(help="Why this one, for those who come later.")] = "",
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Note which preview was chosen.

    Example: promptkit pick last 2 --reason "the can reads at a glance"
    """
    with open_kit(project, config) as kit:
        chosen = kit.pick(run, number, reason)
    if as_json:
        print_json({"run": chosen.id, "picked": number, "sheet": chosen.sheet})
    else:
        done = f"preview {number} of run {chosen.id}"
        print_pairs([("Picked", done), ("Next", command("final", chosen.id, project=project))])


def final(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN…", help="Runs by their ids, or “last”.")
    ],
    number: Annotated[
        int | None, typer.Option("--pick", metavar="N", help="Pick this preview first.")
    ] = None,
    refine: Annotated[
        bool | None,
        typer.Option(
            "--refine/--regenerate",
            metavar="",
            help="Keep the preview and add detail, or draw anew.",
            show_default="as the settings say",
        ),
    ] = None,
    model: ModelOption = None,
    quality: QualityOption = None,
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes",
            metavar="",
            help="Even if the brand or template has changed since.",
        ),
    ] = False,
    partials: PartialsOption = 0,
    resend: ResendOption = False,
    dry_run: DryRunFlag = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Make the final of the picked preview, in full size and quality.

    Of several runs all are checked first; then each is drawn as one.

    Example: promptkit final last --pick 2
    """
    mode: FinalMode | None = None
    if refine is not None:
        mode = "refine" if refine else "regenerate"
    wish = {
        "pick": number,
        "mode": mode,
        "model": model,
        "quality": quality,
        "accept_changes": accept_changes,
        "resend": resend,
    }
    return _make_finals(project, config, runs, wish, partials, dry_run=dry_run, as_json=as_json)


@with_brief
def generate(
    brief: BriefOptions,
    n: Annotated[int, typer.Option("-n", min=1, max=50, help="How many takes.")] = 1,
    quality: QualityOption = None,
    first_take: FirstTakeOption = 1,
    partials: PartialsOption = 0,
) -> int:
    """Draw finals straight away, without previews.

    Example: promptkit generate packshot --brand tidewell --set product="slim can"
    """
    return _draw(brief, "final", partials, n=n, quality=quality, first_take=first_take)


def _draw(brief: BriefOptions, tier: Tier, partials: int, **wish: Any) -> int:
    """Draw a brief, or a file's many, or say what that would cost."""
    files = PartialFiles(partials)
    wish["resend"] = brief.resend
    with brief.open_kit() as kit:
        if rows := brief.rows():
            from promptkit.cli.batches import draw_rows

            only_one_brief(partials)
            return draw_rows(kit, brief, rows, tier, wish)
        composed = brief.compose(kit)
        warn_of(composed.findings)
        if brief.dry_run:
            plan = kit.dry.preview if tier == "preview" else kit.dry.generate
            return show_plan(plan(composed, **wish, **files.wish), as_json=brief.as_json)
        verb = kit.preview if tier == "preview" else kit.generate
        with files:
            progress = partial(show_progress, alone=wish["n"] == 1)
            run = verb(composed, **wish, **files.wish, progress=progress, on_wait=WaitLine())
        files.explain(kit, run.record.shots)
    warn_of(not_rewritten(run))
    if brief.as_json:
        print_json(run_data(run))
    else:
        pick_one = command("pick", run.id, "N", project=brief.project)
        print_run(run, next_step=pick_one if tier == "preview" else "")
    return exit_code(run)


def _make_finals(
    project: Path | None,
    config: list[str] | None,
    runs: list[str],
    wish: dict[str, Any],
    partials: int,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    files = PartialFiles(partials)
    seen: dict[str, Any] = {"progress": partial(show_progress, alone=True), "on_wait": WaitLine()}
    with open_kit(project, config) as kit:
        if len(runs) > 1:
            from promptkit.cli.finals import draw_finals

            how = {"dry_run": dry_run, "as_json": as_json}
            return draw_finals(kit, runs, wish, seen, partials, **how)
        chosen = kit.run(runs[0])
        if dry_run:
            return show_plan(kit.dry.final(chosen, **wish, **files.wish), as_json=as_json)
        with files:
            image = kit.final(chosen, **wish, **files.wish, **seen)
        files.explain(kit, [image.shot])
        chosen = kit.run(chosen.id)  # with what was found as it was drawn
    warn_of(not_rewritten(chosen, image))
    if as_json:
        print_json(run_data(chosen, image))
    else:
        print_run(chosen, image)
    return 0
