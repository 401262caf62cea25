"""Colours: reading them, naming them, measuring them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promptkit.brand.color import contrast, difference, in_words, parse_hex

HEXES = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06X}")


@given(HEXES)
def test_a_hex_is_read_as_it_is_however_it_is_written(value: str) -> None:
    assert parse_hex(value) == value
    assert parse_hex(value[1:].lower()) == value
    assert parse_hex(f"  {value.lower()} ") == value


@given(st.text("0123456789abcdef", min_size=3, max_size=3))
def test_three_digits_stand_for_six(digits: str) -> None:
    written = "#" + "".join(digit * 2 for digit in digits).upper()
    assert parse_hex(f"#{digits}") == parse_hex(digits) == written


@settings(max_examples=50)
@given(HEXES)
def test_css_says_the_same(value: str) -> None:
    red, green, blue = (int(value[at : at + 2], 16) for at in (1, 3, 5))
    assert parse_hex(f"rgb({red} {green} {blue})") == value
    assert parse_hex(f"{value}ff") == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("red", "#FF0000"),
        (" RebeccaPurple ", "#663399"),
        ("hsl(0 0% 50%)", "#808080"),
        ("color(srgb none none none)", "#000000"),
    ],
)
def test_css_colours_are_read(written: str, value: str) -> None:
    assert parse_hex(written) == value


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (112233, 'a colour must be quoted text; put it in quotes: "#112233"'),
        (123, 'a colour must be quoted text; put it in quotes: "#123"'),
        (12, 'must be a colour; write its hex in quotes, as in "#0B6E99"'),
        (-12345, 'must be a colour; write its hex in quotes, as in "#0B6E99"'),
        (1.23e47, "must be a colour"),
        (True, "must be a colour"),
        (None, 'is empty; give it a colour, as in "#0B6E99"'),
        ([], "must be a colour"),
        ([11, 110, 153], 'must be a colour; write it by its hex: "#0B6E99"'),
        ("11, 110, 153", '“11, 110, 153” is not a colour; write it by its hex: "#0B6E99"'),
        ("999, 110, 153", "“999, 110, 153” is not a colour; write its hex in quotes"),
        ("  ", 'is empty; give it a colour, as in "#0B6E99"'),
        (
            "harbour blue",
            '“harbour blue” is not a colour; write its hex in quotes, as in "#0B6E99"',
        ),
        ("darkgren", "“darkgren” is not a colour; did you mean “darkgreen”? write its hex"),
        ("“#0B6E99”", 'is not a colour; write it in straight quotes: "#0B6E99"'),
        ("#OB6E99", '“#OB6E99” is not a colour; write zeros for the letters O: "#0B6E99"'),
        ("Pantone 301 C", "is not a colour; take its hex from the brand's guide"),
        ("#12345", "“#12345” is not a colour; write six digits after the #, each 0–9 or A–F"),
        ("٣٣٣", "“٣٣٣” is not a colour; write its hex in quotes"),
        ("lab(1e300 1e300 1e300)", "is not a colour"),
        ("rgb(" + "1" * 9999, "1…” is not a colour"),
        ("transparent", "“transparent” is see-through; write the colour without transparency"),
        ("#0B6E9980", 'is see-through; write the colour without transparency: "#0B6E99"'),
        ("rgb(0 0 0 / 0.5)", "“rgb(0 0 0 / 0.5)” is see-through"),
    ],
)
def test_what_is_no_colour_is_refused_in_words(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=r"colour") as caught:
        parse_hex(written)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 140


_FUNCTIONS = st.builds(
    lambda name, parts: f"{name}({' '.join(parts)})",
    st.sampled_from("rgb hsl hwb lab lch oklab oklch color color(srgb color(xyz".split()),
    st.lists(st.floats().map(str) | st.sampled_from(["none", "/", "50%", "1e400", "srgb"])),
)


@settings(max_examples=150, deadline=None)
@given(st.text() | _FUNCTIONS | st.integers() | st.floats() | st.none() | st.booleans())
@example("lab(1e300 1e300 1e300)")
def test_anything_is_a_colour_or_refused(written: object) -> None:
    try:
        said = parse_hex(written)
    except ValueError as error:
        said = str(error)
    assert "colour" in said or parse_hex(said) == said


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("#000000", "black"),
        ("#FFFFFF", "white"),
        ("#808080", "mid grey"),
        ("#1A1A1A", "near-black grey"),
        ("#333333", "dark grey"),
        ("#FF0000", "vivid red"),
        ("#FFFF00", "vivid pale yellow"),
        ("#00FF00", "vivid light green"),
        ("#0B6E99", "deep blue, slightly green"),
        ("#F0593E", "vivid red-orange"),
        ("#8B4513", "deep red-brown"),
        ("#654321", "dark brown"),
        ("#D2B48C", "muted light amber"),
        ("#F4E9D8", "warm off-white"),
        ("#1B2A33", "cool near-black grey"),
        ("#FF00FF", "vivid purple"),
        ("#5E6B4A", "muted deep yellow-green"),
    ],
)
def test_a_colour_is_named_as_a_painter_would(value: str, words: str) -> None:
    assert in_words(value) == words


@settings(deadline=None)
@given(HEXES)
def test_every_colour_has_words_that_no_hex_is_in(value: str) -> None:
    words = in_words(value)
    assert words == words.strip()
    assert words.replace(" ", "").replace(",", "").replace("-", "").isalpha()


def test_contrast_and_difference_are_those_of_the_standards() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert difference("#0B6E99", "#0B6E99") == 0
    # Sharma, Wu and Dalal's pair of neighbours in L* alone: white and black are 100 apart.
    assert difference("#000000", "#FFFFFF") == pytest.approx(100, abs=0.01)


@settings(deadline=None)
@given(HEXES, HEXES)
def test_measures_do_not_depend_on_the_order(one: str, other: str) -> None:
    assert contrast(one, other) == pytest.approx(contrast(other, one))
    assert 1 <= contrast(one, other) <= 21.001
    assert difference(one, other) == pytest.approx(difference(other, one), abs=1e-6)
