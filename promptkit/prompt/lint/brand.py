"""What a brand forbids: bans, words, names, and what does not sound like it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from promptkit.errors import Finding
from promptkit.prompt.lint.draft import Draft
from promptkit.prompt.lint.naming import in_section, stems_of
from promptkit.prompt.lint.notes import Notes
from promptkit.prompt.phrases import Reading, is_edge, stem
from promptkit.prompt.sections import HouseRules
from promptkit.prompt.vocabulary import TONE, Vocabulary
from promptkit.rules import found

#: In a ban, words that say how it is seen and not what.
_MANNER = frozenset(
    map(stem, "look looks style styles feel feeling visible obvious excessive any too".split())
)
_COLORS = frozenset(map(stem, ("colour", "color")))
#: Where words on light and framing are no tone.
_NO_TONE = frozenset(
    ("lighting", "composition", "color", "references", "preserve", "avoid", "text")
)
#: After a hyphen, what still has the thing itself in it: neon-lit, crowd-filled.
_FULL_OF = frozenset(
    "lit filled covered lined packed soaked strewn heavy like style styled coloured colored bright "
    "themed inspired".split()
)
#: After a word in -ing, a tool: watering can, smoking jacket.
_TOOLS = frozenset(
    "can board pan bowl pot machine table mat room jacket iron tin tray knife needle bag stick "
    "glass glasses wheel line point chair".split()
)
#: Between two words of a ban so many others may stand: “smiles (straight) at the camera”.
_REACH = 4

Found = Iterator[tuple[str, Finding]]


@dataclass(slots=True, eq=False)
class Watch:
    """What a brand forbids, ready to be looked for."""

    starts: frozenset[str]
    """The stems with which anything forbidden begins."""
    bans: tuple[tuple[tuple[str, ...], ...], ...]
    """For each ban, the stems of the things that it names."""
    never: tuple[tuple[str, tuple[str, ...]], ...]
    """The words never said, with their stems."""
    tones: dict[str, str]
    """The groups of phrases of the tones that it has not, with why."""
    tone_not: tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=512)
def watch(
    words: Vocabulary, bans: tuple[str, ...], never: tuple[str, ...], house: HouseRules
) -> Watch:
    """Return what a brand forbids, ready to be looked for."""
    wanted = tuple(map(wanted_stems, bans))
    never_stems = tuple((word, found) for word in never if (found := stems_of(word)))
    tone_not = tuple((word, found) for word in house.tone_not if (found := stems_of(word)))
    names = [stems_of(name) for name in house.never_names]
    all_stems = [*(one for ban in wanted for one in ban), *names]
    all_stems += [found for _, found in (*never_stems, *tone_not)]
    return Watch(
        frozenset(found[0] for found in all_stems if found),
        wanted,
        never_stems,
        shut_out(words, house.tone, house.tone_not),
        tone_not,
    )


def brand_rules(draft: Draft) -> Found:
    """Yield what the brand or the avoid list forbids, with the section that says it."""
    house = draft.house
    what = watch(draft.words, tuple([ban.what for ban in draft.bans]), draft.never_words, house)
    sections = [notes for name, notes in draft.sections.items() if name != "references"]
    touched = [notes for notes in sections if not what.starts.isdisjoint(notes.reading.stems)]
    copy = [draft.words.read(line) for line in draft.copy]
    if touched:
        yield from _bans(draft, what, touched)
        yield from _tone_not(draft, what, touched)
    if touched or copy:
        yield from _never_words(draft, what, touched, copy)
        yield from _never_names(draft, touched, copy)
    for notes in sections:
        if notes.tones and notes.name not in _NO_TONE:
            yield from _tones_of(draft, what, notes)
    if house.never_people:
        yield from _people(draft, sections, copy)


def _bans(draft: Draft, what: Watch, touched: list[Notes]) -> Found:
    for ban, things in zip(draft.bans, what.bans, strict=True):
        for notes in touched:
            said = next(
                filter(None, (_asked_for(draft.words, notes.reading, one) for one in things)), ""
            )
            if said:
                message = f"“{said}”{in_section(notes.name)} is on the avoid list: “{ban.what}”"
                fix = (
                    f"show this instead: {ban.instead}" if ban.instead else "take one of them away"
                )
                yield notes.name, found("against-avoid", message, fix)
                break


@lru_cache(maxsize=2048)
def wanted_stems(what: str) -> tuple[tuple[str, ...], ...]:
    """Return the stems of the things that a ban names, by its commas and its “or”."""
    parts = re.split(r",|;|\bor\b", what)
    return tuple(tuple(one for one in stems_of(part) if one not in _MANNER) for part in parts)


def _asked_for(words: Vocabulary, reading: Reading, wanted: tuple[str, ...]) -> str:
    """Return the words in which a text asks for a forbidden thing; empty when it does not."""
    if not wanted or wanted[0] not in reading.stems:
        return ""
    said = [stem(word) for word in reading.words]
    for at, one in enumerate(said):
        if one != wanted[0] or denied(reading, at):
            continue
        if len(wanted) == 1 and (_is_other(reading, at) or said[at + 1] in lights(words)):
            continue
        last = at
        for word in wanted[1:]:
            reach = range(last + 1, min(last + 2 + _REACH, len(said)))
            found_at = next((here for here in reach if _is_word(words, said[here], word)), None)
            if found_at is None or denied(reading, found_at):
                break
            last = found_at
        else:
            return reading.said(at, last)
    return ""


def _is_word(words: Vocabulary, said: str, wanted: str) -> bool:
    return said == wanted or (wanted in _COLORS and said in tints(words))


@lru_cache(maxsize=8)
def tints(words: Vocabulary) -> frozenset[str]:
    """Return the stems of the names of colours."""
    return frozenset(map(stem, words.phrases.lists["tint"])) | _COLORS


@lru_cache(maxsize=8)
def lights(words: Vocabulary) -> frozenset[str]:
    """Return the stems of the names of light: what falls through a window is no window."""
    return frozenset(map(stem, words.phrases.lists["light"]))


def _is_other(reading: Reading, at: int) -> bool:
    """Say whether a word is a part of another thing: hot-smoked, hand-thrown, watering can."""
    after = reading.words[at + 1].lower()
    start, end = reading.spans[at]
    if reading.text[start - 1 : start] == "-":
        return True
    if reading.text[end : end + 1] == "-":
        return after not in _FULL_OF
    return reading.words[at].lower().endswith("ing") and after in _TOOLS


def denied(reading: Reading, at: int) -> bool:
    """Say whether a thing is named to say that it is not there: without crowds, crowd-free."""
    first, _ = reading.clause(at)
    before = range(max(first, at - 4), at)
    if any(hit.first in before for hit in reading.hits.get("negative", ())):
        return True
    return reading.words[at + 1].lower() in ("free", "less", "proof")


def _never_words(draft: Draft, what: Watch, touched: list[Notes], copy: list[Reading]) -> Found:
    for word, wanted in what.never:
        message = f"{draft.owner} never says “{word}”; it stands in"
        for notes in touched:
            if _stands(notes.reading, wanted):
                where = f"the section “{notes.name}”" if notes.name else "the prompt"
                yield notes.name, found("never-word", f"{message} {where}", "say it another way")
        if any(_stands(line, wanted) for line in copy):
            where = "the words on the picture"
            yield "", found("never-word", f"{message} {where}", "say it another way")


def _stands(reading: Reading, wanted: tuple[str, ...]) -> bool:
    said = [stem(word) for word in reading.words]
    size = len(wanted)
    return any(tuple(said[at : at + size]) == wanted for at in range(len(said) - size + 1))


def _tones_of(draft: Draft, what: Watch, notes: Notes) -> Found:
    reading = notes.reading
    said: dict[str, str] = {}
    for group in what.tones.keys() & notes.tones:
        for hit in reading.hits[group]:
            if not denied(reading, hit.first) and not _is_physical(draft.words, reading, hit.last):
                said.setdefault(reading.said(hit.first, hit.last), what.tones[group])
    for words, why in sorted(said.items(), key=lambda item: reading.text.index(item[0])):
        yield notes.name, _not_the_tone(draft, notes, words, why)


def _tone_not(draft: Draft, what: Watch, touched: list[Notes]) -> Found:
    for phrase, wanted in what.tone_not:
        for notes in touched:
            if notes.name in _NO_TONE or not what.tones.keys().isdisjoint(notes.tones):
                continue  # its tones are told of already
            if words := _asked_for(draft.words, notes.reading, wanted):
                yield notes.name, _not_the_tone(draft, notes, words, f"not {phrase}")


def _not_the_tone(draft: Draft, notes: Notes, words: str, why: str) -> Finding:
    message = f"“{words}”{in_section(notes.name)} is not the tone of {draft.owner}, which is {why}"
    return found("against-tone", message, "say it in the brand's own tone")


@lru_cache(maxsize=256)
def shut_out(words: Vocabulary, tone: tuple[str, ...], tone_not: tuple[str, ...]) -> dict[str, str]:
    """Return the tones that a brand cannot have, as groups of phrases, with why."""
    own = {name: trait for trait in tone for name in _tones(words, trait)}
    shut = {
        TONE + other: own[name]
        for name, other in sorted(words.tone_clashes)
        if name in own and other not in own
    }
    for trait in tone_not:
        shut |= {TONE + name: f"not {trait}" for name in _tones(words, trait) if name not in own}
    return shut


def _tones(words: Vocabulary, trait: str) -> list[str]:
    return [group.removeprefix(TONE) for group in words.read(trait).hits if group.startswith(TONE)]


def _is_physical(words: Vocabulary, reading: Reading, at: int) -> bool:
    """Say whether a tone's word is said of a shape or a light: bold outlines, gentle sun."""
    after = stem(reading.words[at + 1])
    return after in physical(words)


