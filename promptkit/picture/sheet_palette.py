"""Palettes as bars: what the brand aims at, and what a picture was measured to have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from promptkit.picture.sheet_words import label
from promptkit.verdict import Audit
from promptkit.workflow.run import Swatch

_NO_COLOUR = "#888888"
#: What a colour without an aimed-at share takes of the bar, so that it can still be seen.
_SLIVER = 0.025
#: Less of a colour than this, 0–1, is not told: nobody sees it.
_SEEN = 0.005


@dataclass(frozen=True, slots=True)
class Band:
    """A colour of the brand; ``weight`` is its part of the bar, 0–1 of all of it."""

    name: str
    hex: str
    colour: str
    """A colour that is safe to draw: ``#RRGGBB``, grey where the record's own is none."""
    use: str
    weight: float


@dataclass(frozen=True, slots=True)
class Mix:
    """A picture's colours as they were measured, above those that were aimed at."""

    measured: tuple[Band, ...]
    aimed: tuple[Band, ...]
    """Empty when no share was aimed at."""
    words: str
    """The same for those who do not see it."""

    @property
    def bars(self) -> tuple[tuple[str, tuple[Band, ...]], ...]:
        """The bars with their names, in their order."""
        named = (("measured", self.measured), ("aimed at", self.aimed))
        return tuple((name, bar) for name, bar in named if bar)


def bands(palette: Iterable[Swatch]) -> tuple[Band, ...]:
    """Return a palette as the bands of a bar that is filled by them, in proportion."""
    swatches = tuple(palette)
    weights = [max(swatch.share or 0.0, _SLIVER) for swatch in swatches]
    return tuple(
        _band(swatch, weight / sum(weights))
        for swatch, weight in zip(swatches, weights, strict=True)
    )


def _band(swatch: Swatch, weight: float) -> Band:
    share = "" if swatch.share is None else f"{swatch.share:.0%}"
    return Band(
        name=swatch.name or label(swatch.role),
        hex=swatch.hex,
        colour=_safe(swatch.hex),
        use=" · ".join(part for part in (swatch.role, share) if part),
        weight=weight,
    )


def _safe(colour: str) -> str:
    return colour if re.fullmatch("#[0-9A-Fa-f]{6}", colour) else _NO_COLOUR


def mix(audit: Audit | None, palette: Sequence[Swatch]) -> Mix | None:
    """Return the colours of a picture beside those aimed at; nothing if they were not measured."""
    if audit is None or not audit.palette:
        return None
    aims = {swatch.hex.upper(): swatch.share for swatch in palette if swatch.share}
    names = {swatch.hex.upper(): swatch.name for swatch in palette if swatch.name}
    measured = [
        _share(
            names.get(covered.hex.upper(), label(covered.name)),
            covered.hex,
            covered.role,
            covered.share,
        )
        for covered in audit.palette
        if covered.share >= _SEEN
    ]
    measured += [
        _share(stranger.name, stranger.hex, "not the brand's", stranger.share)
        for stranger in audit.strangers
        if stranger.share >= _SEEN
    ]
    aimed = [
        _share(swatch.name or label(swatch.role), swatch.hex, swatch.role, swatch.share)
        for swatch in palette
        if swatch.share
    ]
    said = ", ".join(_said(band, aims.get(band.hex.upper())) for band in measured)
    return Mix(_filled(measured), _filled(aimed), said or "none of the brand's colours")


def _share(name: str, hex_: str, role: str, share: float) -> Band:
    return Band(name, hex_, _safe(hex_), f"{role} · {share:.0%}", max(share, _SLIVER))


def _said(band: Band, aim: float | None) -> str:
    share = band.use.rpartition(" · ")[2]
    return f"{band.name} {share}" + (f" (aimed at {aim:.0%})" if aim else "")


def _filled(parts: list[Band]) -> tuple[Band, ...]:
    """Return a bar's bands, the rest of it without a colour; shares that are too many shrink."""
    total = sum(band.weight for band in parts)
    if not parts:
        return ()
    if total >= 1:
        return tuple(
            Band(band.name, band.hex, band.colour, band.use, band.weight / total) for band in parts
        )
    return (*parts, Band("other colours", "", "", f"{1 - total:.0%}", 1 - total))
