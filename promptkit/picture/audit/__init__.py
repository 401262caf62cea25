"""The audit: a picture held against its brand, by measure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptkit.picture.audit.chart import census
from promptkit.picture.audit.form import check_form
from promptkit.picture.audit.lettering import check_lettering
from promptkit.picture.audit.pairs import check_pairs
from promptkit.picture.audit.palette import chart_for, check_palette, covered
from promptkit.picture.audit.standard import Standard
from promptkit.picture.audit.strangers import strangers
from promptkit.picture.audit.toning import check_toning
from promptkit.picture.audit.zones import check_logo, check_words
from promptkit.picture.opening import Opened
from promptkit.provider.comp.carrier import Page, page_of
from promptkit.verdict import Audit, ranked

__all__ = ["Standard", "audit"]


def audit(picture: Opened, standard: Standard) -> Audit:
    """Hold a picture against its brand; of a comp the drawing is measured, not the page round it.

    Raises:
        BrandError: the brand has no such look or channel.
    """
    page = page_of(picture.texts or {})
    hidden: NDArray[Any] | None = None
    whole = picture
    if page is not None:
        standard = replace(standard, sketch=True, words=None)  # its lettering is its own
        picture, hidden = picture.part(page.stage), _under(page)
    counted = _counted(picture, hidden)
    found = census(chart_for(standard), picture.rgb, counted)
    loose = strangers(found)
    checks = [
        *check_palette(found, standard, loose),
        *check_pairs(found, standard),
        *check_toning(found, standard),
        *check_words(picture.image, standard, hidden),
        *check_logo(picture.image, standard, hidden),
        *check_form(whole, standard),
        *check_lettering(whole.image, standard),
    ]
    return Audit(
        checks=ranked(checks),
        brand=standard.brand.id,
        look=standard.look_name,
        channel=standard.channel_name,
        palette=covered(found, standard),
        strangers=loose,
    )


def _counted(picture: Opened, hidden: NDArray[Any] | None) -> NDArray[Any] | None:
    """Return which px count: not what is see-through, nor what lies under a comp's marks."""
    if picture.alpha is None:
        return None if hidden is None else ~hidden
    seen: NDArray[Any] = np.asarray(picture.alpha) >= 128
    return seen if hidden is None else seen & ~hidden


def _under(page: Page) -> NDArray[Any]:
    """Return which px of the stage lie under labels, outlines and words."""
    left, top, right, bottom = page.stage
    under = np.zeros((bottom - top, right - left), np.bool_)
    for x0, y0, x1, y1 in page.marks:
        under[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = True
    return under
