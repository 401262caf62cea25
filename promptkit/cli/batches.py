"""preview and generate of many briefs: a run for each row of a file."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.cli.briefs import BriefOptions
from promptkit.cli.finals import next_finals
from promptkit.cli.money import dollars
from promptkit.cli.output import (
    axis_wishes,
    console_of,
    many,
    near,
    pairs,
    print_finding,
    print_json,
    print_pairs,
    print_table,
)
from promptkit.cli.planned import show_plan
from promptkit.cli.progress import Tally
from promptkit.cli.runs import exit_code, run_data
from promptkit.cli.shell import disk_error, in_doubt_since, interrupted
from promptkit.errors import (
    MAX_FINDINGS,
    BriefError,
    BudgetError,
    Finding,
    InputError,
    PromptkitError,
    shortened,
)

if TYPE_CHECKING:
    from promptkit.blocking import Kit
    from promptkit.template.compiled import Template
    from promptkit.workflow.composed import Composed
    from promptkit.workflow.plan import Plan
    from promptkit.workflow.rows import Row
    from promptkit.workflow.shown import Outcome
    from promptkit.workflow.tiers import Tier

_ID_SHOWN = 60
_STOPPING = b"\nStopping: what is under way is waited for, since it is paid. Again breaks it off.\n"
_NOT_WAITING = b"\nStopping: money is waited for no longer. Again breaks off what is asked for.\n"


class Interrupted(PromptkitError):
    """Somebody stopped a batch; ``data`` tells what has come of it."""

    exit_code = 130

    def __init__(self, data: dict[str, Any], doubts: int = 0) -> None:
        super().__init__("interrupted", fix=interrupted(doubts).fix)
        self.data = data

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain JSON data, with what has come."""
        return super().as_dict() | self.data


@dataclass
class Rows:
    """The briefs of a file's rows, composed one by one: none of them is kept."""

    kit: Kit
    brief: BriefOptions
    rows: list[Row]
    template: Template = field(init=False)
    faults: list[Finding] = field(default_factory=list, init=False)
    warned: dict[Finding, list[int]] = field(default_factory=dict, init=False)
    """Warnings, each with the numbers of its rows."""

    def __post_init__(self) -> None:
        from promptkit.workflow.rows import check_columns

        self.template = self.kit.template(self.brief.template)
        self.given = pairs(self.brief.given, "--set")
        self.axes = axis_wishes(self.brief.axes)
        check_columns(self.rows, self.template.meta.inputs, self.given, self.template.name)

    def planned(self, tier: Tier, wish: dict[str, Any]) -> Plan:
        """Return what all of them would ask for, when nothing is wrong with any of them.

        Raises:
            InputError: with what is wrong, row by row.
        """
        row: Row | None = None

        def composed() -> Iterator[Composed]:
            nonlocal row
            for row in self.rows:
                if len(self.faults) >= MAX_FINDINGS:
                    return
                try:
                    found = self.compose(row)
                except InputError as error:
                    self.faults += row.faults(error)
                else:
                    self._heed(row, found)
                    yield found

        def fault(error: InputError) -> None:
            self.faults += row.faults(error) if row else error.findings

        dry = replace(self.kit.dry, on_fault=fault)
        plan = (dry.preview if tier == "preview" else dry.generate)(composed(), **wish)
        if self.faults:
            raise BriefError(dict.fromkeys(self.faults))
        return plan

    def compose(self, row: Row) -> Composed:
        """Compose a row's brief: what it says goes before what was typed for all.

        Raises:
            InputError: by kind, with every fault of it.
        """
        from promptkit.workflow.run import RunRow

        specs, brief = self.template.meta.inputs, self.brief
        own = {name: row.own(name, specs) for name in ("id", "brand", "look", "channel", "seed")}
        said = row.inputs(specs)
        composed = self.kit.compose(
            brief.template,
            own["brand"] or brief.brand,
            said | self.given | said,  # what tells rows apart goes first, also on their page
            look=own["look"] or brief.look,
            channel=own["channel"] or brief.channel,
            axes=self.axes | row.axes(specs),
            seed=brief.seed if own["seed"] is None else own["seed"],
            model=brief.model,
            rewrite=brief.rewrite,
        )
        return replace(composed, row=RunRow(number=row.number, id=own["id"] or ""))

    def name(self, number: int) -> str:
        """Return what a row is called: its id, else its number."""
        told = self.rows[number - 1].own("id", self.template.meta.inputs) or str(number)
        return shortened("".join(filter(str.isprintable, told)), _ID_SHOWN)

    def warn(self) -> None:
        """Say on standard error what is wrong with prompts, each thing once."""
        console = console_of(stderr=True)
        for finding, numbers in self.warned.items():
            print_finding(finding, console=console)
            if len(self.rows) > 1:
                names = ", ".join(map(self.name, numbers[:5]))
                more = " …" if len(numbers) > 5 else ""
                console.print(f"  in {many(len(numbers), 'row')}: {names}{more}", soft_wrap=True)

    def _heed(self, row: Row, found: Composed) -> None:
        for finding in found.findings:
            if finding.severity != "advice":
                self.warned.setdefault(finding, []).append(row.number)


