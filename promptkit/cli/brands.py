"""brand list, brand show, brand check."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from promptkit.cli.output import (
    JsonFlag,
    ProjectOption,
    open_kit,
    print_finding,
    print_json,
    print_table,
    verb,
)
from promptkit.errors import BrandError

app = typer.Typer(help="Brand profiles: what a brand's pictures look like.", no_args_is_help=True)

BrandArgument = Annotated[str, typer.Argument(help="The brand's name, or its profile's path.")]


@app.command("list")
@verb
def list_(project: ProjectOption = None, as_json: JsonFlag = False) -> None:
    """List the brands of the project, and those that are shipped.

    Example: promptkit brand list
    """
    with open_kit(project) as kit:
        brands = [(name, path, kit.brand(str(path))) for name, path in kit.brands.paths().items()]
    if as_json:
        print_json(
            {
                "brands": [
                    {"id": name, "name": brand.name, "version": brand.version, "path": path}
                    for name, path, brand in brands
                ]
            }
        )
        return
    rows = (
        (name, brand.name, brand.identity.category, ", ".join(brand.style.looks))
        for name, _, brand in brands
    )
    print_table(("!brand", "name", "what it sells", "looks"), rows)


@app.command()
@verb
def show(brand: BrandArgument, project: ProjectOption = None, as_json: JsonFlag = False) -> None:
    """Show a brand as promptkit reads it, the short form written out.

    Example: promptkit brand show tidewell
    """
    with open_kit(project) as kit:
        profile = kit.brand(brand)
    data = _without_empty(profile.model_dump(mode="json"))
    if as_json:
        print_json(data)
        return
    import yaml

    typer.echo(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100), nl=False)


@app.command()
@verb
def check(
    brands: Annotated[
        list[str] | None, typer.Argument(help="Brands to check.", show_default="all")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Check brands for what would make their pictures go wrong. Exits with 1 on a finding.

    Example: promptkit brand check tidewell
    """
    from promptkit.brand.check import check_brand

    findings = []
    with open_kit(project) as kit:
        names = brands or list(kit.brands.paths())
        for name in names:
            try:
                findings += check_brand(kit.brand(name))
            except BrandError as error:
                findings += error.findings
    if as_json:
        print_json({"brands": names, "findings": [item.as_dict() for item in findings]})
    else:
        for finding in findings:
            print_finding(finding)
        typer.echo(_summary(len(names), len(findings)))
    return int(any(finding.severity != "advice" for finding in findings))


def _summary(brands: int, findings: int) -> str:
    checked = f"{brands} brand{'' if brands == 1 else 's'} checked"
    return f"{checked}, {findings or 'no'} finding{'' if findings == 1 else 's'}"


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", [], {})}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value
