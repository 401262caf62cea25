"""Profiles that build on others: merged key by key, each value with the file that wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_origin

from pydantic import BaseModel

from promptkit.brand.long_form import LongForm, long_form
from promptkit.brand.paths import dotted
from promptkit.documents import Document
from promptkit.errors import BrandError, Finding, Place, nearest
from promptkit.shapes import Key, Path_, annotation_at, models_of

#: What each profile says of itself alone.
OWN = ("extends", "id", "version", "status")


@dataclass(frozen=True)
class Merged(Document):
    """A profile's data over that of its parents. ``file`` is the profile's own."""

    parents: tuple[Document, ...] = ()
    owners: dict[Path_, tuple[Document, Path_]] = field(default_factory=dict, repr=False)

    def owner(self, path: Iterable[Key]) -> tuple[Document, Path_]:
        """Return the profile that wrote a value, and the value's path there.

        Where nobody wrote it, that of its nearest group that somebody wrote.
        """
        at = tuple(path)
        end = next(end for end in range(len(at), -1, -1) if at[:end] in self.owners)
        document, there = self.owners[at[:end]]
        return document, (*there, *at[end:])

    def place(self, path: Iterable[Key] = ()) -> Place:
        """Return the place of a value in the file that wrote it."""
        document, there = self.owner(path)
        return document.place(there)

    def written(self, path: Iterable[Key]) -> Path_:
        """Return the steps of a path as the file that wrote the value has them."""
        document, there = self.owner(path)
        return document.written(there)


def owner(document: Document, path: Path_) -> Document:
    """Return the document that wrote a value."""
    return document.owner(path)[0] if isinstance(document, Merged) else document


def merge(model: type[BaseModel], documents: Sequence[Document]) -> Merged:
    """Merge a profile, which is the first, with its parents, the farthest of which is the last.

    Raises:
        BrandError: with what cannot be added or removed, each with line and fix.
    """
    merging = _Merging(model)
    for document in reversed(documents):
        merging.add(document)
    if merging.findings:
        raise BrandError(merging.findings)
    first, *parents = documents
    data, owners = merging.data, merging.owners
    return Merged(first.file, data, first.marks, first.lines, parents=tuple(parents), owners=owners)


@dataclass(frozen=True)
class _At:
    """One group while it is merged: its path in the result, in the long form, in the file."""

    path: Path_ = ()
    long: Path_ = ()
    source: Path_ = ()


class _Merging:
    """The result so far, to which one profile after the other is added."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.data: dict[str, Any] = {}
        self.owners: dict[Path_, tuple[Document, Path_]] = {}
        self.findings: list[Finding] = []
        self._model = model
        self._document = Document("", None, {}, ())
        self._form = LongForm()

    def add(self, document: Document) -> None:
        """Lay a profile over what there is."""
        for key in OWN:
            self._forget(self.data.pop(key, None), (key,))
        self._document = document
        self._form = long_form(self._model, document.data, self.data)
        self.owners[()] = (document, ())
        if self.data:
            self._merge(self.data, self._form.data, _At())
        else:
            self.data = self._form.data
            self._record(self.data, (), ())

    def _merge(self, old: dict[str, Any], new: Mapping[str, Any], at: _At) -> None:
        for key, value in new.items():
            name = key.removeprefix("+") if adds(self._model, at.path, key) else key
            long = (*at.long, key)
            source = self._form.written.get(long, (*at.source, key))
            there = _At((*at.path, name), long, source)
            if key != name and name in new:
                self._fault(
                    "both", f"`{name}` and `{key}` stand side by side", there, "keep one of the two"
                )
            elif key != name:
                self._append(old, name, value, there)
            elif value is None:
                self._remove(old, name, there)
            elif isinstance(value, Mapping):
                self._deepen(old, name, value, there)
            else:
                self._replace(old, name, value, there)

    def _deepen(self, old: dict[str, Any], name: str, value: Mapping[str, Any], at: _At) -> None:
        if not isinstance(old.get(name), dict):
            self._replace(old, name, {}, at)
        self.owners[at.path] = (self._document, at.source)
        self._merge(old[name], value, at)

    def _replace(self, old: dict[str, Any], name: str, value: Any, at: _At) -> None:
        self._refuse_plus(value, at)
        self._forget(old.get(name), at.path)
        old[name] = value
        self._record(value, at.path, at.source)

    def _append(self, old: dict[str, Any], name: str, value: Any, at: _At) -> None:
        below = old.get(name)
        plus = f"`+{name}` adds to a list"
        if isinstance(value, Mapping) or isinstance(below, Mapping):
            fix = f"write `{name}` without the plus: groups are merged key by key anyway"
            self._fault("plus", f"{plus}, and `{name}` is a group of keys", at, fix)
        elif not isinstance(value, list):
            fix = f"write what is added as a list: +{name}: [ … ]"
            self._fault("plus", f"{plus}, and what stands here is none", at, fix)
        elif below is not None and not isinstance(below, list):
            fix = f"write `{name}` without the plus, which replaces it"
            self._fault("plus", f"{plus}, and `{name}` is a single value", at, fix)
        else:
            self._refuse_plus(value, at)
            self.owners.setdefault(at.path, (self._document, at.source))
            before = below or []
            old[name] = [*before, *value]
            for number, item in enumerate(value):
                self._record(item, (*at.path, len(before) + number), (*at.source, number))

    def _remove(self, old: dict[str, Any], name: str, at: _At) -> None:
        groups = list(models_of(annotation_at(self._model, at.path[:-1])))
        if name in old:
            self._forget(old.pop(name), at.path)
        elif groups and not any(name in group.model_fields for group in groups):
            old[name] = None  # for the validation to report: there is no such key
        elif not groups:
            near = nearest(name, old)
            message = f"`{dotted(at.source)}` is null, and there is nothing that it could remove"
            fix = f"did you mean “{near}”?" if near else "leave it out"
            self._fault("nothing-to-remove", message, at, fix)
        self.owners[at.path] = (self._document, at.source)

    def _refuse_plus(self, value: Any, at: _At) -> None:
        fix = "a list that stands here replaces the parent's; leave out the plus"
        self.findings += plus_keys(self._model, value, at.path, self._document, at.source, fix)

    def _record(self, value: Any, path: Path_, source: Path_) -> None:
        """Note who wrote a value, and all that stands in it."""
        self.owners[path] = (self._document, source)
        for key, item in _items(value):
            self._record(item, (*path, key), (*source, key))

    def _forget(self, value: Any, path: Path_) -> None:
        self.owners.pop(path, None)
        for key, item in _items(value):
            self._forget(item, (*path, key))

    def _fault(self, rule: str, message: str, at: _At, fix: str) -> None:
        place = self._document.place(at.source)
        self.findings.append(Finding(rule, message, place=place, fix=fix))


