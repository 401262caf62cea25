"""report: one page on many runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from promptkit.cli.output import (
    JsonFlag,
    ProjectOption,
    many,
    money,
    near,
    open_kit,
    print_json,
    print_pairs,
)

RunsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RUN…|FOLDER]",
        help="Runs by their ids, “last”, or a folder of runs.",
        show_default="all runs of the project",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="The page to write.", show_default="report.html beside them"),
]


def report(
    runs: RunsArgument = None,
    out: OutOption = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Write one page on runs: what was picked, what the audit found, what it cost.

    Exits with 1 when a run's record cannot be read.

    Example: promptkit report --out report.html
    """
    with open_kit(project) as kit:
        made = kit.report(runs or (), out)
    data = made.as_dict()
    if as_json:
        print_json(data)
        return int(bool(made.unread))
    lines: list[tuple[str, object]] = [
        ("Report", near(made.path)),
        ("Runs", many(data["runs"], "run") + f", {data['picked']} of {data['to_pick']} picked"),
    ]
    if data["audited"]:
        lines.append(("On brand", f"{data['on_brand']} of {data['audited']}"))
    lines.append(("Cost", money(data["cost_usd"])))
    if data["saved_usd"]:
        lines.append(("Saved", money(data["saved_usd"])))
    lines += [("Not read", finding.message) for finding in made.unread]
    print_pairs(lines)
    return int(bool(made.unread))
