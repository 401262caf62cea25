"""What every colour there is means to a palette: one of its own, a shade of it, a grey, a stranger.

A palette's chart holds the meaning of 32³ colours, so that a picture is measured by counting. Where
a cell of the chart lies on a border, the picture's own colours in it are looked at more closely.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptkit.picture.audit.lab import (
    Floats,
    chroma,
    difference,
    lab,
    lab_of_light,
    linear_steps,
    mixed,
)

Colors = NDArray[Any]
Labels = NDArray[Any]

#: From this chroma (C* of CIELAB) on a colour is seen as a colour, and not as a tinted grey.
GREY = 12.0
#: A shade has at least this part of its colour's light, and at most this many times as much.
_LEAST_LIGHT, _MOST_LIGHT = np.float32(0.04), np.float32(2.5)
#: For shades and tints the tolerance is this much of a colour's own: light changes no hue.
_SHADE = 0.6
#: A tint with this much of its colour's chroma still passes for the colour itself.
_FULL = 0.65
#: How far (ΔE00, C*) the colours of one cell may be from its middle.
_MARGIN = 3.5
_SIDE = 32
CELLS = _SIDE**3
#: As many colours on borders are judged, the most frequent, and about as many of the others.
_MOST = 512
#: About so many px of a picture are looked at that closely.
_SAMPLE = 16_000


@dataclass(frozen=True)
class Chart:
    """The meaning of colours to a palette.

    Labels: ``i`` is palette colour i within the tolerance; ``count + i`` is a shade of it, the
    same colour in more or less light, or a little veiled; then come ``tint`` (of a palette
    colour's hue and clearly paler), ``grey`` and ``strange``.
    """

    palette: tuple[tuple[int, int, int], ...]
    tolerance: float

    @property
    def count(self) -> int:
        """How many colours the palette has."""
        return len(self.palette)

    @property
    def tint(self) -> int:
        """The label of paler colours of a palette colour's hue."""
        return 2 * self.count

    @property
    def grey(self) -> int:
        """The label of colours of low chroma that are none of the palette's."""
        return 2 * self.count + 1

    @property
    def strange(self) -> int:
        """The label of strong colours that are none of the palette's."""
        return 2 * self.count + 2

    def labels(self, colors: Colors) -> Labels:
        """Return the label of each of colours n × 3, each by itself and exactly."""
        return self._classified(colors)[0]

    @cached_property
    def cells(self) -> Labels:
        """The label of the colour in the middle of each cell."""
        return self._middles[0]

    @cached_property
    def borders(self) -> NDArray[Any]:
        """Whether a cell may hold colours of several labels."""
        return self._middles[1] < _MARGIN

    @cached_property
    def distances(self) -> Floats:
        """The difference (ΔE00) of each cell's middle to the nearest palette colour."""
        return self._middles[2]

    @cached_property
    def _middles(self) -> tuple[Labels, Floats, Floats]:
        return self._classified(middles())

    def _classified(self, colors: Colors) -> tuple[Labels, Floats, Floats]:
        """Return labels, how far each colour is from another label, and from the palette."""
        seen = lab(colors)
        apart = np.stack([difference(seen, own) for own in self._lab])
        least = apart.min(axis=0)
        strength = chroma(seen)
        labels = np.where(strength < GREY, self.grey, self.strange)
        slack = np.abs(strength - GREY)
        strong = np.flatnonzero(strength >= GREY - _MARGIN)
        kin, near = self._kin(colors[strong], seen[strong])
        labels[strong] = np.where(strength[strong] < GREY, self.grey, kin)
        slack[strong] = np.minimum(slack[strong], near)
        on = least <= self.tolerance
        labels[on] = apart.argmin(axis=0)[on]
        if self.count > 1:
            slack = np.where(on, np.partition(apart, 1, axis=0)[1] - least, slack)
        return labels, np.minimum(slack, np.abs(least - self.tolerance)), least

    def _kin(self, colors: Colors, seen: Floats) -> tuple[Labels, Floats]:
        """Return whether strong colours are shades, tints or strangers, and how nearly others.

        A shade has its colour's own chromaticity: it is compared in the same light. A tint is a
        mixture of light of its colour's with white light: it is compared with the nearest one.
        """
        light = linear_steps()[colors]
        best = np.full(len(colors), np.float32(999))
        tint, doubt = best.copy(), best.copy()
        which = np.zeros(len(colors), np.intp)
        most, strength = np.float32(self.tolerance * _SHADE), chroma(seen)
        for number, (own, looks) in enumerate(zip(self._light, self._lab, strict=True)):
            if chroma(looks) < GREY:
                continue  # every grey is a shade of every other
            scale = mixed(own, _Y) / np.maximum(mixed(light, _Y), np.float32(1e-6))
            apart = difference(lab_of_light(light * scale[:, None]), looks)
            apart[(scale > 1 / _LEAST_LIGHT) | (scale < 1 / _MOST_LIGHT)] = 999
            pale = difference(lab_of_light(_mixed(light, own)), seen)
            full = strength >= _FULL * chroma(looks)
            apart = np.where(full, np.minimum(apart, pale), apart)
            doubtful = np.where(pale <= most, np.abs(strength - _FULL * chroma(looks)), 999)
            doubt = np.minimum(doubt, doubtful)
            which[apart < best] = number
            best, tint = np.minimum(best, apart), np.minimum(tint, pale)
        kin = np.where(tint <= most, self.tint, self.strange)
        kin = np.where(best <= most, which + self.count, kin)
        return kin, np.minimum(np.minimum(np.abs(best - most), np.abs(tint - most)), doubt)

    @cached_property
    def _lab(self) -> Floats:
        return lab(np.array(self.palette, np.uint8))

    @cached_property
    def _light(self) -> Floats:
        return linear_steps()[np.array(self.palette, np.uint8)]


def _mixed(light: Floats, own: Floats) -> Floats:
    """Return the mixtures of a colour's light and white light that are nearest to ``light``."""
    ways = np.stack((own, np.ones(3, np.float32)))
    parts = np.maximum(mixed(light, np.linalg.pinv(ways).T), 0)
    mixture: Floats = np.clip(mixed(parts, ways.T), 0, 1).astype(np.float32)
    return mixture


_Y = np.array([0.2126390, 0.7151687, 0.0721923], np.float32)


@lru_cache(maxsize=32)
def chart_of(palette: tuple[tuple[int, int, int], ...], tolerance: float) -> Chart:
    """Return a palette's chart, kept for the next picture."""
    return Chart(palette, tolerance)


@lru_cache(maxsize=1)
def middles() -> Colors:
    """Return the colour in the middle of each cell, in the cells' order."""
    steps = np.arange(4, 256, 8, dtype=np.uint8)
    grid: Colors = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    return grid


@lru_cache(maxsize=1)
def lab_of_cells() -> Floats:
    """Return CIELAB of the colour in the middle of each cell."""
    return lab(middles())


@dataclass(frozen=True)
class Census:
    """How much of a picture each label has, and each cell: shares of the area, 0–1."""

    chart: Chart
    shares: NDArray[Any]
    by_cell: NDArray[Any]
    cells: NDArray[Any]
    """The cell of each spot of the picture, height × width."""
    area: int
    """How many px were counted."""

    def own(self, number: int) -> float:
        """Return how much a palette colour covers, its shades with it."""
        return float(self.shares[number] + self.shares[self.chart.count + number])


def census(chart: Chart, rgb: Colors, counted: NDArray[Any] | None = None) -> Census:
    """Count a picture's colours (height × width × 3), all of them or those where ``counted``."""
    coarse = (rgb >> 3).astype(np.uint16)
    cells = (coarse[..., 0] << 10) | (coarse[..., 1] << 5) | coarse[..., 2]
    spots = cells.ravel() if counted is None else cells[counted]
    counts = np.bincount(spots, minlength=CELLS)
    shares = counts / max(1, len(spots))
    labels = np.bincount(chart.cells, weights=shares, minlength=chart.strange + 1)
    if len(spots):
        step = max(1, len(spots) // _SAMPLE)
        pixels = rgb.reshape(-1, 3) if counted is None else rgb[counted]
        labels += _correction(chart, pixels[::step], spots[::step], shares)
    return Census(chart, labels, shares, cells, len(spots))


def _correction(
    chart: Chart, pixels: Colors, spots: NDArray[Any], shares: NDArray[Any]
) -> NDArray[Any]:
    """Return what to add to the labels' shares, by a sample of the picture.

    The sample tells how the colours within a cell on a border are divided; how much of the picture
    the cell has is known.
    """
    on_border = np.flatnonzero(chart.borders[spots])
    pixels, spots = pixels[on_border], spots[on_border]
    wide = pixels.astype(np.uint32)
    packed = (wide[:, 0] << 16) | (wide[:, 1] << 8) | wide[:, 2]
    _, example, counts = np.unique(packed, return_index=True, return_counts=True)
    if len(example) > 2 * _MOST:
        by_count = np.argsort(counts)
        others = by_count[: -_MOST : len(example) // _MOST]
        chosen = np.append(by_count[-_MOST:], others)
        example, counts = example[chosen], counts[chosen]
    cells = spots[example]
    judged = np.bincount(cells, weights=counts, minlength=CELLS)
    weights = counts * shares[cells] / judged[cells]
    size = chart.strange + 1
    now = np.bincount(chart.labels(pixels[example]), weights=weights, minlength=size)
    corrected: NDArray[Any] = now - np.bincount(chart.cells[cells], weights=weights, minlength=size)
    return corrected


def hexes(palette: Any) -> tuple[tuple[int, int, int], ...]:
    """Return colours written ``#RRGGBB`` as numbers."""
    return tuple(
        (int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)) for value in palette
    )
