"""What a project's tiers are asked to draw for a brief, checked whole before anything is sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast, get_args

from promptkit.brand.profile import Brand
from promptkit.client.partials import Show, Watch
from promptkit.client.patience import Enough
from promptkit.errors import BriefError, Finding, unknown
from promptkit.model.catalog import Model
from promptkit.prompt.sections import Prompt
from promptkit.settings import FinalMode, Tiers
from promptkit.template.compiled import Template
from promptkit.workflow.asking import FinalWish, Wish
from promptkit.workflow.brief import Brief
from promptkit.workflow.composed import Composed
from promptkit.workflow.run import (
    Record,
    RunBrand,
    RunFolder,
    RunTemplate,
    Shot,
    Swatch,
    Words,
)
from promptkit.workflow.tiers import Order, Tier, final_size, order, preview_size

if TYPE_CHECKING:
    from promptkit.workflow.desk import Progress


@dataclass(frozen=True)
class Commission:
    """An order and the run that it is for: all that is needed to draw, and nothing sent yet."""

    record: Record
    order: Order
    rewrite: bool = False
    """Whether the words are handed to the rewriter first."""
    pick: int | None = None
    """The preview to note as picked before its final is drawn."""
    progress: Progress | None = None
    """Is told of each picture that comes, or does not."""
    on_wait: Enough | None = None
    """Is told of money that is waited for; true when to wait no longer."""

    def seen(
        self,
        progress: Progress | None,
        show: Show | None,
        partials: int,
        on_wait: Enough | None = None,
    ) -> Commission:
        """Return the same with who looks on: up to so many unfinished pictures a take are shown.

        A model that shows none just draws.
        """
        count = min(partials, self.order.model.card.partial_images)
        watch = None if show is None or count < 1 else Watch(count, show)
        order = replace(self.order, watch=watch)
        return replace(self, order=order, progress=progress, on_wait=on_wait)


@dataclass(frozen=True)
class Studio:
    """Makes commissions by a project's tiers, out of its brands, templates, models and runs."""

    tiers: Tiers
    brand: Callable[[str], Brand]
    template: Callable[[str], Template]
    model: Callable[[str], Model]
    runs: RunFolder

    def begin(self, composed: Composed, tier: Tier, wish: Wish) -> Commission:
        """Return what draws a brief anew: previews, or finals straight away.

        Previews have the smallest size at the final's ratio.

        Raises:
            InputError: by kind, with what is wrong with the brief, or too much for the model.
        """
        brief, preview = composed.brief, tier == "preview"
        final = self.tiers.final
        if preview:
            usual, quality, maker = self.tiers.preview.n, self.tiers.preview.quality, composed.model
            size = preview_size(composed.prompt, maker, self.model(final.model))
        else:
            usual, quality = 1, final.quality
            maker = composed.model if composed.named else self.model(final.model)
            size = final_size(composed.prompt, maker)
        asks = brief.asks(wish.takes(usual), wish.quality, quality)
        wanted = order(asks, maker, size, tier, resend=wish.resend)
        # What one model cannot be told, its order says: previews and finals may differ in that.
        found = dict.fromkeys(
            item for ask in asks for item in (*ask.prompt.notes, *brief.linter(ask.prompt))
        )
        if errors := [item for item in found if item.severity == "error"]:
            raise BriefError(errors)
        record = new_record(wanted, brief, (*found, *composed.wording.findings))
        record = record.model_copy(update={"row": composed.row})
        return Commission(record, wanted, composed.rewrite)

    def final(self, run: str, wish: FinalWish) -> Commission:
        """Return what draws the final of a preview.

        Raises:
            InputError: by kind; also when the brand or the template has changed since.
        """
        record = self.runs.read(run)
        shot = record.picked() if wish.pick is None else record.preview(wish.pick)
        tier = self.tiers.final
        mode = _known_mode(wish.mode or tier.from_preview)
        maker = self.model(wish.model or tier.model)
        brief = self._brief_again(record, accept_changes=wish.accept_changes)
        ask = brief.ask(record.options(shot), (shot.take,), wish.quality, tier.quality)
        wanted = order(
            [ask],
            maker,
            final_size(ask.prompt, maker),
            "final",
            preview=self.runs.reference(record, shot) if mode == "refine" else None,
            mode=mode,
            resend=wish.resend,
        )
        return Commission(record, wanted, record.rewrite, wish.pick)

    def asked(self, record: Record, shot: Shot) -> Prompt:
        """Return what a run's picture was asked for with, as brand and template are now.

        Raises:
            InputError: by kind; the brand or the template is gone, or no longer fits the brief.
        """
        return self._brief_again(record, accept_changes=True).prompt(record.options(shot))

    def _brief_again(self, record: Record, *, accept_changes: bool) -> Brief:
        brand = self.brand(record.brand.source or record.brand.id)
        template = self.template(record.template.name)
        changed = [
            what
            for what, now, then in (
                (f"the brand {brand.id}", brand.digest, record.brand.digest),
                (f"the template {template.name}", template.digest, record.template.digest),
            )
            if now != then
        ]
        if changed and not accept_changes:
            raise BriefError(_changed_since(record, " and ".join(changed)))
        return Brief(
            brand=brand,
            template=template,
            inputs=record.inputs,
            look=record.look,
            channel=record.channel,
            axes=template.meta.axes,
            seed=record.seed,
            source=record.brand.source,
        )


def new_record(
    wanted: Order, brief: Brief, findings: Sequence[Finding], now: datetime | None = None
) -> Record:
    """Return the record of a run that is about to begin; nothing is written yet."""
    now = now or datetime.now(UTC)
    first = wanted.takes[0]
    prompt, source = first.prompt, first.prompt.source
    name = f"{now:%Y%m%d-%H%M%S}-{source.template}-{source.brand}-{secrets.token_hex(2)}"
    return Record(
        id=name,
        created=now.isoformat(timespec="milliseconds"),
        brand=RunBrand(
            id=source.brand,
            name=source.brand_name,
            version=source.brand_version,
            digest=source.brand_digest,
            source=brief.source,
        ),
        template=RunTemplate(name=source.template, digest=source.template_digest),
        look=source.look,
        channel=source.channel,
        inputs=_plain(source.inputs),
        axes={name: key for name, key in source.axes.items() if name not in brief.varied},
        varied=brief.varied,
        seed=brief.seed,
        aspect=prompt.aspect,
        sections=[Words(name=item.name, text=item.text) for item in first.wording.sections],
        palette=[
            Swatch(name=use.name, hex=use.hex, role=use.role, share=use.share, carrier=use.carrier)
            for use in prompt.palette or prompt.swatches
        ],
        findings=[finding.as_dict() for finding in findings],
    )


def _plain(inputs: Any) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | float | bool | list) else str(value)
        for name, value in inputs.items()
        if value is not None
    }


def _known_mode(mode: str) -> FinalMode:
    """Return how a final is made; nothing may be paid for a word that was misspelt.

    Raises:
        BriefError: there is no such way.
    """
    for known in get_args(FinalMode):
        if mode == known:
            return cast(FinalMode, known)
    message, fix = unknown("way to make a final", str(mode), get_args(FinalMode))
    raise BriefError(Finding("unknown-mode", message, fix=fix))


def _changed_since(record: Record, what: str) -> Finding:
    return Finding(
        "changed-since",
        f"{what} changed since run {record.id} was previewed, so the final would not be what was "
        "picked",
        fix="preview again, or add --accept-changes to take it as it is now",
    )
