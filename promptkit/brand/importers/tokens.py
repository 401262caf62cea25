"""Design Tokens 2025.10 (DTCG), and the forms that Style Dictionary and Tokens Studio wrote before.

Facts from https://www.designtokens.org/TR/2025.10/format/ and …/color/ with their JSON schemas.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from promptkit.brand.importers.found import Font, Format, Found, Swatch
from promptkit.brand.importers.naming import clean, listed, number_of, slug
from promptkit.brand.importers.ours import EXTENSION, restore
from promptkit.brand.importers.source import Source
from promptkit.brand.importers.spaces import from_token
from promptkit.brand.importers.tree import Steps, Token, TokenTree, is_token, reference_in
from promptkit.brand.importers.values import mapping, weight

_FAMILY_TYPES = {"fontFamily", "fontFamilies"}
_MOST_LISTED = 8

#: Groups whose names say nothing about a colour.
_EMPTY_WORDS = {"color", "colors", "colour", "colours", "palette"}

#: Words by which a description speaks of a colour's use; such a text must not reach a prompt.
_USE_WORDS = re.compile(
    r"\b(us(e|ed|age)|for|buttons?|links?|hover|focus|texts?|backgrounds?|surfaces?|borders?|ui|"
    r"primary|secondary|accent|brand|colou?rs?|tokens?|states?|default|deprecated|do not|don't)\b",
    re.IGNORECASE,
)
_LONGEST_LOOK = 80


@dataclass
class _Sorted:
    """The tokens of a file, sorted by what becomes of them."""

    colors: list[tuple[Token, str]] = field(default_factory=list)
    aliases: list[tuple[Token, Token]] = field(default_factory=list)
    fonts: list[Font] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    others: Counter[Steps] = field(default_factory=Counter)


def _matches(source: Source) -> bool:
    waiting: list[Any] = [source.keys] if source.syntax == "json" else []
    while waiting:
        group = waiting.pop()
        if is_token(group):
            return True
        waiting += [node for node in group.values() if isinstance(node, dict)]
    return False


def _read(source: Source) -> Found:
    """Read colours and typefaces; everything else is counted and dropped.

    Raises:
        BrandError: references lead in circles or to nothing.
    """
    tree = TokenTree(source.keys, source.path)
    tokens = _sorted(tree)
    rest = mapping(source.keys.get("$extensions")).get(EXTENSION)
    if isinstance(rest, dict):
        return _restored(rest, tokens)
    paths = [token.path for token, _ in tokens.colors]
    common = _common_start(paths)
    places = {path: at for at, path in enumerate(paths)}
    swatches = tuple(_swatch(token, value, common) for token, value in tokens.colors)
    nicknames = tuple(
        (" ".join(_told(token.path, ())), places[target.path]) for token, target in tokens.aliases
    )
    return Found(
        swatches,
        nicknames=nicknames,
        fonts=tuple(tokens.fonts),
        taken=tuple(_taken(tokens, common)),
        dropped=tuple(_dropped(tokens)),
    )


def _restored(rest: dict[str, Any], tokens: _Sorted) -> Found:
    colors = {
        _own_name(token.path): {"value": value, "describe": token.description}
        for token, value in tokens.colors
    }
    return Found(whole=restore(rest, colors))


def _own_name(path: Steps) -> str:
    """Return the name we gave a token, or one for a token that was added to our file."""
    return path[1] if path[0] == "color" and len(path) == 2 else slug(" ".join(path))


def _sorted(tree: TokenTree) -> _Sorted:
    tokens = _Sorted()
    waiting: list[tuple[Token, Token]] = []
    shared = _common_start(list(tree.tokens))
    for token in tree.tokens.values():
        kind = tree.type_of(token) or _guessed_type(tree.end(token))
        if token.deprecated:
            tokens.old.append(_shown(token.path))
        elif kind == "color":
            value = _hex(tree.value(token))
            if value is None:
                tokens.unread.append(_shown(token.path))
            elif tree.end(token) is not token:
                waiting.append((token, tree.end(token)))
            else:
                tokens.colors.append((token, value))
        elif kind in _FAMILY_TYPES or kind == "typography":
            tokens.fonts += _fonts(token.path, tree.value(token))
        else:
            tokens.others[token.path[: len(shared) + 1]] += 1
    _keep_aliases(tokens, waiting, tree)
    return tokens


def _keep_aliases(tokens: _Sorted, waiting: Sequence[tuple[Token, Token]], tree: TokenTree) -> None:
    """Note what aliases stand for; one whose colour was not taken becomes that colour."""
    taken = {token.path: token for token, _ in tokens.colors}
    for token, target in waiting:
        if target.path not in taken:
            taken[target.path] = token
            tokens.colors.append((token, _hex(tree.value(token)) or ""))
        else:
            tokens.aliases.append((token, taken[target.path]))


def _hex(value: Any) -> str | None:
    try:
        return from_token(value)
    except ValueError:
        return None


def _guessed_type(token: Token) -> str | None:
    """Return the type of a token of the older form that has none: Style Dictionary's first name."""
    if "$value" in token.node or reference_in(token.raw):
        return None
    named = token.path[0].casefold() in _EMPTY_WORDS
    return "color" if named or str(token.raw).strip().startswith("#") else None


