"""A model card: what a model takes, what it costs, how it likes to be asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from promptkit.documents import Strict
from promptkit.errors import Finding, ModelError, unknown
from promptkit.measures import Size
from promptkit.model.palette import Palette
from promptkit.model.sizes import Sizes

MILLION = Decimal(1_000_000)

Form = Literal["labelled", "prose", "json"]
Negatives = Literal["native", "words", "rephrase"]


class Tokens(Strict):
    """About how many tokens a picture takes, for estimates before the call."""

    out: dict[str, int] = {}
    """Output tokens of a square 1024 × 1024 px picture, by quality."""
    out_other: dict[str, int] = {}
    """The same for the card's other shapes, where they are listed."""
    scales: bool = True
    """Whether output tokens grow with the picture's area."""
    per_reference: int = 0
    """Input tokens of one reference picture, at most about."""


class Price(Strict):
    """What it costs, in USD. Every price has a source and the day it was checked."""

    text_in: Decimal = Decimal(0)
    """Per million input text tokens."""
    image_in: Decimal = Decimal(0)
    """Per million input image tokens."""
    out: Decimal = Decimal(0)
    """Per million output tokens."""
    per_image: dict[str, Decimal] = {}
    """Per picture by quality, where a provider counts no tokens."""
    by_pixels: dict[int, Decimal] = {}
    """Per picture of at most so many px, where its size sets the price: smallest first."""
    per_reference: Decimal = Decimal(0)
    """What one reference picture adds to a price by px, about."""
    free: bool = False
    """Nothing is ever paid: the picture is drawn on this machine."""
    estimate: bool = True
    """The figures before the call are estimates; what is booked comes from the call's usage."""
    headroom: Decimal = Field(Decimal("1.5"), ge=1)
    """The upper bound that a budget holds is the estimate times this."""
    checked: date
    source: str

    @model_validator(mode="after")
    def _rising(self) -> Self:
        pixels, prices = list(self.by_pixels), list(self.by_pixels.values())
        if pixels != sorted(pixels) or prices != sorted(prices):
            raise ValueError("by_pixels rises: the smallest and cheapest first")
        return self


class Wire(Strict):
    """How a request is laid out for this model, for providers that speak OpenAI's wire."""

    generations: str = "images/generations"
    edits: str = ""
    """The path of edits; empty when the model has none."""
    reference_field: str = ""
    """A body field of `generations` that takes one reference in base64."""
    send: list[str] = []
    """The parameters it knows: anything else is never sent. With none it speaks another wire."""
    fixed: dict[str, Any] = {}
    """Parameters that are always sent as they stand."""


