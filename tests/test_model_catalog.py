"""Cards and the catalog: facts with sources, dates, names and money."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from promptkit.errors import ModelError
from promptkit.measures import Size
from promptkit.model.card import Card
from promptkit.model.catalog import CARDS, Catalog, dialect_cards, dialects, not_drawn
from promptkit.model.palette import Color

#: On this day the shipped cards were checked.
TODAY = date(2026, 11, 22)
DIALECTS = dialects()
SHIPPED = [(dialect, card) for dialect in DIALECTS for card in dialect_cards(dialect).values()]
#: Those that a provider can draw with.
DRAWN = {"comp", "guide", "local", "openai"}
ASPECTS = [
    Fraction(*pair)
    for pair in [(1, 1), (3, 2), (2, 3), (4, 3), (4, 5), (16, 9), (9, 16), (21, 9), (300, 157)]
]
CATALOG = Catalog({"comp": "comp", "openai": "openai", "transit": "guide"})


def _ids(value: object) -> str | None:
    return value.name if isinstance(value, Card) else None


@pytest.mark.parametrize(("dialect", "card"), SHIPPED, ids=_ids)
class TestEveryShippedCard:
    def test_every_price_has_a_source_and_a_day(self, dialect: str, card: Card) -> None:
        assert card.price.source
        assert date(2026, 1, 1) <= card.price.checked <= TODAY
        assert card.about

    def test_every_quality_has_a_price_and_the_cheapest_is_first(
        self, dialect: str, card: Card
    ) -> None:
        costs = [
            card.estimate(quality, (1024, 1024), prompt="", references=0)
            for quality in card.qualities
        ]
        assert costs == sorted(costs)
        assert all(costs) is not card.price.free
        assert card.price.free is (dialect in ("comp", "local"))

    def test_a_price_says_what_a_picture_of_any_size_costs(self, dialect: str, card: Card) -> None:
        for aspect in ASPECTS:
            preview, final = card.sizes.preview(aspect), card.sizes.final(aspect)
            for quality in card.qualities:
                cheap = card.estimate(quality, preview, prompt="", references=0)
                dear = card.estimate(quality, final, prompt="", references=0)
                assert cheap <= dear < 2
                assert card.price.free or cheap >= Decimal("0.001")
                assert card.estimate(quality, final, prompt="", references=1) >= dear

    def test_a_preview_has_the_ratio_of_its_final(self, dialect: str, card: Card) -> None:
        for aspect in ASPECTS:
            final = card.sizes.final(aspect)
            preview = card.sizes.preview(Fraction(*final))
            assert Fraction(*preview) == Fraction(*final)
            assert card.sizes.allows(preview)
            assert preview[0] * preview[1] <= final[0] * final[1]

    def test_how_it_is_told_what_to_keep_out_fits_its_fields(
        self, dialect: str, card: Card
    ) -> None:
        assert (card.negatives == "native") is ("negative" in card.native)
        assert (card.palette is None) is ("palette" not in card.native or dialect == "comp")
        assert card.references_words.format(number=2) == "Image 2"
        assert bool(card.styles) is ("style" in card.native)

    def test_the_usual_words_for_qualities_are_known(self, dialect: str, card: Card) -> None:
        for wish in ("low", "medium", "high", "standard"):
            assert card.quality(wish) in card.qualities

    def test_a_model_that_ends_names_one_that_stays(self, dialect: str, card: Card) -> None:
        assert (card.successor is None) is (card.shutdown is None)
        if card.successor:
            successor = dialect_cards(dialect)[card.successor]
            assert successor.shutdown is None
        if card.shutdown and card.released:
            assert card.released < card.shutdown

    def test_what_is_said_of_the_wire_fits(self, dialect: str, card: Card) -> None:
        assert bool(card.wire.send) is (dialect in DRAWN - {"comp"})
        if card.wire.send:
            for parameter in filter(None, (*card.native.values(), card.seed)):
                assert parameter in card.wire.send
            assert card.references_max == 0 or card.wire.edits or card.wire.reference_field


def test_every_file_says_where_its_facts_and_its_wording_come_from() -> None:
    for dialect in sorted(set(DIALECTS) - {"comp", "guide", "openai"}):
        lines = (CARDS / f"{dialect}.yaml").read_text(encoding="utf-8").splitlines()
        comment = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
        assert "ask for" in comment or "asks for" in comment
        assert "Sources: " in comment


def test_the_dialects_are_read() -> None:
    assert DIALECTS == (
        "comp",
        "flux",
        "gemini",
        "guide",
        "ideogram",
        "local",
        "openai",
        "recraft",
        "stability",
    )
    assert list(dialect_cards("comp")) == ["comp"]
    assert dialect_cards("guide")["gpt-image-1"].prompt_max == 4000


@pytest.mark.parametrize("name", ["opnai", "", "../cards/openai", "a\0b", "x" * 5000])
def test_an_unknown_dialect(name: str) -> None:
    with pytest.raises(ModelError, match="there is no dialect") as caught:
        dialect_cards(name)
    assert (caught.value.findings[0].fix or "").endswith(
        "known: comp, flux, gemini, guide, ideogram, local, openai, recraft, stability"
    )


# Days -----------------------------------------------------------------------------------------


def test_a_model_is_gone_from_the_day_of_its_shutdown_on() -> None:
    card = dialect_cards("openai")["gpt-image-1.5"]
    assert card.shutdown == date(2026, 12, 1)
    assert not card.gone(date(2026, 11, 30))
    assert card.gone(date(2026, 12, 1))
    assert card.gone(date(2027, 1, 1))
    assert not dialect_cards("openai")["gpt-image-2"].gone(date(2099, 1, 1))


def test_a_model_that_is_gone_names_its_successor() -> None:
    assert CATALOG.find("openai/gpt-image-1.5", today=TODAY).card.name == "gpt-image-1.5"
    with pytest.raises(ModelError) as caught:
        CATALOG.find("gpt-image-1.5", today=date(2026, 12, 1))
    assert str(caught.value) == (
        "openai/gpt-image-1.5 was shut down on 2026-12-01\n"
        "  → use openai/gpt-image-2.6-sunburst instead"
    )
    assert CATALOG.find("gpt-image-1.5").card.shutdown  # nobody asked for the day


def test_a_model_that_is_gone_without_a_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    card = dialect_cards("guide")["gpt-image-1"].model_copy(update={"shutdown": TODAY})
    catalog = Catalog({"transit": "guide"})
    monkeypatch.setattr("promptkit.model.catalog.dialect_cards", lambda _: {"gpt-image-1": card})
    with pytest.raises(ModelError, match="choose another model"):
        catalog.find("gpt-image-1", today=TODAY)


# Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "full", "written"),
    [
        ("comp", "comp/comp", "comp"),
        ("comp/comp", "comp/comp", "comp"),
        ("gpt-image-2", "openai/gpt-image-2", "openai/gpt-image-2"),
        ("transit/gpt-image-1", "transit/gpt-image-1", "transit/gpt-image-1"),
    ],
)
def test_a_model_is_found_by_its_name(name: str, full: str, written: str) -> None:
    model = CATALOG.find(name, today=TODAY)
    assert (model.full, str(model)) == (full, written)
    assert CATALOG.find(written) == model


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("gpt-image-3", "did you mean “openai/gpt-image-2”?"),
        ("openai/gpt-image-2.5-flar", "did you mean “openai/gpt-image-2.5-flare”?"),
        ("transit/gpt-image-l", "did you mean “transit/gpt-image-1”?"),
        ("cmp", "did you mean “comp”?"),
    ],
)
def test_an_unknown_model_is_told_with_the_nearest(name: str, fix: str) -> None:
    with pytest.raises(ModelError, match=f"there is no model “{name}”") as caught:
        CATALOG.find(name)
    assert caught.value.findings[0].fix == fix


def test_a_model_like_no_other_is_told_with_all_of_them() -> None:
    with pytest.raises(ModelError) as caught:
        CATALOG.find("stable-diffusion")
    assert (caught.value.findings[0].fix or "").startswith("known: comp, openai/chatgpt-image-")


def test_a_bare_name_must_be_of_one_provider() -> None:
    with pytest.raises(ModelError) as caught:
        CATALOG.find("gpt-image-1")
    assert str(caught.value) == (
        "several providers offer “gpt-image-1”\n"
        "  → name one in full: openai/gpt-image-1, transit/gpt-image-1"
    )
    # OpenAI has shut its own down, so one provider is left.
    assert CATALOG.find("gpt-image-1", today=TODAY).full == "transit/gpt-image-1"
    twice = Catalog({"one": "openai", "other": "openai"})
    with pytest.raises(ModelError, match="name one in full: one/gpt-image-2, other/gpt-image-2"):
        twice.find("gpt-image-2", today=TODAY)
    with pytest.raises(ModelError, match="several providers offer “dall-e-2”"):
        twice.find("dall-e-2", today=TODAY)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("flux/flux.2-pro", "flux/flux.2-pro"),
        ("flux.2-pro", "flux/flux.2-pro"),
        ("recraft/recraftv3", "recraft/recraftv3"),
        ("local/sglang", "local/sglang"),
    ],
)
def test_a_model_that_no_provider_has_is_found_by_its_dialect(name: str, full: str) -> None:
    model = CATALOG.find(name, today=TODAY)
    assert model.full == str(model) == full
    assert model in CATALOG.composable
    assert model not in CATALOG.models


def test_a_dialect_that_a_provider_speaks_is_named_by_that_provider() -> None:
    assert "guide" not in {model.provider for model in CATALOG.composable}
    assert CATALOG.find("guide/gpt-image-1").full == "transit/gpt-image-1"
    with pytest.raises(ModelError, match="name one in full: one/gpt-image-1, two/gpt-image-1"):
        Catalog({"one": "guide", "two": "guide"}).find("guide/gpt-image-1")
    without = Catalog({"comp": "comp", "openai": "openai"})
    assert without.find("guide/gpt-image-1").card.negatives == "native"
    own = Catalog({"flux": "openai"})
    assert own.find("flux/gpt-image-2") in own.models
    assert own.find("flux/flux.2-pro") in own.composable


def test_a_misspelt_model_to_compose_for_is_told_with_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"did you mean “flux/flux\.2-pro”"):
        CATALOG.find("flux/flux.2-prp")


def test_why_a_model_is_not_drawn_with() -> None:
    finding = not_drawn("flux")
    assert finding.message == "the models of “flux” can be composed for, but not drawn with yet"
    assert "promptkit models" in (finding.fix or "")
    finding = not_drawn("local")
    assert finding.message.startswith("no provider of this project speaks “local”")
    assert "local: {dialect: local, base_url: …" in (finding.fix or "")


@pytest.mark.parametrize(
    ("model", "wish", "own"),
    [
        ("openai/gpt-image-2", "medium", "medium"),
        ("openai/gpt-image-2", "standard", "medium"),
        ("openai/gpt-image-2", "hd", "high"),
        ("openai/gpt-image-2.6-flare", "max", "max"),
        ("transit/gpt-image-1", "low", "standard"),
        ("transit/gpt-image-1", "max", "hd"),
        ("openai/dall-e-3", "high", "hd"),
        ("ideogram/ideogram-v3", "low", "TURBO"),
        ("ideogram/ideogram-v3", "quality", "QUALITY"),
        ("flux/flux.2-pro", "high", "standard"),
    ],
)
def test_a_quality_is_said_in_the_models_own_word(model: str, wish: str, own: str) -> None:
    assert CATALOG.find(model).card.quality(wish) == own


def test_a_quality_that_a_model_does_not_have() -> None:
    with pytest.raises(ModelError) as caught:
        dialect_cards("openai")["gpt-image-2"].quality("hihg")
    assert str(caught.value) == (
        "gpt-image-2: there is no quality “hihg”\n  → did you mean “high”? known: high, low, medium"
    )


# Money ----------------------------------------------------------------------------------------

PUBLISHED = [
    ("gpt-image-2", (1024, 1024), {"low": ".006", "medium": ".053", "high": ".211"}),
    ("gpt-image-2", (1536, 1024), {"low": ".005", "medium": ".041", "high": ".165"}),
    ("gpt-image-2", (1024, 1536), {"low": ".005", "medium": ".041", "high": ".165"}),
    ("gpt-image-1", (1024, 1024), {"low": ".011", "medium": ".042", "high": ".167"}),
    ("gpt-image-1", (1024, 1536), {"low": ".016", "medium": ".063", "high": ".25"}),
    ("gpt-image-1-mini", (1024, 1024), {"low": ".002", "medium": ".008", "high": ".033"}),
    ("dall-e-3", (1024, 1024), {"standard": ".04", "hd": ".08"}),
]


@pytest.mark.parametrize(("name", "size", "prices"), PUBLISHED)
def test_estimates_are_those_that_were_published(
    name: str, size: tuple[int, int], prices: dict[str, str]
) -> None:
    card = dialect_cards("openai")[name]
    for quality, price in prices.items():
        # The published prices are rounded to a tenth of a cent, and leave the words out.
        estimate = card.estimate(quality, size, prompt="", references=0)
        assert float(estimate) == pytest.approx(float(price), rel=0.05, abs=0.0005)


#: What a picture costs by its size: the makers' own figures.
BY_SIZE: list[tuple[str, Size, int, str]] = [
    ("flux/flux.2-pro", (1024, 1024), 0, "0.03"),
    ("flux/flux.2-pro", (1920, 1072), 0, "0.045"),
    ("flux/flux.2-pro", (2048, 2048), 0, "0.075"),
    ("flux/flux.2-pro", (1024, 1024), 2, "0.06"),
    ("gemini/gemini-3-pro-image", (1264, 848), 0, "0.134"),
    ("gemini/gemini-3-pro-image", (2752, 1536), 0, "0.134"),
    ("gemini/gemini-3-pro-image", (5504, 3072), 0, "0.24"),
    ("gemini/gemini-3.1-flash-image", (512, 512), 0, "0.0448"),
]


@pytest.mark.parametrize(("name", "size", "references", "price"), BY_SIZE)
def test_a_price_by_size(name: str, size: Size, references: int, price: str) -> None:
    card = CATALOG.find(name).card
    assert card.sizes.allows(size)
    cost = card.estimate("standard", size, prompt="a can", references=references)
    assert cost == Decimal(price)


def test_a_size_beyond_the_prices_costs_as_the_largest() -> None:
    card = CATALOG.find("flux/flux.2-pro").card
    assert card.estimate("standard", (9000, 9000), prompt="", references=0) == Decimal("0.075")


def test_a_providers_own_prices_stand_before_those_by_size() -> None:
    catalog = Catalog({"shop": "flux"}, {"shop": {"standard": Decimal("0.5")}})
    assert _cost(catalog, "shop/flux.2-pro", "standard") == Decimal("0.5")


def test_counted_tokens_cost_what_the_card_says() -> None:
    card = dialect_cards("openai")["gpt-image-2"]
    # 1 000 × $5 + 2 000 × $8 + 3 000 × $30, each per million.
    assert card.cost(1_000, 2_000, 3_000) == Decimal("0.111")
    assert card.cost(0, 0, 0) == 0
    assert dialect_cards("openai")["gpt-image-1-mini"].cost(1, 1, 1) == Decimal("0.0000125")


def test_an_estimate_counts_words_references_and_area() -> None:
    card = dialect_cards("openai")["gpt-image-2"]
    plain = card.estimate("low", (1024, 1024), prompt="", references=0)
    assert plain == Decimal("0.006005")  # 200 tokens out at $30, one in at $5
    worded = card.estimate("low", (1024, 1024), prompt="x" * 300, references=0)
    assert worded - plain == Decimal("0.0005")  # a hundred tokens more at $5
    pictured = card.estimate("low", (1024, 1024), prompt="", references=2)
    assert pictured - plain == Decimal("0.024")  # twice 1 500 tokens at $8
    large = card.estimate("low", (2048, 2048), prompt="", references=0)
    assert large - plain == Decimal("0.018")  # four times the tokens out
    small = card.estimate("low", (816, 816), prompt="", references=0)
    assert small == plain
    fixed = dialect_cards("openai")["gpt-image-1.5"]
    assert fixed.estimate("low", (1536, 1024), prompt="", references=0) == Decimal("0.013061")


def test_the_bound_is_the_estimate_with_headroom() -> None:
    for _, card in SHIPPED:
        for quality in card.qualities:
            about = {"prompt": "a can", "references": 1}
            estimate = card.estimate(quality, (1024, 1024), **about)  # type: ignore[arg-type]
            bound = card.bound(quality, (1024, 1024), **about)  # type: ignore[arg-type]
            assert bound == estimate * card.price.headroom >= estimate


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_money_is_exact(text_in: int, image_in: int, out: int) -> None:
    card = dialect_cards("openai")["gpt-image-2"]
    assert card.cost(text_in, image_in, out) * 10**6 == text_in * 5 + image_in * 8 + out * 30


def _cost(catalog: Catalog, name: str, quality: str) -> Decimal:
    return catalog.find(name).card.estimate(quality, (1024, 1024), prompt="", references=0)


def test_a_providers_own_prices_count() -> None:
    prices = {"transit": {"standard": Decimal("0.03"), "hd": Decimal("0.12")}}
    catalog = Catalog({"transit": "guide", "other": "guide"}, prices)
    assert _cost(catalog, "transit/gpt-image-1", "standard") == Decimal("0.03")
    assert _cost(catalog, "other/gpt-image-1", "standard") == Decimal("0.042")
    price = catalog.find("transit/gpt-image-1").card.price
    assert (price.estimate, price.headroom, price.source) == (
        False,
        Decimal(1),
        "the project's settings",
    )


def test_a_price_by_another_word_for_the_quality_counts() -> None:
    catalog = Catalog({"t": "guide"}, {"t": {"low": Decimal("0.01"), "medium": Decimal("0.02")}})
    assert _cost(catalog, "t/gpt-image-1", "standard") == Decimal("0.02")
    assert _cost(catalog, "t/gpt-image-1", "hd") == Decimal("0.167")
    assert catalog.find("t/gpt-image-1").card.price.estimate
    exact = Catalog({"t": "guide"}, {"t": {"low": Decimal(2), "standard": Decimal(1)}})
    assert _cost(exact, "t/gpt-image-1", "standard") == 1


def test_a_quality_without_a_price_of_its_own_is_counted_in_tokens() -> None:
    own = Catalog({"t": "openai"}, {"t": {"low": Decimal("0.01")}})
    assert _cost(own, "gpt-image-2", "low") == Decimal("0.01")
    assert _cost(own, "gpt-image-2", "high") == _cost(CATALOG, "gpt-image-2", "high")
    price = own.find("gpt-image-2").card.price
    assert price.headroom == Decimal("1.5")


def test_prices_that_a_card_does_not_know_leave_it_as_it_is() -> None:
    catalog = Catalog({"t": "openai"}, {"t": {"max": Decimal(1)}})
    assert catalog.find("gpt-image-2").card == dialect_cards("openai")["gpt-image-2"]
    assert _cost(catalog, "gpt-image-2.6-flare", "max") == 1


def test_a_price_for_no_quality_is_told() -> None:
    with pytest.raises(ModelError, match="the prices of t: there is no quality “hdd”\n  → did you"):
        assert not Catalog({"t": "guide"}, {"t": {"hdd": Decimal(1)}}).models


# Cards ----------------------------------------------------------------------------------------

PALETTE = {"items": "members", "color": "color_hex", "form": "hex"}
CARD: dict[str, Any] = {
    "name": "new",
    "sizes": {"only": ["512x512"]},
    "qualities": ["low", "high"],
    "tokens": {"out": {"low": 100, "high": 200}},
    "price": {"out": 10, "checked": TODAY - timedelta(1), "source": "a page"},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": {"out": {"low": 100}}}, "the quality “high” has neither a price nor tokens"),
        ({"quality_names": {"hd": "hihg"}}, "“hd” stands for “hihg”, which is none of the"),
        ({"price": {"out": 1, "source": "a page"}}, "checked"),
        ({"price": {"out": 1, "checked": TODAY}}, "source"),
        ({"qualities": []}, "qualities"),
        ({"price": CARD["price"] | {"headroom": "0.9"}}, "headroom"),
        ({"negatives": "native"}, "negatives are “native” where native.negative names a parameter"),
        ({"native": {"negative": "negative_prompt"}}, "negatives are “native” where"),
        ({"palette": PALETTE}, "native.palette names no parameter"),
        ({"palette": PALETTE | {"form": "hsl"}}, "palette.form"),
        ({"price": CARD["price"] | {"by_pixels": {100: 1}}}, "a picture of 262144 px is missing"),
        ({"price": CARD["price"] | {"by_pixels": {9: 1, 8: 2}}}, "by_pixels rises"),
        ({"price": CARD["price"] | {"by_pixels": {8: 2, 9: 1}}}, "by_pixels rises"),
    ],
)
def test_a_card_that_cannot_be_asked_or_paid_is_refused(
    change: dict[str, Any], message: str
) -> None:
    assert Card.model_validate(CARD).estimate(
        "high", (512, 512), prompt="", references=0
    ) == Decimal("0.002")
    with pytest.raises(ValidationError, match=message):
        Card.model_validate(CARD | change)


def test_what_a_card_leaves_out_is_as_it_was() -> None:
    card = Card.model_validate(CARD)
    assert (card.form, card.negatives, card.hex, card.spell) == ("labelled", "words", True, False)
    assert (card.palette, card.palette_max, card.constraints_max) == (None, 5, 8)
    assert card.references_words == "Image {number}"


COLORS: list[Color] = [("background", "#F4E9D8", 0.5), ("accent", "#F0593E", 0.1)]
SHARELESS: list[Color] = [*COLORS, ("primary", "#0B6E99", None)]


@pytest.mark.parametrize(
    ("model", "colors", "laid"),
    [
        (
            "recraftv4_1",
            COLORS,
            {
                "colors": [{"rgb": [240, 89, 62], "weight": 0.1}],
                "background_color": {"rgb": [244, 233, 216]},
            },
        ),
        ("recraftv4_1", COLORS[:1], {"background_color": {"rgb": [244, 233, 216]}}),
        ("recraftv4_1", [], {}),
        (
            "ideogram-v3",
            COLORS,
            {
                "members": [
                    {"color_hex": "#F4E9D8", "color_weight": 0.5},
                    {"color_hex": "#F0593E", "color_weight": 0.1},
                ]
            },
        ),
        (
            "ideogram-v3",
            SHARELESS,
            {"members": [{"color_hex": color} for _, color, _ in SHARELESS]},
        ),
    ],
)
def test_colours_are_laid_out_as_the_maker_asks(
    model: str, colors: list[Color], laid: dict[str, Any]
) -> None:
    palette = CATALOG.find(model).card.palette
    assert palette
    assert palette.laid_out(colors) == laid
