"""The verbs, put together. Each imports what it needs when it is called."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Annotated

import typer

from promptkit.cli import (
    auditing,
    brands,
    doctor,
    finishing,
    judging,
    linting,
    marking,
    money,
    pictures,
    project,
    prompts,
    references,
    reporting,
    store,
    templates,
)
from promptkit.cli.shell import Verbs

app = typer.Typer(
    name="promptkit",
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help=(
        "Brand profiles and templates in, on-brand image prompts and pictures out.\n\n"
        "The usual way: [bold]preview[/bold] a few cheap pictures, [bold]pick[/bold] one, make "
        "the [bold]final[/bold]. Without settings and without a key everything is drawn as a "
        "layout sketch (“comp”), free of charge.\n\n"
        'Example: promptkit preview packshot --brand tidewell --set product="slim can"'
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        from promptkit import __version__

        print(f"promptkit {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    log_level: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            envvar="PROMPTKIT_LOG",
            help="Log to standard error: debug, info, warning or error.",
        ),
    ] = None,
    log_json: Annotated[
        bool,
        typer.Option("--log-json", metavar="", help="Log one JSON object a line, from info on."),
    ] = False,
) -> None:
    if log_level or log_json:
        from promptkit.cli.logs import log_to_stderr

        log_to_stderr(log_level, as_json=log_json)


app.command(rich_help_panel="Pictures")(pictures.preview)
app.command(rich_help_panel="Pictures")(pictures.pick)
app.command(rich_help_panel="Pictures")(pictures.final)
app.command(rich_help_panel="Pictures")(pictures.generate)
app.command(rich_help_panel="Pictures")(finishing.finish)
app.command(rich_help_panel="Pictures")(auditing.audit)
app.command(rich_help_panel="Pictures")(judging.judge)
app.command(rich_help_panel="Pictures")(marking.provenance)
app.command(rich_help_panel="Pictures")(reporting.report)
app.add_typer(references.app, name="reference", rich_help_panel="Pictures")
app.command(rich_help_panel="Prompts")(prompts.compose)
app.command(rich_help_panel="Prompts")(linting.lint)
app.add_typer(brands.app, name="brand", rich_help_panel="Prompts")
app.add_typer(templates.app, name="template", rich_help_panel="Prompts")
app.command(rich_help_panel="Project")(project.init)
app.command(rich_help_panel="Project")(project.models)
app.command(rich_help_panel="Project")(doctor.doctor)
app.command(rich_help_panel="Money and store")(money.usage)
app.command(rich_help_panel="Money and store")(money.resolve)
app.add_typer(store.app, name="cache", rich_help_panel="Money and store")


def only(verb: str) -> typer.Typer:
    """Return the app with that verb alone, if there is one: to make them all takes a while."""
    commands = [item for item in app.registered_commands if _name(item.callback) == verb]
    groups = [item for item in app.registered_groups if item.name == verb]
    if not (commands or groups):
        return app
    own = copy(app)
    own.registered_commands, own.registered_groups = commands, groups
    return own


def _name(callback: Callable[..., object] | None) -> str:
    return getattr(callback, "__name__", "")
