"""The rule of pairs: two colours that must not stand beside each other in equal parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptkit.picture.audit.chart import Census
from promptkit.picture.audit.palette import percent, spoken
from promptkit.picture.audit.places import thinned, where
from promptkit.picture.audit.standard import Standard
from promptkit.verdict import Check

#: Less of a colour than this stands beside nothing that anybody sees.
_LEAST = 0.01
#: Two colours are in equal parts when the one has this much of the other: an accent has less.
_EQUAL = 0.5
#: So much of the smaller one's outline may touch the other: things overlap somewhere.
_MOST = 0.15

Spots = NDArray[Any]


def check_pairs(found: Census, standard: Standard) -> Iterator[Check]:
    """Yield a check for each pair that the brand keeps apart, where both are there in equal parts.

    A sketch's colours lie where its drawing has room, so that nothing is asked of it.
    """
    never = standard.brand.colors.pairs.never
    if not never or standard.sketch:
        return
    names = [*standard.brand.colors.palette]
    for pair in never:
        one, other = sorted((names.index(name) for name in pair), key=found.own)
        least = max(_LEAST, _EQUAL * found.own(other))
        if one != other and found.own(one) >= least:
            yield _apart(found, standard, (names[one], names[other]))


def _apart(found: Census, standard: Standard, pair: tuple[str, str]) -> Check:
    labels = found.chart.cells[thinned(found.cells)]
    colors, count = standard.brand.colors, found.chart.count
    small, large = (
        np.isin(labels, (number, count + number))
        for number in ([*colors.palette].index(name) for name in pair)
    )
    share, touching = _touching(small, large)
    held = share <= _MOST
    place = "" if held else where(touching)
    message = f"{percent(share)} of the outline of {spoken(pair[0])} touches {spoken(pair[1])}"
    if not held:
        message += f", {place}, and the brand keeps the two apart"
    one, other = (colors.palette[name].words for name in pair)
    ground = colors.of_role("background") or colors.of_role("surface")
    between = f", with {ground.words} between them" if ground else ""
    return Check(
        rule="barred-pair",
        status="pass" if held else "fail",
        severity="should",
        message=message,
        measured=round(share, 4),
        wanted=f"≤ {_MOST:g}",
        hint="" if held else f"{one} apart from {other}{between}",
        where=place or None,
    )


def _touching(small: Spots, large: Spots) -> tuple[float, Spots]:
    """Return how much of the outline of ``small`` lies on ``large`` (0–1), and its spots there."""
    outline = meetings = 0
    touching: Spots = np.zeros(small.shape, np.bool_)
    for here, there in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:, 1:], np.s_[:, :-1]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[1:], np.s_[:-1]),
    ):
        outline += int(np.count_nonzero(small[here] & ~small[there]))
        meets = small[here] & large[there]
        meetings += int(np.count_nonzero(meets))
        touching[here] |= meets
    return (meetings / outline if outline else 0.0), touching
