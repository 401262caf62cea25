"""A project: its folder, and the settings that its file, its variables and flags give it.

It is the nearest folder upward that holds ``promptkit.yaml``, else the working folder. Flags go
before ``PROMPTKIT_*`` variables, and those before the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from promptkit.documents import Document, read_yaml, scalar, validate
from promptkit.errors import Finding, Place, SettingsError, unknown
from promptkit.settings import COMP, FILE, Settings

PREFIX = "PROMPTKIT_"
HOME = "PROMPTKIT_HOME"
#: How the command line logs: the process's own, not a project's.
LOG, LOG_FORMAT = "PROMPTKIT_LOG", "PROMPTKIT_LOG_FORMAT"
#: What looks like a secret: a key by its form, by the name before it, or within an address.
_SECRETS = (
    (re.compile(r"\bsk-[\w-]{4,}"), "…"),
    (
        re.compile(r"(?i)((?:key|token|secret|password)\w*[\"']?\s*[:=]\s*)(?![A-Z_]+\b)[^\s,}]+"),
        r"\1…",
    ),
    (re.compile(r"://[^/\s@]+@"), "://…@"),
)
#: Variables that are no settings.
_OWN = (HOME, LOG, LOG_FORMAT)
#: Settings whose keys are names that the project chose.
_NAMED = ("providers", "brands")

#: Providers that are there without being set; what a project says is laid over them.
_BUILT_IN: dict[str, dict[str, Any]] = {
    COMP: {"type": "comp", "dialect": "comp"},
    "openai": {
        "type": "openai",
        "dialect": "openai",
        "base_url": "https://api.openai.com/v1",
        "key_env": "OPENAI_API_KEY",
    },
}


@dataclass(frozen=True)
class Project:
    """A project's folder with its settings."""

    root: Path
    settings: Settings
    home: Path
    """The state folder."""

    @property
    def runs(self) -> Path:
        """The folder of runs."""
        return self.root / self.settings.runs


def find_project(
    start: Path, config: Mapping[str, Any] | None = None, env: Mapping[str, str] | None = None
) -> Project:
    """Find the project that a folder belongs to, and read its settings.

    ``config`` holds flags by dotted path: ``{"tiers.preview.model": "comp"}``.

    Raises:
        SettingsError: with every fault of the file, else of the variables and the flags.
    """
    env = os.environ if env is None else env
    root = root_of(start.absolute())
    try:
        settings = _settings(root / FILE, env, config or {})
    except SettingsError as error:
        raise SettingsError(_hidden(finding) for finding in error.findings) from None
    home = Path(env[HOME]).expanduser().absolute() if env.get(HOME) else root / ".promptkit"
    return Project(root, settings, home)


def within(root: Path, file: str) -> Path:
    """Return the path of a file that a project's settings name: it lies in the project's folder.

    Raises:
        SettingsError: it lies elsewhere.
    """
    path = (root / file).resolve()
    if not path.is_relative_to(root.resolve()):
        fix = "copy the file into the project's folder, and write its path from there"
        message = f"{FILE} names a file outside of the project: {file}"
        raise SettingsError(Finding("outside", message, fix=fix))
    return path


def root_of(start: Path) -> Path:
    """Return the folder of the project that a folder belongs to."""
    return next((folder for folder in (start, *start.parents) if (folder / FILE).is_file()), start)


def _settings(file: Path, env: Mapping[str, str], config: Mapping[str, Any]) -> Settings:
    document = _read(file)
    data = _with_built_in(document.data)
    if document.data:
        validate(Settings, document, data, SettingsError)
    named = [*_from_env(data, env)]
    named += [(f"--config {path}", path, value) for path, value in config.items()]
    return _with_named(data, named)


