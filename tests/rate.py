"""The rate over several processes: how near they come to it, and whether they ever exceed it.

python tests/rate.py [--minutes 3] [--per-minute 60]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from fake_openai import FakeOpenAI
from fake_openai_wire import Received, Reply
from promptkit.client import pace
from promptkit.client.client import Client, Job, Limits
from promptkit.client.http import Http
from promptkit.client.request import ImageRequest
from promptkit.model.catalog import dialect_cards
from promptkit.provider.openai import OpenAI

PROCESSES = 4
MODEL = "gpt-image-2.5-flare"


@dataclass
class Gatekeeper(FakeOpenAI):
    """A provider that notes when each request came."""

    came: list[float] = field(default_factory=list, init=False)

    def _respond(self, request: Received) -> Reply:
        with self._lock:
            self.came += [time.time()] if request.path.endswith("generations") else []
        return super()._respond(request)


@dataclass(frozen=True)
class Plan:
    """How many pictures each process asks for, and how fast they may."""

    home: Path
    url: str
    each: int
    per_minute: int
    minute: float
    """How long a minute is here, in seconds."""


@dataclass(frozen=True)
class Seen:
    """When calls left, by the ledger, and when they came, by the provider; in seconds."""

    left: list[float]
    came: list[float]
    minute: float
    per_minute: int

    @property
    def share(self) -> float:
        """How much of what the rate allows from the first call to the last was used."""
        allowed = self.per_minute * (self.left[-1] - self.left[0]) / self.minute
        return (len(self.left) - 1) / allowed

    @property
    def steady_share(self) -> float:
        """The same, measured between calls that are a whole rate apart: no burst flatters it."""
        apart = [
            late - early
            for early, late in zip(self.left, self.left[self.per_minute :], strict=False)
        ]
        return self.minute * len(apart) / sum(apart)

    def most(self, times: list[float], window: float) -> int:
        """Return the most calls in any window of so many seconds."""
        return max(sum(start <= other < start + window for other in times) for start in times)


def work(plan: Plan, number: int) -> None:
    """Be one process: ask for all its pictures at once."""
    pace.MINUTE = plan.minute

    async def go() -> None:
        cards = dialect_cards("openai")
        key = {"authorization": f"Bearer {FakeOpenAI.expected_key}"}
        http = Http("openai", plan.url, key)
        await http.post_json("nothing", {})  # certificates and connection are ready after that
        provider = OpenAI("openai", http, cards)
        limits = {"openai": Limits(per_minute=plan.per_minute, concurrency=4)}
        client = Client(plan.home, lambda _: provider, limits=limits)
        requests = [
            ImageRequest(
                "openai", plan.url, MODEL, "generate", f"{number} {item}", (1024, 640), "low"
            )
            for item in range(plan.each)
        ]
        await asyncio.gather(*(client.picture(Job(request, cards[MODEL])) for request in requests))
        await client.aclose()
        await provider.aclose()

    asyncio.run(go())


def measure(each: int, per_minute: int, minute: float) -> Seen:
    """Let the processes run, and look at both ends."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["promptkit.client.client", "promptkit.provider.openai", "PIL"])
    with (
        tempfile.TemporaryDirectory(prefix="rate-") as folder,
        Gatekeeper() as shop,
    ):
        plan = Plan(Path(folder) / "home", shop.base_url, each, per_minute, minute)
        processes = [context.Process(target=work, args=(plan, item)) for item in range(PROCESSES)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
            assert process.exitcode == 0
        with closing(sqlite3.connect(plan.home / "ledger.sqlite3")) as db:
            left = [at for (at,) in db.execute("SELECT at FROM departures ORDER BY at")]
        return Seen(left, sorted(shop.came), minute, per_minute)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=3, help="for how long")
    parser.add_argument("--per-minute", type=int, default=60, help="the rate that is allowed")
    options = parser.parse_args()
    pace.SLOWEST = 60.0 * options.minutes  # departures are remembered for so long
    each = options.per_minute * options.minutes // PROCESSES
    seen = measure(each, options.per_minute, 60.0)
    most = seen.most(seen.came, 60.0)
    print(
        f"{len(seen.came)} calls of {PROCESSES} processes, {options.per_minute} a minute allowed: "
        f"{seen.steady_share:.1%} of the rate, at most {most} in any minute at the provider"
    )
    return int(seen.steady_share < 0.99 or most > options.per_minute)


if __name__ == "__main__":
    sys.exit(main())
