"""Crash fuzz: processes that share a store are killed at random moments, over and over.

Each seed is a story of its own: which pictures each process asks for, what goes wrong at the
provider, and when which process is killed. Afterwards every picture that the provider charged
must be in the store and readable, or in doubt, and none may have been charged twice.

    python tests/crash.py --seeds 100 [--first 0] [--requests 200]
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import multiprocessing
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from PIL import Image

from fake_openai import Cut, FakeOpenAI, Hangup, Misbehaviour, Status
from fake_openai_wire import Order, Reply
from promptkit.client import client as client_module
from promptkit.client import pace
from promptkit.client.client import Client, Job, Limits
from promptkit.client.http import Http
from promptkit.client.ledger import nano
from promptkit.client.request import ImageRequest, Picture
from promptkit.errors import InDoubtError, PromptkitError, ProviderError
from promptkit.model.catalog import dialect_cards
from promptkit.provider.openai import OpenAI

PROCESSES = 4
KILLS = 16
MODEL = "gpt-image-2.5-flare"
#: How often what goes wrong at the provider, of a hundred calls.
TROUBLES: dict[int, Misbehaviour] = {
    4: Status(429, code="rate_limit_exceeded", retry_after=0.02),
    7: Status(500),
    8: Status(503, code="slow_down"),
    10: Hangup(),
    11: Cut(),
}


@dataclass
class Shop(FakeOpenAI):
    """A provider that keeps a book of what it charged, by prompt."""

    charged: Counter[str] = field(default_factory=Counter, init=False)

    def _fulfil(self, order: Order, misbehaviour: Misbehaviour) -> Reply:
        if misbehaviour.charge:
            with self._lock:
                self.charged[order.fields["prompt"]] += 1
        return super()._fulfil(order, misbehaviour)


@dataclass(frozen=True)
class Story:
    """What one seed tells of: where, and how many pictures are asked for."""

    seed: int
    home: Path
    url: str
    requests: int

    def job(self, number: int) -> Job:
        prompt = f"picture {number} of story {self.seed}"
        card = dialect_cards("openai")[MODEL]
        request = ImageRequest("openai", self.url, MODEL, "generate", prompt, (1024, 640), "low")
        return Job(request, card)


@dataclass
class Found:
    """What there was in the end."""

    charged: int
    kept: int
    in_doubt: int
    kills: int
    faults: list[str]


def work(story: Story, life: int) -> None:
    """Be one process: ask for a random half of the pictures, whatever happens to them."""
    rng = random.Random(f"{story.seed}-{life}")
    numbers = rng.sample(range(story.requests), story.requests // 2)
    with hasty():
        asyncio.run(ask(story, numbers))


@contextmanager
def hasty() -> Iterator[None]:
    """Make the waits short that no provider names."""
    before = client_module.BACKOFF, pace.SPACING
    client_module.BACKOFF, pace.SPACING = 0.01, 0.0
    try:
        yield
    finally:
        client_module.BACKOFF, pace.SPACING = before


async def ask(story: Story, numbers: list[int]) -> list[Picture | PromptkitError]:
    key = {"authorization": f"Bearer {Shop.expected_key}"}
    provider = OpenAI("openai", Http("openai", story.url, key), dialect_cards("openai"))
    client = Client(story.home, lambda _: provider, limits={"openai": Limits(concurrency=6)})
    found: list[Picture | PromptkitError] = []
    queue = iter(numbers)

    async def one_after_another() -> None:
        for number in queue:
            try:
                found.append(await client.picture(story.job(number)))
            except ProviderError as error:
                found.append(error)

    await asyncio.gather(*(one_after_another() for _ in range(6)))
    await client.aclose()
    await provider.aclose()
    return found


def script(rng: random.Random, calls: int) -> list[Misbehaviour]:
    def one() -> Misbehaviour:
        drawn = rng.randrange(100)
        return next((found for most, found in TROUBLES.items() if drawn < most), Misbehaviour())

    return [one() for _ in range(calls)]


def kill_and_restart(story: Story, rng: random.Random) -> int:
    """Run the processes, kill them at random moments, and let the last ones come to their end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["promptkit.client.client", "promptkit.provider.openai", "PIL"])
    lives = iter(range(1_000))
    kills = 0

    def begin() -> BaseProcess:
        process = context.Process(target=work, args=(story, next(lives)))
        process.start()
        return process

    running = [begin() for _ in range(PROCESSES)]
    while kills < KILLS:
        time.sleep(rng.uniform(0.02, 0.5))
        victim = rng.randrange(PROCESSES)
        if running[victim].is_alive():
            running[victim].kill()
            kills += 1
        running[victim].join()
        running[victim] = begin()
    for process in running:
        process.join()
    return kills


