"""Content credentials (C2PA): reading what a picture proves of itself, and signing what was made.

The library for them is the extra ``c2pa``; nothing else needs it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Literal

from promptkit.errors import BriefError, Finding, SettingsError
from promptkit.picture.marks.notes import Notes, tool
from promptkit.picture.marks.seal import PURPOSES, Seal
from promptkit.picture.marks.sources import SOURCES, Source, source_of

Act = Literal["cropped", "resized", "edited", "converted", "color_adjustments"]

#: Nothing is fetched, whatever address a picture names.
_OFFLINE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
    "trust": {"trust_config": "\n".join(PURPOSES)},  # else it knows that of mail only
}
#: A PNG of one px.
_SPECK = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEANl9ngAAAAABJRU5ErkJggg=="
)
_ASK = "show this to whoever issued the certificate"
#: No history of a picture is followed further down.
_DEEPEST = 50
#: No fault: the state says it, and no list of trust was given.
_NOT_LISTED = "signingCredential.untrusted"
#: Of a picture in a format that is none of ours.
_ANY_FORMAT = "application/octet-stream"
#: How a manifest names the ingredient that it rests on.
_PARENT = "parent"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a picture, as C2PA names it, and what exactly."""

    act: Act
    what: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """The picture that a file was made from, byte for byte as it came."""

    data: bytes = field(repr=False)
    media_type: str
    name: str
    foreign: Source | None = None
    """How it came about, where it is somebody else's: no run had it drawn."""


def signed(
    data: bytes,
    media_type: str,
    notes: Notes,
    *,
    seal: Seal,
    original: Original,
    steps: Sequence[Step] = (),
) -> bytes:
    """Return a finished picture's bytes, signed: what it was made from and what was done to it.

    Credentials of the original stay within, as those of its parent. Without any, the picture is
    said to have been created by its model; somebody else's is said to have been opened. The
    original itself is only read.

    Raises:
        SettingsError: the extra is missing, or the certificate and key do not sign.
    """
    c2pa = library()
    parent = held(original.data, original.media_type) is not None
    manifest = _manifest(notes, original, steps, parent=parent)
    out = BytesIO()
    info = c2pa.C2paSignerInfo(seal.way, seal.chain, seal.key, seal.timestamp or None)
    try:
        with (
            c2pa.Context(c2pa.Settings.from_dict(_OFFLINE)) as context,
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(manifest, context) as builder,
        ):
            if parent:
                stream = BytesIO(original.data)
                builder.add_ingredient(_parent(original), original.media_type, stream)
            builder.sign(signer, media_type, BytesIO(data), out)
    except c2pa.C2paError as cause:
        faults = [fault for fault in seal.faults(datetime.now(UTC)) if fault.severity == "error"]
        fix = "promptkit doctor tries the certificate by itself"
        if seal.timestamp:
            fix += "; where that works, provenance.timestamp is at fault"
        message = f"{original.name} could not be signed: {cause}"
        raise SettingsError(faults or [Finding("not-signed", message, fix=fix)]) from None
    return out.getvalue()


def tried(seal: Seal) -> list[Finding]:
    """Sign a picture of one px and read it again, asking nobody; return what is wrong.

    Errors keep files from being signed, all else is worth knowing.

    Raises:
        SettingsError: the extra is missing.
    """
    library()
    faults = seal.faults(datetime.now(UTC))
    if any(fault.severity == "error" for fault in faults):
        return faults
    speck, kind = base64.b64decode(_SPECK), "image/png"
    notes, original = Notes(source="algorithmicMedia"), Original(speck, kind, "a picture of one px")
    try:
        done = signed(speck, kind, notes, seal=replace(seal, timestamp=""), original=original)
    except SettingsError as error:
        return [*(replace(finding, fix=_ASK) for finding in error.findings), *faults]
    found = held(done, kind)
    if found is None or found.state == "Invalid":
        why = "; ".join(found.faults if found else ())
        message = f"what {seal.files[0]} signed reads as broken: {why or 'nothing is found'}"
        return [Finding("not-signed", message, fix=_ASK), *faults]
    return faults


def _manifest(
    notes: Notes, original: Original, steps: Sequence[Step], *, parent: bool
) -> dict[str, Any]:
    name, version = tool()
    acts: list[dict[str, Any]] = []
    if parent or original.foreign:
        kind = {"digitalSourceType": f"{SOURCES}{original.foreign}"} if original.foreign else {}
        acts.append({"action": "c2pa.opened", "parameters": {"ingredientIds": [_PARENT]}} | kind)
    else:
        made = {"action": "c2pa.created", "digitalSourceType": _made_as(notes)}
        agent = {"softwareAgent": {"name": notes.system}} if notes.system else {}
        acts.append(made | agent)
    for step in steps:
        told = {"description": step.what} if step.what else {}
        edited = {"digitalSourceType": notes.source_address} if step.act == "edited" else {}
        acts.append({"action": f"c2pa.{step.act}"} | told | edited)
    return {
        "claim_generator_info": [{"name": name, "version": version}],
        "title": notes.title or original.name,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": acts}}],
        "ingredients": [_parent(original)] if original.foreign and not parent else [],
    }


