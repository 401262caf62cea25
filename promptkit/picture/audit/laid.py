"""What was laid over a finished file: its note says where, and what was found then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptkit.brand.areas import Box
from promptkit.verdict import Audit, Check, ranked

_FINISHED = "finished/v1"
_PARTS = ("logo", "headline", "label")


@dataclass(frozen=True)
class Laid:
    """Logo, headline and small type of a finished file."""

    boxes: tuple[Box, ...]
    """Left, top, right and bottom of each, px."""
    checks: tuple[Check, ...]
    """What was found of them, and of the cut, on the picture below."""

    def joined(self, audit: Audit) -> Audit:
        """Return an audit with what was found when the file was made."""
        return audit.model_copy(update={"checks": ranked([*audit.checks, *self.checks])})


def laid_over(file: Path | bytes) -> Laid | None:
    """Return what the note beside a file says; ``None`` when there is none, or none of ours."""
    if isinstance(file, bytes):
        return None
    try:
        note = json.loads(file.with_name(f"{file.name}.json").read_text(encoding="utf-8"))
        if note["promptkit"] == _FINISHED:
            checks = tuple(map(Check.model_validate, note["checks"]))
            return Laid(tuple(_boxes(note)), checks)
    except (OSError, ValueError, TypeError, KeyError):  # what cannot be read says nothing
        pass
    return None


def _boxes(note: dict[str, Any]) -> Iterator[Box]:
    for part in _PARTS:
        laid = note.get(part)
        if isinstance(laid, dict):
            left, top, right, bottom = laid["box"]
            yield left, top, right, bottom
