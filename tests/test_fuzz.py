"""Whatever stands in a file, what comes out is an answer or findings: soon, and in little memory.

`make fuzz` looks much longer for the same; its targets are used here.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptkit.brand.importers import import_brand
from promptkit.brand.loading import parse_brand
from promptkit.errors import MAX_FINDINGS, Finding, InputError, TemplateError, nearest, unknown
from promptkit.prompt.compose import compose
from promptkit.template.library import TemplateLibrary
from seeds import seeds
from targets import Fault, Target, made, within_bounds

ROOT = Path(__file__).parent.parent

quietly = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def target() -> Callable[[str], Target]:
    found: dict[str, Target] = {}

    def of(name: str) -> Target:
        if name not in found:
            found[name] = made(name)
        return found[name]

    return of


# Small hostile files --------------------------------------------------------------------------

TOKENS = {
    "brands": r"""name: colors: palette: roles: tone: style: looks: avoid: extends: x- + - ? : , [ ]
    { } & * ! | > ' " # #0B6E99 red null true ~ 1e999 0x1F 16:9 {{ }} {% %} tidewell fuzzed ..
    default_look channels: size: 1x1 logo: box: [0,0,1,1] what instead must <<""".split(),
    "templates": r"""{{ }} {% %} {# #} {%- -%} block subject style endblock if elif else endif for
    i in endfor set = n namespace(a=1) macro m(a) endmacro call filter with raw include extends
    import "_part.j2" "base.j2" super() self. loop. brand look axis . | ~ + * ** // ( ) [ ] 9 1e999
    99999999999999999999 upper listing join map("upper") sort sum round(9) truncate(99999999)
    replace("a","b") default colors(brand) not and or is recursive --- inputs: text: x""".split(),
    "importers": r"""{ } [ ] " : , $value $type $extends $ref {a.b} #/a color colorSpace components
    srgb meta: color: defaults: promptkit: brands house name visual_guidelines ASEF 1e400 NaN null
    \uD800 #0B6E99 primary""".split(),
}
SIGNS = st.sampled_from([*"\t\r\n\0\x1b\x85\u2028\u202e\u2066\ufeff\ud800 \"'\\#{}[]%&*!|>"])


@st.composite
def changed(draw: st.DrawFn, name: str) -> bytes:
    """Change a valid file: bytes, words and lines put in, taken out, doubled and exchanged."""
    text = bytearray(draw(st.sampled_from([*seeds(name)])))
    for _ in range(draw(st.integers(1, 4))):
        way = draw(st.integers(0, 3))
        at = draw(st.integers(0, len(text)))
        if way == 0:
            piece = draw(
                st.binary(max_size=4)
                | SIGNS.map(lambda sign: sign.encode("utf-8", "surrogatepass"))
            )
            text[at : at + draw(st.integers(0, 3))] = piece
        elif way == 1:
            text[at:at] = draw(st.sampled_from(TOKENS[name])).encode()
        else:
            lines = bytes(text).split(b"\n")
            one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            if way == 2:
                lines[one] = lines[other]
            else:
                key, colon, _ = lines[one].partition(b":")
                lines[one] = key + colon + lines[other].partition(b":")[2]
            text = bytearray(b"\n".join(lines))
    return bytes(text)


@st.composite
def soup(draw: st.DrawFn, name: str) -> bytes:
    words = st.sampled_from(TOKENS[name]) | st.text(max_size=3)
    gaps = st.sampled_from(["", " ", "\n", "\n  "])
    pairs = draw(st.lists(st.tuples(words, gaps), max_size=40))
    return "".join(word + gap for word, gap in pairs).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", TOKENS)
def test_a_changed_file_ends_in_an_answer_or_in_findings(
    target: Callable[[str], Target], name: str
) -> None:
    quietly(given(changed(name))(target(name)))()


@pytest.mark.parametrize("name", TOKENS)
def test_any_words_end_in_an_answer_or_in_findings(
    target: Callable[[str], Target], name: str
) -> None:
    quietly(given(soup(name) | st.binary(max_size=200))(target(name)))()


# Jinja that could be meant ---------------------------------------------------------------------

NUMBERS = st.sampled_from(
    ["0", "-1", "2.5", "9" * 17, "9" * 400, "1e308", "1e999", "0x" + "f" * 99]
)
NAMES = st.sampled_from(["brand", "look.mood", "n.a", "i", "space", "brand.colors.palette", "none"])
FILTER = st.sampled_from(
    """abs default("x") first float int(0,99) items length list map("upper") max min reverse
    select sort sum unique capitalize title trim truncate(9) wordcount article replace("a","bb")
    listing or_else("y") round(3) join(", ") sum(start=[]) colors(brand)""".split()
)
VALUES = st.recursive(
    NUMBERS | NAMES | st.sampled_from(['"a"', '"{{ x }}"', "range(99)", "[]"]),
    lambda inner: (
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from("+ - * / // ** % ~ == in and".split()),
            inner,
        )
        | st.builds("({}|{})".format, inner, FILTER)
        | st.builds("[{}, {}]".format, inner, inner)
        | st.builds("({} if {} else {})".format, inner, inner, inner)
        | st.builds("{}[{}]".format, NAMES, inner)
    ),
    max_leaves=8,
)
STATEMENTS = st.recursive(
    st.builds("{{{{ {} }}}}".format, VALUES) | st.just("words "),
    lambda inner: (
        st.builds("{{% for i in {} %}}{}{{% endfor %}}".format, VALUES, inner)
        | st.builds("{{% for i in range(999) %}}{}{{% endfor %}}".format, inner)
        | st.builds("{{% if {} %}}{}{{% endif %}}".format, VALUES, inner)
        | st.builds("{{% set n.a = {} %}}{}".format, VALUES, inner)
        | st.builds("{{% set x %}}{}{{% endset %}}{{{{ x }}}}".format, inner)
        | st.builds("{{% filter {} %}}{}{{% endfilter %}}".format, FILTER, inner)
    ),
    max_leaves=5,
)


