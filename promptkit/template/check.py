"""What can be seen of a template without rendering it: faults, and what could be better."""

from __future__ import annotations

from collections.abc import Iterator, Set
from difflib import get_close_matches

import jinja2
from jinja2 import nodes

from promptkit.errors import Finding, Place, unknown
from promptkit.template.advice import advice
from promptkit.template.compiled import Link, Template
from promptkit.template.document import MAX_LETTERS, RESERVED, SECTIONS
from promptkit.template.faults import syntax_finding, unknown_words
from promptkit.template.names import defined, phrase_tree, phrases, undeclared

MOST_PHRASES = 200
"""Strings of the front matter that are Jinja: each is compiled by itself."""


def check_template(template: Template) -> list[Finding]:
    """Return what is wrong with a template or could be better, without rendering it.

    What stands in a parent or a partial is found with each template that uses it, at its own
    place.
    """
    return list(advice(template))  # no template with faults comes out of a library


def static_findings(template: Template) -> Iterator[Finding]:
    """Yield every fault that does not need a brief to be seen, with its place."""
    inputs = template.meta.inputs.keys()
    given = RESERVED | inputs | template.environment.globals.keys()
    own = {name for link in template.chain for name in defined(link.tree)}
    for link in template.chain:
        for node in undeclared(link.tree, given | own):
            yield _undeclared_finding(node, inputs, link.source.place(node.lineno))
        yield from _misspelt_blocks(template, link)
    said = {where: text for where, text in phrases(template) if "{" in text}
    if len(said) > MOST_PHRASES or sum(map(len, said.values())) > MAX_LETTERS:
        message = (
            f"the front matter has more than {MOST_PHRASES} texts with {{{{ }}}} or {{% %}}, or "
            f"more than {MAX_LETTERS // 1024} KiB of them"
        )
        place = template.place([*said][min(MOST_PHRASES, len(said) - 1)])
        yield Finding("too-many", message, place=place, fix="write those that a picture needs")
        return
    for where, text in phrases(template):
        yield from _phrase_findings(template, text, template.place(where), given)
    yield from _people(template)
    yield from _order(template)


def _undeclared_finding(node: nodes.Name, inputs: Set[str], place: Place) -> Finding:
    message, fix = unknown("input", node.name, {*inputs, "brand", "look"})
    fix = f"{fix}; or declare it under `inputs`: {node.name}: {{type: text}}"
    return Finding("undeclared-input", message, place=place, fix=fix)


def _misspelt_blocks(template: Template, link: Link) -> Iterator[Finding]:
    for name, block in link.blocks.items():
        if name in SECTIONS or name in template.meta.order:
            continue
        if near := get_close_matches(name, SECTIONS, n=1, cutoff=0.8):
            yield Finding(
                "unknown-block",
                f"there is no section “{name}”",
                place=link.source.place(block.lineno),
                fix=f"did you mean “{near[0]}”? A section of your own is listed under `order`",
            )


def _phrase_findings(
    template: Template, text: str, place: Place, given: Set[str]
) -> Iterator[Finding]:
    if "{" not in text:
        return
    try:
        tree = phrase_tree(template.environment, text)
        if findings := list(unknown_words(tree, template.environment, lambda _: place)):
            yield from findings
            return
        template.environment.phrase(text)
    except jinja2.TemplateSyntaxError as cause:
        yield syntax_finding(cause, place)
        return
    for node in undeclared(tree, given | set(defined(tree))):
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
