"""What a reader finds in a file, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from promptkit.brand.files import named_files
from promptkit.brand.importers.source import Source
from promptkit.brand.paths import dotted
from promptkit.errors import Finding


@dataclass(frozen=True)
class Report:
    """What an import did, in sentences for the people who look after the brand."""

    taken: tuple[str, ...]
    dropped: tuple[str, ...]
    to_add: tuple[str, ...]


@dataclass(frozen=True)
class Imported:
    """A profile read from another format."""

    format: str
    """The format's short name: brand.yml, design-tokens, ase, aco, adcp, style-list."""
    data: dict[str, Any]
    """The profile, as `parse_brand` reads it."""
    report: Report
    findings: tuple[Finding, ...] = ()
    """What a person should look at in the files."""

    def beside(self, profile: Path) -> Imported:
        """Return the same, telling which files the profile lacks where it is to be written."""
        named = {path: dotted(at) for at, path in reversed([*named_files(self.data)])}
        lacking = tuple(
            f"put {path} at {profile.parent / path}: `{key}` names it, and without it the profile"
            " cannot be used; or delete that entry"
            for path, key in reversed(named.items())
            if not (profile.parent / path).is_file()
        )
        report = replace(self.report, to_add=(*lacking, *self.report.to_add))
        return replace(self, report=report)


@dataclass(frozen=True)
class Swatch:
    """One colour of a file."""

    name: str
    """As the file calls it; empty when it has no name."""
    value: str
    """`#RRGGBB`."""
    group: str = ""
    """The folder it lies in, which tells apart two colours of one name."""
    describe: str = ""
    """What it looks like, where the file says so."""
    cmyk: str | None = None
    """Cyan, magenta, yellow and black in percent, where the file gives print values."""


@dataclass(frozen=True)
class Font:
    """One typeface of a file."""

    use: str
    """What the file uses it for: "headings", "body"."""
    family: str
    weight: int | str | None = None
    source: str = ""
    """Where it comes from: "google"."""


@dataclass(frozen=True)
class Logo:
    """One logo file that the source names; the file itself is not at hand."""

    id: str
    path: str
    background: str = "any"


@dataclass(frozen=True)
class Found:
    """Everything that a reader took from a file."""

    swatches: tuple[Swatch, ...] = ()
    name: str = ""
    roles: Mapping[str, int] = field(default_factory=dict)
    """The roles that the file itself gives, each with its colour's place among the swatches."""
    nicknames: tuple[tuple[str, int], ...] = ()
    """Second names of colours, which may tell their roles."""
    fonts: tuple[Font, ...] = ()
    logos: tuple[Logo, ...] = ()
    profile: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of the profile, in its own form."""
    overlay: Mapping[str, Any] = field(default_factory=dict)
    """Keys of a profile that the file keeps for us: they win over everything else."""
    whole: Mapping[str, Any] | None = None
    """A whole profile that was once exported: nothing else counts."""
    taken: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    to_add: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """A format that can be read."""

    name: str
    title: str
    """As people know it."""
    sign: str
    """What tells it apart, for the message about unknown files."""
    matches: Callable[[Source], bool]
    read: Callable[[Source], Found]
