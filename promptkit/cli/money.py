"""usage, resolve."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli.output import (
    ConfigOption,
    JsonFlag,
    ProjectOption,
    many,
    money,
    open_kit,
    print_json,
    print_table,
)
from promptkit.errors import BriefError, Finding, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from promptkit.client.doubts import Doubt
    from promptkit.usage import CallRow, Usage, UsageRow

_CALL = "call"


def usage(
    by: Annotated[
        str,
        typer.Option(
            help="Group by day, month, brand, template, tier, model or run; “call” is each call."
        ),
    ] = "model",
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The first day (UTC)."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The last day (UTC)."),
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", metavar="", help="Print the rows as CSV on standard output.")
    ] = False,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what was paid, what the store and previewing have saved, and what is in doubt.

    The store saved what its pictures had cost when they were made.
    Previewing saved what a run's takes would have cost drawn straight as
    finals, less what its previews and finals did cost; runs without a final
    count nothing.

    Example: promptkit usage --by brand
    """
    from promptkit.client.sums import GROUPS
    from promptkit.usage import UsageRow, calls_of, usage_of

    first, last = _day(since), _day(until)
    if first and last and last < first:
        fix = f"swap them: --since {last} --until {first}"
        raise BriefError(Finding("empty-period", f"{last} is before {first}", fix=fix))
    known = [*GROUPS, _CALL]
    if by not in known:
        message, fix = unknown("grouping", by, known)
        raise BriefError(Finding("unknown-grouping", message, fix=fix))
    with open_kit(project, config) as kit, kit.upkeep() as upkeep:
        if by == _CALL:
            calls = calls_of(upkeep.calls(), first, last)
            _print_calls(calls, as_csv=as_csv, as_json=as_json)
            return
        found = usage_of(upkeep, by, first, last)
    if as_json:
        print_json(_usage_data(found))
    elif as_csv:
        _print_csv(UsageRow, found.rows)
    elif not found.rows:
        limited = first or last
        print("Nothing was asked for in these days." if limited else "Nothing was asked for yet.")
    else:
        _print_usage(found)


