"""Showing something again whenever one of the files that it comes from changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from promptkit.cli.output import fresh_page, near, print_json, report
from promptkit.cli.shell import disk_error
from promptkit.errors import PromptkitError

_SUFFIXES = (".j2", ".yaml", ".yml")
#: How often the watch wakes up, in ms: it begins before the files are first read.
_STEP = 100


def follow(
    look: Callable[[], dict[str, Any]],
    show: Callable[[], object],
    folders: Collection[Path],
    *,
    as_json: bool,
) -> int:
    """Show what ``look`` finds, again each time that it has changed, until Ctrl-C.

    ``folders`` are those whose files are watched; ``look`` may add to them. What goes wrong is
    told, and the watch goes on. With ``as_json`` each object stands on a line of its own.
    """
    last: dict[str, Any] | None = None
    with suppress(KeyboardInterrupt):
        for changed in _changes(folders):
            names = ", ".join(str(near(path)) for path in changed)
            found, error = _looked(look)
            if found == last:
                _say_same(names, as_json=as_json)
                continue
            if as_json:
                print_json(found, one_line=True)
            else:
                cleared = fresh_page((names or "again") if last and not error else "")
                report(error, as_json=False) if error else show()
                sys.stdout.flush()  # what is shown comes before what is said of it
                if cleared or not last:
                    print("  watching; Ctrl-C ends", file=sys.stderr)
            sys.stdout.flush()  # a pipe would hold it back
            last = found
    return 0


def _looked(look: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], PromptkitError | None]:
    try:
        return look(), None
    except PromptkitError as error:
        return error.as_dict(), error
    except OSError as cause:  # a file that is being written anew may be away for a moment
        said = disk_error(cause)
        return said.as_dict(), said


def _say_same(names: str, *, as_json: bool) -> None:
    if names and not as_json:
        print(f"  {names} changed, the prompt did not", file=sys.stderr)


def _changes(folders: Collection[Path]) -> Iterator[list[Path]]:
    """Yield nothing at first, then the files that changed, each time that some did."""
    from watchfiles import watch

    while True:
        watched = _there(folders)
        begun = False
        for found in watch(
            *watched, watch_filter=None, recursive=False, rust_timeout=_STEP, yield_on_timeout=True
        ):
            paths = {Path(path) for _, path in found}
            files = sorted(path for path in paths if path.suffix in _SUFFIXES)
            if files or not begun:
                yield files
            begun = True
            # A folder that was made anew is another one: its files cannot be seen from here.
            if watched & paths or watched != _there(folders):
                break


def _there(folders: Collection[Path]) -> set[Path]:
    return {folder for folder in folders if folder.is_dir()}
