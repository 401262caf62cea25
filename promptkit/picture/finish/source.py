"""The picture that is finished, with all that its run knows of it, and what is wished for."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from promptkit.brand.areas import Box as Area
from promptkit.brand.content import Disclosure
from promptkit.brand.profile import Brand
from promptkit.errors import BriefError, SettingsError, shortened
from promptkit.geometry import Point
from promptkit.picture.finish.canvas import Canvas
from promptkit.picture.marks import Notes, Told, media_type_of, notes_of, told
from promptkit.picture.marks.credentials import held
from promptkit.picture.marks.seal import Seal
from promptkit.picture.marks.sources import Source as Kind
from promptkit.picture.marks.sources import by_model, mixed, source_of
from promptkit.picture.opening import Opened, open_picture
from promptkit.prompt.sections import Prompt
from promptkit.provider.comp import words
from promptkit.provider.comp.carrier import page_of
from promptkit.workflow.run import Record, Shot

#: How far down a subject stands, 0–1, of which nothing else is said, and one that stands low.
_MIDDLE, _LOW = 0.5, 0.67
#: What is told of a file, by how its note begins, and what to do about it.
_ODD = {
    "is in CMYK without": "export it in RGB, where you can see what its colours become",
    "moves; only": "save the moment that is meant as a picture of its own",
    "holds several": "save the one that is meant as a picture of its own",
    "has a colour profile": "export it in sRGB",
}
#: So many letters of a picture's usage terms are told, and of its instructions.
_TERMS = 300
#: A spot less opaque than this, 0–255, is not seen.
_SEEN = 8


@dataclass(frozen=True)
class Wish:
    """What to set on the files; what is empty is as the run and the brand have it."""

    headline: str | None = None
    """The headline; ``None`` for the run's own, empty for none."""
    language: str = ""
    """The language of the brand's disclaimer; the first one it has when empty."""
    region: str = ""
    """The market whose disclaimer holds."""
    by_model: bool | None = None
    """Whether a model drew a picture that no run knows; read from its file when ``None``."""
    alt: str | None = None
    """The alternative text; ``None`` for the one that was proposed."""
    prompt: bool = False
    """Whether the files tell the prompt."""
    seal: Seal | None = None
    """What the files are signed with."""


