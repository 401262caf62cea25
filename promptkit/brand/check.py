"""Findings about a brand profile: what would make its pictures go wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, islice
from math import floor
from pathlib import Path

from promptkit.brand.avoid import Avoid
from promptkit.brand.color import contrast, difference, in_words
from promptkit.brand.paths import dotted
from promptkit.brand.profile import Brand
from promptkit.errors import MAX_FINDINGS, Finding, Severity
from promptkit.shapes import Path_

#: WCAG 2.1 AA for large text, which headlines are.
MIN_TEXT_CONTRAST = 3.0

#: Two colours nearer than this (ΔE00) are one colour to most eyes at a distance.
MIN_DIFFERENCE = 5.0

#: Keys of a look that say nothing of what is seen.
_NO_WORDS = {"when", "references", "palette_mode"}

#: A look that rules something out does not ask for it.
_RULED_OUT = r"(?<!\bno )(?<!\bnot )(?<!\bnever )(?<!\bwithout )"


#: What an import writes as the style; a person must put the brand's own words there.
STYLE_TO_WRITE = "to be described"

#: The list itself says no: with a “no” before a thing, it would ask for the thing.
_NEGATION = re.compile(
    r"(?:no|not|never|without|avoid|exclude|(?:don['’]t|do not)(?: use| show| have| include)?)"
    r"\s+(?:any\s+)?(?P<thing>\S.*)",
    re.IGNORECASE,
)


def check_brand(brand: Brand) -> list[Finding]:
    """Return what is wrong with a profile, or could be better, in the order of the rules."""
    rules = (
        _undescribed,
        _near_colors,
        _text_pairs,
        _shares,
        _typefaces,
        _logo,
        _reserve,
        _rights,
        _unwritten,
        _negated,
        _repeated,
        _contradictions,
    )
    return [finding for rule in rules for finding in islice(rule(brand), MAX_FINDINGS)]


def _finding(
    brand: Brand,
    rule: str,
    message: str,
    where: Path_,
    fix: str,
    severity: Severity = "warning",
) -> Finding:
    place = brand.origin(where) if brand.document else None
    return Finding(rule, message, severity, place, fix)


def _down(value: float) -> str:
    """Write a measure that is too small, so that it never looks like the bound it misses."""
    return f"{floor(value * 10) / 10:.1f}"


def _undescribed(brand: Brand) -> Iterator[Finding]:
    for name, color in brand.colors.palette.items():
        if not color.describe:
            yield _finding(
                brand,
                "color-without-describe",
                f"“{name}” has no words; models steer by words, not by {color.value}",
                ("colors", "palette", name),
                f'write {name}: {{value: "{color.value}", describe: "{in_words(color.value)}"}}',
                "advice",
            )


def _near_colors(brand: Brand) -> Iterator[Finding]:
    for (one, first), (other, second) in combinations(brand.colors.palette.items(), 2):
        distance = difference(first.value, second.value)
        if distance < MIN_DIFFERENCE:
            yield _finding(
                brand,
                "colors-too-near",
                f"“{one}” and “{other}” can hardly be told apart (ΔE00 {_down(distance)})",
                ("colors", "palette", other),
                "drop one of them, or move them apart",
            )


def _text_pairs(brand: Brand) -> Iterator[Finding]:
    palette = brand.colors.palette
    for ground, texts in brand.colors.pairs.text_on.items():
        for text in texts:
            ratio = contrast(palette[ground].value, palette[text].value)
            if ratio < MIN_TEXT_CONTRAST:
                yield _finding(
                    brand,
                    "low-contrast",
                    f"“{text}” on “{ground}” has a contrast of {_down(ratio)}:1",
                    ("colors", "pairs", "text_on", ground),
                    f"large text needs {MIN_TEXT_CONTRAST:g}:1; take a darker or a lighter colour",
                )


def _shares(brand: Brand) -> Iterator[Finding]:
    target = sum(share.target for share in brand.colors.proportions.values())
    if target > 1.001:
        yield _finding(
            brand,
            "proportions-over-one",
            f"the proportions add up to {target * 100:.4g} % of the picture",
            ("colors", "proportions"),
            "lower them until they add up to 100 % at most",
            "error",
        )


def _typefaces(brand: Brand) -> Iterator[Finding]:
    for kind, typeface in (("display", brand.typography.display), ("body", brand.typography.body)):
        if typeface.family and not typeface.describe:
            yield _finding(
                brand,
                "typeface-without-describe",
                f"“{typeface.family}” is only a name, and no model can read it",
                ("typography", kind),
                'say what it looks like, as in describe: "plain modern sans-serif"',
            )


def _logo(brand: Brand) -> Iterator[Finding]:
    if brand.logo.files and not brand.logo.placement.clear_space:
        yield _finding(
            brand,
            "logo-without-clear-space",
            "the logo does not say how much room it needs",
            ("logo",),
            "add placement: {clear_space: 1x}",
        )


def _reserve(brand: Brand) -> Iterator[Finding]:
    reserve = brand.logo.reserve
    if reserve is None or brand.logo.policy == "none":
        return
    left, top, right, bottom = reserve.box
    for name, channel in brand.channels.items():
        if channel.safe_area is None:
            continue
        safe_left, safe_top, safe_right, safe_bottom = channel.safe_area
        beyond = {
            "left": safe_left - left,
            "top": safe_top - top,
            "right": right - safe_right,
            "bottom": bottom - safe_bottom,
        }
        sides = [side for side, by in beyond.items() if by > 1e-9]
        if sides:
            yield _finding(
                brand,
                "logo-outside-safe-area",
                f"the logo's box sticks out of the safe area of “{name}” ({', '.join(sides)}), "
                "where it may be cut off",
                ("logo", "reserve", "box"),
                f"move the box into {[*channel.safe_area]}, or widen the safe area of “{name}”",
            )


def _rights(brand: Brand) -> Iterator[Finding]:
    for number, reference in enumerate(brand.style.references):
        if reference.path and not reference.rights:
            yield _finding(
                brand,
                "reference-without-rights",
                f"the reference “{reference.id}” does not say whose it is",
                ("style", "references", number),
                "add rights: owned, or who owns it",
            )


def _unwritten(brand: Brand) -> Iterator[Finding]:
    for name, look in brand.style.looks.items():
        for step, text in _texts(look.model_dump(exclude=_NO_WORDS)):
            if _plain(text) == STYLE_TO_WRITE:
                yield _finding(
                    brand,
                    "style-to-write",
                    f"the look “{name}” still reads “{text}”, and so would its prompts",
                    ("style", "looks", name, *step),
                    'say how the pictures look, as in style: "food photograph, soft daylight"',
                )


def _plain(text: str) -> str:
    """Return a text without case, the ends' marks and the width of its gaps."""
    return " ".join(text.casefold().split()).strip(" .!")


