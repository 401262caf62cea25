"""The rules of lettering: words that nobody asked for, words that are misspelt or not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from PIL import Image

from promptkit.brand.areas import Box
from promptkit.errors import BriefError
from promptkit.picture.audit.expected import Expected
from promptkit.picture.audit.palette import percent
from promptkit.picture.audit.reading import FINE, INSTALL, Line, installed, reader
from promptkit.picture.audit.spelling import (
    Match,
    is_cost,
    is_number,
    known,
    left_over,
    letters,
    match,
    words,
)
from promptkit.picture.audit.standard import Standard
from promptkit.picture.opening import open_picture
from promptkit.prompt.space import region
from promptkit.verdict import Check, Weight

#: A reader that is less sure than this sees letters in folds, foliage and railings.
_SURE = 0.7
#: A word has so many letters, and two different ones: panes read as 日, knobs as 0000.
_LETTERS = 3
#: In writing without an alphabet two signs are a word.
_SIGNS = 2
_IDEOGRAPHS = "\u3040"
#: A shorter name is a part of too many words, and a longer one is known with one letter wrong.
_SHORT_NAME, _LONG_NAME = 3, 6
_TOLD = 3


def check_lettering(image: Image.Image, standard: Standard) -> Iterator[Check]:
    """Yield the checks of what can be read in a picture; a picture that cannot be read passes."""
    if standard.words is None:
        return
    if not installed():
        message = "lettering was not looked for: the reader is not installed"
        yield _skipped("lettering", message, INSTALL)
        return
    try:
        yield from [*_Reading(image, standard, standard.words).checks()]
    except Exception as cause:  # of another's library: the rest of the audit stands
        yield _skipped("lettering", f"lettering could not be looked for: {cause!r}")


@dataclass(frozen=True)
class _Spare:
    """A line, and those of its words that are no part of what was asked for."""

    line: Line
    words: tuple[str, ...]

    @property
    def told(self) -> str:
        own, whole = " ".join(self.words), self.line.text
        part = "" if len(self.words) == len(words(whole)) else f"“{own}” in "
        return f"{part}“{whole}”, {region(self.line.box)}"


@dataclass(frozen=True)
class _Reading:
    """A picture that is read, and what was expected of it."""

    image: Image.Image
    standard: Standard
    expected: Expected

    def checks(self) -> Iterator[Check]:
        """Yield the checks of the texts that were asked for, and then of all others."""
        there: list[str] = []
        meant: list[str] = []
        for text in filter(letters, self.expected.asked):
            check = self._asked(text)
            stands = check.status == "pass" or check.rule == "lettering-misspelt"
            (there if stands else meant).append(text)
            yield check
        own = {letters(text) for text in self.expected.asked}
        meant += [text for text in self.expected.allowed if letters(text) not in own]
        if self._labelled:
            meant.append(self.standard.brand.name)
        odd = self._odd(self._left(there), meant)
        if odd and self.expected.references:
            odd = self._odd(odd, [*meant, *self._on_references()])
        drawn = [spare for spare in odd if self.expected.known and self._names(spare)]
        if drawn:
            yield self._drawn(drawn[0].line)
        odd = [spare for spare in odd if spare not in drawn]
        twice = [spare for spare in odd if self.expected.known and _again(spare, there)]
        if twice:
            yield self._twice(twice)
        strays = [spare.line for spare in odd if spare not in twice]
        if strays or not twice:
            yield self._stray(strays, bool(drawn or self.expected.asked))

    @cached_property
    def lines(self) -> list[Line]:
        return [line for line in reader().read(self.image) if line.sure >= _SURE]

    @cached_property
    def fine(self) -> list[Line]:
        return reader().read(self.image, FINE)

    @property
    def _labelled(self) -> bool:
        """Whether the brand lets a model draw what stands on its products."""
        subjects = self.standard.brand.subjects.values()
        return any(subject.text_policy == "model_rendered" for subject in subjects)

    @property
    def _weight(self) -> Weight:
        return self.standard.brand.checks.lettering.severity

    def _matches(self, text: str) -> Iterator[Match]:
        """Yield how a text was read, and by a second look, for which a larger copy is read."""
        yield match(text, _words(self.lines))
        yield match(text, _words(self.fine))

    def _left(self, texts: list[str]) -> list[_Spare]:
        """Return the words that are none of the texts', line by line, by the look that read them.

        A second copy of a text is left over.
        """
        lines = self.lines
        if any(not match(text, _words(lines)).right for text in texts):
            lines = min([lines, self.fine], key=lambda look: _off(texts, look))
        flat = [(line, word) for line in lines for word in words(line.text)]
        left = [flat[number] for number in left_over([word for _, word in flat], texts)]
        spares = [
            _Spare(line, tuple(word for own, word in left if own is line))
            for line in lines
            if line.sure >= _SURE
        ]
        return [spare for spare in spares if spare.words]

    def _asked(self, text: str) -> Check:
        """Check that a text stands there, letter by letter."""
        if not reader().knows(text):
            told = f"“{text}” is in letters that the reader does not know"
            return _skipped("lettering-missing", told)
        looks: list[Match] = []
        for found in self._matches(text):
            if found.right:
                told = f"“{text}” can be read as it was asked for"
                return _check("lettering-missing", self._weight, told, found.read, text)
            looks.append(found)
        best = min(looks, key=lambda found: found.off)
        hint = f"set “{text}” exactly as written, once, spelled {_spelled(text)}"
        if best.near:
            told = f"“{text}” is misspelt: “{best.read}” can be read"
            return _check("lettering-misspelt", self._weight, told, best.read, text, hint)
        gone = min((found.gone for found in looks), key=len)
        rest = [word for word in words(text) if word not in gone]
        told = f"“{text}” cannot be read in the picture"
        if rest:
            told = f"of “{text}” only “{' '.join(rest)}” can be read"
        hint = f"set “{text}” exactly as written, once, large and plain"
        return _check("lettering-missing", self._weight, told, " ".join(rest), text, hint)

    def _odd(self, spares: list[_Spare], meant: list[str]) -> list[_Spare]:
        """Return those of the lines that have a word that nobody meant."""
        return [
            spare
            for spare in spares
            if self._matters(spare.line)
            and any(not known(word, meant) for word in spare.words if _is_word(word))
        ]

    def _matters(self, line: Line) -> bool:
        """Say whether a line is large enough to be told of, and not what was laid over."""
        small = line.height < self.standard.brand.checks.lettering.min_height
        return not small and not any(self._within(line, box) for box in self.expected.laid)

    def _within(self, line: Line, box: Box) -> bool:
        """Say whether the middle of a line lies in a box, in px."""
        width, height = self.image.size
        x, y = (line.box[0] + line.box[2]) / 2 * width, (line.box[1] + line.box[3]) / 2 * height
        return box[0] <= x <= box[2] and box[1] <= y <= box[3]

    def _names(self, spare: _Spare) -> bool:
        """Say whether a line is, or has, the brand's name."""
        for name in (self.standard.brand.name, self.standard.brand.id):
            length = len(letters(name))
            most = 1 if length >= _LONG_NAME else 0
            if length >= _SHORT_NAME and match(name, spare.words).off <= most:
                return True
        return False

    def _on_references(self) -> Iterator[str]:
        for path in self.expected.references:
            with suppress(BriefError, OSError):  # it is no longer there
                yield from _on_picture(path, path.stat().st_mtime_ns)

    def _drawn(self, line: Line) -> Check:
        place = region(line.box)
        told = f"the brand's name was drawn: “{line.text}”, {place}"
        if self.standard.brand.logo.policy == "composite":
            told += "; its logo is laid over later"
        hint = f"{place}: plain and unprinted, without any name or logo"
        return _check("drawn-logo", self._weight, told, line.text, "none", hint, place)

    def _twice(self, spares: list[_Spare]) -> Check:
        lines = [spare.line for spare in spares]
        told = "; ".join(spare.told for spare in spares[:_TOLD])
        read, place = " | ".join(line.text for line in lines), region(lines[0].box)
        message = f"drawn once more than it was asked for: {told}"
        hint = f"{place}: plain and unprinted; each text once, and nowhere else"
        asked = "each text once"
        return _check("lettering", self._weight, message, read, asked, hint, place)

    def _stray(self, lines: list[Line], told_of: bool) -> Check:
        """Check that nothing else can be read; where nobody knows what may be, only tell.

        ``told_of`` says that other words were told of before.
        """
        asked = "only what was asked for" if self.expected.asked else "none"
        if not lines:
            return _check("lettering", self._weight, self._none(told_of), "", asked)
        lines = sorted(lines, key=lambda line: -line.height)
        told = "; ".join(
            f"“{line.text}”, {region(line.box)}, {percent(line.height)} high"
            for line in lines[:_TOLD]
        )
        more = f", and {len(lines) - _TOLD} more" if len(lines) > _TOLD else ""
        read, place = " | ".join(line.text for line in lines), region(lines[0].box)
        if not self.expected.known:
            message = f"words can be read: {told}{more}"
            hint = f"{place}, if nobody meant them: plain and unprinted, without any lettering"
            return _check("lettering", "info", message, read, "", hint, place)
        message = f"words that nobody asked for: {told}{more}"
        hint = f"{place}: plain and unprinted; signs, labels and screens without any lettering"
        return _check("lettering", self._weight, message, read, asked, hint, place)

    def _none(self, told_of: bool) -> str:
        """Say what is true of a picture without other words: some scripts nobody reads."""
        none = "no other words" if told_of else "no words"
        if self.expected.laid:
            none = "no other words than those laid over it"
        return f"{none} can be read, in the scripts that the reader knows"


