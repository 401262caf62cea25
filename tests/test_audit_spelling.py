"""Words that were read, held against words that were meant."""

from __future__ import annotations

import random
import time

import pytest

from promptkit.picture.audit.spelling import (
    Match,
    distance,
    is_cost,
    known,
    left_over,
    letters,
    match,
    words,
)


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
    assert words("Don’t miss: 50 % off, H&M!") == ["Don’t", "miss", "50 %", "off", "H&M"]
    assert words("1 + 1, ab 4,99€/kg bei -5℃") == ["1 + 1", "ab", "4,99€", "kg", "bei", "-5", "C"]
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
    ("asked", "read"),
    [
        ("Only €4.99", "ONLY € 4.99"),
        ("nur 12,99 €", "nur 12.99€"),
        ("20% off", "20 % Off"),
        ("1+1 free", "1 + 1 FREE"),
        ("9–18", "9 - 18"),
        ("2×1", "2x1"),
        ("-5 °C", "−5℃"),
        ("330 ml", "330ml"),
        ("Buy 2 get 1 free", "get 1 free buy 2 get 1"),
        ("Covid-19", "Covid 19"),
    ],
)
def test_a_number_stands_there(asked: str, read: str) -> None:
    assert match(asked, words(read)).right


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("Only €4.99", "Only €499"),
        ("Only €4.99", "Only 4.99"),
        ("Ab 1,99 Euro", "Ab 19,9 Euro"),
        ("nur 12,99 €", "nur 1,299 €"),
        ("nur 12,99 €", "nur 12,99 £"),
        ("20% off", "20 off"),
        ("1+1 free", "11 free"),
        ("100", "100+"),
        ("5 °C", "-5 °C"),
        ("Open 9–18", "Open 918"),
        ("3× more", "3 more"),
        ("Buy 2 get 1 free", "Buy 1 get 2 free"),
        ("Buy 1 get 1 free", "Buy 1 get free"),
    ],
)
def test_a_number_is_another_one(asked: str, read: str) -> None:
    found = match(asked, words(read))
    assert found.near
    assert not found.right


@pytest.mark.parametrize(
    ("text", "costs"),
    [
        ("-70%", True),
        ("€ 9.99", True),
        ("5 $", True),
        ("4,99", True),
        ("%50", True),
        ("0000", False),
        ("2024", False),
        ("10:30", False),
        ("1.299", False),
        ("€", False),
        ("日", False),
    ],
)
def test_a_price_or_a_discount(text: str, costs: bool) -> None:
    assert [is_cost(word) for word in words(text)] in ([costs], [])
    assert any(is_cost(word) for word in words(text)) is costs


@pytest.mark.parametrize(
    ("read", "left"),
    [
        ("Summer Sale", []),
        ("SUMMER SALE and SUMMMER SALE", ["and", "SUMMMER", "SALE"]),
        ("SUMMMER SALE and SUMMER SALE", ["SUMMMER", "SALE", "and"]),
        ("SUMMMER SALE", []),
        ("Sale the Summer", ["the"]),
        ("Bread", ["Bread"]),
    ],
)
def test_what_is_left_when_a_text_is_taken_out_once(read: str, left: list[str]) -> None:
    said = words(read)
    assert [said[at] for at in left_over(said, ["Summer Sale"])] == left


def test_the_longer_text_is_taken_out_first() -> None:
    assert left_over(words("Summer Sale, Sale"), ["Sale", "Summer Sale"]) == []


def test_two_hundred_words_are_compared_at_once() -> None:
    chance = random.Random(3)
    read = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(200)]
    began = time.process_time()
    found = match(" ".join(read[90:107]) + "zz", read)
    assert (found.off, found.at) == (2, tuple(range(90, 107)))
    assert time.process_time() - began < 0.5  # comparing each with each took 4 s


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


def test_a_number_is_known_when_it_is_the_same() -> None:
    assert known("€ 9.99", ["Sale", "only €9.99"])
    assert not known("€9.89", ["only €9.99"])
    assert not known("70%", ["170%"])