@lru_cache(maxsize=8)
def physical(words: Vocabulary) -> frozenset[str]:
    """Return the stems of things that are bold or gentle without any tone."""
    lists = words.phrases.lists
    return frozenset(map(stem, (*lists["shape"], *lists["physical"], *lists["light"])))


def _never_names(draft: Draft, touched: list[Notes], copy: list[Reading]) -> Found:
    said = [(notes.name, notes.reading) for notes in touched] + [("", line) for line in copy]
    for brand_name in draft.house.never_names:
        for name, reading in said:
            if _named(reading, brand_name):
                message = f"“{brand_name}”{in_section(name)} is a name that {draft.owner} forbids"
                yield name, found("forbidden-name", message, "leave the name out")


def _people(draft: Draft, sections: list[Notes], copy: list[Reading]) -> Found:
    said = [(notes.name, notes.reading) for notes in sections] + [("", line) for line in copy]
    for name, reading in said:
        if person := real_person(draft.words, reading.text):
            message = (
                f"“{person}”{in_section(name)} seems to be a real person; {draft.owner} shows none"
            )
            yield name, found("forbidden-name", message, "describe somebody who does not exist")


def _named(reading: Reading, name: str) -> bool:
    """Say whether a name stands in a text; one word in small letters may be a gap in a hedge."""
    flags = re.IGNORECASE if " " in name else 0
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", reading.text, flags))


