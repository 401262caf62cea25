"""The contact sheet of a run: one page that needs nothing else, and the same as a picture."""

from __future__ import annotations

from pathlib import Path

from promptkit.client.cache import write_durably
from promptkit.picture.pages import page
from promptkit.picture.sheet_view import view
from promptkit.workflow.run import SHEET, SHEET_PNG, Record


def sheet_html(record: Record) -> str:
    """Return a run's contact sheet as one HTML page.

    It has no scripts and loads nothing but the run's pictures, which lie beside it.
    """
    return page("sheet.html.j2").render(sheet=view(record))


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
    path = folder / SHEET
    write_durably(path, sheet_html(record).encode("utf-8", "replace"))
    write_durably(folder / SHEET_PNG, sheet_png(record, folder))
    return path
