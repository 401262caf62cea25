"""What was laid over a finished file: its note says where, and what was found then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptkit.brand.areas import Box
from promptkit.verdict import Audit, Check, ranked

#: How the note of a finished file begins.
FINISHED = "finished/v1"
_PARTS = ("logo", "headline", "label")


@dataclass(frozen=True)
class Laid:
    """Logo, headline and small type of a finished file."""

    boxes: tuple[Box, ...]
    """Left, top, right and bottom of each, px."""
    checks: tuple[Check, ...]
    """What was found of them, and of the cut, on the picture below."""
    source: str
    """The run or the file that it was made of."""

    def joined(self, audit: Audit) -> Audit:
        """Return an audit with what was found when the file was made."""
        return audit.model_copy(update={"checks": ranked([*audit.checks, *self.checks])})


def laid_over(file: Path | bytes) -> Laid | None:
    """Return what the note beside a file says.

    ``None`` when there is none, none of ours, or the file was saved over since.
    """
    if isinstance(file, bytes):
        return None
    try:
        note = json.loads(file.with_name(f"{file.name}.json").read_text(encoding="utf-8"))
        if note["promptkit"] == FINISHED and _is_of(note["file"], file):
            checks = tuple(map(Check.model_validate, note["checks"]))
            source = note["source"].get("run") or note["source"]["file"]
            return Laid(tuple(_boxes(note)), checks, str(source))
    except (OSError, ValueError, TypeError, KeyError):  # what cannot be read says nothing
        pass
    return None


def _is_of(told: dict[str, Any], file: Path) -> bool:
    """Say whether a file is still the one that its note tells of; older notes cannot tell."""
    sha256 = told.get("sha256")
    return sha256 is None or sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def _boxes(note: dict[str, Any]) -> Iterator[Box]:
    for part in _PARTS:
        laid = note.get(part)
        if isinstance(laid, dict):
            left, top, right, bottom = laid["box"]
            yield left, top, right, bottom
