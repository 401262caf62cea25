"""IPTC's older records (IIM), which many picture archives still read: JPEG only."""

from __future__ import annotations

from promptkit.picture.marks.notes import Notes, tool

MARK = b"Photoshop 3.0\0"
_RESOURCE = b"8BIM\x04\x04\0\0"
_UTF_8 = b"\x1b%G"


def records(notes: Notes) -> bytes:
    """Return notes as the content of a JPEG's APP13 segment; texts are cut at the IIM's limits."""
    name, version = tool()
    rights = notes.rights
    fields = (
        (5, notes.title, 64),
        (40, notes.instructions or rights.instructions, 256),
        (65, name, 32),
        (70, version, 10),
        *((80, creator, 32) for creator in rights.creators or (notes.creator,)),
        (110, notes.credit or rights.credit, 32),
        (115, rights.source, 32),
        (116, rights.notice, 128),
    )
    data = _record(1, 90, _UTF_8) + _record(2, 0, b"\0\4")
    for number, text, most in fields:
        if text:
            data += _record(2, number, _cut(text, most))
    padding = b"\0" * (len(data) % 2)
    return MARK + _RESOURCE + len(data).to_bytes(4, "big") + data + padding


def _record(record: int, number: int, value: bytes) -> bytes:
    return bytes([0x1C, record, number]) + len(value).to_bytes(2, "big") + value


def _cut(text: str, most: int) -> bytes:
    """Return a text's bytes, so many at most, without half a letter at the end."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore").encode()


_NAMES = {
    5: "ObjectName",
    25: "Keywords",
    40: "SpecialInstructions",
    65: "OriginatingProgram",
    70: "ProgramVersion",
    80: "By-line",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    120: "Caption",
}


def values_of(segment: bytes) -> dict[str, tuple[str, ...]]:
    """Return what an APP13 segment's records say, by the IIM's names, as in ``IIM:By-line``.

    Raises:
        ValueError: it is cut short.
    """
    start = segment.find(_RESOURCE)
    if start < 0:
        return {}
    start += len(_RESOURCE)
    end = start + 4 + int.from_bytes(segment[start : start + 4], "big")
    found: dict[str, tuple[str, ...]] = {}
    at = start + 4
    while at + 5 <= min(end, len(segment)) and segment[at] == 0x1C:
        length = int.from_bytes(segment[at + 3 : at + 5], "big")
        if at + 5 + length > min(end, len(segment)):  # long forms among them: nobody writes them
            raise ValueError("the IPTC records are cut short")
        name = _NAMES.get(segment[at + 2]) if segment[at + 1] == 2 else None
        text = " ".join(decoded(segment[at + 5 : at + 5 + length]).split()) if name else ""
        if name and text:
            found[f"IIM:{name}"] = (*found.get(f"IIM:{name}", ()), text)
        at += 5 + length
    return found


def decoded(text: bytes) -> str:
    """Return a text of an old kind: in UTF-8, or as Windows programs of the West wrote it."""
    text = text.strip(b"\0 ")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")
