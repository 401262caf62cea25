"""The picture store: content-addressed files, how each was made, and an index over them.

Pictures are kept byte for byte as the provider sent them, so that their provenance marks
survive. The index is diskcache's, with small JSON values only: what it reads it never unpickles
(CVE-2025-69872), and it can be rebuilt from the sidecars.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import diskcache
from diskcache.core import MODE_RAW

from promptkit.client.files import write_all_durably, write_durably
from promptkit.client.origin import Origin
from promptkit.client.request import DIGEST_VERSION, suffix_of
from promptkit.errors import StoreError

__all__ = ["Index", "PictureStore", "Stored", "TextDisk", "write_durably"]

T = TypeVar("T")

#: How long to wait for another process that is writing, in seconds.
PATIENCE = 30.0
_SHA256 = re.compile(r"[0-9a-f]{64}")


class TextDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Keys and values are text in the index's own rows: no pickle and no files, either way."""

    def __init__(self, directory: str, **_: Any) -> None:
        super().__init__(directory)

    def put(self, key: Any) -> tuple[Any, bool]:
        """Return a key as its row holds it."""
        if not isinstance(key, str):
            raise StoreError("the index takes text keys only")
        return key, True

    def get(self, key: Any, raw: bool) -> Any:
        """Return a row's key."""
        if not (raw and isinstance(key, str)):
            raise self._foreign()
        return key

    def store(self, value: Any, read: bool, key: Any = None) -> tuple[int, int, None, str]:
        """Return a value as its row holds it."""
        if read or not isinstance(value, str):
            raise StoreError("the index takes text values only")
        return 0, MODE_RAW, None, value

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        """Return a row's value."""
        if mode != MODE_RAW or filename is not None or not isinstance(value, str):
            raise self._foreign()
        return value

    def remove(self, file_path: str) -> None:
        """Remove nothing: a file that a row names was never ours."""

    def _foreign(self) -> StoreError:
        return StoreError(
            f"the picture index {self._directory} holds something that promptkit never wrote",
            fix=f"move {self._directory} away; it is rebuilt from the pictures",
        )


