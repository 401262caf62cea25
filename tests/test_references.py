"""Pictures that go along with the words: swatches, masks, and whether a picture will serve."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image, ImageCms, ImageFilter
from typer.testing import CliRunner

from fake_openai import FakeOpenAI
from promptkit import Kit
from promptkit.brand.loading import BrandLibrary
from promptkit.brand.palette import Colors
from promptkit.cli.app import app
from promptkit.client.bare import bare
from promptkit.errors import BriefError, Finding
from promptkit.model.card import Card
from promptkit.model.catalog import dialect_cards
from promptkit.picture.references.blur import SHARP, sharpness
from promptkit.picture.references.brand import check_rights, pictures_of
from promptkit.picture.references.check import Checked, check_reference
from promptkit.picture.references.mask import Edges, mask_from_alpha, mask_of_boxes
from promptkit.prompt.wording import word
from promptkit.workflow.sent import read_mask, read_picture
from promptkit.workflow.swatch import SIZE, swatch

ROOT = Path(__file__).parents[1]
REFS = ROOT / "brand_profiles" / "refs"
CAN = REFS / "tidewell" / "can-front.png"
CARD = dialect_cards("openai")["gpt-image-2.5-flare"]
TODAY = date(2026, 11, 22)

PROFILE = """\
name: Dim
colors:
  palette: {sea: "#0B6E99", sand: "#F4E9D8", coral: "#F0593E"}
  roles: {primary: sea, background: sand, accent: coral}
  proportions: {background: 0.6, primary: 0.3, accent: 0.1}
tone: [calm]
style:
  looks:
    plain: {describe: soft light, medium: photo, lighting: soft, references: [mood, stripes]}
  references:
    - {id: mood, path: mood.png, use: style, rights: owned}
    - {id: stripes, generate: palette, use: color}
"""
RETOUCH = """\
---
description: Retouched picture
inputs:
  base: {type: image, role: product}
  hole: {type: image, role: mask, required: false}
---
{% block subject %}a can on a raft{% endblock %}
"""
SETTINGS = """\
promptkit: project/v1
brand: dim
tiers:
  preview: {{model: openai/gpt-image-2.5-flare, quality: low, n: 1}}
  final: {{model: openai/gpt-image-2.5-flare, quality: low, from_preview: refine}}
providers:
  openai: {{base_url: "{url}", key_env: SHOP_KEY}}
"""


def png(picture: Image.Image, **more: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", **more)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a project with a brand that asks for a swatch, and a template that takes a mask."""
    root = tmp_path / "shop"
    for folder, name, text in (
        ("brand_profiles", "dim.yaml", PROFILE),
        ("templates", "retouch.j2", RETOUCH),
    ):
        (root / folder).mkdir(parents=True)
        (root / folder / name).write_text(text, encoding="utf-8")
    sharp((640, 640)).save(root / "brand_profiles" / "mood.png")
    (root / "promptkit.yaml").write_text("brand: dim\n", encoding="utf-8")
    return root


# Swatch


def test_a_swatch_has_the_palette_in_its_proportions() -> None:
    colors = Colors.model_validate(yaml.safe_load(PROFILE)["colors"])
    assert [value for value, _ in colors.areas()] == ["#F4E9D8", "#0B6E99", "#F0593E"]
    assert [share for _, share in colors.areas()] == pytest.approx([0.6, 0.3, 0.1])
    picture = opened(swatch(colors.areas()))
    assert (picture.size, picture.mode) == (SIZE, "RGB")
    counts = {f"#{r:02X}{g:02X}{b:02X}": n for n, (r, g, b) in picture.getcolors() or ()}  # type: ignore[misc]
    whole = SIZE[0] * SIZE[1]
    for value, share in colors.areas():
        assert counts.pop(value) / whole == pytest.approx(share, abs=0.5 / SIZE[0] * 2)
    assert not counts


