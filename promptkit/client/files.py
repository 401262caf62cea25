"""Files that are whole or absent, whatever happens in between."""

from __future__ import annotations

import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is whole or absent: temporary name, flush, rename.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    write_all_durably({path: data})


def write_all_durably(files: Mapping[Path, bytes]) -> None:
    """Write files as ``write_durably`` does, and wait for the disk once for all of them.

    They get their names in the order given; when it returns, all of them are on disk.

    Raises:
        OSError: one of them cannot be written.
    """
    fresh = {folder for path in files for folder in path.parents if not folder.exists()}
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
    parts = {path: path.with_name(f".{uuid.uuid4().hex}.part") for path in files}
    try:
        with ExitStack() as opened:
            handles = []
            for path, part in parts.items():
                file = opened.enter_context(part.open("xb"))
                file.write(files[path])
                file.flush()
                handles.append(file.fileno())
            _at_once(flush, handles)
        for path, part in parts.items():
            part.replace(path)
    except BaseException:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
        raise
    _at_once(_flush_folder, {*(path.parent for path in files), *(new.parent for new in fresh)})


def flush(handle: int) -> None:
    """Wait until what was written to a file is on disk.

    Raises:
        OSError: it cannot be.
    """
    if sys.platform == "darwin":
        import fcntl

        with suppress(OSError):  # not every volume knows it
            # There, fsync alone leaves it in the drive's own memory.
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)


def _flush_folder(folder: Path) -> None:
    """Make a new name in a folder durable, where the system can: Windows cannot open folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            flush(handle)
        finally:
            os.close(handle)


def _at_once(work: Callable[[T], None], items: Iterable[T]) -> None:
    """Do work for all items at the same time: a disk that is asked at once answers at once.

    Raises:
        OSError: what the work for one of them raised.
    """
    first, *rest = items
    failed: list[OSError] = []

    def guarded(item: T) -> None:
        try:
            work(item)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(item,)) for item in rest]
    started = [thread for thread in threads if _starts(thread)]
    for item in (first, *rest[len(started) :]):
        guarded(item)
    for thread in started:
        thread.join()
    if failed:
        raise failed[0]


def _starts(thread: threading.Thread) -> bool:
    """Start a thread, if any still starts: at the program's end none does."""
    try:
        thread.start()
    except RuntimeError:
        return False
    return True
