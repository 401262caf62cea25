from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from PIL import Image

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
    Upload,
)

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"
SMALL = {"model": "gpt-image-2", "prompt": "a red fox", "size": "1024x640", "quality": "low"}
PLAIN = {"model": "some-model", "prompt": "a red fox"}
KEY = f"Bearer {FakeOpenAI.expected_key}"
KEYED = {"authorization": KEY, "content-type": "application/json"}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def refusal(self) -> tuple[int, str | None, str | None]:
        return self.status, self.json["error"]["param"], self.json["error"]["code"]

    @property
    def pictures(self) -> list[Image.Image]:
        encoded = [item["b64_json"] for item in self.json["data"]]
        return [opened(base64.b64decode(text, validate=True)) for text in encoded]


class Client(HTTPConnection):
    """One connection, kept alive: every test also tells whether the fake leaves it in order."""

    def __init__(self, fake: FakeOpenAI) -> None:
        super().__init__(urlsplit(fake.base_url).netloc, timeout=5)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.request(method, path, body, {"authorization": KEY} | named)
        response = self.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, received, response.read())

    def post(self, fields: Any, path: str = GENERATIONS, **headers: str) -> Answer:
        body = json.dumps(fields).encode()
        return self.ask("POST", path, body, content_type="application/json", **headers)

    def post_form(self, fields: dict[str, str], *files: Upload) -> Answer:
        plain = [Upload(name, "", "", value.encode()) for name, value in fields.items()]
        body = b"".join(map(part, (*files, *plain)))
        kind = 'multipart/form-data; boundary="x-x"'
        return self.ask("POST", EDITS, body + b"--x-x--\r\n", content_type=kind)


def part(upload: Upload) -> bytes:
    head = f'--x-x\r\nContent-Disposition: form-data; name="{upload.field}"'
    if upload.filename:
        head += f'; filename="{upload.filename}"\r\nContent-Type: {upload.media_type}'
    return f"{head}\r\n\r\n".encode() + upload.data + b"\r\n"


def opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def png(field_name: str = "image[]", size: tuple[int, int] = (8, 8), mode: str = "RGBA") -> Upload:
    file = BytesIO()
    Image.new(mode, size).save(file, "png")
    return Upload(field_name, "ref.png", "image/png", file.getvalue())


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        yield running


@pytest.fixture
def client(fake: FakeOpenAI) -> Iterator[Client]:
    with closing(Client(fake)) as connected:
        yield connected


def test_a_generation_is_answered_like_the_real_one(fake: FakeOpenAI, client: Client) -> None:
    answer = client.post(SMALL | {"background": "auto"})
    said = answer.json
    assert answer.status == 200
    assert [picture.size for picture in answer.pictures] == [(1024, 640)]
    resolved = (said[name] for name in ("size", "quality", "background", "output_format"))
    assert tuple(resolved) == ("1024x640", "low", "opaque", "png")
    assert said["usage"].pop("input_tokens_details") == {"text_tokens": 4, "image_tokens": 0}
    assert said["usage"] == {"input_tokens": 4, "output_tokens": 122, "total_tokens": 126}
    assert answer.headers["x-request-id"] == "req_fake_1"
    assert answer.headers["x-ratelimit-remaining-requests"] == "4999"
    assert answer.headers["x-ratelimit-reset-requests"] == "6m0s"


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_the_format_asked_for_is_the_format_sent(client: Client, kind: str) -> None:
    (picture,) = client.post(SMALL | {"output_format": kind, "output_compression": 60}).pictures
    assert picture.format == kind.upper()


def test_every_picture_differs_and_is_charged(fake: FakeOpenAI, client: Client) -> None:
    answers = [client.post(SMALL | {"n": 2}), client.post(SMALL | {"background": "transparent"})]
    pictures = [picture for answer in answers for picture in answer.pictures]
    assert len({picture.tobytes() for picture in pictures}) == fake.pictures_charged == 3
    assert pictures[-1].mode == "RGBA"
    assert answers[0].json["usage"]["output_tokens"] == 244


