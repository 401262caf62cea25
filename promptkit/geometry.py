"""Points and boxes: x grows to the right, y grows downwards."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """How wide it is."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """How high it is."""
        return self.y1 - self.y0

    @property
    def centre(self) -> Point:
        """Its middle."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def ints(self) -> tuple[int, int, int, int]:
        """Its edges as whole numbers, as Pillow takes them."""
        return round(self.x0), round(self.y0), round(self.x1), round(self.y1)

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height as whole numbers."""
        return round(self.width), round(self.height)

    def part(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """Return the part between these fractions of its width and height."""
        return Box(
            self.x0 + x0 * self.width,
            self.y0 + y0 * self.height,
            self.x0 + x1 * self.width,
            self.y0 + y1 * self.height,
        )

    def inset(self, by: float) -> Box:
        """Return it with every edge moved inwards."""
        return Box(self.x0 + by, self.y0 + by, self.x1 - by, self.y1 - by)

    def moved(self, dx: float, dy: float) -> Box:
        """Return it moved."""
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)

    def within(self, room: Box) -> Box:
        """Return it moved as little as possible to lie in ``room``, which it must not exceed."""
        dx = max(room.x0 - self.x0, 0) or min(room.x1 - self.x1, 0)
        dy = max(room.y0 - self.y0, 0) or min(room.y1 - self.y1, 0)
        return self.moved(dx, dy)

    def scaled(self, across: float, down: float) -> Box:
        """Return it in other units."""
        return Box(self.x0 * across, self.y0 * down, self.x1 * across, self.y1 * down)

    def meets(self, other: Box) -> bool:
        """Return whether the two overlap."""
        return (
            self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1
        )

    def holds(self, other: Box) -> bool:
        """Return whether ``other`` lies wholly in it."""
        return (
            self.x0 <= other.x0
            and self.y0 <= other.y0
            and self.x1 >= other.x1
            and self.y1 >= other.y1
        )
