"""Finishing, part by part: crop, ground, scale, words, logo, small type, bytes."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageDraw, ImageFont

from promptkit import Kit
from promptkit.brand.channels import TextZone
from promptkit.brand.checks import TextZoneCheck
from promptkit.brand.loading import BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError, BriefError
from promptkit.geometry import Box
from promptkit.lettering import contrast
from promptkit.picture.finish import typeface
from promptkit.picture.finish.canvas import Canvas, Ink, inks, without
from promptkit.picture.finish.crop import crop, same_ratio
from promptkit.picture.finish.encoding import encode, srgb_profile
from promptkit.picture.finish.extending import extended
from promptkit.picture.finish.headline import set_headline
from promptkit.picture.finish.label import set_label
from promptkit.picture.finish.logo import lay_logo
from promptkit.picture.finish.logo_file import drawing
from promptkit.picture.finish.making import Made, make
from promptkit.picture.finish.scaling import scaled
from promptkit.picture.finish.source import Source, Wish
from promptkit.picture.finish.typeface import Face, face_of, must_have, set_weight
from promptkit.picture.marks import Notes, fields, marked
from promptkit.verdict import Check
from promptkit.workflow.shipped import SHIPPED

PROFILES = SHIPPED / "brand_profiles"
BRANDS = BrandLibrary((PROFILES,))
FONTS = Path(__file__).parent.parent / "promptkit" / "fonts"
INTER = Face("Inter", 600)
INK, PAPER = Ink("ink", (27, 42, 51)), Ink("paper", (255, 255, 255))
CALM = TextZoneCheck()


def plain(size: tuple[int, int], colour: Any = (244, 233, 216)) -> Image.Image:
    return Image.new("RGB", size, colour)


def noise(size: tuple[int, int]) -> Image.Image:
    values = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3))
    return Image.fromarray(values.astype(np.uint8))


def with_thing(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """Return a plain picture with one strong, detailed thing in it."""
    picture = plain(size)
    thing = np.zeros((box[3] - box[1], box[2] - box[0], 3), np.uint8)
    thing[:] = (11, 110, 153)
    thing[::8] = (240, 89, 62)
    picture.paste(Image.fromarray(thing), box[:2])
    return picture


def bytes_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def source(picture: Image.Image, name: str = "harbour.png") -> Source:
    return Source(Path(name), bytes_of(picture))


def finished(picture: Image.Image, brand: Brand, channel: str, **wish: Any) -> Made:
    return make(source(picture), brand, channel, Wish(**({"by_model": True} | wish)))


def opened(made: Made) -> Image.Image:
    return Image.open(io.BytesIO(made.data)).convert("RGB")


def checks(of: Made | Canvas) -> dict[str, Check]:
    found = of.audit.checks if isinstance(of, Made) else of.checks
    return {check.rule: check for check in found}


def profile(folder: Path, **changes: Any) -> Brand:
    """Return a small brand in a folder of its own, with Tidewell's logos."""
    folder.mkdir(exist_ok=True)
    shutil.copytree(PROFILES / "logos", folder / "logos", dirs_exist_ok=True)
    data: dict[str, Any] = {
        "name": "Quay",
        "colors": {"primary": "#0B6E99", "text": "#1B2A33", "background": "#FFFFFF"},
        "style": "calm photographs",
        "channels": {"tile": {"size": "400x400"}},
    }
    path = folder / "quay.yaml"
    path.write_text(yaml.safe_dump(data | changes))
    return BrandLibrary((folder,)).get("quay")


LOGO: dict[str, Any] = {
    "files": [
        {"id": "dark", "path": "logos/tidewell.svg", "background": "light"},
        {"id": "light", "path": "logos/tidewell-rev.svg", "background": "dark"},
    ],
    "placement": {"prefer": ["bottom-left", "top-right"], "clear_space": "1x"},
}


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' %s>"

# The crop


@pytest.mark.parametrize("left", [40, 660, 1280])
@pytest.mark.parametrize("ratio", [(1, 1), (4, 5), (9, 16)])
def test_the_crop_keeps_the_thing_wherever_it_stands(left: int, ratio: tuple[int, int]) -> None:
    picture = with_thing((1536, 1024), (left, 380, left + 220, 760))
    box = crop(picture, (ratio[0] * 100, ratio[1] * 100)).box
    assert box.x0 <= left
    assert box.x1 >= left + 220
    assert (box.x0, box.y0) >= (0, 0)
    assert box.x1 <= 1536
    assert box.height == 1024
    assert abs(box.width / box.height - ratio[0] / ratio[1]) < 0.002


def test_a_crop_leaves_the_place_for_words_free() -> None:
    picture = with_thing((2048, 1024), (900, 300, 1150, 800))
    left = crop(picture, (1000, 1000), calm=[(0.0, 0.0, 0.45, 1.0)]).box
    right = crop(picture, (1000, 1000), calm=[(0.55, 0.0, 1.0, 1.0)]).box
    assert left.x0 + 0.45 * left.width <= 950
    assert right.x0 + 0.55 * right.width >= 1100


def test_a_crop_keeps_the_thing_within_the_safe_area() -> None:
    picture = with_thing((2048, 1024), (1700, 300, 1900, 800))
    box = crop(picture, (1000, 1000), safe=(0.2, 0.0, 0.8, 1.0)).box
    assert box.x0 + 0.8 * box.width >= 1700


def test_of_two_things_the_one_that_the_prompt_placed_is_kept() -> None:
    picture = with_thing((2048, 1024), (200, 300, 450, 800))
    picture.paste(picture.crop((200, 300, 450, 800)), (1600, 300))
    assert crop(picture, (1000, 1000), focus=(0.8, 0.5)).box.x0 > 600
    assert crop(picture, (1000, 1000), focus=(0.2, 0.5)).box.x0 < 400


