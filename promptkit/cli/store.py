"""cache stats, cache verify, cache prune, cache rebuild, cache export."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli.output import (
    ConfigOption,
    JsonFlag,
    ProjectOption,
    many,
    open_kit,
    print_finding,
    print_json,
    print_pairs,
    print_table,
)
from promptkit.errors import BriefError, Finding

if TYPE_CHECKING:
    from promptkit.client.upkeep import Eviction, Share, Stats

app = typer.Typer(help="The picture store: what was paid for, and is kept.", no_args_is_help=True)

#: How often it is said how far a long reading has come, in pictures.
_STEP = 500


@app.command()
def stats(
    project: ProjectOption = None, config: ConfigOption = None, as_json: JsonFlag = False
) -> None:
    """Show what the store holds.

    Example: promptkit cache stats
    """
    from dataclasses import asdict

    with open_kit(project, config) as kit, kit.upkeep() as upkeep:
        found = upkeep.stats()
        home = kit.project.home
    if as_json:
        print_json({"store": home, **asdict(found)})
    else:
        _print_stats(found, home)


@app.command()
def verify(
    project: ProjectOption = None, config: ConfigOption = None, as_json: JsonFlag = False
) -> int:
    """Read every picture again, and say what is damaged, missing or left over.

    Exits with 1 when something is wrong.

    Example: promptkit cache verify
    """
    with open_kit(project, config) as kit, kit.upkeep() as upkeep:
        count, findings = upkeep.verify(_progress)
    if as_json:
        print_json({"pictures": count, "findings": [item.as_dict() for item in findings]})
    else:
        for finding in findings:
            print_finding(finding)
        print(f"{many(count, 'picture')} read, {many(len(findings), 'finding')}")
    return int(bool(findings))


@app.command()
def prune(
    keep_days: Annotated[
        float | None,
        typer.Option(min=0, metavar="N", help="Remove what was not used for so many days."),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Then the longest unused, down to 500MB, 2GB …"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Only show what would be removed.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", metavar="", help="Remove without asking.")
    ] = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Remove pictures that nobody has used for long; asks first.

    What a run of this project refers to, what is in doubt and what was used
    within the last hour stays. What was removed is paid for anew when it is
    asked for again.

    Example: promptkit cache prune --keep-days 180 --max-size 2GB --dry-run
    """
    limit = _size(max_size)
    if keep_days is None and limit is None:
        fix = "add --keep-days 180, --max-size 2GB, or both"
        raise BriefError(Finding("no-limit", "no limit is set, so nothing goes", fix=fix))
    with open_kit(project, config) as kit, kit.upkeep() as upkeep:
        plan = upkeep.plan(keep_days=keep_days, max_size=limit)
        if not as_json:
            _print_plan(plan)
            if plan.pictures and not kit.project.home.is_relative_to(kit.project.root):
                print(f"{kit.project.home} may be shared: only this project's runs are known.")
        go = bool(plan.pictures) and not dry_run and (yes or _sure(plan, ask=not as_json))
        if go:
            plan = upkeep.evict(plan)  # less, when something was used meanwhile
    if as_json:
        print_json(_plan_data(plan, removed=go))
    elif go:
        print("Removed.")
    elif plan.pictures:
        print("Nothing was removed.")
    return 0


