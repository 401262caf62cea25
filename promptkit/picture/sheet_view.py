"""What a contact sheet says, as plain data: made once, then set as a page and as a picture."""

from __future__ import annotations

import math
import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean
from typing import Any
from urllib.parse import quote

from promptkit.measures import Size
from promptkit.workflow.run import Failure, Record, Shot, Swatch

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_CENT = Decimal("0.01")
_SMALLEST = Decimal("0.0001")
#: Pictures wider than this stand at most three in a row, others at most four.
_WIDE = 1.25
#: What a colour without an aimed-at share takes of the bar, so that it can still be seen.
_SLIVER = 0.025
_NO_COLOUR = "#888888"


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

    @property
    def url(self) -> str:
        """The file's relative address, which can never point out of the folder."""
        return quote(self.file, safe="")

    @property
    def ratio(self) -> float:
        """Width over height."""
        return max(self.size[0], 1) / max(self.size[1], 1)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures to be seen side by side, ``columns`` of them in a row where there is room."""

    title: str
    cards: tuple[Card, ...]
    columns: int


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
class Band:
    """A colour of the brand; ``weight`` is its part of the bar, 0–1 of all of it."""

    name: str
    hex: str
    colour: str
    """A colour that is safe to draw: ``#RRGGBB``, grey where the record's own is none."""
    use: str
    weight: float


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
        when=_when(record.created),
        sums=tuple(_sums(record)),
        steps=tuple(_steps(record)),
        galleries=tuple(_galleries(record)),
        failures=Notes("Not made", tuple(map(_failure, record.failures))),
        palette=bands(record.palette),
        prompt=Table(_prompt_title(record), tuple(_prompt(record))),
        tables=tuple(table for table in _tables(record) if table.rows),
        findings=Notes("Findings", tuple(map(_finding, record.findings))),
    )


def money(usd: Decimal) -> str:
    """Return an amount in USD for people: ``free``, ``$0.0084``, ``$0.20``, ``$1,234.50``."""
    if not usd:
        return "free"
    if usd < _SMALLEST:
        return f"under ${_SMALLEST}"
    rounded = usd.quantize(_CENT if usd >= 1 else _SMALLEST, ROUND_HALF_UP)
    whole, _, part = f"{rounded:,f}".partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"


def _price(shot: Shot) -> str:
    if shot.saved_usd:
        return f"cached, saved {_amount(shot.saved_usd, shot.estimated)}"
    if not shot.cost_usd:
        return "free"
    amount = _amount(shot.cost_usd, shot.estimated)
    return amount if shot.estimated else f"paid {amount}"


def _amount(usd: Decimal, estimated: bool) -> str:
    return f"about {money(usd)}" if estimated and usd else money(usd)


def _sums(record: Record) -> Iterator[Row]:
    guessed = [shot for shot in record.shots if shot.estimated]
    yield Row("Cost", _amount(record.cost, any(shot.cost_usd for shot in guessed)))
    if record.saved:
        saved = _amount(record.saved, any(shot.saved_usd for shot in guessed))
        yield Row("Saved by the cache", saved)


