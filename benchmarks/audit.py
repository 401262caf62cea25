"""How long an audit takes, beside tools that find the colours of a picture.

The picture is a photograph of 1536×1024 and is decoded beforehand; decoding it is told apart. The
peers only name the most frequent colours: they know no brand. Figures are medians.

    python benchmarks/audit.py [--peers PYTHON]

``--peers`` names the interpreter of an environment with pylette and colorthief (`make bench` makes
one).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from promptkit.brand.loading import BrandLibrary
from promptkit.picture.audit import Standard, audit
from promptkit.picture.audit.chart import census, chart_of, middles
from promptkit.picture.audit.palette import chart_for
from promptkit.picture.opening import Opened, open_picture

HERE = Path(__file__).parent
BRANDS = HERE.parent / "brand_profiles"
PICTURE = BRANDS / "refs" / "tidewell" / "galley-kitchen.jpg"
TIMES, COLD = 41, 7


def median(work: Callable[[], object], times: int) -> float:
    """Return how long some work takes, in ms."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - begun))
    return statistics.median(spent)


def own() -> dict[str, float]:
    """Return what an audit takes, and its parts, in ms."""
    brand = BrandLibrary((BRANDS,)).get("tidewell")
    standard = Standard(brand, "kitchen-photo", "web_hero")
    picture = open_picture(PICTURE)
    chart = chart_for(standard)

    def whole() -> None:
        # A picture that has just been opened: its pixels are not at hand as an array yet.
        audit(Opened(picture.image, None, "JPEG"), standard)

    def first() -> None:
        chart_of.cache_clear()
        assert len(chart_for(standard).cells) == len(middles())

    whole()
    return {
        "audit": median(whole, TIMES),
        "  its palette alone": median(lambda: census(chart, picture.rgb), TIMES),
        "once for each palette": median(first, COLD),
        "decoding and opening": median(lambda: open_picture(PICTURE), COLD),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="the interpreter of the peers' environment")
    peers = parser.parse_args().peers
    found = own()
    if peers:
        command = [peers, str(HERE / "audit_peers.py"), str(PICTURE), str(COLD)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found |= json.loads(done.stdout)
    for name, spent in found.items():
        print(f"{name:34}{spent:10.1f} ms")


if __name__ == "__main__":
    main()
