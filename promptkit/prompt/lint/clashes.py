"""What a prompt says in two ways at once, or otherwise than the brand's look."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from promptkit.errors import Finding
from promptkit.prompt.lint.draft import Draft
from promptkit.prompt.lint.naming import in_section
from promptkit.prompt.lint.notes import notes_of
from promptkit.prompt.lint.values import Said
from promptkit.prompt.phrases import is_edge, stem
from promptkit.prompt.vocabulary import Vocabulary
from promptkit.rules import found

#: Sections that speak of other pictures, or of what is to stay.
_NOT_SEEN = frozenset(("preserve", "references"))
_NONE: frozenset[tuple[str, str]] = frozenset()
_MONO = ("colours", "mono")
#: A colour is more than a grey when its channels are so far apart, 0–1.
_COLORFUL = 0.15
#: Sections that speak of the whole picture, whatever stands in it.
_WHOLE_PICTURE = frozenset(("style", "mood"))
_PLACES = frozenset(
    "on in inside over at behind under outside beneath beyond across from near through "
    "above".split()
)
_NO_PLACES = frozenset(
    "left right side above below front top bottom picture image frame scene shot photo photograph "
    "style middle centre center one both each all whole background year direction way general "
    "total upper lower same far".split()
)
_LITTLE = frozenset("a an the its his her their one this that both two".split())
_GENERIC_HEADS = frozenset("finish surface look texture coating material skin all".split())
#: Keys of a look that are no property of it.
_KEYS_OF_ALL = frozenset(("describe", "tags"))
#: What is true of the whole picture, wherever in it a thing stands.
_OF_THE_CAMERA = frozenset(("distance", "viewpoint", "depth", "medium", "time", "sky", "colours"))
#: What may be one way here and another way there: warm light on the duck, cool on the wall.
_OF_A_PLACE = frozenset(("temperature", "hardness", "crowd", "clutter"))


def clashes(draft: Draft) -> list[tuple[str, Finding]]:
    """Return what cannot be so together, or goes against the look, with the section."""
    said = [
        item
        for name, notes in draft.sections.items()
        if notes.values and name not in _NOT_SEEN
        for item in notes.values
    ]
    known = {item.value for item in said}
    against = _against_look(draft, said, known) if draft.house.look else {}
    foes = draft.words.foes
    odd = [item for item in said if not foes.get(item.value, _NONE).isdisjoint(known)]
    findings = [(item.name, finding) for item, finding in against.items()]
    if odd:
        odd = [item for item in odd if item not in against]
        findings += _contradictions(draft, odd)
    if _MONO in known:
        findings += _without_colors(draft, said)
    return findings


def _contradictions(draft: Draft, odd: list[Said]) -> Iterator[tuple[str, Finding]]:
    """Yield one contradiction for each attribute, or pair of attributes."""
    seen = set()
    for one, other in combinations(odd, 2):
        attributes = frozenset((one.hit.group, other.hit.group))
        if (
            attributes not in seen
            and other.value in draft.words.foes[one.value]
            and _together(draft, one, other)
        ):
            seen.add(attributes)
            yield one.name, _contradiction(one, other)


def _contradiction(one: Said, other: Said) -> Finding:
    where = in_section(one.name)
    if one.name != other.name:
        message = f"{one}{where} and {other}{in_section(other.name)} shut each other out"
    else:
        message = f"{one} and {other}{where} shut each other out"
    fix = "keep the one that is meant; if both are, say of what each is true, in two sentences"
    return found("contradiction", message, fix)


def _together(draft: Draft, one: Said, other: Said) -> bool:
    """Say whether two values are said of the same: the picture, a sentence, a thing."""
    scopes = {draft.words.attributes[item.hit.group].scope for item in (one, other)}
    if _or_between(one, other) or "several" in one.reading.hits or "several" in other.reading.hits:
        return False
    if scopes == {"picture"}:
        if one.reading is other.reading:
            return not _set_apart(one, other)
        return not (_apart(one) or _apart(other))
    if one.reading is not other.reading:
        whole = _WHOLE_PICTURE & {one.name, other.name}
        return bool(whole) and scopes == {"sentence"} and not (_apart(one) or _apart(other))
    same = one.reading.clause(one.hit.first, sentence=True)
    if not same[0] <= other.hit.first <= same[1] or _set_apart(one, other):
        return False
    if "thing" in scopes:
        return _same_thing(one, other)
    if one.hit.group == other.hit.group and one.hit.group in _OF_A_PLACE:
        return _place(one) == _place(other)
    return True


def _or_between(one: Said, other: Said) -> bool:
    if one.reading is not other.reading:
        return False
    between = one.reading.words[one.hit.last + 1 : other.hit.first]
    return len(between) <= 3 and any(word.lower() in ("or", "to") for word in between)


def _set_apart(one: Said, other: Said) -> bool:
    """Say whether a word between two values, or after the second, sets it elsewhere."""
    first, _ = one.reading.clause(one.hit.first)
    _, last = other.reading.clause(other.hit.last)
    if one.hit.group in _OF_THE_CAMERA:
        first, last = one.hit.last, other.hit.first
    return any(first <= hit.first <= last for hit in one.reading.hits.get("elsewhere", ()))


def _apart(one: Said) -> bool:
    first, last = one.reading.clause(one.hit.first, sentence=True)
    return any(first <= hit.first <= last for hit in one.reading.hits.get("elsewhere", ()))


def _place(one: Said) -> str:
    """Return where a value holds: the duck of “warm light on the duck”; empty if not said."""
    words = one.reading.words
    _, last = one.reading.clause(one.hit.last)
    at = one.hit.last + 1
    while at < last:
        if words[at].lower() in _PLACES:
            at += 1
            while at < last and words[at].lower() in _LITTLE:
                at += 1
            if words[at].lower() not in _NO_PLACES:
                return stem(words[at])
        at += 1
    return ""


def _same_thing(one: Said, other: Said) -> bool:
    heads = {_head(one), _head(other)}
    return len(heads) == 1 or bool(heads & (_GENERIC_HEADS | {""}))


def _head(one: Said) -> str:
    """Return the noun that a word is said of: can, of “matt black can of coffee”."""
    words = one.reading.words
    at = one.hit.last
    if words[at].lower() in _GENERIC_HEADS:
        return words[at].lower()
    if is_edge(words[at + 1]) or words[at + 1].lower() in ("and", "or", "with", "in", "but"):
        return ""
    return stem(words[at + 1])


def _against_look(
    draft: Draft, said: list[Said], known: set[tuple[str, str]]
) -> dict[Said, Finding]:
    """Return what the sections say otherwise than the look, unless they say that too."""
    own, foes = look_values(draft.words, draft.house.look, draft.owner)
    if foes.keys().isdisjoint(known):
        return {}
    agreed = {(item.name, item.hit.group) for item in said if item.value in own}
    told: dict[str, Said] = {}
    for item in said:
        where = (item.name, item.hit.group)
        if item.value in foes and where not in agreed and _of_the_whole(draft, item):
            told.setdefault(item.hit.group, item)
    return {item: _otherwise(draft, item, said, foes[item.value]) for item in told.values()}


def _otherwise(draft: Draft, item: Said, said: list[Said], look: str) -> Finding:
    same = (str(one) for one in said if (one.name, one.value) == (item.name, item.value))
    message = f"{', '.join(dict.fromkeys(same))}{in_section(item.name)} goes against {look}"
    fix = "say it as the look does, or choose another look of the brand"
    return found("against-look", message, fix)


def _of_the_whole(draft: Draft, item: Said) -> bool:
    scope = draft.words.attributes[item.hit.group].scope
    return scope == "picture" or (scope == "sentence" and not _apart(item))


@lru_cache(maxsize=256)
def look_values(
    words: Vocabulary, look: tuple[tuple[str, str], ...], owner: str
) -> tuple[frozenset[tuple[str, str]], dict[tuple[str, str], str]]:
    """Return what a look says, and what goes against that: with whose it is and its words."""
    said = [(key, item) for key, text in look for item in notes_of(words, "style", text).values]
    own = frozenset(item.value for _, item in said)
    foes = {
        foe: _look_says(owner, key, item)
        for key, item in reversed(said)
        for foe in words.foes.get(item.value, _NONE) - own
    }
    return own, foes


def _look_says(owner: str, key: str, item: Said) -> str:
    if key in _KEYS_OF_ALL:
        return f"{owner}, whose look says {item}"
    return f"the look of {owner}, whose {key.replace('_', ' ')} is {item}"


def _without_colors(draft: Draft, said: list[Said]) -> Iterator[tuple[str, Finding]]:
    """Yield a picture without colours that is to have some of the palette's."""
    mono = next(item for item in said if item.value == _MONO)
    colors = [f"“{use.words}”" for use in draft.palette if is_colorful(use.hex)][:2]
    if section := draft.text("color"):
        colors.append(f"“{section.rstrip('.')}”")
    if colors:
        said_of = f"{mono}{in_section(mono.name)}"
        message = f"{said_of} leaves no room for the palette: {', '.join(colors)}"
        fix = "choose a look in colour, or leave the colours out"
        yield mono.name, found("contradiction", message, fix)


def is_colorful(code: str) -> bool:
    """Say whether a hex colour is more than a grey."""
    parts = [int(code[at : at + 2], 16) for at in (1, 3, 5)]
    return (max(parts) - min(parts)) / 255 > _COLORFUL
