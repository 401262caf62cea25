"""Explain: every word of a prompt has somebody who wrote it, with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.brand.loading import BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.model.catalog import dialect_cards
from promptkit.prompt.compose import compose
from promptkit.prompt.explain import Clause, explain
from promptkit.prompt.wording import word
from promptkit.template.compiled import Template
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
BRANDS = BrandLibrary([ROOT / "brand_profiles"])
TEMPLATES = TemplateLibrary([ROOT / "templates"])
FLARE = dialect_cards("openai")["gpt-image-2.5-flare"]
GUIDE = dialect_cards("guide")["gpt-image-1"]


def explained(template: Template, brand: Brand, inputs: dict[str, object]) -> Iterator[Clause]:
    prompt = compose(brand, template, inputs)
    for card in (FLARE, GUIDE):
        wording = word(prompt, card)
        clauses = explain(prompt, wording, brand, template, card)
        whole = [
            (name, "".join(clause.text for clause in group))
            for name, group in groupby(clauses, key=lambda clause: clause.section)
        ]
        assert whole == [(section.name, section.text) for section in wording.sections]
        yield from clauses


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_the_clauses_are_the_whole_prompt(name: str) -> None:
    template = TEMPLATES.get(name)
    for example in template.meta.examples:
        for clause in explained(template, BRANDS.get(example.brand), dict(example.inputs)):
            assert clause.text.strip()
            assert clause.key
            if clause.place is not None:
                line = Path(clause.place.file).read_text(encoding="utf-8").splitlines()
                assert clause.place.line is not None
                assert line[clause.place.line - 1]
            assert (clause.place is None) is (clause.kind in ("input", "card"))


@given(product=st.text(min_size=1, max_size=80).filter(lambda text: text.strip("\x00 \n")))
def test_whatever_is_typed_stays_whole(product: str) -> None:
    inputs: dict[str, object] = {"product": f"x{product}"}
    assert list(explained(TEMPLATES.get("packshot"), BRANDS.get("tidewell"), inputs))


HERO = {
    "product": "slim 330 ml can",
    "features": ["condensation on the metal", "a coral half-sun"],
    "headline": "Lighter by the sea",
}


def find(text: str) -> tuple[str, str, str]:
    template, brand = TEMPLATES.get("product-hero"), BRANDS.get("tidewell")
    clause = next(item for item in explained(template, brand, dict(HERO)) if text in item.text)
    place = clause.place
    written = place.text.strip() if place and place.text else ""
    return clause.kind, clause.key, written


@pytest.mark.parametrize(
    ("text", "kind", "key", "line"),
    [
        ("slim 330 ml can", "input", "product", ""),
        ("a coral half-sun", "input", "features", ""),
        ("Close view; the product large", "axis", "crop=close", "close: Close view"),
        ("Hero picture of one product", "template", "purpose", "{% block purpose %}Hero picture"),
        ("Calm, empty space in the", "template", "composition", "Calm, empty space"),
        ("depth of field", "template", "style", "{%- elif look.depth_of_field"),
        ("Soft late-afternoon", "brand", "style.looks.shoreline-photo.lighting", "lighting: soft"),
        (
            "weathered wood",
            "brand",
            "style.looks.shoreline-photo.texture[1]",
            "texture: [weathered",
        ),
        ("One clear subject", "brand", "style.composition.subject_count", "composition: {subject"),
        ("pale, warm cream sand", "brand", "colors.palette.sand", "sand: {value:"),
        ("(#F4E9D8)", "brand", "colors.palette.sand", "sand: {value:"),
        ("one small prop in", "template", "colors.accent", "accent: one small prop"),
        ("about a quarter", "card", FLARE.name, ""),
        ("No added lettering", "card", FLARE.name, ""),
        ("lower left corner", "brand", "logo.reserve", ""),
        ("this product alone", "template", "avoid[1]", "- {what: other products"),
        ("tropical beaches", "brand", "avoid[2]", "- {what: tropical beaches"),
    ],
)
def test_each_word_has_its_writer(text: str, kind: str, key: str, line: str) -> None:
    found = find(text)
    assert found[:2] == (kind, key)
    assert found[2].startswith(line)


def test_a_recurring_subject_is_the_brand_s() -> None:
    inputs: dict[str, object] = {"product": "slim can", "base": "can", "room": "galley-kitchen"}
    brand = BRANDS.get("tidewell")
    clauses = list(explained(TEMPLATES.get("product-in-room"), brand, inputs))
    keys = {clause.key for clause in clauses if clause.section == "references"}
    assert {"subjects.can.describe", "subjects.galley-kitchen.describe"} <= keys


def test_a_clause_is_plain_data() -> None:
    template, brand = TEMPLATES.get("product-hero"), BRANDS.get("tidewell")
    clauses = {item.key: item.as_dict() for item in explained(template, brand, dict(HERO))}
    assert clauses["product"] == {
        "section": "subject",
        "text": "A slim 330 ml can with ",
        "kind": "input",
        "key": "product",
    }
    assert clauses["crop=close"]["file"].endswith("product-hero.j2")
    assert isinstance(clauses["crop=close"]["line"], int)
