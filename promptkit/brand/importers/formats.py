"""The formats that can be imported, and the way in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from promptkit.brand.importers import aco, adcp, ase, brand_yml, tokens
from promptkit.brand.importers.assemble import assemble
from promptkit.brand.importers.found import Format, Imported
from promptkit.brand.importers.source import Source, fault, open_source
from promptkit.errors import BrandError

#: In the order in which they are tried: the plainest sign first.
FORMATS: tuple[Format, ...] = (
    ase.FORMAT,
    aco.FORMAT,
    adcp.FORMAT,
    tokens.FORMAT,
    brand_yml.FORMAT,
)


def import_brand(path: Path, *, name: str | None = None, stem: str | None = None) -> Imported:
    """Read a brand from a file of another tool; its content tells the format, not its ending.

    Args:
        path: The file, at most 2 MB.
        name: The brand's name, where the file's own should not count; of a file with several
            brands, the one to read.
        stem: The profile's id, which is also the name of its file.

    Raises:
        BrandError: the format is unknown, or the file is broken, refers to nothing, or holds
            no colour.
    """
    source = replace(open_source(path), wanted=name or "")
    kind = next((kind for kind in FORMATS if kind.matches(source)), None)
    if kind is None:
        raise _unknown(source)
    return assemble(kind.read(source), kind.name, path, name, stem)


def _unknown(source: Source) -> BrandError:
    if {"colors", "style"} <= source.keys.keys() or "promptkit" in source.keys:
        return fault(
            source.path,
            "own-profile",
            "this is a promptkit profile already",
            "put it into brand_profiles/ and use it as it is",
        )
    signs = "; ".join(f"{kind.sign} ({kind.name})" for kind in FORMATS)
    titles = [*(kind.title for kind in FORMATS), "style lists (CSV, JSON)"]
    return fault(
        source.path,
        "unknown-format",
        f"this is in no format that can be imported; looked for {signs}",
        f"supported: {', '.join(titles)}",
    )
