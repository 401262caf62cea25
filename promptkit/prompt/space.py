"""What stays free in a picture: for words that are set later, and for the logo."""

from __future__ import annotations

from promptkit.brand.areas import Box
from promptkit.brand.channels import Channel
from promptkit.brand.look import Look
from promptkit.brand.marks import Logo
from promptkit.prompt.sections import Space

#: Where the subject stands when a channel keeps a part of the picture free for words.
_OPPOSITE = {
    "upper left": "on the right third",
    "lower left": "on the right third",
    "left side": "on the right third",
    "upper right": "on the left third",
    "lower right": "on the left third",
    "right side": "on the left third",
    "upper third": "in the lower half",
    "lower third": "in the upper half",
}


def free_space(look: Look, channel: Channel | None, logo: Logo | None) -> Space:
    """Return what stays free: the channel's zone for text, else the look's own empty space."""
    zone = channel.text_zone.box if channel and channel.text_zone else None
    reserve = logo.reserve if logo and logo.policy == "composite" else None
    return Space(
        words=region(zone) if zone else look.framing.negative_space,
        position=_OPPOSITE.get(region(zone), "") if zone else look.framing.position,
        text_zone=zone,
        logo=(reserve.describe or f"the {region(reserve.box)}") if reserve else "",
        logo_box=reserve.box if reserve else None,
    )


def region(box: Box) -> str:
    """Return a box (left, top, right, bottom; 0–1) in words: “upper left”, “lower third”."""
    left, top, right, bottom = box
    across, down = (left + right) / 2, (top + bottom) / 2
    side = "left" if across < 0.42 else "right" if across > 0.58 else ""
    height = "upper" if down < 0.42 else "lower" if down > 0.58 else ""
    if height and side:
        return f"{height} {side}"
    if height:
        return f"{height} third"
    return f"{side} side" if side else "centre"