def resolve(
    digest: Annotated[
        str | None, typer.Argument(help="The beginning of a digest, as `doctor` shows it.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="Decide about all that is in doubt.")
    ] = False,
    paid: Annotated[
        bool | None,
        typer.Option(
            "--paid/--unpaid",
            metavar="",
            show_default=False,
            help="What the provider's usage page shows. Paid is booked, and is asked for again "
            "only with --resend; unpaid frees what was held, and may be asked for again.",
        ),
    ] = None,
    cost: Annotated[
        str | None,
        typer.Option(metavar="USD", help="What each cost; else the most it may have cost."),
    ] = None,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Decide about calls in doubt: sent, and nobody knows whether they were billed.

    Example: promptkit resolve --all --unpaid
    """
    if bool(digest) is everything:
        _refuse("which-doubt", "name one digest, or --all", "`promptkit doctor` lists them")
    if paid is None:
        fix = "look at the provider's usage page, then add the one that it shows"
        _refuse("paid-or-unpaid", "say --paid or --unpaid", fix)
    if cost is not None and not paid:
        _refuse("cost-unpaid", "--cost goes with --paid", "leave it out: what is unpaid costs $0")
    amount = _amount(cost)
    with open_kit(project, config) as kit, kit.upkeep() as upkeep:
        decided = upkeep.resolve(digest, paid=bool(paid), cost=amount)
    if as_json:
        print_json({"paid": paid, "cost_usd": amount, "decided": [*map(doubt_data, decided)]})
        return
    for doubt in decided:
        booked = dollars(doubt.held if amount is None else amount)
        said = f"booked as paid, {booked}" if paid else f"unpaid, {dollars(doubt.held)} is free"
        named = f"  (request id {doubt.request_id})" if doubt.request_id else ""
        print(f"{doubt.short}  {doubt.what}: {said}{named}")
    if not decided:
        print("Nothing is in doubt.")
    elif paid:
        print("\nTo ask, and to pay, for them again, add --resend.")


def print_doubts(doubts: Iterable[Doubt]) -> None:
    """Print what is in doubt, each with the commands that decide about it."""
    for doubt in doubts:
        print(f"\n{doubt.short}  {doubt.what}, up to {dollars(doubt.held)}")
        print(f"  asked of {doubt.model} on {doubt.when}{f' by {doubt.who}' if doubt.who else ''}")
        if doubt.run:
            print(f"  run {doubt.run}")
        if doubt.request_id:
            print(f"  request id {doubt.request_id}")
        if doubt.why:
            print(f"  {doubt.why}")
        print(f"  → promptkit resolve {doubt.short} --paid   (or --unpaid)")


def doubt_data(doubt: Doubt) -> dict[str, Any]:
    """Return a call in doubt as plain JSON data."""
    from dataclasses import asdict

    data = asdict(doubt)
    del data["row"]
    data["held_usd"] = data.pop("held")
    return data


def dollars(amount: Decimal) -> str:
    """Return USD for a person: nothing is “$0”, less than nothing has its sign in front."""
    return f"{'-' * (amount < 0)}{money(abs(amount))}" if amount else "$0"


def _refuse(rule: str, message: str, fix: str) -> None:
    raise BriefError(Finding(rule, message, fix=fix))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _amount(given: str | None) -> Decimal | None:
    from decimal import Decimal, InvalidOperation

    if given is None:
        return None
    try:
        amount = Decimal(given.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("nan")
    if not (amount.is_finite() and 0 <= amount <= 100_000):
        _refuse("cost", f"--cost {given!r} is no sum of money", "write USD, as in --cost 0.04")
    return amount


def _usage_data(found: Usage) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "by": found.by,
        "rows": [asdict(row) for row in found.rows],
        "cost_usd": found.total.cost,
        "saved_usd": found.total.saved,
        "previewing_saved_usd": found.total.previewing_saved,
        "in_doubt": [doubt_data(doubt) for doubt in found.in_doubt],
    }


def _print_usage(found: Usage) -> None:
    columns = (f"!{found.by}", "›made", "›cached", "›failed", "›paid", "›saved", "›previewing")
    cells = (
        (
            row.name,
            row.paid,
            row.cached,
            row.failed,
            dollars(row.cost),
            dollars(row.saved),
            dollars(row.previewing_saved),
        )
        for row in found.rows
    )
    print_table(columns, cells)
    total = found.total
    previewing = total.previewing_saved
    said = f"{dollars(abs(previewing))} {'more spent' if previewing < 0 else 'saved'} by previewing"
    print(f"\nPaid {dollars(total.cost)}; {dollars(total.saved)} saved by the store, {said}.")
    if found.in_doubt:
        count = many(len(found.in_doubt), "call")
        print(f"\nIn doubt: {count}, which may have cost up to {dollars(total.held)} more.")
        print_doubts(found.in_doubt)


def _print_calls(calls: list[CallRow], *, as_csv: bool, as_json: bool) -> None:
    from dataclasses import asdict

    from promptkit.usage import CallRow

    if as_json:
        print_json({"by": _CALL, "rows": [asdict(call) for call in calls]})
    elif as_csv:
        _print_csv(CallRow, calls)
    elif not calls:
        print("Nothing was asked for.")
    else:
        cells = (
            (
                f"{call.at[:10]} {call.at[11:16]}",
                call.template or "a text",
                call.model,
                "cached" if call.cached else call.state.replace("_", " "),
                dollars(call.cost),
            )
            for call in calls
        )
        print_table(("!when (UTC)", "template", "!model", "!state", "›paid"), cells)


def _print_csv(kind: type[UsageRow | CallRow], rows: Iterable[UsageRow | CallRow]) -> None:
    import csv
    import sys

    from promptkit.usage import as_cells, columns

    writer = csv.DictWriter(sys.stdout, columns(kind), lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(as_cells, rows))
