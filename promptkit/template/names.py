"""What a template's text names: inputs, keys of the brand, and what it defines itself."""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import lru_cache

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from promptkit.brand.avoid import Avoid
from promptkit.template.compiled import Template

Where = tuple[str | int, ...]


def phrases(template: Template) -> Iterator[tuple[Where, str]]:
    """Yield the strings of the front matter that are Jinja, and where they stand."""
    meta = template.meta
    yield from ((("colors", role), said) for role, said in meta.colors.items())
    yield from ((("text", number), said) for number, said in enumerate(meta.text))
    avoid: dict[Where, Avoid] = {("avoid", at): item for at, item in enumerate(meta.avoid)}
    for name, axis in meta.axes.items():
        for key, option in axis.items():
            where: Where = ("axes", name, "options", key)
            yield (*where, "text"), option.text
            avoid |= {(*where, "avoid", at): item for at, item in enumerate(option.avoid)}
    for place, item in avoid.items():
        yield (*place, "what"), item.what
        yield (*place, "instead"), item.instead


#: What is known of a tree is kept: each template of a project asks it of the same parents.
_kept = lru_cache(maxsize=64)


@_kept
def _undeclared(tree: nodes.Template) -> frozenset[str]:
    return frozenset(find_undeclared_variables(tree))


def undeclared(tree: nodes.Template, known: Set[str]) -> Iterator[nodes.Name]:
    """Yield the first use of each name that neither the text nor its surroundings define."""
    missing = _undeclared(tree) - known
    if not missing:
        return
    seen: set[str] = set()
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load" and node.name in missing and node.name not in seen:
            seen.add(node.name)
            yield node


@_kept
def defined(tree: nodes.Template) -> frozenset[str]:
    """Return the names that a text sets, imports or defines as macros."""
    return frozenset(_defined(tree))


def _defined(tree: nodes.Template) -> Iterator[str]:
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


@lru_cache(maxsize=1024)
def loaded(node: nodes.Node) -> frozenset[str]:
    """Return the names that a part of a text reads."""
    return frozenset(name.name for name in node.find_all(nodes.Name) if name.ctx == "load")


@_kept
def chains(tree: nodes.Template) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Return each longest ``brand.tone.traits`` or ``brand["tone"]`` as its steps, and its line."""
    found: list[nodes.Getattr | nodes.Getitem] = [
        *tree.find_all(nodes.Getattr),
        *tree.find_all(nodes.Getitem),
    ]
    inner = {id(node.node) for node in found if _steps(node)}
    return tuple(
        (steps, node.lineno) for node in found if (steps := _steps(node)) and id(node) not in inner
    )


def _steps(node: nodes.Node) -> tuple[str, ...]:
    if isinstance(node, nodes.Name):
        return (node.name,)
    key: object = None
    if isinstance(node, nodes.Getattr):
        key = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        key = node.arg.value
    before = _steps(node.node) if isinstance(node, nodes.Getattr | nodes.Getitem) else ()
    return (*before, key) if before and isinstance(key, str) else ()


def blocks_said(template: Template) -> Iterator[nodes.Node]:
    """Yield what a prompt is made of: reached blocks, all top levels, all partials."""
    for name in template.sections:
        for link in template.chain:
            if block := link.blocks.get(name):
                yield block
                if "super" not in loaded(block):
                    break
    for link in template.parts:
        wrapped = {id(block) for block in link.blocks.values()}
        for node in link.tree.body:
            if not any(id(inner) in wrapped for inner in node.iter_child_nodes()):
                yield node
