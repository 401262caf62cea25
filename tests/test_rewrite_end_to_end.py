"""A project with a rewriter, from the command line and the kit down to the socket."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fake_chat import TOKENS_IN, TOKENS_OUT, FakeChat, Said
from fake_openai import Cut, FakeOpenAI, Hangup, Html, Misbehaviour, Stall, Status
from promptkit import AsyncKit, Kit
from promptkit.cli.app import app
from promptkit.cli.output import money
from promptkit.client import client as client_module
from promptkit.client.ledger import nano
from promptkit.errors import (
    BudgetError,
    Finding,
    InDoubtError,
    PromptkitError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    SettingsError,
    UnusableError,
)
from promptkit.provider import chat as chat_module
from promptkit.workflow.composed import Composed

KEY = "sk-canary-1122aabbccdd3344"
CAN = {"product": "slim 330 ml can"}
BRIEF = ["packshot", "--brand", "tidewell", "--set", "product=slim 330 ml can"]
FLARE = "openai/gpt-image-2.5-flare"
COST = (TOKENS_IN * Decimal("0.5") + TOKENS_OUT * Decimal(2)) / 1_000_000

SETTINGS = """\
promptkit: project/v1
tiers:
  preview: {{model: openai/gpt-image-2.5-flare, quality: low, n: 2}}
  final: {{model: openai/gpt-image-2.5-flare, quality: low, from_preview: refine}}
providers:
  openai: {{base_url: "{pictures}", key_env: SHOP_KEY}}
rewriter:
  base_url: {texts}
  model: scribe-1
  key_env: SCRIBE_KEY
  timeout: 60
  prices: {{text_in: 0.5, out: 2}}
"""


def better(prompt: str, _: int) -> str:
    return prompt.replace("gentle rim light", "a thin, gentle rim of light")


def ever(change: Callable[[str], str]) -> Callable[[str, int], str]:
    return lambda prompt, _: change(prompt)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIBE_KEY", KEY)
    monkeypatch.setenv("SHOP_KEY", FakeOpenAI.expected_key)
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)


@dataclass
class Desk:
    """A project's folder, and the two services that it is set up for."""

    folder: Path
    chat: FakeChat
    pictures: FakeOpenAI

    def kit(self) -> Kit:
        return Kit(self.folder)

    def rows(self, columns: str = "state") -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / ".promptkit" / "ledger.sqlite3")) as db:
            return db.execute(
                f"SELECT {columns} FROM calls WHERE tier = 'rewrite' ORDER BY id"
            ).fetchall()

    def rewrite(
        self,
        *,
        model: str = FLARE,
        product: str = CAN["product"],
        resend: bool = False,
        config: dict[str, Any] | None = None,
    ) -> Any:
        with Kit(self.folder, config=config) as kit:
            composed = kit.compose("packshot", "tidewell", {"product": product}, model=model)
            return kit.rewrite(composed, resend=resend)


@contextmanager
def a_desk(
    tmp_path: Path,
    write: Callable[[str, int], str] = better,
    *script: Misbehaviour,
    **more: Any,
) -> Iterator[Desk]:
    folder = tmp_path / "shop"
    folder.mkdir()
    with (
        FakeChat(write=write, script=list(script), expected_key=KEY, **more) as chat,
        FakeOpenAI() as pictures,
    ):
        text = SETTINGS.format(texts=chat.base_url, pictures=pictures.base_url)
        (folder / "promptkit.yaml").write_text(text, encoding="utf-8")
        yield Desk(folder, chat, pictures)


def plain_words(desk: Desk) -> str:
    with desk.kit() as kit:
        return kit.compose("packshot", "tidewell", CAN, model=FLARE).text


# A good rewriter


