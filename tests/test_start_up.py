"""Starting is quick because it loads little."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from promptkit.cli.app import app, only

HEAVY = {
    *{"pydantic", "jinja2", "httpx", "PIL", "diskcache", "coloraide", "tenacity", "filelock"},
    "watchfiles",
}


def loaded(script: str, *words: str) -> set[str]:
    """Return the top-level modules that a script has loaded in the end."""
    lines = [
        "import sys, json",
        f"sys.argv = {['promptkit', *words]!r}",
        "try:",
        f"    {script}",
        "except SystemExit as done:",
        "    assert not done.code, done.code",
        "print()",
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))",
    ]
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_promptkit_loads_nothing_heavy() -> None:
    names = loaded("import promptkit")
    assert not names & (HEAVY | {"rich", "yaml", "typer", "asyncio", "sqlite3", "email"})


def test_help_loads_nothing_heavy() -> None:
    assert not loaded("from promptkit.cli import main; main()", "--help") & (HEAVY | {"yaml"})


@pytest.mark.parametrize("words", [["preview"], ["brand"], ["brand", "list"]], ids=" ".join)
def test_the_help_of_a_verb_loads_nothing_heavy_of_ours(words: list[str]) -> None:
    names = loaded("from promptkit.cli import main; main()", *words, "--help")
    assert not names & (HEAVY - {"pydantic"} | {"yaml"})  # newer versions of typer take pydantic


def test_the_version_loads_nothing_heavy() -> None:
    names = loaded("from promptkit.cli import main; main()", "--version")
    assert not names & (HEAVY | {"yaml", "rich"})


def test_a_verb_loads_only_what_it_needs() -> None:
    names = loaded(
        "from promptkit.cli import main; main()",
        "compose",
        "packshot",
        "-b",
        "tidewell",
        "-s",
        "product=x",
    )
    assert not names & {"httpx", "PIL", "rich", "watchfiles", "asyncio", "sqlite3"}


def test_composing_knows_nothing_of_runs_and_money() -> None:
    script = """
import sys
from promptkit import Kit
Kit().compose("packshot", "tidewell", {"product": "can"})
parts = ("workflow.run", "workflow.desk", "client.request", "verdict", "picture", "provider")
print([part for part in parts if f"promptkit.{part}" in sys.modules])
"""
    command = [sys.executable, "-W", "error", "-c", script]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("verb", ["compose", "brand"])
def test_the_verb_that_is_typed_is_made_alone(verb: str) -> None:
    made = get_command(only(verb))
    assert isinstance(made, TyperGroup)
    assert [*made.commands] == [verb]


@pytest.mark.parametrize("word", ["", "--help", "--log-level", "compoze"])
def test_any_other_word_is_looked_for_among_all_verbs(word: str) -> None:
    assert only(word) is app
    assert len(app.registered_commands) > 10


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-W", "error", "-m", "promptkit", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("promptkit ")
