"""final of many runs: what is wrong with any of them is said first, then each is drawn as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from promptkit.cli.money import dollars
from promptkit.cli.output import (
    console_of,
    many,
    print_finding,
    print_json,
    print_pairs,
    report,
    warn_of,
)
from promptkit.cli.partials import PartialFiles
from promptkit.cli.planned import show_plan
from promptkit.cli.runs import command, not_rewritten, print_run, run_data
from promptkit.errors import (
    BriefError,
    BudgetError,
    Finding,
    InputError,
    PromptkitError,
    RefusedError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from promptkit.blocking import Kit
    from promptkit.workflow.plan import Plan
    from promptkit.workflow.shown import Image, Run

#: Of so many runs the next step names all.
_NAMED = 8


def draw_finals(
    kit: Kit,
    names: Iterable[str],
    wish: dict[str, Any],
    seen: dict[str, Any],
    partials: int,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Draw the finals of runs one by one, when all of them are in order; print what came.

    ``seen`` is who is told of pictures, and of waiting. A refusal, or a budget of one run or
    brand, stops no other; anything else ends it.

    Raises:
        BriefError: with what is wrong with any of them; nothing was asked for.
    """
    runs = _runs(kit, names)
    plan = _planned(kit, runs, wish | PartialFiles(partials).wish)
    if dry_run:
        return show_plan(plan, as_json=as_json)
    account = Finals(len(runs), as_json=as_json)
    for run in runs:
        files = PartialFiles(partials)
        try:
            with files:
                image = kit.final(run, **wish, **files.wish, **seen)
        except PromptkitError as error:
            account.fail(run, error)
            if not _of_its_own(error):
                account.ended = error
                break
        else:
            files.explain(kit, [image.shot])
            account.add(kit.run(run.id), image)
    account.close()
    return account.code


class Finals:
    """What became of finals, told one by one, and in JSON at the end."""

    def __init__(self, count: int, *, as_json: bool) -> None:
        self.code = 0
        self.ended: PromptkitError | None = None
        self._count = count
        self._json = as_json
        self._told: list[dict[str, Any]] = []
        self._failed = 0
        self._cost = Decimal(0)

    def add(self, run: Run, image: Image) -> None:
        """Tell of a final that came."""
        data = run_data(run, image)
        self._told.append(data)
        self._cost += data["cost_usd"]
        warn_of(not_rewritten(run, image))
        if not self._json:
            print_run(run, image)
            print()

    def fail(self, run: Run, error: PromptkitError) -> None:
        """Tell of a final that did not come."""
        self.code = max(self.code, error.exit_code)
        self._failed += 1
        self._told.append({"run": run.id} | error.as_dict())
        if not self._json:
            console_of(stderr=True).print(f"{run.id}:", soft_wrap=True, markup=False)
            report(error, as_json=False)

    def close(self) -> None:
        """Sum up."""
        left, done = self._count - len(self._told), len(self._told) - self._failed
        if self._json:
            ended = self.ended.as_dict() if self.ended else None
            sums = {"done": done, "failed": self._failed, "not_begun": left}
            print_json({**sums, "cost_usd": self._cost, "runs": self._told, "stopped": ended})
            return
        lines: list[tuple[str, object]] = [("Done", f"{done} of {many(self._count, 'run')}")]
        lines += [("Failed", self._failed)] if self._failed else []
        lines += [("Not begun", left)] if left else []
        print_pairs([*lines, ("Cost", dollars(self._cost))])
        if left:
            fix = "the same command goes on: what came is kept, and costs nothing"
            told = Finding("", "nothing more was begun", fix=fix)
            print_finding(told, console=console_of(stderr=True), label="error")


def next_finals(
    runs: list[str], takes: set[tuple[int, ...]], project: Path | None
) -> list[tuple[str, object]]:
    """Return how finals are made of previews, to be typed; of very many, of the first run's.

    ``takes`` are the previews that runs have: where all have the same one, nothing is to choose.
    """
    named = runs if len(runs) <= _NAMED else runs[:1]
    if len(takes) == 1 and len(only := next(iter(takes))) == 1:
        return [("Next", command("final", *named, "--pick", str(*only), project=project))]
    pick = command("pick", runs[0], "N", project=project)
    return [("Next", pick), ("Then", command("final", *named, project=project))]


def _runs(kit: Kit, names: Iterable[str]) -> list[Run]:
    """Return runs by their names, each once.

    Raises:
        BriefError: with each that is not there.
    """
    found: dict[str, Run] = {}
    faults: list[Finding] = []
    for name in names:
        try:
            run = kit.run(name)
        except InputError as error:
            faults += error.findings
        else:
            found.setdefault(run.id, run)
    if faults:
        raise BriefError(dict.fromkeys(faults))
    return [*found.values()]


def _planned(kit: Kit, runs: list[Run], wish: dict[str, Any]) -> Plan:
    """Return what the finals of runs would ask for, when nothing is wrong with any of them.

    Raises:
        BriefError: with what is wrong.
    """
    faults: list[Finding] = []
    dry = replace(kit.dry, on_fault=lambda error: faults.extend(error.findings))
    plan = dry.final(runs, **wish)
    if faults:
        raise BriefError(dict.fromkeys(faults))
    return plan


def _of_its_own(error: PromptkitError) -> bool:
    """Say whether it concerns one run, or one brand, and not what is still to come."""
    if isinstance(error, BudgetError):
        return error.period == "run" or bool(error.brand)
    return isinstance(error, RefusedError)
