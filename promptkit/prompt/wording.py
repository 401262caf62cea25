"""Prompt + model card → words and native fields. The one place where a prompt becomes text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from promptkit.errors import Finding
from promptkit.model.card import Card
from promptkit.prompt import said
from promptkit.prompt.fitting import fitted, with_room
from promptkit.prompt.forms import as_json, labelled, prose
from promptkit.prompt.native import native_fields
from promptkit.prompt.sections import Prompt, Section
from promptkit.template.document import SECTIONS
from promptkit.template.filters import listing


@dataclass(frozen=True)
class Wording:
    """A prompt as one model is to be told it."""

    text: str
    sections: tuple[Section, ...]
    native: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    rewritten_by: str = ""
    """The text model whose words these are; empty when they are promptkit's own."""


def word(prompt: Prompt, card: Card, *, refine: bool = False) -> Wording:
    """Put a prompt into a card's words.

    With ``refine`` the picked preview goes along as the first picture, and the words ask to keep
    it. What the model cannot follow or read is left out, the least important first; the findings
    say what.
    """
    findings: list[Finding] = []
    prompt = with_room(prompt, card, refine=refine)
    sections = tuple(_worded(prompt, card, refine=refine))
    text = _text(sections, prompt, card)
    if len(text) > card.prompt_max or len(prompt.avoid) > card.constraints_max:
        fit = fitted(prompt, card, lambda less: _plainly(less, card, refine=refine))
        prompt, findings = fit.prompt, list(fit.findings)
        sections = tuple(_worded(prompt, card, refine=refine))
        text = _text(sections, prompt, card)
    findings += [*_unsaid(prompt, card), *_unseen(prompt, card), *_unread(text, card)]
    return Wording(text, sections, native_fields(prompt, card, sections), tuple(findings))


def _plainly(prompt: Prompt, card: Card, *, refine: bool) -> str:
    """Return a prompt's text in a card's words, whether or not the model can take it."""
    return _text(tuple(_worded(prompt, card, refine=refine)), prompt, card)


def _text(sections: tuple[Section, ...], prompt: Prompt, card: Card) -> str:
    if card.form == "json":
        return as_json(sections, prompt.palette[: card.palette_max] if card.hex else ())
    return prose(sections) if card.form == "prose" else labelled(sections)


def _worded(prompt: Prompt, card: Card, *, refine: bool) -> Iterator[Section]:
    """Yield the sections in their order, the data among them put into words."""
    own = {section.name: section for section in prompt.sections}
    told = {
        "references": said.references(prompt, card, refine=refine),
        "color": said.colors(prompt, card),
        "text": said.lettering(prompt, card),
        "details": said.instead(prompt, card),
        "avoid": said.bans(prompt, card),
    }
    for name in _order(tuple(own), card.instructed):
        section, words = own.get(name), told.get(name, "")
        if name == "avoid" or section is None:  # the template's own bans are among the words
            if words:
                yield Section(name, words, section.origins if section else ())
        elif words:
            yield Section(name, f"{section.text} {words}", section.origins)
        else:
            yield section


_RANK = {name: number for number, name in enumerate(("purpose", "references", *SECTIONS[1:]))}
_TOLD = ("references", "color", "text", "details", "avoid")


@lru_cache(maxsize=1024)
def _order(own: tuple[str, ...], instructed: bool) -> tuple[str, ...]:
    """Return section names: the prompt's own order, the worded data at their standard places.

    To a model that draws what it hears described, what the picture is for matters least.
    """
    order = [*own]
    for name in _TOLD:
        if name not in order:
            after = [at for at, other in enumerate(order) if _RANK.get(other, 0) > _RANK[name]]
            order.insert(after[0] if after else len(order), name)
    if not instructed and "purpose" in order:
        order.append(order.pop(order.index("purpose")))
    return tuple(order)


def _unsaid(prompt: Prompt, card: Card) -> Iterator[Finding]:
    """Tell of bans that a model without negatives cannot be told in other words."""
    if card.negatives != "rephrase":
        return
    mute = [ban.what for ban in prompt.avoid if ban.severity == "must" and not ban.instead]
    if mute:
        yield Finding(
            "ban-unsaid",
            f"{card.name} draws what it hears named, so it cannot be told to leave out "
            f"{listing(mute)}",
            severity="warning",
            fix="give each an `instead`, where the template asks for it (`bans_only`), or choose a "
            "model that is told bans",
        )


def _unseen(prompt: Prompt, card: Card) -> Iterator[Finding]:
    if prompt.mask and not card.masks:
        yield Finding(
            "no-masks",
            f"{card.name} takes no masks",
            fix="leave the mask out and say in words what is to change, or choose another model",
        )
    if len(prompt.references) - len(prompt.pictures) > 1:
        fix = "draw all that may change into one mask"
        yield Finding("too-many-masks", "a picture can have one mask", fix=fix)
    count = len(prompt.pictures)
    if count > card.references_max:
        most = card.references_max or "no"
        yield Finding(
            "too-many-references",
            f"{card.name} takes {most} reference pictures, and the brief has {count}",
            fix="leave some out, or choose another model",
        )


def _unread(text: str, card: Card) -> Iterator[Finding]:
    if len(text) > card.prompt_max:
        yield Finding(
            "prompt-too-long",
            f"the prompt has {len(text):,} characters; {card.name} reads {card.prompt_max:,}",
            fix="shorten the brief, or choose a model with a longer prompt",
        )
