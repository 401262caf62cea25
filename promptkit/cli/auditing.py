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
    print_indented,
    print_json,
)
from promptkit.cli.runs import audit_data

if TYPE_CHECKING:
    from promptkit.verdict import Audit, Check

_SIGNS = {"pass": "ok", "fail": "! ", "skipped": "– "}


def audit(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures to audit.")],
    brand: BrandOption = None,
    look: LookOption = None,
    channel: ChannelOption = None,
    every: Annotated[
        bool, typer.Option("--all", metavar="", help="Print what passed, too.")
    ] = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Measure pictures against a brand: its colours, toning, room for words and logo, the file.

    The look is the channel's, else the brand's own one. Previews and finals are audited by
    themselves. Exits with 1 when a rule of the severity “must” fails.

    Example: promptkit audit final.png --brand tidewell --channel web_hero
    """
    with open_kit(project, config) as kit:
        found = [(file, kit.audit(file, brand, look=look, channel=channel)) for file in images]
    if as_json:
        print_json(
            {"images": [{"image": file.absolute()} | audit_data(item) for file, item in found]}
        )
    else:
        for file, item in found:
            _print(file, item, every=every)
    return int(any(not item.ok for _, item in found))


def _print(file: Path, audit: Audit, *, every: bool) -> None:
    failed = [check for check in audit.failed if check.severity != "info"]
    verdict = "fit" if audit.ok else "UNFIT"
    place = f", {audit.channel}" if audit.channel else ""
    told = f"{audit.brand}, {audit.look}{place}: {verdict}, {many(len(failed), 'rule')} failed"
    print(f"{near(file)}  {told}")
    shares = (f"{item.name} {item.share:.1%}" for item in audit.palette if item.share >= _LEAST)
    print_indented(f"palette: {', '.join(shares) or 'none of it'}")
    for check in audit.checks:
        if every or check.status == "fail":
            _print_check(check)


def _print_check(check: Check) -> None:
    hint = f" → {check.hint}" if check.hint else ""
    told = check.status == "fail" and check.severity != "info"
    sign = f"NO {check.severity}" if told else _SIGNS[check.status]
    print_indented(f"{sign}  {check.message} [{check.rule}]{hint}")


#: Less than this of a colour is not worth a word.
_LEAST = 0.001
