"""What is asked of a provider, and what comes back: one image of one take."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from promptkit.errors import BriefError, Finding, InDoubtError, UnusableError

Operation = Literal["generate", "edit"]

#: Bumped when the meaning of the digest changes; old cache entries are then never misread.
DIGEST_VERSION = 1


@dataclass(frozen=True)
class Reference:
    """A picture that goes with the words: its bytes and the role it plays.

    Roles: ``product``, ``room``, ``style``, ``preview`` (the picked preview that a final
    refines), ``mask`` or any other word a template chose.
    """

    role: str
    data: bytes = field(repr=False)
    media_type: str
    name: str
    of: str = ""
    """By what it is known when the file lay on its side; see ``upright``."""

    @property
    def turned(self) -> bool:
        """Whether the file lay on its side, so that its pixels had to be turned."""
        return bool(self.of)

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 by which a request knows it, in hexadecimal: of the bytes if not turned."""
        return self.of or hashlib.sha256(self.data).hexdigest()

    @classmethod
    def read(cls, path: Path, role: str, *, exact: bool = False) -> Reference:
        """Read a reference picture from disk, as it is sent: without metadata, and upright.

        An ``exact`` one is taken byte by byte, with the marks of whoever made it.

        Raises:
            BriefError: the file is missing or broken, or is not a PNG, JPEG or WebP picture.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BriefError(
                Finding("missing-reference", f"cannot read the {role} picture {path}: {error}")
            ) from error
        media_type = sniff(data)
        if media_type is None:
            raise BriefError(
                Finding(
                    "reference-type",
                    f"the {role} picture {path} is not a PNG, JPEG or WebP file",
                    fix="save it as one of these and try again",
                )
            )
        if exact:
            return cls(role, data, media_type, path.name)
        from promptkit.client.upright import upright

        try:
            data, of = upright(data, media_type)
        except ValueError as cause:
            raise BriefError(
                Finding(
                    "broken-reference",
                    f"the {role} picture {path} is broken: {cause}",
                    fix="open it in a picture program, and save it anew",
                )
            ) from None
        return cls(role, data, media_type, path.name, of)


@dataclass(frozen=True)
class ImageRequest:
    """One image of one take, exactly as a provider is asked for it.

    ``size`` is width and height in px. ``native`` holds the fields that the model card sends
    beside the prompt (a negative prompt, a style, a palette, a seed). ``n = 4`` is four
    requests with takes 1–4; a re-roll is a new take.
    """

    provider: str
    endpoint: str
    model: str
    operation: Operation
    prompt: str
    size: tuple[int, int]
    quality: str
    output_format: str = "png"
    background: str | None = None
    native: Mapping[str, Any] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    mask: Reference | None = None
    take: int = 1
    tenant: str = ""

    def canonical(self) -> dict[str, Any]:
        """Return everything that can change the output, as plain JSON data."""
        return {
            "v": DIGEST_VERSION,
            "tenant": self.tenant,
            "provider": self.provider,
            "endpoint": self.endpoint,
            "model": self.model,
            "operation": self.operation,
            "prompt": self.prompt,
            "size": list(self.size),
            "quality": self.quality,
            "output_format": self.output_format,
            "background": self.background,
            "native": dict(self.native),
            "references": [[ref.role, ref.sha256] for ref in self.references],
            "mask": self.mask.sha256 if self.mask else None,
            "take": self.take,
        }

    @cached_property
    def digest(self) -> str:
        """The request's identity: SHA-256 of its canonical JSON. Two equal digests are one picture.

        Not in it: key, user, time limits, and anything else that leaves the picture as it is.
        """
        return digest_of(self.canonical())


@dataclass(frozen=True, slots=True)
class Usage:
    """What the provider counted, in tokens."""

    text_in: int = 0
    image_in: int = 0
    out: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """How many more calls a provider takes until its count starts anew, in ``reset`` seconds."""

    left: int
    reset: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider gave back: the picture's bytes as sent, what it counted, what is left."""

    data: bytes = field(repr=False)
    media_type: str
    usage: Usage | None = None
    request_id: str | None = None
    model: str | None = None
    room: Room | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the store. ``cost`` is what this call paid, in USD: 0 when it was cached."""

    digest: str
    sha256: str
    path: Path
    media_type: str
    take: int
    size: tuple[int, int]
    model: str
    quality: str
    cost: Decimal
    cached: bool
    saved: Decimal = Decimal(0)
    estimated: bool = False

    @property
    def suffix(self) -> str:
        """The file name's ending, with its dot."""
        return suffix_of(self.media_type)


def digest_of(canonical: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a request's canonical JSON, in hexadecimal."""
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sniff(data: bytes) -> str | None:
    """Return the media type that the bytes themselves show: PNG, JPEG or WebP, else ``None``."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def suffix_of(media_type: str) -> str:
    """Return the usual file ending of a media type, with its dot."""
    # Not what the system's own table says: a picture has to be found again on any machine.
    return {
        "image/png": ".png",
        "image/jpeg": ".jpg",
        "image/webp": ".webp",
        "text/plain": ".txt",
    }.get(media_type, ".bin")


def in_doubt(provider: str, why: str, request_id: str | None = None, **more: Any) -> InDoubtError:
    """Return the error for a request that was sent, and got no answer of its own.

    A request has an id as soon as the head of an answer has come.
    """
    named = f", or ask for the request {request_id}" if request_id else ""
    return InDoubtError(
        f"{provider} was asked, and no whole answer came ({why}): it may have been billed",
        provider=provider,
        request_id=request_id,
        fix=f"look at the provider's usage page{named}; to ask again, and perhaps pay again, add "
        "--resend",
        **more,
    )


def unusable(provider: str, message: str, request_id: str | None = None) -> UnusableError:
    """Return the error for an answer that is perhaps billed, and holds no picture."""
    named = f"its request id is {request_id}" if request_id else "it named no request id"
    return UnusableError(
        f"{provider}: {message}; it may have been billed",
        provider=provider,
        request_id=request_id,
        fix=f"the fault is the provider's: report it there ({named}); asking again pays again",
    )
