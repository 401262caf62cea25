"""Events as log records, by Python's own ``logging``. Who reads them is for the program to say."""

from __future__ import annotations

import logging
from functools import cache

from promptkit.observe.events import Ended, Event, Retrying, Settled, Slowed

#: No prompt and no key is ever in a record of this logger, but prompts where settings ask for it.
LOGGER = "promptkit.client"
_SHORT = 12
_DEBUG = ("asked", "held", "failed", "stored", "ended")


class Log:
    """Writes one record for each event; its fields are the record's ``extra``."""

    def __init__(self) -> None:
        """Say nothing by itself: without a handler of the program's own nothing is printed."""
        self._log = _logger()

    def __call__(self, event: Event) -> None:
        """Log an event."""
        level = _level(event)
        if not self._log.isEnabledFor(level):
            return
        told = event.told()
        own = {name: value for name, value in told.items() if name not in event.about._fields}
        about = event.about
        said = " ".join(f"{name}={value}" for name, value in own.items() if name != "event")
        head = f"{event.name} {about.digest[:_SHORT]} {about.provider}/{about.model}"
        self._log.log(level, "%s", f"{head} {said}".rstrip(), extra=told)


@cache
def _logger() -> logging.Logger:
    logging.getLogger("promptkit").addHandler(logging.NullHandler())
    return logging.getLogger(LOGGER)


def _level(event: Event) -> int:
    if isinstance(event, Settled) and event.state != "done":
        return logging.ERROR if event.state == "in_doubt" else logging.WARNING
    if isinstance(event, Retrying | Slowed) or (isinstance(event, Ended) and event.error):
        return logging.WARNING
    return logging.DEBUG if event.name in _DEBUG else logging.INFO
