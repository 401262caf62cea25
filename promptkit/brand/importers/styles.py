"""Style lists as looks: a profile that builds on a brand and adds the looks to it.

The brand's own file stays as it is. Were the looks its parent instead, the brand's `avoid` would
replace theirs, its one line of `style` would rewrite the first of them, and a brand that has a
parent could take none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from promptkit.brand.check import check_brand
from promptkit.brand.importers.found import Imported, Report
from promptkit.brand.importers.naming import clean, listed, number_of, numbered, slug
from promptkit.brand.importers.source import fault
from promptkit.brand.importers.style_lists import Style, read_styles
from promptkit.brand.importers.style_looks import look_of
from promptkit.brand.importers.style_words import Words, needs_subject, words_against, words_for
from promptkit.brand.importers.write import to_yaml
from promptkit.brand.loading import BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError, Finding, unknown

#: What the reader of profiles says of one that holds too much.
_TOO_MUCH = ("too-large", "too-many", "value")
#: Names of artists and studios, whose manner may be theirs alone.
_BORROWED = re.compile(
    r"(?:^|, |')by [a-z]|\b(?:art|photos?|photograph(?:y|ed)?|painted|painting|drawn|created"
    r"|inspired|illustrated|illustration|designed) by\b|\bstyle of\b|\breminiscent of\b"
    r"|\b(?:disney|pixar|ghibli|dreamworks|marvel|nintendo)\b",
    re.IGNORECASE,
)


@dataclass
class _Looks:
    """The looks so far, and what became of each style."""

    taken: frozenset[str]
    """Names that the brand's own looks have."""
    looks: dict[str, dict[str, Any]] = field(default_factory=dict)
    avoid: dict[str, dict[str, Any]] = field(default_factory=dict)
    words: list[Words] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    wordless: list[str] = field(default_factory=list)
    bans: list[str] = field(default_factory=list)
    """Styles that say only what to keep out."""
    hanging: list[str] = field(default_factory=list)
    """Looks whose words stood round the subject."""
    columns: dict[str, None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    _first: dict[str, Style] = field(default_factory=dict)

    def add(self, style: Style) -> None:
        """Make a look of a style, unless it shows nothing."""
        self.columns |= dict.fromkeys(style.rest)
        if not (style.prompt.strip() or style.negative.strip()):
            self.headings.append(style.name)
            return
        shown, against = words_for(style.prompt), words_against(style.negative)
        self.words += [shown, against]
        if not shown.phrases:
            (self.bans if against.phrases else self.wordless).append(style.name)
        elif key := self._key(style):
            self.looks[key] = look_of(shown.phrases)
            self.hanging += [key] if needs_subject(style.prompt) else []
            for what in against.phrases:
                item = self.avoid.setdefault(what.casefold(), {"what": what, "looks": []})
                item["looks"].append(key)

    def _key(self, style: Style) -> str:
        """Return the look's name, none like another; empty for a style that was read before."""
        base = slug(style.name).removeprefix("color-x-") or "look"
        first = self._first.setdefault(base, style)
        if first is not style and (first.prompt, first.negative) == (style.prompt, style.negative):
            message = f"“{style.name}” stood on {first.place} already, and was taken once"
            self._warn("repeated-style", style, message, "delete one of the two")
            return ""
        key = next(
            name
            for name in chain([base], numbered(base))
            if name not in self.looks and name not in self.taken
        )
        if key != base:
            other = f"on {first.place}" if first is not style else "here"
            other = "in the brand" if base in self.taken else other
            message = f"there is a look “{base}” {other} already, so this one is called “{key}”"
            self._warn("name-taken", style, message, "give it a name of its own in the list")
        return key

    def _warn(self, rule: str, style: Style, message: str, fix: str) -> None:
        self.findings.append(Finding(rule, message, "warning", style.place, fix))


def import_styles(
    lists: Sequence[Path],
    brand: Brand,
    target: Path,
    library: BrandLibrary,
    *,
    only: Sequence[str] = (),
    name: str | None = None,
) -> Imported:
    """Read style lists as looks of a brand: a profile that builds on it, to be kept in ``target``.

    Args:
        lists: The files, each at most 2 MB.
        brand: The brand that gets the looks.
        target: Where the profile will lie; its stem is the profile's id. Nothing is written.
        library: Where the profile's parents are found.
        only: The names of the styles to take; all when empty.
        name: The profile's name; when empty, the brand's own goes on.

    Raises:
        BrandError: a list has faults, lacks a wanted style, holds no look, or more than a brand
            can have; or the brand cannot be built on from there.
    """
    found = _Looks(frozenset(brand.style.looks))
    styles = [style for path in lists for style in read_styles(path)]
    for style in _chosen(styles, only):
        found.add(style)
    if not found.looks:
        raise fault(lists[0], "no-looks", *_NO_LOOKS)
    data = _profile(found, brand, target, library, name)
    imported = Imported("style-list", data, _report(found, brand, target), tuple(found.findings))
    try:
        made = library.parse(to_yaml(imported), str(target))
    except BrandError as error:
        first = error.findings[0]
        if first.rule not in _TOO_MUCH:
            raise
        message = f"{len(found.looks):,} looks are too many for one brand ({first.message})"
        fix = f'take some of them, as in --only "{styles[-1].name}"'
        raise fault(lists[0], "too-many-looks", message, fix) from None
    return replace(imported, findings=(*imported.findings, *_against(made, target)))


def _chosen(styles: Sequence[Style], only: Sequence[str]) -> list[Style]:
    """Return the wanted styles; capitals and signs of their names do not matter."""
    known = {slug(style.name) or style.name: style.name for style in styles}
    wanted = {slug(name) or name: name for name in only}
    missing = [name for key, name in wanted.items() if key not in known]
    if missing:
        said = (unknown("style", name, known.values()) for name in missing)
        raise BrandError(Finding("unknown-style", message, fix=fix) for message, fix in said)
    return [style for style in styles if not only or (slug(style.name) or style.name) in wanted]


def _against(brand: Brand, target: Path) -> Iterator[Finding]:
    """Yield where a new look asks for what the brand, or its own style, keeps out."""
    for finding in check_brand(brand):
        here = finding.place and finding.place.file == str(target)
        if here and finding.rule == "look-against-avoid":
            yield finding


_NO_LOOKS = (
    "no style of this list says how a picture looks",
    "a look needs words of its own beside {prompt}, such as “soft daylight, matt finish”",
)


def _profile(
    found: _Looks, brand: Brand, target: Path, library: BrandLibrary, name: str | None
) -> dict[str, Any]:
    avoid = {"+avoid": list(found.avoid.values())} if found.avoid else {}
    return {
        "promptkit": "brand/v1",
        "extends": _extends(brand, target, library),
        "id": target.stem,
        "status": "draft",
        **({"name": name} if name else {}),
        "style": {"looks": found.looks},
        **avoid,
    }


def _extends(brand: Brand, target: Path, library: BrandLibrary) -> str:
    """Return how the profile names its parent: by name where that leads to it, else by path."""
    file = Path(brand.origin().file).resolve()
    known = library.paths().get(file.stem)
    if known and known.resolve() == file:
        return file.stem
    return Path(os.path.relpath(file, target.parent.resolve())).as_posix()


def _report(found: _Looks, brand: Brand, target: Path) -> Report:
    return Report(
        tuple(_taken(found)), tuple(_dropped(found)), tuple(_to_add(found, brand, target))
    )


def _taken(found: _Looks) -> Iterator[str]:
    yield f"{number_of(len(found.looks), 'look')}: {listed(list(found.looks))}"
    if found.avoid:
        count = number_of(len(found.avoid), "thing")
        yield f"{count} to avoid, each in the looks whose style kept it out"


def _dropped(found: _Looks) -> Iterator[str]:
    def of(part: str) -> list[str]:
        return list(dict.fromkeys(chain.from_iterable(getattr(item, part) for item in found.words)))

    rows = (
        (found.headings, "row", "a heading, without words"),
        (found.wordless, "style", "nothing in it that could be seen"),
        (found.bans, "style", "only what to avoid; write that under the brand's own `avoid`"),
        (of("commands"), "command", "only the tool it was written for obeys it"),
        (of("weighed"), "weight", "the words stay; models that read sentences take no weights"),
        (of("empty"), "phrase", "praise, or a drawing flaw, that such models need not be told"),
        (of("lettering"), "word", "every prompt keeps added lettering and watermarks out anyway"),
        (list(found.columns), "column", "a look has no place for it"),
    )
    for names, what, why in rows:
        if names:
            yield f"{number_of(len(names), what)} ({listed(names, 4)}): {why}"


def _to_add(found: _Looks, brand: Brand, target: Path) -> Iterator[str]:
    looks = found.looks
    yield (
        f"try the looks, as in --brand {target.stem} --look {next(iter(looks))}, and delete those"
        f" that are not {clean(brand.name)}'s"
    )
    if unlit := sum("lighting" not in look for look in looks.values()):
        yield f"write `lighting` for {number_of(unlit, 'look')} whose style says none of the light"
    if unsure := [key for key, look in looks.items() if "medium" not in look]:
        yield f"write `medium` (photo, illustration …) where no style says it: {listed(unsure)}"
    if found.hanging:
        yield f"read again, for their words stood round the subject: {listed(found.hanging)}"
    borrowed = [key for key, look in looks.items() if _BORROWED.search(str(look))]
    if borrowed:
        yield (
            "ask whether you may use the names of artists and studios, or take them out:"
            f" {listed(borrowed)}"
        )
    if any(not item.get("instead") for item in found.avoid.values()):
        yield "add `instead` to what matters under `+avoid`: models follow a wish better than a ban"
