from __future__ import annotations

import hashlib
import json
import os
import pickle
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptkit.client import cache as module
from promptkit.client.cache import PictureStore, Stored, TextDisk, write_durably
from promptkit.errors import StoreError
from test_client_request import a_picture, a_request

DIGEST = a_request().digest


def put(store: PictureStore, data: bytes = b"", digest: str = DIGEST, **changes: Any) -> Stored:
    data = data or a_picture()
    made = {"request": a_request().canonical(), "request_id": "req_1"}
    facts: dict[str, Any] = {"cost": Decimal("0.006010"), "estimated": False} | changes
    sha256 = hashlib.sha256(data).hexdigest()
    return store.put(digest, sha256, data, "image/png", made=made, **facts)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = PictureStore(tmp_path / "home")
    yield opened
    opened.close()


def index_of(tmp_path: Path) -> Path:
    return tmp_path / "home" / "index" / "cache.db"


def sidecar_of(tmp_path: Path) -> Path:
    return tmp_path / "home" / "made" / DIGEST[:2] / f"{DIGEST}.json"


# Kept


def test_a_picture_is_kept_byte_for_byte_under_its_own_hash(store: PictureStore) -> None:
    marked = a_picture() + b"provenance marks after the end stay too"
    stored = put(store, marked)
    assert stored.path.read_bytes() == marked
    assert stored.path.name == f"{hashlib.sha256(marked).hexdigest()}.png"
    assert store.get(DIGEST) == stored
    assert (stored.cost, stored.estimated) == (Decimal("0.006010"), False)


def test_beside_it_stands_how_it_was_made(store: PictureStore, tmp_path: Path) -> None:
    stored = put(store)
    made = json.loads(sidecar_of(tmp_path).read_text(encoding="utf-8"))
    assert made["request"] == a_request().canonical()
    assert (made["cost_usd"], made["request_id"]) == ("0.006010", "req_1")
    assert made["sha256"] == stored.sha256


def test_nothing_is_created_by_looking(tmp_path: Path) -> None:
    store = PictureStore(tmp_path / "home")
    assert store.get(DIGEST) is None
    store.close()
    assert not (tmp_path / "home").exists()


def test_it_survives_a_restart(tmp_path: Path) -> None:
    first = PictureStore(tmp_path / "home")
    stored = put(first)
    first.close()
    second = PictureStore(tmp_path / "home")
    assert second.get(DIGEST) == stored
    second.close()
    assert second.get(DIGEST) == stored, "a closed store opens itself again"
    second.close()


def test_two_requests_may_have_one_picture(store: PictureStore, tmp_path: Path) -> None:
    one, other = put(store), put(store, digest="e" * 64)
    assert one.path == other.path
    assert len([*(tmp_path / "home" / "pictures").glob("*/*")]) == 1


def test_a_file_of_the_wrong_length_is_written_again(store: PictureStore) -> None:
    stored = put(store)
    stored.path.write_bytes(b"")
    assert put(store).path.read_bytes() == a_picture()


def test_a_picture_that_somebody_removed_is_not_there(store: PictureStore) -> None:
    put(store).path.unlink()
    assert store.get(DIGEST) is None


def test_an_entry_of_another_version_is_never_misread(store: PictureStore, tmp_path: Path) -> None:
    put(store)
    with closing(sqlite3.connect(index_of(tmp_path))) as db, db:
        db.execute("UPDATE Cache SET value = replace(value, '\"v\": 1', '\"v\": 0')")
    sidecar = sidecar_of(tmp_path)
    sidecar.write_text(sidecar.read_text().replace('"v": 1', '"v": 0'))
    assert store.get(DIGEST) is None


# Found again


