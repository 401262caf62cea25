"""Prompts per second: promptkit beside bare Jinja and its peers, in one run.

The peers render one flat template of about the same text, from data that are ready; promptkit
reads the brief, checks it, renders block by block, and words the result for a model. Each figure
is the best of several rounds, taken in turns so that a busy moment falls on all of them.

    python benchmarks/compose.py [--peers PYTHON]

``--peers`` names the interpreter of an environment with banks, langchain-core and prompty
(`make bench` makes one); without it only bare Jinja stands beside promptkit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import jinja2

from peers import Work, fresh
from promptkit import Kit
from promptkit.prompt.lint import lint
from promptkit.prompt.wording import word

HERE = Path(__file__).parent
ROUNDS = 7
SECONDS = 0.3
BRIEF = {"product": "slim 330 ml can", "features": ["condensation on the metal"]}


def rate(work: Work, seconds: float = SECONDS) -> float:
    """Return how often a piece of work is done per second."""
    products = fresh()
    work(next(products))
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        work(next(products))
        done += 1
    return done / spent


def data(kit: Kit) -> dict[str, Any]:
    """Return what the flat template needs, as plain data."""
    brand = kit.brand("tidewell")
    prompt = kit.compose("product-hero", "tidewell", BRIEF).prompt
    palette = [
        {"share": "about", "words": use.words, "hex": use.hex, "carrier": use.carrier}
        for use in prompt.palette
    ]
    return {
        **BRIEF,
        "look": brand.style.looks["shoreline-photo"].model_dump(),
        "grade": brand.colors.grade.model_dump(),
        "palette": palette,
        "avoid": [{"what": item.what, "instead": item.instead} for item in prompt.avoid],
    }


def own(kit: Kit) -> dict[str, Work]:
    """Return promptkit's pieces of work, from the whole way to its last step."""
    composed = kit.compose("product-hero", "tidewell", BRIEF)
    return {
        "promptkit compose": lambda new: kit.compose("product-hero", "tidewell", BRIEF | new).text,
        "  of that, lint": lambda _: lint(composed.prompt),
        "  of that, wording": lambda _: word(composed.prompt, composed.model.card).text,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="the interpreter of the peers' environment")
    peers = parser.parse_args().peers
    with Kit(HERE) as kit:
        values = data(kit)
        bare = jinja2.Environment().from_string((HERE / "flat.j2").read_text(encoding="utf-8"))
        work: dict[str, Work] = {"bare Jinja": lambda new: bare.render(values | new)}
        work |= own(kit)
        best = dict.fromkeys(work, 0.0)
        for _ in range(ROUNDS):
            for name, piece in work.items():
                best[name] = max(best[name], rate(piece))
            if peers:
                for name, found in ask_peers(peers, values).items():
                    best[name] = max(best.get(name, 0.0), found)
    for name, found in best.items():
        print(f"{name:22}{found:12,.0f} / s{found / best['bare Jinja']:9.3f} × bare Jinja")


def ask_peers(python: str, values: dict[str, Any]) -> dict[str, float]:
    """Return the peers' rates, measured in their own environment."""
    command = [python, str(HERE / "peers.py"), str(SECONDS)]
    done = subprocess.run(
        command, input=json.dumps(values), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
