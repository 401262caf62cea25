"""Finding and reading brand profiles."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from promptkit.brand.profile import Brand
from promptkit.documents import Document, parse_yaml, read_yaml, validate
from promptkit.errors import BrandError, Finding, nearest, unknown

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
    data = document.data
    if not isinstance(data, dict):
        message = "the profile is empty" if data is None else "a brand profile is a group of keys"
        fix = "it needs three keys at least: name, colors and style"
        raise BrandError(Finding("not-a-profile", message, place=document.place(), fix=fix))
    if data.get("id", "") == "":
        data = {**data, "id": stem}
    brand = validate(Brand, document, data, BrandError)
    brand._document = document
    missing = list(_missing_files(brand, document))
    if missing:
        raise BrandError(missing)
    return brand


def _missing_files(brand: Brand, document: Document) -> Iterable[Finding]:
    root = brand.folder.resolve()
    for path, where in _files(brand):
        place = document.place(where)
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
            yield Finding(
                "missing-file", f"there is no file “{path}”", place=place, fix=_file_fix(root, path)
            )


def _file_fix(root: Path, path: str) -> str:
    """Say where paths start, and name the file that was perhaps meant."""
    fix = f"paths start at the profile's folder, {root}"
    named = PurePosixPath(path.replace("\\", "/"))
    try:
        there = {file.name for file in (root / named.parent).iterdir() if file.is_file()}
    except (OSError, ValueError):
        return fix
    near = named.name if named.name in there else nearest(named.name, there)
    return f"did you mean “{named.with_name(near)}”? {fix}" if near else fix


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
                if path.suffix in SUFFIXES and not path.name.startswith("_") and path.is_file():
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
        try:
            changed = path.stat().st_mtime_ns
        except (OSError, ValueError):
            changed = 0  # reading it says why
        known = self._read.get(path)
        if known is None or known[0] != changed:
            known = self._read[path] = (changed, load_brand(path))
        return known[1]
