"""A run's record and the folder of runs."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptkit.errors import BriefError
from promptkit.workflow.run import (
    RECORD,
    Failure,
    Record,
    RunBrand,
    RunFolder,
    RunTemplate,
    Shot,
    Swatch,
    Words,
)
from promptkit.workflow.shown import Run

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20).map(str.strip)
MONEY = st.decimals(0, 1000, places=6, allow_nan=False)


def shot(take: int = 1, **changes: Any) -> Shot:
    fields: dict[str, Any] = {
        "tier": "preview",
        "take": take,
        "file": f"preview-{take}.png",
        "digest": "d" * 64,
        "sha256": "s" * 64,
        "model": "comp",
        "quality": "low",
        "size": (736, 736),
        "cost_usd": Decimal("0.0084"),
        "cached": False,
        "prompt": "Subject: A can.",
    }
    return Shot(**fields | changes)


def record(name: str = "20260131-101500-packshot-tidewell-aaaa", **changes: Any) -> Record:
    fields: dict[str, Any] = {
        "id": name,
        "created": "2026-01-31T10:15:00.000+00:00",
        "brand": RunBrand(id="tidewell", name="Tidewell", version=1, digest="b"),
        "template": RunTemplate(name="packshot", digest="t"),
        "look": "shoreline-photo",
        "aspect": "1:1",
        "shots": [shot(1), shot(2)],
    }
    return Record(**fields | changes)


@settings(max_examples=30)
@given(
    st.builds(
        shot,
        st.integers(1, 99),
        cost_usd=MONEY,
        saved_usd=MONEY,
        cached=st.booleans(),
        size=st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
        mode=st.sampled_from([None, "refine", "regenerate"]),
        prompt=TEXT,
        axes=st.dictionaries(TEXT, TEXT, max_size=2),
    ),
    st.dictionaries(TEXT, TEXT | st.integers() | st.booleans() | st.lists(TEXT), max_size=3),
    TEXT,
)
def test_a_record_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, made: Shot, inputs: dict[str, Any], words: str
) -> None:
    folder = RunFolder(tmp_path_factory.mktemp("runs"))
    before = record(
        shots=[made],
        inputs=inputs,
        varied=dict.fromkeys(made.axes, "random"),
        seed=words,
        failures=[Failure(tier="preview", take=9, error="RefusedError", message=words)],
        sections=[Words(name="subject", text=words)],
        palette=[Swatch(name=words, hex="#0B6E99", role="primary", share=0.25)],
    )
    folder.write(before)
    assert folder.read(before.id) == before


def test_a_picture_has_its_own_options_and_those_of_the_run() -> None:
    made = record(shots=[shot(1, axes={"crop": "wide"})], axes={"mood": "calm"})
    assert made.options(made.shots[0]) == {"mood": "calm", "crop": "wide"}
    assert made.own_options(made.shots[0]) == {}
    varied = made.model_copy(update={"varied": {"crop": "cycle"}})
    assert varied.own_options(varied.shots[0]) == {"crop": "wide"}


def test_what_is_written_is_what_a_person_can_read(tmp_path: Path) -> None:
    path = RunFolder(tmp_path).write(record(inputs={"place": "Ærø"}))
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["promptkit"] == "run/v1"
    assert data["shots"][0]["cost_usd"] == "0.0084"
    assert "Ærø" in path.read_text(encoding="utf-8")
    assert [item.name for item in path.parent.iterdir()] == [RECORD]


def test_a_run_and_its_sums() -> None:
    final = shot(2, tier="final", file="final-2.png", cost_usd=Decimal("0.2"), saved_usd=1)
    run = Run(record(shots=[shot(1), shot(2), final]), Path("runs/a"))
    assert [image.take for image in run.images] == [1, 2]
    assert [image.path for image in run.finals] == [Path("runs/a/final-2.png")]
    assert run.cost == Decimal("0.2168")
    assert run.record.saved == 1
    assert run.images[0].digest == "d" * 64


def test_results_are_added_and_none_is_shown_twice() -> None:
    failure = Failure(tier="final", take=1, error="QuotaError", message="used up")
    more = record().with_results([shot(2, cached=True), shot(3)], [failure])
    assert [item.take for item in more.shots] == [1, 2, 3]
    assert not more.shots[1].cached
    assert more.failures == [failure]


def test_last_is_the_newest_even_within_one_second(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    old = record("20260131-101459-zzz-tidewell-ffff", created="2026-01-31T10:14:59.999+00:00")
    first = record("20260131-101500-packshot-tidewell-ffff")
    second = record("20260131-101500-banner-tidewell-0000", created="2026-01-31T10:15:00.500+00:00")
    for item in (old, second, first):
        folder.write(item)
    assert folder.ids() == [old.id, second.id, first.id]
    assert folder.read("last") == second
    assert folder.read(first.id) == first


def test_where_no_run_is_the_first_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="promptkit preview"):
        RunFolder(tmp_path / "runs").read("last")


@pytest.mark.parametrize("name", ["20260131-101500-packshot-tidewell-aaab", "", "../runs", "/"])
def test_an_unknown_run_names_the_known_ones(tmp_path: Path, name: str) -> None:
    folder = RunFolder(tmp_path)
    folder.write(record())
    with pytest.raises(BriefError, match="packshot-tidewell-aaaa"):
        folder.read(name)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Expecting value"),
        ("{}", "id: Field required"),
        ('{"promptkit": "run/v2"}', "promptkit: "),
        ("[1]", "cannot be read"),
        ("\xff", "cannot be read"),
    ],
)
def test_a_broken_record_is_said_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "20260131-a" / RECORD
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BriefError, match=says) as caught:
        RunFolder(tmp_path).read("20260131-a")
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


def test_a_pick_notes_what_was_shown_and_the_last_one_counts(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write(record())
    folder.pick(record(), 1)
    picked = folder.pick(record(), 2, "it reads at a glance")
    assert picked == folder.read(picked.id)
    assert [(pick.take, pick.shown, pick.reason) for pick in picked.picks] == [
        (1, [1, 2], ""),
        (2, [1, 2], "it reads at a glance"),
    ]
    assert picked.picked().take == 2


def test_a_pick_that_cannot_be_leaves_the_record_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write(record())
    with pytest.raises(BriefError, match="1, 2"):
        folder.pick(record(), 9)
    assert folder.read(record().id) == record()
    with pytest.raises(BriefError, match="none"):
        record(shots=[]).preview(1)


def test_before_a_pick_the_command_is_named() -> None:
    with pytest.raises(BriefError, match=r"promptkit pick \S+ N, with N one of 1, 2"):
        record().picked()


def test_changes_at_once_are_all_kept(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write(record())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: folder.pick(record(), 1, str(n)), range(24)))
    reasons = {pick.reason for pick in folder.read(record().id).picks}
    assert reasons == {str(number) for number in range(24)}
