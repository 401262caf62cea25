"""What a verb would ask for and cost, shown in its place by --dry-run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promptkit.cli.money import dollars
from promptkit.cli.output import many, print_finding, print_json, print_pairs, print_table
from promptkit.errors import BudgetError

if TYPE_CHECKING:
    from promptkit.workflow.plan import Allowance, Plan, PlannedCalls


def show_plan(plan: Plan, *, as_json: bool) -> int:
    """Print a plan; return 0, or the exit code of budgets when they leave no room for it."""
    if as_json:
        print_json(_plan_data(plan))
    else:
        _print_plan(plan)
    return 0 if plan.fits else BudgetError.exit_code


def _plan_data(plan: Plan) -> dict[str, Any]:
    return {
        "dry_run": True,
        "runs": plan.runs,
        "calls": [_calls_data(calls) for calls in plan.calls],
        "about_usd": plan.about,
        "most_usd": plan.most,
        "estimated": plan.estimated,
        "budgets": [_allowance_data(item) for item in plan.budgets],
        "least_seconds": round(plan.least_seconds, 1),
        "fits": plan.fits,
        "notes": [note.as_dict() for note in plan.notes],
    }


def _calls_data(calls: PlannedCalls) -> dict[str, Any]:
    return {
        "tier": calls.tier,
        "model": calls.model,
        "quality": calls.quality,
        "size": calls.size,
        "takes": sorted(calls.takes),
        "count": calls.count,
        "stored": calls.stored,
        "in_doubt": calls.in_doubt,
        "asked": calls.asked,
        "about_usd": calls.about,
        "most_usd": calls.most,
        "estimated": calls.estimated,
    }


def _allowance_data(item: Allowance) -> dict[str, Any]:
    return {
        "period": item.period,
        "brand": item.brand or None,
        "limit_usd": item.limit,
        "spent_usd": item.spent,
        "left_usd": item.left,
        "needed_usd": item.needed,
        "fits": item.fits,
    }


def _print_plan(plan: Plan) -> None:
    if plan.calls:
        columns = (
            "tier",
            "!model",
            "!asked as",
            "›calls",
            "›stored",
            "›asked",
            "›about",
            "›at most",
        )
        print_table(columns, map(_cells, plan.calls))
        print()
    lines: list[tuple[str, object]] = [("Cost", _cost(plan))]
    lines += [("Budget", _said(item)) for item in plan.budgets]
    if plan.least_seconds:
        lines.append(("Time", f"at least {duration(plan.least_seconds)}, by the providers' limits"))
    if plan.runs > 1:
        lines.insert(0, ("Runs", plan.runs))
    print_pairs([*lines, ("Dry run", "nothing was sent, written or paid")])
    for note in plan.notes:
        print_finding(note)


def _cells(calls: PlannedCalls) -> tuple[object, ...]:
    size = calls.size.replace("x", "×")
    how = ", ".join(filter(None, (calls.quality, size)))
    asked = f"{calls.asked} ({calls.in_doubt} in doubt)" if calls.in_doubt else calls.asked
    costs = (dollars(calls.about), dollars(calls.most))
    return calls.tier, calls.model, how, calls.count, calls.stored, asked, *costs


def _cost(plan: Plan) -> str:
    if not plan.calls:
        return "nothing would be asked for"
    asked = sum(calls.asked for calls in plan.calls)
    if not plan.most:
        return "free" if asked else "nothing: all of it is there already"
    what = f" for {many(asked, 'call')}"
    if plan.about == plan.most and not plan.estimated:
        return f"{dollars(plan.most)}{what}"
    return f"about {dollars(plan.about)}, at most {dollars(plan.most)}{what}"


def _said(item: Allowance) -> str:
    whose = f"{item.brand}'s, " if item.brand else ""
    said = f"{whose}per {item.period}: {dollars(item.left)} of {dollars(item.limit)} is left"
    if item.fits:
        return said
    return f"{said}, and the plan may need {dollars(item.needed)}: it does not fit"


def duration(seconds: float) -> str:
    """Return a time for a person: “12 s”, “4 min”, “2 h 05 min”."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02} min"
