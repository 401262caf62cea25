"""preview, pick, final, generate."""

from __future__ import annotations

import shlex
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit import errors
from promptkit.cli.output import (
    AxesOption,
    BrandOption,
    ChannelOption,
    ConfigOption,
    FirstTakeOption,
    InputsOption,
    JsonFlag,
    LookOption,
    ModelOption,
    ProjectOption,
    QualityOption,
    ResendOption,
    RewriteFlag,
    SeedOption,
    SetOption,
    TemplateArgument,
    axis_wishes,
    money,
    near,
    open_kit,
    paid,
    print_json,
    print_pairs,
    read_inputs,
    show_progress,
    warn_of,
)

if TYPE_CHECKING:
    from promptkit.settings import FinalMode
    from promptkit.workflow.run import Failure
    from promptkit.workflow.shown import Image, Run

RunArgument = Annotated[str, typer.Argument(help="The run's id, or “last”.")]


def preview(
    template: TemplateArgument,
    brand: BrandOption = None,
    given: SetOption = None,
    inputs: InputsOption = None,
    n: Annotated[int | None, typer.Option("-n", min=1, max=50, help="How many takes.")] = None,
    look: LookOption = None,
    channel: ChannelOption = None,
    axes: AxesOption = None,
    seed: SeedOption = "",
    model: ModelOption = None,
    quality: QualityOption = None,
    first_take: FirstTakeOption = 1,
    rewrite: RewriteFlag = False,
    resend: ResendOption = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Draw cheap previews to choose from, and a contact sheet of them.

    Example: promptkit preview packshot --brand tidewell --set product="slim can"
    """
    with open_kit(project, config) as kit:
        composed = kit.compose(
            template,
            brand,
            read_inputs(given, inputs),
            look=look,
            channel=channel,
            axes=axis_wishes(axes),
            seed=seed,
            model=model,
            rewrite=rewrite,
        )
        warn_of(composed.findings)
        run = kit.preview(
            composed,
            n=n,
            quality=quality,
            first_take=first_take,
            resend=resend,
            progress=show_progress,
        )
    if as_json:
        print_json(_run_data(run, run.images, run.failures))
    else:
        _print_run(run, run.images, run.failures, _command("pick", run.id, "N", project=project))
    return _exit_code(run)


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
        print_pairs([("Picked", done), ("Next", _command("final", chosen.id, project=project))])


def final(
    run: RunArgument,
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
        typer.Option("--accept-changes", help="Even if the brand or template has changed since."),
    ] = False,
    resend: ResendOption = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make the final of the picked preview, in full size and quality.

    Example: promptkit final last --pick 2
    """
    mode: FinalMode | None = None
    if refine is not None:
        mode = "refine" if refine else "regenerate"
    with open_kit(project, config) as kit:
        chosen = kit.run(run)
        image = kit.final(
            chosen,
            pick=number,
            mode=mode,
            model=model,
            quality=quality,
            accept_changes=accept_changes,
            resend=resend,
            progress=show_progress,
        )
    if as_json:
        print_json(_run_data(chosen, [image], []))
    else:
        _print_run(chosen, [image], [])


def generate(
    template: TemplateArgument,
    brand: BrandOption = None,
    given: SetOption = None,
    inputs: InputsOption = None,
    n: Annotated[int, typer.Option("-n", min=1, max=50, help="How many takes.")] = 1,
    look: LookOption = None,
    channel: ChannelOption = None,
    axes: AxesOption = None,
    seed: SeedOption = "",
    model: ModelOption = None,
    quality: QualityOption = None,
    first_take: FirstTakeOption = 1,
    rewrite: RewriteFlag = False,
    resend: ResendOption = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Draw finals straight away, without previews.

    Example: promptkit generate packshot --brand tidewell --set product="slim can"
    """
    with open_kit(project, config) as kit:
        composed = kit.compose(
            template,
            brand,
            read_inputs(given, inputs),
            look=look,
            channel=channel,
            axes=axis_wishes(axes),
            seed=seed,
            model=model,
            rewrite=rewrite,
        )
        warn_of(composed.findings)
        run = kit.generate(
            composed,
            n=n,
            quality=quality,
            first_take=first_take,
            resend=resend,
            progress=show_progress,
        )
    if as_json:
        print_json(_run_data(run, run.finals, run.failures))
    else:
        _print_run(run, run.finals, run.failures)
    return _exit_code(run)


def _run_data(run: Run, images: list[Image], failures: list[Failure]) -> dict[str, Any]:
    return {
        "run": run.id,
        "sheet": run.sheet,
        "images": [_image_data(image) for image in images],
        "cost_usd": _cost(images),
        "failures": [failure.model_dump(mode="json") for failure in failures],
    }


def _image_data(image: Image) -> dict[str, Any]:
    shot = image.shot
    return {
        "path": image.path,
        "digest": image.digest,
        "take": image.take,
        "tier": shot.tier,
        "mode": shot.mode,
        "model": shot.model,
        "quality": shot.quality,
        "width": shot.size[0],
        "height": shot.size[1],
        "cost_usd": image.cost,
        "estimated": shot.estimated,
        "cached": image.cached,
        "saved_usd": shot.saved_usd,
        "axes": image.axes,
        "rewritten_by": shot.rewritten_by,
    }


def _print_run(run: Run, images: list[Image], failures: list[Failure], next_step: str = "") -> None:
    lines: list[tuple[str, object]] = []
    for image in images:
        shot = image.shot
        how = f"{shot.model}, {shot.quality}, {shot.size[0]}×{shot.size[1]}; {paid(shot)}"
        own = ", ".join(f"{axis}: {key}" for axis, key in run.record.own_options(shot).items())
        how = f"{own}; {how}" if own else how
        lines.append((f"{shot.tier.capitalize()} {shot.take}", f"{near(image.path)}  ({how})"))
    for failure in failures:
        fix = f" → {failure.fix}" if failure.fix else ""
        lines.append((f"Missing {failure.take}", f"{failure.message}{fix}"))
    lines += [("Sheet", near(run.sheet)), ("Cost", money(_cost(images)))]
    if next_step:
        lines.append(("Next", next_step))
    print_pairs(lines)


def _cost(images: list[Image]) -> Decimal:
    return sum((image.cost for image in images), Decimal(0))


def _command(*words: str, project: Path | None) -> str:
    """Return the next step as it can be typed from where this one was."""
    where = ["-C", str(project)] if project else []
    return shlex.join(["promptkit", *words, *where])


def _exit_code(run: Run) -> int:
    """Return 0 when every picture came, else the gravest code of those that did not."""
    return max((getattr(errors, failure.error).exit_code for failure in run.failures), default=0)
