"""The lettering that a picture may have: what its prompt asked for, what was laid over it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from promptkit.brand.areas import Box
from promptkit.prompt.sections import Prompt

_QUOTED = re.compile(r"“([^”]+)”|\"([^\"{}:]+)\"")


@dataclass(frozen=True)
class Expected:
    """The words that must be read in a picture, and those that may be."""

    asked: tuple[str, ...] = ()
    """The words that the model was to draw, text by text."""
    allowed: tuple[str, ...] = ()
    """Words that may be there: quoted in the prompt."""
    references: tuple[Path, ...] = ()
    """Pictures that went along; what stands on them may be there, too."""
    laid: tuple[Box, ...] = ()
    """Left, top, right, bottom (px) of what was laid over it: logo, headline, small type."""
    known: bool = True
    """Whether all that is known; else lettering is told of, and no fault."""


#: A picture of which nobody knows what it was asked for with.
UNKNOWN = Expected(known=False)


def expected(prompt: Prompt | None, said: str) -> Expected:
    """Return what a picture may have by its prompt, and by the words ``said`` to the model."""
    allowed = tuple(one or other for one, other in _QUOTED.findall(said))
    if prompt is None:
        return Expected(allowed=allowed)
    copy, policy = prompt.lettering.copy, prompt.lettering.policy
    return Expected(
        asked=copy if policy == "model_rendered" else (),
        allowed=allowed,
        references=tuple(Path(image.path) for image in prompt.pictures if image.path),
    )
