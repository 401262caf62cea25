"""Sections that no brief changes are rendered once; together they are what one rendering gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptkit.brand.loading import BrandLibrary, parse_brand
from promptkit.errors import TemplateError
from promptkit.prompt.compose import compose
from promptkit.prompt.standing import standing
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
BRANDS = BrandLibrary([ROOT / "brand_profiles"])
TEMPLATES = TemplateLibrary([ROOT / "templates"])
BRAND = "name: Shop\ncolors: {primary: '#0B6E99'}\ntone: [calm]\nstyle: soft daylight\n"


@pytest.fixture
def library(tmp_path: Path) -> TemplateLibrary:
    return TemplateLibrary([tmp_path, ROOT / "templates"])


def varying(library: TemplateLibrary, folder: Path, body: str, **others: str) -> set[str]:
    inputs = "inputs: {product: {type: text, example: can}}"
    head = f"---\npromptkit: template/v1\ndescription: A test\n{inputs}\n---\n"
    for name, text in others.items():
        (folder / f"{name}.j2").write_text(text, encoding="utf-8")
    (folder / "one.j2").write_text(head + body, encoding="utf-8")
    return set(library.get("one").varying.sections)


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_the_two_parts_are_the_whole(name: str) -> None:
    template = TEMPLATES.get(name)
    for example in template.meta.examples:
        brand = BRANDS.get(example.brand)
        data = brand.as_data
        look = data["style"]["looks"][compose(brand, template, example.inputs).source.look]
        axes = template.meta.axes
        options = {axis: next(iter(axes[axis].values())).text for axis in axes}
        words = {
            **{key: spec.default for key, spec in template.meta.inputs.items()},
            **example.inputs,
            **{"brand": data, "look": look, "people": data["people"], "axis": options},
            **dict.fromkeys(("position", "logo", "text_zone", "channel"), ""),
            "space": "upper left",
        }
        standing, varying = template.render_standing(words), template.render_varying(words)
        assert standing | varying == template.render(words)
        assert standing.keys().isdisjoint(varying)
        assert standing
        assert varying


def test_a_brand_s_own_sections_stand(library: TemplateLibrary, tmp_path: Path) -> None:
    body = "{% block subject %}{{ product }}{% endblock %}"
    assert varying(library, tmp_path, body) == {"subject"}


def test_what_is_set_from_an_input_varies(library: TemplateLibrary, tmp_path: Path) -> None:
    body = (
        "{% set a = product %}{% set b = a %}{% set c = 1 %}"
        "{% block subject %}x{% endblock %}"
        "{% block mood %}{{ b }}{% endblock %}"
    )
    assert varying(library, tmp_path, body) == {"mood"}
    assert library.get("one").varying.standing_roots == {1}


def test_what_an_input_sets_in_the_parent_varies_in_the_child(
    library: TemplateLibrary, tmp_path: Path
) -> None:
    parent = (
        "---\npromptkit: template/v1\ndescription: A test\ninputs: {product: {type: text}}\n---\n"
        "{% set kind = product %}{% block mood %}{{ kind }}{% endblock %}"
    )
    body = "{% extends 'two.j2' %}{% block mood %}{{ super() }}{% endblock %}"
    assert varying(library, tmp_path, body, two=parent) == {"mood"}


@pytest.mark.parametrize(
    "body",
    [
        "{% block mood %}{% include '_part.j2' %}{% endblock %}",
        "{% block mood %}{% from '_part.j2' import one with context %}{{ one() }}{% endblock %}",
        "{% block mood %}{% import '_part.j2' as p with context %}{{ p.one() }}{% endblock %}",
        "{% block subject %}x{% endblock %}{% block mood %}{{ self.subject() }}{% endblock %}",
    ],
)
def test_what_may_see_everything_varies(
    library: TemplateLibrary, tmp_path: Path, body: str
) -> None:
    part = "{% macro one() %}{{ product }}{% endmacro %}"
    assert "mood" in varying(library, tmp_path, body, _part=part)


def test_a_macro_sees_its_arguments_alone(library: TemplateLibrary, tmp_path: Path) -> None:
    part = "{% macro one(a) %}{{ a }}{% endmacro %}"
    body = (
        "{% import '_part.j2' as part %}{% from '_part.j2' import one as two %}"
        "{% block mood %}{{ part.one('x') }}{{ two('y') }}{% endblock %}"
        "{% block style %}{{ two(product) }}{% endblock %}"
    )
    assert varying(library, tmp_path, body, _part=part) == {"style"}
    prompt = compose(parse_brand(BRAND), library.get("one"), {"product": "can"})
    assert (prompt.section("mood"), prompt.section("style")) == ("Xy.", "Can.")


def test_a_fault_at_the_top_is_told(library: TemplateLibrary, tmp_path: Path) -> None:
    varying(library, tmp_path, "{% set a = brand.nonsense.more %}{% block mood %}x{% endblock %}")
    with pytest.raises(TemplateError, match="nonsense"):
        compose(parse_brand(BRAND), library.get("one"), {"product": "can"})


def test_what_stands_follows_the_content(library: TemplateLibrary, tmp_path: Path) -> None:
    body = "{% block mood %}{{ brand.name }}{% endblock %}"
    varying(library, tmp_path, body)
    standing.cache_clear()
    for name in ("Shop", "Store", "Shop"):
        brand = parse_brand(BRAND.replace("Shop", name))
        prompt = compose(brand, library.get("one"), {"product": "can"})
        assert prompt.section("mood") == f"{name}."
    assert standing.cache_info().misses == 2
    (tmp_path / "one.j2").write_text(
        (tmp_path / "one.j2").read_text() + "{% block style %}flat{% endblock %}"
    )
    assert compose(brand, library.get("one"), {"product": "can"}).section("style") == "Flat."


AXES = (
    "---\npromptkit: template/v1\ndescription: A test\n"
    "inputs: {{product: {{type: text, example: can}}}}\n"
    "axes: {{crop: {{near: {near}, far: Far away}}}}\n---\n"
    "{{% block subject %}}A {{{{ product }}}}{{% endblock %}}"
    "{{% block composition %}}{{{{ axis.crop }}}}{{% endblock %}}"
)


@pytest.mark.parametrize(
    ("near", "sections"),
    [("Near", {"subject"}), ('"Near the {{ product }}"', {"subject", "composition"})],
)
def test_an_axis_stands_unless_a_brief_words_it(
    near: str, sections: set[str], library: TemplateLibrary, tmp_path: Path
) -> None:
    (tmp_path / "one.j2").write_text(AXES.format(near=near), encoding="utf-8")
    template = library.get("one")
    assert template.varying.sections == sections
    brand, said = parse_brand(BRAND), []
    for crop in ("near", "far", "near"):
        prompt = compose(brand, template, {"product": "can"}, axes={"crop": crop})
        said.append(prompt.section("composition"))
    first = "Near the can." if "product" in near else "Near."
    assert said == [first, "Far away.", first]


def test_equal_files_in_two_folders_keep_their_own_places(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "shot.j2").write_text(AXES.format(near="Near"), encoding="utf-8")
        (folder / "shop.yaml").write_text(BRAND, encoding="utf-8")
        brand = BrandLibrary([folder]).get("shop")
        template = TemplateLibrary([folder, ROOT / "templates"]).get("shot")
        prompt = compose(brand, template, {"product": "can"})
        origins = {item.name: item.origins for item in prompt.sections}
        assert origins["composition"][0].place.file == str(folder / "shot.j2")


@pytest.mark.parametrize("what", ["other things", '"other {{ product }}s"'])
def test_what_is_kept_out_follows_the_brief(
    what: str, library: TemplateLibrary, tmp_path: Path
) -> None:
    text = AXES.format(near=f"{{text: Near, avoid: [{what}]}}")
    (tmp_path / "one.j2").write_text(text, encoding="utf-8")
    template, brand = library.get("one"), parse_brand(BRAND)
    said = []
    for product, crop in (("can", "near"), ("cup", "near"), ("cup", "far")):
        prompt = compose(brand, template, {"product": product}, axes={"crop": crop})
        said.append([ban.what for ban in prompt.avoid])
    told = [["other cans"], ["other cups"]] if "product" in what else [["other things"]] * 2
    assert said == [*told, []]
