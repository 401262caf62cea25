"""Which sizes a model can draw, and which to ask for. Sizes are width × height in px."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from promptkit.documents import Strict
from promptkit.measures import Size, parse_size

#: How much more a ratio that is off counts than an area that is: it is seen at once.
RATIO_COUNTS = 4


class Sizes(Strict):
    """The sizes a model takes: a list, or a rule."""

    only: list[Size] = []
    """The sizes by name, when they are few."""
    by_aspect: dict[str, list[Size]] = {}
    """The same by ratio, as in `3:2`, where the model is asked for that by name."""
    multiple: int = Field(1, ge=1)
    """Both edges are multiples of this many px."""
    edge_max: int = Field(3840, ge=1)
    """The longest edge, px."""
    ratio_max: Fraction = Field(Fraction(3), ge=1)
    """The longest edge over the shortest, at most."""
    pixels_min: int = Field(1, ge=1)
    pixels_max: int = Field(8_294_400, ge=1)
    final_pixels: int = Field(1_572_864, ge=1)
    """About how many px a final has when nobody says its size."""

    @field_validator("only", mode="before")
    @classmethod
    def _only(cls, value: Any) -> Any:
        return _parsed(value)

    @field_validator("by_aspect", mode="before")
    @classmethod
    def _by_aspect(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {aspect: _parsed(sizes) for aspect, sizes in value.items()}

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.pixels_min > self.pixels_max:
            raise ValueError("pixels_min is larger than pixels_max")
        if self.only and self.by_aspect:
            raise ValueError("sizes are listed in “only” or in “by_aspect”, not in both")
        return self

    @property
    def listed(self) -> list[Size]:
        """The sizes, when they are listed and not ruled."""
        return self.only or [size for sizes in self.by_aspect.values() for size in sizes]

    @property
    def largest(self) -> int:
        """The most px that a picture may have."""
        return max((width * height for width, height in self.listed), default=self.pixels_max)

    def allows(self, size: Size) -> bool:
        """Say whether the model draws exactly this size."""
        if self.listed:
            return size in self.listed
        width, height = size
        return (
            min(size) > 0
            and width % self.multiple == 0
            and height % self.multiple == 0
            and max(size) <= self.edge_max
            and Fraction(max(size), min(size)) <= self.ratio_max
            and self.pixels_min <= width * height <= self.pixels_max
        )

    def preview(self, aspect: Fraction) -> Size:
        """Return the smallest size at the exact ratio, or at the nearest one that can be drawn."""
        if self.listed:
            return self._nearest(aspect)[0]
        return next(self._exact(aspect), None) or self._near(aspect, self.pixels_min)

    def final(self, aspect: Fraction, wish: Size | None = None) -> Size:
        """Return the size of a final: the wish when it can be drawn, else the one nearest to it.

        Without a wish it has about ``final_pixels``. The ratio is exact whenever it can be.
        """
        if wish and self.allows(wish):
            return wish
        pixels = wish[0] * wish[1] if wish else self.final_pixels
        exact = self._nearest(aspect) if self.listed else list(self._exact(aspect))
        if not exact:
            return self._near(aspect, pixels)
        large_enough = [size for size in exact if size[0] * size[1] >= pixels] if wish else []
        return (
            large_enough[0]
            if large_enough
            else min(exact, key=lambda size: abs(size[0] * size[1] - pixels))
        )

    def _nearest(self, aspect: Fraction) -> list[Size]:
        """Return the listed sizes of the ratio nearest to this one, smallest first."""
        off = {size: round(abs(math.log(Fraction(*size) / aspect)), 6) for size in self.listed}
        least = min(off.values())
        near = [size for size in self.listed if off[size] == least]
        return sorted(near, key=lambda size: size[0] * size[1])

    def _exact(self, aspect: Fraction) -> Iterator[Size]:
        """Yield the sizes of exactly this ratio, smallest first."""
        wide = math.lcm(self.multiple, aspect.numerator) // aspect.numerator
        tall = math.lcm(self.multiple, aspect.denominator) // aspect.denominator
        step = math.lcm(wide, tall)
        unit = (aspect.numerator * step, aspect.denominator * step)
        for times in range(1, self.edge_max // max(unit) + 1):
            size = (unit[0] * times, unit[1] * times)
            if self.allows(size):
                yield size

    def _near(self, aspect: Fraction, pixels: int) -> Size:
        """Return the size that comes nearest to this ratio and this many px."""
        bound = min(max(aspect, 1 / self.ratio_max), self.ratio_max)
        multiple = self.multiple

        def distance(size: Size) -> float:
            off = abs(math.log(size[0] / size[1] / bound))
            return RATIO_COUNTS * off + abs(math.log(size[0] * size[1] / pixels))

        found = [
            size
            for row in range(multiple, self.edge_max + 1, multiple)
            for steps in (math.floor(row * bound / multiple), math.ceil(row * bound / multiple))
            if self.allows(size := (steps * multiple, row))
        ]
        if not found:
            raise ValueError(f"no size near {aspect} can be drawn")  # the card allows nothing
        return min(found, key=distance)


def _parsed(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [parse_size(item) if isinstance(item, str) else item for item in value]
