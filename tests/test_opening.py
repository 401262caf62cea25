from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from odd_pictures import (
    CORAL,
    bomb,
    cmyk_profile,
    cut,
    deep_grey,
    moving,
    on_its_side,
    plain,
    rgb_profile,
    saved,
    see_through,
)
from promptkit.errors import BriefError
from promptkit.picture import opening
from promptkit.picture.opening import Opened, open_picture


def near(picture: Opened, color: tuple[int, int, int], by: int = 3) -> bool:
    return bool((np.abs(picture.rgb.reshape(-1, 3).mean(axis=0) - color) <= by).all())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_plain_pictures_are_opened_as_they_are(kind: str) -> None:
    picture = open_picture(saved(plain(), kind))
    assert (picture.format, picture.size, picture.alpha, picture.notes) == (
        kind,
        (60, 40),
        None,
        (),
    )
    assert picture.rgb.shape == (40, 60, 3)
    assert near(picture, CORAL)


@pytest.mark.parametrize(
    ("data", "rule", "said"),
    [
        (cut(saved(plain(size=(900, 600)), "JPEG")), "picture-broken", "is cut short"),
        (cut(saved(Image.effect_noise((90, 60), 80))), "picture-broken", "is cut short"),
        (bomb(), "picture-too-large", "13000 × 13000 px, too many to open"),
        (bomb(80_000), "picture-too-large", "unfolds into too many px"),
        (b"", "picture-format", "is empty"),
        (b"hello", "picture-format", "no picture, or a broken one"),
        (b"%PDF-1.7", "picture-format", "is a PDF"),
        (saved(plain(), "TIFF"), "picture-format", "is a TIFF"),
        (saved(plain(), "BMP"), "picture-format", "is a BMP"),
        (b"  <svg xmlns='http://www.w3.org/2000/svg'/>", "picture-format", "is an SVG"),
        (b"<!doctype html>", "picture-format", "is a web page"),
        (b"\0\0\0\x18ftypheic....", "picture-format", "is a HEIC"),
        (b"\0\0\0\x18ftypmp42....", "picture-format", "a film"),
        (saved(plain())[:33], "picture-format", "no picture, or a broken one"),
        (saved(plain())[:45] + b"x" * 30, "picture-broken", "cannot be decoded"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_opened_is_refused_by_name(data: bytes, rule: str, said: str) -> None:
    with pytest.raises(BriefError) as caught:
        open_picture(data, "hero.png")
    finding = caught.value.findings[0]
    assert finding.rule == rule
    assert finding.message.startswith("hero.png ")
    assert said in finding.message
    assert finding.fix


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "no.png", "there is no file"), (tmp_path, "is a folder")):
        with pytest.raises(BriefError, match=said) as caught:
            open_picture(path)
        assert caught.value.findings[0].rule == "missing-file"


def test_a_file_too_large_to_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "hero.png"
    file.write_bytes(saved(plain()))
    monkeypatch.setattr(opening, "MAX_BYTES", 10)
    with pytest.raises(BriefError, match="has more than 0 MB"):
        open_picture(file)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_taken(kind: str) -> None:
    picture = open_picture(moving(kind))
    assert near(picture, CORAL, 6)
    assert picture.notes == ("moves; only the first of its 2 pictures is looked at",)


def test_a_picture_on_its_side_is_turned() -> None:
    picture = open_picture(on_its_side())
    assert picture.size == (40, 60)
    assert near(picture.part((0, 0, 40, 25)), CORAL, 6)
    assert picture.notes == ("was turned upright, as its EXIF data say",)


def test_16_bits_are_measured_as_8() -> None:
    picture = open_picture(deep_grey())
    assert list(picture.rgb[0, [0, 128, 255], 0]) == [0, 128, 255]
    assert "16 bits" in picture.notes[0]


@pytest.mark.parametrize(("mode", "said"), [("L", "greys only"), ("1", "black and white only")])
def test_greys(mode: str, said: str) -> None:
    picture = open_picture(saved(Image.new(mode, (20, 20), 255)))
    assert near(picture, (255, 255, 255))
    assert said in picture.notes[0]


def test_transparent_parts_lie_on_white() -> None:
    picture = open_picture(see_through())
    assert near(picture.part((0, 0, 29, 40)), CORAL)
    assert near(picture.part((31, 0, 60, 40)), (255, 255, 255))
    assert picture.alpha is not None
    assert picture.part((31, 0, 60, 40)).alpha is not None
    assert picture.notes == ("has transparent parts; they are measured on white",)


def test_an_alpha_channel_that_hides_nothing_is_none() -> None:
    assert open_picture(saved(plain().convert("RGBA"))).alpha is None
    assert open_picture(saved(Image.new("LA", (9, 9), (80, 255)))).alpha is None


@pytest.mark.parametrize("name", ["Display P3", "Adobe RGB (1998)"])
def test_wide_colour_spaces_are_converted(name: str) -> None:
    picture = open_picture(saved(plain((60, 180, 80)), icc_profile=rgb_profile(name)))
    red, green, _ = picture.rgb[0, 0]
    assert picture.notes == (f"was converted to sRGB from its colour profile, {name}",)
    assert red < 45  # the same numbers mean a stronger green there
    assert green >= 178


def test_inks_are_converted_by_their_profile_or_guessed() -> None:
    inks = Image.new("CMYK", (20, 20), (0, 255, 255, 0))
    by_profile = open_picture(saved(inks, "JPEG", quality=95, icc_profile=cmyk_profile()))
    guessed = open_picture(saved(inks, "JPEG", quality=95))
    assert any("Coated paper" in note for note in by_profile.notes)
    assert any("a guess" in note for note in guessed.notes)
    for picture in (by_profile, guessed):
        assert picture.rgb[0, 0, 0] > 1.5 * picture.rgb[0, 0, 1]


def test_a_profile_that_cannot_be_read_is_passed_over() -> None:
    picture = open_picture(saved(plain(), icc_profile=b"nonsense"))
    assert near(picture, CORAL)
    assert "cannot be read" in picture.notes[0]


def test_a_profile_of_srgb_changes_nothing() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = open_picture(saved(plain(), icc_profile=profile))
    assert near(picture, CORAL, 0)
    assert picture.notes == ()


def test_what_is_written_in_a_file() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a can"
    assert open_picture(saved(plain(), "JPEG", exif=exif)).texts == {"description": "a can"}