def test_nearly_the_same_ratio_is_not_cropped() -> None:
    found = crop(noise((1008, 1264)), (1024, 1280))
    assert found.whole((1008, 1264))
    assert found.kept == 1.0
    assert same_ratio((1536, 1024), (768, 512))
    assert not same_ratio((1536, 1024), (1024, 1024))


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3)])
def test_any_picture_can_be_cropped(size: tuple[int, int]) -> None:
    found = crop(noise(size), (400, 300))
    assert found.box.width >= 1
    assert found.box.height >= 1


# The ground that is laid on


def test_a_plain_ground_goes_on_so_that_nothing_is_cut() -> None:
    picture = with_thing((800, 1200), (200, 60, 600, 1140))
    wider, corner = extended(picture, (1200, 1200))
    assert wider.size == (1600, 1200)
    assert corner == (400, 0)
    assert wider.crop((400, 0, 1200, 1200)).tobytes() == picture.tobytes()
    assert wider.getpixel((5, 600)) == (244, 233, 216)
    higher, corner = extended(picture.rotate(90, expand=True), (1200, 1200))
    assert higher.size == (1200, 1600)
    assert corner == (0, 400)


def test_a_soft_gradient_goes_on_and_an_edge_does_not() -> None:
    shades = np.linspace(180, 240, 600)[:, np.newaxis, np.newaxis]
    gradient = np.repeat(np.repeat(shades, 400, axis=1), 3, axis=2).astype(np.uint8)
    wider, _ = extended(Image.fromarray(gradient), (600, 600))
    assert wider.size == (800, 600)
    stripes = gradient.copy()
    stripes[300:] -= 40
    assert extended(Image.fromarray(stripes), (600, 600))[0].size == (400, 600)


def test_the_ground_that_goes_on_has_no_bands() -> None:
    shades = np.linspace(180, 190, 600)[:, np.newaxis, np.newaxis]
    gradient = np.floor(np.repeat(np.repeat(shades, 400, axis=1), 3, axis=2)).astype(np.uint8)
    wider, _ = extended(Image.fromarray(gradient), (600, 600))
    laid_on = np.asarray(wider)[:, :200, 0].astype(int)
    assert sum(len(set(row)) == 2 for row in laid_on) > 300
    assert np.abs(laid_on.mean(axis=1) - shades[:, 0, 0]).max() < 1.5
    assert extended(Image.fromarray(gradient), (600, 600))[0].tobytes() == wider.tobytes()


def test_a_plain_ceiling_does_not_go_on_above_a_room() -> None:
    room = plain((900, 600))
    room.paste(noise((900, 500)), (0, 100))
    assert extended(room, (600, 900))[0].size == (900, 600)


def test_ground_with_grain_and_a_soft_gradient_goes_on() -> None:
    shade = np.linspace(240, 150, 600)[:, None, None] * np.ones((1, 400, 3))
    grain = np.random.default_rng(3).normal(0, 2, (600, 400, 1))
    picture = Image.fromarray((shade + grain).astype(np.uint8))
    assert extended(picture, (900, 600))[0].size == (1400, 600)


def test_much_ground_that_is_laid_on_is_told(tmp_path: Path) -> None:
    brand = profile(
        tmp_path / "b", channels={"wide": {"size": "900x450"}, "near": {"size": "500x450"}}
    )
    picture = with_thing((600, 600), (50, 20, 550, 590))
    much = checks(finished(picture, brand, "wide"))["ground-laid-on"]
    assert (much.status, much.severity) == ("fail", "should")
    assert much.measured == 0.5
    assert checks(finished(picture, brand, "near"))["ground-laid-on"].status == "pass"


def test_what_is_odd_about_the_file_is_told(tmp_path: Path) -> None:
    brand = profile(tmp_path / "b")

    def rules(picture: Image.Image, kind: str) -> dict[str, Check]:
        found = Source(Path("odd"), bytes_of(picture, kind))
        return checks(make(found, brand, "tile", Wish(by_model=False)))

    assert "guess" in rules(Image.new("CMYK", (400, 400)), "JPEG")["source-file"].message
    clear = Image.new("RGBA", (400, 400), (9, 9, 9, 0))
    assert rules(clear, "PNG")["source-transparent"].severity == "must"
    clear.paste((9, 9, 9, 255), (0, 0, 200, 200))
    assert rules(clear, "PNG")["source-transparent"].severity == "should"
    assert not {"source-file", "source-transparent"} & {*rules(plain((400, 400)), "PNG")}


def test_only_the_side_that_is_plain_is_laid_on() -> None:
    picture = plain((400, 600))
    picture.paste(noise((60, 400)), (340, 100))
    wider, corner = extended(picture, (600, 600))
    assert wider.size == (600, 600)
    assert corner == (200, 0)


def test_nothing_is_made_up_of_a_picture_or_for_a_banner() -> None:
    assert extended(noise((400, 600)), (600, 600))[0].size == (400, 600)
    assert extended(plain((400, 400)), (4000, 400))[0].size == (400, 400)


def test_a_tall_packshot_comes_whole_into_a_banner(tmp_path: Path) -> None:
    brand = profile(tmp_path / "b", channels={"wide": {"size": "1200x400"}})
    made = finished(with_thing((600, 900), (200, 20, 400, 880)), brand, "wide")
    assert made.told["crop"]["box"][1::2] == [0, 900]


