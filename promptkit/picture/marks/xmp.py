"""XMP packets: notes in the fields of IPTC Photo Metadata 2025.1, and back as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from promptkit.picture.marks.notes import Notes, tool
from promptkit.picture.marks.rights import Rights

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
#: Those of a photograph's own rights.
_RIGHTS_SPACES = {
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "cc": "http://creativecommons.org/ns#",
}
#: Namespaces that other tools use, for reading.
_KNOWN = {uri: prefix for prefix, uri in (_SPACES | _RIGHTS_SPACES).items()} | {
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://purl.org/dc/terms/": "dcterms",
}
_RDF_ROOT = f"{{{_RDF}}}RDF"
#: Parts of structures that are read as fields of their own.
_READ_ALONE = ("plus:LicensorURL", "plus:LicensorName", "plus:CopyrightOwnerName")
#: What XML cannot hold at all.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: A packet that is longer is not read.
_LONGEST = 1_000_000


def packet(notes: Notes) -> bytes:
    """Return notes as an XMP packet, ready to be put into a file."""
    named = _SPACES | (_RIGHTS_SPACES if notes.rights else {})
    spaces = "".join(f'\n    xmlns:{prefix}="{uri}"' for prefix, uri in named.items())
    fields = "".join(f"\n   {field}" for field in _fields(notes))
    text = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="{_RDF}">
  <rdf:Description rdf:about=""{spaces}>{fields}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
    return text.encode()


def _fields(notes: Notes) -> Iterator[str]:
    yield from _text("Iptc4xmpExt:DigitalSourceType", notes.source_address)
    yield from _text("xmp:CreatorTool", " ".join(tool()))
    yield from _text("xmp:CreateDate", notes.created)
    yield from _list("dc:title", "Alt", notes.title)
    yield from _list("Iptc4xmpCore:AltTextAccessibility", "Alt", notes.alt)
    yield from _list("dc:creator", "Seq", *(notes.rights.creators or [notes.creator]))
    yield from _text("photoshop:Credit", notes.credit or notes.rights.credit)
    yield from _text("photoshop:Instructions", notes.instructions or notes.rights.instructions)
    if notes.by_model:
        yield from _text("Iptc4xmpExt:AISystemUsed", notes.system)
        yield from _text("Iptc4xmpExt:AISystemVersionUsed", notes.version)
        yield from _text("Iptc4xmpExt:AIPromptInformation", notes.prompt)
        yield from _text("Iptc4xmpExt:AIPromptWriterName", notes.writer)
    yield from _rights(notes.rights)


def _rights(rights: Rights) -> Iterator[str]:
    yield from _list("dc:rights", "Alt", rights.notice)
    yield from _text("photoshop:Source", rights.source)
    yield from _text("xmpRights:Marked", rights.marked)
    yield from _list("xmpRights:UsageTerms", "Alt", rights.terms)
    yield from _text("xmpRights:WebStatement", rights.statement)
    yield from _text("cc:license", rights.licence)
    yield from _text("plus:DataMining", rights.mining)
    owners = ("".join(_text("plus:CopyrightOwnerName", owner)) for owner in rights.owners)
    yield from _structures("plus:CopyrightOwner", owners)
    licensors = (
        "".join((*_text("plus:LicensorName", name), *_text("plus:LicensorURL", offer)))
        for name, offer in rights.licensors
    )
    yield from _structures("plus:Licensor", licensors)


def _text(name: str, value: str) -> Iterator[str]:
    if value:
        yield f"<{name}>{_plain(value)}</{name}>"


def _list(name: str, kind: str, *values: str) -> Iterator[str]:
    lang = ' xml:lang="x-default"' if kind == "Alt" else ""
    items = "".join(f"<rdf:li{lang}>{_plain(value)}</rdf:li>" for value in values if value)
    if items:
        yield f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>"


def _structures(name: str, structures: Iterable[str]) -> Iterator[str]:
    items = "".join(f'<rdf:li rdf:parseType="Resource">{parts}</rdf:li>' for parts in structures)
    if items:
        yield f"<{name}><rdf:Seq>{items}</rdf:Seq></{name}>"


def _plain(value: str) -> str:
    return escape(_ILLEGAL.sub(" ", value))


def values_of(data: bytes) -> dict[str, tuple[str, ...]]:
    """Return what a packet says, by prefix and name: ``dc:title``. It may be anybody's.

    Raises:
        ValueError: it is no XMP.
    """
    text = data.strip(b"\0 \r\n\t")
    # Declarations can unfold into anything, and other encodings can hide them.
    if len(text) > _LONGEST or b"<!DOCTYPE" in text or b"\0" in text:
        raise ValueError("the XMP is too long, or written as XMP never is")
    try:
        tree = ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError) as cause:
        raise ValueError(f"the XMP has a fault: {cause}") from None
    rdf = tree if tree.tag == _RDF_ROOT else tree.find(f".//{_RDF_ROOT}")
    found: dict[str, tuple[str, ...]] = {}
    for description in () if rdf is None else rdf:
        found |= {
            _name(key): (_tidy(value),)
            for key, value in description.attrib.items()
            if not key.startswith(f"{{{_RDF}}}")
        }
        for field in description:
            found |= _parts(field) or {_name(field.tag): _values(field)}
    return {name: values for name, values in found.items() if any(values)}


def _values(field: ElementTree.Element) -> tuple[str, ...]:
    items = _items(field)
    default = [item for item in items if item.get(_LANG) == "x-default"]
    texts = [_tidy(" ".join(item.itertext())) for item in default or items or [field]]
    resource = _tidy(field.get(f"{{{_RDF}}}resource", ""))
    return tuple(text for text in texts if text) or ((resource,) if resource else ())


def _items(field: ElementTree.Element) -> list[ElementTree.Element]:
    # Only the items of the list itself: in a hostile packet each holds the next.
    return [item for held in field for item in held if item.tag == f"{{{_RDF}}}li"]


def _parts(field: ElementTree.Element) -> dict[str, tuple[str, ...]]:
    """Return those parts of structures that are read by themselves, by prefix and name.

    Of each structure there is one value, empty where it lacks that part.
    """
    structures = [_structure(item) for item in _items(field) or [field]]
    names = dict.fromkeys(name for parts in structures for name in parts)
    return {name: tuple(parts.get(name, "") for parts in structures) for name in names}


def _structure(item: ElementTree.Element) -> dict[str, str]:
    parts: dict[str, str] = {}
    for element in item.iter():
        for key, value in ((element.tag, element.text or ""), *element.attrib.items()):
            if (name := _name(key)) in _READ_ALONE and (said := _tidy(value)):
                parts.setdefault(name, said)
    return parts


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _name(tag: str) -> str:
    space, _, name = tag.removeprefix("{").rpartition("}")
    return f"{_KNOWN.get(space, space)}:{name}" if space else name
