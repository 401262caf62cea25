"""The audit's colour measures, against coloraide and against every px by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from promptkit.brand.color import contrast as one_contrast
from promptkit.brand.color import difference as one_difference
from promptkit.brand.loading import BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.picture.audit.chart import Chart, census, chart_of, hexes
from promptkit.picture.audit.lab import contrast, difference, lab, luminance
from promptkit.picture.audit.places import where
from promptkit.picture.audit.strangers import strangers
from promptkit.picture.opening import open_picture

ROOT = Path(__file__).parents[1]
BRANDS = BrandLibrary((ROOT / "brand_profiles",))
REFERENCES = sorted((ROOT / "brand_profiles" / "refs").glob("*/*.jpg"))


def chart_for(brand: Brand) -> Chart:
    palette = hexes(color.value for color in brand.colors.palette.values())
    return chart_of(palette, brand.checks.palette.tolerance_de00)


def exact(chart: Chart, rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the shares of the labels by looking at every colour of a picture by itself."""
    wide = rgb.reshape(-1, 3).astype(np.uint32)
    places = np.array([65_536, 256, 1], np.uint32)
    packed, counts = np.unique(wide @ places, return_counts=True)
    colors = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.uint8)
    size = chart.strange + 1
    sums = np.zeros(size)
    for start in range(0, len(colors), 100_000):
        part = slice(start, start + 100_000)
        sums += np.bincount(chart.labels(colors[part]), counts[part], minlength=size)
    shares: NDArray[np.float64] = sums / counts.sum()
    return shares


def written(color: NDArray[np.uint8]) -> str:
    return "#{:02X}{:02X}{:02X}".format(*(int(channel) for channel in color))


def test_the_difference_is_coloraides() -> None:
    chance = np.random.default_rng(3)
    ones = chance.integers(0, 256, (400, 3), np.uint8)
    near = np.clip(ones + chance.integers(-12, 13, (400, 3)), 0, 255).astype(np.uint8)
    others = np.concatenate([near[:200], chance.integers(0, 256, (200, 3), np.uint8)])
    found = difference(lab(ones), lab(others))
    wanted = [one_difference(written(a), written(b)) for a, b in zip(ones, others, strict=True)]
    assert np.abs(found - wanted).max() < 0.001


def test_the_contrast_is_coloraides() -> None:
    colors = np.array([(11, 110, 153), (244, 233, 216), (0, 0, 0)], np.uint8)
    found = contrast(luminance(colors), float(luminance(colors[2:])[0]))
    wanted = [one_contrast(written(color), "#000000") for color in colors]
    assert found == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("name", ["tidewell", "northbeam", "hearth-and-ply"])
def test_flat_pictures_have_the_shares_they_were_drawn_with(name: str) -> None:
    brand = BRANDS.get(name)
    chart = chart_for(brand)
    chance = np.random.default_rng(len(name))
    for _ in range(12):
        edges = np.sort(chance.integers(0, 901, 5))
        rgb = np.empty((60, 900, 3), np.uint8)
        colors = np.concatenate(
            [chance.integers(0, 256, (2, 3)), np.array(chart.palette)[chance.permutation(6)[:4]]]
        ).astype(np.uint8)
        for left, right, color in zip([0, *edges], [*edges, 900], colors, strict=True):
            rgb[:, left:right] = color
        assert np.abs(census(chart, rgb).shares - exact(chart, rgb)).max() < 0.0001


def drawn(kind: str) -> Image.Image:
    """Return what photographs are hard by: soft changes, grain, many small colours."""
    size = (360, 240)
    if kind == "gradient":
        across = Image.linear_gradient("L").resize(size).rotate(90)
        return Image.merge("RGB", (across, across.rotate(180), Image.new("L", size, 140)))
    if kind == "noise":
        chance = np.random.default_rng(5)
        return Image.fromarray(chance.integers(0, 256, (240, 360, 3), np.uint8))
    picture = Image.new("RGB", size, (244, 233, 216))
    pen, chance = ImageDraw.Draw(picture), np.random.default_rng(8)
    palette = [(11, 110, 153), (240, 89, 62), (62, 142, 90), (27, 42, 51)]
    for number in range(160):
        x, y = (int(value) for value in chance.integers(0, (360, 240)))
        pen.ellipse((x, y, x + 40, y + 40), palette[number % 4])
    soft = picture.filter(ImageFilter.GaussianBlur(4))
    grain = chance.normal(0, 5, (240, 360, 3))
    return Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("kind", ["gradient", "noise", "textures"])