class Card(Strict):
    """One model: what it takes, what it costs, how it likes to be asked."""

    name: str
    about: str = ""
    """One line for people."""
    released: date | None = None
    shutdown: date | None = None
    """From this day on the provider no longer answers for it."""
    successor: str | None = None
    trained: bool = True
    """Whether its pictures are a trained model's, and so “made with AI”: a program's are not."""
    form: Form = "labelled"
    """How a prompt is worded."""
    instructed: bool = True
    """Whether it follows instructions: what the picture is for, what is laid over later. A model
    that draws what it hears described is told of that last, or not at all."""
    negatives: Negatives = "words"
    """How bans are told: in a parameter (`native`), as “Avoid: …” (`words`), or by what is to be
    there instead (`rephrase`), for models that draw what they hear named."""
    hex: bool = True
    """Whether the words name colours by their hex codes, too: some models print them."""
    palette: Palette | None = None
    """The shape of a native palette; without it, that is a list of all that is known."""
    palette_max: int = Field(5, ge=1)
    """How many colours it follows well."""
    spell: bool = False
    """Whether odd words of the copy are better spelled out letter by letter."""
    constraints_max: int = Field(8, ge=1)
    """How many demands and bans it follows well."""
    references_words: str = "Image {number}"
    """How the words name a reference picture, counted from 1."""
    prompt_max: int = Field(32_000, ge=1)
    """The longest prompt, in characters."""
    sizes: Sizes
    qualities: list[str] = Field(min_length=1)
    """Cheapest first."""
    quality_names: dict[str, str] = {}
    """What other models' words for a quality mean here: low → standard."""
    formats: list[str] = ["png"]
    references_max: int = 0
    """How many reference pictures it takes."""
    reference_bytes_max: int = Field(50_000_000, ge=1)
    """The largest reference picture or mask, in bytes."""
    masks: bool = False
    """Whether it takes a mask: a picture that is transparent where the first one may change."""
    partial_images: int = Field(0, ge=0)
    """How many pictures it shows while it draws one, at most."""
    partial_tokens: int = Field(0, ge=0)
    """Output tokens that each of them costs."""
    native: dict[str, str] = {}
    """What is sent beside the words, and the parameter's name: negative, style, sections …"""
    seed: str = ""
    """The parameter of a seed, with which a picture can be drawn again; empty when it has none."""
    styles: dict[str, str] = {}
    """For a native style: which one each medium asks for; `*` is any other medium."""
    wire: Wire = Wire()
    tokens: Tokens = Tokens()
    price: Price
    limits: dict[str, int] = {}
    """Usual limits: per_minute, per_day, concurrency."""

    @model_validator(mode="after")
    def _priced(self) -> Self:
        counted = self.tokens.out.keys() | self.price.per_image.keys()
        for quality in self.qualities:
            if not (self.price.free or self.price.by_pixels or quality in counted):
                raise ValueError(f"the quality “{quality}” has neither a price nor tokens")
        for wish, own in self.quality_names.items():
            if own not in self.qualities:
                raise ValueError(f"“{wish}” stands for “{own}”, which is none of the qualities")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.negatives == "native") is not ("negative" in self.native):
            raise ValueError("negatives are “native” where native.negative names a parameter")
        if self.palette and "palette" not in self.native:
            raise ValueError("a palette's shape is given, and native.palette names no parameter")
        largest = max(self.price.by_pixels, default=None)
        if largest and largest < self.sizes.largest:
            raise ValueError(f"the price of a picture of {self.sizes.largest} px is missing")
        return self

    def quality(self, wish: str) -> str:
        """Return this model's own word for a quality.

        Raises:
            ModelError: it has none for it.
        """
        own = self.quality_names.get(wish, wish)
        if own not in self.qualities:
            message, fix = unknown("quality", wish, self.qualities)
            raise ModelError(Finding("unknown-quality", f"{self.name}: {message}", fix=fix))
        return own

    def gone(self, today: date) -> bool:
        """Say whether the provider has shut the model down."""
        return self.shutdown is not None and today >= self.shutdown

    def estimate(
        self, quality: str, size: Size, *, prompt: str, references: int, partials: int = 0
    ) -> Decimal:
        """Return about what one picture costs, in USD; ``quality`` is the card's own word.

        ``partials`` is how many pictures are shown while it is drawn.
        """
        if self.price.free:
            return Decimal(0)
        if quality in self.price.per_image:
            return self.price.per_image[quality]
        if self.price.by_pixels:
            return self._by_pixels(size) + references * self.price.per_reference
        words_in = len(prompt.encode()) // 3 + 1
        images_in = references * self.tokens.per_reference
        out = self._out_tokens(quality, size) + partials * self.partial_tokens
        return self.cost(words_in, images_in, out)

    def bound(
        self, quality: str, size: Size, *, prompt: str, references: int, partials: int = 0
    ) -> Decimal:
        """Return the most that one picture should cost, in USD: what a budget holds for it."""
        return self.price.headroom * self.estimate(
            quality, size, prompt=prompt, references=references, partials=partials
        )

    def cost(self, text_in: int, image_in: int, out: int) -> Decimal:
        """Return what counted tokens cost, in USD."""
        price = self.price
        return (text_in * price.text_in + image_in * price.image_in + out * price.out) / MILLION

    def _by_pixels(self, size: Size) -> Decimal:
        steps = self.price.by_pixels
        fits = (price for most, price in steps.items() if size[0] * size[1] <= most)
        return next(fits, max(steps.values()))

    def _out_tokens(self, quality: str, size: Size) -> int:
        square = size[0] == size[1]
        table = self.tokens.out | ({} if square else self.tokens.out_other)
        tokens = table[quality]
        if not self.tokens.scales:
            return tokens
        area = 1024 * 1024 if square or not self.tokens.out_other else 1536 * 1024
        return round(tokens * max(1.0, size[0] * size[1] / area))
