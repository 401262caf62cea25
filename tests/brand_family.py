"""A parent profile, and what the tests of profiles that build on it share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from promptkit.brand.loading import load_brand
from promptkit.errors import BrandError, Finding

PARENT = """\
name: Acme
version: 7
status: draft
identity: {tagline: {en: Hello, de: Hallo}}
colors:
  palette:
    blue: {value: "#0B6E99", describe: sea blue, pantone: 7706 C}
    coral: {value: "#F0593E", describe: coral red}
    ink: {value: "#1B2A33", describe: near-black}
  roles: {primary: blue, accent: coral, text: ink, line: ink}
  pairs: {never: [[coral, blue]], text_on: {blue: [ink]}}
  avoid: [neon]
tone: {traits: [calm, dry], we_are: [kind]}
style:
  default_look: wide
  looks:
    flat: {medium: illustration, mood: [wry]}
    wide: {medium: photo, mood: [calm], lighting: soft}
avoid: [fog, {what: rain, severity: must}]
subjects: {can: {describe: a can, refs: [refs/can.png]}}
channels: {tile: {size: 10x10, look: wide}}
"""

Write = Callable[..., Path]


def family(folder: Path) -> Write:
    """Lay the parent into a folder, and return what writes further files there."""

    def written(name: str, text: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    written("refs/can.png", "")
    written("acme.yaml", PARENT)
    return written


def findings(path: Path, *folders: Path) -> tuple[Finding, ...]:
    """Return what is wrong with a profile."""
    with pytest.raises(BrandError) as caught:
        load_brand(path, folders)
    return caught.value.findings


def where(finding: Finding) -> str:
    """Return a finding's place without its folder."""
    assert finding.place
    return f"{Path(finding.place.file).name}:{finding.place.line}:{finding.place.column}"