def test_a_swatch_is_the_same_bytes_everywhere_and_for_ever() -> None:
    """It is part of what a paid request is known by."""
    data = swatch((("#F4E9D8", 0.6), ("#0B6E99", 0.3), ("#F0593E", 0.1)))
    assert hashlib.sha256(data).hexdigest() == (
        "ce40361cd73ee56cfd76935d90fdbede755d2a7a71b0bccb41043ffc1c3630fb"
    )
    assert bare(data, "image/png") == data


@pytest.mark.parametrize("count", [1, 7, 100])
def test_every_colour_of_a_palette_is_seen(count: int) -> None:
    palette = {f"c{number}": f"#{number * 2:02X}80FF" for number in range(count)}
    picture = opened(swatch(Colors.model_validate(palette).areas()))
    assert len(picture.getcolors(maxcolors=200) or ()) == count


def test_one_colour_in_two_roles_has_the_area_of_both() -> None:
    palette = {"ink": "#101010", "snow": "#FFFFFF"}
    roles = {"background": "snow", "surface": "snow", "text": "ink"}
    colors = Colors.model_validate({"palette": palette, "roles": roles})
    (value, share), _ = colors.areas()
    assert (value, round(share, 4)) == ("#FFFFFF", round(0.65 / 0.67, 4))


def test_a_look_that_asks_for_a_swatch_gets_it_where_there_is_room(shop: Path) -> None:
    (shop / "can.png").write_bytes(CAN.read_bytes())
    with Kit(shop) as kit:
        composed = kit.compose("retouch", inputs={"base": str(shop / "can.png")}, model="comp")
        stripes = composed.prompt.references[-1]
        assert (stripes.role, stripes.swatch[0][0]) == ("swatch", "#F4E9D8")
        assert (
            "Image 3 is the swatch picture. Take the colours from it; the swatch itself stays out "
            "of the picture." in composed.text
        )
        reference = read_picture(stripes, composed.model.card)
        assert reference.data == swatch(stripes.swatch)
        tight = composed.model.card.model_copy(update={"references_max": 2})
        assert "swatch" not in word(composed.prompt, tight).text
        run = kit.generate(composed)
    assert run.finals[0].path.is_file()


# Masks


def alpha_at(data: bytes, spot: tuple[int, int]) -> int:
    value = opened(data).getchannel("A").getpixel(spot)
    assert isinstance(value, int)
    return value


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.new("RGB", (200, 100), "#0B6E99").save(path)
    return path


@pytest.mark.parametrize("box", [(0.25, 0.5, 0.5, 1.0), (50, 50, 100, 100)])
def test_a_mask_is_transparent_within_the_box_alone(photo: Path, box: Edges) -> None:
    data = mask_of_boxes(photo, [box])
    alpha = opened(data).getchannel("A")
    assert (opened(data).size, opened(data).mode) == ((200, 100), "RGBA")
    assert alpha.point(lambda value: 255 - value).getbbox() == (50, 50, 100, 100)
    assert {value for _, value in alpha.getcolors() or ()} == {0, 255}


def test_several_boxes_make_one_mask(photo: Path) -> None:
    data = mask_of_boxes(photo, [(0, 0, 10, 10), (100, 50, 200, 100)])
    assert [alpha_at(data, spot) for spot in ((5, 5), (150, 75), (50, 50))] == [0, 0, 255]


def test_a_feathered_box_fades_within_itself(photo: Path) -> None:
    data = mask_of_boxes(photo, [(50, 20, 150, 80)], feather=12)
    row = [alpha_at(data, (x, 50)) for x in range(44, 101)]
    assert row[:6] == [255] * 6  # nothing outside of the box may change
    assert row == sorted(row, reverse=True)
    assert row[-1] == 0
    assert len(set(row)) > 6
    with pytest.raises(BriefError, match="a feather of 40 px leaves nothing of a box of 50 × 60"):
        mask_of_boxes(photo, [(50, 20, 100, 80)], feather=40)


