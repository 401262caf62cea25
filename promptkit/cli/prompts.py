"""compose: the prompt that a brief becomes, once or each time that one of its files changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli.briefs import BriefOptions, with_brief
from promptkit.cli.explained import (
    compared,
    explained,
    print_beside,
    print_clauses,
    print_comparison,
)
from promptkit.cli.output import print_finding, print_json
from promptkit.errors import BriefError, Finding

if TYPE_CHECKING:
    from promptkit.blocking import Kit
    from promptkit.workflow.composed import Composed

Matrix = Annotated[
    bool,
    typer.Option(
        "--matrix", metavar="", help="A prompt for each combination of the axes' options."
    ),
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch", metavar="", help="Show it again when a file of it changes, until Ctrl-C."
    ),
]
Explain = Annotated[
    bool, typer.Option("--explain", metavar="", help="Show who wrote each clause, file and line.")
]
Diff = Annotated[
    str | None, typer.Option("--diff", metavar="BRAND", help="Show what another brand changes.")
]
DiffModel = Annotated[
    str | None,
    typer.Option("--diff-model", metavar="MODEL", help="Show what another model changes."),
]


@with_brief
def compose(
    brief: BriefOptions,
    matrix: Matrix = False,
    explain: Explain = False,
    diff: Diff = None,
    diff_model: DiffModel = None,
    watch: Watch = False,
) -> int:
    """Show the prompt that a brief becomes. Without --rewrite nothing is sent or paid.

    Where each take gets its own options of axes, it is the prompt of the first take.

    Example: promptkit compose packshot --brand tidewell --set product="slim can"
    """
    against = diff or diff_model
    _check_alone(rewrite=brief.rewrite, against=bool(against), many=matrix, watch=watch)
    prompts: list[Composed] = []
    folders = set(_usual_folders(brief)) if watch else set()

    def composed_for(kit: Kit, brief: BriefOptions) -> Composed:
        found = brief.compose(kit)
        folders.update(_folders(kit, found) if watch else ())
        return kit.rewrite(found, resend=brief.resend) if brief.rewrite else found

    if brief.dry_run:
        return _planned(brief)

    def look_up() -> dict[str, Any]:
        with brief.open_kit() as kit:
            prompts[:] = [composed_for(kit, brief)]
            if against:
                prompts.append(composed_for(kit, brief.but(brand=diff, model=diff_model)))
        prompts[:] = prompts[0].matrix() if matrix else prompts
        found = [_data(prompt, explain=explain) for prompt in prompts]
        if against:
            return found[0] | {"other": found[1], "changes": compared(*prompts)}
        return {"prompts": found} if matrix else found[0]

    def show() -> None:
        if against:
            print_comparison(*prompts)
        else:
            _print(prompts, titled=matrix, explain=explain)

    if watch:
        from promptkit.cli.watching import follow

        return follow(look_up, show, folders, as_json=brief.as_json)
    found = look_up()
    if brief.as_json:
        print_json(found)
    else:
        show()
    return _exit_code(prompts)


def _exit_code(prompts: list[Composed]) -> int:
    findings = (finding for prompt in prompts for finding in prompt.findings)
    return int(any(finding.severity == "error" for finding in findings))


def _planned(brief: BriefOptions) -> int:
    """Say what --rewrite would cost; without it nothing is asked for."""
    from promptkit.cli.planned import show_plan

    with brief.open_kit() as kit:
        composed = brief.compose(kit)
        rewrite = kit.dry.rewrite(composed, resend=brief.resend) if brief.rewrite else None
        plan = rewrite or kit.dry.preview([])
    return show_plan(plan, as_json=brief.as_json)


def _check_alone(*, rewrite: bool, against: bool, many: bool, watch: bool) -> None:
    """Refuse what cannot be done at once.

    Raises:
        BriefError: with what to leave out.
    """
    if rewrite and (many or watch):
        said = "--rewrite is for one prompt at a time, and pays for it"
        raise BriefError(Finding("rewrite-one", said, fix="leave out --matrix and --watch"))
    if against and (many or rewrite):
        said = "two prompts are compared, and nothing else is done with them"
        raise BriefError(Finding("diff-alone", said, fix="leave out --matrix and --rewrite"))


def _print(prompts: list[Composed], *, titled: bool, explain: bool) -> None:
    for number, prompt in enumerate(prompts):
        if titled:
            options = ",".join(f"{axis}={key}" for axis, key in prompt.axes.items())
            print(("\n" if number else "") + f"── {options or 'no axes'} ──")
        if explain:
            print_clauses(prompt)
        else:
            print(prompt.text)
        print_beside(prompt)
        for finding in prompt.findings:
            print_finding(finding)


def _data(composed: Composed, *, explain: bool) -> dict[str, Any]:
    prompt = composed.prompt
    return {
        **(explained(composed) if explain else {}),
        "text": composed.text,
        "sections": [{"name": item.name, "text": item.text} for item in composed.sections],
        "avoid": [
            {"what": item.what, "instead": item.instead, "severity": item.severity}
            for item in prompt.avoid
        ],
        "model": str(composed.model),
        "findings": [finding.as_dict() for finding in composed.findings],
        "ignored": [item.as_dict() | {"reason": reason} for item, reason in composed.ignored],
        "native": composed.wording.native,
        "rewritten_by": composed.wording.rewritten_by,
        "brand": prompt.source.brand,
        "template": prompt.source.template,
        "look": prompt.source.look,
        "aspect": prompt.aspect,
        "axes": composed.axes,
    }


def _usual_folders(brief: BriefOptions) -> Iterator[Path]:
    """Yield the folders in which a prompt's files are looked for, even when nothing is read yet."""
    from promptkit.project import root_of
    from promptkit.workflow.shipped import SHIPPED

    start = (brief.project or Path()).expanduser().absolute()
    root = root_of(start)
    yield from (start, root)
    for home in (root, SHIPPED):
        yield from (home / "brand_profiles", home / "templates", home / "templates" / "partials")
    yield from (Path(file).absolute().parent for file in (brief.brand, brief.inputs) if file)


def _folders(kit: Kit, composed: Composed) -> Iterator[Path]:
    """Yield the folders of the files that a prompt was made of."""
    brief = composed.brief
    yield from (Path(link.source.file).parent for link in brief.template.parts)
    yield from (file.parent for file in kit.brands.files(brief.source))
