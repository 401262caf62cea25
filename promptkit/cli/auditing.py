"""audit: pictures, held against a brand by measure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from promptkit.cli.output import (
    BrandOption,
    ChannelOption,
    ConfigOption,
    JsonFlag,
    LookOption,
    ProjectOption,
    many,
    near,
    open_kit,
    print_finding,
    print_indented,
    print_json,
)
from promptkit.cli.runs import audit_data
from promptkit.errors import BriefError, Finding

if TYPE_CHECKING:
    from promptkit.verdict import Audit, Check

#: What audit and judge take, one or more of it.
PICTURES = typer.Argument(
    metavar="IMAGE|RUN...", help="Pictures; a run's id, or “last”, is its final or its pick."
)
_SIGNS = {"pass": "ok", "fail": "! ", "skipped": "– "}


def audit(
    images: Annotated[list[str], PICTURES],
    brand: BrandOption = None,
    look: LookOption = None,
    channel: ChannelOption = None,
    every: Annotated[
        bool, typer.Option("--all", metavar="", help="Print what passed, too.")
    ] = False,
    no_lettering: Annotated[
        bool,
        typer.Option("--no-lettering", metavar="", help="Read no lettering."),
    ] = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Measure pictures against a brand: colours, toning, lettering, room for words and logo.

    Without --brand, a run's picture is held against what the run was made with,
    any other one against the project's brand, in the channel's look or the
    brand's own. Exits with 1 when a rule of the severity “must” fails, with 2
    when a picture cannot be opened: the others are audited.

    Example: promptkit audit final.png --brand tidewell --channel web_hero
    """
    from promptkit.documents import missing
    from promptkit.picture.known import file_of

    if no_lettering:
        config = [*(config or ()), "audit.lettering=false"]
    found: list[tuple[Path, Audit]] = []
    unread: list[BriefError] = []
    with open_kit(project, config) as kit:
        for image in images:
            try:
                file = file_of(image, kit.runs)
                if not file.exists():  # before a brand is asked for
                    raise BriefError(missing(file))
                found.append((file, kit.audit(image, brand, look=look, channel=channel)))
            except BriefError as error:
                unread.append(error)
    if unread and not found:
        raise unread[0] if len(unread) == 1 else BriefError(*_findings(unread))
    if as_json:
        data = [{"image": file.absolute()} | audit_data(item) for file, item in found]
        told = {"errors": [item.as_dict() for item in _findings(unread)]} if unread else {}
        print_json({"images": data} | told)
    else:
        for file, item in found:
            _print(file, item, every=every)
        for finding in _findings(unread):
            print_finding(finding)
    return 2 if unread else int(any(not item.ok for _, item in found))


def _findings(errors: list[BriefError]) -> list[Finding]:
    return [finding for error in errors for finding in error.findings]


def _print(file: Path, audit: Audit, *, every: bool) -> None:
    failed = [check for check in audit.failed if check.severity != "info"]
    verdict = "fit" if audit.ok else "UNFIT"
    place = f", {audit.channel}" if audit.channel else ""
    told = f"{audit.brand}, {audit.look}{place}: {verdict}, {many(len(failed), 'rule')} failed"
    print(f"{near(file)}  {told}")
    shares = (f"{item.name} {item.share:.1%}" for item in audit.palette if item.share >= _LEAST)
    print_indented(f"palette: {', '.join(shares) or 'none of it'}")
    for check in audit.checks:
        if every or check.status == "fail" or check.hint:
            _print_check(check)


def _print_check(check: Check) -> None:
    hint = f" → {check.hint}" if check.hint else ""
    told = check.status == "fail" and check.severity != "info"
    sign = f"NO {check.severity}" if told else _SIGNS[check.status]
    print_indented(f"{sign}  {check.message} [{check.rule}]{hint}")


#: Less than this of a colour is not worth a word.
_LEAST = 0.001
