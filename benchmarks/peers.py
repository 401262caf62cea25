"""The peers' side of ``compose.py``, run in an environment of their own. Prints rates as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Work = Callable[[dict[str, str]], object]

TEXT = (Path(__file__).parent / "flat.j2").read_text(encoding="utf-8")


def fresh() -> Iterator[dict[str, str]]:
    """Yield a new product each time: some peers keep what they rendered, without bound."""
    number = 0
    while True:
        number += 1
        yield {"product": f"slim 330 ml can no. {number}"}


def banks(values: dict[str, Any]) -> Work:
    from banks import Prompt  # type: ignore[import-not-found]  # in the peers' environment only

    prompt = Prompt(TEXT)
    return lambda product: prompt.text(values | product)


def langchain(values: dict[str, Any]) -> Work:
    from langchain_core.prompts import (  # type: ignore[import-not-found]  # as above
        PromptTemplate,
    )

    prompt = PromptTemplate.from_template(TEXT, template_format="jinja2")
    return lambda product: prompt.format(**values | product)


def prompty(values: dict[str, Any]) -> Work:
    from prompty import load, render  # type: ignore[import-not-found]  # as above

    head = "---\nname: hero\nmodel:\n  id: none\ntemplate:\n  format: {kind: jinja2}\n"
    head += "  parser: {kind: prompty}\n---\n"
    path = Path(tempfile.mkdtemp()) / "hero.prompty"
    path.write_text(head + TEXT, encoding="utf-8")
    prompt = load(str(path))
    return lambda product: render(prompt, values | product)


def main(seconds: float) -> None:
    values = json.load(sys.stdin)
    rates = {}
    for make in (banks, langchain, prompty):
        products = fresh()
        try:
            work = make(values)
            work(next(products))
        except Exception as error:  # a peer that changed must not stop the others
            print(f"{make.__name__}: {error!r}", file=sys.stderr)
            continue
        done, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            work(next(products))
            done += 1
        rates[make.__name__] = done / spent
    json.dump(rates, sys.stdout)


if __name__ == "__main__":
    main(float(sys.argv[1]))
