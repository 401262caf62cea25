"""What a prompt should say at all: a subject first, composition, lighting, a style."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.errors import Finding
from promptkit.prompt.lint.draft import Draft
from promptkit.prompt.lint.naming import WHOLE
from promptkit.prompt.lint.notes import notes_of
from promptkit.prompt.lint.subject import clauses_before, first_concrete, longest_clause
from promptkit.prompt.phrases import is_edge
from promptkit.rules import found

#: The parts without which a model fills in its own taste, and what each should say.
_EXPECTED = {
    "composition": "where the subject stands, how near, and what stays free",
    "lighting": "the light's kind and direction",
    "style": "the medium and manner: photograph, flat illustration …",
}
#: Sections that may stand before the subject.
_BEFORE = frozenset(("purpose", "references", "preserve"))
#: A model weighs most what it reads first: after so many words, or clauses, a subject comes late.
_LATE = 14
_LATE_CLAUSES = 3
#: Text in a language that the lint cannot read has a clause of so many words, none of them English.
_LONG_CLAUSE = 6

_FIX_SUBJECT = "say what is shown, first and concretely: the block “subject”"


def parts(draft: Draft) -> Iterator[Finding]:
    """Yield what a prompt does not say, or says too late."""
    yield from _typed_subject(draft) if draft.typed else _subject(draft)
    said = {
        part for notes in draft.sections.values() if notes.name != "purpose" for part in notes.says
    }
    if len(said) < len(_EXPECTED) and _is_foreign(draft):
        message = "hardly any English here: only names, bans and “never” words were looked for"
        yield found("not-english", message, "say it in English, or have somebody read it over")
        return
    for name, what in _EXPECTED.items():
        if name in said or draft.text(name):
            continue
        if name != "lighting" or not _needs_no_light(draft):
            where = "" if draft.typed else f": in the brand's look, or in the block “{name}”"
            yield found(f"no-{name}", f"the prompt says nothing of {name}", f"say {what}{where}")


def _typed_subject(draft: Draft) -> Iterator[Finding]:
    reading = draft.sections[WHOLE].reading
    concrete = first_concrete(draft.words, reading)
    fix = "begin with what is shown, concretely: a thing, a person, a place"
    if concrete is None:
        said = _opening(reading.text)
        yield found("no-subject", f"the prompt names nothing that can be seen: {said}", fix)
    elif (
        clauses_before(reading, concrete[0]) >= _LATE_CLAUSES
        or sum(not is_edge(word) for word in reading.words[: concrete[0]]) > _LATE
    ):
        said = reading.said(*concrete)
        yield found("subject-late", f"“{said}” is what is shown, but it is named late", fix)


def _subject(draft: Draft) -> Iterator[Finding]:
    text = draft.text("subject")
    if not text:
        yield found("no-subject", "the prompt has no subject", _FIX_SUBJECT, "error")
        return
    reading = draft.sections["subject"].reading
    if not draft.references and first_concrete(draft.words, reading) is None:
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


def _is_foreign(draft: Draft) -> bool:
    """Say whether a prompt is in another language, of which the lint knows no word."""
    readings = [notes.reading for notes in draft.sections.values()]
    counts = {
        group: sum(len(reading.hits.get(group, ())) for reading in readings)
        for group in ("english", "also_english", "foreign")
    }
    if counts["foreign"] > 1:
        return counts["foreign"] > counts["english"]
    return not (counts["english"] or counts["also_english"]) and any(
        longest_clause(reading) >= _LONG_CLAUSE for reading in readings
    )
