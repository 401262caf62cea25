"""Auditing in a project: every new picture of a run, any picture on demand, and on the shell."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from promptkit import Kit
from promptkit.cli.app import app
from promptkit.cli.runs import short_audit
from promptkit.picture.audit import auditor
from promptkit.provider.comp.carrier import Page, page_of
from promptkit.verdict import Audit, Check
from promptkit.workflow.run import Record

CAN = {"product": "slim 330 ml can"}


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    with Kit(tmp_path) as opened:
        yield opened


def violet(path: Path) -> Path:
    Image.new("RGB", (300, 200), "#7A3FF2").save(path)
    return path


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.stdout


def told(*words: str, code: int = 0) -> Any:
    return json.loads(call(*words, "--json", code=code))


def test_previews_and_finals_are_audited_and_the_record_keeps_it(kit: Kit) -> None:
    run = kit.preview(kit.compose("product-hero", "tidewell", CAN), n=2)
    assert all(image.audit and image.audit.ok for image in run.images)
    final = kit.final(run, pick=2)
    assert final.audit
    assert final.audit.ok
    again = kit.run(run.id)
    assert [image.audit for image in again.images] == [image.audit for image in run.images]
    assert again.finals[0].audit == final.audit
    assert kit.pick(run, 1).record.shots == again.record.shots  # nothing is measured twice
    assert {check.rule for check in final.audit.checks} >= {"lead-missing", "logo-contrast"}


def test_the_drawing_of_a_comp_is_measured_without_its_page_and_marks(kit: Kit) -> None:
    run = kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
    audit = run.images[0].audit
    assert audit
    shares = {item.name: item.share for item in audit.palette}
    assert shares["sand"] > 0.7  # the white paper of the page is not counted
    assert "accent-missing" not in {check.rule for check in audit.checks}  # nobody asked for it


@pytest.mark.parametrize("output", ["png", "jpeg", "webp"])
def test_a_comp_says_where_its_drawing_is(output: str) -> None:
    from promptkit.picture.opening import open_picture
    from promptkit.provider.comp.carrier import encoded

    page = Page((1, 2, 30, 40), ((3, 4, 5, 6),))
    data, _ = encoded(Image.new("RGB", (60, 60)), output, None, page)
    assert page_of(open_picture(data).texts or {}) == page


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"description": "a can"},
        {"promptkit-comp": "[]"},
        {"promptkit-comp": '{"page": {"stage": [1, 2], "marks": []}}'},
        {"promptkit-comp": '{"page": {"stage": 7, "marks": []}}'},
    ],
)
def test_other_files_have_no_page(texts: dict[str, str]) -> None:
    assert page_of(texts) is None


def test_an_audit_that_fails_costs_no_picture(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Audit:
        raise ZeroDivisionError("no px")

    monkeypatch.setattr(auditor, "audit", broken)
    run = kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
    audit = run.images[0].audit
    assert audit
    assert audit.ok
    assert [check.rule for check in audit.checks] == ["unmeasured"]
    assert "ZeroDivisionError" in audit.checks[0].message
    assert run.sheet.is_file()


def test_a_picture_that_is_gone_is_told_of(kit: Kit) -> None:
    run = kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
    record = kit.run(run.id).record
    shots = [shot.model_copy(update={"audit": None, "file": "gone.png"}) for shot in record.shots]
    kit._kit.runs.write(record.model_copy(update={"shots": shots}))
    audit = kit.pick(run.id, 1).images[0].audit
    assert audit
    assert "there is no file" in audit.checks[0].message


def test_records_of_earlier_versions_are_read_and_audited(kit: Kit) -> None:
    run = kit.preview(kit.compose("product-hero", "tidewell", CAN), n=1)
    data = json.loads((run.folder / "run.json").read_text())
    del data["shots"][0]["audit"]
    for swatch in data["palette"]:
        del swatch["carrier"]
    data["template"]["name"] = "gone"
    (run.folder / "run.json").write_text(json.dumps(data))
    old = Record.model_validate(data)
    assert old.shots[0].audit is None
    audit = kit.pick(run.id, 1).images[0].audit
    assert audit
    assert {c.rule for c in audit.checks} >= {"accent-missing", "logo-contrast"}


def test_any_picture_can_be_audited(kit: Kit, tmp_path: Path) -> None:
    file = violet(tmp_path / "other.png")
    by_path = kit.audit(str(file), "tidewell")
    assert (by_path.ok, by_path.look, by_path.channel) == (False, "shoreline-photo", None)
    assert kit.audit(file.read_bytes(), "tidewell") == by_path
    assert kit.audit(file, "tidewell", channel="product_tile").look == "can-packshot"
    assert kit.audit(file, "tidewell", look="cut-paper").look == "cut-paper"


def test_a_runs_picture_is_held_against_what_it_was_made_with(tmp_path: Path) -> None:
    with Kit(tmp_path, config={"brand": "tidewell"}) as kit:
        brief = kit.compose("product-hero", "northbeam", CAN, channel="web_hero")
        run = kit.generate(brief, n=1)
        (final,) = run.finals
        own, copy = final.audit, tmp_path / "copy.png"
        copy.write_bytes(final.path.read_bytes())
        for picture in (final.path, copy, copy.read_bytes(), run.id, "last"):
            assert kit.audit(picture) == own
        (made,) = kit.finish(run, ["linkedin_post"])
        of_file = kit.audit(made.path)
        assert (of_file.brand, of_file.channel) == ("northbeam", "linkedin_post")
        assert kit.audit(copy, channel="article_header").channel == "article_header"
        assert kit.audit(copy, "tidewell").brand == "tidewell"
        assert kit.audit(violet(tmp_path / "other.png")).brand == "tidewell"
        assert kit.brand_of("last").id == "northbeam"


def test_the_verb_takes_the_last_run(tmp_path: Path) -> None:
    with Kit(tmp_path) as kit:
        run = kit.pick(kit.preview(kit.compose("packshot", "northbeam", CAN), n=2), 2)
    (image,) = told("audit", "last", "-C", str(tmp_path))["images"]
    assert (image["image"], image["brand"]) == (str(run.images[1].path), "northbeam")


def test_what_is_told_beside_a_picture_is_short() -> None:
    def failed(weight: Any) -> Check:
        return Check(rule="x", status="fail", severity=weight, message=f"a {weight}")

    many = Audit(checks=[failed("must"), failed("should"), failed("should"), failed("info")])
    assert short_audit(many) == "a must (must); a should; 1 more"
    assert short_audit(Audit(checks=[failed("info")])) == ""
    assert short_audit(None) == ""


def test_the_verb_exits_with_1_when_a_must_fails() -> None:
    file = violet(Path("other.png"))
    (image,) = told("audit", "other.png", "--brand", "tidewell", code=1)["images"]
    assert (image["ok"], image["image"]) == (False, str(file.absolute()))
    assert image["checks"][0]["rule"] == "brand-unseen"
    out = call("audit", "other.png", "--brand", "tidewell", code=1)
    assert out.startswith("other.png  tidewell, shoreline-photo: UNFIT, 7 rules failed")
    assert "palette: none of it" in out
    assert "NO must  none of the brand's own colours is to be seen (0.0 %) [brand-unseen] →" in out


def test_the_verb_tells_what_passed_when_asked() -> None:
    picture = Image.new("RGB", (1536, 1024), "#F4E9D8")
    picture.paste("#0B6E99", (900, 0, 1400, 900))
    picture.paste("#F0593E", (1400, 500, 1536, 900))
    picture.save("good.png")
    words = ["audit", "good.png", "-b", "tidewell", "--channel", "web_hero"]
    short = call(*words)
    assert "good.png  tidewell, shoreline-photo, web_hero: fit, no rules failed" in short
    assert "ok  " not in short
    assert "ok  the picture is 1536×1024 [size]" in call(*words, "--all")


def test_the_verb_names_a_broken_picture() -> None:
    Path("broken.png").write_bytes(os.urandom(60))
    said = told("audit", "broken.png", "--brand", "tidewell", code=2)
    assert said["findings"][0]["message"] == "broken.png is no picture, or a broken one"


def test_previews_tell_what_fails() -> None:
    Path("brand_profiles").mkdir()
    accent = "colors: {proportions: {accent: {target: 0.14, min: 0.14}}}"
    Path("brand_profiles/sea.yaml").write_text(f"extends: tidewell\nname: Sea\n{accent}\n")
    words = ["product-hero", "--brand", "sea", "--look", "cut-paper", "--set", "product=slim can"]
    assert "audit: little coral (" in call("preview", *words, "-n", "1")
    audit = told("preview", *words, "-n", "1")["images"][0]["audit"]
    assert audit["ok"] is True


def test_a_picture_that_cannot_be_opened_costs_no_other_its_verdict() -> None:
    Image.new("RGB", (1536, 1024), "#F4E9D8").save("good.png")
    Path("broken.png").write_bytes(b"\x89PNG\r\n")
    words = ["audit", "broken.png", "good.png", "gone.png", "-b", "tidewell"]
    found = told(*words, code=2)
    assert [Path(item["image"]).name for item in found["images"]] == ["good.png"]
    assert len(found["errors"]) == 2
    said = call(*words, code=2)
    assert "good.png  tidewell" in said
    assert "gone.png" in said
