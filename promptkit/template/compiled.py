"""A compiled template: its blocks, rendered one by one into the words of sections."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from traceback import walk_tb
from types import GeneratorType
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.environment import Template as Compiled
from jinja2.runtime import Context

from promptkit.errors import Place, TemplateError
from promptkit.template.axes import AxisOption
from promptkit.template.document import SECTIONS, FrontMatter, Source
from promptkit.template.environment import MAX_STEPS, Budget, DataEnvironment, run
from promptkit.template.faults import RENDER_FAULTS, render_finding, syntax_finding
from promptkit.template.trees import walk
from promptkit.template.varying import Varying, varying

#: A string of front matter is a phrase, and there may be many.
_PHRASE_STEPS = MAX_STEPS // 40


@dataclass(frozen=True, slots=True)
class BlockOrigin:
    """Where a section's words come from: the block, and the data it names."""

    place: Place
    brand_keys: tuple[str, ...]
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """One template of a chain of ``extends``, read."""

    source: Source
    environment: DataEnvironment = field(repr=False)
    tree: nodes.Template = field(repr=False)
    blocks: Mapping[str, nodes.Block] = field(repr=False)
    """The blocks that stand by themselves: those that are sections."""
    includes: tuple[str, ...]
    """The files that it includes or imports by a plain name."""
    open: bool
    """Whether it includes or imports a file that is only known when it is rendered."""
    extends: str | None
    """The file that it extends, if it says one."""
    extends_line: int = 0
    """The line on which it says so."""

    @cached_property
    def compiled(self) -> Compiled:
        """Its code, made when it is first asked for: most of a project is not rendered.

        Raises:
            TemplateError: it cannot be compiled.
        """
        name, file = self.source.name, self.source.file
        try:
            code = self.environment.compile(self.tree, name, file)
        except jinja2.TemplateSyntaxError as cause:
            raise TemplateError(syntax_finding(cause, self.source.place(cause.lineno))) from None
        return Compiled.from_code(self.environment, code, self.environment.globals)


