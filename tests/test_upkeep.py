"""The picture store, looked after: counted, checked, pruned, rebuilt, copied."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptkit.client.cache import PictureStore, Stored
from promptkit.client.ledger import Budget, Context, Entry, Ledger
from promptkit.client.sums import NONE
from promptkit.client.upkeep import FRESH, Share, Upkeep
from promptkit.errors import StoreError
from test_client_request import a_picture, a_request

DAY = 86400.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def upkeep(home: Path) -> Iterator[Upkeep]:
    with Upkeep(home) as opened:
        yield opened


def put(home: Path, take: int = 1, data: bytes = b"", brand: str = "tidewell") -> Stored:
    """Keep the picture of a take, as a client would have."""
    request = a_request(take=take)
    data = data or a_picture(size=(8, 6 + take))
    made: dict[str, Any] = {"request": request.canonical(), "request_id": "req_1"}
    if brand:
        made["for"] = {"brand": brand, "run": "r", "tier": "preview", "template": "packshot"}
    sha256 = hashlib.sha256(data).hexdigest()
    with closing(PictureStore(home)) as store:
        facts: dict[str, Any] = {"cost": Decimal("0.006"), "estimated": False, "made": made}
        return store.put(request.digest, sha256, data, "image/png", **facts)


def book(home: Path, digest: str, state: Any = "done", brand: str = "tidewell") -> int:
    entry = Entry(digest, "openai", "m", "low", "8x6", 1, Context("r", "preview", brand, "t"))
    with closing(Ledger(home)) as ledger:
        row = ledger.claim(entry, Decimal("0.02"), Budget()).row
        assert row is not None
        if state == "done":
            ledger.settle(row, "done", Decimal("0.006"))
        else:
            ledger.mark(row, state)
    return row


def sidecar(home: Path, stored: Stored) -> Path:
    return home / "made" / stored.digest[:2] / f"{stored.digest}.json"


def age(home: Path, stored: Stored, days: float) -> None:
    """Make a picture, and what the ledger tells of it, so many days old."""
    then = time.time() - days * DAY
    os.utime(sidecar(home, stored), (then, then))
    if Ledger.exists(home):
        at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(then))
        with closing(sqlite3.connect(home / "ledger.sqlite3")) as db, db:
            db.execute("UPDATE calls SET at = ? WHERE digest = ?", (at, stored.digest))


def write_row(home: Path, **columns: Any) -> None:
    sets = ", ".join(f"{name} = ?" for name in columns)
    with closing(sqlite3.connect(home / "index" / "cache.db")) as db, db:
        db.execute(f"UPDATE Cache SET {sets}", tuple(columns.values()))


def rules(upkeep: Upkeep) -> list[str]:
    return [finding.rule for finding in upkeep.verify()[1]]


# Counted


def test_an_empty_store_is_whole_and_looking_creates_nothing(home: Path, upkeep: Upkeep) -> None:
    assert (upkeep.stats().pictures, upkeep.stats().oldest) == (0, None)
    assert upkeep.verify() == upkeep.glance() == (0, [])
    assert upkeep.rebuild() == 0
    assert upkeep.plan(max_size=0).pictures == ()
    assert not upkeep.doubts()
    assert not upkeep.calls()
    assert not home.exists()


def test_pictures_are_counted_by_model_and_brand(home: Path, upkeep: Upkeep) -> None:
    first, second = put(home), put(home, 2, brand="")
    age(home, first, 3)
    found = upkeep.stats()
    sizes = [stored.path.stat().st_size for stored in (first, second)]
    assert (found.pictures, found.bytes) == (2, sum(sizes))
    assert found.models == {"openai/gpt-image-2.5-flare": Share(2, sum(sizes))}
    assert found.brands == {"tidewell": Share(1, sizes[0]), NONE: Share(1, sizes[1])}
    assert found.oldest is not None
    assert found.newest is not None
    assert found.oldest < found.newest


def test_what_older_sidecars_do_not_tell_the_ledger_does(home: Path, upkeep: Upkeep) -> None:
    book(home, put(home, brand="").digest, brand="northbeam")
    assert list(upkeep.stats().brands) == ["northbeam"]


def test_one_picture_of_two_requests_is_counted_once(home: Path, upkeep: Upkeep) -> None:
    put(home, 1, a_picture())
    put(home, 2, a_picture())
    assert upkeep.stats().pictures == 1
    assert upkeep.verify() == (1, [])


def test_doubts_orphans_and_damage_are_counted(home: Path, upkeep: Upkeep) -> None:
    sidecar(home, put(home)).write_text("{")
    book(home, "d", "in_doubt")
    found = upkeep.stats()
    assert (found.in_doubt, found.unreadable, found.orphans.pictures) == (1, 1, 1)


def test_a_picture_that_is_missing_is_not_counted(home: Path, upkeep: Upkeep) -> None:
    put(home).path.unlink()
    assert upkeep.stats().pictures == 0
    assert upkeep.plan(max_size=0).pictures == ()


def test_a_sidecar_that_goes_while_somebody_looks_is_no_fault(
    home: Path, upkeep: Upkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home)
    monkeypatch.setattr(PictureStore, "made", lambda *_: None)
    assert upkeep.stats().unreadable == 0


# Checked


def test_a_whole_store_has_no_findings(home: Path, upkeep: Upkeep) -> None:
    put(home)
    put(home, 2)
    said: list[int] = []
    assert upkeep.verify(said.append) == (2, [])
    assert said == [1, 2]


def test_a_damaged_picture_is_found_only_by_reading_it(home: Path, upkeep: Upkeep) -> None:
    stored = put(home)
    stored.path.write_bytes(stored.path.read_bytes()[:-1] + b"?")
    assert upkeep.glance() == (1, [])
    _, (finding,) = upkeep.verify()
    assert finding.rule == "damaged-picture"
    assert finding.place is not None
    assert finding.place.file == str(stored.path)
    assert "backup" in str(finding.fix)


def test_a_missing_picture_and_one_that_cannot_be_read(home: Path, upkeep: Upkeep) -> None:
    put(home).path.unlink()
    blocked = put(home, 2).path
    blocked.unlink()
    blocked.mkdir()
    said = sorted(finding.message.split("is missing")[-1] for finding in upkeep.verify()[1])
    assert said[0] == ""
    assert "cannot be read" in said[1]


def test_a_damaged_sidecar_leaves_its_picture_an_orphan(home: Path, upkeep: Upkeep) -> None:
    sidecar(home, put(home)).write_text("[]")
    assert rules(upkeep) == ["unreadable-sidecar", "orphan-picture", "stale-index"]


def test_a_sidecar_of_another_request_is_never_trusted(home: Path, upkeep: Upkeep) -> None:
    one, other = put(home), put(home, 2)
    sidecar(home, one).write_bytes(sidecar(home, other).read_bytes())
    assert "wrong-request" in rules(upkeep)
    made = json.loads(sidecar(home, one).read_text(encoding="utf-8"))
    sidecar(home, one).write_text(json.dumps(made | {"request": ["no", "request"]}))
    assert "wrong-request" in rules(upkeep)
    assert upkeep.stats().pictures == 1, "what it tells is not counted on"


def test_what_lies_among_the_sidecars_is_named(home: Path, upkeep: Upkeep) -> None:
    stored = put(home)
    (home / "made" / stored.digest[:2] / "notes.json").write_text("{}")
    (home / "made" / "zz").mkdir()
    (home / "made" / "zz" / sidecar(home, stored).name).write_text("{}")
    assert rules(upkeep) == ["stray-file", "stray-file"]
    assert upkeep.rebuild() == 1


def test_a_file_that_was_never_finished_is_named_once_nobody_writes_it(
    home: Path, upkeep: Upkeep
) -> None:
    part = put(home).path.with_name(".0.part")
    part.write_bytes(b"half")
    assert rules(upkeep) == [], "somebody may be writing it"
    os.utime(part, (0, 0))
    assert rules(upkeep) == ["half-written"]


@pytest.mark.parametrize("sql", ["DELETE FROM Cache", "UPDATE Cache SET value = '{}'"])
def test_an_index_that_differs_is_rebuilt(home: Path, upkeep: Upkeep, sql: str) -> None:
    put(home)
    with closing(sqlite3.connect(home / "index" / "cache.db")) as db, db:
        db.execute(sql)
    _, (finding,) = upkeep.verify()
    assert (finding.rule, finding.fix) == ("stale-index", "promptkit cache rebuild")
    assert upkeep.rebuild() == 1
    assert upkeep.verify() == (1, [])


def test_an_entry_without_a_sidecar_is_found(home: Path, upkeep: Upkeep) -> None:
    sidecar(home, put(home)).unlink()
    assert rules(upkeep) == ["orphan-picture", "stale-index"]


# What promptkit never wrote


class Trap:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self._path), "w")


@pytest.mark.parametrize("filename", [None, "../../x", "x.val"])
def test_no_verb_unpickles_a_hostile_row_or_follows_its_file_name(
    home: Path, upkeep: Upkeep, tmp_path: Path, filename: str | None
) -> None:
    stored = put(home)
    trap = pickle.dumps(Trap(tmp_path / "ran"))
    outside = home / "index" / (filename or "x.val")
    outside.write_bytes(trap)
    write_row(home, mode=4, filename=filename, value=None if filename else trap)
    assert "foreign-index" in rules(upkeep)
    assert upkeep.glance()[1]
    with closing(PictureStore(home)) as store, pytest.raises(StoreError, match="never wrote"):
        store.get(stored.digest)
    age(home, stored, 9)
    upkeep.evict(upkeep.plan(keep_days=1))
    put(home)
    assert upkeep.rebuild() == 1
    assert upkeep.verify() == (1, [])
    assert outside.read_bytes() == trap, "a file that a row names is never touched"
    assert not (tmp_path / "ran").exists()


def newer(home: Path, stored: Stored, version: Any) -> None:
    path = sidecar(home, stored)
    made = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(made | {"v": version}), encoding="utf-8")


def test_a_newer_format_is_refused_by_name_and_never_misread(home: Path, upkeep: Upkeep) -> None:
    stored = put(home)
    newer(home, stored, 99)
    upkeep.rebuild()
    with closing(PictureStore(home)) as store:
        with pytest.raises(StoreError, match=r"is of format 99, .* reads up to 1") as caught:
            store.get(stored.digest)
        assert "pip install --upgrade" in str(caught.value.fix)
        newer(home, stored, "two")
        with pytest.raises(StoreError, match="version of its format"):
            store.get(stored.digest)
    assert "unreadable-sidecar" in rules(upkeep)


def test_a_newer_index_is_refused_too(home: Path) -> None:
    stored = put(home)
    with closing(sqlite3.connect(home / "index" / "cache.db")) as db, db:
        db.execute("UPDATE Cache SET value = replace(value, '\"v\": 1', '\"v\": 99')")
    with closing(PictureStore(home)) as store, pytest.raises(StoreError, match="format 99"):
        store.get(stored.digest)


def test_an_older_format_is_left_alone(home: Path, upkeep: Upkeep) -> None:
    stored = put(home)
    newer(home, stored, 0)
    assert upkeep.rebuild() == 0
    assert upkeep.verify() == (0, [])
    assert upkeep.plan(max_size=0).pictures == ()
    assert stored.path.is_file()


# Pruned


def test_without_limits_nothing_goes(home: Path, upkeep: Upkeep) -> None:
    age(home, put(home), 999)
    assert upkeep.plan().pictures == ()


def test_what_was_not_used_for_long_goes_with_all_that_tells_of_it(
    home: Path, upkeep: Upkeep
) -> None:
    old, new = put(home), put(home, 2)
    age(home, old, 31)
    plan = upkeep.plan(keep_days=30)
    assert [item.path for item in plan.pictures] == [old.path]
    assert plan.bytes == old.path.stat().st_size
    assert old.path.is_file(), "a plan removes nothing"
    upkeep.evict(plan)
    assert not old.path.exists()
    assert not sidecar(home, old).exists()
    assert upkeep.verify() == (1, [])
    with closing(PictureStore(home)) as store:
        assert store.get(old.digest) is None
        assert store.get(new.digest) == new


def test_a_store_without_its_index_is_pruned_too(home: Path, upkeep: Upkeep) -> None:
    stored = put(home)
    age(home, stored, 31)
    shutil.rmtree(home / "index")
    upkeep.evict(upkeep.plan(keep_days=30))
    assert files(home) == {}


def test_use_counts_and_not_the_making(home: Path, upkeep: Upkeep) -> None:
    stored = put(home)
    age(home, stored, 60)
    book(home, stored.digest)
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db, db:
        at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - 10 * DAY))
        db.execute("UPDATE calls SET at = ?", (at,))
    assert upkeep.plan(keep_days=30).pictures == ()
    assert len(upkeep.plan(keep_days=9).pictures) == 1


def test_by_size_the_longest_unused_go_first(home: Path, upkeep: Upkeep) -> None:
    stored = [put(home, take) for take in (1, 2, 3)]
    for number, item in enumerate(stored):
        age(home, item, 10 - number)
    sizes = [item.path.stat().st_size for item in stored]
    plan = upkeep.plan(max_size=sizes[2])
    assert [item.path for item in plan.pictures] == [item.path for item in stored[:2]]
    assert (plan.bytes_before, plan.over) == (sum(sizes), 0)
    assert upkeep.plan(max_size=sum(sizes)).pictures == ()


@pytest.mark.parametrize("state", ["held", "sent", "in_doubt"])
def test_what_is_open_in_the_ledger_stays(home: Path, upkeep: Upkeep, state: str) -> None:
    stored = put(home)
    with closing(Ledger(home)) as ledger:
        entry = Entry(stored.digest, "openai", "m", "low", "8x6", 1)
        row = ledger.claim(entry, Decimal("0.02"), Budget()).row
        assert row is not None
        ledger.mark(row, state)  # type: ignore[arg-type]
        age(home, stored, 99)
        plan = upkeep.plan(max_size=0)
        assert (plan.pictures, plan.kept_back) == ((), 1)
        assert plan.over == stored.path.stat().st_size


def test_what_a_run_refers_to_and_what_was_just_used_stays(home: Path) -> None:
    referred, used, free = put(home), put(home, 2), put(home, 3)
    for stored in (referred, used, free):
        book(home, stored.digest)
        age(home, stored, 99)
    book(home, used.digest)
    with Upkeep(home, referred=lambda: {referred.digest}) as upkeep:
        plan = upkeep.plan(keep_days=0)
        assert [item.path for item in plan.pictures] == [free.path]
        assert plan.kept_back == 2
    later = Upkeep(home, clock=lambda: time.time() + FRESH + 1)
    assert len(later.plan(keep_days=0).pictures) == 3
    later.close()


def test_a_picture_of_two_requests_stays_for_either(home: Path) -> None:
    one, other = put(home, 1, a_picture()), put(home, 2, a_picture())
    with Upkeep(home, referred=lambda: {other.digest}) as upkeep:
        assert upkeep.plan(max_size=0).kept_back == 1
    with Upkeep(home) as upkeep:
        upkeep.evict(upkeep.plan(max_size=0))
        assert not one.path.exists()
        assert upkeep.verify() == (0, [])


# Copied


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_export_is_byte_for_byte_and_a_store_itself(
    home: Path, upkeep: Upkeep, tmp_path: Path
) -> None:
    stored = put(home, data=a_picture() + b"provenance marks after the end")
    copy = tmp_path / "copy"
    assert upkeep.export(copy) == (2, 2)
    assert stored.path.read_bytes() in files(copy).values()
    assert sidecar(home, stored).read_bytes() in files(copy).values()
    assert upkeep.export(copy) == (0, 2), "what is there already is the same"
    with Upkeep(copy) as copied:
        assert copied.rebuild() == 1
        assert copied.verify() == (1, [])
    with closing(PictureStore(copy)) as store:
        found = store.get(stored.digest)
        assert found is not None
        assert (found.sha256, found.cost) == (stored.sha256, stored.cost)


def test_an_export_writes_over_nothing(home: Path, upkeep: Upkeep, tmp_path: Path) -> None:
    stored = put(home)
    put(home, 2)
    copy = tmp_path / "copy"
    mine = copy / stored.path.relative_to(home)
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(StoreError, match="is something else, so nothing was copied"):
        upkeep.export(copy)
    assert list(files(copy).values()) == [b"mine"]


def test_an_export_stays_within_its_folder(home: Path, upkeep: Upkeep, tmp_path: Path) -> None:
    put(home)
    copy, elsewhere = tmp_path / "copy", tmp_path / "elsewhere"
    elsewhere.mkdir()
    copy.mkdir()
    (copy / "pictures").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="leads out of"):
        upkeep.export(copy)
    assert files(elsewhere) == {}
    with pytest.raises(StoreError, match="in the store itself"):
        upkeep.export(home / "pictures")


def test_what_is_damaged_is_not_copied(home: Path, upkeep: Upkeep, tmp_path: Path) -> None:
    put(home).path.write_bytes(b"damaged")
    with pytest.raises(StoreError, match="is damaged") as caught:
        upkeep.export(tmp_path / "copy")
    assert "cache verify" in str(caught.value.fix)
    assert not (tmp_path / "copy").exists()
