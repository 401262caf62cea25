"""Which part may know which: the layers, read from the sources themselves."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import promptkit

ROOT = Path(promptkit.__file__).parent
BOTTOM = {
    "errors",
    "documents",
    "faults",
    "fixes",
    "geometry",
    "shapes",
    "syntax",
    "measures",
    "lettering",
    "reports",
    "rules",
    "verdict",
    "watched",
}
OPENED = {"model", "client", "provider", "settings", "project", "keys", "observe"}
COMPOSING = {"brand", "template", "prompt"}

#: For each part, the others of promptkit that it may import.
MAY: dict[str, set[str]] = {
    **{name: BOTTOM for name in BOTTOM},
    "errors": set(),
    "brand": BOTTOM,
    "model": BOTTOM,
    "template": BOTTOM | {"brand"},
    "prompt": BOTTOM | {"brand", "model", "template"},
    "client": BOTTOM | {"model", "provider", "observe"},
    "provider": BOTTOM | {"model", "client"},
    "settings": BOTTOM | {"model"},
    "project": BOTTOM | {"settings"},
    "keys": BOTTOM | {"model", "settings"},
    "observe": BOTTOM,
    "workflow": BOTTOM | COMPOSING | OPENED,
    "picture": BOTTOM | COMPOSING | OPENED | {"workflow"},
}
MAY["usage"] = MAY["workflow"] | {"workflow", "picture"}
MAY["kit"] = MAY["usage"] | {"usage"}
MAY["blocking"] = MAY["doctor"] = MAY["kit"] | {"kit"}
MAY["cli"] = MAY["blocking"] | {"blocking", "doctor", "(names)"}
MAY["(names)"] = MAY["cli"] | {"cli"}  # promptkit/__init__.py and __main__.py hand on names


def modules() -> dict[str, Path]:
    return {name(path): path for path in sorted(ROOT.rglob("*.py"))}


def name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = modules()


def part(module: str) -> str:
    steps = module.split(".")
    return steps[1] if len(steps) > 1 and steps[1] != "__main__" else "(names)"


@cache
def imports(path: Path) -> list[tuple[str, bool]]:
    """Return every module that a file imports, and whether that happens as the file is loaded."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[tuple[str, bool]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = within(tree, _is_for_types)
    later = within(tree, lambda node: isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            own = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [child if child in MODULES else node.module or "" for child in own]
        else:
            continue
        for module in dict.fromkeys(found):
            yield module, id(node) not in later


def within(tree: ast.AST, chosen: Callable[[ast.AST], bool]) -> set[int]:
    """Return the ids of all nodes within the chosen ones."""
    return {id(inner) for node in ast.walk(tree) if chosen(node) for inner in ast.walk(node)}


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def ours(module: str) -> set[str]:
    return {found for found, _ in imports(MODULES[module]) if found.split(".")[0] == "promptkit"}


def test_every_part_has_its_place() -> None:
    assert {part(module) for module in MODULES} <= MAY.keys()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_lies_below_it(module: str) -> None:
    here = part(module)
    above = {found for found in ours(module) if part(found) not in MAY[here] | {here}}
    assert not above


def test_client_and_provider_know_nothing_of_brands_templates_and_prompts() -> None:
    for module in MODULES:
        if part(module) in ("client", "provider", "model"):
            assert not {part(found) for found in ours(module)} & COMPOSING, module


def test_client_takes_the_protocol_of_providers_and_no_provider() -> None:
    for module in MODULES:
        if part(module) == "client":
            assert {found for found in ours(module) if part(found) == "provider"} <= {
                "promptkit.provider"
            }, module


def test_provider_takes_requests_and_http_and_nothing_else_of_the_client() -> None:
    for module in MODULES:
        if part(module) == "provider":
            assert {found for found in ours(module) if part(found) == "client"} <= {
                "promptkit.client.request",
                "promptkit.client.http",
                "promptkit.client.events",
                "promptkit.client.chat",
            }, module


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("httpx", {"promptkit.client.http"}),
        ("diskcache", {"promptkit.client.cache"}),
    ],
)
def test_a_library_has_its_home(library: str, home: set[str]) -> None:
    found = {
        module
        for module, path in MODULES.items()
        if any(name.split(".")[0] == library for name, _ in imports(path))
    }
    assert found <= home


def test_only_the_command_line_knows_typer_and_rich() -> None:
    for module, path in MODULES.items():
        libraries = {name.split(".")[0] for name, _ in imports(path)}
        assert part(module) == "cli" or not libraries & {"typer", "rich", "click"}, module


def test_no_module_needs_itself_to_be_loaded() -> None:
    loaded = {
        module: {
            found
            for found, at_once in imports(path)
            if at_once and found in MODULES and found != module
        }
        for module, path in MODULES.items()
    }
    tuple(TopologicalSorter(loaded).static_order())


def test_the_layers_themselves_have_no_cycle() -> None:
    """The one exception is named: client and provider meet in a protocol and in requests."""
    layers = {name: below - BOTTOM - {"(names)"} for name, below in MAY.items()}
    layers["client"] = layers["client"] - {"provider"}
    tuple(TopologicalSorter(layers).static_order())
