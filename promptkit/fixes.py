"""What to write in place of a value that is wrong, in words and as it would stand in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from promptkit.errors import nearest, unknown
from promptkit.shapes import (
    Path_,
    annotation_at,
    doc_at,
    groups_with,
    info_at,
    keys_of_model,
    models_of,
)

_SAID = {
    "string_type": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be a group of keys",
    "model_type": "must be a group of keys",
    "model_attributes_type": "must be a group of keys",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have {max_length} characters at most",
    "too_short": "must not be empty",
    "too_long": "must have {max_length} items, and has {actual_length}",
}

#: How other languages and other tools call what we have a key for.
_OTHER_WORDS = {
    "farben": "colors",
    "couleurs": "colors",
    "colores": "colors",
    "palette": "colors",
    "hex": "value",
    "stil": "style",
    "ton": "tone",
    "voice": "tone",
    "nom": "name",
    "title": "name",
    "vermeiden": "avoid",
    "éviter": "avoid",
    "negative": "avoid",
    "negative_prompt": "avoid",
    "éclairage": "lighting",
    "licht": "lighting",
    "ambiance": "mood",
    "stimmung": "mood",
    "fonts": "typography",
    "formats": "channels",
    "products": "subjects",
    "options": "enum",
    "choices": "enum",
    "ratio": "aspect",
}
_CLOSE = 0.8


def wrong_value(model: type[BaseModel], item: Any) -> tuple[str, str | None]:
    """Return what is wrong with a value, by one of the validator's errors, and what helps."""
    kind, loc, value, ctx = item["type"], tuple(item["loc"]), item["input"], item.get("ctx", {})
    info = info_at(model, loc)
    if value is None and kind in _SAID:
        needed = info is not None and info.is_required()
        return "is empty", "give it a value" if needed else "give it a value, or leave it out"
    if kind == "missing":
        return "has too few items", _items_fix(model, loc[:-1])
    if kind == "literal_error":
        return _choice(value, ctx["expected"])
    if kind == "too_long" and isinstance(value, Mapping):
        return f"must have {ctx['max_length']} keys at most", None
    if kind in _SAID:
        return _SAID[kind].format(**ctx), _fix(model, kind, loc, value)
    message = item["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    said, _, fix = message.rpartition("; ")
    return (said, fix) if said else (message, None)


def unknown_key(
    model: type[BaseModel], loc: Path_, known: Sequence[str]
) -> tuple[str, str, str | None]:
    """Return message and fix for a key that a group has not, and the key that was meant."""
    key = str(loc[-1])
    if key == "<<":
        return "“<<” takes no keys over here", "write the keys out", None
    message, fix = unknown("key", key, known)
    other = _OTHER_WORDS.get(key.casefold())
    near = other if other in known else nearest(key, known)
    if near == other and near:
        return message, f"did you mean “{near}”?", near
    close = near and SequenceMatcher(None, key.casefold(), near.casefold()).ratio() >= _CLOSE
    groups = [] if close else groups_with(model, key)
    if len(groups) == 1:
        return message, f"“{key}” belongs in `{groups[0]}`", None
    if not near and len(loc) == 1 and re.fullmatch(r"[\w-]{1,40}", key):
        fix = f"{fix}; a note of your own begins with x-, as in x-{key}"
    return message, fix, near


def _choice(value: Any, expected: str) -> tuple[str, str]:
    known = re.findall(r"'([^']*)'", expected)
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    near = nearest(said, known)
    hint = f"did you mean “{near}”? " if near else ""
    return f"cannot be “{said[:60]}”", f"{hint}it may be {_any_of(known)}"


def _any_of(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _fix(model: type[BaseModel], kind: str, loc: Path_, value: Any) -> str | None:
    """Say what to write where the type or the bounds of a value are wrong."""
    key = next((step for step in reversed(loc) if isinstance(step, str)), "")
    if kind == "string_type":
        return _text_fix(key, value)
    if kind in ("list_type", "tuple_type"):
        return _list_fix(model, loc, key, value)
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return _group_fix(annotation_at(model, loc), key)
    if kind == "too_short":
        return "write one at least"
    if kind == "too_long" and get_origin(annotation_at(model, loc)) is tuple:
        return _items_fix(model, loc)
    return _number_fix(kind, value, info_at(model, loc))


def _text_fix(key: str, value: Any) -> str | None:
    if isinstance(value, bool | int | float):
        return f'put it in quotes: "{json.dumps(value)}"'
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return f"write one text: {key}: {plain(', '.join(value))}"
    return None


def _list_fix(model: type[BaseModel], loc: Path_, key: str, value: Any) -> str | None:
    annotation = annotation_at(model, loc)
    if get_origin(annotation) is tuple:
        return _items_fix(model, loc)
    item = next((found for part in get_args(annotation) for found in models_of(part)), None)
    if item is not None and not hasattr(item, "_short"):
        return f"begin each item with “- ”; an item's keys are {_listed(item)}"
    words = [value]
    if isinstance(value, Mapping):  # {front: tin.png} names values, {neon: must} keys
        texts = item is None and all(isinstance(word, str) for word in value.values())
        words = [*(value.values() if texts else value)]
    told = (plain(word) if isinstance(word, str) else f'"{plain(word)}"' for word in words)
    return f"write its items in brackets: {key}: [{', '.join(told)}]"


def _items_fix(model: type[BaseModel], loc: Path_) -> str:
    """Say what stands in a list of so many items: a size, a box."""
    about = doc_at(model, loc).rstrip(".")
    wanted = len(get_args(annotation_at(model, loc)))
    return f"it takes {wanted}" + (f": {about[0].lower()}{about[1:]}" if about else "")


def _group_fix(annotation: Any, key: str) -> str:
    model = next(models_of(annotation), None)
    if model is None:
        return f"write names with their values below it, as in {key}: {{name: value}}"
    short = re.search(r"Short forms?: (.+?)\.?$", " ".join((model.__doc__ or "").split()))
    if short and key:
        return f"write {short[1]}; or its keys, which are {_listed(model)}"
    return f"its keys are {_listed(model)}"


def _listed(model: type[BaseModel]) -> str:
    keys = keys_of_model(model)
    return f"{', '.join(keys[:8])}{' …' if len(keys) > 8 else ''}"


#: A number as people write it: with a point or a comma, and with a unit.
_NUMBER = re.compile(r"\s*([0-9]{1,9})(?:([.,])([0-9]{1,9}))?\s*([^\d\s.,]{0,9})\s*")


def _number_fix(kind: str, value: Any, info: FieldInfo | None) -> str | None:
    """Say how a share is written, to those who think in per cent, and a number with a unit."""
    found = _NUMBER.fullmatch(str(value))
    if found is None:
        words = isinstance(value, str) and kind in ("int_parsing", "float_parsing")
        return "write it in digits" if words else None
    number, comma, unit = float(f"{found[1]}.{found[3] or 0}"), found[2] == ",", found[4]
    share = info is not None and any(getattr(bound, "le", None) == 1 for bound in info.metadata)
    if share and not comma and unit in ("", "%"):
        return f"a share is written from 0 to 1: {number / 100:g}" if number <= 100 else None
    if comma and kind.startswith("float"):
        return f"write it with a point: {number:g}"
    if unit and kind.startswith(("int", "float")):
        return f"write the number alone: {number:g}"
    return None


def plain(value: Any) -> str:
    """Return a value as an author would write it in YAML, in quotes where it needs them."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    short = text if len(text) <= 60 else f"{text[:59]}…"
    bare = re.fullmatch(r"[^\W_]([\w %&'’/+.()×–—-]*[^\s])?", short)
    return short if bare or not isinstance(value, str) else json.dumps(short, ensure_ascii=False)
