"""The sandbox and its filters: data in, the same words out, and never anything of Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.brand.loading import load_brand
from promptkit.errors import TemplateError
from promptkit.template.environment import MAX_STEPS, DataEnvironment, run
from promptkit.template.filters import FILTERS, MAX_OUTPUT, RenderFault
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]

VALUES: dict[str, Any] = {
    "brand": load_brand(ROOT / "brand_profiles" / "tidewell.yaml").as_data,
    "product": "slim can",
    "traits": ["calm", "wry", "plain"],
    "none_": None,
    "empty": [],
    "yes": True,
    "plain": {
        "colors": {"palette": {"a": {"value": "#0055FF", "describe": ""}}, "roles": {}},
    },
    "half": 0.5,
    "two": 2.0,
    "count": 3,
}


def rendered(text: str, **values: Any) -> str:
    compiled = DataEnvironment().from_string(text)
    return run(compiled.root_render_func(compiled.new_context(VALUES | values)))


SAID = {
    "{{ product }}": "slim can",
    "{{ none_ }}": "",
    "{{ half }}": "0.5",
    "{{ two }}": "2",
    "{{ count }}": "3",
    "{{ 7 // 2 + 1 - 2 * 2 }}": "0",
    "{{ 2 ** 10 }}": "1024",
    "{{ 7 % 4 }}": "3",
    "{{ 9 / 2 }}": "4.5",
    "{{ 'a' + 'b' }}": "ab",
    "{{ (traits + ['dry']) | listing }}": "calm, wry, plain and dry",
    "{{ product ~ ' ' ~ count ~ none_ ~ two }}": "slim can 32",
    "{{ traits[0] }} {{ traits[-1] }} {{ product[0] }}": "calm plain s",
    "{{ traits[1:] | listing }}": "wry and plain",
    "{{ brand.colors.roles.primary }} {{ brand['name'] }}": "harbour Tidewell",
    "{% for trait in traits %}{{ loop.index }}{{ trait[0] }} {% endfor %}": "1c 2w 3p ",
    "{% for trait in traits if trait != 'wry' %}{{ trait }}{% if not loop.last %}, {% endif %}"
    "{% endfor %}": "calm, plain",
    "{% for key, value in brand.tone.words | items %}{{ key }} {% endfor %}": "prefer never ",
    "{% for n in range(3) %}{{ n }}{% else %}x{% endfor %}": "012",
    "{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}"
    "{{ ns.n }}": "3",
    "{% set them = dict(a='one') %}{{ them.a }}": "one",
    "{% macro two(x) %}{{ x }} {{ x }}{% endmacro %}{{ two('go') }}": "go go",
    "{% macro in_box() %}[{{ caller() }}]{% endmacro %}{% call in_box() %}a{% endcall %}": "[a]",
    "{% set text %}a{{ product }}{% endset %}{{ text | upper }}": "ASLIM CAN",
    "{{ traits | map('upper') | join('/') }}": "CALM/WRY/PLAIN",
    "{{ [half, none_, 'a'] | join('-') }}": "0.5--a",
    "{{ product | replace('can', 'tin') | title }}": "Slim Tin",
    "{{ 'a fairly long line' | truncate(10) }}": "a...",
    "{{ traits | sort | first }} {{ traits | last }} {{ traits | length }}": "calm plain 3",
    "{{ 2.345 | round(1) }} {{ 2.1 | round(0, 'ceil') }}": "2.3 3",
    "{{ 2.9 | round(method='floor') }}": "2",
    "{{ none_ | default('x', true) }} {{ two | int }} {{ '7' | float }}": "x 2 7",
    "{{ two | string }} {{ product | wordcount }} {{ none_ | upper }}": "2 2 ",
    "{{ ['primary', 'accent'] | colors(brand) }}": "deep sea blue, slightly green and matt "
    "(#0B6E99) and warm coral red, like a painted buoy (#F0593E)",
    "{{ 'kelp' | colors(brand) }}": "fresh mid green (#3E8E5A)",
    "{{ ['paper', 'surface', none_, ' kelp'] | colors(brand, 'or') }}": "clean white (#FFFFFF) or "
    "fresh mid green (#3E8E5A)",
    "{{ [] | colors(brand) }}{{ none_ | colors(brand) }}": "",
    "{{ 'a' | colors(plain) }}": "vivid deep blue (#0055FF)",
}


@pytest.mark.parametrize(("text", "said"), SAID.items())
def test_a_template_says_data_as_words(text: str, said: str) -> None:
    assert rendered(text) == said


REFUSED = {
    "{{ yes }}": "a yes-or-no value is not a word",
    "{{ true }}": "a yes-or-no value is not a word",
    "{{ traits }}": "this is a list; write it as words with “| listing”",
    "{{ (1, 2) }}": "this is a list",
    "{{ range(2) }}": "this is a list",
    "{{ traits | map('upper') }}": "this is a list",
    "{{ brand.tone.words }}": "group of keys, not words; name one of them: prefer, never",
    "{{ {} }}": "name one of them: it has none",
    "{% macro say() %}a{% endmacro %}{{ say }}": "a macro is called with ()",
    "{{ range }}": "this is not words",
    "{{ dict }}": "this is not words",
    "{{ self }}": "this is not words",
    "{% for x in traits %}{{ loop }}{% endfor %}": "this is not words",
    # nothing of Python, by whichever way
    "{{ brand.values }}": "there is no key “values” here",
    "{{ brand.items() }}": "there is no key “items” here",
    "{{ brand['keys'] }}": "there is no key “keys” here",
    "{{ brand[['a']] }}": "there is no key",
    "{{ product.upper() }}": "text has no “upper”; use the filter, as in “| upper”",
    "{{ product.format }}": "text has no “format”",
    "{{ ''.__class__.__mro__ }}": "text has no “__class__”",
    "{{ traits.append('x') }}": "“append” is not to be had here",
    "{{ traits[7] }}": "this list has no item 7; it has 3, counted from 0",
    "{{ count.real }}": "“real” is not to be had here",
    "{{ self.__init__ }}": "“__init__” is not to be had here",
    "{{ self._TemplateReference__context }}": "is not to be had here",
    "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}": "“_func” is not to be had here",
    "{% for x in traits %}{{ loop._iterator }}{% endfor %}": "“_iterator” is not to be had here",
    "{{ namespace(a=1).__class__ }}": "“__class__” is not to be had here",
    "{{ range.__globals__ }}": "“__globals__” is not to be had here",
    "{{ traits | map(attribute='__class__') | listing }}": "text has no “__class__”",
    "{{ traits | sort(attribute='__doc__') | listing }}": "text has no “__doc__”",
    "{{ traits | selectattr('__class__') | list | length }}": "text has no “__class__”",
    "{{ traits | map('attr', '__class__') | listing }}": "No filter named 'attr'",
    # neither by way of text
    "{{ brand.tone.words | string }}": "group of keys",
    "{{ traits | map('upper') | sentence }}": "this is a list",
    "{{ (traits | map('upper')) ~ '' }}": "this is a list",
    "{{ '' ~ range }}": "this is not words",
    "{{ [range] | join }}": "this is not words",
    "{{ [brand] | listing }}": "group of keys",
    "{{ yes ~ '' }}": "a yes-or-no value",
    "{{ product | replace('a', traits) }}": "this is a list",
    "{{ traits | upper }}": "this is a list",
    "{{ 'x' | join }}": "this filter takes a list",
    "{{ ['acent'] | colors(brand) }}": "there is no colour “acent”; did you mean “accent”?",
    "{{ ['accent'] | colors(brand.colors) }}": "“colors” takes the brand, as in “| colors(brand)”",
    "{{ ['accent'] | colors(product) }}": "“colors” takes the brand",
    "{{ [brand] | colors(brand) }}": "group of keys",
    "{{ 4 | colors(brand) }}": "names of colours",
    # calculation
    "{{ 'x' * 300000000 }}": "“*” works on numbers only; take the text out",
    "{{ '%s' % product }}": "“%” works on numbers only",
    "{{ traits * 3 }}": "“*” works on numbers only",
    "{{ 'a' + 1 }}": "“+” works on numbers only",
    "{{ yes + 1 }}": "“+” works on numbers only",
    "{{ product - 1 }}": "“-” works on numbers only",
    "{{ 9 ** 9 ** 9 ** 9 }}": "this number is too large",
    "{{ 2 ** 65 }}": "this number is too large",
    "{{ 10 ** 15 * 11 * 11 }}": "this number is too large",
    "{{ (-8) ** 0.5 }}": "a negative number has no such power",
    "{{ 1 / 0 }}": "division by zero",
    "{{ 1 | round(400, 'ceil') }}": "round takes up to 9 places",
    "{{ 1 | round(1, 'up') }}": "round takes up to 9 places",
    "{{ 'x' < 1 }}": "not supported between",
    # length and time
    "{{ range(1001) | length }}": "range may have 1,000 numbers at most",
    "{{ range(10 ** 15, 10 ** 15 * 10) | length }}": "range may have",
    "{% for a in range(1000) %}{{ '%s' }}{{ 'x' ~ product ~ product ~ product ~ product }}"
    "{% endfor %}": "more than 32,000 characters",
    "{% set ns = namespace(a='xxxxxxxxxx') %}{% for i in range(30) %}"
    "{% set ns.a = ns.a ~ ns.a %}{% endfor %}": "more than 32,000 characters",
    "{% set ns = namespace(a='xxxxxxxxxx') %}{% for i in range(30) %}"
    "{% set ns.a = ns.a + ns.a %}{% endfor %}": "more than 32,000 characters",
    "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}"
    "{% set ns.a = ns.a + ns.a %}{% endfor %}": "more than 20,000 turns",
    "{% set ns = namespace(a='xxxxxxxxxx') %}{% for i in range(60) %}"
    "{% set ns.a %}{{ ns.a }}{{ ns.a }}{% endset %}{% endfor %}": "more than 32,000 characters",
    "{% set big = (range(1000) | listing) ~ (range(1000) | listing) %}"
    "{% set all %}{% for a in range(1000) %}{{ big }}{% endfor %}{% endset %}": "on the way",
    "{{ 'xxxxxxxxxx' | replace('x', range(1000) | listing) }}": "more than 32,000 characters",
    "{{ product | replace('', range(1000) | listing) | replace('', range(1000) | listing) }}": (
        "more than 32,000 characters"
    ),
    "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}{% endfor %}"
    "{% endfor %}{% endfor %}": "more than 20,000 turns of loops and macros",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(90) }}": (
        "more than 20,000 turns"
    ),
    "{% for x in product %}{% endfor %}": "a loop needs a list",
    "{% for x in none_ %}{% endfor %}": "a loop needs a list",
    "{{ product() }}": "this is no macro; write it without ()",
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.items())
def test_a_template_cannot_say_or_do_anything_else(text: str, problem: str) -> None:
    began = time.monotonic()
    with pytest.raises(
        (RenderFault, jinja2.TemplateError, ArithmeticError, TypeError), match=r"."
    ) as caught:
        rendered(text)
    assert problem in str(caught.value)
    assert "0x" not in str(caught.value)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("name", ["cycler", "joiner", "lipsum", "request", "prodct"])
def test_an_undefined_name_is_an_error_that_is_the_name(name: str) -> None:
    for text in (f"{{{{ {name} }}}}", f"{{{{ {name}.x }}}}", f"{{% if {name} %}}{{% endif %}}"):
        with pytest.raises(jinja2.UndefinedError) as caught:
            rendered(text)
        assert str(caught.value) == name


@pytest.mark.parametrize("name", ["attr", "format", "xmlattr", "pprint", "random", "center"])
def test_filters_that_leave_the_data_do_not_exist(name: str) -> None:
    with pytest.raises(jinja2.TemplateSyntaxError, match=f"No filter named '{name}'"):
        rendered(f"{{{{ product | {name} }}}}")


def test_the_usual_filters_are_there() -> None:
    usual = "default join lower upper replace select map sort trim truncate"
    assert set(usual.split()) <= FILTERS.keys()


@given(st.text(max_size=200))
def test_an_input_is_plain_text_whatever_is_in_it(said: str) -> None:
    assert rendered("{{ product }}", product=said) == said


@pytest.mark.parametrize(
    "said",
    [
        "{{ brand }}",
        "{% endblock %}",
        "{# note #}",
        "{% raw %}",
        "\x00\x1b[31m",
        "<b>&amp;</b>",
        "%s",
    ],
)
def test_an_input_is_never_read_as_a_template(said: str) -> None:
    assert rendered("[{{ product }}]", product=said) == f"[{said}]"
    assert rendered("{{ product ~ '' }}", product=said) == said


def test_all_of_the_allowed_length_may_be_used() -> None:
    assert len(rendered("{{ product }}", product="x" * MAX_OUTPUT)) == MAX_OUTPUT
    assert (
        rendered("{% for i in range(99) %}{% for k in range(99) %}{% endfor %}{% endfor %}") == ""
    )
    assert MAX_STEPS > 99 * 99


FILTERED: list[tuple[str, tuple[Any, ...], str]] = [
    ("article", ("slim can",), "a slim can"),
    ("article", ("apple",), "an apple"),
    ("article", ("Oak table",), "an Oak table"),
    ("article", ("hour-glass",), "an hour-glass"),
    ("article", ("honest face",), "an honest face"),
    ("article", ("unique vase",), "a unique vase"),
    ("article", ("uninvited guest",), "an uninvited guest"),
    ("article", ("unimportant detail",), "an unimportant detail"),
    ("article", ("umbrella",), "an umbrella"),
    ("article", ("usual day",), "a usual day"),
    ("article", ("utensil",), "a utensil"),
    ("article", ("ukulele",), "a ukulele"),
    ("article", ("European oak",), "a European oak"),
    ("article", ("one-seat sofa",), "a one-seat sofa"),
    ("article", ("onerous task",), "an onerous task"),
    ("article", ("8-inch tablet",), "an 8-inch tablet"),
    ("article", ("80 cm shelf",), "an 80 cm shelf"),
    ("article", ("11-inch screen",), "an 11-inch screen"),
    ("article", ("110 ml can",), "a 110 ml can"),
    ("article", ("330 ml can",), "a 330 ml can"),
    ("article", ("LED lamp",), "an LED lamp"),
    ("article", ("USB stick",), "a USB stick"),
    ("article", ("X-ray",), "an X-ray"),
    ("article", ("x-ray film",), "an x-ray film"),
    ("article", ("e-bike",), "an e-bike"),
    ("article", ("t-shirt",), "a t-shirt"),
    ("article", ("MP3 player",), "an MP3 player"),
    ("article", ("M8 bolt",), "an M8 bolt"),
    ("article", ("L bracket",), "an L bracket"),
    ("article", ("U.S. mail",), "a U.S. mail"),
    ("article", ("u-shaped sofa",), "a u-shaped sofa"),
    ("article", ("U-shaped sofa",), "a U-shaped sofa"),
    ("article", (".NET mug",), "a .NET mug"),
    ("article", ("1 can",), "1 can"),
    ("article", ("1 l can",), "a 1 l can"),
    ("article", ("Tim's can",), "Tim's can"),
    ("article", ("James’ can",), "James’ can"),
    ("article", ("barber's chair",), "a barber's chair"),
    ("article", ("Men's shirt",), "a Men's shirt"),
    ("the", ("Tim's can",), "Tim's can"),
    ("article", ("autumn campaign",), "an autumn campaign"),
    ("article", ("two-seat sofa with cushions",), "a two-seat sofa with cushions"),
    ("article", ("glass",), "a glass"),
    ("article", ("lens",), "a lens"),
    ("article", ("cactus in a pot",), "a cactus in a pot"),
    ("article", ("a can",), "a can"),
    ("article", ("The can",), "The can"),
    ("article", ("three cans",), "three cans"),
    ("article", ("12 cans",), "12 cans"),
    ("article", ("slim cans",), "slim cans"),
    ("article", ("glass bottles of cold tea",), "glass bottles of cold tea"),
    ("article", ("shoes, worn",), "shoes, worn"),
    ("article", ("their chair",), "their chair"),
    ("article", ("  ",), ""),
    ("article", (", of",), "a , of"),
    ("article", ("Dose, 330 ml, auf einem Steg",), "Dose, 330 ml, auf einem Steg"),
    ("article", ("Dose in einem Korb",), "Dose in einem Korb"),
    ("article", ("botella de agua en el muelle",), "botella de agua en el muelle"),
    ("article", ("банка на пирсе",), "банка на пирсе"),
    ("article", ("La Croix can",), "a La Croix can"),
    ("article", ("eau de toilette",), "an eau de toilette"),
    (
        "article",
        ("pot of dulce de leche with a lid",),
        "a pot of dulce de leche with a lid",
    ),
    ("the", ("Dose auf einem Steg",), "Dose auf einem Steg"),
    ("the", ("La Croix can",), "the La Croix can"),
    ("the", ("slim can",), "the slim can"),
    ("the", ("a slim can",), "the slim can"),
    ("the", ("An apple",), "the apple"),
    ("the", ("the can",), "the can"),
    ("the", ("three cans",), "the three cans"),
    ("the", ("their chair",), "their chair"),
    ("the", ("",), ""),
    ("listing", ([],), ""),
    ("listing", (None,), ""),
    ("listing", (["a"],), "a"),
    ("listing", (["a", "b"],), "a and b"),
    ("listing", (["a", " ", None, "b", "c"],), "a, b and c"),
    ("listing", (["a", "b"], "or"), "a or b"),
    ("listing", ("one text",), "one text"),
    ("listing", ([2.0, 3],), "2 and 3"),
    ("at", ("upper left",), "in the upper left"),
    ("at", ("left side",), "on the left side"),
    ("at", ("the lower third",), "in the lower third"),
    ("at", ("top",), "at the top"),
    ("at", ("above the can",), "above the can"),
    ("at", ("on the left",), "on the left"),
    ("at", ("",), ""),
    ("at", (None,), ""),
    ("sentence", ("a  can",), "A can."),
    ("sentence", ("is it?",), "Is it?"),
    ("sentence", ("so “good.”",), "So “good.”"),
    ("sentence", ("so (good)",), "So (good)."),
    ("sentence", ("iPhone case",), "iPhone case."),
    ("sentence", ("ßa",), "ßa."),
    ("sentence", ("wait…",), "Wait…"),
    ("sentence", ("",), ""),
    ("or_else", ("", "b"), "b"),
    ("or_else", (None, "b"), "b"),
    ("or_else", ([], "b"), "b"),
    ("or_else", ("a", "b"), "a"),
    ("or_else", (0, "b"), "0"),
    ("quoted", ("Longer days",), "“Longer days”"),
    ("quoted", (None,), ""),
    ("lower_first", ("Close view",), "close view"),
    ("lower_first", ("LED light",), "LED light"),
    ("lower_first", ("",), ""),
]


@pytest.mark.parametrize(("name", "given", "said"), FILTERED)
def test_a_filter_makes_words(name: str, given: tuple[Any, ...], said: str) -> None:
    arguments = ", ".join(f"x{number}" for number in range(1, len(given)))
    call = f"{name}({arguments})" if arguments else name
    values = {f"x{number}": value for number, value in enumerate(given)}
    assert rendered(f"{{{{ x0 | {call} }}}}", **values) == said


def test_a_missing_key_has_an_other_value() -> None:
    assert rendered("{{ brand.nothing | or_else('plain') }}") == "plain"
    assert rendered("{{ brand.nothing | default('plain') }}") == "plain"


@pytest.mark.parametrize("text", ["{{ brand.x + 1 }}", "{{ brand.x ~ '' }}", "{{ brand.x.y }}"])
def test_a_missing_key_is_named_before_anything_else(text: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="there is no key “x” here"):
        rendered(text)


ELSEWHERE = """
import json, sys
from pathlib import Path
from promptkit.brand.loading import BrandLibrary
from promptkit.prompt.compose import compose
from promptkit.template.library import TemplateLibrary
root = Path(sys.argv[1])
brands, templates = BrandLibrary([root / "brand_profiles"]), TemplateLibrary([root / "templates"])
said = {}
for name in templates.names():
    template = templates.get(name)
    for example in template.meta.examples:
        prompt = compose(brands.get(example.brand), template, example.inputs)
        said[f"{name} {example.brand}"] = [
            *[[section.name, section.text] for section in prompt.sections],
            [use.hex for use in prompt.palette], [item.what for item in prompt.avoid],
            prompt.source.template_digest, prompt.source.brand_digest,
        ]
print(json.dumps(said))
"""


def test_the_same_inputs_give_the_same_words_in_another_process() -> None:
    answers = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", ELSEWHERE, str(ROOT)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        )
        answers.append(json.loads(done.stdout))
    assert len(answers[0]) == 18
    assert answers[0] == answers[1]


def test_the_bounds_hold_for_each_section_by_itself(tmp_path: Path) -> None:
    turns = "{% for i in range(999) %}{% for k in range(15) %}{% endfor %}{% endfor %}a"
    (tmp_path / "base.j2").write_text(
        f"{{% block subject %}}{turns}{{% endblock %}}{{% block style %}}{turns}{{% endblock %}}"
    )
    template = TemplateLibrary([tmp_path]).get("base")
    assert template.render({}) == {"subject": "a", "style": "a"}
    (tmp_path / "base.j2").write_text(f"{{% block subject %}}\n{turns}{turns}{{% endblock %}}")
    with pytest.raises(TemplateError, match=r"base\.j2:2: this takes more than 20,000 turns"):
        TemplateLibrary([tmp_path]).get("base").render({})