def _when(created: str) -> str:
    """Return a moment for people, in UTC; what is no moment stays as it is."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M} UTC"


def _steps(record: Record) -> Iterator[Step]:
    if not record.previews:
        return
    run = shlex.quote(record.id)
    pick, final = f"promptkit pick {run} N", f"promptkit final {run}"
    chosen = _picked(record)
    if chosen is None:
        yield Step("Pick a picture by its number N", pick)
        yield Step("Then make the final", final)
    elif chosen not in [shot.take for shot in record.finals]:
        yield Step(f"Make the final of take {chosen}", final)
    else:
        yield Step("To choose another, pick it by its number N", pick)


def _picked(record: Record) -> int | None:
    """Return the take picked last: whoever picks again has changed their mind."""
    return record.picks[-1].take if record.picks else None


def _galleries(record: Record) -> Iterator[Gallery]:
    if previews := record.previews:
        cards = tuple(_preview(record, shot) for shot in previews)
        most = 3 if fmean(card.ratio for card in cards) > _WIDE else 4
        yield Gallery("Previews", cards, _columns(len(cards), most))
    if record.finals:
        cards = tuple(_final(record, shot) for shot in record.finals)
        yield Gallery("Final" if len(cards) == 1 else "Finals", cards, _columns(len(cards), 2))


def _columns(count: int, most: int) -> int:
    """Return how many stand in a row so that the rows are as full as they can be."""
    return math.ceil(count / math.ceil(count / most))


def _preview(record: Record, shot: Shot) -> Card:
    picked, own = shot.take == _picked(record), _own(record, shot)
    return Card(
        file=shot.file,
        alt=_alt(f"Take {shot.take}, preview", record, own),
        size=shot.size,
        number=shot.take,
        lines=(*own, _capital(_price(shot)), *_details(shot)),
        picked=picked,
        reason=record.picks[-1].reason if picked else "",
    )


def _final(record: Record, shot: Shot) -> Card:
    made = {"refine": ", refined", "regenerate": ", regenerated", None: ""}[shot.mode]
    take = f"From take {shot.take}{made}" if shot.mode else f"Take {shot.take}"
    own = _own(record, shot)
    return Card(
        file=shot.file,
        alt=_alt(f"Final, {take[:1].lower()}{take[1:]}", record, own),
        size=shot.size,
        number=None,
        lines=(take, *own, _capital(_price(shot)), *_details(shot)),
    )


def _details(shot: Shot) -> tuple[str, str]:
    width, height = shot.size
    return f"{width} × {height} px · {shot.quality} quality", shot.model


def _own(record: Record, shot: Shot) -> tuple[str, ...]:
    """Return by which options a picture may differ from others of its run: “crop: close”."""
    own = record.own_options(shot).items()
    return (" · ".join(f"{name}: {option}" for name, option in own),) if own else ()


def _alt(what: str, record: Record, own: tuple[str, ...]) -> str:
    subject = next((part.text for part in record.sections if part.name == "subject"), "")
    said = textwrap.shorten(subject, 140, placeholder=" …")
    whole = ", ".join((f"{what} of {record.template.name} for {record.brand.name}", *own))
    return f"{whole}: {said}" if said else whole


def _failure(failure: Failure) -> Note:
    what = f"{_capital(failure.tier)}, take {failure.take}"
    return Note(what, failure.message, failure.fix or "")


def _finding(finding: Mapping[str, Any]) -> Note:
    place = ":".join(str(finding[key]) for key in ("file", "line", "column") if finding.get(key))
    message = str(finding.get("message", ""))
    return Note(
        label=_capital(str(finding.get("severity", "error"))),
        message=f"{place}: {message}" if place else message,
        fix=str(finding.get("fix", "")),
    )


def bands(palette: Iterable[Swatch]) -> tuple[Band, ...]:
    """Return a palette as the bands of a bar that is filled by them, in proportion."""
    swatches = tuple(palette)
    weights = [max(swatch.share or 0.0, _SLIVER) for swatch in swatches]
    return tuple(
        _band(swatch, weight / sum(weights))
        for swatch, weight in zip(swatches, weights, strict=True)
    )


def _band(swatch: Swatch, weight: float) -> Band:
    share = "" if swatch.share is None else f"{swatch.share:.0%}"
    return Band(
        name=swatch.name or label(swatch.role),
        hex=swatch.hex,
        colour=swatch.hex if re.fullmatch("#[0-9A-Fa-f]{6}", swatch.hex) else _NO_COLOUR,
        use=" · ".join(part for part in (swatch.role, share) if part),
        weight=weight,
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


def label(name: str) -> str:
    """Return the name of a key as a label for people: “Negative space”."""
    return _capital(re.sub(r"[_-]+", " ", name).strip())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
