"""Certificates to sign with, made anew for each test: none of them is worth keeping a secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNER = "Tidewell pictures"
#: What a certificate is for: mail, which stands for signing.
MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string
_FROM = datetime(2026, 1, 1)
_UNTIL = _FROM + timedelta(days=3650)

Digest = hashes.SHA256 | hashes.SHA3_256
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def write_seal(folder: Path, key: Key | None = None) -> tuple[Path, Path]:
    """Write a certificate with its chain, and its private key, as PEM; return both paths."""
    root = ec.generate_private_key(ec.SECP256R1())
    own = key or ec.generate_private_key(ec.SECP256R1())
    return write_pair(folder, certificate(own, root) + authority(root), own)


def write_pair(folder: Path, chain: bytes, key: Key) -> tuple[Path, Path]:
    """Write a chain and a private key, as PEM; return both paths."""
    paths = folder / "chain.pem", folder / "key.pem"
    paths[0].write_bytes(chain)
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def authority(key: Key) -> bytes:
    """Return the certificate of an authority, signed by itself."""
    return certificate(key, key, names=("Root", "Root"), ca=True)


def certificate(
    key: Key,
    issuer: Key,
    *,
    names: tuple[str, str] = (SIGNER, "Root"),
    ca: bool = False,
    dates: tuple[datetime, datetime] = (_FROM, _UNTIL),
    purposes: tuple[str, ...] = (MAIL,),
    bare: bool = False,
    algorithm: Digest | None = None,
) -> bytes:
    """Return a certificate; ``names`` are its own and its issuer's, a bare one says no use."""
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(names[0]))
        .issuer_name(_named(names[1]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if not bare:
        own = issuer.public_key()
        extensions += [
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(own), False),
            (_usage(ca=ca), True),
        ]
    if not (bare or ca):
        extensions.append((x509.ExtendedKeyUsage(map(x509.ObjectIdentifier, purposes)), False))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer, algorithm or _hash_for(issuer)).public_bytes(Encoding.PEM)


def _hash_for(key: Key) -> Digest | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tidewell Ltd"),
        ]
    )
