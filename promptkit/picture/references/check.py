"""Whether a picture will serve as a reference: whether models take it, and see anything in it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageStat

from promptkit.client.request import Reference
from promptkit.errors import Finding, InputError, Place, Severity
from promptkit.measures import Size
from promptkit.model.card import Card
from promptkit.picture.opening import Opened, open_picture
from promptkit.picture.references.blur import SHARP, sharpness
from promptkit.picture.references.metadata import told_by
from promptkit.workflow.sent import too_heavy

#: A shorter edge than this, in px, shows a model little of a thing.
LEAST_EDGE = 512
#: Longer edges than this, in px, are scaled down by the services: they only take time to send.
MOST_EDGE = 4096
#: Longer pictures than this are cut or squeezed by many services.
MOST_RATIO = 3.0
#: What is transparent of a picture, 0–1, before anybody has to know.
_SOME = 0.001
_SEEN = 128
_WIDE = "was converted to sRGB from its colour profile, "
_MODES = {
    "CMYK": (
        "is in CMYK, for print",
        "export it in RGB, where you can see what its colours become",
    ),
    "I;16": ("has 16 bits a channel", "save it with 8 bits a channel; most services take no more"),
    "1": ("has black and white only", "take the picture in colours, if there is one"),
    "L": ("is in greys only", "take the picture in colours, unless greys are meant"),
    "LA": ("is in greys only", "take the picture in colours, unless greys are meant"),
}


@dataclass(frozen=True)
class Checked:
    """A picture that was checked: what it is, how much of it is sent, and what was found."""

    file: str
    size: Size | None = None
    """Width and height in px, upright; ``None`` for what cannot be opened."""
    format: str = ""
    """PNG, JPEG or WEBP."""
    bytes: int = 0
    """The file's size."""
    sent: int = 0
    """How many bytes of it leave the machine."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _File:
    """A file that can be opened: as it lies there, as it is sent, and as it is seen."""

    name: str
    data: bytes
    reference: Reference
    opened: Opened
    mode: str
    card: Card

    def finding(self, rule: str, says: str, fix: str, severity: Severity = "advice") -> Finding:
        place = Place(self.name)
        return Finding(f"reference-{rule}", f"the picture {says}", severity, place, fix)


def check_reference(path: Path, card: Card) -> Checked:
    """Check a picture against what a model takes, and what helps it.

    Nothing is raised for a picture that cannot be read: that is found, too.
    """
    try:
        reference = Reference.read(path, "reference")
        opened = open_picture(path)
    except InputError as error:
        return Checked(str(path), findings=error.findings)
    data = path.read_bytes()
    file = _File(str(path), data, reference, opened, _mode(data), card)
    rules = (_weight, _edges, _shape, _moving, _colors, _holes, _blurred, _metadata)
    return Checked(
        file=file.name,
        size=opened.size,
        format=opened.format,
        bytes=len(data),
        sent=len(reference.data),
        findings=tuple(finding for rule in rules for finding in rule(file)),
    )


def _mode(data: bytes) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as picture:
            return picture.mode


def _weight(file: _File) -> Iterator[Finding]:
    if len(file.reference.data) > file.card.reference_bytes_max:
        yield too_heavy(file.name, len(file.reference.data), file.card)


def _edges(file: _File) -> Iterator[Finding]:
    width, height = file.opened.size
    if min(width, height) < LEAST_EDGE:
        yield file.finding(
            "small",
            f"has {width} × {height} px: that shows a model little of it",
            f"take one whose short edge has {LEAST_EDGE} px or more; enlarging it adds nothing",
            "warning",
        )
    elif max(width, height) > MOST_EDGE:
        yield file.finding(
            "large",
            f"has {width} × {height} px; services scale that down, and it takes long to send",
            "save it with 2000 px on its long edge",
        )


def _shape(file: _File) -> Iterator[Finding]:
    width, height = file.opened.size
    ratio = max(width, height) / min(width, height)
    if ratio > MOST_RATIO:
        yield file.finding(
            "narrow",
            f"is {ratio:.1f} times as long as it is wide; many services cut or squeeze that",
            "crop it to what matters",
            "warning",
        )


def _moving(file: _File) -> Iterator[Finding]:
    with Image.open(io.BytesIO(file.data)) as picture:
        moves = getattr(picture, "is_animated", False) and picture.format != "MPO"
    if moves:
        yield file.finding(
            "animated",
            "moves: a model sees one moment of it at most, and some services refuse it",
            "save the moment that matters as a picture of its own",
            "warning",
        )


def _colors(file: _File) -> Iterator[Finding]:
    mode = "I;16" if file.mode.startswith("I") else file.mode
    if mode in _MODES:
        says, fix = _MODES[mode]
        yield file.finding("mode", says, fix, "warning" if mode == "CMYK" else "advice")
    wide = (note.removeprefix(_WIDE) for note in file.opened.notes if note.startswith(_WIDE))
    for profile in wide if file.mode != "CMYK" else ():
        yield file.finding(
            "profile",
            f"has the colour profile {profile}; services may take its colours for sRGB",
            "export it in sRGB, so that its colours stay what they are",
        )


def _is_mask(opened: Opened) -> bool:
    """Say whether only what is transparent tells one spot from another, as in a mask."""
    if opened.alpha is None or opened.alpha.getextrema()[0] == opened.alpha.getextrema()[1]:
        return False
    seen = opened.alpha.point(lambda value: 255 if value == 255 else 0)
    kept = ImageStat.Stat(opened.image, seen)
    return not any(kept.count) or max(kept.stddev) == 0


def _holes(file: _File) -> Iterator[Finding]:
    alpha = file.opened.alpha
    if alpha is None or _is_mask(file.opened):
        return
    counts = alpha.histogram()
    share = sum(counts[:_SEEN]) / sum(counts)
    if share > _SOME:
        yield file.finding(
            "transparent",
            f"is transparent in {share:.0%} of it; each model sees something else there",
            "lay it on white or on a plain ground; for a mask: promptkit reference mask --help",
        )


def _blurred(file: _File) -> Iterator[Finding]:
    if _is_mask(file.opened):
        return
    if sharpness(file.opened.image) < SHARP:
        yield file.finding(
            "blurred",
            "is blurred all over: a model can copy no detail from it",
            "take a sharper one, unless it is there for its colours alone",
            "warning",
        )


def _metadata(file: _File) -> Iterator[Finding]:
    told = told_by(file.data, file.reference)
    if told:
        yield file.finding(
            "metadata",
            f"says more than it shows: {', '.join(told)}",
            "none of it is sent; remove it from the file, too, before you hand that on",
        )
    if file.reference.turned:
        yield file.finding(
            "turned",
            "lies on its side in the file: it is sent upright, so its pixels are written anew",
            "to have them sent as they are, save it upright",
        )
