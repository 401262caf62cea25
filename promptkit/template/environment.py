"""Jinja as it is used here: a sandbox that sees data and nothing else.

In ordinary sandboxes ``{{ brand.values }}`` prints a Python method and its address, so that the
prompt, and with it the digest, changes with every process. Here a key is a key; methods and
attributes of data do not exist; an undefined name is an error; the same data always give the
same words. Time and memory are bounded too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import jinja2
from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.environment import TemplateModule
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, missing
from jinja2.visitor import NodeTransformer

from promptkit.errors import unknown
from promptkit.template.filters import FILTERS, MAX_OUTPUT, RenderFault, bounded, joined, words

MAX_RANGE = 1_000
MAX_STEPS = 20_000
"""Turns of loops and calls of macros in one section."""
MAX_WRITTEN = 64 * MAX_OUTPUT
"""Characters written in one section, those of captured text among them."""

_GLOBALS = frozenset({"dict", "namespace"})
_RUNTIME = (BlockReference, LoopContext, Macro, Namespace, TemplateModule, TemplateReference)
_LARGEST = 10**15

#: Filters that stand in for parts of the language. No author can spell them.
_EACH, _JOIN = "~each", "~join"


@dataclass(slots=True)
class _Budget:
    steps: int = MAX_STEPS
    characters: int = MAX_WRITTEN

    def spend(self, *, steps: int = 0, characters: int = 0) -> None:
        self.steps -= steps
        self.characters -= characters
        if self.steps < 0:
            raise RenderFault(f"this takes more than {MAX_STEPS:,} turns of loops and macros")
        if self.characters < 0:
            raise RenderFault(f"this makes more than {MAX_WRITTEN:,} characters on the way")


_budget: ContextVar[_Budget] = ContextVar("budget")


def run(parts: Iterable[str]) -> str:
    """Run a compiled template's generator, within its bounds of time and memory.

    Raises:
        RenderFault: it writes too much, or takes too long.
    """
    _budget.set(_Budget())
    found: list[str] = []
    length = 0
    for part in parts:
        length += len(part)
        if length > MAX_OUTPUT:
            raise RenderFault(f"this makes more than {MAX_OUTPUT:,} characters")
        found.append(part)
    return "".join(found)


class UndefinedName(jinja2.UndefinedError):
    """A name that nothing defines; its message is the bare name."""


class Missing(StrictUndefined):
    """An undefined name or key; says what is there instead."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[jinja2.TemplateRuntimeError] = jinja2.UndefinedError,
    ) -> None:
        """Take what Jinja hands over."""
        if name == "super" and hint:
            hint = "super() finds nothing here: no template that this one extends has this block"
        super().__init__(hint, obj, name, UndefinedName if not hint and obj is missing else exc)

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        obj, name = self._undefined_obj, self._undefined_name
        if obj is missing:
            return str(name)
        if isinstance(obj, Mapping):
            message, fix = unknown("key", str(name), map(str, obj))
            return f"{message} here; {fix}"
        if isinstance(obj, str):
            return f"text has no “{name}”; use a filter, as in “| upper”"
        if isinstance(obj, Sequence) and isinstance(name, int):
            return f"this list has no item {name}; it has {len(obj)}, counted from 0"
        return f"“{name}” is not to be had here; a name after a dot is a key of a group of keys"


class DataEnvironment(ImmutableSandboxedEnvironment):
    """Keys before attributes, attributes only on Jinja's own runtime objects."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, loader: jinja2.BaseLoader | None = None) -> None:
        # The loader keeps what it compiled, and knows when a file has changed; Jinja's own cache
        # would not ask it. Nothing is worked out while compiling: faults belong to a rendering.
        super().__init__(
            undefined=Missing, finalize=_said, loader=loader, cache_size=0, optimized=False
        )
        self.filters = {**FILTERS, _EACH: _each, _JOIN: joined}
        self.globals = {name: self.globals[name] for name in _GLOBALS} | {"range": _range}
        self._phrases: dict[str, jinja2.Template] = {}

    def phrase(self, text: str) -> jinja2.Template:
        """Return a compiled string of front matter; each text is compiled once."""
        if text not in self._phrases:
            self._phrases[text] = self.from_string(text)
        return self._phrases[text]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Guard().visit(super()._parse(source, name, filename))
        tree.set_environment(self)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look up ``obj.attribute``: a key of data, or a part of a Jinja runtime object."""
        if isinstance(obj, _RUNTIME) and not attribute.startswith("_"):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look up ``obj[argument]``: a key of data, or an item of a list."""
        if isinstance(obj, Undefined):
            return obj[argument]
        reads_key = isinstance(obj, Mapping)
        reads_index = isinstance(obj, Sequence) and isinstance(argument, int | slice)
        if reads_key or reads_index:
            try:
                return obj[argument]
            except (LookupError, TypeError):
                pass
        return self.undefined(obj=obj, name=argument)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a macro or a global, and count it.

        Raises:
            RenderFault: it is neither, or there were too many calls.
        """
        _budget.get().spend(steps=1)
        if not callable(__obj) and not isinstance(__obj, Undefined):
            raise RenderFault("this is not a macro, so it cannot be called with ()")
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out numbers; ``+`` also joins texts and lists.

        Text times a number could fill the memory, so there is no such thing.

        Raises:
            RenderFault: the two cannot be put together, or make too much.
        """
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return bounded(left + right)
        if operator == "+" and isinstance(left, list) and isinstance(right, list):
            _budget.get().spend(steps=len(left) + len(right))
            return left + right
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)  # says what is missing
            if isinstance(side, bool) or not isinstance(side, int | float):
                raise RenderFault(f"“{operator}” works on numbers only; texts are joined with ~")
        if max(abs(left), abs(right)) > _LARGEST or (operator == "**" and abs(right) > 64):
            raise RenderFault("this number is too large")
        if operator == "**" and left < 0 and not float(right).is_integer():
            raise RenderFault("a negative number has no such power")
        return super().call_binop(context, operator, left, right)


class _Guard(NodeTransformer):
    """Puts filters of ours where loops turn and where ``~`` joins: Jinja asks nobody there."""

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _filtered(cast(nodes.Expr, node.iter), _EACH)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), _JOIN)


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


@pass_context
def _said(context: Context, value: Any) -> Any:
    said = words(value)
    if isinstance(said, str):
        _budget.get().spend(characters=len(said))
    return said


def _each(items: Any) -> Iterator[Any]:
    if items is None or isinstance(items, str | bool | int | float):
        raise RenderFault("a loop needs a list")
    budget = _budget.get()
    for item in items:
        budget.spend(steps=1)
        yield item


def _range(*bounds: int) -> range:
    if any(abs(bound) > _LARGEST for bound in bounds) or len(range(*bounds)) > MAX_RANGE:
        raise RenderFault(f"range may have {MAX_RANGE:,} numbers at most")
    return range(*bounds)
