"""template list, template show; the others stand in ``template_tools``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
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
    print_indented,
    print_json,
    print_pairs,
    print_table,
)
from promptkit.errors import Finding, InputError, TemplateError

if TYPE_CHECKING:
    from promptkit.blocking import Kit
    from promptkit.template.axes import Axis
    from promptkit.template.compiled import Template
    from promptkit.template.document import Example
    from promptkit.template.inputs import InputSpec
    from promptkit.workflow.composed import Composed

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
    """Show a template: its inputs, its axes, its sections, and a prompt that it makes.

    The prompt is that of the front matter's first example, else of the inputs'
    own examples with the project's brand. Nothing is sent and nothing is paid.

    Example: promptkit template show product-hero
    """
    with open_kit(project) as kit:
        found = kit.template(template)
        example = _example(found, kit.settings.brand)
        composed, findings = _try(kit, found, example)
    if as_json:
        shown = _example_data(example, composed) if example and composed else None
        told = [finding.as_dict() for finding in findings]
        print_json(_data(found) | {"example": shown, "findings": told})
        return
    _print_template(found)
    if example and composed:
        print(f"\nExample\n  {_command(found, example, project)}\n")
        print_indented(composed.text)
    for finding in findings:
        print_finding(finding)


def _print_template(found: Template) -> None:
    print(f"{found.name} – {found.meta.description}")
    rows = (
        (name, _type(spec), "yes" if spec.needed else "", _usual(spec), spec.help)
        for name, spec in found.meta.inputs.items()
    )
    print_table(("!input", "type", "!needed", "example or default", "what it says"), rows)
    print()
    axes = [(f"--axes {name}=", _options(axis)) for name, axis in found.meta.axes.items()]
    file = near(Path(found.chain[0].source.file))
    print_pairs([*axes, *_sections(found), ("File", file)])


def _sections(template: Template) -> Iterator[tuple[str, str]]:
    """Yield the sections that the template writes itself, then those of each that it extends."""
    left = list(template.sections)
    for link in template.chain:
        own = [name for name in left if name in link.blocks]
        left = [name for name in left if name not in own]
        if own:
            parent = link is not template.chain[0]
            yield f"from {link.source.name}" if parent else "Sections", ", ".join(own)


def _example(template: Template, brand: str) -> Example | None:
    """Return the first example, else the inputs' own examples with a brand, if one is named."""
    from promptkit.template.document import Example

    if template.meta.examples:
        return template.meta.examples[0]
    inputs = {
        name: spec.example
        for name, spec in template.meta.inputs.items()
        if spec.example is not None and (spec.needed or spec.type != "image")
    }
    return Example(brand=brand, inputs=inputs) if brand else None


def _try(
    kit: Kit, template: Template, example: Example | None
) -> tuple[Composed | None, tuple[Finding, ...]]:
    if example is None:
        fix = "add `examples` to its front matter, or `brand:` to promptkit.yaml"
        message = f"{template.name} has no example, and no brand is named to make one for"
        return None, (Finding("no-example", message, "advice", fix=fix),)
    written = bool(template.meta.examples)
    try:
        composed = kit.compose(
            template.name,
            example.brand if written else None,
            example.inputs,
            look=example.look or None,
            channel=example.channel or None,
            axes=example.axes,
        )
    except InputError as error:
        place = template.place(("examples", 0)) if written else None
        return None, tuple(replace(item, place=item.place or place) for item in error.findings)
    return composed, composed.findings


def _command(template: Template, example: Example, project: Path | None) -> str:
    """Return what to type for the example's prompt."""
    said = ["promptkit", "compose", template.name]
    said += ["--brand", example.brand] if template.meta.examples else []
    for name, value in example.inputs.items():
        plain = ",".join(map(str, value)) if isinstance(value, list) else value
        said += ["--set", f"{name}={plain}"]
    wishes = {"--look": example.look, "--channel": example.channel}
    wishes["--axes"] = ",".join(f"{name}={option}" for name, option in example.axes.items())
    wishes["-C"] = str(project or "")
    return shlex.join([*said, *(word for pair in wishes.items() if pair[1] for word in pair)])


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
        "axes": {name: list(axis) for name, axis in meta.axes.items()},
        "policies": {name: axis.policy for name, axis in meta.axes.items()},
        "sections": list(template.sections),
        "digest": template.digest,
    }


def _example_data(example: Example, composed: Composed) -> dict[str, Any]:
    said = {"brand": example.brand, "inputs": example.inputs, "look": composed.prompt.source.look}
    rest = {"channel": example.channel, "axes": dict(composed.axes)}
    return {**said, **rest, "model": str(composed.model), "text": composed.text}


def _options(axis: Axis) -> str:
    each = "" if axis.policy == "fixed" else f"  (each take: {axis.policy})"
    return ", ".join(axis) + each


def _needed(template: Template) -> str:
    return ", ".join(name for name, spec in template.meta.inputs.items() if spec.needed)


def _type(spec: InputSpec) -> str:
    return " | ".join(spec.enum) if spec.enum else spec.type


def _usual(spec: InputSpec) -> str:
    value = spec.default if spec.example is None else spec.example
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