def _with_named(data: dict[str, Any], named: list[tuple[str, str, Any]]) -> Settings:
    """Lay variables and flags over what the file says; a fault names the one that it comes from."""
    marks: dict[tuple[str | int, ...], tuple[int, int]] = {}
    for number, (_, path, value) in enumerate(named):
        steps = path.split(".")
        _put(data, steps, value)
        for end in range(1, len(steps)):
            marks.setdefault(tuple(steps[:end]), (number, 0))
        marks[tuple(steps)] = (number, 0)
    data = _with_built_in(data)
    try:
        return validate(Settings, Document("", data, marks, ()), data, SettingsError)
    except SettingsError as error:
        raise SettingsError(
            replace(finding, place=_source(finding.place, named)) for finding in error.findings
        ) from None


def _source(place: Place | None, named: list[tuple[str, str, Any]]) -> Place:
    return Place(named[(place.line or 1) - 1][0] if place else FILE)


def _hidden(finding: Finding) -> Finding:
    """Return a finding without anything that looks like a key: people do write them into files."""
    place = finding.place
    if place and place.text:
        place = replace(place, text=_without_secrets(place.text))
    fix = _without_secrets(finding.fix) if finding.fix else None
    return replace(finding, message=_without_secrets(finding.message), place=place, fix=fix)


def _without_secrets(text: str) -> str:
    for secret, instead in _SECRETS:
        text = secret.sub(instead, text)
    return text


def _read(path: Path) -> Document:
    if not path.is_file():
        return Document(str(path), {}, {}, ())
    document = read_yaml(path, SettingsError)
    if not isinstance(document.data or {}, dict):
        raise SettingsError(
            Finding(
                "settings",
                "settings are keys with values, like “brand: tidewell”",
                place=document.place(),
            )
        )
    return document


def _with_built_in(written: Any) -> dict[str, Any]:
    data: dict[str, Any] = deepcopy(written or {})
    providers = data.get("providers") or {}
    if isinstance(providers, dict):
        merged: dict[str, Any] = deepcopy(_BUILT_IN)
        for name, own in providers.items():
            own = {} if own is None else own
            if isinstance(own, dict):
                usual = {"dialect": COMP if own.get("type") == COMP else "openai"}
                own = merged.get(name, usual) | own
            merged[name] = own
        data["providers"] = merged
    return data


def _from_env(data: Mapping[str, Any], env: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
    """Yield variables with the settings they name: ``PROMPTKIT_TIERS_PREVIEW_MODEL`` and so on.

    An empty variable counts as not set: it would else take a budget away without a word.
    """
    known = {
        PREFIX + path.replace(".", "_").replace("-", "_").upper(): (path, words)
        for path, words in _paths(Settings, data)
    }
    faults = []
    for variable, value in env.items():
        if not variable.startswith(PREFIX) or variable in _OWN:
            continue
        if variable not in known:
            message, fix = unknown("setting for the variable", variable, [*known, *_OWN])
            faults.append(Finding("unknown-variable", message, fix=fix))
        elif value.strip():
            path, words = known[variable]
            yield variable, path, value if words else scalar(value.strip())
    if faults:
        raise SettingsError(faults)


def _paths(model: type[BaseModel], data: Any, before: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the dotted paths of all settings, the named ones as far as the data name them.

    With each: whether it is text, which is taken as it stands even when it looks like a number.
    """
    for name, info in model.model_fields.items():
        path = f"{before}{name}"
        inner = data.get(name) if isinstance(data, Mapping) else None
        nested = _model_of(info.annotation)
        if nested is None:
            yield path, info.annotation in (str, str | None)
        elif name in _NAMED:
            for key, value in (inner if isinstance(inner, Mapping) else {}).items():
                yield from _paths(nested, value, f"{path}.{key}.")
        else:
            yield from _paths(nested, inner, f"{path}.")


def _model_of(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *getattr(annotation, "__args__", ()))
    for item in candidates:
        if isinstance(item, type) and issubclass(item, BaseModel):
            return item
    return None


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for step in path[:-1]:
        inner = data.get(step)
        if not isinstance(inner, dict):
            inner = data[step] = {}
        data = inner
    data[path[-1]] = value