ALLOWED: list[dict[str, Any]] = [
    {"size": "3840x2160"},
    {"size": "1024x640", "quality": "auto", "moderation": "low", "user": "u"},
    {"model": "gpt-image-2.5-flare", "quality": "xhigh"},
    {"model": "gpt-image-2.6-flare", "quality": "max", "complexity": "low"},
    {"model": "gpt-image-1.5", "size": "1024x1536"},
]


@pytest.mark.parametrize("fields", ALLOWED)
def test_the_edges_of_what_is_allowed(client: Client, fields: dict[str, Any]) -> None:
    assert client.post(SMALL | fields).status == 200


BAD_VALUES: dict[str, list[Any]] = {
    "model": [["gpt-image-2"], None],
    "prompt": ["x" * 32_001, ""],
    "n": [0, 11, "2", True],
    "size": ["big", "1024x630", "640x1008", "3856x2048", "3840x2176", "2048x512"],
    "quality": ["hd", "xhigh"],
    "complexity": ["low"],
    "background": ["blue"],
    "output_format": ["gif"],
    "output_compression": [101],
    "moderation": ["none"],
    "partial_images": [4],
}
CLASHING: list[tuple[str, dict[str, Any]]] = [
    ("background", {"background": "transparent", "output_format": "jpeg"}),
    ("size", {"model": "gpt-image-1-mini", "size": "1024x640"}),
    ("complexity", {"model": "gpt-image-2.5-flare", "complexity": "high"}),
    ("stream", {"stream": True, "n": 2}),
]
REFUSED = [(name, {name: value}) for name, values in BAD_VALUES.items() for value in values]


@pytest.mark.parametrize(("param", "fields"), REFUSED + CLASHING)
def test_bad_values_are_refused(client: Client, param: str, fields: dict[str, Any]) -> None:
    assert client.post(SMALL | fields).refusal == (400, param, "invalid_value")


def test_an_unknown_parameter_is_refused_in_the_words_of_the_real_one(client: Client) -> None:
    error = client.post(SMALL | {"negative_prompt": "blur"}).json["error"]
    assert error.pop("message") == "Unknown parameter: 'negative_prompt'."
    assert error.pop("type") == "invalid_request_error"
    assert error == {"param": "negative_prompt", "code": "unknown_parameter"}


def test_what_is_missing_or_unreadable_is_refused(fake: FakeOpenAI, client: Client) -> None:
    assert client.post({"prompt": "x"}).refusal == (400, "model", "missing_required_parameter")
    assert client.post(["a list"]).status == 400
    assert client.ask("POST", GENERATIONS, b"{", content_type="application/json").status == 400
    assert client.ask("POST", EDITS, b"x", content_type="multipart/form-data").status == 400
    assert client.ask("GET", "/v1/nowhere").status == 404
    assert (len(fake.requests), fake.pictures_charged) == (5, 0)


@pytest.mark.parametrize("model", ["gpt-image-9", "gpt-image-1", "dall-e-3"])
def test_models_unknown_or_shut_down(client: Client, model: str) -> None:
    assert client.post(SMALL | {"model": model}).refusal == (404, None, "model_not_found")


@pytest.mark.parametrize("header", ["Bearer sk-other", "", "sk-canary"])
def test_the_key_is_checked(client: Client, header: str) -> None:
    assert client.post(SMALL, authorization=header).refusal == (401, None, "invalid_api_key")


def test_a_request_is_kept_as_it_arrived(fake: FakeOpenAI, client: Client) -> None:
    chunks = iter([json.dumps(SMALL)[:9].encode(), json.dumps(SMALL)[9:].encode()])
    client.ask("POST", GENERATIONS, chunks, content_type="application/json", X_Trace="one")
    (request,) = fake.requests
    assert (request.method, request.path, request.fields) == ("POST", GENERATIONS, SMALL)
    assert (request.content_type, request.headers["x-trace"]) == ("application/json", "one")
    assert client.post(SMALL).status == 200


def test_an_edit_as_a_form(fake: FakeOpenAI, client: Client) -> None:
    files = (png(), png(size=(4, 4)), png("mask"))
    answer = client.post_form(SMALL | {"n": "2"}, *files)
    assert len(answer.pictures) == 2
    assert answer.json["usage"]["input_tokens_details"]["image_tokens"] == 600
    (request,) = fake.requests
    assert (request.fields, request.files) == (SMALL | {"n": "2"}, list(files))


