"""What a check of a template finds beside faults: warnings and advice, with line and fix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from promptkit.brand.loading import load_brand
from promptkit.brand.profile import Brand
from promptkit.errors import Finding
from promptkit.template.check import check_template
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
SHIPPED = TemplateLibrary([ROOT / "templates"])
BASE = """---
description: What all have
---
{% block purpose %}{% endblock %}
{% block subject %}{% endblock %}
{% block style %}{{ look.technique }}{% endblock %}
"""
HEAD = "---\ndescription: A can\n---\n"
INPUT = "---\ndescription: A can\ninputs:\n  product: {help: What it is, example: can}\n"


def checked(folder: Path, text: str, more: Mapping[str, str] | None = None) -> list[Finding]:
    for name, said in {"base.j2": BASE, "t.j2": text, **(more or {})}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(said, encoding="utf-8")
    return check_template(TemplateLibrary([folder]).get("t"))


def at(finding: Finding) -> str:
    assert finding.place is not None
    return f"{Path(finding.place.file).name}:{finding.place.line}"


@pytest.mark.parametrize("name", [*SHIPPED.names(), "base"])
def test_the_shipped_templates_have_no_findings(name: str) -> None:
    assert [str(finding) for finding in check_template(SHIPPED.get(name))] == []


FOUND = {
    "an input in no block": (
        f"{INPUT}---\nA can",
        "warning unused-input t.j2:4 “product” is asked for, but nothing",
        "write {{ product }} in a block, or delete the input",
    ),
    "an input in a block that a child replaced": (
        '---\ndescription: A can\n---\n{% extends "p" %}{% block subject %}Can{% endblock %}',
        "warning unused-input p.j2:3 “product” is asked for",
        "delete the input",
    ),
    "no description of its own": (
        "---\nlogo: true\n---\nA can",
        "advice no-description t.j2:2 t does not say what it is for",
        "add `description:`",
    ),
    "no front matter": ("A can", "advice no-description t.j2:None t does not say", "add"),
    "an input without help": (
        "---\ndescription: A can\ninputs:\n  product: {example: can}\n---\n{{ product }}",
        "advice input-without-help t.j2:4 nobody is told what the input “product” says",
        "add `help:`",
    ),
    "an input without example": (
        "---\ndescription: A can\ninputs:\n  product: {help: What it is}\n---\n{{ product }}",
        "advice input-without-example t.j2:4 the input “product” has no example",
        "add `example:`",
    ),
    "a block in a partial": (
        HEAD + '{% block subject %}A can {% include "_b.j2" %}{% endblock %}',
        "warning unreachable-block _b.j2:2 the block “light” stands in a partial",
        "without a block",
    ),
    "a condition that is never true": (
        HEAD + "{% block subject %}A can{% endblock %}\n"
        "{% block style %}{% if false %}a{% elif not true %}b{% endif %}{% endblock %}",
        "warning unreachable-block t.j2:5 the words of the block “style” are never said",
        "change the condition",
    ),
    "an other way that is never gone": (
        HEAD + "{% block style %}{% if 1 %}{% else %}a{% endif %}{% endblock %}",
        "warning unreachable-block t.j2:4 the words of the block “style” are never said",
        "change the condition",
    ),
    "a block that is empty all the way up": (
        HEAD + "{% block subject %}A can{% endblock %}\n{% block purpose %} {# x #}{% endblock %}",
        "advice empty-block t.j2:5 the block “purpose” is empty, here and in all",
        "write its words, or delete it",
    ),
    "a section without its place": (
        HEAD + "{% block subject %}A can{% endblock %}\n{% block steps %}One{% endblock %}",
        "advice unlisted-section t.j2:5 the section “steps” is this template's own",
        "`order: [subject, steps, details]`",
    ),
    "a key of the brand": (
        HEAD + "A can,\n{{ brand.tonne.traits | listing }}",
        "warning unknown-brand-key t.j2:5 there is no key “tonne” in `brand`",
        "did you mean “tone”?",
    ),
    "a key below a key": (
        HEAD + "{{ brand.tone['trais'] | listing }}",
        "warning unknown-brand-key t.j2:4 there is no key “trais” in `brand.tone`",
        "did you mean “traits”?",
    ),
    "a key of the look": (
        HEAD + "{{ look.lightning }}",
        "warning unknown-brand-key t.j2:4 there is no key “lightning” in `look`",
        "did you mean “lighting”?",
    ),
    "a key of the people": (
        HEAD + "{% if people.inclde %}{{ people.age }}{% endif %}",
        "warning unknown-brand-key t.j2:4 there is no key “inclde” in `people`",
        "did you mean “include”?",
    ),
    "a key of what may be missing": (
        HEAD + "{{ brand.content.ai_disclosure.labl }}",
        "warning unknown-brand-key t.j2:4 there is no key “labl” in `brand.content.ai_disclosure`",
        "did you mean “label”?",
    ),
    "a key before an index": (
        HEAD + "{% for i in [1] %}{{ brand.subject[i].describe }}{% endfor %}",
        "warning unknown-brand-key t.j2:4 there is no key “subject” in `brand`",
        "did you mean “subjects”?",
    ),
    "a key in a string of the front matter": (
        "---\ndescription: A can\naxes:\n  crop:\n    policy: all\n    options:\n"
        "      near: Near {{ look.framng.crop }}\n---\nA can {{ axis.crop }}",
        "warning unknown-brand-key t.j2:7 there is no key “framng” in `look`",
        "did you mean “framing”?",
    ),
    "a key in a partial": (
        HEAD + '{% include "_k.j2" %}',
        "warning unknown-brand-key _k.j2:1 there is no key “nam” in `brand`",
        "did you mean “name”?",
    ),
    "a size": (
        HEAD + "A can\n\n at 1536x1024",
        "warning parameter-in-text t.j2:6 “1536x1024”",
        "chan",
    ),
    "pixels": (
        HEAD + "A can\n{{ 1 }} 2000 px wide",
        "warning parameter-in-text t.j2:5 “2000 px”",
        "",
    ),
    "a ratio": (
        HEAD + "A can, 16:9",
        "warning parameter-in-text t.j2:4 “16:9” is an aspect",
        "`asp",
    ),
    "4k": (HEAD + "A can in 4K.", "warning parameter-in-text t.j2:4 “4K” is a resolution", "tier"),
    "high resolution": (
        HEAD
        + "{% block style %}\n  High resolution{% endblock %}{% block subject %}a{% endblock %}",
        "warning parameter-in-text t.j2:5 “High resolution” is a resolution",
        "leave it out here",
    ),
    "a size in quotes": (
        HEAD + "{% set views = {'near':\n'near, 3:2'} %}{{ views.near }}",
        "warning parameter-in-text t.j2:5 “3:2” is an aspect ratio",
        "",
    ),
    "a flag": (HEAD + "A can --seed 7", "warning parameter-in-text t.j2:4 “--seed” is a flag", ""),
    "a size in an axis": (
        "---\ndescription: A can\naxes: {crop: {near: Near in 8k}}\n---\nA can {{ axis.crop }}",
        "warning parameter-in-text t.j2:3 “8k” is a resolution",
        "",
    ),
}
PARTS = {
    "p.j2": "---\ninputs:\n  product: {help: What it is, example: can}\n---\n"
    "{% block subject %}{{ product }}{% endblock %}",
    "_b.j2": "Light\n{% block light %}from above{% endblock %}",
    "_k.j2": "{{ brand.nam }}",
}


@pytest.mark.parametrize(("text", "said", "fix"), FOUND.values(), ids=FOUND.keys())
def test_what_could_be_better_is_named(tmp_path: Path, text: str, said: str, fix: str) -> None:
    found = checked(tmp_path, text, PARTS)
    finding = next(item for item in found if item.rule == said.split()[1])
    severity, _, place, message = said.split(" ", 3)
    assert (finding.severity, at(finding)) == (severity, place)
    assert message in finding.message
    assert fix in (finding.fix or "")
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", finding.rule)
    assert {item.rule for item in found} == {finding.rule}


FINE = {
    "an input in a phrase": f'{INPUT}text: "{{{{ product }}}}"\n---\nA can',
    "an input at the top": f"{INPUT}---\n{{% set x = product %}}{{% block subject %}}{{{{ x }}}}"
    "{% endblock %}",
    "an input in a partial": f'{INPUT}---\n{{% include "_p.j2" %}}',
    "an input in who knows what": f"{INPUT}---\n{{% include [brand.name] ignore missing %}}",
    "an input above, by super": '---\ndescription: A can\n---\n{% extends "p" %}'
    "{% block subject %}{{ super() }}{% endblock %}",
    "an input that decides on people": "---\ndescription: A can\npeople: seen\n"
    "inputs: {seen: {type: boolean, help: Whether}}\n---\nA can",
    "a picture": "---\ndescription: A can\ninputs: {base: {type: image, help: It, example: a.png}}"
    "\n---\nA can",
    "a default instead of an example": "---\ndescription: A can\n"
    "inputs: {tone: {type: color, help: It, default: accent}}\n---\nA can, {{ tone }}",
    "a block emptied on purpose": HEAD + "{% block style %}{% endblock %}"
    "{% block subject %}A can{% endblock %}",
    "a listed section": "---\ndescription: A can\norder: [steps]\n---\n"
    "{% block steps %}One{% endblock %}",
    "keys of a profile's own": HEAD + "{{ brand.subjects.can.describe }} "
    "{{ brand.identity.tagline.en }} {{ brand.name.x }} {{ channel.x }} {{ brand[channel] }}",
    "a name of its own": HEAD
    + "{% macro m(look) %}{{ look.any }}{% endmacro %}{{ m({'any': 'x'}) }}",
    "an own list": HEAD
    + "{% block subject %}{% for x in ['a'] %}{{ x }}{% endfor %}{% endblock %}",
    "numbers that are none": HEAD + "A clock at 10:10, a 5k run, a 330 ml can, 12 % margin, 3x the "
    "size, shelf 40x60 cm -- in 2026",
    "a size that is compared": HEAD + "A can{% if channel == '1536x1024' %} on a wide shelf"
    "{% endif %}{{ {'3:2': 'a', '2:3': 'b'}[channel] }}",
    "a condition that may be true": HEAD + "{% block style %}{% if logo %}a{% elif true %}b"
    "{% else %}c{% endif %}{% endblock %}{% block subject %}a{% endblock %}",
    "a partial in a condition": HEAD
    + '{% block style %}{% if logo %}{% include "_w.j2" %}{% endif %}'
    "{% endblock %}{% block subject %}a{% endblock %}",
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_what_is_fine_is_not_named(tmp_path: Path, text: str) -> None:
    more = {"_p.j2": "{{ product }}", "_w.j2": "wood", "p.j2": PARTS["p.j2"]}
    found = checked(tmp_path, text, more)
    assert [str(finding) for finding in found] == []


def test_the_keys_that_a_check_knows_are_those_that_a_template_finds(tmp_path: Path) -> None:
    brand = load_brand(ROOT / "brand_profiles" / "tidewell.yaml")
    said = "".join(f"{{% if brand.{key} %}}a{{% endif %}}" for key in brand.as_data)
    look = next(iter(brand.style.looks.values())).model_dump()
    said += "".join(f"{{% if look.{key} %}}a{{% endif %}}" for key in look)
    assert checked(tmp_path, HEAD + said) == []
    unseen = [name for name, info in Brand.model_fields.items() if info.exclude]
    said = "".join(f"{{{{ brand.{key} }}}}" for key in unseen)
    assert len(checked(tmp_path, HEAD + "a" + said)) == len(unseen)


def test_a_slot_that_a_child_fills_is_fine(tmp_path: Path) -> None:
    more = {"p.j2": "---\ndescription: P\norder: [steps]\n---\n{% block steps %}{% endblock %}"}
    text = HEAD + '{% extends "p" %}{% block steps %}One{% endblock %}'
    assert checked(tmp_path, text, more) == []


def test_the_template_of_the_docs_has_no_findings(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```jinja\n(.*?)```", page, re.DOTALL)
    (tmp_path / "gift.j2").write_text(block, encoding="utf-8")
    found = check_template(TemplateLibrary([tmp_path, ROOT / "templates"]).get("gift"))
    assert [str(finding) for finding in found] == []
