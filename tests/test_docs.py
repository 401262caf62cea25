"""What the README and the docs show is run as it stands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from promptkit.brand.loading import parse_brand
from promptkit.kit import SHIPPED
from promptkit.project import find_project
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def commands() -> list[list[str]]:
    found = [line for block in blocks(ROOT / "README.md", "sh") for line in block.splitlines()]
    return [shlex.split(line) for line in found]


def test_the_commands_of_the_readme_run_in_their_order(tmp_path: Path) -> None:
    here = tmp_path
    ran = 0
    for words in commands():
        if words[0] == "cd" and (here / words[1]).is_dir():
            here = here / words[1]
        if words[0] != "promptkit":
            continue
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stderr)
        ran += 1
    assert ran >= 6


def test_the_readme_names_the_test_command() -> None:
    assert ["make", "test"] in commands()


def test_the_python_of_the_readme_runs() -> None:
    for block in blocks(ROOT / "README.md", "python"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", block],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "final-2" in done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_yaml_of_the_docs_is_read(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "yaml"):
        if "project/v1" in block:
            (tmp_path / "promptkit.yaml").write_text(block, encoding="utf-8")
            assert find_project(tmp_path, env={}).settings.budget.per_run == 5
        else:
            parse_brand(block)


def test_the_template_of_the_docs_is_read(tmp_path: Path) -> None:
    (block,) = blocks(ROOT / "docs" / "templates.md", "jinja")
    (tmp_path / "gift.j2").write_text(block, encoding="utf-8")
    library = TemplateLibrary([tmp_path, SHIPPED / "templates"])
    assert list(library.get("gift").meta.inputs) == ["gift", "ribbon"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_docs_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
