"""The rules of the file itself: its ratio, its px, what is see-through, what is unusual."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from promptkit.measures import aspect_of
from promptkit.picture.audit.palette import percent
from promptkit.picture.audit.standard import Standard
from promptkit.picture.opening import Opened
from promptkit.verdict import Check

#: Width over height may differ by this much: providers round sizes to legal ones.
_LEEWAY = 0.02


def check_form(picture: Opened, standard: Standard) -> Iterator[Check]:
    """Yield the checks of a picture's file against its channel."""
    yield from _against_channel(picture, standard)
    if picture.alpha is not None:
        share = float((np.asarray(picture.alpha) < 128).mean())
        message = f"{percent(share)} of the picture is see-through, and is measured as white"
        yield Check(
            rule="transparency",
            status="fail",
            severity="info",
            message=message,
            measured=round(share, 4),
            wanted="0",
            hint="ask for an opaque background, unless it is to be laid over something",
        )
    for note in picture.notes:
        yield Check(
            rule="file",
            status="fail",
            severity="info",
            message=f"the file {note}",
            hint="save it as 8-bit PNG, JPEG or WebP in sRGB",
        )


def _against_channel(picture: Opened, standard: Standard) -> Iterator[Check]:
    channel = standard.channel
    if channel is None:
        return
    (width, height), (wide, high) = picture.size, channel.size
    off = abs(width / height * high / wide - 1)
    held = off <= _LEEWAY
    ratio = f"the picture is {width}×{height}"
    yield Check(
        rule="aspect",
        status="pass" if held else "fail",
        severity="should",
        message=ratio if held else f"{ratio}, and {standard.channel_name} is {wide}×{high}",
        measured=round(width / height, 3),
        wanted=f"{wide / high:.3f}",
        hint="" if held else f"ask for {aspect_of(channel.size)}, or cut it for the channel",
    )
    if standard.preview or standard.sketch:
        return
    large = width >= wide and height >= high
    yield Check(
        rule="size",
        status="pass" if large else "fail",
        severity="should",
        message=ratio if large else f"{ratio}, and {standard.channel_name} needs {wide}×{high}",
        measured=f"{width}x{height}",
        wanted=f"≥ {wide}x{high}",
        hint="" if large else "make the final at the channel's size, or larger",
    )
