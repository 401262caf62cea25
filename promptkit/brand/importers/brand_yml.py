"""brand.yml, Posit's file of a brand's colours, typefaces and logos.

Facts from https://posit-dev.github.io/brand-yml/ and its schema, schema/brand.schema.yml of
posit-dev/brand-yml: theme colours name palette colours or give values of their own, any of them
may come as a pair of light and dark, and `defaults` belongs to the tools that read the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from promptkit.brand.color import parse_hex
from promptkit.brand.importers.found import Font, Format, Found, Logo, Swatch
from promptkit.brand.importers.naming import clean, listed, number_of
from promptkit.brand.importers.ours import DEFAULTS, is_whole, restore
from promptkit.brand.importers.source import Source, fault
from promptkit.brand.importers.values import mapping, sequence, weight
from promptkit.errors import BrandError, nearest

#: Theme colours that have a role in a picture.
_ROLES = {
    "foreground": "text",
    "background": "background",
    "primary": "primary",
    "secondary": "secondary",
    "tertiary": "tertiary",
}
_SCREEN_ONLY = ("success", "info", "warning", "danger", "link")
_THEME = (*_ROLES, *_SCREEN_ONLY, "light", "dark")
_FACES = ("headings", "base")
_LOGO_SIZES = ("small", "medium", "large")
_MOST_HOPS = 100


def _matches(source: Source) -> bool:
    own = {"meta", "color", "logo", "typography"} & source.keys.keys()
    return any(isinstance(source.keys[key], dict) for key in own)


def _read(source: Source) -> Found:
    """Read everything that brand.yml says about a picture; `defaults.promptkit` wins.

    Raises:
        BrandError: a colour names one that is not there, or names lead in a circle.
    """
    keys = source.keys
    meta = mapping(keys.get("meta"))
    colors = _Colors(source, mapping(keys.get("color")))
    overlay = mapping(mapping(keys.get("defaults")).get(DEFAULTS))
    if is_whole(overlay):
        values = {name: {"value": value} for name, value in colors.palette().items()}
        return Found(whole=restore(overlay, values))
    theme = _theme(colors)
    name, profile = _meta(meta)
    typography = mapping(keys.get("typography"))
    own = ("what defaults.promptkit says, over everything else",) if overlay else ()
    return Found(
        theme.swatches,
        name,
        theme.roles,
        fonts=tuple(_fonts(typography)),
        logos=tuple(_logos(mapping(keys.get("logo")))),
        profile=profile,
        overlay=overlay,
        taken=(*theme.taken, *own),
        dropped=tuple(_dropped(colors, meta, typography)),
        to_add=theme.to_add,
    )


@dataclass(frozen=True)
class _Theme:
    """What the theme adds to the palette."""

    swatches: tuple[Swatch, ...]
    roles: dict[str, int]
    taken: tuple[str, ...]
    to_add: tuple[str, ...]


class _Colors:
    """The section `color`: a palette, and theme colours that may name the palette's."""

    def __init__(self, source: Source, section: Mapping[str, Any]) -> None:
        self._path = source.path
        self._palette = mapping(section.get("palette"))
        given = {key: section[key] for key in _THEME if section.get(key) is not None}
        self.paired = [key for key, value in given.items() if isinstance(value, dict)]
        self.theme = {key: _one_mode(value) for key, value in given.items()}

    def palette(self) -> dict[str, str]:
        """Return the palette's colours as `#RRGGBB`."""
        return {
            name: self._hex(name, self._end(name, value)[1])
            for name, value in self._palette.items()
        }

    def of_theme(self, key: str) -> tuple[str, str]:
        """Return the palette's name, or the key itself, and the colour of a theme colour."""
        name, value = self._end(key, self.theme[key])
        return (name if name in self._palette else key), self._hex(key, value)

    def _end(self, name: str, value: Any) -> tuple[str, Any]:
        """Follow names to a value; return the first palette name on the way, and the value."""
        chain = [name]
        first = ""
        while isinstance(value, str) and (table := self._table(chain[-1], value)) is not None:
            if value in chain[1:] or len(chain) > _MOST_HOPS:
                raise self._circle([*chain, value])
            chain.append(value)
            first = first or (value if value in self._palette else "")
            value = table[value]
        return first, value

    def _table(self, asked_by: str, name: str) -> Mapping[str, Any] | None:
        """Return where a name leads: to the palette, else the theme; a colour never to itself."""
        if name in self._palette and (name != asked_by or name in self.theme):
            return self._palette
        return self.theme if name in self.theme and name != asked_by else None

    def _hex(self, name: str, value: Any) -> str:
        try:
            return parse_hex(value)
        except ValueError as cause:
            near = nearest(clean(value), [clean(known) for known in self._palette])
            raise fault(
                self._path,
                "not-a-color",
                f"the colour “{clean(name)}” cannot be read: {cause}",
                f"did you mean the palette's “{near}”?" if near else None,
            ) from None

    def _circle(self, chain: list[str]) -> BrandError:
        shown = " → ".join(clean(name) for name in chain[chain.index(chain[-1]) :])
        return fault(
            self._path,
            "alias-circle",
            f"colours name each other in a circle: {shown}",
            "give one of them a value of its own",
        )


