"""Whose a picture is, as its own file says: carried into what is made from it, nothing else is.

The fields are those of IPTC Photo Metadata and PLUS that name people, owners, licences and terms;
of the older kinds, IIM and EXIF, those that mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from promptkit.errors import shortened

#: So many people, owners, licensors, and so many letters of each text: more is no notice.
_PEOPLE, _OWNERS, _LICENSORS, _LONGEST, _LONGEST_TERMS = 10, 5, 3, 300, 1_000
_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: How PLUS addresses its words on data mining.
_MINING = "http://ns.useplus.org/ldf/vocab/"

Said = Mapping[str, tuple[str, ...]]


class Licensor(NamedTuple):
    """Somebody who grants licences; one of both may be empty."""

    name: str
    offer: str = ""
    """The address where a licence is had."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Who made a picture, whose it is, what may be done with it; empty where nothing is said."""

    creators: tuple[str, ...] = ()
    notice: str = ""
    """The copyright notice."""
    credit: str = ""
    """The line to print beside it."""
    source: str = ""
    """Who handed it on."""
    owners: tuple[str, ...] = ()
    licensors: tuple[Licensor, ...] = ()
    terms: str = ""
    """What may be done with it."""
    instructions: str = ""
    """What whoever publishes it has to heed, such as that it is for news only."""
    statement: str = ""
    """The address of what is said of its rights: often the licence itself."""
    licence: str = ""
    """The address of its licence, as Creative Commons has it noted."""
    marked: str = ""
    """True: it is protected; False: it is in the public domain."""
    mining: str = ""
    """The address of PLUS's word on whether machines may learn from it."""

    def __bool__(self) -> bool:
        """Say whether anything is said."""
        return self != NO_RIGHTS

    @classmethod
    def of(cls, said: Said) -> Rights:
        """Return the rights that a file tells: in XMP, else in IIM, else in EXIF."""

        def first(*names: str, most: int = _LONGEST) -> str:
            texts = (_plain("; ".join(said.get(name, ()))) for name in names)
            return shortened(next(filter(None, texts), ""), most)

        def address(name: str, start: str = "") -> str:
            return _address(next(iter(said.get(name, ())), ""), start)

        licence = address("cc:license")
        marked = first("xmpRights:Marked").capitalize()
        return cls(
            creators=_names(
                said, _PEOPLE, "dc:creator", "IIM:By-line", "tiff:Artist", "EXIF:Artist"
            ),
            notice=first("dc:rights", "IIM:CopyrightNotice", "tiff:Copyright", "EXIF:Copyright"),
            credit=first("photoshop:Credit", "IIM:Credit"),
            source=first("photoshop:Source", "IIM:Source"),
            owners=_names(said, _OWNERS, "plus:CopyrightOwnerName", "xmpRights:Owner"),
            licensors=_licensors(said),
            terms=first("xmpRights:UsageTerms", most=_LONGEST_TERMS),
            instructions=first(
                "photoshop:Instructions", "IIM:SpecialInstructions", most=_LONGEST_TERMS
            ),
            statement=address("xmpRights:WebStatement") or licence,
            licence=licence,
            marked=marked if marked in ("True", "False") else "",
            mining=address("plus:DataMining", _MINING),
        )


NO_RIGHTS = Rights()


def _names(said: Said, most: int, *fields: str) -> tuple[str, ...]:
    """Return the names of the first field that has some."""
    for field in fields:
        names = filter(None, map(_plain, said.get(field, ())[:most]))
        if found := tuple(shortened(name, _LONGEST) for name in names):
            return found
    return ()


def _licensors(said: Said) -> tuple[Licensor, ...]:
    names, offers = (said.get(f"plus:Licensor{part}", ()) for part in ("Name", "URL"))
    found = (
        Licensor(shortened(_plain(name), _LONGEST), _address(offer))
        for name, offer in zip_longest(names[:_LICENSORS], offers[:_LICENSORS], fillvalue="")
    )
    return tuple(licensor for licensor in found if any(licensor))


def _address(text: str, start: str = "") -> str:
    """Return an address of the web, and nothing that a browser would run instead."""
    fits = len(text) <= _LONGEST and _WEB.fullmatch(text) and text.startswith(start)
    return text if fits else ""


def _plain(text: str) -> str:
    """Return a text in one line, without what a file's words never need."""
    return " ".join(_CONTROL.sub(" ", text).split())
