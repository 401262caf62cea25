"""The rules of the palette: which colours are there, how much of each, and which should not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptkit.brand.avoid import Avoid
from promptkit.picture.audit.chart import GREY, Census, Chart, chart_of, hexes, lab_of_cells
from promptkit.picture.audit.lab import chroma, difference, lab
from promptkit.picture.audit.places import thinned, where
from promptkit.picture.audit.standard import Standard
from promptkit.verdict import Check, Covered, Stranger, Weight

#: Of a leading colour there must be this much at least to be there at all.
_LEAST_LEAD = 0.01
#: The brand's strong colours together; less than this nobody sees.
_LEAST_SEEN = 0.005
#: Where less of the picture than this has colour, its parts say nothing.
_LEAST_COLORED = 0.05
#: An avoided colour may have this much of the picture: a reflection, a far-away sign.
_MOST_AVOIDED = 0.005
_USUAL_TOLERANCE = 10.0
#: Hues up to this far apart, in degrees of CIELAB, are one hue.
_SAME_HUE = 25
#: A colour is the ground when it has more than this of the picture's rim.
_GROUND = 0.5
_RIM = 0.05
_LESS = "keep it to one small thing"


def chart_for(standard: Standard) -> Chart:
    """Return the chart of a brand's palette."""
    brand = standard.brand
    palette = hexes(color.value for color in brand.colors.palette.values())
    return chart_of(palette, brand.checks.palette.tolerance_de00)


def covered(found: Census, standard: Standard) -> list[Covered]:
    """Return what each palette colour covers, shades with it, the largest share first."""
    colors = standard.brand.colors
    listed = [
        Covered(
            name=name,
            hex=color.value,
            role=colors.role_of(name) or "",
            share=round(found.own(number), 4),
        )
        for number, (name, color) in enumerate(colors.palette.items())
    ]
    return sorted(listed, key=lambda item: -item.share)


def check_palette(found: Census, standard: Standard, loose: list[Stranger]) -> Iterator[Check]:
    """Yield the checks of a picture's colours."""
    yield from _seen(found, standard)
    yield _off(found, standard, loose)
    yield _on(found, standard)
    for role, carrier in standard.roles.items():
        yield from _role(found, standard, role, carrier)
    yield _distance(found, standard)
    yield from _grounds(found, standard)
    yield from _avoided(found, standard)


def percent(share: float) -> str:
    """Return a share as people read it: “24 %”, “0.2 %”."""
    return f"{share:.0%}".replace("%", " %") if share >= 0.1 else f"{100 * share:.1f} %"


def spoken(name: str) -> str:
    """Return a palette colour's name as people say it."""
    return name.replace("-", " ").replace("_", " ")


def _check(  # one place where a check's outcome becomes its status
    rule: str, held: bool, weight: Weight, message: str, measured: float, wanted: str, hint: str
) -> Check:
    return Check(
        rule=rule,
        status="pass" if held else "fail",
        severity=weight,
        message=message,
        measured=round(measured, 4),
        wanted=wanted,
        hint="" if held else hint,
    )


def _seen(found: Census, standard: Standard) -> Iterator[Check]:
    """Check that at least one of the strong colours that the brand is known by is there."""
    colors = standard.brand.colors
    names = list(colors.palette)
    asked = [colors.roles.get(role, role) for role in standard.roles]
    own = lab(np.array(found.chart.palette, np.uint8))
    strong = [name for name in asked if chroma(own[names.index(name)]) >= GREY]
    if not strong:
        return
    share = sum(found.own(names.index(name)) for name in dict.fromkeys(strong))
    words = " or ".join(colors.palette[name].words for name in dict.fromkeys(strong))
    yield _check(
        "brand-unseen",
        share >= _LEAST_SEEN,
        "must",
        f"the brand's own colours cover {percent(share)}"
        if share >= _LEAST_SEEN
        else f"none of the brand's own colours is to be seen ({percent(share)})",
        share,
        f"≥ {_LEAST_SEEN:g}",
        f"let one thing in the picture be {words}",
    )


def _off(found: Census, standard: Standard, loose: list[Stranger]) -> Check:
    share = float(found.shares[found.chart.strange])
    most = standard.most_off
    told = [f"{item.name} {item.hex} {percent(item.share)}, {item.where}" for item in loose]
    message = f"{percent(share)} is in strong colours that are not the brand's"
    if share > most:
        message += f", wanted ≤ {percent(most)}"
    if told and share >= _LEAST_LEAD:
        message += f": {'; '.join(told)}"
    check = _check(
        "off-palette",
        share <= most,
        standard.weight,
        message,
        share,
        f"≤ {most:g}",
        _instead(loose),
    )
    return check.model_copy(update={"where": loose[0].where if loose else None})


def _instead(loose: list[Stranger]) -> str:
    named = " and ".join(dict.fromkeys(item.name for item in loose[:2])) or "other colours"
    return f"no {named}; name for each large thing which of the brand's colours it has"


def _on(found: Census, standard: Standard) -> Check:
    chart = found.chart
    own = float(found.shares[: chart.grey].sum())
    free = float(found.shares[chart.grey]) if standard.brand.colors.neutrals_free else 0.0
    colored = 1 - free
    share = own / colored if colored >= _LEAST_COLORED else 1.0
    least = standard.least_on
    free_of = " of what is not grey" if free else ""
    wanted = f", wanted ≥ {percent(least)}" if share < least else ""
    return _check(
        "on-palette",
        share >= least,
        standard.weight,
        f"{percent(share)}{free_of} is in the brand's colours{wanted}",
        share,
        f"≥ {least:g}",
        "say for the walls, the ground and the largest things which of the brand's colours "
        "they have",
    )


