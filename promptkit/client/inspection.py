"""Whether a picture store is whole: every picture read again, and what is wrong with which."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from promptkit.client.cache import Stored
from promptkit.client.request import digest_of
from promptkit.client.shelf import Item, Shelf
from promptkit.errors import Finding, Place, StoreError

Progress = Callable[[int], None]

_BACKUP = "bring it back from a backup; else it is paid for anew when it is next asked for"
_REBUILD = "promptkit cache rebuild"
_SHORT = 12
_LISTED = 8


def inspect(shelf: Shelf, begun: float, progress: Progress | None = None) -> list[Finding]:
    """Return what is wrong with a store.

    A file that was begun after ``begun`` (in seconds since 1970) may still be written.
    ``progress`` is told how many pictures are read.
    """
    found: list[Finding] = []
    for count, (path, items) in enumerate(shelf.items.items(), 1):
        if path.exists():
            found += picture_faults(path, items)
        found += (fault for item in items for fault in _misplaced(shelf, item))
        if progress:
            progress(count)
    return [*found, *glance(shelf, begun)]


def glance(shelf: Shelf, begun: float) -> list[Finding]:
    """Return what is wrong with a store as far as that is seen without reading pictures."""
    missing = ((path, items) for path, items in shelf.items.items() if not path.exists())
    return [
        *shelf.faults,
        *(fault for path, items in missing for fault in picture_faults(path, items)),
        *map(_orphan, shelf.orphans()),
        *map(_stray, shelf.strays()),
        *map(_half_written, shelf.half_written(begun)),
        *_index_faults(shelf),
    ]


def picture_faults(path: Path, items: list[Item]) -> Iterator[Finding]:
    """Yield what is wrong with a picture's file: missing, or not what was paid for."""
    place, stored = Place(str(path)), items[0].stored
    name = f"the picture of {stored.digest[:_SHORT]}"
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as cause:
        missing = isinstance(cause, FileNotFoundError)
        why = "is missing" if missing else f"cannot be read: {cause.strerror}"
        yield Finding("missing-picture", f"{name} {why}", place=place, fix=_BACKUP)
        return
    if sha256 != stored.sha256:
        message = f"{name} is damaged: it is not what was paid for"
        fix = f"move it away, and {_BACKUP}"
        yield Finding("damaged-picture", message, place=place, fix=fix)


def _misplaced(shelf: Shelf, item: Item) -> Iterator[Finding]:
    request, digest = item.made.get("request"), item.stored.digest
    if not isinstance(request, Mapping) or digest_of(request) != digest:
        place = Place(str(shelf.store.sidecar(digest)))
        message = "the sidecar tells of another request than its name: its picture may be wrong"
        fix = f"move it away, then {_REBUILD}; the picture is paid for anew when it is asked for"
        yield Finding("wrong-request", message, place=place, fix=fix)


def _orphan(path: Path) -> Finding:
    message = "no sidecar tells what this picture is: its process may have ended in between"
    fix = "look at it, it may have been paid for; keep it elsewhere, or delete it"
    return Finding("orphan-picture", message, place=Place(str(path)), fix=fix)


def _stray(path: Path) -> Finding:
    message = "this is no sidecar: its name is no digest, or that of another folder"
    fix = "move it away; promptkit never reads it"
    return Finding("stray-file", message, place=Place(str(path)), fix=fix)


def _half_written(path: Path) -> Finding:
    message = "this file was never finished: its process ended in between"
    return Finding("half-written", message, place=Place(str(path)), fix="delete it")


def _index_faults(shelf: Shelf) -> list[Finding]:
    index = shelf.store.index
    if not index.folder.is_dir():
        return []
    place = Place(str(index.folder))
    try:
        known = index.entries()
    except StoreError as error:
        return [Finding("foreign-index", error.message, place=place, fix=error.fix)]
    whole = {item.stored.digest: item.stored for items in shelf.items.values() for item in items}
    bad = [digest for digest, text in known.items() if not _agrees(shelf, text, digest, whole)]
    bad += [digest for digest in whole if digest not in known]
    names = ", ".join(digest[:_SHORT] for digest in bad[:_LISTED])
    message = f"the index and the sidecars differ in {len(bad)} entries: {names}"
    return [Finding("stale-index", message, place=place, fix=_REBUILD)] if bad else []


def _agrees(shelf: Shelf, text: str, digest: str, whole: Mapping[str, Stored]) -> bool:
    try:
        return shelf.store.stored(digest, shelf.store.told(text)) == whole.get(digest)
    except StoreError:
        return False