def test_any_jinja_ends_in_words_or_in_findings(target: Callable[[str], Target]) -> None:
    def render(text: str) -> None:
        target("templates")(("{% set n = namespace(a=[1]) %}" + text).encode())

    settings(quietly, max_examples=30)(given(STATEMENTS)(render))()


HOSTILE = (
    st.lists(
        st.sampled_from(
            ["{{ 7 * 7 }}", "{% endblock %}", "{#", "{% raw %}", "%s", "<b>", "\u202e", "\u2066"]
        )
        | st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=5),
        min_size=1,
        max_size=4,
    )
    .map(lambda parts: " ".join([*parts, "x"]))
    .filter(str.strip)
)


@settings(quietly, max_examples=40)
@given(HOSTILE)
def test_what_a_brief_and_a_brand_say_stays_plain_text(said: str) -> None:
    folder = Path.cwd()
    text = "{% block subject %}A: {{ a }}|{{ brand.avoid[0].what }}{% endblock %}"
    (folder / "base.j2").write_text(text)
    (folder / "t.j2").write_text(
        "---\ninputs: {a: {}}\ntext: ['{{ a }}']\n---\n{% extends 'base.j2' %}"
    )
    quoted = '"' + "".join(f"\\U{ord(sign):08X}" for sign in said) + '"'
    brand = parse_brand(f"name: A\ncolors: {{a: red}}\nstyle: calm\navoid: [{quoted}]\n")
    prompt = compose(brand, TemplateLibrary([folder]).get("t"), {"a": said})
    plain = " ".join(said.split())
    assert prompt.lettering.copy == (plain,)
    assert brand.avoid[0].what == said.strip()
    assert bare(prompt.sections[0].text).endswith(bare(f"{plain}|{plain}"))


def bare(text: str) -> str:
    """Leave out what makes sentences: a section is tidied, marks and capitals with it."""
    return re.sub(r"[\s,;:.!?…]", "", text).casefold()


# What fuzzing has found ------------------------------------------------------------------------

