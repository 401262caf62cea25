"""What has nothing to do with a picture stays out of its prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptkit.brand.loading import parse_brand
from promptkit.prompt.compose import compose
from promptkit.prompt.relevance import relevant, shown, topics
from promptkit.prompt.sections import Ban, Prompt, Section
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
TEMPLATES = TemplateLibrary([ROOT / "templates"])
BRAND = """
name: Shop
colors: {primary: "#0B6E99"}
style:
  looks:
    coast: {medium: photo, when: [hero, social], environment: a harbour, lighting: soft light}
    shelf: {medium: photo, when: packshot, environment: a seamless backdrop, lighting: soft light}
avoid:
  - neon
  - tropical beaches
  - stock-photo smiles
  - {what: crowded streets, severity: must}
  - {what: medical settings, looks: [shelf]}
  - {what: children with cans, severity: must}
"""


def composed(template: str, **inputs: object) -> Prompt:
    return compose(parse_brand(BRAND), TEMPLATES.get(template), inputs)


def said(prompt: Prompt) -> list[str]:
    return [ban.what for ban in prompt.avoid]


def test_a_packshot_hears_of_no_people_and_no_places() -> None:
    prompt = composed("packshot", product="can")
    assert said(prompt) == ["neon", "medical settings"]
    assert [ban.what for ban in prompt.left_out] == [
        "tropical beaches",
        "stock-photo smiles",
        "crowded streets",
        "children with cans",
    ]


def test_a_scene_hears_of_places() -> None:
    prompt = composed("product-hero", product="can")
    assert set(said(prompt)) == {
        "other products",
        "crowded streets",
        "children with cans",
        "neon",
        "tropical beaches",
    }
    assert [ban.what for ban in prompt.left_out] == ["stock-photo smiles"]


@pytest.mark.parametrize(
    ("scene", "people"), [("a can on a pier", True), ("two friends on a pier", False)]
)
def test_a_picture_of_people_hears_of_people(scene: str, people: bool) -> None:
    prompt = composed("social-post", scene=scene, with_people=people)
    assert "stock-photo smiles" in said(prompt)
    assert prompt.left_out == ()


def test_people_on_plain_ground_are_people() -> None:
    prompt = composed("packshot", product="can in a child's hand")
    assert {"stock-photo smiles", "children with cans"} <= set(said(prompt))
    assert "tropical beaches" not in said(prompt)


@pytest.mark.parametrize(
    ("what", "about"),
    [
        ("stock-photo smiles at the camera", {"topic-people"}),
        ("families posing on beaches", {"topic-people", "topic-nature"}),
        ("hand lettering", set()),
        ("sea blue", set()),
        ("hospital corridors", {"topic-rooms"}),
        ("skyscrapers", {"topic-town"}),
        ("neon colours", set()),
    ],
)
def test_what_a_ban_is_about(what: str, about: set[str]) -> None:
    assert topics(what) == about


def test_all_that_a_ban_is_about_must_be_out_of_place() -> None:
    ground = (Section("setting", "A plain white background."),)
    ban = Ban("families on beaches")
    assert relevant([ban], shown(ground, people=True)) == ((ban,), ())
    assert relevant([ban], shown(ground, people=False)) == ((), (ban,))
    nobody = (Section("setting", "A long beach."),)
    assert relevant([ban], shown(nobody, people=False)) == ((ban,), ())


FOLK = BRAND + "people: {include: friends, never: [{what: idle hands, severity: must}]}\n"


def test_what_is_said_of_people_holds_wherever_there_are_any() -> None:
    def bans(scene: str, **inputs: object) -> Prompt:
        template = TEMPLATES.get("social-post")
        return compose(parse_brand(FOLK), template, {"scene": scene, **inputs})

    nobody, named, asked = (
        bans("a can on a pier"),
        bans("two friends on a pier"),
        bans("a can on a pier", with_people=True),
    )
    assert ["idle hands" in said(each) for each in (nobody, named, asked)] == [False, True, True]
    assert [[note.rule for note in each.notes] for each in (nobody, named, asked)] == [
        [],
        ["people-unsaid"],
        [],
    ]
    assert "The people are friends" not in named.section("details")
