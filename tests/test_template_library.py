"""Finding templates, following what they extend, and naming faults with file and line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from promptkit.errors import Finding, TemplateError
from promptkit.template.library import TemplateLibrary

BASE = """---
colors: {background: the ground}
---
{% set tone = "calm" %}
{% macro twice(x) %}{{ x }} and {{ x }}{% endmacro %}
{% block purpose %}{% endblock %}
{% block subject %}{% endblock %}
{% block style %}Natural.{% endblock %}
{% block details %}{% endblock %}
{% block preserve %}{% endblock %}
"""
VALUES = {"brand": {"name": "Tidewell", "tone": {"traits": ["calm"]}}, "look": {}, "space": "left"}


def library(folder: Path, files: Mapping[str, str]) -> TemplateLibrary:
    for name, text in {"base.j2": BASE, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return TemplateLibrary([folder])


def said(folder: Path, files: Mapping[str, str], **values: Any) -> dict[str, str]:
    rendered = library(folder, files).get("t").render(VALUES | values)
    return {name: " ".join(text.split()) for name, text in rendered.items() if text.strip()}


def fault(folder: Path, files: Mapping[str, str], **values: Any) -> Finding:
    with pytest.raises(TemplateError) as caught:
        library(folder, files).get("t").render(VALUES | values)
    return caught.value.findings[0]


# What templates say


def test_a_template_without_blocks_is_its_subject(tmp_path: Path) -> None:
    assert said(tmp_path, {"t.j2": "{% set x = 1 %}\nA can {{ x }}"}) == {
        "subject": "A can 1",
        "style": "Natural.",
    }


def test_a_chain_of_three_adds_up_by_super(tmp_path: Path) -> None:
    files = {
        "t.j2": '{% extends "photo" %}{% block style %}{{ super() }} Close.{% endblock %}',
        "photo.j2": '{% extends "grand.j2" %}{% block style %}{{ super() }} Sharp.{% endblock %}'
        "{% block subject %}A can{% endblock %}",
        "grand.j2": "{% block style %}{{ super() }} Bright.{% endblock %}"
        "{% block subject %}Nothing{% endblock %}",
    }
    assert said(tmp_path, files) == {
        "subject": "A can",
        "style": "Natural. Bright. Sharp. Close.",
    }
    template = library(tmp_path, files).get("t")
    assert [link.source.name for link in template.chain] == [
        "t.j2",
        "photo.j2",
        "grand.j2",
        "base.j2",
    ]
    names = [Path(origin.place.file).name for origin in template.origins["style"]]
    assert names == ["t.j2", "photo.j2", "grand.j2", "base.j2"]
    assert [Path(item.place.file).name for item in template.origins["subject"]] == ["photo.j2"]
    assert "nothing" not in template.origins


def test_what_the_top_level_sets_is_seen_in_blocks(tmp_path: Path) -> None:
    text = """{% set view = "front" if far else "side" %}
{% macro said(x) %}said {{ x }}{% endmacro %}
{% block subject %}{{ said(view) }}, {{ tone }}, {{ twice("x") }}{% endblock %}
{% block details %}{{ self.subject() }}!{% endblock %}"""
    front = "---\ninputs: {far: {type: boolean}}\n---\n"
    assert said(tmp_path, {"t.j2": front + text}, far=False) == {
        "subject": "said side, calm, x and x",
        "style": "Natural.",
        "details": "said side, calm, x and x!",
    }


def test_a_child_wins_over_what_its_parent_sets(tmp_path: Path) -> None:
    files = {"t.j2": '{% set tone = "wry" %}{% block subject %}{{ tone }}{% endblock %}'}
    assert said(tmp_path, files)["subject"] == "wry"


def test_top_level_text_is_no_section(tmp_path: Path) -> None:
    files = {"t.j2": "stray {% block subject %}A can{% endblock %} words"}
    assert said(tmp_path, files) == {"subject": "A can", "style": "Natural."}


def test_own_sections_stand_after_details_or_where_order_says(tmp_path: Path) -> None:
    body = "{% block steps %}1{% endblock %}{% block preserve %}p{% endblock %}"
    files = {"t.j2": body + "{% block details %}d{% endblock %}{% block subject %}s{% endblock %}"}
    assert list(said(tmp_path, files)) == ["subject", "style", "details", "steps", "preserve"]
    ordered = {"t.j2": "---\norder: [steps, subject]\n---\n" + files["t.j2"]}
    assert list(said(tmp_path, ordered)) == ["steps", "subject", "style", "details", "preserve"]


def test_partials_are_included_and_imported(tmp_path: Path) -> None:
    files = {
        "_light.j2": "---\ndescription: light\n---\nLight from the {{ space }}.",
        "parts/_words.j2": "{% macro loud(x) %}{{ x | upper }}!{% endmacro %}",
        "t.j2": """{% import "parts/_words" as words %}
{% from "parts/_words.j2" import loud %}
{% from "parts/_words.j2" import loud as shout %}
{% block subject %}{{ words.loud("can") }} {{ loud("a") }} {{ shout("b") }}{% endblock %}
{% block details %}{% include "_light.j2" %} {% include "_no.j2" ignore missing %}
{%- include ["_no.j2", "_light"] %}{% endblock %}""",
    }
    assert said(tmp_path, files) == {
        "subject": "CAN! A! B!",
        "style": "Natural.",
        "details": "Light from the left. Light from the left.",
    }


def test_partials_of_their_own_folder_are_found_by_name_and_by_path(tmp_path: Path) -> None:
    files = {
        "partials/_light.j2": 'Light {% include "_from.j2" %}.',
        "partials/_from.j2": "from the {{ space }}",
        "partials/_words.j2": "{% macro loud(x) %}{{ x | upper }}!{% endmacro %}",
        "t.j2": """{% import "_words" as words %}{% from "_words.j2" import loud %}
{% block subject %}{{ words.loud("can") }} {{ loud("a") }}{% endblock %}
{% block details %}{% include "_light.j2" %} {% include "partials/_light.j2" %}{% endblock %}""",
    }
    assert said(tmp_path, files) == {
        "subject": "CAN! A!",
        "style": "Natural.",
        "details": "Light from the left. Light from the left.",
    }


def test_a_partial_goes_by_one_name_however_it_is_asked_for(tmp_path: Path) -> None:
    files = {"partials/_p.j2": "a", "t.j2": 'x{% include "_p.j2" %}{% include "partials/_p" %}'}
    digest = library(tmp_path, files).get("t").digest
    other = library(tmp_path, files)
    assert other.link("partials/_p.j2").source.name == "partials/_p.j2"
    assert other.link("_p").source.name == "partials/_p.j2"
    assert other.get("t").digest == digest


def test_the_nearer_partial_wins(tmp_path: Path) -> None:
    library(tmp_path / "shipped", {"_p.j2": "shipped", "_q.j2": "shipped"})
    library(tmp_path / "own", {"t.j2": '{% include "_p.j2" %} {% include "_q.j2" %}'})
    library(tmp_path / "own", {"partials/_p.j2": "own", "partials/_q.j2": "far", "_q.j2": "near"})
    found = TemplateLibrary([tmp_path / "own", tmp_path / "shipped"])
    assert found.get("t").render(VALUES)["subject"] == "own near"


def test_a_misspelt_partial_is_named_with_those_of_the_folder(tmp_path: Path) -> None:
    files = {"partials/_light.j2": "a", "t.j2": '{% include "partials/_lihgt.j2" %}'}
    assert "“_light.j2”" in (fault(tmp_path, files).fix or "")


def test_a_partial_is_no_template_by_name(tmp_path: Path) -> None:
    found = library(tmp_path, {"_part.j2": "x", "t.j2": "y", "b.txt": "z", "sub/c.j2": "c"})
    assert found.names() == ["t"]
    assert found.get("sub/c").name == "sub/c"
    assert found.get("t.j2").name == "t"


def test_the_first_folder_wins(tmp_path: Path) -> None:
    library(tmp_path / "shipped", {"t.j2": "shipped", "u.j2": "shipped"})
    library(tmp_path / "own", {"t.j2": "own"})
    found = TemplateLibrary([tmp_path / "own", tmp_path / "none", tmp_path / "shipped"])
    assert found.names() == ["t", "u"]
    assert found.get("t").render(VALUES)["subject"] == "own"
    assert found.get("u").render(VALUES)["subject"] == "shipped"


def test_a_changed_file_is_read_again_a_partial_too(tmp_path: Path) -> None:
    found = library(tmp_path, {"t.j2": 'a {% include "_p.j2" %}', "_p.j2": "one"})
    first = found.get("t")
    assert first.render(VALUES)["subject"] == "a one"
    assert found.get("t").chain[0] is first.chain[0]
    for name, text in (("_p.j2", "two"), ("t.j2", 'b {% include "_p.j2" %}')):
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, ns=(1, 1))
    assert found.get("t").render(VALUES)["subject"] == "b two"
    assert found.get("t").digest != first.digest
    assert found.get("t").digest == library(tmp_path, {}).get("t").digest


def test_a_file_that_comes_later_is_found(tmp_path: Path) -> None:
    library(tmp_path / "shipped", {"t.j2": 'shipped {% include "_p.j2" ignore missing %}'})
    found = TemplateLibrary([tmp_path / "own", tmp_path / "shipped"])
    first = found.get("t")
    assert found.get("t") is first
    (tmp_path / "shipped" / "_p.j2").write_text("partial")
    assert found.get("t").digest != first.digest
    assert found.get("t").render(VALUES)["subject"] == "shipped partial"
    library(tmp_path / "own", {"t.j2": "own"})
    assert found.get("t").render(VALUES)["subject"] == "own"


def test_the_front_matter_of_parents_stays_and_the_childs_wins(tmp_path: Path) -> None:
    files = {
        "t.j2": "---\ninputs: {b: {default: child}, c: {}}\ncolors: {accent: a cup}\n---\n"
        '{% extends "parent" %}',
        "parent.j2": "---\ndescription: parent\naspect: 3:2\naxes: {crop: {near: Near}}\n"
        "inputs: {a: {}, b: {default: parent}}\n---\nx",
    }
    meta = library(tmp_path, files).get("t").meta
    assert meta.inputs["b"].default == "child"
    assert list(meta.inputs) == ["a", "b", "c"]
    assert meta.colors == {"background": "the ground", "accent": "a cup"}
    assert (meta.description, meta.aspect, list(meta.axes)) == ("parent", "3:2", ["crop"])
    assert meta.look == []


def test_people_may_be_decided_by_an_input_of_a_parent(tmp_path: Path) -> None:
    files = {
        "t.j2": '---\npeople: with_people\n---\n{% extends "parent" %}',
        "parent.j2": "---\ninputs: {with_people: {type: boolean}}\n---\nx",
    }
    assert library(tmp_path, files).get("t").meta.people == "with_people"


# Where a section comes from


def test_an_origin_names_the_line_the_brand_keys_and_the_inputs(tmp_path: Path) -> None:
    text = """---