FOUND = {
    "loops 21 deep": "{% for a in [1] %}" * 21 + "{% endfor %}" * 21,
    "brackets": "{{" + "(" * 500 + "1" + ")" * 500 + "}}",
    "filters": '{{ "a"' + "|upper" * 300 + "}}",
    "macros in macros": "{% macro a() %}" * 200 + "{% endmacro %}" * 200,
    "a number of 5,000 digits": "\n{{ " + "9" * 5000 + " }}",
    "a number of 5,000 hex digits": "\n{{ 0x" + "f" * 5000 + " }}",
    "an endless number": "{{ 1e999 }}",
    "a name given twice": "{{ dict(a=1, a=2) }}",
    "an argument named twice": "{% macro a(b, b) %}{% endmacro %}",
    "arguments that are one to Python": "{% macro m(ª, a) %}{% endmacro %}",
    "a list of files": '{% include ["_x.j2", "_y.j2"] %}',
    "a long chain": "{% if 1 %}" + "{% elif 1 %}" * 2500 + "{% endif %}",
    "many values": "{{ range(" + "1," * 2000 + ") }}",
    "lists in themselves": "{% set n = namespace(a=[1]) %}{% for i in range(40) %}"
    "{% set n.a = [n.a, n.a] %}{% endfor %}{{ brand[n.a] }}",
    "groups in themselves": "{% set n = namespace(a=dict(b=1)) %}{% for i in range(40) %}"
    "{% set n.a = dict(a=n.a, b=n.a) %}{% endfor %}",
    "a pair as a key": "{{ brand[(1, 2)] }}",
    "turns within filters": '{% for i in range(999) %}{{ range(999)|map("string")|join|length }}'
    "{% endfor %}",
    "long bodies of loops": "{% for i in range(999) %}{% for k in range(15) %}"
    + "{% set x = 1 + 1 %}" * 1000
    + "{% endfor %}{% endfor %}",
    "a pattern": "---\nexamples: [{brand: a, expect: {matches: ['" + "(" * 9000 + "']}}]\n---\na",
    "a repetition": "---\nexamples: [{brand: a, expect: {matches: ['a{99999999999}']}}]\n---\na",
    "a default of 400 digits": "---\ninputs: {a: {type: number, default: '1"
    + "0" * 400
    + "'}}\n---\na",
    "many strings": "---\ntext: [" + '"{{ 1 }}",' * 2000 + "]\n---\na",
    "long strings": "---\ntext: [" + f'"{"{{1}}" * 400}",' * 150 + "]\n---\na",
    "too long": "a" * 40_000,
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_what_was_found_once_is_a_finding_now(tmp_path: Path, text: str) -> None:
    (tmp_path / "base.j2").write_text("{% block subject %}{% endblock %}")
    (tmp_path / "t.j2").write_text(text, encoding="utf-8")
    brand = parse_brand("name: A\ncolors: {a: red}\nstyle: calm\n")
    library = TemplateLibrary([tmp_path])
    with pytest.raises(TemplateError) as caught:
        compose(brand, library.get("t"), {})
    (finding,) = caught.value.findings
    assert finding.place
    assert not any(word in finding.message for word in ("Error", "_1_", "python"))


def test_the_line_of_a_number_that_is_too_large_is_told(tmp_path: Path) -> None:
    for text in FOUND["a number of 5,000 digits"], FOUND["a number of 5,000 hex digits"]:
        (tmp_path / "base.j2").write_text(text)
        with pytest.raises(TemplateError, match="this number is too large") as caught:
            TemplateLibrary([tmp_path]).get("base")
        place = caught.value.findings[0].place
        assert place
        assert place.line == 2


# Large files ----------------------------------------------------------------------------------

ALONE = """
import resource, sys, time
sys.path[:0] = sys.argv[2:]
from large import LARGE
from targets import MEGABYTES, made
name = sys.argv[1]
target = made(name)
target(b"")
for title in [*LARGE[name]][::3]:
    print(title, flush=True)
    target(LARGE[name][title]())
"""


@pytest.mark.parametrize("name", ["brands", "templates", "importers"])
def test_a_third_of_the_large_files_costs_neither_time_nor_memory(name: str) -> None:
    command = [sys.executable, "-c", ALONE, name, str(ROOT / "fuzz"), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]}\n{done.stderr[-2000:]}"


# The bounds themselves ------------------------------------------------------------------------


def test_what_is_slow_or_says_too_much_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(data: bytes) -> None:
        raise InputError(data.decode() * 200_000)

    def broken(_: bytes) -> None:
        raise InputError("\ud800")

    within_bounds(fails)(b"a")
    with pytest.raises(UnicodeEncodeError):
        within_bounds(broken)(b"")
    monkeypatch.setattr("targets.SECONDS", -1)
    with pytest.raises(Fault, match="1 bytes took"):
        within_bounds(fails)(b"a")


@pytest.mark.parametrize(
    ("text", "rule", "message"),
    [
        ("name: A\nx: [" + "1," * 10_001 + "]\n", "too-many", "more than 10,000 values"),
        (
            "name: A\nstyle: calm\ncolors: {"
            + ",".join(f"k{at}: red" for at in range(99, 200))
            + "}\n",
            "value",
            "100 colours at most",
        ),
        (
            "name: A\ncolors: {a: red}\nstyle: {looks: {"
            + ",".join(f"k{at}: calm" for at in range(101))
            + "}}\n",
            "value",
            "100 keys at most",
        ),
    ],
    ids=["values", "colours", "looks"],
)
def test_too_much_of_a_thing_is_one_finding(text: str, rule: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_brand(text)
    assert [finding.rule for finding in caught.value.findings] == [rule]


def test_an_error_tells_of_a_hundred_findings_and_cuts_them_short() -> None:
    long = Finding("a", "b" * 9_999, fix="c" * 9_999)
    assert (len(long.message), len(long.fix or "")) == (2_000, 2_000)
    assert len(InputError([long] * 999).findings) == MAX_FINDINGS
    assert nearest("a" * 65, ["a" * 65]) is None
    names = [f"k{at}" for at in range(9_999)]
    assert nearest("tidewel", [*names, "tidewell"]) == "tidewell"
    message, fix = unknown("colour", "q" * 999, names)
    assert len(message) < 300
    assert fix.endswith("…")


def test_too_many_values_of_another_tool_are_told() -> None:
    tokens, swatches = Path("t.json"), Path("s.aco")
    tokens.write_text('{"a": {"$value": [' + "1," * 100_001 + "1]}}")
    swatches.write_bytes(b"\0\1\x75\x30")
    for path in (tokens, swatches):
        with pytest.raises(InputError) as caught:
            import_brand(path)
        assert caught.value.findings[0].rule == "too-many"


def test_the_sections_share_what_there_is() -> None:
    turns = "{% for i in range(999) %}{% for k in range(15) %}{% endfor %}{% endfor %}a"
    blocks = "".join(f"{{% block b{at} %}}{turns}{{% endblock %}}" for at in range(9))
    Path("base.j2").write_text(blocks)
    with pytest.raises(TemplateError, match="all this together takes too long"):
        TemplateLibrary([Path()]).get("base").render({})
