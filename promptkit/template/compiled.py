"""A compiled template: its blocks, rendered one by one into the words of sections."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.environment import Template as Compiled
from jinja2.exceptions import SecurityError

from promptkit.errors import Finding, Place, TemplateError
from promptkit.template.document import SECTIONS, FrontMatter, Source
from promptkit.template.environment import MAX_OUTPUT, DataEnvironment, RenderFault


@dataclass(frozen=True, slots=True)
class BlockOrigin:
    """Where a section's words come from: the block, and the data it names."""

    place: Place
    brand_keys: tuple[str, ...]
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """One template of a chain of ``extends``, compiled."""

    source: Source
    compiled: Compiled
    tree: nodes.Template = field(repr=False)
    blocks: Mapping[str, nodes.Block] = field(repr=False)
    """The blocks that stand by themselves: those that are sections."""
    extends: str | None
    """The file that it extends, if it says one."""


@dataclass(frozen=True)
class Template:
    """A template with all that it extends, ready to render. Its first link is its own file."""

    name: str
    chain: tuple[Link, ...]
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
                if key in ("inputs", "axes", "colors"):
                    value = merged.get(key, {}) | value
                merged[key] = value
        return FrontMatter.model_construct(**merged)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over this template's and its parents' files."""
        content = hashlib.sha256()
        for link in self.chain:
            content.update(f"{link.source.name}\0{link.source.document.lines}\0".encode())
            content.update(link.source.body.encode())
        return content.hexdigest()

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """The names of the sections, in the order in which they stand in a prompt."""
        names = {name for link in self.chain for name in link.blocks}
        own = [name for link in self.chain for name in link.blocks if name not in SECTIONS]
        after = SECTIONS.index("details") + 1
        usual = [*SECTIONS[:after], *dict.fromkeys(own), *SECTIONS[after:]]
        ordered = [name for name in self.meta.order if name in names]
        return tuple(name for name in dict.fromkeys([*ordered, *usual]) if name in names)

    def origins(self, section: str) -> list[BlockOrigin]:
        """Return where a section comes from: its block, and those it reaches by ``super()``."""
        found = []
        for link in self.chain:
            if block := link.blocks.get(section):
                found.append(_origin(link.source, block, set(self.meta.inputs)))
                if not _calls_super(block):
                    break
        return found

    def render(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Render every section.

        Raises:
            TemplateError: with the template's file and line.
        """
        context = self.chain[0].compiled.new_context(dict(values))
        for link in self.chain[1:]:
            for name, block in link.compiled.blocks.items():
                context.blocks.setdefault(name, []).append(block)
        for link in reversed(self.chain):
            self._run(link.compiled.root_render_func(context))
        return {name: self._run(context.blocks[name][0](context)) for name in self.sections}

    def phrase(self, text: str, values: Mapping[str, Any], where: Iterable[str | int]) -> str:
        """Render a string of the front matter, which is Jinja like the blocks.

        Raises:
            TemplateError: with the place of the string.
        """
        if "{" not in text:
            return text
        try:
            compiled = self.environment.phrase(text)
            return self._run(compiled.root_render_func(compiled.new_context(dict(values))))
        except (TemplateError, jinja2.TemplateSyntaxError) as cause:
            inner = cause.findings[0] if isinstance(cause, TemplateError) else cause
            message = inner.message or "this is not Jinja"
            place = self.chain[0].source.document.place(where)
            raise TemplateError(Finding("template-render", message, place=place)) from None

    def _run(self, parts: Iterator[str]) -> str:
        try:
            return _bounded(parts)
        except (jinja2.UndefinedError, SecurityError, RenderFault) as cause:
            raise TemplateError(self._finding(cause, str(cause))) from None
        except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as cause:
            raise TemplateError(
                self._finding(cause, f"this cannot be worked out: {cause}")
            ) from None

    def _finding(self, cause: BaseException, message: str) -> Finding:
        return Finding("template-render", message, place=self._place_of(cause))

    def _place_of(self, cause: BaseException) -> Place | None:
        """Return the innermost template line that an error passed through."""
        place, frame = None, cause.__traceback__
        while frame is not None:
            place = self.locate(frame.tb_frame.f_code.co_filename, frame.tb_lineno) or place
            frame = frame.tb_next
        return place


def prepare(
    tree: nodes.Template, source: Source, environment: DataEnvironment
) -> tuple[dict[str, nodes.Block], str | None]:
    """Make a tree ready to be rendered block by block; return its blocks and what it extends.

    The chain of ``extends`` is followed by the library, so the node goes; blocks stay defined
    but do not print where they stand, so that running the top level only sets what it sets.
    """
    parents = [_constant_parent(node) for node in tree.body if isinstance(node, nodes.Extends)]
    body = [node for node in tree.body if not isinstance(node, nodes.Extends)]
    blocks = {node.name: node for node in body if isinstance(node, nodes.Block)}
    if not blocks and not parents and not source.partial:
        block = nodes.Block("subject", body, False, False, lineno=1)
        blocks, body = {"subject": block}, [block]
    never = nodes.Const(False)
    tree.body = [
        nodes.If(never, [node], [], [], lineno=node.lineno)
        if isinstance(node, nodes.Block)
        else node
        for node in body
    ]
    tree.set_environment(environment)
    return blocks, parents[0] if parents else None


def _constant_parent(node: nodes.Extends) -> str:
    if not isinstance(node.template, nodes.Const) or not isinstance(node.template.value, str):
        raise jinja2.TemplateSyntaxError("extends takes a plain name, in quotes", node.lineno)
    return node.template.value


def _bounded(parts: Iterator[str]) -> str:
    found: list[str] = []
    length = 0
    for part in parts:
        length += len(part)
        if length > MAX_OUTPUT:
            raise RenderFault(f"this makes more than {MAX_OUTPUT} characters")
        found.append(part)
    return "".join(found)


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