inputs: {product: {}, note: {required: false}}
---
{% block subject %}
{{ product }} {{ brand.tone.traits | listing }} {{ brand.name }} {{ look.lighting }}
{% for trait in brand.tone.traits %}{{ trait.x.y }}{{ twice(1).z }}{% endfor %}{% endblock %}
"""
    template = library(tmp_path, {"t.j2": text}).get("t")
    (origin,) = template.origins["subject"]
    assert (origin.place.line, origin.place.text) == (4, "{% block subject %}")
    assert origin.brand_keys == ("brand.name", "brand.tone.traits", "look.lighting")
    assert origin.inputs == ("product",)


# Faults

FAULTS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "templates" / "faults.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_has_the_file_the_line_and_a_fix(tmp_path: Path, case: dict[str, Any]) -> None:
    (tmp_path / "secret.j2").write_text("secret")
    found = fault(tmp_path / "templates", case["files"])
    assert found.place is not None
    assert f"{Path(found.place.file).name}:{found.place.line}" == case["at"]
    assert case["message"] in f"{found.message}; {found.fix}"
    assert case.get("fix", "") in (found.fix or "")


def test_an_escape_by_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.j2").write_text("secret")
    found = library(tmp_path / "templates", {})
    (tmp_path / "templates" / "_link.j2").symlink_to(tmp_path / "secret.j2")
    (tmp_path / "templates" / "t.j2").write_text('{% include "_link.j2" %}')
    with pytest.raises(TemplateError, match="there is no template “_link”"):
        found.get("t").render(VALUES)


def test_all_static_faults_are_named_at_once(tmp_path: Path) -> None:
    text = "---\ntext: '{{ b }}'\npeople: c\norder: [d]\n---\n{{ a }}"
    with pytest.raises(TemplateError) as caught:
        library(tmp_path, {"t.j2": text}).get("t")
    rules = [finding.rule for finding in caught.value.findings]
    assert rules == ["undeclared-input", "undeclared-input", "people", "unknown-section"]


@pytest.mark.parametrize("name", ["prodct-hero", "x" * 300, "../base", "", "a\0b"])
def test_an_unknown_template_is_named_with_those_that_are_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(TemplateError, match="there is no template") as caught:
        library(tmp_path, {"product-hero.j2": "x"}).get(name)
    assert "known: product-hero" in str(caught.value)
    assert caught.value.as_dict()["error"] == "TemplateError"


# Strings of the front matter


@pytest.mark.parametrize(
    ("text", "said_"),
    [("a can", "a can"), ("the {{ product }}", "the slim can"), ("{{ brand.name }}", "Tidewell")],
)
def test_a_string_of_the_front_matter_is_jinja(tmp_path: Path, text: str, said_: str) -> None:
    template = library(tmp_path, {"t.j2": "x"}).get("t")
    assert template.phrase(text, VALUES | {"product": "slim can"}, ()) == said_


def test_a_string_of_a_parent_has_its_place_in_the_parent(tmp_path: Path) -> None:
    files = {
        "t.j2": '---\ncolors: {accent: "{{ brand.x }}"}\n---\n{% extends "p" %}',
        "p.j2": '---\n\ncolors:\n  primary: "{{ brand.y }}"\ntext: "{{ brand.z }}"\n---\nx',
    }
    template = library(tmp_path, files).get("t")
    places: dict[tuple[str | int, ...], tuple[str, int]] = {
        ("colors", "accent"): ("t.j2", 2),
        ("colors", "primary"): ("p.j2", 4),
        ("text", 0): ("p.j2", 5),
        ("colors", "background"): ("base.j2", 2),
        ("nowhere",): ("t.j2", 2),
    }
    for where, place in places.items():
        with pytest.raises(TemplateError, match="there is no key “q” here") as caught:
            template.phrase("{{ brand.q }}", VALUES, where)
        at = caught.value.findings[0].place
        assert at is not None
        assert (Path(at.file).name, at.line) == place


@pytest.mark.parametrize("form", ["near: {}", "policy: cycle\n    options:\n      near: {}"])
def test_an_option_has_its_place_in_the_short_and_the_long_form(tmp_path: Path, form: str) -> None:
    text = f"---\naxes:\n  crop:\n    {form.format('Near {{ brand.q }}')}\n---\nx"
    template = library(tmp_path, {"t.j2": text.replace("Near {{", '"Near {{').replace("}}", '}}"')})
    with pytest.raises(TemplateError, match="no key “q”") as caught:
        template.get("t").phrase("{{ brand.q }}", VALUES, ("axes", "crop", "near"))
    at = caught.value.findings[0].place
    assert at is not None
    assert (at.text or "").strip().startswith("near:")


def test_a_string_that_is_not_jinja_has_its_place(tmp_path: Path) -> None:
    template = library(tmp_path, {"t.j2": "---\ntext: a\n---\nx"}).get("t")
    with pytest.raises(
        TemplateError, match=r"t\.j2:2:1: what begins with \{\{ or \{% is not closed"
    ):
        template.phrase("{{ a", VALUES, ("text", 0))


def test_a_template_is_put_together_once_and_again_when_a_part_changes(tmp_path: Path) -> None:
    (tmp_path / "one.j2").write_text("{% block subject %}{% include '_two.j2' %}{% endblock %}")
    (tmp_path / "_two.j2").write_text("{% include '_three.j2' %}")
    deepest = tmp_path / "_three.j2"
    deepest.write_text("a can")
    (tmp_path / "base.j2").write_text("{% block subject %}{% endblock %}")
    library = TemplateLibrary([tmp_path])
    first = library.get("one")
    assert library.get("one") is first
    deepest.write_text("a bottle")
    os.utime(deepest, (1, 1))
    changed = library.get("one")
    assert changed is not first
    assert changed.digest != first.digest, "the digest covers partials of partials"
