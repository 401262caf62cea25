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
_FROM = datetime(2026, 1, 1)
_UNTIL = _FROM + timedelta(days=3650)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def write_seal(folder: Path, key: Key | None = None) -> tuple[Path, Path]:
    """Write a certificate with its chain, and its private key, as PEM; return both paths."""
    root = ec.generate_private_key(ec.SECP256R1())
    own = key or ec.generate_private_key(ec.SECP256R1())
    chain = _certificate(SIGNER, own, root, ca=False) + _certificate("Root", root, root, ca=True)
    paths = folder / "chain.pem", folder / "key.pem"
    paths[0].write_bytes(chain)
    paths[1].write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def _certificate(name: str, key: Key, issuer: ec.EllipticCurvePrivateKey, *, ca: bool) -> bytes:
    public = key.public_key()
    usage = dict.fromkeys(
        [
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("Root"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **usage), critical=True
        )
    )
    if not ca:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(issuer, hashes.SHA256()).public_bytes(Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tidewell Ltd"),
        ]
    )
