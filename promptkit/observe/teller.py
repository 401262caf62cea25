"""Tells listeners what happens. None of them can harm a call."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from itertools import count

from promptkit.observe.events import Event, Observer
from promptkit.observe.log import Log

_log = logging.getLogger("promptkit.observe")
_calls = count(1)


def next_call() -> int:
    """Return the number of the next call of this process, from 1."""
    return next(_calls)


class Teller:
    """Hands events on: to the log, to OpenTelemetry where the program uses it, to an observer."""

    def __init__(self, on_event: Observer | None = None, *, prompts: bool = False) -> None:
        """Take an observer. With ``prompts`` events hold what was asked, in full."""
        self.prompts = prompts
        self._listeners = tuple(_listeners(on_event))
        self._broken: set[int] = set()

    def __call__(self, event: Event) -> None:
        """Tell all listeners. What one of them raises is logged, the first time.

        Even ``SystemExit``: half-way through a call it would end the event loop under a picture
        that is paid for.
        """
        for listener in self._listeners:
            try:
                listener(event)
            except BaseException:
                if id(listener) not in self._broken:
                    self._broken.add(id(listener))
                    said = "an observer failed at “%s”; its further failures are not logged"
                    _log.warning(said, event.name, exc_info=True)


def _listeners(on_event: Observer | None) -> Iterator[Observer]:
    yield Log()
    # A program that has not loaded it has nothing that could take what it is told.
    if "opentelemetry.trace" in sys.modules and (listener := _opentelemetry()):
        yield listener
    if on_event is not None:
        yield on_event


def _opentelemetry() -> Observer | None:
    try:
        from promptkit.observe.otel import OpenTelemetry

        return OpenTelemetry()
    except (ImportError, TypeError):
        _log.warning("the OpenTelemetry of this program is too old to be told of calls")
        return None
