"""What a picture costs in time: hits, misses and imports, beside bare httpx and the peers.

A server on this machine answers at once, so that what is measured is what each client adds: with a
small picture, because decoding a large one is no client's own time, or with one of 1.5 MB where it
says so. Figures are medians, taken in turns; imports are the best of several processes.

    python benchmarks/client.py [--peers PYTHON]

``--peers`` names the interpreter of an environment with openai, litellm and hishel (`make bench`
makes one); without it only bare httpx stands beside promptkit.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx  # noqa: TID251 - what promptkit is measured against
from PIL import Image

from promptkit.client.client import Client, Job
from promptkit.client.http import Http
from promptkit.client.request import ImageRequest
from promptkit.model.catalog import dialect_cards
from promptkit.provider.openai import OpenAI

HERE = Path(__file__).parent
MODEL = "gpt-image-2.5-flare"
SIZE = (1024, 640)
HITS, MISSES, STARTS = 300, 60, 7


def picture(size: tuple[int, int] = SIZE, colours: int = 200) -> bytes:
    """Return a PNG: of about 1.5 MB as it stands, of a few kB with one colour."""
    noise = Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))
    file = io.BytesIO()
    noise.quantize(colours).convert("RGB").save(file, "PNG", compress_level=1)
    return file.getvalue()


def said(data: bytes) -> bytes:
    """Return what an images service says with a picture."""
    usage = {"input_tokens": 10, "output_tokens": 122}
    items = [{"b64_json": base64.b64encode(data).decode()}]
    return json.dumps({"created": 0, "data": items, "usage": usage}).encode()


@contextmanager
def server() -> Iterator[str]:
    """Serve pictures: to POST as an images service does, to GET as a cacheable file."""
    large = picture()
    answers = {True: said(large), False: said(picture(colours=1))}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _say(self, body: bytes, media_type: str) -> None:
            self.send_response(200)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(body)))
            self.send_header("cache-control", "max-age=3600")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["content-length"]))
            self._say(answers[b"large" in asked], "application/json")

        def do_GET(self) -> None:
            self._say(large, "image/png")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/v1"
    finally:
        running.shutdown()
        running.server_close()


async def timed(work: Callable[[int], Awaitable[Any]], first: int, times: int) -> list[float]:
    """Return how long each piece of work took, in ms."""
    spent = []
    for number in range(first, first + times):
        start = time.perf_counter()
        await work(number)
        spent.append(1000 * (time.perf_counter() - start))
    return spent


async def own(url: str, home: Path) -> dict[str, float]:
    """Return the medians of promptkit and of bare httpx, in ms."""
    cards = dialect_cards("openai")
    provider = OpenAI("openai", Http("openai", url, {"authorization": "Bearer key"}), cards)
    client = Client(home, lambda _: provider)

    def job(number: int) -> Job:
        prompt = f"a slim can, number {number}" if number else "a large can"
        return Job(
            ImageRequest("openai", url, MODEL, "generate", prompt, SIZE, "low"), cards[MODEL]
        )

    async def handle(_: int) -> None:
        assert (await client.picture(job(0))).cached

    async def whole(_: int) -> None:
        (await client.picture(job(0))).path.read_bytes()

    async def miss(number: int) -> None:
        assert not (await client.picture(job(number))).cached

    async def bare(number: int) -> None:
        body = {"model": MODEL, "prompt": f"a slim can, number {number}"}
        (await plain.post(f"{url}/images/generations", json=body)).json()

    work = {
        "hit, handle": (handle, HITS),
        "hit, 1.5 MB": (whole, HITS),
        "miss": (miss, MISSES),
        "bare httpx": (bare, MISSES),
    }
    found: dict[str, list[float]] = {name: [] for name in work}
    async with httpx.AsyncClient() as plain:
        await miss(0)
        for part in range(1, 4):
            for name, (piece, times) in work.items():
                found[name] += await timed(piece, 1000 * part, times // 3)
    await client.aclose()
    await provider.aclose()
    return {name: statistics.median(spent) for name, spent in found.items()}


def start(python: str, statement: str) -> float:
    """Return the best time of a process that runs a statement, in ms."""
    spent = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        subprocess.run([python, "-c", statement], check=True)
        spent.append(1000 * (time.perf_counter() - begun))
    return min(spent)


def imports(python: str, *modules: str) -> dict[str, float]:
    """Return what importing modules adds to starting Python, in ms."""
    bare = start(python, "pass")
    return {f"import {name}": start(python, f"import {name}") - bare for name in modules}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="the interpreter of the peers' environment")
    peers = parser.parse_args().peers
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # nothing here may reach a network
    with server() as url, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(own(url, Path(folder) / "home"))
        kept = max(Path(folder).rglob("*.png"), key=lambda path: path.stat().st_size)
        begun = time.perf_counter()
        kept.read_bytes()
        found["plain file read, 1.5 MB"] = 1000 * (time.perf_counter() - begun)
        if peers:
            command = [peers, str(HERE / "client_peers.py"), url]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found |= json.loads(done.stdout)
    found |= imports(sys.executable, "promptkit")
    if peers:
        found |= imports(peers, "openai", "litellm")
    found["miss over bare httpx"] = found["miss"] - found["bare httpx"]
    for name, spent in found.items():
        print(f"{name:28}{spent:10.2f} ms")


if __name__ == "__main__":
    main()
