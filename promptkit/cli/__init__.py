"""The command line: parse, call the kit, print."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from promptkit.cli.app import app

    app()
