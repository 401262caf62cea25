"""judge: a brand's questions, answered by a vision model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli.auditing import PICTURES
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
    report,
)
from promptkit.errors import InputError, PromptkitError

if TYPE_CHECKING:
    from promptkit.blocking import Kit
    from promptkit.verdict import Check

    #: The answers about a picture, or why there are none.
    Judged = list[Check] | PromptkitError

_SIGNS = {"pass": "yes", "fail": "NO ", "skipped": "–  "}


def judge(
    images: Annotated[list[str], PICTURES],
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

    The questions stand in the brand's checks.judge; without --brand, in those of
    the brand that a run's picture was made for, else of the project's. Each
    picture is paid for once. Exits with 1 when a question of the severity “must”
    is answered with no. When no answer comes about one picture, the others are
    shown, and the exit code is that of the gravest error.

    Example: promptkit judge final.png --brand tidewell
    """
    from promptkit.picture.known import file_of
    from promptkit.picture.references.shown import shown

    with open_kit(project, config) as kit:
        if dry_run:
            from promptkit.cli.planned import show_plan

            return show_plan(kit.dry.judge(images, brand, resend=resend), as_json=as_json)
        asked = [(file_of(image, kit.runs), kit.brand_of(image, brand).id) for image in images]
        for file, _ in asked:
            shown(file)  # what cannot be opened is told before anything is paid
        found = []
        for image, (file, name) in zip(images, asked, strict=True):
            found.append((file, name, _judged(kit, image, brand, resend=resend)))
            if isinstance(found[-1][2], InputError):
                break  # it would stop all the others, too
    if len(images) == 1 and isinstance(error := found[0][2], PromptkitError):
        raise error
    if as_json:
        told = [{"image": file.absolute(), "brand": name} | _data(got) for file, name, got in found]
        print_json({"images": told})
    else:
        for file, name, got in found:
            _print(file, got, name)
    return max(_code(got) for *_, got in found)


def _judged(kit: Kit, image: str, brand: str | None, *, resend: bool) -> Judged:
    try:
        return kit.judge(image, brand, resend=resend)
    except PromptkitError as error:
        return error


def _data(got: Judged) -> dict[str, Any]:
    if isinstance(got, PromptkitError):
        return got.as_dict()
    return {"checks": [check.model_dump() for check in got]}


def _code(got: Judged) -> int:
    return got.exit_code if isinstance(got, PromptkitError) else int(any(map(_unfit, got)))


def _unfit(check: Check) -> bool:
    return check.status == "fail" and check.severity == "must"


def _print(image: Path, checks: Judged, brand: str) -> None:
    if isinstance(checks, PromptkitError):
        # What an input error says names its own place.
        said = f"{near(image)}: {checks.message}"
        named = isinstance(checks, InputError)
        report(checks if named else PromptkitError(said, fix=checks.fix), as_json=False)
        return
    if not checks:
        print(f"{near(image)}: {brand} asks nothing; its questions go into checks: {{judge: …}}")
        return
    failed = sum(check.status == "fail" for check in checks)
    print(f"{near(image)}  {many(len(checks), 'question')}, {failed or 'none'} answered with no")
    for check in checks:
        hint = f" → {check.hint}" if check.hint else ""
        print_indented(f"{_SIGNS[check.status]}  {check.message} [{check.severity}]{hint}")
