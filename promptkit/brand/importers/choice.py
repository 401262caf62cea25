"""Which colours of a long list a picture needs: the anchors of the ladders, and no more than 24."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from promptkit.brand.importers.naming import slug

MOST_COLORS = 24
_STEP = re.compile(r"(?P<stem>.*?)-?(?P<step>[0-9]{1,4})")
_SHORTEST_LADDER = 3
_USUAL_ANCHOR = 500


@dataclass(frozen=True)
class Choice:
    """The places of colours: those kept, the lesser steps of ladders, and those beyond the cap."""

    kept: list[int]
    steps: list[int]
    beyond: list[int]


def choose(names: Sequence[str], needed: Collection[int]) -> Choice:
    """Choose among colours by their names; those that play a role are needed.

    Up to 24 colours are all kept. Of more, a ladder of tints (``blue-50`` to ``blue-900``)
    keeps its anchor alone, and what is left is cut off at 24.
    """
    everything = range(len(names))
    if len(names) <= MOST_COLORS:
        return Choice(list(everything), [], [])
    lesser = _lesser_steps(names) - set(needed)
    ranked = sorted(set(everything) - lesser, key=lambda at: (at not in needed, at))
    return Choice(sorted(ranked[:MOST_COLORS]), sorted(lesser), sorted(ranked[MOST_COLORS:]))


def _lesser_steps(names: Sequence[str]) -> set[int]:
    ladders: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, name in enumerate(names):
        if found := _STEP.fullmatch(slug(name)):
            ladders[found["stem"]].append((int(found["step"]), at))
    whole = [sorted(ladder) for ladder in ladders.values() if len(ladder) >= _SHORTEST_LADDER]
    return {at for ladder in whole for _, at in ladder} - {_anchor(ladder) for ladder in whole}


def _anchor(ladder: list[tuple[int, int]]) -> int:
    usual = (at for step, at in ladder if step == _USUAL_ANCHOR)
    return next(usual, ladder[len(ladder) // 2][1])
