"""template check, template test, template schema, template new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli.output import (
    JsonFlag,
    ProjectOption,
    findings_of,
    many,
    open_kit,
    print_finding,
    print_json,
)
from promptkit.errors import Finding, TemplateError

if TYPE_CHECKING:
    from promptkit.blocking import Kit
    from promptkit.template.testing import CaseResult

TemplateArgument = Annotated[str, typer.Argument(help="The template's name.")]
TemplatesArgument = Annotated[
    list[str] | None, typer.Argument(help="Templates' names.", show_default="all")
]


def check(
    templates: TemplatesArgument = None, project: ProjectOption = None, as_json: JsonFlag = False
) -> int:
    """Check templates without composing anything.

    Exits with 1 on an error or a warning.

    Example: promptkit template check product-hero
    """
    from promptkit.template.check import check_template
    from promptkit.template.testing import stray_tests

    with open_kit(project) as kit:
        names = templates or kit.templates.names()
        findings = findings_of(
            names, lambda name: check_template(kit.template(name)), "unknown-template"
        )
        findings += stray_tests(kit.templates.folders, templates or ())
    if as_json:
        print_json({"templates": names, "findings": [item.as_dict() for item in findings]})
    else:
        for finding in findings:
            print_finding(finding)
        print(f"{many(len(names), 'template')} checked, {many(len(findings), 'finding')}")
    return int(any(finding.severity != "advice" for finding in findings))


def examine(
    templates: TemplatesArgument = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update", metavar="", help="Write the snapshots anew, for a person to review."
        ),
    ] = False,
    junit_file: Annotated[
        Path | None, typer.Option("--junit", help="Also write JUnit XML, for CI.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Compose templates' examples and tests, and see whether they say what they should.

    Nothing is sent and nothing is paid. Exits with 1 when one fails, or when a
    file of tests belongs to no template.

    Example: promptkit template test product-hero
    """
    from promptkit.template.testing import junit, run_tests, stray_tests, untested

    with open_kit(project) as kit:
        chosen = [kit.template(name) for name in templates or _own_or_all(kit)]
        results = run_tests(chosen, kit.compose, update=update)
        findings = [*stray_tests(kit.templates.folders, templates or ())]
    tried = {result.template for result in results}
    if templates:
        findings += [untested(item) for item in chosen if item.name not in tried]
    if junit_file is not None:
        from promptkit.client.files import write_durably

        write_durably(junit_file, junit(results).encode())
    failed = [result for result in results if not result.ok]
    if as_json:
        said = {"cases": [_case(result) for result in results], "failed": len(failed)}
        print_json(said | {"findings": [item.as_dict() for item in findings]})
    else:
        for finding in findings:
            print_finding(finding)
        for result in failed:
            print(result)
        updated = sum(result.updated is not None for result in results)
        more = f", {many(updated, 'snapshot')} written" if updated else ""
        print(f"{many(len(results), 'case')}, {len(failed) or 'none'} failed{more}")
    return int(bool(failed) or any(item.severity != "advice" for item in findings))


def schema(
    template: TemplateArgument, project: ProjectOption = None, as_json: JsonFlag = False
) -> None:
    """Print the JSON Schema of a template's inputs: always as JSON.

    Example: promptkit template schema product-hero
    """
    from promptkit.template.schema import template_schema

    with open_kit(project) as kit:
        print_json(template_schema(kit.template(template)))


def new(name: TemplateArgument, project: ProjectOption = None, as_json: JsonFlag = False) -> None:
    """Start a template that passes its own checks. Overwrites nothing.

    Example: promptkit template new gift-card
    """
    from promptkit.client.files import write_durably
    from promptkit.template.scaffold import scaffold

    text = scaffold(name)
    with open_kit(project) as kit:
        path = kit.project.root / "templates" / f"{name}.j2"
    if path.exists():
        fix = "name another, or move this one away"
        raise TemplateError(Finding("file-exists", f"there already is {path}", fix=fix))
    write_durably(path, text.encode())
    if as_json:
        print_json({"template": name, "file": path})
    else:
        print(f"Wrote  {path}")
        print(f"Next   promptkit template test {name}")


def _own_or_all(kit: Kit) -> list[str]:
    """Return the project's own templates; where it has none, those that are shipped."""
    own = sorted((kit.project.root / "templates").glob("[!_]*.j2"))
    return [path.stem for path in own if path.stem != "base"] or kit.templates.names()


def _case(result: CaseResult) -> dict[str, Any]:
    return {
        "template": result.template,
        "brand": result.brand,
        "number": result.number,
        "ok": result.ok,
        "updated": result.updated,
        "findings": [finding.as_dict() for finding in result.findings],
        "diff": result.diff,
    }