@pytest.mark.parametrize("name", ["tidewell", "northbeam", "hearth-and-ply"])
def test_drawn_photographs_are_near_every_px_by_itself(kind: str, name: str) -> None:
    chart = chart_for(BRANDS.get(name))
    rgb = np.asarray(drawn(kind))
    assert np.abs(census(chart, rgb).shares - exact(chart, rgb)).max() < 0.015


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
def test_photographs_are_near_every_px_by_itself(path: Path) -> None:
    rgb = np.ascontiguousarray(open_picture(path).rgb[::3, ::3])
    for brand in (BRANDS.get(path.parent.name), BRANDS.get("northbeam")):
        chart = chart_for(brand)
        assert np.abs(census(chart, rgb).shares - exact(chart, rgb)).max() < 0.015


def test_only_what_counts_is_counted() -> None:
    chart = chart_of(((240, 89, 62), (11, 110, 153)), 10)
    rgb = np.zeros((10, 20, 3), np.uint8)
    rgb[:, :10] = (240, 89, 62)
    left = np.zeros((10, 20), np.bool_)
    left[:, :10] = True
    assert census(chart, rgb, left).own(0) == pytest.approx(1)
    assert census(chart, rgb).own(0) == pytest.approx(0.5)
    nothing = census(chart, rgb, np.zeros((10, 20), np.bool_))
    assert (nothing.area, float(nothing.shares.sum())) == (0, 0)


@pytest.mark.parametrize(
    ("color", "label"),
    [
        ((240, 89, 62), "own"),
        ((120, 44, 31), "shade"),  # in the shadow
        ((255, 146, 124), "shade"),  # a little veiled
        ((247, 190, 176), "tint"),
        ((128, 128, 128), "grey"),
        ((122, 63, 242), "strange"),
        ((62, 142, 90), "strange"),
    ],
)
def test_what_a_colour_is_to_a_palette(color: tuple[int, int, int], label: str) -> None:
    chart = chart_of(((240, 89, 62), (244, 233, 216)), 10)
    labels = {0: "own", 1: "own", 2: "shade", 3: "shade", 4: "tint", 5: "grey", 6: "strange"}
    assert labels[int(chart.labels(np.array([color], np.uint8))[0])] == label


def test_a_palette_of_one_colour() -> None:
    chart = chart_of(((240, 89, 62),), 10)
    rgb = np.full((8, 8, 3), (240, 89, 62), np.uint8)
    assert census(chart, rgb).own(0) == pytest.approx(1)


def test_strangers_are_named_with_their_place() -> None:
    chart = chart_of(((244, 233, 216), (11, 110, 153)), 10)
    rgb = np.full((90, 120, 3), (244, 233, 216), np.uint8)
    rgb[:30, :40] = (122, 63, 242)
    rgb[70:, 100:] = (240, 30, 30)
    first, second = strangers(census(chart, rgb))
    assert (first.name, first.where) == ("vivid deep violet", "upper left")
    assert first.share == pytest.approx(1200 / 10_800, abs=0.001)
    assert first.hex.startswith("#7C3") or first.hex.startswith("#7A3")
    assert (second.name, second.where) == ("vivid red", "lower right")
    rgb[:] = (11, 110, 153)
    assert strangers(census(chart, rgb)) == []


def test_neighbours_that_are_called_the_same_are_one_stranger() -> None:
    chart = chart_of(((244, 233, 216),), 10)
    rgb = np.zeros((20, 40, 3), np.uint8)
    rgb[:, :20] = (44, 108, 180)
    rgb[:, 20:] = (12, 108, 204)
    (found,) = strangers(census(chart, rgb))
    assert found.name == "deep blue"
    assert found.share == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((0, 0, 10, 10), "upper left"),
        ((10, 10, 20, 20), "centre"),
        ((0, 0, 30, 10), "upper third"),
        ((20, 0, 30, 30), "right third"),
        ((0, 0, 30, 30), "all over"),
        ((0, 0, 0, 0), ""),
    ],
)
def test_places_in_words(box: tuple[int, int, int, int], said: str) -> None:
    spots = np.zeros((30, 30), np.bool_)
    left, top, right, bottom = box
    spots[top:bottom, left:right] = True
    assert where(spots) == said