def _parent(original: Original) -> dict[str, str]:
    return {
        "title": original.name,
        "format": original.media_type or _ANY_FORMAT,
        "relationship": "parentOf",
        "instance_id": _PARENT,
    }


def _made_as(notes: Notes) -> str:
    """Return how the original came about, before anything was laid over it."""
    return f"{SOURCES}{source_of(by_model=notes.by_model, laid_over=False)}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One link of a picture's history, as whoever signed it tells it."""

    title: str
    generator: str
    signer: str
    """Whose certificate signed it."""
    time: str
    """When, if an authority confirmed it."""
    actions: tuple[str, ...]
    sources: tuple[str, ...]
    """How it came about, by the IPTC's words."""
    relation: str = ""
    """What it is to the one before: parentOf, componentOf, inputTo; empty for the newest."""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a picture's content credentials prove, and what is wrong with them."""

    state: str
    """Trusted, Valid (whole, but the signer is on no list of trust) or Invalid."""
    faults: tuple[str, ...]
    manifests: tuple[Manifest, ...]
    """The newest first, each before those that it was made from."""


def has_credentials(data: bytes) -> bool:
    """Say whether a file seems to hold content credentials; no library is needed for that."""
    return b"jumb" in data and b"c2pa" in data


def held(data: bytes, media_type: str) -> Credentials | None:
    """Return what a picture's content credentials say; ``None`` when it has none.

    Raises:
        SettingsError: the extra is missing.
        BriefError: they cannot be read.
    """
    if not has_credentials(data):
        return None
    c2pa = library()
    try:
        with c2pa.Context(c2pa.Settings.from_dict(_OFFLINE)) as context:
            reader = c2pa.Reader.try_create(media_type, BytesIO(data), context=context)
            if reader is None:
                return None
            with reader:
                told = json.loads(reader.json())
                state = reader.get_validation_state() or "Invalid"
    except c2pa.C2paError as cause:
        message = f"the picture's content credentials cannot be read: {cause}"
        raise BriefError(Finding("unreadable-credentials", message)) from None
    faults = (
        fault.get("explanation") or fault["code"]
        for fault in told.get("validation_status", [])
        if fault["code"] != _NOT_LISTED
    )
    manifests = told.get("manifests", {})
    return Credentials(
        state=state,
        faults=tuple(dict.fromkeys(faults)),
        manifests=tuple(_links(manifests, told.get("active_manifest", ""), set())),
    )


def _links(
    manifests: Mapping[str, Any], label: str, seen: set[str], relation: str = "", depth: int = 0
) -> Iterator[Manifest]:
    if label not in manifests or label in seen or depth > _DEEPEST:
        return
    seen.add(label)
    told = manifests[label]
    yield _link(told, relation, depth)
    for ingredient in told.get("ingredients", []):
        name = ingredient.get("active_manifest", "")
        yield from _links(manifests, name, seen, ingredient.get("relationship", ""), depth + 1)


def _link(told: Mapping[str, Any], relation: str, depth: int) -> Manifest:
    acts = [
        act
        for assertion in told.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for act in _acts(assertion.get("data"))
    ]
    signature = told.get("signature_info") or {}
    sources = (str(act.get("digitalSourceType", "")).rpartition("/")[2] for act in acts)
    return Manifest(
        title=str(told.get("title") or ""),
        generator=_generator(told),
        signer=str(signature.get("common_name") or signature.get("issuer") or ""),
        time=str(signature.get("time") or ""),
        actions=tuple(_said(act) for act in acts),
        sources=tuple(dict.fromkeys(source for source in sources if source)),
        relation=relation,
        depth=depth,
    )


def _acts(data: Any) -> list[Mapping[str, Any]]:
    """Return the acts of an assertion; anybody may write anything into one."""
    acts = data.get("actions") if isinstance(data, dict) else None
    return [act for act in acts if isinstance(act, dict)] if isinstance(acts, list) else []


def _generator(told: Mapping[str, Any]) -> str:
    infos = told.get("claim_generator_info") or [{}]
    named = " ".join(str(infos[0].get(part, "")) for part in ("name", "version")).strip()
    return named or str(told.get("claim_generator") or "")


def _said(act: Mapping[str, Any]) -> str:
    name = str(act.get("action", "")).removeprefix("c2pa.")
    return f"{name}: {act['description']}" if act.get("description") else name


def library() -> Any:
    """Return the library for content credentials.

    Raises:
        SettingsError: it is not installed.
    """
    try:
        import c2pa  # type: ignore[import-untyped]
    except ImportError:
        message = "content credentials need a library that is not installed"
        fix = "pip install 'brand-promptkit[c2pa]'"
        raise SettingsError(Finding("no-c2pa", message, fix=fix)) from None
    return c2pa
