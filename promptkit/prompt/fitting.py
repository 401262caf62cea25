"""Fitting a prompt to a model: what it cannot follow or read goes, the least important first.

Official guidance asks to balance constraints: of too many, none is followed well. What a brand
marks as `must` is never dropped, and neither are the subject, the copy and what to preserve.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from promptkit.errors import Finding
from promptkit.model.card import Card
from promptkit.prompt.sections import MASK, Ban, Prompt
from promptkit.prompt.tidy import sentences
from promptkit.template.filters import listing

#: Whose sentences go when a prompt is too long, the least important section first.
_YIELDING = ("mood", "details", "style", "setting", "lighting", "composition")


@dataclass(frozen=True)
class Fitted:
    """A prompt that a model can follow, and what was left out for that."""

    prompt: Prompt
    findings: tuple[Finding, ...] = ()


def with_room(prompt: Prompt, card: Card, *, refine: bool) -> Prompt:
    """Return a prompt without the pictures of style that a model has no room for.

    With ``refine`` the preview goes along first: it shows what those pictures showed, and what
    a mask let change is changed in it.
    """
    if not any(image.optional or image.role == MASK for image in prompt.references):
        return prompt
    needed = sum(not image.optional for image in prompt.pictures)
    room = 0 if refine else max(0, card.references_max - needed)
    optional = [image for image in prompt.pictures if image.optional][:room]
    kept = (
        image
        for image in prompt.references
        if (image in optional if image.optional else not (refine and image.role == MASK))
    )
    return replace(prompt, references=tuple(kept))


def fitted(prompt: Prompt, card: Card, text_of: Callable[[Prompt], str]) -> Fitted:
    """Return a prompt with no more bans and characters than a card takes, if that can be had.

    ``text_of`` puts a prompt into the card's words.
    """
    few, bans = _balanced(prompt, card)
    findings = [_too_many(bans, card)] if bans else []
    short, cut = _shortened(few, card, text_of)
    if cut:
        findings.append(_too_long(cut, card))
    return Fitted(short, tuple(findings))


def _balanced(prompt: Prompt, card: Card) -> tuple[Prompt, list[Ban]]:
    """Drop the last `should` bans beyond what a model follows; a field of their own has room."""
    over = len(prompt.avoid) - card.constraints_max
    if over <= 0 or card.negatives == "native":
        return prompt, []
    dropped = [ban for ban in reversed(prompt.avoid) if ban.severity != "must"][:over]
    kept = tuple(ban for ban in prompt.avoid if ban not in dropped)
    return (replace(prompt, avoid=kept), dropped) if dropped else (prompt, [])


def _shortened(
    prompt: Prompt, card: Card, text_of: Callable[[Prompt], str]
) -> tuple[Prompt, list[str]]:
    """Cut until the prompt fits; one that never does stays whole, for its author to shorten."""
    if len(text_of(prompt)) <= card.prompt_max:
        return prompt, []
    cut: list[str] = []
    for shorter, what in _steps(prompt):
        cut.append(what)
        if len(text_of(shorter)) <= card.prompt_max:
            return shorter, cut
    return prompt, []


def _steps(prompt: Prompt) -> Iterator[tuple[Prompt, str]]:
    """Yield ever shorter prompts, each with what it does without."""
    while soft := [ban for ban in prompt.avoid if ban.severity != "must"]:
        prompt = replace(prompt, avoid=tuple(ban for ban in prompt.avoid if ban is not soft[-1]))
        yield prompt, f"the ban on {soft[-1].what}"
    for name in _YIELDING:
        while text := prompt.section(name):
            *rest, last = sentences(text)
            kept = (
                replace(section, text=" ".join(rest)) if section.name == name else section
                for section in prompt.sections
            )
            prompt = replace(prompt, sections=tuple(item for item in kept if item.text))
            yield prompt, f"“{last}” ({name})"


def _too_many(bans: list[Ban], card: Card) -> Finding:
    what = listing(ban.what for ban in reversed(bans))
    return Finding(
        "left-out",
        f"{card.name} follows about {card.constraints_max} constraints; left out: {what}",
        severity="advice",
        fix="say `severity: must` of what must be kept, or ban less",
    )


def _too_long(cut: list[str], card: Card) -> Finding:
    return Finding(
        "left-out",
        f"{card.name} reads {card.prompt_max:,} characters; left out: {listing(cut)}",
        severity="advice",
        fix="shorten the brief, or choose a model that reads more",
    )
