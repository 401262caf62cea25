"""Finding and reading brand profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from promptkit.brand.files import missing_files, rebase
from promptkit.brand.long_form import long_form
from promptkit.brand.merging import merge, plus_keys
from promptkit.brand.parents import SUFFIXES, Lineage, refuse_other_data
from promptkit.brand.profile import Brand
from promptkit.documents import Document, parse_yaml, read_yaml, validate
from promptkit.errors import MAX_FINDINGS, BrandError, Finding, unknown
from promptkit.faults import position
from promptkit.shapes import Path_
from promptkit.watched import changed, looked_for, unchanged

__all__ = ["SUFFIXES", "BrandLibrary", "load_brand", "parse_brand"]


def load_brand(path: Path, folders: Iterable[Path] = ()) -> Brand:
    """Read a brand profile, with the profiles that it builds on.

    Args:
        path: the profile's file.
        folders: where parents are looked for by name; the profile's own folder always is.

    Raises:
        BrandError: with every fault of the files, each with line, column and fix.
    """
    return _load(path, tuple(folders))[0]


def parse_brand(text: str, file: str = "brand.yaml", folders: Iterable[Path] = ()) -> Brand:
    """Read a brand profile from text, as if it stood in ``file``.

    Raises:
        BrandError: with every fault of the text.
    """
    document = parse_yaml(text, file, BrandError)
    return _brand(document, tuple(folders), {})


def _load(path: Path, folders: Sequence[Path]) -> tuple[Brand, dict[Path, int]]:
    """Return a brand, and when the files that it was made of were changed."""
    watched = {path: changed(path)}
    return _brand(read_yaml(path, BrandError), folders, watched), watched


def _brand(document: Document, folders: Sequence[Path], watched: dict[Path, int]) -> Brand:
    refuse_other_data(document)
    documents = Lineage(document, folders, watched).documents
    _refuse_plus(documents[-1])
    written = {}
    if len(documents) > 1:
        document = merged = merge(Brand, documents)
        written = rebase(merged)
    data = document.data
    if data.get("id", "") == "":
        data = {**data, "id": Path(document.file).stem}
    try:
        brand = _validated(document, data, written)
    except BrandError as error:
        raise BrandError(_told_of(document, error.findings)) from None
    brand._document, brand._written_paths = document, written
    return brand


def _validated(document: Document, data: dict[str, Any], written: dict[Path_, str]) -> Brand:
    """Return a profile's model; faults of its data are told together with files that lack."""
    findings: Iterable[Finding] = ()
    try:
        brand = validate(Brand, document, data, BrandError)
        data = brand.as_data
    except BrandError as error:
        findings = error.findings
    missing = islice(missing_files(data, document, written), MAX_FINDINGS)
    if findings := [*findings, *missing]:
        raise BrandError(sorted(findings, key=position))
    return brand


def _refuse_plus(document: Document) -> None:
    """Refuse ``+key`` in a profile that builds on no other."""
    if not any(str(step).startswith("+") for path in document.marks for step in path[-1:]):
        return
    data = long_form(Brand, document.data, {}).data
    fix = "write it without the plus, or name the profile to add to: extends: NAME"
    if found := plus_keys(Brand, data, (), document, (), fix):
        raise BrandError(found)


def _told_of(document: Document, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Say of faults in a parent's file which profile brought them to light."""
    name = Path(document.file).name
    for finding in findings:
        elsewhere = finding.place and finding.place.file != document.file
        message = f"{finding.message} (in {name}, which builds on this file)"
        yield replace(finding, message=message) if elsewhere else finding


class BrandLibrary:
    """The brands on a search path: the first folder that has a name wins."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._read: dict[Path, tuple[Brand, dict[Path, int]]] = {}
        self._known: dict[str, tuple[Brand, dict[Path, int]]] = {}

    def paths(self) -> dict[str, Path]:
        """Return every brand's name with its file, by name."""
        found: dict[str, Path] = {}
        for folder in self._folders:
            for path in sorted(folder.glob("*")) if folder.is_dir() else ():
                if path.suffix in SUFFIXES and not path.name.startswith("_") and path.is_file():
                    found.setdefault(path.stem, path)
        return dict(sorted(found.items()))

    def get(self, name: str) -> Brand:
        """Return a brand by name, or by the path of its file.

        Raises:
            BrandError: there is none, or its file has faults.
        """
        return self._get(name)[0]

    def files(self, name: str) -> tuple[Path, ...]:
        """Return the files that a brand is made of, and those where it and its parents may be.

        Raises:
            BrandError: as ``get`` does.
        """
        return tuple(self._get(name)[1])

    def parse(self, text: str, file: str) -> Brand:
        """Read a brand profile from text, as if it stood in ``file``; its parents are found here.

        Raises:
            BrandError: with every fault of the text.
        """
        return parse_brand(text, file, self._folders)

    def _get(self, name: str) -> tuple[Brand, dict[Path, int]]:
        known = self._known.get(name)
        if known is None or not unchanged(known[1]):
            watched: dict[Path, int] = {}
            brand, files = self._load(self._path(name, watched))
            known = self._known[name] = (brand, watched | files)
        return known

    def _load(self, path: Path) -> tuple[Brand, dict[Path, int]]:
        known = self._read.get(path)
        if known is None or not unchanged(known[1]):
            known = self._read[path] = _load(path, self._folders)
        return known

    def _path(self, name: str, watched: dict[Path, int]) -> Path:
        path = Path(name)
        if path.suffix in SUFFIXES:
            return path
        if path.name == name and not name.startswith("_"):
            names = [f"{name}{suffix}" for suffix in SUFFIXES]
            for folder in self._folders:
                if found := next(looked_for(names, folder, watched), None):
                    return found[0]
        message, fix = unknown("brand", name, self.paths())
        raise BrandError(Finding("unknown-brand", message, fix=fix))
