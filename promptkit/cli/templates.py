"""template list, template show; the others stand in ``template_tools``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli import template_tools
from promptkit.cli.output import (
    JsonFlag,
    ProjectOption,
    near,
    open_kit,
    print_finding,
    print_json,
    print_pairs,
    print_table,
)
from promptkit.errors import Finding, TemplateError

if TYPE_CHECKING:
    from promptkit.template.compiled import Template
    from promptkit.template.inputs import InputSpec

app = typer.Typer(
    help="Templates: what a brief must say, and how it is said.", no_args_is_help=True
)


@app.command("list")
def list_(project: ProjectOption = None, as_json: JsonFlag = False) -> int:
    """List the templates of the project, and those that are shipped.

    Exits with 1 when one of them cannot be read.

    Example: promptkit template list
    """
    templates: list[Template] = []
    findings: list[Finding] = []
    with open_kit(project) as kit:
        for name in kit.templates.names():
            try:
                templates.append(kit.template(name))
            except TemplateError as error:
                findings += error.findings
    if as_json:
        data = [_data(template) for template in templates]
        print_json({"templates": data, "findings": [item.as_dict() for item in findings]})
        return int(bool(findings))
    rows = (
        (template.name, template.meta.description, template.meta.aspect, _needed(template))
        for template in templates
    )
    print_table(("!template", "what it is for", "!ratio", "must be given"), rows)
    for finding in findings:
        print_finding(finding)
    return int(bool(findings))


@app.command()
def show(
    template: Annotated[str, typer.Argument(help="The template's name.")],
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a template: its inputs, its axes, its sections.

    Example: promptkit template show product-hero
    """
    with open_kit(project) as kit:
        found = kit.template(template)
    if as_json:
        print_json(_data(found))
        return
    print(f"{found.name} – {found.meta.description}")
    rows = (
        (name, _type(spec), "yes" if spec.needed else "", _usual(spec), spec.help)
        for name, spec in found.meta.inputs.items()
    )
    print_table(("!input", "type", "!needed", "example or default", "what it says"), rows)
    print()
    axes = [(f"--axis {axis}", ", ".join(options)) for axis, options in found.meta.axes.items()]
    file = near(Path(found.chain[0].source.file))
    print_pairs([*axes, ("Sections", ", ".join(found.sections)), ("File", file)])


app.command()(template_tools.check)
app.command("test")(template_tools.examine)
app.command()(template_tools.schema)
app.command()(template_tools.new)


def _data(template: Template) -> dict[str, Any]:
    meta = template.meta
    return {
        "template": template.name,
        "description": meta.description,
        "aspect": meta.aspect,
        "inputs": {
            name: spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            | {"type": spec.type, "required": spec.needed}
            for name, spec in meta.inputs.items()
        },
        "axes": {axis: list(options) for axis, options in meta.axes.items()},
        "sections": list(template.sections),
        "digest": template.digest,
    }


def _needed(template: Template) -> str:
    return ", ".join(name for name, spec in template.meta.inputs.items() if spec.needed)


def _type(spec: InputSpec) -> str:
    return " | ".join(spec.enum) if spec.enum else spec.type


def _usual(spec: InputSpec) -> str:
    value = spec.default if spec.example is None else spec.example
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