@pytest.mark.parametrize(
    ("file", "size", "side"),
    [
        ("hearth-and-ply/floor-lamp.png", (1536, 1024), "top"),
        ("hearth-and-ply/lounge-chair.png", (1200, 600), "bottom"),
        ("northbeam/planner-tablet.png", (1200, 1200), "right"),
        ("hearth-and-ply/two-seat-sofa.png", (1536, 1024), ""),
    ],
)
def test_a_crop_through_the_subject_says_where(file: str, size: tuple[int, int], side: str) -> None:
    with Image.open(PROFILES / "refs" / file) as picture:
        assert crop(picture.convert("RGB"), size).through == side


def test_a_crop_that_loses_the_subject_is_unfit(tmp_path: Path) -> None:
    brand = profile(tmp_path / "b", channels={"wide": {"size": "900x150"}})
    lost = checks(finished(noise((600, 900)), brand, "wide"))["crop-keeps-subject"]
    assert (lost.status, lost.severity) == ("fail", "must")


def test_a_packshot_comes_whole_into_a_wide_channel(tmp_path: Path) -> None:
    brand = profile(tmp_path / "b", channels={"wide": {"size": "900x450"}})
    made = finished(with_thing((600, 600), (100, 20, 500, 590)), brand, "wide")
    assert made.told["crop"]["ground_laid_on"]
    assert made.audit.ok
    blue = (np.asarray(opened(made))[..., 0] < 60).any(axis=(1,))
    assert 10 <= np.argmax(blue) <= 20


# Scale


def test_sizes_are_exact_whatever_the_crop() -> None:
    for size in [(400, 300), (37, 91), (1537, 1023)]:
        assert scaled(noise((640, 480)), Box(3, 5, 603, 455), size).size == size


