"""Finding and reading brand profiles."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from promptkit.brand.profile import Brand
from promptkit.documents import Document, parse_yaml, read_yaml, validate
from promptkit.errors import BrandError, Finding, unknown

SUFFIXES = (".yaml", ".yml")


def load_brand(path: Path) -> Brand:
    """Read a brand profile.

    Raises:
        BrandError: with every fault of the file, each with line, column and fix.
    """
    return _brand(read_yaml(path, BrandError), path.stem)


def parse_brand(text: str, file: str = "brand.yaml") -> Brand:
    """Read a brand profile from text.

    Raises:
        BrandError: with every fault of the text.
    """
    return _brand(parse_yaml(text, file, BrandError), Path(file).stem)


def _brand(document: Document, stem: str) -> Brand:
    if not isinstance(document.data, dict):
        raise BrandError(
            Finding(
                "not-a-profile",
                "a brand profile is a list of keys: name, colors, tone, style",
                place=document.place(),
            )
        )
    brand = validate(Brand, document, {"id": stem} | document.data, BrandError)
    brand._document = document
    missing = list(_missing_files(brand, document))
    if missing:
        raise BrandError(missing)
    return brand


def _missing_files(brand: Brand, document: Document) -> Iterable[Finding]:
    root = brand.folder.resolve()
    for path, where in _files(brand):
        target = (root / path).resolve()
        place = document.place(where)
        if not target.is_relative_to(root):
            yield Finding(
                "path-outside",
                f"{path} lies outside the profile's folder",
                place=place,
                fix=f"copy it into {root.name}/ and name it from there",
            )
        elif not target.is_file():
            yield Finding(
                "missing-file",
                f"there is no file {path}",
                place=place,
                fix=f"paths start at the profile's folder, {root}",
            )


def _files(brand: Brand) -> Iterable[tuple[str, tuple[str | int, ...]]]:
    for name, subject in brand.subjects.items():
        for number, ref in enumerate(subject.refs):
            yield ref, ("subjects", name, "refs", number)
    for number, logo in enumerate(brand.logo.files):
        yield logo.path, ("logo", "files", number, "path")
    for number, reference in enumerate(brand.style.references):
        if reference.path:
            yield reference.path, ("style", "references", number, "path")
    for kind, typeface in (("display", brand.typography.display), ("body", brand.typography.body)):
        if typeface.path:
            yield typeface.path, ("typography", kind, "path")


class BrandLibrary:
    """The brands on a search path: the first folder that has a name wins."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._read: dict[Path, tuple[int, Brand]] = {}

    def paths(self) -> dict[str, Path]:
        """Return every brand's name with its file, by name."""
        found: dict[str, Path] = {}
        for folder in self._folders:
            for path in sorted(folder.glob("*")) if folder.is_dir() else ():
                if path.suffix in SUFFIXES and not path.name.startswith("_"):
                    found.setdefault(path.stem, path)
        return dict(sorted(found.items()))

    def get(self, name: str) -> Brand:
        """Return a brand by name, or by the path of its file.

        Raises:
            BrandError: there is none, or its file has faults.
        """
        path = Path(name)
        if path.suffix not in SUFFIXES:
            paths = self.paths()
            if name not in paths:
                message, fix = unknown("brand", name, paths)
                raise BrandError(Finding("unknown-brand", message, fix=fix))
            path = paths[name]
        return self._load(path)

    def _load(self, path: Path) -> Brand:
        changed = path.stat().st_mtime_ns if path.exists() else 0
        known = self._read.get(path)
        if known is None or known[0] != changed:
            known = self._read[path] = (changed, load_brand(path))
        return known[1]
