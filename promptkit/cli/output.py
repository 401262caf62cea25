"""What every verb shares: its options, and how things are printed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.errors import BriefError, Finding, InputError, Place, PromptkitError

if TYPE_CHECKING:
    from promptkit.blocking import Kit
    from promptkit.workflow.run import Failure, Shot

#: No metavar: some versions of typer would show “<bool>” beside a flag.
JsonFlag = Annotated[
    bool,
    typer.Option(
        "--json", metavar="", help="Print one JSON object on standard output, nothing else."
    ),
]
ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-C",
        help="The project's folder.",
        show_default="the nearest folder above with a promptkit.yaml, else the working folder",
    ),
]
ConfigOption = Annotated[
    list[str] | None,
    typer.Option(
        "--config", metavar="KEY=VALUE", help="A setting, as in tiers.final.quality=medium."
    ),
]
TemplateArgument = Annotated[str, typer.Argument(help="The template's name.")]
BrandOption = Annotated[
    str | None, typer.Option("--brand", "-b", help="The brand's name, or its profile's path.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="INPUT=VALUE", help="An input of the template."),
]
InputsOption = Annotated[
    Path | None,
    typer.Option(
        "--inputs",
        help="A YAML file of inputs; --set wins over it. For preview and generate also many: "
        "CSV, JSON lines or a list draw a run of each row, for which --set fills gaps.",
    ),
]
LookOption = Annotated[str | None, typer.Option(help="One of the brand's looks.")]
ChannelOption = Annotated[str | None, typer.Option(help="One of the brand's channels.")]
AxesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--axes",
        metavar="AXIS=OPTION,…",
        help="Options of the template's axes, as in crop=close,light=dusk. In place of an option, "
        "“all”, “cycle” or “random” gives each take its own, and “fixed” all the first.",
    ),
]
SeedOption = Annotated[
    str, typer.Option(help="What random options are drawn by: the same one draws the same.")
]
ModelOption = Annotated[str | None, typer.Option("--model", "-m", help="The model to ask.")]
QualityOption = Annotated[str | None, typer.Option(help="The quality to ask for.")]
FirstTakeOption = Annotated[
    int, typer.Option(min=1, help="The first take's number: a higher one draws new pictures.")
]
ResendOption = Annotated[
    bool,
    typer.Option(
        "--resend", metavar="", help="Ask again for pictures in doubt, and perhaps pay again."
    ),
]

DryRunFlag = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        metavar="",
        help="Show what it would ask for and cost; nothing is sent, written or paid.",
    ),
]
RewriteFlag = Annotated[
    bool,
    typer.Option(
        "--rewrite", metavar="", help="Hand the words to the settings' rewriter, which is paid."
    ),
]


def report(error: PromptkitError, *, as_json: bool) -> None:
    """Print an error: as JSON on standard output when that was asked for, else for a person."""
    if as_json:
        print_json(error.as_dict())
        return
    console = console_of(stderr=True)
    findings = error.findings if isinstance(error, InputError) else ()
    if not findings:
        findings = (Finding("", error.message, fix=error.fix),)
    for finding in findings:
        print_finding(finding, console=console, label="error")


def print_finding(finding: Finding, *, console: Any = None, label: str | None = None) -> None:
    """Print one finding: place, message, the line it is about, the fix."""
    from rich.text import Text

    styles = {"error": "bold red", "warning": "yellow", "advice": "cyan"}
    console = console or console_of()
    name = label or finding.severity
    head = Text(f"{name}: ", style=styles[finding.severity if label is None else "error"])
    rule = f" [{finding.rule}]" if label is None and finding.rule else ""
    place = f"{finding.place}: " if finding.place else ""
    console.print(head + Text(f"{place}{finding.message}{rule}", style=""), soft_wrap=True)
    if finding.place and finding.place.text:
        console.print(Text(f"    {finding.place.text.strip()}", style="dim"), soft_wrap=True)
    if finding.fix:
        console.print(Text(f"  → {finding.fix}"), soft_wrap=True)


def findings_of(
    names: Iterable[str], check: Callable[[str], Iterable[Finding]], unknown_rule: str
) -> list[Finding]:
    """Check things by name; one that cannot be read is a finding, one that is not there an error.

    Raises:
        InputError: a name is unknown.
    """
    found: list[Finding] = []
    for name in names:
        try:
            found += check(name)
        except InputError as error:
            if error.findings[0].rule == unknown_rule:
                raise
            found += error.findings
    return list(dict.fromkeys(found))  # what stands in a parent is found for each child


def many(count: int, what: str) -> str:
    """Count for a person: “no findings”, “1 finding”, “3 findings”."""
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def print_json(data: Mapping[str, Any], *, one_line: bool = False) -> None:
    """Print one JSON object; money becomes numbers."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    plain = "utf" not in encoding.lower()  # what cannot be printed as it is, is escaped
    indent = None if one_line else 2
    print(json.dumps(data, indent=indent, ensure_ascii=plain, default=_json_value))


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def print_table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a plain table: › before a column's name sets it right, ! keeps it unbroken.

    A terminal too narrow for it gets the rows one below the other, as names and values.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = console_of()
    cells = [[str(cell) for cell in row] for row in rows]
    if console.width < _least_width(columns, cells):
        _print_stacked(columns, cells, console.width)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        right = column.startswith("›")
        table.add_column(
            column.lstrip("›!"),
            justify="right" if right else "left",
            no_wrap=right or column.startswith("!"),
        )
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _print_stacked(columns: Sequence[str], rows: list[list[str]], width: int) -> None:
    names = [f"  {column.lstrip('›!')}  " for column in columns[1:]]
    indent = max(map(len, names))
    for first, *rest in rows:
        print(first)
        for name, value in zip(names, rest, strict=True):
            lines = wrap(value, max(width - indent, 20))
            for head, line in zip_longest([name] if lines else [], lines, fillvalue=""):
                print(f"{head:{indent}}{line}")


