"""Content credentials: what was made from what, signed and read, the original as it was."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import c2pa  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from PIL import Image
from typer.testing import CliRunner, Result

from certificates import SIGNER, Key, write_seal
from promptkit import Kit, SettingsError
from promptkit.cli.app import app
from promptkit.errors import BriefError
from promptkit.picture.marks import Notes, Rights, fields, marked
from promptkit.picture.marks.credentials import Original, Step, held, signed
from promptkit.picture.marks.seal import Seal
from promptkit.project import find_project
from promptkit.settings import ProvenanceSettings

NOTES = Notes(
    source="compositeWithTrainedAlgorithmicMedia",
    title="Tidewell, packshot",
    alt="A slim can.",
    system="openai/gpt-image-2",
)
STEPS = (Step("cropped", "to 3:2"), Step("resized"), Step("edited", "logo laid over"))
FORMS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/avif": "AVIF"}


def drawn(media_type: str = "image/png") -> bytes:
    buffer = BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(buffer, FORMS[media_type])
    return buffer.getvalue()


def original(data: bytes | None = None) -> Original:
    return Original(data or drawn(), "image/png", "final-2.png")


def seal(key: Key | None = None) -> Seal:
    chain, own = write_seal(Path.cwd(), key)
    settings = ProvenanceSettings(certificate=chain.name, key=str(own))
    made = Seal.of(settings, Path.cwd())
    assert made is not None
    return made


def from_a_provider() -> bytes:
    """Return a picture as a provider sends it that signs what it draws."""
    notes = Notes(title="image.png", system="their-model")
    return signed(drawn(), "image/png", notes, seal=seal(), original=original())


@pytest.mark.parametrize("media_type", FORMS)
def test_the_provider_s_credentials_stay_as_those_of_the_parent(media_type: str) -> None:
    sent = original(from_a_provider())
    before = hashlib.sha256(sent.data).hexdigest()
    data = marked(drawn(media_type), media_type, NOTES)
    made = signed(data, media_type, NOTES, seal=seal(), original=sent, steps=STEPS)
    found = held(made, media_type)
    assert found is not None
    assert (found.state, found.faults) == ("Valid", ())
    newest, parent = found.manifests
    assert newest.title == "Tidewell, packshot"
    assert newest.signer == SIGNER
    assert newest.generator.startswith("promptkit ")
    assert newest.actions == ("opened", "cropped: to 3:2", "resized", "edited: logo laid over")
    assert newest.sources == ("compositeWithTrainedAlgorithmicMedia",)
    assert (parent.relation, parent.depth) == ("parentOf", 1)
    assert parent.sources == ("trainedAlgorithmicMedia",)
    assert hashlib.sha256(sent.data).hexdigest() == before
    assert fields(made, media_type) == fields(data, media_type)
    with Image.open(BytesIO(made)) as one, Image.open(BytesIO(data)) as other:
        assert one.tobytes() == other.tobytes()


def test_a_picture_without_credentials_is_said_to_be_created_by_its_model() -> None:
    made = signed(drawn(), "image/png", NOTES, seal=seal(), original=original(), steps=STEPS[:1])
    found = held(made, "image/png")
    assert found is not None
    (only,) = found.manifests
    assert only.actions == ("created", "cropped: to 3:2")
    assert only.sources == ("trainedAlgorithmicMedia",)


def test_a_program_s_sketch_is_signed_as_one() -> None:
    notes = replace(NOTES, source="algorithmicMedia", system="")
    made = signed(drawn(), "image/png", notes, seal=seal(), original=original(), steps=STEPS)
    found = held(made, "image/png")
    assert found is not None
    assert found.manifests[0].sources == ("algorithmicMedia",)


@pytest.mark.parametrize(
    ("key", "way"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "es384"),
        (ec.generate_private_key(ec.SECP521R1()), "es512"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519"),
        (rsa.generate_private_key(65537, 2048), "ps256"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_key_says_how_it_signs(key: Key, way: str) -> None:
    mine = seal(key)
    assert mine.way == way
    made = signed(drawn(), "image/png", NOTES, seal=mine, original=original())
    found = held(made, "image/png")
    assert found is not None
    assert found.state == "Valid"


def test_a_picture_changed_after_it_was_signed_is_found_out() -> None:
    made = signed(drawn("image/jpeg"), "image/jpeg", NOTES, seal=seal(), original=original())
    broken = bytearray(made)
    broken[-20] ^= 0xFF
    found = held(bytes(broken), "image/jpeg")
    assert found is not None
    assert found.state == "Invalid"
    assert any("hash" in fault for fault in found.faults)


def test_new_notes_leave_out_credentials_that_no_longer_hold() -> None:
    for media_type in FORMS:
        data = drawn(media_type)
        made = signed(data, media_type, NOTES, seal=seal(), original=original())
        again = marked(made, media_type, NOTES)
        assert held(again, media_type) is None
        with Image.open(BytesIO(again)) as one, Image.open(BytesIO(data)) as other:
            assert one.tobytes() == other.tobytes()


def test_a_picture_that_only_mentions_them_has_none() -> None:
    data, words = drawn(), Notes(title="jumb c2pa")
    assert held(marked(data, "image/png", words), "image/png") is None


def test_a_picture_that_cannot_be_read_says_so() -> None:
    made = signed(drawn(), "image/png", NOTES, seal=seal(), original=original())
    with pytest.raises(BriefError, match="credentials cannot be read"):
        held(made[:-300], "image/png")


def test_a_certificate_and_a_stranger_s_key_do_not_sign() -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    (Path.cwd() / "other").mkdir()
    _, key = write_seal(Path.cwd() / "other", stranger)
    mixed = replace(seal(), key=key.read_bytes())
    with pytest.raises(SettingsError, match="is not the key of any certificate") as caught:
        signed(drawn(), "image/png", NOTES, seal=mixed, original=original())
    assert caught.value.findings[0].rule == "key-mismatch"


def test_nothing_is_signed_unless_somebody_says_with_what() -> None:
    assert Seal.of(ProvenanceSettings(), Path.cwd()) is None


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"certificate": "chain.pem"}, "half-a-seal"),
        ({"key": "key.pem"}, "half-a-seal"),
        ({"certificate": "gone.pem", "key": "key.pem"}, "no-seal-file"),
        ({"certificate": "key.pem", "key": "key.pem"}, "no-certificate"),
        ({"certificate": "chain.pem", "key": "chain.pem"}, "no-private-key"),
        ({"certificate": "chain.pem", "key": "locked.pem"}, "locked-key"),
        ({"certificate": "chain.pem", "key": "odd.pem"}, "no-private-key"),
        ({"certificate": "chain.pem", "key": "curve.pem"}, "key-kind"),
    ],
)
def test_what_cannot_be_signed_with_is_named(said: dict[str, str], rule: str) -> None:
    write_seal(Path.cwd())
    locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    Path("locked.pem").write_bytes(locked)
    other = ec.generate_private_key(ec.SECP256K1())
    Path("curve.pem").write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    Path("odd.pem").write_text("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n")
    with pytest.raises(SettingsError) as caught:
        Seal.of(ProvenanceSettings.model_validate(said), Path.cwd())
    (finding,) = caught.value.findings
    assert finding.rule == rule
    assert finding.fix


def test_a_key_s_text_never_stands_in_the_settings_and_is_not_printed() -> None:
    _, key = write_seal(Path.cwd())
    body = "".join(f"\n    {line}" for line in key.read_text().splitlines())
    Path("promptkit.yaml").write_text(f"provenance:\n  key: |{body}\n")
    with pytest.raises(SettingsError, match="file's path") as caught:
        find_project(Path.cwd())
    assert key.read_text().splitlines()[1] not in str(caught.value)


def test_a_seal_does_not_print_its_key() -> None:
    assert "PRIVATE" not in repr(seal())


def test_the_doctor_looks_at_what_is_signed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> list[str]:
        told = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)
        (signing,) = [check for check in told["checks"] if check["name"] == "signing"]
        return [finding["rule"] for finding in signing["findings"]]

    _, key = write_seal(Path.cwd())
    said = "promptkit: project/v1\nprovenance: {certificate: chain.pem, key: key.pem}\n"
    Path("promptkit.yaml").write_text(said)
    assert found() == []
    monkeypatch.setitem(sys.modules, "c2pa", None)
    assert found() == ["no-c2pa"]
    key.unlink()
    assert found() == ["no-seal-file"]


@pytest.fixture
def _without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)


def verb(*words: str) -> Result:
    return CliRunner().invoke(app, ["provenance", *words])


@pytest.mark.usefixtures("_without_the_extra")
def test_without_the_extra_everything_else_works() -> None:
    with pytest.raises(SettingsError, match=r"brand-promptkit\[c2pa\]"):
        signed(drawn(), "image/png", NOTES, seal=seal(), original=original())
    data = marked(drawn(), "image/png", NOTES)
    Path("plain.png").write_bytes(data)
    done = verb("plain.png")
    assert done.exit_code == 0
    assert "A slim can." in done.stdout


def test_without_the_extra_credentials_are_said_to_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = signed(drawn(), "image/png", NOTES, seal=seal(), original=original())
    Path("signed.png").write_bytes(made)
    monkeypatch.setitem(sys.modules, "c2pa", None)
    done = verb("signed.png")
    assert done.exit_code == 0
    assert "Not read" in done.stdout
    assert "pip install 'brand-promptkit[c2pa]'" in done.stdout


# The verb


def test_the_verb_tells_what_is_said_and_proven() -> None:
    data = marked(drawn("image/jpeg"), "image/jpeg", NOTES)
    sent = original(from_a_provider())
    made = signed(data, "image/jpeg", NOTES, seal=seal(), original=sent, steps=STEPS)
    Path("final.jpg").write_bytes(made)
    done = verb("final.jpg")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert any(line.startswith("How") and "made with AI and edited" in line for line in lines)
    assert any(line.startswith("Alt text") and line.endswith("A slim can.") for line in lines)
    assert "  made from: image.png" in done.stdout
    assert "knows nothing of it" in done.stdout


def test_the_verb_finds_a_run_s_picture_by_its_bytes() -> None:
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", {"product": "slim can"})
        run = kit.preview(prompt, n=2)
    copy = Path("copy.png")
    copy.write_bytes(run.images[1].path.read_bytes())
    told = told_by("copy.png")
    (known,) = told["runs"]
    assert (known["run"], known["take"], known["model"]) == (run.id, 2, "comp")
    assert (known["brand"], known["template"]) == ("tidewell", "packshot")
    (sidecar,) = told["sidecars"]
    assert json.loads(Path(sidecar).read_text())["sha256"] == told["sha256"]
    said = verb("copy.png").stdout
    assert "preview 2 of packshot for Tidewell" in said
    assert "nothing of itself" in said
    assert told_by("last")["runs"][0]["take"] == 1
    assert told_by(run.id)["sha256"] == run.images[0].shot.sha256


def told_by(*words: str) -> Any:
    done = verb(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_run_that_cannot_be_read_does_not_stop_the_verb() -> None:
    (Path("runs") / "broken").mkdir(parents=True)
    (Path("runs") / "broken" / "run.json").write_text("{")
    Path("plain.png").write_bytes(drawn())
    assert told_by("plain.png")["runs"] == []


def test_broken_credentials_end_with_1() -> None:
    made = signed(drawn("image/jpeg"), "image/jpeg", NOTES, seal=seal(), original=original())
    broken = bytearray(made)
    broken[-20] ^= 0xFF
    Path("broken.jpg").write_bytes(broken)
    done = verb("broken.jpg")
    assert done.exit_code == 1
    assert "broken: the picture or its history was changed" in done.stdout


def test_a_file_s_words_command_no_terminal() -> None:
    evil = Notes(title="\x9b31m\u202egnp.exe")
    Path("evil.png").write_bytes(marked(drawn(), "image/png", evil))
    said = verb("evil.png").stdout
    assert "gnp.exe" in said
    assert "\x9b" not in said
    assert "\u202e" not in said


def test_the_older_records_are_told_where_there_is_nothing_newer() -> None:
    data = marked(drawn("image/jpeg"), "image/jpeg", NOTES)
    start = data.index(b"\xff\xe1", 2)
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    Path("older.jpg").write_bytes(data[:start] + data[start + 2 + length :])
    assert "IIM:ObjectName" in verb("older.jpg").stdout


@pytest.mark.parametrize(("name", "rule"), [("gone.png", "no-picture"), ("text.txt", "mark-type")])
def test_what_is_no_picture_is_an_error(name: str, rule: str) -> None:
    Path("text.txt").write_text("no picture")
    done = verb(name, "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["findings"][0]["rule"] == rule


def test_an_ingredient_without_credentials_is_no_link(tmp_path: Path) -> None:
    chain, key = write_seal(tmp_path)
    made = BytesIO()
    acts = [{"action": "c2pa.opened", "parameters": {"ingredientIds": ["bare"]}}]
    told = {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": acts}}]}
    info = c2pa.C2paSignerInfo("es256", chain.read_bytes(), key.read_bytes(), None)
    bare = {"title": "x", "relationship": "parentOf", "instance_id": "bare"}
    with c2pa.Context() as context, c2pa.Builder(told, context) as builder:
        builder.add_ingredient(bare, "image/png", BytesIO(drawn()))
        builder.sign(c2pa.Signer.from_info(info), "image/png", BytesIO(drawn()), made)
    found = held(made.getvalue(), "image/png")
    assert found is not None
    assert len(found.manifests) == 1


def test_notes_that_make_no_sense_do_not_stop_the_verb() -> None:
    data = marked(drawn(), "image/png", NOTES)
    Path("odd.png").write_bytes(data.replace(b"<rdf:RDF", b"<rdf:RDx"))
    told = told_by("odd.png")
    assert told["fields"] == {}
    assert "the XMP has a fault" in told["unread"][0]


def test_any_history_is_told_and_none_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(number: int) -> dict[str, Any]:
        odd: Any = [{"data": []}, {"data": {"actions": 3}}, {"data": {"actions": [3]}}][number % 3]
        below = {"active_manifest": str(number + 1), "relationship": "parentOf"}
        return {"assertions": [{"label": "c2pa.actions.odd", **odd}], "ingredients": [below]}

    history = {"active_manifest": "0", "manifests": {str(at): link(at) for at in range(2_000)}}
    made = signed(drawn(), "image/png", NOTES, seal=seal(), original=original())
    monkeypatch.setattr(c2pa.Reader, "json", lambda _: json.dumps(history))
    found = held(made, "image/png")
    assert found is not None
    assert 2 < len(found.manifests) < 100
    assert all(manifest.actions == () for manifest in found.manifests)


def test_the_verb_says_first_whether_it_is_made_with_ai() -> None:
    Path("bare.png").write_bytes(drawn())
    Path("made.png").write_bytes(from_a_provider())
    answers = [
        verb(name).stdout.splitlines()[1].split("  ")[-1] for name in ("bare.png", "made.png")
    ]
    assert answers == ["nobody says", "yes"]
    with Kit() as kit:
        kit.preview(kit.compose("packshot", "tidewell", {"product": "slim can"}), n=1)
    assert "Made with AI  no" in verb("last").stdout
    assert told_by("last")["by_model"] is False


def test_a_file_and_its_run_never_contradict_each_other_in_silence() -> None:
    data = from_a_provider()
    Path("made.png").write_bytes(data)
    with Kit() as kit:
        run = kit.preview(kit.compose("packshot", "tidewell", {"product": "slim can"}), n=1)
        record = kit.runs.read(run.id)
        sha256 = hashlib.sha256(data).hexdigest()
        shots = [shot.model_copy(update={"sha256": sha256}) for shot in record.shots]
        kit.runs.write(record.model_copy(update={"shots": shots}))
    assert "yes; but they contradict each other: its file says yes, its run says no" in (
        verb("made.png").stdout
    )
    told = told_by("made.png")
    assert told["by_model"] is True
    assert told["by_model_says"] == {"file": True, "run": False}


def test_rights_are_told_in_plain_words() -> None:
    rights = Rights(
        creators=("Ana Silva",), marked="True", mining="http://ns.useplus.org/ldf/vocab/DMI-ALLOWED"
    )
    data = marked(drawn("image/jpeg"), "image/jpeg", Notes(source="", rights=rights))
    Path("photo.jpg").write_bytes(data)
    said = verb("photo.jpg").stdout
    assert re.search(r"Creator +Ana Silva", said)
    assert re.search(r"Protected +yes, by copyright", said)
    assert re.search(r"Data mining +allowed", said)


def test_of_many_fields_some_are_named() -> None:
    parts = "".join(f"<my:f{at}>x</my:f{at}>" for at in range(50))
    packet = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns:my="http://my.example/"><rdf:Description>{parts}</rdf:Description></rdf:RDF>"""
    with Image.open(BytesIO(drawn())) as picture:
        picture.save("many.jpg", xmp=packet.encode())
    said = verb("many.jpg").stdout
    assert "http://my.example/:f19" in said
    assert "http://my.example/:f20" not in said
    assert "and 30 more" in said
