"""The prompts of the shipped examples, word by word.

After a change on purpose, write them anew and read the difference:

    python tests/test_prompts_golden.py --update
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from promptkit.brand.loading import BrandLibrary, parse_brand
from promptkit.model.catalog import dialect_cards
from promptkit.prompt.compose import compose
from promptkit.prompt.wording import Wording, word
from promptkit.template.document import Example
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
BRANDS = BrandLibrary([ROOT / "brand_profiles"])
TEMPLATES = TemplateLibrary([ROOT / "templates"])
#: One card for each maker's own guidance.
CARDS = {
    dialect: dialect_cards(dialect)[name]
    for dialect, name in {
        "openai": "gpt-image-2.5-flare",
        "guide": "gpt-image-1",
        "gemini": "gemini-3-pro-image",
        "flux": "flux.2-pro",
        "recraft": "recraftv4_1",
        "ideogram": "ideogram-v3",
        "stability": "stable-image-ultra",
        "local": "sd-server",
    }.items()
}
FLARE = CARDS["openai"]


@dataclass(frozen=True)
class Case:
    template: str
    example: Example
    dialect: str

    @property
    def path(self) -> Path:
        return GOLDEN / self.dialect / f"{self.template}__{self.example.brand}.txt"

    @property
    def id(self) -> str:
        return f"{self.dialect}-{self.path.stem}"

    @cached_property
    def wording(self) -> Wording:
        template = TEMPLATES.get(self.template)
        prompt = compose(BRANDS.get(self.example.brand), template, self.example.inputs)
        return word(prompt, CARDS[self.dialect])

    @property
    def text(self) -> str:
        wording = self.wording
        fields = (f"[{name}] {value}\n" for name, value in wording.native.items())
        findings = (f"[{found.rule}] {found.message}\n" for found in wording.findings)
        return f"{wording.text}\n{''.join(fields)}{''.join(findings)}"


def cases() -> Iterator[Case]:
    for name in TEMPLATES.names():
        for example in TEMPLATES.get(name).meta.examples:
            yield from (Case(name, example, dialect) for dialect in CARDS)


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_prompt_is_worded_as_it_was(case: Case) -> None:
    assert case.text == case.path.read_text(encoding="utf-8")


def test_each_golden_file_has_its_example() -> None:
    assert set(GOLDEN.glob("*/*")) == {case.path for case in CASES}
    assert len(CASES) == 18 * 8


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_example_says_what_it_promises(case: Case) -> None:
    text = case.wording.text.lower()
    for words in case.example.expect.contains:
        assert words.lower() in text
    for words in case.example.expect.excludes:
        assert words.lower() not in text


#: What an art director should never have to read.
CLUMSY = {
    "a doubled word": r"\b(\w{2,}) \1\b",
    "an empty label": r"^\w+:\s*$",
    "two articles": r"\b(a|an|the) (a|an|the)\b",
    "the wrong article": r"\b(a [aeio]\w|an [^aeiouhAEIOUH8L\W])",
    "a space before a mark": r" [,.;:!?]",
    "two marks": r"[,;:.][,;:]|[^.]\.\.",
    "a template's sign": r"[{}|_]|None|True|False",
    "brackets": r"\(\)|\[\]",
    "a small letter after a stop": r"[a-z][.!?] [a-z]",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_prompt_reads_well(case: Case) -> None:
    text = case.wording.text
    found = {name: re.findall(pattern, text, re.MULTILINE) for name, pattern in CLUMSY.items()}
    assert {name: words for name, words in found.items() if words} == {}


#: Cameras, sides and media of which a picture can have one only.
CONTRADICTIONS = [
    {"eye level", "isometric", "from directly above", "straight from above"},
    {"on the left third", "on the right third"},
    {"photorealistic photograph", "illustration:"},
    {"shallow depth of field", "everything in sharp focus"},
    {"close view", "medium view", "wide view"},
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_prompt_does_not_contradict_itself(case: Case) -> None:
    text = case.wording.text.split("Avoid:")[0].lower()
    for words in CONTRADICTIONS:
        assert len([said for said in words if said in text]) <= 1
    for side in ("left", "right"):
        empty = re.search(r"empty space (?:in|on) the ([\w ]+)", text)
        stands = re.search(r"on the (left|right) third", text)
        assert not (empty and stands and side in empty[1] and stands[1] == side)


def test_the_template_of_the_docs_reads_well(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```jinja\n(.*?)```", page, re.DOTALL)
    (tmp_path / "gift.j2").write_text(block, encoding="utf-8")
    template = TemplateLibrary([tmp_path, ROOT / "templates"]).get("gift")
    for brand in ("tidewell", "northbeam", "hearth-and-ply"):
        for inputs in ({}, {"ribbon": "organza"}):
            prompt = compose(BRANDS.get(brand), template, {"gift": "stack of books", **inputs})
            ribbon = inputs.get("ribbon", "linen")
            wrapped = f"A stack of books, wrapped in plain paper with a ribbon of {ribbon}."
            assert prompt.section("subject") == wrapped
            text = word(prompt, FLARE).text
            for pattern in CLUMSY.values():
                assert re.findall(pattern, text, re.MULTILINE) == []
    assert template.meta.colors["accent"] == "the ribbon"


SIX_LINES = """
name: Corner Shop
colors: {primary: "#0B6E99", accent: "#F0593E", background: "#F4E9D8"}
tone: [calm, plainspoken]
style: soft daylight, natural textures, matt finish
avoid: [neon]
"""


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_a_brand_of_six_lines_is_worded_well_too(name: str) -> None:
    template = TEMPLATES.get(name)
    example = template.meta.examples[0]
    pictures = {"base": "./base.png", "room": "./room.png"}
    inputs = {key: pictures.get(key, value) for key, value in example.inputs.items()}
    text = word(compose(parse_brand(SIX_LINES), template, inputs), FLARE).text
    for pattern in CLUMSY.values():
        assert re.findall(pattern, text, re.MULTILINE) == []
    assert "drawn" not in text
    assert "photo" not in text.lower()


if __name__ == "__main__" and "--update" in sys.argv:
    for path in GOLDEN.glob("**/*.txt"):
        path.unlink()
    for case in CASES:
        case.path.parent.mkdir(parents=True, exist_ok=True)
        case.path.write_text(case.text, encoding="utf-8")
    print(f"{len(CASES)} prompts written to {GOLDEN}")