def draw_rows(
    kit: Kit, brief: BriefOptions, rows: list[Row], tier: Tier, wish: dict[str, Any]
) -> int:
    """Draw a run for each row, when all of them are in order; print what came.

    Raises:
        InputError: by kind, with what is wrong with the rows; nothing was asked for.
        Interrupted: somebody stopped it.
    """
    found = Rows(kit, brief, rows)
    plan = found.planned(tier, wish)
    found.warn()
    if brief.dry_run:
        return show_plan(plan, as_json=brief.as_json)
    account, broken_off = Account(found, tier), False
    tally = _tally(plan)
    with asked_to_stop(lambda: tally.waits) as stop, tally:
        enough = partial(_enough, stop, account, tally)
        heard: dict[str, Any] = {"progress": tally, "on_wait": enough}
        try:
            for outcome in kit.draw_many(_until(stop, found), tier, **wish, **heard):
                account.add(outcome)
                tally.end_row()
        except PromptkitError as error:
            account.end(error)
        except OSError as error:
            account.end(disk_error(error))
        except KeyboardInterrupt:
            broken_off = True
    account.sum_up(kit, broken_off=broken_off)
    account.bind(kit)
    if brief.as_json and not stop.is_set():
        print_json(account.data())
    elif not brief.as_json:
        account.print()
    if stop.is_set():
        raise Interrupted(account.data() if brief.as_json else {}, account.doubts)
    return account.code


def _tally(plan: Plan) -> Tally:
    pictures = [calls for calls in plan.calls if calls.tier != "rewrite"]
    total = sum(calls.count for calls in pictures)
    asked = sum(calls.asked for calls in pictures)
    return Tally(plan.runs, total, asked, plan.budgets)


def _enough(stop: threading.Event, account: Account, tally: Tally, error: BudgetError) -> bool:
    """Tell what is waited for, unless somebody stopped it: then that is enough."""
    stopped = stop.is_set()
    if stopped:
        account.give_up(error)
    else:
        tally.wait(error)
    return stopped


def _until(stop: threading.Event, found: Rows) -> Iterator[Composed]:
    """Compose row by row; one that can no longer be composed is told of, and does not end it."""
    return map(found.compose, takewhile(lambda _: not stop.is_set(), found.rows))


