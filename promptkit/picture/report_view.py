"""What a report on runs says, as plain data: one line a run, and what they came to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from promptkit.errors import Finding, shortened
from promptkit.picture.outfile import MARK
from promptkit.picture.sheet_cards import Verdict, verdict
from promptkit.picture.sheet_view import Note, Notes, Row, sums
from promptkit.picture.sheet_words import label, money, picked, when
from promptkit.workflow.run import SHEET, Record, Shot

#: So many inputs tell what a run shows, and so many characters of them.
_INPUTS = 2
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """One run: the picture that stands for it, what came of it, and what it cost."""

    run: str
    subject: str
    """What people know it by: its row in a file, and its first inputs. May be empty."""
    brand: str
    template: str
    created: str
    """As in the record: ISO 8601."""
    when: str
    """The same for people."""
    sheet: str
    """The address of its contact sheet."""
    picture: str
    """The address of its newest final, else its pick, else its first preview."""
    alt: str
    pictures: str
    """What was made, and what was not: “4 previews, 1 final”."""
    pick: str
    verdict: Verdict | None
    """What the audit found of the picture that stands for it."""
    cost: str
    saved: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report says, run by run."""

    title: str
    created: str
    when: str
    sums: tuple[Row, ...]
    entries: tuple[Entry, ...]
    unread: Notes
    """Runs whose record cannot be read."""
    mark: str = MARK
    """By what the page is known as ours."""


def report_of(
    records: Sequence[Record],
    folder: Callable[[str], Path],
    beside: Path,
    title: str,
    unread: Sequence[Finding] = (),
) -> Report:
    """Return what is said of runs, in their order.

    ``folder`` gives a run's own, the page lies in ``beside``.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Report(
        title=title,
        created=now,
        when=when(now),
        sums=tuple(_sums(records)),
        entries=tuple(_entry(record, folder(record.id), beside) for record in records),
        unread=Notes("Not read", tuple(_note(finding) for finding in unread)),
    )


def totals(records: Sequence[Record]) -> dict[str, Any]:
    """Return what runs came to, as plain JSON data; money in USD."""
    heads = [head for record in records if (head := standing_for(record))]
    audits = [head.audit for head in heads if head.audit and head.audit.checks]
    return {
        "runs": len(records),
        "previews": sum(len(record.previews) for record in records),
        "finals": sum(len(record.finals) for record in records),
        "files": sum(len(record.finished) for record in records),
        "unfit": sum(_unfit(record) for record in records),
        "failures": sum(len(record.failures) for record in records),
        "picked": sum(bool(record.picks) for record in records),
        "to_pick": sum(bool(record.previews) for record in records),
        "on_brand": sum(audit.ok for audit in audits),
        "audited": len(audits),
        "cost_usd": sum(record.cost for record in records),
        "saved_usd": sum(record.saved for record in records),
    }


def standing_for(record: Record) -> Shot | None:
    """Return the picture that stands for a run: its newest final, its pick, its first preview."""
    if record.finals:
        return record.finals[-1]
    chosen = [shot for shot in record.previews if shot.take == picked(record)]
    return next(iter([*chosen, *record.previews]), None)


def subject(record: Record) -> str:
    """Return what people know a run by: “p7: slim can, from above”; empty when nothing was said.

    That is the row it was drawn for, and the first inputs in words.
    """
    said = (" ".join(_plain(value).split()) for value in record.inputs.values())
    first = ", ".join(list(filter(None, said))[:_INPUTS])
    row = shortened(record.row.name, _SHOWN) if record.row else ""
    return ": ".join(filter(None, (row, shortened(first, _SHOWN))))


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _sums(records: Sequence[Record]) -> Iterator[Row]:
    found = totals(records)
    yield Row("Runs", str(found["runs"]))
    if found["to_pick"]:
        yield Row("Picked", f"{found['picked']} of {found['to_pick']}")
    if found["audited"]:
        yield Row("On brand", f"{found['on_brand']} of {found['audited']}")
    if found["unfit"]:
        yield Row("Files not fit", f"{found['unfit']} of {found['files']}")
    yield from sums([shot for record in records for shot in record.shots])


def _entry(record: Record, folder: Path, beside: Path) -> Entry:
    head = standing_for(record)
    chosen = picked(record)
    reason = record.picks[-1].reason if record.picks else ""
    return Entry(
        run=record.id,
        subject=subject(record),
        brand=record.brand.name,
        template=record.template.name,
        created=record.created,
        when=when(record.created),
        sheet=_address(folder / SHEET, beside),
        picture=_address(folder / Path(head.file).name, beside) if head else "",
        alt=(head.alt or f"{label(head.tier)} {head.take}") if head else "",
        pictures=_pictures(record),
        pick="" if chosen is None else f"Take {chosen}" + (f": {reason}" if reason else ""),
        verdict=verdict(head.audit) if head else None,
        cost=money(record.cost),
        saved=money(record.saved) if record.saved else "",
    )


def _pictures(record: Record) -> str:
    counted = (
        (len(record.previews), "preview"),
        (len(record.finals), "final"),
        (len(record.finished), "file"),
    )
    said = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in counted if count]
    said += [f"{unfit} of them not fit"] if (unfit := _unfit(record)) else []
    said += [f"{len(record.failures)} not made"] if record.failures else []
    return ", ".join(said) or "none"


def _unfit(record: Record) -> int:
    return sum(not file.ok for file in record.finished)


def _address(path: Path, beside: Path) -> str:
    """Return a file's address as seen from the page's folder."""
    try:
        near = os.path.relpath(path.absolute(), beside.absolute())
    except ValueError:  # on another drive
        return path.absolute().as_uri()
    return quote(Path(near).as_posix(), safe="/")


def _note(finding: Finding) -> Note:
    return Note("Run", finding.message, finding.fix or "")