@pytest.mark.parametrize(
    "box", [(0.5, 0, 0.5, 1), (-0.1, 0, 1, 1), (0, 0, 201, 100), (0, 60, 10, 50), (0, 0, 1e-9, 1)]
)
def test_a_box_that_is_none_says_how_to_write_one(photo: Path, box: Edges) -> None:
    with pytest.raises(BriefError, match="no part of a picture of 200 × 100 px") as caught:
        mask_of_boxes(photo, [box])
    assert "left,top,right,bottom" in str(caught.value)


def test_a_mask_from_transparency(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (60, 40), "#0B6E99")
    picture.paste((0, 0, 0, 60), (10, 10, 30, 30))
    picture.paste((0, 0, 0, 200), (40, 10, 50, 30))
    path = tmp_path / "cut.webp"
    picture.save(path, lossless=True)
    data = mask_from_alpha(path)
    assert [alpha_at(data, spot) for spot in ((20, 20), (45, 20), (0, 0))] == [0, 255, 255]


def test_a_picture_without_transparency_makes_no_mask(photo: Path) -> None:
    with pytest.raises(BriefError, match="is nowhere transparent"):
        mask_from_alpha(photo)


def test_a_mask_of_a_picture_on_its_side_has_its_size_as_it_is_sent(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "phone.jpg"
    Image.new("RGB", (80, 60), "#0B6E99").save(path, exif=exif)
    assert opened(mask_of_boxes(path, [(0, 0, 0.5, 0.5)])).size == (60, 80)


@pytest.fixture
def masked(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the project with a picture and its mask, and make it the working folder."""
    (shop / "can.png").write_bytes(CAN.read_bytes())
    (shop / "hole.png").write_bytes(mask_of_boxes(CAN, [(0, 0, 0.5, 0.2)]))
    monkeypatch.chdir(shop)
    monkeypatch.setenv("SHOP_KEY", FakeOpenAI.expected_key)
    return shop


BRIEF = {"base": "can.png", "hole": "hole.png"}


def test_a_mask_goes_to_the_provider_as_one(masked: Path) -> None:
    with FakeOpenAI() as fake:
        (masked / "promptkit.yaml").write_text(SETTINGS.format(url=fake.base_url), encoding="utf-8")
        with Kit(masked) as kit:
            run = kit.preview(kit.compose("retouch", inputs=BRIEF))
            kit.final(run, pick=1)
        first, refined = fake.requests
    assert [file.field for file in first.files] == ["image[]", "image[]", "image[]", "mask"]
    assert first.files[-1].data == (masked / "hole.png").read_bytes()
    words = first.fields["prompt"]
    assert (
        "Change Image 1 only where its mask is transparent; everything else in it stays as it is."
        in words
    )
    assert "mask picture" not in words
    # What the mask let change is changed in the preview, and that has another size.
    assert [file.field for file in refined.files] == ["image[]", "image[]"]
    assert "mask" not in refined.fields["prompt"]


def test_another_mask_is_another_picture(masked: Path) -> None:
    with Kit(masked) as kit:
        one = kit.generate(kit.compose("retouch", inputs=BRIEF))
        (masked / "hole.png").write_bytes(mask_of_boxes(CAN, [(0, 0, 0.5, 0.3)]))
        other = kit.generate(kit.compose("retouch", inputs=BRIEF))
        without = kit.generate(kit.compose("retouch", inputs={"base": "can.png"}))
    assert len({run.finals[0].digest for run in (one, other, without)}) == 3


Change = Callable[[Path], None]


def smaller(folder: Path) -> None:
    (folder / "hole.png").write_bytes(png(Image.new("RGBA", (8, 6), (0, 0, 0, 0))))


def opaque(folder: Path) -> None:
    (folder / "hole.png").write_bytes(png(Image.new("RGB", (1024, 1536))))


def nowhere(folder: Path) -> None:
    (folder / "hole.png").write_bytes(png(Image.new("RGBA", (1024, 1536), "white")))


def in_webp(folder: Path) -> None:
    Image.new("RGBA", (1024, 1536), (0, 0, 0, 0)).save(folder / "hole.png", "WEBP")


def damaged(folder: Path) -> None:
    data = png(Image.new("RGBA", (1024, 1536), (0, 0, 0, 0)), compress_level=0)
    (folder / "hole.png").write_bytes(data[:5000] + data[-12:])


def changed(data: bytes, name: bytes, body: bytes) -> bytes:
    """Return a PNG with another body of one of its chunks, which is whole in itself."""
    at = data.index(name) - 4
    (size,) = struct.unpack_from(">I", data, at)
    chunk = struct.pack(">I", len(body)) + name + body
    return data[:at] + chunk + struct.pack(">I", zlib.crc32(name + body)) + data[at + 12 + size :]


def without_pixels(folder: Path) -> None:
    data = png(Image.new("RGBA", (1024, 1536), (0, 0, 0, 0)))
    (folder / "hole.png").write_bytes(changed(data, b"IDAT", zlib.compress(b"short")))


def bomb(folder: Path) -> None:
    data = png(Image.new("RGBA", (1024, 1536), (0, 0, 0, 0)))
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
    (folder / "hole.png").write_bytes(changed(data, b"IHDR", head))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (smaller, "mask-size"),
        (opaque, "mask-not-transparent"),
        (nowhere, "mask-not-transparent"),
        (in_webp, "mask-not-transparent"),
        (damaged, "broken-reference"),
        (without_pixels, "broken-reference"),
        (bomb, "broken-reference"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused_before_anything_is_paid(
    masked: Path, spoil: Change, rule: str
) -> None:
    spoil(masked)
    with FakeOpenAI() as fake:
        (masked / "promptkit.yaml").write_text(SETTINGS.format(url=fake.base_url), encoding="utf-8")
        with Kit(masked) as kit, pytest.raises(BriefError) as caught:
            kit.preview(kit.compose("retouch", inputs=BRIEF))
        assert not fake.requests
    assert caught.value.findings[0].rule == rule
    assert caught.value.findings[0].fix


def test_a_mask_needs_a_picture(masked: Path) -> None:
    with Kit(masked) as kit:
        prompt = kit.compose("retouch", inputs=BRIEF).prompt
    assert prompt.mask is not None
    with pytest.raises(BriefError, match="has no picture to be a mask of"):
        read_mask(prompt.mask, [], CARD)


def test_a_model_that_takes_no_masks_says_so(masked: Path) -> None:
    config = {"providers.guide": {"dialect": "guide", "base_url": "http://localhost/v1"}}
    with Kit(masked, config=config) as kit:
        composed = kit.compose("retouch", inputs=BRIEF, model="guide/gpt-image-1")
    rules = [item.rule for item in composed.findings if item.severity == "error"]
    assert rules == ["no-masks"]


def test_a_picture_has_one_mask(masked: Path) -> None:
    more = RETOUCH.replace("---\n{%", "  other: {type: image, role: mask}\n---\n{%")
    (masked / "templates" / "retouch.j2").write_text(more, encoding="utf-8")
    with Kit(masked) as kit:
        composed = kit.compose("retouch", inputs=BRIEF | {"other": "hole.png"})
    assert "too-many-masks" in [item.rule for item in composed.findings]


# Whether a picture will serve


def checked(path: Path, card: Card = CARD) -> Checked:
    return check_reference(path, card)


def rules(path: Path, card: Card = CARD) -> list[str]:
    return [finding.rule for finding in checked(path, card).findings]


def sharp(size: tuple[int, int] = (800, 600)) -> Image.Image:
    return Image.open(CAN).convert("RGB").resize(size)


def test_the_shipped_pictures_serve() -> None:
    for path in sorted(REFS.rglob("*.*")):
        assert rules(path) == [], path


def saved(path: Path, picture: Image.Image, **more: Any) -> Path:
    picture.save(path, **more)
    return path


def renamed() -> bytes:
    """Return a profile that is not called sRGB, as those of cameras are not."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    old, new = (f"{name} built-in".encode("utf-16-be") for name in ("sRGB", "Wide"))
    assert old in profile
    return profile.replace(old, new)


@pytest.mark.parametrize(
    ("name", "picture", "more", "wanted"),
    [
        ("small.png", lambda: sharp((500, 700)), {}, ["reference-small"]),
        ("narrow.png", lambda: sharp((3000, 700)), {}, ["reference-narrow"]),
        ("large.jpg", lambda: sharp((4200, 3000)), {}, ["reference-large"]),
        ("print.jpg", lambda: sharp().convert("CMYK"), {}, ["reference-mode"]),
        ("grey.png", lambda: sharp().convert("L"), {}, ["reference-mode"]),
        ("deep.png", lambda: sharp().convert("L").convert("I;16"), {}, ["reference-mode"]),
        (
            "soft.png",
            lambda: sharp().filter(ImageFilter.GaussianBlur(6)),
            {},
            ["reference-blurred"],
        ),
        (
            "moves.webp",
            lambda: sharp(),
            {"save_all": True, "append_images": [Image.new("RGB", (800, 600))]},
            ["reference-animated"],
        ),
        ("wide.png", lambda: sharp(), {"icc_profile": renamed()}, ["reference-profile"]),
    ],
)
def test_what_helps_little_is_told(
    tmp_path: Path, name: str, picture: Callable[[], Image.Image], more: Any, wanted: list[str]
) -> None:
    path = saved(tmp_path / name, picture(), **more)
    assert rules(path) == wanted
    assert all(finding.fix and finding.place for finding in checked(path).findings)


def test_transparent_parts_are_told(tmp_path: Path) -> None:
    picture = sharp().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 200, 600))
    path = saved(tmp_path / "cut.png", picture)
    (finding,) = checked(path).findings
    assert (finding.rule, finding.severity) == ("reference-transparent", "advice")
    assert "is transparent in 25% of it" in finding.message
    picture = sharp().convert("RGBA")
    picture.putpixel((0, 0), (0, 0, 0, 0))
    assert rules(saved(tmp_path / "spot.png", picture)) == []


