"""Prompt + model card → words and native fields. The one place where a prompt becomes text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from promptkit.errors import Finding
from promptkit.model.catalog import Card
from promptkit.prompt.sections import ColorUse, Prompt, Section
from promptkit.template.document import SECTIONS
from promptkit.template.filters import article, definite, listing, lower_first, sentence

_SMALL = "a small accent"
#: Upper bounds of a colour's share of the picture, with the words for it.
_SHARES = (
    (0.08, _SMALL),
    (0.13, "about a tenth"),
    (0.18, "about a sixth"),
    (0.225, "about a fifth"),
    (0.29, "about a quarter"),
    (0.4, "about a third"),
    (0.58, "about half"),
    (2.0, "most"),
)
_PALETTE_MODES = {
    "strict": "Use only {these}, with tints of {them} and neutral greys.",
    "strict photo": "Besides the subject's own colours, show only {these} and neutral greys.",
    "grade": "Tone the whole picture gently towards {these}.",
    "props": "Colour enters through {things}; everything else keeps its natural colours.",
}
_NO_CODES = "Show no colour codes and no swatches."
_NO_LETTERING = "No added lettering, logos or watermarks."
_NO_OTHER = "No other lettering, no logos, no watermarks."

_LABELS = {"color": "Colour"}

#: Prose is written in paragraphs; each starts where one of these sections stands.
_PARAGRAPHS = ("lighting", "text", "avoid")

REFINE = (
    "Image 1 is the approved preview of this picture. Reproduce its composition, framing, subject, "
    "light and colours exactly and change nothing. Raise the fidelity only: finer detail, cleaner "
    "edges, truer materials."
)
ALL_IN_ONE = "Where the product picture or the room picture is named, Image 1 is meant."
_PICTURES = re.compile(r"\bthe (?:product|room) picture\b", re.IGNORECASE)


@dataclass(frozen=True)
class Wording:
    """A prompt as one model is to be told it."""

    text: str
    sections: tuple[Section, ...]
    native: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def word(prompt: Prompt, card: Card, *, refine: bool = False) -> Wording:
    """Put a prompt into a card's words.

    With ``refine`` the picked preview goes along as Image 1, and the words ask to keep it.
    """
    sections = tuple(_worded(prompt, card, refine=refine))
    text = _prose(sections) if card.form == "prose" else _labelled(sections)
    findings = []
    if len(text) > card.prompt_max:
        findings.append(
            Finding(
                "prompt-too-long",
                f"the prompt has {len(text):,} characters; {card.name} reads {card.prompt_max:,}",
                fix="shorten the brief, or choose a model with a longer prompt",
            )
        )
    return Wording(text, sections, _native(prompt, card, sections), tuple(findings))


def _worded(prompt: Prompt, card: Card, *, refine: bool) -> Iterator[Section]:
    """Yield the sections in their order, the data among them put into words."""
    own = {section.name: section for section in prompt.sections}
    said: dict[str, Callable[[], str]] = {
        "references": lambda: _references(prompt, refine=refine),
        "color": lambda: _colors(prompt),
        "text": lambda: _lettering(prompt),
        "details": lambda: _instead(prompt, card),
        "avoid": lambda: _avoid(prompt, card),
    }
    for name in _order(own, said):
        section = own.get(name, Section(name, ""))
        before = "" if name == "avoid" else section.text
        words = said[name]() if name in said else ""
        text = " ".join(part for part in (before, words) if part)
        if text:
            yield section if text == section.text else Section(name, text, section.origins)


def _order(own: dict[str, Section], said: dict[str, Any]) -> list[str]:
    """Return section names: the prompt's own order, the worded data at their standard places."""
    order = [*own]
    rank = {name: number for number, name in enumerate(("purpose", "references", *SECTIONS[1:]))}
    for name in said:
        if name not in order:
            after = [at for at, other in enumerate(order) if rank.get(other, 0) > rank[name]]
            order.insert(after[0] if after else len(order), name)
    return order


def _references(prompt: Prompt, *, refine: bool) -> str:
    lines = [REFINE] if refine else []
    for number, reference in enumerate(prompt.references, 2 if refine else 1):
        describe = f": {reference.describe.rstrip('.')}" if reference.describe else ""
        lines.append(f"Image {number} is the {reference.role} picture{describe}.")
    if refine and not prompt.references and _name_pictures(prompt):
        lines.append(ALL_IN_ONE)
    return " ".join(lines)


def _name_pictures(prompt: Prompt) -> bool:
    return any(_PICTURES.search(section.text) for section in prompt.sections)


