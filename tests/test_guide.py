"""Well-made prompts as briefs: what is composed carries every detail, in order, and passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptkit.brand.loading import parse_brand
from promptkit.documents import read_yaml
from promptkit.errors import InputError
from promptkit.model.catalog import dialect_cards
from promptkit.prompt.compose import compose
from promptkit.prompt.lint import lint
from promptkit.prompt.wording import word
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
GUIDE: list[dict[str, Any]] = read_yaml(ROOT / "tests" / "lint" / "guide.yaml", InputError).data
FLARE = dialect_cards("openai")["gpt-image-2.5-flare"]
FLUX = dialect_cards("flux")["flux.2-pro"]
#: A brand that says nothing of its own: the brief alone makes the picture.
PLAIN = """
name: Plain
colors: {primary: "#808080"}
tone: {on_image_text: model_rendered}
style: {looks: {plain: {realism: ""}}}
"""
HEAD = "---\npromptkit: template/v1\ndescription: A brief\ntext: TEXT\navoid: AVOID\n---\n"


def one_line(text: str) -> str:
    return " ".join(text.split()).casefold()


@pytest.mark.parametrize("entry", GUIDE, ids=lambda entry: entry["id"])
@pytest.mark.parametrize("card", [FLARE, FLUX], ids=lambda card: card.name)
def test_a_well_made_brief_becomes_a_well_made_prompt(
    entry: dict[str, Any], card: Any, tmp_path: Path
) -> None:
    blocks = [
        f"{{% block {name} %}}{{% raw %}}{text}{{% endraw %}}{{% endblock %}}"
        for name, text in entry["sections"].items()
    ]
    head = HEAD.replace("TEXT", str(entry.get("copy", []))).replace(
        "AVOID", str(entry.get("avoid", []))
    )
    (tmp_path / "brief.j2").write_text(head + "".join(blocks), encoding="utf-8")
    template = TemplateLibrary([tmp_path, ROOT / "templates"]).get("brief")
    prompt = compose(parse_brand(PLAIN), template, {})
    text = word(prompt, card).text.casefold()
    last = "" if card.instructed else one_line(entry["sections"].get("purpose", ""))
    at = 0
    for detail in map(one_line, entry["details"]):
        found = text.find(detail, 0 if detail in last else at)
        assert found >= 0, f"“{detail}” is missing, or too early"
        at = at if detail in last else found
    for copy in entry.get("copy", []):
        assert f"“{copy}”".casefold() in text
    assert [found for found in lint(prompt) if found.severity != "advice"] == []
