from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from promptkit.lettering import contrast
from promptkit.picture.sheet import sheet_html, sheet_png, write_sheet
from promptkit.picture.sheet_cards import Card, Gallery
from promptkit.picture.sheet_png import WIDTH
from promptkit.picture.sheet_view import Row, Step, view
from promptkit.picture.sheet_words import money
from promptkit.verdict import Audit, Check, Covered, Stranger
from promptkit.workflow.judged import Judged
from promptkit.workflow.run import (
    SHEET_PNG,
    Failure,
    Finished,
    Pick,
    Record,
    RunBrand,
    RunTemplate,
    Shot,
    Swatch,
    Words,
)

PORTRAIT, BANNER, SQUARE = (400, 500), (600, 300), (320, 320)
SHELL, HARBOUR, KELP = (0xF4, 0xE9, 0xD8), (0x0B, 0x6E, 0x99), (0x3E, 0x8E, 0x5A)
HOSTILE = '<script>alert("1")</script> {{ 7 * 7 }} \'" & \u202eتجربة ' + "w" * 200
VOID = {"meta", "img", "br", "link", "input", "hr"}


def shot(take: int = 1, size: tuple[int, int] = PORTRAIT, **changes: Any) -> Shot:
    fields: dict[str, Any] = {
        "tier": "preview",
        "take": take,
        "file": f"preview-{take}.png",
        "digest": "d",
        "sha256": "s",
        "model": "gpt-image-1-mini",
        "quality": "low",
        "size": size,
        "cost_usd": Decimal("0.0084"),
        "cached": False,
        "prompt": "A slim can, as it was sent.",
    }
    return Shot(**fields | changes)


def final(take: int = 1, mode: str | None = "refine", **changes: Any) -> Shot:
    made: dict[str, Any] = {
        "tier": "final",
        "file": f"final-{take}.png",
        "cost_usd": Decimal("0.2"),
        "mode": mode,
    }
    return shot(take, **made | changes)


def previews(count: int, size: tuple[int, int] = PORTRAIT) -> list[Shot]:
    return [shot(take, size) for take in range(1, count + 1)]


def record(shots: list[Shot] | None = None, **changes: Any) -> Record:
    fields: dict[str, Any] = {
        "id": "20260611-k7m2",
        "created": "2026-06-11T09:31:04Z",
        "brand": RunBrand(id="tidewell", name="Tidewell", version=3, digest="b"),
        "template": RunTemplate(name="product-hero", digest="t"),
        "look": "shoreline-photo",
        "channel": "web-hero",
        "inputs": {"product_name": "slim can", "features": ["cold", "wet"], "headline": None},
        "axes": {"crop": "close"},
        "aspect": "4:5",
        "sections": [
            Words(name="subject", text="A slim 330 ml can."),
            Words(name="setting", text="A quiet northern coast."),
        ],
        "palette": [
            Swatch(name="Shell", hex="#F4E9D8", role="background", share=0.45),
            Swatch(name="Harbour", hex="#0B6E99", role="primary", share=0.25),
            Swatch(name="", hex="#3E8E5A", role="secondary"),
        ],
        "shots": shots or [],
    }
    return Record(**fields | changes)


