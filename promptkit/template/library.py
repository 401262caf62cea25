"""Finding templates on a search path, and compiling them once for each change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.environment import Template as Compiled
from jinja2.meta import find_undeclared_variables

from promptkit.errors import Finding, Place, TemplateError, unknown
from promptkit.template.compiled import Link, Template, prepare
from promptkit.template.document import RESERVED, SECTIONS, Source, read_source
from promptkit.template.environment import DataEnvironment

SUFFIX = ".j2"
BASE = "base.j2"


class _Loader(jinja2.BaseLoader):
    def __init__(self, library: TemplateLibrary) -> None:
        self._library = library

    def load(self, environment: Any, name: str, globals: Any = None) -> Compiled:
        return self._library.link(name).compiled


class TemplateLibrary:
    """The templates on a search path: the first folder that has a name wins."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._links: dict[Path, tuple[int, Link]] = {}
        self._environment = DataEnvironment(loader=_Loader(self), cache_size=400)

    def names(self) -> list[str]:
        """Return the names of all templates; partials and `base` are not among them."""
        found = {
            path.stem
            for folder in self._folders
            if folder.is_dir()
            for path in folder.glob(f"*{SUFFIX}")
            if not path.name.startswith("_") and path.name != BASE
        }
        return sorted(found)

    def get(self, name: str) -> Template:
        """Return a template by name.

        Raises:
            TemplateError: there is none, or it or one of its parents has faults.
        """
        file = name if name.endswith(SUFFIX) else f"{name}{SUFFIX}"
        chain: list[Link] = []
        parent: str | None = file
        while parent:
            if any(link.source.name == parent for link in chain):
                names = " → ".join([*(link.source.name for link in chain), parent])
                raise TemplateError(
                    Finding("extends-cycle", f"templates extend in a ring: {names}")
                )
            chain.append(self.link(parent))
            parent = self._parent(chain[-1])
        template = Template(
            file.removesuffix(SUFFIX), tuple(chain), self._environment, self._locate
        )
        findings = list(_static_findings(template))
        if findings:
            raise TemplateError(findings)
        return template

    def link(self, file: str) -> Link:
        """Return one template file, read and compiled once for each change of the file.

        Raises:
            TemplateError: there is no such file, or it is not a template.
        """
        path = self._path(file)
        changed = path.stat().st_mtime_ns
        known = self._links.get(path)
        if known is None or known[0] != changed:
            known = self._links[path] = (changed, self._compile(read_source(path, file)))
        return known[1]

    def _path(self, file: str) -> Path:
        for folder in self._folders:
            path = (folder / file).resolve()
            if path.is_relative_to(folder.resolve()) and path.is_file():
                return path
        message, fix = unknown("template", file.removesuffix(SUFFIX), self.names())
        raise TemplateError(Finding("unknown-template", message, fix=fix))

    def _compile(self, source: Source) -> Link:
        try:
            tree = self._environment.parse(source.body, source.name, source.file)
            blocks, extends = prepare(tree, source, self._environment)
            code = self._environment.compile(tree, source.name, source.file)
        except jinja2.TemplateSyntaxError as cause:
            place = source.place(cause.lineno)
            raise TemplateError(
                Finding("template-syntax", cause.message or "not Jinja", place=place)
            ) from None
        compiled = Compiled.from_code(self._environment, code, self._environment.globals)
        return Link(source, compiled, tree, blocks, extends)

    def _parent(self, link: Link) -> str | None:
        return link.extends or (None if link.source.name == BASE else BASE)

    def _locate(self, file: str, line: int) -> Place | None:
        known = self._links.get(Path(file))
        if known is None:
            return None
        link = known[1]
        return link.source.place(link.compiled.get_corresponding_lineno(line))


def _static_findings(template: Template) -> Iterator[Finding]:
    """Yield what can be seen without rendering: undeclared names and misspelt blocks."""
    inputs = template.meta.inputs.keys()
    defined = {name for link in template.chain for name in _defined(link.tree)}
    known = RESERVED | inputs | template.environment.globals.keys() | defined
    for link in template.chain:
        for node in _undeclared(link.tree, known):
            message, fix = unknown("input", node.name, {*inputs, "brand", "look"})
            yield Finding(
                "undeclared-input",
                message,
                place=link.source.place(node.lineno),
                fix=f"{fix}; or declare it under `inputs`",
            )
        for name, block in link.blocks.items():
            near = get_close_matches(name, SECTIONS, n=1, cutoff=0.8)
            if name not in SECTIONS and name not in template.meta.order and near:
                yield Finding(
                    "unknown-block",
                    f"there is no section “{name}”",
                    place=link.source.place(block.lineno),
                    fix=f"did you mean “{near[0]}”? A section of your own is listed under `order`",
                )


def _undeclared(tree: nodes.Template, known: Set[str]) -> Iterator[nodes.Name]:
    missing = find_undeclared_variables(tree) - known
    seen: set[str] = set()
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load" and node.name in missing and node.name not in seen:
            seen.add(node.name)
            yield node


def _defined(tree: nodes.Template) -> Iterator[str]:
    """Yield the names that a template sets, imports or defines as macros."""
    for name in tree.find_all(nodes.Name):
        if name.ctx != "load":
            yield name.name
    for macro in tree.find_all(nodes.Macro):
        yield macro.name
    for whole in tree.find_all(nodes.Import):
        yield whole.target
    for some in tree.find_all(nodes.FromImport):
        for item in some.names:
            yield item if isinstance(item, str) else item[1]
