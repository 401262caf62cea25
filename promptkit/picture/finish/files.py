"""Where finished files go, and how they are called."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promptkit.brand.channels import FileFormat
from promptkit.brand.profile import Brand
from promptkit.client.files import write_durably
from promptkit.errors import BriefError, Finding
from promptkit.picture.audit.laid import FINISHED
from promptkit.picture.finish.encoding import suffix
from promptkit.picture.finish.making import Made
from promptkit.picture.finish.source import Source

FOLDER = "finished"
#: Put behind the name of a file that failed a check it must pass: nobody uploads it unawares.
UNFIT = "-unfit"
_SIDECAR = ".json"


def file_name(source: Source, brand: Brand, channel: str) -> str:
    """Return a file's name without its ending: brand, template, run, take, channel and size."""
    width, height = brand.channel(channel).size
    if source.record and source.shot:
        made = [source.record.template.name, _short_id(source.record.id), f"{source.shot.take}"]
    else:
        made = [source.path.stem]
    return "_".join(map(_slug, [brand.id, *made, channel, f"{width}x{height}"]))


def free_name(folder: Path, stem: str, kind: FileFormat, wanted: Mapping[str, str]) -> str:
    """Return the name of a finished file: ``stem``, with a mark where that names another file.

    ``wanted`` is what makes a file another one: its picture, its words, its market. What was
    finished from the same is replaced, all else stays.

    Raises:
        BriefError: a file of somebody else has the name.
    """
    mark = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:8]
    for name in (stem, f"{stem}_{mark}"):
        there = [_told(file) for file in _names(folder, name, kind) if _taken(file)]
        if all(told == wanted for told in there):
            break
    return name


def write(
    folder: Path, stem: str, kind: FileFormat, made: Made, wanted: Mapping[str, str]
) -> tuple[Path, Path]:
    """Write a finished file and the note beside it; return both paths.

    An earlier file of the same name is replaced; a fit one never by one that is unfit.

    Raises:
        BriefError: it cannot be written.
    """
    path, unfit = _names(folder, stem, kind)
    stale = [unfit, _sidecar(unfit)] if made.audit.ok else []
    if not made.audit.ok:
        path = unfit
    file = {"name": path.name, "sha256": made.sha256} | made.told["file"]
    told = made.told | {"wanted": dict(wanted), "file": file}
    text = json.dumps(told, indent=2, ensure_ascii=False)
    try:
        write_durably(path, made.data)
        write_durably(_sidecar(path), text.encode())
        for old in stale:
            old.unlink(missing_ok=True)
    except OSError as cause:
        message = f"{path} cannot be written: {cause.strerror or cause}"
        fix = "name another folder: --out"
        raise BriefError(Finding("not-written", message, fix=fix)) from None
    return path, _sidecar(path)


def _names(folder: Path, stem: str, kind: FileFormat) -> tuple[Path, Path]:
    """Return what a file is called when it is fit, and when it is not."""
    return folder / f"{stem}{suffix(kind)}", folder / f"{stem}{UNFIT}{suffix(kind)}"


def _taken(file: Path) -> bool:
    return file.exists() or _sidecar(file).exists()


def _told(file: Path) -> Any:
    """Return what a file was finished from, by the note beside it.

    Raises:
        BriefError: no note of ours is there: it is a file of somebody else.
    """
    try:
        told = json.loads(_sidecar(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or told.get("promptkit") != FINISHED:
        theirs = file if file.exists() else _sidecar(file)
        message = f"{theirs} is there already, and was not made by promptkit"
        raise BriefError(Finding("file-exists", message, fix="name another folder: --out"))
    return told.get("wanted")


def _sidecar(file: Path) -> Path:
    return file.with_name(file.name + _SIDECAR)


def _short_id(run: str) -> str:
    """Return a run's time and its last four signs: brand and template are told beside it."""
    parts = run.split("-")
    return "-".join([*parts[:2], parts[-1]]) if len(parts) > 3 else run


def _slug(text: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.") or "picture"
