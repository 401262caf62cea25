from __future__ import annotations

import base64
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from promptkit.brand.check import check_brand
from promptkit.brand.color import contrast
from promptkit.brand.loading import load_brand, parse_brand
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError
from promptkit.kit import SHIPPED
from promptkit.picture.brand_sheet import (
    LARGEST_SVG,
    LONGEST,
    brand_sheet_html,
    write_brand_sheet,
)
from promptkit.picture.brand_sheet_view import Sheet, Use, clear_space, ink_on, view, wcag
from promptkit.template.library import BASE, TemplateLibrary

PROFILES = sorted((SHIPPED / "brand_profiles").glob("*.yaml"))
NAMES = [path.stem for path in PROFILES]
VOID = {"meta", "img", "br", "link", "input", "hr"}
HOSTILE = '<script>alert("1")</script></style> {{ 7 * 7 }} \'" & ; } \u202eتجربة ' + "w" * 200

SIX_LINES = """\
name: Kestrel Bikes
colors: {primary: "#1F3D7A", accent: "#FF6B35", background: "#F7F5F0", text: "#15171C"}
tone: [direct, upbeat, practical]
style: bright documentary photographs of everyday cycling, early morning light
avoid: [lycra racing, empty showrooms]
channels: {shop_tile: 1200x1200}
"""
BASICS: dict[str, Any] = {
    "name": "Test",
    "colors": {"primary": "#0B6E99", "background": "#F4E9D8", "text": "#1B2A33"},
    "style": "soft daylight",
}