@lru_cache(maxsize=64)
def _on_picture(path: Path, changed: int) -> tuple[str, ...]:
    """Return what stands on a reference, kept until the file is ``changed``."""
    return tuple(line.text for line in reader().read(open_picture(path).image))


def _words(lines: Iterable[Line]) -> list[str]:
    return [word for line in lines for word in words(line.text)]


def _off(texts: list[str], lines: Iterable[Line]) -> int:
    """Return how many letters of all texts are off in what was read."""
    looks = [match(text, _words(lines)) for text in texts]
    return sum(0 if look.right else look.off for look in looks)


def _again(spare: _Spare, texts: list[str]) -> bool:
    """Say whether what is left over of a line is from texts that stand there already."""
    return all(known(word, texts) for word in spare.words if _is_word(word))


def _is_word(word: str) -> bool:
    if is_cost(word):
        return True
    signs = [sign for sign in word.casefold() if sign.isalpha()]
    least = _SIGNS if all(sign >= _IDEOGRAPHS for sign in signs) else _LETTERS
    return len(signs) >= least and len(set(signs)) > 1


def _spelled(text: str) -> str:
    return " ".join(
        word if is_number(word) else "-".join(filter(str.isalnum, word)) or word
        for word in words(text)
    )


def _check(  # a hint makes a check one that failed: whatever is wrong can be put right
    rule: str,
    weight: Weight,
    message: str,
    measured: str,
    wanted: str,
    hint: str = "",
    where: str | None = None,
) -> Check:
    return Check(
        rule=rule,
        status="fail" if hint else "pass",
        severity=weight,
        message=message,
        measured=measured,
        wanted=wanted,
        hint=hint,
        where=where,
    )


def _skipped(rule: str, message: str, hint: str = "") -> Check:
    return Check(rule=rule, status="skipped", severity="info", message=message, hint=hint)
