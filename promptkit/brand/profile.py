"""The brand profile: one model, however short or long it was written."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from promptkit.brand.areas import Area, Box
from promptkit.brand.avoid import Avoids
from promptkit.brand.channels import Channel, TextZone, TierWish
from promptkit.brand.checks import Checks, Governance, Learn
from promptkit.brand.content import Content, People, Subject
from promptkit.brand.look import Look, Style
from promptkit.brand.marks import Logo, LogoFile, Typeface, Typography
from promptkit.brand.merging import Merged
from promptkit.brand.names import unknown_names
from promptkit.brand.palette import Colors
from promptkit.brand.paths import keys_of
from promptkit.brand.voice import Identity, Tone
from promptkit.documents import Document, Strict
from promptkit.errors import MAX_FINDINGS, BrandError, Finding, Place, unknown
from promptkit.faults import Faults
from promptkit.shapes import Path_

__all__ = [
    "Area",
    "Box",
    "Brand",
    "Channel",
    "Logo",
    "LogoFile",
    "People",
    "Subject",
    "TextZone",
    "Typeface",
    "Typography",
]


class Brand(Strict):
    """A brand profile. Three words carry it: colors, tone, style."""

    promptkit: Literal["brand/v1"] = "brand/v1"
    """The kind of file this is."""
    extends: str = Field("", exclude=True)
    """The profile that this one builds on: a brand's name, or the path of its file."""
    id: str = ""
    """The brand's short name; the file's name when empty."""
    version: int = Field(1, ge=1)
    """Bumped on every published change."""
    status: Literal["draft", "published", "retired"] = "published"
    """draft: in the making; published: in use; retired: kept for old pictures."""
    name: str = Field(min_length=1)
    """The brand's name, as people write it."""
    identity: Identity = Identity()
    """Who the brand is."""
    colors: Colors
    """The palette and its rules."""
    tone: Tone = Tone()
    """How the brand speaks, as far as it shapes a picture."""
    style: Style
    """How its pictures look."""
    avoid: Avoids = []
    """What to keep out of every picture."""
    typography: Typography = Typography()
    """Its typefaces."""
    logo: Logo = Logo()
    """Its logo, and the room kept free for it."""
    subjects: dict[str, Subject] = {}
    """Recurring things: products, standard rooms."""
    people: People = People()
    """Who may be seen, and how."""
    content: Content = Content()
    """What must never be shown, and what the law asks for."""
    channels: dict[str, Channel] = {}
    """Where pictures appear."""
    tiers: dict[Literal["preview", "final"], TierWish] = {}
    """What the brand wishes for previews and for finals."""
    learn: Learn = Learn()
    """What feedback may change."""
    checks: Checks = Checks()
    """How finished pictures are judged."""
    governance: Governance = Governance()
    """Who answers for the profile."""

    _document: Document | None = PrivateAttr(None)
    _written_paths: dict[Path_, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        if faults := [*islice(unknown_names(self), MAX_FINDINGS)]:
            raise Faults(faults)
        return self

    @property
    def folder(self) -> Path:
        """Where the profile's files lie: paths in it are relative to this folder."""
        return Path(self.file).parent

    @cached_property
    def file(self) -> str:
        """The file that it was read from; empty when there is none."""
        return self._document.file if self._document else ""

    @property
    def document(self) -> Document | None:
        """The file this profile was read from, with the place of each key."""
        return self._document

    @property
    def parents(self) -> tuple[Path, ...]:
        """The files of the profiles that this one builds on, the nearest first."""
        if not isinstance(self._document, Merged):
            return ()
        return tuple(Path(document.file) for document in self._document.parents)

    def origin(self, path: str | Path_ = ()) -> Place:
        """Return where a value was written: the file, line and column of the profile that did.

        A value that nobody wrote has the place of its nearest group that somebody did.

        Args:
            path: the keys that lead to the value, with list items from 0; or a dotted path as
                `origins` writes it, with list items from 1: ``avoid[1].what``.
        """
        if self._document is None:
            return Place("")
        return self._document.place(keys_of(path) if isinstance(path, str) else path)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the normalised profile: equal for the short and the long form."""
        text = json.dumps(self.with_written_paths(self.as_data), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def with_written_paths(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the profile's data with the paths of files as each profile wrote its own.

        In ``as_data`` the paths of a parent in another folder lead from this profile's folder,
        and so they change when one of the folders is moved.
        """
        if not self._written_paths:
            return data
        data = deepcopy(data)
        for (*above, key), text in self._written_paths.items():
            here: Any = data
            for step in above:
                here = here[step]
            here[key] = text
        return data

    @cached_property
    def as_data(self) -> dict[str, Any]:
        """The profile as plain data, as templates see it."""
        return self.model_dump(mode="json")

    def look(self, name: str) -> Look:
        """Return a look by name.

        Raises:
            BrandError: there is no such look.
        """
        if name not in self.style.looks:
            message, fix = unknown("look", name, self.style.looks)
            raise BrandError(Finding("unknown-look", f"{self.id}: {message}", fix=fix))
        return self.style.looks[name]

    def channel(self, name: str) -> Channel:
        """Return a channel by name.

        Raises:
            BrandError: there is no such channel.
        """
        if name not in self.channels:
            message, fix = unknown("channel", name, self.channels)
            raise BrandError(Finding("unknown-channel", f"{self.id}: {message}", fix=fix))
        return self.channels[name]
