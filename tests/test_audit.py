"""What the audit says of pictures that were drawn to be right, or wrong in one way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from odd_pictures import saved, see_through
from promptkit.brand.loading import BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError
from promptkit.picture.audit import Standard, audit
from promptkit.picture.audit.rules import RULES
from promptkit.picture.audit.toning import allowed
from promptkit.picture.opening import Opened, open_picture
from promptkit.provider.comp.carrier import Page, encoded
from promptkit.verdict import Audit, Check

ROOT = Path(__file__).parents[1]
TIDEWELL = BrandLibrary((ROOT / "brand_profiles",)).get("tidewell")
SAND, HARBOUR, CORAL, INK = "#F4E9D8", "#0B6E99", "#F0593E", "#1B2A33"
SIZE = (600, 400)


def opened(picture: Image.Image) -> Opened:
    return open_picture(saved(picture))


def scene(*parts: tuple[str, tuple[float, float, float, float]], ground: str = SAND) -> Image.Image:
    """Return a picture of coloured boxes (left, top, right, bottom in 0–1)."""
    picture = Image.new("RGB", SIZE, ground)
    pen = ImageDraw.Draw(picture)
    for color, (left, top, right, bottom) in parts:
        edges = (left * SIZE[0], top * SIZE[1], right * SIZE[0] - 1, bottom * SIZE[1] - 1)
        pen.rectangle(edges, color)
    return picture


GOOD = scene((HARBOUR, (0.55, 0.0, 0.9, 0.8)), (CORAL, (0.9, 0.4, 1.0, 0.9)))


def held(
    picture: Image.Image, look: str = "cut-paper", channel: str | None = None, **rest: Any
) -> Audit:
    brand = rest.pop("brand", TIDEWELL)
    return audit(opened(picture), Standard(brand, look, channel, **rest))


def check(found: Audit, rule: str, status: str | None = None) -> Check:
    return next(c for c in found.checks if c.rule == rule and status in (None, c.status))


def failed(found: Audit) -> list[str]:
    return [check.rule for check in found.failed]


def changed(**parts: Any) -> Brand:
    """Return the brand with some of its groups changed."""
    data = TIDEWELL.as_data
    for name, values in parts.items():
        data = data | {name: data[name] | values}
    return Brand.model_validate(data)


def test_a_good_picture_passes() -> None:
    found = held(GOOD)
    assert found.ok
    assert failed(found) == []
    assert [(c.name, round(c.share, 2)) for c in found.palette[:3]] == [
        ("sand", 0.67),
        ("harbour", 0.28),
        ("coral", 0.05),
    ]
    assert (found.brand, found.look, found.strangers) == ("tidewell", "cut-paper", [])


def test_every_rule_is_listed_and_says_what_it_measures() -> None:
    pictures = [held(GOOD, "shoreline-photo", "web_hero"), held(Image.new("RGB", SIZE, "#7A3FF2"))]
    told = {check.rule for found in pictures for check in found.checks}
    assert told <= RULES.keys()
    assert len(told) > 14


def test_the_docs_tell_of_every_rule() -> None:
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    assert [rule for rule in RULES if f"| `{rule}` |" not in page] == []


def test_a_picture_of_which_nothing_can_be_seen() -> None:
    nothing = open_picture(saved(Image.new("RGBA", SIZE)))
    found = audit(nothing, Standard(TIDEWELL, "shoreline-photo"))
    assert "brand-unseen" in failed(found)


def test_no_accent_to_be_seen() -> None:
    found = held(scene((HARBOUR, (0.5, 0.0, 0.9, 0.8))))
    missing = check(found, "accent-missing")
    assert missing.message == "no coral to be seen (0.0 %, wanted ≥ 2.0 %)"
    assert missing.hint.startswith("more warm coral red, like a painted buoy: let one small thing")
    assert found.ok  # it is advice


def test_the_hint_names_what_the_prompt_said_carries_the_colour() -> None:
    asked = {"primary": "the wall", "accent": "the buoy"}
    found = held(scene(ground=SAND), asked=asked)
    assert "let the wall carry it" in check(found, "lead-missing").hint
    assert "let the buoy carry it" in check(found, "accent-missing").hint
    assert not found.ok


def test_colours_that_the_prompt_did_not_ask_for_are_not_missed() -> None:
    found = held(scene(ground=SAND), asked={"background": "the plain ground"})
    assert found.ok
    assert failed(found) == []
    assert not [c for c in held(scene(), asked={}).checks if c.rule == "brand-unseen"]


def test_shares_against_the_proportions() -> None:
    little = held(scene((HARBOUR, (0.5, 0.0, 0.62, 0.4)), (CORAL, (0.7, 0.4, 0.9, 0.6))))
    assert "little harbour" in check(little, "color-share", "fail").message
    much = held(scene((HARBOUR, (0.0, 0.0, 0.4, 1.0)), (CORAL, (0.4, 0.2, 0.8, 0.9))))
    assert "much coral (28 %, wanted ≤ 15 %)" in check(much, "color-share", "fail").message
    assert "less warm coral red" in check(much, "color-share", "fail").hint
    photo = held(scene((HARBOUR, (0.5, 0.0, 0.62, 0.4))), "shoreline-photo")
    assert check(photo, "color-share", "fail").severity == "info"


def test_strangers_are_named_and_weighed_by_the_mode() -> None:
    picture = GOOD.copy()
    ImageDraw.Draw(picture).rectangle((0, 0, 199, 132), "#7A3FF2")
    strict, photo = held(picture), held(picture, "shoreline-photo")
    told = check(strict, "off-palette")
    assert (told.status, told.severity, told.where) == ("fail", "must", "upper left")
    assert told.message.startswith("11 % is in strong colours that are not the brand's, wanted ≤")
    assert "vivid deep violet #7C3CF4" in told.message
    assert told.hint.startswith("no vivid deep violet; ")
    assert not strict.ok
    assert check(photo, "off-palette").status == "pass"
    assert check(photo, "avoided-color").message.startswith("purple: 11 %, upper left")


def test_a_grey_blue_is_no_violet() -> None:
    assert check(held(scene(ground="#557B91")), "avoided-color").status == "pass"


def test_an_avoided_grey_counts_by_nearness_alone() -> None:
    brand = changed(colors={"avoid": [{"what": "black", "near": "#000000", "severity": "must"}]})
    picture = scene((HARBOUR, (0.5, 0.0, 0.9, 0.8)), ("#000000", (0.0, 0.0, 0.3, 0.3)))
    found = check(held(picture, brand=brand), "avoided-color")
    assert (found.status, found.severity, found.hint) == ("fail", "must", "no black")


def test_none_of_the_brands_colours() -> None:
    found = held(scene(ground="#7F7F7F"), "shoreline-photo")
    unseen = check(found, "brand-unseen")
    assert (unseen.status, unseen.severity) == ("fail", "must")
    assert "deep sea blue, slightly green and matt or warm coral red" in unseen.hint


def test_what_is_all_grey_has_no_parts_off_the_palette() -> None:
    found = check(held(scene(ground="#7F7F7F")), "on-palette")
    assert found.status == "pass"
    brand = changed(colors={"neutrals_free": False})
    assert check(held(scene(ground="#7F7F7F"), brand=brand), "on-palette").status == "fail"


def test_a_colour_that_may_not_be_the_ground() -> None:
    ring = scene((SAND, (0.1, 0.1, 0.9, 0.9)), (HARBOUR, (0.3, 0.3, 0.7, 0.7)), ground=CORAL)
    found = check(held(ring, "shoreline-photo"), "barred-ground")
    assert (found.status, found.severity) == ("fail", "must")
    assert "against the rule coral-accent-only" in found.message
    assert check(held(GOOD), "barred-ground").status == "pass"


def photo(light: tuple[float, float, float], low: int = 30, high: int = 230) -> Image.Image:
    """Return a soft picture toned by a light, from dark to light."""
    ramp = np.tile(np.linspace(low, high, 600), (400, 1))
    channels = [np.clip(ramp * part, 0, 255).astype(np.uint8) for part in light]
    return Image.fromarray(np.stack(channels, axis=-1))


def test_the_grades_words_are_measured() -> None:
    fine = held(photo((1.0, 0.96, 0.88)), "shoreline-photo")
    assert not [rule for rule in failed(fine) if rule.startswith("grade-")]
    cold = held(photo((0.6, 0.8, 1.0), 0), "shoreline-photo")
    assert check(cold, "grade-temperature").status == "fail"
    assert check(cold, "grade-temperature").hint == "a warmer light"
    assert "which is not “lifted”" in check(cold, "grade-blacks").message
    loud = held(Image.new("RGB", SIZE, "#FF3300"), "shoreline-photo")
    assert check(loud, "grade-saturation").hint == "quieter, sun-faded colours"
    assert check(loud, "grade-contrast").hint == "clearer light and shade"


def test_the_grade_is_for_photographs_and_not_for_strict_or_drawn_looks() -> None:
    assert "strict" in check(held(GOOD), "grade-temperature").message
    ink = {"medium": "illustration", "palette_mode": "grade"}
    brand = changed(style={"looks": TIDEWELL.as_data["style"]["looks"] | {"ink": ink}})
    found = check(held(GOOD, "ink", brand=brand), "grade-temperature")
    assert (found.status, found.message) == (
        "skipped",
        "the grade is for photographs, and the look is: illustration",
    )


def test_words_of_a_grade() -> None:
    assert allowed("temperature", "Warm–neutral") == (-4.0, 26.0)
    assert allowed("temperature", "warm, golden") == (0.0, float("inf"))
    assert allowed("contrast", "medium-low") == (0.0, 78.0)
    assert allowed("blacks", "as they come") is None
    brand = changed(colors={"grade": {"blacks": "as they come"}})
    assert not [c for c in held(GOOD, "shoreline-photo", brand=brand).checks if "blacks" in c.rule]


def test_words_must_read_where_they_will_stand() -> None:
    calm = held(GOOD, "shoreline-photo", "web_hero")
    assert check(calm, "text-zone-contrast").status == "pass"
    assert check(calm, "text-zone-busy").status == "pass"
    dark = held(scene((INK, (0.0, 0.0, 0.5, 0.5))), "shoreline-photo", "web_hero")
    told = check(dark, "text-zone-contrast")
    assert (told.status, told.severity, told.where) == ("fail", "must", "upper left")
    assert told.hint == "upper left: one even, light ground for words"
    assert not dark.ok


@pytest.mark.parametrize("edge", [1, 2, 3])
def test_a_picture_of_a_few_px_is_measured_too(edge: int) -> None:
    assert held(Image.new("RGB", (edge, edge), SAND), "shoreline-photo", "web_hero").checks


def test_a_busy_place_for_words() -> None:
    picture = GOOD.copy()
    pen = ImageDraw.Draw(picture)
    for x in range(0, 300, 6):
        pen.line((x, 0, x, 400), "#E0CDB0", 2)
    found = held(picture, "shoreline-photo", "web_hero")
    assert check(found, "text-zone-busy").status == "fail"
    assert (
        "of the place for words is edges, wanted ≤ 3.0 %" in check(found, "text-zone-busy").message
    )


def test_grain_is_not_busy() -> None:
    noise = np.random.default_rng(2).normal(0, 6, (400, 600, 3))
    grainy = Image.fromarray(np.clip(np.asarray(GOOD) + noise, 0, 255).astype(np.uint8))
    soft = grainy.filter(ImageFilter.GaussianBlur(0.6))
    assert check(held(soft, "shoreline-photo", "web_hero"), "text-zone-busy").status == "pass"


def test_the_logos_corner() -> None:
    assert check(held(GOOD), "logo-contrast").status == "pass"
    middle = held(scene(("#909090", (0.0, 0.8, 0.5, 1.0))))
    assert check(middle, "logo-contrast").status == "fail"
    assert check(middle, "logo-contrast").severity == "should"
    assert not [c for c in held(GOOD, reserved=False).checks if c.rule.startswith("logo-")]


@pytest.mark.parametrize(
    ("name", "content", "held_up"),
    [
        ("logo.svg", '<svg><path fill="#FFFFFF" d="M0 0"/><path fill="#1234"/></svg>', True),
        ("logo.svg", "<svg><path fill='none'/></svg>", True),  # taken for one for dark grounds
        ("logo.png", "", True),
        ("logo.svg", '<svg><path fill="#0B6E99" d="M0 0"/></svg>', False),
    ],
)
def test_a_logos_ink(tmp_path: Path, name: str, content: str, held_up: bool) -> None:
    (tmp_path / name).write_text(content)
    profile = tmp_path / "acme.yaml"
    profile.write_text(
        "name: Acme\ncolors: {primary: '#0B6E99', text: '#FFFFFF'}\nstyle: photo\n"
        f"logo: {{files: [{{id: rev, path: {name}, background: dark}}], "
        "reserve: {box: [0, 0.8, 0.3, 1]}}\n"
    )
    brand = BrandLibrary((tmp_path,)).get("acme")
    found = held(Image.new("RGB", SIZE, HARBOUR), "default", brand=brand)
    assert (check(found, "logo-contrast").status == "pass") is held_up
    (tmp_path / name).unlink()  # it is then taken for one for dark grounds
    found = held(Image.new("RGB", SIZE, HARBOUR), "default", brand=brand)
    assert check(found, "logo-contrast").status == "pass"


def test_the_file_against_its_channel() -> None:
    square = held(Image.new("RGB", (800, 800), SAND), "shoreline-photo", "web_hero")
    assert check(square, "aspect").message == "the picture is 800×800, and web_hero is 1536×1024"
    assert check(square, "aspect").hint == "ask for 3:2, or cut it for the channel"
    assert check(square, "size").message == "the picture is 800×800, and web_hero needs 1536×1024"
    small = held(GOOD, "shoreline-photo", "web_hero", preview=True)
    assert check(small, "aspect").status == "pass"
    assert not [c for c in small.checks if c.rule == "size"]
    full = held(GOOD.resize((1536, 1024)), "shoreline-photo", "web_hero")
    assert check(full, "size").status == "pass"


def test_what_is_see_through_is_told_and_not_counted() -> None:
    found = audit(open_picture(see_through()), Standard(TIDEWELL, "cut-paper"))
    told = check(found, "transparency")
    assert (told.severity, told.measured) == ("info", 0.5)
    assert found.palette[0].name == "coral"
    assert found.palette[0].share == pytest.approx(1)


def test_an_odd_file_is_told_of() -> None:
    found = held(Image.new("L", SIZE, 200))
    assert check(found, "file").message == "the file is in greys only"


def test_what_lies_under_a_comps_marks_is_not_measured() -> None:
    marks = ((0, 0, 300, 240), (0, 300, 300, 400))
    data, _ = encoded(scene((HARBOUR, (0.6, 0, 1, 1))), "png", None, Page((0, 0, *SIZE), marks))
    found = audit(open_picture(data), Standard(TIDEWELL, "shoreline-photo", "web_hero"))
    for rule in ("text-zone-contrast", "logo-contrast"):
        assert check(found, rule).status == "skipped"
    assert check(found, "grade-temperature").message == "a sketch has no light of its own"
    assert found.palette[0].share == pytest.approx(0.4 / 0.575, abs=0.002)  # of what is seen


def test_a_brand_without_a_colour_for_text_or_files_of_its_logo() -> None:
    zone = {"box": [0, 0, 0.5, 0.5]}
    brand = Brand.model_validate(
        {
            "name": "Acme",
            "colors": {"primary": HARBOUR, "background": SAND},
            "style": "photo",
            "channels": {"hero": {"size": "600x400", "text_zone": zone}},
            "logo": {"reserve": {"box": [0, 0.8, 0.3, 1]}},
        }
    )
    rules = {c.rule for c in held(GOOD, "default", "hero", brand=brand).checks}
    assert {"text-zone-busy", "logo-busy"} <= rules
    assert not rules & {"text-zone-contrast", "logo-contrast"}


def paired(*parts: tuple[str, tuple[float, float, float, float]], **rest: Any) -> list[Check]:
    brand = changed(colors={"pairs": {"never": [["coral", "harbour"], ["coral", "coral"]]}})
    found = held(scene(*parts), brand=brand, **rest)
    return [check for check in found.checks if check.rule == "barred-pair"]


def test_two_colours_that_the_brand_keeps_apart() -> None:
    wall, sign = (HARBOUR, (0.5, 0.0, 0.9, 1.0)), (CORAL, (0.5, 0.3, 0.9, 0.7))
    (on,) = paired(wall, sign)
    assert (on.status, on.severity, on.where) == ("fail", "should", "all over")
    assert "% of the outline of coral touches harbour, all over, and the brand" in on.message
    assert on.hint.endswith("between them")
    (beside,) = paired(wall, (CORAL, (0.1, 0.0, 0.5, 0.8)))
    assert beside.status == "fail"
    (apart,) = paired(wall, (CORAL, (0.1, 0.0, 0.45, 0.8)))
    assert (apart.status, apart.measured, apart.where) == ("pass", 0.0, None)
    (corner,) = paired(wall, (CORAL, (0.1, 0.0, 0.45, 0.8)), (CORAL, (0.4, 0.0, 0.5, 0.1)))
    assert corner.status == "pass"  # things overlap somewhere


def test_an_accent_a_trace_and_a_sketch_are_not_asked() -> None:
    wall, sun = (HARBOUR, (0.5, 0.0, 0.9, 1.0)), (CORAL, (0.6, 0.3, 0.8, 0.6))
    assert paired(wall, sun) == []
    assert paired((HARBOUR, (0.5, 0.0, 0.53, 0.2)), (CORAL, (0.53, 0.0, 0.56, 0.2))) == []
    assert paired(wall, (CORAL, (0.1, 0.0, 0.5, 0.8)), sketch=True) == []


def test_more_checks_keep_the_order() -> None:
    judged = Check(rule="judge", status="fail", severity="must", message="no coast")
    found = held(scene((HARBOUR, (0.5, 0.0, 0.9, 0.8)))).with_checks([judged])
    assert found.checks[0] == judged
    assert not found.ok
    assert Audit.model_validate(found.model_dump(mode="json")) == found


def test_a_look_that_is_unknown() -> None:
    with pytest.raises(BrandError, match="no look “cut-papr”"):
        held(GOOD, "cut-papr")
