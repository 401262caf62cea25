"""What a client tells of a call, in the words of ``observe``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from promptkit.client.entry import Entry
from promptkit.client.request import Answer
from promptkit.observe.events import About, Answered
from promptkit.observe.teller import next_call


def about_call(entry: Entry) -> About:
    """Return what names a new call."""
    purpose = entry.context
    return About(
        next_call(),
        entry.digest,
        entry.provider,
        entry.model,
        entry.what,
        entry.quality,
        entry.size,
        entry.take,
        purpose.run,
        purpose.tier,
        purpose.brand,
        purpose.template,
    )


def prompt_of(asked: Mapping[str, Any]) -> str:
    """Return what a request says: a picture's prompt, or a chat's messages as JSON."""
    said = asked.get("prompt", asked.get("messages", ""))
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def answered(about: About, seconds: float, answer: Answer) -> Answered:
    """Tell of an answer."""
    usage = answer.usage
    return Answered(
        about,
        seconds,
        len(answer.data),
        answer.request_id,
        answer.model,
        usage.text_in + usage.image_in if usage else None,
        usage.out if usage else None,
    )
