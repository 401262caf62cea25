"""Looking on while pictures are drawn: from the kit and the command line down to the socket."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import aclosing, closing
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fake_openai import FakeOpenAI, Status, Streamed, Telling
from promptkit import AsyncKit, Image, InDoubtError, Kit, Partial, Run
from promptkit.cli.app import app
from promptkit.cli.partials import PartialFiles
from promptkit.client.request import sniff
from promptkit.workflow.run import Failure, Shot
from test_client import states
from test_docs import ROOT, blocks
from test_kit import quick

SETTINGS = """\
promptkit: project/v1
brand: tidewell
tiers:
  preview: {{model: openai/gpt-image-2.5-flare, quality: low, n: 2}}
  final: {{model: openai/gpt-image-2.6-sunburst, quality: low, from_preview: refine}}
providers:
  openai:
    base_url: {url}
    key_env: SHOP_KEY
"""
CAN = {"product": "slim 330 ml can"}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    """Set up the working folder for a provider on a real socket."""
    monkeypatch.setenv("SHOP_KEY", FakeOpenAI.expected_key)
    with FakeOpenAI() as server:
        Path("promptkit.yaml").write_text(SETTINGS.format(url=server.base_url))
        yield server


def seen_by(take: int, partials: list[Partial]) -> list[int]:
    return [partial.index for partial in partials if partial.take == take]


def test_every_verb_that_draws_shows_what_is_not_yet_finished(fake: FakeOpenAI) -> None:
    previews: list[Partial] = []
    finals: list[Partial] = []
    straight: list[Partial] = []
    with Kit() as kit:
        composed = kit.compose("packshot", inputs=CAN)
        run = kit.preview(composed, on_partial=previews.append, partials=2)
        final = kit.final(run, pick=2, on_partial=finals.append, partials=9)
        kit.generate(composed, first_take=7, on_partial=straight.append)
    assert (seen_by(1, previews), seen_by(2, previews)) == ([0, 1], [0, 1])
    assert seen_by(2, finals) == [0, 1, 2], "no more than the card allows"
    assert seen_by(7, straight) == [0]
    assert {sniff(partial.data) for partial in previews} == {"image/png"}
    assert [request.fields.get("partial_images") for request in fake.requests] == [2, 2, "3", 1]
    assert isinstance(final, Image)


def test_a_run_keeps_nothing_of_what_was_shown(fake: FakeOpenAI) -> None:
    seen: list[Partial] = []
    with Kit() as kit:
        run = kit.preview(kit.compose("packshot", inputs=CAN), on_partial=seen.append, partials=3)
    kept = [path.read_bytes() for path in Path().rglob("*") if path.is_file()]
    assert len(seen) == 6
    assert not [partial for partial in seen if partial.data in kept]
    assert sorted(path.name for path in run.folder.glob("*.png")) == [
        "preview-1.png",
        "preview-2.png",
        "sheet.png",
    ]
    assert "partial" not in (run.folder / "sheet.html").read_text().lower()


def test_nobody_who_looks_on_is_asked_for_no_stream(fake: FakeOpenAI) -> None:
    with Kit() as kit:
        composed = kit.compose("packshot", inputs=CAN)
        kit.preview(composed, n=1, partials=3)
        kit.preview(composed, n=1, first_take=2, on_partial=print, partials=0)
    assert not [request for request in fake.requests if "stream" in request.fields]


def test_a_model_that_shows_nothing_just_draws() -> None:
    with Kit(providers=quick()) as kit:
        composed = kit.compose("packshot", "tidewell", CAN)
        assert composed.model.card.partial_images == 0
        assert len(kit.preview(composed, n=1, on_partial=print).images) == 1


def test_what_who_looks_on_raises_is_raised_when_the_pictures_are_laid(fake: FakeOpenAI) -> None:
    def show(partial: Partial) -> None:
        raise ZeroDivisionError(partial.take)

    with Kit() as kit:
        composed = kit.compose("packshot", inputs=CAN)
        with pytest.raises(ZeroDivisionError):
            kit.preview(composed, on_partial=show)
        run = kit.run("last")
        assert [image.path.is_file() for image in run.images] == [True, True]
        assert run.sheet.is_file()
        assert states(Path(".promptkit")) == ["done", "done"]


# As it comes


def test_a_stream_gives_what_is_unfinished_then_each_take_then_the_run(fake: FakeOpenAI) -> None:
    async def go() -> list[object]:
        async with AsyncKit() as kit:
            composed = kit.compose("packshot", inputs=CAN)
            return [step async for step in kit.stream(composed, n=3, partials=2)]

    steps = asyncio.run(go())
    assert [type(step) for step in steps if not isinstance(step, Partial)] == [Shot] * 3 + [Run]
    for take in (1, 2, 3):
        own = [step for step in steps if getattr(step, "take", 0) == take]
        assert [type(step) for step in own] == [Partial, Partial, Shot]
    run = steps[-1]
    assert isinstance(run, Run)
    assert [image.path.is_file() for image in run.images] == [True] * 3


def test_finals_can_be_streamed_too_and_a_script_just_iterates(fake: FakeOpenAI) -> None:
    with Kit() as kit:
        steps = [*kit.stream(kit.compose("packshot", inputs=CAN), tier="final", partials=3)]
    *partials, shot, run = steps
    assert [type(step) for step in partials] == [Partial] * 3
    assert isinstance(shot, Shot)
    assert isinstance(run, Run)
    assert (shot.tier, len(run.finals)) == ("final", 1)


def test_what_is_stored_is_not_shown_again(fake: FakeOpenAI) -> None:
    with Kit() as kit:
        composed = kit.compose("packshot", inputs=CAN)
        kit.preview(composed, n=1)
        shot, run = kit.stream(composed, n=1)
    assert isinstance(shot, Shot)
    assert isinstance(run, Run)
    assert (shot.cached, run.cost) == (True, Decimal(0))
    assert len(fake.requests) == 1


def test_a_take_that_fails_is_told_of_and_the_others_come(fake: FakeOpenAI) -> None:
    fake.script = [Status(400, code="moderation_blocked")]
    with Kit(config={"providers.openai.limits": {"concurrency": 1}}) as kit:
        steps = [*kit.stream(kit.compose("packshot", inputs=CAN))]
    assert sorted(type(step).__name__ for step in steps) == ["Failure", "Partial", "Run", "Shot"]
    failure = next(step for step in steps if isinstance(step, Failure))
    assert failure.error == "RefusedError"


def test_a_stream_that_brings_no_picture_ends_in_the_error(fake: FakeOpenAI) -> None:
    fake.script = [Streamed(Telling(keep=1, end="cut"))]
    with Kit() as kit:
        steps = kit.stream(kit.compose("packshot", inputs=CAN), n=1)
        assert [type(next(steps)), type(next(steps))] == [Partial, Failure]
        with pytest.raises(InDoubtError):
            next(steps)
    assert states(Path(".promptkit")) == ["in_doubt"]


def test_who_stops_listening_waits_for_what_is_paid_for(fake: FakeOpenAI) -> None:
    fake.script = [Streamed(Telling(pause_s=0.1)), Streamed(Telling(pause_s=0.1))]

    async def go() -> None:
        async with AsyncKit() as kit:
            composed = kit.compose("packshot", inputs=CAN)
            async with aclosing(kit.stream(composed, n=1)) as steps:
                assert isinstance(await anext(steps), Partial)
            assert len(kit.run("last").images) == 1

    asyncio.run(go())
    with Kit() as kit, closing(kit.stream(kit.compose("packshot", inputs=CAN))) as steps:
        assert isinstance(next(steps), Shot)
    assert states(Path(".promptkit")) == ["done", "done", "done"]


def test_who_is_cancelled_breaks_the_call_off_and_it_is_in_doubt(fake: FakeOpenAI) -> None:
    fake.script = [Streamed(Telling(keep=1, end="open"))]

    async def listen(seen: asyncio.Event) -> None:
        async with AsyncKit() as kit:
            composed = kit.compose("packshot", inputs=CAN)
            async for _ in kit.stream(composed, n=1):
                seen.set()

    async def go() -> None:
        seen = asyncio.Event()
        listening = asyncio.create_task(listen(seen))
        await seen.wait()
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening

    asyncio.run(go())
    assert states(Path(".promptkit")) == ["in_doubt"]


def test_the_example_of_the_docs_shows_what_is_unfinished(fake: FakeOpenAI) -> None:
    (example,) = blocks(ROOT / "docs" / "streaming.md", "python")
    command = [sys.executable, "-W", "error", "-c", example]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *shown, path = done.stdout.splitlines()
    assert len(shown) == 4
    assert re.fullmatch(r"take [12] so far: [\d,]+ bytes of image/png", shown[0])
    assert Path(path).name == "preview-1.png"


# On the command line

BRIEF = ["packshot", "--set", "product=slim 330 ml can"]


def call(*words: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout, done.stderr


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_preview_says_where_its_unfinished_pictures_are_and_takes_them_away(
    fake: FakeOpenAI, temporary: Path
) -> None:
    said, told = call("preview", *BRIEF, "--partials", "2", "--json")
    assert len(json.loads(said)["images"]) == 2
    paths = re.findall(r"^  take (\d) so far: (\S+)$", told, re.MULTILINE)
    assert sorted(take for take, _ in paths) == ["1", "1", "2", "2"]
    assert {Path(path).name for _, path in paths} == {"take-1.png", "take-2.png"}
    assert {Path(path).parent.parent for _, path in paths} == {temporary}
    assert list(temporary.iterdir()) == []
    assert "shows nothing" not in told


def test_finals_have_partials_too(fake: FakeOpenAI, temporary: Path) -> None:
    call("preview", *BRIEF, "-n", "1")
    _, told = call("final", "last", "--pick", "1", "--partials", "3")
    assert told.count("take 1 so far") == 3
    _, told = call("generate", *BRIEF, "--partials", "1", "--first-take", "2")
    assert told.count("take 2 so far") == 1


def test_a_file_grows_under_one_name_and_goes_at_the_end(temporary: Path) -> None:
    with PartialFiles(2) as files:
        assert files.wish == {"on_partial": files.show, "partials": 2}
        for data in (b"early", b"later"):
            files.show(Partial(3, 0, data, "image/webp"))
            (file,) = temporary.rglob("take-*")
            assert (file.name, file.read_bytes()) == ("take-3.webp", data)
    assert list(temporary.iterdir()) == []
    assert PartialFiles(0).wish == {}


def test_a_file_that_cannot_be_written_costs_no_picture(
    temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    temporary.rmdir()
    with PartialFiles(1) as files:
        files.show(Partial(1, 0, b"early", "image/png"))
    assert capsys.readouterr().err == ""


def test_a_model_that_shows_nothing_is_told_of() -> None:
    config = ["--config", "tiers.preview.n=1"]
    _, told = call("preview", *BRIEF, "--brand", "tidewell", *config, "--partials", "2")
    assert "comp shows nothing while it draws" in told
    _, told = call("preview", *BRIEF, "--brand", "tidewell", *config, "--partials", "2")
    assert "shows nothing" not in told, "it came from the store"


def test_a_dry_run_counts_what_is_to_be_shown(fake: FakeOpenAI) -> None:
    """Two takes, three unfinished pictures each, 100 tokens at $30 the million."""
    plain = json.loads(call("preview", *BRIEF, "--dry-run", "--json")[0])
    shown = json.loads(call("preview", *BRIEF, "--partials", "3", "--dry-run", "--json")[0])
    assert shown["about_usd"] - plain["about_usd"] == pytest.approx(6 * 0.003)
    assert shown["most_usd"] - plain["most_usd"] == pytest.approx(2 * 6 * 0.003)
    call("preview", *BRIEF)
    again = ["final", "last", "--pick", "1", "--dry-run", "--json"]
    cheap, dear = (json.loads(call(*again, *more)[0]) for more in ([], ["--partials", "1"]))
    assert dear["about_usd"] - cheap["about_usd"] == pytest.approx(0.003)
    assert {request.fields.get("stream") for request in fake.requests} == {None}


def test_many_briefs_have_nobody_who_looks_on() -> None:
    Path("cans.csv").write_text("product\ncan\ntin\n")
    words = ["packshot", "--brand", "tidewell", "--inputs", "cans.csv", "--partials", "1"]
    _, told = call("preview", *words, code=2)
    assert "--partials shows the pictures of one brief" in told
