"""The tree of a design tokens file: groups with what they extend, tokens, and references.

Facts from the Design Tokens Format Module 2025.10 and its JSON schemas
(https://www.designtokens.org/TR/2025.10/format/, …/schemas/2025.10/format.json): `$extends`
merges groups deeply and the nearer token replaces the farther one whole; a group's `$root` is a
token; `{a.b}` refers to a token, a JSON Pointer also to a part of its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from promptkit.brand.importers.naming import clean
from promptkit.brand.importers.source import fault
from promptkit.errors import BrandError, nearest

Steps = tuple[str, ...]

_CURLY = re.compile(r"\s*\{([^{}]+)\}\s*")
_DEEPEST = 100
_MOST_STEPS = 300_000
_MOST_COMPARED = 2000
_MOST_SETS = 100


@dataclass(frozen=True)
class Token:
    """One token, with what its groups say about it."""

    path: Steps
    node: Mapping[str, Any]
    group_type: str | None
    deprecated: bool

    @property
    def raw(self) -> Any:
        """Its value as written: maybe a reference."""
        if "$ref" in self.node:
            return {"$ref": self.node["$ref"]}
        return self.node.get("$value", self.node.get("value"))

    @property
    def own_type(self) -> str | None:
        """The type it gives itself."""
        kind = self.node.get("$type", self.node.get("type"))
        return kind if isinstance(kind, str) else None

    @property
    def description(self) -> str:
        """What its author says about it."""
        text = self.node.get("$description", self.node.get("description"))
        return text if isinstance(text, str) else ""


def is_token(node: Any) -> bool:
    """Tell a token from a group, also in the older form without dollar signs."""
    if not isinstance(node, dict):
        return False
    if "$value" in node or isinstance(node.get("$ref"), str):
        return True
    value = node.get("value")
    return "value" in node and (isinstance(node.get("type"), str) or not isinstance(value, dict))


def reference_in(value: Any) -> Steps | None:
    """Return the steps of a reference, `{a.b}` or ``{"$ref": "#/a/b"}``; else ``None``."""
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        return _pointer(value["$ref"])
    if isinstance(value, str) and (found := _CURLY.fullmatch(value)):
        return tuple(step.strip() for step in found[1].split("."))
    return None


def _pointer(text: str) -> Steps:
    """Read a JSON Pointer (RFC 6901) in a URI fragment; the document's own is empty."""
    steps = unquote(text).removeprefix("#").split("/")[1:]
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


