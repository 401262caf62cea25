"""compose --watch: a real process, whose files change under it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

import pytest
from typer.testing import CliRunner

from axes_template import TEMPLATE, write_template
from promptkit.cli import watching as watching_module
from promptkit.cli.app import app
from promptkit.cli.watching import follow
from promptkit.errors import BriefError
from promptkit.kit import SHIPPED

BRAND = 'name: Shop\ncolors: {primary: "#0B6E99"}\nstyle: soft daylight\n'
COMPOSE = ["compose", "shot", "-b", "shop", "--axes", "light=noon", "--watch"]
PATIENCE_S = 30


class Watching:
    """A process that watches, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str], *streams: IO[str] | None) -> None:
        self.process = process
        self.said, self._lines = "", Queue[str]()
        for stream in streams:
            Thread(target=self._listen, args=(stream,), daemon=True).start()

    def _listen(self, stream: IO[str]) -> None:
        with suppress(OSError):  # a terminal whose other end is closed
            for line in stream:
                self._lines.put(line)

    def until(self, seen: str | Callable[[str], bool]) -> str:
        """Return the line that has something in it, or with which something is so."""
        before, end = self.said, time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with suppress(Empty):
                line = self._lines.get(timeout=0.1)
                self.said += line
                if seen in line if isinstance(seen, str) else seen(line):
                    return line
        raise AssertionError(f"never seen {seen!r} in {self.said.removeprefix(before)!r}")

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE_S)


@contextmanager
def watching(*more: str, words: list[str] | None = None) -> Iterator[Watching]:
    command = [sys.executable, "-W", "error", "-m", "promptkit", *(words or COMPOSE), *more]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Watching(process, process.stdout, process.stderr)
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def _project() -> None:
    Path("brand_profiles").mkdir()
    Path("brand_profiles/parent.yaml").write_text(BRAND, encoding="utf-8")
    Path("brand_profiles/shop.yaml").write_text("extends: parent\nid: shop\n", encoding="utf-8")
    Path("promptkit.yaml").write_text("promptkit: project/v1\n", encoding="utf-8")
    write_template()


def change(path: str | Path, old: str, new: str) -> None:
    """Change a file as editors do: another one is put in its place."""
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    part = Path(f"{path}~")
    part.write_text(text.replace(old, new), encoding="utf-8")
    part.replace(path)


CAN = ["-s", "product=slim can"]


def test_the_prompt_is_shown_again_when_the_template_changes() -> None:
    with watching(*CAN) as seen:
        seen.until("Ctrl-C ends")  # on another stream than the prompt: either may be read first
        change("templates/shot.j2", "Close view", "Very near")
        assert seen.until("──── ") == "──── templates/shot.j2 ────\n"
        seen.until("Very near.")
        assert seen.end() == 0
    assert "Close view." in seen.said
    assert "Traceback" not in seen.said


def test_it_goes_on_after_an_error_and_ends_with_0_in_its_midst() -> None:
    with watching(*CAN) as seen:
        seen.until("Close view.")
        change("templates/shot.j2", "policy: all", "polcy: all")
        assert seen.until("error: ").endswith("there is no key “polcy”\n")
        change("templates/shot.j2", "polcy: all", "policy: all")
        seen.until("Close view.")
        Path("promptkit.yaml").write_text("bran: x\n", encoding="utf-8")
        seen.until("there is no key “bran”")
        assert seen.end() == 0


def test_brand_parent_inputs_settings_and_partials_are_watched() -> None:
    body = TEMPLATE.replace("{{ axis.mood }}", '{% include "_mood.j2" %}')
    write_template(body)
    Path("templates/partials").mkdir()
    Path("templates/partials/_mood.j2").write_text("Serene", encoding="utf-8")
    Path("briefs").mkdir()
    Path("briefs/one.yaml").write_text("product: slim can\n", encoding="utf-8")
    Path("promptkit.yaml").write_text("brand: shop\n", encoding="utf-8")
    words = ["compose", "shot", "--watch", "--inputs", "briefs/one.yaml"]
    with watching(words=words) as seen:
        seen.until("Serene.")
        change("templates/partials/_mood.j2", "Serene", "Wild")
        seen.until("Wild.")
        change("brand_profiles/parent.yaml", "soft daylight", "hard flash")
        seen.until("Hard flash")
        change("briefs/one.yaml", "slim can", "tall bottle")
        seen.until("A tall bottle.")
        change("promptkit.yaml", "shop", "tidewell")
        seen.until("northern coast")
        assert seen.end() == 0


def test_what_is_not_there_yet_may_come() -> None:
    path = write_template()
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.parent.rmdir()
    with watching(*CAN) as seen:
        seen.until("there is no template “shot”")
        write_template(text)
        seen.until("Close view.")
        change(path, "Close view", "Very near")
        seen.until("Very near.")
        path.unlink()
        seen.until("there is no template “shot”")
        assert seen.end() == 0


def test_what_changes_nothing_is_said_in_one_line() -> None:
    with watching(*CAN) as seen:
        seen.until("Close view.")
        change("templates/shot.j2", "Picture of one", "One picture of a")
        seen.until("templates/shot.j2 changed, the prompt did not")
        assert seen.said.count("Close view.") == 1
        assert seen.end() == 0


