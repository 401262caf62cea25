"""The files that a profile names: each is found from the folder of the profile that named it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from promptkit.brand.merging import Merged, owner
from promptkit.documents import Document
from promptkit.errors import Finding, nearest
from promptkit.shapes import Path_

#: Where paths of files stand in a profile; * is any name or number.
_PLACES = (
    ("subjects", "*", "refs", "*"),
    ("logo", "files", "*", "path"),
    ("style", "references", "*", "path"),
    ("typography", "*", "path"),
)


def rebase(document: Merged) -> dict[Path_, str]:
    """Make the paths of parents in other folders lead from the profile's own folder.

    Returns:
        what was written where a path was changed.
    """
    written: dict[Path_, str] = {}
    home = Path(document.file).parent.resolve()
    for path, text in list(named_files(document.data)):
        folder = Path(owner(document, path).file).parent.resolve()
        if folder != home and text.strip():
            written[path] = text.strip()
            _put(document.data, path, _from(home, folder / text.strip()))
    return written


def _from(home: Path, file: Path) -> str:
    try:
        return Path(os.path.relpath(file, home)).as_posix()
    except ValueError:  # on another drive
        return str(file)


def _put(data: Any, path: Path_, text: str) -> None:
    *above, key = path
    for step in above:
        data = data[step]
    data[key] = text


def named_files(data: Any) -> Iterator[tuple[Path_, str]]:
    """Yield each path of a file in a profile's data, with where it stands there."""
    for pattern in _PLACES:
        yield from _matches(data, pattern, ())


def _matches(data: Any, pattern: tuple[str, ...], at: Path_) -> Iterator[tuple[Path_, str]]:
    if not pattern:
        if isinstance(data, str):
            yield at, data
        return
    step, *rest = pattern
    if isinstance(data, dict):
        for key in list(data) if step == "*" else [step] * (step in data):
            yield from _matches(data[key], tuple(rest), (*at, key))
    elif isinstance(data, list) and step == "*":
        for number, item in enumerate(data):
            yield from _matches(item, tuple(rest), (*at, number))


def missing_files(
    data: dict[str, Any], document: Document, written: dict[Path_, str]
) -> Iterator[Finding]:
    """Yield a finding for each file that is not there, or outside its profile's folder.

    Args:
        data: the validated profile.
        document: the profile's document, for the places.
        written: the paths that were written another way than they stand in ``data``.
    """
    for at, changed in named_files(data):
        path = written.get(at, changed)
        root = Path(owner(document, at).file).parent.resolve()
        place = document.place(at)
        try:
            target = (root / path).resolve()
            inside, there = target.is_relative_to(root), target.is_file()
        except (OSError, ValueError):  # too long, or with a character that no name may have
            inside, there = True, False
        if not inside:
            message = f"“{path}” lies outside the profile's folder"
            fix = f"copy it into {root.name}/ and name it from there"
            yield Finding("path-outside", message, place=place, fix=fix)
        elif not there:
            message, fix = f"there is no file “{_shown(path)}”", _file_fix(root, path)
            yield Finding("missing-file", message, place=place, fix=fix)


def _shown(path: str) -> str:
    """Return a path for a message, without the signs that no terminal shows."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in path)


def _file_fix(root: Path, path: str) -> str:
    """Say where paths start, and name the file that was perhaps meant."""
    if re.match(r"[a-z]{2,8}://|~|[A-Za-z]:", path):
        return f"copy the file into {root.name}/ and name it from there"
    fix = f"paths start at the profile's folder, {root}"
    named = PurePosixPath(path.replace("\\", "/"))
    try:
        there = {file.name for file in (root / named.parent).iterdir() if file.is_file()}
    except (OSError, ValueError):
        return fix
    near = named.name if named.name in there else nearest(named.name, there)
    return f"did you mean “{named.with_name(near)}”? {fix}" if near else fix
