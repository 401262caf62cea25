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

_LABELS = {
    "Iptc4xmpCore:AltTextAccessibility": "Alt text",
    "Iptc4xmpExt:AIPromptInformation": "Prompt",
    "Iptc4xmpExt:AIPromptWriterName": "Prompt by",
    "Iptc4xmpExt:AISystemUsed": "AI system",
    "Iptc4xmpExt:AISystemVersionUsed": "AI version",
    "dc:creator": "Creator",
    "dc:description": "Description",
    "dc:rights": "Rights",
    "dc:title": "Title",
    "photoshop:Credit": "Credit",
    "photoshop:Instructions": "Instructions",
    "xmp:CreateDate": "Created",
    "xmp:CreatorTool": "Tool",
}
_SOURCE = "Iptc4xmpExt:DigitalSourceType"
#: The IPTC's words for how a picture came about, as a person says it.
_SOURCES = {
    "algorithmicMedia": "drawn by a program that was trained on nothing",
    "compositeSynthetic": "put together, with parts that a program drew",
    "compositeWithTrainedAlgorithmicMedia": "drawn by a trained model (AI), with things laid over",
    "digitalCapture": "taken with a camera",
    "humanEdits": "edited by a person",
    "trainedAlgorithmicMedia": "drawn by a trained model (AI)",
}
_RELATIONS = {
    "parentOf": "made from",
    "componentOf": "with, as a part",
    "inputTo": "given to the model",
    "": "this picture",
}
_STATES = {
    "Trusted": "whole, and the signer is trusted",
    "Valid": "whole; whether the signer can be trusted was not looked up",
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
        yield "Project", "knows nothing of it; files that were finished or saved anew are others"


def _own_words(fields: dict[str, str]) -> Iterator[tuple[str, object]]:
    if source := fields.get(_SOURCE):
        word = source.rpartition("/")[2]
        yield "Made", f"{_SOURCES[word]} [{word}]" if word in _SOURCES else source
    for name, label in _LABELS.items():
        if name in fields:
            yield label, fields[name]
    known = {*_LABELS, _SOURCE}
    others = [name for name in fields if name not in known and not name.startswith("IIM:")]
    if not known & fields.keys():
        yield from ((name, value) for name, value in fields.items() if name.startswith("IIM:"))
    if others:
        yield "Says more", ", ".join(others)


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
    made = [_SOURCES.get(source, source) for source in manifest.sources]
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