def with_files(run: Record, folder: Path) -> Record:
    """Draw a picture for every shot of a run; return the run."""
    for made in run.shots:
        picture = Image.new("RGB", made.size, (90, 120 + made.take, 150))
        picture.paste((250, 250, 250), (0, 0, made.size[0] // 2, made.size[1] // 2))
        picture.save(folder / made.file)
    return run


class Page(HTMLParser):
    """What a page holds; fails where a tag is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.style = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(run: Record) -> Page:
    return Page(sheet_html(run))


def picture_of(run: Record, folder: Path) -> Image.Image:
    with Image.open(BytesIO(sheet_png(run, folder))) as picture:
        picture.load()
        return picture.copy()


def colours(picture: Image.Image) -> set[Any]:
    return {colour for _, colour in picture.getcolors(maxcolors=1 << 24) or []}


def galleries(run: Record) -> tuple[Gallery, ...]:
    return view(run).galleries


# Money, as people read it


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        ("0", "free"),
        ("0.00", "free"),
        ("0.00004", "under $0.0001"),
        ("0.0084", "$0.0084"),
        ("0.00845", "$0.0085"),
        ("0.042", "$0.042"),
        ("0.2", "$0.20"),
        ("0.99996", "$1.00"),
        ("1.2", "$1.20"),
        ("12.345", "$12.35"),
        ("1234.5", "$1,234.50"),
    ],
)
def test_money(usd: str, words: str) -> None:
    assert money(Decimal(usd)) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Paid $0.0084"),
        ({"estimated": True}, "About $0.0084"),
        ({"cost_usd": Decimal(0)}, "Free"),
        ({"cost_usd": Decimal(0), "cached": True}, "Free"),
        (
            {"cost_usd": Decimal(0), "cached": True, "saved_usd": Decimal("0.03")},
            "Cached, saved $0.03",
        ),
        (
            {
                "cost_usd": Decimal(0),
                "cached": True,
                "saved_usd": Decimal("0.03"),
                "estimated": True,
            },
            "Cached, saved about $0.03",
        ),
    ],
)
def test_each_picture_says_what_it_cost(changes: dict[str, Any], words: str) -> None:
    assert galleries(record([shot(**changes)]))[0].cards[0].lines == (
        words,
        "400 × 500 px · low quality",
        "gpt-image-1-mini",
    )


def test_the_sums_say_where_they_are_estimates() -> None:
    cached = shot(2, cost_usd=Decimal(0), saved_usd=Decimal("0.01"), cached=True)
    assert view(record([shot(), cached])).sums == (
        Row("Cost", "$0.0084"),
        Row("Saved by the cache", "$0.01"),
    )
    guessed = view(record([shot(estimated=True), cached]))
    assert guessed.sums[0].text == "about $0.0084"
    assert guessed.sums[1].text == "$0.01"
    assert view(record()).sums == (Row("Cost", "free"),)


# What the sheet says


@pytest.mark.parametrize(
    ("count", "size", "columns"),
    [
        (1, PORTRAIT, 1),
        (2, BANNER, 2),
        (3, BANNER, 3),
        (4, PORTRAIT, 4),
        (4, SQUARE, 4),
        (4, BANNER, 2),
        (6, PORTRAIT, 3),
        (7, PORTRAIT, 4),
        (7, BANNER, 3),
    ],
)
def test_rows_are_as_full_as_they_can_be(count: int, size: tuple[int, int], columns: int) -> None:
    assert galleries(record(previews(count, size)))[0].columns == columns


def test_the_last_pick_counts() -> None:
    picks = [
        Pick(take=1, shown=[1, 2], reason="brighter", at="2026"),
        Pick(take=2, shown=[1, 2], reason="calmer", at="2026"),
    ]
    first, second = galleries(record(previews(2), picks=picks))[0].cards
    assert (first.picked, first.reason) == (False, "")
    assert (second.picked, second.reason) == (True, "calmer")


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("refine", "From take 2, refined"),
        ("regenerate", "From take 2, regenerated"),
        (None, "Take 2"),
    ],
)
def test_finals_say_how_they_were_made(mode: str | None, words: str) -> None:
    gallery = galleries(record([*previews(2), final(2, mode)]))[1]
    assert (gallery.title, gallery.columns) == ("Final", 1)
    assert gallery.cards[0].number is None
    assert gallery.cards[0].lines[:2] == (words, "Paid $0.20")


def test_several_finals_stand_two_in_a_row() -> None:
    gallery = galleries(record([final(1), final(2), final(3)]))[0]
    assert (gallery.title, gallery.columns) == ("Finals", 2)


def test_the_next_command_follows_the_run() -> None:
    pick, make = "promptkit pick 20260611-k7m2 N", "promptkit final 20260611-k7m2"
    picked = [Pick(take=2, shown=[1, 2], at="2026")]
    assert view(record()).steps == ()
    assert [step.command for step in view(record(previews(2))).steps] == [pick, make]
    assert view(record(previews(2), picks=picked)).steps == (
        Step("Make the final of take 2", make),
    )
    done = view(record([*previews(2), final(2)], picks=picked))
    assert [step.command for step in done.steps] == [pick]


def test_a_command_can_be_pasted_whatever_the_run_is_called() -> None:
    step = view(record(previews(1), id="a; rm b")).steps[0]
    assert step.command == "promptkit pick 'a; rm b' N"


@pytest.mark.parametrize(
    ("created", "words"),
    [
        ("2026-06-11T09:31:04Z", "11 June 2026, 09:31 UTC"),
        ("2026-06-11T00:31:04+02:00", "10 June 2026, 22:31 UTC"),
        ("2026-06-11T09:31:04", "11 June 2026, 09:31 UTC"),
        ("yesterday", "yesterday"),
    ],
)
def test_the_date_is_written_out(created: str, words: str) -> None:
    assert view(record(created=created)).when == words


def test_inputs_are_written_as_people_would() -> None:
    inputs = {
        "product_name": "can",
        "seasonal": True,
        "quiet": False,
        "base": {"file": "can.png", "views": [1, 2]},
        "headline": None,
        "features": [],
    }
    assert view(record(inputs=inputs)).tables[0].rows == (
        Row("Product name", "can"),
        Row("Seasonal", "yes"),
        Row("Quiet", "no"),
        Row("Base", "file: can.png, views: 1, 2"),
    )


def varied(**changes: Any) -> Record:
    shots = [
        shot(2, axes={"crop": "close", "light": "dusk", "mood": "calm"}),
        shot(3, axes={"crop": "wide", "light": "dusk", "mood": "calm"}),
        final(3, axes={"crop": "wide", "light": "dusk", "mood": "calm"}),
    ]
    policies = {"crop": "all", "light": "random"}
    return record(shots, **{"axes": {"mood": "calm"}, "varied": policies} | changes)


def test_a_picture_says_first_what_it_has_of_what_varies() -> None:
    previews, finals = galleries(varied())
    assert previews.cards[1].lines[:2] == ("crop: wide · light: dusk", "Paid $0.0084")
    assert finals.cards[0].lines[:2] == ("From take 3, refined", "crop: wide · light: dusk")
    assert "product-hero for Tidewell, crop: wide · light: dusk: A slim" in finals.cards[0].alt
    assert "crop: close · light: dusk" in page_of(varied()).text


def test_the_axes_that_vary_are_listed_with_what_was_drawn() -> None:
    (axes,) = (table for table in view(varied(seed="7")).tables if table.title == "Axes")
    assert axes.rows == (
        Row("Mood", "calm"),
        Row("Crop", "close, wide (all)"),
        Row("Light", "dusk (random, seed 7)"),
    )
    assert "(random)" in page_of(varied()).text


def test_where_takes_differ_the_prompt_says_whose_it_is() -> None:
    assert view(record(previews(2))).prompt.title == "Prompt"
    assert view(varied()).prompt.title == "Prompt of take 2"
    lost = Failure(tier="preview", take=1, error="RefusedError", message="no")
    assert view(varied(failures=[lost])).prompt.title == "Prompt of take 1"


def test_tables_without_rows_are_left_out() -> None:
    assert [table.title for table in view(record(inputs={}, axes={})).tables] == ["Setting"]


def test_without_sections_the_words_as_sent_are_shown() -> None:
    assert view(record(previews(1), sections=[])).prompt.rows == (
        Row("As sent", "A slim can, as it was sent."),
    )
    assert view(record(sections=[])).prompt.rows == ()


def test_the_palette_bar_is_in_proportion_and_full() -> None:
    shell, harbour, kelp = view(record()).palette
    assert shell.weight / harbour.weight == pytest.approx(0.45 / 0.25)
    assert shell.weight + harbour.weight + kelp.weight == pytest.approx(1)
    assert (shell.use, kelp.name, kelp.use) == ("background · 45%", "Secondary", "secondary")


def test_a_colour_that_is_none_is_drawn_grey() -> None:
    odd = Swatch(name="Odd", hex="url(https://example.com)", role="accent")
    band = view(record(palette=[odd])).palette[0]
    assert (band.hex, band.colour) == ("url(https://example.com)", "#888888")


# The page


@pytest.mark.parametrize("size", [PORTRAIT, BANNER])
@pytest.mark.parametrize("count", [0, 1, 4, 7])
def test_the_page_shows_every_picture_once(
    tmp_path: Path, count: int, size: tuple[int, int]
) -> None:
    page = page_of(with_files(record(previews(count, size)), tmp_path))
    pictures = page.all("img")
    assert len(pictures) == count
    for take, picture in enumerate(pictures, 1):
        assert picture["alt"] == (
            f"Take {take}, preview of product-hero for Tidewell: A slim 330 ml can."
        )
        assert (int(picture["width"]), int(picture["height"])) == size
        assert (tmp_path / unquote(picture["src"])).is_file()
    assert ("No picture was made." in page.text) == (count == 0)


def test_alt_text_does_without_a_subject() -> None:
    picture = page_of(record(previews(1), sections=[])).all("img")[0]
    assert picture["alt"] == "Take 1, preview of product-hero for Tidewell"


def test_the_page_stands_alone() -> None:
    text = sheet_html(record([*previews(2), final(1)]))
    page = Page(text)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_the_page_has_landmarks_and_headings_in_order() -> None:
    page = page_of(record([*previews(2), final(1)]))
    assert page.all("html") == [{"lang": "en"}]
    for tag in ("header", "main", "title", "h1"):
        assert len(page.all(tag)) == 1
    assert len(page.all("figure")) == len(page.all("figcaption")) == 3
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_page_says_what_a_person_looks_for() -> None:
    failure = Failure(
        tier="preview", take=3, error="RefusedError", message="content policy", fix="say it milder"
    )
    findings = [
        {"severity": "warning", "message": "too long", "fix": "cut", "file": "b.yaml", "line": 4},
        {"severity": "advice", "message": "odd word"},
    ]
    text = page_of(
        record(
            [*previews(2), final(2)],
            picks=[Pick(take=2, shown=[1, 2], reason="room for words", at="2026")],
            failures=[failure],
            findings=findings,
        )
    ).text
    for words in (
        "Tidewell · product-hero",
        "11 June 2026, 09:31 UTC · run 20260611-k7m2",
        "Cost $0.2168",
        "Take 2 Paid $0.0084 400 × 500 px · low quality gpt-image-1-mini Picked room for words",
        "Final From take 2, refined Paid $0.20",
        "Not made Preview, take 3 content policy → say it milder",
        "Shell #F4E9D8 background · 45%",
        "Setting A quiet northern coast.",
        "Inputs Product name slim can Features cold, wet",
        "Axes Crop close",
        "Brand tidewell, version 3",
        "Warning b.yaml:4: too long → cut",
        "Advice odd word",
    ):
        assert words in text


def hostile() -> Record:
    return record(
        [shot(1, file='../<x>"{{ 1 }}.png', model=HOSTILE)],
        id=HOSTILE,
        created=HOSTILE,
        brand=RunBrand(id=HOSTILE, name=HOSTILE, version=1, digest="b"),
        template=RunTemplate(name=HOSTILE, digest="t"),
        inputs={HOSTILE: HOSTILE},
        axes={HOSTILE: HOSTILE},
        sections=[Words(name="subject", text=HOSTILE), Words(name=HOSTILE, text=HOSTILE)],
        palette=[Swatch(name=HOSTILE, hex=HOSTILE, role=HOSTILE, share=0.5)],
        picks=[Pick(take=1, shown=[1], reason=HOSTILE, at="2026")],
        failures=[Failure(tier="final", take=1, error="E", message=HOSTILE, fix=HOSTILE)],
        findings=[{"severity": HOSTILE, "message": HOSTILE, "fix": HOSTILE}],
    )


def test_hostile_words_are_only_words(tmp_path: Path) -> None:
    page = page_of(hostile())
    assert page.all("script") == []
    assert len(page.all("bdi")) == 4  # no name may turn the direction of its neighbour
    assert all(not name.startswith("on") for _, names in page.tags for name in names)
    assert '<script>alert("1")</script> {{ 7 * 7 }}' in page.text
    assert page.all("img")[0]["src"] == "..%2F%3Cx%3E%22%7B%7B%201%20%7D%7D.png"
    assert picture_of(hostile(), tmp_path).width == WIDTH


def test_both_schemes_can_be_read() -> None:
    style = page_of(record()).style
    light, dark = (_tones(style, start) for start in ("--ground: #fff;", "--ground: #181818;"))
    for tones in (light, dark):
        for ground in (tones["ground"], tones["panel"]):
            assert contrast(tones["ink"], ground) >= 4.5
            assert contrast(tones["quiet"], ground) >= 4.5
        for verdict in ("good", "fair", "bad"):
            assert contrast(tones[verdict], tones["ground"]) >= 4.5


def _tones(style: str, start: str) -> dict[str, tuple[int, int, int]]:
    at = style.index(start)
    rules = [rule.split(":") for rule in style[at : style.index("}", at)].split(";")]
    return {
        rule[0].strip(" \n-"): _rgb(rule[1].strip())
        for rule in rules
        if rule[0].strip(" \n-") in ("ground", "panel", "ink", "quiet", "good", "fair", "bad")
    }


def _rgb(text: str) -> tuple[int, int, int]:
    digits = text.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


# The picture


def full(shots: list[Shot]) -> Record:
    return record(
        shots,
        picks=[Pick(take=2, shown=[1, 2], reason="room for words", at="2026")],
        failures=[Failure(tier="preview", take=9, error="E", message="refused")],
        findings=[{"severity": "warning", "message": "too long", "fix": "cut"}],
    )


@pytest.mark.parametrize("size", [PORTRAIT, BANNER])
@pytest.mark.parametrize("count", [0, 1, 4, 7])
def test_the_picture_is_whole_and_the_same_each_time(
    tmp_path: Path, count: int, size: tuple[int, int]
) -> None:
    run = with_files(full(previews(count, size)), tmp_path)
    data = sheet_png(run, tmp_path)
    assert data == sheet_png(run, tmp_path)
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.width) == ("PNG", WIDTH)
        assert picture.getpixel((2, 2)) == (255, 255, 255)
        shown = colours(picture)
    assert {SHELL, HARBOUR, KELP} <= shown
    assert {(90, 120 + take, 150) for take in range(1, count + 1)} <= shown


def test_finals_and_every_part_make_the_picture_longer(tmp_path: Path) -> None:
    runs = (
        record(palette=[], sections=[], inputs={}, axes={}),
        record(),
        record(previews(2)),
        full(previews(2)),
        full([*previews(2), final(2)]),
    )
    heights = [picture_of(with_files(run, tmp_path), tmp_path).height for run in runs]
    assert heights == sorted(set(heights))


def test_pictures_that_cannot_be_shown_leave_a_frame(tmp_path: Path) -> None:
    files = ["gone.png", "text.png", "cut.png", "a\0b.png", "", "line.png", "folder"]
    run = record([shot(take, file=file) for take, file in enumerate(files, 1)])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "folder").mkdir()
    Image.new("RGB", (3000, 1)).save(tmp_path / "line.png")
    Image.effect_noise((64, 64), 50).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:900])
    picture = picture_of(run, tmp_path)
    assert picture.width == WIDTH
    assert (244, 244, 244) in colours(picture)


def test_pictures_outside_the_folder_are_not_shown(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), (1, 200, 3)).save(tmp_path / "other.png")
    folder = tmp_path / "run"
    folder.mkdir()
    picture = picture_of(record([shot(file="../other.png")]), folder)
    assert (1, 200, 3) not in colours(picture)


@pytest.mark.parametrize("size", [(0, 0), (1, 90_000), (90_000, 1)])
def test_odd_sizes_stay_within_bounds(tmp_path: Path, size: tuple[int, int]) -> None:
    assert page_of(record([shot(size=size)])).all("img")
    assert picture_of(record([shot(size=size)]), tmp_path).height < 4000


def test_what_is_clear_in_a_picture_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", SQUARE, (9, 9, 200, 0)).save(tmp_path / "preview-1.png")
    assert (9, 9, 200) not in colours(picture_of(record([shot(size=SQUARE)]), tmp_path))


# Both, written


def test_the_sheet_is_written_beside_its_pictures(tmp_path: Path) -> None:
    run = with_files(record(previews(2)), tmp_path)
    page = write_sheet(run, tmp_path)
    assert page == tmp_path / "sheet.html"
    assert page.read_text(encoding="utf-8") == sheet_html(run)
    assert (tmp_path / SHEET_PNG).read_bytes() == sheet_png(run, tmp_path)


def test_pillow_is_loaded_with_the_first_picture_only() -> None:
    code = "import sys, promptkit.picture.sheet; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Verdicts, measured colours, finished files

SAID = Audit(
    checks=[
        Check(
            rule="accent",
            status="fail",
            severity="must",
            message="no coral to be seen",
            hint="name what carries it",
        ),
        Check(rule="grade", status="fail", severity="should", message="too contrasty"),
        Check(rule="size", status="fail", severity="info", message="it is 736 px wide"),
        Check(rule="tone", status="pass", severity="must", message="calm"),
        Check(rule="logo", status="skipped", severity="must", message="no logo"),
    ],
    palette=[
        Covered(name="shell", hex="#f4e9d8", role="background", share=0.5),
        Covered(name="kelp", hex="#3E8E5A", role="accent", share=0.001),
    ],
    strangers=[Stranger(hex="#8A2BE2", name="vivid violet", share=0.1, where="upper left")],
)
AIMED = [Swatch(name="Shell", hex="#F4E9D8", role="background", share=0.45)]


def card_of(audit: Audit | None, **changes: Any) -> Card:
    return view(record([shot(audit=audit)], **changes)).galleries[0].cards[0]


def with_checks(*checks: tuple[str, str]) -> Audit:
    return Audit.model_validate(
        {
            "checks": [
                {"rule": "r", "status": status, "severity": severity, "message": "it is so"}
                for status, severity in checks
            ]
        }
    )


@pytest.mark.parametrize(
    ("checks", "state", "words"),
    [
        ([("fail", "must")], "bad", "Not on brand: 1 point must change"),
        (
            [("fail", "must")] * 2 + [("fail", "should")],
            "bad",
            "Not on brand: 2 points must change",
        ),
        ([("fail", "should"), ("pass", "must")], "fair", "On brand: 1 point could be better"),
        ([("pass", "must")] * 3, "good", "On brand: all 3 checks pass"),
        ([("pass", "must"), ("fail", "info")], "good", "On brand: its check passes"),
        ([("skipped", "must")], "good", "Nothing could be checked"),
    ],
)
def test_a_verdict_is_one_line(checks: list[tuple[str, str]], state: str, words: str) -> None:
    found = card_of(with_checks(*checks)).verdict
    assert found is not None
    assert (found.state, found.words) == (state, words)


def test_points_say_what_is_wrong_and_what_to_do() -> None:
    found = card_of(SAID).verdict
    assert found is not None
    assert found.points == ("No coral to be seen. Name what carries it", "Too contrasty")


def test_of_very_many_points_the_gravest_are_told() -> None:
    found = card_of(with_checks(*[("fail", "should")] * 9)).verdict
    assert found is not None
    assert len(found.points) == 7
    assert found.points[-1] == "And 3 more, in run.json"


def test_what_was_not_audited_has_no_verdict_and_no_measured_colours() -> None:
    for audit in (None, Audit(checks=[])):
        card = card_of(audit)
        assert (card.verdict, card.mix) == (None, None)


def test_measured_colours_stand_above_those_aimed_at() -> None:
    found = card_of(SAID, palette=AIMED).mix
    assert found is not None
    assert found.words == "Shell 50% (aimed at 45%), vivid violet 10%"
    measured, aimed = (bar for _, bar in found.bars)
    assert [(band.name, round(band.weight, 3)) for band in measured] == [
        ("Shell", 0.5),
        ("vivid violet", 0.1),
        ("other colours", 0.4),
    ]
    assert [(band.name, round(band.weight, 3)) for band in aimed] == [
        ("Shell", 0.45),
        ("other colours", 0.55),
    ]


def test_shares_that_are_more_than_the_picture_shrink() -> None:
    audit = SAID.model_copy(update={"palette": [SAID.palette[0].model_copy(update={"share": 1.0})]})
    found = card_of(audit, palette=[]).mix
    assert found is not None
    assert sum(band.weight for band in found.measured) == pytest.approx(1)
    assert found.aimed == ()


def test_a_picture_without_the_brand_s_colours_says_so() -> None:
    audit = Audit(checks=[], palette=[SAID.palette[1]])
    found = card_of(audit, palette=[]).mix
    assert found is not None
    assert (found.words, found.bars) == ("none of the brand's colours", ())


def finished(file: str, channel: str = "web-hero", of: str = "d", *notes: str) -> Finished:
    return Finished(of=of, channel=channel, file=file, size=(1600, 900), notes=list(notes))


def test_finals_name_their_files_and_their_alt_text(tmp_path: Path) -> None:
    files = [
        finished("finished/hero #1.webp"),
        finished("finished/story.jpg", "story", "d", "the picture is enlarged"),
        finished("/elsewhere/secret.jpg", "print"),
        finished("../../secret.jpg", "out"),
        finished("finished/other.jpg", "other", "not this one"),
    ]
    whole = record([final(alt="A slim can.", audit=SAID)], finished=files, palette=AIMED)
    card = view(whole).galleries[0].cards[0]
    assert [(file.channel, file.url, file.words) for file in card.files] == [
        ("web-hero", "finished/hero%20%231.webp", "1600 × 900 px, WEBP"),
        ("story", "finished/story.jpg", "1600 × 900 px, JPG"),
        ("print", "", "1600 × 900 px, JPG"),
        ("out", "", "1600 × 900 px, JPG"),
    ]
    page = sheet_html(whole)
    assert 'href="finished/hero%20%231.webp"' in page
    assert "secret.jpg" not in page
    assert "The picture is enlarged" in page
    assert "A slim can." in page
    assert 'role="img" aria-label="Colours measured: Shell 50% (aimed at 45%)' in page
    plain = height(sheet_png(record([final()], palette=AIMED), tmp_path))
    assert height(sheet_png(whole, tmp_path)) > plain + 150


def test_what_a_judge_answered_stands_below_the_picture(tmp_path: Path) -> None:
    asked = [
        Judged(question="whole", ask="Is the can whole?", answer="yes", at="2026-11-22"),
        Judged(
            question="sea",
            ask="Is the sea calm?",
            answer="none",
            reason="it is out of view",
            at="2026-11-22",
        ),
    ]
    whole = record([final(judged=asked)])
    page = sheet_html(whole)
    assert "Asked of a judge" in page
    assert "Is the can whole? Yes<" in page
    assert "Is the sea calm? No answer: it is out of view" in page
    assert "judge" not in sheet_html(record([final()]))
    plain = height(sheet_png(record([final()]), tmp_path))
    assert height(sheet_png(whole, tmp_path)) > plain + 60


def test_what_a_judge_answered_about_a_file_stands_below_the_file(tmp_path: Path) -> None:
    asked = Judged(question="sea", ask="Is the sea calm?", answer="no", at="2026-11-22")
    file = finished("finished/a.jpg").model_copy(update={"judged": [asked]})
    (card,) = view(record([final()], finished=[file])).galleries[0].cards
    assert (card.answers, card.files[0].notes) == ((), ("Is the sea calm? No",))


def test_finished_files_are_seen_on_the_page() -> None:
    page = sheet_html(record([final()], finished=[finished("finished/story.webp")]))
    assert '<img src="finished/story.webp" alt=""' in page


def test_a_file_that_is_not_fit_says_so_in_words(tmp_path: Path) -> None:
    fit = record([final()], finished=[finished("finished/a.jpg")])
    unfit = record(
        [final()], finished=[finished("finished/a.jpg").model_copy(update={"ok": False})]
    )
    assert "Not fit" not in sheet_html(fit)
    assert '<span class="badge unfit">Not fit</span>' in sheet_html(unfit)
    assert height(sheet_png(unfit, tmp_path)) > height(sheet_png(fit, tmp_path))


def height(png: bytes) -> int:
    with Image.open(BytesIO(png)) as picture:
        return picture.height


def test_the_proposed_text_is_the_alternative_text() -> None:
    card = view(record([shot(alt="A slim can; in the background, a quay.")])).galleries[0].cards[0]
    assert card.alt.endswith(": A slim can; in the background, a quay.")
    assert card.told == ""