def test_what_a_file_tells_of_its_maker_is_told(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x013B], exif[0x0132], exif[0x0112] = "Cam", "Hanna", "2026:11:01", 6
    exif.get_ifd(0x8825)[1] = "N"
    path = saved(tmp_path / "boat.jpg", sharp(), exif=exif, comment="hello", xmp=b"<x/>")
    seen = checked(path)
    told, turned = seen.findings
    assert told.message == (
        "the picture says more than it shows: where it was taken (GPS), who made or owns it, "
        "with which camera, when, a comment, XMP notes"
    )
    assert (told.rule, turned.rule) == ("reference-metadata", "reference-turned")
    assert {told.severity, turned.severity} == {"advice"}
    assert seen.size == (600, 800)
    plain = saved(tmp_path / "plain.png", sharp(), dpi=(72, 72))
    (told,) = checked(plain).findings
    assert "notes of the program that made it" in told.message
    assert checked(plain).sent < checked(plain).bytes == plain.stat().st_size


def test_a_preview_in_the_file_is_told(tmp_path: Path) -> None:
    entry = struct.pack("<HHHII", 1, 0x0112, 3, 1, 1)
    # One tag for the picture, and a second directory for its preview, right behind.
    tiff = b"II*\0" + struct.pack("<I", 8) + entry + struct.pack("<I", 26) + entry + bytes(4)
    path = saved(tmp_path / "boat.jpg", sharp(), exif=b"Exif\0\0" + tiff)
    assert "shows: a small preview" in checked(path).findings[0].message


