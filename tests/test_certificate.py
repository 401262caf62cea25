"""What a certificate lacks is told by name, before a file is to be signed with it."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from typer.testing import CliRunner

from certificates import MAIL, Key, authority, certificate, write_pair, write_seal
from promptkit.cli.app import app
from promptkit.errors import Finding, SettingsError
from promptkit.picture.marks import Notes, credentials
from promptkit.picture.marks.credentials import Original, signed, tried
from promptkit.picture.marks.seal import Seal
from promptkit.settings import ProvenanceSettings

DOCS = Path(__file__).parent.parent / "docs" / "provenance.md"
NOW = datetime.now(UTC).replace(tzinfo=None)
DAY = timedelta(days=1)
ROOT = ec.generate_private_key(ec.SECP256R1())
OWN = ec.generate_private_key(ec.SECP256R1())
SHORT = rsa.generate_private_key(65537, 1024)
CLAIMS, SERVERS, ANY = "1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"


def seal(chain: bytes, key: Key = OWN) -> Seal:
    write_pair(Path.cwd(), chain, key)
    found = Seal.of(ProvenanceSettings(certificate="chain.pem", key="key.pem"), Path.cwd())
    assert found is not None
    return found


def faults(chain: bytes, key: Key = OWN) -> list[Finding]:
    return tried(seal(chain, key))


def own(**more: object) -> bytes:
    return certificate(OWN, ROOT, **more)  # type: ignore[arg-type]


def test_a_good_one_signs_and_nothing_is_said() -> None:
    assert faults(own() + authority(ROOT)) == []
    assert faults(own(purposes=(CLAIMS,)) + authority(ROOT)) == []


FAULTS: dict[str, tuple[Callable[[], bytes], Key, str, str]] = {
    "expired": (
        lambda: own(dates=(NOW - 9 * DAY, NOW - DAY)) + authority(ROOT),
        OWN,
        "certificate-expired",
        "was valid until",
    ),
    "not yet": (
        lambda: own(dates=(NOW + 2 * DAY, NOW + 90 * DAY)) + authority(ROOT),
        OWN,
        "certificate-not-yet-valid",
        "is valid from",
    ),
    "of another key": (
        lambda: own() + authority(ROOT),
        ec.generate_private_key(ec.SECP256R1()),
        "key-mismatch",
        "key.pem is not the key of any certificate in chain.pem",
    ),
    "of another key, alone": (
        own,
        ec.generate_private_key(ec.SECP256R1()),
        "key-mismatch",
        "key.pem is not the key of the certificate in chain.pem",
    ),
    "of the authority's key": (
        lambda: own() + authority(ROOT),
        ROOT,
        "key-mismatch",
        "is the key of “Root” in chain.pem, which signs no pictures, and not that of “Tidewell",
    ),
    "in the wrong order, and for servers": (
        lambda: authority(ROOT) + own(purposes=(SERVERS,)),
        OWN,
        "certificate-purpose",
        "“Tidewell pictures” in chain.pem is not for signing pictures",
    ),
    "in the wrong order": (
        lambda: authority(ROOT) + own(),
        OWN,
        "certificate-order",
        "does not begin",
    ),
    "an authority's own": (
        lambda: authority(ROOT),
        ROOT,
        "certificate-self-signed",
        "signed by itself, as an authority's is",
    ),
    "another authority's": (
        lambda: own(ca=True) + authority(ROOT),
        OWN,
        "certificate-of-authority",
        "is an authority's",
    ),
    "for nothing": (
        lambda: own(bare=True) + authority(ROOT),
        OWN,
        "certificate-purpose",
        "lacks keyUsage=digitalSignature; it lacks extendedKeyUsage=emailProtection; it lacks auth",
    ),
    "for servers": (
        lambda: own(purposes=(SERVERS,)) + authority(ROOT),
        OWN,
        "certificate-purpose",
        "lacks extendedKeyUsage=emailProtection",
    ),
    "for anything": (
        lambda: own(purposes=(MAIL, ANY)) + authority(ROOT),
        OWN,
        "certificate-purpose",
        "any purpose at all",
    ),
    "with a short key": (
        lambda: certificate(SHORT, ROOT) + authority(ROOT),
        SHORT,
        "certificate-purpose",
        "1024 bits",
    ),
    "of an odd digest": (
        lambda: own(algorithm=hashes.SHA3_256()) + authority(ROOT),
        OWN,
        "certificate-purpose",
        "signed with SHA3-256, and not with SHA-256",
    ),
    "damaged": (
        lambda: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        OWN,
        "unreadable-certificate",
        "chain.pem holds a certificate that is damaged",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_keeps_it_from_signing_is_an_error_with_a_fix(name: str) -> None:
    chain, key, rule, said = FAULTS[name]
    (finding,) = faults(chain(), key)
    assert (finding.rule, finding.severity) == (rule, "error")
    assert said in finding.message
    assert finding.fix


WARNINGS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "ends soon": (
        lambda: own(dates=(NOW - DAY, NOW + 9.5 * DAY)) + authority(ROOT),
        "certificate-ends-soon",
        "9 days more",
    ),
    "ends tomorrow": (
        lambda: own(dates=(NOW - DAY, NOW + 1.5 * DAY)) + authority(ROOT),
        "certificate-ends-soon",
        "1 day more",
    ),
    "alone": (own, "chain-missing", "the first “Root”"),
    "with another's": (
        lambda: own() + authority(OWN),
        "chain-broken",
        "is not issued by “Root”",
    ),
    "signed by itself": (
        lambda: certificate(OWN, OWN, names=("Me", "Me")),
        "certificate-self-signed",
        "nobody vouches for it",
    ),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_what_signs_and_could_be_better_is_no_error(name: str) -> None:
    chain, rule, said = WARNINGS[name]
    (finding,) = faults(chain())
    assert finding.rule == rule
    assert finding.severity != "error"
    assert said in finding.message
    assert finding.fix


def test_a_key_that_is_damaged_is_named() -> None:
    mine = seal(own() + authority(ROOT))
    body = mine.key.splitlines()
    broken = Seal(mine.chain, b"\n".join([*body[:2], b"AAAA", *body[3:]]), "es256", "", mine.files)
    (finding,) = tried(broken)
    assert "key.pem holds a key that is damaged" in finding.message


def test_what_the_library_alone_refuses_is_told_in_its_words() -> None:
    mine = seal(own() + authority(ROOT))
    wrong = Seal(mine.chain, mine.key, "ps256", "", mine.files)
    (finding,) = tried(wrong)
    assert finding.rule == "not-signed"
    assert "one px could not be signed" in finding.message


def test_what_reads_as_broken_when_it_is_signed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = seal(own() + authority(ROOT))
    monkeypatch.setattr(credentials, "signed", lambda data, *_, **__: data)
    (finding,) = tried(mine)
    assert finding.message == "what chain.pem signed reads as broken: nothing is found"


def test_a_certificate_that_cannot_be_read_whole_is_not_one_to_sign_with() -> None:
    chain = own() + authority(ROOT)
    body = base64.b64decode(b"".join(chain.split(b"-----")[2].split()))
    usage = b"\x06\x03\x55\x1d\x0f"  # keyUsage, said twice: once in the place of the purposes
    twice = base64.encodebytes(body.replace(b"\x06\x03\x55\x1d\x25", usage))
    broken = b"-----BEGIN CERTIFICATE-----\n" + twice + b"-----END CERTIFICATE-----\n"
    (finding,) = faults(broken + authority(ROOT))
    assert finding.rule == "certificate-purpose"
    assert "cannot be read whole" in finding.message


def test_an_authority_that_cannot_be_asked_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = replace(seal(own() + authority(ROOT)), timestamp="http://127.0.0.1:9/")
    original = Original(base64.b64decode(credentials._SPECK), "image/png", "a.png")
    with pytest.raises(SettingsError) as caught:
        signed(original.data, "image/png", Notes(), seal=mine, original=original)
    (finding,) = caught.value.findings
    assert finding.rule == "not-signed"
    assert "provenance.timestamp is at fault" in str(finding.fix)


def signing() -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(app, ["doctor", "--json"])
    (check,) = [each for each in json.loads(done.stdout)["checks"] if each["name"] == "signing"]
    assert "PRIVATE" not in done.output
    return done.exit_code, check


def test_the_doctor_tries_it_and_asks_nobody() -> None:
    write_seal(Path.cwd())
    settings = "provenance: {certificate: chain.pem, key: key.pem, timestamp: 'https://t.example'}"
    Path("promptkit.yaml").write_text(settings)
    code, check = signing()
    assert code == 0
    assert check["said"] == (
        "“Tidewell pictures” signs, tried on a picture of one px; valid until 2035-12-30; "
        "https://t.example was not asked"
    )
    write_pair(Path.cwd(), own(dates=(NOW - 9 * DAY, NOW - DAY)) + authority(ROOT), OWN)
    code, check = signing()
    assert (code, check["ok"], check["said"]) == (1, False, "finished files cannot be signed")
    Path("key.pem").unlink()
    assert signing()[1]["said"] == "finished files cannot be signed"


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on this machine")
def test_the_lines_of_the_docs_make_one_to_try_with() -> None:
    text = DOCS.read_text(encoding="utf-8")
    (lines,) = re.findall(r"```sh\n([^`]*openssl[^`]*)```", text)
    subprocess.run(["bash", "-euc", lines], check=True, capture_output=True)
    found = Seal.of(ProvenanceSettings(certificate="certs/chain.pem", key="certs/key.pem"), Path())
    assert found is not None
    assert tried(found) == []