def test_what_is_made_smaller_is_blended_as_light() -> None:
    board: NDArray[np.uint8] = np.zeros((400, 400, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    small = scaled(Image.fromarray(board), Box(0, 0, 400, 400), (50, 50))
    # Half of the light is 188 in sRGB; the mean of the values would be 128.
    assert abs(int(np.asarray(small)[25, 25, 0]) - 188) <= 2


def test_what_has_its_size_already_keeps_its_pixels() -> None:
    picture = noise((64, 48))
    assert scaled(picture, Box(0, 0, 64, 48), (64, 48)).tobytes() == picture.tobytes()


def test_an_enlargement_is_told_and_a_large_one_is_unfit(tmp_path: Path) -> None:
    brand = profile(tmp_path / "b")
    assert "enlarged" not in checks(finished(noise((400, 400)), brand, "tile"))
    soft = checks(finished(noise((300, 300)), brand, "tile"))["enlarged"]
    assert (soft.status, soft.severity, soft.measured) == ("fail", "should", 1.333)
    made = finished(noise((150, 150)), brand, "tile")
    assert checks(made)["enlarged"].severity == "must"
    assert not made.audit.ok


# The file


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_every_kind_of_file_is_in_srgb(kind: Any) -> None:
    encoded = encode(noise((96, 64)), kind)
    with Image.open(io.BytesIO(encoded.data)) as picture:
        assert picture.size == (96, 64)
        assert picture.format == kind.upper()
        own = ImageCms.getOpenProfile(io.BytesIO(picture.info["icc_profile"]))
        assert "srgb" in ImageCms.getProfileDescription(own).lower()
    assert encode(noise((96, 64)), kind).data == encoded.data


def test_the_profile_has_no_date_of_today() -> None:
    assert srgb_profile()[24:28] == bytes((7, 208, 0, 1))


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_the_best_quality_is_found_that_keeps_to_a_weight(kind: Any) -> None:
    picture = Image.fromarray(np.asarray(noise((40, 30)).resize((640, 480))))
    best = encode(picture, kind)
    most = len(best.data) // 1500
    encoded = encode(picture, kind, most)
    assert encoded.fits
    assert len(encoded.data) <= most * 1000
    assert encoded.quality is not None
    assert best.quality is not None
    assert encoded.quality < best.quality
    heavier = encode(picture, kind, most, lambda data: data + bytes(900))
    assert len(heavier.data) <= most * 1000


def test_what_is_too_heavy_at_any_quality_is_told(tmp_path: Path) -> None:
    assert not encode(noise((400, 400)), "jpeg", 2).fits
    assert not encode(noise((400, 400)), "png", 2).fits
    channels = {"tile": {"size": "400x400", "max_kb": 2}, "flat": {"size": "400x400", "max_kb": 90}}
    brand = profile(tmp_path / "b", channels=channels)
    heavy = checks(finished(noise((400, 400)), brand, "tile"))["file-weight"]
    assert (heavy.status, heavy.severity, heavy.wanted) == ("fail", "must", "≤ 2 kB")
    assert "webp" in heavy.hint
    assert checks(finished(plain((400, 400)), brand, "flat"))["file-weight"].status == "pass"


# Words


def canvas_of(picture: Image.Image) -> Canvas:
    return Canvas.of(picture, None)


ZONE = TextZone(box=(0.05, 0.1, 0.5, 0.6), min_contrast=4.5)


def dark_in(picture: Image.Image) -> tuple[int, int, int, int] | None:
    return picture.convert("L").point(lambda value: 255 * (value < 120)).getbbox()


def test_a_headline_stands_in_its_zone_in_balanced_lines() -> None:
    canvas = canvas_of(plain((1200, 800)))
    told = set_headline(canvas, "Lighter by the sea", ZONE, INTER, [INK, PAPER], CALM)
    assert told
    assert told["lines"] == ["Lighter by", "the sea"]
    assert told["ink"] == "ink"
    seen = dark_in(canvas.picture)
    assert seen
    assert seen[0] >= 60
    assert seen[1] >= 80
    assert seen[2] <= 600
    assert seen[3] <= 480
    assert checks(canvas)["headline-contrast"].status == "pass"
    assert checks(canvas)["headline-calm"].status == "pass"


def test_on_a_dark_ground_the_headline_is_light() -> None:
    canvas = canvas_of(plain((1200, 800), (20, 30, 40)))
    told = set_headline(canvas, "Lighter by the sea", ZONE, INTER, [INK, PAPER], CALM)
    assert told
    assert told["ink"] == "paper"
    assert told["contrast"] >= 12


def test_a_headline_goes_where_its_zone_is_calm() -> None:
    picture = plain((1200, 800))
    picture.paste(noise((700, 200)), (0, 0))
    canvas = canvas_of(picture)
    zone = TextZone(box=(0.05, 0.05, 0.5, 0.9))
    told = set_headline(canvas, "Lighter", zone, INTER, [INK], CALM)
    assert told
    assert told["box"][1] >= 200
    assert checks(canvas)["headline-calm"].status == "pass"


def test_a_narrower_headline_finds_calm_ground_beside_a_thing() -> None:
    picture = with_thing((1200, 800), (330, 0, 620, 800))
    canvas = canvas_of(picture)
    told = set_headline(canvas, "See the whole week", ZONE, INTER, [INK], CALM)
    assert told
    assert told["box"][2] <= 330
    assert len(told["lines"]) > 2


def test_a_smaller_headline_keeps_off_the_thin_edge_of_a_thing() -> None:
    picture = plain((1200, 800))
    ImageDraw.Draw(picture).line([(330, 0), (330, 800)], (150, 120, 80), 6)
    canvas = canvas_of(picture)
    zone = TextZone(box=(0.05, 0.1, 0.4, 0.6))
    told = set_headline(canvas, "Made for slow mornings", zone, INTER, [INK], CALM)
    assert told
    assert checks(canvas)["headline-free"].measured == 0
    alone = canvas_of(plain((1200, 800)))
    larger = set_headline(alone, "Made for slow mornings", zone, INTER, [INK], CALM)
    assert larger
    assert told["size_px"] < larger["size_px"]


def test_a_headline_across_a_thin_edge_is_told() -> None:
    picture = plain((1200, 800))
    for left in range(0, 1200, 90):
        ImageDraw.Draw(picture).line([(left, 0), (left + 60, 800)], (255, 214, 232), 9)
    canvas = canvas_of(picture)
    assert set_headline(canvas, "Made for slow mornings", ZONE, INTER, [INK], CALM)
    found = checks(canvas)
    assert found["headline-contrast"].status == "pass"
    assert found["headline-calm"].status == "pass"
    assert (found["headline-free"].status, found["headline-free"].severity) == ("fail", "should")


def test_a_line_that_crosses_a_thing_is_not_calm() -> None:
    picture = with_thing((2400, 800), (1100, 0, 1160, 800))
    canvas = canvas_of(picture)
    zone = TextZone(box=(0.0, 0.1, 1.0, 0.3))
    assert set_headline(canvas, "Made for very slow mornings by the sea", zone, INTER, [INK], CALM)
    assert checks(canvas)["headline-calm"].status == "fail"


def test_a_headline_that_reads_nowhere_fails() -> None:
    canvas = canvas_of(noise((1200, 800)))
    assert set_headline(canvas, "Lighter by the sea", ZONE, INTER, [INK, PAPER], CALM)
    failed = checks(canvas)["headline-contrast"]
    assert (failed.status, failed.severity) == ("fail", "must")
    assert isinstance(failed.measured, float)
    assert failed.measured < 4.5


def test_a_headline_too_long_for_its_zone_is_not_set() -> None:
    canvas = canvas_of(plain((300, 300)))
    before = canvas.picture.tobytes()
    zone = TextZone(box=(0.4, 0.4, 0.6, 0.5))
    assert set_headline(canvas, "Unquestionably incomprehensible", zone, INTER, [INK], CALM) is None
    assert canvas.picture.tobytes() == before
    assert checks(canvas)["headline-fit"].severity == "must"


def test_a_zone_in_the_middle_is_set_centred() -> None:
    canvas = canvas_of(plain((1200, 800)))
    zone = TextZone(box=(0.1, 0.1, 0.9, 0.5))
    told = set_headline(canvas, "Lighter by the sea, all week", zone, INTER, [INK], CALM)
    assert told
    assert abs((told["box"][0] + told["box"][2]) / 2 - 600) < 3


def test_a_headline_keeps_off_what_lies_there_already() -> None:
    canvas = canvas_of(plain((1200, 800)))
    canvas.taken.append(Box(0, 0, 1200, 250))
    told = set_headline(canvas, "Lighter", ZONE, INTER, [INK], CALM)
    assert told
    assert told["box"][1] >= 250


def test_without_takes_away_what_costs_least() -> None:
    whole = Box(0, 0, 100, 100)
    assert without(whole, [Box(0, 0, 100, 20)]) == Box(0, 20, 100, 100)
    assert without(whole, [Box(90, 0, 200, 200)]) == Box(0, 0, 90, 100)
    assert without(whole, [Box(200, 0, 300, 100)]) == whole
    assert without(whole, [Box(-10, 70, 200, 200)]) == Box(0, 0, 100, 70)


def test_the_brands_inks_begin_with_the_channels_own(tmp_path: Path) -> None:
    tidewell = BRANDS.get("tidewell")
    names = [ink.name for ink in inks(tidewell, tidewell.channel("web_hero").text_zone)]
    assert names == ["ink", "paper", "harbour"]
    bare = profile(tmp_path / "b", colors={"primary": "#0B6E99"})
    assert [ink.name for ink in inks(bare)] == ["dark", "light"]


# The typeface


def test_the_brands_own_font_file_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    shutil.copy(FONTS / "Inter-SemiBold.otf", folder / "quay.otf")
    display = {"family": "Quay Sans", "weight": "bold", "path": "quay.otf", "describe": "plain"}
    face = face_of(profile(folder, typography={"display": display}), "display")
    assert face.told["file"] == "quay.otf"
    assert (face.family, face.weight) == ("Quay Sans", 700)
    assert face.at(40).getname() == ("Inter", "Semi Bold")
    assert len(face.sha256) == 64


def test_a_font_that_cannot_be_read_is_an_error_of_the_profile(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "quay.woff2").write_bytes(b"wOF2 and nothing")
    display = {"family": "Quay", "path": "quay.woff2", "describe": "plain"}
    with pytest.raises(BrandError, match=r"quay\.woff2") as caught:
        face_of(profile(folder, typography={"display": display}), "display")
    assert caught.value.findings[0].rule == "font-file"
    assert "otf" in (caught.value.findings[0].fix or "")


@pytest.mark.parametrize(
    ("weight", "set_in"), [(400, 400), (500, 600), ("600", 600), ("semi-bold", 600), ("odd", 600)]
)
def test_the_bundled_typeface_has_two_weights(tmp_path: Path, weight: Any, set_in: int) -> None:
    display = {"family": "Quay", "weight": weight, "describe": "plain"}
    brand = profile(tmp_path / "b", typography={"display": display})
    assert face_of(brand, "display") == Face("Inter", set_in)


@pytest.mark.parametrize(
    ("text", "script"),
    [("涼しい海", "CJK"), ("नमस्ते", "Devanagari"), ("بحر", "Arabic"), ("Sea 🌊", "symbols")],
)
def test_letters_that_a_typeface_lacks_are_refused_by_name(text: str, script: str) -> None:
    with pytest.raises(BriefError, match=script) as caught:
        must_have(INTER, text, "display")
    assert caught.value.findings[0].rule == "missing-letters"


def test_letters_that_it_has_are_let_through() -> None:
    must_have(INTER, "Lättare vid havet – żółć, Привет, Ελλάδα & ½ €\n", "display")


# The logo


@pytest.mark.parametrize(("ground", "form"), [((250, 250, 250), "dark"), ((15, 20, 30), "light")])
def test_the_form_of_the_logo_is_chosen_by_its_ground(
    tmp_path: Path, ground: tuple[int, int, int], form: str
) -> None:
    canvas = canvas_of(plain((1000, 1000), ground))
    told = lay_logo(canvas, profile(tmp_path / "b", logo=LOGO), "tile")
    assert told
    assert told["id"] == form
    assert told["corner"] == "bottom-left"
    left, top, right, bottom = told["box"]
    clear = told["clear_space_px"]
    assert clear == bottom - top
    assert left >= clear
    assert 1000 - bottom >= clear
    changed = Image.fromarray(
        (np.asarray(canvas.picture) != np.asarray(plain((1000, 1000), ground))).any(axis=2)
    ).getbbox()
    assert changed
    assert changed[0] >= left
    assert changed[2] <= right
    assert changed[1] >= top
    assert changed[3] <= bottom
    assert checks(canvas)["logo-contrast"].status == "pass"


def test_the_logo_moves_to_the_next_corner_where_the_first_is_busy(tmp_path: Path) -> None:
    picture = plain((1000, 1000))
    picture.paste(noise((1000, 300)), (0, 700))
    told = lay_logo(canvas_of(picture), profile(tmp_path / "b", logo=LOGO), "tile")
    assert told
    assert told["corner"] == "top-right"


def test_the_logo_gives_way_before_it_lies_across_an_edge(tmp_path: Path) -> None:
    picture = plain((1000, 1000))
    picture.paste((5, 20, 30), (250, 0, 1000, 1000))
    logo = LOGO | {"placement": {"prefer": ["bottom-left"], "min_height_px": 24}}
    told = lay_logo(canvas_of(picture), profile(tmp_path / "b", logo=logo), "tile")
    assert told
    assert told["box"][2] < 250
    assert told["box"][3] - told["box"][1] >= 24


def test_a_logo_that_reads_nowhere_is_laid_and_fails(tmp_path: Path) -> None:
    canvas = canvas_of(noise((1000, 1000)))
    assert lay_logo(canvas, profile(tmp_path / "b", logo=LOGO), "tile")
    failed = checks(canvas)["logo-contrast"]
    assert (failed.status, failed.severity) == ("fail", "must")
    assert checks(canvas)["logo-calm"].status == "fail"


def test_a_logo_without_room_is_left_out_and_fails(tmp_path: Path) -> None:
    logo = LOGO | {"placement": {"min_height_px": 400, "clear_space": "1x"}}
    canvas = canvas_of(plain((600, 600)))
    assert lay_logo(canvas, profile(tmp_path / "b", logo=logo), "tile") is None
    assert canvas.picture.tobytes() == plain((600, 600)).tobytes()
    assert checks(canvas)["logo-room"].severity == "must"


def test_a_reserve_is_the_first_place_and_words_come_before_other_corners(tmp_path: Path) -> None:
    logo = LOGO | {"reserve": {"box": [0.04, 0.84, 0.30, 0.95]}}
    brand = profile(tmp_path / "b", logo=logo)
    told = lay_logo(canvas_of(plain((1000, 1000))), brand, "tile")
    assert told
    assert told["corner"] == "bottom-left"
    zone = Box(0, 700, 600, 1000)
    told = lay_logo(canvas_of(plain((1000, 1000))), brand, "tile", zone)
    assert told
    assert told["corner"] == "top-right"


@pytest.mark.parametrize(
    ("clear_space", "part"), [("2x", 2.0), ("50%", 0.5), ("", 0.5), ("as much as it is high", 0.5)]
)
def test_clear_space_is_read_as_people_write_it(
    tmp_path: Path, clear_space: str, part: float
) -> None:
    logo = LOGO | {"placement": {"clear_space": clear_space}}
    told = lay_logo(canvas_of(plain((1000, 1000))), profile(tmp_path / "b", logo=logo), "tile")
    assert told
    assert told["clear_space_px"] == round((told["box"][3] - told["box"][1]) * part)
    logo = LOGO | {"placement": {"clear_space": "20 px", "prefer": ["bottom-center"]}}
    told = lay_logo(canvas_of(plain((1000, 1000))), profile(tmp_path / "b", logo=logo), "tile")
    assert told
    assert told["clear_space_px"] == 20
    assert abs(told["box"][0] + told["box"][2] - 1000) <= 2


def test_a_logos_form_for_a_channel_and_the_whole_logo_come_first(tmp_path: Path) -> None:
    files = [
        LOGO["files"][0] | {"id": "for-web", "slots": ["web"]},
        LOGO["files"][0] | {"id": "symbol", "variant": "symbol"},
        LOGO["files"][0] | {"id": "any"},
    ]
    brand = profile(tmp_path / "b", logo=LOGO | {"files": files})
    for channel, form in (("tile", "any"), ("web", "for-web")):
        told = lay_logo(canvas_of(plain((1000, 1000))), brand, channel)
        assert told
        assert told["id"] == form


def test_the_rim_of_a_logos_file_does_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    picture = Image.new("RGBA", (400, 300))
    picture.paste((200, 20, 30, 255), (100, 100, 300, 150))
    picture.save(folder / "mark.png")
    logo = {"files": [{"id": "mark", "path": "mark.png"}]}
    drawn = drawing(profile(folder, logo=logo), 0)
    assert drawn.ratio == 4.0
    assert drawn.ink == (200, 20, 30)
    assert drawn.at(20).size == (80, 20)
    assert drawn.at(20).getpixel((40, 10)) == (200, 20, 30, 255)


def test_an_svg_is_drawn_at_the_size_it_has() -> None:
    drawn = drawing(BRANDS.get("tidewell"), 0)
    for height in (48, 90, 311):
        shown = drawn.at(height)
        assert shown.height == height
        assert abs(shown.width / height - drawn.ratio) < 0.03
    assert drawn.ink == (11, 110, 153)
    assert contrast(drawn.ink, (255, 255, 255)) > 4.5


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("mark.svg", b"<svg", "cannot be drawn"),
        ("mark.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "nothing"),
        ("mark.svg", b"<svg>" + b" " * 1_000_001, "1000 kB"),
        ("mark.svg", SVG % b"width='9' height='9'" + b"<image href='/a.png'/></svg>", "/a.png"),
        ("mark.svg", SVG % b"viewBox='0 0 9 9'" + b"<use href='b.svg#x'/></svg>", "b.svg"),
        ("mark.svg", SVG % b"width='1000000' height='10'" + b"<path/></svg>", "40 to 1"),
        ("mark.svg", SVG % b"width='100%'" + b"<path/></svg>", "how large"),
        ("mark.png", b"%PDF-1.7", "PDF"),
    ],
)
def test_a_logo_that_cannot_be_drawn_is_an_error_of_the_profile(
    tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / name).write_bytes(data)
    brand = profile(folder, logo={"files": [{"id": "mark", "path": name}]})
    with pytest.raises(BrandError, match=why) as caught:
        drawing(brand, 0)
    assert caught.value.findings[0].rule == "logo-file"
    assert "PNG" in (caught.value.findings[0].fix or "")


def test_text_in_a_logo_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 30'><text y='20'>quay</text></svg>"
    )
    (folder / "mark.svg").write_text(svg)
    brand = profile(folder, logo={"files": [{"id": "mark", "path": "mark.svg"}]})
    canvas = canvas_of(plain((1000, 1000)))
    assert lay_logo(canvas, brand, "tile")
    assert checks(canvas)["logo-live-text"].severity == "should"