def _colors(prompt: Prompt) -> str:
    """Say which colours there are, what carries each, and how much of the picture it takes."""
    if not prompt.palette:
        return ""
    uses = [_use(use) for use in prompt.palette]
    if _share(prompt.palette[0]) not in ("", _SMALL):
        uses[0] += " of the picture"
    mode = _PALETTE_MODES.get(f"{prompt.palette_mode} {prompt.medium}")
    mode = mode or _PALETTE_MODES[prompt.palette_mode]
    one = {"these": "this colour", "them": "it", "things": "this alone"}
    more = {"these": "these colours", "them": "them", "things": "these things"}
    mode = mode.format(**(more if len(uses) > 1 else one))
    return f"{sentence('; '.join(uses))} {mode} {_NO_CODES}"


def _use(use: ColorUse) -> str:
    color = f"{use.words} ({use.hex})"
    carried = f"{use.carrier} in {color}" if use.carrier else color
    return ", ".join(filter(None, (carried, _share(use))))


def _share(use: ColorUse) -> str:
    share = use.share
    return "" if share is None else next(words for bound, words in _SHARES if share < bound)


def _lettering(prompt: Prompt) -> str:
    lettering, space = prompt.lettering, prompt.space
    logo = f"Keep {definite(space.logo)} free for the logo, which is laid over later."
    words = _NO_LETTERING
    if lettering.copy and lettering.policy == "model_rendered":
        copy = listing(f"“{line}”" for line in lettering.copy)
        typeface = f", in {article(lettering.typeface)}" if lettering.typeface else ""
        words = f"Set {copy} exactly as written, once{typeface}, in the empty space. {_NO_OTHER}"
    elif lettering.copy and lettering.policy == "composite":
        words = f"Leave the empty space empty: a headline is set there later. {_NO_LETTERING}"
    return f"{words} {logo}" if space.logo else words


def _avoid(prompt: Prompt, card: Card) -> str:
    if "negative" in card.native:
        return ""
    own = lower_first(prompt.section("avoid").rstrip("."))
    items = (
        f"{item.what} (instead: {item.instead})" if item.instead else item.what
        for item in prompt.avoid
    )
    parts = [part for part in (*items, own) if part]
    return f"{'; '.join(parts)}." if parts else ""


def _instead(prompt: Prompt, card: Card) -> str:
    """Where negatives travel by themselves, what to show in their place still needs words."""
    wishes = dict.fromkeys(item.instead for item in prompt.avoid if item.instead)
    if "negative" not in card.native or not wishes:
        return ""
    return f"Keep to {'; '.join(wishes)}."


def _labelled(sections: tuple[Section, ...]) -> str:
    lines = [
        section.text if section.name == "purpose" else f"{_label(section.name)}: {section.text}"
        for section in sections
    ]
    return "\n".join(lines)


def _label(name: str) -> str:
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def _prose(sections: tuple[Section, ...]) -> str:
    text = ""
    for section in sections:
        words = f"Avoid {section.text}" if section.name == "avoid" else section.text
        gap = "\n\n" if section.name in _PARAGRAPHS else " "
        text += f"{gap if text else ''}{words}"
    return text


def _native(prompt: Prompt, card: Card, sections: tuple[Section, ...]) -> dict[str, Any]:
    """Return the fields that the card takes beside the words, by its own names."""
    source, space = prompt.source, prompt.space
    fields: dict[str, Callable[[], Any]] = {
        "negative": lambda: _negative(prompt),
        "style": lambda: card.styles.get(prompt.medium, card.styles.get("*")),
        "title": lambda: f"{source.brand_name} · {source.template}",
        "sections": lambda: [{"name": item.name, "text": item.text} for item in sections],
        "palette": lambda: [_swatch(use) for use in prompt.palette or prompt.swatches],
        "text": lambda: [
            {"copy": copy, "policy": prompt.lettering.policy} for copy in prompt.lettering.copy
        ],
        "avoid": lambda: [item.what for item in prompt.avoid],
        "text_zone": lambda: list(space.text_zone) if space.text_zone else None,
        "reserve": lambda: list(space.logo_box) if space.logo_box else None,
    }
    found = {parameter: fields[name]() for name, parameter in card.native.items()}
    return {parameter: value for parameter, value in found.items() if value}


def _negative(prompt: Prompt) -> str:
    own = lower_first(prompt.section("avoid").rstrip("."))
    items = (_without_commas(item.what) for item in prompt.avoid)
    return ", ".join(part for part in (*items, own) if part)


def _without_commas(what: str) -> str:
    """A comma ends an item of the field, so inside one it must not stand."""
    plain = re.sub(r"(?<=\d),(?=\d)", "", what)
    return re.sub(r"\s*,\s*(?:(and|or)\b\s*)?", lambda found: f" {found[1] or 'and'} ", plain)


def _swatch(use: ColorUse) -> dict[str, Any]:
    return {
        "name": use.name,
        "hex": use.hex,
        "role": use.role,
        "share": use.share,
        "carrier": use.carrier,
    }
