"""Why each word of a prompt is there: its clauses, with the line that wrote each.

Nothing is recorded while a prompt is composed. What the brand, the brief and the template wrote
is looked for in the finished words, the longest first; what is left is the template's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from promptkit.brand.paths import dotted, texts_below
from promptkit.brand.profile import Brand
from promptkit.errors import Finding, Place
from promptkit.model.card import Card
from promptkit.prompt.sections import Origin, Prompt, Section
from promptkit.prompt.settle import clauses
from promptkit.prompt.tidy import one_line
from promptkit.prompt.wording import Wording
from promptkit.shapes import Path_
from promptkit.template.compiled import Template
from promptkit.template.inputs import Image

Kind = Literal["input", "axis", "brand", "template", "card"]

#: Marks and small words that belong to what stands before them.
_JOINTS = re.compile(r"(?:\(instead:|[\W_]|\b(?:a|an|and|in|of|on|or|the|with)\b)*", re.IGNORECASE)
_CLOSING = re.compile(r"[\s).,;:!?”’]+")
_QUOTE = re.compile("“([^”]+)”")
_SHORTEST = 3
#: Short words of the brand that mean themselves in one section alone.
_ONLY_IN: dict[str, tuple[Path_, ...]] = {
    "color": (("colors", "grade"),),
    "details": (("people",),),
    "mood": (("tone", "traits"),),
}


@dataclass(frozen=True, slots=True)
class Clause:
    """Some words of a section, and who wrote them."""

    section: str
    text: str
    kind: Kind
    key: str
    """The input, the axis with its option, the brand's key, the block, or the card."""
    place: Place | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the clause as plain JSON data."""
        data: dict[str, Any] = {
            "section": self.section,
            "text": self.text,
            "kind": self.kind,
            "key": self.key,
        }
        if self.place:
            data |= {"file": self.place.file, "line": self.place.line}
        return data


@dataclass(frozen=True, slots=True)
class _Source:
    """Words that somebody wrote: equal when one line wrote them."""

    text: str = field(compare=False)
    kind: Kind
    key: str
    place: Place | None


def explain(
    prompt: Prompt, wording: Wording, brand: Brand, template: Template, card: Card
) -> tuple[Clause, ...]:
    """Return the clauses of a worded prompt in their order; together they are its sections."""
    return tuple(_Explainer(prompt, brand, template, card).clauses_of(wording.sections))


def attributed(findings: Iterable[Finding], clauses: Iterable[Clause]) -> Iterator[Finding]:
    """Yield findings with the place of who wrote the words that they quote: not of the block.

    What an input says stands in no file; the finding names the input.
    """
    known = [*clauses]
    for finding in findings:
        quote = _QUOTE.search(finding.message)
        clause = quote and next(
            (each for each in known if quote[1].casefold() in each.text.casefold()), None
        )
        if not clause or finding.place is None:
            yield finding
        elif clause.kind == "input":
            message = f"the input “{clause.key}”: {finding.message}"
            yield replace(finding, message=message, place=None)
        else:
            yield replace(finding, place=clause.place or finding.place)


@dataclass(frozen=True)
class _Explainer:
    prompt: Prompt
    brand: Brand
    template: Template
    card: Card

    def clauses_of(self, sections: Iterable[Section]) -> Iterator[Clause]:
        own = {section.name: section for section in self.prompt.sections}
        for section in sections:
            name, added = section.name, section.text
            if written := own.get(name):
                head, added = _parted(section.text, written.text)
                sources = [*self._brief, *self._brand_words(name), *self._lines(name)]
                yield from self._split(name, head, sources, self._block(written))
            sources = [*self._data, *(self._brief if name == "text" else ())]
            yield from self._split(name, added, sources, self._card)

    def _split(
        self, section: str, text: str, sources: list[_Source], rest: _Source
    ) -> Iterator[Clause]:
        spans = _spans(text, sources)
        for start, end, source in _whole(spans, text, rest):
            yield Clause(section, text[start:end], source.kind, source.key, source.place)

    @property
    def _card(self) -> _Source:
        return _Source("", "card", self.card.name, None)

    def _block(self, section: Section) -> _Source:
        place = section.origins[0].place if section.origins else None
        return _Source("", "template", section.name, place)

    @cached_property
    def _brief(self) -> list[_Source]:
        """What the brief said: inputs, and the options of axes."""
        found = []
        for name, spec in self.template.meta.inputs.items():
            texts = _texts(self.prompt.source.inputs.get(name, spec.default))
            found += [_Source(text, "input", name, None) for text in texts]
        for axis, option in self.prompt.source.axes.items():
            text = self.template.meta.axes[axis][option].text
            place = self.template.place(("axes", axis, option))
            found += [_Source(part, "axis", f"{axis}={option}", place) for part in _literals(text)]
        return found

    @cached_property
    def _data(self) -> list[_Source]:
        """What is data until it is worded: colours, bans, copy, references."""
        found = []
        for use in self.prompt.palette:
            keys: Path_ = ("colors", "palette", use.key)
            found += [self._of_brand(use.words, keys), self._of_brand(use.hex, keys)]
            found += self._at(use.carrier, use.origin)
        for ban in self.prompt.avoid:
            found += [*self._at(ban.what, ban.origin), *self._at(ban.instead, ban.origin)]
        lettering = self.prompt.lettering
        found.append(self._of_brand(lettering.typeface, ("typography", "display", "describe")))
        found.append(self._of_brand(self.prompt.space.logo, ("logo", "reserve")))
        for reference in self.prompt.references:
            keys = ("subjects", reference.subject or "", "describe")
            found.append(self._of_brand(reference.describe.rstrip("."), keys))
        return found

    def _brand_words(self, section: str) -> Iterator[_Source]:
        """Yield what the brand says of every picture of the look, whole and clause by clause."""
        data, channel = self.brand.as_data, self.prompt.source.channel
        areas: list[Path_] = [
            ("style", "looks", self.prompt.source.look),
            ("style", "composition"),
            *_ONLY_IN.get(section, ()),
            *([("channels", channel)] if channel else ()),
        ]
        for area in areas:
            for text, keys in texts_below(data, area):
                yield self._of_brand(text, keys)
                for start, end in clauses(text):
                    if " " in (clause := text[start:end].strip()) and clause != text:
                        yield self._of_brand(clause, keys)

    def _lines(self, section: str) -> list[_Source]:
        """The words that stand in the blocks of a section, line by line."""
        return [
            _Source(text, "template", section, place)
            for place, text in self.template.written(section)
        ]

    def _at(self, text: str, origin: Origin | None) -> list[_Source]:
        if origin is None:
            return []
        if origin.kind == "template":
            place = self.template.place(origin.keys)
            return [_Source(text, "template", dotted(origin.keys), place)]
        before: Path_ = ()
        if origin.kind == "look":
            before = ("style", "looks", self.prompt.source.look)
        return [self._of_brand(text, (*before, *origin.keys))]

    def _of_brand(self, text: str, keys: Path_) -> _Source:
        return _Source(text, "brand", dotted(keys), self.brand.origin(keys))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Image):
        yield value.describe
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _literals(text: str) -> list[str]:
    """Return the parts of a string of front matter that are not Jinja."""
    return [part for piece in re.split(r"\{\{.*?\}\}|\{%.*?%\}", text) if (part := piece.strip())]


def _parted(text: str, written: str) -> tuple[str, str]:
    """Part a worded section into what the template wrote and what wording added."""
    if text.startswith(written):
        return text[: len(written)], text[len(written) :]
    return "", text


def _spans(text: str, sources: Iterable[_Source]) -> list[tuple[int, int, _Source]]:
    """Return where in a text somebody's words stand: the longest first, none over another."""
    plain = text.casefold()
    if len(plain) != len(text):  # a letter that grows when folded would shift all that follows
        plain = text.lower() if len(text.lower()) == len(text) else text
    taken: list[tuple[int, int, _Source]] = []
    wanted = ((one_line(source.text).rstrip(".").casefold(), source) for source in sources)
    for words, source in sorted(wanted, key=lambda item: -len(item[0])):
        if len(words) < _SHORTEST or words not in plain:
            continue
        for found in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", plain):
            start, end = found.span()
            if all(end <= left or start >= right for left, right, _ in taken):
                taken.append((start, end, source))
    return sorted(taken, key=lambda span: span[:2])


def _whole(
    spans: list[tuple[int, int, _Source]], text: str, rest: _Source
) -> list[tuple[int, int, _Source]]:
    """Fill the gaps between spans; what only joins goes with what stands before it, or after."""
    whole: list[tuple[int, int, _Source]] = []

    def add(start: int, end: int, source: _Source) -> None:
        if whole and (whole[-1][2] == source or _JOINTS.fullmatch(text, start, end)):
            whole[-1] = (whole[-1][0], end, whole[-1][2])
        elif end > start:
            whole.append((start, end, source))

    at = 0
    for start, end, source in [*spans, (len(text), len(text), rest)]:
        if whole and (marks := _CLOSING.match(text, at, start)):
            add(at, marks.end(), whole[-1][2])
            at = marks.end()
        if not whole and _JOINTS.fullmatch(text, at, start):
            start = at
        add(at, start, rest)
        add(start, end, source)
        at = end
    return whole
