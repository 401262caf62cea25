"""brand sheet, brand import, brand export."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from promptkit.cli.output import (
    JsonFlag,
    ProjectOption,
    open_kit,
    print_finding,
    print_indented,
    print_json,
)
from promptkit.errors import BriefError, Finding

if TYPE_CHECKING:
    from promptkit.blocking import Kit
    from promptkit.brand.importers import Imported, Report

OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="The file to write.")]
BrandArgument = Annotated[str, typer.Argument(help="The brand's name, or its profile's path.")]


def sheet(
    brand: BrandArgument,
    out: OutOption = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write one page that shows a brand to a person. It opens from disk.

    Example: promptkit brand sheet tidewell
    """
    from promptkit.picture.brand_sheet import write_brand_sheet

    with open_kit(project) as kit:
        profile = kit.brand(brand)
    path = write_brand_sheet(profile, out or Path(f"{profile.id}-brand.html"))
    if as_json:
        print_json({"brand": profile.id, "sheet": path.absolute()})
    else:
        print(f"Sheet  {path}")


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Tokens, swatches, brand.yml, brand.json; or style lists."
        ),
    ],
    brand: Annotated[
        str | None,
        typer.Option(
            "--brand",
            "-b",
            help="For style lists: the brand that gets the looks.",
            show_default="the project's",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of a style list: this style alone; may be repeated."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The brand's name; picks one where a file holds several.")
    ] = None,
    out: OutOption = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a profile of what a brand already has, and say what a person should add.

    Reads brand.yml, Design Tokens, Adobe swatches (ASE, ACO) and AdCP
    brand.json. Style lists of image tools (CSV, JSON) become looks, in a
    profile that builds on the brand.

    Example: promptkit brand import tokens.json --name "Corner Shop"
    """
    from promptkit.brand.importers import import_brand, import_styles, to_yaml
    from promptkit.client.files import write_durably

    with open_kit(project) as kit:
        if _are_style_lists(files, alone=not (brand or only)):
            parent = kit.brand(brand)
            path = out or _folder(kit) / f"{parent.id}-{_stem(files)}.yaml"
            found = import_styles(files, parent, path, kit.brands, only=only or (), name=name)
        else:
            found = import_brand(files[0], name=name, stem=out.stem if out else None)
            path = out or _folder(kit) / f"{found.data['id']}.yaml"
    if path.exists():
        fix = "name another file with --out, or move this one away"
        raise BriefError(Finding("file-exists", f"there already is {path}", fix=fix))
    found = replace(found.beside(path), findings=(*found.findings, *_shadowed(kit, path)))
    write_durably(path, to_yaml(found).encode())
    if as_json:
        print_json(_import_data(found, path))
        return
    print(f"Wrote  {path}, from {found.format}")
    _print_report(found.report)
    for finding in found.findings:
        print_finding(finding)
    where = ["-C", str(project)] if project else []
    named = path.stem if _is_named(kit, path) else str(path)
    print(f"Next   {shlex.join(['promptkit', 'brand', 'check', named, *where])}")


def _is_named(kit: Kit, path: Path) -> bool:
    """Say whether a profile is one of the project's own, which are known by their names."""
    from promptkit.brand.parents import SUFFIXES

    return path.suffix in SUFFIXES and path.parent.resolve() == _folder(kit).resolve()


def _shadowed(kit: Kit, path: Path) -> Iterator[Finding]:
    """Tell of a brand that can no longer be named once a profile is written."""
    known = kit.brands.paths().get(path.stem)
    if known is not None and _is_named(kit, path):
        message = f"there is a brand “{path.stem}” already, in {known.parent}: the name means this"
        fix = 'to have both, move the new file, and import again with --name "Another Name"'
        yield Finding("brand-shadowed", f"{message} file from now on", "warning", fix=fix)


def _are_style_lists(files: list[Path], *, alone: bool) -> bool:
    """Tell style lists from a brand, which has to stand alone.

    Raises:
        BriefError: there is a brand among several files, or beside an option of style lists.
    """
    from promptkit.brand.importers import is_style_list

    others = [path for path in files if not is_style_list(path)]
    if others and (len(files) > 1 or not alone):
        what = "--brand and --only are" if not alone else "several files at once are"
        message = f"{what} for style lists, and {others[0]} is none"
        fix = f"promptkit brand import {others[0]}"
        raise BriefError(Finding("not-a-style-list", message, fix=fix))
    return not others


def _stem(lists: list[Path]) -> str:
    """Return what a profile of these style lists is called after its brand's name."""
    from promptkit.brand.importers.naming import slug

    return (slug(lists[0].stem) if len(lists) == 1 else "") or "styles"


def _folder(kit: Kit) -> Path:
    return kit.project.root / "brand_profiles"


def _import_data(found: Imported, path: Path) -> dict[str, Any]:
    report = found.report
    return {
        "file": path,
        "format": found.format,
        "taken": list(report.taken),
        "dropped": list(report.dropped),
        "to_add": list(report.to_add),
        "findings": [finding.as_dict() for finding in found.findings],
    }


def export(
    brand: BrandArgument,
    form: Annotated[
        Literal["tokens", "brand-yml"],
        typer.Option("--as", help="Design Tokens in JSON, or brand.yml."),
    ] = "tokens",
    out: OutOption = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a brand for other tools: Design Tokens or brand.yml. Nothing of ours is lost.

    Example: promptkit brand export tidewell --as tokens --out tokens.json
    """
    from promptkit.brand.importers import as_yaml, export_brand_yml, export_tokens
    from promptkit.client.files import write_durably

    with open_kit(project) as kit:
        profile = kit.brand(brand)
    data = export_tokens(profile) if form == "tokens" else export_brand_yml(profile)
    as_text = form == "brand-yml"
    text = as_yaml(data) if as_text else json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    if out is not None:
        write_durably(out, text.encode())
    if as_json:
        print_json({"brand": profile.id, "form": form, "file": out} if out else data)
    else:
        print(f"Wrote  {out}\n" if out else text, end="")


def _print_report(report: Report) -> None:
    for title, lines in (
        ("Taken", report.taken),
        ("Dropped", report.dropped),
        ("To add", report.to_add),
    ):
        if lines:
            print(title)
        for line in lines:
            print_indented(line)
