"""A report on runs: one page that links to their contact sheets, with what they came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptkit.errors import BriefError, Finding
from promptkit.picture.outfile import outfile, write_out
from promptkit.picture.pages import page
from promptkit.picture.report_view import report_of, standing_for, subject, totals
from promptkit.workflow.run import SHEET, Record, RunFolder

REPORT = "report.html"


@dataclass(frozen=True)
class Reported:
    """A report that was written, and what is in it."""

    path: Path
    records: tuple[Record, ...]
    unread: tuple[Finding, ...]
    """The runs whose record cannot be read."""
    runs: RunFolder

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON data; money in USD."""
        return {
            "report": self.path,
            **totals(self.records),
            "entries": [self._entry(record) for record in self.records],
            "unread": [finding.as_dict() for finding in self.unread],
        }

    def _entry(self, record: Record) -> dict[str, Any]:
        head = standing_for(record)
        return {
            "run": record.id,
            "row": record.row.number if record.row else None,
            "id": record.row.id if record.row else "",
            "subject": subject(record),
            "created": record.created,
            "brand": record.brand.id,
            "template": record.template.name,
            "picked": record.picks[-1].take if record.picks else None,
            "on_brand": head.audit.ok if head and head.audit else None,
            "cost_usd": record.cost,
            "saved_usd": record.saved,
            "sheet": self.runs.path(record.id) / SHEET,
        }


def write_report(runs: RunFolder, names: Iterable[str] = (), out: Path | None = None) -> Reported:
    """Write a report on some runs of a folder, or on all; ``last`` is the newest one.

    Runs that are named keep their order, else the newest comes first. A single name may be another
    folder of runs. Without ``out`` the report is ``report.html`` in
    the folder of runs; where it names a folder, the report lies in that.

    Raises:
        BriefError: there is no such run, no run at all, or nothing can be written: a file that is
            no report of ours is never replaced.
    """
    chosen = list(dict.fromkeys(names))
    if (other := _folder(chosen, runs)) is not None:
        runs, chosen = other, []
    records, unread = ([runs.read(name) for name in chosen], []) if chosen else _all(runs)
    if not records and not unread:
        fix = "promptkit preview makes one; to report on others, name their folder"
        raise BriefError(Finding("no-run", f"there is no run in {runs.root}", fix=fix))
    path = outfile(out or runs.root / REPORT, REPORT)
    place = "/".join(runs.root.absolute().parts[-2:])
    title = f"Run {records[0].id}" if len(chosen) == 1 else f"Runs in {place}"
    told = report_of(records, runs.path, path.parent, title, unread)
    text = page("report.html.j2").render(report=told)
    write_out(path, text.encode("utf-8", "replace"))
    return Reported(path, tuple(records), tuple(unread), runs)


def _folder(names: list[str], runs: RunFolder) -> RunFolder | None:
    """Return the folder of runs that somebody named, if it is none of the runs themselves."""
    if len(names) != 1 or runs.has(names[0]):
        return None
    folder = Path(names[0]).expanduser()
    return RunFolder(folder) if folder.is_dir() else None


def _all(runs: RunFolder) -> tuple[list[Record], list[Finding]]:
    """Return the records of all runs; one that cannot be read is a finding, and stops no other."""
    records: list[Record] = []
    unread: list[Finding] = []
    for run in runs.ids():
        try:
            records.append(runs.read(run))
        except BriefError as error:
            unread += error.findings
    records.sort(key=lambda record: record.created, reverse=True)
    return records, unread
