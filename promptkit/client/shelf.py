"""What lies in the picture store: the sidecars as they are, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from promptkit.client.cache import PictureStore, Stored
from promptkit.client.request import DIGEST_VERSION
from promptkit.errors import Finding, Place, StoreError


@dataclass(frozen=True, slots=True)
class Item:
    """One sidecar: the picture that it leads to, and all that it tells."""

    stored: Stored
    made: dict[str, Any]

    def text(self, part: str, name: str) -> str:
        """Return a text of one of its parts (``request``, ``for``); empty when it tells none."""
        inner = self.made.get(part)
        value = inner.get(name) if isinstance(inner, dict) else None
        return value if isinstance(value, str) else ""


@dataclass
class Shelf:
    """The sidecars by the picture that they lead to; several may lead to one."""

    store: PictureStore
    items: dict[Path, list[Item]] = field(default_factory=dict)
    older: set[Path] = field(default_factory=set)
    """Pictures of a format that is no longer read."""
    faults: list[Finding] = field(default_factory=list)
    """What is wrong with sidecars that lead nowhere."""

    @classmethod
    def of(cls, store: PictureStore) -> Shelf:
        """Read every sidecar of a store."""
        shelf = cls(store)
        for digest in store.digests():
            try:
                shelf._add(digest)
            except StoreError as error:
                place = Place(str(store.sidecar(digest)))
                fault = Finding("unreadable-sidecar", error.message, place=place, fix=error.fix)
                shelf.faults.append(fault)
        return shelf

    def _add(self, digest: str) -> None:
        made = self.store.made(digest)
        if made is None:
            return  # somebody took it away meanwhile
        stored = self.store.stored(digest, made)
        if made["v"] < DIGEST_VERSION:
            self.older.add(stored.path)
        else:
            self.items.setdefault(stored.path, []).append(Item(stored, made))

    def files(self) -> Iterator[Path]:
        """Yield every picture with its sidecars."""
        for path, items in self.items.items():
            yield path
            yield from (self.store.sidecar(item.stored.digest) for item in items)

    def orphans(self) -> list[Path]:
        """Return the pictures that no sidecar tells of."""
        return sorted({*self._room("pictures", "[!.]*")} - self.items.keys() - self.older)

    def strays(self) -> list[Path]:
        """Return what lies among the sidecars and is none."""
        known = {self.store.sidecar(digest) for digest in self.store.digests()}
        return sorted({*self._room("made", "[!.]*")} - known)

    def half_written(self, before: float) -> list[Path]:
        """Return files that were begun before a time (in seconds since 1970), and never ended."""
        parts = (part for room in ("pictures", "made") for part in self._room(room, ".*.part"))
        return sorted(part for part in parts if part.stat().st_mtime < before)

    def _room(self, name: str, files: str) -> Iterator[Path]:
        return (self.store.home / name).glob(f"??/{files}")
