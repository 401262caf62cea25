"""The filters of templates: words in, words out; nothing of Python shows through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from math import ceil, floor
from typing import Any

from jinja2 import Undefined
from jinja2.filters import FILTERS as JINJA_FILTERS

from promptkit.brand.color import in_words
from promptkit.errors import unknown

MAX_OUTPUT = 32_000
"""Characters that a section, or any text on its way there, may have."""


class RenderFault(Exception):
    """A template asked for something that cannot be; the message is for its author."""


def words(value: Any) -> Any:
    """Turn what stands in ``{{ }}`` into words.

    Nothing (``none``) drops out, whole numbers lose their ``.0``.

    Raises:
        RenderFault: it is not a word, or too long; with how to say it instead.
    """
    if isinstance(value, str):
        return bounded(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        raise RenderFault("a yes-or-no value is not a word; write {% if … %}words{% endif %}")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int | Undefined):
        return value
    if isinstance(value, Mapping):
        keys = ", ".join(map(str, value)) or "it has none"
        raise RenderFault(f"this is a group of keys, not words; name one of them: {keys}")
    if callable(value) or not isinstance(value, Iterable):
        raise RenderFault("this is not words; a macro is called with ()")
    raise RenderFault("this is a list; write it as words with “| listing”")


def bounded(text: str) -> str:
    """Return text that is not too long.

    Raises:
        RenderFault: it has more characters than a section may have.
    """
    if len(text) > MAX_OUTPUT:
        raise RenderFault(f"this makes more than {MAX_OUTPUT:,} characters")
    return text


def listing(items: Iterable[Any] | None, last: str = "and") -> str:
    """Return ``a``, ``a and b``, or ``a, b and c``; empty items drop out."""
    given = [items] if items is None or isinstance(items, str) else items
    parts = [part for item in given if (part := str(words(item)).strip())]
    if len(parts) < 2:
        return "".join(parts)
    return bounded(f"{_together(', ', parts[:-1])} {last} {parts[-1]}")


def quoted(text: Any) -> str:
    """Return exact copy in double quotes, as image models want it."""
    return f"“{text}”" if text else ""


def sentence(text: Any) -> str:
    """Return text with a capital at its start and a full stop at its end; ``iPhone`` stays."""
    plain = " ".join(str(text).split())
    if not plain:
        return ""
    ended = plain[-1] in ".!?…" or (plain[-1] in "”’\"')" and plain[-2:-1] in tuple(".!?…"))
    start = plain[0] if plain[1:2].isupper() else _capital(plain[0])
    return start + plain[1:] + ("" if ended else ".")


def _capital(letter: str) -> str:
    capital = letter.upper()
    return capital if len(capital) == 1 else letter  # ß has none


def article(text: Any) -> str:
    """Return text with “a” or “an” before it, unless it has an article or is a plural.

    “1 can” and “Tim's can” take none either, nor does text of another language.
    """
    plain = str(text).strip()
    first = plain.partition(" ")[0].lower().rstrip(",")
    if not plain or first in _DETERMINERS or _OWNED_OR_ONE.match(plain) or _plural(plain):
        return plain
    if _foreign(plain):
        return plain
    return f"{'an' if _vowel_sound(plain) else 'a'} {plain}"


def definite(text: Any) -> str:
    """Return text with “the” before it, in place of “a” or “an”, where nothing else stands."""
    plain = _ARTICLE.sub("", str(text).strip())
    first = plain.partition(" ")[0].lower()
    if not plain or first in _POINTING or _OWNED.match(plain) or _foreign(plain):
        return plain
    return f"the {plain}"


_ARTICLE = re.compile(r"^(a|an|the)\s+", re.IGNORECASE)
_POINTING = frozenset("this that these those its their our his her my your each every".split())
_DETERMINERS = _POINTING | frozenset(
    "a an the one two three four five six seven eight nine ten eleven twelve several some many "
    "few more various assorted no any both all half pairs people dozens".split()
)
#: Small words that only another language has; those below stand in English names, too: La Croix.
_FOREIGN = frozenset(
    "ein eine einen einem einer eines und mit auf für über unter neben zum zur bei aus vom "
    "une avec dans sur sous aux una para sobre della nella gli uma het een och med på ett og av "
    "til się".split()
)
_ALSO_IN_NAMES = frozenset(
    "der das dem im am von vor le la les un du des de del di da et en au à el los las il lo con y "
    "por su em na op".split()
)
_ENGLISH = frozenset("the of with and at to from for by".split())
#: A person's or firm's: “Tim's can”; “men's shirt” says only what kind it is.
_OWNED = re.compile(r"(?!(?:Wom|M|Childr)en)[^\W\d_a-z][\w-]*(?:['’]s|s['’])\s")
_OWNED_OR_ONE = re.compile(
    rf"{_OWNED.pattern}|1\s(?!(?:[cdkm]?[glm]|oz|ft|in|inch|pint|lit(?:re|er)|met(?:re|er))\b)"
)
#: What a noun phrase's main word stands before: “glass bottles | of cold tea”.
_HEAD_ENDS = re.compile(
    r"[,;:(]|\s(?:above|against|and|around|at|behind|beside|by|for|from|in|inside|into|near|next|"
    r"of|on|or|over|that|under|which|with|without)\s"
)
_SINGULAR_S = frozenset("atlas canvas chaos christmas cosmos gas lens news series species".split())


def _foreign(text: str) -> bool:
    """Say whether text is in another language: by its small words, or its letters."""
    if not re.search(r"[a-z]", text, re.IGNORECASE | re.ASCII):
        return any(map(str.isalpha, text))
    said = re.findall(r"[^\W\d_]+", text.lower())
    own, named, english = (
        sum(word in words for word in said) for words in (_FOREIGN, _ALSO_IN_NAMES, _ENGLISH)
    )
    return own + named > english and (own > 0 or named > 1)


def _plural(text: str) -> bool:
    head = _HEAD_ENDS.split(text.lower(), maxsplit=1)[0].split()
    if not head:
        return False
    return head[-1].endswith("s") and not (
        head[-1].endswith(("ss", "us", "is")) or head[-1] in _SINGULAR_S
    )


_A_DESPITE_VOWEL = re.compile(r"uni(?!n|m)|us[aeu]|ut[ei]|eu|ew|uku|ura|one\b|once\b")
_AN = re.compile(r"[aeiou]|hour|honest|honou?r|heir|8|(11|18)(?!\d)")
_LETTERS = re.compile(r"[A-Z]{2,3}\d*\b|[A-Za-z]-|[A-Z](?=[\s\d.])")


def _vowel_sound(text: str) -> bool:
    if _LETTERS.match(text):
        return text[0].upper() in "AEFHILMNORSX"  # spelt out: an LED lamp, a USB stick
    first = text.lower()
    return bool(_AN.match(first)) and not _A_DESPITE_VOWEL.match(first)


def or_else(value: Any, other: Any) -> Any:
    """Return the value, or the other one where it is empty or nothing."""
    return other if isinstance(value, Undefined) or value in (None, "", [], {}) else value


def at(place: Any) -> str:
    """Return a place in the picture with its preposition: “in the upper left”.

    A place that has one already stays as it is: “above the product”.
    """
    plain = str(place).strip()
    if not plain or plain.partition(" ")[0].lower() in _PLACING:
        return plain
    preposition = "on" if plain.endswith("side") else "at" if plain in ("top", "bottom") else "in"
    return f"{preposition} {definite(plain)}"


_PLACING = frozenset(
    "above across along around at before behind below beneath beside between in inside left-hand "
    "near next on over to under within".split()
)


def colors(names: Iterable[Any] | None, brand: Any, last: str = "and") -> str:
    """Return colours of the brand in words: “deep sea blue (#0B6E99) and warm coral (#F0593E)”.

    ``names`` are roles or names of the palette; a colour that comes twice is said once.

    Raises:
        RenderFault: there is no such colour, or ``brand`` is not the brand.
    """
    known = brand.get("colors") if isinstance(brand, Mapping) else None
    if not isinstance(known, Mapping):
        raise RenderFault("the filter “colors” takes the brand, as in “| colors(brand)”")
    if isinstance(names, int | float | Mapping):
        raise RenderFault('the filter “colors” takes names of colours, as in ["primary"]')
    palette, roles = known.get("palette", {}), known.get("roles", {})
    given = [names] if names is None or isinstance(names, str) else names
    said: list[str] = []
    for name in filter(None, (str(words(item)).strip() for item in given)):
        if (color := palette.get(roles.get(name, name))) is None:
            message, fix = unknown("colour", name, {*roles, *palette})
            raise RenderFault(f"{message}; {fix}")
        said.append(f"{color['describe'] or in_words(color['value'])} ({color['value']})")
    return listing(dict.fromkeys(said), last)


def lower_first(text: Any) -> str:
    """Return text with a small first letter, to go on within a sentence; names keep theirs."""
    plain = str(text)
    return plain if plain[1:2].isupper() else plain[:1].lower() + plain[1:]


def _join(items: Iterable[Any], between: str = "") -> str:
    return _together(between, [str(words(item)) for item in items])


def _replace(text: str, old: str, new: str) -> str:
    plain, put = str(text), str(words(new))
    if len(plain) + plain.count(old) * len(put) > MAX_OUTPUT:
        raise RenderFault(f"this makes more than {MAX_OUTPUT:,} characters")
    return plain.replace(old, put)


def _round(number: float, precision: int = 0, method: str = "common") -> float:
    ways: dict[str, Callable[[float], float]] = {"common": round, "ceil": ceil, "floor": floor}
    if method not in ways or not 0 <= precision <= 9:
        raise RenderFault("round takes up to 9 places, and common, ceil or floor")
    scale = 10**precision
    return float(ways[method](number * scale) / scale)


def _of_text(text_filter: Callable[..., Any]) -> Callable[..., Any]:
    """Make a filter take words only: a dict or a generator would print as Python shows it."""
    at_ = 1 if hasattr(text_filter, "jinja_pass_arg") else 0

    @wraps(text_filter)
    def filtered(*given: Any, **named: Any) -> Any:
        plain = [*given]
        plain[at_] = words(plain[at_])
        return text_filter(*plain, **named)

    return filtered


def _of_items(list_filter: Callable[..., Any]) -> Callable[..., Any]:
    """Make a filter take lists only, with a message that people understand."""

    @wraps(list_filter)
    def filtered(items: Any, *given: Any, **named: Any) -> Any:
        if isinstance(items, Undefined) or (
            isinstance(items, Iterable) and not isinstance(items, str | Mapping)
        ):
            return list_filter(items, *given, **named)
        kind = "a group of keys" if isinstance(items, Mapping) else "no list"
        raise RenderFault(f"this filter takes a list, and this is {kind}; take the filter out")

    return filtered


#: Jinja's own filters that neither grow text without bound nor leave the data.
_KEPT = (
    "abs count d default first float int items last length list map max min reject rejectattr "
    "reverse select selectattr sort sum unique".split()
)
_KEPT_OF_TEXT = "capitalize lower string title trim truncate upper wordcount".split()
_OWN_OF_TEXT: Mapping[str, Callable[..., Any]] = {
    "article": article,
    "at": at,
    "lower_first": lower_first,
    "quoted": quoted,
    "replace": _replace,
    "sentence": sentence,
    "the": definite,
}

FILTERS: Mapping[str, Callable[..., Any]] = {
    **{name: JINJA_FILTERS[name] for name in _KEPT},
    **{name: _of_text(JINJA_FILTERS[name]) for name in _KEPT_OF_TEXT},
    **{name: _of_text(own) for name, own in _OWN_OF_TEXT.items()},
    "colors": colors,
    "join": _of_items(_join),
    "listing": listing,
    "or_else": or_else,
    "round": _round,
}


def joined(parts: Sequence[Any]) -> str:
    """Return the parts of ``one ~ other`` in one.

    Raises:
        RenderFault: one of them is not words, or all of them are too long.
    """
    return _together("", [str(words(part)) for part in parts])


def _together(between: str, parts: Sequence[str]) -> str:
    """Join texts, unless that would be too long: a text may come very often."""
    if sum(map(len, parts)) + len(between) * (len(parts) - 1) > MAX_OUTPUT:
        raise RenderFault(f"this makes more than {MAX_OUTPUT:,} characters")
    return between.join(parts)
