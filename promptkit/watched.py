"""Whether a file that something was made of has changed since."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

NONE = -1
"""Stands for the time of a file that is not there."""


def changed(path: Path) -> int:
    """Return when a file was changed last, in ns; ``NONE`` when there is none that can be read."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 – twice as fast, and asked for each prompt
    except (OSError, ValueError):  # a name that no file system takes is a ValueError
        return NONE


def unchanged(watched: Mapping[Path, int]) -> bool:
    """Say whether all files are as they were; a file that was not there still must not be."""
    for path, time in watched.items():  # noqa: SIM110 – so is this, without a generator
        if changed(path) != time:
            return False
    return True


def looked_for(
    names: Iterable[str], folder: Path, watched: dict[Path, int]
) -> Iterator[tuple[Path, str]]:
    """Yield the files that are there by some names, each with its name, and watch them all.

    A folder that is not there is watched itself, in place of all that could be in it.
    """
    if changed(folder) == NONE:
        watched[folder] = NONE
        return
    for name in names:
        path = folder / name
        watched[path] = changed(path)
        if is_file(path):
            yield path, name


def is_file(path: Path) -> bool:
    """Say whether there is such a file; a name that no file system takes is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
