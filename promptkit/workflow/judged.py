"""What a judge answered about a picture, as a run's record has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

from promptkit.documents import Strict


class Judged(Strict):
    """What a vision model answered to one of a brand's questions about a picture."""

    question: str
    """The question's id in the brand."""
    ask: str
    answer: Literal["yes", "no", "unclear", "none"]
    """none: no clear answer came."""
    reason: str = ""
    """Why, in the model's words; or why there is no answer."""
    model: str = ""
    at: str
    """When it was answered: UTC, ISO 8601."""
    cost_usd: Decimal = Decimal(0)
    """What was paid for it and for earlier answers; told with the first that came at once."""


def with_answers(known: Sequence[Judged], new: Iterable[Judged], *, again: bool) -> list[Judged]:
    """Return what is known of a picture with new answers, the last one to each question.

    What came from the store once more (``again``) was answered when it is noted. No answer takes
    away what was paid before it.
    """
    found = {item.question: item for item in known}
    for item in new:
        before = found.get(item.question)
        if before is None:
            found[item.question] = item
        elif not again or (before.ask, before.model) != (item.ask, item.model):
            cost = before.cost_usd + item.cost_usd
            found[item.question] = item.model_copy(update={"cost_usd": cost})
    return [*found.values()]
