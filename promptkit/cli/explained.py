"""Where a prompt's words come from, and what another brand or model would change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.cli.output import console_of, near

if TYPE_CHECKING:
    from promptkit.prompt.explain import Clause
    from promptkit.workflow.composed import Composed

_STYLES = {
    "input": "green",
    "axis": "magenta",
    "brand": "cyan",
    "template": "yellow",
    "card": "dim",
}
#: Below this likeness (0–1) two texts are shown one after the other and not word by word.
_ALIKE = 0.5
_BESIDE = ("negative", "style", "palette")


def print_clauses(composed: Composed) -> None:
    """Print each clause of a prompt beside who wrote it; what was left out comes last."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from promptkit.prompt.forms import label

    console, look = console_of(), composed.prompt.source.look
    table = Table.grid(padding=(0, 2))
    table.add_column(ratio=3, overflow="fold")
    table.add_column(ratio=2, overflow="fold")
    for section, clauses in groupby(composed.clauses, key=lambda clause: clause.section):
        table.add_row(Text(label(section), style="bold"), "")
        for clause in clauses:
            who = Text(_who(clause, look), style=_STYLES[clause.kind])
            table.add_row(Padding(Text(clause.text.strip()), (0, 0, 0, 2)), who)
    console.print(table)
    if composed.prompt.left_out:
        what = "; ".join(ban.what for ban in composed.prompt.left_out)
        print(f"\nLeft out, since this picture could not show it: {what}")


def _who(clause: Clause, look: str) -> str:
    """Say who wrote a clause: its place if it has one, and its key; the look's own ones short."""
    if clause.kind == "card":
        return f"worded for {clause.key}"
    key = {"input": f"input {clause.key}", "axis": f"axis {clause.key}"}.get(
        clause.kind, clause.key
    )
    if clause.place is None:
        return key
    file = near(Path(clause.place.file))
    name = file.name if file.is_absolute() else file
    own = key.replace(f"style.looks.{look}.", "look.", 1)
    return f"{name}:{clause.place.line}  {own}"


def explained(composed: Composed) -> dict[str, Any]:
    """Return the same as plain data."""
    return {
        "clauses": [clause.as_dict() for clause in composed.clauses],
        "left_out": [ban.what for ban in composed.prompt.left_out],
    }


def beside(composed: Composed) -> dict[str, Any]:
    """Return what a model is told beside the words; a sketch repeats the words, as data."""
    card = composed.model.card
    told = {parameter for name, parameter in card.native.items() if name in _BESIDE}
    sketch = "sections" in card.native
    native = composed.wording.native
    return {} if sketch else {name: native[name] for name in native if name in told}


def compared(one: Composed, other: Composed) -> list[dict[str, Any]]:
    """Return the sections, and the fields beside the words, in which two prompts differ."""
    return list(_changes(one, other))


def _changes(one: Composed, other: Composed) -> Iterator[dict[str, Any]]:
    before, after = ({item.name: item.text for item in each.sections} for each in (one, other))
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield {"section": name, "before": before.get(name, ""), "after": after.get(name, "")}
    was, now = (beside(each) for each in (one, other))
    for name in dict.fromkeys((*was, *now)):
        if was.get(name) != now.get(name):
            yield {"field": name, "before": was.get(name), "after": now.get(name)}


def print_comparison(one: Composed, other: Composed) -> None:
    """Print what differs between two prompts, section by section."""
    from rich.text import Text

    from promptkit.prompt.forms import label

    console = console_of()
    changes = compared(one, other)
    for name, before, after in _named(one, other):
        console.print(
            Text(f"{name}: ") + Text(f"− {before}  ", "red") + Text(f"+ {after}", "green")
        )
    if not changes:
        print("The words are the same.")
    for change in changes:
        title = label(change["section"]) if "section" in change else f"[{change['field']}]"
        console.print(Text(f"\n{title}", style="bold"))
        for line in _lines(change["before"], change["after"]):
            console.print(line, soft_wrap=True)


def _named(one: Composed, other: Composed) -> Iterator[tuple[str, str, str]]:
    """Yield what the two prompts are made with, where that differs."""
    for name, before, after in (
        ("Brand", one.prompt.source.brand, other.prompt.source.brand),
        ("Look", one.prompt.source.look, other.prompt.source.look),
        ("Model", str(one.model), str(other.model)),
    ):
        if before != after:
            yield name, before, after


def _lines(before: Any, after: Any) -> Sequence[Any]:
    """Return a change as lines: word by word where most stayed, else the old and the new."""
    from rich.text import Text

    from promptkit.template.word_diff import word_diff

    if isinstance(before, str) and isinstance(after, str) and before and after:
        words = SequenceMatcher(None, before.split(), after.split(), autojunk=False)
        if words.ratio() >= _ALIKE:
            line = Text(f"  {word_diff(before, after)}")
            line.highlight_regex(r"\[-.*?-\]", "red")
            line.highlight_regex(r"\{\+.*?\+\}", "green")
            return [line]
    signs = (("−", "red", before), ("+", "green", after))
    return [Text(f"  {sign} {_plain(value)}", style=style) for sign, style, value in signs if value]


def print_beside(composed: Composed) -> None:
    """Print what a model is told beside the words."""
    for name, value in beside(composed).items():
        print(f"[{name}] {_plain(value)}")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