def test_without_its_index_a_picture_is_found_through_its_sidecar(tmp_path: Path) -> None:
    store = PictureStore(tmp_path / "home")
    stored = put(store)
    store.close()
    for path in (tmp_path / "home" / "index").iterdir():
        path.unlink()
    (tmp_path / "home" / "index").rmdir()
    again = PictureStore(tmp_path / "home")
    assert again.get(DIGEST) == stored
    sidecar_of(tmp_path).unlink()
    assert again.get(DIGEST) == stored, "and is in the index again"
    again.close()


def test_the_index_can_be_rebuilt(store: PictureStore, tmp_path: Path) -> None:
    for number in range(5):
        put(store, digest=f"{number:064x}")
    with closing(sqlite3.connect(index_of(tmp_path))) as db, db:
        db.execute("DELETE FROM Cache WHERE rowid > 2")
        db.execute("UPDATE Cache SET mode = 4, value = ?", (pickle.dumps("foreign"),))
    damaged = tmp_path / "home" / "made" / "ff" / f"{'f' * 64}.json"
    damaged.parent.mkdir()
    damaged.write_text("{")
    assert store.rebuild() == 5
    assert store.get(f"{3:064x}") is not None


# What promptkit never wrote


class Trap:
    """Unpickled, it runs a command."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self._command,)


def foreign_rows(tmp_path: Path) -> dict[str, tuple[Any, ...]]:
    """Rows as diskcache's own disk would write them, and some that nobody would."""
    pickled = pickle.dumps(Trap(f"\"{sys.executable}\" -c \"open(r'{tmp_path / 'ran'}', 'w')\""))
    (tmp_path / "home" / "index" / "trap.val").write_bytes(pickled)
    return {
        "pickle in the row": (4, None, pickled),
        "pickle in a file": (4, "trap.val", None),
        "text in a file": (3, "trap.val", None),
        "bytes in a file": (2, "trap.val", None),
        "bytes": (1, None, b"{}"),
        "a number": (1, None, 7),
    }


ROWS = ["pickle in the row", "pickle in a file", "text in a file", "bytes in a file", "bytes"]


def write_row(tmp_path: Path, row: tuple[Any, ...]) -> None:
    with closing(sqlite3.connect(index_of(tmp_path))) as db, db:
        db.execute("UPDATE Cache SET mode = ?, filename = ?, value = ?", row)


@pytest.mark.parametrize("name", [*ROWS, "a number"])
def test_a_foreign_row_is_refused_and_never_unpickled(
    store: PictureStore, tmp_path: Path, name: str
) -> None:
    put(store)
    write_row(tmp_path, foreign_rows(tmp_path)[name])
    with pytest.raises(StoreError, match="something that promptkit never wrote") as caught:
        store.get(DIGEST)
    assert "index away" in str(caught.value.fix)
    assert not (tmp_path / "ran").exists()


