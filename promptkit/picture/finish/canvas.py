"""The canvas: a picture in its channel's size, what lies on it, and what was found about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from PIL import Image

from promptkit.brand.areas import Box as Area
from promptkit.brand.channels import TextZone
from promptkit.brand.profile import Brand
from promptkit.geometry import Box
from promptkit.lettering import DARK_INK, LIGHT_INK, Rgb
from promptkit.picture.finish.ground import Ground
from promptkit.verdict import Check, Status, Weight


class Ink(NamedTuple):
    """A colour that words may have, by its name in the palette."""

    name: str
    rgb: Rgb


@dataclass
class Canvas:
    """A picture that marks are laid on; boxes are in its px."""

    picture: Image.Image
    ground: Ground
    """The picture as it was, below all marks."""
    safe: Box
    """Beyond it nothing is laid: it may be cut off."""
    taken: list[Box] = field(default_factory=list)
    """Where marks lie, with the room that they need."""
    checks: list[Check] = field(default_factory=list)

    @classmethod
    def of(cls, picture: Image.Image, safe: Area | None) -> Canvas:
        """Return a canvas for a picture, which is drawn on."""
        whole = Box(0, 0, *picture.size)
        return cls(picture, Ground(picture), whole.part(*safe) if safe else whole)

    @property
    def frame(self) -> Box:
        """The whole picture."""
        return Box(0, 0, *self.picture.size)

    @property
    def short(self) -> int:
        """The shorter side, px."""
        return min(self.picture.size)

    def part(self, area: Area) -> Box:
        """Return a part of the picture, given in 0–1 of it, in px."""
        return self.frame.part(*area)

    def check(
        self,
        rule: str,
        severity: Weight,
        ok: bool | None,
        message: str,
        *,
        measured: float | str | None = None,
        wanted: str = "",
        hint: str = "",
    ) -> None:
        """Note a check; with ``ok`` none there was nothing to hold it against."""
        status: Status = "skipped" if ok is None else "pass" if ok else "fail"
        self.checks.append(
            Check(
                rule=rule,
                status=status,
                severity=severity,
                message=message,
                measured=round(measured, 3) if isinstance(measured, float) else measured,
                wanted=wanted,
                hint="" if ok else hint,
            )
        )


def common(one: Box, other: Box) -> Box:
    """Return the part that two boxes share; where there is none, a box without room."""
    left, top = max(one.x0, other.x0), max(one.y0, other.y0)
    return Box(left, top, max(left, min(one.x1, other.x1)), max(top, min(one.y1, other.y1)))


def without(box: Box, others: Iterable[Box]) -> Box:
    """Return the largest part of a box, as high or as wide as itself, that meets no other."""
    for other in others:
        if not box.meets(other):
            continue
        rests = (
            Box(box.x0, box.y0, box.x1, max(box.y0, other.y0)),
            Box(box.x0, min(box.y1, other.y1), box.x1, box.y1),
            Box(box.x0, box.y0, max(box.x0, other.x0), box.y1),
            Box(min(box.x1, other.x1), box.y0, box.x1, box.y1),
        )
        box = max(rests, key=lambda rest: rest.width * rest.height)
    return box


def inks(brand: Brand, zone: TextZone | None = None) -> list[Ink]:
    """Return the colours that words may have: the channel's own, the brand's, then its pairs'.

    A brand that names none of them is set in near-black or white.
    """
    colors = brand.colors
    named = [zone.text] if zone and zone.text else []
    named += [colors.roles["text"]] if "text" in colors.roles else []
    named += [name for texts in colors.pairs.text_on.values() for name in texts]
    keys = dict.fromkeys(colors.roles.get(name, name) for name in named)
    own = [Ink(key, rgb_of(colors.palette[key].value)) for key in keys]
    return own or [Ink("dark", DARK_INK), Ink("light", LIGHT_INK)]


def rgb_of(value: str) -> Rgb:
    """Return a hex colour as its three values, 0–255."""
    red, green, blue = bytes.fromhex(value.lstrip("#")[:6])
    return red, green, blue