def test_an_edit_as_json(client: Client) -> None:
    inline = {"image_url": f"data:image/png;base64,{base64.b64encode(png().data).decode()}"}
    fields = SMALL | {"images": [inline, {"file_id": "file-1"}], "mask": inline}
    answer = client.post(fields, EDITS)
    assert answer.json["usage"]["input_tokens_details"]["image_tokens"] == 600


BAD_FILES: list[tuple[list[Upload], str, str]] = [
    ([], "image", "missing_required_parameter"),
    ([png("mask")], "image", "missing_required_parameter"),
    ([png()] * 17, "image", "invalid_value"),
    ([png("image")] * 2, "image", "duplicate_parameter"),
    ([png("picture")], "picture", "unknown_parameter"),
    ([png()._replace(media_type="image/gif")], "image[]", "unsupported_file_mimetype"),
    ([png()._replace(media_type="image/webp")], "image[]", "invalid_image_file"),
    ([png()._replace(data=b"text")], "image[]", "invalid_image_file"),
    ([png(), png("mask", (4, 4))], "mask", "invalid_mask_image_format"),
    ([png(), png("mask", mode="RGB")], "mask", "invalid_mask_image_format"),
]


@pytest.mark.parametrize(("files", "param", "code"), BAD_FILES)
def test_bad_forms_are_refused(client: Client, files: list[Upload], param: str, code: str) -> None:
    assert client.post_form(SMALL, *files).refusal == (400, param, code)


BAD_REFERENCES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "images", "missing_required_parameter"),
    ({"images": [{"image_url": "https://a.test", "file_id": "f"}]}, "images", "invalid_value"),
    ({"images": [{"url": "https://a.test/a.png"}]}, "images", "invalid_value"),
    ({"images": [{"image_url": "data:image/png;base64,%"}]}, "images", "invalid_value"),
    ({"image": "x"}, "image", "unknown_parameter"),
    ({"input_fidelity": "high"}, "input_fidelity", "invalid_value"),
]


@pytest.mark.parametrize(("fields", "param", "code"), BAD_REFERENCES)
def test_bad_references_are_refused(client: Client, fields: Any, param: str, code: str) -> None:
    assert client.post(SMALL | fields, EDITS).refusal == (400, param, code)


def test_the_guide_answers_with_a_link() -> None:
    with FakeOpenAI(dialect="guide") as fake, closing(Client(fake)) as client:
        reference = base64.b64encode(png().data).decode()
        extra = {"quality": "hd", "negative_prompt": "blur", "reference_image": reference}
        answer = client.post(PLAIN | {"size": "512x256"} | extra)
        assert set(answer.json) == {"created", "data"}
        link = urlsplit(answer.json["data"][0]["url"])
        assert link.netloc == urlsplit(fake.base_url).netloc
        picture = client.ask("GET", link.path)
        assert picture.headers["content-type"] == "image/png"
        assert opened(picture.body).size == (512, 256)
        assert client.post(PLAIN | {"response_format": "b64_json"}).pictures


def test_the_guide_refuses_what_it_does_not_know() -> None:
    with FakeOpenAI(dialect="guide") as fake, closing(Client(fake)) as client:
        assert client.post(PLAIN | {"user": "u"}).refusal == (400, "user", "unknown_parameter")
        assert client.post(PLAIN | {"quality": "low"}).refusal == (400, "quality", "invalid_value")
        assert client.post(PLAIN, EDITS).status == 404


def test_statuses_of_the_script(fake: FakeOpenAI, client: Client) -> None:
    blocked = {"moderation_stage": "input", "categories": ["violence"]}
    fake.script += [
        Status(429, code="rate_limit_exceeded", retry_after=0.05),
        Status(429, code="insufficient_quota"),
        Status(400, code="moderation_blocked", moderation=blocked),
        Status(503, code="slow_down"),
        Status(500),
    ]
    answers = [client.post(SMALL) for _ in range(6)]
    assert [answer.status for answer in answers] == [429, 429, 400, 503, 500, 200]
    assert answers[0].headers.items() >= {"retry-after": "0.05", "retry-after-ms": "50"}.items()
    assert answers[1].json["error"]["type"] == answers[1].json["error"]["code"]
    assert answers[2].json["error"]["type"] == "image_generation_user_error"
    assert answers[2].json["error"]["moderation_details"] == blocked
    assert answers[4].json["error"]["code"] is None
    assert (fake.pictures_charged, fake.script) == (1, [])


