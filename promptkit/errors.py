"""The error tree, and the findings that errors and checks are made of.

::

    PromptkitError                      exit code
    ├── InputError                      2   a file, a brief or a setting is wrong
    │   ├── BrandError                      a brand profile
    │   ├── TemplateError                   a template
    │   ├── BriefError                      the inputs given to a template
    │   ├── SettingsError                   promptkit.yaml, a flag or a variable
    │   └── ModelError                      unknown, shut down, or cannot do what was asked
    ├── ProviderError                   3   the provider or the network said no
    │   ├── RefusedError                    content policy
    │   ├── RateLimitedError                too fast; may be sent again later
    │   ├── UnreachableError                nothing was sent; may be sent again
    │   └── UnusableError                   answered, perhaps billed, but not with a picture
    ├── BudgetError                     4   our own budget would be exceeded
    ├── QuotaError                      4   the provider's quota or credit is used up
    ├── InDoubtError                    5   sent, no answer: it may have been billed
    └── StoreError                      2   the picture store or the ledger cannot be trusted
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from decimal import Decimal

Severity = Literal["error", "warning", "advice"]

MAX_FINDINGS = 100
"""Findings that one error tells of: nobody reads more of them at once."""
_LONGEST = 2_000
_LISTED = 60
_COMPARED = 100
_LONGEST_COMPARED = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file, its line and column (both from 1), and that line's text."""

    file: str
    line: int | None = None
    column: int | None = None
    text: str | None = None

    def __str__(self) -> str:
        """Return ``file:line:column``, as editors and terminals link it."""
        column = self.column if self.line else None
        return ":".join(str(part) for part in (self.file, self.line, column) if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or could be better: what, where, and how to mend it."""

    rule: str
    message: str
    severity: Severity = "error"
    place: Place | None = None
    fix: str | None = None

    def __post_init__(self) -> None:
        """Cut off what nobody reads: a finding may quote a text of any length."""
        object.__setattr__(self, "message", shortened(self.message, _LONGEST))
        if self.fix:
            object.__setattr__(self, "fix", shortened(self.fix, _LONGEST))

    def __str__(self) -> str:
        """Return the finding as a person reads it: place, message, the line itself, the fix."""
        lines = [f"{self.place}: {self.message}" if self.place else self.message]
        if self.place and self.place.text:
            lines.append(f"    {self.place.text.strip()}")
        if self.fix:
            lines.append(f"  → {self.fix}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON data, empty parts left out."""
        data: dict[str, Any] = {
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message,
        }
        if self.place:
            data["file"] = self.place.file
            data |= {
                key: value
                for key, value in (("line", self.place.line), ("column", self.place.column))
                if value
            }
        if self.fix:
            data["fix"] = self.fix
        return data


class PromptkitError(Exception):
    """Everything promptkit raises on purpose. ``fix`` says what to do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        """Return the message, then the fix on a line of its own."""
        return f"{self.message}\n  → {self.fix}" if self.fix else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with all fields, so that errors cross process borders whole."""
        return _rebuild, (type(self), self.args, self.__dict__)

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain JSON data."""
        return {"error": type(self).__name__, "message": self.message} | (
            {"fix": self.fix} if self.fix else {}
        )


def _rebuild(
    kind: type[PromptkitError], args: tuple[Any, ...], fields: dict[str, Any]
) -> PromptkitError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


class InputError(PromptkitError):
    """Something a person wrote is wrong; ``findings`` names every fault, not only the first."""

    exit_code = 2
    findings: tuple[Finding, ...]

    def __init__(self, what: str | Finding | Iterable[Finding], *, fix: str | None = None) -> None:
        if isinstance(what, str):
            what = Finding("input", what, fix=fix)
        found = (what,) if isinstance(what, Finding) else what
        self.findings = tuple(islice(found, MAX_FINDINGS))
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain JSON data, each finding by itself."""
        return {
            "error": type(self).__name__,
            "message": self.message,
            "findings": [finding.as_dict() for finding in self.findings],
        }


class BrandError(InputError):
    """A brand profile cannot be found or read."""


class TemplateError(InputError):
    """A template cannot be found, read or rendered."""


class BriefError(InputError):
    """The inputs do not fit the template: missing, unknown or of the wrong type."""


class SettingsError(InputError):
    """``promptkit.yaml``, a flag or a ``PROMPTKIT_*`` variable is wrong, or a key is missing."""


class ModelError(InputError):
    """A model is unknown, has been shut down, or cannot do what was asked of it."""


class ProviderError(PromptkitError):
    """The provider or the network said no.

    ``status`` is the HTTP status, ``code`` the provider's own error code, ``request_id`` what
    its support asks for, ``retry_after`` in seconds. ``safe_to_retry`` is true only when the
    same request may be sent again without any danger of paying twice.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        fix: str | None = None,
        provider: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        safe_to_retry: bool = False,
    ) -> None:
        super().__init__(message, fix=fix)
        self.provider = provider
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.safe_to_retry = safe_to_retry

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain JSON data with the provider's own identifiers."""
        fields = ("provider", "status", "code", "request_id", "retry_after")
        return super().as_dict() | {
            name: value for name in fields if (value := getattr(self, name)) not in (None, "")
        }


class RefusedError(ProviderError):
    """Content policy: never retried unchanged. ``stage`` is ``input`` or ``output`` where known.

    ``section`` is the section of the prompt to look at first, where somebody has looked for it.
    """

    section: str | None = None
    answer: Any = None
    """What was billed although it only says no: a chat model's answer, with its count of tokens."""

    def __init__(
        self, message: str, *, stage: str | None = None, categories: Iterable[str] = (), **rest: Any
    ) -> None:
        super().__init__(message, **rest)
        self.stage = stage
        self.categories = tuple(categories)

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain JSON data with the stage and the categories of the refusal."""
        parts = {
            "stage": self.stage,
            "categories": list(self.categories),
            "section": self.section,
        }
        return super().as_dict() | {name: value for name, value in parts.items() if value}


class RateLimitedError(ProviderError):
    """Too many requests; wait ``retry_after`` seconds and send again.

    ``hold`` is for how many seconds the provider wants a lower rate.
    """

    def __init__(self, message: str, *, hold: float = 0.0, **rest: Any) -> None:
        super().__init__(message, **({"safe_to_retry": True} | rest))
        self.hold = hold


class UnreachableError(ProviderError):
    """The provider could not be reached, so nothing was sent and nothing billed."""

    def __init__(self, message: str, **rest: Any) -> None:
        super().__init__(message, **({"safe_to_retry": True} | rest))


class UnusableError(ProviderError):
    """An answer came, and may be billed, but it holds no picture that can be kept."""


class BudgetError(PromptkitError):
    """The next picture could exceed the budget, so it was not asked for.

    ``period`` is the limit's: run, day or month; ``brand`` the one it holds for, if not for all.
    ``held`` is what so many ``calls`` under way hold of it, in USD, where the picture could be
    asked for once they cost less than that; 0 where the money is spent.
    """

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        period: str = "",
        brand: str = "",
        held: Decimal | int = 0,
        calls: int = 0,
        **rest: Any,
    ) -> None:
        super().__init__(message, **rest)
        self.period = period
        self.brand = brand
        self.held = held
        self.calls = calls


class QuotaError(ProviderError):
    """The provider's quota, credit or spend limit is used up; sending again is in vain."""

    exit_code = 4


class InDoubtError(ProviderError):
    """Sent, but no answer came: the picture may have been billed. Never sent again silently."""

    exit_code = 5


class StoreError(PromptkitError):
    """The picture store or the ledger cannot be read, or holds what promptkit never wrote."""

    exit_code = 2


def shortened(text: str, most: int) -> str:
    """Return a text of so many characters at most, with “…” where its end is cut off."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``name``, or ``None`` when none is near.

    Of very many names only some are compared, those with the same first letter before others.
    """
    if len(name) > _LONGEST_COMPARED:
        return None
    some = [known_name for known_name in known if len(known_name) <= _LONGEST_COMPARED]
    if len(some) > _COMPARED:
        some = sorted(some, key=lambda other: other[:1] != name[:1])[:_COMPARED]
    names = {known_name.casefold(): known_name for known_name in some}
    found = get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def unknown(kind: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    """Return message and fix for a name that is not among the known ones."""
    names = sorted(known)
    near = nearest(name, names)
    some = ", ".join(shortened(known_name, _LONGEST_COMPARED) for known_name in names[:_LISTED])
    listed = f"known: {some or 'none'}{' …' if len(names) > _LISTED else ''}"
    hint = f"did you mean “{near}”?" if near else ""
    fix = hint if near and len(names) > 12 else f"{hint} {listed}".strip()
    return f"there is no {kind} “{shortened(name, 4 * _LONGEST_COMPARED)}”", fix