def test_a_heavy_picture_is_an_error_and_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "can.png", sharp())
    light = CARD.model_copy(update={"reference_bytes_max": 1000})
    assert rules(path, light) == ["reference-too-heavy"]
    image = Kit().compose("packshot", "tidewell", {"product": "can"}).prompt.references
    assert not image
    from promptkit.template.inputs import Image as Sent

    with pytest.raises(BriefError, match=r"takes 0\.001 MB"):
        read_picture(Sent("base", "product", str(path), "", None), light)


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("gone.png", None, "missing-reference"),
        ("words.txt", b"hello", "reference-type"),
        ("moves.gif", b"GIF89a", "reference-type"),
        ("cut.png", CAN.read_bytes()[:5000], "broken-reference"),
    ],
)
def test_what_is_no_picture_is_found_too(
    tmp_path: Path, name: str, data: bytes | None, rule: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    seen = checked(tmp_path / name)
    assert [finding.rule for finding in seen.findings] == [rule]
    assert seen.size is None


def test_plain_tones_and_tiny_pictures_are_not_blurred() -> None:
    assert sharpness(Image.new("RGB", (300, 300), "red")) > SHARP
    assert sharpness(Image.new("RGB", (300, 2))) > SHARP


def a_brand(tmp_path: Path, rights: str) -> Any:
    folder = tmp_path / "brands"
    folder.mkdir(exist_ok=True)
    for name in ("mood.png", "can.png"):
        (folder / name).write_bytes(CAN.read_bytes())
    text = PROFILE.replace("rights: owned", f'rights: "{rights}"')
    text += "subjects: {can: {kind: product, refs: [can.png, mood.png]}}\n"
    (folder / "dim.yaml").write_text(text, encoding="utf-8")
    return BrandLibrary((folder,)).get("dim")


@pytest.mark.parametrize(
    ("rights", "found"),
    [
        ("owned", []),
        ("", ["reference-without-rights"]),
        ("licensed until 2026-11", []),
        ("licensed until 2026-11-22", []),
        ("licensed until 2026-11-21", ["reference-rights-ended"]),
        ("Until 2025-02, by Hanna", ["reference-rights-ended"]),
        ("licensed until 2026-13", []),
    ],
)
def test_rights_that_are_not_said_or_have_ended(
    tmp_path: Path, rights: str, found: list[str]
) -> None:
    findings = check_rights(a_brand(tmp_path, rights), TODAY)
    assert [finding.rule for finding in findings] == found
    assert all(finding.place and finding.place.line for finding in findings)


def test_a_brands_pictures_are_those_of_its_style_and_of_its_subjects(tmp_path: Path) -> None:
    found = pictures_of(a_brand(tmp_path, "owned"))
    assert [path.name for path in found] == ["mood.png", "can.png"]


# The verbs


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["reference", *words])
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.output


