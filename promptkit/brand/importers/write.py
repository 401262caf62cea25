"""An imported profile as YAML that people go on writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

import yaml

from promptkit.brand.importers.found import Imported
from promptkit.brand.importers.naming import clean
from promptkit.documents import scalar

_WIDTH = 100
_LONGEST = 2000


class _Dumper(yaml.SafeDumper):
    """Writes what our reader reads: no anchors, and quotes wherever YAML 1.2 needs them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_mapping(
        self, tag: str, mapping: Any, flow_style: bool | None = None
    ) -> yaml.MappingNode:
        """Write short groups of plain values on one line, as people do."""
        node = super().represent_mapping(tag, mapping, flow_style)
        leaves = [part for pair in node.value for part in pair]
        plain = all(isinstance(part, yaml.ScalarNode) for part in leaves)
        node.flow_style = plain and sum(len(part.value) + 3 for part in leaves) < _WIDTH
        return node

    def text(self, value: str) -> yaml.ScalarNode:
        quoted = value.startswith("#") or not isinstance(scalar(value), str)
        style = '"' if quoted else None
        return self.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _Dumper.text)


def to_yaml(imported: Imported) -> str:
    """Return the profile as YAML, headed by what a person must still do."""
    return f"{_heading(imported)}\n{as_yaml(imported.data)}"


def as_yaml(data: Mapping[str, Any]) -> str:
    """Return plain data as YAML that means the same to readers of YAML 1.1 and 1.2."""
    return yaml.dump(
        dict(data),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH,
        default_flow_style=None,
    )


def _heading(imported: Imported) -> str:
    report = imported.report
    name = imported.data.get("name") or imported.data["id"]
    lines = [f"# {clean(name)}, imported from {imported.format}."]
    lines += _section("Still to do:", report.to_add)
    lines += _section("Left out:", report.dropped)
    return "\n".join(lines) + "\n"


def _section(title: str, sentences: Iterable[str]) -> Iterator[str]:
    for number, sentence in enumerate(sentences):
        if not number:
            yield f"#\n# {title}"
        lines = wrap(clean(sentence, _LONGEST), _WIDTH - 6, break_on_hyphens=False)
        for line, text in enumerate(lines):
            yield f"#   {'  ' if line else '- '}{text}"
