"""What a brand holds all its pictures to, whatever a prompt says: for the lint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from promptkit.brand.look import Look
from promptkit.brand.profile import Brand
from promptkit.prompt.bans import brand_bans
from promptkit.prompt.sections import NO_RULES, Ban, HouseRules
from promptkit.prompt.vocabulary import vocabulary

#: The keys of a look that hold for every picture of it; framing is a template's own choice.
_KEYS = ("describe", "medium", "realism", "lighting", "depth_of_field", "technique", "detail")


@dataclass(frozen=True, slots=True)
class House:
    """A brand, as a prompt that somebody typed is held to it."""

    name: str = ""
    bans: tuple[Ban, ...] = ()
    max_words: int | None = None
    """At most so many words on a picture."""
    never_words: tuple[str, ...] = ()
    rules: HouseRules = NO_RULES


def house_of(brand: Brand, look: str | None = None) -> House:
    """Return what a brand holds its pictures to, those of a look or of any.

    Raises:
        BrandError: there is no such look.
    """
    looks = brand.style.looks
    name = look or (next(iter(looks)) if len(looks) == 1 else "")
    rules = house_rules(brand, brand.look(name) if name else None)
    return House(
        name=brand.name,
        bans=tuple(brand_bans(brand, name, bare=False)),
        max_words=brand.tone.on_image_text.max_words,
        never_words=tuple(brand.tone.words.never),
        rules=rules,
    )


def house_rules(brand: Brand, look: Look | None) -> HouseRules:
    """Return what a brand says of all its pictures that no section repeats."""
    read = vocabulary().read
    return HouseRules(
        tone=tuple(brand.tone.traits),
        tone_not=tuple(brand.tone.we_are_not),
        look=tuple(_said(look)) if look else (),
        never_names=tuple(brand.content.never_names),
        never_people=any("real_people" in read(item).hits for item in brand.content.never),
    )


def _said(look: Look) -> Iterator[tuple[str, str]]:
    for key in _KEYS:
        if text := getattr(look, key):
            yield key, text
    for key, texts in (("mood", look.mood), ("tags", look.tags)):
        for text in texts:
            yield key, text
