"""A style's phrases as a look: each under the key that it surely belongs to, else as they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

#: Pictures made by hand, and words for them: their kinds may stand together, as no other may.
_BY_HAND = ("painting", "drawing", "illustration")
_MEDIA = {
    "photo": r"photos?|photograph(?:s|y|ic)?|photo-?real\w*|(?:film|movie|cinematic) stills?|dslr"
    r"|polaroid|snapshot|found footage",
    "3d render": r"3d (?:\w+ )?(?:render(?:ing)?|models?|art|animation|characters?)|cgi"
    r"|(?:octane|blender|3d) render|unreal engine(?: \d)?|blender|cinema ?4d|low[- ]poly\b.*",
    "painting": r"paintings?|painted|watercolou?rs?|gouache|fresco|impasto|oil on canvas",
    "drawing": r"drawings?|drawn|sketch(?:es)?|line ?art|pencil|charcoal|crayon|etching|engraving"
    r"|woodcut|linocut|blueprint|ink wash",
    "illustration": r"illustrations?|illustrative|illustrated|vector (?:art|graphics?)|anime|manga"
    r"|comics?|cartoons?|graphic novel|digital art(?:work)?|concept art(?:work)?|pixel[- ]art"
    r"|infographics?",
}
_MEDIUM = {
    name: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)
    for name, words in _MEDIA.items()
}
_NEGATED = re.compile(r"^(?:no|not|non|never|without)\b", re.IGNORECASE)
_PHOTO = r"(?:photos?|photograph(?:s|y|ic)?|photo-?real\w*)"
_PLAIN_PHOTO = re.compile(rf"(?:raw )?{_PHOTO}(?: {_PHOTO})?", re.IGNORECASE)

_MILLIMETRES = r"\d{2,3}(?:\s?[-–]\s?\d{2,3})?\s?mm"
_LENS = re.compile(
    rf"(?P<lens>(?:shot (?:on|with) )?(?:an? )?(?:{_MILLIMETRES}(?:\s(?!film)\w+)?(?: lens)?"
    r"(?: f/?[\d.]+)?|f/?\d[\d.]*(?: macro)?"
    r"|(?:ultra[- ]?)?(?:wide[- ]angle|telephoto|fish-?eye|macro|tilt-?shift|anamorphic)"
    rf"(?: lens| shot| view)?))(?: {_PHOTO})?",
    re.IGNORECASE,
)
_LENS_PHOTO = re.compile(rf"(?P<lens>{_MILLIMETRES}) {_PHOTO}", re.IGNORECASE)
_DEPTH = re.compile(r"(?:with )?(?:an? )?(?P<depth>[\w-]+ )?depth of field", re.IGNORECASE)
_SHALLOW = re.compile(
    r"(?:soft |creamy )?bokeh(?: background)?|blur(?:red|ry) background", re.IGNORECASE
)
_FILM = re.compile(
    r"(?:[\w-]+ )?film grain|(?:subtle |fine )?grainy?|(?:analog(?:ue)?|35mm|faded|expired) film"
    r"|koda\w+(?: [\w-]+){0,2}|fujifilm(?: [\w-]+){0,2}|cinestill(?: \w+)?|lomography",
    re.IGNORECASE,
)
_LIGHT = re.compile(
    r"\b(?:lighting|(?:back|front|side|rim|moon|sun|day|candle|spot|under)-?li(?:t|ght)|sunlit"
    r"|(?:golden|blue) hour|softbox|soft box|chiaroscuro|flash|sunset|sunrise|(?:low|high)[- ]key"
    r"|(?:god|light|sun) ?rays?)\b|\blights?$|\blight from\b",
    re.IGNORECASE,
)
_SHADOWS = re.compile(r"(?:[\w-]+ ){0,2}shadows", re.IGNORECASE)
_MOOD_WORDS = set(
    "moody serene calm dreamy dreamlike mysterious dramatic melancholic melancholy cheerful "
    "playful romantic nostalgic whimsical cosy cozy eerie ominous tranquil peaceful "
    "emotional harmonious epic energetic joyful festive sombre somber haunting intimate "
    "optimistic hopeful tense quiet majestic magical".split()
)
_MOOD = re.compile(r"(?P<mood>[\w-]+) (?:mood|atmosphere)", re.IGNORECASE)
_GROUND = re.compile(r"(?:on )?(?:an? )?(?:[\w-]+ ){1,3}(?:background|backdrop)", re.IGNORECASE)
_MOST_WORDS = 12


def look_of(phrases: Sequence[str]) -> dict[str, Any]:
    """Return the phrases as a look; empty when there are none.

    What belongs to no key for sure is a tag beside a known medium, else part of ``describe``.
    """
    medium = medium_of(phrases)
    found: dict[str, list[str]] = defaultdict(list)
    for phrase in phrases:
        key, text = _place(phrase, medium)
        if text not in found[key]:
            found[key].append(text)
    rest = found["rest"]
    look: dict[str, Any] = {"medium": medium, "describe": "" if medium else ", ".join(rest)}
    for key in ("technique", "lighting", "lens", "depth_of_field", "environment"):
        look[key] = ", ".join(found[key])
    look["mood"] = found["mood"]
    look["grade"] = {"film": ", ".join(found["film"])} if found["film"] else {}
    look["tags"] = rest if medium else []
    return {key: value for key, value in look.items() if value}


def medium_of(phrases: Iterable[str]) -> str:
    """Return what the picture is, or nothing where the phrases say none, or more than one."""
    said = dict.fromkeys(medium for phrase in phrases for medium in _media(phrase))
    sure = len(said) == 1 or all(medium in _BY_HAND for medium in said)
    return next(iter(said), "") if sure else ""


def _media(phrase: str) -> Iterator[str]:
    """Yield the media that a phrase names, in their order in it."""
    if _NEGATED.match(phrase):
        return
    found = (
        (match.start(), medium)
        for medium, words in _MEDIUM.items()
        if (match := words.search(phrase))
    )
    yield from (medium for _, medium in sorted(found))


def _place(phrase: str, medium: str) -> tuple[str, str]:
    """Return the key that a phrase goes to, and the words that stand there."""
    if found := _LENS_PHOTO.fullmatch(phrase) or _LENS.fullmatch(phrase):
        return "lens", found["lens"]
    if found := _DEPTH.fullmatch(phrase):
        return "depth_of_field", (found["depth"] or "shallow").strip()
    if _SHALLOW.fullmatch(phrase):
        return "depth_of_field", "shallow"
    if _FILM.fullmatch(phrase):
        return "film", phrase
    if any(_media(phrase)):
        return _medium_place(phrase, medium)
    if found := _MOOD.fullmatch(phrase):
        return "mood", found["mood"]
    return _light_or_rest(phrase), phrase


def _medium_place(phrase: str, medium: str) -> tuple[str, str]:
    if phrase.casefold() == medium or (medium == "photo" and _PLAIN_PHOTO.fullmatch(phrase)):
        return "medium", phrase
    return "technique" if medium and medium != "photo" else "rest", phrase


def _light_or_rest(phrase: str) -> str:
    words = phrase.casefold().split()
    if _SHADOWS.fullmatch(phrase) or (_LIGHT.search(phrase) and len(words) <= _MOST_WORDS):
        return "lighting"
    if words[-1] in _MOOD_WORDS and len(words) <= 3:
        return "mood"
    return "environment" if _GROUND.fullmatch(phrase) else "rest"