def _least_width(columns: Sequence[str], rows: list[list[str]]) -> int:
    """Return the columns of a terminal that a table can do with: breaking columns need 16."""
    total = 0
    for number, column in enumerate(columns):
        widest = max(len(row[number]) for row in [[name.lstrip("›!") for name in columns], *rows])
        total += 3 + (widest if column[0] in "›!" else min(widest, 16))
    return total - 3


def console_of(*, stderr: bool = False) -> Any:
    """Return what prints. Into a file or a pipe nothing is broken, so that grep finds it."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 1000
    return console


def fresh_page(why: str) -> bool:
    """Clear the terminal; in a file or a pipe a line that says why parts what follows.

    Returns whether there was a terminal to clear.
    """
    console = console_of()
    if console.is_terminal:
        console.clear()
    elif why:
        print(f"\n──── {why} ────")
    return bool(console.is_terminal)


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values, the values below each other."""
    found = list(pairs)
    width = max(len(name) for name, _ in found)
    for name, value in found:
        print(f"{name:{width}}  {value}")


def print_indented(text: str) -> None:
    """Print text two columns in; what is longer than the terminal goes on four columns in."""
    width = console_of().width
    for line in text.splitlines():
        broken = wrap(
            line,
            width,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
            break_long_words=False,
        )
        print("\n".join(broken))


def print_hanging(head: str, text: str) -> None:
    """Print text after a head; what is longer than the terminal goes on below itself."""
    rest = " " * len(head)
    width = console_of().width
    lines = wrap(text, width - len(head), break_on_hyphens=False, break_long_words=False)
    print(head + f"\n{rest}".join(lines))


def near(path: Path) -> Path:
    """Return a path as seen from the working folder, when it lies within."""
    with suppress(ValueError):
        return path.relative_to(Path.cwd())
    return path


def open_kit(project: Path | None, config: list[str] | None = None) -> Kit:
    """Open the project that a verb works in.

    Raises:
        SettingsError: the settings have faults.
    """
    from promptkit.blocking import Kit

    return Kit(project, config=settings_of(config))


