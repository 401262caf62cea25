"""What is wrong with a template, in words: Jinja's own speak of tokens, Python's of types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.filters import FILTERS as JINJA_FILTERS

from promptkit.errors import Finding, Place, nearest, unknown
from promptkit.template.environment import UndefinedName
from promptkit.template.filters import FILTERS, RenderFault
from promptkit.template.trees import walk

#: What may go wrong while a template is rendered.
RENDER_FAULTS = (
    jinja2.TemplateRuntimeError,
    jinja2.TemplateNotFound,
    RenderFault,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    RecursionError,
)

_OPENERS = frozenset("block call filter for if macro set with".split())
_TAGS = (*sorted(_OPENERS), *"elif else extends from import include raw".split())
_TAG = re.compile(r"\{%[-+]?\s*(\w+)((?:[^%{]|%(?!\})|\{(?!%))*)%\}")
_COMMENT = re.compile(r"\{#.*?(?:#\}|\Z)", re.DOTALL)

#: How a person calls what Jinja calls otherwise.
_CALLED = {
    "end of print statement": "“}}”",
    "end of statement block": "“%}”",
    "begin of print statement": "“{{”",
    "begin of statement block": "“{%”",
    "end of template": "the end of the text",
    "name": "a name",
    "string": "a text in quotes",
    "integer": "a number",
    "float": "a number",
}
_NAME_A_FILE = 'write it as in {% include "_light.j2" %}'

#: What Jinja says of text that it cannot read, what that means, and what helps.
_MEANINGS = (
    (r"got '='", "one “=” does not compare", "write =="),
    (
        r"expected token 'end of statement block', got 'if'",
        "“else” takes no condition",
        "write {% elif … %}",
    ),
    (r"unexpected char '[“”„‘’]'", "a curly quote means nothing here", "write straight quotes"),
    (r"unexpected char '[\"\\']", "the quote that begins here is not closed", "close it"),
    (r"unexpected char '(.+)' at", "“{1}” means nothing here", "delete it, or quote the text"),
    (r"end of comment", "the comment is not closed", "write #} where it ends"),
    (
        r"end of template, expected 'end of (print|stat)",
        "what begins with {{ or {% is not closed",
        "close {{ with }}, and {% with %}",
    ),
    (r"unexpected '.', expected '(.)'", "“{1}” is missing here", "close what was opened before"),
    (
        r"unexpected '[)}\]]'",
        "a bracket is closed here that was not opened",
        "close {{ with }}, and {% with %}",
    ),
    (
        r"expected token 'end of print statement', got '\{'",
        "the {{ before this is not closed",
        "close it with }}",
    ),
    (r"expected token 'in', got '(.+)'", "“in” is missing here", "write {% for WORD in LIST %}"),
    (
        r"expected token 'name', got 'end of statement block'",
        "a name is missing before %}",
        "write it as in {% block subject %}",
    ),
    (
        r"expected token 'name', got 'end of print statement'",
        "a filter's name is missing before }}",
        "write it, or delete the |",
    ),
    (r"unexpected 'end of statement block'", "something is missing before %}", _NAME_A_FILE),
    (r"unexpected 'end of print statement'", "something is missing before }}", "write it"),
    (r"Expected an expression", "something is missing here", "write it, or delete the brackets"),
    (r"tag name expected", "a tag's name is missing after {%", "write it as in {% if … %}"),
    (r"[Cc]an't assign to spec", "“loop” means the loop itself", "choose another word"),
    (r"[Cc]an't assign to", "only a name can be set here", "write {% set NAME = … %}"),
    (r"an underline can not", "what begins with _ cannot be imported", "give it another name"),
    (r"Block names in Jinja", "a block's name cannot have hyphens", "write _ in place of -"),
)


def syntax_finding(cause: jinja2.TemplateSyntaxError, place: Place) -> Finding:
    """Return what is wrong with text that is not Jinja."""
    message = cause.message or "this is not Jinja"
    if "looking for" in message or message.startswith("Encountered unknown tag"):
        return _tag_finding(message, cause.source or "", place)
    said, advice = _in_words(message)
    return Finding("template-syntax", said, place=place, fix=advice)


def _unknown_filter(name: str, place: Place) -> Finding:
    """Return that a filter is none of ours; Jinja's others are not near to any."""
    message, fix = unknown("filter", name, FILTERS)
    if name in JINJA_FILTERS:
        message, fix = (
            f"Jinja's filter “{name}” is not offered here",
            f"known: {', '.join(sorted(FILTERS))}",
        )
    return Finding("template-syntax", message, place=place, fix=fix)


def unknown_words(
    tree: nodes.Template, environment: jinja2.Environment, place_of: Callable[[int], Place]
) -> Iterator[Finding]:
    """Yield each filter and test of a text that is none of ours.

    Jinja tells of the first alone, and within an {% if %} of none until it is rendered.
    """
    for node in walk(tree):
        if isinstance(node, nodes.Filter) and node.name not in environment.filters:
            yield _unknown_filter(node.name, place_of(node.lineno))
        elif isinstance(node, nodes.Test) and node.name not in environment.tests:
            message, fix = unknown("test", node.name, filter(str.isalpha, environment.tests))
            if node.name in ("blank", "empty", "null"):
                fix = "write {% if not … %}, which is true for what is empty"
            yield Finding("template-syntax", message, place=place_of(node.lineno), fix=fix)


