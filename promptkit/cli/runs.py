"""What the verbs of pictures tell of a run."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit import errors
from promptkit.cli.output import money, near, paid, print_pairs

if TYPE_CHECKING:
    from promptkit.errors import Finding
    from promptkit.verdict import Audit
    from promptkit.workflow.shown import Image, Run

#: As much of an audit is told beside a picture; its record has all.
_TOLD = 2


def run_data(run: Run, one: Image | None = None) -> dict[str, Any]:
    """Return a run, or the one picture of it that was just drawn, as plain JSON data."""
    images = [one] if one else _images(run)
    failures = [] if one else run.failures
    return {
        "run": run.id,
        "sheet": run.sheet,
        "images": [_image_data(image) for image in images],
        "cost_usd": _cost(images) + _rewriting(images),
        "rewrite_usd": _rewriting(images),
        "findings": run.record.findings,
        "failures": [failure.model_dump(mode="json") for failure in failures],
        "picks": [pick.model_dump(mode="json") for pick in run.record.picks],
    }


def _image_data(image: Image) -> dict[str, Any]:
    shot = image.shot
    return {
        "path": image.path,
        "digest": image.digest,
        "take": image.take,
        "tier": shot.tier,
        "mode": shot.mode,
        "model": shot.model,
        "quality": shot.quality,
        "width": shot.size[0],
        "height": shot.size[1],
        "cost_usd": image.cost,
        "estimated": shot.estimated,
        "cached": image.cached,
        "saved_usd": shot.saved_usd,
        "axes": image.axes,
        "alt": shot.alt,
        "rewritten_by": shot.rewritten_by,
        "audit": audit_data(shot.audit) if shot.audit else None,
    }


def audit_data(audit: Audit) -> dict[str, Any]:
    """Return an audit as plain JSON data, its verdict with it."""
    return {"ok": audit.ok} | audit.model_dump(mode="json")


def short_audit(audit: Audit | None) -> str:
    """Return what failed in an audit, on one line for a person; nothing when nothing did."""
    failed = [check for check in audit.failed if check.severity != "info"] if audit else []
    told = [f"{check.message}{' (must)' * (check.severity == 'must')}" for check in failed[:_TOLD]]
    more = [f"{len(failed) - _TOLD} more"] if len(failed) > _TOLD else []
    return "; ".join([*told, *more])


def print_run(run: Run, one: Image | None = None, next_step: str = "") -> None:
    """Print a run's pictures, or the one of them that was just drawn, and what to do next."""
    lines: list[tuple[str, object]] = []
    images = [one] if one else _images(run)
    for image in images:
        shot = image.shot
        how = f"{shot.model}, {shot.quality}, {shot.size[0]}×{shot.size[1]}; {paid(shot)}"
        own = ", ".join(f"{axis}: {key}" for axis, key in run.record.own_options(shot).items())
        how = f"{own}; {how}" if own else how
        lines.append((f"{shot.tier.capitalize()} {shot.take}", f"{near(image.path)}  ({how})"))
        if short := short_audit(image.audit):
            lines.append(("", f"audit: {short}"))
    for failure in [] if one else run.failures:
        fix = f" → {failure.fix}" if failure.fix else ""
        lines.append((f"Missing {failure.take}", f"{failure.message}{fix}"))
    lines += [("Sheet", near(run.sheet)), ("Cost", _cost_words(images))]
    if next_step:
        lines.append(("Next", next_step))
    print_pairs(lines)


def command(*words: str, project: Path | None) -> str:
    """Return the next step as it can be typed from where this one was."""
    where = ["-C", str(project)] if project else []
    return shlex.join(["promptkit", *words, *where])


def exit_code(run: Run) -> int:
    """Return 0 when every picture came, else the gravest code of those that did not."""
    return max((getattr(errors, failure.error).exit_code for failure in run.failures), default=0)


def _images(run: Run) -> list[Image]:
    return [*run.images, *run.finals]


def not_rewritten(run: Run, one: Image | None = None) -> list[Finding]:
    """Return why the rewriter's words were not taken for a run, or the one picture just drawn."""
    taken = one is not None and one.shot.rewritten_by
    return [] if taken else run.record.not_rewritten


def _cost_words(images: list[Image]) -> str:
    rewriting = _rewriting(images)
    total = money(_cost(images) + rewriting)
    return f"{total}, {money(rewriting)} of it for rewriting" if rewriting else total


def _rewriting(images: Iterable[Image]) -> Decimal:
    return sum((image.shot.rewrite_usd for image in images), Decimal(0))


def _cost(images: Iterable[Image]) -> Decimal:
    return sum((image.cost for image in images), Decimal(0))