def _theme(colors: _Colors) -> _Theme:
    """Return the palette with the theme's own colours added, and the roles the theme gives."""
    values = colors.palette()
    taken = [f"{number_of(len(values), 'colour')} from color.palette"] if values else []
    named = {key: colors.of_theme(key) for key in colors.theme}
    added = [key for key, (name, _) in named.items() if name not in values]
    values |= {key: named[key][1] for key in added}
    places = {name: place for place, name in enumerate(values)}
    roles = {_ROLES[key]: name for key, (name, _) in named.items() if key in _ROLES}
    if added:
        taken.append(f"{number_of(len(added), 'colour')} from the theme: {listed(added)}")
    if roles:
        said = [f"{role} is {name}" for role, name in roles.items()]
        taken.append(f"{number_of(len(roles), 'role')} from the theme: {listed(said)}")
    return _Theme(
        tuple(Swatch(clean(name), value) for name, value in values.items()),
        {role: places[name] for role, name in roles.items()},
        tuple(taken),
        tuple(_doubtful([key for key in added if key in _SCREEN_ONLY])),
    )


def _doubtful(added: list[str]) -> Iterator[str]:
    if added:
        yield (
            f"decide about {listed(added)}: such colours belong to messages and links on screens;"
            " delete those that no picture should show"
        )


def _one_mode(value: Any) -> Any:
    return value.get("light", value.get("dark")) if isinstance(value, dict) else value


def _meta(meta: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    name = meta.get("name")
    if not isinstance(name, dict):
        return clean(name), {}
    short, full = clean(name.get("short")), clean(name.get("full"))
    return short or full, {"identity": {"full_name": full}} if full and short else {}


def _dropped(
    colors: _Colors, meta: Mapping[str, Any], typography: Mapping[str, Any]
) -> Iterator[str]:
    if colors.paired:
        yield f"dropped the dark mode of {listed(colors.paired)}: a picture has one set of colours"
    others = [key for key in meta if key != "name"]
    if others:
        yield f"dropped meta: {listed(others)}, which no picture shows"
    others = [key for key in typography if key not in (*_FACES, "fonts")]
    if others:
        yield f"dropped typography: {listed(others)}, which no picture shows"


def _fonts(section: Mapping[str, Any]) -> Iterator[Font]:
    """Yield the typefaces of headlines and text, or those listed where neither is set."""
    fonts = [mapping(font) for font in sequence(section.get("fonts"))]
    sources = {clean(font.get("family")): clean(font.get("source")) for font in fonts}
    base = _family(section.get("base"))
    uses = {use: _family(section[use]) or base for use in _FACES if use in section}
    for use, family in uses.items():
        if family:
            told = weight(mapping(section[use]).get("weight"))
            yield Font(use, family, told, sources.get(family, ""))
    if not any(uses.values()):
        yield from (Font("", family, None, source) for family, source in sources.items() if family)


def _family(value: Any) -> str:
    return clean(value.get("family")) if isinstance(value, dict) else clean(value)


def _logos(section: Mapping[str, Any]) -> Iterator[Logo]:
    """Yield each logo file once; the dark one of a pair is for dark grounds, as in Quarto."""
    images = mapping(section.get("images"))
    found: dict[str, Logo] = {}
    for name, value in images.items():
        path = _logo_path(value, {})
        found[path] = Logo(clean(name), path)
    for size in _LOGO_SIZES:
        for ground, value in _modes(section.get(size)).items():
            path = _logo_path(value, images)
            known = found.get(path, Logo(clean(f"{size} {ground}"), path))
            found[path] = replace(known, background=ground or known.background)
    yield from (logo for logo in found.values() if logo.path)


def _modes(value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and "path" not in value:
        return {ground: value[ground] for ground in ("light", "dark") if ground in value}
    return {"": value}


def _logo_path(value: Any, images: Mapping[str, Any]) -> str:
    named = images.get(value) if isinstance(value, str) else None
    told = named if named is not None else value
    return clean(told.get("path") if isinstance(told, dict) else told, 200)


FORMAT = Format(
    "brand.yml",
    "brand.yml (Posit)",
    "YAML with `color`, `meta`, `logo` or `typography`",
    _matches,
    _read,
)
