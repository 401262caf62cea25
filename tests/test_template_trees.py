"""A template's tree is walked, and searched for names, as Jinja does, and compiled when needed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import nodes
from jinja2.meta import find_referenced_templates, find_undeclared_variables

from promptkit.errors import TemplateError
from promptkit.template.document import RESERVED, read_source
from promptkit.template.environment import DataEnvironment
from promptkit.template.guard import compiles
from promptkit.template.library import TemplateLibrary
from promptkit.template.names import defined, referenced, undeclared
from promptkit.template.trees import flat, walk

ROOT = Path(__file__).parents[1]
FILES = [*ROOT.glob("templates/*.j2"), *ROOT.glob("tests/corpus/templates/**/*.j2")]
ENVIRONMENT = DataEnvironment()


def trees() -> list[nodes.Template]:
    """Return the shipped templates, and those of the corpus that are Jinja."""
    found = []
    for path in FILES:
        with suppress(TemplateError, jinja2.TemplateSyntaxError):
            found.append(ENVIRONMENT.parse(read_source(path, path.name).body))
    return found


TREES = trees()

NAMES = st.sampled_from("a b brand loop caller kwargs varargs self super range dict".split())
EXPRESSIONS = st.recursive(
    NAMES | st.sampled_from(["1", "'x'", "none", "a.b", "brand['c']", "a[1:2]", "range(3)"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from([*"~+-", "or", "==", "in"]), inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'k': {}, 'l': {}}}".format, inner, inner),
        st.builds("{}|upper|d({})".format, inner, inner),
        st.builds("({} is defined)".format, inner),
        st.builds("{}({}, k={})".format, NAMES, inner, inner),
    ),
    max_leaves=8,
)
TEXTS = st.recursive(
    st.builds("{{{{ {} }}}}".format, EXPRESSIONS) | st.just("words "),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, EXPRESSIONS, inner, inner),
        st.builds(
            "{{% for {} in {} if {} %}}{}{{% endfor %}}".format, NAMES, EXPRESSIONS, NAMES, inner
        ),
        st.builds("{{% set {} = {} %}}{}".format, NAMES, EXPRESSIONS, inner),
        st.builds("{{% set {} %}}{}{{% endset %}}".format, NAMES, inner),
        st.builds("{{% with {} = {} %}}{}{{% endwith %}}".format, NAMES, EXPRESSIONS, inner),
        st.builds(
            "{{% macro {}({}={}) %}}{}{{% endmacro %}}".format, NAMES, NAMES, EXPRESSIONS, inner
        ),
        st.builds("{{% call {}() %}}{}{{% endcall %}}".format, NAMES, inner),
        st.builds("{{% import 'x' as {} %}}{}".format, NAMES, inner),
        st.builds("{{% from 'x' import y as {} %}}{}".format, NAMES, inner),
    ),
    max_leaves=8,
)


def same_names(tree: nodes.Template) -> None:
    known = RESERVED | defined(tree) | ENVIRONMENT.globals.keys()
    found = [node.name for node in undeclared(tree, known)]
    assert {*found} == find_undeclared_variables(tree) - known  # which changes the tree
    assert len({*found}) == len(found)


def test_the_corpus_has_trees() -> None:
    assert len(TREES) > 60


@pytest.mark.parametrize("tree", TREES)
def test_a_tree_is_seen_as_jinja_sees_it(tree: nodes.Template) -> None:
    assert [*map(id, walk(tree))] == [*map(id, tree.find_all(nodes.Node))]
    assert [*flat(tree)] == walk(tree)
    assert sorted(map(str, referenced(tree))) == sorted(map(str, find_referenced_templates(tree)))
    with suppress(jinja2.TemplateSyntaxError):
        ENVIRONMENT.compile(tree)
        same_names(tree)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_names_are_those_that_jinja_misses_and_what_is_plain_compiles(text: str) -> None:
    try:
        tree = ENVIRONMENT.parse(text)
    except jinja2.TemplateSyntaxError:
        return
    try:
        ENVIRONMENT.compile(tree)
    except jinja2.TemplateSyntaxError:
        assert not compiles(tree)
    else:
        same_names(tree)


@pytest.mark.parametrize(
    "inner",
    [
        "[{}]",
        "(1 ~ {})",
        "{'a': {}}",
        "a[{}]",
        "a({})",
        "(1 if {})",
        "(not {})",
        "(1 + {})",
        "(1 == {})",
        "1|d({})",
        "(1 is sameas({}))",
        "a(k={})",
    ],
)
def test_what_is_plain_compiles_however_many_brackets_it_makes(inner: str) -> None:
    text, plain = "a", 0
    for _ in range(40):
        text = inner.replace("{}", text)
        try:
            tree = ENVIRONMENT.parse("{{ " + text + " }}")
        except jinja2.TemplateSyntaxError:
            break
        if compiles(tree):
            plain += 1
            ENVIRONMENT.compile(tree)
    assert 5 < plain < 40


@pytest.mark.parametrize(
    "text",
    [
        "{{ a[1:2, 3] }}",
        "{{ dict(__debug__=1) }}",
        "{% for loop in [1] %}{% endfor %}",
        "{% macro m(caller) %}{{ caller() }}{% endmacro %}",
    ],
)
def test_what_only_compiling_finds_is_found_when_a_template_is_read(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "base.j2").write_text("{% block subject %}{% endblock %}")
    (tmp_path / "t.j2").write_text(f"{{% block subject %}}\n{text}\n{{% endblock %}}")
    with pytest.raises(TemplateError):
        TemplateLibrary([tmp_path]).get("t")


def test_comparisons_that_stand_too_deep_are_told() -> None:
    text = "{{ " + "(1 == " * 60 + "1" + ")" * 60 + " }}"
    with pytest.raises(jinja2.TemplateSyntaxError, match="nested too deeply") as caught:
        ENVIRONMENT.parse(f"\n{text}")
    assert caught.value.lineno == 2


def test_what_cannot_be_compiled_after_all_is_told_when_it_is_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "base.j2").write_text("{% block subject %}A can{% endblock %}")
    template = TemplateLibrary([tmp_path]).get("base")

    def refuse(*_: object) -> None:
        raise SyntaxError

    monkeypatch.setattr(jinja2.Environment, "_compile", refuse)
    with pytest.raises(TemplateError) as caught:
        template.render({})
    assert (
        caught.value.findings[0].message == "this is too long, or nested too deeply, to be compiled"
    )


def test_a_project_is_listed_without_compiling_its_templates() -> None:
    library = TemplateLibrary([ROOT / "templates"])
    chains = [library.get(name).chain for name in library.names()]
    assert not [link.source.name for chain in chains for link in chain if "compiled" in vars(link)]
