"""What a prompt should say at all: a subject first, composition, lighting, a style."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from promptkit.errors import Finding
from promptkit.prompt.lint.draft import Draft
from promptkit.prompt.lint.naming import WHOLE
from promptkit.prompt.lint.notes import notes_of
from promptkit.prompt.phrases import Reading, is_edge
from promptkit.rules import found

#: The parts without which a model fills in its own taste, and what each should say.
_EXPECTED = {
    "composition": "where the subject stands, how near, and what stays free",
    "lighting": "the light's kind and direction",
    "style": "the medium and manner: photograph, flat illustration …",
}
#: Sections that may stand before the subject.
_BEFORE = frozenset(("purpose", "references", "preserve"))
#: A model weighs most what it reads first: after so many words, a subject comes late.
_LATE = 14

_FIX_SUBJECT = "say what is shown, first and concretely: the block “subject”"
_SKIPPED = frozenset(
    "a an the our my your their his her its this that these those some any please make me create "
    "generate show draw give imagine design want need i we you could would like to and then "
    "somewhere also just with so very really more most is be should produce paint depict us it "
    "there's there here now only all each every much many few another".split()
)
_STOPS = frozenset(
    "of with in on at for from to by over under that which who when where while as beside behind "
    "between through into onto across along inside outside near against without above below "
    "before after during you we they i is are was has have looking seen shot taken".split()
)
_LEADING_ON = frozenset("of showing featuring depicting portraying illustrating likeness".split())


def parts(draft: Draft) -> Iterator[Finding]:
    """Yield what a prompt does not say, or says too late."""
    yield from _typed_subject(draft) if draft.typed else _subject(draft)
    said = {
        part for notes in draft.sections.values() if notes.name != "purpose" for part in notes.says
    }
    for name, what in _EXPECTED.items():
        if name in said or draft.text(name):
            continue
        if name != "lighting" or not _needs_no_light(draft):
            where = "" if draft.typed else f": in the brand's look, or in the block “{name}”"
            yield found(f"no-{name}", f"the prompt says nothing of {name}", f"say {what}{where}")


def _typed_subject(draft: Draft) -> Iterator[Finding]:
    reading = draft.sections[WHOLE].reading
    concrete = first_concrete(reading)
    fix = "begin with what is shown, concretely: a thing, a person, a place"
    if concrete is None:
        said = _opening(reading.text)
        yield found("no-subject", f"the prompt names nothing that can be seen: {said}", fix)
    elif sum(not is_edge(word) for word in reading.words[: concrete[0]]) > _LATE:
        said = reading.said(*concrete)
        yield found("subject-late", f"“{said}” is what is shown, but it is named late", fix)


def _subject(draft: Draft) -> Iterator[Finding]:
    text = draft.text("subject")
    if not text:
        yield found("no-subject", "the prompt has no subject", _FIX_SUBJECT, "error")
        return
    if not draft.references and first_concrete(draft.sections["subject"].reading) is None:
        message = f"“{text.rstrip('.')}”, the subject, names nothing that can be seen"
        yield found("no-subject", message, _FIX_SUBJECT)
    for name in draft.sections:
        if name == "subject":
            return
        if name not in _BEFORE:
            message = f"the section “{name}” stands before the subject: “{_short(text)}”"
            fix = "put the subject first: in the template, the key `order`"
            yield found("subject-late", message, fix)
            return


def _opening(text: str) -> str:
    """Return the first words of a text, in quotes."""
    words = text.split()
    return f"“{' '.join(words[:8]).rstrip('.,;:!')}{' …' if len(words) > 8 else ''}”"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57].rsplit(' ', 1)[0]} …"


def _needs_no_light(draft: Draft) -> bool:
    """Say whether it is a flat picture: one that is drawn or printed, not lit."""
    if draft.medium and notes_of(draft.words, "style", draft.medium).flat:
        return True
    style = draft.sections.get("style") or draft.sections.get(WHOLE)
    return style.flat if style else any(notes.flat for notes in draft.sections.values())


@lru_cache(maxsize=8192)
def first_concrete(reading: Reading) -> tuple[int, int] | None:
    """Return the first and last word of the first thing named that can be seen, by number."""
    empty = {
        at
        for group in ("about", "generic", "abstract", "vague", "parameter")
        for hit in reading.hits.get(group, ())
        for at in range(hit.first, hit.last + 1)
    }
    at = 1
    while at < len(reading.words) - 1:
        first, last = _noun_phrase(reading.words, at)
        if last >= first and last not in empty and _is_word(reading.words[last]):
            return first, last
        at = _next_start(reading.words, last + 1)
    return None


def _is_word(word: str) -> bool:
    return word.replace("'", "").replace("’", "").isalpha()


def _noun_phrase(words: tuple[str, ...], at: int) -> tuple[int, int]:
    """Return the first and last word of what a clause begins with: “a small red” car."""
    while at < len(words) - 1 and _is_skipped(words, at):
        at += 1
    last = at
    while last < len(words) - 1 and not is_edge(words[last]) and words[last].lower() not in _STOPS:
        last += 1
    return at, last - 1


def _is_skipped(words: tuple[str, ...], at: int) -> bool:
    """Say whether a word only leads up to what is shown; “can” does in “can you draw”."""
    word = words[at].lower()
    return word in _SKIPPED or (word == "can" and words[at + 1].lower() in ("you", "we", "i"))


def _next_start(words: tuple[str, ...], at: int) -> int:
    """Return where the next thing may be named: after “of”, else in the next clause."""
    while at < len(words) - 1 and not (words[at].lower() in _LEADING_ON or is_edge(words[at])):
        at += 1
    return at + 1
