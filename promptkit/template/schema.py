"""A template's inputs as JSON Schema, for forms, editors and programs that fill briefs in."""

from __future__ import annotations

from typing import Any

from promptkit.template.compiled import Template
from promptkit.template.inputs import InputSpec, read_value

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "choice": {"type": "string"},
    "list": {"type": "array", "items": {"type": "string"}},
    "color": {"type": "string"},
    "image": {"type": "string"},
}
#: What a form may make of inputs that JSON Schema has no type for.
_MEANT = {
    "color": "a role or colour of the brand, or a hex",
    "image": "the path of a picture, or one of the brand's subjects",
}


def template_schema(template: Template) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what a template's brief must say.

    It describes each value as the template sees it; briefs may be looser, as in “yes” for true.
    ``x-promptkit`` names the kinds of value that are strings to JSON: colours and pictures.
    """
    meta = template.meta
    schema: dict[str, Any] = {"$schema": DIALECT, "title": template.name}
    if meta.description:
        schema["description"] = meta.description
    return schema | {
        "type": "object",
        "properties": {name: _property(name, spec) for name, spec in meta.inputs.items()},
        "required": [name for name, spec in meta.inputs.items() if spec.needed],
        "additionalProperties": False,
    }


def _property(name: str, spec: InputSpec) -> dict[str, Any]:
    said = "; ".join(part for part in (spec.help, _MEANT.get(spec.type)) if part)
    data: dict[str, Any] = {"description": said} if said else {}
    data |= _TYPES[spec.type] | _bounds(spec)
    if spec.default is not None:
        data["default"] = read_value(spec, spec.default, None)
    if spec.example is not None:
        data["examples"] = [read_value(spec, spec.example, None)]
    if spec.type == "image":
        data["x-promptkit"] = {"type": "image", "role": spec.role or name}
    elif spec.type == "color":
        data["x-promptkit"] = {"type": "color"}
    return data


def _bounds(spec: InputSpec) -> dict[str, Any]:
    """Return the bounds in JSON Schema's words. What must be given must not be empty either."""
    if spec.type == "choice":
        return {"enum": spec.enum}
    if spec.type == "number":
        bounds = {"minimum": spec.minimum, "maximum": spec.maximum}
        return {key: value for key, value in bounds.items() if value is not None}
    least = max(spec.min_length, int(spec.needed))
    if spec.type in ("text", "list"):
        unit = "Items" if spec.type == "list" else "Length"
        bounds = {f"min{unit}": least or None, f"max{unit}": spec.max_length}
        return {key: value for key, value in bounds.items() if value is not None}
    return {}
