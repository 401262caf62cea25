"""What leaves the machine of a picture: its pixels, and nothing that its file tells beside them."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageStat, PngImagePlugin

from promptkit.client import upright as upright_module
from promptkit.client.bare import bare
from promptkit.client.request import Reference, sniff
from promptkit.client.upright import upright
from promptkit.errors import BriefError

SECRET = "Hanna Larsson, 57.70N 11.97E"
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
MODES = {
    "PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
    "JPEG": ["L", "RGB", "CMYK"],
    "WEBP": ["RGB", "RGBA"],
}


def a_picture(mode: str = "RGB", size: tuple[int, int] = (40, 28)) -> Image.Image:
    """Return a picture that is another one when it is turned or mirrored."""
    ramp = Image.linear_gradient("L").resize(size)
    if mode in ("I;16", "1", "L"):
        return ramp.convert(mode)
    rest = [ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT), Image.radial_gradient("L")]
    rgb = Image.merge("RGB", [ramp, *(band.resize(size).rotate(30) for band in rest)])
    return rgb.convert(mode)


def exif(orientation: int = 1) -> Image.Exif:
    said = Image.Exif()
    said[0x0112], said[0x013B], said[0x010F] = orientation, SECRET, "Cam"
    said.get_ifd(0x8825)[1] = "N"
    return said


def encoded(
    kind: str,
    mode: str = "RGB",
    orientation: int = 1,
    size: tuple[int, int] = (40, 28),
    **more: Any,
) -> bytes:
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", SECRET)
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        more |= {"pnginfo": text}
    else:
        more |= {"xmp": XMP}
    if kind == "JPEG":
        more |= {"comment": SECRET}
    profile = {} if mode == "CMYK" else {"icc_profile": ICC}
    file = io.BytesIO()
    a_picture(mode, size).save(file, kind, exif=exif(orientation), **profile, **more)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def same(one: Image.Image, other: Image.Image) -> bool:
    return (one.mode, one.size, one.tobytes()) == (other.mode, other.size, other.tobytes())


@given(
    kind_mode=st.sampled_from([(kind, mode) for kind in KINDS for mode in MODES[kind]]),
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    progressive=st.booleans(),
    lossless=st.booleans(),
)
def test_pixels_and_profile_stay_and_everything_else_goes(
    kind_mode: tuple[str, str], size: tuple[int, int], progressive: bool, lossless: bool
) -> None:
    kind, mode = kind_mode
    data = encoded(kind, mode, size=size, progressive=progressive, lossless=lossless)
    plain = bare(data, KINDS[kind])
    before, after = opened(data), opened(plain)
    assert same(before, after)
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    assert not after.getexif()
    assert not {"comment", "xmp", "Author", "exif", "XML:com.adobe.xmp"} & after.info.keys()
    assert SECRET.encode() not in plain
    assert sniff(plain) == KINDS[kind]
    assert bare(plain, KINDS[kind]) == plain


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_tells_nothing_is_sent_byte_by_byte(kind: str) -> None:
    file = io.BytesIO()
    a_picture().save(file, kind)
    assert upright(file.getvalue(), KINDS[kind]) == (file.getvalue(), "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_sent_upright(kind: str, orientation: int) -> None:
    data = encoded(kind, orientation=orientation, lossless=True, quality=95)
    sent, turned = upright(data, KINDS[kind])
    assert bool(turned) is (orientation != 1)
    assert (sent, turned) == upright(data, KINDS[kind])
    after = opened(sent)
    ways = Image.Transpose
    seen: list[Any] = [None, None, ways.FLIP_LEFT_RIGHT, ways.ROTATE_180, ways.FLIP_TOP_BOTTOM]
    seen += [ways.TRANSPOSE, ways.ROTATE_270, ways.TRANSVERSE, ways.ROTATE_90]
    wanted = opened(data) if orientation == 1 else opened(data).transpose(seen[orientation])
    assert after.size == wanted.size
    difference = ImageChops.difference(after.convert("RGB"), wanted.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) <= (2 if kind == "JPEG" else 0)
    assert not after.getexif()
    assert after.info["icc_profile"] == ICC
    assert SECRET.encode() not in sent


def test_transparency_survives_turning() -> None:
    sent, turned = upright(encoded("PNG", "RGBA", orientation=6), "image/png")
    assert turned
    assert opened(sent).mode == "RGBA"


def test_what_is_too_large_is_not_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upright_module, "MAX_TURNED", 40 * 28 - 1)
    with pytest.raises(ValueError, match="too large to be turned"):
        upright(encoded("PNG", orientation=6), "image/png")
    assert upright(encoded("PNG"), "image/png")[1] == ""


def test_what_stands_behind_the_end_is_left_behind() -> None:
    for kind in KINDS:
        plain = bare(encoded(kind), KINDS[kind])
        assert bare(plain + SECRET.encode(), KINDS[kind]) == plain


def test_a_preview_in_a_jpegs_head_goes_and_a_second_picture_too() -> None:
    plain = bare(encoded("JPEG"), "image/jpeg")
    jfif = plain.index(b"JFIF\0") - 4
    fat = struct.pack(">H", 16 + 12) + b"JFIF\0\1\1\0\0\1\0\1\2\2" + bytes(12)
    jfxx = b"\xff\xe0" + struct.pack(">H", 2 + 5 + 9) + b"JFXX\0" + b"\x10preview!"
    mpf = b"\xff\xe2" + struct.pack(">H", 2 + 8) + b"ABCabcde"
    old = plain[: jfif + 2] + fat + b"\xff\xff" + jfxx + mpf + plain[jfif + 18 :]
    assert same(opened(old), opened(plain))
    assert bare(old, "image/jpeg") == plain


def test_restart_markers_are_pixels() -> None:
    file = io.BytesIO()
    a_picture(size=(200, 100)).save(file, "JPEG", restart_marker_rows=1, comment=SECRET)
    plain = bare(file.getvalue(), "image/jpeg")
    assert b"\xff\xd0" in plain
    assert same(opened(file.getvalue()), opened(plain))
    assert SECRET.encode() not in plain


def test_the_frames_of_a_webp_stay_and_notes_within_them_go() -> None:
    file = io.BytesIO()
    frames = [a_picture("RGB"), a_picture("RGB").rotate(180)]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], xmp=XMP, lossless=True)
    data = file.getvalue()
    at = data.index(b"ANMF")
    (size,) = struct.unpack_from("<I", data, at + 4)
    note = b"note" + struct.pack("<I", 5) + b"Hanna" + b"\0"
    data = (
        data[: at + 4] + struct.pack("<I", size + len(note)) + data[at + 8 : at + 8 + size] + note
    ) + data[at + 8 + size :]
    data = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    plain = bare(data, "image/webp")
    assert b"Hanna" not in plain
    assert same(opened(plain), opened(file.getvalue()))
    second, wanted = opened(plain), opened(file.getvalue())
    second.seek(1)
    wanted.seek(1)
    assert same(second, wanted)


def test_frames_within_frames_are_left_behind() -> None:
    """Else a small file could be as deep as a call stack is not."""
    frames = b""
    for _ in range(3000):
        frames = struct.pack("<4sI", b"ANMF", 16 + len(frames)) + bytes(16) + frames
    data = struct.pack("<4sI4s", b"RIFF", len(frames) + 4, b"WEBP") + frames
    assert len(bare(data, "image/webp")) == 12 + 8 + 16


def test_a_damaged_png_is_told_of() -> None:
    data = bytearray(encoded("PNG"))
    data[data.index(b"IDAT") + 10] ^= 0xFF
    with pytest.raises(ValueError, match="damaged"):
        bare(bytes(data), "image/png")


def test_another_kind_stays_as_it_is() -> None:
    assert bare(b"GIF89a whatever", "image/gif") == b"GIF89a whatever"


@given(
    kind=st.sampled_from([*KINDS]),
    cut=st.integers(0, 2000),
    at=st.integers(0, 2000),
    noise=st.binary(max_size=12),
)
def test_no_broken_file_does_more_than_say_so(kind: str, cut: int, at: int, noise: bytes) -> None:
    data = encoded(kind, orientation=6)
    broken = (data[:at] + noise + data[at + len(noise) :])[: len(data) - cut]
    with suppress(ValueError):
        sent, _ = upright(broken, KINDS[kind])
        assert sent is broken or XMP not in sent


@given(data=st.binary(max_size=300))
def test_nor_does_what_only_begins_like_a_picture(data: bytes) -> None:
    heads = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBP")
    for head, media_type in zip(heads, KINDS.values(), strict=True):
        with suppress(ValueError):
            assert sniff(bare(head + data, media_type)) == media_type


def test_a_part_that_claims_more_than_there_is(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 1 << 31) + b"IDAT" + bytes(40)
    webp = b"RIFF" + struct.pack("<I", 12) + b"WEBPVP8 " + struct.pack("<I", 99)
    for data, media_type in ((png, "image/png"), (webp, "image/webp")):
        with pytest.raises(ValueError, match="ends before its picture does"):
            bare(data, media_type)


def test_a_reference_is_read_as_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "boat.jpg"
    path.write_bytes(encoded("JPEG", orientation=8))
    reference = Reference.read(path, "product")
    assert reference.turned
    assert SECRET.encode() not in reference.data
    assert opened(reference.data).size == (28, 40)
    assert reference.sha256 == Reference.read(path, "product").sha256
    path.write_bytes(encoded("JPEG"))
    assert not Reference.read(path, "product").turned


def test_a_turned_reference_is_known_whatever_library_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another quality stands for another version of a library: other bytes, the same picture."""
    path = tmp_path / "boat.jpg"
    path.write_bytes(encoded("JPEG", orientation=8))
    now = Reference.read(path, "product")
    monkeypatch.setitem(upright_module._SAVED["image/jpeg"], "quality", 80)
    then = Reference.read(path, "product")
    assert then.data != now.data
    assert then.sha256 == now.sha256
    path.write_bytes(encoded("JPEG", orientation=6))
    assert Reference.read(path, "product").sha256 != now.sha256
    path.write_bytes(encoded("JPEG"))
    plain = Reference.read(path, "product")
    assert plain.sha256 == hashlib.sha256(plain.data).hexdigest() != now.sha256


def test_an_exact_reference_keeps_what_its_maker_wrote(tmp_path: Path) -> None:
    path = tmp_path / "preview-1.png"
    path.write_bytes(encoded("PNG", orientation=6))
    assert Reference.read(path, "preview", exact=True).data == path.read_bytes()


def test_a_reference_that_is_cut_short_is_refused_with_a_fix(tmp_path: Path) -> None:
    path = tmp_path / "boat.png"
    path.write_bytes(encoded("PNG")[:-30])
    with pytest.raises(BriefError, match=r"the product picture .*boat\.png is broken") as caught:
        Reference.read(path, "product")
    assert caught.value.findings[0].rule == "broken-reference"
    assert caught.value.findings[0].fix


def test_a_picture_that_lies_on_its_side_and_cannot_be_decoded_is_refused(tmp_path: Path) -> None:
    good = encoded("PNG", orientation=6)
    at = good.index(b"IDAT") - 4
    (size,) = struct.unpack_from(">I", good, at)
    body = b"IDAT" + zlib.compress(b"short")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    with pytest.raises(ValueError, match="cannot be decoded"):
        upright(good[:at] + chunk + good[at + 12 + size :], "image/png")
