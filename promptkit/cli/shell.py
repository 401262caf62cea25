"""Where the command line meets the shell: errors in one voice, exit codes, closed pipes."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from typer.core import TyperGroup

from promptkit.errors import Finding, InputError, PromptkitError

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
        code = _guarded(lambda: self._run(given, extra), as_json="--json" in given)
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


def _guarded(work: Callable[[], int], *, as_json: bool = False) -> int:
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
        fix = "what has come is kept: run it again to go on"
        report(PromptkitError("interrupted", fix=fix), as_json=as_json)
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
    fix = f"{context.command_path} --help" if context else None
    return InputError(Finding("usage", message[:1].lower() + message[1:], fix=fix))


#: How the parser of options says what is wrong with a value, and how a person would.
_WORDS = {
    "Input should be a valid integer, unable to parse string as an integer": "it is a number",
    "Input should be greater than or equal to": "it is at least",
    "Input should be less than or equal to": "it is at most",
    "Invalid value for": "wrong value for",
}


def _plain(message: str) -> str:
    for said, plain in _WORDS.items():
        message = message.replace(said, plain)
    return message


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
