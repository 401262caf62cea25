"""Names: made plain, made into keys, and read for what they say about a colour's role."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import count

from promptkit.brand.color import in_words
from promptkit.brand.importers.found import Swatch

_LONGEST_NAME = 80
_LONGEST_KEY = 48
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^a-z0-9]+")

#: What names say about roles, the strongest word first. Text and grounds come before primary:
#: “text-primary” is a text colour.
_ROLE_WORDS = {
    "text": ("text", "ink", "foreground", "fg"),
    "background": ("background", "bg", "canvas", "surface"),
    "surface": ("surface", "card"),
    "accent": ("accent", "highlight"),
    "secondary": ("secondary",),
    "primary": ("primary", "brand", "main"),
}

#: Words of names that belong to screens: “on-primary” is what stands on the primary colour.
_STATES = {"on", "hover", "active", "focus", "pressed", "disabled", "inverse", "error"}


def clean(text: object, most: int = _LONGEST_NAME) -> str:
    """Return text on one line, without control characters, at most ``most`` characters long."""
    whole = " ".join(str(text).split()) if isinstance(text, str | int | float) else ""
    plain = "".join(letter for letter in whole if letter.isprintable())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def slug(text: str) -> str:
    """Return text as a key: “Möbel Blue/500” gives ``mobel-blue-500``. May be empty."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub("-", text[: 4 * _LONGEST_KEY]).casefold())
    ascii_only = plain.encode("ascii", "ignore").decode()
    key = _NOT_WORD.sub("-", ascii_only).strip("-")[:_LONGEST_KEY].strip("-")
    return f"color-{key}" if key.startswith("x-") else key  # keys with x- are left unread


def keys_for(swatches: Iterable[Swatch]) -> list[str]:
    """Return a key for each colour, no two alike: from its name, else from its looks."""
    taken: dict[str, None] = {}
    for swatch in swatches:
        base = slug(swatch.name) or slug(in_words(swatch.value))
        tries = [base, slug(f"{swatch.group} {base}")]
        key = next((name for name in tries if name not in taken), "")
        taken[key or next(name for name in numbered(base) if name not in taken)] = None
    return list(taken)


def numbered(base: str) -> Iterable[str]:
    """Yield ``base-2``, ``base-3`` and so on."""
    return (f"{base}-{number}" for number in count(2))


def guess_roles(names: Sequence[tuple[str, int]], known: Iterable[str]) -> dict[str, int]:
    """Guess roles that are not known yet from (name, place of its colour) pairs."""
    words = [(slug(name).split("-"), place) for name, place in names]
    found: dict[str, int] = {}
    spoken_for: set[int] = set()
    for role in (role for role in _ROLE_WORDS if role not in known):
        at = _strongest(role, words, spoken_for)
        if at is not None:
            spoken_for.add(at)
            found[role] = words[at][1]
    return found


def _strongest(role: str, names: list[tuple[list[str], int]], spoken_for: set[int]) -> int | None:
    ranked = [
        (words != [word], strength, _looseness(word, words), at)
        for strength, word in enumerate(_ROLE_WORDS[role])
        for at, (words, _) in enumerate(names)
        if word in words and not _STATES & set(words) and at not in spoken_for
    ]
    return min(ranked)[-1] if ranked else None


def _looseness(word: str, words: list[str]) -> int:
    """Return 0 where the name is the word alone, and more the more else it says."""
    return 2 * (len(words) - 1) - (words[-1] == word and len(words) > 1)


def number_of(amount: int, thing: str) -> str:
    """Return an amount with its noun: ``1 colour``, ``6 colours``."""
    return f"{amount} {thing}" if amount == 1 else f"{amount} {thing}s"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names as a person says them: ``a, b and c``, or the first few and how many more."""
    shown = [clean(name, 40) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
