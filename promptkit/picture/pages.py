"""The templates of the pages that runs are shown on, read from beside this file."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template


def page(name: str) -> Template:
    """Return the template of a page."""
    return _environment().get_template(name)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    def source(name: str) -> str:
        return files("promptkit.picture").joinpath(name).read_text(encoding="utf-8")

    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(source),
    )