def test_broken_connections_are_charged(fake: FakeOpenAI, client: Client) -> None:
    fake.script += [Cut(), Hangup()]
    with pytest.raises(IncompleteRead):
        client.post(SMALL)
    client.close()
    with pytest.raises(RemoteDisconnected):
        client.post(SMALL)
    assert fake.pictures_charged == 2
    assert client.post(SMALL).status == 200


def test_the_script_may_say_what_is_charged(fake: FakeOpenAI, client: Client) -> None:
    fake.script += [Empty(charge=False), Html(charge=True), Status(500, charge=True)]
    charged = [(client.post(SMALL), fake.pictures_charged)[1] for _ in range(3)]
    assert charged == [0, 1, 2]


def test_a_stall_answers_late(fake: FakeOpenAI, client: Client) -> None:
    fake.script.append(Stall(0.1))
    before = time.monotonic()
    assert client.post(SMALL).pictures
    assert time.monotonic() - before >= 0.1


def test_answers_without_a_picture(fake: FakeOpenAI, client: Client) -> None:
    fake.script += [Html(), BadBase64(), Truncated(), NotAPicture(), Empty()]
    page, letters, half, prose, nothing = (client.post(SMALL) for _ in range(5))
    assert (page.status, page.headers["content-type"]) == (200, "text/html")
    with pytest.raises(ValueError, match="base64"):
        _ = letters.pictures
    with pytest.raises(OSError, match="truncated"):
        _ = half.pictures
    with pytest.raises(OSError, match="cannot identify"):
        _ = prose.pictures
    assert (nothing.status, nothing.json["data"]) == (200, [])
    assert fake.pictures_charged == 4
    assert client.post(SMALL).pictures


def test_a_link_can_lead_to_half_a_picture() -> None:
    with FakeOpenAI("guide", [Truncated()]) as fake, closing(Client(fake)) as client:
        link = urlsplit(client.post(PLAIN).json["data"][0]["url"])
        with pytest.raises(OSError, match="truncated"):
            opened(client.ask("GET", link.path).body)


def status_of_one_post(fake: FakeOpenAI) -> int:
    with closing(Client(fake)) as client:
        return client.post(SMALL).status


def test_the_peak_of_simultaneous_posts_is_seen() -> None:
    fake = FakeOpenAI(script=[Status(500)] * 2, delay_s=0.2)
    with fake, ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(status_of_one_post, [fake] * 4))
    assert sorted(statuses) == [200, 200, 500, 500]
    assert fake.max_concurrent_seen == 4


def test_posts_in_a_row_are_never_simultaneous(fake: FakeOpenAI) -> None:
    for _ in range(5):
        status_of_one_post(fake)
    assert fake.max_concurrent_seen == 1


def test_stopping_waits_for_nobody_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    fake = FakeOpenAI(script=[Misbehaviour(), Stall(60)])
    with fake, closing(Client(fake)) as idle, closing(Client(fake)) as stalled:
        idle.post(SMALL)
        stalled.request("POST", GENERATIONS, json.dumps(SMALL), KEYED)
        deadline = time.monotonic() + 2
        while fake.pictures_charged < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
    assert fake.pictures_charged == 2
    assert set(threading.enumerate()) == before


def test_a_client_that_leaves_is_no_failure_of_the_fake(fake: FakeOpenAI, client: Client) -> None:
    client.request("POST", GENERATIONS, "{", KEYED | {"content-length": "9"})
    client.close()
    assert client.post(SMALL).status == 200
    assert len(fake.requests) == 1


def test_a_failure_of_the_fake_itself_is_not_hidden() -> None:
    fake = FakeOpenAI(script=[None])  # type: ignore[list-item]
    fake.__enter__()
    with pytest.raises(RemoteDisconnected):
        status_of_one_post(fake)
    with pytest.raises(ExceptionGroup, match="the fake itself"):
        fake.__exit__(None)
