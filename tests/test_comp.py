from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from promptkit.client.request import Answer, ImageRequest, Reference, sniff
from promptkit.errors import (
    InDoubtError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    UnreachableError,
)
from promptkit.geometry import Box
from promptkit.provider.comp import Comp, carrier, words
from promptkit.provider.comp import notes as noting
from promptkit.provider.comp.forms import form
from promptkit.provider.comp.geometry import bounds, standing
from promptkit.provider.comp.grid import lay_out
from promptkit.provider.comp.paint import paint
from promptkit.provider.comp.scene import PROPORTIONS, Scene, compose, from_data
from promptkit.provider.comp.scenery import BACKS, SPOTS
from promptkit.provider.comp.tones import deal

ROOT = Path(__file__).parents[1]

PALETTE = [
    {"name": "Shell", "hex": "#F4E9D8", "role": "background", "share": 0.45},
    {"name": "Harbour", "hex": "#0B6E99", "role": "primary", "share": 0.25, "carrier": "the can"},
    {"name": "Kelp", "hex": "#3E8E5A", "role": "secondary", "share": None, "carrier": None},
    {"name": "Coral", "hex": "#F0593E", "role": "accent", "share": 0.07},
]
SECTIONS = [
    {"name": "purpose", "text": "Hero picture for the start page."},
    {"name": "subject", "text": "A slim can of sparkling water, cold, with drops on its side"},
    {"name": "setting", "text": "A pier in a calm harbour in the morning"},
    {
        "name": "composition",
        "text": "The can on the right third, medium shot at eye level; clear space on the left",
    },
    {"name": "lighting", "text": "Low sun from the left, warm"},
    {"name": "style", "text": "Editorial photograph, natural grain"},
    {"name": "flavour", "text": "Sea salt and lemon"},
]
NATIVE: dict[str, Any] = {
    "title": "Tidewell · product-hero",
    "sections": SECTIONS,
    "palette": PALETTE,
    "text": [{"copy": "Lighter by the sea.", "policy": "composite"}],
    "avoid": ["neon"],
}


def asked(**changes: Any) -> ImageRequest:
    fields: dict[str, Any] = {
        "provider": "comp",
        "endpoint": "comp",
        "model": "comp",
        "operation": "generate",
        "prompt": "A slim can of sparkling water",
        "size": (600, 400),
        "quality": "low",
        "native": NATIVE,
    }
    return ImageRequest(**fields | changes)


def with_text(name: str, text: str) -> dict[str, Any]:
    """Return NATIVE with the section called ``name`` reading ``text``."""
    others = [section for section in SECTIONS if section["name"] != name]
    return NATIVE | {"sections": [*others, {"name": name, "text": text}]}


def drawn(request: ImageRequest, comp: Comp | None = None) -> Answer:
    return asyncio.run((comp or Comp()).generate(request))


def opened(answer: Answer) -> Image.Image:
    picture = Image.open(BytesIO(answer.data))
    picture.load()
    return picture


def picture_of(request: ImageRequest) -> Image.Image:
    return opened(drawn(request)).convert("RGB")


def scene_of(answer: Answer) -> Scene:
    scene = carrier.carried(opened(answer))
    assert scene is not None
    return scene


def composed(native: Mapping[str, Any], take: int = 1, ratio: float = 1.5) -> Scene:
    return compose(noting.read(asked(native=native)), ratio, take, spots=1)


