"""The profiles that a profile builds on: found by name or by path, read one after the other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from promptkit.documents import Document, read_yaml
from promptkit.errors import BrandError, Finding, unknown
from promptkit.watched import changed, is_file

SUFFIXES = (".yaml", ".yml")

#: More parents than this, one above the other, nobody can follow.
MAX_PARENTS = 8


class Lineage:
    """A profile's document with those of its parents, the nearest first.

    ``watched`` has each file that was read or looked for, with the time of its last change:
    while none of them changes, the lineage is the same.
    """

    def __init__(self, document: Document, folders: Sequence[Path], watched: dict[Path, int]):
        self.documents = [document]
        self.watched = watched
        self._folders = folders
        while "extends" in _keys(self.documents[-1]):
            self._climb()

    def _climb(self) -> None:
        parent = self._parent()
        here = {_real(Path(document.file)) for document in self.documents}
        if _real(parent) == _real(Path(self.documents[-1].file)):
            fix = "name the profile that it builds on, or delete the line"
            raise self._error("extends-cycle", "this profile builds on itself", fix)
        if _real(parent) in here:
            raise self._error(
                "extends-cycle",
                f"these profiles build on each other in a circle: {self._chain(parent.name)}",
                "take `extends` out of one of them",
            )
        if len(self.documents) > MAX_PARENTS:
            raise self._error(
                "extends-depth",
                f"this profile has more than {MAX_PARENTS} parents: {self._chain(parent.name)}",
                "leave out some of the profiles between the first and the last",
            )
        self.watched[parent] = changed(parent)
        document = read_yaml(parent, BrandError)
        refuse_other_data(document)
        self.documents.append(document)

    def _parent(self) -> Path:
        wanted = _keys(self.documents[-1])["extends"]
        if not isinstance(wanted, str) or not wanted.strip():
            empty = wanted is None or wanted == ""
            raise self._error(
                "extends",
                "`extends` is empty" if empty else "`extends` takes one parent",
                "name a brand, as in extends: tidewell, or the path of its file"
                + (", or delete the line" if empty else ""),
            )
        wanted = wanted.strip()
        by_path = Path(wanted).suffix in SUFFIXES or "/" in wanted or "\\" in wanted
        return self._by_path(wanted) if by_path else self._by_name(wanted)

    def _by_path(self, wanted: str) -> Path:
        path = _tidy(self._folder / wanted)
        roots = [_real(folder) for folder in (self._folder, *self._folders)]
        if not any(_real(path).is_relative_to(root) for root in roots):
            raise self._error(
                "path-outside",
                f"“{wanted}” lies outside the folders of the profiles ({self._chain(wanted)})",
                f"copy it into {roots[0].name}/, or name a brand",
            )
        self.watched[path] = changed(path)
        if not is_file(path):
            raise self._error(
                "missing-parent",
                f"there is no file “{wanted}” to build on ({self._chain(wanted)})",
                f"paths start at the profile's folder, {roots[0]}",
            )
        return path

    def _by_name(self, wanted: str) -> Path:
        itself = _real(Path(self.documents[-1].file))
        found = None
        for folder in self._searched():
            for path in (folder / f"{wanted}{suffix}" for suffix in SUFFIXES):
                self.watched[path] = changed(path)
                if is_file(path):
                    found = path
                    if _real(path) != itself:
                        return path
        if found:
            return found
        message, fix = unknown("brand", wanted, self._names())
        message = f"{message} to build on ({self._chain(wanted)})"
        raise self._error("missing-parent", message, fix)

    @property
    def _folder(self) -> Path:
        return Path(self.documents[-1].file).parent

    def _searched(self) -> list[Path]:
        """Return the search path, with the profile's own folder first if it is not on it."""
        own = _real(self._folder)
        on_it = any(_real(folder) == own for folder in self._folders)
        return [*self._folders] if on_it else [self._folder, *self._folders]

    def _names(self) -> set[str]:
        itself = Path(self.documents[-1].file).name
        files = {path for folder in self._searched() for path in _files(folder)}
        return {path.stem for path in files if path.name != itself}

    def _chain(self, last: str) -> str:
        return " → ".join([*(Path(document.file).name for document in self.documents), last])

    def _error(self, rule: str, message: str, fix: str) -> BrandError:
        place = self.documents[-1].place(("extends",))
        return BrandError(Finding(rule, message, place=place, fix=fix))


def refuse_other_data(document: Document) -> None:
    """Refuse a document that is no group of keys.

    Raises:
        BrandError: it is empty, or a list, or a text.
    """
    if not isinstance(document.data, dict):
        message = "a brand profile is a group of keys"
        if document.data is None:
            message = "the profile is empty"
        fix = "it needs three keys at least: name, colors and style"
        raise BrandError(Finding("not-a-profile", message, place=document.place(), fix=fix))
    if str(document.data.get("promptkit")).startswith("template/"):
        place, fix = document.place(("promptkit",)), "keep it in templates/, as a file NAME.j2"
        message = "this is a template, not a brand profile"
        raise BrandError(Finding("not-a-profile", message, place=place, fix=fix))


def _keys(document: Document) -> dict[str, object]:
    return document.data if isinstance(document.data, dict) else {}


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError):  # too long, or with a character that no name may have
        return path.absolute()


def _tidy(path: Path) -> Path:
    """Return a path without its ``..``, where that leads to the same file."""
    tidy = Path(os.path.normpath(path))
    return tidy if _real(tidy) == _real(path) else path


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file()]
    except OSError:
        return []
