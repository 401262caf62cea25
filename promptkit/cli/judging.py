"""judge: a brand's questions, answered by a vision model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from promptkit.cli.output import (
    ConfigOption,
    DryRunFlag,
    JsonFlag,
    ProjectOption,
    ResendOption,
    many,
    near,
    open_kit,
    print_indented,
    print_json,
)

if TYPE_CHECKING:
    from promptkit.verdict import Check

_SIGNS = {"pass": "yes", "fail": "NO ", "skipped": "–  "}


def judge(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures to judge.")],
    brand: Annotated[
        str | None, typer.Option("--brand", "-b", help="The brand whose questions are asked.")
    ] = None,
    resend: ResendOption = False,
    dry_run: DryRunFlag = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Put a brand's yes-or-no questions about pictures to the settings' judge, which is paid.

    The questions stand in the brand's checks.judge. Each picture is paid for once. Exits with 1
    when a question of the severity “must” is answered with no.

    Example: promptkit judge final.png --brand tidewell
    """
    with open_kit(project, config) as kit:
        if dry_run:
            from promptkit.cli.planned import show_plan

            return show_plan(kit.dry.judge(images, brand, resend=resend), as_json=as_json)
        name = kit.brand(brand).id
        found = [(image, kit.judge(image, brand, resend=resend)) for image in images]
    if as_json:
        judged = [
            {"image": image.absolute(), "checks": [check.model_dump() for check in checks]}
            for image, checks in found
        ]
        print_json({"brand": name, "images": judged})
    else:
        for image, checks in found:
            _print(image, checks, name)
    return int(any(_unfit(check) for _, checks in found for check in checks))


def _unfit(check: Check) -> bool:
    return check.status == "fail" and check.severity == "must"


def _print(image: Path, checks: list[Check], brand: str) -> None:
    if not checks:
        print(f"{near(image)}: {brand} asks nothing; its questions go into checks: {{judge: …}}")
        return
    failed = sum(check.status == "fail" for check in checks)
    print(f"{near(image)}  {many(len(checks), 'question')}, {failed or 'none'} answered with no")
    for check in checks:
        hint = f" → {check.hint}" if check.hint else ""
        print_indented(f"{_SIGNS[check.status]}  {check.message} [{check.severity}]{hint}")
