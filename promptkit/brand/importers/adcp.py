"""AdCP brand.json: the brand file of the Ad Context Protocol, and its older brand manifest.

Facts from https://docs.adcontextprotocol.org (brand protocol, brand.json specification) and the
schemas static/schemas/source/brand.json and …/core/brand-manifest.json of
adcontextprotocol/adcp: a file is one brand, a house with its `brands`, or a pointer elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from promptkit.brand.color import parse_hex
from promptkit.brand.importers.found import Font, Format, Found, Logo, Swatch
from promptkit.brand.importers.naming import clean, listed, number_of
from promptkit.brand.importers.source import Source, fault
from promptkit.brand.importers.values import mapping, sequence, weight

_POINTERS = ("authoritative_location", "brand_agent", "house")
_HOUSE = {"brands", "brand_refs", *_POINTERS}
_BRAND = {"colors", "logos", "fonts", "tone", "tagline", "visual_guidelines"}

#: Fields that have no bearing on pictures, or none that a profile could hold.
_READ = {
    *("$schema", "version", "last_updated", "id", "name", "names", "url", "colors", "fonts"),
    *("logos", "tone", "tagline", "industry", "industries", "target_audience"),
    *("disclaimers", "visual_guidelines"),
}
_GROUNDS = {"dark-bg": "dark", "light-bg": "light"}

#: Where `visual_guidelines.photography` lands in a look.
_PHOTOGRAPHY = {
    ("realism",): ("realism",),
    ("lighting",): ("lighting",),
    ("depth_of_field",): ("depth_of_field",),
    ("color_temperature",): ("grade", "temperature"),
    ("contrast",): ("grade", "contrast"),
    ("framing", "subject_position"): ("framing", "position"),
    ("framing", "crop_style"): ("framing", "crop"),
    ("framing", "perspective"): ("framing", "perspective"),
    ("subject", "setting"): ("environment",),
}
_LONGEST = 300


def _matches(source: Source) -> bool:
    keys = source.keys
    if _HOUSE & keys.keys():
        return True
    colors = keys.get("colors", {})
    plain = isinstance(colors, dict) and not any(isinstance(part, dict) for part in colors.values())
    named = isinstance(keys.get("name"), str) or isinstance(keys.get("names"), list)
    return bool(_BRAND & keys.keys()) and plain and (named or {"id", "url"} & keys.keys() != set())


def _read(source: Source) -> Found:
    """Read one brand's identity.

    Raises:
        BrandError: the file points elsewhere, or holds several brands.
    """
    brand = _only_brand(source)
    swatches, roles, unread = _colors(mapping(brand.get("colors")))
    guide = mapping(brand.get("visual_guidelines"))
    fonts = tuple(_fonts(brand.get("fonts")))
    return Found(
        swatches,
        _name(brand),
        roles,
        fonts=fonts,
        logos=tuple(_logos(brand.get("logos"))),
        profile=_profile(brand, guide),
        taken=tuple(_taken(brand, swatches, roles)),
        dropped=tuple(_dropped(brand, guide, unread)),
        to_add=tuple(_to_add(brand, guide)),
    )


def _only_brand(source: Source) -> Mapping[str, Any]:
    keys = source.keys
    brands = [brand for brand in sequence(keys.get("brands")) if isinstance(brand, dict)]
    wanted = source.wanted.casefold()
    named = [brand for brand in brands if wanted in (_name(brand).casefold(), brand.get("id"))]
    if len(named) == 1 or len(brands) == 1:
        return (named or brands)[0]
    if brands:
        names = [_name(brand) or clean(brand.get("id")) for brand in brands]
        raise fault(
            source.path,
            "several-brands",
            f"the file holds {len(brands)} brands: {listed(names, 12)}",
            "say which one to import, by its name",
        )
    if _HOUSE & keys.keys() and not _BRAND & keys.keys():
        raise _pointer_elsewhere(source)
    return keys


def _pointer_elsewhere(source: Source) -> Exception:
    told = (source.keys.get(key) for key in _POINTERS)
    place = next((clean(_text_of(value)) for value in told if value), "")
    return fault(
        source.path,
        "pointer",
        "the file holds no brand; it only points to one" + (f": {place}" if place else ""),
        "fetch the file it points to, and import that",
    )


def _text_of(value: Any) -> Any:
    return value.get("url", value.get("domain")) if isinstance(value, dict) else value


def _words(value: Any) -> list[str]:
    return [text for item in sequence(value) if (text := clean(item, _LONGEST))]


def _name(brand: Mapping[str, Any]) -> str:
    return clean(brand.get("name")) or next(iter(_localised(brand.get("names")).values()), "")


def _localised(value: Any) -> dict[str, str]:
    """Return texts by language: the first of each. Plain text counts as English."""
    found: dict[str, str] = {}
    for item in sequence(value):
        for language, text in (item if isinstance(item, dict) else {"en": item}).items():
            if clean(text, _LONGEST):
                found.setdefault(language.replace("_", "-"), clean(text, _LONGEST))
    return found


def _colors(colors: Mapping[str, Any]) -> tuple[tuple[Swatch, ...], dict[str, int], list[str]]:
    """Return the colours, the role of the first of each list, and what could not be read."""
    swatches: list[Swatch] = []
    roles: dict[str, int] = {}
    unread = []
    for role, value in colors.items():
        for color in sequence(value):
            try:
                swatches.append(Swatch(clean(role), parse_hex(color)))
            except ValueError:
                unread.append(f"{role} ({clean(color)})")
            else:
                roles.setdefault(clean(role), len(swatches) - 1)
    known = ("primary", "secondary", "accent", "background", "text")
    return tuple(swatches), {role: at for role, at in roles.items() if role in known}, unread


def _fonts(fonts: Any) -> Iterator[Font]:
    """Read fonts as an object by role, or as a list; each a family's name, or an object."""
    if isinstance(fonts, dict):
        items = [(use, value) for use, value in fonts.items() if use != "font_urls"]
    else:
        items = [(clean(mapping(value).get("role")), value) for value in sequence(fonts)]
    for use, value in items:
        told = mapping(value)
        family = clean(told.get("family", told.get("name")) if told else value)
        if family:
            yield Font(clean(use), family, weight(told.get("weight")))


