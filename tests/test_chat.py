"""A text that is asked for: its digest, its price, its settings."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptkit.client.chat import Message, TextJob, TextPrice, TextRequest, Writer
from promptkit.client.request import Answer, Usage
from promptkit.errors import SettingsError, UnusableError
from promptkit.project import find_project
from promptkit.settings import RewriterSettings

PRICE = TextPrice(Decimal("0.5"), Decimal(2))


def a_request(**changes: Any) -> TextRequest:
    plain = TextRequest(
        endpoint="https://texts.example/v1",
        model="scribe-1",
        messages=(Message("system", "Keep “Sea”."), Message("user", "A can – cold")),
        fields={"temperature": 0.0, "max_tokens": 100},
    )
    return replace(plain, **changes)


def nobody() -> Writer:
    raise SettingsError("there is no key")


def a_job(**changes: Any) -> TextJob:
    return replace(TextJob("rewriter", a_request(), PRICE, 100, nobody), **changes)


def test_the_digest_is_frozen() -> None:
    """Should this fail, every text that was ever paid for would be paid for again."""
    frozen = "8e7ed25f37dfa85772ec6133625a43a6c9d12ab420152a81cd9f36f0e72e6370"
    assert a_job().digest == a_request().digest == frozen


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://other.example/v1"},
        {"model": "scribe-2"},
        {"messages": (Message("user", "A can – cold"),)},
        {"messages": (Message("system", "Keep “Sea”."), Message("user", "A can – Cold"))},
        {"fields": {"temperature": 0.1, "max_tokens": 100}},
        {"fields": {}},
    ],
)
def test_whatever_changes_the_answer_changes_the_digest(change: dict[str, Any]) -> None:
    assert a_request(**change).digest != a_request().digest


def test_what_does_not_change_the_answer_is_not_in_it() -> None:
    other = a_job(price=TextPrice(), resend=True, out_max=5)
    assert other.digest == a_job().digest


def test_the_bound_counts_each_byte_as_a_token_and_all_that_may_come() -> None:
    """15 and 14 bytes, 32 for the marks of each message, 100 tokens back."""
    assert a_job().bound == (Decimal(15 + 14 + 64) * Decimal("0.5") + 100 * 2) / 1_000_000
    assert a_job(price=TextPrice()).bound == 0


def test_the_cost_is_what_was_counted_else_the_bound_as_an_estimate() -> None:
    answer = Answer(b"x", "text/plain")
    counted = replace(answer, usage=Usage(20, 0, 10))
    assert a_job().cost(counted) == (Decimal("0.00003"), False)
    assert a_job().cost(answer) == (a_job().bound, True)
    assert a_job(price=TextPrice()).cost(answer) == (Decimal(0), False)


def test_nothing_is_no_text() -> None:
    assert a_job().verify(b"x") == "text/plain"
    with pytest.raises(UnusableError, match="the answer is empty"):
        a_job().verify(b" \n")


def test_what_the_writer_lacks_is_said_before_anything_is_sent() -> None:
    with pytest.raises(SettingsError, match="there is no key"):
        a_job().sender(lambda name: pytest.fail("no provider of pictures is asked"))


# Settings

WHOLE = """\
rewriter:
  base_url: https://texts.example/v1/
  model: scribe-1
  key_env: SCRIBE_KEY
  prices: {text_in: 0.5, out: 2}
"""


def settings(text: str, **env: str) -> RewriterSettings | None:
    Path("promptkit.yaml").write_text(text, encoding="utf-8")
    return find_project(Path(), env=env).settings.rewriter


def test_there_is_none_unless_it_is_set() -> None:
    assert settings("brand: tidewell\n") is None


def test_it_is_set_with_few_words() -> None:
    found = settings(WHOLE, PROMPTKIT_REWRITER_MODEL="scribe-2", PROMPTKIT_REWRITER_OUT_MAX="900")
    assert found is not None
    assert (found.base_url, found.model) == ("https://texts.example/v1", "scribe-2")
    assert (found.temperature, found.out_max, found.timeout) == (0, 900, 120)


@pytest.mark.parametrize(
    "address", ["http://localhost:11434/v1", "http://127.0.0.1:1/v1", "http://[::1]:8080/v1"]
)
def test_a_server_of_this_machine_needs_no_key_no_price_and_no_https(address: str) -> None:
    found = settings(f"rewriter: {{base_url: '{address}', model: m, free: true}}")
    assert found is not None
    assert (found.key_env, found.prices) == ("", None)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("  prices: {text_in: 0.5, out: 2}\n", "", "its prices are missing"),
        ("prices: {text_in: 0.5, out: 2}", "prices: {out: 2}", "`text_in` is missing"),
        ("text_in: 0.5", "text_in: -1", "text_in"),
        ("https://texts", "http://texts", "must begin with https://"),
        ("https://texts", "http://127.texts", "must begin with https://"),
        ("https://texts", "https://me:secret@texts", "an address holds no name"),
        ("  model: scribe-1\n", "", "`model` is missing"),
        ("SCRIBE_KEY", "sk-abcdefgh12345678", "not the key"),
        ("key_env", "key", "there is no"),
    ],
)
def test_a_fault_is_told_with_its_place(before: str, after: str, said: str) -> None:
    assert before in WHOLE
    with pytest.raises(SettingsError) as caught:
        settings(WHOLE.replace(before, after))
    assert said in str(caught.value)
    assert "promptkit.yaml:" in str(caught.value)
    assert "sk-abcdefgh" not in str(caught.value)