def tell(seed: int, requests: int = 200) -> Found:
    """Live through one seed, and look at what is left."""
    rng = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="crash-") as folder,
        Shop(script=script(rng, 4 * requests), delay_s=0.02) as shop,
    ):
        story = Story(seed, Path(folder) / "home", shop.base_url, requests)
        kills = kill_and_restart(story, rng)
        shop.script.clear()
        with hasty():
            left = asyncio.run(ask(story, [*range(requests)]))
        return Found(
            charged=sum(shop.charged.values()),
            kept=sum(isinstance(item, Picture) for item in left),
            in_doubt=sum(isinstance(item, InDoubtError) for item in left),
            kills=kills,
            faults=[*faults(story, shop, left)],
        )


def faults(story: Story, shop: Shop, left: list[Picture | PromptkitError]) -> list[str]:
    """Return what should not be."""
    found = [f"paid twice: {prompt}" for prompt, times in shop.charged.items() if times > 1]
    strange = [item for item in left if not isinstance(item, Picture | InDoubtError)]
    found += [f"neither kept nor in doubt: {item!r}" for item in strange]
    kept = {item.digest: item for item in left if isinstance(item, Picture)}
    rows = calls(story.home)
    doubted = {row["digest"] for row in rows if row["state"] == "in_doubt"}
    for number in range(story.requests):
        job = story.job(number)
        paid = shop.charged[job.request.prompt]
        if paid and job.digest not in kept and job.digest not in doubted:
            found.append(f"paid and lost: {number}")
        if job.digest in kept:
            found += [] if paid else [f"kept, and never paid: {number}"]
            found += [] if readable(kept[job.digest]) else [f"kept, and not readable: {number}"]
    bounds = {job.digest: nano(job.bound) for job in map(story.job, range(story.requests))}
    return found + booked_wrong(rows, kept, bounds)


def booked_wrong(
    rows: list[sqlite3.Row], kept: dict[str, Picture], bounds: dict[str, int]
) -> list[str]:
    """Return where the ledger differs from the store."""
    states = Counter(row["state"] for row in rows)
    found = [f"still {state}: {states[state]}" for state in ("held", "sent") if states[state]]
    made = Counter(row["digest"] for row in rows if row["state"] == "done" and not row["cached"])
    if made != Counter(dict.fromkeys(kept, 1)):
        found.append(f"{len(kept)} pictures kept, and {made.total()} booked")
    for row in rows:
        held = bounds[row["digest"]] if row["state"] == "in_doubt" else 0
        found += [] if row["held"] == held else [f"{row['held']} held for a {row['state']}"]
    cost = sum(row["cost"] for row in rows)
    if cost != sum(nano(picture.saved or picture.cost) for picture in kept.values()):
        found.append(f"{cost} booked, which is not what the pictures have cost")
    return found


def calls(home: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db:
        db.row_factory = sqlite3.Row
        return db.execute("SELECT * FROM calls ORDER BY id").fetchall()


def readable(picture: Picture) -> bool:
    data = picture.path.read_bytes()
    with Image.open(io.BytesIO(data)) as opened:
        opened.load()
    return hashlib.sha256(data).hexdigest() == picture.sha256


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many stories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--requests", type=int, default=200, help="pictures asked for in each")
    options = parser.parse_args()
    wrong = 0
    for seed in range(options.first, options.first + options.seeds):
        started = time.monotonic()
        found = tell(seed, options.requests)
        wrong += bool(found.faults)
        print(
            f"seed {seed}: {found.kills} kills, {found.charged} charged, {found.kept} kept, "
            f"{found.in_doubt} in doubt, {time.monotonic() - started:.1f} s",
            *found.faults,
            sep="\n  ",
            flush=True,
        )
    print(f"{options.seeds} seeds, {wrong} with faults")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
