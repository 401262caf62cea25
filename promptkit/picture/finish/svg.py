"""What an SVG may hold that is drawn on this machine: nothing from elsewhere, no absurd size."""

from __future__ import annotations

import re
from xml.etree import ElementTree

#: The most that a drawing may be as wide as it is high, or the other way round.
WIDEST = 40
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*([a-z]*)\s*")
_UNITS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}


def check_svg(data: bytes) -> None:
    """Check an SVG before it is drawn.

    Raises:
        ValueError: it is broken, brings in another file, or is far wider than high.
    """
    try:
        root = ElementTree.fromstring(data.decode("utf-8-sig"))
    except ElementTree.ParseError as cause:
        raise ValueError(f"it is no whole SVG: {cause}") from None
    for element in root.iter():
        for name, value in element.attrib.items():
            if _local(name) == "href" and _loads(_local(element.tag), value):
                raise ValueError(f"it brings in another file, {value[:80]}")
    width, height = _size(root)
    if not 1 / WIDEST <= width / height <= WIDEST:
        raise ValueError(f"it is {width:g} wide and {height:g} high: more than {WIDEST} to 1")


def _loads(element: str, value: str) -> bool:
    """Say whether an address is one that is opened; a link is not, unless somebody clicks it."""
    return element != "a" and not value.strip().startswith(("data:", "#"))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _size(root: ElementTree.Element) -> tuple[float, float]:
    box = root.get("viewBox", "").replace(",", " ").split()
    view = box[2:] if len(box) == 4 else ["", ""]
    width = _length(root.get("width", "")) or _length(view[0])
    height = _length(root.get("height", "")) or _length(view[1])
    if not width or not height:
        raise ValueError("it does not say how large it is: viewBox, or width and height")
    return width, height


def _length(text: str) -> float:
    found = _LENGTH.fullmatch(text)
    return float(found[1]) * _UNITS.get(found[2], 16) if found else 0.0
