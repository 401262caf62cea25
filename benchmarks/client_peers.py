"""The peers' side of ``client.py``, run in an environment of their own. Prints ms as JSON."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HITS, MISSES = 60, 40
Work = Callable[[int], object]


def sdk(url: str) -> dict[str, Work]:
    """Return a call of the official SDK, which caches nothing."""
    from openai import OpenAI  # type: ignore[import-not-found]  # in the peers' environment only

    client = OpenAI(base_url=url, api_key="key")
    return {"openai SDK, call": lambda n: client.images.generate(model="m", prompt=f"can {n}")}


def litellm_images(url: str) -> dict[str, Work]:
    """Return litellm's call, and its hit, which has to be asked for by call type."""
    import litellm  # type: ignore[import-not-found]  # as above
    from litellm.caching.caching import Cache  # type: ignore[import-not-found]  # as above

    litellm.telemetry = False
    kinds = ["image_generation", "aimage_generation"]
    litellm.cache = Cache(type="local", supported_call_types=kinds)

    def ask(prompt: str, **more: object) -> object:
        model = "openai/gpt-image-1"
        return litellm.image_generation(
            model=model, prompt=prompt, api_base=url, api_key="key", **more
        )

    return {
        "litellm, call": lambda number: ask(f"can {number}"),
        "litellm, the same again": lambda _: ask("can", caching=True),
    }


def cached_get(url: str) -> dict[str, Work]:
    """Return hishel's cached GET: it stores no POST."""
    import hishel  # type: ignore[import-not-found]  # as above
    from hishel.httpx import CacheClient  # type: ignore[import-not-found]  # as above

    path = Path(tempfile.mkdtemp()) / "cache.db"
    client = CacheClient(storage=hishel.SqliteStorage(database_path=path))
    return {"hishel, cached GET, 1.5 MB": lambda _: client.get(f"{url}/picture.png").content}


def main(url: str) -> None:
    found = {}
    for make in (sdk, litellm_images, cached_get):
        try:
            for name, work in make(url).items():
                work(-1)
                spent = []
                for number in range(HITS if "cached" in name or "again" in name else MISSES):
                    start = time.perf_counter()
                    work(number)
                    spent.append(1000 * (time.perf_counter() - start))
                found[name] = statistics.median(spent)
        except Exception as error:  # a peer that changed must not stop the others
            print(f"{make.__name__}: {error!r}", file=sys.stderr)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
