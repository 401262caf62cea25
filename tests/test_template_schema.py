"""JSON Schema of a template's inputs, and the text of a new template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promptkit.brand.loading import BrandLibrary
from promptkit.errors import TemplateError
from promptkit.prompt.compose import compose
from promptkit.prompt.lint import lint
from promptkit.template.check import check_template
from promptkit.template.inputs import InputSpec
from promptkit.template.library import TemplateLibrary
from promptkit.template.scaffold import scaffold
from promptkit.template.schema import template_schema
from promptkit.template.testing import run_tests

ROOT = Path(__file__).parents[1]
BRANDS = BrandLibrary([ROOT / "brand_profiles"])
SHIPPED = TemplateLibrary([ROOT / "templates"])


def schema(folder: Path, inputs: str) -> dict[str, Any]:
    (folder / "base.j2").write_text("{% block subject %}{% endblock %}")
    (folder / "t.j2").write_text(f"---\ndescription: A can\ninputs: {{x: {inputs}}}\n---\na")
    return template_schema(TemplateLibrary([folder]).get("t"))


PROPERTIES: dict[str, dict[str, Any]] = {
    "{}": {"type": "string", "minLength": 1},
    "{help: What, required: false}": {"description": "What", "type": "string"},
    "{minLength: 3, maxLength: 9, example: a can}": {
        "type": "string",
        "minLength": 3,
        "maxLength": 9,
        "examples": ["a can"],
    },
    "{default: a can}": {"type": "string", "default": "a can"},
    "{type: number, minimum: 0, maximum: 9, default: '3', example: 4.5}": {
        "type": "number",
        "minimum": 0,
        "maximum": 9,
        "default": 3,
        "examples": [4.5],
    },
    "{type: boolean, default: no}": {"type": "boolean", "default": False},
    "{type: choice, enum: [front, side], default: side}": {
        "type": "string",
        "enum": ["front", "side"],
        "default": "side",
    },
    "{type: list, maxLength: 3, example: 'one, two'}": {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 1,
        "maxItems": 3,
        "examples": [["one", "two"]],
    },
    "{type: list, default: []}": {"type": "array", "items": {"type": "string"}, "default": []},
    "{type: color, help: Its colour, default: accent}": {
        "description": "Its colour; a role or colour of the brand, or a hex",
        "type": "string",
        "default": "accent",
        "x-promptkit": {"type": "color"},
    },
    "{type: image, role: room}": {
        "description": "the path of a picture, or one of the brand's subjects",
        "type": "string",
        "x-promptkit": {"type": "image", "role": "room"},
    },
}


@pytest.mark.parametrize(("inputs", "said"), PROPERTIES.items(), ids=PROPERTIES.keys())
def test_an_input_has_its_schema(tmp_path: Path, inputs: str, said: dict[str, Any]) -> None:
    found = schema(tmp_path, inputs)
    assert found["properties"] == {"x": said}
    assert found["required"] == (["x"] if "default" not in inputs and "false" not in inputs else [])


def test_a_schema_says_what_it_is_of(tmp_path: Path) -> None:
    found = schema(tmp_path, "{}")
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (found["title"], found["description"], found["type"]) == ("t", "A can", "object")
    assert found["additionalProperties"] is False
    assert "description" not in template_schema(TemplateLibrary([tmp_path]).get("base"))


@pytest.mark.parametrize("name", SHIPPED.names())
def test_the_schemas_of_the_shipped_templates_are_json_and_know_every_input(name: str) -> None:
    template = SHIPPED.get(name)
    found = json.loads(json.dumps(template_schema(template)))
    assert list(found["properties"]) == list(template.meta.inputs)
    for example in template.meta.examples:
        assert set(found["required"]) <= set(example.inputs) <= set(found["properties"])


def test_a_picture_without_a_role_shows_what_its_input_is_called(tmp_path: Path) -> None:
    assert InputSpec(type="image").role == ""
    found = schema(tmp_path, "{type: image}")
    assert found["properties"]["x"]["x-promptkit"] == {"type": "image", "role": "x"}


# A new template


@pytest.mark.parametrize("name", ["gift-card", "a", "2026-sale"])
def test_a_new_template_passes_its_check_and_its_examples(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.j2").write_text(scaffold(name), encoding="utf-8")
    library = TemplateLibrary([tmp_path, ROOT / "templates"])
    template = library.get(name)
    assert check_template(template) == []

    class Said:
        def __init__(self, template: str, brand: str, inputs: Any, **chosen: Any) -> None:
            prompt = compose(BRANDS.get(brand), library.get(template), inputs, **chosen)
            self.text = "\n".join(section.text for section in prompt.sections)
            self.findings = lint(prompt)

    results = run_tests([template], Said)
    assert [str(result) for result in results if not result.ok] == []
    assert {result.brand for result in results} == set(BRANDS.paths())


def test_a_new_template_says_what_it_is_called() -> None:
    assert "description: Gift card picture of one product\n" in scaffold("gift-card")


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("Gift Card", "single hyphens: gift-card"),
        ("_part", "single hyphens: part"),
        ("../x.j2", "single hyphens: x-j2"),
        ("base", "as in gift-card"),
        ("", "as in gift-card"),
        ("é", "as in gift-card"),
        ("a\n", "single hyphens: a"),
    ],
)
def test_a_name_that_no_template_can_have(name: str, fix: str) -> None:
    with pytest.raises(TemplateError, match="a template cannot be called") as caught:
        scaffold(name)
    assert (caught.value.findings[0].fix or "").endswith(fix)
