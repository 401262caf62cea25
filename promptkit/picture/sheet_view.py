"""What a contact sheet says, as plain data: made once, then set as a page and as a picture."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from promptkit.picture.sheet_cards import Gallery, galleries
from promptkit.picture.sheet_palette import Band, bands
from promptkit.picture.sheet_words import amount, capital, label, picked, when
from promptkit.workflow.run import Failure, Record, Shot


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know: a finding, or a picture that did not come."""

    label: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes of one kind, under their title."""

    title: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A name and what stands under it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind, under their title."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next, and the command that does it."""

    words: str
    command: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a contact sheet says, in the order in which it is read."""

    brand: str
    template: str
    run: str
    created: str
    """As in the record: ISO 8601."""
    when: str
    """The same for people."""
    sums: tuple[Row, ...]
    steps: tuple[Step, ...]
    galleries: tuple[Gallery, ...]
    failures: Notes
    palette: tuple[Band, ...]
    prompt: Table
    tables: tuple[Table, ...]
    findings: Notes

    @property
    def title(self) -> str:
        """The brand and the template by their names."""
        return f"{self.brand} · {self.template}"

    @property
    def nothing(self) -> str:
        """What stands where the pictures would be, when there are none."""
        return "" if self.galleries else "No picture was made."


def view(record: Record) -> Sheet:
    """Return what the contact sheet of a run says."""
    return Sheet(
        brand=record.brand.name,
        template=record.template.name,
        run=record.id,
        created=record.created,
        when=when(record.created),
        sums=tuple(sums(record.shots)),
        steps=tuple(_steps(record)),
        galleries=tuple(galleries(record)),
        failures=Notes("Not made", tuple(map(_failure, record.failures))),
        palette=bands(record.palette),
        prompt=Table(_prompt_title(record), tuple(_prompt(record))),
        tables=tuple(table for table in _tables(record) if table.rows),
        findings=Notes("Findings", tuple(map(_finding, record.findings))),
    )


def sums(shots: Sequence[Shot]) -> Iterator[Row]:
    """Yield what pictures cost, and what the cache saved if it did."""
    guessed = [shot for shot in shots if shot.estimated]
    cost = sum((shot.cost_usd + shot.rewrite_usd for shot in shots), Decimal(0))
    saved = sum((shot.saved_usd for shot in shots), Decimal(0))
    yield Row("Cost", amount(cost, estimated=any(shot.cost_usd for shot in guessed)))
    if saved:
        said = amount(saved, estimated=any(shot.saved_usd for shot in guessed))
        yield Row("Saved by the cache", said)


def _steps(record: Record) -> Iterator[Step]:
    if not record.previews:
        return
    run = shlex.quote(record.id)
    pick, final = f"promptkit pick {run} N", f"promptkit final {run}"
    chosen = picked(record)
    if chosen is None:
        yield Step("Pick a picture by its number N", pick)
        yield Step("Then make the final", final)
    elif chosen not in [shot.take for shot in record.finals]:
        yield Step(f"Make the final of take {chosen}", final)
    else:
        yield Step("To choose another, pick it by its number N", pick)


def _failure(failure: Failure) -> Note:
    what = f"{capital(failure.tier)}, take {failure.take}"
    return Note(what, failure.message, failure.fix or "")


def _finding(finding: Mapping[str, Any]) -> Note:
    place = ":".join(str(finding[key]) for key in ("file", "line", "column") if finding.get(key))
    message = str(finding.get("message", ""))
    return Note(
        label=capital(str(finding.get("severity", "error"))),
        message=f"{place}: {message}" if place else message,
        fix=str(finding.get("fix", "")),
    )


def _prompt_title(record: Record) -> str:
    """Return whose prompt stands there: takes with options of their own have one each."""
    if not record.varied:
        return "Prompt"
    made, missing = [shot.take for shot in record.shots], [gap.take for gap in record.failures]
    return f"Prompt of take {min([*made, *missing], default=1)}"


def _prompt(record: Record) -> Iterator[Row]:
    """Yield the prompt's sections; the words as sent stand in for them where there are none."""
    for section in record.sections:
        yield Row(label(section.name), section.text)
    if record.shots and not record.sections:
        yield Row("As sent", record.shots[0].prompt)


def _tables(record: Record) -> Iterator[Table]:
    yield Table("Inputs", tuple(_rows(record.inputs)))
    yield Table("Axes", tuple(_rows({**record.axes, **dict(_varied(record))})))
    facts = {
        "look": record.look,
        "channel": record.channel,
        "aspect": record.aspect,
        "brand": f"{record.brand.id}, version {record.brand.version}",
    }
    yield Table("Setting", tuple(_rows(facts)))


def _varied(record: Record) -> Iterator[tuple[str, str]]:
    """Yield the axes whose options differ from take to take, with those that were drawn."""
    for name, policy in record.varied.items():
        seen = dict.fromkeys(shot.axes[name] for shot in record.shots if name in shot.axes)
        seed = f", seed {record.seed}" if policy == "random" and record.seed else ""
        yield name, f"{', '.join(seen)} ({policy}{seed})"


def _rows(values: Mapping[str, Any]) -> Iterator[Row]:
    for name, value in values.items():
        if text := _plain(value):
            yield Row(label(name), text)


def _plain(value: Any) -> str:
    """Return an input as a person would write it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())
        case list() | tuple():
            return ", ".join(map(_plain, value))
    return str(value)
