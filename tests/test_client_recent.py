"""What was just served is served again from memory, and is never wrong; its notes follow."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from promptkit.client import later, recent
from promptkit.client.cache import PictureStore
from promptkit.client.client import Client
from promptkit.client.later import Later
from promptkit.client.ledger import Ledger
from promptkit.client.recent import Recent
from promptkit.client.upkeep import Upkeep
from promptkit.errors import StoreError
from test_client import Scripted, a_client, a_job, an_answer
from test_client_cache import DIGEST, put, sidecar_of
from test_client_ledger import CENT, an_entry


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PictureStore]:
    found = PictureStore(tmp_path / "home")
    yield found
    found.close()


def rows(home: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db:
        return db.execute("SELECT state, cached FROM calls ORDER BY id").fetchall()


def wait_for(done: object, within: float = 5.0) -> None:
    """Wait until something is so; ``done`` is called over and over."""
    assert callable(done)
    end = time.monotonic() + within
    while not done():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


# Memory


def test_what_is_remembered_is_what_the_store_has(store: PictureStore) -> None:
    found = Recent(store)
    assert found.get(DIGEST) is None
    stored = put(store)
    found.remember(stored)
    assert found.get(DIGEST) == store.get(DIGEST) == stored


def test_a_picture_that_is_away_is_not_served(store: PictureStore) -> None:
    found = Recent(store)
    found.remember(stored := put(store))
    stored.path.unlink()
    assert found.get(DIGEST) is None
    found.remember(stored)
    assert found.get(DIGEST) is None, "there is nothing to remember"


def test_a_sidecar_that_is_away_or_another_one_is_seen(store: PictureStore, tmp_path: Path) -> None:
    found = Recent(store)
    found.remember(stored := put(store))
    sidecar = sidecar_of(tmp_path)
    text = sidecar.read_bytes()
    os.utime(sidecar, ns=(1, 1))
    assert found.get(DIGEST) is None
    found.remember(stored)
    sidecar.unlink()
    assert found.get(DIGEST) is None
    sidecar.write_bytes(text)
    assert found.get(DIGEST) is None, "forgotten is forgotten, until the store gives it again"


def test_nothing_is_remembered_for_ever(
    store: PictureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Recent(store)
    monkeypatch.setattr(recent, "LONG", 0.0)
    found.remember(put(store))
    assert found.get(DIGEST) is None


def test_only_so_many_are_remembered(store: PictureStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 2)
    found, stored = Recent(store), [put(store, digest=f"{number:064x}") for number in range(3)]
    for item in stored:
        found.remember(item)
    assert [found.get(item.digest) for item in stored] == [None, *stored[1:]]


def test_a_client_asks_the_store_again_for_what_was_pruned(tmp_path: Path) -> None:
    home, provider = tmp_path / "home", Scripted(an_answer)

    async def go() -> list[bool]:
        async with a_client(home, provider) as client:
            cached = [(await client.picture(a_job())).cached for _ in range(3)]
            with Upkeep(home, clock=lambda: time.time() + 10_000) as upkeep:
                assert upkeep.evict(upkeep.plan(keep_days=0)).pictures
            return [*cached, (await client.picture(a_job())).cached]

    assert asyncio.run(go()) == [False, True, True, False]
    assert provider.asked == 2
    assert rows(home) == [("done", 0), ("done", 1), ("done", 1), ("done", 0)]


# Notes that follow


def test_notes_are_written_together_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "SOON", 0.05)
    written: list[list[int]] = []
    notes = Later(written.append)
    notes.add(1)
    notes.add(2)
    assert written == []
    wait_for(lambda: written == [[1, 2]])
    notes.add(3)
    wait_for(lambda: written == [[1, 2], [3]])


def test_very_many_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "MANY", 3)
    monkeypatch.setattr(later, "SOON", 60.0)
    written: list[list[int]] = []
    notes = Later(written.append)
    for number in range(3):
        notes.add(number)
    wait_for(lambda: written == [[0, 1, 2]])
    notes.add(3)
    notes.flush()
    notes.flush()
    assert written == [[0, 1, 2], [3]]


def test_whoever_brings_very_many_does_not_wait_for_what_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(later, "MANY", 3)
    held, written = threading.Event(), list[int]()

    def write(numbers: list[int]) -> None:
        assert threading.current_thread() is not threading.main_thread()
        held.wait(10)
        written.extend(numbers)

    notes = Later(write)
    for number in range(20):
        notes.add(number)
    assert written == []
    held.set()
    wait_for(lambda: written == [*range(20)])


def test_a_flush_waits_for_what_is_being_written() -> None:
    writing, held, written = threading.Event(), threading.Event(), list[int]()

    def write(numbers: list[int]) -> None:
        writing.set()
        held.wait(10)
        written.extend(numbers)

    notes = Later(write)
    notes.add(1)
    other = threading.Thread(target=notes.flush)
    other.start()
    writing.wait(10)
    threading.Timer(0.05, held.set).start()
    notes.flush()
    assert written == [1], "whoever closes a ledger after a flush closes it under nobody"
    other.join()


def test_what_cannot_be_written_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def full(_: list[int]) -> None:
        raise StoreError("the disk is full")

    notes = Later(full)
    notes.add(1)
    notes.flush()
    (record,) = caplog.records
    assert record.getMessage().endswith("are not booked: the disk is full")


def test_where_no_thread_starts_any_more_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_its_end(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", at_its_end)
    written: list[list[int]] = []
    Later(written.append).add(1)
    assert written == [[1]]


def test_hits_that_wait_are_seen_by_all_who_read_the_ledger_here(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with closing(Ledger(home)) as first, closing(Ledger(home)) as other:
        first.hit_again(an_entry(), "s", CENT)
        assert rows(home) == []
        (row,) = other.rows()
        assert (row["state"], row["cached"], row["saved"]) == ("done", 1, 10_000_000)
        assert row["settled_at"] == row["at"]
        first.hit_again(an_entry("2"), "s", CENT)
    assert len(rows(home)) == 2, "closing writes what waits"


def test_a_hit_has_the_time_at_which_it_was_served(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "home")) as ledger:
        ledger.hit_again(an_entry(), "s", CENT)
        time.sleep(0.05)
        ledger.hit(replace(an_entry("2")), "s", CENT)
        times = {row["digest"]: row["at"] for row in ledger.rows()}
    assert times[an_entry().digest] < times[an_entry("2").digest]


def test_hits_of_a_client_reach_the_ledger_without_its_closing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "SOON", 0.05)
    home, provider = tmp_path / "home", Scripted(an_answer)
    client = Client(home, lambda _: provider)

    async def go() -> None:
        for _ in range(4):
            await client.picture(a_job())
        await asyncio.to_thread(wait_for, lambda: rows(home) == [("done", 0), *[("done", 1)] * 3])
        await client.aclose()

    asyncio.run(go())


def test_a_program_that_closes_nothing_has_its_hits_written_as_it_ends(tmp_path: Path) -> None:
    script = """
import sys
from decimal import Decimal
from pathlib import Path
from promptkit.client.ledger import Entry, Ledger
ledger = Ledger(Path(sys.argv[1]))
ledger.hit_again(Entry("d", "openai", "m", "low", "s", 1), "s", Decimal(1))
"""
    command = [sys.executable, "-c", script, str(tmp_path / "home")]
    subprocess.run(command, check=True)
    assert rows(tmp_path / "home") == [("done", 1)]
