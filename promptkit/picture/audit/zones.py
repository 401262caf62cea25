"""The parts of a picture that something is laid over: the place for words, the logo's corner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from promptkit.brand.areas import Box
from promptkit.brand.color import parse_hex
from promptkit.brand.marks import LogoFile
from promptkit.picture.audit.lab import Floats, contrast, luminance
from promptkit.picture.audit.palette import percent, spoken
from promptkit.picture.audit.standard import Standard
from promptkit.prompt.space import region
from promptkit.verdict import Check, Weight

#: Edges are looked for in a picture of this length (px), so that a preview and its final agree.
_LENGTH = 1024
#: A step of this much from one px to the next (of 255) is an edge; grain and haze are less.
_EDGE = 20
#: Of a zone's px every so many-th, across and down, is enough to tell how bright it is.
_STEP = 2
_LARGEST_LOGO = 200_000
#: Inks darker than this luminance want a light ground.
_MIDDLE = 0.18
#: WCAG 2.1 for graphics, where the brand names no contrast for its logo.
_USUAL_CONTRAST = 3.0
#: A logo bears somewhat more behind it than words do.
_LOGO_BUSY = 2
_LOGO_SHARE = 0.8


@dataclass(frozen=True)
class Zone:
    """A part of the picture: the luminance of its px, and how much of it is edges (0–1)."""

    luminances: Floats
    busy: float
    where: str

    def reads(self, ink: float, share: float) -> float:
        """Return the contrast that an ink has in at least ``share`` of the zone."""
        return float(np.quantile(contrast(self.luminances, ink), 1 - share))


def zone_of(image: Image.Image, box: Box, hidden: NDArray[Any] | None = None) -> Zone | None:
    """Measure a part of a picture, without the px that are ``hidden`` (height × width)."""
    width, height = image.size
    left, top = min(width - 1, round(box[0] * width)), min(height - 1, round(box[1] * height))
    right, bottom = max(left + 1, round(box[2] * width)), max(top + 1, round(box[3] * height))
    scale = min(1.0, _LENGTH / max(image.size))
    size = max(2, round((right - left) * scale)), max(2, round((bottom - top) * scale))
    part = image.resize(size, Image.Resampling.BOX, (left, top, right, bottom))
    seen = np.ones((size[1], size[0]), np.bool_)
    if hidden is not None:
        seen = ~_shrunk(hidden[top:bottom, left:right], size)
    if seen.mean() < 0.2:
        return None
    pixels = np.asarray(part)[::_STEP, ::_STEP][seen[::_STEP, ::_STEP]]
    return Zone(luminance(pixels), _busy(part, seen), region(box))


def _shrunk(hidden: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Return which px of the smaller picture hold anything hidden, or touch it."""
    mask = Image.fromarray(hidden.astype(np.uint8) * 255).resize(size, Image.Resampling.BOX)
    marked = np.pad(np.asarray(mask) > 0, 1)
    touched: NDArray[Any] = (
        marked[1:-1, 1:-1]
        | marked[:-2, 1:-1]
        | marked[2:, 1:-1]
        | marked[1:-1, :-2]
        | marked[1:-1, 2:]
    )
    return touched


def _busy(part: Image.Image, seen: NDArray[Any]) -> float:
    """Return the share of px with a step of lightness to the next one."""
    grey = np.asarray(part.convert("L"), np.int16)
    across = np.abs(np.diff(grey, axis=1)) >= _EDGE
    down = np.abs(np.diff(grey, axis=0)) >= _EDGE
    edges = np.zeros(grey.shape, np.bool_)
    edges[:, 1:] |= across & seen[:, 1:] & seen[:, :-1]
    edges[1:, :] |= down & seen[1:, :] & seen[:-1, :]
    return float(edges.sum() / seen.sum())


