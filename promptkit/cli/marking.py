"""provenance: where a picture comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from promptkit.cli.output import (
    JsonFlag,
    ProjectOption,
    money,
    near,
    open_kit,
    print_json,
    print_pairs,
)

if TYPE_CHECKING:
    from promptkit.picture.known import Known
    from promptkit.picture.marks.credentials import Credentials, Manifest
    from promptkit.picture.marks.origin import Provenance

PictureArgument = Annotated[
    str, typer.Argument(metavar="RUN|IMAGE", help="A run's id, “last”, or a picture's path.")
]

#: What is told of a file, in this order: each in XMP, else in the older kinds that mean the same.
_LABELS = {
    "dc:title": ("Title", ("IIM:ObjectName",)),
    "Iptc4xmpCore:AltTextAccessibility": ("Alt text", ()),
    "dc:description": ("Description", ("IIM:Caption",)),
    "dc:creator": ("Creator", ("IIM:By-line", "tiff:Artist", "EXIF:Artist")),
    "dc:rights": ("Copyright", ("IIM:CopyrightNotice", "tiff:Copyright", "EXIF:Copyright")),
    "xmpRights:Marked": ("Protected", ()),
    "plus:CopyrightOwnerName": ("Owner", ("xmpRights:Owner",)),
    "photoshop:Credit": ("Credit line", ("IIM:Credit",)),
    "photoshop:Source": ("Source", ("IIM:Source",)),
    "xmpRights:UsageTerms": ("Usage terms", ()),
    "xmpRights:WebStatement": ("Rights page", ()),
    "cc:license": ("Licence", ()),
    "plus:LicensorName": ("Licensor", ()),
    "plus:LicensorURL": ("Licence from", ()),
    "plus:DataMining": ("Data mining", ()),
    "photoshop:Instructions": ("Instructions", ("IIM:SpecialInstructions",)),
    "Iptc4xmpExt:AISystemUsed": ("AI system", ()),
    "Iptc4xmpExt:AISystemVersionUsed": ("AI version", ()),
    "Iptc4xmpExt:AIPromptInformation": ("Prompt", ()),
    "Iptc4xmpExt:AIPromptWriterName": ("Prompt by", ()),
    "xmp:CreateDate": ("Created", ()),
    "xmp:CreatorTool": ("Saved with", ("IIM:OriginatingProgram",)),
}
_SOURCE = "Iptc4xmpExt:DigitalSourceType"
#: Values that are no words yet, by their ends.
_VALUES = {
    "xmpRights:Marked": {"True": "yes, by copyright", "False": "no: it is in the public domain"},
    "plus:DataMining": {
        "DMI-UNSPECIFIED": "neither allowed nor prohibited",
        "DMI-ALLOWED": "allowed",
        "DMI-PROHIBITED": "prohibited",
        "DMI-PROHIBITED-AIMLTRAINING": "prohibited for training AI",
        "DMI-PROHIBITED-GENAIMLTRAINING": "prohibited for training generative AI",
        "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING": "prohibited, search engines aside",
        "DMI-PROHIBITED-SEECONSTRAINT": "prohibited, as its usage terms say",
    },
}
_BY_AI = {True: "yes", False: "no", None: "nobody says"}
#: Of so many further fields the names are told.
_NAMED = 20
_RELATIONS = {
    "parentOf": "made from",
    "componentOf": "with, as a part",
    "inputTo": "given to the model",
    "": "this picture",
}
_STATES = {
    "Trusted": "intact, and the signer is trusted",
    "Valid": "intact; whether the signer can be trusted was not looked up",
    "Invalid": "broken: the picture or its history was changed after it was signed",
}


def provenance(
    picture: PictureArgument, project: ProjectOption = None, as_json: JsonFlag = False
) -> int:
    """Tell where a picture comes from: what it says, what it proves, what the project knows.

    Exits with 1 when its content credentials are broken.

    Example: promptkit provenance last
    """
    with open_kit(project) as kit:
        found = kit.provenance(picture)
    if as_json:
        print_json(found.as_dict())
    else:
        print_pairs((label, _printable(str(text))) for label, text in _lines(found))
    return int(found.credentials is not None and found.credentials.state == "Invalid")


def _lines(found: Provenance) -> Iterator[tuple[str, object]]:
    yield "File", f"{near(found.path)}  ({found.media_type}, sha256 {found.sha256[:16]}…)"
    yield "Made with AI", _by_ai(found)
    yield from _own_words(found.fields)
    yield from _proven(found.credentials)
    for why in found.unread:
        yield "Not read", why
    for known in found.runs:
        yield "Run", _run(known)
    for sidecar in found.sidecars:
        yield "Sidecar", near(sidecar)
    if not (found.fields or found.credentials or found.unread):
        yield "Says", "nothing of itself: no XMP, no IPTC, no content credentials"
    if not (found.runs or found.sidecars):
        yield "Project", "knows nothing of it; what was edited or saved anew is another file"


def _by_ai(found: Provenance) -> str:
    if {found.by_file, found.by_run} != {True, False}:
        return _BY_AI[found.by_model]
    file, run = (_BY_AI[said] for said in (found.by_file, found.by_run))
    return f"yes; but they contradict each other: its file says {file}, its run says {run}"


def _own_words(fields: dict[str, str]) -> Iterator[tuple[str, object]]:
    if source := fields.get(_SOURCE):
        yield "How", _made(source)
    for name, (label, older) in _LABELS.items():
        if name in fields:
            value = fields[name]
            yield label, _VALUES.get(name, {}).get(value.rpartition("/")[2], value)
        elif instead := next((other for other in older if other in fields), None):
            yield label, f"{fields[instead]}  ({instead})"
    known = {_SOURCE, *_LABELS, *(name for _, older in _LABELS.values() for name in older)}
    others = [name for name in fields if name not in known and not name.startswith("IIM:")]
    if others:
        more = len(others) - _NAMED
        tail = f" and {more} more (--json shows all)" if more > 0 else ""
        yield "Says more", ", ".join(others[:_NAMED]) + tail


def _made(source: str) -> str:
    from promptkit.picture.marks.sources import said, word_of

    words = said(source)
    return words if words == source else f"{words}  [{word_of(source)}]"


def _proven(credentials: Credentials | None) -> Iterator[tuple[str, object]]:
    if credentials is None:
        return
    yield "Credentials", _STATES.get(credentials.state, credentials.state)
    if credentials.state == "Invalid":
        yield from (("", fault) for fault in credentials.faults)
    for manifest in credentials.manifests:
        yield "", "  " * manifest.depth + _manifest(manifest)


def _manifest(manifest: Manifest) -> str:
    head = f"{_RELATIONS.get(manifest.relation, manifest.relation)}: {manifest.title or 'no title'}"
    signed = f"signed by {manifest.signer or 'nobody'}" + (manifest.time and f" {manifest.time}")
    from promptkit.picture.marks.sources import said

    made = [said(source) for source in manifest.sources]
    parts = (manifest.generator, signed, ", ".join(manifest.actions), *made)
    return f"{head} ({'; '.join(part for part in parts if part)})"


def _run(known: Known) -> str:
    shot, record = known.shot, known.record
    what = f"{shot.tier} {shot.take}" + (f" for {known.channel}" if known.channel else "")
    made = f"{record.template.name} for {record.brand.name}, version {record.brand.version}"
    paid = f"{shot.model}, {money(shot.cost_usd)}"
    return f"{record.id}: {what} of {made}; {paid}; {near(known.path)}"


def _printable(text: str) -> str:
    """Return a text without what could command the terminal: the file may be anybody's."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