# Small type


def test_small_type_stands_in_a_free_corner_and_reads() -> None:
    canvas = canvas_of(plain((1000, 800)))
    canvas.taken.append(Box(0, 600, 1000, 800))
    told = set_label(
        canvas, ["Enjoy chilled.", "Image made with AI"], INTER, [INK], (9, 9, 9), left=False
    )
    assert told
    assert told["lines"] == ["Enjoy chilled.", "Image made with AI"]
    assert not told["plate"]
    assert told["box"][0] > 500
    assert told["box"][3] < 600
    assert told["size_px"] >= 13


def test_small_type_begins_on_the_side_without_the_logo() -> None:
    told = set_label(canvas_of(plain((900, 900))), ["AI"], INTER, [INK], (0, 0, 0), left=True)
    assert told
    assert told["box"][0] < 100


def test_on_a_busy_ground_small_type_gets_a_plate() -> None:
    canvas = canvas_of(noise((900, 900)))
    told = set_label(canvas, ["Image made with AI"], INTER, [INK], (255, 255, 255))
    assert told
    assert told["plate"]
    assert told["hex"] == "#1B2A33"
    left, top, right, bottom = told["box"]
    assert canvas.picture.getpixel((left - 3, top + 1)) == (255, 255, 255)
    assert canvas.picture.getpixel((right + 2, bottom)) == (255, 255, 255)