def _role(found: Census, standard: Standard, role: str, carrier: str) -> Iterator[Check]:
    """Check that a role's colour is there at all, and then that there is enough of it."""
    brand = standard.brand
    name = brand.colors.roles.get(role, role)
    color = brand.colors.palette[name]
    share = found.own(list(brand.colors.palette).index(name))
    aim = brand.colors.proportions.get(role)
    least, most = (aim.min, aim.max) if aim else (0.0, 1.0)
    wanted = percent(max(least, _floor(standard, role)))
    size = "small" if role == "accent" else "larger"
    carried = f"let {carrier} carry it" if carrier else f"let one {size} thing carry it"
    if floor := _floor(standard, role):
        there = share >= floor
        kind = "accent" if role == "accent" else "lead"
        message = f"{percent(share)} is {spoken(name)}"
        if not there:
            message = f"no {spoken(name)} to be seen ({percent(share)}, wanted ≥ {wanted})"
        weight: Weight = "must" if kind == "lead" and standard.mode != "props" else "should"
        hint = f"more {color.words}: {carried}"
        yield _check(f"{kind}-missing", there, weight, message, share, f"≥ {floor:g}", hint)
        if not there:
            return
    if aim:
        hints = f"more {color.words}: {carried}", f"less {color.words}: {_LESS}"
        yield _share(standard, spoken(name), share, (least, most), hints)


def _floor(standard: Standard, role: str) -> float:
    """Return how much of a role's colour must be there for it to be there at all."""
    if role == "accent":
        return standard.brand.checks.accent_present.min_share
    return _LEAST_LEAD if role == "primary" else 0.0


def _share(
    standard: Standard, name: str, share: float, bounds: tuple[float, float], hints: tuple[str, str]
) -> Check:
    least, most = bounds
    message, hint = f"{percent(share)} is {name}", ""
    if share < least:
        message, hint = f"little {name} ({percent(share)}, wanted ≥ {percent(least)})", hints[0]
    elif share > most:
        message, hint = f"much {name} ({percent(share)}, wanted ≤ {percent(most)})", hints[1]
    weight: Weight = "info" if standard.mode == "props" else "should"
    return _check("color-share", not hint, weight, message, share, f"{least:g}–{most:g}", hint)


def _distance(found: Census, standard: Standard) -> Check:
    weights = found.by_cell
    mean = float((weights * found.chart.distances).sum())
    message = f"on average the colours are {mean:.1f} ΔE00 from the palette"
    return _check("palette-distance", True, "info", message, mean, "", "")


def _grounds(found: Census, standard: Standard) -> Iterator[Check]:
    """Check the rules that keep a colour off the ground, by the picture's rim."""
    colors = standard.brand.colors
    names = list(colors.palette)
    for rule in colors.rules:
        if not {"background", "surface"} & set(rule.never_on):
            continue
        number = names.index(rule.color)
        share = _on_rim(found, (number, found.chart.count + number))
        words = colors.palette[rule.color].words
        yield _check(
            "barred-ground",
            share <= _GROUND,
            rule.severity,
            f"{spoken(rule.color)} has {percent(share)} of the picture's rim"
            + (f", against the rule {rule.id}" if share > _GROUND else ""),
            share,
            f"≤ {_GROUND:g}",
            f"{words} only on one small thing, never as the ground",
        )


def _on_rim(found: Census, labels: Iterable[int]) -> float:
    small = found.chart.cells[thinned(found.cells)]
    edge = max(1, round(min(small.shape) * _RIM))
    rim = np.ones(small.shape, np.bool_)
    rim[edge:-edge, edge:-edge] = False
    return float(np.isin(small[rim], tuple(labels)).mean())


def _avoided(found: Census, standard: Standard) -> Iterator[Check]:
    brand = standard.brand
    for item in (*brand.colors.avoid, *brand.avoid):
        if item.near and (not item.looks or standard.look_name in item.looks):
            yield _near(found, item, item.near)


@lru_cache(maxsize=64)
def _alike(value: str, most: float) -> NDArray[Any]:
    """Return which cells are near an avoided colour, and of its hue.

    CIEDE2000 is made for small differences: by it alone a grey blue is within 20 of a violet.
    """
    colors = lab_of_cells()
    near = lab(np.array(hexes([value])[0], np.uint8))
    alike: NDArray[Any] = difference(colors, near) <= most
    if chroma(near) < GREY:
        return alike
    turn = np.arctan2(colors[:, 2], colors[:, 1]) - np.arctan2(near[2], near[1])
    alike &= np.cos(turn) >= np.cos(np.radians(_SAME_HUE))
    alike &= chroma(colors) >= GREY
    return alike


def _near(found: Census, item: Avoid, value: str) -> Check:
    inside = _alike(value, _USUAL_TOLERANCE if item.tolerance is None else item.tolerance)
    share = float(found.by_cell[inside].sum())
    place = where(inside[thinned(found.cells)])
    message = f"{item.what}: {percent(share)}"
    if share > _MOST_AVOIDED:
        message += f", {place}, wanted none"
    hint = item.instead or f"no {item.what}"
    held = share <= _MOST_AVOIDED
    check = _check(
        "avoided-color", held, item.severity, message, share, f"≤ {_MOST_AVOIDED:g}", hint
    )
    return check.model_copy(update={"where": place or None})
