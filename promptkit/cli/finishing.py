"""finish: from a picture to the file of each channel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli.output import (
    BrandOption,
    ConfigOption,
    JsonFlag,
    ProjectOption,
    many,
    near,
    open_kit,
    print_finding,
    print_json,
    print_pairs,
)
from promptkit.errors import Finding, Severity

if TYPE_CHECKING:
    from promptkit.picture.finish.finisher import FinishedFile
    from promptkit.verdict import Check, Weight

PictureArgument = Annotated[
    str, typer.Argument(metavar="RUN|IMAGE", help="A run's id, “last”, or a picture's path.")
]
_SEVERITIES: dict[Weight, Severity] = {"must": "error", "should": "warning", "info": "advice"}


def finish(
    picture: PictureArgument,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", "-c", help="A channel of the brand.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", metavar="", help="Every channel of the brand.")
    ] = False,
    brand: BrandOption = None,
    headline: Annotated[
        str | None,
        typer.Option(help="The words to set.", show_default="the run's own; “” sets none"),
    ] = None,
    take: Annotated[
        int | None, typer.Option(metavar="N", help="Which final, of a run that has several.")
    ] = None,
    language: Annotated[str, typer.Option(help="The language of the brand's disclaimer.")] = "",
    region: Annotated[str, typer.Option(help="The market whose disclaimer holds.")] = "",
    made_with_ai: Annotated[
        bool | None,
        typer.Option(
            "--ai/--no-ai",
            metavar="",
            help="Whether a model drew a picture that no run knows.",
            show_default="as its file says",
        ),
    ] = None,
    alt: Annotated[
        str | None,
        typer.Option(help="What is to be seen, for those who cannot.", show_default="as proposed"),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The folder to write to.")] = None,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Make a picture into each channel's file: cut, scaled, lettered, with the logo.

    The picture itself stays as it is. What was done stands in a .json beside
    each file. The exit code is 1 when a file is unfit: its name then ends in
    “-unfit”.

    Example: promptkit finish last --channel product_tile
    """
    with open_kit(project, config) as kit:
        files = kit.finish(
            picture,
            ["*"] if every else channel or [],
            brand=brand,
            take=take,
            out=out,
            headline=headline,
            language=language,
            region=region,
            by_model=made_with_ai,
            alt=alt,
        )
    if as_json:
        print_json({"files": [_data(file) for file in files]})
    else:
        _print(files)
    return int(not all(file.audit.ok for file in files))


def _data(file: FinishedFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "sidecar": file.sidecar,
        "channel": file.channel,
        "ok": file.audit.ok,
        "checks": [check.model_dump(mode="json") for check in file.audit.checks],
    }


def _print(files: list[FinishedFile]) -> None:
    told: list[Check] = []
    for file in files:
        print_pairs([(file.channel, near(file.path))])
        for check in file.audit.failed:
            if check.severity != "info" or check not in told:
                print_finding(_finding(check))
        told += file.audit.failed
    unfit = sum(not file.audit.ok for file in files)
    print(many(len(files), "file") + (f", {unfit} of them unfit" if unfit else ""))


def _finding(check: Check) -> Finding:
    wanted = f" (wanted {check.wanted})" if check.wanted else ""
    severity = _SEVERITIES[check.severity]
    return Finding(check.rule, check.message + wanted, severity, fix=check.hint or None)