def _fonts(path: Steps, value: Any) -> Iterator[Font]:
    style = mapping(value)
    told = style.get("fontFamily") if style else value
    families = told if isinstance(told, list) else str(told or "").split(",")
    family = clean(families[0]).strip("'\" ") if families else ""
    if family:
        yield Font(" ".join(path), family, weight(style.get("fontWeight")))


def _swatch(token: Token, value: str, common: Steps) -> Swatch:
    told = _told(token.path, common)
    name = " ".join(told)
    looks = clean(token.description, _LONGEST_LOOK + 1)
    return Swatch(name, value, " ".join(common), looks if _is_look(looks) else "")


def _is_look(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_LOOK and not _USE_WORDS.search(text)


def _common_start(paths: Sequence[Steps]) -> Steps:
    """Return the groups that all colours share: they say nothing about any of them."""
    if not paths:
        return ()
    shortest = min(len(path) for path in paths) - 1
    for length in range(shortest, 0, -1):
        if len({path[:length] for path in paths}) == 1:
            return paths[0][:length]
    return ()


def _told(path: Steps, common: Steps) -> list[str]:
    rest = [clean(step) for step in path[len(common) :] if step != "$root"]
    return [step for step in rest if step.casefold() not in _EMPTY_WORDS] or [clean(path[-1])]


def _shown(path: Iterable[str]) -> str:
    return clean(".".join(path))


def _taken(tokens: _Sorted, common: Steps) -> Iterator[str]:
    where = f" from {_shown(common)}" if common else ""
    yield f"{number_of(len(tokens.colors), 'colour')}{where}"
    if tokens.aliases:
        yield (
            f"{number_of(len(tokens.aliases), 'token')} that only point to these colours,"
            " read for the roles that their names tell"
        )


def _dropped(tokens: _Sorted) -> Iterator[str]:
    for group, amount in tokens.others.most_common(_MOST_LISTED):
        yield f"dropped {_shown(group)}.*: not about pictures ({number_of(amount, 'token')})"
    rest = tokens.others.most_common()[_MOST_LISTED:]
    if rest:
        amount = sum(number for _, number in rest)
        yield (
            f"dropped {number_of(len(rest), 'further group')}: not about pictures"
            f" ({number_of(amount, 'token')})"
        )
    if tokens.old:
        old = number_of(len(tokens.old), "token")
        yield f"dropped {old} marked as outdated: {listed(tokens.old)}"
    if tokens.unread:
        unread = number_of(len(tokens.unread), "see-through or unreadable colour")
        yield f"dropped {unread}: {listed(tokens.unread)}"


FORMAT = Format(
    "design-tokens",
    "Design Tokens (DTCG 2025.10, Style Dictionary, Tokens Studio)",
    "JSON with `$value` or `value` in it",
    _matches,
    _read,
)
