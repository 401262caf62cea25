"""Profiles written for other tools, with all that these cannot read kept beside it."""

from __future__ import annotations

from typing import Any

from promptkit.brand.importers.ours import DEFAULTS, EXTENSION, color_names, rest_of
from promptkit.brand.profile import Brand, Logo, Typeface, Typography

_SCHEMA = "https://www.designtokens.org/schemas/2025.10/format.json"

#: Our roles with the keys of brand.yml that mean the same.
_THEME = {
    "text": "foreground",
    "background": "background",
    "primary": "primary",
    "secondary": "secondary",
    "tertiary": "tertiary",
}
#: Sources of fonts that brand.yml knows and that need no further keys.
_FONT_SOURCES = ("google", "bunny", "system")


def export_tokens(brand: Brand) -> dict[str, Any]:
    """Return a profile as Design Tokens 2025.10: plain JSON data.

    Colours, roles and typefaces are tokens; the rest stands under ``$extensions``. Read back,
    it gives the same profile.
    """
    names = color_names(brand.colors.palette)
    rest = rest_of(brand, names)
    for entry in rest["colors"]["palette"].values():
        entry.pop("describe", None)
    tokens: dict[str, Any] = {
        "$schema": _SCHEMA,
        "$extensions": {EXTENSION: rest},
        "color": {"$type": "color"}
        | {
            names[key]: _color_token(color.value, color.describe)
            for key, color in brand.colors.palette.items()
        },
    }
    roles = color_names(brand.colors.roles)
    aliases = {
        roles[role]: {"$value": f"{{color.{names[key]}}}"}
        for role, key in brand.colors.roles.items()
    }
    fonts = {
        use: _described({"$value": face.family}, face.describe)
        for use, face in _faces(brand.typography).items()
    }
    tokens |= {"role": {"$type": "color"} | aliases} if aliases else {}
    return tokens | ({"font": {"$type": "fontFamily"} | fonts} if fonts else {})


def _color_token(value: str, describe: str) -> dict[str, Any]:
    parts = [round(int(value[at : at + 2], 16) / 255, 4) for at in (1, 3, 5)]
    color = {"colorSpace": "srgb", "components": parts, "hex": value.lower()}
    return _described({"$value": color}, describe)


def _described(token: dict[str, Any], describe: str) -> dict[str, Any]:
    return token | ({"$description": describe} if describe else {})


def _faces(typography: Typography) -> dict[str, Typeface]:
    faces = {"display": typography.display, "body": typography.body}
    return {use: face for use, face in faces.items() if face.family}


def export_brand_yml(brand: Brand) -> dict[str, Any]:
    """Return a profile as brand.yml: plain data, to be written with `as_yaml`.

    What brand.yml has no key for stands under ``defaults.promptkit``. Read back, it gives the
    same profile.
    """
    names = color_names(brand.colors.palette)
    name = brand.identity.full_name
    data = {
        "meta": {"name": {"short": brand.name, "full": name} if name else brand.name},
        "logo": _logo(brand.logo),
        "color": _colors(brand, names),
        "typography": _typography(brand.typography),
        "defaults": {DEFAULTS: rest_of(brand, names)},
    }
    return {key: value for key, value in data.items() if value}


def _colors(brand: Brand, names: dict[str, str]) -> dict[str, Any]:
    """Return palette and theme; a palette name that is also a theme key would name itself."""
    palette = brand.colors.palette
    theme = {
        _THEME[role]: palette[key].value if names[key] in _THEME.values() else names[key]
        for role, key in brand.colors.roles.items()
        if role in _THEME
    }
    return {"palette": {names[key]: color.value for key, color in palette.items()}} | theme


def _typography(typography: Typography) -> dict[str, Any]:
    faces = _faces(typography)
    families = dict.fromkeys(face.family for face in faces.values())
    sources = {
        family: source for family, source in typography.sources.items() if source in _FONT_SOURCES
    }
    fonts = [
        {"family": family, "source": sources[family]} for family in families if family in sources
    ]
    keys = {"body": "base", "display": "headings"}
    uses = {keys[use]: _font_use(face) for use, face in reversed(faces.items())}
    return ({"fonts": fonts} if fonts else {}) | uses


def _font_use(face: Typeface) -> dict[str, Any]:
    weight = {"weight": face.weight} if face.weight in range(100, 1000, 100) else {}
    return {"family": face.family} | weight


def _logo(logo: Logo) -> dict[str, Any]:
    if not logo.files:
        return {}
    images = {file.id: file.path for file in logo.files}
    grounds = {file.background: file.id for file in reversed(logo.files)}
    pair = {ground: grounds[ground] for ground in ("light", "dark") if ground in grounds}
    return {"images": images, "medium": pair if len(pair) == 2 else logo.files[0].id}
