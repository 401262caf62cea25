"""Finished files say of themselves where they come from, and the run knows of them."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from c2pa import Reader  # type: ignore[import-untyped]
from PIL import Image

from certificates import write_seal
from promptkit import Kit, Run, SettingsError
from promptkit.picture.finish.sealing import steps_of
from promptkit.picture.marks import Notes, fields, marked
from promptkit.picture.marks.credentials import Original, held, signed
from promptkit.picture.marks.seal import Seal
from promptkit.settings import ProvenanceSettings

BRAND = """\
name: Tidewell
colors: {primary: "#0B6E99", accent: "#F0593E", background: "#F4E9D8"}
style: soft daylight
content: {ai_disclosure: {label: Image made with AI, when: always}}
channels:
  web: 640x480
  light: {size: 640x480, format: webp, max_kb: 40}
"""
SIGNED = {"provenance.certificate": "chain.pem", "provenance.key": "key.pem"}


@pytest.fixture(autouse=True)
def _brand() -> None:
    Path("brand_profiles").mkdir()
    Path("brand_profiles/own.yaml").write_text(BRAND, encoding="utf-8")


def final(kit: Kit) -> Run:
    prompt = kit.compose("packshot", "own", {"product": "slim can"})
    return kit.generate(prompt, quality="low")


def finished(*channels: str, config: dict[str, Any] | None = None, **wish: Any) -> list[Path]:
    with Kit(config=config) as kit:
        files = kit.finish(final(kit), channels or ("web",), **wish)
    return [file.path for file in files]


def said(path: Path) -> dict[str, str]:
    media_type = "image/webp" if path.suffix == ".webp" else "image/jpeg"
    return fields(path.read_bytes(), media_type)


def test_a_sketch_says_that_a_program_drew_it_and_bears_no_ai_label() -> None:
    (path,) = finished()
    told = said(path)
    assert told["Iptc4xmpExt:DigitalSourceType"].endswith(
        ("algorithmicMedia", "compositeSynthetic")
    )
    assert told["Iptc4xmpCore:AltTextAccessibility"].startswith("A slim can")
    assert told["photoshop:Credit"] == "Tidewell"
    assert "Iptc4xmpExt:AISystemUsed" not in told


def by_a_model(kit: Kit) -> Run:
    """Return a run whose final is said to be drawn by a trained model."""
    run = final(kit)
    record = kit.runs.read(run.id)
    shots = [shot.model_copy(update={"by_model": True}) for shot in record.shots]
    kit.runs.write(record.model_copy(update={"shots": shots}))
    return run


def test_a_model_s_picture_bears_the_brand_s_label() -> None:
    with Kit() as kit:
        (file,) = kit.finish(by_a_model(kit), ["web"])
    told = said(file.path)
    assert told["photoshop:Credit"] == "Image made with AI · Tidewell"
    assert "Image made with AI" in told["photoshop:Instructions"]
    assert told["Iptc4xmpExt:AISystemUsed"] == "comp"
    assert "Iptc4xmpExt:AIPromptInformation" not in told


def test_the_prompt_is_told_where_the_settings_want_it() -> None:
    with Kit(config={"provenance.prompt": True}) as kit:
        (file,) = kit.finish(by_a_model(kit), ["web"])
    assert "slim can" in said(file.path)["Iptc4xmpExt:AIPromptInformation"]


def test_a_person_s_alt_text_goes_into_file_record_and_sheet() -> None:
    with Kit() as kit:
        run = final(kit)
        (file,) = kit.finish(run, ["web"], alt="A can on a quay.")
        (again,) = kit.finish(run, ["web"])
        record = kit.runs.read(run.id)
        sheet = run.sheet.read_text(encoding="utf-8")
    assert said(file.path)["Iptc4xmpCore:AltTextAccessibility"] == "A can on a quay."
    assert said(again.path)["Iptc4xmpCore:AltTextAccessibility"] == "A can on a quay."
    assert record.finals[0].alt == "A can on a quay."
    assert json.loads(file.sidecar.read_text())["alt"] == "A can on a quay."
    assert "A can on a quay." in sheet
    assert f'href="finished/{file.path.name}"' in sheet


def test_of_a_picture_that_nobody_knows_only_the_alt_text_is_said() -> None:
    Image.new("RGB", (800, 600), "#F4E9D8").save("photo.png")
    with Kit() as kit:
        (bare,) = kit.finish("photo.png", ["web"], brand="own", out="bare")
        (told,) = kit.finish("photo.png", ["web"], brand="own", out="told", alt="Plain sand.")
    assert said(bare.path) == {}
    assert bare.path.stem.endswith("-unfit")  # the brand wants its label always
    assert said(told.path)["Iptc4xmpCore:AltTextAccessibility"] == "Plain sand."
    assert "Iptc4xmpExt:DigitalSourceType" not in said(told.path)


def test_files_are_signed_with_the_project_s_certificate() -> None:
    write_seal(Path.cwd())
    with Kit(config=SIGNED) as kit:
        run = final(kit)
        before = hashlib.sha256(run.finals[0].path.read_bytes()).hexdigest()
        (file,) = kit.finish(run, ["web"])
        told = kit.provenance(file.path)
    assert told.credentials is not None
    assert told.credentials.state == "Valid"
    assert told.credentials.manifests[0].actions[0] == "created"
    assert "resized" in told.credentials.manifests[0].actions
    assert [known.channel for known in told.runs] == ["web"]
    assert told.sidecars == (file.path.with_name(f"{file.path.name}.json"),)
    assert hashlib.sha256(run.finals[0].path.read_bytes()).hexdigest() == before
    assert json.loads(file.sidecar.read_text())["file"]["signed"] is True


def test_a_provider_s_credentials_stay_when_its_picture_is_finished() -> None:
    write_seal(Path.cwd())
    seal = Seal.of(ProvenanceSettings(certificate="chain.pem", key="key.pem"), Path.cwd())
    assert seal is not None
    buffer = BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(buffer, "PNG")
    drawn = Original(buffer.getvalue(), "image/png", "image.png")
    sent = signed(drawn.data, "image/png", Notes(system="their-model"), seal=seal, original=drawn)
    Path("theirs.png").write_bytes(sent)
    with Kit(config=SIGNED) as kit:
        (file,) = kit.finish("theirs.png", ["web"], brand="own")
    assert json.loads(file.sidecar.read_text())["label"]["lines"] == ["Image made with AI"]
    found = held(file.path.read_bytes(), "image/jpeg")
    assert found is not None
    assert [link.relation for link in found.manifests] == ["", "parentOf"]
    assert Path("theirs.png").read_bytes() == sent


@pytest.mark.parametrize("name", ["theirs.jpg", "theirs.gif"])
def test_somebody_s_photograph_edited_with_ai_is_opened_and_not_created(name: str) -> None:
    write_seal(Path.cwd())
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(name)
    source = "trainedAlgorithmicMedia"
    if name.endswith("jpg"):
        source = "compositeWithTrainedAlgorithmicMedia"
        data = marked(Path(name).read_bytes(), "image/jpeg", Notes(source=source))  # type: ignore[arg-type]
        Path(name).write_bytes(data)
    with Kit(config=SIGNED) as kit:
        (file,) = kit.finish(name, ["web"], brand="own", by_model=True, alt="A can.")
    found = held(file.path.read_bytes(), "image/jpeg")
    assert found is not None
    assert (found.state, found.faults) == ("Valid", ())
    assert found.manifests[0].actions[0] == "opened"
    assert found.manifests[0].sources[0] == source
    with BytesIO(file.path.read_bytes()) as stream, Reader("image/jpeg", stream) as reader:
        told = json.loads(reader.json())
    (ingredient,) = told["manifests"][told["active_manifest"]]["ingredients"]
    assert (ingredient["title"], ingredient["relationship"]) == (name, "parentOf")


@pytest.mark.parametrize("timestamp", ["", "https://tsa.example/"])
def test_credentials_count_in_a_file_s_weight(
    timestamp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_seal(Path.cwd())
    if timestamp:  # the authority itself is not asked: only the room for its word is kept
        monkeypatch.setattr("promptkit.picture.finish.sealing.Signing.signed", lambda _, data: data)
    (path,) = finished("light", config=SIGNED | {"provenance.timestamp": timestamp})
    assert path.stat().st_size <= (28_000 if timestamp else 40_000)


def test_nothing_is_signed_where_nobody_knows_who_drew_it() -> None:
    write_seal(Path.cwd())
    Image.new("RGB", (800, 600), "#F4E9D8").save("photo.png")
    with Kit(config=SIGNED) as kit:
        (file,) = kit.finish("photo.png", ["web"], brand="own")
    assert held(file.path.read_bytes(), "image/jpeg") is None


def test_a_missing_key_stops_before_anything_is_written() -> None:
    write_seal(Path.cwd())
    Path("key.pem").unlink()
    with Kit(config=SIGNED) as kit:
        run = final(kit)
        with pytest.raises(SettingsError, match=r"provenance\.key"):
            kit.finish(run, ["web"])
    assert not (run.folder / "finished").exists()


def test_what_was_done_is_told_in_its_order() -> None:
    done = {"ground_laid_on": True, "logo": {"corner": "x"}, "label": None, "headline": {"a": 1}}
    acts = [
        f"{step.act} {step.what}".strip()
        for step in steps_of(done, whole=False, scale=0.5, converted=True)
    ]
    assert acts == [
        "cropped",
        "resized",
        "edited plain ground laid on at the rim",
        "edited logo laid over",
        "edited headline laid over",
        "converted",
    ]
    assert list(steps_of({}, whole=True, scale=1, converted=False)) == []