@dataclass(frozen=True)
class Source:
    """A picture: its bytes, and the run's own knowledge of it where it is a run's."""

    path: Path
    data: bytes = field(repr=False)
    record: Record | None = None
    shot: Shot | None = None
    prompt: Prompt | None = None

    @cached_property
    def opened(self) -> Opened:
        """The picture, upright and in sRGB; of a comp its drawing, without the page round it.

        Raises:
            BriefError: it cannot be opened.
        """
        opened = open_picture(self.data, str(self.path))
        page = page_of(opened.texts or {})
        return opened.part(page.stage) if page else opened

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def digest(self) -> str:
        """What the picture is known by: its request's digest, else its SHA-256."""
        return self.shot.digest if self.shot else self.sha256

    @property
    def headline(self) -> str:
        """The words that its brief asks to be set on it."""
        if self.prompt is None or self.prompt.lettering.policy != "composite":
            return ""
        return " ".join(self.prompt.lettering.copy)

    @property
    def zone(self) -> Area | None:
        """The part that its prompt asked to be kept clear, 0–1 of the picture."""
        composition = self.prompt.section("composition") if self.prompt else ""
        side, _ = words.clear_side(composition)
        if "zone" not in side:
            return None
        left, top, right, bottom = side["zone"]
        return left, top, right, bottom

    @property
    def focus(self) -> Point | None:
        """Where the prompt asked for the subject, 0–1 of the picture."""
        place = words.longest(self.prompt.space.position, "sides") if self.prompt else {}
        return (place["x"], _LOW if place.get("low") else _MIDDLE) if "x" in place else None

    def by_model(self, wish: Wish) -> bool | None:
        """Say whether a model drew it; ``None`` when nobody knows."""
        if self.shot:
            return self.shot.by_model
        own = by_model(self._kinds)
        return own if own or wish.by_model is None else wish.by_model

    def kind(self, *, laid_over: bool) -> Kind:
        """Return how a picture came about that a model, and no run, had a part in."""
        return source_of(by_model=True, laid_over=laid_over or mixed(self._kinds))

    @cached_property
    def _kinds(self) -> list[str]:
        """How its file says that it came about, and its content credentials prove."""
        kinds = [*self.says.values.get("Iptc4xmpExt:DigitalSourceType", ())]
        with suppress(BriefError, SettingsError):  # broken, or without the library for them
            if credentials := held(self.data, media_type_of(self.data)):
                kinds += [kind for link in credentials.manifests for kind in link.sources]
        return kinds

    @cached_property
    def says(self) -> Told:
        """What its own file says of it."""
        kind = media_type_of(self.data)
        return told(self.data, kind) if kind else Told({})

    def wanted(self, wish: Wish) -> dict[str, str]:
        """Return what makes a file of it another one: its bytes, its words, its market."""
        headline = self.headline if wish.headline is None else wish.headline
        return {
            "sha256": self.sha256,
            "headline": " ".join(headline.split()),
            "language": wish.language,
            "region": wish.region,
        }

    def notes(self, brand: Brand, wish: Wish, *, laid_over: bool) -> Notes | None:
        """Return what its files say of themselves; nothing where nobody knows who drew it."""
        disclosure: Disclosure | None = brand.content.ai_disclosure
        if self.record and self.shot:
            return notes_of(
                self.record,
                self.shot,
                disclosure,
                alt=wish.alt,
                laid_over=laid_over,
                prompt=wish.prompt,
            )
        rights = self.says.rights
        if not self.by_model(wish):
            own = Notes(source="", alt=wish.alt or "", rights=rights)
            return own if wish.alt or rights else None
        label = disclosure.label if disclosure and disclosure.label not in rights.credit else ""
        maker = "" if rights else brand.name
        return Notes(
            source=self.kind(laid_over=laid_over),
            alt=wish.alt or "",
            creator=maker,
            credit=" · ".join(filter(None, (label, rights.credit or maker))),
            rights=rights,
        )

    def check(self, canvas: Canvas, wish: Wish) -> None:
        """Note what is wrong with the file itself, as far as it changes what is seen."""
        for note in self.opened.notes:
            hint = next((hint for start, hint in _ODD.items() if note.startswith(start)), "")
            if hint:
                canvas.check("source-file", "should", False, f"the picture {note}", hint=hint)
        if self.shot is None:
            self._check_says(canvas, wish)
        if self.opened.alpha is not None:
            blank = not any(self.opened.alpha.histogram()[_SEEN:])
            canvas.check(
                "source-transparent",
                "must" if blank else "should",
                False,
                "the picture is transparent all over: nothing of it is seen"
                if blank
                else "the picture has transparent parts, which were laid on white",
                hint="lay it on the ground that is meant, and save it without transparency",
            )

    def _check_says(self, canvas: Canvas, wish: Wish) -> None:
        """Note what its own file says that somebody has to know of before it is used."""
        for why in self.says.unread:
            hint = "look whether the photographer's rights have to be named"
            canvas.check("source-notes", "should", False, why, hint=hint)
        if wish.by_model is False and by_model(self._kinds):
            message = "its own file says that it is made with AI, and the new one goes on saying so"
            hint = "leave --no-ai out; if the file is wrong, have whoever sent it correct it"
            canvas.check("source-says-ai", "must", False, message, hint=hint)
        rights = self.says.rights
        terms = [shortened(said, _TERMS) for said in (rights.terms, rights.instructions) if said]
        if terms:
            message = f"its usage terms say: {'; '.join(dict.fromkeys(terms))}"
            hint = "look whether they allow what the file is meant for"
            canvas.check("source-terms", "info", False, message, hint=hint)

    def told(self) -> dict[str, Any]:
        """Return all that is known of it, as plain data."""
        told: dict[str, Any] = {
            "file": self.path.name,
            "sha256": self.sha256,
            "size": list(self.opened.size),
            "notes": list(self.opened.notes),
        }
        if self.record and self.shot:
            shot = self.shot
            told |= {
                "run": self.record.id,
                "digest": shot.digest,
                "tier": shot.tier,
                "take": shot.take,
                "brand": self.record.brand.model_dump(include={"id", "version", "digest"}),
                "template": self.record.template.model_dump(),
                "model": shot.model,
                "quality": shot.quality,
                "cost_usd": float(shot.cost_usd),
                "prompt": shot.prompt,
                "inputs": self.record.inputs,
                "axes": self.record.options(shot),
                "audit": shot.audit.model_dump(mode="json") if shot.audit else None,
            }
        return told
