"""Lettering in pictures: read by the real reader, in pictures that are drawn here."""

from __future__ import annotations

import logging
import random
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont
from typer.testing import CliRunner

from odd_pictures import saved
from promptkit import Kit
from promptkit.brand.loading import BrandLibrary
from promptkit.brand.profile import Brand
from promptkit.cli.app import app
from promptkit.client.request import Answer, ImageRequest
from promptkit.picture.audit import Standard, audit, reading
from promptkit.picture.audit.expected import UNKNOWN, Expected
from promptkit.picture.audit.reading import Reader, installed
from promptkit.picture.opening import Opened
from promptkit.verdict import Audit, Check
from promptkit.workflow.shown import Image as Image_

ROOT = Path(__file__).parents[1]
REFS = ROOT / "brand_profiles" / "refs"
FONTS = ROOT / "promptkit" / "fonts"
TIDEWELL = BrandLibrary((ROOT / "brand_profiles",)).get("tidewell")
KITCHEN = REFS / "tidewell" / "galley-kitchen.jpg"
RULES = ("lettering", "lettering-missing", "lettering-misspelt", "drawn-logo")
SHOP = """\
extends: tidewell
name: Shop
tone: {on_image_text: model_rendered}
"""
MODEL = "openai/gpt-image-2.5-flare"
SALE = Expected(asked=("Summer sale",))

Said = tuple[str, tuple[int, int]]


@lru_cache(maxsize=1)
def _kept(path: Path) -> Image.Image:
    picture = Image.open(path).convert("RGB")
    picture.thumbnail((1024, 1024))
    return picture


def photograph(path: Path) -> Image.Image:
    return _kept(path).copy()


def lettered(
    *said: Said, ground: Path = KITCHEN, size: int = 48, font: str = "SemiBold", turn: float = 0
) -> Image.Image:
    """Return a picture with words at places (px) on it, in the ink that reads there."""
    picture = photograph(ground)
    face = ImageFont.truetype(FONTS / f"Inter-{font}.otf", size)
    for text, (left, top) in said:
        width, height = (round(part) + 20 for part in face.getbbox(text)[2:])
        layer = Image.new("L", (width, height))
        ImageDraw.Draw(layer).text((10, 10), text, 255, face)
        layer = layer.rotate(turn, Image.Resampling.BICUBIC, expand=True)
        right, bottom = left + layer.width, top + layer.height
        below = picture.crop((left, top, right, bottom)).convert("L").resize((1, 1))
        ink = "black" if int(below.getpixel((0, 0)) or 0) > 110 else "white"  # type: ignore[arg-type]
        picture.paste(ink, (left, top), layer)
    return picture


def held(picture: Image.Image, words: Expected, brand: Brand = TIDEWELL) -> list[Check]:
    """Return what the audit says of a picture's lettering."""
    return told(audited(picture, words, brand))


def audited(picture: Image.Image, words: Expected, brand: Brand) -> Audit:
    return audit(Opened(picture, None, "PNG"), Standard(brand, "kitchen-photo", words=words))


def told(found: Audit | None) -> list[Check]:
    assert found
    return [check for check in found.checks if check.rule in RULES]


def failed(checks: list[Check]) -> list[str]:
    return [check.rule for check in checks if check.status == "fail"]


def test_a_picture_without_words_has_none() -> None:
    (check,) = held(lettered(), Expected())
    assert (check.rule, check.status, check.message) == (
        "lettering",
        "pass",
        "no words can be read, in the scripts that the reader knows",
    )


def test_words_that_nobody_asked_for() -> None:
    (check,) = held(lettered(("FRESHE BRERD", (600, 60))), Expected())
    assert (check.status, check.severity, check.measured) == ("fail", "should", "FRESHE BRERD")
    assert check.message.startswith("words that nobody asked for: “FRESHE BRERD”, upper right, ")
    assert check.hint.startswith("upper right: plain and unprinted; signs, labels")


def test_four_lines_that_nobody_asked_for_are_told_in_part() -> None:
    said = [(word, (60, 40 + 90 * at)) for at, word in enumerate(["Fish", "Chips", "Peas", "Tea"])]
    (check,) = held(lettered(*said), Expected())
    assert check.message.endswith(", and 1 more")
    assert sorted(str(check.measured).split(" | ")) == ["Chips", "Fish", "Peas", "Tea"]


