"""What `fake_openai` says over the wire: requests read and checked as strictly as the real one."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import Parser
from enum import Enum
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image

if TYPE_CHECKING:
    from fake_openai_stream import Chunks

Fields = dict[str, Any]
Check = Callable[[Any], bool]


class Upload(NamedTuple):
    field: str
    filename: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    content_type: str
    fields: Fields
    files: list[Upload]

    @property
    def is_form(self) -> bool:
        return self.content_type.startswith("multipart/form-data")


class Delivery(Enum):
    WHOLE = "whole"
    HALF = "half of the body"
    NOTHING = "not even a status line"
    TRICKLE = "byte by byte"


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    pause_s: float = 0.0
    chunks: Chunks | None = None


ERROR_TYPES: dict[str | None, str] = {
    "insufficient_quota": "insufficient_quota",
    "moderation_blocked": "image_generation_user_error",
    "rate_limit_exceeded": "requests",
    "slow_down": "service_unavailable_error",
}


def error_reply(status: int, message: str, code: str | None, **details: Any) -> Reply:
    fallback = "server_error" if status >= 500 else "invalid_request_error"
    error = {"message": message, "type": ERROR_TYPES.get(code, fallback), "param": None}
    return Reply(status, json.dumps({"error": error | {"code": code} | details}).encode())


class Rejected(Exception):
    def __init__(self, message: str, param: str | None, code: str | None, status: int = 400):
        super().__init__(message)
        self.reply = error_reply(status, message, code, param=param)


def invalid(name: str, value: Any) -> Rejected:
    return Rejected(f"Invalid value: '{value!s:.60}'.", name, "invalid_value")


def missing(name: str) -> Rejected:
    return Rejected(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


def receive(method: str, path: str, headers: dict[str, str], body: bytes) -> Received:
    content_type = headers.get("content-type", "")
    request = Received(method, path, headers, content_type, {}, [])
    if request.is_form:
        read_form(request, body)
    elif content_type.startswith("application/json"):
        read_json(request, body)
    return request


def read_json(request: Received, body: bytes) -> None:
    with contextlib.suppress(ValueError):  # it is refused later, once it is on record
        document = json.loads(body)
        request.fields.update(document if isinstance(document, dict) else {})


def read_form(request: Received, body: bytes) -> None:
    header = Message()
    header["content-type"] = request.content_type
    delimiter = b"\r\n--" + str(header.get_param("boundary")).encode()
    parts = (b"\r\n" + body).split(delimiter)
    ended = parts[-1].startswith(b"--")
    for upload in map(read_part, parts[1:-1] if ended else ()):
        if upload.filename:
            request.files.append(upload)
        else:
            request.fields[upload.field] = upload.data.decode(errors="replace")


def read_part(part: bytes) -> Upload:
    head, _, data = part.partition(b"\r\n\r\n")
    headers = Parser().parsestr(head.decode(errors="replace").lstrip(), headersonly=True)
    name = str(headers.get_param("name", header="content-disposition"))
    return Upload(name, headers.get_filename(""), headers.get("content-type", ""), data)


def one_of(*allowed: str) -> Check:
    return lambda value: value in allowed


def whole(low: int, high: int) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def text(limit: int) -> Check:
    return lambda value: isinstance(value, str) and 0 < len(value) <= limit


def pixels(size: Any) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", str(size))
    return (int(match[1]), int(match[2])) if match else (0, 0)


def is_size(value: Any) -> bool:
    short, long = sorted(pixels(value))
    fits = short % 16 == long % 16 == 0 and long <= 3840 and long <= 3 * short
    return value == "auto" or (fits and 655_360 <= short * long <= 8_294_400)


def is_base64(value: Any) -> bool:
    try:
        return bool(base64.b64decode(value, validate=True))
    except (TypeError, ValueError):
        return False


def is_reference(value: Any) -> bool:
    items = list(value.items()) if isinstance(value, dict) else []
    return len(items) == 1 and items[0][0] in REFERENCE_KEYS and text(70_000_000)(items[0][1])


def is_references(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_reference, value))


REFERENCE_KEYS = ("image_url", "file_id")
GENERATION: dict[str, Check] = {
    "model": text(100),
    "prompt": text(32_000),
    "n": whole(1, 10),
    "size": is_size,
    "quality": one_of("auto", "low", "medium", "high", "xhigh", "max"),
    "complexity": one_of("low", "medium", "high"),
    "background": one_of("auto", "opaque", "transparent"),
    "output_format": one_of("png", "webp", "jpeg"),
    "output_compression": whole(0, 100),
    "moderation": one_of("auto", "low"),
    "stream": lambda value: isinstance(value, bool),
    "partial_images": whole(0, 3),
    "safety_identifier": text(64),
    "user": text(512),
}
EDIT_FORM = GENERATION | {"input_fidelity": one_of("low", "high")}
EDIT_JSON = EDIT_FORM | {"images": is_references, "mask": is_reference}
GUIDE: dict[str, Check] = {
    "model": text(100),
    "prompt": text(32_000),
    "n": whole(1, 10),
    "size": lambda value: min(pixels(value)) > 0 and max(pixels(value)) <= 4096,
    "quality": one_of("standard", "hd"),
    "style": text(1_000),
    "negative_prompt": text(32_000),
    "reference_image": is_base64,
    "response_format": one_of("url", "b64_json"),
}


def is_model(fields: Fields, *families: str) -> bool:
    return str(fields["model"]).startswith(families)


THREE_SIZED = ("gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest")
THREE_SIZES = ("auto", "1024x1024", "1536x1024", "1024x1536")
CLASHES: dict[str, Callable[[Fields], bool]] = {
    "background": lambda f: (
        (f.get("background"), f.get("output_format")) == ("transparent", "jpeg")
    ),
    "complexity": lambda f: "complexity" in f and not is_model(f, "gpt-image-2.6"),
    "input_fidelity": lambda f: "input_fidelity" in f and not is_model(f, "gpt-image-1.5"),
    "quality": lambda f: (
        f.get("quality") in ("xhigh", "max") and not is_model(f, "gpt-image-2.5", "gpt-image-2.6")
    ),
    "size": lambda f: is_model(f, *THREE_SIZED) and f.get("size", "auto") not in THREE_SIZES,
    # More than one picture to a stream has never been needed, so the fake does not know how.
    "stream": lambda f: f.get("stream") is True and f.get("n", 1) > 1,
}


def check(fields: Fields, rules: Mapping[str, Check]) -> None:
    for name, value in fields.items():
        if name not in rules:
            raise Rejected(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
        if not rules[name](value):
            raise invalid(name, value)
    for name in ("model", "prompt"):
        if name not in fields:
            raise missing(name)


def check_together(fields: Fields) -> None:
    for name, clashes in CLASHES.items():
        if clashes(fields):
            raise invalid(name, fields[name])


def json_fields(request: Received) -> Fields:
    if not request.fields or request.is_form:
        raise Rejected("We could not parse the JSON body of your request.", None, None)
    return request.fields


def form_fields(request: Received) -> Fields:
    """A form carries only text: `n` and its like become what the checks expect."""
    scalar = re.compile(r"0|[1-9]\d*|true|false")
    typed = ("n", "output_compression", "partial_images", "stream")
    return {
        name: json.loads(value) if name in typed and scalar.fullmatch(value) else value
        for name, value in request.fields.items()
    }


@dataclass(frozen=True)
class Order:
    """A request found right: what is to be drawn, every `auto` decided."""

    fields: Fields
    references: int = 0

    @classmethod
    def of(cls, fields: Fields, references: int = 0) -> Order:
        said = {name: value for name, value in fields.items() if value != "auto"}
        return cls(DEFAULTS | said, references)


DEFAULTS: Fields = {
    "n": 1,
    "size": "1024x1024",
    "quality": "medium",
    "background": "opaque",
    "output_format": "png",
    "output_compression": 100,
    "stream": False,
    "partial_images": 0,
}


def generation(request: Received) -> Order:
    fields = json_fields(request)
    check(fields, GENERATION)
    check_together(fields)
    return Order.of(fields)


def guide(request: Received) -> Order:
    fields = json_fields(request)
    check(fields, GUIDE)
    return Order.of(fields)


def edit(request: Received) -> Order:
    fields = form_fields(request) if request.is_form else json_fields(request)
    check(fields, EDIT_FORM if request.is_form else EDIT_JSON)
    check_together(fields)
    images, masks = form_pictures(request) if request.is_form else json_pictures(fields)
    name = "image" if request.is_form else "images"
    if not images:
        raise missing(name)
    if len(images) > 16 or len(masks) > 1:
        raise invalid(name, f"{len(images)} images, {len(masks)} masks")
    check_pictures(images, masks)
    return Order.of(fields, len(images))


Pictures = list[Upload | None]  # None is a picture held elsewhere, which the fake cannot look into


def form_pictures(request: Received) -> tuple[Pictures, Pictures]:
    by_name: dict[str, Pictures] = {"image": [], "image[]": [], "mask": []}
    for upload in request.files:
        if upload.field not in by_name:
            raise Rejected(
                f"Unknown parameter: '{upload.field}'.", upload.field, "unknown_parameter"
            )
        by_name[upload.field].append(upload)
    if len(by_name["image"]) > 1:
        message = (
            "Duplicate parameter: 'image'. Use the array syntax instead e.g. 'image[]=<value>'."
        )
        raise Rejected(message, "image", "duplicate_parameter")
    return by_name["image"] + by_name["image[]"], by_name["mask"]


def json_pictures(fields: Fields) -> tuple[Pictures, Pictures]:
    masks = [fields["mask"]] if "mask" in fields else []
    images = [inline("images", reference) for reference in fields.get("images", [])]
    return images, [inline("mask", reference) for reference in masks]


def inline(name: str, reference: dict[str, str]) -> Upload | None:
    url = reference.get("image_url", "https:")
    if url.startswith("https:"):
        return None
    match = re.fullmatch(r"data:(image/\w+);base64,(.+)", url)
    if match is None or not is_base64(match[2]):
        raise invalid(name, url)
    return Upload(name, "", match[1], base64.b64decode(match[2]))


def check_pictures(images: Pictures, masks: Pictures) -> None:
    first, *_ = [look(upload) if upload else None for upload in images]
    for upload in masks:
        mask = look(upload) if upload else None
        if mask and first and (mask.size != first.size or "A" not in mask.getbands()):
            message = "Invalid mask image format - it needs the size of the image, and alpha."
            raise Rejected(message, "mask", "invalid_mask_image_format")


def look(upload: Upload) -> Image.Image:
    if upload.media_type not in ("image/png", "image/webp", "image/jpeg"):
        message = f"Invalid file '{upload.field}': unsupported mimetype ('{upload.media_type}')."
        raise Rejected(message, upload.field, "unsupported_file_mimetype")
    picture = decode(upload.data)
    if picture is None or Image.MIME.get(picture.format or "") != upload.media_type:
        raise Rejected("Invalid image file or mode.", upload.field, "invalid_image_file")
    return picture


def decode(data: bytes) -> Image.Image | None:
    try:
        picture = Image.open(BytesIO(data))
        picture.load()
    except (OSError, SyntaxError, ValueError):
        return None
    return picture
