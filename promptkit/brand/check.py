"""Findings about a brand profile: what would make its pictures go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import floor

from promptkit.brand.color import contrast, difference, in_words
from promptkit.brand.profile import Brand
from promptkit.errors import Finding, Severity
from promptkit.faults import Key

#: WCAG 2.1 AA for large text, which headlines are.
MIN_TEXT_CONTRAST = 3.0

#: Two colours nearer than this (ΔE00) are one colour to most eyes at a distance.
MIN_DIFFERENCE = 5.0


def check_brand(brand: Brand) -> list[Finding]:
    """Return what is wrong with a profile, or could be better, in the order of the rules."""
    rules = (_undescribed, _near_colors, _text_pairs, _shares, _typefaces, _logo, _rights)
    return [finding for rule in rules for finding in rule(brand)]


def _finding(
    brand: Brand,
    rule: str,
    message: str,
    where: tuple[Key, ...],
    fix: str,
    severity: Severity = "warning",
) -> Finding:
    place = brand.document.place(where) if brand.document else None
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
