"""The logo: its real file, in the corner kept free for it, in the form that reads there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from promptkit.brand.areas import Box as Area
from promptkit.brand.marks import Logo, LogoFile
from promptkit.brand.profile import Brand
from promptkit.geometry import Box
from promptkit.picture.finish.canvas import Canvas, common
from promptkit.picture.finish.ground import UNEVEN
from promptkit.picture.finish.logo_file import Drawing, drawing
from promptkit.prompt.space import region

#: Where the logo goes in a brand that keeps no corner for it.
_USUAL: Area = (0.05, 0.85, 0.31, 0.95)
_USUAL_CORNER = "bottom-right"
#: What a brand gets that says nothing: in logo heights, px, and by WCAG 2.
_CLEAR, _LEAST_HEIGHT, _CONTRAST = 0.5, 24, 3.0
#: The contrast must hold in this share of the px below the logo.
_SHARE = 0.98
#: More of other things than this, 0–1, round the logo: it lies over one, or in its way.
_CROWDED = 0.015
#: So much of the contrast that is wanted is better than a logo that lies over the product.
_NEARLY = 0.65
#: Where the logo does not read in full size, it is tried in these parts of it.
_SIZES = (1.0, 0.85, 0.7, 0.55)
#: Forms of the logo differ a little in their proportions, and so in height.
_ABOUT = 0.95
_CLEAR_SPACE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(x|px|%)?.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spot:
    """A corner that the logo may stand in, by its name: “bottom-left”."""

    name: str
    box: Box


@dataclass(frozen=True, slots=True)
class _Placed:
    file: LogoFile
    drawing: Drawing
    spot: Spot
    box: Box
    contrast: float
    busy: float
    unevenness: float
    crowded: float


def logo_area(logo: Logo) -> Area:
    """Return the first place of the logo, 0–1 of the picture."""
    if logo.reserve:
        return logo.reserve.box
    return _in_corner(_USUAL, (logo.placement.prefer or [_USUAL_CORNER])[0])


def lay_logo(
    canvas: Canvas, brand: Brand, channel: str, zone: Box | None = None
) -> dict[str, Any] | None:
    """Lay the brand's logo over a picture, and return what was done; ``None`` when it has no room.

    The corner kept free for it comes first, then the brand's other corners; in each the form
    that reads best. A corner without other things in it comes before one where the logo would
    lie over them, also when it reads a little worse there: the check then fails.

    Args:
        canvas: the picture.
        brand: whose logo it is.
        channel: the channel's name.
        zone: where words will be set, which the logo keeps out of.

    Raises:
        BrandError: a file of the logo cannot be read.
    """
    least = brand.logo.placement.min_height_px or _LEAST_HEIGHT
    placed = [*_placements(canvas, brand, channel, least, zone)]
    canvas.check(
        "logo-room",
        "must",
        bool(placed),
        "the logo has the room it needs"
        if placed
        else f"no corner has room for the logo, {least} px high with its clear space",
        wanted=f"≥ {least} px",
        hint="make logo.reserve larger or the channel's size, or name a smaller form of the logo",
    )
    if not placed:
        return None
    wanted = brand.logo.placement.min_contrast or _CONTRAST
    most = 2 * brand.checks.text_zone.max_busy
    best = _chosen(placed, wanted, most)
    _checked(canvas, best, wanted, most)
    picture = best.drawing.at(best.box.size[1])
    at = (round(best.box.x0), round(best.box.y0))
    canvas.picture.paste(picture, at, picture)
    clear = _clear_px(brand.logo, best.box.height)
    canvas.taken.append(best.box.inset(-clear))
    return {
        "file": best.file.path,
        "id": best.file.id,
        "sha256": best.drawing.sha256,
        "corner": best.spot.name,
        "box": [*at, at[0] + picture.width, at[1] + picture.height],
        "clear_space_px": round(clear),
        "contrast": round(best.contrast, 2),
        "busy": round(best.busy, 3),
    }


def _checked(canvas: Canvas, best: _Placed, wanted: float, most: float) -> None:
    reads = best.contrast >= wanted
    canvas.check(
        "logo-contrast",
        "must",
        reads,
        f"the logo ({best.file.id}, {best.spot.name}) has a contrast of {best.contrast:.1f}:1"
        + ("" if reads else "; no form of it reads better anywhere it may stand"),
        measured=best.contrast,
        wanted=f"≥ {wanted:g}",
        hint=f"keep the {best.spot.name} corner calm, all light or all dark, in the picture itself",
    )
    calm = best.busy <= most and best.unevenness <= UNEVEN
    canvas.check(
        "logo-calm",
        "should",
        calm,
        f"the ground of the logo is {'calm' if calm else 'busy'}",
        measured=best.busy,
        wanted=f"≤ {most:g}",
        hint=f"ask for a calm {best.spot.name} corner",
    )
    free = best.crowded <= _CROWDED
    canvas.check(
        "logo-free",
        "should",
        free,
        "nothing else lies where the logo is"
        if free
        else f"the logo ({best.spot.name}) lies over other things, or close to them",
        measured=best.crowded,
        wanted=f"≤ {_CROWDED:g}",
        hint=f"ask for an empty {best.spot.name} corner: nothing but the ground",
    )
    if best.drawing.live_text:
        canvas.check(
            "logo-live-text",
            "should",
            False,
            f"the logo {best.file.path} holds text that is not outlined; it is set in Inter",
            hint="export the logo anew with its text as outlines (paths)",
        )


def _chosen(placed: Sequence[_Placed], wanted: float, most: float) -> _Placed:
    """Return the first place where the logo reads on a calm, free ground, else the least bad."""
    free = [one for one in placed if one.crowded <= _CROWDED]
    reads = [one for one in placed if one.contrast >= wanted]
    calm = [one for one in reads if one.busy <= most and one.unevenness <= UNEVEN]
    nearly = [one for one in free if one.contrast >= wanted * _NEARLY]
    if nearly and not any(one in free for one in reads):
        return max(nearly, key=lambda one: one.contrast)
    for good in ([one for one in calm if one in free], calm, reads):
        if good:
            there = [one for one in good if one.spot == good[0].spot]
            largest = max(one.box.height for one in there)
            there = [one for one in there if one.box.height >= largest * _ABOUT]
            return max(there, key=lambda one: one.contrast)
    return max(placed, key=lambda one: one.contrast)


def _placements(
    canvas: Canvas, brand: Brand, channel: str, least: int, zone: Box | None
) -> Iterator[_Placed]:
    """Yield each form of the logo in each corner that has room; those off the words first."""
    drawings = [(file, drawing(brand, number)) for number, file in _files(brand.logo, channel)]
    found = [
        _Placed(
            *(file, drawn, spot, box),
            contrast=canvas.ground.contrast(drawn.ink, box, _SHARE),
            busy=canvas.ground.busy(box),
            crowded=canvas.ground.crowded(box.inset(-_clear_px(brand.logo, box.height)), spot.name),
            unevenness=canvas.ground.unevenness(box.inset(-_clear_px(brand.logo, box.height) / 2)),
        )
        for spot in _spots(canvas, brand.logo)
        for file, drawn in drawings
        for box in _boxes(canvas, brand.logo, spot, drawn.ratio, least)
    ]
    yield from sorted(found, key=lambda one: zone is not None and one.box.meets(zone))


def _files(logo: Logo, channel: str) -> list[tuple[int, LogoFile]]:
    """Return the logo's files for a channel: whole logos before other forms."""
    fitting = [
        (number, file)
        for number, file in enumerate(logo.files)
        if not file.slots or channel in file.slots
    ] or [*enumerate(logo.files)]
    primary = [one for one in fitting if one[1].variant == "primary"]
    return primary or fitting