def data(*words: str, code: int = 0) -> Any:
    return json.loads(call(*words, "--json", code=code))


def test_check_says_what_it_saw_and_exits_by_it(tmp_path: Path) -> None:
    small = saved(tmp_path / "small.png", sharp((300, 400)))
    said = call("check", str(CAN), str(small), code=1)
    assert "1024×1536 px  PNG  0.4 MB" in said
    assert "300×400 px" in said
    assert said.rstrip().endswith("2 pictures checked, 1 finding")
    assert call("check", str(CAN)).endswith("1 picture checked, no findings\n")
    found = data("check", str(small), code=1)
    assert found["references"][0]["size"] == [300, 400]
    assert found["findings"][0]["rule"] == "reference-small"


def test_check_of_a_brand_is_of_its_pictures(shop: Path) -> None:
    said = data("check", "-C", str(shop))
    assert [Path(item["file"]).name for item in said["references"]] == ["mood.png"]
    both = data("check", str(CAN), "--brand", "dim", "-C", str(shop))
    assert len(both["references"]) == 2


def test_check_says_what_is_sent_of_a_picture(tmp_path: Path) -> None:
    path = saved(tmp_path / "boat.jpg", sharp(), comment="x" * 60_000)
    assert "MB sent" in call("check", str(path))


