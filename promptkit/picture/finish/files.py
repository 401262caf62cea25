"""Where finished files go, and how they are called."""

from __future__ import annotations

import json
import re
from pathlib import Path

from promptkit.brand.channels import FileFormat
from promptkit.brand.profile import Brand
from promptkit.client.files import write_durably
from promptkit.errors import BriefError, Finding
from promptkit.picture.finish.encoding import suffix
from promptkit.picture.finish.making import Made
from promptkit.picture.finish.source import Source

FOLDER = "finished"
#: Put behind the name of a file that failed a check it must pass: nobody uploads it unawares.
UNFIT = "-unfit"
_SIDECAR = ".json"
_KIND = "finished/v1"


def file_name(source: Source, brand: Brand, channel: str) -> str:
    """Return a file's name without its ending: brand, template, run, take, channel and size."""
    width, height = brand.channel(channel).size
    if source.record and source.shot:
        made = [source.record.template.name, _short_id(source.record.id), f"{source.shot.take}"]
    else:
        made = [source.path.stem]
    return "_".join(map(_slug, [brand.id, *made, channel, f"{width}x{height}"]))


def check_free(folder: Path, stem: str, kind: FileFormat) -> None:
    """Check that no file of somebody else has the name that a finished file will get.

    Raises:
        BriefError: one has.
    """
    for file in _names(folder, stem, kind):
        if file.exists() and not _ours(file):
            message = f"{file} is there already, and was not made by promptkit"
            raise BriefError(Finding("file-exists", message, fix="name another folder: --out"))


def write(folder: Path, stem: str, kind: FileFormat, made: Made) -> tuple[Path, Path]:
    """Write a finished file and the note beside it; return both paths.

    An earlier file of the same name is replaced, also one that was unfit.

    Raises:
        BriefError: it cannot be written.
    """
    path, other = _names(folder, stem, kind)
    if not made.audit.ok:
        path, other = other, path
    told = made.told | {"file": {"name": path.name} | made.told["file"]}
    text = json.dumps(told, indent=2, ensure_ascii=False)
    try:
        write_durably(path, made.data)
        write_durably(_sidecar(path), text.encode())
        for file in (other, _sidecar(other)):
            file.unlink(missing_ok=True)
    except OSError as cause:
        message = f"{path} cannot be written: {cause.strerror or cause}"
        fix = "name another folder: --out"
        raise BriefError(Finding("not-written", message, fix=fix)) from None
    return path, _sidecar(path)


def _names(folder: Path, stem: str, kind: FileFormat) -> tuple[Path, Path]:
    """Return what a file is called when it is fit, and when it is not."""
    return folder / f"{stem}{suffix(kind)}", folder / f"{stem}{UNFIT}{suffix(kind)}"


def _ours(file: Path) -> bool:
    try:
        told = json.loads(_sidecar(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("promptkit") == _KIND


def _sidecar(file: Path) -> Path:
    return file.with_name(file.name + _SIDECAR)


def _short_id(run: str) -> str:
    """Return a run's time and its last four signs: brand and template are told beside it."""
    parts = run.split("-")
    return "-".join([*parts[:2], parts[-1]]) if len(parts) > 3 else run


def _slug(text: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.") or "picture"
