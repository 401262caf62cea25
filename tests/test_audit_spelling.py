"""Words that were read, held against words that were meant."""

from __future__ import annotations

import pytest

from promptkit.picture.audit.spelling import Match, distance, known, letters, match, words


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("sale", "sale", 0), ("summer", "summmer", 1), ("bread", "brerd", 1), ("", "abc", 3)],
)
def test_how_many_letters_are_off(one: str, other: str, apart: int) -> None:
    assert distance(one, other) == distance(other, one) == apart


@pytest.mark.parametrize(
    ("one", "other"),
    [("Café Olé!", "CAFE OLE"), ("Illi 10", "iIl| lO"), ("Größe", "GROSSE"), ("don’t", "DON'T")],
)
def test_what_readers_are_unsure_of_is_let_pass(one: str, other: str) -> None:
    assert letters(one) == letters(other)


def test_words_are_read_with_what_belongs_to_them() -> None:
    assert words("Don’t miss: 50 % off, H&M!") == ["Don’t", "miss", "50", "off", "H&M"]
    assert len(words("so " * 900)) == 200


@pytest.mark.parametrize(
    ("read", "found"),
    [
        ("SUMMER SALE now", Match("SUMMER SALE", 0)),
        ("now SUMMMER SALE", Match("SUMMMER SALE", 1, ("Summer",))),
        ("Summersale", Match("Summersale", 0, ("Summer", "Sale"))),
        ("Sale of Summer", Match("Summer", 4)),
        ("SUMMER SALES", Match("SUMMER SALES", 1, ("Sale",))),
        ("", Match("", 10, ("Summer", "Sale"))),
    ],
)
def test_the_words_that_come_nearest(read: str, found: Match) -> None:
    assert match("Summer Sale", words(read)) == found


def test_a_text_is_right_in_one_piece_or_word_by_word() -> None:
    said = {text: match("Summer Sale", words(text)).right for text in _TEXTS}
    assert said == _TEXTS


_TEXTS = {
    "Summer Sale": True,
    "Sale – all the summer": True,
    "SUMMERSALE": True,
    "Summmer Sale": False,
    "Summer": False,
    "": False,
}


@pytest.mark.parametrize(
    ("word", "is_known"),
    [
        ("Summer", True),
        ("SUMMMER", True),
        ("ummer", True),
        ("Sole", True),
        ("Tea", False),
        ("Bread", False),
    ],
)
def test_a_word_that_is_meant_is_known_again(word: str, is_known: bool) -> None:
    assert known(word, ["Summer Sale"]) is is_known
