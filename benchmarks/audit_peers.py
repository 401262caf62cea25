"""The peers' side of ``audit.py``, run in an environment of their own. Prints ms as JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from PIL import Image


def pylette(picture: Image.Image) -> dict[str, Callable[[], object]]:
    from pylette import extract_colors  # type: ignore[import-not-found]  # in the peers' own

    pixels = np.asarray(picture)
    return {
        "pylette, k-means, 6 colours": lambda: extract_colors(pixels, 6, resize=None),
        "pylette, k-means, at 256 px": lambda: extract_colors(pixels, 6),
    }


def colorthief(picture: Image.Image) -> dict[str, Callable[[], object]]:
    from colorthief import ColorThief  # type: ignore[import-not-found]  # as above

    thief = ColorThief.__new__(ColorThief)  # its constructor would read a file
    thief.image = picture
    return {
        "colorthief, 6 colours": lambda: thief.get_palette(6, quality=1),
        "colorthief, every 10th px": lambda: thief.get_palette(6),
    }


def main(path: str, times: int) -> None:
    with Image.open(path) as file:
        picture = file.convert("RGB")
    found = {}
    for make in (pylette, colorthief):
        try:
            work = make(picture)
        except ImportError as error:  # a peer that changed must not stop the others
            print(f"{make.__name__}: {error!r}", file=sys.stderr)
            continue
        for name, piece in work.items():
            spent = []
            for _ in range(times):
                begun = time.perf_counter()
                piece()
                spent.append(1000 * (time.perf_counter() - begun))
            found[name] = statistics.median(spent)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
