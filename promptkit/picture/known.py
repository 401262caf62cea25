"""What a project's runs know of a picture: the run that drew it, found by its place or bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from promptkit.errors import BriefError
from promptkit.picture.report_view import standing_for
from promptkit.workflow.run import RECORD, Record, RunFolder, Shot


@dataclass(frozen=True, slots=True)
class Known:
    """A run's picture that a file is, byte for byte, or was made from."""

    record: Record
    shot: Shot
    path: Path
    """The run's record."""
    channel: str = ""
    """The channel that the file was finished for."""


def file_of(picture: str | Path, runs: RunFolder) -> Path:
    """Return a picture's path; a run's id, or ``last``, is its final, its pick or a preview.

    Raises:
        BriefError: the run cannot be read.
    """
    path, name = Path(picture).expanduser(), str(picture)
    if path.is_file() or not (name == "last" or runs.has(name)):
        return path
    record = runs.read(name)
    shot = standing_for(record)
    return runs.path(record.id) / shot.file if shot else path


def in_runs(path: Path, sha256: str, runs: RunFolder) -> Iterator[Known]:
    """Yield what each run knows of a file, given by where it really lies and its bytes."""
    for run in runs.ids():
        try:
            record = runs.read(run)
        except BriefError:  # a copy, or one that cannot be read: not what was asked about
            continue
        folder = runs.path(run)
        for shot in record.shots:
            if shot.sha256 == sha256:
                yield Known(record, shot, folder / RECORD)
            for file in record.finished:
                is_it = sha256 == file.sha256 or (
                    not file.sha256 and (folder / file.file).resolve() == path
                )
                if file.of == shot.digest and is_it:
                    yield Known(record, shot, folder / RECORD, file.channel)


def known(picture: Path | bytes, runs: RunFolder) -> Known | None:
    """Return what the runs know of a picture: its own, else the newest with its bytes."""
    path = Path() if isinstance(picture, bytes) else picture.expanduser().resolve()
    try:
        data = picture if isinstance(picture, bytes) else path.read_bytes()
    except OSError:  # whoever opens it says why
        return None
    found = [*in_runs(path, hashlib.sha256(data).hexdigest(), runs)]
    own = (one for one in found if path.is_relative_to(one.path.parent.resolve()))
    return next(own, found[-1] if found else None)
