"""The proposed alternative text: subject and setting in one plain sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptkit import Kit
from promptkit.prompt.sections import Prompt, Section
from promptkit.workflow.alt import LONGEST, alt_text


@pytest.fixture(scope="module")
def prompt() -> Prompt:
    with Kit() as kit:
        return kit.compose("packshot", "tidewell", {"product": "slim can"}).prompt


COAST = "A quiet northern coast with harbour steps, dunes and a few small boats. Calm."


@pytest.mark.parametrize(
    ("subject", "setting", "said"),
    [
        ("A slim can.", "", "A slim can."),
        ("", COAST, ""),
        (
            "A slim can with a coral lid. It is cold.",
            COAST,
            "A slim can with a coral lid; in the background, a quiet northern coast with harbour "
            "steps, dunes and a few small boats.",
        ),
        (
            "Two friends sharing a cold can on harbour steps after a swim.",
            COAST,
            "Two friends sharing a cold can on harbour steps after a swim; in the background, a "
            "quiet northern coast.",
        ),
        ("A slim can.", "In a bright kitchen.", "A slim can, in a bright kitchen."),
        ("A slim can.", "IKEA-like shelves.", "A slim can; in the background, IKEA-like shelves."),
        (
            "A slim can (#F0593E), 85 mm lens, sharp focus, complete.",
            "A photorealistic coast, depth of field.",
            "A slim can, complete.",
        ),
        (
            "The lounge chair of the product picture, placed in the room of Image 2.",
            "The lounge chair in the clear space of the room.",
            "The lounge chair, placed in the room.",
        ),
        ("85 mm lens.", COAST, ""),
    ],
)
def test_it_says_what_is_to_be_seen(prompt: Prompt, subject: str, setting: str, said: str) -> None:
    sections = (Section("subject", subject), Section("setting", setting))
    assert alt_text(replace(prompt, sections=sections)) == said


def test_it_is_never_too_long(prompt: Prompt) -> None:
    sections = (Section("subject", "A very long boat " * 20),)
    said = alt_text(replace(prompt, sections=sections))
    assert len(said) <= LONGEST
    assert said.endswith("….")


def test_a_whole_prompt_has_one(prompt: Prompt) -> None:
    assert alt_text(prompt).startswith("A slim can, complete and undamaged; in the background, a")
