"""The words of the lint: phrases in a text, facets, and a project's own words."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from promptkit.errors import InputError
from promptkit.prompt import phrases
from promptkit.prompt.phrases import Phrases, stem, words_of
from promptkit.prompt.vocabulary import (
    SHIPPED,
    Vocabulary,
    WordFile,
    facets,
    read_words,
    shipped_words,
    singular,
    vocabulary,
)


def tree(**groups: list[str]) -> Phrases:
    found = Phrases({"tint": ["red", "dark blue"]})
    for name, said in groups.items():
        found.add(said, name, "*")
    return found


def hits(tree: Phrases, text: str, group: str) -> list[str]:
    reading = tree.read(text)
    return [reading.said(hit.first, hit.last) for hit in reading.hits.get(group, ())]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("crowd", "Crowds and a crowded pier", ["Crowds", "crowded"]),
        ("close up", "A close-up", ["close-up"]),
        ("=perfect", "perfect, perfectly", ["perfect"]),
        ("=Perfect", "perfect", ["perfect"]),
        ("soft … light", "soft grey London light", ["soft grey London light"]),
        ("soft … light", "soft a b c d light", []),
        ("soft … light", "soft wool, a light", []),
        ("| cool |", "fresh, cool, new", ["cool"]),
        ("| cool |", "a cool box", []),
        ("<tint> wine", "dark-blue wine and red wines", ["dark-blue wine", "red wines"]),
        ("f/1.8", "shot at f/1.8", ["f/1.8"]),
        ("night", "a “night” out at night", ["night"]),
        ("night", "the 'night owl' in «night» light", []),
        ("bird's eye", "a bird’s-eye view", ["bird’s-eye"]),
        ("wide", "wide, wide, wide", ["wide", "wide", "wide"]),
    ],
)
def test_phrases_are_found(phrase: str, text: str, found: list[str]) -> None:
    assert hits(tree(it=[phrase]), text, "it") == found


def test_the_longest_phrase_wins_and_an_exception_is_none() -> None:
    known = tree(it=["wide", "wide view"])
    known.add(["wide brimmed"], "it", "")
    assert hits(known, "a wide-brimmed hat in a wide view", "it") == ["wide view"]
    assert hits(known, "wide-brimmed", "it") == []


def test_known_words_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "_KNOWN_WORDS", 3)
    known = tree(it=["pier"])
    assert [hits(known, f"one pier of {word}", "it") for word in "abcdef"] == [["pier"]] * 6


def test_words_and_stems() -> None:
    assert words_of("A “red can” of 330 ml.")[:2] == ["A", '"' * 9]
    assert stem("smiling") == stem("Smiles")
    assert stem("330") == "330"


def test_threads_may_stem_at_once() -> None:
    said = [
        f"{start}{end}ing" for start in "abcdefgh" for end in ("crowd", "smil", "glow", "print")
    ]
    with ThreadPoolExecutor(8) as pool:
        at_once = [*pool.map(stem.__wrapped__, said * 40)]
    assert at_once == [stem(word) for word in said] * 40


def test_facets_say_what_stands_where() -> None:
    text = "A close-up of a can on a minimalist desk at night."
    found = {facet.attribute: facet for facet in facets(text)}
    assert found["distance"].value == "close"
    assert found["clutter"].words == "minimalist"
    assert found["time"].value == "night"
    for facet in found.values():
        assert text[facet.start : facet.end] == facet.words
    assert facets("A can.") == ()


def test_every_phrase_of_an_attribute_says_its_own_value() -> None:
    words = vocabulary()
    wrong = []
    for name, attribute in words.attributes.items():
        for value, said in attribute.values.items():
            for phrase in said:
                if not set("<…|=") & set(phrase):
                    values = {hit.value for hit in words.read(phrase).hits.get(name, ())}
                    wrong += [] if value in values else [(name, value, phrase, values)]
    assert wrong == []


def test_what_clashes_does_so_in_both_orders() -> None:
    clashes = vocabulary().clashes
    assert (("distance", "close"), ("distance", "wide")) in clashes
    assert (("distance", "close"), ("distance", "medium")) not in clashes
    assert (("time", "night"), ("sky", "clear")) in clashes
    assert all((other, one) in clashes for one, other in clashes)
    known = {(name, value) for name, a in vocabulary().attributes.items() for value in a.values}
    assert {one for one, _ in clashes} <= known


def test_a_tone_that_is_shut_out_is_known() -> None:
    names = {name for file in shipped_words() for name in file.tones}
    assert {name for pair in vocabulary().tone_clashes for name in pair} <= names


def test_a_project_adds_words_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text(
        "promptkit: words/v1\n"
        "hints: {vague: [zingy]}\n"
        "attributes:\n"
        "  clutter: {near: [[minimal, lush]], values: {lush: [verdant], minimal: [zen-like]}}\n"
        "  glaze: {values: {raw: [unglazed], celadon: [celadon]}}\n"
    )
    words = Vocabulary((*shipped_words(), read_words(file)))
    assert "vague" in words.read("a zingy can").hits
    assert [facet.value for facet in words.facets(words.read("zen-like, celadon"))] == [
        "minimal",
        "celadon",
    ]
    assert words.attributes["clutter"].scope == "sentence"
    assert (("clutter", "busy"), ("clutter", "lush")) in words.clashes
    assert (("clutter", "minimal"), ("clutter", "lush")) not in words.clashes
    assert "vague" not in vocabulary().read("a zingy can").hits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hints: {vague: [nice]}", "promptkit"),
        ("promptkit: words/v1\nhint: {}", "hint"),
        ("promptkit: words/v1\nopposites: [[night, noon]]", "there is no value “night”"),
        ("promptkit: words/v1\nhints: {vague: [<thing> nice]}", "there is no list “thing”"),
        (
            "promptkit: words/v1\nopposites: [[time.night, time.nite]]",
            "there is no value “time.nite”",
        ),
        ("promptkit: words/v1\ntone_opposites: [[calm, lowd]]", "there is no tone “lowd”"),
    ],
)
def test_a_faulty_file_of_words_is_told_of(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "words.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as error:
        read_words(file)
    assert said in str(error.value)
    assert "words.yaml" in str(error.value)


def test_the_words_of_the_docs_are_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[1] / "docs" / "lint.md"
    (block,) = re.findall(r"```text\n(promptkit: words/v1.*?)```", page.read_text(), re.DOTALL)
    file = tmp_path / "words.yaml"
    file.write_text(block)
    words = Vocabulary((*shipped_words(), read_words(file)))
    assert (("glaze", "raw"), ("finish", "glossy")) in words.clashes
    assert words.read("some nice biscuits").hits.get("vague") is None


def test_the_shipped_files_are_words() -> None:
    assert all(isinstance(file, WordFile) for file in shipped_words())
    assert len(shipped_words()) == len(list(SHIPPED.glob("*.yaml")))


def test_what_stands_in_phrases_of_some_groups() -> None:
    reading = tree(color=["<tint>"], thing=["can"]).read("A dark blue can, red")
    assert reading.within(("color",)) == {2, 3, 6}
    assert reading.within(("color", "thing", "none")) == {2, 3, 4, 6}


@pytest.mark.parametrize(
    ("word", "one"), [("Designers", "designer"), ("opportunities", "opportunity"), ("can", "can")]
)
def test_one_of_many(word: str, one: str) -> None:
    assert singular(word) == one