def _negated(brand: Brand) -> Iterator[Finding]:
    for where, item in _all_bans(brand):
        if found := _NEGATION.fullmatch(item.what.strip()):
            yield _finding(
                brand,
                "negated-ban",
                f"“{item.what}” stands among what is kept out, which says no already: "
                "a model may take it for a wish",
                where,
                f"write the thing alone: {found['thing']}",
            )


def _repeated(brand: Brand) -> Iterator[Finding]:
    known: dict[str, list[tuple[Path_, Avoid]]] = {}
    for where, item in _all_bans(brand):
        said = _plain(item.what)
        same = known.setdefault(said, [])
        first = next((path for path, other in same if _meet(item, other)), None)
        if first:
            yield _finding(
                brand,
                "repeated-ban",
                f"“{item.what}” is kept out twice: {dotted(first)} says it too",
                where,
                "keep one of the two",
                "advice",
            )
        same.append((where, item))


def _meet(one: Avoid, other: Avoid) -> bool:
    """Say whether two bans hold in one look."""
    return not one.looks or not other.looks or bool({*one.looks} & {*other.looks})


def _bans(brand: Brand) -> Iterator[tuple[Path_, Avoid]]:
    """Yield what may be kept out of some looks only, each with where it stands."""
    lists: tuple[tuple[Path_, list[Avoid]], ...] = (
        (("avoid",), brand.avoid),
        (("colors", "avoid"), brand.colors.avoid),
        (("people", "never"), brand.people.never),
    )
    for where, items in lists:
        for number, item in enumerate(items):
            yield (*where, number), item


def _all_bans(brand: Brand) -> Iterator[tuple[Path_, Avoid]]:
    """Yield all that the brand keeps out, each with where it stands."""
    yield from _bans(brand)
    lists: tuple[tuple[Path_, list[str]], ...] = (
        (("content", "never"), brand.content.never),
        (("content", "claims", "forbidden_visuals"), brand.content.claims.forbidden_visuals),
    )
    for where, items in lists:
        for number, what in enumerate(items):
            if what.strip():
                yield (*where, number), Avoid(what=what)


def _contradictions(brand: Brand) -> Iterator[Finding]:
    """Find looks that ask, word for word, for what the brand keeps out."""
    said = {
        name: list(_texts(look.model_dump(exclude=_NO_WORDS)))
        for name, look in brand.style.looks.items()
    }
    for where, item in _bans(brand):
        kept_out = _phrase(item.what)
        for name in item.looks or said:
            for step, text in said[name]:
                if kept_out.search(text):
                    yield _contradiction(brand, item.what, name, step, where)


def _contradiction(brand: Brand, what: str, look: str, step: Path_, avoid: Path_) -> Finding:
    at, there = ("style", "looks", look, *step), brand.origin(avoid)
    other = f" in {Path(there.file).name}" if there.file != brand.origin(at).file else ""
    named = f"{other} on line {there.line}" if there.line else ""
    return _finding(
        brand,
        "look-against-avoid",
        f"the look “{look}” asks for “{what}”, which the brand avoids{named}",
        at,
        f"take it out of the look, or limit the item to other looks: {dotted(avoid)}.looks",
    )


def _phrase(words: str) -> re.Pattern[str]:
    said = r"\s+".join(map(re.escape, words.split()))
    return re.compile(rf"{_RULED_OUT}(?<!\w){said}(?!\w)", re.IGNORECASE)


def _texts(value: object, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(item, (*path, key))