def check_words(
    image: Image.Image, standard: Standard, hidden: NDArray[Any] | None = None
) -> Iterator[Check]:
    """Yield the checks of the place for words, where the channel has one."""
    wanted, rules = standard.zone, standard.brand.checks.text_zone
    if wanted is None:
        return
    zone = zone_of(image, wanted.box, hidden)
    if zone is None:
        yield _hidden("text-zone-contrast", region(wanted.box))
        return
    role = wanted.text or "text"
    if color := standard.brand.colors.of_role(role):
        ink = _luminance(color.value)
        found = zone.reads(ink, rules.share)
        ground = "light" if ink < _MIDDLE else "dark"
        name = standard.brand.colors.roles.get(role, role)
        message = f"{spoken(name)} reads with a contrast of {found:.1f} where words will stand"
        hint = f"{zone.where}: one even, {ground} ground for words"
        least = max(wanted.min_contrast, rules.min_contrast)
        yield _reads("text-zone-contrast", "must", zone, (found, least), message, hint)
    yield _calm("text-zone-busy", zone, rules.max_busy, "the place for words")


def check_logo(
    image: Image.Image, standard: Standard, hidden: NDArray[Any] | None = None
) -> Iterator[Check]:
    """Yield the checks of the logo's corner, where the brand has one."""
    reserve, logo = standard.reserve, standard.brand.logo
    if reserve is None:
        return
    zone = zone_of(image, reserve.box, hidden)
    if zone is None:
        yield _hidden("logo-contrast", region(reserve.box))
        return
    forms = {file.id: zone.reads(_ink(standard, file), _LOGO_SHARE) for file in logo.files}
    if forms:
        best = max(forms, key=lambda name: forms[name])
        message = f"the logo reads best as “{best}”, with a contrast of {forms[best]:.1f}"
        hint = f"{zone.where}: one even ground, all light or all dark"
        least = logo.placement.min_contrast or _USUAL_CONTRAST
        yield _reads("logo-contrast", "should", zone, (forms[best], least), message, hint)
    most = _LOGO_BUSY * standard.brand.checks.text_zone.max_busy
    yield _calm("logo-busy", zone, most, "the logo's corner")


def _reads(
    rule: str, weight: Weight, zone: Zone, contrasts: tuple[float, float], message: str, hint: str
) -> Check:
    found, least = contrasts
    held = found >= least
    return Check(
        rule=rule,
        status="pass" if held else "fail",
        severity=weight,
        message=message if held else f"{message}, wanted ≥ {least:g}",
        measured=round(found, 2),
        wanted=f"≥ {least:g}",
        hint="" if held else hint,
        where=zone.where,
    )


def _calm(rule: str, zone: Zone, most: float, what: str) -> Check:
    held = zone.busy <= most
    message = f"{percent(zone.busy)} of {what} is edges"
    return Check(
        rule=rule,
        status="pass" if held else "fail",
        severity="should",
        message=message if held else f"{message}, wanted ≤ {percent(most)}",
        measured=round(zone.busy, 4),
        wanted=f"≤ {most:g}",
        hint="" if held else f"{zone.where}: calm and empty, nothing but the ground",
        where=zone.where,
    )


def _hidden(rule: str, where: str) -> Check:
    message = "too little of the place can be seen to be measured"
    return Check(rule=rule, status="skipped", severity="info", message=message, where=where)


def _luminance(value: str) -> float:
    channels = [int(value[at : at + 2], 16) for at in (1, 3, 5)]
    return float(luminance(np.array(channels, np.uint8)))


def _ink(standard: Standard, file: LogoFile) -> float:
    """Return the luminance of a form of the logo: of the colour that its file fills most with.

    A file that does not say is taken for dark or light, as the ground that it is made for asks.
    """
    fills = _fills(standard.brand.folder / file.path)
    if fills:
        return _luminance(max(fills, key=lambda fill: fills[fill]))
    own = [_luminance(color.value) for color in standard.brand.colors.palette.values()]
    return max(own) if file.background == "dark" else min(own)


def _fills(path: Path) -> dict[str, int]:
    """Return the fills of an SVG with the length of the paths that have them."""
    if path.suffix.lower() != ".svg":
        return {}
    try:
        text = path.read_text(encoding="utf-8")[:_LARGEST_LOGO]
    except (OSError, ValueError):
        return {}
    found: dict[str, int] = {}
    for tag, color in re.findall(r'(<[^<>]*?fill="(#[0-9A-Fa-f]{3,6})"[^<>]*>)', text):
        try:
            value = parse_hex(color)
        except ValueError:
            continue
        found[value] = found.get(value, 0) + len(tag)
    return found
