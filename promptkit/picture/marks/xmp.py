"""XMP packets: notes in the fields of IPTC Photo Metadata 2025.1, and back as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from promptkit.picture.marks.notes import Notes, tool

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
#: Namespaces that other tools use, for reading.
_KNOWN = {uri: prefix for prefix, uri in _SPACES.items()} | {
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://purl.org/dc/terms/": "dcterms",
}
#: What XML cannot hold at all.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: A packet that is longer is not read.
_LONGEST = 1_000_000


def packet(notes: Notes) -> bytes:
    """Return notes as an XMP packet, ready to be put into a file."""
    spaces = "".join(f'\n    xmlns:{prefix}="{uri}"' for prefix, uri in _SPACES.items())
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
    yield from _list("dc:creator", "Seq", notes.creator)
    yield from _text("photoshop:Credit", notes.credit)
    yield from _text("photoshop:Instructions", notes.instructions)
    if notes.by_model:
        yield from _text("Iptc4xmpExt:AISystemUsed", notes.system)
        yield from _text("Iptc4xmpExt:AISystemVersionUsed", notes.version)
        yield from _text("Iptc4xmpExt:AIPromptInformation", notes.prompt)
        yield from _text("Iptc4xmpExt:AIPromptWriterName", notes.writer)


def _text(name: str, value: str) -> Iterator[str]:
    if value:
        yield f"<{name}>{_plain(value)}</{name}>"


def _list(name: str, kind: str, value: str) -> Iterator[str]:
    if value:
        lang = ' xml:lang="x-default"' if kind == "Alt" else ""
        item = f"<rdf:li{lang}>{_plain(value)}</rdf:li>"
        yield f"<{name}><rdf:{kind}>{item}</rdf:{kind}></{name}>"


def _plain(value: str) -> str:
    return escape(_ILLEGAL.sub(" ", value))


def fields_of(data: bytes) -> dict[str, str]:
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
    except ElementTree.ParseError as cause:
        raise ValueError(f"the XMP has a fault: {cause}") from None
    found: dict[str, str] = {}
    for description in tree.iter(f"{{{_RDF}}}Description"):
        found |= {
            _name(key): value
            for key, value in description.attrib.items()
            if not key.startswith(f"{{{_RDF}}}")
        }
        found |= {_name(field.tag): value for field in description if (value := _value(field))}
    return found


def _value(field: ElementTree.Element) -> str:
    items = list(field.iter(f"{{{_RDF}}}li"))
    default = [item for item in items if item.get(_LANG) == "x-default"]
    texts = (" ".join(" ".join(item.itertext()).split()) for item in default or items or [field])
    return "; ".join(text for text in texts if text) or field.get(f"{{{_RDF}}}resource", "")


def _name(tag: str) -> str:
    space, _, name = tag.removeprefix("{").rpartition("}")
    return f"{_KNOWN.get(space, space)}:{name}" if space else name
