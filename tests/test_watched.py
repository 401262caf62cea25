"""Whether files that something was made of have changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from promptkit.watched import NONE, changed, is_file, looked_for, unchanged


@pytest.mark.parametrize("name", ["nothing.yaml", "a\0b.yaml", "x" * 5000])
def test_a_file_that_cannot_be_has_no_time(name: str, tmp_path: Path) -> None:
    assert changed(tmp_path / name) == NONE
    assert not is_file(tmp_path / name)


def test_a_file_of_the_first_second_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    os.utime(path, ns=(0, 0))
    assert changed(path) == 0 != NONE


def test_what_is_changed_made_or_deleted_is_noticed(tmp_path: Path) -> None:
    here, nowhere = tmp_path / "here", tmp_path / "nowhere"
    here.touch()
    watched = {path: changed(path) for path in (here, nowhere)}
    assert unchanged(watched)
    nowhere.touch()
    assert not unchanged(watched)
    nowhere.unlink()
    assert unchanged(watched)
    os.utime(here, ns=(1, 1))
    assert not unchanged(watched)
    here.unlink()
    assert not unchanged(watched)


def test_all_that_is_looked_for_is_watched(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    (tmp_path / "folder").mkdir()
    watched: dict[Path, int] = {}
    found = list(looked_for(["a", "folder", "b"], tmp_path, watched))
    assert found == [(tmp_path / "b", "b")]
    assert list(watched) == [tmp_path / "a", tmp_path / "folder", tmp_path / "b"]
    assert watched[tmp_path / "a"] == NONE


def test_a_folder_that_is_not_there_is_watched_itself(tmp_path: Path) -> None:
    watched: dict[Path, int] = {}
    own = tmp_path / "own"
    assert list(looked_for(["a", "b"], own, watched)) == []
    assert watched == {own: NONE}
    own.mkdir()
    assert not unchanged(watched)
