"""Sizes and ratios as people write them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.measures import aspect_of, parse_aspect, parse_size

EDGES = st.integers(1, 999_999)


@given(EDGES, EDGES, st.sampled_from(["x", "X", "×", " x ", " × "]))
def test_a_size_is_read_back(width: int, height: int, sign: str) -> None:
    assert parse_size(f"{width}{sign}{height}") == (width, height)
    assert parse_aspect(f"{width}{sign}{height}") == Fraction(width, height)


@given(EDGES, EDGES)
def test_a_ratio_is_read_back_in_lowest_terms(width: int, height: int) -> None:
    written = aspect_of((width, height))
    assert parse_aspect(written) == Fraction(width, height)
    assert (
        aspect_of((parse_aspect(written).numerator, parse_aspect(written).denominator)) == written
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "big", "0x0", "0x100", "100x0", "-1x3", "1.5x2", "1x2x3", "16:9", "²x²"),
        *("1_0x2", "٣x٤", "9" * 5000 + "x1", "1e3x1"),
    ],
)
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size; write it in px, as in 1536x1024"):
        parse_size(text)


@pytest.mark.parametrize(
    "text", ["", "wide", "0:1", "1:0", "1.91:1", "3:2:1", "³:²", "-3:2", "3/2"]
)
def test_what_is_no_ratio_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not an aspect ratio; write it as in 3:2"):
        parse_aspect(text)


def _refusal(parse: Callable[[str], object], text: str) -> str | None:
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return None


@given(st.text(max_size=12))
def test_any_text_is_a_measure_or_refused(text: str) -> None:
    for parse in (parse_size, parse_aspect):
        message = _refusal(parse, text)
        assert message is None or f"“{text}” is not a" in message  # our words, never Python's
