"""How a picture came about, in the IPTC's words (NewsCodes, Digital Source Type, 2024-10-23)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

#: What finished files say of themselves; empty where nobody knows.
Source = Literal[
    "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia", ""
]
SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class _Word(NamedTuple):
    said: str
    """As a person says it."""
    by_model: bool | None
    """Whether a generative model had a part in it; ``None``: it leaves that open."""


WORDS = {
    "algorithmicMedia": _Word("drawn by a program; no AI", False),
    "algorithmicallyEnhanced": _Word("corrected by a program, such as sharpened; no AI", False),
    "composite": _Word("put together from parts, which may be AI or not", None),
    "compositeCapture": _Word("put together from photographs", False),
    "compositeSynthetic": _Word("put together from parts, some of them made with AI", True),
    "compositeWithTrainedAlgorithmicMedia": _Word(
        "made with AI and edited, or edited with AI", True
    ),
    "computationalCapture": _Word("photographed, several shots merged by the camera", False),
    "dataDrivenMedia": _Word("drawn from data, such as a chart", False),
    "digitalArt": _Word("made by a person on a computer", False),
    "digitalCapture": _Word("photographed", False),
    "digitalCreation": _Word("made by a person on a computer, without AI", False),
    "humanEdits": _Word("edited by a person, without AI", False),
    "minorHumanEdits": _Word("retouched a little by a person", False),
    "negativeFilm": _Word("scanned from a negative", False),
    "positiveFilm": _Word("scanned from a slide", False),
    "print": _Word("scanned from a print", False),
    "screenCapture": _Word("a picture of a screen", None),
    "softwareImage": _Word("made by software; with AI or not is not said", None),
    "trainedAlgorithmicMedia": _Word("made with AI", True),
    "virtualRecording": _Word("recorded in a virtual world, which may be AI or not", None),
    # C2PA's own.
    "trainedAlgorithmicData": _Word("made with AI", True),
}
#: A model drew it, and nothing else is said.
_DRAWN = ("trainedAlgorithmicMedia", "trainedAlgorithmicData")
#: C2PA's word for an empty sheet: what was put on it is told by what follows.
_EMPTY = "empty"


def word_of(source: str) -> str:
    """Return the vocabulary's word in an address, a short code (``digsrctype:…``) or by itself."""
    word = source.strip().rstrip("/").replace(":", "/").rpartition("/")[2]
    return next((known for known in WORDS if known.casefold() == word.casefold()), word)


def said(source: str) -> str:
    """Return how a picture came about as a person says it; an unknown word stays as it is."""
    word = word_of(source)
    return WORDS[word].said if word in WORDS else source


def by_model(sources: Iterable[str]) -> bool | None:
    """Say whether a generative model had a part in a picture of which all this is said.

    ``None`` when nothing is said, or something that leaves it open or that nobody knows.
    """
    told = {word_of(source) for source in sources} - {"", _EMPTY}
    found = [WORDS[word].by_model if word in WORDS else None for word in told]
    if True in found:
        return True
    return None if None in found or not found else False


def mixed(sources: Iterable[str]) -> bool:
    """Say whether a picture of which all this is said is more than a model's drawing."""
    return not {word_of(source) for source in sources} <= {"", _EMPTY, *_DRAWN}


def source_of(*, by_model: bool, laid_over: bool) -> Source:
    """Return what is said of a run's picture, with a logo or words laid over it or without.

    The terms for composites say that a part is a model's, or may be: a program's sketch stays one.
    """
    if not by_model:
        return "algorithmicMedia"
    return "compositeWithTrainedAlgorithmicMedia" if laid_over else "trainedAlgorithmicMedia"