def test_small_type_keeps_out_of_the_place_for_words_if_it_can() -> None:
    for off, top in ((Box(0, 450, 900, 900), 0), (Box(0, 0, 900, 900), 800)):
        told = set_label(canvas_of(plain((900, 900))), ["AI"], INTER, [INK], (0, 0, 0), off=off)
        assert told
        assert top <= told["box"][1] <= top + 100


def test_small_type_without_room_fails() -> None:
    canvas = canvas_of(plain((300, 300)))
    canvas.taken.append(Box(0, 0, 300, 300))
    assert set_label(canvas, ["Image made with AI"], INTER, [INK], (0, 0, 0)) is None
    assert checks(canvas)["label-room"].severity == "must"


# All of it


def test_noise_becomes_a_jpeg_too() -> None:
    with Image.open(io.BytesIO(encode(noise((900, 900)), "jpeg").data)) as picture:
        assert picture.size == (900, 900)


class Variable:
    """A font whose weight can be set, as far as that shows."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def get_variation_axes(self) -> list[dict[str, Any]]:
        weight = {"name": b"Weight", "minimum": 300, "default": 400, "maximum": 700}
        return [weight, {"name": b"Width", "minimum": 50, "default": 100, "maximum": 150}]

    def set_variation_by_axes(self, values: list[float]) -> None:
        self.values = values


@pytest.mark.parametrize(("weight", "set_to"), [(600, 600), (900, 700), (100, 300)])
def test_a_variable_font_gets_the_nearest_weight_it_has(weight: int, set_to: int) -> None:
    face: Any = Variable()
    set_weight(face, weight)
    assert face.values == [set_to, 100]


def test_without_the_layout_that_joins_letters_those_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typeface, "_layout", lambda: ImageFont.Layout.BASIC)
    assert INTER.lacks("e\u0301 שלום") == ["\u0301", "ש", "ל", "ו", "ם"]
    assert INTER.lacks("é") == []


def test_a_picture_that_is_no_logo_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    plain((300, 100), (10, 20, 30)).save(folder / "mark.png")
    drawn = drawing(profile(folder, logo={"files": [{"id": "m", "path": "mark.png"}]}), 0)
    assert (drawn.ratio, drawn.ink) == (3.0, (10, 20, 30))


def test_a_brand_without_a_reserve_has_its_usual_corner(tmp_path: Path) -> None:
    brand = profile(tmp_path / "b", logo={"files": LOGO["files"]})
    told = lay_logo(canvas_of(plain((1000, 1000))), brand, "tile")
    assert told
    assert told["corner"] == "bottom-right"
    small = finished(plain((400, 400)), brand, "tile")  # a tile too small for it
    assert checks(small)["logo-room"].status == "fail"


def test_a_channels_file_has_all_that_the_brand_wants() -> None:
    made = finished(
        plain((1536, 1024)), BRANDS.get("tidewell"), "web_hero", headline="Lighter by the sea"
    )
    assert made.audit.ok
    assert made.told["headline"]["text"] == "Lighter by the sea"
    assert made.told["label"]["lines"] == ["Enjoy chilled.", "Image made with AI"]
    assert made.told["logo"]["id"] == "wordmark"
    assert made.told["brand"]["digest"] == BRANDS.get("tidewell").digest
    said = fields(made.data, "image/webp")
    assert len(made.data) <= 300_000
    assert said["Iptc4xmpExt:DigitalSourceType"].endswith("compositeWithTrainedAlgorithmicMedia")
    assert json.loads(json.dumps(made.told)) == made.told
    boxes = [Box(*made.told[mark]["box"]) for mark in ("headline", "label", "logo")]
    assert not any(one.meets(two) for one in boxes for two in boxes if one is not two)


def test_the_same_picture_gives_the_same_bytes() -> None:
    picture = with_thing((1400, 900), (200, 300, 500, 800))
    one, two = (finished(picture, BRANDS.get("northbeam"), "web_hero", headline="x") for _ in "12")
    assert one.data == two.data
    assert one.told == two.told


@pytest.mark.parametrize("brand", ["tidewell", "northbeam", "hearth-and-ply"])
@pytest.mark.parametrize("ground", [(8, 10, 14), (250, 249, 246)])
def test_every_channel_of_every_shipped_brand_is_fit_on_calm_ground(
    brand: str, ground: tuple[int, int, int]
) -> None:
    shipped = BRANDS.get(brand)
    for name, channel in shipped.channels.items():
        picture = plain(channel.size, ground)
        made = finished(picture, shipped, name, headline="Made to be here")
        assert made.audit.ok, [check.message for check in made.audit.failed]
        assert opened(made).size == channel.size
        assert made.told["logo"]


def test_nothing_is_laid_beyond_the_safe_area() -> None:
    brand = BRANDS.get("tidewell")
    channel = brand.channel("instagram_post")
    made = finished(plain(channel.size), brand, "instagram_post")
    changed = np.abs(np.asarray(opened(made)).astype(int) - (244, 233, 216)).max(axis=2) > 40
    rows, columns = np.nonzero(changed)
    assert channel.safe_area
    assert columns.min() >= channel.safe_area[0] * channel.size[0] - 1
    assert columns.max() <= channel.safe_area[2] * channel.size[0]
    assert rows.min() >= channel.safe_area[1] * channel.size[1] - 1
    assert rows.max() <= channel.safe_area[3] * channel.size[1]


def test_a_brand_without_marks_leaves_a_picture_as_it_is(tmp_path: Path) -> None:
    channels = {"tile": {"size": "64x48", "format": "png"}}
    brand = profile(tmp_path / "b", channels=channels)
    picture = noise((64, 48))
    made = finished(picture, brand, "tile")
    assert opened(made).tobytes() == picture.tobytes()
    assert made.told["logo"] is made.told["label"] is made.told["headline"] is None
    assert fields(made.data, "image/png")["Iptc4xmpExt:DigitalSourceType"].endswith(
        "/trainedAlgorithmicMedia"
    )


def test_a_logo_policy_of_none_is_kept(tmp_path: Path) -> None:
    brand = profile(tmp_path / "b", logo=LOGO | {"policy": "none"})
    assert finished(plain((400, 400)), brand, "tile").told["logo"] is None


def test_who_drew_a_picture_is_read_from_its_file_or_asked_for(tmp_path: Path) -> None:
    content = {"ai_disclosure": {"label": "Made with AI"}}
    brand = profile(tmp_path / "b", content=content)
    unknown = finished(plain((400, 400)), brand, "tile", by_model=None)
    assert unknown.told["label"] is None
    assert "--ai" in checks(unknown)["unknown-maker"].hint
    assert fields(unknown.data, "image/jpeg") == {}
    by_hand = finished(plain((400, 400)), brand, "tile", by_model=False)
    assert by_hand.told["label"] is None
    assert "unknown-maker" not in checks(by_hand)
    data = marked(bytes_of(plain((400, 400))), "image/png", Notes())
    told = make(Source(Path("x.png"), data), brand, "tile", Wish())
    assert told.told["label"]["lines"] == ["Made with AI"]


def test_regions_and_languages_have_their_own_small_type() -> None:
    brand = BRANDS.get("tidewell")
    picture = plain((1024, 1024))
    made = finished(picture, brand, "product_tile", region="FR", by_model=False)
    assert made.told["label"]["lines"] == ["Servir frais."]
    with pytest.raises(BriefError, match="region “DE”"):
        finished(picture, brand, "product_tile", region="DE")
    with pytest.raises(BriefError, match="“fr”"):
        finished(picture, brand, "product_tile", language="fr")


def test_a_headline_is_held_against_what_the_brand_says(tmp_path: Path) -> None:
    channels = {"hero": {"size": "900x600", "text_zone": {"box": [0.05, 0.1, 0.6, 0.9]}}}
    words = {"words": {"never": ["detox"]}, "on_image_text": {"max_words": 3}}
    brand = profile(tmp_path / "b", channels=channels, tone=words)
    made = finished(plain((900, 600)), brand, "hero", headline="A detox by the sea")
    assert checks(made)["headline-never-words"].status == "fail"
    assert not made.audit.ok
    assert checks(made)["headline-words"].status == "fail"
    good = finished(plain((900, 600)), brand, "hero", headline="By the sea")
    assert good.audit.ok
    assert good.audit.failed == []


def test_words_are_not_set_where_none_are_wanted_or_no_place_is_named(tmp_path: Path) -> None:
    brand = profile(tmp_path / "b")
    made = finished(plain((400, 400)), brand, "tile", headline="By the sea")
    assert "text_zone" in checks(made)["headline-zone"].hint
    assert checks(made)["headline-zone"].severity == "should"  # somebody typed it
    zone = {"text_zone": {"box": [0.0, 0.0, 1.0, 1.0]}}
    channels = {
        "post": {"size": "400x400", "on_image_words": 5},
        "quiet": {"size": "400x400", "on_image_words": 0} | zone,
    }
    other = profile(tmp_path / "d", channels=channels)
    made = finished(plain((400, 400)), other, "post", headline="By the sea")
    assert checks(made)["headline-zone"].severity == "should"
    assert finished(plain((400, 400)), other, "quiet", headline="Sea").told["headline"] is None
    mute = profile(tmp_path / "c", tone={"on_image_text": "none"})
    with pytest.raises(BriefError, match="no words"):
        finished(plain((400, 400)), mute, "tile", headline="By the sea")
    assert finished(plain((400, 400)), mute, "tile").told["headline"] is None


def test_the_logo_keeps_off_a_thing_where_it_would_read_better(tmp_path: Path) -> None:
    picture = plain((1000, 1000), (190, 190, 190))
    picture.paste((15, 20, 30), (0, 700, 450, 960))  # it would lie on this, and read best
    wanting = LOGO | {"placement": LOGO["placement"] | {"min_contrast": 4}}
    canvas = canvas_of(picture)
    told = lay_logo(canvas, profile(tmp_path / "b", logo=wanting), "tile")
    assert told
    assert told["corner"] == "top-right"
    found = {check.rule: check.status for check in canvas.checks}
    assert (found["logo-free"], found["logo-contrast"]) == ("pass", "fail")


def test_a_crop_through_a_thing_is_told_with_its_side() -> None:
    tall = with_thing((1500, 1000), (900, 100, 1200, 950))
    assert crop(tall, (2000, 1000)).through in ("top", "bottom")
    assert crop(with_thing((1500, 1000), (900, 300, 1200, 700)), (2000, 1000)).through == ""


def test_an_enlarged_comp_is_no_fault() -> None:
    with Kit() as kit:
        run = kit.generate(kit.compose("packshot", "tidewell", {"product": "slim can"}), n=1)
        source = Source(run.finals[0].path, run.finals[0].path.read_bytes())
        brand = kit.brand("tidewell")
    check = checks(make(source, brand, "web_hero", Wish(by_model=False)))["enlarged"]
    assert (check.severity, check.status, check.hint) == ("info", "pass", "")
