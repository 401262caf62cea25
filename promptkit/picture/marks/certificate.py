"""What keeps a certificate from signing content credentials, each thing by its name.

What C2PA asks of one: https://spec.c2pa.org, “X.509 Certificates”. The library for content
credentials brings the one that reads certificates.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from promptkit.errors import Finding
from promptkit.picture.marks.seal import PURPOSES

_Kind = TypeVar("_Kind", bound=x509.ExtensionType)
_ANY = "2.5.29.37.0"
_LEAST_BITS = 2048
#: So many days before it ends somebody should have it renewed.
_SOON = 30
_WANTED = (
    "have it issued by another certificate with keyUsage=digitalSignature and "
    "extendedKeyUsage=emailProtection; docs/provenance.md has the lines that make one to try with"
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with those that it rests on, and whether a key is its own."""

    chain: tuple[x509.Certificate, ...]
    file: str
    """What the settings call it."""
    key_file: str
    owner: int | None
    """Which one of the chain the key belongs to."""

    @classmethod
    def of(cls, chain: bytes, key: bytes, file: str, key_file: str) -> Certificate:
        """Read a chain and a key, both PEM.

        Raises:
            ValueError: one of them cannot be read.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old certificates, said in Python's words
            try:
                certificates = tuple(x509.load_pem_x509_certificates(chain))
                keys = [each.public_key() for each in certificates]
            except (ValueError, UnsupportedAlgorithm):
                raise ValueError(f"{file} holds a certificate that is damaged") from None
            try:
                public = load_pem_private_key(key, None).public_key()
            except (ValueError, TypeError, UnsupportedAlgorithm):
                raise ValueError(f"{key_file} holds a key that is damaged") from None
        owners = [at for at, each in enumerate(keys) if each == public]
        return cls(certificates, file, key_file, owners[0] if owners else None)

    @property
    def name(self) -> str:
        """Whom it names."""
        return _name(self.chain[0])

    @property
    def until(self) -> datetime:
        """When it ends."""
        return self.chain[0].not_valid_after_utc

    def faults(self, now: datetime) -> list[Finding]:
        """Return what is wrong with it: errors keep it from signing, the rest is worth knowing."""
        if strange := self._strange_key():
            return strange
        return [*self._days(now), *(self._profile(0) or self._rest())]

    def _strange_key(self) -> list[Finding]:
        """Return why the key does not sign with the first certificate."""
        if self.owner is None:
            several = len(self.chain) > 1
            whose = (
                f"any certificate in {self.file}" if several else f"the certificate in {self.file}"
            )
            message = f"{self.key_file} is not the key of {whose}"
            fix = (
                "name the key that the certificate was asked for with. Both of these print the "
                f"same for a pair: openssl x509 -in {self.file} -noout -pubkey; "
                f"openssl pkey -in {self.key_file} -pubout"
            )
            return [Finding("key-mismatch", message, fix=fix)]
        if self.owner == 0:
            return []
        unfit = self._profile(self.owner)
        if unfit and not self._profile(0):
            owner = _name(self.chain[self.owner])
            message = (
                f"{self.key_file} is the key of “{owner}” in {self.file}, which signs no "
                f"pictures, and not that of “{self.name}”, which does"
            )
            fix = f"name the key that “{self.name}” was asked for with: provenance.key"
            return [Finding("key-mismatch", message, fix=fix)]
        message = f"{self.file} does not begin with the certificate that the key belongs to"
        fix = "put yours first, then those that it rests on: cat yours.pem theirs.pem > all.pem"
        return unfit or [Finding("certificate-order", message, fix=fix)]

    def _days(self, now: datetime) -> Iterator[Finding]:
        own = self.chain[0]
        left = (self.until - now).days
        renew = "have it renewed, and name the new file: provenance.certificate"
        if now > self.until:
            message = f"the certificate in {self.file} was valid until {self.until.date()}"
            yield Finding("certificate-expired", message, fix=renew)
        elif now < own.not_valid_before_utc:
            start = own.not_valid_before_utc.date()
            message = f"the certificate in {self.file} is valid from {start} on"
            fix = f"wait until then; or set this machine's clock right: it says {now.date()}"
            yield Finding("certificate-not-yet-valid", message, fix=fix)
        elif left < _SOON:
            days = f"{left} day{'' if left == 1 else 's'}"
            message = (
                f"the certificate in {self.file} is valid until {self.until.date()}: {days} more"
            )
            yield Finding("certificate-ends-soon", message, "warning", fix=renew)

    def _profile(self, at: int) -> list[Finding]:
        """Return why one of the chain is none to sign with, however long it is valid."""
        own = self.chain[at]
        which = f"“{_name(own)}”" if at else "the certificate"
        try:
            wrong = [*_kind_faults(own), *_use_faults(own)]
            constraints = _extension(own, x509.BasicConstraints)
        except (ValueError, x509.DuplicateExtension) as cause:
            wrong, constraints = [f"it cannot be read whole: {cause}"], None
        if constraints and constraints.ca:
            issued = own.issuer != own.subject
            what = "is an authority's" if issued else "is signed by itself, as an authority's is"
            message = f"{which} in {self.file} {what}: such a one signs no pictures"
            rule = "certificate-of-authority" if issued else "certificate-self-signed"
            return [Finding(rule, message, fix=_WANTED)]
        message = f"{which} in {self.file} is not for signing pictures: {'; '.join(wrong)}"
        return [Finding("certificate-purpose", message, fix=_WANTED)] if wrong else []

    def _rest(self) -> list[Finding]:
        """Return what is missing of the certificates that it rests on."""
        if self.chain[0].issuer == self.chain[0].subject:
            message = f"the certificate in {self.file} is signed by itself: nobody vouches for it"
            fix = "fine for trying out; for others, ask an authority on the C2PA's list of trust"
            return [Finding("certificate-self-signed", message, "advice", fix=fix)]
        if len(self.chain) == 1:
            issuer = _name(self.chain[0], issuer=True)
            message = (
                f"{self.file} lacks the certificates that yours rests on, the first “{issuer}”"
            )
            fix = f"add it behind yours: cat {self.file} theirs.pem > all.pem, and name that file"
            return [Finding("chain-missing", message, "warning", fix=fix)]
        for one, other in zip(self.chain, self.chain[1:], strict=False):
            if not _issued(one, other):
                message = f"in {self.file}, “{_name(one)}” is not issued by “{_name(other)}”"
                fix = "put yours first, then the one that issued it, then the one that issued that"
                return [Finding("chain-broken", message, "warning", fix=fix)]
        return []


def _name(certificate: x509.Certificate, *, issuer: bool = False) -> str:
    names = certificate.issuer if issuer else certificate.subject
    own = [*names.get_attributes_for_oid(NameOID.COMMON_NAME), *names]
    return str(own[0].value) if own else "no name"


def _issued(one: x509.Certificate, other: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(other)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _kind_faults(own: x509.Certificate) -> Iterator[str]:
    key = own.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_BITS:
        yield f"its RSA key has {key.key_size} bits, and needs {_LEAST_BITS}"
    made = own.signature_hash_algorithm
    if made and made.name not in ("sha256", "sha384", "sha512"):
        yield f"it was signed with {made.name.upper()}, and not with SHA-256 or better"


def _use_faults(own: x509.Certificate) -> Iterator[str]:
    usage = _extension(own, x509.KeyUsage)
    if not usage or not (usage.digital_signature or usage.content_commitment):
        yield "it lacks keyUsage=digitalSignature"
    purposes = _extension(own, x509.ExtendedKeyUsage)
    named = {purpose.dotted_string for purpose in purposes or ()}
    if not named.intersection(PURPOSES):
        yield "it lacks extendedKeyUsage=emailProtection"
    if _ANY in named:
        yield "it is for any purpose at all (anyExtendedKeyUsage)"
    if not _extension(own, x509.AuthorityKeyIdentifier):
        yield "it lacks authorityKeyIdentifier=keyid"


def _extension(own: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    try:
        return own.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
