from __future__ import annotations

import struct
import zlib

import pytest

from promptkit.client import verify as module
from promptkit.client.verify import verify
from promptkit.errors import UnusableError
from test_client_request import a_picture


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_a_whole_picture_is_known_by_its_bytes(kind: str, media_type: str) -> None:
    assert verify(a_picture(kind)) == media_type


@pytest.mark.parametrize("data", [b"", b"The picture could not be shown.", b"GIF89a", b"%PDF-1.7"])
def test_what_is_no_picture_is_not_kept(data: bytes) -> None:
    with pytest.raises(UnusableError, match="not a PNG, JPEG or WebP picture"):
        verify(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_is_cut_short_is_not_kept(kind: str) -> None:
    whole = a_picture(kind, (256, 256))
    with pytest.raises(UnusableError, match="cannot be decoded"):
        verify(whole[: len(whole) // 2])


def test_no_cut_and_no_flipped_byte_gets_another_error_out_of_a_decoder() -> None:
    """Decoders raise struct.error, IndexError and the like: none may pass for a fault of ours."""
    whole = a_picture("PNG", (3, 3))
    spoilt = [whole[:length] for length in range(len(whole))]
    spoilt += [
        whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(8, len(whole))
    ]
    for data in spoilt:
        try:
            assert verify(data) == "image/png"
        except UnusableError:
            continue


def png_of(width: int, height: int) -> bytes:
    """A small file that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8_000, 5_001), (40_000, 40_000)])
def test_a_small_file_that_would_unfold_into_gigabytes_is_not_opened(size: tuple[int, int]) -> None:
    with pytest.raises(UnusableError, match=r"too many to open|unfolds into too many px"):
        verify(png_of(*size))


def test_the_largest_picture_a_provider_draws_is_well_within_the_bound() -> None:
    assert module.MAX_PIXELS > 4 * 3840 * 2160
