"""The contact sheet of a run: one page that needs nothing else, and the same as a picture."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from promptkit.client.cache import write_durably
from promptkit.picture.sheet_view import view
from promptkit.workflow.run import SHEET, SHEET_PNG, Record


def sheet_html(record: Record) -> str:
    """Return a run's contact sheet as one HTML page.

    It has no scripts and loads nothing but the run's pictures, which lie beside it.
    """
    return _template().render(sheet=view(record))


def sheet_png(record: Record, folder: Path) -> bytes:
    """Return a run's contact sheet as a PNG, 1600 px wide: the same run gives the same bytes.

    ``folder`` is where the run's pictures lie; what cannot be read there becomes a grey frame.
    """
    # Imported with the first sheet: whoever only reads runs must not wait for Pillow.
    from promptkit.picture.sheet_png import draw

    return draw(view(record), folder)


def write_sheet(record: Record, folder: Path) -> Path:
    """Write a run's contact sheet into its folder, as a page and as a PNG; return the page's path.

    Raises:
        OSError: the folder cannot be written to.
    """
    page = folder / SHEET
    write_durably(page, sheet_html(record).encode("utf-8", "replace"))
    write_durably(folder / SHEET_PNG, sheet_png(record, folder))
    return page


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("promptkit.picture").joinpath("sheet.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source)
