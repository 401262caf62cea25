from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptkit.lettering import (
    DARK_INK,
    LIGHT_INK,
    contrast,
    fit,
    font,
    ink_on,
    line_height,
    luminance,
    shorten,
    wrap,
)


def test_fonts_are_loaded_once_per_size_and_weight() -> None:
    assert font(14) is font(14)
    assert font(14).getname() == ("Inter", "Regular")
    assert font(14, "semibold").getname() == ("Inter", "Semi Bold")


def test_large_type_is_set_tighter() -> None:
    assert line_height(font(12)) / 12 > line_height(font(60)) / 60


def test_wrap_keeps_every_word_in_order() -> None:
    text = "A slim can of sea-salt lemon sparkling water"
    lines = wrap(text, font(12), 90)
    assert len(lines) > 2
    assert " ".join(lines) == text


def test_wrap_breaks_a_word_that_is_wider_than_the_line() -> None:
    lines = wrap("an Überlängenprüfungsgesellschaft", font(12), 60)
    assert lines[0] == "an"
    assert "".join(lines[1:]) == "Überlängenprüfungsgesellschaft"
    assert all(font(12).getlength(line) <= 60 for line in lines)


def test_wrap_of_nothing_is_no_lines() -> None:
    assert wrap(" \n\t ", font(12), 100) == []


@given(st.text(max_size=60), st.integers(30, 300))
@settings(max_examples=40, deadline=None)
def test_no_line_is_wider_than_asked(text: str, width: int) -> None:
    face = font(12)
    for line in [*wrap(text, face, width), shorten(text, face, width)]:
        assert face.getlength(line) <= width or len(line) == 1


def test_fit_ends_in_an_ellipsis_between_words() -> None:
    lines = fit("one two three four five six seven eight", font(12), 80, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert lines[1][:-1].split()[-1] in {"three", "four", "five", "six"}


def test_fit_leaves_what_fits_alone() -> None:
    assert fit("one two", font(12), 200, 2) == ["one two"]
    assert fit("one two", font(12), 200, 0) == []


def test_shorten_cuts_one_long_word_by_letters() -> None:
    line = shorten("Donaudampfschifffahrtsgesellschaft", font(12), 70)
    assert line.startswith("Donau")
    assert line.endswith("…")


def test_shorten_drops_control_characters_and_line_breaks() -> None:
    assert shorten("a\x00b\nc", font(12), 200) == "a b c"


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [((0, 0, 0), (255, 255, 255), 21.0), ((255, 255, 255), (118, 118, 118), 4.54)],
)
def test_contrast_is_wcags(
    one: tuple[int, int, int], other: tuple[int, int, int], ratio: float
) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


def test_luminance_runs_from_black_to_white() -> None:
    assert luminance((0, 0, 0)) == 0
    assert luminance((255, 255, 255)) == pytest.approx(1)


def test_ink_is_the_first_asked_for_that_reads() -> None:
    navy, cream = (23, 20, 58), (244, 233, 216)
    assert ink_on(cream, (240, 240, 200), navy) == navy
    assert ink_on(cream) == DARK_INK
    assert ink_on(navy, (40, 40, 60)) == LIGHT_INK
