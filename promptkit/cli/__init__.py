"""The command line: parse, call the kit, print."""

from __future__ import annotations

import gc
import sys

#: Nothing of what a start makes is garbage: to look for it as often as usual costs a tenth of it.
_OBJECTS = 100_000


def main() -> None:
    """Run the command line."""
    gc.set_threshold(_OBJECTS)
    from promptkit.cli.app import only

    only("".join(sys.argv[1:2]))()
