"""Whose a picture is, as its own file says: carried into what is made from it, nothing else is.

The fields are those of IPTC Photo Metadata and PLUS that name people, owners, licences and terms;
of the older kinds, IIM and EXIF, those that mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from promptkit.errors import shortened

#: So many people, and so many letters of each text: more than this is no notice.
_PEOPLE, _LONGEST, _LONGEST_TERMS = 10, 300, 1_000
_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: How PLUS addresses its words on data mining.
_MINING = "http://ns.useplus.org/ldf/vocab/"

Said = Mapping[str, tuple[str, ...]]


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
    owner: str = ""
    licensor: str = ""
    """Who grants licences."""
    offer: str = ""
    """The address where a licence is had."""
    terms: str = ""
    """What may be done with it."""
    statement: str = ""
    """The address of what is said of its rights: often the licence itself."""
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
            """Return an address of the web, and nothing that a browser would run instead."""
            text = next(iter(said.get(name, ())), "")
            fits = len(text) <= _LONGEST and _WEB.fullmatch(text) and text.startswith(start)
            return text if fits else ""

        marked = first("xmpRights:Marked").capitalize()
        return cls(
            creators=_people(said),
            notice=first("dc:rights", "IIM:CopyrightNotice", "EXIF:Copyright"),
            credit=first("photoshop:Credit", "IIM:Credit"),
            source=first("photoshop:Source", "IIM:Source"),
            owner=first("plus:CopyrightOwnerName"),
            licensor=first("plus:LicensorName"),
            offer=address("plus:LicensorURL"),
            terms=first("xmpRights:UsageTerms", most=_LONGEST_TERMS),
            statement=address("xmpRights:WebStatement"),
            marked=marked if marked in ("True", "False") else "",
            mining=address("plus:DataMining", _MINING),
        )


NO_RIGHTS = Rights()


def _people(said: Said) -> tuple[str, ...]:
    for field in ("dc:creator", "IIM:By-line", "EXIF:Artist"):
        names = [_plain(name) for name in said.get(field, ())[:_PEOPLE]]
        if found := tuple(shortened(name, _LONGEST) for name in names if name):
            return found
    return ()


def _plain(text: str) -> str:
    """Return a text in one line, without what a file's words never need."""
    return " ".join(_CONTROL.sub(" ", text).split())
