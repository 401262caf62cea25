"""What an audit of a picture says: one check a rule, and never a bare number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from promptkit.documents import Strict

Status = Literal["pass", "fail", "skipped"]
Weight = Literal["must", "should", "info"]


class Check(Strict):
    """One rule, held against one picture."""

    rule: str
    """The rule's id: "accent-missing"."""
    status: Status
    """skipped: there was nothing to hold it against; the message says why."""
    severity: Weight
    """A `must` that fails makes the picture unfit, a `should` is advice, `info` only tells."""
    message: str
    """What was found, for a person: "no coral to be seen (0.2 %, wanted ≥ 2 %)"."""
    measured: float | str | None = None
    """The value that was measured; shares are 0–1, differences ΔE00, contrasts 1–21."""
    wanted: str = ""
    """What it should be, in the same unit: "≥ 0.02"."""
    hint: str = ""
    """What to do about it, in words that the next prompt can use."""
    where: str | None = None
    """The part of the picture that it is about: "upper left"."""


class Covered(Strict):
    """How much of the picture a colour of the palette covers."""

    name: str
    """The colour's name in the palette."""
    hex: str
    role: str
    share: float
    """The share of the picture's area, 0–1."""


class Stranger(Strict):
    """A strong colour of the picture that is none of the palette's."""

    hex: str
    name: str
    """The colour in words: "vivid violet"."""
    share: float
    """The share of the picture's area, 0–1."""
    where: str
    """Where most of it lies: "upper left"."""


class Audit(Strict):
    """What was found when a picture was held against its brand."""

    checks: list[Check]
    """What was checked, the gravest first."""
    brand: str = ""
    look: str = ""
    channel: str | None = None
    palette: list[Covered] = []
    """What each palette colour covers, the largest share first."""
    strangers: list[Stranger] = []
    """The strong colours that are not the brand's, the largest share first."""

    @property
    def failed(self) -> list[Check]:
        """The checks that failed, the gravest first."""
        return [check for check in self.checks if check.status == "fail"]

    @property
    def ok(self) -> bool:
        """Whether nothing failed that must hold."""
        return not any(check.severity == "must" for check in self.failed)

    def with_checks(self, checks: Iterable[Check]) -> Self:
        """Return the audit with more checks, as of a judge: the gravest stay first."""
        return self.model_copy(update={"checks": ranked([*self.checks, *checks])})


def ranked(checks: Iterable[Check]) -> list[Check]:
    """Return checks in the order in which a person wants them: what failed, the gravest first."""
    order = {"fail": 0, "pass": 1, "skipped": 2}
    weight = {"must": 0, "should": 1, "info": 2}
    return sorted(checks, key=lambda check: (order[check.status], weight[check.severity]))