@lru_cache(maxsize=2048)
def real_person(words: Vocabulary, text: str) -> str:
    """Return a name that reads like a real person's; empty when there is none."""
    given, known, other = (words.names[key] for key in ("given", "known", "no_person"))
    reading = words.read(text)
    said = reading.words
    for at in range(1, len(said) - 1):
        word = said[at].removesuffix("'s").removesuffix("’s")
        if word in known and not _is_thing(said, at + 1, other):
            return reading.said(at, at)
        if said[at] in given and said[at - 1].lower() not in _BEFORE_NO_PERSON:
            last = at
            while _is_surname(said[last + 1]):
                last += 1
            apart = reading.said(at, last).count(" ") == last - at > 0
            if apart and not any(_is_thing(said, here, other) for here in range(at + 1, last + 2)):
                return reading.said(at, last)
    return ""


#: Before a given name, what makes a place, a saint or a plant of it.
_BEFORE_NO_PERSON = frozenset(
    "st saint san santa port lake mount cape fort new uncle aunt father mother king queen prince "
    "princess earl lord lady duke big".split()
)


def _is_surname(word: str) -> bool:
    return word[:1].isupper() and not word.isupper() and len(word) > 1


def _is_thing(words: tuple[str, ...], at: int, things: frozenset[str]) -> bool:
    return at < len(words) and not is_edge(words[at]) and words[at].lower() in things
