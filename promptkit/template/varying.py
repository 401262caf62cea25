"""Which sections of a template depend on the brief, and which on the brand alone.

A brand's own sections are the same in every picture of a look: they need to be rendered once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

from jinja2 import nodes

Node = TypeVar("Node", bound=nodes.Node)


@dataclass(frozen=True, slots=True)
class Varying:
    """What has to be rendered for each brief."""

    sections: frozenset[str]
    """The sections that read something of the brief, directly or through what they use."""
    roots: frozenset[int]
    """The templates of the chain (0 is its first) whose top level those sections need."""
    standing_roots: frozenset[int]
    """Those whose top level reads nothing of the brief."""


@dataclass(frozen=True, slots=True)
class _Root:
    """A template's top level: what it reads, and what it sets."""

    reads: frozenset[str]
    sets: frozenset[str]
    open: bool
    """Whether it hands everything on to another file."""

    def depends(self, touched: Set[str]) -> bool:
        return self.open or bool(self.reads & touched)


def varying(
    trees: Iterable[nodes.Template], blocks: Mapping[str, Iterable[nodes.Block]], brief: Set[str]
) -> Varying:
    """Tell what depends on the names of the brief.

    Args:
        trees: the templates of a chain of ``extends``, the child first.
        blocks: by section the blocks that it reaches, through ``super()`` too.
        brief: the names that a brief sets.
    """
    roots = [_root(tree) for tree in trees]
    touched = set(brief)
    for _ in roots:  # what one template's top level sets, another's may read
        touched |= {name for root in roots if root.depends(touched) for name in root.sets}
    sections = {
        name
        for name, reached in blocks.items()
        if any(_open(block) or touched & _names(block) for block in reached)
    }
    used = [block for name in sections for block in blocks[name]]
    needed = {name for block in used for name in _names(block)}
    opened = any(_open(block) for block in used)
    return Varying(
        frozenset(sections),
        frozenset(
            number
            for number, root in enumerate(roots)
            if opened or root.depends(touched) or root.sets & needed
        ),
        frozenset(number for number, root in enumerate(roots) if not root.depends(touched)),
    )


def _root(tree: nodes.Template) -> _Root:
    body = [node for node in tree.body if node.find(nodes.Block) is None]
    return _Root(
        frozenset(name for node in body for name in _names(node)),
        frozenset(name for node in body for name in _sets(node)),
        any(map(_open, body)),
    )


def _names(node: nodes.Node) -> frozenset[str]:
    return frozenset(name.name for name in _all(node, nodes.Name) if name.ctx == "load")


def _sets(node: nodes.Node) -> Iterator[str]:
    yield from (name.name for name in _all(node, nodes.Name) if name.ctx == "store")
    yield from (macro.name for macro in _all(node, nodes.Macro))
    yield from (imported.target for imported in _all(node, nodes.Import))
    for imported in _all(node, nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in imported.names)


def _open(node: nodes.Node) -> bool:
    """Say whether a node lets another file or block see everything."""
    return (
        any(item.with_context for item in _all(node, nodes.Include))
        or any(item.with_context for item in _all(node, nodes.Import))
        or any(item.with_context for item in _all(node, nodes.FromImport))
        or any(name.name == "self" for name in _all(node, nodes.Name))
    )


def _all(node: nodes.Node, kind: type[Node]) -> list[Node]:
    found = list(node.find_all(kind))
    return [node, *found] if isinstance(node, kind) else found
