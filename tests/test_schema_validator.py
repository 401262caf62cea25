"""The printed schemas, by a validator that is not ours: valid, and of one mind with the loader."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from typer.testing import CliRunner

from promptkit.brand.loading import load_brand
from promptkit.cli.app import app
from promptkit.documents import parse_yaml
from promptkit.errors import BrandError, BriefError
from promptkit.template.inputs import check_inputs
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parent.parent
SHIPPED = sorted((ROOT / "brand_profiles").glob("*.yaml"))
TEMPLATES = TemplateLibrary([ROOT / "templates"])
BARE = 'name: Acme\ncolors: {primary: "#0B6E99"}\nstyle: calm\n'


@cache
def printed(*words: str) -> Any:
    """Return the schema that a verb prints."""
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@cache
def brands() -> Draft202012Validator:
    return Draft202012Validator(printed("brand", "schema"))


def read(text: str) -> Any:
    return parse_yaml(text, "acme.yaml").data


@pytest.mark.parametrize(
    "words", [("brand", "schema"), *(("template", "schema", name) for name in TEMPLATES.names())]
)
def test_a_schema_is_valid_in_the_dialect_that_it_claims(words: tuple[str, ...]) -> None:
    schema = printed(*words)
    assert "2020-12" in schema["$schema"]
    assert validator_for(schema) is Draft202012Validator
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_profile_is_valid_as_it_is_written_and_written_out(path: Path) -> None:
    brands().validate(read(path.read_text(encoding="utf-8")))
    brands().validate(json.loads(json.dumps(load_brand(path).as_data)))


FITTING = """\
tone: calm
tone: [calm, dry]
avoid: neon
avoid: [neon, {what: fog, severity: must}]
channels: {tile: 1200x1200}
subjects: {can: a can}
style: {medium: photo, mood: calm}
style: {looks: {a: one line, b: {medium: photo}}, default_look: a}
colors: {palette: {a: red}, roles: {primary: a}}
colors: {primary: red, proportions: {primary: 0.2}, avoid: purple}
tone: {traits: calm, on_image_text: none}
x-note: {anything: [1, 2]}
""".splitlines()

#: Each is refused by both; what comes after # is the keyword of the schema that refuses it.
BROKEN = """\
tne: calm # additionalProperties
tone: 3 # anyOf
tone: {trait: calm} # anyOf
style: {} # anyOf
style: {mdium: photo} # anyOf
style: {looks: {}} # anyOf
colors: {} # anyOf
colors: {primary: 3} # anyOf
colors: {palette: {a: {describe: red}}} # anyOf
avoid: [{wat: x}] # anyOf
avoid: [''] # anyOf
channels: {a: 16:9} # anyOf
channels: {a: {size: 9x9, safe_area: [0, 0, 1]}} # anyOf
tiers: {previw: {n: 4}} # enum
tiers: {preview: {n: 0}} # anyOf
logo: {policy: drawn} # enum
learn: {explore: 25} # maximum
version: 0 # minimum
version: one # type
status: gone # enum
name: '' # minLength
name: null # type
typography: {body: {wieght: 600}} # additionalProperties
checks: {accent_present: {min_share: 2}} # maximum
checks: {judge: [{id: a}]} # required
people: [a] # type
content: {never: 3} # anyOf
promptkit: template/v1 # const
+avoid: [neon] # additionalProperties
""".splitlines()


def with_line(line: str) -> str:
    key = line.partition(":")[0]
    bare = BARE.splitlines(keepends=True)
    return "".join(part for part in bare if not part.startswith(f"{key}:")) + f"{line}\n"


@pytest.mark.parametrize("line", FITTING)
def test_a_short_form_fits(tmp_path: Path, line: str) -> None:
    text = with_line(line)
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    assert load_brand(tmp_path / "acme.yaml").name == "Acme"
    brands().validate(read(text))


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_profile_is_refused_by_the_schema_and_by_the_loader(
    tmp_path: Path, line: str
) -> None:
    written, _, keyword = line.partition(" # ")
    text = with_line(written)
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BrandError):
        load_brand(tmp_path / "acme.yaml")
    found = list(brands().iter_errors(read(text)))
    assert keyword in [error.validator for error in found]


def test_what_is_missing_is_refused_but_not_of_a_child() -> None:
    for line in BARE.splitlines(keepends=True):
        text = BARE.replace(line, "")
        assert not brands().is_valid(read(text))
        assert brands().is_valid(read(f"extends: acme\n{text}"))
    child = "extends: acme\n+avoid: [fog]\ntone: null\ncolors: {accent: null}\n"
    assert brands().is_valid(read(child))


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_an_example_of_a_template_fits_its_schema_and_other_briefs_do_not(name: str) -> None:
    template = TEMPLATES.get(name)
    schema = printed("template", "schema", name)
    validator = Draft202012Validator(schema)
    assert template.meta.examples
    for example in template.meta.examples:
        validator.validate(example.inputs)
        assert not validator.is_valid({**example.inputs, "prodct": "can"})
        for needed in schema["required"]:
            without = {key: value for key, value in example.inputs.items() if key != needed}
            assert not validator.is_valid(without)
            with pytest.raises(BriefError):
                check_inputs(template.meta.inputs, without, load_brand(SHIPPED[0]), name)
    for property_ in schema["properties"].values():
        shown = [property_["default"]] if "default" in property_ else []
        for value in [*shown, *property_.get("examples", [])]:
            Draft202012Validator(property_).validate(value)
