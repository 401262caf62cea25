"""The notes a comp is drawn from: ``ImageRequest.native``, read into values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from promptkit.client.request import ImageRequest
from promptkit.geometry import Box
from promptkit.lettering import Rgb

#: What stands in for a palette when the brand names none: quiet, warm greys.
NEUTRALS = (
    ("#EBE8E2", "background", 0.56),
    ("#C3BDB2", "surface", 0.24),
    ("#8A847A", "primary", 0.15),
    ("#4A4640", "accent", 0.05),
)
_LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour of the palette.

    ``share`` is the part of the drawing it covers, 0–1: the colours listed fill it together.
    ``aim`` is the part of the picture that the brand aims at, where it says one.
    """

    name: str
    hex: str
    role: str
    share: float
    carrier: str = ""
    aim: float | None = None

    @property
    def rgb(self) -> Rgb:
        """Its red, green and blue, 0–255."""
        digits = self.hex.lstrip("#")
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the brief, as the caption panel shows it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Words on the picture; ``lettered`` when the model draws them, else they are set later."""

    text: str
    lettered: bool


@dataclass(frozen=True, slots=True)
class Notes:
    """Everything a comp shows. ``palette`` is never empty; ``branded`` says whether it was given.

    ``text_zone`` and ``reserve`` (the logo's room) are in fractions of the picture.
    """

    title: str
    sections: tuple[Section, ...]
    palette: tuple[Colour, ...]
    branded: bool
    copy: tuple[Copy, ...]
    text_zone: Box | None
    reserve: Box | None

    def text(self, name: str) -> str:
        """Return the text of the section called ``name``, or nothing."""
        return " ".join(section.text for section in self.sections if section.name == name)


def read(request: ImageRequest) -> Notes:
    """Read a request's notes; all of them are optional."""
    native = request.native
    palette = native.get("palette") or ()
    return Notes(
        title=str(native.get("title") or ""),
        sections=_sections(native, request.prompt),
        palette=_palette(palette) if palette else _neutrals(),
        branded=bool(palette),
        copy=tuple(
            Copy(str(line["copy"]), line.get("policy") == "model_rendered")
            for line in native.get("text") or ()
        ),
        text_zone=_zone(native.get("text_zone")),
        reserve=_zone(native.get("reserve")),
    )


def _sections(native: Mapping[str, Any], prompt: str) -> tuple[Section, ...]:
    given = [
        Section(str(entry["name"]), str(entry["text"])) for entry in native.get("sections") or ()
    ]
    if not given and prompt.strip():
        given = [Section("subject", prompt)]
    avoid = ", ".join(map(str, native.get("avoid") or ()))
    if avoid and all(section.name != "avoid" for section in given):
        given.append(Section("avoid", avoid))
    return tuple(section for section in given if section.text.strip())


def _palette(entries: Sequence[Mapping[str, Any]]) -> tuple[Colour, ...]:
    given = [entry.get("share") for entry in entries]
    missing = given.count(None)
    left = max(0.0, 1.0 - sum(share for share in given if share is not None))
    spare = max(_LEAST_SHARE, left / missing) if missing else 0.0
    colours = [
        Colour(
            name=str(entry.get("name") or entry["hex"]),
            hex=str(entry["hex"]).upper(),
            role=str(entry.get("role") or ""),
            share=max(_LEAST_SHARE, spare if share is None else float(share)),
            carrier=str(entry.get("carrier") or ""),
            aim=share,
        )
        for entry, share in zip(entries, given, strict=True)
    ]
    return _normal(colours)


def _neutrals() -> tuple[Colour, ...]:
    return tuple(Colour(code, code, role, share) for code, role, share in NEUTRALS)


def _normal(colours: Iterable[Colour]) -> tuple[Colour, ...]:
    listed = tuple(colours)
    total = sum(colour.share for colour in listed)
    return tuple(replace(colour, share=colour.share / total) for colour in listed)


def _zone(edges: Sequence[float] | None) -> Box | None:
    if edges is None:
        return None
    x0, y0, x1, y1 = (min(1.0, max(0.0, float(edge))) for edge in edges)
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
