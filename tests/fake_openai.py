"""A fake image provider on a real socket: OpenAI's images wire, as strict as the real one.

`dialect="guide"` is the other wire: the transit services that call themselves compatible and
follow a guide of 2025. A `script` makes it misbehave, one item for each image POST:

    with FakeOpenAI(script=[Status(429, code="rate_limit_exceeded"), Cut()]) as fake:
        ...  # point the client at fake.base_url, with fake.expected_key
    assert fake.pictures_charged == 1

A request that the provider would refuse is refused, and uses up its item of the script.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import math
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from socket import SHUT_RDWR, socket
from typing import Any, Literal, Self

from PIL import Image

from fake_openai_stream import Chunks, Said, Telling, events
from fake_openai_wire import (
    Delivery,
    Order,
    Received,
    Rejected,
    Reply,
    Upload,
    edit,
    error_reply,
    generation,
    guide,
    pixels,
    receive,
)

__all__ = [
    "BadBase64",
    "Bomb",
    "Cut",
    "Empty",
    "FakeOpenAI",
    "Hangup",
    "Html",
    "Misbehaviour",
    "NotAPicture",
    "NotStreamed",
    "Received",
    "Said",
    "Stall",
    "Status",
    "Streamed",
    "Telling",
    "Trickle",
    "Truncated",
    "Upload",
    "Zipped",
]

Dialect = Literal["openai", "guide"]
Data = list[dict[str, str]]


@dataclass(frozen=True)
class Misbehaviour:
    """Spoils one stage of an answer; `charge` tells whether its pictures are billed."""

    charge: bool = field(default=True, kw_only=True)

    def spoil_picture(self, picture: bytes) -> bytes:
        return picture

    def spoil_data(self, data: Data) -> Data:
        return data

    def spoil_reply(self, reply: Reply) -> Reply:
        return reply

    @property
    def telling(self) -> Telling:
        """How its answer is told when it is a stream."""
        return Telling()


@dataclass(frozen=True)
class Streamed(Misbehaviour):
    """Tells a stream in its own way."""

    how: Telling = field(default_factory=Telling)

    @property
    def telling(self) -> Telling:
        return self.how


@dataclass(frozen=True)
class NotStreamed(Misbehaviour):
    """Answers all at once what was to be a stream, as gateways do that do not know streams."""


@dataclass(frozen=True)
class Status(Misbehaviour):
    status: int
    code: str | None = None
    retry_after: float | None = None
    moderation: Mapping[str, Any] | None = None
    message: str = "The script of the fake says so."
    headers: Mapping[str, str] = field(default_factory=dict)
    charge: bool = field(default=False, kw_only=True)

    def spoil_reply(self, reply: Reply) -> Reply:
        details = {} if self.moderation is None else {"moderation_details": dict(self.moderation)}
        error = error_reply(self.status, self.message, self.code, **details)
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["retry-after"] = f"{self.retry_after:g}"
            headers["retry-after-ms"] = f"{self.retry_after * 1000:g}"
        return replace(error, headers=headers)


@dataclass(frozen=True)
class Stall(Misbehaviour):
    seconds: float

    def spoil_reply(self, reply: Reply) -> Reply:
        return replace(reply, pause_s=self.seconds)


@dataclass(frozen=True)
class Cut(Misbehaviour):
    def spoil_reply(self, reply: Reply) -> Reply:
        return replace(reply, delivery=Delivery.HALF)


@dataclass(frozen=True)
class Hangup(Misbehaviour):
    def spoil_reply(self, reply: Reply) -> Reply:
        return replace(reply, delivery=Delivery.NOTHING)


@dataclass(frozen=True)
class Trickle(Misbehaviour):
    """Never silent, and never done."""

    def spoil_reply(self, reply: Reply) -> Reply:
        return replace(reply, delivery=Delivery.TRICKLE)


@dataclass(frozen=True)
class Zipped(Misbehaviour):
    """A small body that unfolds into `size` bytes."""

    size: int

    def spoil_reply(self, reply: Reply) -> Reply:
        packed = gzip.compress(bytes(self.size), 9)
        return replace(reply, body=packed, headers={"content-encoding": "gzip"})


@dataclass(frozen=True)
class Bomb(Misbehaviour):
    """A small picture that says it is huge."""

    pixels: int = 40_000

    def spoil_picture(self, picture: bytes) -> bytes:
        head = struct.pack(">II", self.pixels, self.pixels) + picture[24:29]
        checked = struct.pack(">I", zlib.crc32(b"IHDR" + head))
        return picture[:16] + head + checked + picture[33:]


@dataclass(frozen=True)
class Html(Misbehaviour):
    charge: bool = field(default=False, kw_only=True)

    def spoil_reply(self, reply: Reply) -> Reply:
        return Reply(200, b"<!doctype html><title>Please sign in</title>", "text/html")


@dataclass(frozen=True)
class BadBase64(Misbehaviour):
    def spoil_data(self, data: Data) -> Data:
        return [{name: f"%%%{value}" for name, value in item.items()} for item in data]


@dataclass(frozen=True)
class Truncated(Misbehaviour):
    def spoil_picture(self, picture: bytes) -> bytes:
        return picture[: len(picture) // 2]


@dataclass(frozen=True)
class NotAPicture(Misbehaviour):
    def spoil_picture(self, picture: bytes) -> bytes:
        return b"The picture could not be shown."


@dataclass(frozen=True)
class Empty(Misbehaviour):
    def spoil_data(self, data: Data) -> Data:
        return []


QUALITY_TOKENS = {"low": 196, "medium": 439, "high": 1756, "xhigh": 3122, "max": 7024}


def draw(order: Order, number: int) -> bytes:
    colour = (number * 0x9E3779B1 % 2**24).to_bytes(3, "little")  # an odd factor: none comes twice
    transparent = order.fields["background"] == "transparent"
    mode, ink = ("RGBA", (*colour, 128)) if transparent else ("RGB", tuple(colour))
    picture = Image.new(mode, pixels(order.fields["size"]), ink)
    file = BytesIO()
    quality = order.fields["output_compression"]
    picture.save(file, order.fields["output_format"], quality=quality, compress_level=1, method=0)
    return file.getvalue()


def usage(order: Order) -> dict[str, Any]:
    width, height = pixels(order.fields["size"])
    each = round(QUALITY_TOKENS[order.fields["quality"]] * width * height / 1024**2)
    words = math.ceil(len(order.fields["prompt"].split()) * 1.3)
    details = {"text_tokens": words, "image_tokens": 300 * order.references}
    spent, made = sum(details.values()), each * order.fields["n"]
    return {
        "input_tokens": spent,
        "input_tokens_details": details,
        "output_tokens": made,
        "total_tokens": spent + made,
    }


def answer(dialect: Dialect, order: Order, data: Data) -> Reply:
    said: dict[str, Any] = {"created": int(time.time()), "data": data}
    if dialect == "openai":
        resolved = ("background", "output_format", "size", "quality")
        said |= {name: order.fields[name] for name in resolved} | {"usage": usage(order)}
    return Reply(200, json.dumps(said).encode())


def tell(order: Order, number: int, picture: dict[str, str], misbehaviour: Misbehaviour) -> Reply:
    """Answer as a stream: the unfinished pictures differ from all that are ever finished."""
    how = misbehaviour.telling
    shown = [draw(order, -4 * number - index) for index in range(order.fields["partial_images"])]
    encoded = [base64.b64encode(misbehaviour.spoil_picture(each)).decode() for each in shown]
    said = events(order, encoded[: how.fewer], picture, usage(order))
    return Reply(200, b"", how.media_type, chunks=how.chunks(said))


ENDPOINTS: dict[tuple[Dialect, str], Callable[[Received], Order]] = {
    ("openai", "/v1/images/generations"): generation,
    ("openai", "/v1/images/edits"): edit,
    ("guide", "/v1/images/generations"): guide,
}
MODELS = (
    "gpt-image-2.6-sunburst",
    "gpt-image-2.6-flare",
    "gpt-image-2.5-sunburst",
    "gpt-image-2.5-flare",
    "gpt-image-2",
    "gpt-image-1.5",
    "gpt-image-1-mini",
    "chatgpt-image-latest",
)
SHUT_DOWN = ("gpt-image-1", "dall-e-2", "dall-e-3")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = receive(self.command, self.path, headers, self._body())
        self._send(self.server.respond(request))

    do_GET = do_POST

    def _body(self) -> bytes:
        if "transfer-encoding" in self.headers:
            return b"".join(self._chunks())
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError("the client left before its request was whole")
        return body

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send(self, reply: Reply) -> None:
        self.close_connection |= reply.delivery is not Delivery.WHOLE
        if reply.delivery is Delivery.NOTHING:
            return
        length = len(reply.body)
        self.send_response(reply.status)
        size = {"transfer-encoding": "chunked"} if reply.chunks else {"content-length": str(length)}
        headers = {"content-type": reply.media_type, **size}
        for name, value in (headers | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if reply.chunks:
            self._tell(reply.chunks)
            return
        if reply.delivery is Delivery.TRICKLE:
            self._trickle(reply.body)
        self.wfile.write(reply.body[: length // 2 if reply.delivery is Delivery.HALF else length])

    def _tell(self, chunks: Chunks) -> None:
        for pause, piece in chunks.pieces:
            self.server.stopping.wait(pause)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if chunks.end == "open":
            self.server.stopping.wait()
        if chunks.end == "whole":
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def _trickle(self, body: bytes) -> None:
        """Until the client leaves, or the fake stops."""
        for number in range(len(body)):
            self.wfile.write(body[number : number + 1])
            time.sleep(0.01)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what arrived is in `FakeOpenAI.requests`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for every one of them
    request_queue_size = 128

    def __init__(self, respond: Callable[[Received], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.respond = respond
        self.connections: set[socket] = set()
        self.failures: list[Exception] = []
        self.stopping = threading.Event()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        failure = sys.exception()
        if isinstance(failure, Exception) and not isinstance(failure, ConnectionError):
            self.failures.append(failure)

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        for connection in tuple(self.connections):
            with contextlib.suppress(OSError):  # it may have closed by itself just now
                connection.shutdown(SHUT_RDWR)
        self.server_close()


@dataclass(eq=False, repr=False)
class FakeOpenAI:
    dialect: Dialect = "openai"
    script: list[Misbehaviour] = field(default_factory=list)
    expected_key: str = "sk-canary-7d1f4c0a9be25386"
    delay_s: float = 0.0
    models: set[str] = field(default_factory=lambda: set(MODELS))
    shut_down: set[str] = field(default_factory=lambda: set(SHUT_DOWN))
    requests: list[Received] = field(default_factory=list, init=False)
    pictures_charged: int = field(default=0, init=False)
    max_concurrent_seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._files: dict[str, bytes] = {}
        self._drawn = self._under_way = 0

    def __enter__(self) -> Self:
        self._server = _Server(self._respond)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stopping.set()
        self._server.stop()
        self._thread.join()
        if self._server.failures and kind is None:
            raise ExceptionGroup("the fake itself failed", self._server.failures)

    @property
    def base_url(self) -> str:
        return f"{self._origin}/v1"

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _respond(self, request: Received) -> Reply:
        with self._lock:
            self.requests.append(request)
            headers = _response_headers(len(self.requests))
        # What tests count is settled before the first byte leaves: they may look on the last one.
        with self._counted(request):
            try:
                reply = self._answer(request)
            except Rejected as refusal:
                reply = refusal.reply
            self._stopping.wait(self.delay_s + reply.pause_s)
        return replace(reply, headers=headers | dict(reply.headers))

    @contextlib.contextmanager
    def _counted(self, request: Received) -> Iterator[None]:
        weight = int((self.dialect, request.path) in ENDPOINTS and request.method == "POST")
        with self._lock:
            self._under_way += weight
            self.max_concurrent_seen = max(self.max_concurrent_seen, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= weight

    def _answer(self, request: Received) -> Reply:
        if request.method == "GET" and request.path in self._files:
            return Reply(200, self._files[request.path], "image/png")
        read = ENDPOINTS.get((self.dialect, request.path))
        if request.method != "POST" or read is None:
            message = f"Invalid URL ({request.method} {request.path})"
            raise Rejected(message, None, None, status=404)
        with self._lock:
            misbehaviour = self.script.pop(0) if self.script else Misbehaviour()
        self._check_key(request)
        self._check_model(request)
        return self._fulfil(read(request), misbehaviour)

    def _check_key(self, request: Received) -> None:
        if request.headers.get("authorization") != f"Bearer {self.expected_key}":
            raise Rejected("Incorrect API key provided.", None, "invalid_api_key", status=401)

    def _check_model(self, request: Received) -> None:
        model = request.fields.get("model")
        if self.dialect == "guide" or not isinstance(model, str):
            return
        if model not in self.models - self.shut_down:
            message = f"The model '{model}' does not exist or you do not have access to it."
            raise Rejected(message, None, "model_not_found", status=404)

    def _fulfil(self, order: Order, misbehaviour: Misbehaviour) -> Reply:
        with self._lock:
            first = self._drawn
            self._drawn += order.fields["n"]
            self.pictures_charged += order.fields["n"] if misbehaviour.charge else 0
        numbers = range(first + 1, first + 1 + order.fields["n"])
        pictures = [(n, misbehaviour.spoil_picture(draw(order, n))) for n in numbers]
        data = misbehaviour.spoil_data([self._hand_over(order, *item) for item in pictures])
        if order.fields["stream"] and not isinstance(misbehaviour, NotStreamed):
            reply = tell(order, first + 1, (data or [{}])[0], misbehaviour)
        else:
            reply = answer(self.dialect, order, data)
        return misbehaviour.spoil_reply(reply)

    def _hand_over(self, order: Order, number: int, picture: bytes) -> dict[str, str]:
        if self.dialect == "openai" or order.fields.get("response_format") == "b64_json":
            return {"b64_json": base64.b64encode(picture).decode()}
        path = f"/files/{number}.png"
        self._files[path] = picture
        return {"url": self._origin + path}


def _response_headers(number: int) -> dict[str, str]:
    return {
        "x-request-id": f"req_fake_{number}",
        "x-ratelimit-limit-requests": "5000",
        "x-ratelimit-remaining-requests": str(max(0, 5000 - number)),
        "x-ratelimit-reset-requests": "6m0s",
    }
