"""The file that somebody asks for, with --out or without: never in place of another's."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from promptkit.client.files import write_durably
from promptkit.errors import BriefError, Finding

#: By what a page or a picture of ours is known; it stands near the beginning.
MARK = "made with promptkit"
_NEAR = 4096
#: Where the first chunk of a PNG ends, the one that must come first.
_HEAD = 33


def outfile(out: Path, name: str, source: Path | None = None) -> Path:
    """Return the file to write: ``out``, or ``name`` in it where it is a folder.

    Raises:
        BriefError: it has another ending than ``name``, is the source, or is a file that was not
            made by ``write_out``.
    """
    path = out / name if out.is_dir() else out
    ending = Path(name).suffix
    if path.suffix.lower() != ending:
        fix = f"name a file that ends in {ending}: --out {path.with_suffix(ending)}"
        message = f"{path} does not end in {ending}"
        raise BriefError(Finding("wrong-ending", message, fix=fix))
    fix = "name another file: --out"
    if source and path.exists() and path.samefile(source):
        message = f"{path} is the picture itself, which stays as it is"
        raise BriefError(Finding("file-exists", message, fix=fix))
    if path.exists() and not _ours(path):
        message = f"{path} is there already, and was not made by promptkit"
        raise BriefError(Finding("file-exists", message, fix=fix))
    return path


def write_out(path: Path, data: bytes) -> None:
    """Write a file that a person asked for.

    Raises:
        BriefError: it cannot be written.
    """
    try:
        write_durably(path, data)
    except OSError as cause:
        message = f"{path} cannot be written: {cause.strerror or cause}"
        raise BriefError(Finding("not-written", message, fix="name another file: --out")) from None


def marked_png(data: bytes) -> bytes:
    """Return a PNG that says that it is ours."""
    body = b"tEXtSoftware\0" + MARK.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_HEAD] + chunk + data[_HEAD:]


def _ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(_NEAR)
    except OSError:
        return False
