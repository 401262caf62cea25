"""What is said on a picture: its headline, and the small type that the brand wants."""

from __future__ import annotations

import re

from promptkit.brand.channels import Channel, TextZone
from promptkit.brand.profile import Brand
from promptkit.errors import BriefError, Finding, unknown
from promptkit.picture.finish.canvas import Canvas
from promptkit.picture.finish.source import Source, Wish


def headline_of(source: Source, brand: Brand, channel: Channel, wish: Wish) -> str:
    """Return the words to be set on a picture; words that a model drew are not set again.

    A channel whose pictures bear no words gets none.

    Raises:
        BriefError: the brand wants no words on its pictures.
    """
    if wish.headline and brand.tone.on_image_text.policy == "none":
        message = f"{brand.name} has no words on its pictures"
        place = brand.origin(("tone", "on_image_text"))
        fix = "leave --headline out, or change tone.on_image_text in the profile"
        raise BriefError(Finding("no-words-wanted", message, place=place, fix=fix))
    if channel.on_image_words == 0:
        return ""
    return " ".join((source.headline if wish.headline is None else wish.headline).split())


def small_type(source: Source, brand: Brand, wish: Wish) -> list[str]:
    """Return what is said in small type: the brand's disclaimer, and that a model drew it.

    Raises:
        BriefError: the brand knows no such region, or has no disclaimer in that language.
    """
    disclaimer = _disclaimer(brand, wish)
    label = brand.content.ai_disclosure
    wanted = label and label.when.casefold() != "never" and source.by_model(wish)
    return [*disclaimer, *([label.label] if label and wanted else [])]


def _disclaimer(brand: Brand, wish: Wish) -> list[str]:
    content = brand.content
    if wish.region and wish.region not in content.regions:
        message, fix = unknown("region", wish.region, content.regions)
        raise BriefError(Finding("unknown-region", f"{brand.id}: {message}", fix=fix))
    own = content.regions[wish.region].required_disclaimer if wish.region else {}
    said = own or content.claims.required_disclaimer
    if said and wish.language and wish.language not in said:
        message, fix = unknown("disclaimer in", wish.language, said)
        raise BriefError(Finding("unknown-language", f"{brand.id}: {message}", fix=fix))
    return [said[wish.language] if wish.language else next(iter(said.values()))] if said else []


def check_words(
    canvas: Canvas,
    brand: Brand,
    channel: Channel,
    headline: str,
    zone: TextZone | None,
    *,
    typed: bool = False,
) -> None:
    """Check a headline, perhaps ``typed`` by hand, against what channel and brand want of words."""
    if zone is None:
        canvas.check(
            "headline-zone",
            "should" if typed or channel.on_image_words else "info",
            False,
            f"“{headline}” is not set: nothing says where words go",
            hint="give the channel a text_zone in the profile, as in {box: [0.05, 0.1, 0.45, 0.6]}",
        )
        return
    most = channel.on_image_words
    most = brand.tone.on_image_text.max_words if most is None else most
    count = len(headline.split())
    canvas.check(
        "headline-words",
        "should",
        most is None or count <= most,
        f"the headline has {count} word{'' if count == 1 else 's'}",
        measured=float(count),
        wanted="" if most is None else f"≤ {most}",
        hint="say it in fewer words",
    )
    said = [word for word in brand.tone.words.never if _says(headline, word)]
    canvas.check(
        "headline-never-words",
        "must",
        not said,
        f"the headline says “{said[0]}”, which {brand.name} never says"
        if said
        else "the headline says nothing that the brand never says",
        hint="say it another way",
    )
    if not brand.typography.display.path and brand.typography.display.family not in ("", "Inter"):
        canvas.check(
            "headline-typeface",
            "info",
            False,
            f"{brand.typography.display.family} has no font file; the headline is set in Inter",
            hint="put the font file beside the profile, and name it: typography.display.path",
        )


def check_label(canvas: Canvas, source: Source, brand: Brand, wish: Wish) -> None:
    """Tell when nobody knows whether a picture needs the brand's label for what models draw."""
    label = brand.content.ai_disclosure
    when = label.when.casefold() if label else "never"
    if label and when != "never" and source.by_model(wish) is None:
        canvas.check(
            "unknown-maker",
            "must" if when == "always" else "should",
            False,
            f"nobody knows whether a model drew this, so “{label.label}” is not set",
            hint="add --ai if a model drew it, --no-ai if none did",
        )


def _says(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
