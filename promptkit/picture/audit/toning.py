"""How a picture is toned, against the words of the brand's grade."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from promptkit.picture.audit.chart import Census, lab_of_cells
from promptkit.picture.audit.lab import chroma
from promptkit.picture.audit.standard import Standard
from promptkit.verdict import Check

Bounds = tuple[float, float]
_ANY = float("inf")

#: What the words of a grade allow, by what is measured: wide on purpose, since only a picture
#: that is plainly otherwise should be told of. The first word of a group that stands there counts.
_WORDS: dict[str, tuple[tuple[str, Bounds], ...]] = {
    "temperature": (
        ("warm-neutral|neutral-warm|slightly warm", (-4.0, 26.0)),
        ("cool-neutral|neutral-cool|slightly cool", (-26.0, 10.0)),
        ("neutral", (-9.0, 14.0)),
        ("warm|golden|sunny", (0.0, _ANY)),
        ("cool|cold|blue|bluish", (-_ANY, 4.0)),
    ),
    "saturation": (
        ("medium-low|low-medium|muted|soft|faded", (0.0, 32.0)),
        ("medium-high|high-medium", (14.0, _ANY)),
        ("low|desaturated|pale", (0.0, 22.0)),
        ("medium|natural", (6.0, 45.0)),
        ("high|vivid|strong|bold", (20.0, _ANY)),
    ),
    "contrast": (
        ("medium-low|low|soft|gentle|flat", (0.0, 78.0)),
        ("medium-high|high|hard|strong|punchy", (50.0, _ANY)),
        ("medium|natural", (22.0, 92.0)),
    ),
    "blacks": (
        ("lifted|raised|faded|matt|matte|soft", (4.0, _ANY)),
        ("deep|crushed|rich|true|black", (0.0, 14.0)),
    ),
}
_HINTS = {
    "temperature": ("a warmer light", "a cooler light"),
    "saturation": ("stronger colours", "quieter, sun-faded colours"),
    "contrast": ("clearer light and shade", "softer light, open shadows"),
    "blacks": ("lifted blacks, open shadows", "deep, full blacks"),
}
_TOLD = {
    "temperature": "the picture's mean b* is {value:.0f} (0 is neutral, more is warmer)",
    "saturation": "the picture's mean chroma is {value:.0f}",
    "contrast": "lightness spreads over {value:.0f} of 100",
    "blacks": "the darkest parts have a lightness of {value:.0f} of 100",
}


def check_toning(found: Census, standard: Standard) -> Iterator[Check]:
    """Yield a check for each word of the grade; a flat or strict picture is held to its palette."""
    words = {key: word for key in _WORDS if (word := getattr(standard.grade, key))}
    reason = _skipped(standard)
    values = measured(found) if words and not reason else {}
    for key, word in words.items():
        if reason:
            yield Check(
                rule=f"grade-{key}", status="skipped", severity="info", message=reason, wanted=word
            )
        elif (bounds := allowed(key, word)) is not None:
            yield _held(key, word, values[key], bounds)


def _skipped(standard: Standard) -> str:
    if standard.sketch:
        return "a sketch has no light of its own"
    if standard.mode == "strict":
        return "a strict picture is held to its palette"
    if standard.look.medium not in ("", "photo"):
        return f"the grade is for photographs, and the look is: {standard.look.medium}"
    return ""


def allowed(key: str, word: str) -> Bounds | None:
    """Return what the words of a grade allow; ``None`` when they are none that we know."""
    said = re.sub(r"[\s–—]+", "-", word.casefold())
    for pattern, bounds in _WORDS[key]:
        if re.search(rf"(?<![a-z])(?:{pattern.replace(' ', '-')})(?![a-z])", said):
            return bounds
    return None


def _held(key: str, word: str, value: float, bounds: Bounds) -> Check:
    low, high = value < bounds[0], value > bounds[1]
    message = _TOLD[key].format(value=value)
    more, less = _HINTS[key]
    return Check(
        rule=f"grade-{key}",
        status="fail" if low or high else "pass",
        severity="should",
        message=f"{message}, which is not “{word}”" if low or high else message,
        measured=round(value, 2),
        wanted=_range(bounds),
        hint=more if low else less if high else "",
    )


def _range(bounds: Bounds) -> str:
    low, high = bounds
    if high == _ANY:
        return f"≥ {low:g}"
    return f"{low:g}–{high:g}" if low not in (-_ANY, 0.0) else f"≤ {high:g}"


def measured(found: Census) -> dict[str, float]:
    """Return temperature (mean b*), saturation (mean C*), contrast and blacks (L*, 0–100)."""
    present = np.flatnonzero(found.by_cell)
    colors, shares = lab_of_cells()[present], found.by_cell[present]
    order = np.argsort(colors[:, 0])
    steps, light = np.cumsum(shares[order]), colors[order, 0]

    def lightness(part: float) -> float:
        at = min(int(np.searchsorted(steps, part)), len(light) - 1)
        return float(light[at]) if len(light) else 0.0

    return {
        "temperature": float((shares * colors[:, 2]).sum()),
        "saturation": float((shares * chroma(colors)).sum()),
        "contrast": lightness(0.95) - lightness(0.05),
        "blacks": lightness(0.01),
    }
