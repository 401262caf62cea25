"""Where in a picture something lies, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")
#: This much of a thing lies in a part of the picture that is named for it.
_MOST = 0.6


def where(spots: NDArray[Any]) -> str:
    """Return where most of the marked spots (height × width) lie: “upper left”, “all over”."""
    rows = np.array([part.sum() for part in np.array_split(spots, 3, axis=0)], float)
    columns = np.array([part.sum() for part in np.array_split(spots, 3, axis=1)], float)
    if not rows.sum():
        return ""
    row, column = _main(rows, _ROWS), _main(columns, _COLUMNS)
    if row and column:
        middle = (row, column) == ("middle", "centre")
        return "centre" if middle else f"{row} {column}"
    if row:
        return f"{row} third"
    return f"{column} third" if column else "all over"


def _main(counts: NDArray[Any], names: tuple[str, str, str]) -> str:
    best = int(counts.argmax())
    return names[best] if counts[best] >= _MOST * counts.sum() else ""


def thinned(values: NDArray[Any], side: int = 192) -> NDArray[Any]:
    """Return every so many-th row and column, about ``side`` of the longer ones."""
    step = max(1, max(values.shape[:2]) // side)
    return values[::step, ::step]
