"""What vision models count a picture as: data, with the source of each figure."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from promptkit.documents import Strict, read_yaml, validate
from promptkit.errors import ModelError
from promptkit.measures import Size

FILE = Path(__file__).with_name("vision.yaml")
#: The edge of a tile, in px, by which pictures are counted. They are shown with 1024 px at most,
#: so scaling down to 768 px on the short edge, as the service does first, makes no more of them.
_TILE = 512


class Count(Strict):
    """What a model counts a picture as, in tokens: so many, and so many for each tile begun."""

    base: int
    tile: int
    sure: Literal["documented", "measured"]
    source: str
    checked: date

    def tokens(self, size: Size) -> int:
        """Return how many tokens a picture of a size in px counts as."""
        width, height = size
        return self.base + self.tile * -(-width // _TILE) * -(-height // _TILE)


class _File(Strict):
    promptkit: Literal["vision/v1"]
    usual: str
    models: dict[str, Count]


def most(model: str, size: Size) -> int:
    """Return the most tokens that a model may count a picture as.

    Only what is documented of a model bounds it; of any other it is the most of all known ones.
    """
    file = _file()
    known = file.models.get(model)
    if known is not None and known.sure == "documented":
        return known.tokens(size)
    return max(count.tokens(size) for count in file.models.values())


def about(model: str, size: Size) -> int:
    """Return about how many tokens a model counts a picture as: a usual one's, if unknown."""
    file = _file()
    return file.models.get(model, file.models[file.usual]).tokens(size)


@cache
def _file() -> _File:
    return validate(_File, read_yaml(FILE, ModelError), error=ModelError)
