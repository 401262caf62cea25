"""The pictures that a brand's profile names, and whether it may use them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from promptkit.brand.check import check_brand
from promptkit.brand.profile import Brand
from promptkit.errors import Finding

_UNTIL = re.compile(r"\buntil\s+(\d{4})-(\d{2})(?:-(\d{2}))?\b", re.IGNORECASE)


def pictures_of(brand: Brand) -> list[Path]:
    """Return the files that may go along with a brand's prompts: of its style, of its subjects."""
    styles = (item.path for item in brand.style.references if item.path)
    subjects = (path for subject in brand.subjects.values() for path in subject.refs)
    return [brand.folder / path for path in dict.fromkeys((*styles, *subjects))]


def check_rights(brand: Brand, today: date) -> list[Finding]:
    """Return the references of a brand that say no rights, or rights that have ended."""
    missing = (item for item in check_brand(brand) if item.rule == "reference-without-rights")
    return [*missing, *_ended(brand, today)]


def _ended(brand: Brand, today: date) -> Iterator[Finding]:
    for number, reference in enumerate(brand.style.references):
        until = _last_day(reference.rights)
        if until is not None and until < today:
            place = brand.origin(("style", "references", number)) if brand.document else None
            yield Finding(
                "reference-rights-ended",
                f"the rights to “{reference.id}” ended on {until}: {reference.rights}",
                place=place,
                fix="have them renewed and write until when, or take the reference out",
            )


def _last_day(rights: str) -> date | None:
    """Return the last day of rights such as “licensed until 2027-05”."""
    said = _UNTIL.search(rights)
    if said is None:
        return None
    year, month = int(said[1]), int(said[2])
    try:
        return date(year, month, int(said[3] or calendar.monthrange(year, month)[1]))
    except ValueError:  # no such day; the profile's author meant something else
        return None