class TokenTree:
    """Every token of a file, and the values that references lead to."""

    def __init__(self, document: Mapping[str, Any], path: Path) -> None:
        """Read the tree.

        Raises:
            BrandError: groups extend each other in a circle, or what is not there.
        """
        self._document = document
        self._path = path
        self._steps = 0
        self._sets = _token_sets(document)
        self.tokens: dict[Steps, Token] = {}
        whole = self._expanded((), ())
        self.tokens = {token.path: token for token in _tokens(whole, (), None, False)}

    def type_of(self, token: Token) -> str | None:
        """Return a token's type: its own, that of the token it refers to, or its group's."""
        chain = self._chain(token)
        return next((kind for one in chain if (kind := one.own_type)), chain[-1].group_type)

    def end(self, token: Token) -> Token:
        """Return the token with a value of its own that a token stands for in the end."""
        return self._chain(token)[-1]

    def _chain(self, token: Token) -> list[Token]:
        chain = {token.path: token}
        while (target := self.target(token)) is not None and target.path not in chain:
            self._spend(tuple(chain))
            chain[target.path] = token = target
        return list(chain.values())

    def target(self, token: Token) -> Token | None:
        """Return the token that a token stands for whole, if it is a reference to one."""
        steps = reference_in(token.raw)
        found = self._find(steps) if steps else None
        return found[0] if found and not found[1] else None

    def value(self, token: Token) -> Any:
        """Return a token's value with every reference in it followed.

        Raises:
            BrandError: a reference leads in a circle, or to nothing.
        """
        return self._resolved(token.raw, (token.path,))

    def _resolved(self, raw: Any, seen: tuple[Steps, ...]) -> Any:
        self._spend(seen)
        steps = reference_in(raw)
        if steps is not None:
            return self._followed(steps, seen)
        if isinstance(raw, dict):
            return {key: self._resolved(part, seen) for key, part in raw.items()}
        if isinstance(raw, list):
            return [self._resolved(part, seen) for part in raw]
        return raw

    def _followed(self, steps: Steps, seen: tuple[Steps, ...]) -> Any:
        found = self._find(steps)
        if found is None:
            raise self._missing(steps, seen[-1])
        token, rest = found
        chain = (*seen, token.path + rest)
        if token.path + rest in seen:
            raise self._circle(chain)
        node = token.raw
        for step in rest:
            if reference_in(node) is not None:
                node = self._resolved(node, chain)
            node = _part(node, step)
            if node is None:
                raise self._missing(steps, seen[-1])
        return self._resolved(node, chain)

    def _find(self, steps: Steps) -> tuple[Token, Steps] | None:
        """Return the token at the start of the steps, with the steps into its value."""
        if len(steps) > _DEEPEST:
            return None
        for start in ((), *self._sets):
            path = start + steps
            for length in range(len(path), 0, -1):
                token = self.tokens.get(path[:length])
                if token is not None:
                    rest = path[length:]
                    return token, rest[1:] if rest[:1] in (("$value",), ("value",)) else rest
            root = self.tokens.get((*path, "$root"))
            if root is not None:
                return root, ()
        return None

    def _expanded(self, at: Steps, within: tuple[Steps, ...]) -> dict[str, Any]:
        """Return a group with all it extends merged in."""
        if at in within:
            raise self._circle((*within[within.index(at) :], at))
        group = self._at(at)
        within = (*within, at)
        self._spend(within, len(group))
        own = {
            key: self._expanded((*at, key), within) if _is_group(key, value) else value
            for key, value in group.items()
            if key != "$extends"
        }
        base = _extended(group)
        if base is None:
            return own
        place = self._place(base)
        if place is None:
            raise self._missing(base, at)
        return _merged(self._expanded(place, within), own)

    def _at(self, steps: Steps) -> Mapping[str, Any]:
        node: Any = self._document
        for step in steps:
            node = node[step]
        return node if isinstance(node, dict) else {}

    def _place(self, steps: Steps, hops: int = 0) -> Steps | None:
        """Return where a group is written that may be inherited by one of its parents."""
        node: Any = self._document
        for number, step in enumerate(steps):
            if not isinstance(node, dict):
                return None
            if step not in node:
                base = _extended(node)
                again = (*base, *steps[number:]) if base is not None else None
                return self._place(again, hops + 1) if again and hops < _DEEPEST else None
            node = node[step]
        return steps if isinstance(node, dict) and not is_token(node) else None

    def _spend(self, within: tuple[Steps, ...], steps: int = 1) -> None:
        self._steps += steps
        if self._steps > _MOST_STEPS or len(within) > _DEEPEST:
            raise fault(
                self._path,
                "too-deep",
                "the tokens refer to each other too deeply or too often to be read"
                f" (at “{_dotted(within[-1])}”)",
            )

    def _circle(self, chain: tuple[Steps, ...]) -> BrandError:
        shown = " → ".join(_dotted(steps) for steps in chain[chain.index(chain[-1]) :])
        return fault(
            self._path,
            "alias-circle",
            f"tokens refer to each other in a circle: {shown}",
            "give one of them a value of its own",
        )

    def _missing(self, steps: Steps, asked_by: Steps) -> BrandError:
        name = _dotted(steps)
        known = self.tokens or _groups(self._document, ())
        near = nearest(name, [_dotted(path) for path in islice(known, _MOST_COMPARED)])
        return fault(
            self._path,
            "alias-to-nothing",
            f"“{_dotted(asked_by)}” refers to “{name}”, but there is no such token",
            f"did you mean “{near}”?" if near else None,
        )


def _extended(group: Mapping[str, Any]) -> Steps | None:
    base = group.get("$extends")
    if not isinstance(base, str):
        return None
    return reference_in(base) or _pointer(base)


def _is_group(key: str, value: Any) -> bool:
    return isinstance(value, dict) and not key.startswith("$") and not is_token(value)


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(base[key], value)
        for key, value in own.items()
        if key in base and _is_group(key, value) and _is_group(key, base[key])
    }
    return {**base, **own, **both}


def _tokens(
    group: Mapping[str, Any], at: Steps, kind: str | None, deprecated: bool
) -> Iterator[Token]:
    own_kind = group.get("$type")
    kind = own_kind if isinstance(own_kind, str) else kind
    deprecated = bool(group.get("$deprecated", deprecated))
    for key, node in group.items():
        if is_token(node) and (key == "$root" or not key.startswith("$")):
            old = bool(node.get("$deprecated", deprecated))
            yield Token((*at, key), node, kind, old)
        elif _is_group(key, node):
            yield from _tokens(node, (*at, key), kind, deprecated)


def _groups(node: Mapping[str, Any], at: Steps) -> Iterator[Steps]:
    for key, value in node.items():
        if _is_group(key, value):
            yield (*at, key)
            yield from _groups(value, (*at, key))


def _token_sets(document: Mapping[str, Any]) -> tuple[Steps, ...]:
    """Return the sets of a Tokens Studio file: references in it leave out the set's name."""
    if "$themes" not in document and "$metadata" not in document:
        return ()
    return tuple((key,) for key, value in document.items() if _is_group(key, value))[:_MOST_SETS]


def _part(node: Any, step: str) -> Any:
    if isinstance(node, dict):
        return node.get(step)
    if isinstance(node, list) and step.isascii() and step.isdigit() and len(step) < 4:
        return node[int(step)] if int(step) < len(node) else None
    return None


def _dotted(steps: Steps) -> str:
    return clean(".".join(steps) or "the whole file")
