"""Preview, pick, final: what a tier is asked to draw, from prompts in a model's words to jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from promptkit.client.client import Job
from promptkit.client.ledger import Context
from promptkit.client.partials import Watch
from promptkit.client.request import ImageRequest, Reference
from promptkit.errors import BriefError, Finding, ModelError
from promptkit.measures import Size, parse_aspect
from promptkit.model.card import Card
from promptkit.model.catalog import Model
from promptkit.prompt.fitting import with_room
from promptkit.prompt.sections import Prompt
from promptkit.prompt.wording import Wording, word
from promptkit.workflow.brief import Ask
from promptkit.workflow.sent import read_mask, read_picture

Tier = Literal["preview", "final"]
Mode = Literal["refine", "regenerate"]


@dataclass(frozen=True)
class Take:
    """One picture of an order: its number, its prompt in the model's words, its quality."""

    number: int
    prompt: Prompt
    wording: Wording
    quality: str


@dataclass(frozen=True)
class Order:
    """What one tier is asked to draw: takes of a model, at a size."""

    takes: tuple[Take, ...]
    model: Model
    size: Size
    references: tuple[Reference, ...]
    tier: Tier
    mode: Mode | None = None
    resend: bool = False
    mask: Reference | None = None
    watch: Watch | None = None
    rewrite_usd: Decimal = Decimal(0)
    """What was paid for its words in their new wording."""

    def take(self, number: int) -> Take:
        """Return one of the takes by its number."""
        return next(take for take in self.takes if take.number == number)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found about the words of its takes, each once."""
        return tuple(dict.fromkeys(item for take in self.takes for item in take.wording.findings))

    def jobs(self, run: str, endpoint: str) -> list[Job]:
        """Return one job for each take."""
        return [self._job(take, run, endpoint) for take in self.takes]

    def _job(self, take: Take, run: str, endpoint: str) -> Job:
        source = take.prompt.source
        context = Context(run, self.tier, source.brand, source.template)
        request = self._request(take, endpoint)
        return Job(request, self.model.card, context, self.resend, self.watch)

    def _request(self, take: Take, endpoint: str) -> ImageRequest:
        return ImageRequest(
            provider=self.model.provider,
            endpoint=endpoint,
            model=self.model.card.name,
            operation="edit" if self.references else "generate",
            prompt=take.wording.text,
            size=self.size,
            quality=take.quality,
            native=take.wording.native,
            references=self.references,
            mask=self.mask,
            take=take.number,
        )


def order(
    asks: Iterable[Ask],
    model: Model,
    size: Size,
    tier: Tier,
    *,
    preview: Reference | None = None,
    mode: Mode | None = None,
    resend: bool = False,
) -> Order:
    """Word the prompts of a brief's takes for a model and read its references.

    With ``preview`` (the picked one) the order is a refinement: it goes first, as Image 1.

    Raises:
        ModelError: the model takes fewer references than there are, or has no such quality.
        BriefError: a reference or the mask cannot be used, or a prompt is too long for the model.
    """
    refine = preview is not None
    asks = [replace(ask, prompt=with_room(ask.prompt, model.card, refine=refine)) for ask in asks]
    images = asks[0].prompt.pictures  # no option of an axis changes them
    room = model.card.references_max - (1 if preview else 0)
    if preview and 0 <= room < len(images):
        # The picked preview shows what the others showed; it alone has to go along.
        images = ()
        asks = [replace(ask, prompt=replace(ask.prompt, references=())) for ask in asks]
    if room < len(images) or room < 0:
        raise ModelError(_too_many_references(model, len(images), bool(preview)))
    takes = [take for ask in asks for take in _takes(ask, model.card, refine=refine)]
    own = [read_picture(image, model.card) for image in images]
    mask = asks[0].prompt.mask
    return Order(
        takes=tuple(sorted(takes, key=lambda take: take.number)),
        model=model,
        size=size,
        references=(*([preview] if preview else []), *own),
        tier=tier,
        mode=mode,
        resend=resend,
        mask=read_mask(mask, own, model.card) if mask else None,
    )


def _takes(ask: Ask, card: Card, *, refine: bool) -> list[Take]:
    wording = word(ask.prompt, card, refine=refine)
    if errors := [finding for finding in wording.findings if finding.severity == "error"]:
        raise BriefError(errors)
    try:
        quality = card.quality(ask.quality)
    except ModelError as error:
        raise ModelError(replace(error.findings[0], place=ask.place)) from None
    return [Take(number, ask.prompt, wording, quality) for number in ask.takes]


def _too_many_references(model: Model, count: int, refines: bool) -> Finding:
    takes = model.card.references_max
    if refines and not takes:
        message = f"{model} takes no reference pictures, so it cannot refine a preview"
        return Finding("no-references", message, fix="make the final with --regenerate")
    message = f"{model} takes {takes} reference pictures, and the brief has {count}"
    return Finding("too-many-references", message, fix="leave some out, or choose another model")


def final_size(prompt: Prompt, model: Model) -> Size:
    """Return the size of a final, in px."""
    return model.card.sizes.final(parse_aspect(prompt.aspect), prompt.size)


def preview_size(prompt: Prompt, preview: Model, final: Model) -> Size:
    """Return the smallest size, in px, at the exact ratio that the final will have."""
    return preview.card.sizes.preview(Fraction(*final_size(prompt, final)))
