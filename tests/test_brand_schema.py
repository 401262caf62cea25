"""The profile's JSON Schema: it takes what promptkit reads, and refuses what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from promptkit.brand.loading import load_brand
from promptkit.brand.schema import brand_schema
from promptkit.documents import parse_yaml

ROOT = Path(__file__).parent.parent
SHIPPED = sorted((ROOT / "brand_profiles").glob("*.yaml"))
SCHEMA = brand_schema()

SIX_LINES = """\
name: Acme
colors: {primary: "#0B6E99", accent: "#F0593E"}
tone: [calm, plainspoken]
style: calm photos in soft daylight
avoid: [neon]
channels: {tile: 1200x1200}
"""
BARE = 'name: Acme\ncolors: {primary: "#0B6E99"}\nstyle: calm\n'


def _faults(schema: dict[str, Any], data: Any) -> list[str]:
    """Return where data does not fit a schema that may refer to the groups of the whole."""
    whole = Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]})
    return [error.json_path for error in whole.iter_errors(data)]


def _fits(text: str) -> bool:
    return not _faults(SCHEMA, parse_yaml(text, "a.yaml").data)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _nodes(item)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_profile_fits(path: Path) -> None:
    assert _faults(SCHEMA, parse_yaml(path.read_text(encoding="utf-8"), path.name).data) == []
    assert _faults(SCHEMA, json.loads(json.dumps(load_brand(path).as_data))) == []


# What is added to the bare profile, and what promptkit reads just so.
FITTING = [
    "",
    "tone: calm",
    "tone: {traits: calm, on_image_text: none}",
    "avoid: neon",
    "avoid: [neon, {what: fog, looks: default, near: red}]",
    "x-own: [1, {a: b}]",
    "people: {x-note: 1, never: [smiles]}",
    'colors: {primary: "#111", proportions: {primary: 0.2}, avoid: purple}',
    "colors: {palette: {a: {value: red, x-b: 1}}, pairs: {text_on: {a: a}, never: [[a, a]]}}",
    "style: {medium: photo, mood: calm, composition: {clutter: low}, framing: near}",
    "style: {looks: {a: one line, b: {medium: photo}}, default_look: a}",
    "subjects: {can: a can}",
    "channels: {a: 1x1, b: {size: [10, 20], safe_area: [0, 0, 1, 0.5]}}",
    "typography: {body: {weight: 600}, display: {weight: bold}}",
    "tiers: {preview: {n: 4}, final: {quality: null}}",
    "style: {handles: {lora: {a: [1]}}, medium: photo}",
    "extends: other",
]
REFUSED = [
    "tne: calm",
    "style: {mdium: photo}",
    "style: {looks: {a: {mdium: photo}}}",
    "style: {}",
    "style: {looks: {}}",
    "colors: {}",
    "colors: {primary: 3}",
    "colors: {primary: {describe: blue}}",
    'colors: {palette: {a: "#111"}, b: "#222"}',
    "avoid: [{wat: x}]",
    "avoid: ['']",
    "tone: 3",
    "tone: {trait: calm}",
    "channels: {a: 16:9}",
    "channels: {a: {look: x}}",
    "channels: {a: {size: 9x9, safe_area: [0, 0, 1]}}",
    "tiers: {previw: {n: 4}}",
    "logo: {policy: drawn}",
    "learn: {explore: 25}",
    "version: true",
    "name: null",
    "+avoid: [neon]",
    "tone: null",
    "extends: [a]",
    "promptkit: template/v1",
]


def _with(text: str) -> str:
    key = text.partition(":")[0]
    bare = BARE.splitlines(keepends=True)
    return "".join(line for line in bare if not line.startswith(f"{key}:")) + text + "\n"


@pytest.mark.parametrize("text", FITTING)
def test_what_fits(text: str) -> None:
    assert _fits(_with(text))


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_fit(text: str) -> None:
    assert not _fits(_with(text))


def test_six_lines_fit_and_less_than_three_do_not() -> None:
    assert _fits(SIX_LINES)
    for line in BARE.splitlines(keepends=True):
        assert not _fits(BARE.replace(line, ""))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("colors: {accent: '#f00', +avoid: [purple]}", True),
        ("colors: {accent: null, palette: null}", False),
        ("colors: {palette: {a: null, b: {describe: red}}}", True),
        ("colors: {pairs: {text_on: {+a: [b], c: null}}}", True),
        ("style: {+mood: calm, lighting: null}", True),
        ("style: {looks: {a: null, b: {+when: [hero]}}}", True),
        ("+avoid: [neon, {what: fog}]\ntone: null\nsubjects: {can: null}", True),
        ("channels: {a: {look: x, text_zone: {text: ink}}}", True),
        ("+tone: [a]", False),
        ("+name: [a]", False),
        ("id: null", False),
        ("tne: null", False),
        ("avoid: [{what: a, +looks: [b]}]", False),
        ("avoid: [{instead: a}]", False),
        ("style: {+mod: calm}", False),
    ],
)
def test_a_profile_that_builds_on_another(text: str, fits: bool) -> None:
    assert _fits(f"extends: acme\n{text}\n") is fits


def test_each_schema_is_the_callers_own() -> None:
    brand_schema()["$defs"]["Look"]["anyOf"][0]["type"] = "number"
    assert brand_schema() == SCHEMA


def test_every_key_is_described() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for name, group in SCHEMA["$defs"].items():
        assert group["description"], name
        for form in group.get("anyOf", [group]):
            for key, field in form.get("properties", {}).items():
                assert field.get("description"), f"{name}.{key}"


def test_every_reference_leads_somewhere_and_examples_fit() -> None:
    for node in _nodes(SCHEMA):
        if "$ref" in node and isinstance(node["$ref"], str):
            assert node["$ref"].removeprefix("#/$defs/") in SCHEMA["$defs"]
        for example in node.get("examples", []) if isinstance(node.get("examples"), list) else []:
            assert _faults(node, example) == []
