"""A project set up by its promptkit.yaml alone, from the command line down to the socket."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fake_openai import (
    BadBase64,
    Cut,
    Empty,
    FakeOpenAI,
    Hangup,
    Html,
    Misbehaviour,
    NotAPicture,
    Stall,
    Status,
    Truncated,
)
from promptkit import InDoubtError, Kit, PromptkitError, ProviderError
from promptkit.client import client as client_module
from promptkit.observe import Event
from test_observe_otel import Sdk

CAN = {"product": "slim 330 ml can"}
BRIEF = ["packshot", "--brand", "tidewell", "--set", "product=slim 330 ml can"]

OPENAI = """\
promptkit: project/v1
tiers:
  preview: {{model: openai/gpt-image-2.5-flare, quality: low, n: 3}}
  final: {{model: openai/gpt-image-2.6-sunburst, quality: low, from_preview: refine}}
providers:
  openai:
    base_url: {url}
    key_env: SHOP_KEY
"""
TRANSIT = """\
promptkit: project/v1
tiers:
  preview: {{model: transit/gpt-image-1, quality: standard, n: 2}}
  final: {{model: transit/gpt-image-1, quality: high, from_preview: refine}}
providers:
  transit: {{type: openai, dialect: guide, base_url: "{url}", key_env: SHOP_KEY}}
"""


@dataclass
class Shop:
    """A project's folder, the provider that it is set up for, and what was printed about it."""

    folder: Path
    fake: FakeOpenAI
    said: list[str] = field(default_factory=list)

    def kit(self) -> Kit:
        return Kit(self.folder)

    def run(self, *arguments: str, code: int = 0, env: Mapping[str, str] | None = None) -> Any:
        """Run the command line in a process of its own, and return the one object it prints."""
        command = [sys.executable, "-m", "promptkit", *arguments, "--json"]
        done = subprocess.run(
            command, cwd=self.folder, env=os.environ | (env or {}), capture_output=True, text=True
        )
        self.said += [done.stdout, done.stderr]
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture(autouse=True)
def _ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home and the folder for temporary files lie in the test's own, so that both can be read."""
    for name, variables in {"home": ["HOME", "USERPROFILE"], "tmp": ["TMPDIR", "TEMP"]}.items():
        (tmp_path / name).mkdir()
        for variable in variables:
            monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(client_module, "BACKOFF", 0.01)
    monkeypatch.setenv("SHOP_KEY", FakeOpenAI.expected_key)


def a_shop(tmp_path: Path, fake: FakeOpenAI, text: str) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "promptkit.yaml").write_text(text.format(url=fake.base_url))
    return Shop(folder, fake)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with FakeOpenAI() as fake:
        yield a_shop(tmp_path, fake, OPENAI)


@pytest.fixture
def transit(tmp_path: Path) -> Iterator[Shop]:
    with FakeOpenAI("guide") as fake:
        yield a_shop(tmp_path, fake, TRANSIT)


# Three previews and a final


def test_three_previews_and_a_final_are_four_pictures_once(shop: Shop) -> None:
    for number in (1, 2):
        with shop.kit() as kit:
            run = kit.preview(kit.compose("packshot", "tidewell", CAN))
            final = kit.final(run, pick=2)
        assert shop.fake.pictures_charged == len(shop.fake.requests) == 4
        assert [image.cached for image in run.images] == [number == 2] * 3
        assert final.cached == (number == 2)
        assert (run.cost > 0, final.cost > 0) == ((True, True) if number == 1 else (False, False))
        assert all(image.path.is_file() for image in [*run.images, final])
    (row,) = [row for row in kit.usage("tier") if row.name == "preview"]
    assert (row.paid, row.cached) == (3, 3)


def test_the_command_line_and_the_library_pay_for_the_same_pictures_once(shop: Shop) -> None:
    run = shop.run("preview", *BRIEF)
    final = shop.run("final", run["run"], "--pick", "2")
    assert shop.fake.pictures_charged == 4
    assert [image["cached"] for image in run["images"] + final["images"]] == [False] * 4
    with shop.kit() as kit:
        again = kit.preview(kit.compose("packshot", "tidewell", CAN))
        assert kit.final(again, pick=2).cached
    assert all(image.cached for image in again.images)
    assert shop.fake.pictures_charged == 4
    usage = kit.usage("model")
    assert (sum(row.paid for row in usage), sum(row.cached for row in usage)) == (4, 4)
    assert sum(row.cost for row in usage) == sum(row.saved for row in usage) > 0


def test_nothing_is_sent_that_openai_does_not_know(shop: Shop) -> None:
    """The fake answers 400 to a parameter that OpenAI does not know; brands have many to tell."""
    with shop.kit() as kit:
        for template, brand, inputs in (
            ("packshot", "northbeam", {"product": "tablet"}),
            ("product-hero", "tidewell", {"product": "can", "headline": "Low tide"}),
        ):
            run = kit.preview(kit.compose(template, brand, inputs), n=1)
            kit.final(run, pick=1)
            kit.final(run, pick=1, mode="regenerate")
    assert shop.fake.pictures_charged == len(shop.fake.requests) == 6
    for request in shop.fake.requests:
        assert set(request.fields) <= {
            "model",
            "prompt",
            "n",
            "size",
            "quality",
            "output_format",
            "background",
        }