def _in_words(message: str) -> tuple[str, str | None]:
    for pattern, said, fix in _MEANINGS:
        if found := re.search(pattern, message):
            return said.replace("{1}", found[1] if found.groups() else ""), fix
    if found := re.match(r"expected token '(.+?)', got '(.+)'", message):
        wanted, got = (_CALLED.get(said, f"“{said}”") for said in found.groups())
        if "print statement" in found[1]:
            fix = "join texts with ~, and write a name of two words with _"
            return f"{got} does not fit here, before }}}}", fix
        if "statement block" in found[1]:
            return f"{got} does not fit here, before %}}", "delete it, or write %} before it"
        return f"{wanted} is missing before {got}", f"write {wanted} there"
    if found := re.match(r"unexpected '(.+)'", message):
        return (
            f"{_CALLED.get(found[1], f'“{found[1]}”')} cannot stand here",
            "delete it, or quote the text",
        )
    return _run(message)


def _tag_finding(message: str, text: str, place: Place) -> Finding:
    """Return which tag is open, unknown, or closes what is not open."""
    named = re.match(r"Encountered unknown tag '(\w+)'", message)
    fix: str | None
    line, opener = _open_tag(text, place.line if named else None)
    on_line = f" on line {line}" if place.column is None and line != place.line else ""
    if named is None:
        if place.column is None and line:
            lines = text.splitlines()
            place = replace(place, line=line, text=lines[line - 1])
        said, fix = f"this {{% {opener} %}} is not closed", f"write {{% end{opener} %}} at its end"
    elif not named[1].startswith("end"):
        near = {"elseif": "elif"}.get(named[1]) or nearest(named[1], _TAGS)
        said = f"there is no tag {{% {named[1]} %}}"
        fix = f"did you mean {{% {near} %}}?" if near else f"known: {', '.join(_TAGS)}"
    elif opener:
        said = f"{{% {named[1]} %}} stands here while {{% {opener} %}}{on_line} is not closed"
        fix = f"write {{% end{opener} %}} before it"
    else:
        said, fix = f"there is nothing here that {{% {named[1]} %}} could close", "delete it"
    return Finding("template-syntax", said, place=place, fix=fix)


def _open_tag(text: str, before: int | None) -> tuple[int, str]:
    """Return line and name of the innermost tag that is open at a line, or at the end."""
    opened: list[tuple[int, str]] = []
    plain = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    for found in _TAG.finditer(plain):
        line, name = plain.count("\n", 0, found.start()) + 1, found[1]
        if opened and name == f"end{opened[-1][1]}":
            opened.pop()
        elif before is not None and line >= before and name.startswith("end"):
            break
        elif name in _OPENERS and not (name == "set" and "=" in found[2]):
            opened.append((line, name))
    return opened[-1] if opened else (0, "")


def render_finding(cause: Exception, values: Mapping[str, Any], place: Place | None) -> Finding:
    """Return what went wrong while a template was rendered.

    Args:
        cause: one of ``RENDER_FAULTS``.
        values: what the template sees.
        place: the line at which it went wrong.
    """
    message, fix = str(cause), None
    if isinstance(cause, UndefinedName):
        message, fix = _unknown_name(message, values)
    elif isinstance(cause, jinja2.TemplateNotFound):
        message, _, fix = message.partition("\n")
    elif isinstance(cause, RecursionError):
        message = "this calls or includes itself without end"
        fix = "take the call out, or put it in an {% if %} that ends it"
    elif isinstance(cause, jinja2.TemplateRuntimeError | RenderFault):
        message, fix = _run(message)
    else:
        message, fix = _worked_out(cause)
    return Finding("template-render", message, place=place, fix=fix)


def _unknown_name(name: str, values: Mapping[str, Any]) -> tuple[str, str]:
    if name in values:
        fix = "hand it to the macro as an argument, or import the macros “with context”"
        return f"“{name}” is not seen here", fix
    return unknown("input", name, values)


def _run(message: str) -> tuple[str, str | None]:
    if found := re.match(r"the template '(.+?)' .*the requested name '(.+)'", message):
        return f"“{found[1]}” has no macro “{found[2]}”", "take its name from that file"
    said, _, fix = message.rpartition("; ")
    return (said, fix) if said else (message, None)


def _worked_out(cause: Exception) -> tuple[str, str | None]:
    """Say what Python could not do: its words are of types and arguments."""
    message = str(cause)
    if isinstance(cause, ZeroDivisionError):
        return "this divides by zero", "divide by another number"
    if found := re.match(r"macro '(.+)' takes no keyword argument '(.+)'", message):
        return f"the macro “{found[1]}” has no “{found[2]}”", f"leave out {found[2]}= here"
    if re.search(r"positional argument|takes not more|unexpected keyword|multiple values", message):
        fix = "write as many as it takes, in its order"
        return "a filter or macro is given too many values here, or too few", fix
    if isinstance(cause, TypeError | ValueError):
        fix = "give it a number where it takes one, as in 3, and text in quotes"
        return "a value of the wrong kind stands here", fix
    return f"this cannot be worked out: {message}", None
