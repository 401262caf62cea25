"""brand list, brand show, brand check; the others stand in ``brand_files``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from promptkit.cli import brand_files
from promptkit.cli.output import (
    JsonFlag,
    ProjectOption,
    findings_of,
    many,
    open_kit,
    print_finding,
    print_json,
    print_table,
)
from promptkit.errors import BrandError, Finding

if TYPE_CHECKING:
    from promptkit.brand.profile import Brand

app = typer.Typer(help="Brand profiles: what a brand's pictures look like.", no_args_is_help=True)

BrandArgument = Annotated[str, typer.Argument(help="The brand's name, or its profile's path.")]


@app.command("list")
def list_(project: ProjectOption = None, as_json: JsonFlag = False) -> int:
    """List the brands of the project, and those that are shipped.

    Exits with 1 when one of them cannot be read.

    Example: promptkit brand list
    """
    brands: list[tuple[str, Path, Brand]] = []
    findings: list[Finding] = []
    with open_kit(project) as kit:
        for name, path in kit.brands.paths().items():
            try:
                brands.append((name, path, kit.brand(str(path))))
            except BrandError as error:
                findings += error.findings
    if as_json:
        data = [
            {"id": name, "name": brand.name, "version": brand.version, "path": path}
            for name, path, brand in brands
        ]
        print_json({"brands": data, "findings": [item.as_dict() for item in findings]})
        return int(bool(findings))
    rows = (
        (name, brand.name, brand.identity.category, _few([*brand.style.looks]))
        for name, _, brand in brands
    )
    print_table(("!brand", "name", "what it sells", "looks"), rows)
    for finding in findings:
        print_finding(finding)
    return int(bool(findings))


@app.command()
def show(
    brand: BrandArgument,
    origin: Annotated[
        bool,
        typer.Option("--origin", metavar="", help="Say which file and line each value came from."),
    ] = False,
    diff: Annotated[
        str | None, typer.Option("--diff", metavar="OTHER", help="Show what another has otherwise.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a brand as promptkit reads it, the short form written out.

    Example: promptkit brand show tidewell
    """
    with open_kit(project) as kit:
        profile = kit.brand(brand)
        other = kit.brand(diff) if diff else None
    if other is not None:
        _print_differences(profile, other, as_json=as_json)
        return
    if origin:
        _print_origins(profile, as_json=as_json)
        return
    data = _without_empty(profile.model_dump(mode="json", exclude_defaults=True))
    if as_json:
        print_json(data)
        return
    import yaml

    print(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100), end="")


@app.command()
def check(
    brands: Annotated[
        list[str] | None, typer.Argument(help="Brands to check.", show_default="all")
    ] = None,
    form: Annotated[
        Literal["text", "sarif", "github"],
        typer.Option("--format", help="Text for people, SARIF or annotations for CI."),
    ] = "text",
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Check brands for what would make their pictures go wrong.

    Exits with 1 on an error or a warning.

    Example: promptkit brand check tidewell
    """
    from promptkit.brand.check import check_brand

    with open_kit(project) as kit:
        names = brands or list(kit.brands.paths())
        findings = findings_of(names, lambda name: check_brand(kit.brand(name)), "unknown-brand")
    if as_json:
        print_json({"brands": names, "findings": [item.as_dict() for item in findings]})
    elif form != "text":
        _print_for_ci(findings, form)
    else:
        for finding in findings:
            print_finding(finding)
        print(f"{many(len(names), 'brand')} checked, {many(len(findings), 'finding')}")
    return int(any(finding.severity != "advice" for finding in findings))


@app.command()
def schema(as_json: JsonFlag = False) -> None:
    """Print the JSON Schema of a profile, for editors and other tools: always as JSON.

    Example: promptkit brand schema
    """
    from promptkit.brand.schema import brand_schema

    print_json(brand_schema())


app.command()(brand_files.sheet)
app.command("import")(brand_files.import_)
app.command()(brand_files.export)


def _print_for_ci(findings: list[Finding], form: Literal["sarif", "github"]) -> None:
    from promptkit import __version__
    from promptkit.reports import github_annotations, sarif

    if form == "sarif":
        print_json(sarif(findings, __version__))
    else:
        print(github_annotations(findings), end="")


def _print_origins(brand: Brand, *, as_json: bool) -> None:
    from promptkit.brand.origins import origins

    rows = origins(brand)
    if as_json:
        values = [
            {"key": key, "value": value, "file": place.file, "line": place.line}
            for key, value, place in rows
        ]
        print_json({"brand": brand.id, "values": values})
        return
    for key, value, place in rows:
        print(f"{key}: {value}  ({Path(place.file).name}:{place.line})")


def _print_differences(brand: Brand, other: Brand, *, as_json: bool) -> None:
    from promptkit.brand.origins import compare

    rows = compare(brand, other)
    if as_json:
        values = [{"key": key, brand.id: one, other.id: two} for key, one, two in rows]
        print_json({"brand": brand.id, "other": other.id, "values": values})
        return
    for key, one, two in rows:
        print(key)
        print(f"  {brand.id}: {one or '–'}")
        print(f"  {other.id}: {two or '–'}")
    if not rows:
        print(f"{brand.id} and {other.id} are the same")


def _few(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", [], {})}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value
