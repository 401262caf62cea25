"""Jinja as it is used here: a sandbox that sees data and nothing else.

In ordinary sandboxes ``{{ brand.values }}`` prints a Python method and its address, so that the
prompt, and with it the digest, changes with every process. Here a key is a key; methods and
attributes of data do not exist; an undefined name is an error; the same data always give the
same words. Time and memory are bounded too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from traceback import walk_tb
from typing import Any

import jinja2
from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.environment import TemplateModule
from jinja2.parser import Parser
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, missing

from promptkit.errors import unknown
from promptkit.template.filters import FILTERS, MAX_OUTPUT, RenderFault, bounded, joined, words
from promptkit.template.guard import (
    EACH,
    JOIN,
    MADE,
    PAY,
    TOO_DEEP,
    TOO_LARGE,
    WEIGHED,
    guarded,
)

MAX_RANGE = 1_000
MAX_STEPS = 20_000
"""Turns of loops and calls of macros in one section, and all that takes as long."""
MAX_WRITTEN = 64 * MAX_OUTPUT
"""Characters written in one section, those of captured text among them."""
_SECTIONS = 3
"""So many sections may need all that; the others must do with less."""

_GLOBALS = frozenset({"dict", "namespace"})
_RUNTIME = (BlockReference, LoopContext, Macro, Namespace, TemplateModule, TemplateReference)
_LARGEST = 10**15

#: Filters that take no longer for a long list.
_QUICK = frozenset("count d default first last length or_else".split())
_SHORT = 200


@dataclass(slots=True)
class Budget:
    """What is left of time and memory to the sections of one prompt, and to that at work."""

    all_steps: int = _SECTIONS * MAX_STEPS
    all_characters: int = _SECTIONS * MAX_WRITTEN
    steps: int = 0
    characters: int = 0

    def begin(self) -> None:
        """Begin the next section."""
        self.steps, self.characters = MAX_STEPS, MAX_WRITTEN

    def turn(self, steps: int = 1) -> None:
        """Take steps off.

        Raises:
            RenderFault: none are left.
        """
        self.steps -= steps
        self.all_steps -= steps
        if self.steps < 0:
            raise RenderFault(
                f"this takes more than {MAX_STEPS:,} turns of loops and macros; loop over less"
            )
        if self.all_steps < 0:
            raise RenderFault(_TOO_LONG)

    def write(self, characters: int) -> None:
        """Take characters off.

        Raises:
            RenderFault: none are left.
        """
        self.characters -= characters
        self.all_characters -= characters
        if self.characters < 0:
            raise RenderFault(f"this makes more than {MAX_WRITTEN:,} characters on the way")
        if self.all_characters < 0:
            raise RenderFault(_TOO_LONG)


_TOO_LONG = "all this together takes too long; loop over less"
_budget: ContextVar[Budget] = ContextVar("budget")


def run(parts: Iterable[str], budget: Budget | None = None) -> str:
    """Run a compiled template's generator, within its bounds of time and memory.

    Raises:
        RenderFault: it writes too much, or takes too long.
    """
    budget = budget or Budget()
    budget.begin()
    _budget.set(budget)
    found: list[str] = []
    length = 0
    for part in parts:
        length += len(part)
        if length > MAX_OUTPUT:
            raise RenderFault(f"this makes more than {MAX_OUTPUT:,} characters; loop over less")
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
            hint = (
                "super() finds nothing here; delete it: no template that this one extends has "
                "this block"
            )
        super().__init__(hint, obj, name, UndefinedName if not hint and obj is missing else exc)

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        obj, name = self._undefined_obj, self._undefined_name
        if obj is missing:
            return str(name)
        if isinstance(obj, Mapping):
            if not isinstance(name, str | int):
                return "there is no key of this kind; a key is a word"
            message, fix = unknown("key", str(name), map(str, obj))
            if name in ("items", "keys", "values"):
                fix = "write {% for name in GROUP %}, and GROUP[name] for what stands there"
            return f"{message} here; {fix}"
        if isinstance(obj, str) and isinstance(name, str) and name in FILTERS:
            return f"text has no “{name}”; use the filter, as in “| {name}”"
        if isinstance(obj, str):
            return f"text has no “{name}”; write it without .{name}"
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
        own = {EACH: _each, JOIN: _joined, MADE: _made, PAY: _pay, WEIGHED: _weighed}
        charged = {name: _charged(plain) for name, plain in FILTERS.items() if name not in _QUICK}
        self.filters = {**FILTERS, **charged, **own}
        self.globals = {name: self.globals[name] for name in _GLOBALS} | {"range": _range}
        self._phrases: dict[str, jinja2.Template] = {}

    def phrase(self, text: str) -> jinja2.Template:
        """Return a compiled string of front matter; each text is compiled once."""
        if text not in self._phrases:
            self._phrases[text] = self.from_string(text)
        return self._phrases[text]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        try:
            tree = guarded(super()._parse(source, name, filename))
        except RecursionError as cause:
            raise jinja2.TemplateSyntaxError(TOO_DEEP, _line(cause)) from None
        except ValueError as cause:  # Python reads no number of so many digits
            raise jinja2.TemplateSyntaxError(TOO_LARGE, _line(cause)) from None
        tree.set_environment(self)
        return tree

    def _compile(self, source: str, filename: str) -> Any:
        try:
            return super()._compile(source, filename)
        except (SyntaxError, RecursionError, MemoryError):
            message = "this is too long, or nested too deeply, to be compiled"
            raise jinja2.TemplateSyntaxError(message, 1) from None

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look up ``obj.attribute``: a key of data, or a part of a Jinja runtime object."""
        if type(obj) is dict and attribute in obj:  # nearly always
            return obj[attribute]
        if isinstance(obj, _RUNTIME) and not attribute.startswith("_"):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look up ``obj[argument]``: a key of data, or an item of a list."""
        if isinstance(obj, Undefined):
            return obj[argument]
        reads_key = isinstance(obj, Mapping) and not isinstance(argument, tuple)
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
        _budget.get().turn()
        if not callable(__obj) and not isinstance(__obj, Undefined):
            raise RenderFault("this is no macro; write it without ()")
        made = super().call(__context, __obj, *args, **kwargs)
        return _made(made) if isinstance(made, dict) else made

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out numbers; ``+`` also joins texts and lists.

        Text times a number could fill the memory, so there is no such thing.

        Raises:
            RenderFault: the two cannot be put together, or make too much.
        """
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return bounded(left + right)
        if operator == "+" and isinstance(left, list) and isinstance(right, list):
            _budget.get().turn(len(left) + len(right))
            return left + right
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)  # says what is missing
            if isinstance(side, bool) or not isinstance(side, int | float):
                fix = "join texts with ~" if operator in "+%" else "take the text out"
                raise RenderFault(f"“{operator}” works on numbers only; {fix}")
        if max(abs(left), abs(right)) > _LARGEST or (operator == "**" and abs(right) > 64):
            raise RenderFault("this number is too large; write a smaller one")
        if operator == "**" and left < 0 and not float(right).is_integer():
            raise RenderFault("a negative number has no such power")
        return super().call_binop(context, operator, left, right)


