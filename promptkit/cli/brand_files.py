"""brand sheet, brand import, brand export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from promptkit.cli.output import JsonFlag, ProjectOption, open_kit, print_json
from promptkit.errors import BriefError, Finding

if TYPE_CHECKING:
    from promptkit.brand.importers import Report

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
    file: Annotated[
        Path, typer.Argument(help="The file: tokens, swatches, brand.yml, brand.json.")
    ],
    name: Annotated[
        str | None, typer.Option(help="The brand's name; picks one where a file holds several.")
    ] = None,
    out: OutOption = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a profile of what a brand already has, and say what a person should add.

    Reads brand.yml, Design Tokens, Adobe swatches (ASE, ACO) and AdCP brand.json.

    Example: promptkit brand import tokens.json --name "Corner Shop"
    """
    from promptkit.brand.importers import import_brand, to_yaml
    from promptkit.client.files import write_durably

    found = import_brand(file, name=name, stem=out.stem if out else None)
    with open_kit(project) as kit:
        folder = kit.project.root / "brand_profiles"
    path = out or folder / f"{found.data['id']}.yaml"
    if path.exists():
        fix = "name another file with --out, or move this one away"
        raise BriefError(Finding("file-exists", f"there already is {path}", fix=fix))
    write_durably(path, to_yaml(found).encode())
    if as_json:
        report = found.report
        print_json(
            {
                "file": path,
                "format": found.format,
                "taken": list(report.taken),
                "dropped": list(report.dropped),
                "to_add": list(report.to_add),
            }
        )
    else:
        print(f"Wrote  {path}, from {found.format}")
        _print_report(found.report)


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
            print(f"  {line}")
