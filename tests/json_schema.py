"""As much of JSON Schema 2020-12 as the profile's schema uses: a keyword it does not know fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
_SAYS_NOTHING = {"$schema", "$defs", "title", "description", "examples", "then", "else"}


def faults(schema: Any, data: Any, root: Any = None, at: str = "$") -> list[str]:
    """Return where data does not fit a schema; none when it does."""
    root = schema if root is None else root
    if isinstance(schema, bool):
        return [] if schema else [at]
    found: list[str] = []
    for keyword, value in schema.items():
        if keyword not in _SAYS_NOTHING:
            found += _keyword(keyword, value, schema, data, root, at)
    return found


def _keyword(keyword: str, value: Any, schema: Any, data: Any, root: Any, at: str) -> list[str]:
    def fits(inner: Any) -> bool:
        return not faults(inner, data, root, at)

    if keyword == "$ref":
        return faults(root["$defs"][value.removeprefix("#/$defs/")], data, root, at)
    if keyword == "if":
        branch = schema["then"] if fits(value) else schema["else"]
        return faults(branch, data, root, at)
    simple: dict[str, Callable[[], bool]] = {
        "type": lambda: (
            isinstance(data, _TYPES[value]) and (value == "boolean" or not isinstance(data, bool))
        ),
        "anyOf": lambda: any(fits(inner) for inner in value),
        "not": lambda: not fits(value),
        "enum": lambda: data in value,
        "const": lambda: data == value,
    }
    if keyword in simple:
        return [] if simple[keyword]() else [f"{at}: {keyword}"]
    return [f"{at}: {keyword}"] * (not _measure(keyword, value, data)) + [
        fault
        for inner, item, there in _parts(keyword, value, schema, data)
        for fault in faults(inner, item, root, f"{at}{there}")
    ]


def _measure(keyword: str, value: Any, data: Any) -> bool:
    number = isinstance(data, int | float) and not isinstance(data, bool)
    measures: dict[str, Callable[[], bool]] = {
        "minimum": lambda: not number or data >= value,
        "maximum": lambda: not number or data <= value,
        "minLength": lambda: not isinstance(data, str) or len(data) >= value,
        "pattern": lambda: not isinstance(data, str) or re.search(value, data) is not None,
        "minItems": lambda: not isinstance(data, list) or len(data) >= value,
        "maxItems": lambda: not isinstance(data, list) or len(data) <= value,
        "minProperties": lambda: not isinstance(data, dict) or len(data) >= value,
        "required": lambda: not isinstance(data, dict) or set(value) <= data.keys(),
    }
    return keyword not in measures or measures[keyword]()


def _parts(keyword: str, value: Any, schema: Any, data: Any) -> Iterator[tuple[Any, Any, str]]:
    """Yield each part of the data that a keyword speaks of, with its schema."""
    keys = data if isinstance(data, dict) else {}
    items = data if isinstance(data, list) else []
    if keyword in ("properties", "patternProperties", "additionalProperties", "propertyNames"):
        yield from _keys(keyword, value, schema, keys)
    elif keyword == "items":
        rest = items[len(schema.get("prefixItems", ())) :]
        yield from ((value, item, f"[{number}]") for number, item in enumerate(rest))
    elif keyword == "prefixItems":
        for number, (inner, item) in enumerate(zip(value, items, strict=False)):
            yield inner, item, f"[{number}]"
    else:
        assert _is_measure(keyword), f"unknown keyword {keyword}"


def _keys(
    keyword: str, value: Any, schema: Any, keys: dict[str, Any]
) -> Iterator[tuple[Any, Any, str]]:
    patterns = schema.get("patternProperties", {})
    for key, item in keys.items():
        matching = [inner for pattern, inner in patterns.items() if re.search(pattern, key)]
        known = key in schema.get("properties", {})
        if keyword == "propertyNames":
            yield value, key, f".{key}"
        elif keyword == "patternProperties":
            yield from ((inner, item, f".{key}") for inner in matching)
        elif keyword == "properties" and known:
            yield value[key], item, f".{key}"
        elif keyword == "additionalProperties" and not known and not matching:
            yield value, item, f".{key}"


def _is_measure(keyword: str) -> bool:
    return keyword == "required" or keyword.startswith(("min", "max", "pattern"))
