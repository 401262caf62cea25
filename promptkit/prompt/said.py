"""The data of a prompt in words: colours, lettering, references, bans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from promptkit.model.card import Card
from promptkit.prompt.sections import Ban, ColorUse, Prompt
from promptkit.template.filters import article, at, definite, listing, lower_first, sentence

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
_NOTHING_ADDED = "The picture holds the scene itself and nothing more."
_ONLY_WORDS = "These are the only words in the picture."

#: What each kind of reference is for, where its name does not say it.
_USES = {
    "style": "Take the light, colours and manner from it, and the subject from the words here.",
    "color": "Take the colours from it, and everything else from the words here.",
    "swatch": "Take the colours from it; the swatch itself stays out of the picture.",
}

_MASKED = "Change {image} only where its mask is transparent; everything else in it stays as it is."
REFINE = (
    "{image} is the approved preview of this picture. Reproduce its composition, framing, subject, "
    "light and colours exactly and change nothing. Raise the fidelity only: finer detail, cleaner "
    "edges, truer materials."
)
ALL_IN_ONE = "Where the product picture or the room picture is named, {image} is meant."
_PICTURES = re.compile(r"\bthe (?:product|room) picture\b", re.IGNORECASE)


def references(prompt: Prompt, card: Card, *, refine: bool) -> str:
    """Say what each picture that goes along is for, in the order in which they are sent."""
    if not (refine or prompt.references):
        return ""
    first = card.references_words.format(number=1)
    lines = [REFINE.format(image=first)] if refine else []
    for number, reference in enumerate(prompt.pictures, 2 if refine else 1):
        name = card.references_words.format(number=number)
        describe = f": {reference.describe.rstrip('.')}" if reference.describe else ""
        lines.append(f"{name} is the {reference.role} picture{describe}.")
        lines.append(_USES.get(reference.role, ""))
    if prompt.mask:
        lines.append(_MASKED.format(image=first))
    if refine and not prompt.references and _name_pictures(prompt):
        lines.append(ALL_IN_ONE.format(image=first))
    return " ".join(filter(None, lines))


def _name_pictures(prompt: Prompt) -> bool:
    return any(_PICTURES.search(section.text) for section in prompt.sections)


def colors(prompt: Prompt, card: Card) -> str:
    """Say which colours there are, what carries each, and how much of the picture it takes."""
    if not prompt.palette:
        return ""
    mode = f"{prompt.palette_mode} {prompt.medium}"
    mode = mode if mode in _PALETTE_MODES else prompt.palette_mode
    codes = card.hex and card.palette is None
    told = _colors(prompt.palette[: card.palette_max], mode, codes)
    return f"{told} {_NO_CODES}" if codes and card.negatives != "rephrase" else told


@lru_cache(maxsize=1024)  # a brand's palette is the same from one picture to the next
def _colors(palette: tuple[ColorUse, ...], mode: str, codes: bool) -> str:
    uses = [_use(use, codes) for use in palette]
    if _share(palette[0]) not in ("", _SMALL):
        uses[0] += " of the picture"
    one = {"these": "this colour", "them": "it", "things": "this alone"}
    more = {"these": "these colours", "them": "them", "things": "these things"}
    said = _PALETTE_MODES[mode].format(**(more if len(uses) > 1 else one))
    return f"{sentence('; '.join(uses))} {said}"


def _use(use: ColorUse, codes: bool) -> str:
    color = f"{use.words} ({use.hex})" if codes else use.words
    carried = f"{use.carrier} in {color}" if use.carrier else color
    return ", ".join(filter(None, (carried, _share(use))))


def _share(use: ColorUse) -> str:
    share = use.share
    return "" if share is None else next(words for bound, words in _SHARES if share < bound)


def lettering(prompt: Prompt, card: Card) -> str:
    """Say which words stand on the picture and how, or that there are none."""
    given, space, plain = prompt.lettering, prompt.space, not card.instructed
    none = {"rephrase": _NOTHING_ADDED, "native": "", "words": _NO_LETTERING}[card.negatives]
    words = [none]
    if given.copy and given.policy == "model_rendered":
        copy = listing(f"“{line}”" for line in given.copy)
        typeface = f", in {article(given.typeface)}" if given.typeface else ""
        place = at(space.words) if space.words else "in the empty space"
        words = [f"Set {copy} exactly as written, once{typeface}, {place}."]
        words += list(_spelled(prompt)) if card.spell else []
        words.append({"rephrase": _ONLY_WORDS, "native": "", "words": _NO_OTHER}[card.negatives])
    elif given.copy and given.policy == "composite":
        words = ["Leave the empty space plain." if plain else _HEADLINE_LATER, none]
    if space.logo:
        room = definite(space.logo)
        words.append(f"Keep {room} plain and empty." if plain else f"Keep {room} {_LOGO_LATER}")
    return " ".join(filter(None, words))


_HEADLINE_LATER = "Leave the empty space empty: a headline is set there later."
_LOGO_LATER = "free for the logo, which is laid over later."

_PLAIN_WORD = re.compile(r"[A-Z]?[a-z]+")


def _spelled(prompt: Prompt) -> Iterator[str]:
    """Spell out the words that a model may take for a slip: names, codes, inner capitals."""
    names = {name.casefold() for name in prompt.source.brand_name.split()}
    copy = " ".join(prompt.lettering.copy)
    for word in dict.fromkeys(re.findall(r"\w[\w'’-]*", copy)):
        letters = [sign for sign in word if sign.isalnum()]
        odd = not _PLAIN_WORD.fullmatch(word.replace("'", "").replace("’", "").replace("-", ""))
        shout = word.isupper() and word.isalpha() and copy.isupper()
        named = word.casefold() in names
        if len(letters) > 1 and not word.isdigit() and (named or (odd and not shout)):
            yield f"“{word}” is spelled {'-'.join(letters)}."


def bans(prompt: Prompt, card: Card) -> str:
    """Say what to keep out, where it is said in words."""
    if card.negatives != "words":
        return ""
    parts = [_ban(ban) for ban in prompt.avoid]
    if own := prompt.section("avoid").rstrip("."):
        parts.append(lower_first(own))
    return f"{'; '.join(parts)}." if parts else ""


def _ban(ban: Ban) -> str:
    return f"{ban.what} (instead: {ban.instead})" if ban.instead else ban.what


def instead(prompt: Prompt, card: Card) -> str:
    """Say what to show in place of what is kept out, where bans are not in the words."""
    if card.negatives == "words":
        return ""
    wishes = dict.fromkeys(ban.instead for ban in prompt.avoid if ban.instead)
    return " ".join(map(sentence, wishes))


def negative(prompt: Prompt) -> str:
    """Return the bans for a field of their own."""
    own = lower_first(prompt.section("avoid").rstrip("."))
    items = (_without_commas(ban.what) for ban in prompt.avoid)
    return ", ".join(part for part in (*items, own, *_unwanted(prompt)) if part)


def _unwanted(prompt: Prompt) -> Iterable[str]:
    """Return what no picture should have, whether or not a brand says so."""
    rendered = prompt.lettering.copy and prompt.lettering.policy == "model_rendered"
    return ("other lettering" if rendered else "added lettering", "added logos", "watermarks")


def _without_commas(what: str) -> str:
    """A comma ends an item of the field, so inside one it must not stand."""
    plain = re.sub(r"(?<=\d),(?=\d)", "", what)
    return re.sub(r"\s*,\s*(?:(and|or)\b\s*)?", lambda found: f" {found[1] or 'and'} ", plain)