class Page(HTMLParser):
    """What a page holds; fails where a tag is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.css = ""
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
        if self.open[-1:] == ["style"]:
            self.css += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def styles(self) -> list[str]:
        return [names["style"] for _, names in self.tags if "style" in names]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def brand_of(**parts: Any) -> Brand:
    return Brand.model_validate(BASICS | parts)


def page_of(brand: Brand) -> Page:
    return Page(brand_sheet_html(brand))


def sheet_of(brand: Brand) -> Sheet:
    return view(brand, {}, TemplateLibrary((SHIPPED / "templates",)).get(BASE))


def on_disk(folder: Path, **files: bytes | None) -> Brand:
    """Return a brand with one subject for each file; what is None is gone when it is looked for."""
    for name, data in files.items():
        (folder / name).write_bytes(data or b"")
    refs = ", ".join(f'{name}: {{refs: ["{name}"]}}' for name in files)
    brand = parse_brand(f"{SIX_LINES}subjects: {{{refs}}}\n", str(folder / "b.yaml"))
    for name, data in files.items():
        if data is None:
            (folder / name).unlink()
    return brand


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def embedded(uri: str) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(uri.partition(",")[2])))


def hostile() -> Brand:
    avoid = [{"what": HOSTILE, "instead": HOSTILE, "severity": "must", "looks": [HOSTILE]}]
    pairs = {"never": [[HOSTILE, "b"]], "text_on": {HOSTILE: ["b", HOSTILE]}}
    box = [0, 0, 1e-9, 1]
    face = {"family": HOSTILE, "weight": HOSTILE, "describe": HOSTILE}
    return Brand.model_validate(
        {
            "name": HOSTILE,
            "identity": {
                "tagline": {HOSTILE: HOSTILE},
                "category": HOSTILE,
                "personality": {HOSTILE: 5},
            },
            "colors": {
                "palette": {
                    HOSTILE: {"value": "red", "name": HOSTILE, "pantone": HOSTILE, "cmyk": HOSTILE},
                    "b": {"value": "#fff", "describe": HOSTILE},
                },
                "roles": {HOSTILE: HOSTILE, "text": "b"},
                "proportions": {HOSTILE: 0.5},
                "pairs": pairs,
                "rules": [{"id": HOSTILE, "color": "b"}],
                "grade": {"film": HOSTILE},
                "avoid": avoid,
            },
            "tone": {"traits": HOSTILE, "we_are": HOSTILE, "words": {"never": HOSTILE}},
            "style": {
                "looks": {HOSTILE: {"describe": HOSTILE, "carriers": {HOSTILE: HOSTILE}}},
                "references": [{"id": HOSTILE, "path": "../" + HOSTILE, "use": HOSTILE}],
            },
            "avoid": avoid,
            "typography": {"display": face, "body": face, "sources": {HOSTILE: HOSTILE}},
            "logo": {
                "files": [{"id": HOSTILE, "path": "x\0y.svg", "slots": HOSTILE}],
                "placement": {"clear_space": HOSTILE, "min_height_px": 10**9, "prefer": HOSTILE},
                "reserve": {"box": box, "describe": HOSTILE},
                "never": HOSTILE,
            },
            "subjects": {HOSTILE: {"describe": HOSTILE, "refs": [HOSTILE, "/etc/passwd"]}},
            "people": {"include": HOSTILE, "never": avoid},
            "content": {
                "never": HOSTILE,
                "regions": {HOSTILE: {"required_disclaimer": {HOSTILE: HOSTILE}}},
                "ai_disclosure": {"label": HOSTILE, "when": HOSTILE},
            },
            "channels": {
                HOSTILE: {"size": [10**9, 1], "safe_area": box, "look": HOSTILE},
                "tall": {"size": [1, 10**9], "text_zone": {"box": box, "text": HOSTILE}},
            },
            "governance": {"owner": HOSTILE, "guide": HOSTILE},
        }
    )


# The page


BRANDS: dict[str, Brand] = {
    **{path.stem: load_brand(path) for path in PROFILES},
    "six-lines": parse_brand(SIX_LINES),
    "bare": brand_of(),
    "hostile": hostile(),
}


@cache
def shown(name: str) -> Page:
    return page_of(BRANDS[name])


@pytest.mark.parametrize("name", BRANDS)
class TestEveryPage:
    def test_it_stands_alone(self, name: str) -> None:
        page = shown(name)
        tags = {tag for tag, _ in page.tags}
        assert not {"script", "link", "iframe", "object", "svg", "a", "base", "form"} & tags
        assert all(names["src"].startswith("data:image/") for names in page.all("img"))
        for _, names in page.tags:
            assert not [name for name in names if name.startswith("on")]
            assert not {"href", "srcset", "srcdoc", "data", "action"} & set(names)
        for css in (page.css, *page.styles):
            assert not re.search(r"url\(|@import|expression|http", css)

    def test_every_picture_has_words(self, name: str) -> None:
        page = shown(name)
        assert all("alt" in names for names in page.all("img"))
        assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
        assert page.all("html") == [{"lang": "en"}]

    def test_its_headings_are_in_order(self, name: str) -> None:
        levels = [int(tag[1]) for tag, _ in shown(name).tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    def test_it_is_the_same_each_time(self, name: str) -> None:
        assert page_of(BRANDS[name]).tags == shown(name).tags

    def test_no_value_leaves_its_style(self, name: str) -> None:
        rule = r"[\w-]+: (#[0-9A-F]{6}|-?[\d.e-]+(%|px|rem)?|auto)"
        for style in shown(name).styles:
            assert re.fullmatch(rf"{rule}(; {rule})*", style), style

    def test_its_contrasts_are_right(self, name: str) -> None:
        for sample in sheet_of(BRANDS[name]).samples:
            ratio = contrast(sample.text.band.colour, sample.ground.band.colour)
            assert 0 <= ratio - float(sample.ratio.removesuffix(":1")) < 0.01
            assert sample.level == wcag(ratio)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_brands_show_all_they_have(name: str) -> None:
    brand, page = BRANDS[name], shown(name)
    parts = "Colours Type Logo Looks Avoid Tone Subjects People Content Channels Findings"
    found = iter(page.text.split())
    assert all(part in found for part in parts.split())
    assert "cannot be shown" not in page.text
    for words in (
        *(subject.describe for subject in brand.subjects.values()),
        *(color.describe for color in brand.colors.palette.values()),
        *(item.instead for item in (*brand.avoid, *brand.colors.avoid, *brand.people.never)),
        *(color.value for color in brand.colors.palette.values()),
        *brand.tone.words.never,
        brand.typography.display.describe,
        brand.governance.owner,
    ):
        assert words in page.text


def test_a_look_is_said_in_the_words_of_a_prompt() -> None:
    text = shown("tidewell").text
    for words in (
        "Shoreline photo Default photo, for hero, social, banner, lifestyle",
        "Lighting Soft late-afternoon coastal daylight, low sun from the left, open shade as fill.",
        "35–50 mm lens, shallow depth of field. Subtle fine grain, matt finish.",
        "Colour Warm-neutral colour temperature",
        "A few things carry it",
        "5 colours at most in one picture.",
    ):
        assert words in text


def test_a_short_profile_leaves_no_empty_parts() -> None:
    page = shown("six-lines")
    for part in ("Type", "Logo", "Subjects", "People", "Content", "Toning", "Never together"):
        assert part not in page.words
    assert page.all("img") == []
    assert page.all("dl") != []
    for words in (
        "dark blue Words made by rule",
        "usually 25%",
        "1200 × 1200 px",
        "lycra racing –",
    ):
        assert words in page.text


def test_findings_stand_at_the_end() -> None:
    text = shown("six-lines").text
    assert all(finding.message in text for finding in check_brand(BRANDS["six-lines"]))
    assert shown("tidewell").text.endswith("found no fault.")


def test_hostile_words_are_only_words() -> None:
    page = shown("hostile")
    plain = " ".join(HOSTILE.split())
    assert page.text.count(plain) > 40
    assert "49" not in page.text
    assert page.all("html") == [{"lang": "en"}]
    assert page.text.count("Picture cannot be shown") == 4


def test_a_colour_built_by_hand_cannot_reach_the_css() -> None:
    brand = brand_of()
    color = brand.colors.palette["primary"].model_copy(
        update={"value": "red;background:url(//x.example)"}
    )
    palette = brand.colors.palette | {"primary": color}
    colors = brand.colors.model_copy(update={"palette": palette})
    with pytest.raises(ValueError, match="is not a colour"):
        brand_sheet_html(brand.model_copy(update={"colors": colors}))
    with pytest.raises(BrandError):
        parse_brand(SIX_LINES.replace("#1F3D7A", "#fff}</style>"))


def test_a_typeface_without_words_is_remarked() -> None:
    text = page_of(brand_of(typography={"display": {"family": "Recoleta"}})).text
    assert "No words yet" in text
    assert "Body" not in text


def test_both_schemes_can_be_read() -> None:
    css = shown("bare").css
    for start in ("--page: #fff;", "--page: #181818;"):
        at = css.index(start)
        tones = dict(re.findall(r"--(\w+): (#\w+)", css[at : css.index("}", at)]))
        for ground in (tones["page"], tones["panel"]):
            assert contrast(tones["text"], ground) >= 4.5
            assert contrast(tones["quiet"], ground) >= 4.5


# What the sheet works out


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (Use("Accent", None), ""),
        (Use("Accent", 0.07), "7%"),
        (Use("Accent", 0.07, 0.02, 0.15), "7%, at least 2%, at most 15%"),
        (Use("Accent", 0.06, given=False), "usually 6%"),
    ],
)
def test_shares_in_words(use: Use, words: str) -> None:
    assert use.share == words


def test_colours_stand_by_their_shares_and_fill_the_bar() -> None:
    tiles = sheet_of(BRANDS["tidewell"]).tiles
    names = "Dry Sand,Harbour Blue,Paper,Kelp,Buoy Coral,Night Tide".split(",")
    assert [tile.band.name for tile in tiles] == names
    assert sum(tile.band.weight for tile in tiles) == pytest.approx(1)
    assert tiles[0].band.weight / tiles[1].band.weight == pytest.approx(0.45 / 0.25)
    assert tiles[1].notes == ("Pantone 7706 C",)
    assert tiles[4].notes == ("only as accent, never on background (must)",)


def test_a_rule_without_words_is_named() -> None:
    colors = {
        "palette": {"sea": {"value": "#0B6E99", "cmyk": "90 40 20 10"}},
        "rules": [{"id": "sea-wide", "color": "sea"}],
    }
    assert sheet_of(brand_of(colors=colors)).tiles[0].notes == ("CMYK 90 40 20 10", "Sea wide")


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (21, "passes AAA"),
        (7, "passes AAA"),
        (6.999, "passes AA"),
        (4.5, "passes AA"),
        (4.499, "passes AA for large text only"),
        (2.999, "fails AA"),
    ],
)
def test_contrast_in_words(ratio: float, words: str) -> None:
    assert wcag(ratio) == words


def test_pairs_come_from_the_brand_then_from_the_roles_once_each() -> None:
    colors = {
        "palette": {"ink": "#101010", "sand": "#F4E9D8", "sea": "#0B6E99"},
        "roles": {"text": "ink", "background": "sand", "surface": "ink"},
        "pairs": {"text_on": {"sand": "ink", "sea": ["sand", "sea"]}},
    }
    samples = sheet_of(brand_of(colors=colors)).samples
    found = [(it.text.key, it.ground.key, it.given) for it in samples]
    assert found == [("ink", "sand", True), ("sand", "sea", True)]
    by_role = sheet_of(brand_of()).samples
    assert [(it.ground.key, it.given) for it in by_role] == [("background", False)]


def test_never_pairs_are_crossed_out() -> None:
    keys = [(one.key, other.key) for one, other in sheet_of(BRANDS["northbeam"]).clashes]
    assert keys == [("signal", "mint")]
    assert "--one: #F5B53D; --other: #5CC8A8" in shown("northbeam").styles


@pytest.mark.parametrize(
    ("words", "heights"),
    [("1x", 1), ("1.5 X", 1.5), ("", 0), ("plenty", 0), ("900x", 3), ("0x", 0)],
)
def test_clear_space_in_logo_heights(words: str, heights: float) -> None:
    assert clear_space(words) == heights


def test_logos_stand_on_grounds_of_the_brand() -> None:
    marks = sheet_of(BRANDS["tidewell"]).marks
    assert [mark.ground for mark in marks] == ["#F4E9D8", "#1B2A33"]
    grey = brand_of(
        colors={"primary": "#888888"},
        logo={
            "files": [
                {"id": ground, "path": "a.svg", "background": ground}
                for ground in ("light", "dark", "any")
            ]
        },
    )
    assert [mark.ground for mark in sheet_of(grey).marks] == ["#FFFFFF", "#1C1C1C", "#FFFFFF"]


def test_clear_space_is_drawn_to_scale() -> None:
    page = shown("tidewell")
    ratio = 499 / 104
    zone = next(style for style in page.styles if style.startswith("--zone"))
    numbers = [float(number) for number in re.findall(r"[\d.]+", zone)]
    assert numbers == pytest.approx([(ratio + 2) / 3, 100 / (ratio + 2), 100 / 3], abs=0.01)
    assert "height: 48px; width: auto" in page.styles


def test_a_logo_too_large_for_the_page_is_not_drawn_at_its_least_height() -> None:
    brand = BRANDS["tidewell"]
    placement = brand.logo.placement.model_copy(update={"min_height_px": 500})
    logo = brand.logo.model_copy(update={"placement": placement})
    page = page_of(brand.model_copy(update={"logo": logo}))
    assert "Never smaller" not in page.text
    assert "Least height 500 px" in page.text


def test_a_logo_may_have_no_least_height(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_bytes(b'<svg viewBox="0 0 40 10"></svg>')
    logo = "logo: {files: [{id: sign, path: a.svg}]}\n"
    brand = parse_brand(SIX_LINES + logo, str(tmp_path / "b.yaml"))
    page = page_of(brand)
    assert [names["alt"] for names in page.all("img")] == ["Kestrel Bikes logo, Sign"]
    assert "--zone: 4.0; --across: 0.000%; --down: 0.000%" in page.styles
    assert "Never smaller" not in page.text


def test_channels_are_drawn_at_one_scale() -> None:
    brand = brand_of(
        channels={
            "wide": {"size": "2000x1000", "safe_area": [0.1, 0.2, 0.9, 1]},
            "small": "500x500",
        }
    )
    wide, small = sheet_of(brand).frames
    assert (wide.scale, small.scale) == (1, 0.25)
    assert [zone.kind for zone in wide.zones] == ["safe"]
    assert small.zones == ()
    style = "left: 10.000%; top: 20.000%; width: 80.000%; height: 80.000%"
    assert style in page_of(brand).styles


def test_a_logo_that_is_not_shown_keeps_no_place_in_channels() -> None:
    logo = {"policy": "none", "reserve": {"box": [0, 0, 0.5, 0.5]}}
    assert sheet_of(brand_of(logo=logo, channels={"tile": "9x9"})).frames[0].zones == ()


def test_the_text_zone_has_the_colour_of_its_words() -> None:
    frames = {frame.name: frame for frame in sheet_of(BRANDS["tidewell"]).frames}
    zones = {zone.kind: zone for zone in frames["Web hero"].zones}
    assert zones["text"].colour == "#1B2A33"
    assert zones["text"].box == (0.05, 0.12, 0.45, 0.60)
    plain = {"tile": {"size": "9x9", "text_zone": {"box": [0, 0, 1, 1]}}}
    assert sheet_of(brand_of(channels=plain)).frames[0].zones[0].colour == ""


def test_the_default_look_comes_first() -> None:
    brand = brand_of(style={"looks": {"a": "one", "b": "two"}, "default_look": "b"})
    assert [(card.name, card.default) for card in sheet_of(brand).looks] == [
        ("B", True),
        ("A", False),
    ]


def test_a_look_that_cannot_be_worded_says_why() -> None:
    card = sheet_of(brand_of(style="w" * 40_000)).looks[0]
    assert card.rows == ()
    assert "characters" in card.fault
    assert "cannot be put into words" in page_of(brand_of(style="w" * 40_000)).text


def test_carriers_know_their_colours() -> None:
    carried = sheet_of(BRANDS["hearth-and-ply"]).looks[0].carried
    assert [(tile.key, by) for tile, by in carried][1:3] == [
        ("birch", "the wood of the furniture"),
        ("moss", "one textile or one painted surface"),
    ]


def test_inks_can_be_read_on_every_colour() -> None:
    for grey in range(256):
        ground = f"#{grey:02X}{grey:02X}{grey:02X}"
        assert contrast(ink_on(ground), ground) >= 4


# Pictures


def test_pictures_are_embedded_small(tmp_path: Path) -> None:
    large, clear = Image.new("RGB", (2000, 1000)), Image.new("RGBA", (40, 30), (9, 9, 9, 0))
    page = page_of(on_disk(tmp_path, photo=encoded(large, "JPEG"), mark=encoded(clear)))
    photo, mark = (embedded(names["src"]) for names in page.all("img"))
    assert (photo.format, photo.size) == ("JPEG", (LONGEST, LONGEST // 2))
    assert (mark.format, mark.size) == ("PNG", (40, 30))
    assert mark.convert("RGBA").getpixel((0, 0)) == (9, 9, 9, 0)


def test_pictures_stand_upright(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    data = encoded(Image.new("RGB", (40, 20)), "JPEG", exif=turned)
    names = page_of(on_disk(tmp_path, photo=data)).all("img")[0]
    assert (names["width"], names["height"]) == ("20", "40")


def test_pictures_that_cannot_be_shown_leave_a_note(tmp_path: Path) -> None:
    files = {"gone": None, "text": b"no picture", "empty.svg": b"", "fat.svg": b"<svg>"}
    files["fat.svg"] = b"<svg>" + b" " * LARGEST_SVG
    page = page_of(on_disk(tmp_path, **files))
    assert page.all("img") == []
    for name in ("Gone", "Text", "Empty.svg", "Fat.svg"):
        assert f"Picture cannot be shown: {name}" in page.text


def test_pictures_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "brand"
    folder.mkdir()
    (tmp_path / "secret.svg").write_bytes(b"<svg/>")
    brand = on_disk(folder, own=b"")
    subject = brand.subjects["own"].model_copy(update={"refs": ["../secret.svg"]})
    page = page_of(brand.model_copy(update={"subjects": {"own": subject}}))
    assert page.all("img") == []


@pytest.mark.parametrize(
    ("svg", "size"),
    [
        ('<svg xmlns="s" viewBox="0 0 499.4 104">', ("499", "104")),
        ("<svg viewBox = '-1,-1,20,10'>", ("20", "10")),
        ('<svg width="5" height="5">', ("300", "150")),
    ],
)
def test_drawings_are_pictures_too(tmp_path: Path, svg: str, size: tuple[str, str]) -> None:
    data = f'{svg}<script>alert("1")</script></svg>'.encode()
    page = page_of(on_disk(tmp_path, **{"mark.svg": data}))
    names = page.all("img")[0]
    assert names["src"].startswith("data:image/svg+xml;base64,")
    assert base64.b64decode(names["src"].partition(",")[2]) == data
    assert (names["width"], names["height"]) == size
    assert "alert" not in page.text


def test_references_of_the_style_are_shown(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(Image.new("RGB", (8, 8))))
    style = "\nstyle: {describe: calm, references: [{id: dune-one, path: a.png, rights: owned}]}\n"
    text = re.sub(r"\nstyle: .*\n", style, SIX_LINES)
    page = page_of(parse_brand(text, str(tmp_path / "b.yaml")))
    assert [names["alt"] for names in page.all("img")] == ["Dune one"]
    assert "Shows style · owned" in page.text


def test_the_sheet_is_written(tmp_path: Path) -> None:
    brand = BRANDS["six-lines"]
    path = write_brand_sheet(brand, tmp_path / "new" / "sheet.html")
    assert path == tmp_path / "new" / "sheet.html"
    assert path.read_text(encoding="utf-8") == brand_sheet_html(brand)


def test_pillow_is_loaded_with_the_first_picture_only() -> None:
    code = "import sys, promptkit.picture.brand_sheet; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
