"""The picture store: content-addressed files, how each was made, and an index over them.

Pictures are kept byte for byte as the provider sent them, so that their provenance marks
survive. The index is diskcache's, with small JSON values only: what it reads it never unpickles
(CVE-2025-69872), and it can be rebuilt from the sidecars.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import diskcache
from diskcache.core import MODE_RAW

from promptkit.client.request import DIGEST_VERSION, suffix_of
from promptkit.errors import StoreError


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture in the store, and what it cost in USD when it was made."""

    digest: str
    sha256: str
    path: Path
    media_type: str
    cost: Decimal
    estimated: bool


class _TextDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Keys and values are text in the index's own rows: no pickle and no files, either way."""

    def put(self, key: Any) -> tuple[Any, bool]:
        if not isinstance(key, str):
            raise StoreError("the index takes text keys only")
        return key, True

    def get(self, key: Any, raw: bool) -> Any:
        if not (raw and isinstance(key, str)):
            raise _foreign()
        return key

    def store(self, value: Any, read: bool, key: Any = None) -> tuple[int, int, None, str]:
        if read or not isinstance(value, str):
            raise StoreError("the index takes text values only")
        return 0, MODE_RAW, None, value

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        if mode != MODE_RAW or filename is not None or not isinstance(value, str):
            raise _foreign()
        return value


def _foreign() -> StoreError:
    return StoreError(
        "the picture index holds something that promptkit never wrote",
        fix="move .promptkit/index away; it is rebuilt from the pictures",
    )


class PictureStore:
    """Pictures by the digest of the request that made them."""

    def __init__(self, home: Path) -> None:
        """Take the state folder; nothing is created before the first picture."""
        self._home = home

    @cached_property
    def _index(self) -> diskcache.Cache:
        return diskcache.Cache(
            str(self._home / "index"),
            disk=_TextDisk,
            eviction_policy="none",
            cull_limit=0,
            sqlite_synchronous=1,
        )

    def get(self, digest: str) -> Stored | None:
        """Return the picture of a digest, or ``None`` when there is none.

        Raises:
            StoreError: the index holds what promptkit never wrote.
        """
        if not (self._home / "index").is_dir() and not self._sidecar(digest).is_file():
            return None
        text = self._index.get(digest)
        made = json.loads(text) if text else self._made(digest)
        if made is None or made.get("v") != DIGEST_VERSION:
            return None
        stored = self._stored(digest, made)
        if not stored.path.is_file():
            return None
        if not text:
            self._index[digest] = json.dumps(_entry(made))
        return stored

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
        """Keep a picture, durably: bytes first, then how it was made, then the index."""
        record = {
            **made,
            "v": DIGEST_VERSION,
            "sha256": sha256,
            "media_type": media_type,
            "cost_usd": str(cost),
            "estimated": estimated,
        }
        stored = self._stored(digest, record)
        if not stored.path.is_file():
            write_durably(stored.path, data)
        text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
        write_durably(self._sidecar(digest), text.encode())
        self._index[digest] = json.dumps(_entry(record))
        return stored

    def rebuild(self) -> int:
        """Rebuild the index from the sidecars; return how many pictures it holds."""
        self._index.clear()
        for digest in self._digests():
            self.get(digest)
        return len(self._index)

    def close(self) -> None:
        """Close the index, if it was opened."""
        if "_index" in self.__dict__:
            self._index.close()

    def _digests(self) -> Iterator[str]:
        for path in sorted((self._home / "made").glob("??/*.json")):
            yield path.stem

    def _made(self, digest: str) -> dict[str, Any] | None:
        try:
            made: dict[str, Any] = json.loads(self._sidecar(digest).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return made

    def _sidecar(self, digest: str) -> Path:
        return self._home / "made" / digest[:2] / f"{digest}.json"

    def _stored(self, digest: str, made: Mapping[str, Any]) -> Stored:
        sha256 = str(made["sha256"])
        if not (len(sha256) == 64 and sha256.isalnum()):
            raise _foreign()
        media_type = str(made["media_type"])
        path = self._home / "pictures" / sha256[:2] / f"{sha256}{suffix_of(media_type)}"
        return Stored(
            digest, sha256, path, media_type, Decimal(made["cost_usd"]), bool(made["estimated"])
        )


def _entry(made: Mapping[str, Any]) -> dict[str, Any]:
    return {key: made[key] for key in ("v", "sha256", "media_type", "cost_usd", "estimated")}


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is whole or absent: temporary name, flush, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows cannot open folders, and its renames are flushed with the file
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
