"""Files that are as large as they may be, or about 1 MB: each is hostile in a way of its own."""

from __future__ import annotations

import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

MB = 1_000_000
#: Just less than a YAML file may have.
KEPT = 520_000
#: Just fewer values than it may have.
VALUES = 9_000

_HEAD = 'name: A\ncolors: {primary: "#0B6E99"}\nstyle: calm\n'


def _fill(head: str, unit: str, most: int = KEPT, tail: str = "") -> Callable[[], bytes]:
    """Return what makes a file of one piece again and again."""
    return lambda: (head + unit * ((most - len(head) - len(tail)) // len(unit)) + tail).encode()


def _each(head: str, unit: str, count: int = VALUES, tail: str = "") -> Callable[[], bytes]:
    """Return what makes a file of numbered pieces."""
    return lambda: (
        head + "".join(unit.replace("@", str(at)) for at in range(count)) + tail
    ).encode()


def _nested(
    head: str, opening: str, closing: str, most: int, tail: str = ""
) -> Callable[[], bytes]:
    count = (most - len(head) - len(tail)) // (len(opening) + len(closing))
    return lambda: (head + opening * count + closing * count + tail).encode()


BRANDS: dict[str, Callable[[], bytes]] = {
    "1 MB of words": _fill(_HEAD, "tone: calm\n", MB),
    "no text at all": lambda: b"\xff" * MB,
    "brackets": _nested(f"{_HEAD}x: ", "[", "]", KEPT),
    "groups": _nested(f"{_HEAD}x: ", "{a: ", "}", KEPT),
    "dashes": _fill(_HEAD, "- "),
    "question marks": _fill("", "? "),
    "a long line": _fill(f"{_HEAD}tone: ", "a"),
    "a long quote": _fill(f'{_HEAD}tone: "', "\\n", KEPT, '"\n'),
    "a long quote that is not closed": _fill(f'{_HEAD}tone: "', "a\n "),
    "a long folded text": _fill(f"{_HEAD}tone: >\n", " b\n"),
    "a long key": _fill(_HEAD, "k", KEPT, ": 1\n"),
    "a long key with a mark": _fill(f"{_HEAD}? ", "k", KEPT, "\n: 1\n"),
    "a long number": _fill(f"{_HEAD}version: ", "9"),
    "a long choice": _fill(f"{_HEAD}logo: {{policy: ", "compo", KEPT, "}\n"),
    "a long size": _fill(f"{_HEAD}channels: {{a: ", "1", KEPT, "x1}\n"),
    "a long parent": _fill("extends: ", "a"),
    "a long name that is unknown": lambda: (
        f"name: A\nstyle: calm\ncolors: {{palette: {{? {'ab' * 99_999} : red}},"
        f" roles: {{primary: {'ba' * 99_999}}}}}\n"
    ).encode(),
    "colons": _fill(f"{_HEAD}a", ": "),
    "empty lines": _fill("", "\n"),
    "comments": _fill(_HEAD, "#\n"),
    "documents": _fill("", "---\n"),
    "an invisible sign at the end": _fill(f"{_HEAD}tone: ", "b\n", KEPT, "\x01"),
    "signs that turn the writing": _fill(f'{_HEAD}tone: "', "\u202e", KEPT // 3, '"\n'),
    "one key again and again": _fill(_HEAD, "tone: calm\n"),
    "one own key again and again": _fill(_HEAD, "x-a: 1\n"),
    "aliases": _fill(f"{_HEAD}x: &a [1]\ny: [", "*a, ", KEPT, "]\n"),
    "anchors": _each(_HEAD, "k@: &a@ 1\n", 30_000),
    "aliases of aliases": _each("a0: &a0 [x]\n", "b@: &b@ [*b@, *b@]\n", 20_000),
    "tags": _fill(f"{_HEAD}x: [", "!a b, ", KEPT, "]\n"),
    "colours without quotes": _fill(f"{_HEAD}tone: [\n", "  #0B6E99\n", KEPT, "]\n"),
    "too many items": _fill(f"{_HEAD}avoid: [", "a,", KEPT, "]\n"),
    "unknown keys": _each(_HEAD, "k@: 1\n"),
    "unknown keys of a group": _each(f"{_HEAD}tone: {{", '"{{ @ }}": 1,', VALUES, "}\n"),
    "unknown keys with a plus": _each(_HEAD, "+k@: [1]\n", VALUES // 2),
    "things to avoid": _each(f"{_HEAD}avoid: [", "calm @,", VALUES, "]\n"),
    "wrong things to avoid": _fill(f"{_HEAD}avoid: [", "1,", 2 * VALUES, "]\n"),
    "things to avoid in unknown looks": _each(
        f"{_HEAD}avoid: [", "{what: a, looks: [l@]},", VALUES // 4, "]\n"
    ),
    "colours to avoid": _each(
        f"{_HEAD}avoid: [", '{what: a, near: "oklch(@% 0.1 @)"},', VALUES // 4, "]\n"
    ),
    "colours": _each("name: A\nstyle: calm\ncolors:\n", "  k@: red\n"),
    "wrong colours": _each("name: A\nstyle: calm\ncolors:\n", "  k@: reed\n"),
    "as many colours as there may be": _each(
        "name: A\nstyle: calm\ncolors:\n", '  k@: "oklch(@% 0.1 @)"\n', 100
    ),
    "roles without colours": _each(
        "name: A\nstyle: calm\ncolors:\n palette: {q: red}\n roles: {", "r@: q@,", VALUES, "}\n"
    ),
    "texts on a colour": _fill(
        "name: A\nstyle: calm\ncolors:\n palette: {a: red}\n pairs: {text_on: {a: [",
        "b,",
        2 * VALUES,
        "]}}\n",
    ),
    "looks": _each("name: A\ncolors: {a: red}\nstyle: {looks: {", "k@: a,", VALUES, "}}\n"),
    "files that are not there": _each(
        f"{_HEAD}subjects: {{a: {{kind: product, refs: [", "r@.png,", VALUES, "]}}\n"
    ),
    "a file named very often": _fill(
        f"{_HEAD}subjects: {{a: {{kind: product, refs: [", "fuzzed.yaml,", 12 * VALUES, "]}}\n"
    ),
    "subjects over a parent": _each("extends: tidewell\nsubjects:\n", "  k@: a can\n"),
    "colours over a parent": _each("extends: tidewell\ncolors:\n", "  k@: red\n"),
    "what a parent has not": _each("extends: tidewell\nsubjects:\n", "  k@: null\n"),
    "thresholds that are words": _each(
        f"{_HEAD}checks: {{palette: {{min_on_palette: {{", "a@: b,", VALUES, "}}}\n"
    ),
}

_BODY = 32_000
_MANY = _BODY // 2


def _block(inner: Callable[[], bytes]) -> Callable[[], bytes]:
    return lambda: b"{% block subject %}" + inner() + b"{% endblock %}"


def _front(inner: Callable[[], bytes]) -> Callable[[], bytes]:
    return lambda: b"---\n" + inner() + b"\n---\na"


TEMPLATES: dict[str, Callable[[], bytes]] = {
    "1 MB of words": _block(_fill("", "a ", MB)),
    "1 MB of {{": _fill("", "{{", MB),
    "1 MB of {%": _fill("", "{%", MB),
    "1 MB of one chain of filters": _block(_fill('{{ "a"', "|upper", MB, "}}")),
    "1 MB of front matter": _front(_fill("", "a: 1\n", MB)),
    "{{": _fill("", "{{", _BODY),
    "{%": _fill("", "{%", _BODY),
    "{#": _fill("", "{#", _BODY),
    "raw": _fill("", "{% raw %}", _BODY),
    "open ifs": _fill("", "{% if a %}", _BODY),
    "words": _block(_fill("", "a ", _BODY)),
    "empty lines": _fill("", "\n", _BODY),
    "spaces in a bracket": _block(_fill("{{", " ", _BODY, "}}")),
    "expressions": _block(_fill("", "{{1}}", _BODY)),
    "unknown names": _block(_each("", "{{a@}}", 3_500)),
    "unknown keys": _block(_fill("", "{{ brand.x }}", _BODY)),
    "sizes": _block(_fill("", "1024x768 ", _BODY)),
    "ifs in ifs": _block(_nested("", "{% if 1 %}", "{% endif %}", _BODY)),
    "ifs": _block(_fill("", "{% if 1 %}a{% endif %}", _BODY)),
    "elifs": _block(_fill("{% if 1 %}a", "{% elif 1 %}a", _BODY, "{% endif %}")),
    "parentheses": _block(_nested("{{", "(", ")", _BODY, "}}")),
    "lists": _block(_nested("{{", "[", "]", _BODY, "}}")),
    "groups": _block(_nested("{{", "{1:", "}", _BODY, "}}")),
    "nots": _block(_fill("{{", " not", _BODY, " 1}}")),
    "signs": _block(_fill("{{", "-", _BODY, "1}}")),
    "sums": _block(_fill("{{", "1+", _BODY, "1}}")),
    "powers": _block(_fill("{{", "2**", _BODY, "2}}")),
    "joined texts": _block(_fill("{{", "1~", _BODY, "1}}")),
    "a thousand joined texts": _block(_fill("{{", "1~", 1_900, "1}}")),
    "comparisons": _block(_fill("{% if ", "1<", _BODY, "1 %}{% endif %}")),
    "filters": _block(_fill('{{ "a"', "|upper", _BODY, "}}")),
    "keys of keys": _block(_fill("{{ brand", ".a", _BODY, "}}")),
    "calls of calls": _block(_fill("{{ range", "()", _BODY, "}}")),
    "values": _block(_fill("{{ range(", "1,", _BODY, ")}}")),
    "names of values": _block(_each("{{ dict(", "a@=1,", 3_000, ")}}")),
    "a long number": _block(_fill("{{ ", "9", _BODY, "}}")),
    "a long text": _block(_fill('{{ "', "a", _BODY, '" }}')),
    "blocks": _each("", "{% block b@ %}a{% endblock %}", 950),
    "one block again and again": _fill("", "{% block subject %}a{% endblock %}", _BODY),
    "names that are set": _each("", "{% set a@ = 1 %}", 1_600),
    "macros": _each("", "{% macro a@() %}{% endmacro %}", 950),
    "files": _block(_each("", '{% include "_a@.j2" %}', 1_200)),
    "turns": _block(
        lambda: b"{% for i in range(999) %}{% for k in range(999) %}a{% endfor %}{% endfor %}"
    ),
    "turns in every block": _each(
        "",
        "{% block b@ %}{% for i in range(999) %}{% for k in range(15) %}{{ i ~ k }}"
        "{% endfor %}{% endfor %}{% endblock %}",
        250,
    ),
    "a long body turned often": _block(
        _fill("{% for i in range(999) %}", "{% set x = 1 + 1 %}", _BODY, "{% endfor %}")
    ),
    "a long macro called often": _block(
        _fill(
            "{% macro m() %}",
            "{% set x = 1 + 1 %}",
            _BODY,
            "{% endmacro %}{% for i in range(999) %}{% set x = m() %}{% endfor %}",
        )
    ),
    "long texts captured often": _block(
        _fill("{% for i in range(999) %}{% set x %}", "a", _BODY, "{% endset %}{% endfor %}")
    ),
    "long texts joined often": _block(
        _fill('{% set a = "' + "a" * _MANY + '" %}{{ [', "a,", _MANY - 100, "]|join }}")
    ),
    "long texts listed often": _block(
        _fill('{% set a = "' + "a" * _MANY + '" %}{{ [', "a,", 1_900, "]|listing }}")
    ),
    "long texts filtered often": _block(
        lambda: (
            '{% set a = "' + "a " * _MANY + '" %}{% for i in range(999) %}'
            '{{ a|title|truncate(9)|length }}{{ a|replace("b", "c")|length }}{% endfor %}'
        )[: _BODY + 200].encode()
    ),
    "lists sorted often": _block(
        lambda: b"{% for i in range(999) %}{{ range(999)|sort|unique|list|length }}{% endfor %}"
    ),
    "lists compared often": _block(
        lambda: (
            b"{% set a = range(999)|list %}{% for i in range(999) %}"
            b'{% if "a" in a or a == a|reverse|list %}a{% endif %}{% endfor %}'
        )
    ),
    "lists in themselves": _block(
        lambda: (
            b"{% set n = namespace(a=[1], b=[1]) %}{% for i in range(40) %}"
            b"{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}{% endfor %}"
            b"{% if n.a == n.b %}a{% endif %}"
        )
    ),
    "strings": _front(_each("text: [", '"{{ @ }}",', VALUES, "]")),
    "as many strings as there may be": _front(_each("text: [", '"{{ @ + 1 }}",', 200, "]")),
    "strings that turn": _front(
        _each(
            "text: [",
            '"{% for i in range(999) %}{% for k in range(@) %}{{ i ~ k }}{% endfor %}'
            '{% endfor %}",',
            200,
            "]",
        )
    ),
    "a string of brackets": _front(_nested('text: ["{{', "(", ")", 9_000, '}}"]')),
    "inputs": _front(_each("inputs: {", "a@: {},", VALUES, "}")),
    "wrong inputs": _front(_each("inputs: {", "a@: {type: x},", VALUES // 2, "}")),
    "options": _front(
        _each("inputs: {a: {type: choice, default: zz, enum: [", "a@,", VALUES, "]}}")
    ),
    "axes": _front(_each("axes: {", "a@: {b: c},", VALUES // 2, "}")),
    "sections in an order": _front(_each("order: [", "a@,", VALUES, "]")),
    "a long pattern": _front(
        _fill("examples: [{brand: a, expect: {matches: ['", "[a-z]{1,9}", 200_000, "']}}]")
    ),
}

_COLOR = '{"$type": "color", "$value": "#0B6E99"}'

IMPORTS: dict[str, Callable[[], bytes]] = {
    "tokens": _each('{"color": {', f'"a@": {_COLOR},', 20_000, f'"z": {_COLOR}}}}}'),
    "tokens that stand for others": _each(
        f'{{"a": {_COLOR},',
        '"b@": {"$type": "color", "$value": "{a}"},',
        20_000,
        f'"z": {_COLOR}}}',
    ),
    "tokens that stand for the next": lambda: (
        "{"
        + "".join(
            f'"a{at}": {{"$type": "color", "$value": "{{a{at + 1}}}"}},' for at in range(20_000)
        )
        + f'"a20000": {_COLOR}}}'
    ).encode(),
    "tokens that stand for nothing": _each(
        f'{{"a": {_COLOR},',
        '"b@": {"$type": "color", "$value": "{c@}"},',
        20_000,
        f'"z": {_COLOR}}}',
    ),
    "tokens of other kinds": _each(
        f'{{"a": {_COLOR},',
        '"b@": {"$type": "dimension", "$value": 1},',
        20_000,
        f'"z": {_COLOR}}}',
    ),
    "wrong colours": _each(
        f'{{"a": {_COLOR},',
        '"b@": {"$type": "color", "$value": "reed @"},',
        20_000,
        f'"z": {_COLOR}}}',
    ),
    "groups that extend the one before": lambda: (
        f'{{"a0": {{"x": {_COLOR}}}'
        + "".join(f', "a{at + 1}": {{"$extends": "{{a{at}}}"}}' for at in range(20_000))
        + "}"
    ).encode(),
    "groups in groups": _nested("", '{"a":', "}", MB, ""),
    "brackets": _nested("", "[", "]", MB),
    "a long name": lambda: f'{{"{"a" * MB}": {_COLOR}}}'.encode(),
    "a long number": lambda: f'{{"a": {{"$value": {"9" * MB}}}}}'.encode(),
    "half of a JSON": lambda: b'{"a": "' + b"a" * MB,
    "numbers": _fill('{"a": {"$value": [', "1,", MB, "1]}}"),
    "colours of AdCP": _each(
        '{"name": "A", "colors": {"primary": [', '"#0B6E9@",', 60_000, '"#111111"]}}'
    ),
    "fonts of AdCP": _fill(
        '{"name": "A", "colors": {"primary": "#111"}, "fonts": [', '"A",', MB, '"B"]}'
    ),
    "brands of AdCP": _each(
        '{"house": "A", "brands": [', '{"name": "B@"},', 60_000, '{"name": "C"}]}'
    ),
    "colours of brand.yml": _each("color:\n  palette:\n", "    a@: '#0B6E99'\n", VALUES),
    "colours of brand.yml that stand for the next": lambda: (
        "color:\n  palette:\n"
        + "".join(f"    a{at}: a{at + 1}\n" for at in range(VALUES))
        + f"    a{VALUES}: '#111111'\n"
    ).encode(),
    "brackets in brand.yml": _nested("color: ", "[", "]", KEPT),
    "wide text": lambda: ("color:\n" + "a" * (MB // 2)).encode("utf-16"),
    "swatches of Photoshop": lambda: (
        struct.pack(">2H", 1, 65_535) + struct.pack(">5H", 2, 1, 2, 3, 4) * 65_535
    ),
    "swatches of Photoshop with names": lambda: (
        struct.pack(">2H", 2, 40_000)
        + (struct.pack(">5HI", 1, 1, 2, 3, 4, 3) + "ab\0".encode("utf-16-be")) * 40_000
    ),
    "a name of Photoshop's": lambda: (
        struct.pack(">2H", 2, 1) + struct.pack(">5HI", 0, 1, 2, 3, 4, MB // 2) + b"\0a" * (MB // 2)
    ),
    "swatches of Adobe": lambda: (
        b"ASEF"
        + struct.pack(">2HI", 1, 0, 30_000)
        + (
            struct.pack(">HIH", 1, 24, 2)
            + b"\0a\0\0"
            + b"RGB "
            + struct.pack(">3fH", 0.1, 0.5, 0.9, 0)
        )
        * 30_000
    ),
    "groups of Adobe": lambda: (
        b"ASEF"
        + struct.pack(">2HI", 1, 0, 100_000)
        + (struct.pack(">HIH", 0xC001, 6, 2) + b"\0a\0\0") * 100_000
    ),
}

LARGE: dict[str, dict[str, Callable[[], bytes]]] = {
    "brands": BRANDS,
    "templates": TEMPLATES,
    "importers": IMPORTS,
}


def main() -> None:
    """Give every file to its target, and print what it cost."""
    sys.path.append(str(Path(__file__).parent.parent))
    from targets import made

    for name, files in LARGE.items():
        target = made(name)
        for title, text in files.items():
            data = text()
            start = time.process_time()
            target(data)
            seconds = time.process_time() - start
            print(f"{name:10} {title:46}{len(data):10,} bytes{seconds:7.2f} s", flush=True)


if __name__ == "__main__":
    main()
