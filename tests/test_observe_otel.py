"""Spans and metrics, as OpenTelemetry's own SDK takes them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from fake_openai import FakeOpenAI, Hangup, Status
from promptkit.client import client as client_module
from promptkit.client import pace
from promptkit.client.ledger import Budget
from promptkit.observe.otel import OpenTelemetry
from promptkit.observe.teller import Teller
from test_client import a_job, an_openai, draw

MODEL = "gpt-image-2.5-flare"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)
    monkeypatch.setattr(pace, "SPACING", 0.0)


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


class Sdk:
    """What a program sets up: where spans and metrics go."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])
        self.listener = OpenTelemetry(self.tracers, self.meters)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    @property
    def points(self) -> dict[str, list[Any]]:
        data = self.reader.get_metrics_data()
        found = data.resource_metrics[0].scope_metrics[0].metrics if data else []
        return {metric.name: [*metric.data.data_points] for metric in found}


@pytest.fixture
def sdk() -> Sdk:
    return Sdk()


def ask(tmp_path: Path, fake: FakeOpenAI, sdk: Sdk, *, prompts: bool = False, **more: Any) -> None:
    tell = Teller(sdk.listener, prompts=prompts)
    draw(tmp_path / "home", an_openai(fake.base_url), a_job(), tell=tell, **more)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_paid_picture_is_one_span_by_the_conventions(
    tmp_path: Path, fake: FakeOpenAI, sdk: Sdk
) -> None:
    fake.script[:] = [Status(500)]
    ask(tmp_path, fake, sdk)
    (span,) = sdk.spans
    assert (span.name, span.kind) == (f"generate_content {MODEL}", SpanKind.CLIENT)
    told = attributes(span)
    assert told["gen_ai.operation.name"] == "generate_content"
    assert told["gen_ai.provider.name"] == "openai"
    assert told["gen_ai.request.model"] == MODEL
    assert told["gen_ai.output.type"] == "image"
    assert told["gen_ai.usage.input_tokens"] == 13
    assert told["gen_ai.usage.output_tokens"] == 122
    assert told["promptkit.digest"] == a_job().digest
    assert told["promptkit.attempts"] == 2
    assert told["promptkit.cost_usd"] > 0
    assert (told["promptkit.state"], told["promptkit.estimated"]) == ("done", False)
    assert "gen_ai.input.messages" not in told
    (event,) = span.events
    assert event.name == "promptkit.retrying"
    assert dict(event.attributes or {})["error"] == "ProviderError"
    assert span.status.status_code is StatusCode.UNSET


def test_a_span_lies_within_the_programs_own(tmp_path: Path, fake: FakeOpenAI, sdk: Sdk) -> None:
    with sdk.tracers.get_tracer("shop").start_as_current_span("order") as order:
        ask(tmp_path, fake, sdk)
        ask(tmp_path, fake, sdk)
    paid, cached, _ = sdk.spans
    for span in (paid, cached):
        assert span.parent is not None
        assert span.parent.span_id == order.get_span_context().span_id
    assert (cached.name, cached.kind) == (f"cached {MODEL}", SpanKind.INTERNAL)
    told = attributes(cached)
    assert told["promptkit.cached"] is True
    assert told["promptkit.saved_usd"] == attributes(paid)["promptkit.cost_usd"]


def test_seconds_tokens_and_money_are_counted(tmp_path: Path, fake: FakeOpenAI, sdk: Sdk) -> None:
    ask(tmp_path, fake, sdk)
    ask(tmp_path, fake, sdk)
    points = sdk.points
    (seconds,) = points["gen_ai.client.operation.duration"]
    assert seconds.count == 1, "what is cached is no operation of a model"
    counted = points["gen_ai.client.token.usage"]
    tokens = {item.attributes["gen_ai.token.type"]: item.sum for item in counted}
    assert tokens == {"input": 13, "output": 122}
    (cost,), (saved,) = points["promptkit.cost"], points["promptkit.saved"]
    assert cost.value == saved.value > 0
    assert cost.attributes["gen_ai.request.model"] == MODEL


@pytest.mark.parametrize(
    ("trouble", "kind", "state"),
    [
        (Status(400, code="moderation_blocked"), "RefusedError", "refused"),
        (Hangup(), "InDoubtError", "in_doubt"),
    ],
)
def test_an_error_is_named_and_not_quoted(
    tmp_path: Path, fake: FakeOpenAI, sdk: Sdk, trouble: Any, kind: str, state: str
) -> None:
    fake.script[:] = [trouble]
    ask(tmp_path, fake, sdk)
    (span,) = sdk.spans
    assert attributes(span)["error.type"] == kind
    assert attributes(span)["promptkit.state"] == state
    assert span.status.status_code is StatusCode.ERROR
    assert not span.status.description
    (seconds,) = sdk.points["gen_ai.client.operation.duration"]
    assert seconds.attributes["error.type"] == kind
    booked = sdk.points.get("promptkit.cost", [])
    assert sum(item.value for item in booked) == 0, "what is in doubt is not booked"


def test_what_was_never_sent_is_seen_too(tmp_path: Path, fake: FakeOpenAI, sdk: Sdk) -> None:
    ask(tmp_path, fake, sdk, budget=Budget(per_day=Decimal("0.0001")))
    (span,) = sdk.spans
    assert attributes(span)["error.type"] == "BudgetError"
    assert sdk.listener._open == {}


def test_prompts_only_where_the_settings_say_so(tmp_path: Path, fake: FakeOpenAI, sdk: Sdk) -> None:
    ask(tmp_path, fake, sdk, prompts=True)
    (span,) = sdk.spans
    (message,) = json.loads(attributes(span)["gen_ai.input.messages"])
    assert message == {
        "role": "user",
        "parts": [{"type": "text", "content": a_job().request.prompt}],
    }


def test_without_opentelemetry_in_the_program_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    script = """
import sys
from promptkit.observe.teller import Teller
assert len(Teller()._listeners) == 1
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
import opentelemetry.trace
assert len(Teller()._listeners) == 2
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_one_that_is_too_old_is_said_and_left_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def older(*_: object, **__: object) -> None:
        raise TypeError("unexpected keyword argument 'explicit_bucket_boundaries_advisory'")

    monkeypatch.setattr(OpenTelemetry, "__init__", older)
    assert len(Teller()._listeners) == 1
    assert "too old" in caplog.text