def _line(cause: BaseException) -> int:
    """Return the line that was being parsed."""
    readers = (frame.f_locals.get("self") for frame, _ in walk_tb(cause.__traceback__))
    parser = next((reader for reader in readers if isinstance(reader, Parser)), None)
    return parser.stream.current.lineno if parser else 1


def _charged(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Make a filter pay for the length of what it is given."""
    if hasattr(plain, "jinja_pass_arg"):

        @wraps(plain)
        def charged_of(about: Any, value: Any, *given: Any, **named: Any) -> Any:
            return plain(about, _weighed(value), *given, **named)

        return charged_of

    @wraps(plain)
    def charged(value: Any, *given: Any, **named: Any) -> Any:
        return plain(_weighed(value), *given, **named)

    return charged


def _weighed(value: Any) -> Any:
    """Pay for what takes the longer the longer a value is."""
    if isinstance(value, str):
        if len(value) > _SHORT:
            _budget.get().write(len(value))
    elif isinstance(value, list | tuple | range | dict):
        _budget.get().turn(len(value))
    elif isinstance(value, Iterator) and not isinstance(value, LoopContext):
        return _each(value)
    return value


def _made(value: Any) -> Any:
    """Pay for all that stands in a list or group: it may hold the same list again and again."""
    budget = _budget.get()
    todo = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, Mapping):
            budget.turn(2 * len(part))
            todo += [*part.keys(), *part.values()]
        elif isinstance(part, list | tuple):
            budget.turn(len(part))
            todo += part
    return value


def _pay(steps: int) -> None:
    _budget.get().turn(steps)


def _joined(parts: Sequence[Any]) -> str:
    text = joined(parts)
    _budget.get().write(len(text))
    return text


@pass_context
def _said(context: Context, value: Any) -> Any:
    said = words(value)
    if isinstance(said, str):
        _budget.get().write(len(said))
    return said


def _each(items: Any) -> Iterator[Any]:
    if items is None or isinstance(items, str | bool | int | float):
        raise RenderFault("a loop needs a list; write this without the loop")
    budget = _budget.get()
    for item in items:
        budget.turn()
        yield item


def _range(*bounds: int) -> range:
    if any(abs(bound) > _LARGEST for bound in bounds) or len(range(*bounds)) > MAX_RANGE:
        raise RenderFault(f"range may have {MAX_RANGE:,} numbers at most; write a smaller one")
    return range(*bounds)
