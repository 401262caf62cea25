"""What could be better in a template that can be rendered: warnings and advice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from jinja2 import nodes
from pydantic import BaseModel

from promptkit.brand.look import Look
from promptkit.brand.profile import Brand
from promptkit.errors import MAX_FINDINGS, Finding, Place, unknown
from promptkit.template.compiled import Link, Template
from promptkit.template.document import SECTIONS
from promptkit.template.names import blocks_said, chains, defined, loaded, phrase_tree, phrases
from promptkit.template.trees import flat, walk


def advice(template: Template) -> Iterator[Finding]:
    """Yield what a template could do better, each with its place and what to do about it."""
    for rule in (
        _about,
        _inputs,
        _unused,
        _partial_heads,
        _partial_blocks,
        _blocks,
        _sections,
        _keys,
        _params,
    ):
        yield from islice(rule(template), MAX_FINDINGS)


# What people are told -------------------------------------------------------------------------


def _about(template: Template) -> Iterator[Finding]:
    own = template.chain[0].source
    if not own.meta.description:
        yield Finding(
            "no-description",
            f"{template.name} does not say what it is for",
            severity="advice",
            place=own.document.place(),
            fix="add `description:` with one line, for the list of templates",
        )


def _inputs(template: Template) -> Iterator[Finding]:
    for name, spec in template.meta.inputs.items():
        place = template.place(("inputs", name))
        if not spec.help:
            yield Finding(
                "input-without-help",
                f"nobody is told what the input “{name}” says",
                severity="advice",
                place=place,
                fix="add `help:` with a few words",
            )
        shown = spec.example is not None or spec.default is not None
        if not shown and spec.type not in ("choice", "boolean"):
            yield Finding(
                "input-without-example",
                f"the input “{name}” has no example",
                severity="advice",
                place=place,
                fix="add `example:` with a good value; help and errors show it, no prompt does",
            )


def _unused(template: Template) -> Iterator[Finding]:
    """Yield inputs that no words come from. A picture is used by being sent along."""
    if any(link.open for link in template.parts):
        return  # a file that is only known when it is rendered may use anything
    used = {name for node in blocks_said(template) for name in loaded(node)}
    for _, text in phrases(template):
        if "{" in text:
            used |= loaded(phrase_tree(template.environment, text))
    used |= {template.meta.people} if isinstance(template.meta.people, str) else set()
    for name, spec in template.meta.inputs.items():
        if name not in used and spec.type != "image":
            yield Finding(
                "unused-input",
                f"the input “{name}” is asked for, but nothing of it comes into the prompt",
                severity="warning",
                place=template.place(("inputs", name)),
                fix=f"write {{{{ {name} }}}} in a block, or delete the input",
            )


# Blocks ---------------------------------------------------------------------------------------


def _partial_heads(template: Template) -> Iterator[Finding]:
    for link in template.parts[len(template.chain) :]:
        for key in sorted(link.source.written):
            yield Finding(
                "unread-front-matter",
                f"this is a partial, and of a partial's front matter nothing is read: `{key}`",
                severity="warning",
                place=link.source.document.place((key,)),
                fix=f"write `{key}` in the templates that include it",
            )


def _partial_blocks(template: Template) -> Iterator[Finding]:
    for link in template.parts[len(template.chain) :]:
        for name, block in link.blocks.items():
            yield Finding(
                "unreachable-block",
                f"the block “{name}” stands in a partial, where no block is ever said",
                severity="warning",
                place=link.source.place(block.lineno),
                fix="write the words without a block, and include the partial in the block",
            )


def _blocks(template: Template) -> Iterator[Finding]:
    """Yield blocks that can say nothing. Empty blocks of the root are there to be filled."""
    for name in template.sections:
        blocks = [(link, link.blocks[name]) for link in template.chain if name in link.blocks]
        for link, block in blocks:
            if _silent(block):
                yield _unreachable(link, block)
        inner = [found for found in blocks if found[0] is not template.chain[-1]]
        if inner and not any(_says(block) for _, block in blocks):
            yield Finding(
                "empty-block",
                f"the block “{name}” is empty, here and in all that this template extends",
                severity="advice",
                place=inner[0][0].source.place(inner[0][1].lineno),
                fix="write its words, or delete it",
            )


def _unreachable(link: Link, block: nodes.Block) -> Finding:
    return Finding(
        "unreachable-block",
        f"the words of the block “{block.name}” are never said: their condition is never true",
        severity="warning",
        place=link.source.place(block.lineno),
        fix="change the condition, or delete the block",
    )


@lru_cache(maxsize=1024)
def _silent(block: nodes.Block) -> bool:
    """Say whether a block has words of which none is ever said."""
    return _says(block) and not _can_say(block.body)


@lru_cache(maxsize=1024)
def _says(node: nodes.Node) -> bool:
    """Say whether there is anything in a block, reached or not, that could write words."""
    return any(map(_writes, (node, *walk(node))))


def _writes(node: nodes.Node) -> bool:
    if isinstance(node, nodes.TemplateData):
        return bool(node.data.strip())
    if isinstance(node, nodes.Output):
        return any(not isinstance(part, nodes.TemplateData) for part in node.nodes)
    return isinstance(node, nodes.Include)


def _can_say(body: list[nodes.Node]) -> bool:
    """Say whether any of the parts of a block is ever run and writes something."""
    for node in body:
        if isinstance(node, nodes.If):
            branches = [*_taken(node)]
        elif isinstance(node, nodes.For):
            branches = [node.body, node.else_]
        else:
            branches = []
            if _says(node):
                return True
        if any(_can_say(branch) for branch in branches):
            return True
    return False


def _taken(choice: nodes.If) -> Iterator[list[nodes.Node]]:
    """Yield the branches of a choice that some brief can take."""
    branches: list[nodes.If] = [choice, *choice.elif_]
    for branch in branches:
        known = _constant(branch.test)
        if known is not False:
            yield branch.body
        if known is True:
            return
    yield choice.else_


def _constant(test: nodes.Node) -> bool | None:
    if isinstance(test, nodes.Const):
        return bool(test.value)
    if isinstance(test, nodes.Not):
        inner = _constant(test.node)
        return None if inner is None else not inner
    return None


def _sections(template: Template) -> Iterator[Finding]:
    for at, link in enumerate(template.chain[:-1]):
        above = {name for parent in template.chain[at + 1 :] for name in parent.blocks}
        for name, block in link.blocks.items():
            if name not in {*SECTIONS, *above, *template.meta.order}:
                yield Finding(
                    "unlisted-section",
                    f"the section “{name}” is this template's own, and nothing says where it "
                    "stands: it comes after the details",
                    severity="advice",
                    place=link.source.place(block.lineno),
                    fix=f"list the sections: `order: [subject, {name}, details]`",
                )


# Keys of the brand ----------------------------------------------------------------------------


def _keys(template: Template) -> Iterator[Finding]:
    for link in template.parts:
        own = defined(link.tree)
        for steps, line in chains(link.tree):
            if steps[0] not in own and (lacking := _lacking(steps)):
                yield _unknown_key(*lacking, link.source.place(line))
    for where, text in phrases(template):
        if "{" in text:
            for steps, _ in chains(phrase_tree(template.environment, text)):
                if lacking := _lacking(steps):
                    yield _unknown_key(*lacking, template.place(where))


def _unknown_key(message: str, fix: str, place: Place) -> Finding:
    return Finding("unknown-brand-key", message, severity="warning", place=place, fix=fix)


@lru_cache(maxsize=1024)
def _lacking(steps: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the first step that a model lacks, in words, and what to do about it.

    What stands below a profile's own names is free.
    """
    model = _SEEN.get(steps[0])
    for at, step in enumerate(steps[1:], 1):
        if model is None:
            return None
        keys = [name for name, info in model.model_fields.items() if not info.exclude]
        if step not in keys:
            message, fix = unknown("key", step, keys)
            return f"{message} in `{'.'.join(steps[:at])}`", fix
        model = _model(model.model_fields[step].annotation)
    return None


