"""The pictures of a sheet, each with its caption, its verdict and its files."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from statistics import fmean
from typing import Literal
from urllib.parse import quote

from promptkit.measures import Size
from promptkit.picture.sheet_palette import Mix, mix
from promptkit.picture.sheet_words import capital, picked, price
from promptkit.verdict import Audit, Check
from promptkit.workflow.judged import Judged
from promptkit.workflow.run import Finished, Record, Shot

#: Pictures wider than this stand at most three in a row, others at most four.
_WIDE = 1.25
#: So many points of one picture are told; the record has all of them.
_POINTS = 6

State = Literal["good", "fair", "bad"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the audit found, in one line, and the points behind it."""

    state: State
    words: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A finished file of a picture, for one channel."""

    channel: str
    file: str
    """Its path from the run's folder."""
    size: Size
    words: str
    notes: tuple[str, ...]
    ok: bool = True
    """Whether it is fit to be shown."""

    @property
    def url(self) -> str:
        """The file's relative address; empty when it lies elsewhere."""
        path = PurePath(self.file)
        outside = path.is_absolute() or ".." in path.parts
        return "" if outside else quote(path.as_posix(), safe="/")

    @property
    def ratio(self) -> float:
        """Width over height."""
        return _ratio(self.size)


@dataclass(frozen=True, slots=True)
class Card:
    """One picture with its caption. ``number`` is what `promptkit pick` takes; finals have none."""

    file: str
    alt: str
    size: Size
    number: int | None
    lines: tuple[str, ...]
    """The caption; its first line is the one to read."""
    picked: bool = False
    reason: str = ""
    verdict: Verdict | None = None
    mix: Mix | None = None
    files: tuple[File, ...] = ()
    told: str = ""
    """The alternative text that goes along with its files."""
    answers: tuple[str, ...] = ()
    """What a judge was asked about it, and answered."""

    @property
    def url(self) -> str:
        """The file's relative address, which can never point out of the folder."""
        return quote(self.file, safe="")

    @property
    def ratio(self) -> float:
        """Width over height."""
        return _ratio(self.size)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures to be seen side by side, ``columns`` of them in a row where there is room."""

    title: str
    cards: tuple[Card, ...]
    columns: int


def galleries(record: Record) -> Iterator[Gallery]:
    """Yield a run's previews, then its finals."""
    if previews := record.previews:
        cards = tuple(_preview(record, shot) for shot in previews)
        most = 3 if fmean(card.ratio for card in cards) > _WIDE else 4
        yield Gallery("Previews", cards, _columns(len(cards), most))
    if record.finals:
        cards = tuple(_final(record, shot) for shot in record.finals)
        yield Gallery("Final" if len(cards) == 1 else "Finals", cards, _columns(len(cards), 2))


def _ratio(size: Size) -> float:
    return max(size[0], 1) / max(size[1], 1)


def _columns(count: int, most: int) -> int:
    """Return how many stand in a row so that the rows are as full as they can be."""
    return math.ceil(count / math.ceil(count / most))


def _preview(record: Record, shot: Shot) -> Card:
    chosen, own = shot.take == picked(record), _own(record, shot)
    return Card(
        file=shot.file,
        alt=_alt(f"Take {shot.take}, preview", record, shot, own),
        size=shot.size,
        number=shot.take,
        lines=(*own, capital(price(shot)), *_details(shot)),
        picked=chosen,
        reason=record.picks[-1].reason if chosen else "",
        verdict=verdict(shot.audit),
        mix=mix(shot.audit, record.palette),
        files=_files(record, shot),
        answers=_answers(shot.judged),
    )


def _final(record: Record, shot: Shot) -> Card:
    made = {"refine": ", refined", "regenerate": ", regenerated", None: ""}[shot.mode]
    take = f"From take {shot.take}{made}" if shot.mode else f"Take {shot.take}"
    own = _own(record, shot)
    return Card(
        file=shot.file,
        alt=_alt(f"Final, {take[:1].lower()}{take[1:]}", record, shot, own),
        size=shot.size,
        number=None,
        lines=(take, *own, capital(price(shot)), *_details(shot)),
        verdict=verdict(shot.audit),
        mix=mix(shot.audit, record.palette),
        files=_files(record, shot),
        told=shot.alt,
        answers=_answers(shot.judged),
    )


def _details(shot: Shot) -> tuple[str, str]:
    width, height = shot.size
    return f"{width} × {height} px · {shot.quality} quality", shot.model


def _own(record: Record, shot: Shot) -> tuple[str, ...]:
    """Return by which options a picture may differ from others of its run: “crop: close”."""
    own = record.own_options(shot).items()
    return (" · ".join(f"{name}: {option}" for name, option in own),) if own else ()


def _alt(what: str, record: Record, shot: Shot, own: tuple[str, ...]) -> str:
    subject = next((part.text for part in record.sections if part.name == "subject"), "")
    said = shot.alt or textwrap.shorten(subject, 140, placeholder=" …")
    whole = ", ".join((f"{what} of {record.template.name} for {record.brand.name}", *own))
    return f"{whole}: {said}" if said else whole


def verdict(audit: Audit | None) -> Verdict | None:
    """Return what an audit found in one line, with its points, the gravest first."""
    if audit is None or not audit.checks:
        return None
    failed = [check for check in audit.failed if check.severity != "info"]
    points = tuple(map(_point, failed[:_POINTS]))
    if len(failed) > _POINTS:
        points += (f"And {len(failed) - _POINTS} more, in run.json",)
    musts = sum(check.severity == "must" for check in failed)
    if musts:
        return Verdict("bad", f"Not on brand: {_points(musts)} must change", points)
    if failed:
        return Verdict("fair", f"On brand: {_points(len(failed))} could be better", points)
    held = sum(check.status == "pass" for check in audit.checks)
    said = f"all {held} checks pass" if held > 1 else "its check passes"
    return Verdict("good", f"On brand: {said}" if held else "Nothing could be checked", ())


def _point(check: Check) -> str:
    said = capital(check.message)
    return f"{said}. {capital(check.hint)}" if check.hint else said


def _answers(judged: Iterable[Judged]) -> tuple[str, ...]:
    said = {"none": "no answer"}
    return tuple(
        f"{asked.ask} {capital(said.get(asked.answer, asked.answer))}"
        + (f": {asked.reason}" if asked.reason else "")
        for asked in judged
    )


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count} points"


def _files(record: Record, shot: Shot) -> tuple[File, ...]:
    return tuple(_file(item) for item in record.finished if item.of == shot.digest)


def _file(item: Finished) -> File:
    width, height = item.size
    kind = PurePath(item.file).suffix.lstrip(".").upper()
    words = f"{width} × {height} px" + (f", {kind}" if kind else "")
    notes = (*map(capital, item.notes), *_answers(item.judged))
    return File(item.channel, item.file, item.size, words, notes, item.ok)
