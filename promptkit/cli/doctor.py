"""doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptkit.cli.money import doubt_data, print_doubts
from promptkit.cli.output import (
    ConfigOption,
    JsonFlag,
    ProjectOption,
    many,
    print_finding,
    print_hanging,
    print_json,
    settings_of,
)

if TYPE_CHECKING:
    from promptkit.doctor import Check, Examination


def doctor(
    project: ProjectOption = None, config: ConfigOption = None, as_json: JsonFlag = False
) -> int:
    """Look at the project, its keys, its store and its money. Nothing is sent.

    Exits with 5 when calls are in doubt, else with 1 when something is wrong.

    Example: promptkit doctor
    """
    import os

    from promptkit import __version__
    from promptkit.doctor import examine

    found = examine(project, settings_of(config), __version__, os.environ)
    if as_json:
        print_json(_data(found))
    else:
        _print(found)
    return found.exit_code


def _print(found: Examination) -> None:
    width = max(len(check.name) for check in found.checks)
    for check in found.checks:
        print_hanging(f"{check.name.capitalize():{width}}  ", check.said)
        for finding in check.findings:
            print_finding(finding)
    wrong = sum(check.failed for check in found.checks)
    if found.doubts:
        count = many(len(found.doubts), "call")
        print(f"\nIn doubt: {count}. The provider's usage page shows what was billed.")
        print_doubts(found.doubts)
    elif not wrong:
        print("\nAll is well.")
    if wrong:
        print(f"\n{many(wrong, 'check')} failed.")


def _data(found: Examination) -> dict[str, object]:
    return {
        "checks": [*map(_check_data, found.checks)],
        "in_doubt": [*map(doubt_data, found.doubts)],
    }


def _check_data(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "ok": not check.failed,
        "said": check.said,
        "findings": [finding.as_dict() for finding in check.findings],
    }
