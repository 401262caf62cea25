"""Jinja as it is used here: a sandbox that sees data and nothing else.

In ordinary sandboxes ``{{ brand.values }}`` prints a Python method and its address, so that the
prompt, and with it the digest, changes with every process. Here a key is a key; methods and
attributes of data do not exist; an undefined name is an error; the same data always give the
same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, Template, Undefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from promptkit.errors import unknown

MAX_OUTPUT = 32_000
MAX_RANGE = 1_000

#: Jinja's own filters that neither grow text without bound nor leave the data.
_KEPT_FILTERS = frozenset(
    "abs capitalize count d default first float int items join last length list lower map max min "
    "reject rejectattr replace reverse round select selectattr slice sort string sum title trim "
    "truncate unique upper wordcount".split()
)
_KEPT_GLOBALS = frozenset({"range", "dict", "namespace"})
_RUNTIME = (BlockReference, LoopContext, Macro, TemplateReference, Namespace)


class RenderFault(Exception):
    """A template asked for something that cannot be; the message is for its author."""


class Missing(StrictUndefined):
    """An undefined name or key; says what is there instead."""

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, Mapping):
            message, fix = unknown("key", str(self._undefined_name), map(str, self._undefined_obj))
            return f"{message} here; {fix}"
        if isinstance(self._undefined_obj, str | list | tuple | int | float):
            kind = "text" if isinstance(self._undefined_obj, str) else "data"
            return f"{kind} has no “{self._undefined_name}”; use a filter, as in “| upper”"
        return super()._undefined_message


class DataEnvironment(ImmutableSandboxedEnvironment):
    """Keys before attributes, attributes only on Jinja's own runtime objects."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(undefined=Missing, finalize=words, autoescape=False, **options)
        self.filters = {name: self.filters[name] for name in _KEPT_FILTERS} | FILTERS
        self.globals = {name: self.globals[name] for name in _KEPT_GLOBALS}
        self.globals["range"] = _bounded_range
        self.filters["replace"] = _bounded_replace
        self._phrases: dict[str, Template] = {}

    def phrase(self, text: str) -> Template:
        """Return a compiled string of front matter; each text is compiled once."""
        if text not in self._phrases:
            self._phrases[text] = self.from_string(text)
        return self._phrases[text]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look up ``obj.attribute``: a key of data, or a part of a Jinja runtime object."""
        if isinstance(obj, _RUNTIME):
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

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply and raise numbers only: text times a number can fill the memory."""
        if not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(f"“{operator}” works on numbers only")
        if operator == "**" and abs(right) > 64:
            raise SecurityError("an exponent may be 64 at most")
        return super().call_binop(context, operator, left, right)


def words(value: Any) -> Any:
    """Turn what stands in ``{{ }}`` into words.

    Nothing (``none``) drops out, whole numbers lose their ``.0``; what is not a word is an
    error that says how to say it.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        raise RenderFault("a yes-or-no value is not a word; write {% if … %}words{% endif %}")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str | int | Undefined):
        return value
    if isinstance(value, Mapping):
        keys = ", ".join(map(str, value))
        raise RenderFault(f"this is a group of keys, not words; name one of them: {keys}")
    if isinstance(value, Sequence):
        raise RenderFault("this is a list; write it as words with “| listing”")
    raise RenderFault("this is not words; a macro is called with ()")


def listing(items: Iterable[Any], last: str = "and") -> str:
    """Return ``a``, ``a and b``, or ``a, b and c``; empty items drop out."""
    parts = [str(item).strip() for item in items if item is not None and str(item).strip()]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def quoted(text: Any) -> str:
    """Return exact copy in double quotes, as image models want it."""
    return f"“{text}”" if text else ""


def sentence(text: Any) -> str:
    """Return text with a capital at its start and a full stop at its end."""
    plain = " ".join(str(text).split())
    if not plain:
        return ""
    end = "" if plain[-1] in ".!?…" or plain[-2:] in (".”", "!”", "?”") else "."
    return plain[0].upper() + plain[1:] + end


def article(text: Any) -> str:
    """Return text with “a” or “an” before it, unless it has an article or is a plural."""
    plain = str(text).strip()
    first = plain.partition(" ")[0].lower()
    if not plain or first in _DETERMINERS or first.isdigit():
        return plain
    return f"{'an' if _vowel_sound(first) else 'a'} {plain}"


_DETERMINERS = frozenset(
    "a an the this that these those one two three four five six several some many its their our "
    "his her no each every any both all pairs people".split()
)


def _vowel_sound(word: str) -> bool:
    if word.startswith(("uni", "use", "usa", "eu", "one-")):
        return False
    return word.startswith(("a", "e", "i", "o", "u", "hour", "honest", "heir", "8", "11", "18"))


def or_else(value: Any, other: Any) -> Any:
    """Return the value, or the other one where it is empty or nothing."""
    return other if isinstance(value, Undefined) or value in (None, "", [], {}) else value


def at(place: Any) -> str:
    """Return a place in the picture with its preposition: “in the upper left”."""
    return f"{'on' if str(place).endswith('side') else 'in'} the {place}" if place else ""


def lower_first(text: Any) -> str:
    """Return text with a small first letter, to go on within a sentence; names keep theirs."""
    plain = str(text)
    return plain if plain[1:2].isupper() else plain[:1].lower() + plain[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    "article": article,
    "at": at,
    "listing": listing,
    "lower_first": lower_first,
    "or_else": or_else,
    "quoted": quoted,
    "sentence": sentence,
}


def _bounded_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise RenderFault(f"range may have {MAX_RANGE} numbers at most")
    return numbers


def _bounded_replace(text: Any, old: str, new: str) -> str:
    plain = str(text)
    if len(plain) + plain.count(old) * len(new) > MAX_OUTPUT:
        raise RenderFault(f"replace would make more than {MAX_OUTPUT} characters")
    return plain.replace(old, new)
