"""The first inputs of each target: what is shipped, what the tests import, and swatches."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image

from promptkit.picture.marks import Notes, Rights, marked
from promptkit.picture.marks.rights import Licensor

ROOT = Path(__file__).parent.parent


def seeds(name: str) -> Iterator[bytes]:
    """Yield the seeds of a target."""
    if name == "brands":
        for path in sorted((ROOT / "brand_profiles").glob("*.yaml")):
            yield path.read_bytes()
        yield b'extends: tidewell\n+avoid: [fog]\ncolors: {accent: "#f00"}\nstyle: {mood: calm}\n'
        yield b'name: A\ncolors: {primary: "#0B6E99"}\nstyle: calm\n'
    elif name == "templates":
        for path in sorted((ROOT / "templates").glob("*.j2")):
            yield path.read_bytes()
        yield b'{% from "_part.j2" import said %}{% for i in range(3) %}{{ said(i) }}{% endfor %}'
        yield b"---\ninputs: {a: {}, n: {type: number}}\ntext: ['{{ a }}']\n---\n{{ a ~ n|round }}"
    elif name == "marks":
        yield from _pictures()
    else:
        for path in sorted((ROOT / "tests" / "imports").iterdir()):
            yield path.read_bytes()
        yield from (_aco(1), _aco(2), _ase())


def _pictures() -> Iterator[bytes]:
    """Yield a small picture of each kind that tells all it can, behind the number of its kind."""
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = "Ana Silva", "(c) Ana Silva"
    licensors = (Licensor("A", "https://a.example"), Licensor("B"))
    rights = Rights(creators=("Ana",), notice="(c)", licensors=licensors, owners=("A", "B"))
    for number, kind in enumerate(("png", "jpeg", "webp", "avif")):
        buffer = BytesIO()
        Image.new("RGB", (8, 8), "teal").save(buffer, kind, exif=exif)
        notes = Notes(source="", alt="Teal.", rights=rights)
        yield bytes([number]) + marked(buffer.getvalue(), f"image/{kind}", notes)
        yield bytes([number]) + buffer.getvalue()


def write_seeds(name: str, folder: Path) -> None:
    """Write a target's seeds into a folder of a corpus, over those of an earlier version."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (folder / f"seed-{number}").write_bytes(seed)


def _aco(version: int) -> bytes:
    """Return Photoshop swatches: a colour of each space."""
    spaces = (0, 1, 2, 7, 8)
    name = struct.pack(">I", 4) + "sea\0".encode("utf-16-be") if version == 2 else b""
    colors = [struct.pack(">5H", space, 2000, 40000, 9000, 100) + name for space in spaces]
    return struct.pack(">2H", version, len(colors)) + b"".join(colors)


def _ase() -> bytes:
    """Return an Adobe Swatch Exchange: a colour of each space in a group."""
    name = struct.pack(">H", 4) + "sea\0".encode("utf-16-be")
    values = {b"RGB ": (0.1, 0.5, 0.9), b"CMYK": (0, 0.5, 1, 0), b"LAB ": (0.5, 20, -9)}
    values[b"Gray"] = (0.5,)
    bodies = [(0xC001, name)]
    for space, numbers in values.items():
        color = space + struct.pack(f">{len(numbers)}fH", *numbers, 0)
        bodies.append((0x0001, name + color))
    bodies.append((0xC002, b""))
    blocks = [struct.pack(">HI", kind, len(body)) + body for kind, body in bodies]
    return b"ASEF" + struct.pack(">2HI", 1, 0, len(blocks)) + b"".join(blocks)
