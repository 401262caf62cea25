"""Events as spans and metrics of OpenTelemetry, by its conventions for generative models.

The API alone is needed (the extra ``otel``); where what it is told goes, the program's SDK says.
A call that is paid is one span, with all its attempts; one that came from the store is a short
span of another name. Conventions: https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from opentelemetry import context, metrics, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from promptkit.observe.events import (
    About,
    Answered,
    Asked,
    Ended,
    Event,
    Held,
    Hit,
    Retrying,
    Sent,
    Settled,
    Slowed,
    Waiting,
)

#: What the conventions recommend as the bounds of their histograms: seconds, and tokens.
_SECONDS = tuple(0.01 * 2**step for step in range(14))
_TOKENS = tuple(float(4**step) for step in range(14))

Attributes = dict[str, str | bool | int | float]


@dataclass
class _Open:
    """A call that has not ended: since when (ns), in whose span, and its own once it is paid."""

    since: int
    parent: context.Context
    prompt: str | None
    span: Span | None = None
    hit: bool = False


class OpenTelemetry:
    """Keeps a span for each call, and counts seconds, tokens and money."""

    def __init__(
        self,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        """Take who makes tracers and meters, else the program's own."""
        self._tracer = trace.get_tracer("promptkit", tracer_provider=tracer_provider)
        meter = metrics.get_meter("promptkit", meter_provider=meter_provider)
        self._seconds = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=_TOKENS,
        )
        said = "What was booked for calls, and what the store has saved."
        self._cost = meter.create_counter("promptkit.cost", unit="{USD}", description=said)
        self._saved = meter.create_counter("promptkit.saved", unit="{USD}", description=said)
        self._open: dict[int, _Open] = {}

    def __call__(self, event: Event) -> None:
        """Take an event."""
        about = event.about
        if isinstance(event, Asked):
            now, here = time.time_ns(), context.get_current()
            self._open[about.call] = _Open(now, here, event.prompt)
            return
        call = self._open.get(about.call)
        if call is None:
            return  # it was asked for before anybody listened
        if isinstance(event, Hit):
            self._hit(event, call)
        elif isinstance(event, Held):
            call.span = self._begun(event, call)
        elif isinstance(event, Ended):
            self._ended(event, self._open.pop(about.call))
        elif call.span is not None:
            self._noted(event, call.span)

    def _hit(self, event: Hit, call: _Open) -> None:
        call.hit = True
        saved = float(event.saved)
        self._saved.add(saved, _kind(event.about))
        own: Attributes = {"promptkit.cached": True, "promptkit.saved_usd": saved}
        if call.span is not None:  # it came while the money was being held
            call.span.set_attributes(own)
            return
        span = self._tracer.start_span(
            f"cached {event.about.model}",
            context=call.parent,
            kind=SpanKind.INTERNAL,
            start_time=call.since,
            attributes=_attributes(event.about) | own,
        )
        span.end()

    def _begun(self, event: Event, call: _Open) -> Span:
        attributes = _attributes(event.about)
        if call.prompt is not None:
            message = {"role": "user", "parts": [{"type": "text", "content": call.prompt}]}
            attributes["gen_ai.input.messages"] = json.dumps([message], ensure_ascii=False)
        return self._tracer.start_span(
            f"{_operation(event.about)} {event.about.model}",
            context=call.parent,
            kind=SpanKind.CLIENT,
            start_time=call.since,
            attributes=attributes,
        )

    def _noted(self, event: Event, span: Span) -> None:
        if isinstance(event, Sent):
            span.set_attribute("promptkit.attempts", event.attempt)
        elif isinstance(event, Answered):
            self._answered(event, span)
        elif isinstance(event, Settled):
            cost = float(event.cost)
            span.set_attributes({"promptkit.state": event.state, "promptkit.cost_usd": cost})
            span.set_attribute("promptkit.estimated", event.estimated)
            if event.state != "in_doubt":
                self._cost.add(cost, _kind(event.about))
        elif isinstance(event, Waiting | Retrying | Slowed):
            own = {name: event.told().get(name) for name in ("why", "seconds", "error", "left")}
            said = {name: value for name, value in own.items() if value is not None}
            span.add_event(f"promptkit.{event.name}", said)

    def _answered(self, event: Answered, span: Span) -> None:
        own: dict[str, Any] = {
            "gen_ai.response.model": event.answered_by,
            "gen_ai.usage.input_tokens": event.tokens_in,
            "gen_ai.usage.output_tokens": event.tokens_out,
            "promptkit.request_id": event.request_id,
        }
        span.set_attributes({name: value for name, value in own.items() if value is not None})
        for kind, count in (("input", event.tokens_in), ("output", event.tokens_out)):
            if count is not None:
                self._tokens.record(count, _conventional(event.about) | {"gen_ai.token.type": kind})

    def _ended(self, event: Ended, call: _Open) -> None:
        if call.span is None and (call.hit or event.error is None):
            return
        span = call.span or self._begun(event, call)
        kind = _conventional(event.about)
        if event.error is not None:
            # Its words may quote the prompt; its name never does.
            kind["error.type"] = type(event.error).__name__
            span.set_attribute("error.type", kind["error.type"])
            span.set_status(Status(StatusCode.ERROR))
        self._seconds.record(event.seconds, kind)
        span.end()


def _operation(about: About) -> str:
    """Return the conventions' name of what is done; they have none for pictures alone."""
    return "generate_content" if about.what == "picture" else "chat"


def _conventional(about: About) -> Attributes:
    return {
        "gen_ai.operation.name": _operation(about),
        "gen_ai.provider.name": about.provider,
        "gen_ai.request.model": about.model,
    }


def _kind(about: About) -> Attributes:
    """Return by what money is counted: few enough that the counts stay few."""
    return _conventional(about) | _own(about, "tier", "brand")


def _attributes(about: About) -> Attributes:
    output: Attributes = {"gen_ai.output.type": "image" if about.what == "picture" else "text"}
    names = ("digest", "run", "tier", "brand", "template", "take", "quality", "size")
    return _conventional(about) | output | _own(about, *names)


def _own(about: About, *names: str) -> Attributes:
    return {f"promptkit.{name}": value for name in names if (value := getattr(about, name)) != ""}
