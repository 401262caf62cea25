"""Sizes: each one returned can be drawn, a preview's ratio is exact, a final is near the wish."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from promptkit.measures import Size
from promptkit.model.catalog import dialect_cards, dialects
from promptkit.model.sizes import Sizes

RULE = Sizes(multiple=16, edge_max=3840, ratio_max=Fraction(3), pixels_min=655_360)
LIST = Sizes(only=[(1024, 1024), (1536, 1024), (1024, 1536), (512, 512)])
NAMED = Sizes(
    by_aspect={
        "3:2": [(1264, 848), (2528, 1696), (5056, 3392)],
        "1:1": [(4096, 4096), (1024, 1024)],
    },
    final_pixels=4_194_304,
)
#: The sizes of every shipped card, once each.
CARDS = {
    repr(card.sizes): (f"{dialect}/{name}", card.sizes)
    for dialect in dialects()
    for name, card in dialect_cards(dialect).items()
}

EDGES = st.integers(1, 6000)
ASPECTS = st.builds(Fraction, EDGES, EDGES)
COMMON = [
    Fraction(*pair) for pair in [(1, 1), (3, 2), (2, 3), (4, 5), (16, 9), (9, 16), (2, 1), (3, 1)]
]


@pytest.mark.parametrize(("name", "sizes"), CARDS.values())
@settings(max_examples=25, deadline=None)
@given(aspect=ASPECTS, wish=st.none() | st.tuples(EDGES, EDGES))
@example(aspect=Fraction(300, 157), wish=(4000, 2093))
@example(aspect=Fraction(1, 100), wish=(6000, 6000))
@example(aspect=Fraction(1, 1), wish=(1, 1))
def test_every_size_of_a_card_can_be_drawn(
    name: str, sizes: Sizes, aspect: Fraction, wish: Size | None
) -> None:
    assert sizes.allows(sizes.preview(aspect))
    assert sizes.allows(sizes.final(aspect, wish))


@pytest.mark.parametrize("aspect", COMMON, ids=str)
def test_a_common_ratio_is_exact_and_its_preview_the_smallest(aspect: Fraction) -> None:
    preview = RULE.preview(aspect)
    assert Fraction(*preview) == aspect
    smaller = [
        (width, height)
        for width in range(16, preview[0], 16)
        if (height := Fraction(width) / aspect).denominator == 1
        and RULE.allows((width, int(height)))
    ]
    assert smaller == []
    assert Fraction(*RULE.final(aspect)) == aspect


@settings(max_examples=60, deadline=None)
@given(ASPECTS)
def test_a_preview_is_exact_where_the_rule_allows(aspect: Fraction) -> None:
    wide, tall = aspect.numerator, aspect.denominator
    exact = [
        size
        for times in range(1, 3840 // max(wide, tall) + 1)
        if RULE.allows(size := (wide * times, tall * times))
    ]
    preview = RULE.preview(aspect)
    if exact:
        assert preview == exact[0]
    elif Fraction(1, 3) <= aspect <= 3:
        assert abs(math.log(Fraction(*preview) / aspect)) < math.log(1 + 16 / min(preview))
    else:
        assert Fraction(max(preview), min(preview)) == pytest.approx(3, rel=0.06)


@settings(max_examples=60, deadline=None)
@given(st.tuples(EDGES, EDGES))
def test_a_final_is_the_wish_or_near_it(wish: Size) -> None:
    aspect = Fraction(*wish)
    final = RULE.final(aspect, wish)
    if RULE.allows(wish):
        assert final == wish
    assume(Fraction(1, 3) <= aspect <= 3)
    most = min(RULE.pixels_max, wish[0] * wish[1] * (RULE.edge_max / max(wish)) ** 2)
    wanted = min(max(wish[0] * wish[1], RULE.pixels_min), most)
    if Fraction(*final) != aspect:
        assert final[0] * final[1] == pytest.approx(wanted, rel=0.12)


# Hand-made: the ratio, the wish, and what is drawn.
FINALS: list[tuple[Sizes, Fraction, Size | None, Size]] = [
    (RULE, Fraction(3, 2), (1536, 1024), (1536, 1024)),
    (RULE, Fraction(3, 2), None, (1536, 1024)),
    (RULE, Fraction(1), (1200, 1200), (1200, 1200)),
    (RULE, Fraction(1), (1205, 1205), (1216, 1216)),
    (RULE, Fraction(1), (100, 100), (816, 816)),
    (RULE, Fraction(1), (5000, 5000), (2880, 2880)),
    (RULE, Fraction(4, 5), (1080, 1350), (1088, 1360)),
    (RULE, Fraction(300, 157), (1200, 628), (1200, 624)),
    (RULE, Fraction(300, 157), (4000, 2093), (3840, 2016)),
    (RULE, Fraction(4), None, (2160, 720)),
    (LIST, Fraction(16, 9), None, (1536, 1024)),
    (LIST, Fraction(1), None, (1024, 1024)),
    (LIST, Fraction(1), (512, 512), (512, 512)),
    (LIST, Fraction(4, 5), (1080, 1350), (1024, 1536)),
    (LIST, Fraction(9, 10), (1080, 1200), (1024, 1024)),
    (LIST, Fraction(1), (500, 500), (512, 512)),
    (LIST, Fraction(1), (600, 600), (1024, 1024)),
    (LIST, Fraction(1), (4000, 4000), (1024, 1024)),
    (NAMED, Fraction(3, 2), None, (2528, 1696)),
    (NAMED, Fraction(3, 2), (1200, 800), (1264, 848)),
    (NAMED, Fraction(3, 2), (1500, 1000), (2528, 1696)),
    (NAMED, Fraction(3, 2), (6000, 4000), (5056, 3392)),
    (NAMED, Fraction(16, 9), (5056, 3392), (5056, 3392)),
    (NAMED, Fraction(1), None, (1024, 1024)),
]


@pytest.mark.parametrize(("sizes", "aspect", "wish", "final"), FINALS)
def test_finals(sizes: Sizes, aspect: Fraction, wish: Size | None, final: Size) -> None:
    assert sizes.final(aspect, wish) == final


@pytest.mark.parametrize(
    ("aspect", "preview"),
    [
        (Fraction(1), (512, 512)),
        (Fraction(3, 2), (1536, 1024)),
        (Fraction(9, 16), (1024, 1536)),
        (Fraction(5, 4), (1536, 1024)),
        (Fraction(6, 5), (512, 512)),
    ],
)
def test_previews_from_a_list_are_the_smallest_of_the_nearest(
    aspect: Fraction, preview: Size
) -> None:
    assert LIST.preview(aspect) == preview


@pytest.mark.parametrize(
    ("size", "allowed"),
    [
        ((1024, 1024), True),
        ((1023, 1024), False),
        ((1024, 1023), False),
        ((3856, 2000), False),
        ((3840, 1280), True),
        ((3840, 1264), False),
        ((800, 800), False),
        ((3840, 2176), False),
        ((0, 0), False),
        ((-1024, -1024), False),
    ],
)
def test_what_a_rule_allows(size: Size, allowed: bool) -> None:
    assert RULE.allows(size) is allowed


def test_sizes_are_written_as_people_do() -> None:
    sizes = Sizes.model_validate({"only": ["512x512", (1024, 768)]})
    assert sizes.only == sizes.listed == [(512, 512), (1024, 768)]
    named = Sizes.model_validate({"by_aspect": {"1:1": ["512x512"], "4:3": ["1024x768"]}})
    assert named.listed == sizes.only
    assert named.largest == sizes.largest == 1024 * 768
    assert RULE.largest == RULE.pixels_max
    assert sizes.allows((512, 512))
    assert not sizes.allows((512, 768))


@pytest.mark.parametrize(
    "data",
    [
        {"only": 12},
        {"only": ["wide"]},
        {"by_aspect": ["1:1"]},
        {"by_aspect": {"1:1": ["wide"]}},
        {"by_aspect": {"1:1": "1x1"}},
        {"only": ["1x1"], "by_aspect": {"1:1": ["1x1"]}},
        {"pixels_min": 9, "pixels_max": 8},
        {"ratio_max": 0},
    ],
)
def test_what_no_model_can_draw_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Sizes.model_validate(data)


def test_a_rule_that_allows_nothing_says_so() -> None:
    with pytest.raises(ValueError, match="no size near 1 can be drawn"):
        Sizes(multiple=100, edge_max=99).preview(Fraction(1))