def test_a_refinement_sends_the_preview_first(shop: Shop) -> None:
    with shop.kit() as kit:
        run = kit.preview(kit.compose("packshot", "tidewell", CAN))
        kit.final(run, pick=3)
    *previews, edit = shop.fake.requests
    assert {request.path for request in previews} == {"/v1/images/generations"}
    assert edit.path == "/v1/images/edits"
    first = edit.files[0]
    assert (first.field, first.data) == ("image[]", run.images[2].path.read_bytes())
    assert edit.fields["prompt"].count("Image 1 is the approved preview") == 1


def test_two_kits_in_one_process_pay_for_a_preview_once(shop: Shop) -> None:
    shop.fake.delay_s = 0.1

    def draw(_: int) -> list[bool]:
        with shop.kit() as kit:
            run = kit.preview(kit.compose("packshot", "tidewell", CAN), n=2)
            return [image.cached for image in run.images]

    with ThreadPoolExecutor(2) as pool:
        cached = [*pool.map(draw, range(2))]
    assert shop.fake.pictures_charged == 2
    assert sorted(cached[0] + cached[1]) == [False, False, True, True]


def test_twelve_threads_on_one_kit_pay_for_a_preview_once(shop: Shop) -> None:
    shop.fake.delay_s = 0.1
    with shop.kit() as kit, ThreadPoolExecutor(12) as pool:
        composed = kit.compose("packshot", "tidewell", CAN)
        runs = [*pool.map(lambda _: kit.preview(composed, n=1), range(12))]
    assert shop.fake.pictures_charged == len(shop.fake.requests) == 1
    assert sum(not run.images[0].cached for run in runs) == 1


# The guide's dialect


def test_the_guides_dialect_is_spoken_as_the_guides_have_it(transit: Shop) -> None:
    for _ in range(2):
        with transit.kit() as kit:
            run = kit.preview(kit.compose("packshot", "tidewell", CAN))
            final = kit.final(run, pick=1)
        assert transit.fake.pictures_charged == 3
    posts = [request for request in transit.fake.requests if request.method == "POST"]
    links = [request for request in transit.fake.requests if request.method == "GET"]
    assert (len(posts), len(links)) == (3, 3)
    assert [post.fields["quality"] for post in posts] == ["standard", "standard", "hd"]
    for post in posts:
        assert post.fields["negative_prompt"]
        assert post.fields["style"] in ("natural", "vivid")
        assert {"output_format", "background"}.isdisjoint(post.fields)
    preview = run.images[0].path.read_bytes()
    assert base64.b64decode(posts[2].fields["reference_image"]) == preview
    assert all("authorization" not in link.headers for link in links)
    assert final.cached


def test_the_guides_dialect_works_from_the_command_line(transit: Shop) -> None:
    run = transit.run("preview", *BRIEF)
    final = transit.run("final", "last", "--pick", "2")
    assert [image["quality"] for image in run["images"] + final["images"]] == [
        "standard",
        "standard",
        "hd",
    ]
    assert (final["images"][0]["cached"], transit.fake.pictures_charged) == (False, 3)


# In doubt


def test_what_is_in_doubt_is_asked_again_on_request_alone(tmp_path: Path) -> None:
    with FakeOpenAI(script=[Hangup()]) as fake:
        shop = a_shop(tmp_path, fake, OPENAI)
        brief = ["preview", *BRIEF, "-n", "1"]
        said = shop.run(*brief, code=5)
        assert (said["error"], fake.pictures_charged) == ("InDoubtError", 1)
        assert "--resend" in said["fix"]
        with shop.kit() as kit, pytest.raises(InDoubtError):
            kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
        assert len(fake.requests) == 1, "the server was not asked again"
        assert [row.in_doubt for row in kit.usage()] == [1]
        again = shop.run(*brief, "--resend")
        assert (again["images"][0]["cached"], fake.pictures_charged) == (False, 2)


def test_what_is_in_doubt_can_be_asked_about_by_its_id(tmp_path: Path) -> None:
    """The head of the answer came, and then the connection broke."""
    with FakeOpenAI(script=[Cut()]) as fake:
        shop = a_shop(tmp_path, fake, OPENAI)
        brief = ["preview", *BRIEF, "-n", "1"]
        said = shop.run(*brief, code=5)
        again = shop.run(*brief, code=5)
    for told in (said, again):
        assert told["request_id"] == "req_fake_1"
        assert "ask for the request req_fake_1" in told["fix"]
    assert [doubt["request_id"] for doubt in shop.run("usage")["in_doubt"]] == ["req_fake_1"]
    decided = shop.run("resolve", "--all", "--paid")["decided"]
    assert [doubt["request_id"] for doubt in decided] == ["req_fake_1"]
    assert shop.run(*brief, code=5)["request_id"] == "req_fake_1", "lost, and still known by it"


