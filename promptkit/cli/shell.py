"""Where the command line meets the shell: errors in one voice, exit codes, closed pipes."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from typer.core import TyperGroup

from promptkit.errors import Finding, InputError, PromptkitError

if TYPE_CHECKING:
    from promptkit.blocking import Kit

INTERRUPTED = 130


class Verbs(TyperGroup):
    """All verbs. What goes wrong in any of them is said in one way: see ``errors`` for the codes.

    With ``--json`` there is one JSON object on standard output, for errors too.
    """

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a verb and end the process with its exit code."""
        told = extra.pop("args", args[0] if args else None)
        given = sys.argv[1:] if told is None else list(told)
        _never_fail_to_encode()
        extra["standalone_mode"] = False
        began = datetime.now(UTC)
        code = _guarded(
            lambda: self._run(given, extra),
            as_json="--json" in given,
            broken_off=lambda: _broken_off(given, began),
        )
        sys.exit(_guarded(lambda: _flushed(code)))

    def _run(self, given: list[str], extra: dict[str, Any]) -> int:
        for word in given:
            if any("\udc80" <= sign <= "\udcff" for sign in word):  # as Python hands on bad bytes
                raise InputError(Finding("encoding", f"{word!r} is not UTF-8 text"))
        try:
            code = super().main(given, **extra) or 0
        except SystemExit:
            raise BrokenPipeError from None  # typer's and Rich's own answer to a closed pipe
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        return int(code)


def interrupted(doubts: int = 0) -> PromptkitError:
    """Return what is said when somebody breaks off, by how many calls are in doubt for it."""
    fix = "what has come is kept: run it again to go on"
    if doubts:
        calls = "call was" if doubts == 1 else "calls were"
        fix = (
            f"what has come is kept; {doubts} {calls} sent and {'is' if doubts == 1 else 'are'} in "
            "doubt, perhaps billed, and not asked for again by itself: promptkit doctor"
        )
    return PromptkitError("interrupted", fix=fix)


def in_doubt_since(kit: Kit, began: datetime) -> list[dict[str, Any]]:
    """Return the ledger's calls in doubt that were asked for since then."""
    with kit.upkeep() as upkeep:
        return [row for row in upkeep.in_doubt() if datetime.fromisoformat(row["at"]) >= began]


def _broken_off(given: list[str], began: datetime) -> PromptkitError:
    """Say what a Ctrl-C leaves in doubt, in the project that was named."""
    from promptkit.cli.output import open_kit

    words = [part for word in given for part in word.split("=", 1)]
    named = dict(pairwise(words)).get("--project")
    doubts = 0
    with suppress(PromptkitError, OSError), open_kit(Path(named) if named else None) as kit:
        doubts = len(in_doubt_since(kit, began))
    return interrupted(doubts)


def _guarded(
    work: Callable[[], int],
    *,
    as_json: bool = False,
    broken_off: Callable[[], PromptkitError] = interrupted,
) -> int:
    """Do some work and return its exit code; say in one voice what went wrong."""
    from promptkit.cli.output import report

    try:
        return work()
    except PromptkitError as error:
        report(error, as_json=as_json)
        return error.exit_code
    except BrokenPipeError:
        _let_go_of(sys.stdout)  # whoever read it has seen enough
        return 0
    except KeyboardInterrupt:
        report(broken_off(), as_json=as_json)
        return INTERRUPTED
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return InputError.exit_code  # typer has shown the help
        told = _told(error)
        if told is None:
            raise
        report(told, as_json=as_json)
        return told.exit_code


def _flushed(code: int) -> int:
    """Write out what is still held back: as Python ends, a closed pipe would change the code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            _let_go_of(stream)
    return code


def _told(error: Exception) -> InputError | None:
    """Return an error of typer's or the disk's in our own voice; ``None`` for a bug."""
    if hasattr(error, "format_message"):
        return _usage_error(error)
    return disk_error(error) if isinstance(error, OSError) else None


def disk_error(error: OSError) -> InputError:
    """Return an error of the disk's in our own voice."""
    message = error.strerror or str(error)
    if not error.filename:
        if error.errno == errno.ENOSPC:
            _let_go_of(sys.stdout)  # it would be tried again as Python ends
        return InputError(Finding("file", message))
    fix = "is the folder there, and may it be written to?"
    return InputError(Finding("file", f"{error.filename}: {message}", fix=fix))


def _usage_error(error: Any) -> InputError:
    message = _plain(str(error.format_message()).rstrip("."))
    context = getattr(error, "ctx", None)
    fix = None
    if context is not None:
        fix = _what_was_meant(message, context) or f"{context.command_path} --help"
    return InputError(Finding("usage", message[:1].lower() + message[1:], fix=fix))


#: How the parser of options says what is wrong with a value, and how a person would.
_WORDS = {
    "Input should be a valid integer, unable to parse string as an integer": "it is a number",
    "Input should be greater than or equal to": "it is at least",
    "Input should be less than or equal to": "it is at most",
    "Invalid value for": "wrong value for",
}


_NO_DAY = re.compile(r"(?:Value error, )?'([^']*)' does not match the formats? '%Y-%m-%d'")
_EXTRA = re.compile(r"extra argument(?:s|\(s\))? \((.*)\)")


def _plain(message: str) -> str:
    for said, plain in _WORDS.items():
        message = message.replace(said, plain)
    return _NO_DAY.sub(r"“\1” is no day: a day is written 2026-11-22", message)


def _what_was_meant(message: str, context: Any) -> str | None:
    """Return what to type instead, where that can be told from what was typed."""
    given = context.params
    run = str(given.get("run", ""))
    if context.command.name == "pick" and run.isdigit() and "'N'" in message:
        return f"{context.command_path} last {run}"
    extra = _EXTRA.search(message)
    if extra is None or not {"template", "given"} <= given.keys():
        return None
    name = _first_input(str(given["template"]), given.get("project"))
    words = json.dumps(extra[1], ensure_ascii=False)
    return f"what a template is to show is an input: --set {name}={words}"


def _first_input(template: str, project: Path | None) -> str:
    """Return the first input that a template needs, for a message; NAME where there is none."""
    from promptkit.cli.output import open_kit

    with suppress(PromptkitError), open_kit(project) as kit:
        inputs = kit.template(template).meta.inputs
        return next((name for name, spec in inputs.items() if spec.needed), "NAME")
    return "NAME"


def _never_fail_to_encode() -> None:
    """Print ? for what a terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _let_go_of(stream: TextIO) -> None:
    """Keep Python from a last try to write into a closed pipe."""
    if isinstance(stream, io.TextIOWrapper):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
