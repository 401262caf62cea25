"""Broken and hostile pictures: an answer or a finding, soon. `make fuzz` looks much longer."""

from __future__ import annotations

import random

import pytest

from seeds import seeds
from targets import made

PICTURES = [*seeds("marks")]
#: Numbers that lengths and counts break at.
EDGES = [0, 1, 7, 8, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]


def broken(seed: int) -> bytes:
    """Return a picture with bytes exchanged, taken out, doubled, and lengths set to extremes."""
    dice = random.Random(seed)
    data = bytearray(dice.choice(PICTURES))
    for _ in range(dice.randint(1, 5)):
        at, size = dice.randrange(1, len(data)), dice.choice([1, 2, 4, 8])
        match dice.randrange(5):
            case 0:
                data[at] = dice.randrange(256)
            case 1:
                order = dice.choice(["big", "little"])
                edge = dice.choice(EDGES) & (256**size - 1)
                data[at : at + size] = edge.to_bytes(size, "big" if order == "big" else "little")
            case 2:
                del data[at : at + dice.randint(1, 60)]
            case 3:
                part = data[at : at + dice.randint(1, 200)]
                data[at:at] = part * dice.choice([1, 2, 50])
            case _:
                data[0] = dice.randrange(4)
        if len(data) < 2:
            break
    return bytes(data)


@pytest.mark.parametrize("block", range(4))
def test_broken_pictures_end_in_an_answer_or_in_findings(block: int) -> None:
    target = made("marks")
    for seed in range(block * 1_000, block * 1_000 + 400):
        target(broken(seed))


@pytest.mark.parametrize("number", range(len(PICTURES)))
def test_whole_ones_are_read_and_written(number: int) -> None:
    made("marks")(PICTURES[number])
