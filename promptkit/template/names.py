"""What a template's text names: inputs, keys of the brand, and what it defines itself."""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import lru_cache

from jinja2 import nodes
from jinja2.meta import find_referenced_templates

from promptkit.brand.avoid import Avoid
from promptkit.template.compiled import Template
from promptkit.template.environment import DataEnvironment
from promptkit.template.trees import children, flat

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
_kept = lru_cache(maxsize=1024)

#: Names that Jinja gives to macros, where these use them.
_OF_MACROS = frozenset({"caller", "kwargs", "varargs"})


@_kept
def phrase_tree(environment: DataEnvironment, text: str) -> nodes.Template:
    """Return a string of front matter as a tree; each text is read once.

    Raises:
        TemplateSyntaxError: it is not Jinja.
    """
    return environment.parse(text)


def referenced(tree: nodes.Template) -> list[str | None]:
    """Return the files that a text includes, imports or extends; None: one not known yet."""
    kinds = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    naming = [node for node in flat(tree) if isinstance(node, kinds)]
    return [*find_referenced_templates(nodes.Template(naming))]


def undeclared(tree: nodes.Template, known: Set[str]) -> Iterator[nodes.Name]:
    """Yield the first use of each name that neither the text nor its surroundings define.

    Args:
        tree: the text.
        known: what its surroundings define, and all that the text itself defines anywhere.
    """
    missing = loaded(tree) - known
    if not missing:
        return
    seen: set[str] = set()
    given = {*_given(tree)} if missing & _OF_MACROS else set()
    for node in flat(tree):
        if not isinstance(node, nodes.Name) or node.ctx != "load" or id(node) in given:
            continue
        if node.name in missing and node.name not in seen:
            seen.add(node.name)
            yield node


def _given(tree: nodes.Template) -> Iterator[int]:
    """Yield the ids of those names that Jinja gives to macros and calls, as they use them.

    Jinja's own function would do, but for ``a if true else b`` it takes the ``b`` off the tree.
    """
    for macro in flat(tree):
        if isinstance(macro, nodes.Macro | nodes.CallBlock):
            used = _OF_MACROS & {name for part in macro.body for name in loaded(part)}
            for part in (*macro.defaults, *macro.body):
                yield from (id(name) for name in _loads(part) if name.name in used)


@_kept
def defined(tree: nodes.Template) -> frozenset[str]:
    """Return the names that a text sets, imports or defines as macros."""
    return frozenset(_defined(tree))


def _defined(tree: nodes.Template) -> Iterator[str]:
    for node in flat(tree):
        if isinstance(node, nodes.Macro) or (isinstance(node, nodes.Name) and node.ctx != "load"):
            yield node.name
        elif isinstance(node, nodes.Import):
            yield node.target
        elif isinstance(node, nodes.FromImport):
            yield from (item if isinstance(item, str) else item[1] for item in node.names)


@_kept
def loaded(node: nodes.Node) -> frozenset[str]:
    """Return the names that a part of a text reads."""
    return frozenset(name.name for name in _loads(node))


def _loads(node: nodes.Node) -> Iterator[nodes.Name]:
    for name in (node, *flat(node)):
        if isinstance(name, nodes.Name) and name.ctx == "load":
            yield name


@_kept
def chains(tree: nodes.Template) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Return each longest ``brand.tone.traits`` or ``brand["tone"]`` as its steps, and its line."""
    parts = flat(tree)
    found: list[nodes.Getattr | nodes.Getitem] = [
        *(part for part in parts if isinstance(part, nodes.Getattr)),
        *(part for part in parts if isinstance(part, nodes.Getitem)),
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
        yield from _top(link.tree)


@_kept
def _top(tree: nodes.Template) -> tuple[nodes.Node, ...]:
    """Return what stands outside of all blocks; ``prepare`` has put each block in an if."""
    return tuple(
        node
        for node in tree.body
        if not any(isinstance(part, nodes.Block) for part in children(node))
    )