def _model(annotation: Any) -> type[BaseModel] | None:
    origin = get_origin(annotation)
    if origin in (Annotated, Union, UnionType):
        return next((found for part in get_args(annotation) if (found := _model(part))), None)
    if origin is None and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


#: What a template sees beside its inputs, as far as its keys are known.
_SEEN = {"brand": Brand, "look": Look, "people": _model(Brand.model_fields["people"].annotation)}


# Words that a parameter says ------------------------------------------------------------------

#: What a prompt should not say, because a request says it better.
_PARAMETERS = (
    (
        re.compile(
            r"(?<![\w.])\d{3,5}\s?[x×]\s?\d{3,5}(?!\w)|(?<![\w.])\d+\s?(?:px|pixels)\b", re.I
        ),
        "size",
        "give the brand a channel of this size, and leave it out here",
    ),
    (
        re.compile(
            r"(?<![\w:])(?:1:1|1:2|2:1|2:3|3:2|3:4|4:3|4:5|5:4|9:16|16:9|16:10|21:9)(?![\w:])"
        ),
        "aspect ratio",
        "write it as `aspect:` in the front matter, and leave it out here",
    ),
    (
        re.compile(
            r"(?<![\w.])(?:2|4|6|8|12|16)k\b|\b(?:ultra|full)[- ]hd\b|\buhd\b|\b\d+\s?dpi\b|"
            r"\bhi(?:gh)?[- ]?res(?:olution)?\b",
            re.I,
        ),
        "resolution",
        "the tier's size and quality say it; leave it out here",
    ),
    (
        re.compile(r"(?<!\S)--(?:ar|chaos|no|q|quality|s|seed|style|stylize|v)(?!\w)", re.I),
        "flag",
        "models of other makers take it as words; leave it out here",
    ),
)