def _spots(canvas: Canvas, logo: Logo) -> list[Spot]:
    spots = []
    if logo.reserve:
        spots.append(Spot(_corner_name(logo.reserve.box), canvas.part(logo.reserve.box)))
    area = logo.reserve.box if logo.reserve else _USUAL
    named = logo.placement.prefer or ([] if spots else [_USUAL_CORNER])
    spots += [Spot(name, canvas.part(_in_corner(area, name))) for name in named]
    return [
        spot
        for number, spot in enumerate(spots)
        if spot.name not in {s.name for s in spots[:number]}
    ]


def _corner_name(area: Area) -> str:
    words = region(area).replace("upper", "top").replace("lower", "bottom")
    return words.replace(" third", "-center").replace(" side", "").replace(" ", "-")


def _in_corner(area: Area, name: str) -> Area:
    """Return a place of the same size and margins in another corner."""
    left, top, right, bottom = area
    across = _moved(left, right, "left" in name, "right" in name)
    down = _moved(
        top, bottom, "top" in name or "upper" in name, "bottom" in name or "lower" in name
    )
    return across[0], down[0], across[1], down[1]


def _moved(start: float, end: float, to_start: bool, to_end: bool) -> tuple[float, float]:
    margin, length = min(start, 1 - end), end - start
    if to_start:
        return margin, margin + length
    if to_end:
        return 1 - margin - length, 1 - margin
    return 0.5 - length / 2, 0.5 + length / 2


def _boxes(canvas: Canvas, logo: Logo, spot: Spot, ratio: float, least: int) -> Iterator[Box]:
    """Yield where the logo can stand in a corner with its clear space, the largest first."""
    heights = range(int(min(spot.box.height, spot.box.width / ratio)), least - 1, -1)
    rooms = ((height, _room(canvas, logo, spot, height)) for height in heights)
    fitting = (
        height
        for height, room in rooms
        if room.height >= height and room.width >= round(height * ratio)
    )
    if not (largest := next(fitting, 0)):
        return
    for height in dict.fromkeys(max(least, round(largest * part)) for part in _SIZES):
        room, width = _room(canvas, logo, spot, height), round(height * ratio)
        side = 0.0 if "left" in spot.name else 1.0 if "right" in spot.name else 0.5
        left = round(room.x0 + (room.width - width) * side)
        top = round(room.y0 + (room.height - height) / 2)
        yield Box(left, top, left + width, top + height)


def _room(canvas: Canvas, logo: Logo, spot: Spot, height: float) -> Box:
    """Return the part of a corner that a logo of this height may fill."""
    inner = canvas.frame.inset(_clear_px(logo, height))
    return common(common(spot.box, inner), canvas.safe)


def _clear_px(logo: Logo, height: float) -> float:
    """Return the clear space on each side of a logo of this height, px."""
    found = _CLEAR_SPACE.fullmatch(logo.placement.clear_space)
    if not found:
        return height * _CLEAR
    amount, unit = float(found[1]), (found[2] or "x").lower()
    return amount if unit == "px" else height * amount / (100 if unit == "%" else 1)
