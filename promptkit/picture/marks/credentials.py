"""Content credentials (C2PA): reading what a picture proves of itself, and signing what was made.

The library for them is the extra ``c2pa``; nothing else needs it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from promptkit.errors import BriefError, Finding, SettingsError
from promptkit.picture.marks.notes import SOURCES, Notes, tool

if TYPE_CHECKING:
    from promptkit.settings import ProvenanceSettings

Act = Literal["cropped", "resized", "edited", "converted", "color_adjustments"]

#: Nothing is fetched, whatever address a picture names.
_OFFLINE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
#: Which way of signing a key is for, by the object identifier in its first bytes.
_WAYS = {
    "06082a8648ce3d030107": "es256",
    "06052b81040022": "es384",
    "06052b81040023": "es512",
    "06092a864886f70d010101": "ps256",
    "06032b6570": "ed25519",
}
_PEM = re.compile(rb"-----BEGIN PRIVATE KEY-----(.+?)-----END", re.S)
_IDENTIFIED_WITHIN = 64
#: No fault: the state says it, and no list of trust was given.
_NOT_LISTED = "signingCredential.untrusted"
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


@dataclass(frozen=True, slots=True)
class Seal:
    """What files are signed with: a certificate with its chain, and the private key, as PEM."""

    chain: bytes = field(repr=False)
    key: bytes = field(repr=False)
    way: str
    timestamp: str = ""
    """The address of an authority that confirms the time; asked at each signing."""

    @classmethod
    def of(cls, settings: ProvenanceSettings, root: Path) -> Seal | None:
        """Read what the settings name; ``None`` when they name no certificate.

        Raises:
            SettingsError: a file is missing, or the key is none that can be signed with.
        """
        if not (settings.certificate or settings.key):
            return None
        chain = _file(root, settings.certificate, "certificate")
        key = _file(root, settings.key, "key")
        if b"-----BEGIN CERTIFICATE-----" not in chain:
            message = f"provenance.certificate: {settings.certificate} holds no certificate"
            fix = "name a PEM file: your certificate first, then those that it rests on"
            raise SettingsError(Finding("no-certificate", message, fix=fix))
        return cls(chain, key, _way(key, settings.key), settings.timestamp)


def _file(root: Path, name: str, what: str) -> bytes:
    if not name:
        message = f"provenance.{what} is not set: signing takes a certificate and its key"
        raise SettingsError(Finding("half-a-seal", message, fix=f"set provenance.{what}: FILE"))
    try:
        return (root / Path(name).expanduser()).read_bytes()
    except OSError as cause:
        message = f"provenance.{what}: {name} cannot be read: {cause.strerror}"
        raise SettingsError(Finding("no-seal-file", message, fix="correct the path")) from None


def _way(key: bytes, name: str) -> str:
    body = _PEM.search(key)
    try:
        start = base64.b64decode(body[1] if body else b"")[:_IDENTIFIED_WITHIN].hex()
    except binascii.Error:
        start = ""
    for identifier, way in _WAYS.items():
        if identifier in start:
            return way
    message = f"provenance.key: {name} is no private key that C2PA signs with"
    fix = f"openssl pkcs8 -topk8 -nocrypt -in {name} -out pkcs8.pem, then name that file"
    raise SettingsError(Finding("no-private-key", message, fix=fix))


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

    Credentials of the original stay within, as those of its parent; without any, the picture is
    said to have been created by its model. The original itself is only read.

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
                ingredient = {
                    "title": original.name,
                    "relationship": "parentOf",
                    "instance_id": _PARENT,
                }
                builder.add_ingredient(ingredient, original.media_type, BytesIO(original.data))
            builder.sign(signer, media_type, BytesIO(data), out)
    except c2pa.C2paError as cause:
        fix = (
            "check provenance.certificate and provenance.key: they belong together, chain included"
        )
        raise SettingsError(
            Finding("not-signed", f"{original.name} could not be signed: {cause}", fix=fix)
        ) from None
    return out.getvalue()


def _manifest(
    notes: Notes, original: Original, steps: Sequence[Step], *, parent: bool
) -> dict[str, Any]:
    name, version = tool()
    acts: list[dict[str, Any]] = []
    if parent:
        acts.append({"action": "c2pa.opened", "parameters": {"ingredientIds": [_PARENT]}})
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
    }


def _made_as(notes: Notes) -> str:
    """Return how the original came about, before anything was laid over it."""
    return f"{SOURCES}{'trainedAlgorithmicMedia' if notes.by_model else 'algorithmicMedia'}"


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
    if label not in manifests or label in seen:
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
        for act in assertion.get("data", {}).get("actions", [])
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
