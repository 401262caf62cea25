"""From what a reader found to a profile, and to a report of what was done and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptkit.brand.check import STYLE_TO_WRITE
from promptkit.brand.color import in_words
from promptkit.brand.importers.choice import MOST_COLORS, Choice, choose
from promptkit.brand.importers.found import Font, Found, Imported, Logo, Report, Swatch
from promptkit.brand.importers.naming import (
    clean,
    guess_roles,
    keys_for,
    listed,
    number_of,
    slug,
)
from promptkit.brand.importers.source import fault
from promptkit.brand.profile import Brand
from promptkit.documents import Document, validate
from promptkit.errors import BrandError

_USUAL_ROLES = ("primary", "accent", "background", "text")
_DISPLAY_WORDS = {"display", "headings", "heading", "headline", "title", "h1", "primary"}
_BODY_WORDS = {"body", "base", "text", "paragraph", "copy", "secondary"}
_CODE_WORDS = {"mono", "monospace", "code"}


@dataclass(frozen=True)
class _Chosen:
    """What was chosen of the file: which colours, under which keys, in which roles."""

    found: Found
    choice: Choice
    keys: Mapping[int, str]
    roles: Mapping[str, str]

    @property
    def guessed(self) -> list[str]:
        """The roles that the file does not tell itself."""
        return [role for role in self.roles if role not in self.found.roles]


def assemble(found: Found, kind: str, path: Path, name: str | None, stem: str | None) -> Imported:
    """Turn what was found into a profile with a report.

    Raises:
        BrandError: there is no colour, or what stands in the file for us is not a profile.
    """
    if found.whole is None and not found.swatches:
        raise fault(
            path,
            "no-colors",
            "there is no colour in the file that could be read",
            "a profile needs at least one; docs/brands.md tells how to write it by hand",
        )
    chosen = None if found.whole is not None else _chosen(found)
    data = _draft(chosen, path) if chosen else dict(found.whole or {})
    stem = stem or slug(name or "")
    data |= {key: value for key, value in (("id", stem), ("name", name)) if value}
    data = _in_order(data)
    brand = validate(Brand, Document(str(path), data, {}, ()), None, BrandError)
    return Imported(kind, data, _report(chosen, brand, name) if chosen else _whole_report(brand))


def _in_order(data: Mapping[str, Any]) -> dict[str, Any]:
    places = {key: place for place, key in enumerate(Brand.model_fields)}
    return dict(sorted(data.items(), key=lambda item: places.get(item[0], len(places))))


def _chosen(found: Found) -> _Chosen:
    names = [(swatch.name, at) for at, swatch in enumerate(found.swatches)]
    roles = {**found.roles, **guess_roles([*names, *found.nicknames], found.roles)}
    choice = choose([name for name, _ in names], set(roles.values()))
    keys = keys_for(found.swatches[at] for at in choice.kept)
    key_of = dict(zip(choice.kept, keys, strict=True))
    named = {role: key_of[at] for role, at in roles.items() if at in key_of}
    return _Chosen(found, choice, key_of, named)


def _draft(chosen: _Chosen, path: Path) -> dict[str, Any]:
    found = chosen.found
    stem = path.name.partition(".")[0] or path.stem
    name = found.name or clean(stem.replace("-", " ").replace("_", " ").title())
    palette = {key: _entry(found.swatches[at], key) for at, key in chosen.keys.items()}
    data = {
        "promptkit": "brand/v1",
        "id": slug(name) or "imported",
        "status": "draft",
        "name": name or "Imported",
        "colors": {"palette": palette} | ({"roles": dict(chosen.roles)} if chosen.roles else {}),
        "style": STYLE_TO_WRITE,
        "typography": _typography(found.fonts),
        **found.profile,
    }
    return _overlaid({key: value for key, value in data.items() if value}, found.overlay)


def _entry(swatch: Swatch, key: str) -> dict[str, str]:
    """Write a colour; its words are a draft made by rule where the file has none."""
    entry = {"value": swatch.value}
    if swatch.name.replace(" ", "-") not in ("", key):
        entry["name"] = swatch.name
    entry["describe"] = swatch.describe or in_words(swatch.value)
    return entry | ({"cmyk": swatch.cmyk} if swatch.cmyk else {})


def _typography(fonts: tuple[Font, ...]) -> dict[str, Any]:
    """Choose a typeface for display and one for body by their uses, else by their order."""
    plain = [font for font in fonts if not _CODE_WORDS & set(slug(font.use).split("-"))]
    display = _first(plain, _DISPLAY_WORDS) or next(iter(plain), None)
    others = [font for font in plain if display and font.family != display.family]
    body = _first(plain, _BODY_WORDS) or next(iter(others), None)
    faces = {"display": display, "body": body}
    chosen: dict[str, Any] = {use: _face(font) for use, font in faces.items() if font}
    sources = {font.family: font.source for font in faces.values() if font and font.source}
    return chosen | ({"sources": sources} if sources else {})


def _first(fonts: list[Font], words: set[str]) -> Font | None:
    return next((font for font in fonts if words & set(slug(font.use).split("-"))), None)


def _face(font: Font) -> dict[str, Any]:
    return {"family": font.family} | ({"weight": font.weight} if font.weight else {})


def _overlaid(data: dict[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(data)
    for key, value in overlay.items():
        below = merged.get(key)
        both = isinstance(value, dict) and isinstance(below, dict)
        merged[key] = _overlaid(below, value) if both and isinstance(below, dict) else value
    return merged


def _whole_report(brand: Brand) -> Report:
    amount = number_of(len(brand.colors.palette), "colour")
    return Report((f"the whole profile that was exported once, with {amount}",), (), ())


def _report(chosen: _Chosen, brand: Brand, name: str | None) -> Report:
    return Report(
        tuple(_taken(chosen, brand)),
        (*chosen.found.dropped, *_left_out(chosen.found.swatches, chosen.choice)),
        tuple(_to_add(chosen, brand, name)),
    )


def _taken(chosen: _Chosen, brand: Brand) -> Iterator[str]:
    found = chosen.found
    yield from found.taken
    if found.name and found.name == brand.name:
        yield f"the name “{found.name}”"
    if chosen.guessed:
        said = listed([f"{role} is {chosen.roles[role]}" for role in chosen.guessed])
        yield f"{number_of(len(chosen.guessed), 'role')} guessed from names: {said}"
    families = _families(brand)
    if families:
        yield f"{number_of(len(families), 'typeface')}: {listed(families)}"


def _families(brand: Brand) -> list[str]:
    faces = (brand.typography.display, brand.typography.body)
    return list(dict.fromkeys(face.family for face in faces if face.family))


def _left_out(swatches: tuple[Swatch, ...], choice: Choice) -> Iterator[str]:
    if choice.steps:
        names = [swatches[at].name for at in choice.steps]
        yield (
            f"dropped {number_of(len(names), 'step')} of colour ladders ({listed(names, 3)}):"
            " pictures need the anchors of the ladders alone"
        )
    if choice.beyond:
        names = [swatches[at].name or swatches[at].value for at in choice.beyond]
        yield (
            f"dropped {number_of(len(names), 'colour')} beyond the first {MOST_COLORS}"
            f" ({listed(names)}): a picture cannot be steered by more"
        )


def _to_add(chosen: _Chosen, brand: Brand, name: str | None) -> Iterator[str]:
    looks = brand.style.looks.values()
    if any(look.describe == STYLE_TO_WRITE for look in looks):
        yield (
            "write `style`: how the brand's pictures look, in a line or key by key; a person must,"
            f" for the file does not say it, and until then it reads “{STYLE_TO_WRITE}”"
        )
    palette = brand.colors.palette.values()
    drafts = sum(color.describe == in_words(color.value) for color in palette)
    if drafts:
        yield (
            f"write `describe` for {number_of(drafts, 'colour')}; a first draft stands there,"
            " made by rule"
        )
    yield from _roles_to_add(chosen, brand)
    if not brand.tone.traits:
        yield "write `tone`: a few words for the brand's manner, such as [calm, plainspoken]"
    if families := _families(brand):
        yield (
            f"describe the look of {listed(families)} under `typography`: an image model cannot"
            " read a font's name"
        )
    yield from chosen.found.to_add
    yield from map(_logo_to_add, chosen.found.logos)
    if not (chosen.found.name or name):
        yield "check `name`: the file does not tell it, so it is taken from the file's name"


def _roles_to_add(chosen: _Chosen, brand: Brand) -> Iterator[str]:
    if chosen.guessed:
        yield f"check {listed(chosen.guessed)} under `colors.roles`: guessed from names"
    missing = [role for role in _USUAL_ROLES if role not in brand.colors.roles]
    if missing:
        yield f"give colours to the missing roles under `colors.roles`: {listed(missing)}"


def _logo_to_add(logo: Logo) -> str:
    place = logo.path.rsplit("/", 1)[-1]
    return (
        f"add the logo {clean(logo.id)}: put {logo.path} beside the profile, then write under"
        f" `logo.files` {{id: {slug(logo.id) or 'logo'}, path: {place},"
        f" background: {logo.background}}}"
    )