def _logos(logos: Any) -> Iterator[Logo]:
    for number, value in enumerate(sequence(logos), 1):
        told = mapping(value)
        path = clean(told.get("url"), 200)
        tags = _words(told.get("tags"))
        name = clean(told.get("id") or told.get("variant")) or "-".join(tags) or f"logo-{number}"
        if path:
            yield Logo(name, path, _GROUNDS.get(str(told.get("background")), "any"))


def _profile(brand: Mapping[str, Any], guide: Mapping[str, Any]) -> dict[str, Any]:
    identity = {
        "tagline": _localised(brand.get("tagline")),
        "category": ", ".join(_words(brand.get("industries", brand.get("industry")))),
        "audience": clean(brand.get("target_audience"), _LONGEST),
    }
    profile = {
        "identity": {key: value for key, value in identity.items() if value},
        "tone": _tone(brand.get("tone")),
        "style": _style(mapping(guide.get("photography"))),
        "content": _content(brand),
    }
    return {key: value for key, value in profile.items() if value}


def _tone(tone: Any) -> dict[str, Any]:
    if not isinstance(tone, dict):
        traits = re.split(r",|;| and ", clean(tone, _LONGEST))
        return (
            {"traits": traits}
            if (traits := [part.strip() for part in traits if part.strip()])
            else {}
        )
    rules = [*_words(tone.get("dos")), *map(_as_ban, _words(tone.get("donts")))]
    found = {
        "traits": [*_words(tone.get("voice")), *_words(tone.get("attributes"))],
        "headline_rules": rules,
    }
    return {key: value for key, value in found.items() if value}


def _as_ban(rule: str) -> str:
    """Write a “don't” so that it cannot be taken for a “do”."""
    banned = re.match(r"(?i)(don['’]t|do not|never|avoid|no)\b", rule)
    return rule if banned else f"never: {rule}"


def _style(photography: Mapping[str, Any]) -> dict[str, Any]:
    look: dict[str, Any] = {}
    for path, target in _PHOTOGRAPHY.items():
        value: Any = photography
        for step in path:
            value = mapping(value).get(step)
        if text := clean(value, _LONGEST):
            place = look if len(target) == 1 else look.setdefault(target[0], {})
            place[target[-1]] = text
    mood = _words(mapping(mapping(photography.get("subject")).get("people")).get("mood"))
    tags = _words(photography.get("tags"))
    look |= {key: value for key, value in (("mood", mood), ("tags", tags)) if value}
    return {"medium": "photo", **look} if look else {}


def _content(brand: Mapping[str, Any]) -> dict[str, Any]:
    language = next(iter(_localised(brand.get("names"))), "en")
    texts = [clean(text, _LONGEST) for text in _required(brand)]
    return {"claims": {"required_disclaimer": {language: " ".join(texts)}}} if texts else {}


def _required(brand: Mapping[str, Any]) -> Iterator[str]:
    for item in map(mapping, sequence(brand.get("disclaimers"))):
        if item.get("required", True) is not False and clean(item.get("text"), _LONGEST):
            yield item["text"]


def _taken(
    brand: Mapping[str, Any], swatches: tuple[Swatch, ...], roles: Mapping[str, int]
) -> Iterator[str]:
    yield f"{number_of(len(swatches), 'colour')} from colors"
    if roles:
        yield f"{number_of(len(roles), 'role')} from their names: {listed(list(roles))}"
    if brand.get("tone"):
        yield "the tone of voice; its dos and don'ts stand among the rules for headlines"
    if any(_required(brand)):
        yield "the required disclaimers"


def _dropped(
    brand: Mapping[str, Any], guide: Mapping[str, Any], unread: list[str]
) -> Iterator[str]:
    if unread:
        yield f"dropped {number_of(len(unread), 'colour')} that cannot be read: {listed(unread)}"
    others = [key for key in brand if key not in _READ]
    others += [
        f"visual_guidelines.{key}" for key in guide if key not in ("photography", "restrictions")
    ]
    if others:
        yield f"dropped {listed(others)}: not about the look of pictures"


def _to_add(brand: Mapping[str, Any], guide: Mapping[str, Any]) -> Iterator[str]:
    for rule in _words(guide.get("restrictions"))[:10]:
        yield f"put into `avoid`, as a thing to keep out and what to show instead: “{rule}”"
    if any(
        isinstance(item, dict) and item.get("context")
        for item in sequence(brand.get("disclaimers"))
    ):
        yield (
            "check the disclaimers: the file ties them to a context, which a profile does not know"
        )


FORMAT = Format(
    "adcp",
    "AdCP brand.json (Ad Context Protocol)",
    "JSON with `names` or `name` beside `colors`, `logos` or `tone`",
    _matches,
    _read,
)
