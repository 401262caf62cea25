"""Parts of a picture: boxes in 0–1 of its width and height, and edges in px."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

Box = tuple[float, float, float, float]


def _inside(box: Box) -> Box:
    left, top, right, bottom = box
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError(
            "left, top, right and bottom must be from 0 to 1, with right beyond left and bottom "
            "beyond top"
        )
    return box


#: One edge of a picture, px.
Edge = Annotated[int, Field(ge=1)]

#: A part of the picture.
Area = Annotated[Box, AfterValidator(_inside)]
