"""What a project may set in ``promptkit.yaml``, section by section. Everything has a default."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from promptkit.documents import Strict
from promptkit.errors import unknown
from promptkit.model.catalog import dialects
from promptkit.rules import Ignores

FILE = "promptkit.yaml"
COMP = "comp"

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
        if value not in dialects():
            message, fix = unknown("dialect", value, dialects())
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


class AuditSettings(Strict):
    """How pictures are audited."""

    lettering: bool = True
    """Whether lettering is looked for, where the extra `ocr` is installed: half a second each."""


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
    audit: AuditSettings = AuditSettings()
    observe: ObserveSettings = ObserveSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