def test_what_was_asked_for_is_read_in_capitals_and_on_two_lines() -> None:
    picture = lettered(("SUMMER", (60, 60)), ("SALE", (60, 120)))
    asked, rest = sorted(held(picture, SALE), key=lambda check: check.rule, reverse=True)
    assert (asked.rule, asked.status) == ("lettering-missing", "pass")
    assert rest.status == "pass"
    assert rest.message == "no other words can be read, in the scripts that the reader knows"


def test_what_was_asked_for_is_misspelt() -> None:
    found = held(lettered(("SUMMMER SALE", (60, 60))), SALE)
    assert failed(found) == ["lettering-misspelt"]
    assert found[0].message == "“Summer sale” is misspelt: “SUMMMER SALE” can be read"
    assert (
        found[0].hint == "set “Summer sale” exactly as written, once, spelled S-u-m-m-e-r s-a-l-e"
    )


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ("Only €4.99", "Only €499"),
        ("nur 12,99 €", "nur 1,299 €"),
        ("20% off", "20 off"),
        ("1+1 free", "11 free"),
    ],
)
def test_another_price_is_misspelt(asked: str, drawn: str) -> None:
    expected = Expected(asked=(asked,))
    assert failed(held(lettered((asked, (60, 60))), expected)) == []
    found = held(lettered((drawn, (60, 60))), expected)
    assert failed(found) == ["lettering-misspelt"]
    assert f"“{drawn}” can be read" in found[0].message


@pytest.mark.parametrize("drawn", ["€ 9.99", "-70%"])
def test_a_price_or_discount_that_nobody_asked_for(drawn: str) -> None:
    (check,) = held(lettered((drawn, (60, 60))), Expected())
    assert (check.status, check.measured) == ("fail", drawn)
    asked = Expected(asked=("Sale 20% off",))
    both = held(lettered(("Sale 20% off", (60, 60)), (drawn, (600, 60))), asked)
    assert failed(both) == ["lettering"]


def test_a_fraction_is_skipped() -> None:
    found = held(lettered(("½ price", (60, 60))), Expected(asked=("½ price",)))
    assert [check.status for check in found] == ["pass", "skipped"]


@pytest.mark.parametrize("again", ["SUMMMER SALE", "SUMMER SALE"])
def test_what_was_asked_for_is_drawn_twice(again: str) -> None:
    picture = lettered(("Summer sale", (60, 60)), (again, (500, 400)))
    words = Expected(asked=("Summer sale",), allowed=("Summer sale", "Tidewell"))
    told_of, asked = held(picture, words)
    assert (told_of.rule, told_of.status, asked.status) == ("lettering", "fail", "pass")
    assert told_of.message == f"drawn once more than it was asked for: “{again}”, lower right"
    assert failed(held(picture, Expected(asked=words.asked, known=False))) == ["lettering"]


def test_one_word_is_drawn_twice_or_does_not_belong() -> None:
    words = Expected(asked=("Lighter by the sea",))
    (found, _) = held(lettered(("Lighter by the the sea", (60, 60))), words)
    assert "asked for: “the” in “Lighter by the the sea”, upper left" in found.message
    (found, _) = held(lettered(("Lighter by the sea not", (60, 60))), words)
    assert found.message.startswith("words that nobody asked for")


def test_the_name_in_a_text_is_not_the_name_as_a_logo() -> None:
    words = Expected(asked=("Tidewell tea",))
    tea = ("Tidewell tea", (60, 60))
    assert failed(held(lettered(tea), words)) == []
    assert failed(held(lettered(tea, ("tidewell", (500, 400))), words)) == ["drawn-logo"]


def test_what_was_asked_for_is_not_there_or_in_part() -> None:
    (gone, *_) = held(lettered(), SALE)
    assert (gone.rule, gone.message) == (
        "lettering-missing",
        "“Summer sale” cannot be read in the picture",
    )
    part = Expected(asked=("Lighter by the sea",))
    (some, *_) = held(lettered(("Lighter", (60, 60))), part)
    assert some.message == "of “Lighter by the sea” only “Lighter” can be read"


def test_letters_that_the_reader_does_not_know_are_skipped_and_so_is_what_has_none() -> None:
    (rest, asked) = held(lettered(), Expected(asked=("Лето", "…")))
    assert (asked.rule, asked.status) == ("lettering-missing", "skipped")
    assert rest.status == "pass"


