"""A project's settings: ``promptkit.yaml``, ``PROMPTKIT_*`` variables and flags, in rising order.

A project is the nearest folder upward that holds ``promptkit.yaml``, else the working folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from promptkit.documents import Document, Strict, read_yaml, scalar, validate
from promptkit.errors import Finding, Place, SettingsError, unknown
from promptkit.model.catalog import CARDS
from promptkit.rules import Ignores

FILE = "promptkit.yaml"
PREFIX = "PROMPTKIT_"
HOME = "PROMPTKIT_HOME"
#: How the command line logs: the process's own, not a project's.
LOG, LOG_FORMAT = "PROMPTKIT_LOG", "PROMPTKIT_LOG_FORMAT"
COMP = "comp"

#: What looks like a secret: a key by its form, by the name before it, or within an address.
_SECRETS = (
    (re.compile(r"\bsk-[\w-]{4,}"), "…"),
    (
        re.compile(r"(?i)((?:key|token|secret|password)\w*[\"']?\s*[:=]\s*)(?![A-Z_]+\b)[^\s,}]+"),
        r"\1…",
    ),
    (re.compile(r"://[^/\s@]+@"), "://…@"),
)
_THIS_MACHINE = re.compile(r"localhost|::1|127(?:\.\d{1,3}){3}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: A longer name that is not all in capitals is a key that somebody took for its variable.
_LONG_NAME = 30
_KEYS = ("sk-", "sk_")

FinalMode = Literal["refine", "regenerate"]


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        web = parts.scheme in ("http", "https") and bool(parts.hostname)
        secret = parts.username is not None or parts.password is not None
        bare = not (parts.query or parts.fragment) and (parts.port is None or parts.port > 0)
    except ValueError:
        web = secret = bare = False
    if secret:
        raise ValueError("an address holds no name and no password; use key_env")
    if value and not (web and bare):
        raise ValueError("must be a web address, like https://api.example.com/v1")
    return value.rstrip("/")


def _variable(value: str) -> str:
    key = len(value) > _LONG_NAME and value != value.upper()
    if value and (key or not _VARIABLE.fullmatch(value)):
        raise ValueError("must be the name of the variable that holds the key, not the key")
    return value


def _entry(value: str) -> str:
    service, slash, name = value.partition("/")
    if (value and not (service and slash and name)) or value.startswith(_KEYS):
        raise ValueError("must be service/name, as in `keyring set service name`, not the key")
    return value


WebAddress = Annotated[str, AfterValidator(_address)]
KeyVariable = Annotated[str, AfterValidator(_variable)]
KeyEntry = Annotated[str, AfterValidator(_entry)]


class PreviewTier(Strict):
    """How previews are made."""

    model: str = COMP
    quality: str = "low"
    n: int = Field(4, ge=1, le=50)
    """How many takes."""


class FinalTier(Strict):
    """How finals are made."""

    model: str = COMP
    quality: str = "high"
    from_preview: FinalMode = "refine"
    """`refine` sends the picked preview along; `regenerate` asks anew."""


class Tiers(Strict):
    """Previews and finals."""

    preview: PreviewTier = PreviewTier()
    final: FinalTier = FinalTier()


class LimitSettings(Strict):
    """What the provider allows."""

    per_minute: int | None = Field(None, ge=1)
    per_day: int | None = Field(None, ge=1)
    concurrency: int = Field(8, ge=1, le=256)


class TimeoutSettings(Strict):
    """Time limits in seconds."""

    connect: float = Field(5.0, gt=0)
    read: float = Field(600.0, gt=0)
    """How long an answer may pause."""
    total: float = Field(900.0, gt=0)
    """How long a whole call may take."""


class ProviderSettings(Strict):
    """One provider: where it is, where its key is found, what it speaks and allows."""

    type: Literal["openai", "comp"] = "openai"
    dialect: str = "openai"
    """The cards it speaks by: `openai`, `guide`, `local` or `comp`."""
    base_url: WebAddress = ""
    key_env: KeyVariable = ""
    """The variable that holds the key. A key never stands in a file."""
    key_keyring: KeyEntry = ""
    """The entry of the system's keyring, `service/name`, that holds it where no variable does."""
    limits: LimitSettings | None = None
    prices: dict[str, Decimal] = {}
    """What one picture costs in USD, by quality, where the service sets its own prices."""
    timeouts: TimeoutSettings = TimeoutSettings()
    delay_s: float = Field(0.0, ge=0)
    """For a comp: how long it takes to answer, in seconds."""
    answers: list[str | int] = []
    """For a comp: what it answers first, one for each call: ok, refuse, timeout, 503 …"""
    refuse: str | None = None
    """For a comp: refuse every prompt with this text in it."""

    @field_validator("dialect")
    @classmethod
    def _shipped(cls, value: str) -> str:
        known = [path.stem for path in CARDS.glob("*.yaml")]
        if value not in known:
            message, fix = unknown("dialect", value, known)
            raise ValueError(f"{message}; {fix}")
        return value

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.type == "openai" and not self.base_url:
            raise ValueError("base_url is missing: the address of the service, up to /v1")
        return self