def _params(template: Template) -> Iterator[Finding]:
    for link in template.parts:
        for line, said in _said_in(link.tree):
            yield _parameter(*said, link.source.place(line))
    for where, phrase in phrases(template):
        for _, said in _said(phrase):
            yield _parameter(*said, template.place(where))


@lru_cache(maxsize=64)
def _said_in(tree: nodes.Template) -> tuple[tuple[int, tuple[str, str, str]], ...]:
    """Return the parameters that a text says, with their lines; kept, as parents are shared."""
    return tuple(
        (start + text.count("\n", 0, at), said)
        for text, start in _texts(tree)
        for at, said in _said(text)
    )


def _texts(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """Yield what may be said: plain text, and quoted text that is not there to be compared."""
    names: set[int] = set()
    for node in flat(tree):
        if isinstance(node, nodes.TemplateData):
            yield node.data, node.lineno
        elif isinstance(node, nodes.Pair):
            names.add(id(node.key))
        elif isinstance(node, nodes.Compare):
            names |= {id(const) for const in flat(node)}
    for const in flat(tree):
        text = const.value if isinstance(const, nodes.Const) else None
        if isinstance(text, str) and id(const) not in names:
            yield text, const.lineno


@lru_cache(maxsize=1024)
def _said(text: str) -> tuple[tuple[int, tuple[str, str, str]], ...]:
    return tuple(
        (found.start(), (found[0], kind, fix))
        for pattern, kind, fix in _PARAMETERS
        for found in pattern.finditer(text)
    )


def _parameter(words: str, kind: str, fix: str, place: Place) -> Finding:
    article = "an" if kind == "aspect ratio" else "a"
    return Finding(
        "parameter-in-text",
        f"“{words}” is {article} {kind}: models do not draw it, and some write it on the picture",
        severity="warning",
        place=place,
        fix=fix,
    )
