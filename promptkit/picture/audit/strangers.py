"""The strong colours of a picture that are not the brand's: which, how much, and where."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptkit.brand.color import in_words
from promptkit.picture.audit.chart import CELLS, Census, lab_of_cells, middles
from promptkit.picture.audit.places import thinned, where
from promptkit.verdict import Stranger

_MOST = 3
#: Less than this of the picture is not told of.
_LEAST = 0.005
_HUES, _LIGHTS = 18, 3


def strangers(found: Census) -> list[Stranger]:
    """Return the worst strangers, alike ones as one, the largest share first."""
    chart = found.chart
    loose = np.where(chart.cells == chart.strange, found.by_cell, 0.0)
    total = float(loose.sum())
    if not total:
        return []
    exact = float(found.shares[chart.strange]) / total
    groups = _groups()
    sums = np.bincount(groups, weights=loose, minlength=_HUES * _LIGHTS) * exact
    worst = [int(group) for group in np.argsort(-sums)[:_MOST] if sums[group] >= _LEAST]
    small = thinned(found.cells)
    told: dict[str, Stranger] = {}
    for group in worst:
        inside = (groups == group) & (loose > 0)
        spoken = _mean(inside, loose)
        name = in_words(spoken)
        if name in told:  # two neighbours that people call the same
            share = told[name].share + round(float(sums[group]), 4)
            told[name] = told[name].model_copy(update={"share": share})
            continue
        place = where(inside[small])
        told[name] = Stranger(
            hex=spoken, name=name, share=round(float(sums[group]), 4), where=place
        )
    return list(told.values())


@lru_cache(maxsize=1)
def _groups() -> NDArray[Any]:
    """Return the group of each cell: colours of about one hue and one lightness."""
    colors = lab_of_cells()
    turn = np.arctan2(colors[:, 2], colors[:, 1]) / (2 * np.pi) % 1
    hue = np.minimum((turn * _HUES).astype(np.intp), _HUES - 1)
    light = np.clip((colors[:, 0] / 100 * _LIGHTS).astype(np.intp), 0, _LIGHTS - 1)
    return hue * _LIGHTS + light


def _mean(inside: NDArray[Any], weights: NDArray[Any]) -> str:
    own = np.where(inside, weights, 0.0)[:CELLS]
    red, green, blue = (round(value) for value in own @ middles() / own.sum())
    return f"#{red:02X}{green:02X}{blue:02X}"
