"""Files that are whole or absent, whatever happens in between."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is whole or absent: temporary name, flush, rename.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    fresh = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    for folder in (path.parent, *(new.parent for new in fresh)):
        _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    """Make a new name in a folder durable, where the system can: Windows cannot open folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
