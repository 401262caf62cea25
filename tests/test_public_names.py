"""What ``import promptkit`` promises."""

from __future__ import annotations

import importlib
import inspect
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import promptkit

ROOT = Path(promptkit.__file__).parent


def test_the_names_are_few_and_sorted() -> None:
    assert promptkit.__all__ == sorted(promptkit.__all__)
    assert len(promptkit.__all__) <= 20


@pytest.mark.parametrize("name", promptkit.__all__)
def test_a_name_is_there_with_a_docstring_of_its_own(name: str) -> None:
    found = getattr(promptkit, name)
    assert inspect.isclass(found)
    assert found.__doc__
    assert found.__doc__ != (found.__base__.__doc__ if found.__base__ else None)
    assert found.__name__ == name


def public_methods() -> list[tuple[str, object]]:
    return [
        (f"{name}.{member}", value)
        for name in promptkit.__all__
        for member, value in vars(getattr(promptkit, name)).items()
        if not member.startswith("_") and (callable(value) or isinstance(value, property))
    ]


@pytest.mark.parametrize(
    ("name", "method"), [pytest.param(*found, id=found[0]) for found in public_methods()]
)
def test_a_method_says_what_it_does(name: str, method: object) -> None:
    assert inspect.getdoc(method)


def test_dir_knows_all_names_before_they_are_used() -> None:
    script = """
import promptkit
assert set(promptkit.__all__) <= set(dir(promptkit))
assert "__version__" in dir(promptkit)
from promptkit import *
assert all(name in globals() for name in promptkit.__all__)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="'promptkit' has no attribute 'nonsense'"):
        promptkit.nonsense  # noqa: B018


def test_the_version_is_the_packages_own() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", promptkit.__version__)


def test_a_folder_that_was_never_installed_has_a_version_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    metadata = importlib.import_module("importlib.metadata")

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert promptkit.__version__ == "0"


def test_type_checkers_and_python_see_the_same_names() -> None:
    source = (ROOT / "__init__.py").read_text(encoding="utf-8")
    typed = source.partition("if TYPE_CHECKING:")[2].partition("_HOMES")[0]
    told = set(re.findall(r"\b[A-Z]\w+\b", typed))
    assert told == set(promptkit.__all__)


def test_errors_cross_process_borders() -> None:
    error = promptkit.BudgetError("too much", fix="take less")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.exit_code) == (str(error), 4)


def test_every_module_has_a_docstring() -> None:
    for path in ROOT.rglob("*.py"):
        assert path.read_text(encoding="utf-8").startswith('"""'), path