@app.command()
def rebuild(
    project: ProjectOption = None, config: ConfigOption = None, as_json: JsonFlag = False
) -> None:
    """Make the index anew from the sidecars. No picture is touched.

    Example: promptkit cache rebuild
    """
    with open_kit(project, config) as kit, kit.upkeep() as upkeep:
        count = upkeep.rebuild()
    if as_json:
        print_json({"entries": count})
    else:
        print(f"The index holds {many(count, 'entry') if count == 1 else f'{count} entries'}.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to; made when it is not there.")],
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Copy every picture with its sidecar, byte for byte. Writes over nothing.

    The copy is a store itself: PROMPTKIT_HOME may point to it.

    Example: promptkit cache export backup
    """
    with open_kit(project, config) as kit, kit.upkeep() as upkeep:
        written, count = upkeep.export(folder)
    if as_json:
        print_json({"folder": folder.absolute(), "files": count, "written": written})
    else:
        there = f"; {count - written} were there already" if written < count else ""
        print(f"{many(written, 'file')} written to {folder}{there}")


def _print_stats(found: Stats, home: Path) -> None:
    from promptkit.measures import bytes_text

    pairs: list[tuple[str, object]] = [
        ("Store", home),
        ("Pictures", f"{found.pictures}, {bytes_text(found.bytes)}"),
    ]
    if found.oldest and found.newest:
        pairs.append(("Made", f"from {found.oldest[:10]} to {found.newest[:10]}"))
    if found.in_doubt:
        pairs.append(("In doubt", f"{many(found.in_doubt, 'call')} (promptkit doctor)"))
    if found.orphans.pictures:
        orphans = f"{many(found.orphans.pictures, 'file')}, {bytes_text(found.orphans.bytes)}"
        pairs.append(("Orphans", f"{orphans} (promptkit cache verify)"))
    if found.unreadable:
        pairs.append(("Damaged", f"{many(found.unreadable, 'sidecar')} (promptkit cache verify)"))
    print_pairs(pairs)
    for name, shares in (("model", found.models), ("brand", found.brands)):
        if shares:
            print()
            print_table((f"!{name}", "›pictures", "›size"), map(_share_cells, shares.items()))


def _share_cells(named: tuple[str, Share]) -> tuple[object, ...]:
    from promptkit.measures import bytes_text

    name, share = named
    return name, share.pictures, bytes_text(share.bytes)


def _print_plan(plan: Eviction) -> None:
    from datetime import UTC, datetime

    from promptkit.measures import bytes_text

    cells = (
        (
            item.path.name[:12],
            item.model,
            item.brand,
            datetime.fromtimestamp(item.used, UTC).date(),
            bytes_text(item.size),
        )
        for item in plan.pictures
    )
    if plan.pictures:
        print_table(("!picture", "!model", "brand", "!last used", "›size"), cells)
        print()
    size = f"{bytes_text(plan.bytes)} of {bytes_text(plan.bytes_before)}"
    print(f"{many(len(plan.pictures), 'picture')} to remove, {size}.")
    if plan.kept_back:
        print(f"{plan.kept_back} more stay: runs, doubts or work under way need them.")
    if plan.over:
        print(f"The store stays {bytes_text(plan.over)} above its limit.")


def _plan_data(plan: Eviction, *, removed: bool) -> dict[str, Any]:
    return {
        "removed": removed,
        "pictures": [
            {
                "path": item.path,
                "bytes": item.size,
                "digests": item.digests,
                "model": item.model,
                "brand": item.brand,
            }
            for item in plan.pictures
        ],
        "bytes": plan.bytes,
        "bytes_before": plan.bytes_before,
        "kept_back": plan.kept_back,
        "over": plan.over,
    }


def _sure(plan: Eviction, *, ask: bool) -> bool:
    """Ask whether to go on.

    Raises:
        BriefError: there is nobody to ask.
    """
    if ask:
        with suppress(typer.Abort):
            which = "this" if len(plan.pictures) == 1 else f"these {len(plan.pictures)}"
            return typer.confirm(f"Remove {which} for good?")
        print()
    fix = "add --yes to remove them, or --dry-run to see them"
    raise BriefError(Finding("not-confirmed", "there is nobody to ask, so nothing goes", fix=fix))


def _size(given: str | None) -> int | None:
    from promptkit.measures import parse_bytes

    try:
        return parse_bytes(given) if given is not None else None
    except ValueError as cause:
        raise BriefError(Finding("size", f"--max-size: {cause}")) from None


def _progress(count: int) -> None:
    if count % _STEP == 0:
        with suppress(OSError):
            print(f"  {count} pictures read", file=sys.stderr, flush=True)