class RewriterPrices(Strict):
    """What the text model costs, in USD per million tokens."""

    text_in: Decimal = Field(ge=0)
    out: Decimal = Field(ge=0)


class RewriterSettings(Strict):
    """A text model that may rewrite finished prompts; it is asked only where a call says so."""

    base_url: WebAddress
    """Where it is reached, up to `/v1`: https, or http on this machine."""
    model: str = Field(min_length=1)
    key_env: KeyVariable = ""
    """The variable that holds the key; none for a server that asks for none."""
    key_keyring: KeyEntry = ""
    """The entry of the system's keyring, `service/name`, that holds it where no variable does."""
    prices: RewriterPrices | None = None
    """What it costs. What costs nothing says `free: true` instead."""
    free: bool = False
    timeout: float = Field(120.0, gt=0)
    """How long it may take, in seconds."""
    temperature: float | None = Field(0.0, ge=0, le=2)
    """Null leaves it out, for models that take none."""
    out_max: int = Field(4000, ge=100, le=200_000)
    """The most tokens that it may write, its thoughts included."""
    out_max_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """How that is called on the wire."""

    @field_validator("base_url")
    @classmethod
    def _safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and not _THIS_MACHINE.fullmatch(parts.hostname or ""):
            raise ValueError("must begin with https:// (http:// is for this machine alone)")
        return value

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if not self.free and self.prices is None:
            raise ValueError(
                "its prices are missing: prices: {text_in: …, out: …} in USD per million tokens, "
                "or free: true"
            )
        return self


class JudgeSettings(RewriterSettings):
    """A vision model that answers a brand's yes-or-no questions; it is asked only by `judge`."""

    out_max: int = Field(2000, ge=100, le=200_000)
    """The most tokens that it may write, its thoughts included."""
    answers: Literal["json_schema", "json_object", "words"] = "json_schema"
    """How it is held to JSON, as far as its server knows: by a schema, as an object, or not."""


class SpendLimits(Strict):
    """The most that may be spent, in USD. Days and months are UTC's."""

    per_run: Decimal | None = Field(None, ge=0)
    per_day: Decimal | None = Field(None, ge=0)
    per_month: Decimal | None = Field(None, ge=0)


class BudgetSettings(SpendLimits):
    """The most that may be spent by all, and by one brand of all."""

    currency: Literal["USD"] = "USD"
    brands: dict[str, SpendLimits] = {}
    """Limits for one brand each, by its name; those for all hold besides."""


class LintSettings(Strict):
    """What the lint leaves out, and the words it knows beside the shipped ones."""

    ignore: Ignores = {}
    """Rules to leave out, each with the reason: {vague-word: "our slogan says nice"}."""
    words: str = ""
    """A file of words for the lint, in the project's folder."""


class ProvenanceSettings(Strict):
    """What finished files say of themselves, and what they are signed with."""

    prompt: bool = False
    """Whether they tell the prompt: it may name what is not launched yet."""
    certificate: str = ""
    """The certificate's file (PEM, the chain in it), relative to the project: files are signed."""
    key: str = ""
    """The private key's file (PEM), relative to the project; the key itself never stands here."""
    timestamp: WebAddress = ""
    """The address of an authority that confirms when a file was signed."""

    @field_validator("certificate", "key")
    @classmethod
    def _file(cls, value: str) -> str:
        if "-----BEGIN" in value:
            raise ValueError("this is a file's path: the certificate or key itself stands in it")
        return value


class ObserveSettings(Strict):
    """What logs, traces and observers are told."""

    prompts: bool = False
    """Whether that includes prompts, in full."""


class Settings(Strict):
    """What a project may set. Everything has a default."""

    promptkit: Literal["project/v1"] = "project/v1"
    brand: str = ""
    """The brand to take when none is named."""
    runs: str = "runs"
    """The folder of runs, relative to the project."""
    tiers: Tiers = Tiers()
    providers: dict[str, ProviderSettings] = {}
    budget: BudgetSettings = BudgetSettings()
    rewriter: RewriterSettings | None = None
    judge: JudgeSettings | None = None
    lint: LintSettings = LintSettings()
    observe: ObserveSettings = ObserveSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()


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
