"""Servers of one's own are drawn with, without a key; what has no wire is only composed for."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from promptkit import Kit, ModelError, SettingsError

CAN = {"product": "slim 330 ml can"}
SETTINGS = """\
promptkit: project/v1
tiers:
  preview: {{model: local/{model}, n: 2}}
  final: {{model: local/{model}, from_preview: regenerate}}
providers:
  local: {{dialect: local, base_url: "{url}"}}
"""


class Server(ThreadingHTTPServer):
    """A server with one model loaded, which asks for no key and takes no field it does not know."""

    daemon_threads = True

    def __init__(self, known: set[str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.known = known
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append(body)
        self.server.keys.append(self.headers.get("authorization"))
        fits = body.keys() <= self.server.known and self.path == "/v1/images/generations"
        answer = {"data": [{"b64_json": _picture(body)}]} if fits else {"error": {"message": "no"}}
        data = json.dumps(answer).encode()
        self.send_response(200 if fits else 400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _picture(body: dict[str, Any]) -> str:
    width, height = map(int, body["size"].split("x"))
    file = BytesIO()
    Image.new("RGB", (width, height), (body.get("seed", 0) * 40, 90, 90)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server({"prompt", "n", "size", "negative_prompt", "seed", "response_format"}) as it:
        thread = threading.Thread(target=it.serve_forever, args=(0.01,))
        thread.start()
        yield it
        it.shutdown()
        thread.join()


def a_kit(folder: Path, settings: str) -> Kit:
    (folder / "promptkit.yaml").write_text(settings, encoding="utf-8")
    return Kit(folder)


@pytest.mark.parametrize("model", ["vllm-omni", "sglang"])
def test_a_server_of_ones_own_draws_for_nothing_and_without_a_key(
    tmp_path: Path, server: Server, model: str
) -> None:
    with a_kit(tmp_path, SETTINGS.format(model=model, url=server.url)) as kit:
        run = kit.preview(kit.compose("packshot", "tidewell", CAN))
        final = kit.final(run, pick=2)
    assert run.cost == final.cost == 0
    first, second, last = server.bodies
    assert {first["seed"], second["seed"]} == {1, 2}  # a take is a picture of its own
    assert last["seed"] == 2
    assert "model" not in first
    assert first["response_format"] == "b64_json"
    assert "alcoholic drinks" in first["negative_prompt"]
    assert "alcoholic drinks" not in first["prompt"]
    assert server.keys == [None] * 3
    with Image.open(final.path) as picture:
        assert f"{picture.width}x{picture.height}" == last["size"]


def test_sd_server_is_told_nothing_that_it_does_not_read(tmp_path: Path, server: Server) -> None:
    server.known = {"prompt", "n", "size"}
    with a_kit(tmp_path, SETTINGS.format(model="sd-server", url=server.url)) as kit:
        kit.generate(kit.compose("packshot", "tidewell", CAN))
    assert [body.keys() for body in server.bodies] == [server.known]


def test_a_key_that_the_settings_name_is_sent(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_KEY", "sk-own")
    settings = SETTINGS.format(model="sglang", url=server.url)
    settings = settings.replace("dialect: local,", "dialect: local, key_env: OWN_KEY,")
    with a_kit(tmp_path, settings) as kit:
        kit.generate(kit.compose("packshot", "tidewell", CAN))
    assert server.keys == ["Bearer sk-own"]


@pytest.mark.parametrize(
    ("model", "message", "fix"),
    [
        ("flux/flux.2-pro", "can be composed for, but not drawn with yet", "comp needs no key"),
        ("local/sglang", "no provider of this project speaks “local”", "local: {dialect: local"),
    ],
)
def test_a_model_without_a_provider_is_composed_for_and_not_drawn_with(
    tmp_path: Path, model: str, message: str, fix: str
) -> None:
    with Kit(tmp_path) as kit:
        composed = kit.compose("packshot", "tidewell", CAN, model=model)
        assert str(composed.model) == model
        assert "slim 330 ml can" in composed.text
        for draw in (kit.preview, kit.generate):
            with pytest.raises(ModelError, match=message) as caught:
                draw(composed)
            assert fix in (caught.value.findings[0].fix or "")
        run = kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
        with pytest.raises(ModelError, match=message):
            kit.final(run, pick=1, model=model, mode="regenerate")
        assert [shot.tier for shot in kit.run(run.id).record.shots] == ["preview"]


def test_a_dialect_of_another_wire_is_told_before_anything_is_sent(
    tmp_path: Path, server: Server
) -> None:
    settings = f'providers: {{shop: {{dialect: flux, base_url: "{server.url}"}}}}\n'
    with a_kit(tmp_path, settings) as kit:
        composed = kit.compose("packshot", "tidewell", CAN, model="shop/flux.2-pro")
        with pytest.raises(SettingsError, match="“flux” is not spoken over OpenAI's wire"):
            kit.preview(composed, n=1)
    assert server.bodies == []


def test_a_prompt_is_composed_with_the_models_own_fields(tmp_path: Path) -> None:
    with Kit(tmp_path) as kit:
        composed = kit.compose("packshot", "tidewell", CAN, model="ideogram/ideogram-v3")
        hero = kit.compose("product-hero", "hearth-and-ply", CAN, model="recraft/recraftv4_1")
    native = composed.wording.native
    assert native["color_palette"] == {"members": [{"color_hex": "#F4E9D8", "color_weight": 0.45}]}
    assert "alcoholic drinks" in native["negative_prompt"]
    assert native["style_type"] == "REALISTIC"
    assert hero.wording.native.keys() == {"controls"}
    assert hero.wording.native["controls"]["background_color"] == {"rgb": [237, 228, 214]}
    assert [color["rgb"] for color in hero.wording.native["controls"]["colors"]]