def stage_of(picture: Image.Image, level: int = 0) -> Image.Image:
    return picture.crop(lay_out(picture.size, len(PALETTE), level).stage.ints)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures per channel, 0–255, seen from afar."""
    small = [picture.resize((90, 60), Image.Resampling.BOX) for picture in (one, other)]
    return sum(ImageStat.Stat(ImageChops.difference(*small)).mean) / 3


def bytes_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def reference(role: str, colour: str = "#7A5B8A", name: str = "picture.png") -> Reference:
    return Reference(role, bytes_of(Image.new("RGB", (300, 200), colour)), "image/png", name)


# The same request is the same picture


def test_equal_requests_are_equal_bytes() -> None:
    assert drawn(asked()).data == drawn(asked()).data


def test_another_process_with_another_hash_seed_draws_the_same_bytes() -> None:
    code = (
        "import asyncio, hashlib, json, sys\n"
        "from promptkit.client.request import ImageRequest\n"
        "from promptkit.provider.comp import Comp\n"
        "request = ImageRequest(**json.loads(sys.stdin.read()))\n"
        "request = ImageRequest(**{**request.__dict__, 'size': tuple(request.size)})\n"
        "data = asyncio.run(Comp().generate(request)).data\n"
        "print(hashlib.sha256(data).hexdigest())\n"
    )
    request = asked(quality="high")
    fields = {
        name: getattr(request, name)
        for name in ("provider", "endpoint", "model", "operation", "prompt", "size", "quality")
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(fields | {"native": NATIVE}),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "4711"},
    )
    assert done.stdout.strip() == hashlib.sha256(drawn(request).data).hexdigest()


def test_the_provider_is_imported_without_pillow() -> None:
    code = (
        "import sys, promptkit.provider.comp\n"
        "assert not {'PIL', 'coloraide', 'yaml'} & set(sys.modules), sys.modules.keys()\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)


# Size and format


@given(
    width=st.integers(256, 900),
    height=st.integers(256, 900),
    quality=st.sampled_from(["low", "medium", "high", "standard"]),
    take=st.integers(1, 9),
)
@example(width=256, height=256, quality="low", take=1)
@example(width=256, height=768, quality="low", take=2)
@example(width=768, height=256, quality="medium", take=3)
@example(width=1536, height=512, quality="low", take=4)
@settings(max_examples=12, deadline=None)
def test_the_picture_has_exactly_the_asked_size(
    width: int, height: int, quality: str, take: int
) -> None:
    answer = drawn(asked(size=(width, height), quality=quality, take=take))
    assert opened(answer).size == (width, height)
    assert answer.media_type == sniff(answer.data) == "image/png"


def test_the_largest_size_is_drawn() -> None:
    assert opened(drawn(asked(size=(3840, 2160)))).size == (3840, 2160)


@given(width=st.integers(256, 3840), height=st.integers(256, 3840), colours=st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_nothing_on_the_page_overlaps_or_is_cut_off(width: int, height: int, colours: int) -> None:
    if not 1 / 3 <= width / height <= 3:
        return
    grid = lay_out((width, height), colours, 1)
    places = [grid.stage, grid.palette, grid.mark, *grid.columns]
    page = Box(0, 0, width, height)
    assert all(page.holds(place) and place.width > 0 and place.height > 0 for place in places)
    for number, place in enumerate(places):
        assert not any(place.inset(0.5).meets(other) for other in places[number + 1 :])
    assert grid.em >= 12


@pytest.mark.parametrize(
    ("asked_for", "media_type"), [("jpeg", "image/jpeg"), ("webp", "image/webp")]
)
def test_other_formats_carry_the_scene_too(asked_for: str, media_type: str) -> None:
    answer = drawn(asked(output_format=asked_for))
    assert answer.media_type == sniff(answer.data) == media_type
    assert scene_of(answer) == scene_of(drawn(asked()))


# What a person sees


@pytest.mark.parametrize("take", [1, 2, 3, 4])
def test_colours_cover_about_their_shares(take: int) -> None:
    native = NATIVE | {"text": []}
    stage = stage_of(picture_of(asked(native=native, size=(1008, 672), take=take)))
    palette = noting.read(asked()).palette
    ground = Image.new("P", (1, 1))
    ground.putpalette([channel for colour in palette for channel in colour.rgb])
    counts = stage.quantize(palette=ground, dither=Image.Dither.NONE).histogram()
    for index, colour in enumerate(palette):
        share = counts[index] / (stage.width * stage.height)
        assert share == pytest.approx(colour.share, abs=0.12), colour.name
    assert counts[0] == max(counts)


def test_takes_differ_visibly_within_the_same_words() -> None:
    stages = [stage_of(picture_of(asked(take=take))) for take in (1, 2, 3, 4)]
    for number, stage in enumerate(stages):
        assert all(difference(stage, other) > 4 for other in stages[number + 1 :])


@pytest.mark.parametrize("take", range(1, 9))
def test_the_subject_keeps_out_of_the_clear_space(take: int) -> None:
    scene = scene_of(drawn(asked(take=take, size=(360, 240))))
    assert not scene.subject.meets(scene.clear)
    assert not scene.back_box.meets(scene.clear)
    spots = [spot for spot in scene.spots if spot]
    assert spots
    assert all(not spot.meets(scene.clear) for spot in spots)
    assert all(scene.frame.holds(spot) for spot in spots)


CORNERS = {
    "lower left": [0.03, 0.7, 0.45, 0.95],
    "lower right": [0.62, 0.7, 0.97, 0.95],
    "whole ground": [0.0, 0.45, 1.0, 1.0],
}


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("take", range(1, 7))
def test_small_forms_keep_out_of_the_logos_room(corner: str, take: int) -> None:
    native = NATIVE | {"reserve": CORNERS[corner]}
    scene = scene_of(drawn(asked(native=native, take=take, size=(360, 240))))
    assert scene.reserve
    spots = [spot for spot in scene.spots if spot]
    assert not any(spot.meets(scene.reserve) for spot in spots)
    assert not any(spot.meets(scene.clear) or spot.meets(scene.subject) for spot in spots)
    assert all(scene.frame.holds(spot) and spot.y1 > scene.horizon for spot in spots)
    assert len(scene.spots) == 1, "a form without a place leaves its colour's number taken"
    assert bool(spots) == (corner != "whole ground")


@pytest.mark.parametrize("take", range(1, 7))
def test_the_subject_keeps_out_of_the_logos_room_where_words_leave_another(take: int) -> None:
    text = "the can in the lower two thirds, wide shot; clear space in the upper third"
    native = with_text("composition", text)
    before = composed(native, take, ratio=0.8)
    box = before.subject
    fraction = [box.x0 / 0.8 - 0.1, box.y1 - 0.1, box.x0 / 0.8 + 0.1, box.y1]
    scene = composed(native | {"reserve": fraction}, take, ratio=0.8)
    assert scene.reserve
    assert before.subject.meets(scene.reserve)
    assert not scene.subject.meets(scene.reserve)
    assert not scene.subject.meets(scene.clear)
    assert scene.room.inset(-0.001).holds(scene.subject)
    assert scene.subject.y1 > scene.horizon


def test_a_subject_without_another_place_stays_where_words_put_it() -> None:
    whole = NATIVE | {"reserve": [0.0, 0.0, 1.0, 1.0]}
    assert composed(whole).subject == composed(NATIVE).subject


# A product alone


def packshot(composition: str = "The whole product, centred", **changes: Any) -> dict[str, Any]:
    told = {"purpose": "Packshot: the product alone on plain ground", "composition": composition}
    texts = {section["name"]: section["text"] for section in SECTIONS} | told
    sections = [{"name": name, "text": text} for name, text in texts.items()]
    return NATIVE | {"sections": sections, "text": []} | changes


def test_a_packshot_is_one_tone_with_the_subject_and_its_shadow() -> None:
    native = packshot() | {"palette": PALETTE}
    native["sections"] = [part for part in native["sections"] if part["name"] == "subject"] + [
        {"name": "purpose", "text": "Packshot"},
        {"name": "composition", "text": "centred"},
        {"name": "style", "text": "flat vector"},
    ]
    answer = drawn(asked(native=native, size=(600, 600), quality="high"))
    scene, picture = scene_of(answer), opened(answer).convert("RGB")
    assert scene.seamless
    assert scene.spots == ()
    stage = stage_of(picture, 2)
    for x in (0.02, 0.98):
        strip = stage.crop(
            (round(x * stage.width) - 2, 4, round(x * stage.width), stage.height - 4)
        )
        assert strip.getcolors() == [(strip.width * strip.height, (0xF4, 0xE9, 0xD8))]
    foot = (round(stage.width / 2), round(scene.subject.y1 * stage.height + 3))
    assert stage.getpixel(foot) != (0xF4, 0xE9, 0xD8)


def test_a_packshots_shadow_is_soft_in_a_sketch_too() -> None:
    notes = noting.read(asked(native=packshot()))
    scene = compose(notes, 1.0, 1, spots=0)
    picture = paint(scene, deal(notes.palette, "A can"), (600, 600), 0)
    middle, foot = round(scene.subject.centre[0] * 600), round(scene.subject.y1 * 600)
    down = range(foot + 4, foot + 50)
    pixels = [picture.crop((middle, y, middle + 1, y + 1)) for y in down]
    bright = [ImageStat.Stat(pixel.convert("L")).mean[0] for pixel in pixels]
    assert bright[0] < bright[-1] - 10, "there is a shadow"
    assert max(after - one for one, after in pairwise(bright)) < 12, "and it has no edge"


@pytest.mark.parametrize("take", [1, 2, 3])
@pytest.mark.parametrize("ratio", [0.8, 1.0, 1.5])
@pytest.mark.parametrize("subject", ["A can", "A sofa"])
def test_a_centred_packshot_is_in_the_middle(take: int, ratio: float, subject: str) -> None:
    native = packshot()
    native["sections"] = [*native["sections"][:1], {"name": "subject", "text": subject}] + [
        part for part in native["sections"] if part["name"] == "composition"
    ]
    scene = composed(native, take, ratio)
    assert scene.subject.centre == pytest.approx(scene.frame.centre)
    assert scene.frame.inset(0.04).holds(scene.subject)
    assert not scene.subject.meets(scene.clear)
    assert composed(native, take + 1, ratio).subject.width != pytest.approx(
        scene.subject.width, rel=0.01
    )


@pytest.mark.parametrize(
    "native",
    [
        packshot("The product centred, clear space above"),
        packshot(text_zone=[0.1, 0.05, 0.9, 0.35]),
        packshot(text=[{"copy": "Lighter", "policy": "composite"}]),
    ],
)
def test_a_centred_packshot_still_leaves_room_for_words(native: dict[str, Any]) -> None:
    scene = composed(native, ratio=1.0)
    assert scene.seamless
    assert scene.clear.height > 0.25
    assert not scene.subject.meets(scene.clear)


@pytest.mark.parametrize(
    ("composition", "setting", "seamless"),
    [
        ("alone", "", True),
        ("alone", "A seamless sand-coloured backdrop", True),
        ("on plain ground", "A pier in a calm harbour", True),
        ("seamless", "", True),
        ("The chair alone at the window", "A living room with wide boards", False),
        ("The can on the right", "A seamless backdrop", False),
    ],
)
def test_words_say_whether_the_product_is_alone(
    composition: str, setting: str, seamless: bool
) -> None:
    native = with_text("composition", composition)
    others = [part for part in native["sections"] if part["name"] != "setting"]
    scene = composed(native | {"sections": [*others, {"name": "setting", "text": setting}]})
    assert scene.seamless is seamless


def test_seed_depends_on_brief_and_take_only() -> None:
    seed = scene_of(drawn(asked())).seed
    assert scene_of(drawn(asked(size=(300, 300), quality="high"))).seed == seed
    assert scene_of(drawn(asked(take=2))).seed != seed
    assert composed(NATIVE | {"title": "another"}).seed != seed


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("clear space on the left", "left"),
        ("Can on the right third, with negative space left of it", "left"),
        ("subject on the left, room for copy on the right", "right"),
        ("the right third kept clear", "right"),
        ("clear space above for the headline", "above"),
        ("copy space at the bottom", "below"),
        ("subject on the left third", "right"),
        ("subject to the right of centre", "left"),
        ("centred, symmetrical", "above"),
        ("clear space somewhere", "left"),
        ("", "left"),
    ],
)
def test_words_place_the_clear_space(text: str, side: str) -> None:
    scene = composed(with_text("composition", text))
    x, y = scene.clear.centre[0] / scene.ratio, scene.clear.centre[1]
    found = {"left": x < 0.4, "right": x > 0.6, "above": y < 0.3, "below": y > 0.7}
    assert found[side]
    assert not scene.subject.meets(scene.clear)


def test_a_portrait_without_words_keeps_its_head_clear() -> None:
    assert composed(with_text("composition", ""), ratio=0.8).clear.y1 < 0.5


def test_clear_space_is_marked_only_when_somebody_asked_for_it() -> None:
    briefs = ("The whole chair in view", "The whole chair in view, clear space")
    silent, asking = (
        drawn(asked(native=with_text("composition", text) | {"text": []})) for text in briefs
    )
    scene = scene_of(silent)
    assert scene == scene_of(asking), "the drawing itself is the same"
    first, second = opened(silent), opened(asking)
    stage = (0, 0, first.width // 2, first.height // 2)
    assert ImageChops.difference(first.crop(stage), second.crop(stage)).getbbox() is not None


def test_without_words_on_light_none_is_marked() -> None:
    dark = opened(drawn(asked(native=with_text("lighting", ""))))
    lit = opened(drawn(asked()))
    assert ImageChops.difference(dark, lit).getbbox() is not None


def test_a_text_zone_wins_over_words() -> None:
    scene = scene_of(drawn(asked(native=NATIVE | {"text_zone": [0.9, 0.9, 0.5, 0.5]})))
    assert scene.clear == Box(0.75, 0.5, 1.35, 0.9)


def test_a_zone_over_the_whole_picture_still_has_a_subject() -> None:
    scene = scene_of(drawn(asked(native=NATIVE | {"text_zone": [0, 0, 1, 1]})))
    assert scene.frame.holds(scene.subject)


def test_shot_and_camera_words_move_the_camera() -> None:
    close = composed(with_text("composition", "extreme close-up from below"))
    far = composed(with_text("composition", "very wide, flat lay"))
    assert close.subject.height > 2 * far.subject.height
    assert close.horizon > far.horizon + 0.3


def test_light_words_turn_the_light() -> None:
    left = composed(NATIVE).light
    right = composed(with_text("lighting", "Overcast window light from the right")).light
    assert left.dx > 0 > right.dx
    assert left.reach > right.reach
    assert composed(with_text("lighting", "backlit by a hazy sun")).light.behind


@pytest.mark.parametrize(
    ("text", "from_left"),
    [
        ("Large soft key light from the left, gentle rim light from the right", True),
        ("Key light from the right, fill from the upper left", False),
        ("Light from the upper left", True),
    ],
)
def test_the_light_named_first_is_the_key_light(text: str, from_left: bool) -> None:
    light = composed(with_text("lighting", text)).light
    assert (light.dx > 0) is from_left
    assert not light.behind
    assert (light.dy == 0.8) is text.endswith("the upper left") & from_left


def test_light_comes_from_its_side() -> None:
    bright = []
    for side in ("left", "right"):
        native = with_text("lighting", f"hard light from the {side}")
        stage = stage_of(picture_of(asked(native=native, quality="high", size=(1008, 672))), 2)
        corner = stage.crop((0, stage.height // 3, stage.width // 20, stage.height // 2))
        bright.append(sum(ImageStat.Stat(corner).mean))
    assert bright[0] > bright[1]


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("A can on a table", "can"),
        ("A table with a can", "table"),
        ("The Alder lounge-chair", "armchair"),
        ("A phone beside a laptop", "phone"),
        ("A team of people", "people"),
        ("Two friends on harbour steps", "couple"),
        ("Two people at a desk", "couple"),
        ("two figures in the fog", "couple"),
        ("Three friends", "people"),
        ("three figures", "people"),
        ("A tablet with a berth planner on its screen", "tablet"),
        ("A candid thing", "block"),
    ],
)
def test_the_first_thing_named_is_the_subject(subject: str, name: str) -> None:
    assert composed(with_text("subject", subject)).form == name


def test_every_word_of_the_vocabulary_leads_to_something_drawn() -> None:
    forms = [words.earliest(name, "forms").get("form") for name in PROPORTIONS]
    assert [name for name in forms if name] == [name for name in PROPORTIONS if name != "block"]
    for place in ("sea", "garden", "room", "office", "studio"):
        setting = words.longest(place, "settings")
        assert set(setting["backs"]) <= BACKS.keys()
        assert setting["spots"] in SPOTS


@pytest.mark.parametrize("name", sorted(PROPORTIONS))
def test_forms_stay_in_their_boxes(name: str) -> None:
    box = standing(0.7, 0.9, 0.6 * PROPORTIONS[name], 0.6)
    shapes = form(name, box)
    assert box.inset(-0.01).holds(bounds(shape.outline for shape in shapes))


def test_as_many_figures_are_drawn_as_words_say() -> None:
    for subject, count in (("One woman", 1), ("Two friends", 2), ("Three figures", 3)):
        name = composed(with_text("subject", subject)).form
        shapes = form(name, standing(0.7, 0.9, 0.6 * PROPORTIONS[name], 0.6))
        heads = [shape for shape in shapes if (shape.slot, shape.shift) == ("light", -0.28)]
        assert len(heads) == count


def test_a_tablet_is_a_slab_without_a_stand() -> None:
    box = standing(0.7, 0.9, 0.6 * PROPORTIONS["tablet"], 0.6)
    slab, *screen = form("tablet", box)
    assert bounds([slab.outline]).inset(0.001).holds(bounds(shape.outline for shape in screen))
    assert box.inset(0.001).holds(bounds(shape.outline for shape in screen))
    assert sum(shape.slot == "body" for shape in screen) > 3


@pytest.mark.parametrize("place", ["garden", "living room", "office", "studio", "nowhere"])
def test_settings_look_different(place: str) -> None:
    sea = picture_of(asked(size=(480, 320)))
    for take in (1, 2, 3, 4):
        native = with_text("setting", place)
        assert difference(sea, picture_of(asked(native=native, size=(480, 320), take=take))) > 1


def test_a_flat_style_has_no_gradients() -> None:
    flat = with_text("style", "Flat vector illustration") | {"text": []}
    stage = stage_of(picture_of(asked(native=flat, quality="high", size=(1008, 672))), 2)
    corner = stage.crop((4, stage.height // 3, 24, stage.height // 2))
    assert corner.getcolors() == [(corner.width * corner.height, (0xF4, 0xE9, 0xD8))]


@pytest.mark.parametrize("quality", ["low", "medium", "high"])
@pytest.mark.parametrize("take", [1, 2])
def test_more_quality_is_more_detail(quality: str, take: int) -> None:
    request = asked(size=(600, 400), take=take, native=with_text("lighting", "backlit"))
    colours = {
        level: len(picture_of(replace(request, quality=level)).getcolors(1 << 20) or [])
        for level in (quality, "high")
    }
    assert colours["high"] >= colours[quality]


# Palettes


def test_without_notes_a_comp_is_drawn_in_greys() -> None:
    stage = stage_of(picture_of(asked(native={}, size=(900, 600), quality="medium")))
    below = stage.crop((0, stage.height // 2, stage.width, stage.height))
    assert ImageStat.Stat(below.convert("HSV")).mean[1] < 40


def test_an_empty_request_is_drawn() -> None:
    assert opened(drawn(asked(native={}, prompt=" "))).size == (600, 400)


@pytest.mark.parametrize(
    "palette",
    [
        [{"hex": "#0B6E99"}],
        [{"hex": "#111"}, {"hex": "#121212", "role": "primary"}],
        [{"hex": "#FFF", "share": 0.9}, {"hex": "#FFFFFE", "share": 0.3}],
        [{"hex": "#F4E9D8"}, {"hex": "#0B6E99", "share": 0.1}, {"hex": "#3E8E5A", "share": 0.3}],
        [*PALETTE, {"hex": "#222244", "role": "text", "share": 0.05, "name": "Ink"}],
        [{"name": f"Colour {n}", "hex": f"#{n}0{n}0{n}0", "role": "?"} for n in range(1, 9)],
    ],
)
def test_any_palette_is_drawn(palette: list[dict[str, Any]]) -> None:
    for size in ((600, 400), (256, 256)):
        assert opened(drawn(asked(native=NATIVE | {"palette": palette}, size=size))).size == size


def test_carriers_say_what_takes_a_colour() -> None:
    entries = [
        {"hex": "#FFFFFF", "share": 0.4, "carrier": "the table"},
        {"hex": "#222222", "share": 0.3, "carrier": "the wall behind"},
        {"hex": "#AA2222", "share": 0.2, "role": "primary"},
        {"hex": "#22AA22", "share": 0.1, "carrier": "the can"},
    ]
    palette = noting.read(asked(native={"palette": entries})).palette
    slots = deal(palette, "A can of water").slots
    assert [slots[name].index for name in ("ground", "backdrop", "body")] == [0, 1, 3]


def test_a_large_primary_is_set_off_from_the_subject_before_it() -> None:
    entries = [
        {"hex": "#FFFFFF", "share": 0.4, "role": "background"},
        {"hex": "#AA2222", "share": 0.3, "role": "primary"},
        {"hex": "#22AA22", "share": 0.3, "carrier": "the floor"},
    ]
    slots = deal(noting.read(asked(native={"palette": entries})).palette, "A can").slots
    assert slots["back"].index == slots["body"].index
    assert slots["back"].shift != slots["body"].shift


def test_shares_left_out_share_what_is_left() -> None:
    assert noting.read(asked()).palette[2].share == pytest.approx(0.23)


# Words of every kind


def test_long_words_and_other_scripts_are_drawn() -> None:
    native = {
        "title": "Überlängenprüfungsgesellschaftsname · 日本語",
        "sections": [
            {
                "name": "subject",
                "text": "Donaudampfschifffahrtsgesellschaft\u0000 日本語 مرحبا " * 9,
            },
            {"name": "composition", "text": "x" * 900},
        ],
        "text": [
            {"copy": "Rindfleischetikettierungsüberwachung " * 4, "policy": "model_rendered"},
            {"copy": "Привет", "policy": "composite"},
            {"copy": "", "policy": "composite"},
        ],
        "reserve": [0.86, 0.05, 0.97, 0.2],
        "avoid": ["a" * 200],
    }
    for size in ((256, 256), (600, 400), (400, 700)):
        assert opened(drawn(asked(native=native, size=size, quality="medium"))).size == size


def test_many_sections_give_way_to_the_most_important() -> None:
    extra = [{"name": f"note {n}", "text": "words " * 30} for n in range(30)]
    native = NATIVE | {"sections": [*SECTIONS, *extra]}
    assert opened(drawn(asked(native=native))).size == (600, 400)
    tight = asked(native=native, references=tuple(reference("style") for _ in range(9)))
    assert opened(drawn(tight)).size == (600, 400)


def test_lettered_copy_is_larger_than_copy_set_later() -> None:
    inked = []
    for policy in ("model_rendered", "composite"):
        native = NATIVE | {"text": [{"copy": "Sea", "policy": policy}]}
        stage = stage_of(picture_of(asked(native=native, size=(1008, 672))))
        headline = stage.crop((80, 100, 330, 200)).convert("L")
        inked.append(sum(headline.histogram()[:90]))
    assert inked[0] > 1.5 * inked[1]


# References


def test_references_are_shown() -> None:
    purple = reference("style", "#8000FF", "a-very-long-file-name-that-must-be-cut-somewhere.png")
    picture = picture_of(asked(references=(purple,), mask=reference("mask", "#FFFFFF")))
    column = lay_out(picture.size, len(PALETTE), 0).columns[0]
    colours = picture.crop(column.ints).getcolors(1 << 20) or []
    assert any(colour == (0x80, 0, 0xFF) and count > 100 for count, colour in colours)


def test_a_room_is_the_scene_and_its_product_a_card_in_it() -> None:
    room, product = reference("room", "#40A040"), reference("product", "#FF0000")
    alone = stage_of(picture_of(asked(references=(room,))))
    with_card = stage_of(picture_of(asked(references=(room, product))))
    assert difference(alone, stage_of(picture_of(asked()))) > 20
    red = [count for count, colour in with_card.getcolors(1 << 20) or [] if colour == (255, 0, 0)]
    assert red
    assert red[0] > 0.05 * with_card.width * with_card.height


def test_a_transparent_reference_lies_on_white() -> None:
    clear = Reference("style", bytes_of(Image.new("RGBA", (90, 90))), "image/png", "clear.png")
    assert opened(drawn(asked(references=(clear,)))).size == (600, 400)


def test_a_reference_that_is_no_picture_is_an_error() -> None:
    broken = Reference("product", b"\x89PNG\r\n\x1a\n nothing", "image/png", "broken.png")
    with pytest.raises(ProviderError, match=r"broken\.png") as caught:
        drawn(asked(references=(broken,)))
    assert caught.value.status == 400
    assert not caught.value.safe_to_retry


# Refining a preview


def refined(preview: bytes, **changes: Any) -> ImageRequest:
    picked = Reference("preview", preview, sniff(preview) or "", "preview.png")
    fields = {"operation": "edit", "references": (picked,), "size": (1200, 800), "quality": "high"}
    return asked(**fields | changes)


def test_a_final_is_the_composition_of_its_preview() -> None:
    previews = {take: drawn(asked(take=take)) for take in (1, 2, 3, 4)}
    final = drawn(refined(previews[3].data, take=1))
    assert scene_of(final) == scene_of(previews[3])
    stage = stage_of(opened(final).convert("RGB"), 2)
    far = {
        take: difference(stage, stage_of(opened(preview).convert("RGB")))
        for take, preview in previews.items()
    }
    assert min(far, key=lambda take: far[take]) == 3


def test_a_preview_that_is_no_comp_is_the_stage_itself() -> None:
    photo = bytes_of(Image.new("RGB", (300, 200), "#40A040"), "JPEG")
    final = drawn(refined(photo))
    stage = stage_of(opened(final).convert("RGB"), 2)
    assert ImageStat.Stat(stage).mean == pytest.approx([0x40, 0xA0, 0x40], abs=2)
    assert carrier.carried(opened(final)) is None
    jpeg = drawn(refined(photo, output_format="jpeg"))
    assert carrier.carried(opened(jpeg)) is None


def test_a_preview_reference_does_nothing_when_generating() -> None:
    picked = reference("preview")
    assert scene_of(drawn(asked(references=(picked,)))) == scene_of(drawn(asked()))


def test_editing_without_a_preview_draws_anew() -> None:
    assert scene_of(drawn(asked(operation="edit"))) == scene_of(drawn(asked()))


def test_a_scene_survives_its_chunk() -> None:
    answer = drawn(asked(native=NATIVE | {"reserve": [0.8, 0.05, 0.95, 0.2]}))
    scene = scene_of(answer)
    assert scene.reserve == Box(0.8, 0.05, 0.95, 0.2).scaled(1.5, 1)
    assert json.loads(opened(answer).info["promptkit-comp"])["seed"] == scene.seed
    assert from_data(scene.to_data()) == scene


@pytest.mark.parametrize("change", [{"v": 0}, {"form": "spaceship"}, {"clear": None}, {"more": 1}])
def test_a_scene_of_another_version_is_not_read(change: dict[str, Any]) -> None:
    data = scene_of(drawn(asked())).to_data() | change
    with pytest.raises((ValueError, TypeError)):
        from_data(data)


# The test double


@pytest.mark.parametrize(
    ("answer", "kind", "safe"),
    [
        ("refuse", RefusedError, False),
        ("timeout", InDoubtError, False),
        ("unreachable", UnreachableError, True),
        ("quota", QuotaError, False),
        (429, RateLimitedError, True),
        (400, ProviderError, False),
        (500, ProviderError, True),
        (503, ProviderError, True),
    ],
)
def test_answers_are_given_one_per_call(
    answer: str | int, kind: type[ProviderError], safe: bool
) -> None:
    comp = Comp(answers=["ok", answer])
    assert drawn(asked(), comp).data
    with pytest.raises(kind) as caught:
        drawn(asked(), comp)
    assert type(caught.value) is kind
    assert caught.value.safe_to_retry is safe
    assert caught.value.status == (answer if isinstance(answer, int) else None)
    assert drawn(asked(), comp).data
    assert len(comp.calls) == 3


def test_a_rate_limit_says_to_come_back_at_once() -> None:
    with pytest.raises(RateLimitedError) as caught:
        drawn(asked(), Comp(answers=[429]))
    assert caught.value.retry_after == 0


def test_refused_words_are_refused_in_any_case() -> None:
    comp = Comp(refuse="SPARKLING")
    with pytest.raises(RefusedError) as caught:
        drawn(asked(), comp)
    assert (caught.value.stage, caught.value.categories) == ("input", ("test",))
    assert drawn(asked(prompt="A can"), comp).data


@pytest.mark.parametrize("answer", ["perhaps", 200, 600, True])
def test_an_unknown_answer_is_a_mistake(answer: str | int) -> None:
    with pytest.raises(ValueError, match="none of ok, refuse"):
        Comp(answers=[answer])


def test_it_waits_before_it_answers() -> None:
    start = time.monotonic()
    with pytest.raises(InDoubtError):
        drawn(asked(), Comp(delay_s=0.05, answers=["timeout"]))
    assert time.monotonic() - start >= 0.05


def test_the_event_loop_stays_free_while_it_draws() -> None:
    async def count() -> int:
        comp = Comp()
        task = asyncio.create_task(comp.generate(asked(quality="high", size=(900, 600))))
        ticks = 0
        while not task.done():
            await asyncio.sleep(0.002)
            ticks += 1
        await comp.aclose()
        return ticks

    assert asyncio.run(count()) > 3


def test_an_answer_names_what_was_asked() -> None:
    request = asked()
    answer = drawn(request)
    assert answer.request_id == f"comp-{request.digest[:12]}"
    assert answer.model == "comp"
    assert answer.usage
    assert (answer.usage.text_in, answer.usage.out) == (8, 0)
