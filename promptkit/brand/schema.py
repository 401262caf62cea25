"""The JSON Schema of a profile, for editors and other tools: every key, short forms too.

A profile that builds on another may leave out what its parent has, remove values with null and
add to lists with ``+key``; so each group is described twice, whole and as a change.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from promptkit.brand.merging import OWN
from promptkit.brand.profile import Brand
from promptkit.shapes import every_model, field_docs

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OWN_KEYS = {"^x-": {"description": "A key of your own; promptkit does not read it."}}
_CHANGE = "Change"
_REF = "#/$defs/"

_HEX: dict[str, Any] = {
    "type": "string",
    "minLength": 3,
    "description": "A colour, as #RRGGBB in quotes, or as any CSS colour.",
    "examples": ["#0B6E99"],
}
_LINE: dict[str, Any] = {"type": "string"}
_SIZE: dict[str, Any] = {
    "type": "string",
    "pattern": "^\\s*0*[1-9][0-9]{0,5}\\s*[x×X]\\s*0*[1-9][0-9]{0,5}\\s*$",
    "description": "Width and height in px.",
    "examples": ["1536x1024"],
}

#: By model, what may stand in the place of its keys.
_SHORT: dict[str, dict[str, Any]] = {
    "Avoid": {"type": "string", "minLength": 1, "examples": ["neon"]},
    "Channel": _SIZE,
    "Framing": _LINE,
    "Look": _LINE,
    "OnImageText": {"enum": ["none", "composite", "model_rendered"]},
    "PaletteColor": _HEX,
    "Proportion": {"type": "number", "minimum": 0, "maximum": 1, "examples": [0.25]},
    "Style": {"type": "string", "examples": ["calm photos in soft daylight"]},
    "Subject": _LINE,
    "Tone": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]},
}
_EXAMPLES: dict[tuple[str, str], list[Any]] = {
    ("Brand", "extends"): ["tidewell", "../group/base.yaml"],
    ("Brand", "name"): ["Tidewell"],
    ("Brand", "colors"): [{"primary": "#0B6E99", "accent": "#F0593E"}],
    ("Brand", "tone"): [["calm", "plainspoken"]],
    ("Brand", "style"): ["calm photos in soft daylight"],
    ("Brand", "avoid"): [["neon"], [{"what": "neon", "instead": "sun-faded colours"}]],
    ("Brand", "channels"): [{"shop_tile": "1200x1200"}],
    ("Reserve", "box"): [[0.04, 0.84, 0.3, 0.96]],
    ("PaletteColor", "describe"): ["deep sea blue, slightly green and matt"],
}


def brand_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a brand profile, as plain JSON data.

    It knows the short forms, and in a profile with ``extends`` also ``+key`` and null. What one
    part of a profile says of another, such as the name of a look, only `load_brand` can check.
    """
    raw = Brand.model_json_schema()
    models: dict[str, Any] = raw.pop("$defs")
    models["Brand"] = raw
    _tell(models)
    defs: dict[str, Any] = {}
    for name, model in models.items():
        defs[name] = _group(name, model, models, change=False)
        defs[name + _CHANGE] = _group(name, model, models, change=True)
    return {
        "$schema": _DIALECT,
        "title": "promptkit brand profile",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": f"{_REF}Brand{_CHANGE}"},
        "else": {"$ref": f"{_REF}Brand"},
        "$defs": deepcopy(dict(sorted(defs.items()))),
    }


def _tell(models: dict[str, Any]) -> None:
    """Put what the source says of each field into the schema."""
    for model in every_model(Brand):
        docs = field_docs(model)
        fields = {info.alias or name: docs.get(name) for name, info in model.model_fields.items()}
        properties = models[model.__name__]["properties"]
        for key, told in fields.items():
            if told:
                properties[key] = {"description": told, **properties[key]}


def _group(
    name: str, model: dict[str, Any], models: dict[str, Any], *, change: bool
) -> dict[str, Any]:
    """Return the schema of one model: its long form, or any of its forms."""
    fields = _fields(name, models, change)
    required = [] if change else model.get("required", [])
    forms = [_object(fields, required)]
    if name == "Colors":
        forms.append(_short_colors(fields, change))
    if name == "Style":
        forms.append(_short_style(fields, _fields("Look", models, change)))
    if name in _SHORT:
        forms.insert(0, _SHORT[name])
    told = {"description": model["description"]}
    return told | (forms[0] if len(forms) == 1 else {"anyOf": forms})


def _object(fields: dict[str, Any], required: list[str]) -> dict[str, Any]:
    needed: dict[str, Any] = {"required": required} if required else {}
    return {
        "type": "object",
        "properties": fields,
        "patternProperties": _OWN_KEYS,
        "additionalProperties": False,
    } | needed


def _short_colors(fields: dict[str, Any], change: bool) -> dict[str, Any]:
    """Return the schema of roles and hexes beside the other keys of the colours."""
    color = _ref("PaletteColor", change)
    rest = {key: field for key, field in fields.items() if key != "palette"}
    return _object(rest, []) | {
        "additionalProperties": _or_null(color) if change else color,
        "not": {"required": ["palette"]},
        "minProperties": 1,
    }


def _short_style(style: dict[str, Any], look: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one look's keys beside the other keys of the style."""
    rest = {key: field for key, field in style.items() if key != "looks"}
    return _object({**look, **rest}, []) | {"minProperties": 1}


def _fields(name: str, models: dict[str, Any], change: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, raw in models[name]["properties"].items():
        field = _field(raw, change)
        if (name, key) == ("Channel", "size"):
            field = {"anyOf": [_SIZE, field]}
        about = models.get(raw.get("$ref", "").removeprefix(_REF), raw)
        told = {"description": raw.get("description", about["description"])}
        if examples := _EXAMPLES.get((name, key)):
            told["examples"] = examples
        fields[key] = field | told
        if change and key not in (*OWN, "name"):
            fields[key] = _or_null(field) | told
            if _is_list(raw):
                fields[f"+{key}"] = field | {"description": f"Added to the parent's `{key}`."}
    return fields


def _is_list(raw: dict[str, Any]) -> bool:
    return raw.get("type") == "array" or any(map(_is_list, raw.get("anyOf", ())))


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null", "description": "Removes the parent's value."}]}


def _field(raw: Any, change: bool, *, in_list: bool = False) -> Any:
    """Return what pydantic says of a field, without titles and defaults.

    Items of a list are always whole: a list replaces the parent's, or is added to it.
    """
    if isinstance(raw, list):
        return [_field(item, change, in_list=in_list) for item in raw]
    if not isinstance(raw, dict):
        return raw
    if "$ref" in raw:
        told = {"description": raw["description"]} if "description" in raw else {}
        return told | _ref(raw["$ref"].removeprefix(_REF), change and not in_list)
    field = {
        key: _field(value, change, in_list=in_list or key in ("items", "prefixItems"))
        for key, value in raw.items()
        if key not in ("title", "default")
    }
    return _named(field) if change and "additionalProperties" in field else field


def _named(field: dict[str, Any]) -> dict[str, Any]:
    """Let what stands under a free name be removed, and added to if it is a list."""
    inner = field["additionalProperties"]
    field.pop("minProperties", None)
    if isinstance(inner, dict):
        field["additionalProperties"] = _or_null(inner)
        if _is_list(inner):
            field["patternProperties"] = {"^\\+": inner}
    return field


def _ref(name: str, change: bool) -> dict[str, Any]:
    return {"$ref": f"{_REF}{name}{_CHANGE if change else ''}"}
