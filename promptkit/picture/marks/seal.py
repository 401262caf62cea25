"""What files are signed with: a certificate with its chain, and the private key."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.errors import Finding, SettingsError

if TYPE_CHECKING:
    from promptkit.picture.marks.certificate import Certificate
    from promptkit.settings import ProvenanceSettings

#: What a certificate may be for, any of these (extended key usage): mail and documents, which
#: stand for signing at large, C2PA's own claims, Microsoft's, times and the state of certificates.
PURPOSES = (
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.36",
    "1.3.6.1.4.1.62558.2.1",
    "1.3.6.1.4.1.311.76.59.1.9",
    "1.3.6.1.5.5.7.3.8",
    "1.3.6.1.5.5.7.3.9",
)
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


@dataclass(frozen=True, slots=True)
class Seal:
    """What files are signed with: a certificate with its chain, and the private key, as PEM."""

    chain: bytes = field(repr=False)
    key: bytes = field(repr=False)
    way: str
    timestamp: str = ""
    """The address of an authority that confirms the time; asked at each signing."""
    files: tuple[str, str] = ("the certificate", "the key")
    """What the settings call the chain and the key."""

    def faults(self, now: datetime) -> list[Finding]:
        """Return what is wrong with the certificate, by name; the library must be there."""
        try:
            return self.certificate().faults(now)
        except ValueError as cause:
            fix = "have the file sent again, or export it anew: as PEM, without a password"
            return [Finding("unreadable-certificate", str(cause), fix=fix)]

    def certificate(self) -> Certificate:
        """Read the certificate; the library must be there.

        Raises:
            ValueError: it, or the key, cannot be read.
        """
        from promptkit.picture.marks.certificate import Certificate

        return Certificate.of(self.chain, self.key, *self.files)

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
        files = settings.certificate, settings.key
        return cls(chain, key, _way(key, settings.key), settings.timestamp, files)


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
    rule, message = "no-private-key", f"provenance.key: {name} is no private key as PKCS#8"
    fix = f"openssl pkcs8 -topk8 -nocrypt -in {name} -out pkcs8.pem, then name that file"
    if b"ENCRYPTED" in key:
        rule, message = "locked-key", f"provenance.key: {name} is locked with a password"
    elif start:
        rule, message = "key-kind", f"provenance.key: C2PA signs with no key of the kind in {name}"
        fix = (
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem, and "
            "have a certificate issued for it"
        )
    raise SettingsError(Finding(rule, message, fix=fix))
