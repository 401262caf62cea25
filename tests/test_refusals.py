from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from fake_openai import FakeOpenAI, Status
from promptkit import Kit
from promptkit.errors import RefusedError
from promptkit.prompt.sections import Section
from promptkit.workflow.refusals import pointed
from test_wire_end_to_end import OPENAI, a_shop

SECTIONS = (
    Section("purpose", "Hero picture of one product"),
    Section("subject", "a chef with a long Knife and a knife block, no blood"),
    Section("mood", "calm; a quiet war of colours"),
    Section("avoid", "Avoid: nudity, naked people."),
)
FIX = "read it again"


def refusal(*categories: str, stage: str | None = "input") -> RefusedError:
    return RefusedError("acme: no", stage=stage, categories=categories, fix=FIX, provider="acme")


@pytest.mark.parametrize(
    ("categories", "section", "words"),
    [
        (["violence"], "subject", ["knife", "blood"]),
        (["violence/graphic"], "subject", ["knife", "blood"]),
        (["sexual"], "avoid", ["nudity", "naked"]),
        (["sexual/minors", "violence"], "subject", ["knife", "blood"]),
        (["hate"], "subject", []),
        (["something new"], "subject", ["knife", "blood"]),
        ([], "subject", ["knife", "blood"]),
    ],
)
def test_a_refusal_names_the_section_and_the_words_to_look_at(
    categories: list[str], section: str, words: list[str]
) -> None:
    error = pointed(refusal(*categories), SECTIONS)
    assert error.section == error.as_dict()["section"] == section
    assert [
        word for word in ("knife", "blood", "nudity", "naked") if f"“{word}”" in str(error)
    ] == [*words]
    assert f"look at the section “{section}” first" in error.message


def test_what_to_try_depends_on_the_stage() -> None:
    assert str(pointed(refusal("violence"), SECTIONS)).endswith(
        "look at the section “subject” first: it says “knife”, “blood”\n"
        "  → say “knife”, “blood” another way, or leave it out"
    )
    after = pointed(refusal("hate", stage="output"), SECTIONS)
    assert str(after.fix).startswith("the words passed and the picture did not: try another take")
    assert pointed(refusal("hate"), SECTIONS).fix == FIX


def test_without_sections_a_refusal_stays_as_it_is() -> None:
    error = refusal("violence")
    assert pointed(error, ()) is error
    assert "section" not in error.as_dict()


def test_without_a_subject_any_section_is_named() -> None:
    assert pointed(refusal("hate"), SECTIONS[2:]).section == "mood"


def test_the_refusal_itself_is_left_alone() -> None:
    """Several callers may hold the same one: they waited for the same picture."""
    error = refusal("violence")
    found = pointed(error, SECTIONS)
    assert (error.message, error.section, error.fix) == ("acme: no", None, FIX)
    assert str(pickle.loads(pickle.dumps(found))) == str(found)


def test_whole_words_alone_are_found() -> None:
    sections = (Section("subject", "a warm skyscraper"), Section("setting", "a gun-metal wall"))
    assert "it says" not in pointed(refusal("violence"), sections).message


def test_the_rest_of_a_run_goes_on_and_the_run_keeps_what_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", FakeOpenAI.expected_key)
    details = {"moderation_stage": "input", "categories": ["violence"]}
    blocked = Status(400, code="moderation_blocked", moderation=details, message="Blocked.")
    with FakeOpenAI(script=[blocked]) as fake:
        shop = a_shop(tmp_path, fake, OPENAI)
        with Kit(shop.folder) as kit:
            can = {"product": "slim can with a sword on it"}
            run = kit.preview(kit.compose("packshot", "tidewell", can), n=3)
        assert fake.pictures_charged == len(run.images) == 2
    (failure,) = run.failures
    assert failure.message == (
        "openai: Blocked. – refused by content policy at the input stage (violence); "
        "look at the section “subject” first: it says “sword”"
    )
    assert failure.fix == "say “sword” another way, or leave it out"
    assert "sword" in json.dumps([item.model_dump() for item in kit.run(run.id).failures])