def test_the_name_is_never_drawn_unless_it_may_be() -> None:
    picture = lettered(("Tidewe1l", (60, 60)))
    drawn, rest = held(picture, Expected())
    assert (drawn.rule, drawn.status, rest.status) == ("drawn-logo", "fail", "pass")
    assert drawn.message.endswith("its logo is laid over later")
    assert failed(held(picture, Expected(allowed=("Tidewell Sea Fizz",)))) == []
    labelled = {"can": {"describe": "a can", "text_policy": "model_rendered"}}
    assert failed(held(picture, Expected(), changed(subjects=labelled))) == []
    bare = held(picture, Expected(), changed(logo={"policy": "none"}))
    assert bare[0].message == "the brand's name was drawn: “Tidewe1l”, upper left"


def changed(**parts: Any) -> Brand:
    return Brand.model_validate(TIDEWELL.as_data | parts)


def test_what_stands_on_a_reference_may_be_there(tmp_path: Path) -> None:
    label = tmp_path / "can.png"
    lettered(("Sea Fizz", (300, 300))).save(label)
    gone = tmp_path / "gone.png"
    picture = lettered(("SEA FIZZ", (60, 60)))
    assert failed(held(picture, Expected(references=(gone,)))) == ["lettering"]
    assert failed(held(picture, Expected(references=(gone, label)))) == []


def test_the_brand_says_how_grave_it_is_and_what_is_small_print() -> None:
    strict = changed(checks={"lettering": {"severity": "must", "min_height": 0.1}})
    picture = lettered(("FRESHE BRERD", (600, 60)))
    assert failed(held(picture, Expected(), strict)) == []
    grave = changed(checks={"lettering": {"severity": "must"}})
    (check,) = held(picture, Expected(), grave)
    assert (check.status, check.severity) == ("fail", "must")


def test_of_a_picture_that_nobody_knows_words_are_only_told() -> None:
    (check,) = held(lettered(("Tidewell", (60, 60))), UNKNOWN)
    assert (check.status, check.severity) == ("fail", "info")
    assert check.message.startswith("words can be read: “Tidewell”, upper left")


@pytest.mark.parametrize(("font", "size"), [("Regular", 18), ("SemiBold", 48), ("Regular", 110)])
def test_lettering_is_found_in_many_sizes(font: str, size: int) -> None:
    said = ("Lighter by the sea" if size < 110 else "Lighter", (40, 40))
    wanted = Expected(asked=(said[0],))
    assert failed(held(lettered(said, font=font, size=size), wanted)) == []


@pytest.mark.parametrize("turn", [-20, 90, 180])
def test_lettering_is_found_turned(turn: float) -> None:
    wanted = Expected(asked=("Summer Sale",))
    assert failed(held(lettered(("Summer Sale", (80, 60)), turn=turn), wanted)) == []


