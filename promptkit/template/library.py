"""Finding templates on a search path, and reading them once for each change."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
from jinja2.environment import Template as Compiled

from promptkit.errors import Finding, Place, TemplateError, unknown
from promptkit.template.check import static_findings
from promptkit.template.compiled import Link, Template, prepare
from promptkit.template.document import Source, read_source
from promptkit.template.environment import DataEnvironment
from promptkit.template.faults import syntax_finding, unknown_words
from promptkit.template.filters import RenderFault
from promptkit.template.guard import compiles
from promptkit.template.names import referenced
from promptkit.watched import looked_for, unchanged

SUFFIX = ".j2"
BASE = "base.j2"
PARTIALS = "partials"
"""The folder of partials, beside the templates."""
UNKNOWN = "unknown-template"


class _Loader(jinja2.BaseLoader):
    """Gives Jinja what a template includes or imports: partials, and nothing else."""

    def __init__(self, library: TemplateLibrary) -> None:
        self._library = library

    def load(self, environment: Any, name: str, globals: Any = None) -> Compiled:
        try:
            link = self._library.link(name)
        except TemplateError as cause:
            finding = cause.findings[0]
            if finding.rule != UNKNOWN:
                raise
            raise jinja2.TemplateNotFound(name, f"{finding.message}\n{finding.fix}") from None
        if not link.source.partial:
            raise RenderFault(
                f"“{name}” is a template of its own; only files whose name starts with “_” can be "
                "included or imported"
            )
        return link.compiled


class TemplateLibrary:
    """The templates on a search path: the first folder that has a name wins."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._links: dict[Path, tuple[int, Link]] = {}
        self._templates: dict[str, tuple[Template, dict[Path, int]]] = {}
        self._real: dict[Path, Path | None] = {}
        self._environment = DataEnvironment(_Loader(self))

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the search path, in their order."""
        return self._folders

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
        known = self._templates.get(name)
        if known is None or not unchanged(known[1]):
            watched: dict[Path, int] = {}
            file = name if name.endswith(SUFFIX) else f"{name}{SUFFIX}"
            chain = self._chain(file, watched)
            parts = (*chain, *self._included(chain, watched))
            known = self._templates[name] = (self._template(chain, parts), watched)
        return known[0]

    def _chain(self, file: str, watched: dict[Path, int]) -> tuple[Link, ...]:
        """Return a template's own link and those of the templates that it extends."""
        chain = [self.link(file, watched)]
        while parent := self._parent(chain[-1], watched):
            chain.append(parent)
            files = [link.source.name for link in chain]
            if files.index(files[-1]) < len(files) - 1:
                child = chain[-2]
                message = f"templates extend one another in a ring: {' → '.join(files)}"
                place = child.source.place(child.extends_line)
                fix = "take the {% extends … %} out of one of them"
                raise TemplateError(Finding("extends-cycle", message, place=place, fix=fix))
        return tuple(chain)

    def _template(self, chain: tuple[Link, ...], parts: tuple[Link, ...]) -> Template:
        name = chain[0].source.name.removesuffix(SUFFIX)
        template = Template(name, chain, parts, self._environment, self._locate)
        findings = list(static_findings(template))
        if findings:
            raise TemplateError(findings)
        return template

    def _included(self, links: Iterable[Link], watched: dict[Path, int]) -> list[Link]:
        """Return the partials that templates include or import, directly or through others.

        A partial that is not there is told when it is rendered, where its line is known.
        """
        found: dict[str, Link] = {}
        todo = list(links)
        while todo:
            for name in todo.pop().includes:
                with suppress(TemplateError):
                    if name not in found:
                        found[name] = self.link(name, watched)
                        todo.append(found[name])
        return list(found.values())

    def link(self, file: str, watched: dict[Path, int] | None = None) -> Link:
        """Return one template file, read once for each change of the file.

        ``watched`` gets each file that was looked for, with the time of its last change.

        Raises:
            TemplateError: there is no such file, or it is not a template.
        """
        file = file if "." in file.rpartition("/")[2] else f"{file}{SUFFIX}"
        path, file, time = self._path(file, {} if watched is None else watched)
        known = self._links.get(path)
        if known is None or known[0] != time:
            known = self._links[path] = (time, self._read(read_source(path, file)))
        return known[1]

    def _path(self, file: str, watched: dict[Path, int]) -> tuple[Path, str, int]:
        """Return the path of a file, the one name that it goes by, and when it was changed."""
        names = (file, f"{PARTIALS}/{file}") if file.startswith("_") else (file,)
        for folder in self._folders:
            for path, name in looked_for(names, folder, watched):
                if inside := self._inside(folder, path):
                    return inside, name, watched[path]
        partial = file.rpartition("/")[2].startswith("_")
        known = self._partials() if partial else self.names()
        name = file.removesuffix(SUFFIX).removeprefix(f"{PARTIALS}/")
        message, fix = unknown("template", name, known)
        raise TemplateError(Finding(UNKNOWN, message, fix=fix))

    def _inside(self, folder: Path, path: Path) -> Path | None:
        """Return where a file really lies, if that is within its folder. It is looked at once."""
        if path not in self._real:
            real = path.resolve()
            self._real[path] = real if real.is_relative_to(folder.resolve()) else None
        return self._real[path]

    def _partials(self) -> list[str]:
        folders = [inner for folder in self._folders for inner in (folder, folder / PARTIALS)]
        return sorted({path.name for folder in folders for path in folder.glob(f"_*{SUFFIX}")})

    def _read(self, source: Source) -> Link:
        try:
            tree = self._environment.parse(source.body, source.name, source.file)
            if findings := list(unknown_words(tree, self._environment, source.place)):
                raise TemplateError(findings)
            blocks, extends = prepare(tree, source, self._environment)
        except jinja2.TemplateSyntaxError as cause:
            raise TemplateError(syntax_finding(cause, source.place(cause.lineno))) from None
        named = referenced(tree)
        includes = tuple(name for name in named if name)
        extended = extends or (None, 0)
        link = Link(source, self._environment, tree, blocks, includes, None in named, *extended)
        if not compiles(tree):
            _ = link.compiled  # so that people are told at once of what cannot be
        return link

    def _parent(self, link: Link, watched: dict[Path, int]) -> Link | None:
        if link.extends is None:
            return None if link.source.name == BASE else self.link(BASE, watched)
        try:
            return self.link(link.extends, watched)
        except TemplateError as cause:
            if cause.findings[0].rule != UNKNOWN:
                raise
            place = link.source.place(link.extends_line)
            raise TemplateError(replace(cause.findings[0], place=place)) from None

    def _locate(self, file: str, line: int) -> Place | None:
        known = self._links.get(Path(file))
        if known is None:
            return None
        link = known[1]
        return link.source.place(link.compiled.get_corresponding_lineno(line))