# The key


TROUBLES: list[Misbehaviour] = [
    Status(400),
    Status(401, message=f"Incorrect API key provided: {FakeOpenAI.expected_key}."),
    Status(400, code="moderation_blocked", moderation={"moderation_stage": "input"}),
    Status(429, code="insufficient_quota"),
    Status(429, headers={"x-should-retry": "false"}),
    Hangup(),
    Cut(),
    Stall(3),
    Html(),
    BadBase64(),
    Truncated(),
    NotAPicture(),
    Empty(),
]


def places_of_the_key(tmp_path: Path) -> list[str]:
    """Return every file below a test's folder that holds the key, however it is written."""
    key = FakeOpenAI.expected_key.encode()
    forms = [
        key,
        base64.b64encode(b"Bearer " + key)[:24],
        key[3:],
        key.decode().encode("utf-16-le"),
    ]
    return [
        str(path)
        for path in tmp_path.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


def faults_of_settings(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield what is said when nobody listens, and when the key or its variable is wrong."""
    key = shop.fake.expected_key
    faults: list[tuple[str, dict[str, str]]] = [
        (key, {"providers.openai.base_url": "http://127.0.0.1:1/v1"}),
        (key, {"providers.openai.key_env": key}),
        (f'"{key}"', {}),
        ("", {}),
    ]
    for value, config in faults:
        monkeypatch.setenv("SHOP_KEY", value)
        with pytest.raises(PromptkitError) as caught, Kit(shop.folder, config=config) as kit:
            kit.generate(kit.compose("packshot", "tidewell", CAN), first_take=50)
        yield f"{caught.value} {caught.value!r} {caught.value.as_dict()}"
    monkeypatch.setenv("SHOP_KEY", key)


def test_the_key_is_nowhere_whatever_happens(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(0)
    sdk, events = Sdk(), list[Event]()

    def look_on(event: Event) -> None:
        events.append(event)
        sdk.listener(event)

    with FakeOpenAI() as fake:
        shop = a_shop(tmp_path, fake, f"{OPENAI}observe: {{{{prompts: true}}}}\n")
        errors: list[str] = []
        with Kit(shop.folder, on_event=look_on) as kit:
            composed = kit.compose("packshot", "tidewell", CAN)
            kit.final(kit.preview(composed, n=1), pick=1)
        for take, trouble in enumerate(TROUBLES, 2):
            read = 0.15 if isinstance(trouble, Stall) else 60
            fake.script[:] = [trouble]
            config = {"providers.openai.timeouts.read": read}
            with Kit(shop.folder, config=config, on_event=look_on) as kit:
                with pytest.raises(ProviderError) as caught:
                    kit.preview(composed, n=1, first_take=take)
                error = caught.value
                errors += [str(error), repr(error), json.dumps(error.as_dict()), repr(vars(error))]
        errors += [*faults_of_settings(shop, monkeypatch)]
        fake.script[:] = [TROUBLES[1]]
        loud = {"PROMPTKIT_LOG": "debug", "PROMPTKIT_LOG_FORMAT": "json"}
        shop.run("preview", *BRIEF, "-n", "1", "--first-take", "40", code=3, env=loud)
        shop.run("preview", *BRIEF, "-n", "1", "--first-take", "41", env=loud)
    assert len(errors) == 4 * len(TROUBLES) + 4
    out, err = capfd.readouterr()
    settled = [event.told() for event in events if event.name == "settled"]
    assert sum("error" in told for told in settled) == len(TROUBLES)
    assert '"event": "asked"' in "".join(shop.said)
    seen = [f"{event!r} {event.told()}" for event in events]
    seen += [span.to_json() for span in sdk.spans]
    seen += [repr(vars(record)) for record in caplog.records]
    for text in [*errors, *shop.said, *seen, out, err, caplog.text]:
        assert fake.expected_key not in text
        assert fake.expected_key[3:] not in text
    assert places_of_the_key(tmp_path) == []


def test_the_search_for_the_key_would_find_it(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"authorization: Bearer {FakeOpenAI.expected_key}")
    assert places_of_the_key(tmp_path) == [str(tmp_path / "log")]


def test_the_first_picture_alone_needs_the_key(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.kit() as kit:
        kit.preview(kit.compose("packshot", "tidewell", CAN))
    monkeypatch.delenv("SHOP_KEY")
    with shop.kit() as kit:
        again = kit.preview(kit.compose("packshot", "tidewell", CAN))
        assert all(image.cached for image in again.images)
        with pytest.raises(PromptkitError, match="SHOP_KEY is not set"):
            kit.preview(kit.compose("packshot", "tidewell", CAN), first_take=9)
    assert shop.fake.pictures_charged == 3