def test_with_json_there_is_one_object_on_each_line() -> None:
    with watching(*CAN, "--json") as seen:
        first = json.loads(seen.until("{"))
        assert first["axes"] == {"crop": "close", "light": "noon", "mood": "calm"}
        change("templates/shot.j2", "Close view", "Very near")
        assert "Very near." in json.loads(seen.until("{"))["text"]
        change("templates/shot.j2", "policy: all", "polcy: all")
        assert json.loads(seen.until("{"))["error"] == "TemplateError"
        assert seen.end() == 0
    assert len(seen.said.splitlines()) == 3


def test_the_matrix_is_watched_too() -> None:
    with watching(*CAN, "--matrix", "--json") as seen:
        assert len(json.loads(seen.until("{"))["prompts"]) == 4
        change("templates/shot.j2", ", loud: Loud", "")
        assert len(json.loads(seen.until("{"))["prompts"]) == 2
        assert seen.end() == 0


def test_a_terminal_is_cleared_each_time() -> None:
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals")
    reader, writer = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    command = [sys.executable, "-m", "promptkit", *COMPOSE, *CAN]
    with (
        os.fdopen(reader, encoding="utf-8") as terminal,
        subprocess.Popen(
            command, stdout=writer, stderr=writer, env=environment, text=True
        ) as process,
    ):
        os.close(writer)
        try:
            seen = Watching(process, terminal)
            seen.until("Ctrl-C ends")
            change("templates/shot.j2", "Close view", "Very near")
            seen.until("Very near.")
            seen.until("Ctrl-C ends")
            assert seen.end() == 0
        finally:
            process.kill()
    assert seen.said.count("\x1b[2J") == 2
    assert "────" not in seen.said


class Looks:
    """Looks at things that change while they are looked at; the last look is Ctrl-C's."""

    def __init__(self, *found: dict[str, Any] | Exception) -> None:
        self.found = list(found)
        self.shown: list[dict[str, Any]] = []
        self.last: dict[str, Any] = {}

    def look(self) -> dict[str, Any]:
        if not self.found:
            raise KeyboardInterrupt
        found = self.found.pop(0)
        Path("one.yaml").write_text(f"left: {len(self.found)}\n", encoding="utf-8")
        if isinstance(found, Exception):
            raise found
        self.last = found
        return found

    def show(self) -> None:
        self.shown.append(self.last)


def test_only_what_is_new_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    looks = Looks({"a": 1}, {"a": 1}, BriefError("no"), FileNotFoundError(2, "gone"), {"a": 2})
    assert follow(looks.look, looks.show, [Path.cwd(), Path("nowhere")], as_json=False) == 0
    assert looks.shown == [{"a": 1}, {"a": 2}]
    said, complained = capsys.readouterr()
    assert said == "\n──── one.yaml ────\n"
    assert complained.splitlines() == [
        "  watching; Ctrl-C ends",
        "  one.yaml changed, the prompt did not",
        "error: no",
        "error: gone",
    ]


def test_as_json_nothing_else_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    looks = Looks({"a": 1}, {"a": 1}, BriefError("no"))
    assert follow(looks.look, looks.show, [Path.cwd()], as_json=True) == 0
    said, complained = capsys.readouterr()
    assert (looks.shown, complained) == ([], "")
    first, second = map(json.loads, said.splitlines())
    assert (first, second["message"]) == ({"a": 1}, "no")


def test_folders_that_come_while_it_goes_on_are_watched(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folders, seen = {Path.cwd()}, list[str]()

    def look() -> dict[str, Any]:
        new = Path("deep").absolute()
        if not seen:
            new.mkdir()
            folders.add(new)
        elif len(seen) == 1:
            (new / "two.yaml").write_text("a: 1\n", encoding="utf-8")
        else:
            raise KeyboardInterrupt
        seen.append("look")
        return {"looks": len(seen)}

    assert follow(look, lambda: None, folders, as_json=False) == 0
    assert capsys.readouterr().out == "\n──── again ────\n"


def test_the_folders_of_all_that_a_prompt_comes_from_are_watched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    far = tmp_path / "brands"
    far.mkdir()
    Path("brand_profiles/shop.yaml").rename(far / "shop.yaml")
    Path("brand_profiles/parent.yaml").rename(far / "parent.yaml")
    (far / "brief.yaml").write_text("product: slim can\n", encoding="utf-8")
    seen: list[set[Path]] = []

    def once(folders: set[Path]) -> Iterator[list[Path]]:
        seen.append(folders)
        yield []

    monkeypatch.setattr(watching_module, "_changes", once)
    words = ["compose", "shot", "-b", str(far / "shop.yaml"), "--watch", "--matrix"]
    done = CliRunner().invoke(app, [*words, "--inputs", str(far / "brief.yaml")])
    assert (done.exit_code, done.stdout.count("Subject: A slim can.")) == (0, 12)
    here = Path.cwd()
    assert seen[0] >= {far, here, here / "templates", here / "templates" / "partials"}
    assert SHIPPED / "templates" in seen[0]  # where base.j2 lies
