"""lint: what is wrong with a prompt that somebody typed, or is missing in it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from promptkit.cli.output import (
    BrandOption,
    ConfigOption,
    JsonFlag,
    LookOption,
    ProjectOption,
    many,
    open_kit,
    print_finding,
    print_json,
)
from promptkit.errors import BriefError, Finding

Text = Annotated[
    str, typer.Argument(metavar="TEXT|FILE|-", help="The prompt, a file with it, or - for stdin.")
]


def lint(
    text: Text,
    brand: BrandOption = None,
    look: LookOption = None,
    project: ProjectOption = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Say what is wrong with a prompt, and what is missing in it. Nothing is composed or sent.

    With a brand (or the project's own) its bans, tone and names count too. The
    exit code is 1 when there is more than advice.

    Example: promptkit lint "a red kite, low angle, soft dusk light, photo"
    """
    from promptkit.rules import RULES

    with open_kit(project, config) as kit:
        findings = kit.lint(_read(text), brand, look=look)
    if as_json:
        data = [item.as_dict() | {"practice": RULES[item.rule].practice} for item in findings]
        print_json({"findings": data})
    else:
        for finding in findings:
            print_finding(finding)
        print(many(len(findings), "finding"))
    return int(any(finding.severity != "advice" for finding in findings))


def _read(text: str) -> str:
    """Return the prompt: what was said, what a file holds, or what comes in.

    Raises:
        BriefError: there is nothing in it, no such file, or the file is no text.
    """
    said = sys.stdin.read() if text == "-" else text
    is_file = text != "-" and _is_file(text)
    if not is_file and _FILE_NAME.fullmatch(text):
        fix = "check its name; a prompt of words stands in quotes, with spaces"
        raise BriefError(Finding("missing-file", f"there is no file “{text}”", fix=fix))
    if is_file:
        try:
            said = Path(text).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            fix = "save the file as UTF-8"
            raise BriefError(Finding("encoding", f"{text} is not UTF-8 text", fix=fix)) from None
    if not said.strip():
        fix = 'write it in quotes, as in: promptkit lint "a slim can on a pier"'
        raise BriefError(Finding("no-text", "there is no prompt to read", fix=fix))
    return said


def _is_file(text: str) -> bool:
    return len(text) < _LONGEST_NAME and "\n" not in text and Path(text).is_file()


#: No file has a longer name.
_LONGEST_NAME = 255
#: One word that can only be meant as a file: brief.txt, briefs/spring.
_FILE_NAME = re.compile(r"\S+\.(?:txt|text|md)|\S*[/\\]\S*", re.IGNORECASE)