def adds(model: type[BaseModel], path: Path_, key: str) -> bool:
    """Tell whether a key of the group at a path means an addition: a plus before a known key.

    Under a free name, as that of a channel, a plus is part of the name, unless lists stand there.
    """
    if not key.startswith("+"):
        return False
    if any(models_of(annotation_at(model, path))):
        return True
    return get_origin(annotation_at(model, (*path, key))) is list


def plus_keys(
    model: type[BaseModel], value: Any, path: Path_, document: Document, source: Path_, fix: str
) -> list[Finding]:
    """Return a finding for each ``+key`` in a value that has nothing to be added to.

    Args:
        model: what the whole data shall become.
        value: a part of the data, in its long form.
        path: where that part stands in the data.
        document: the file that wrote it.
        source: where it stands in the file.
        fix: what the author may do.
    """
    found: list[Finding] = []
    for key, item in _items(value):
        if isinstance(key, str) and key.startswith("+"):
            groups = models_of(annotation_at(model, path))
            if any(key.removeprefix("+") in group.model_fields for group in groups):
                message = f"there is nothing that `{key}` could add to"
                place = document.place((*source, key))
                found.append(Finding("plus", message, place=place, fix=fix))
        found += plus_keys(model, item, (*path, key), document, (*source, key), fix)
    return found


def _items(value: Any) -> list[tuple[Key, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []
