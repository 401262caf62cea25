"""What a rewritten prompt must hold of the finished one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from promptkit.model.card import Card
from promptkit.prompt.avoidance import mentions
from promptkit.prompt.compose import compose
from promptkit.prompt.rewrite import again, cleaned, messages, refused, skipped, survivors
from promptkit.prompt.sections import Ban, ColorUse, Lettering, Prompt, Section
from promptkit.prompt.wording import Wording, word
from promptkit.template.inputs import Image
from test_prompts_golden import BRANDS, CARDS, FLARE, TEMPLATES

PHOTO = Image("base", "product", "photo.jpg", "a tin on a table", None)
TEXT = """\
Subject: A slim 330 ml can beside a bowl of ripe apricots.
References: Image 1 is the product picture.
Colour: The ground in warm cream sand (#F4E9D8), a ribbon in deep sea blue.
Text: Set “Taste the tide” exactly as written, once. No other lettering, no logos, no watermarks.
Preserve: The room stays as it is. Its windows, too.
Avoid: neon colours; people (instead: empty chairs); glare."""


def a_prompt(**changes: Any) -> Prompt:
    template = TEMPLATES.get("packshot")
    prompt = compose(BRANDS.get("tidewell"), template, {"product": "slim 330 ml can"})
    source = replace(
        prompt.source,
        inputs={
            "product": "slim 330 ml can",
            "things": ["a bowl of ripe apricots"],
            "count": 330,
            "framed": True,
            "unsaid": "a parrot",
        },
    )
    plain = replace(
        prompt,
        source=source,
        palette=(
            ColorUse("ground", "Sand", "#F4E9D8", "warm cream sand", "the ground", 0.5),
            ColorUse("accent", "Sea", "#0B6E99", "deep sea blue", "a ribbon", None),
        ),
        lettering=Lettering(("Taste the tide",), "model_rendered", "", None),
        avoid=(
            Ban("neon colours", severity="must"),
            Ban("people", "empty chairs", "must"),
            Ban("glare"),
        ),
        never_words=("superfood",),
        references=(PHOTO,),
    )
    return replace(plain, **changes)


def a_wording(text: str = TEXT) -> Wording:
    sections = (
        Section("references", "Image 1 is the product picture."),
        Section("text", "Set “Taste the tide” exactly as written, once. No other lettering, no "
                "logos, no watermarks."),
        Section("preserve", "The room stays as it is. Its windows, too."),
    )  # fmt: skip
    return Wording(text, sections)


def lost(text: str, old: str = TEXT, card: Card = FLARE, **changes: Any) -> list[str]:
    found = survivors(a_prompt(**changes), a_wording(old), card, text)
    return [finding.rule for finding in found]


def test_a_finished_prompt_holds_all_of_itself() -> None:
    assert lost(TEXT) == []


def shipped() -> Iterator[tuple[str, Prompt, str]]:
    for name in TEMPLATES.names():
        for number, example in enumerate(TEMPLATES.get(name).meta.examples):
            brand = BRANDS.get(example.brand)
            prompt = compose(brand, TEMPLATES.get(name), example.inputs)
            yield f"{name}-{number}", prompt, example.brand


@pytest.mark.parametrize("dialect", CARDS)
@pytest.mark.parametrize("refine", [False, True])
def test_the_shipped_prompts_hold_all_of_themselves(dialect: str, refine: bool) -> None:
    count = 0
    for name, prompt, _ in shipped():
        wording = word(prompt, CARDS[dialect], refine=refine)
        assert not survivors(prompt, wording, CARDS[dialect], wording.text), name
        count += 1
    assert count > 10


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("ripe apricots", "golden, ripe apricots still wet from the tap"),
        TEXT.replace("Avoid: neon colours;", "No neon colours. Avoid"),
        TEXT.replace("Avoid: neon colours; people (instead: empty chairs); glare.",
                     "Avoid:\n- neon colours\n- people"),
        TEXT.replace("neon colours;", "glare and neon colours, as well as"),
        TEXT.replace("Avoid: neon colours; people", "People and neon colours must not appear; nor"),
        TEXT.replace("“Taste the tide”", '"Taste the tide"'),
        TEXT.replace("#F4E9D8", "#f4e9d8"),
        TEXT.replace("\n", "\n\n").replace("The room", "the  room"),
        TEXT.replace("slim 330 ml can", "can (slim, 330 ml)"),
        TEXT.replace("; glare", ""),
    ],
)  # fmt: skip
def test_what_may_change(text: str) -> None:
    assert text != TEXT
    assert lost(text) == []


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("neon colours; ", "", "lost-must"),
        ("Avoid: neon colours;", "Bright neon colours. Avoid:", "lost-must"),
        ("Avoid: neon colours;", "Do not avoid neon colours; avoid:", "lost-must"),
        ("Avoid: neon colours; people", "Avoid people, but show neon colours; nobody", "lost-must"),
        ("ripe apricots.", "ripe apricots, people around it.", "lost-must"),
        ("Taste the tide", "Taste the Tide", "lost-text"),
        ("“Taste the tide”", "Taste the tide", "lost-text"),
        ("ripe apricots.", "ripe apricots, “Taste the tide” on it.", "lost-text"),
        ("ripe apricots.", "ripe apricots with a sign “Fresh”.", "added-text"),
        ("#F4E9D8", "#F4E9D9", "lost-color"),
        (" (#F4E9D8)", "", "lost-color"),
        ("deep sea blue", "blue", "lost-color"),
        ("deep sea blue", "deep sea blue (#0B6E99)", "added-color"),
        ("slim 330 ml can", "slim can", "lost-subject"),
        ("bowl of ripe apricots", "bowl of apricots", "lost-subject"),
        ("Image 1", "Image 2", "lost-reference"),
        ("Image 1 is", "Image 1, like Image 2, is", "added-reference"),
        ("The room stays as it is.", "The room stays.", "lost-sentence"),
        (" No other lettering, no logos, no watermarks.", "", "lost-sentence"),
        ("ripe apricots", "ripe apricots, a superfood", "never-word"),
    ],
)
def test_what_may_not(before: str, after: str, rule: str) -> None:
    assert before in TEXT
    assert rule in lost(TEXT.replace(before, after))


def test_a_text_is_neither_empty_nor_longer_than_the_card_allows() -> None:
    short = FLARE.model_copy(update={"prompt_max": len(TEXT)})
    assert lost(TEXT, card=short) == []
    assert lost(TEXT + "!", card=short) == ["prompt-too-long"]
    assert "prompt-too-long" in lost("")


def test_a_ban_that_is_told_by_what_is_there_instead_stays_so() -> None:
    old = TEXT.replace("; people (instead: empty chairs); glare", "").replace(
        "330 ml can beside", "330 ml can and empty chairs beside"
    )
    assert lost(old, old) == []
    assert lost(old.replace("empty chairs", "chairs"), old) == ["lost-must"]
    assert lost(old + " No people.", old) == ["lost-must"], "what is named may be drawn"


def test_a_ban_that_is_told_in_a_parameter_is_not_named_in_words() -> None:
    old = TEXT.replace("neon colours; ", "")
    assert lost(old, old) == []
    assert lost(old.replace("a ribbon", "neon colours, a ribbon"), old) == ["lost-must"]


def test_a_ban_in_words_that_are_not_understood_stays_by_its_words() -> None:
    old = TEXT.replace("Avoid: neon colours;", "Hate neon colours. Avoid:")
    assert lost(old, old) == []
    assert lost(old.replace("Hate neon colours. ", ""), old) == ["lost-must"]


def test_words_without_spaces_between_are_found_within_others() -> None:
    source = replace(a_prompt().source, inputs={"product": "缶"})
    old = TEXT.replace("slim 330 ml can", "緑の缶")
    assert lost(old.replace("緑の缶", "青い缶です"), old, source=source) == []
    assert lost(old.replace("緑の缶", "瓶"), old, source=source) == ["lost-subject"]


def test_quotes_of_a_template_stay_too_and_inches_are_none() -> None:
    old = TEXT + ' A 27" screen, a 13" one, the word "open" on a door.'
    assert lost(old, old) == []
    assert lost(old.replace(' "open"', " open"), old) == ["lost-text"]
    assert lost(old.replace('27" screen', "big screen"), old) == []


def test_a_copy_with_quotes_in_it_is_looked_for_whole() -> None:
    lettering = Lettering(("Say “aye” twice",), "model_rendered", "", None)
    old = TEXT.replace("Taste the tide", "Say “aye” twice")
    wording = replace(a_wording(old), sections=())
    prompt = a_prompt(lettering=lettering)
    changed = old.replace("twice", "thrice")
    assert not survivors(prompt, wording, FLARE, old)
    assert [item.rule for item in survivors(prompt, wording, FLARE, changed)][:1] == ["lost-text"]


def test_a_refinement_keeps_its_orders_word_for_word() -> None:
    prompt = a_prompt()
    wording = word(prompt, FLARE, refine=True)
    assert "change nothing" in wording.text
    loosened = wording.text.replace("change nothing", "change little")
    assert [item.rule for item in survivors(prompt, wording, FLARE, loosened)] == ["lost-sentence"]


def test_what_the_finished_words_do_not_say_is_not_asked_for() -> None:
    old = TEXT.replace(" Its windows, too.", "").replace("ripe apricots", "superfood apricots")
    assert lost(old, old) == []


# Kept out or shown


@pytest.mark.parametrize(
    ("text", "kept_out", "shown"),
    [
        ("Avoid: a, b; purple.", 1, 0),
        ("avoid glare and the purple.", 1, 0),
        ("No tilt, purple can.", 0, 1),
        ("No purple.", 1, 0),
        ("Without any trace of purple, calm.", 1, 0),
        ("The sky isn't purple.", 1, 0),
        ("Purple is never used.", 1, 0),
        ("Purple, and never glare.", 0, 1),
        ("Avoid glare, but use purple.", 0, 1),
        ("Avoid glare; then show purple.", 0, 1),
        ("Avoid glare; keep out purple.", 1, 0),
        ("Avoid glare. A purple sky.", 0, 1),
        ("Avoid red (instead: purple).", 0, 0),
        ("Never exclude purple.", 0, 1),
        ("Avoid:\n- red\n- purple", 1, 0),
        ("1 purple can.\nAvoid purple.", 1, 1),
        ("Purplest purples.", 0, 0),
    ],
)
def test_what_is_kept_out_and_what_is_shown(text: str, kept_out: int, shown: int) -> None:
    assert mentions("purple", text) == mentions("the  Purple", text) == (kept_out, shown)


def test_nothing_is_mentioned_nowhere() -> None:
    assert mentions(" ", "all of it") == (0, 0)


# What is said


def test_a_rewriter_is_told_the_form_the_demands_and_the_length() -> None:
    system, user = messages(a_prompt(), a_wording(), FLARE)
    assert user == ("user", TEXT)
    for told in (
        "Keep the form: each label on a line of its own",
        "- keep out of the picture, and say so: neon colours\n",
        "- in quotes, letter for letter, once: “Taste the tide”\n",
        "- the colour #F4E9D8, with the thing that has it\n",
        "- the colour deep sea blue, by these words\n",
        "- the product, by its own words: slim 330 ml can\n",
        "- Image 1, by this name\n",
        "- word for word: The room stays as it is.\n",
        "at most 32000 characters",
    ):
        assert told in system[1]
    assert "parrot" not in system[1]
    assert "Write prose" in messages(a_prompt(), a_wording(), CARDS["flux"])[0][1]


def test_it_is_told_once_more_with_what_was_lost() -> None:
    said = messages(a_prompt(), a_wording(), FLARE)
    found = survivors(a_prompt(), a_wording(), FLARE, TEXT.replace("#F4E9D8", "sand"))
    *before, answer, told = again(said, "an answer", found)
    assert (tuple(before), answer) == (said, ("assistant", "an answer"))
    assert "- the colour #F4E9D8, with the thing that has it" in told[1]


def test_a_refusal_names_what_was_lost_and_is_no_fault() -> None:
    found = refused(survivors(a_prompt(), a_wording(), FLARE, TEXT.replace("330 ml ", "")))
    assert (found.rule, found.severity) == ("rewrite-refused", "warning")
    assert "slim 330 ml can" in found.message
    assert skipped(FLARE).severity == "warning"


@pytest.mark.parametrize(
    "answer",
    [
        "A can.\nIt is cold.",
        "  A can.\r\nIt is cold.\n",
        "```\nA can.\nIt is cold.\n```",
        "```text\nA can.\nIt is cold.```",
        "<think>What a can!\n</think>\n\nA can.\nIt is cold.",
        "A can.\x07\nIt\tis cold.",
    ],
)
def test_what_models_put_around_their_words_is_left_out(answer: str) -> None:
    assert cleaned(answer) == "A can.\nIt is cold."


def test_spaces_that_do_not_break_and_signs_that_join_stay() -> None:
    assert cleaned("330\u00a0ml می\u200cخواهم") == "330\u00a0ml می\u200cخواهم"