def test_swatch_writes_the_picture(shop: Path) -> None:
    assert call("swatch", "-C", str(shop)) == "Swatch  dim-swatch.png\n"
    assert opened(Path("dim-swatch.png").read_bytes()).size == SIZE
    said = data("swatch", "-C", str(shop), "--out", "s.png")
    assert Path("s.png").read_bytes() == Path("dim-swatch.png").read_bytes()
    assert said["colors"][0] == {"hex": "#F4E9D8", "share": 0.6}


def test_mask_writes_the_picture() -> None:
    assert call("mask", str(CAN), "--box", "0,0,0.5,0.5") == "Mask  can-front-mask.png\n"
    assert alpha_at(Path("can-front-mask.png").read_bytes(), (5, 5)) == 0
    said = data("mask", "can-front-mask.png", "--from-alpha", "-o", "again.png")
    assert Path(said["mask"]).read_bytes() == Path("again.png").read_bytes()


@pytest.mark.parametrize(
    "words",
    [[], ["--box", "0,0,1,1", "--from-alpha"], ["--box", "0,0,1"], ["--box", "a,b,c,d"]],
)
def test_mask_says_how_it_is_asked_for(words: list[str]) -> None:
    assert "--box" in call("mask", str(CAN), *words, code=2)


def test_what_is_written_takes_the_place_of_nothing_but_itself(shop: Path) -> None:
    source = Path("photo.png")
    Image.new("RGBA", (8, 8), (1, 2, 3, 0)).save(source)
    before = source.read_bytes()
    mask = ["mask", str(source), "--from-alpha"]
    assert "the picture itself" in call(*mask, "-o", "photo.png", code=2)
    assert "does not end in .png" in call(*mask, "-o", "run.json", code=2)
    assert "not made by promptkit" in call("swatch", "-C", str(shop), "-o", "photo.png", code=2)
    assert source.read_bytes() == before
    Path("photo-mask.png").write_bytes(before)
    assert "not made by promptkit" in call(*mask, code=2)
    Path("photo-mask.png").unlink()
    assert call(*mask) == call(*mask) == "Mask  photo-mask.png\n"
    Path("masks").mkdir()
    assert call(*mask, "-o", "masks") == "Mask  masks/photo-mask.png\n"
    assert "cannot be written" in call(*mask, "-o", "photo.png/mask.png", code=2)
    assert "no file" in call("mask", "gone.png", "--from-alpha", code=2)


@pytest.mark.parametrize("box", ["nan,0,1,1", "0,0,inf,1"])
def test_a_box_of_no_numbers_is_refused(box: str) -> None:
    assert "numbers" in call("mask", str(CAN), "--box", box, code=2)


def test_without_pictures_nothing_is_said_of_any(tmp_path: Path) -> None:
    said = call("check", str(tmp_path / "gone.png"), code=1)
    assert "px" not in said
    assert "cannot read the reference picture" in said


def test_a_finding_knows_its_file() -> None:
    finding = checked(CAN, CARD.model_copy(update={"reference_bytes_max": 1})).findings[0]
    assert isinstance(finding, Finding)
    assert str(CAN) in finding.message


def test_a_mask_is_not_asked_to_be_sharp_or_laid_on_white(tmp_path: Path) -> None:
    photo, mask = tmp_path / "room.png", tmp_path / "mask.png"
    Image.new("RGB", (900, 700), "#0B6E99").save(photo)
    mask.write_bytes(mask_of_boxes(photo, [(0.2, 0.2, 0.6, 0.6)], 30))
    assert {"reference-blurred", "reference-transparent"}.isdisjoint(rules(mask))