@dataclass(frozen=True)
class Template:
    """A template with all that it extends, ready to render. Its first link is its own file."""

    name: str
    chain: tuple[Link, ...]
    parts: tuple[Link, ...] = field(repr=False)
    """The chain, and every partial that it includes or imports."""
    environment: DataEnvironment
    locate: Callable[[str, int], Place | None] = field(repr=False)
    """Gives the template line for a file name and line number of compiled code."""

    @cached_property
    def meta(self) -> FrontMatter:
        """The front matter, each key from the nearest template of the chain that writes it.

        Inputs, axes and colours of parents stay; the child's win.
        """
        merged: dict[str, Any] = {}
        for link in reversed(self.chain):
            for key in link.source.written & set(FrontMatter.model_fields):
                value = getattr(link.source.meta, key)
                if key in ("inputs", "axes", "colors", "ignore"):
                    value = merged.get(key, {}) | value
                merged[key] = value
        return FrontMatter.model_construct(**merged)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the files of this template, its parents, and all that they include."""
        content = hashlib.sha256()
        for link in self.parts:
            content.update(f"{link.source.name}\0{link.source.document.lines}\0".encode())
            content.update(link.source.body.encode())
        return content.hexdigest()

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The paths of the files that its sections stand in, its own first."""
        return tuple(link.source.file for link in self.chain)

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """The names of the sections, in the order in which they stand in a prompt."""
        names = {name for link in self.chain for name in link.blocks}
        own = [name for link in self.chain for name in link.blocks if name not in SECTIONS]
        after = SECTIONS.index("details") + 1
        usual = [*SECTIONS[:after], *dict.fromkeys(own), *SECTIONS[after:]]
        ordered = [name for name in self.meta.order if name in names]
        return tuple(name for name in dict.fromkeys([*ordered, *usual]) if name in names)

    @cached_property
    def origins(self) -> dict[str, tuple[BlockOrigin, ...]]:
        """Where each section comes from: its block, and those it reaches by ``super()``."""
        return {name: tuple(self._origins_of(name)) for name in self.sections}

    def _origins_of(self, section: str) -> Iterator[BlockOrigin]:
        for source, block in self._blocks(section):
            yield _origin(source, block, set(self.meta.inputs))

    def _blocks(self, section: str) -> Iterator[tuple[Source, nodes.Block]]:
        """Yield the blocks that a section reaches: its own, and those before by ``super()``."""
        for link in self.chain:
            if block := link.blocks.get(section):
                yield link.source, block
                if not _calls_super(block):
                    break

    @cached_property
    def axes_vary(self) -> bool:
        """Whether a brief words an option of an axis."""
        return any("{" in option.text for option in self._options)

    @cached_property
    def bans_vary(self) -> bool:
        """Whether a brief words what is kept out, by the template or an option of an axis."""
        bans = [*self.meta.avoid, *(ban for option in self._options for ban in option.avoid)]
        return any("{" in f"{ban.what}{ban.instead}" for ban in bans)

    @property
    def _options(self) -> Iterator[AxisOption]:
        return (option for axis in self.meta.axes.values() for option in axis.values())

    @cached_property
    def varying(self) -> Varying:
        """What has to be rendered for each brief; the rest stands, with the axes' options."""
        blocks = {name: [block for _, block in self._blocks(name)] for name in self.sections}
        trees = [link.tree for link in self.chain]
        briefed = {*self.meta.inputs, "axis"} if self.axes_vary else {*self.meta.inputs}
        return varying(trees, blocks, briefed)

    def written(self, section: str) -> Iterator[tuple[Place, str]]:
        """Yield the words that stand in the blocks of a section, line by line."""
        for source, block in self._blocks(section):
            for data in block.find_all(nodes.TemplateData):
                for number, line in enumerate(data.data.split("\n")):
                    if line.strip():
                        yield source.place(data.lineno + number), line.strip()

    def render(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Render every section.

        Raises:
            TemplateError: with the template's file and line.
        """
        return self._render(values, self.sections, range(len(self.chain)))

    def render_standing(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Render the sections that depend on no input.

        Raises:
            TemplateError: with the template's file and line.
        """
        names = [name for name in self.sections if name not in self.varying.sections]
        return self._render(values, names, self.varying.standing_roots)

    def render_varying(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Render the sections that depend on an input.

        Raises:
            TemplateError: with the template's file and line.
        """
        return self._render(values, self.varying.sections, self.varying.roots)

    def _render(
        self, values: Mapping[str, Any], sections: Iterable[str], roots: Container[int]
    ) -> dict[str, str]:
        context = self._context(values)
        context.blocks = self._rendered
        budget = Budget()
        for number, link in reversed([*enumerate(self.chain)]):
            if number in roots:
                self._run(link.compiled.root_render_func(context), values, budget)
        return {
            name: self._run(context.blocks[name][0](context), values, budget) for name in sections
        }

    @cached_property
    def _rendered(self) -> dict[str, list[Callable[[Context], Iterator[str]]]]:
        """The compiled blocks of the chain by name, the child's first."""
        found: dict[str, list[Callable[[Context], Iterator[str]]]] = {}
        for link in self.chain:
            for name, block in link.compiled.blocks.items():
                found.setdefault(name, []).append(block)
        return found

    def _context(self, values: Mapping[str, Any]) -> Context:
        return Context(self.environment, {**self.environment.globals, **values}, self.name, {})

    def phrase(self, text: str, values: Mapping[str, Any], where: Iterable[str | int]) -> str:
        """Render a string of the front matter, which is Jinja like the blocks.

        Raises:
            TemplateError: with the place of the string.
        """
        if "{" not in text:
            return text
        try:
            compiled = self.environment.phrase(text)
        except jinja2.TemplateSyntaxError as cause:
            raise TemplateError(syntax_finding(cause, self.place(tuple(where)))) from None
        parts = compiled.root_render_func(self._context(values))
        return self._run(parts, values, Budget(all_steps=_PHRASE_STEPS), where)

    def place(self, where: tuple[str | int, ...]) -> Place:
        """Return the place of a value of the front matter: in the file that wrote it."""
        if where[:1] == ("axes",) and where[2:3] != ("options",):
            where = (*where[:2], "options", *where[2:])
        link = next((link for link in self.chain if _wrote(link.source, where)), self.chain[0])
        return link.source.document.place(where)

    def _run(
        self,
        parts: Iterable[str],
        values: Mapping[str, Any],
        budget: Budget,
        where: Iterable[str | int] | None = None,
    ) -> str:
        try:
            return run(parts, budget)
        except RENDER_FAULTS as cause:
            place = self._place_of(cause, parts)
            if place is None and where is not None:
                place = self.place(tuple(where))
            raise TemplateError(render_finding(cause, values, place)) from None

    def _place_of(self, cause: BaseException, parts: Iterable[str]) -> Place | None:
        """Return the innermost template line that an error passed through, or that wrote last."""
        lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(cause.__traceback__)]
        if isinstance(parts, GeneratorType) and parts.gi_frame:
            lines.insert(0, (parts.gi_code.co_filename, parts.gi_frame.f_lineno))
        places = [place for file, line in lines if (place := self.locate(file, line))]
        return places[-1] if places else None


def _wrote(source: Source, where: tuple[str | int, ...]) -> bool:
    """Say whether a template's front matter has a value, down to the named one of a group."""
    data = source.document.data or {}
    for step in where[:2]:
        if not isinstance(data, Mapping):
            return True
        if step not in data:
            return False
        data = data[step]
    return True


def prepare(
    tree: nodes.Template, source: Source, environment: DataEnvironment
) -> tuple[dict[str, nodes.Block], tuple[str, int] | None]:
    """Make a tree ready to be rendered block by block.

    Returns its blocks, and what it extends with the line that says so.
    The chain of ``extends`` is followed by the library, so the node goes; blocks stay defined
    but do not print where they stand, so that running the top level only sets what it sets.

    Raises:
        TemplateSyntaxError: a block or ``extends`` stands where it would not do what it says.
    """
    parents = [node for node in tree.body if isinstance(node, nodes.Extends)]
    body = [node for node in tree.body if not isinstance(node, nodes.Extends)]
    blocks = {node.name: node for node in body if isinstance(node, nodes.Block)}
    _check_places(tree, {id(node) for node in body}, parents[:1])
    extends = [(_parent(node), node.lineno) for node in parents]
    if not blocks and not parents and not source.partial:
        block = nodes.Block("subject", body, False, False, lineno=1, environment=environment)
        blocks, body = {"subject": block}, [block]
    never = nodes.Const(False, environment=environment)
    tree.body = [
        nodes.If(never, [node], [], [], lineno=node.lineno, environment=environment)
        if isinstance(node, nodes.Block)
        else node
        for node in body
    ]
    return blocks, extends[0] if extends else None


def _parent(extends: nodes.Extends) -> str:
    name = extends.template.value if isinstance(extends.template, nodes.Const) else None
    if not isinstance(name, str):
        message = 'extends takes a plain name, in quotes; as in {% extends "packshot.j2" %}'
        raise jinja2.TemplateSyntaxError(message, extends.lineno)
    return name


def _check_places(tree: nodes.Template, body: Container[int], parent: list[nodes.Extends]) -> None:
    parts = walk(tree)
    for extends in parts:
        if isinstance(extends, nodes.Extends) and not any(extends is node for node in parent):
            message = (
                "extends stands once, outside of everything else; delete it, or what is around it"
            )
            raise jinja2.TemplateSyntaxError(message, extends.lineno)
    names: set[str] = set()
    for block in [part for part in parts if isinstance(part, nodes.Block)]:
        message = ""
        if id(block) not in body:
            message = (
                f"the block “{block.name}” stands inside something else; blocks are sections and "
                "stand by themselves, with any {% if %} inside them"
            )
        elif block.name in names:
            message = (
                f"the block “{block.name}” stands here a second time; join the two, or call "
                "this one something else"
            )
        if message:
            raise jinja2.TemplateSyntaxError(message, block.lineno)
        names.add(block.name)


def _origin(source: Source, block: nodes.Block, inputs: set[str]) -> BlockOrigin:
    names = {name.name for name in block.find_all(nodes.Name) if name.ctx == "load"}
    chains = {_dotted(node) for node in block.find_all(nodes.Getattr)}
    paths = {path for path in chains if path and path.split(".")[0] in ("brand", "look")}
    keys = {path for path in paths if not any(other.startswith(f"{path}.") for other in paths)}
    return BlockOrigin(
        source.place(block.lineno), tuple(sorted(keys)), tuple(sorted(names & inputs))
    )


def _dotted(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        before = _dotted(node.node)
        return f"{before}.{node.attr}" if before else None
    return None


def _calls_super(block: nodes.Block) -> bool:
    return any(
        isinstance(call.node, nodes.Name) and call.node.name == "super"
        for call in block.find_all(nodes.Call)
    )
