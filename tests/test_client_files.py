"""Files that are whole or absent, also several at once."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from promptkit.client.files import write_all_durably, write_durably


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_several_files_get_their_names_together(tmp_path: Path) -> None:
    wanted = {tmp_path / "a" / "1.png": b"one", tmp_path / "b" / "2.json": b"two"}
    write_all_durably(wanted)
    assert names(tmp_path) == ["a/1.png", "b/2.json"]
    assert {path: path.read_bytes() for path in wanted} == wanted


def test_all_is_on_disk_before_a_name_is_given_and_the_folders_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, list[str]]] = []
    lock, real = threading.Lock(), os.fsync

    def fsync(handle: int) -> None:
        target = Path(f"/proc/self/fd/{handle}").resolve()
        with lock:
            named = [name for name in names(tmp_path) if not name.endswith(".part")]
            seen.append((target.suffix or target.name, named))
        real(handle)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("it is looked up in Linux's own way")
    monkeypatch.setattr(os, "fsync", fsync)
    write_all_durably({tmp_path / "a" / "1.png": b"1", tmp_path / "b" / "2.json": b"2"})
    assert [(what, named) for what, named in seen if what == ".part"] == [(".part", [])] * 2
    folders = sorted(what for what, named in seen if named == ["a/1.png", "b/2.json"])
    assert folders == sorted(["a", "b", tmp_path.name])


def test_when_one_cannot_be_written_no_half_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_all_durably({tmp_path / "1.png": b"1", tmp_path / "2.json": b"2"})
    assert names(tmp_path) == []


def test_where_no_thread_starts_any_more_it_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_its_end(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", at_its_end)
    write_all_durably({tmp_path / "1.png": b"1", tmp_path / "2.json": b"2"})
    assert names(tmp_path) == ["1.png", "2.json"]


@pytest.mark.parametrize("known", [True, False])
def test_on_macos_the_drive_itself_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    fcntl = pytest.importorskip("fcntl")
    asked: list[int] = []
    plain: list[int] = []

    def control(handle: int, what: int, *_: Any) -> None:
        asked.append(what)
        if not known:
            raise OSError(25, "not supported by this volume")

    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", control)
    monkeypatch.setattr(os, "fsync", plain.append)
    monkeypatch.setattr(sys, "platform", "darwin")
    write_durably(tmp_path / "1.png", b"1")
    assert asked == [51, 51]
    assert len(plain) == (0 if known else 2)
