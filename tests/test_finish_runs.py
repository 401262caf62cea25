"""Finishing as somebody uses it: a run's final, or a picture that lies somewhere."""

from __future__ import annotations

import hashlib
import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from promptkit.blocking import Kit
from promptkit.cli.app import app
from promptkit.client.request import Answer, ImageRequest, Usage
from promptkit.errors import BrandError, BriefError
from promptkit.picture.finish.finisher import FinishedFile
from promptkit.provider.comp import Comp
from promptkit.workflow.run import Record, Shot
from promptkit.workflow.shown import Run

INPUTS = {"product": "slim can", "headline": "Lighter by the sea"}
LOW = {"tiers.final.quality": "low", "tiers.preview.n": 2}


class Easel(Comp):
    """Paints one dark thing on a plain ground, as a model would that does as it is told."""

    async def generate(self, request: ImageRequest) -> Answer:
        width, height = request.size
        picture = Image.new("RGB", request.size, (244, 233, 216))
        picture.paste(
            (11, 110, 153), (width * 3 // 5, height // 4, width * 4 // 5, height * 3 // 4)
        )
        buffer = BytesIO()
        picture.save(buffer, "PNG")
        return Answer(data=buffer.getvalue(), media_type="image/png", usage=Usage())


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with one run, which was drawn for a channel."""
    folder = tmp_path_factory.mktemp("project")
    with Kit(folder, config=LOW, providers={"comp": Easel()}) as kit:
        composed = kit.compose("product-hero", "tidewell", INPUTS, channel="web_hero")
        kit.generate(composed)
    return folder


@pytest.fixture
def project(drawn: Path) -> Path:
    shutil.copytree(drawn, "project")
    return Path("project")


@pytest.fixture
def kit(project: Path) -> Kit:
    return Kit(project, config=LOW, providers={"comp": Easel()})


def told(file: FinishedFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.sidecar.read_text(encoding="utf-8"))
    return found


def photo(
    path: str = "shots/quay side.png", colour: tuple[int, int, int] = (240, 232, 220)
) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (1536, 1024), colour).save(path)
    return Path(path)


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.output


def test_a_run_is_finished_for_its_own_channel_with_its_own_headline(kit: Kit) -> None:
    with kit:
        run = kit.run("last")
        final = run.finals[0]
        before = hashlib.sha256(final.path.read_bytes()).hexdigest()
        (file,) = kit.finish(run)
        assert hashlib.sha256(final.path.read_bytes()).hexdigest() == before
        record = kit.run("last").record
    assert file.path.parent == run.folder / "finished"
    short = "-".join([*run.id.split("-")[:2], run.id.split("-")[-1]])
    assert file.path.stem == f"tidewell_product-hero_{short}_1_web_hero_1536x1024"
    with Image.open(file.path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (1536, 1024))
    note = told(file)
    assert note["headline"]["text"] == "Lighter by the sea"
    assert note["source"]["sha256"] == before
    assert note["source"]["digest"] == final.digest
    assert note["source"]["run"] == run.id
    assert note["source"]["prompt"] == final.shot.prompt
    assert note["source"]["inputs"]["product"] == "slim can"
    assert note["file"]["name"] == file.path.name
    assert note["file"]["bytes"] == file.path.stat().st_size
    (noted,) = record.finished
    assert (noted.of, noted.channel, noted.size) == (final.digest, "web_hero", (1536, 1024))
    assert run.folder / noted.file == file.path


def test_finishing_again_gives_the_same_bytes_and_one_entry(kit: Kit) -> None:
    with kit:
        one = kit.finish("last")[0].path.read_bytes()
        (again,) = kit.finish("last")
        assert again.path.read_bytes() == one
        assert len(kit.run("last").record.finished) == 1


def test_all_channels_of_a_run(kit: Kit) -> None:
    with kit:
        files = kit.finish("last", ["*"])
        assert [file.channel for file in files] == list(kit.brand("tidewell").channels)
        assert len(kit.run("last").record.finished) == 3
        for file in files:
            with Image.open(file.path) as picture:
                assert picture.size == kit.brand("tidewell").channel(file.channel).size


def test_a_channel_without_a_zone_takes_the_space_that_the_prompt_kept_clear(kit: Kit) -> None:
    with kit:
        (file,) = kit.finish("last", ["instagram_post"])
    assert told(file)["headline"]["text"] == "Lighter by the sea"


def test_a_file_of_a_runs_folder_is_known_for_what_it_is(kit: Kit) -> None:
    with kit:
        run = kit.run("last")
        (file,) = kit.finish(run.finals[0].path, ["product_tile"])
        assert told(file)["source"]["run"] == run.id
        assert file.path.parent == run.folder / "finished"
        (other,) = kit.finish(run.folder / "sheet.png", ["product_tile"], brand="tidewell")
        assert "run" not in told(other)["source"]


def test_a_finished_file_is_not_finished_again(kit: Kit, tmp_path: Path) -> None:
    (file,) = kit.finish(kit.run("last"))
    copy = tmp_path / "copy.webp"
    shutil.copy(file.path, copy)
    for path in (file.path, copy):
        with pytest.raises(BriefError) as caught:
            kit.finish(path, ["product_tile"], out=tmp_path)
        assert f"promptkit finish {kit.run('last').id} --channel" in str(caught.value)
    (own,) = kit.finish(photo(), ["product_tile"], brand="tidewell", by_model=False)
    with pytest.raises(BriefError, match="logo and words are laid over it"):
        kit.finish(own.path, ["web_hero"], brand="tidewell")


def test_a_finished_file_that_was_saved_over_is_another_picture(kit: Kit) -> None:
    (file,) = kit.finish(kit.run("last"), headline="Lighter by the sea")
    Image.new("RGB", (1536, 1024), (120, 140, 90)).save(file.path)
    rules = {check.rule for check in kit.audit(file.path, "tidewell", channel="web_hero").checks}
    assert "headline-contrast" not in rules
    assert "text-zone-contrast" in rules
    (made,) = kit.finish(file.path, ["product_tile"], brand="tidewell", by_model=False, out="x")
    assert "run" not in told(made)["source"]


def test_nobody_is_told_to_ask_a_photograph_for_anything() -> None:
    with Kit() as kit:
        Image.new("RGB", (600, 400), (240, 232, 220)).save("room.png")
        (file,) = kit.finish("room.png", ["web_hero"], brand="tidewell", by_model=False)
    hints = {check.rule: check.hint for check in file.audit.failed}
    assert hints["enlarged"] == "take a larger picture"


def test_the_audit_of_a_finished_file_holds_what_was_found_below_its_marks(kit: Kit) -> None:
    (file,) = kit.finish(kit.run("last"), headline="Lighter by the sea")
    assert file.audit.ok
    found = kit.audit(file.path)
    rules = {check.rule: check.status for check in found.checks}
    assert rules["headline-contrast"] == rules["logo-free"] == "pass"
    # The marks themselves are no edges of the picture, and nothing else will be laid there.
    assert not {"text-zone-contrast", "text-zone-busy", "logo-busy"} & {*rules}
    file.sidecar.unlink()
    rest = {check.rule for check in kit.audit(file.path).checks}
    assert not {"headline-contrast", "text-zone-contrast", "logo-busy"} & rest


def test_a_run_whose_brief_no_longer_fits_is_finished_without_its_words(
    kit: Kit, project: Path
) -> None:
    (project / "templates").mkdir()
    text = "---\ninputs: {other: {type: text}}\n---\n{{ other }}"
    (project / "templates/product-hero.j2").write_text(text)
    with kit:
        (file,) = kit.finish("last")
    assert told(file)["headline"] is None


def test_another_folder_is_written_to_when_it_is_named(kit: Kit) -> None:
    with kit:
        (file,) = kit.finish("last", out="for print")
        assert file.path.parent == Path("for print")
        (noted,) = kit.run("last").record.finished
    assert Path(noted.file).is_absolute()


def test_any_picture_is_finished_beside_itself() -> None:
    path = photo()
    before = path.read_bytes()
    with Kit() as kit:
        files = kit.finish(
            path,
            ["linkedin_post", "web_hero"],
            brand="northbeam",
            headline="On time",
            by_model=True,
        )
    assert path.read_bytes() == before
    assert files[0].path == path.absolute().parent / (
        "northbeam_quay-side_linkedin_post_1200x1200.jpg"
    )
    assert told(files[1])["headline"]["text"] == "On time"
    assert told(files[1])["label"]["lines"] == ["Image made with AI"]
    assert "run" not in told(files[0])["source"]


def test_an_unfit_file_says_so_in_its_name_until_it_is_fit() -> None:
    path = photo()
    finish: dict[str, Any] = {"brand": "hearth-and-ply", "headline": ""}
    with Kit() as kit:
        (unfit,) = kit.finish(path, ["newsletter_header"], **finish)  # nobody knows who drew it
        assert not unfit.audit.ok
        assert unfit.path.stem.endswith("600-unfit")
        assert unfit.sidecar.is_file()
        (fit,) = kit.finish(path, ["newsletter_header"], by_model=False, **finish)
        assert fit.audit.ok
        assert not unfit.path.exists()
        assert not unfit.sidecar.exists()
        (again,) = kit.finish(path, ["newsletter_header"], **finish)
        assert again.path == unfit.path
        assert fit.path.exists()


def test_another_picture_headline_or_market_is_another_file() -> None:
    first, second = photo("x1/IMG 1.png"), photo("x2/IMG 1.jpg", (220, 210, 200))
    finish: dict[str, Any] = {"brand": "tidewell", "by_model": False, "out": "out"}
    wishes: list[dict[str, Any]] = [{"headline": "Wood"}, {"headline": "Oak"}, {"region": "FR"}]
    with Kit() as kit:
        files = [
            kit.finish(path, ["web_hero"], **finish, **wish)[0]
            for path in (first, second)
            for wish in wishes
        ]
        assert len({file.path for file in files}) == 6
        assert all(file.path.is_file() and file.sidecar.is_file() for file in files)
        assert {told(file)["source"]["file"] for file in files} == {first.name, second.name}
        again = kit.finish(first, ["web_hero"], **finish, headline="Oak")[0]
        assert again.path == files[1].path
        assert len(list(Path("out").iterdir())) == 12


def test_a_run_keeps_the_files_of_each_headline(kit: Kit) -> None:
    with kit:
        (one,) = kit.finish("last")
        (other,) = kit.finish("last", headline="All week")
        assert one.path.is_file()
        assert other.path != one.path
        assert [item.ok for item in kit.run("last").record.finished] == [True, True]
        other.path.unlink()
        kit.finish("last")
        assert len(kit.run("last").record.finished) == 1


def test_a_copy_of_a_runs_final_is_known_by_its_bytes(kit: Kit) -> None:
    with kit:
        run = kit.run("last")
        Path("sent").mkdir()
        shutil.copy(run.finals[0].path, "sent/for print.png")
        (file,) = kit.finish("sent/for print.png", ["product_tile"])
    assert file.path.parent == Path("sent").absolute()
    assert told(file)["source"]["run"] == run.id
    assert "unknown-maker" not in [check.rule for check in file.audit.checks]


def test_a_folder_that_leads_out_of_the_run_is_not_written_to(kit: Kit) -> None:
    with kit:
        Path("elsewhere").mkdir()
        (kit.run("last").folder / "finished").symlink_to(Path("elsewhere").absolute())
        with pytest.raises(BriefError, match="leads out") as caught:
            kit.finish("last")
    assert caught.value.findings[0].rule == "linked-folder"
    assert not list(Path("elsewhere").iterdir())


def test_a_file_of_somebody_else_is_never_replaced() -> None:
    path = photo()
    theirs = path.parent / "tidewell_quay-side_product_tile_1024x1024.jpg"
    theirs.write_bytes(b"theirs")
    with Kit() as kit, pytest.raises(BriefError, match="not made by promptkit") as caught:
        kit.finish(path, ["product_tile"], brand="tidewell", by_model=False)
    assert caught.value.findings[0].rule == "file-exists"
    assert theirs.read_bytes() == b"theirs"
    note = theirs.with_name(theirs.name + ".json")
    note.write_text("{}")
    with Kit() as kit, pytest.raises(BriefError, match="not made by promptkit"):
        kit.finish(path, ["product_tile"], brand="tidewell", by_model=False)
    theirs.unlink()
    with Kit() as kit, pytest.raises(BriefError, match="not made by promptkit"):
        kit.finish(path, ["product_tile"], brand="tidewell", by_model=False)


def test_where_nothing_can_be_written_somebody_is_told() -> None:
    path = photo()
    Path("taken").write_text("a file")
    with Kit() as kit, pytest.raises(BriefError, match="cannot be written") as caught:
        kit.finish(path, ["product_tile"], brand="tidewell", out="taken", by_model=False)
    assert "--out" in (caught.value.findings[0].fix or "")


@pytest.mark.parametrize(
    ("picture", "channels", "rule"),
    [
        ("nowhere.png", ["web_hero"], "missing-file"),
        ("shots/nowhere", ["web_hero"], "missing-file"),
        ("nowhere", ["web_hero"], "unknown-run"),
        ("last", ["hero"], "unknown-channel"),
        ("note.png", ["web_hero"], "picture-format"),
    ],
)
def test_what_is_not_there_is_told_by_its_name(
    kit: Kit, picture: str, channels: list[str], rule: str
) -> None:
    Path("note.png").write_text("just words")
    with kit, pytest.raises(BriefError) as caught:
        kit.finish(picture, channels, brand="tidewell")
    assert caught.value.findings[0].rule == rule
    assert caught.value.findings[0].fix


def test_a_picture_without_a_channel_is_asked_for_one() -> None:
    path = photo()
    with Kit() as kit, pytest.raises(BriefError, match="no channel") as caught:
        kit.finish(path, brand="tidewell")
    assert "web_hero" in (caught.value.findings[0].fix or "")


def test_a_picture_that_is_gone_is_told(kit: Kit) -> None:
    with kit:
        kit.run("last").finals[0].path.unlink()
        with pytest.raises(BriefError, match="cannot be read"):
            kit.finish("last")


def test_a_run_without_a_final_or_with_several_says_what_to_do(kit: Kit) -> None:
    with kit:
        composed = kit.compose("packshot", "tidewell", {"product": "can"}, channel="product_tile")
        previews = kit.preview(composed)
        with pytest.raises(BriefError, match="no final yet") as caught:
            kit.finish(previews)
        assert previews.id in (caught.value.findings[0].fix or "")
        several = kit.generate(composed, n=2)
        with pytest.raises(BriefError, match="2 finals") as caught:
            kit.finish(several)
        assert "--take" in (caught.value.findings[0].fix or "")
        (file,) = kit.finish(several, take=2)
        assert told(file)["source"]["take"] == 2
        with pytest.raises(BriefError, match="no final 3"):
            kit.finish(several, take=3)


def test_a_font_that_is_broken_is_an_error_of_the_brand(project: Path) -> None:
    folder = project / "brand_profiles"
    folder.mkdir()
    (folder / "odd.otf").write_text("no font")
    zone = "text_zone: {box: [0, 0, 1, 1]}"
    (folder / "odd.yaml").write_text(
        'name: Odd\ncolors: {primary: "#0B6E99"}\nstyle: calm\n'
        f"channels: {{a: {{size: 200x200, {zone}}}}}\n"
        "typography: {display: {family: Odd, path: odd.otf, describe: odd}}\n"
    )
    with Kit(project) as kit, pytest.raises(BrandError, match=r"odd\.otf"):
        kit.finish(photo(), ["a"], brand="odd", headline="Odd", by_model=False)


def test_records_of_before_are_read() -> None:
    shot: dict[str, Any] = {
        **{"tier": "final", "take": 1, "file": "f.png", "digest": "d", "sha256": "s"},
        **{"model": "m", "quality": "q", "size": [1, 1], "cost_usd": 0, "cached": False},
        "prompt": "p",
    }
    record = Record.model_validate(
        {
            **{"id": "r", "created": "2026", "look": "l", "aspect": "1:1", "shots": [shot]},
            "brand": {"id": "b", "name": "B", "version": 1, "digest": "d"},
            "template": {"name": "t", "digest": "d"},
        }
    )
    assert record.finished == []
    assert isinstance(record.shots[0], Shot)


def test_the_command_line_prints_what_was_found_and_exits_with_1_when_a_file_is_unfit() -> None:
    path = str(photo(colour=(118, 118, 118)))
    what = ["finish", path, "-b", "hearth-and-ply", "--no-ai", "--headline", "Wood"]
    said = call(*what, "-c", "newsletter_header", code=1)
    assert "error: the headline in chalk" in said
    assert "[headline-contrast]" in said
    assert "advice: Recoleta has no font file" in said
    assert said.endswith("1 file, 1 of them unfit\n")
    data = json.loads(call(*what, "--all", "--json", code=1))
    assert [file["channel"] for file in data["files"]] == [
        "shop_tile",
        "room_scene",
        "newsletter_header",
    ]
    assert [file["ok"] for file in data["files"]] == [True, True, False]
    assert Path(data["files"][0]["path"]).is_file()
    assert Path(data["files"][0]["sidecar"]).is_file()
    assert {"rule", "status", "severity"} <= data["files"][0]["checks"][0].keys()


def test_the_command_line_finishes_a_run(project: Path) -> None:
    said = call("finish", "last", "-C", str(project), "--out", "files", "--region", "FR")
    assert said.startswith("web_hero  files/tidewell_product-hero_")
    assert "1 file\n" in said
    assert "no channel “story”" in call(
        *["finish", "last", "-C", str(project), "-c", "story"], code=2
    )
    assert isinstance(Kit(project).run("last"), Run)