@contextmanager
def asked_to_stop(waits: Callable[[], bool]) -> Iterator[threading.Event]:
    """Take a first Ctrl-C as the wish to begin nothing more; a second one breaks off.

    ``waits`` says whether pictures wait for money, and are then not waited for.
    """
    stop = threading.Event()

    def heed(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        os.write(2, _NOT_WAITING if waits() else _STOPPING)  # a print may be under way

    before = signal.signal(signal.SIGINT, heed)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


class Account:
    """What became of rows: what is told of each in the end, and sums."""

    def __init__(self, found: Rows, tier: Tier) -> None:
        self.code = 0
        self._tier = tier
        self._found = found
        self._ended: PromptkitError | None = None
        self._told: list[Any] = []
        self._runs: list[str] = []
        self._takes: set[tuple[int, ...]] = set()
        self._missing: list[str] = []
        self._not_rewritten: list[str] = []
        self._page: Path | None = None
        self._cost = self._saved = self._booked = self._held = Decimal(0)
        self._began = datetime.now(UTC)
        self._begun: set[str] = set()
        self._given_up: set[PromptkitError] = set()
        self.doubts = 0
        """How many calls are in doubt."""

    def add(self, outcome: Outcome) -> None:
        """Note what became of a row; of its run no more is kept than is printed."""
        run = outcome.run
        self._begun.add(outcome.run_id)
        if outcome.error in self._given_up:
            return  # nothing was asked for it: it is as if not begun
        tell = self._row_data if self._found.brief.as_json else self._cells
        self._told.append(tell(outcome))
        if run is not None:
            self._runs.append(run.id)
            self._takes.add(tuple(shot.take for shot in run.record.previews))
            name = self._found.name(outcome.number)
            self._missing += (
                f"{name}, {lost.tier} {lost.take}: {lost.message}" for lost in run.failures
            )
            self._not_rewritten += (f"{name}: {item.message}" for item in run.record.not_rewritten)
            self._cost += run.cost
            self._saved += run.record.saved
        failed = outcome.error.exit_code if outcome.error else 0
        self.code = max(self.code, exit_code(run) if run else failed)

    def give_up(self, error: PromptkitError) -> None:
        """Note what a picture is told that waits no longer, because somebody stopped it."""
        self._given_up.add(error)

    def end(self, error: PromptkitError) -> None:
        """Note what kept the other rows from being drawn, but for somebody who stopped it."""
        if error in self._given_up:
            return
        self._ended = error
        self.code = max(self.code, error.exit_code)

    def sum_up(self, kit: Kit, *, broken_off: bool) -> None:
        """Ask the ledger what was booked, also where nothing came, and what is in doubt.

        Of rows that were broken off nobody knows the runs: then all counts that is new in doubt.
        """
        from promptkit.client.entry import usd

        day = self._began.date().isoformat()
        with kit.upkeep() as upkeep:
            sums = [each for each in upkeep.sums("run", day, "") if each.name in self._begun]
        self._booked = max(usd(sum(each.cost for each in sums)), self._cost)
        self._held = usd(sum(each.held for each in sums))
        self.doubts = sum(each.in_doubt for each in sums)
        if broken_off:
            new = in_doubt_since(kit, self._began)
            self.doubts, self._held = len(new), usd(sum(call["held"] for call in new))

    def bind(self, kit: Kit) -> None:
        """Write one page on all runs, beside them; without it, all is there all the same."""
        if not self._runs:
            return
        page = kit.runs.root / f"rows-{self._runs[0]}.html"
        try:
            self._page = kit.report(self._runs, page).path
        except PromptkitError as error:
            print_finding(Finding("", str(error)), console=console_of(stderr=True))

    def data(self) -> dict[str, Any]:
        """Return all of it as plain JSON data."""
        return {
            "rows": len(self._found.rows),
            "done": len(self._runs),
            "failed": len(self._told) - len(self._runs),
            "not_begun": len(self._found.rows) - len(self._told),
            "cost_usd": self._cost,
            "booked_usd": self._booked,
            "held_usd": self._held,
            "in_doubt": self.doubts,
            "saved_usd": self._saved,
            "page": self._page,
            "runs": self._told,
            "stopped": self._ended.as_dict() if self._ended else None,
        }

    def print(self) -> None:
        """Print all of it for a person."""
        print_table(("!row", "brand", "›pictures", "›paid", "sheet"), self._told)
        rows = self._found.rows
        lines: list[tuple[str, object]] = [
            ("Done", f"{len(self._runs)} of {many(len(rows), 'row')}")
        ]
        if failed := len(self._told) - len(self._runs):
            lines.append(("Failed", failed))
        if left := len(rows) - len(self._told):
            lines.append(("Not begun", left))
        saved = f", saved {dollars(self._saved)}" if self._saved else ""
        lines += [("Missing", told) for told in self._missing[:MAX_FINDINGS]]
        lines += [("Not rewritten", told) for told in self._not_rewritten[:MAX_FINDINGS]]
        lines.append(("Cost", f"{dollars(self._cost)}{saved}"))
        if self._booked > self._cost:
            lost = self._booked - self._cost
            lines.append(("Booked", f"{dollars(self._booked)}, {dollars(lost)} without a picture"))
        if self.doubts:
            perhaps = f"perhaps {dollars(self._held)}: promptkit doctor"
            lines.append(("In doubt", f"{many(self.doubts, 'call')}, {perhaps}"))
        lines += [("Page", near(self._page))] if self._page else []
        if self._tier == "preview" and self._runs:
            lines += next_finals(self._runs, self._takes, self._found.brief.project)
        print()
        print_pairs(lines)
        if self._ended:
            self._print_end(self._ended)

    def _print_end(self, error: PromptkitError) -> None:
        first = error.findings[0] if isinstance(error, InputError) else None
        message, fix = (first.message, first.fix) if first else (error.message, error.fix)
        fix = "; ".join(filter(None, (fix, "the same command goes on: what came is kept")))
        told = Finding("", f"nothing more was begun: {message}", fix=fix)
        print_finding(told, console=console_of(stderr=True), label="error")

    def _row_data(self, outcome: Outcome) -> dict[str, Any]:
        row, run, error = self._found.rows[outcome.number - 1], outcome.run, outcome.error
        said = {"row": row.number, "id": self._found.name(row.number), "line": row.place.line}
        if run is not None:
            return said | run_data(run)
        return said | (error.as_dict() if error else {})

    def _cells(self, outcome: Outcome) -> tuple[object, ...]:
        name, run = self._found.name(outcome.number), outcome.run
        if run is None:
            return name, "", 0, dollars(Decimal(0)), str(outcome.error).splitlines()[0]
        came, missing = len(run.record.shots), len(run.failures)
        pictures = f"{came} of {came + missing}" if missing else came
        return name, run.record.brand.id, pictures, dollars(run.cost), near(run.sheet)