def test_new_words_are_taken_when_nothing_is_lost_and_paid_once(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        first, again = desk.rewrite(), desk.rewrite()
        assert first.text == again.text == better(plain_words(desk), 1)
        assert first.wording.rewritten_by == "rewriter/scribe-1"
        assert not [item for item in first.findings if item.rule.startswith("rewrite")]
        assert len(desk.chat.requests) == desk.chat.texts_charged == 1
        assert desk.rows("state, cached, cost, saved, estimated, text_in, out, model") == [
            ("done", 0, nano(COST), 0, 0, TOKENS_IN, TOKENS_OUT, "scribe-1"),
            ("done", 1, 0, nano(COST), 0, None, None, "scribe-1"),
        ]


def test_what_is_sent_is_what_the_wire_knows(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.rewrite()
        desk.rewrite(
            config={"rewriter.temperature": None, "rewriter.out_max_field": "max_completion_tokens"}
        )
        first, other = (request.fields for request in desk.chat.requests)
        assert first.keys() == {"model", "messages", "temperature", "max_tokens"}
        assert (first["temperature"], first["max_tokens"]) == (0, 4000)
        assert other.keys() == {"model", "messages", "max_completion_tokens"}
        system, user = desk.chat.said(0)
        assert (system["role"], user["content"]) == ("system", plain_words(desk))
        assert "- the colour #F4E9D8, with the thing that has it" in system["content"]


def test_the_same_words_asked_for_at_once_are_paid_once(tmp_path: Path) -> None:
    async def go(folder: Path) -> list[Composed]:
        async with AsyncKit(folder) as one, AsyncKit(folder) as other:
            composed = one.compose("packshot", "tidewell", CAN, model=FLARE)
            return await asyncio.gather(*(kit.rewrite(composed) for kit in (one, one, other)))

    with a_desk(tmp_path, delay_s=0.2) as desk:
        texts = {composed.text for composed in asyncio.run(go(desk.folder))}
        assert texts == {better(plain_words(desk), 1)}
        assert len(desk.chat.requests) == 1


def test_usage_shows_it_as_a_tier_of_its_own(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.rewrite()
        with desk.kit() as kit:
            (row,) = kit.usage("tier")
            (model,) = kit.usage("model")
        assert (row.name, row.paid, row.cost) == ("rewrite", 1, COST)
        assert model.name == "rewriter/scribe-1"


def test_without_a_count_of_tokens_the_most_is_booked_as_an_estimate(tmp_path: Path) -> None:
    with a_desk(tmp_path, counts=False) as desk:
        desk.rewrite()
        ((cost, estimated),) = desk.rows("cost, estimated")
        words = sum(len(said["content"].encode()) for said in desk.chat.said(0))
        most = (words + 2 * 32) * Decimal("0.5") + 4000 * 2
        assert (cost, estimated) == (nano(most / 1_000_000), 1)


def test_the_pictures_of_a_run_are_asked_for_in_the_new_words(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        words = better(plain_words(desk), 1)
        with desk.kit() as kit:
            run = kit.preview(kit.compose("packshot", "tidewell", CAN, rewrite=True))
            final = kit.final(run, pick=1)
        assert [request.fields["prompt"] for request in desk.pictures.requests[:2]] == [words] * 2
        assert {shot.rewritten_by for shot in run.record.shots} == {"rewriter/scribe-1"}
        assert run.record.rewrite
        # One text for both takes, and one for the final: it is told to keep the preview, too.
        assert len(desk.chat.requests) == 2
        told = desk.pictures.requests[2].fields["prompt"]
        assert told.count("Image 1 is the approved preview of this picture.") == 1
        assert "a thin, gentle rim of light" in told
        assert final.shot.rewritten_by == "rewriter/scribe-1"
        assert {run_id for (run_id,) in desk.rows("run")} == {run.id}


def test_each_take_with_options_of_its_own_is_handed_over(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk, desk.kit() as kit:
        composed = kit.compose(
            "product-hero", "tidewell", CAN, axes={"crop": "all"}, rewrite=True, model=FLARE
        )
        run = kit.preview(composed, n=2)
        assert len(desk.chat.requests) == len({shot.prompt for shot in run.record.shots}) == 2


def test_a_rewriter_is_never_asked_unless_a_call_says_so(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        with desk.kit() as kit:
            composed = kit.compose("packshot", "tidewell", CAN)
            kit.generate(composed)
        assert not desk.chat.requests
        assert not composed.wording.rewritten_by


# What is lost is not taken


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (lambda said: said.replace("; alcoholic drinks", ""), "keep out of the picture"),
        (lambda said: said.replace("#F4E9D8", "#F4E9D9"), "the colour #F4E9D8"),
        (lambda said: said + " Set “Fresh” on it.", "nothing in quotes"),
        (lambda said: said.replace("330 ml ", ""), "slim 330 ml can"),
        (lambda said: "", ""),
    ],
)
def test_a_prompt_stands_as_it_was_when_anything_is_lost(
    change: Callable[[str], str], lost: str, tmp_path: Path
) -> None:
    with a_desk(tmp_path, ever(change)) as desk:
        if not lost:
            with pytest.raises(UnusableError, match="the answer is empty"):
                desk.rewrite()
            return
        composed, again = desk.rewrite(), desk.rewrite()
        assert composed.text == again.text == plain_words(desk)
        assert not composed.wording.rewritten_by
        (found,) = [item for item in composed.findings if item.rule == "rewrite-refused"]
        assert found.severity == "warning"
        assert lost in found.message
        assert len(desk.chat.requests) == 2  # once, and once more with what was lost; then cached


def test_a_run_draws_the_prompt_as_it_was_and_notes_why(tmp_path: Path) -> None:
    with a_desk(tmp_path, ever(lambda said: said.replace("#F4E9D8", "sand"))) as desk:
        with desk.kit() as kit:
            run = kit.preview(kit.compose("packshot", "tidewell", CAN, rewrite=True), n=1)
        assert [item["rule"] for item in run.record.findings][-1] == "rewrite-refused"
        (shot,) = run.record.shots
        assert (shot.prompt, shot.rewritten_by) == (plain_words(desk), "")


def test_it_is_told_what_was_lost_and_may_put_it_right(tmp_path: Path) -> None:
    def at_second(prompt: str, number: int) -> str:
        return better(prompt, 1) if number == 2 else prompt.replace("; alcoholic drinks", "")

    with a_desk(tmp_path, at_second) as desk:
        composed = desk.rewrite()
        assert composed.wording.rewritten_by
        *_, answer, told = desk.chat.said(1)
        assert answer["role"] == "assistant"
        assert "- keep out of the picture, and say so: alcoholic drinks" in told["content"]


def test_it_is_not_asked_again_when_the_budget_is_at_its_end(tmp_path: Path) -> None:
    with a_desk(tmp_path, ever(lambda said: said.replace("#F4E9D8", "sand"))) as desk:
        composed = desk.rewrite(config={"budget.per_run": "0.0100"})
        assert [item.rule for item in composed.findings][-1] == "rewrite-refused"
        assert len(desk.chat.requests) == 1


def test_the_first_time_may_not_exceed_a_budget_either(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        with pytest.raises(BudgetError, match="this rewriting may cost up to") as caught:
            desk.rewrite(config={"budget.per_day": "0.001"})
        assert caught.value.exit_code == 4
        assert caught.value.fix == "raise budget.per_day in promptkit.yaml, or leave it out"
        assert not desk.chat.requests


def test_a_sketch_is_drawn_from_parts_and_its_words_are_not_handed_over(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        composed = desk.rewrite(model="comp")
        assert [item.rule for item in composed.findings][-1] == "rewrite-skipped"
        assert not desk.chat.requests


def test_what_has_faults_or_is_rewritten_already_is_not_handed_over(tmp_path: Path) -> None:
    too_long = (Finding("prompt-too-long", "it is"),)
    with a_desk(tmp_path) as desk, desk.kit() as kit:
        composed = kit.compose("packshot", "tidewell", CAN, model=FLARE)
        for changed in (
            replace(composed.wording, findings=too_long),
            replace(composed.wording, rewritten_by="somebody"),
        ):
            assert kit.rewrite(replace(composed, wording=changed)).wording == changed
        assert not desk.chat.requests


# What goes wrong


def an_error(status: int, code: str | None = None, **more: Any) -> Status:
    return Status(status, code, **more)


BODY = {"choices": [{"message": {"content": "x"}, "finish_reason": "length"}]}

FAULTS: list[tuple[Misbehaviour, type[PromptkitError], str, str, int]] = [
    (an_error(401, "invalid_api_key"), ProviderError, "failed", "check the key", 3),
    (an_error(400, "unsupported_value"), ProviderError, "failed", "temperature", 3),
    (an_error(404), ProviderError, "failed", "check rewriter.base_url", 3),
    (an_error(429, "insufficient_quota"), QuotaError, "failed", "add credit", 4),
    (an_error(429, retry_after=500), RateLimitedError, "failed", "try again later", 3),
    (an_error(400, "content_policy_violation"), RefusedError, "refused", "policy", 3),
    (Html(), UnusableError, "unusable", "none that chat services give (text/html)", 3),
    (Said(body=[]), UnusableError, "unusable", "none that chat services give", 3),
    (Said(body={"choices": []}), UnusableError, "unusable", "holds no text", 3),
    (Said(body={"choices": [3]}), UnusableError, "unusable", "holds no text", 3),
    (Said(body={"choices": [{"message": {}}]}), UnusableError, "unusable", "holds no text", 3),
    (Said(body=BODY), UnusableError, "unusable", "raise rewriter.out_max", 3),
    (
        Said(body={"choices": [{"message": {"refusal": "I will not."}}]}),
        RefusedError,
        "refused",
        "I will not.",
        3,
    ),
    (Stall(5), InDoubtError, "in_doubt", "may have been billed", 5),
    (Cut(), InDoubtError, "in_doubt", "may have been billed", 5),
    (Hangup(), InDoubtError, "in_doubt", "may have been billed", 5),
]


@pytest.mark.parametrize(
    ("fault", "kind", "state", "said", "code"), FAULTS, ids=lambda value: str(value)[:40]
)
def test_an_error_means_what_it_means_for_pictures(
    fault: Misbehaviour,
    kind: type[PromptkitError],
    state: str,
    said: str,
    code: int,
    tmp_path: Path,
) -> None:
    with a_desk(tmp_path, better, fault) as desk:
        timeout = 1 if isinstance(fault, Stall) else 60
        with pytest.raises(PromptkitError) as caught:
            desk.rewrite(config={"rewriter.timeout": timeout})
        assert type(caught.value) is kind
        assert said in str(caught.value)
        assert caught.value.exit_code == code
        assert desk.rows() == [(state,)]
        assert len(desk.chat.requests) == 1
        _no_key(desk, str(caught.value), json.dumps(caught.value.as_dict()))


def test_what_is_in_doubt_is_not_paid_again_unless_somebody_says_so(tmp_path: Path) -> None:
    with a_desk(tmp_path, better, Hangup()) as desk:
        with pytest.raises(InDoubtError):
            desk.rewrite()
        with pytest.raises(InDoubtError, match=r"this rewriting was asked for on 20\d\d-"):
            desk.rewrite()
        assert len(desk.chat.requests) == 1
        assert desk.rewrite(resend=True).wording.rewritten_by
        assert desk.rows() == [("in_doubt",), ("done",)]


def test_a_passing_fault_is_got_over(tmp_path: Path) -> None:
    with a_desk(tmp_path, better, Status(503), Status(429, retry_after=0.01)) as desk:
        assert desk.rewrite().wording.rewritten_by
        assert len(desk.chat.requests) == 3
        assert desk.chat.texts_charged == 1


def test_an_answer_too_large_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_module, "MAX_TEXT", 2**20)
    with a_desk(tmp_path, ever(lambda said: said * 2000)) as desk:
        with pytest.raises(UnusableError, match="larger than 1 MiB"):
            desk.rewrite()
        assert desk.rows() == [("unusable",)]


def test_words_that_no_file_can_hold_are_replaced(tmp_path: Path) -> None:
    body = {"choices": [{"message": {"content": "lone \ud800 half"}, "finish_reason": "stop"}]}
    with a_desk(tmp_path, better, Said(body=body)) as desk:
        desk.rewrite()
        assert desk.chat.said(1)[2]["content"] == "lone ? half"


# The key, and what is missing


def _no_key(desk: Desk, *said: str) -> None:
    for path in desk.folder.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path
    assert not [text for text in said if KEY in text]
    for request in desk.chat.requests:
        headers = dict(request.headers)
        assert headers.pop("authorization") == f"Bearer {KEY}"
        assert KEY not in str(headers) + str(request.fields) + request.path


def test_the_key_is_nowhere_but_in_its_header(tmp_path: Path) -> None:
    leak = Status(401, "invalid_api_key", message=f"Incorrect API key provided: {KEY}")
    with a_desk(tmp_path, better, leak) as desk:
        done = _run(desk, "compose", *BRIEF, "--model", FLARE, "--rewrite", code=3)
        _run(desk, "compose", *BRIEF, "--model", FLARE, "--rewrite")
        _no_key(desk, done)


def test_a_cached_text_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_desk(tmp_path) as desk:
        desk.rewrite()
        monkeypatch.delenv("SCRIBE_KEY")
        assert desk.rewrite().wording.rewritten_by
        with pytest.raises(SettingsError, match="rewriter needs a key") as caught:
            desk.rewrite(product="round tin")
        assert "leave out --rewrite" in str(caught.value)
        assert desk.rows() == [("done",), ("done",)]


def test_a_free_one_needs_neither_key_nor_price(tmp_path: Path) -> None:
    with a_desk(tmp_path, counts=False) as desk:
        (desk.folder / "promptkit.yaml").write_text(
            "promptkit: project/v1\n"
            f"rewriter: {{base_url: '{desk.chat.base_url}', model: scribe-1, free: true}}\n"
        )
        desk.chat.expected_key = "none"
        with pytest.raises(ProviderError, match="Incorrect API key"):
            desk.rewrite()
        assert "authorization" not in desk.chat.requests[0].headers
        desk.chat._check_key = lambda request: None  # type: ignore[method-assign]
        desk.rewrite(config={"budget.per_day": 0})
        assert desk.rows("state, cost, estimated")[-1] == ("done", 0, 0)


def test_a_project_without_a_rewriter_says_what_to_type(tmp_path: Path) -> None:
    with Kit(tmp_path) as kit:
        composed = kit.compose("packshot", "tidewell", CAN, model=FLARE)
        with pytest.raises(SettingsError, match=r"no rewriter is set\n  → add to promptkit.yaml"):
            kit.rewrite(composed)
    assert not (tmp_path / ".promptkit").exists()


def test_a_text_whose_file_is_no_text_is_told(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.rewrite()
        (file,) = (desk.folder / ".promptkit" / "pictures").rglob("*.txt")
        file.write_bytes(b"\xff\xfe")
        with pytest.raises(PromptkitError, match="a text that was paid for cannot be read"):
            desk.rewrite()


# The command line


def _run(desk: Desk, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*arguments, "--project", str(desk.folder), "--json"])
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


def test_the_command_line_hands_over_only_with_its_flag(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        plain = json.loads(_run(desk, "compose", *BRIEF, "--model", FLARE))
        said = json.loads(_run(desk, "compose", *BRIEF, "--model", FLARE, "--rewrite"))
        assert (plain["rewritten_by"], said["rewritten_by"]) == ("", "rewriter/scribe-1")
        assert said["text"] == better(plain["text"], 1)
        assert said["native"] == plain["native"]
        run = json.loads(_run(desk, "preview", *BRIEF, "--rewrite"))
        made = json.loads(_run(desk, "generate", *BRIEF, "--rewrite"))
        assert len(desk.chat.requests) == 1
        for image in (*run["images"], *made["images"]):
            assert image["rewritten_by"] == "rewriter/scribe-1"


@pytest.mark.parametrize("as_json", [True, False])
def test_words_that_were_paid_and_not_taken_are_told(as_json: bool, tmp_path: Path) -> None:
    with a_desk(tmp_path, ever(lambda said: said.replace("#F4E9D8", "sand"))) as desk:
        for verb in (["preview", *BRIEF, "--rewrite"], ["final", "last", "--pick", "1"]):
            asked = len(desk.chat.requests)
            where = ["--project", str(desk.folder), *["--json"] * as_json]
            done = CliRunner().invoke(app, [*verb, *where], env={"COLUMNS": "1000"})
            assert done.exit_code == 0, done.output
            assert "warning: the prompt stands as it was" in done.stderr
            assert done.stderr.count("[rewrite-refused]") == 1
            spent = COST * (len(desk.chat.requests) - asked)
            assert spent
            if as_json:
                said = json.loads(done.stdout)
                assert Decimal(str(said["rewrite_usd"])) == spent
                pictures = sum(Decimal(str(image["cost_usd"])) for image in said["images"])
                assert Decimal(str(said["cost_usd"])) == pictures + spent
                assert said["findings"][-1]["rule"] == "rewrite-refused"
            else:
                assert f", {money(spent)} of it for rewriting" in done.stdout


def test_a_runs_cost_is_what_the_ledger_has_for_it(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk, desk.kit() as kit:
        run = kit.preview(kit.compose("packshot", "tidewell", CAN, rewrite=True))
        kit.final(run, pick=1)
        booked = {row.name: row.cost for row in kit.usage(by="run")}
        assert kit.run(run.id).cost == booked[run.id]
        assert kit.preview(kit.compose("packshot", "tidewell", CAN, rewrite=True)).cost == 0


def test_many_briefs_tell_whose_words_were_not_taken(tmp_path: Path) -> None:
    with a_desk(tmp_path, ever(lambda said: said.replace("#F4E9D8", "sand"))) as desk:
        rows = tmp_path / "rows.csv"
        rows.write_text("id,product\none,slim can\ntwo,tin\n", encoding="utf-8")
        told = ["preview", "packshot", "--brand", "tidewell", "--inputs", str(rows), "-n", "1"]
        where = ["--rewrite", "--project", str(desk.folder)]
        done = CliRunner().invoke(app, [*told, *where], env={"COLUMNS": "1000"})
        assert done.exit_code == 0, done.output
        lines = [line for line in done.stdout.splitlines() if line.startswith("Not rewritten")]
        assert [line.split()[2] for line in lines] == ["one:", "two:"]


@pytest.mark.parametrize("flag", ["--matrix", "--watch"])
def test_many_prompts_are_not_handed_over_at_once(flag: str, tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        said = json.loads(_run(desk, "compose", *BRIEF, "--rewrite", flag, code=2))
        assert said["findings"][0]["rule"] == "rewrite-one"
        assert not desk.chat.requests


def test_one_that_is_in_doubt_ends_with_five(tmp_path: Path) -> None:
    with a_desk(tmp_path, better, Stall(5)) as desk:
        brief = [*BRIEF, "--rewrite", "--config", "rewriter.timeout=1"]
        said = json.loads(_run(desk, "preview", *brief, code=5))
        assert said["error"] == "InDoubtError"
        assert not desk.pictures.requests  # nothing is drawn in words that nobody chose