def settings_of(config: list[str] | None) -> dict[str, Any]:
    """Read ``--config`` flags.

    Raises:
        BriefError: one of them has no equals sign.
    """
    from promptkit.documents import scalar

    return {key: scalar(value) for key, value in pairs(config, "--config").items()}


def pairs(given: list[str] | None, flag: str) -> dict[str, str]:
    """Read ``key=value`` flags.

    Raises:
        BriefError: one of them has no equals sign.
    """
    found = {}
    for item in given or ():
        key, sign, value = item.partition("=")
        if not sign or not key.strip():
            name, _, rest = key.strip().partition(" ")
            fix = f'write {flag} {name or "name"}="{rest or "value"}"'
            raise BriefError(Finding("not-a-pair", f"{flag} {item!r} has no “=”", fix=fix))
        found[key.strip()] = value.strip()
    return found


def axis_wishes(given: list[str] | None) -> dict[str, str]:
    """Read ``axis=option`` flags, several of them with commas between.

    Raises:
        BriefError: one of them has no equals sign.
    """
    said = [part for item in given or () for part in item.split(",") if part.strip()]
    for part in said:
        if "=" not in part:
            name = part.strip()
            fix = "write --axes AXIS=OPTION, as in crop=close,light=dusk; crop=all is each in turn"
            raise BriefError(Finding("not-a-pair", f"--axes “{name}” has no “=”", fix=fix))
    return pairs(said, "--axes")


def read_inputs(given: list[str] | None, file: Path | None) -> dict[str, Any]:
    """Return the brief's inputs from a file and from flags, which win.

    Raises:
        BriefError: the file cannot be read, or a flag has no equals sign.
    """
    values: dict[str, Any] = {}
    if file is not None:
        from promptkit.documents import read_yaml
        from promptkit.workflow.rows import holds_rows, refuse_sheets

        refuse_sheets(file)
        if holds_rows(file):
            raise BriefError(_many_briefs(file))
        document = read_yaml(file, BriefError)
        if isinstance(document.data, list) and all(isinstance(row, dict) for row in document.data):
            raise BriefError(_many_briefs(file))
        if not isinstance(document.data, dict):
            raise BriefError(
                Finding("inputs-file", "inputs are a list of keys", place=document.place())
            )
        values = dict(document.data)
    return values | pairs(given, "--set")


def _many_briefs(file: Path) -> Finding:
    message = "this file holds many briefs, and one is wanted here"
    fix = "preview and generate draw a run of each; --dry-run shows what that costs"
    return Finding("many-briefs", message, place=Place(str(file)), fix=fix)


def warn_of(findings: Iterable[Finding]) -> None:
    """Say on standard error what is wrong with a prompt, before anything is paid for it."""
    console = console_of(stderr=True)
    with suppress(OSError):
        for finding in findings:
            if finding.severity != "advice":
                print_finding(finding, console=console)


def show_progress(item: Shot | Failure, *, alone: bool = False) -> None:
    """Say on standard error that a picture came, or that it did not.

    Of a picture ``alone`` a failure is the verb's error, which is said there.
    """
    from promptkit.workflow.run import Shot

    if alone and not isinstance(item, Shot):
        return
    said = paid(item) if isinstance(item, Shot) else item.message
    with suppress(OSError):  # nobody listens any more: that must not cost the pictures
        print(f"  {item.tier} {item.take}: {said}", file=sys.stderr, flush=True)


def paid(shot: Shot) -> str:
    """Say what a picture cost: “free”, “paid $0.0084”, “cached, saved $0.0084”."""
    about = "about " if shot.estimated else ""
    if shot.cached:
        return f"cached, saved {about}{money(shot.saved_usd)}" if shot.saved_usd else "cached"
    return f"paid {about}{money(shot.cost_usd)}" if shot.cost_usd else "free"


def money(amount: Decimal) -> str:
    """Return USD for a person."""
    from promptkit.picture.sheet_words import money as sheet_money

    return sheet_money(amount)
