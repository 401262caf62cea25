"""A template's tree, laid out flat: it is looked through for many things, and walked seldom."""

from __future__ import annotations

from functools import cache, lru_cache

from jinja2 import nodes

LEAVES = (nodes.TemplateData, nodes.Const, nodes.Name)
"""Parts that hold no others: about half of a tree."""

#: Fields that hold a name or a sign, whatever they stand in.
_WORDS = {"name", "ctx", "op", "attr", "scoped", "required", "recursive", "with_context"}


@cache
def _holding(kind: type[nodes.Node]) -> tuple[str, ...]:
    """Return the fields of a kind of part that may hold others."""
    return () if issubclass(kind, LEAVES) else tuple(f for f in kind.fields if f not in _WORDS)


def children(node: nodes.Node) -> list[nodes.Node]:
    """Return what stands directly within a part of a tree, as Jinja does, but sooner."""
    found: list[nodes.Node] = []
    for field in _holding(type(node)):
        value = getattr(node, field, None)
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, nodes.Node)]
        elif isinstance(value, nodes.Node):
            found.append(value)
    return found


def walk(node: nodes.Node) -> list[nodes.Node]:
    """Return all that stands within a part of a tree, in the order of the text."""
    found: list[nodes.Node] = []
    todo = children(node)[::-1]
    while todo:
        found.append(part := todo.pop())
        todo += reversed(children(part))
    return found


@lru_cache(maxsize=1024)
def flat(node: nodes.Node) -> tuple[nodes.Node, ...]:
    """Return what ``walk`` does. It is kept, so nothing may be changed in the tree any more."""
    return tuple(walk(node))