class Index:
    """Text by digest. diskcache's connections belong to a thread, so it has one of its own."""

    def __init__(self, folder: Path) -> None:
        """Take the index's folder; nothing is created before it is first used."""
        self.folder = folder
        self._origin = Origin()
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._cache: diskcache.Cache | None = None

    def get(self, digest: str) -> str | None:
        """Return what is known of a digest.

        Raises:
            StoreError: the index holds what promptkit never wrote.
        """
        found: str | None = self._run(lambda cache: cache.get(digest))
        return found

    def remember(self, digest: str, text: str) -> None:
        """Note what is known of a digest; an index that cannot be written is rebuilt later."""
        with suppress(StoreError):
            self._run(lambda cache: cache.set(digest, text))

    def entries(self) -> dict[str, str]:
        """Return all that is known, by digest.

        Raises:
            StoreError: the index holds what promptkit never wrote.
        """
        return self._run(lambda cache: {digest: cache.get(digest, "") for digest in cache})

    def forget(self, digest: str) -> None:
        """Forget one digest.

        Raises:
            StoreError: the index cannot be written.
        """
        self._run(lambda cache: cache.delete(digest))

    def clear(self) -> None:
        """Forget everything.

        Raises:
            StoreError: the index cannot be opened.
        """
        self._run(lambda cache: cache.clear())

    def __len__(self) -> int:
        return int(self._run(len))

    def close(self) -> None:
        """Close the index and end its thread, if it was opened by this process."""
        if not self._origin.here:
            return
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            try:
                thread.submit(self._shut).result()
            except RuntimeError:  # as in ``_run``
                self._shut()
            thread.shutdown()

    def _run(self, work: Callable[[Any], T]) -> T:
        self._origin.check()  # before the lock, which nobody may ever open again in a fork
        with self._lock:
            self._thread = self._thread or ThreadPoolExecutor(1, "promptkit-index")
            try:
                future = self._thread.submit(self._worked, work)
            except RuntimeError:  # the program ends: no thread takes work any more
                return self._worked(work)
        return future.result()

    def _worked(self, work: Callable[[Any], T]) -> T:
        try:
            if self._cache is None:
                self._cache = diskcache.Cache(
                    str(self.folder),
                    timeout=PATIENCE,
                    disk=TextDisk,
                    eviction_policy="none",
                    cull_limit=0,
                    sqlite_synchronous=1,
                )
            return work(self._cache)
        except (sqlite3.Error, diskcache.Timeout, OSError) as cause:
            raise StoreError(
                f"the picture index {self.folder} cannot be used: {cause}",
                fix=f"move {self.folder} away; it is rebuilt from the pictures",
            ) from cause

    def _shut(self) -> None:
        if self._cache is not None:
            self._cache.close()
            self._cache = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture in the store, and what it cost in USD when it was made."""

    digest: str
    sha256: str
    path: Path
    media_type: str
    cost: Decimal
    estimated: bool


class PictureStore:
    """Pictures by the digest of the request that made them."""

    def __init__(self, home: Path) -> None:
        """Take the state folder; nothing is created before the first picture."""
        self.home = home
        self.index = Index(home / "index")

    def get(self, digest: str) -> Stored | None:
        """Return the picture of a digest, or ``None`` when there is none.

        Raises:
            StoreError: the index or the sidecar holds what promptkit never wrote.
        """
        if not self.index.folder.is_dir() and not self.sidecar(digest).is_file():
            return None
        text = self.index.get(digest)
        if text and (stored := self._there(digest, self.told(text))):
            return stored
        made = self.made(digest)
        stored = self._there(digest, made) if made else None
        if made and stored:
            self.index.remember(digest, _entry(made))
        return stored

    def peek(self, digest: str) -> Stored | None:
        """Return the picture of a digest by its sidecar alone: the index is left closed.

        Raises:
            StoreError: the sidecar holds what promptkit never wrote.
        """
        made = self.made(digest)
        return self._there(digest, made) if made else None

    def put(
        self,
        digest: str,
        sha256: str,
        data: bytes,
        media_type: str,
        *,
        cost: Decimal,
        estimated: bool,
        made: Mapping[str, Any],
    ) -> Stored:
        """Keep a picture, durably: bytes first, then how it was made, then the index.

        Raises:
            OSError: it cannot be written.
        """
        record = {
            **made,
            "v": DIGEST_VERSION,
            "sha256": sha256,
            "media_type": media_type,
            "cost_usd": str(cost),
            "estimated": estimated,
        }
        stored = self.stored(digest, record)
        text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
        files = {stored.path: data, self.sidecar(digest): text.encode()}
        if stored.path.is_file() and stored.path.stat().st_size == len(data):
            del files[stored.path]
        write_all_durably(files)
        self.index.remember(digest, _entry(record))
        return stored

    def rebuild(self) -> int:
        """Rebuild the index from the sidecars; return how many pictures it holds.

        A sidecar that cannot be read is left out; its own picture says so when it is asked for.

        Raises:
            StoreError: the index cannot be opened.
        """
        self.index.clear()
        for digest in self.digests():
            with suppress(StoreError):
                self.get(digest)
        return len(self.index)

    def close(self) -> None:
        """Close the index, if it was opened."""
        self.index.close()

    def forget(self, digest: str) -> None:
        """Take a digest out of the store; its picture's file may be another one's, and stays.

        Raises:
            StoreError: the index cannot be written.
            OSError: the sidecar cannot be removed.
        """
        if self.index.folder.is_dir():
            self.index.forget(digest)
        self.sidecar(digest).unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        """Yield the digest of every sidecar, in order."""
        for path in sorted((self.home / "made").glob("??/*.json")):
            if _SHA256.fullmatch(path.stem) and path == self.sidecar(path.stem):
                yield path.stem

    def made(self, digest: str) -> dict[str, Any] | None:
        """Return what a sidecar tells, or ``None`` when there is none.

        Raises:
            StoreError: it cannot be read.
        """
        path = self.sidecar(digest)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as cause:
            # Not the same as “there is none”: that would ask, and pay, for the picture again.
            raise _damaged(path, str(cause)) from cause
        return _parsed(text, path)

    def told(self, text: str) -> dict[str, Any]:
        """Return what an entry of the index tells.

        Raises:
            StoreError: it cannot be read.
        """
        return _parsed(text, self.index.folder)

    def _there(self, digest: str, made: Mapping[str, Any]) -> Stored | None:
        """Return the picture that is told of, unless its format is older or its file is away."""
        if _is_older(made):
            return None
        stored = self.stored(digest, made)
        return stored if stored.path.is_file() else None

    def sidecar(self, digest: str) -> Path:
        """Return the path of a digest's sidecar."""
        return self.home / "made" / digest[:2] / f"{digest}.json"

    def stored(self, digest: str, made: Mapping[str, Any]) -> Stored:
        """Return the picture that a sidecar tells of; its file may be missing.

        Raises:
            StoreError: what it tells makes no sense, or is of a newer format.
        """
        _refuse_newer(made, self.sidecar(digest))
        try:
            sha256, media_type = str(made["sha256"]), str(made["media_type"])
            cost, estimated = Decimal(made["cost_usd"]), bool(made["estimated"])
        except (KeyError, TypeError, ValueError, InvalidOperation):
            raise _damaged(self.sidecar(digest), "something is missing or misshapen") from None
        if not _SHA256.fullmatch(sha256):
            raise _damaged(self.sidecar(digest), "it names a picture that cannot be")
        path = self.home / "pictures" / sha256[:2] / f"{sha256}{suffix_of(media_type)}"
        return Stored(digest, sha256, path, media_type, cost, estimated)


def _entry(made: Mapping[str, Any]) -> str:
    keys = ("v", "sha256", "media_type", "cost_usd", "estimated")
    return json.dumps({key: made[key] for key in keys})


def _is_older(made: Mapping[str, Any]) -> bool:
    """Say whether an entry is of a format that is no longer read: its digest is of none today."""
    version = made.get("v")
    return isinstance(version, int) and version < DIGEST_VERSION


def _refuse_newer(made: Mapping[str, Any], source: Path) -> None:
    version = made.get("v")
    if not isinstance(version, int):
        raise _damaged(source, "it does not tell the version of its format")
    if version > DIGEST_VERSION:
        raise StoreError(
            f"{source} is of format {version}, and this promptkit reads up to {DIGEST_VERSION}: a "
            "newer promptkit wrote it",
            fix="update promptkit here as well: pip install --upgrade brand-promptkit",
        )


def _parsed(text: str, source: Path) -> dict[str, Any]:
    try:
        made = json.loads(text)
    except ValueError as cause:
        raise _damaged(source, f"it is not JSON ({cause})") from None
    if not isinstance(made, dict):
        raise _damaged(source, "it is not a JSON object")
    return made


def _damaged(path: Path, why: str) -> StoreError:
    return StoreError(
        f"what is known of a picture that was paid for cannot be read: {path}: {why}",
        fix="bring the file back from a backup, or move it away: the picture is then paid for anew",
    )
