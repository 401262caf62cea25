"""Signing finished files: what they were made from, and what was done to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from typing import Any

from PIL import Image

from promptkit.picture.finish.source import Source, Wish
from promptkit.picture.marks import Notes, media_type_of
from promptkit.picture.marks.credentials import Original, Step, signed
from promptkit.picture.marks.seal import Seal

#: What an authority's word on the time weighs, and what else may differ, in bytes.
_TIMESTAMP, _SLACK = 12_000, 1_000
_LAID = {
    "ground_laid_on": "plain ground laid on at the rim",
    "logo": "logo laid over",
    "label": "small type laid over",
    "headline": "headline laid over",
}


@dataclass(frozen=True)
class Signing:
    """How a channel's file is signed."""

    seal: Seal
    original: Original
    notes: Notes
    steps: tuple[Step, ...]
    media_type: str

    def signed(self, data: bytes) -> bytes:
        """Return a file's bytes, signed.

        Raises:
            SettingsError: the extra is missing, or the certificate and key do not sign.
        """
        return self._signed(data, self.seal)

    @cached_property
    def weight(self) -> int:
        """What the credentials add to a file, in bytes: all of it but the pixels' own."""
        buffer = BytesIO()
        Image.new("RGB", (16, 16)).save(buffer, self.media_type.rpartition("/")[2].upper())
        small = buffer.getvalue()
        added = len(self._signed(small, replace(self.seal, timestamp=""))) - len(small)
        return added + _SLACK + (_TIMESTAMP if self.seal.timestamp else 0)

    def _signed(self, data: bytes, seal: Seal) -> bytes:
        return signed(
            data,
            self.media_type,
            self.notes,
            seal=seal,
            original=self.original,
            steps=self.steps,
        )


def signing_of(
    source: Source, wish: Wish, notes: Notes | None, steps: Iterable[Step], media_type: str
) -> Signing | None:
    """Return how a file is signed; ``None`` without a seal, or where nobody knows who drew it."""
    if wish.seal is None or notes is None or not notes.source:
        return None
    kind = None if source.shot else source.kind(laid_over=False)
    original = Original(source.data, media_type_of(source.data), source.path.name, kind)
    return Signing(wish.seal, original, notes, tuple(steps), media_type)


def steps_of(
    done: Mapping[str, Any], *, whole: bool, scale: float, converted: bool
) -> Iterator[Step]:
    """Yield what was done to a picture, in order; ``done`` tells what was laid on it."""
    if not whole:
        yield Step("cropped")
    if scale != 1:
        yield Step("resized")
    for name, what in _LAID.items():
        if done.get(name):
            yield Step("edited", what)
    if converted:
        yield Step("converted")
