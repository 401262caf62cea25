"""Who looks on: events as calls happen, and the listeners that are shipped."""

from promptkit.observe.events import (
    About,
    Answered,
    Asked,
    Ended,
    Event,
    Failed,
    Held,
    Hit,
    Observer,
    Retrying,
    Sent,
    Settled,
    Slowed,
    Stored,
    Waiting,
)

__all__ = [
    "About",
    "Answered",
    "Asked",
    "Ended",
    "Event",
    "Failed",
    "Held",
    "Hit",
    "Observer",
    "Retrying",
    "Sent",
    "Settled",
    "Slowed",
    "Stored",
    "Waiting",
]
