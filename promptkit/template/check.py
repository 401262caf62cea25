"""What can be seen of a template without rendering it: undeclared names, misspelt blocks."""

from __future__ import annotations

from collections.abc import Iterator, Set
from difflib import get_close_matches

import jinja2
from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from promptkit.brand.avoid import Avoid
from promptkit.errors import Finding, Place, unknown
from promptkit.template.compiled import Link, Template, syntax_finding
from promptkit.template.document import RESERVED, SECTIONS

_Where = tuple[str | int, ...]


def static_findings(template: Template) -> Iterator[Finding]:
    """Yield every fault that does not need a brief to be seen, with its place."""
    inputs = template.meta.inputs.keys()
    given = RESERVED | inputs | template.environment.globals.keys()
    defined = {name for link in template.chain for name in _defined(link.tree)}
    for link in template.chain:
        for node in _undeclared(link.tree, given | defined):
            yield _undeclared_finding(node, inputs, link.source.place(node.lineno))
        yield from _misspelt_blocks(template, link)
    for where, text in _phrases(template):
        yield from _phrase_findings(template, text, template.place(where), given)
    yield from _people(template)
    yield from _order(template)


def _undeclared_finding(node: nodes.Name, inputs: Set[str], place: Place) -> Finding:
    message, fix = unknown("input", node.name, {*inputs, "brand", "look"})
    fix = f"{fix}; or declare it under `inputs`"
    return Finding("undeclared-input", message, place=place, fix=fix)


def _misspelt_blocks(template: Template, link: Link) -> Iterator[Finding]:
    for name, block in link.blocks.items():
        near = get_close_matches(name, SECTIONS, n=1, cutoff=0.8)
        if name not in SECTIONS and name not in template.meta.order and near:
            yield Finding(
                "unknown-block",
                f"there is no section “{name}”",
                place=link.source.place(block.lineno),
                fix=f"did you mean “{near[0]}”? A section of your own is listed under `order`",
            )


def _phrases(template: Template) -> Iterator[tuple[_Where, str]]:
    """Yield the strings of the front matter that are Jinja, and where they stand."""
    meta = template.meta
    yield from ((("colors", role), said) for role, said in meta.colors.items())
    yield from ((("text", number), said) for number, said in enumerate(meta.text))
    avoid: dict[_Where, Avoid] = {("avoid", at): item for at, item in enumerate(meta.avoid)}
    for name, options in meta.axes.items():
        for key, option in options.items():
            yield ("axes", name, key, "text"), option.text
            avoid |= {
                ("axes", name, key, "avoid", at): item for at, item in enumerate(option.avoid)
            }
    for where, item in avoid.items():
        yield (*where, "what"), item.what
        yield (*where, "instead"), item.instead


def _phrase_findings(
    template: Template, text: str, place: Place, given: Set[str]
) -> Iterator[Finding]:
    if "{" not in text:
        return
    try:
        tree = template.environment.parse(text)
        template.environment.phrase(text)
    except jinja2.TemplateSyntaxError as cause:
        yield syntax_finding(cause, place)
        return
    for node in _undeclared(tree, given | set(_defined(tree))):
        yield _undeclared_finding(node, template.meta.inputs.keys(), place)


def _people(template: Template) -> Iterator[Finding]:
    decides = template.meta.people
    if isinstance(decides, str):
        spec = template.meta.inputs.get(decides)
        if spec is None or spec.type != "boolean":
            yield Finding(
                "people",
                f"`people`: “{decides}” is not an input that says yes or no",
                place=template.place(("people",)),
                fix="name an input of the type boolean, or write true or false",
            )


def _order(template: Template) -> Iterator[Finding]:
    blocks = {name for link in template.chain for name in link.blocks}
    for number, name in enumerate(template.meta.order):
        if name not in blocks:
            message, fix = unknown("section", name, blocks)
            place = template.place(("order", number))
            yield Finding("unknown-section", f"`order`: {message}", place=place, fix=fix)


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