def test_pictures_without_lettering_raise_no_alarm() -> None:
    chance = random.Random(11)
    for path in sorted(REFS.glob("*/*.jpg")):
        picture = photograph(path)
        left, top = (chance.randrange(side // 3) for side in picture.size)
        part = picture.crop((left, top, left + picture.width // 2, top + picture.height // 2))
        assert failed(held(part.resize(picture.size), Expected())) == [], path


def test_reading_opens_no_socket_says_nothing_and_is_loaded_once(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the reader asked for a network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    fresh = Reader()
    assert [line.text for line in fresh.read(lettered(("Hello", (60, 60))))] == ["Hello"]
    engine = fresh._engine
    fresh.read(lettered())
    assert fresh._engine is engine
    assert logging.getLogger("RapidOCR").level == logging.CRITICAL
    assert capfd.readouterr() == ("", "")


def test_several_threads_share_one_reader() -> None:
    fresh, picture = Reader(), lettered(("Hello", (60, 60))).resize((512, 340))
    with ThreadPoolExecutor(3) as threads:
        found = [*threads.map(fresh.read, [picture] * 3)]
    assert [[line.text for line in lines] for lines in found] == [["Hello"]] * 3


def test_small_and_flat_pictures_are_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "_engine", None)  # it would fail if it were called
    assert Reader().read(lettered(("Hello", (60, 60))).resize((255, 255))) == []
    assert Reader().read(Image.new("RGBA", (900, 900), "#F0593E")) == []


def test_a_reader_without_its_models_costs_no_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MODELS", {"Det": "gone.onnx", "Rec": "gone.onnx"})
    monkeypatch.setattr("promptkit.picture.audit.lettering.reader", Reader)
    (check,) = held(lettered(), Expected())
    assert (check.status, check.severity) == ("skipped", "info")
    assert check.message.startswith("lettering could not be looked for: FileNotFoundError")


def test_without_the_extra_the_verb_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    assert not installed()
    lettered(("FRESHE BRERD", (60, 60))).save("sign.png")
    assert "lettering was not looked for: the reader is not installed [lettering] → pip" in call()
    assert "lettering" not in call("--no-lettering")


def call(*words: str) -> str:
    done = CliRunner().invoke(app, ["audit", "sign.png", "--brand", "tidewell", *words])
    assert done.exit_code == 1, done.output
    return done.stdout


class Painter:
    """Draws what a model may draw: a photograph with some words on it."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.prompts: list[str] = []

    async def generate(self, request: ImageRequest) -> Answer:
        self.prompts.append(request.prompt)
        picture = lettered(*self.said).resize(request.size)
        return Answer(saved(picture), "image/png")

    async def aclose(self) -> None: ...


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def kit(painter: Painter) -> Iterator[Kit]:
    Path("brand_profiles").mkdir()
    Path("brand_profiles/shop.yaml").write_text(SHOP, encoding="utf-8")
    with Kit(config={"tiers.preview.model": MODEL}, providers={"openai": painter}) as opened:
        yield opened


def shown(kit: Kit, headline: str = "") -> Image_:
    inputs = {"product": "slim 330 ml can"} | ({"headline": headline} if headline else {})
    (image,) = kit.preview(kit.compose("product-hero", "shop", inputs), n=1).images
    return image


def test_a_run_knows_what_its_prompt_asked_for(kit: Kit, painter: Painter) -> None:
    painter.said = [("SUMMMER SALE", (60, 60)), ("FRESHE BRERD", (500, 300))]
    image = shown(kit, "Summer sale")
    assert "“Summer sale” exactly as written" in painter.prompts[0]
    found = told(image.audit)
    assert failed(found) == ["lettering-misspelt", "lettering"]
    assert told(kit.audit(image.path)) == found
    (unasked,) = (check for check in told(kit.audit(image.path, "shop")) if check.hint)
    assert unasked.severity == "info"  # of a brand that is named nobody knows what was asked for


def test_a_run_whose_brief_no_longer_fits_is_read_by_its_words(kit: Kit, painter: Painter) -> None:
    painter.said = [("SUMMER SALE", (60, 60)), ("FRESHE BRERD", (500, 300))]
    image = shown(kit, "Summer sale")
    Path("templates").mkdir()
    Path("templates/product-hero.j2").write_text("---\ninputs: {a: {}}\n---\n{{ a }}")
    assert failed(told(kit.audit(image.path))) == ["lettering"]


def test_what_is_laid_over_a_finished_file_may_be_there(kit: Kit, painter: Painter) -> None:
    painter.said = [("FRESHE BRERD", (500, 400))]
    image = shown(kit)
    (file,) = kit.finish(image.path, ["web_hero"], headline="Lighter by the sea")
    (check,) = told(kit.audit(file.path))
    assert (check.severity, check.measured) == ("should", "FRESHE BRERD")
    (check,) = told(kit.audit(file.path, "shop"))
    assert (check.severity, check.measured) == ("info", "FRESHE BRERD")
    for note in ("[]", "{}", '{"promptkit": "finished/v1", "logo": {}}'):
        file.sidecar.write_text(note)
        (check,) = told(kit.audit(file.path))
        assert check.severity == "info"
    assert "Lighter" in str(check.measured)
    (check,) = told(kit.audit(file.path.read_bytes(), "shop"))
    assert check.severity == "info"


def test_a_finished_file_has_no_other_words(kit: Kit) -> None:
    (file,) = kit.finish(shown(kit).path, ["web_hero"], headline="Lighter by the sea")
    (check,) = told(kit.audit(file.path))
    assert check.message.startswith("no other words than those laid over it can be read")


def test_lettering_is_not_read_where_it_is_switched_off_or_not_installed(
    kit: Kit, painter: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter.said = [("FRESHE BRERD", (500, 300))]
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    image = shown(kit)
    assert told(image.audit) == []  # a run says nothing of it, and the verb does
    assert [check.status for check in told(kit.audit(image.path))] == ["skipped"]
    with Kit(config={"audit.lettering": False}) as silent:
        assert told(silent.audit(image.path)) == []