def test_the_trap_itself_works(tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    (tmp_path / "home" / "index").mkdir(parents=True)
    pickle.loads(foreign_rows(tmp_path)["pickle in the row"][2])
    assert (tmp_path / "ran").exists()


def test_a_pickled_key_is_refused(store: PictureStore, tmp_path: Path) -> None:
    put(store)
    with closing(sqlite3.connect(index_of(tmp_path))) as db, db:
        db.execute("UPDATE Cache SET key = ?, raw = 0", (pickle.dumps("key"),))
    assert store.get(DIGEST) is not None, "the row is not ours, and the sidecar tells"
    disk = TextDisk(str(tmp_path))
    with pytest.raises(StoreError, match="never wrote"):
        disk.get(pickle.dumps("key"), raw=False)
    assert disk.get("key", raw=True) == "key"


@pytest.mark.parametrize("value", [b"bytes", 7, None, {"a": 1}])
def test_the_index_takes_nothing_but_text(tmp_path: Path, value: Any) -> None:
    disk = TextDisk(str(tmp_path))
    with pytest.raises(StoreError, match="text keys only"):
        disk.put(value)
    with pytest.raises(StoreError, match="text values only"):
        disk.store(value, read=False)
    with pytest.raises(StoreError, match="text values only"):
        disk.store("a file's text", read=True)


def test_a_row_cannot_have_files_deleted(store: PictureStore, tmp_path: Path) -> None:
    """diskcache deletes the file that a row names when the row is written over or cleared."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for action in (lambda: put(store), store.rebuild):
        put(store)
        write_row(tmp_path, (1, str(precious), None))
        action()
        assert precious.read_text() == "mine"


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[]",
        '{"v": 1}',
        '{"v": 1, "sha256": "../../x", "media_type": "image/png", "cost_usd": "1", "estimated": 0}',
        '{"v": 1, "sha256": "a", "media_type": "image/png", "cost_usd": "dear", "estimated": 0}',
    ],
)
def test_a_damaged_sidecar_is_an_error_and_not_a_reason_to_pay_again(
    tmp_path: Path, text: str
) -> None:
    sidecar_of(tmp_path).parent.mkdir(parents=True)
    sidecar_of(tmp_path).write_text(text)
    store = PictureStore(tmp_path / "home")
    with pytest.raises(StoreError, match=r"cannot be read: .*json") as caught:
        store.get(DIGEST)
    assert caught.value.fix
    store.close()


def test_a_sidecar_that_cannot_be_opened_is_one_too(tmp_path: Path) -> None:
    store = PictureStore(tmp_path / "home")
    put(store)
    store.close()
    sidecar_of(tmp_path).unlink()
    sidecar_of(tmp_path).mkdir()
    (tmp_path / "home" / "index" / "cache.db").unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        store.get(DIGEST)
    store.close()


def test_an_index_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    index_of(tmp_path).parent.mkdir(parents=True)
    index_of(tmp_path).write_text("This is not a database, and long enough to be none at all. " * 9)
    store = PictureStore(tmp_path / "home")
    with pytest.raises(StoreError, match="cannot be used") as caught:
        store.get(DIGEST)
    assert "rebuilt from the pictures" in str(caught.value.fix)
    stored = put(store)
    assert stored.path.is_file(), "what was paid for is kept all the same"
    store.close()


def test_a_busy_index_neither_loses_a_picture_nor_waits_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    store = PictureStore(tmp_path / "home")
    put(store, digest="e" * 64)
    with closing(sqlite3.connect(index_of(tmp_path), isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        stored = put(store)
        assert store.get(DIGEST) == stored
    store.close()


# Whole or absent


def test_a_half_written_file_never_becomes_a_picture(store: PictureStore, tmp_path: Path) -> None:
    stored = put(store)
    half = stored.path.with_name(f".{'0' * 32}.part")
    half.write_bytes(a_picture()[:10])
    sidecar_half = sidecar_of(tmp_path).with_name(f".{'1' * 32}.part")
    sidecar_half.write_bytes(b'{"v": 1')
    assert store.rebuild() == 1
    assert store.get(DIGEST) == stored


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").touch()
    with pytest.raises(OSError, match="taken"):
        write_durably(tmp_path / "taken", b"new")
    assert [path.name for path in tmp_path.iterdir() if path.name != "work"] == ["taken"]


def test_a_process_killed_while_it_writes_leaves_no_picture(tmp_path: Path) -> None:
    """It dies between the last byte and the new name."""
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom promptkit.client import files\n"
        "os.fsync = lambda handle: os._exit(9)\n"
        "files.write_durably(Path(sys.argv[1]), b'x' * 100_000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "a" / "picture.png")])
    assert done.returncode == 9
    assert [path.suffix for path in (tmp_path / "a").iterdir()] == [".part"]


def test_many_threads_use_one_store_and_leave_no_thread_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    store = PictureStore(tmp_path / "home")
    with ThreadPoolExecutor(8) as pool:
        made = [*pool.map(lambda number: put(store, digest=f"{number:064x}"), range(24))]
        found = [*pool.map(lambda stored: store.get(stored.digest), made)]
    assert found == made
    store.close()
    assert threading.active_count() == before
