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
            f"beyond top; {_meant(box)}"
        )
    return box


def _meant(box: Box) -> str:
    """Say how a box is written, to those who count in per cent or from the other side."""
    left, top, right, bottom = (part / 100 for part in box) if max(box) > 1 else box
    turned = [min(left, right), min(top, bottom), max(left, right), max(top, bottom)]
    if 0 <= turned[0] < turned[2] <= 1 and 0 <= turned[1] < turned[3] <= 1:
        return f"did you mean [{', '.join(f'{part:g}' for part in turned)}]?"
    return "write for example [0.05, 0.05, 0.95, 0.95]"


#: One edge of a picture, px.
Edge = Annotated[int, Field(ge=1)]

#: A part of the picture.
Area = Annotated[Box, AfterValidator(_inside)]
