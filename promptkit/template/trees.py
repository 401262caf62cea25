"""A template's tree, laid out flat: it is looked through for many things, and walked seldom."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import nodes

LEAVES = (nodes.TemplateData, nodes.Const, nodes.Name)
"""Parts that hold no others: about half of a tree."""


def children(node: nodes.Node) -> list[nodes.Node]:
    """Return what stands directly within a part of a tree, as Jinja does, but sooner."""
    found: list[nodes.Node] = []
    if isinstance(node, LEAVES):
        return found
    for field in node.fields:
        value = getattr(node, field, None)
        if isinstance(value, nodes.Node):
            found.append(value)
        elif isinstance(value, list):
            found += [item for item in value if isinstance(item, nodes.Node)]
    return found


def walk(node: nodes.Node) -> list[nodes.Node]:
    """Return all that stands within a part of a tree, in the order of the text."""
    found: list[nodes.Node] = []
    todo = children(node)[::-1]
    while todo:
        found.append(part := todo.pop())
        if not isinstance(part, LEAVES):
            todo += reversed(children(part))
    return found


@lru_cache(maxsize=1024)
def flat(node: nodes.Node) -> tuple[nodes.Node, ...]:
    """Return what ``walk`` does. It is kept, so nothing may be changed in the tree any more."""
    return tuple(walk(node))
