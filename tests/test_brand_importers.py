"""What brands already have becomes profiles, honestly reported, and profiles become that again."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from promptkit.brand.color import in_words
from promptkit.brand.importers import (
    Imported,
    as_yaml,
    export_brand_yml,
    export_tokens,
    import_brand,
    to_yaml,
)
from promptkit.brand.importers.choice import choose
from promptkit.brand.importers.found import Swatch
from promptkit.brand.importers.naming import guess_roles, keys_for, listed, slug
from promptkit.brand.importers.source import MAX_BYTES
from promptkit.brand.importers.spaces import _SCALES, from_token
from promptkit.brand.loading import load_brand, parse_brand
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError

DATA = Path(__file__).parent / "imports"
PROFILES = Path(__file__).parents[1] / "brand_profiles"


def read(tmp_path: Path, content: object, name: str = "acme.file", **wishes: str) -> Imported:
    """Import content: bytes and text as they are, all else as JSON."""
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
    return import_brand(path, **wishes)


def refused(tmp_path: Path, content: object) -> BrandError:
    with pytest.raises(BrandError) as caught:
        read(tmp_path, content)
    return caught.value


def palette(imported: Imported) -> dict[str, str]:
    return {key: color["value"] for key, color in imported.data["colors"]["palette"].items()}


def roles(imported: Imported) -> dict[str, str]:
    found: dict[str, str] = imported.data["colors"].get("roles", {})
    return found


def prose(imported: Imported) -> str:
    report = imported.report
    return "\n".join((*report.taken, *report.dropped, *report.to_add))


# -- Writers of Adobe's binary files, from the notes that aco.py and ase.py name.


def utf16(text: str) -> bytes:
    return (text + "\0").encode("utf-16-be")


def ase_block(kind: int, body: bytes) -> bytes:
    return struct.pack(">HI", kind, len(body)) + body


def ase_color(name: str, model: bytes, *parts: float) -> bytes:
    named = struct.pack(">H", len(utf16(name)) // 2) + utf16(name)
    numbers = struct.pack(f">{len(parts)}f", *parts)
    return ase_block(0x0001, named + model + numbers + struct.pack(">H", 2))


def ase_group(name: str) -> bytes:
    return ase_block(0xC001, struct.pack(">H", len(utf16(name)) // 2) + utf16(name))


ASE_END = ase_block(0xC002, b"")


def ase(*blocks: bytes, count: int | None = None) -> bytes:
    head = b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks) if count is None else count)
    return head + b"".join(blocks)


def aco(version: int, *entries: tuple[int, tuple[int, int, int, int], str]) -> bytes:
    whole = struct.pack(">HH", version, len(entries))
    for space, words, name in entries:
        whole += struct.pack(">5H", space, *words)
        if version == 2:
            whole += struct.pack(">I", len(utf16(name)) // 2) + utf16(name)
    return whole


ASE = ase(
    ase_group("Core"),
    ase_color("Harbour Blue", b"RGB ", 11 / 255, 110 / 255, 153 / 255),
    ase_color("Brand Coral", b"CMYK", 0.0, 0.63, 0.74, 0.06),
    ASE_END,
    ase_color("Ink", b"LAB ", 0.16, 0.0, 0.0),
    ase_color("Fog", b"Gray", 0.8),
    ase_color("Ink", b"RGB ", 0.0, 0.0, 0.0),
    ase_color("R=255 G=107 B=53", b"RGB ", 1.0, 107 / 255, 53 / 255),
)
ACO_ENTRIES = (
    (0, (0x0B0B, 0x6E6E, 0x9999, 0), "Harbour Blue"),
    (1, (0, 65535, 65535, 0), "Pure Red"),
    (2, (65535, 0, 65535, 65535), "Print Magenta"),
    (7, (5429, 8081, 6989, 0), "Lab Red"),
    (7, (2957, 6830, 65536 - 11203, 0), "Lab Blue"),
    (8, (10000, 0, 0, 0), "White"),
    (3, (1, 2, 3, 4), "Book Colour"),
)
ACO = aco(1, *ACO_ENTRIES) + aco(2, *ACO_ENTRIES)


# -- Every format, from files in the shape of their specifications' examples.


def test_brand_yml() -> None:
    found = import_brand(DATA / "posit.yml")
    assert found.format == "brand.yml"
    assert found.data["name"] == "Orchard"
    assert found.data["identity"] == {"full_name": "Orchard Row Bakery Ltd"}
    assert palette(found) == {
        "crust": "#8A4B2A",
        "flour": "#FBF6EC",
        "sage": "#7C9A76",
        "leaf": "#7C9A76",
        "char": "#2B211C",
        "danger": "#B3261E",
    }
    assert roles(found) == {
        "text": "char",
        "background": "flour",
        "primary": "crust",
        "secondary": "leaf",
    }
    assert found.data["typography"] == {
        "display": {"family": "Young Serif", "weight": 400},
        "body": {"family": "Karla"},
        "sources": {"Young Serif": "google", "Karla": "google"},
    }
    assert "5 colours from color.palette" in found.report.taken
    assert "dropped the dark mode of secondary: a picture has one set of colours" in prose(found)
    assert "{id: wide-white, path: wide-white.svg, background: dark}" in prose(found)
    assert "decide about danger" in prose(found)


def test_what_brand_yml_keeps_for_us_wins() -> None:
    found = import_brand(DATA / "minimal.yml")
    brand = parse_brand(to_yaml(found))
    assert palette(found) == {"primary": "#663399", "foreground": "#111111"}
    assert brand.style.looks["default"].describe == "soft daylight on plaster walls"
    assert brand.tone.traits == ["calm", "plain"]
    assert brand.colors.palette["primary"].describe == "deep, dusky purple"
    assert brand.typography.display.family == "Karla"
    assert "write `describe` for 1 colour;" in prose(found)
    assert "write `style`" not in prose(found)


def test_design_tokens() -> None:
    found = import_brand(DATA / "dtcg.tokens.json", name="Acme")
    assert found.format == "design-tokens"
    colors = palette(found)
    assert colors == {
        "harbour-blue": "#0B6E99",
        "coral": "#EF5B36",
        "accent": "#FF4934",
        "accent-soft": "#E6E6E6",
        "mix": "#0B8040",
        "kept": "#654321",
        "night-moon": "#EFEFFF",
        "night-sky": "#101B3A",
        "night-base-moon": "#000000",
        "night-base-sky": "#101B3A",
    }
    assert roles(found) == {"text": "kept", "background": "accent-soft", "accent": "accent"}
    entries = found.data["colors"]["palette"]
    assert entries["harbour-blue"] == {
        "value": "#0B6E99",
        "name": "Harbour Blue",
        "describe": "deep sea blue, slightly green",
    }
    assert entries["coral"]["describe"] == "red-orange", "what a colour is for is not its look"
    assert found.data["typography"] == {
        "display": {"family": "Fraunces", "weight": 600},
        "body": {"family": "Inter"},
    }
    assert "dropped acme.spacing.*: not about pictures (2 tokens)" in found.report.dropped
    assert "marked as outdated: acme.color.retired" in prose(found)
    assert "1 see-through or unreadable colour: acme.color.veil" in prose(found)
    assert "write `describe` for 9 colours; a first draft stands there, made by rule" in prose(
        found
    )


def test_style_dictionary() -> None:
    found = import_brand(DATA / "style-dictionary.json")
    assert palette(found) == {"red": "#C0392B", "blue": "#1F4E79"}
    assert roles(found) == {"primary": "blue"}
    assert "dropped size.*: not about pictures (2 tokens)" in found.report.dropped


def test_tokens_studio_leaves_the_sets_out_of_its_references() -> None:
    found = import_brand(DATA / "tokens-studio.json")
    assert palette(found) == {"pine": "#1F5B4A"}
    assert roles(found) == {"primary": "pine"}
    assert found.data["typography"] == {"display": {"family": "Fraunces"}}
    assert "light.mixed" in prose(found)


def test_adcp() -> None:
    found = import_brand(DATA / "brand.json")
    brand = parse_brand(to_yaml(found))
    assert found.format == "adcp"
    assert brand.name == "Orchard Row"
    assert brand.identity.tagline == {"en-US": "Bread with time in it"}
    assert brand.identity.category == "food, retail"
    assert palette(found)["secondary-2"] == "#C8D5C3"
    assert roles(found)["surface"] == "surface-1"
    assert brand.tone.traits == ["warm and plain", "patient"]
    assert brand.tone.headline_rules == [
        "say what it tastes of",
        "Don't promise health",
        "never: jokes about diets",
    ]
    look = brand.style.looks["default"]
    assert (look.lighting, look.grade.temperature, look.framing.crop, look.mood) == (
        "window light from the left",
        "warm",
        "close",
        ["at ease"],
    )
    assert brand.content.claims.required_disclaimer == {"en": "Contains gluten."}
    assert (brand.typography.display.family, brand.typography.body.weight) == ("Young Serif", 400)
    assert "dropped keller_type, assets and visual_guidelines.motion" in prose(found)
    assert "“No flash photography”" in prose(found)
    assert "write `style`" not in prose(found)


def test_one_brand_of_a_house_is_chosen_by_name(tmp_path: Path) -> None:
    house = (DATA / "house.json").read_bytes()
    assert "2 brands: Orchard and Mill Lane" in str(refused(tmp_path, house))
    found = import_brand(DATA / "house.json", name="Mill Lane", stem="mill")
    assert (found.data["name"], found.data["id"]) == ("Mill Lane", "mill")
    assert found.data["typography"] == {"display": {"family": "Karla"}, "body": {"family": "Karla"}}
    orchard = import_brand(DATA / "house.json", name="orchard")
    assert orchard.data["tone"] == {"traits": ["warm", "plain", "patient"]}


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ({"house": "grain.example"}, "grain.example"),
        ({"authoritative_location": "https://x.example/brand.json"}, "https://x.example"),
        ({"brand_agent": {"url": "https://agent.example", "id": "a"}}, "https://agent.example"),
        ({"brands": []}, "only points to one"),
    ],
)
def test_a_pointer_to_a_brand_is_no_brand(tmp_path: Path, pointer: object, place: str) -> None:
    assert place in str(refused(tmp_path, pointer))


def test_ase(tmp_path: Path) -> None:
    found = read(tmp_path, ASE, "acme-brand.ase")
    assert found.format == "ase"
    assert found.data["name"] == "Acme Brand"
    assert palette(found) == {
        "harbour-blue": "#0B6E99",
        "brand-coral": "#F0593E",
        "ink": "#282828",
        "fog": "#CCCCCC",
        "ink-2": "#000000",
        "vivid-red-orange": "#FF6B35",
    }
    coral = found.data["colors"]["palette"]["brand-coral"]
    assert coral["cmyk"] == "0 63 74 6"
    assert roles(found) == {"text": "ink", "primary": "brand-coral"}
    assert "6 colours from the swatches (ASE)" in found.report.taken
    assert "compare 1 colour with the brand's guide" in prose(found)
    assert "name 1 colour: the file gives no names" in prose(found)
    assert "check `name`" in prose(found)


def test_two_swatches_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    blue = ase_color("Blue", b"RGB ", 0.0, 0.0, 1.0)
    navy = ase_color("Blue", b"RGB ", 0.0, 0.0, 0.4)
    found = read(tmp_path, ase(blue, ase_group("Dark"), navy, ASE_END))
    assert palette(found) == {"blue": "#0000FF", "dark-blue": "#000066"}


def test_aco_prefers_the_version_with_names(tmp_path: Path) -> None:
    found = read(tmp_path, ACO, "swatches")
    assert found.format == "aco"
    assert palette(found) == {
        "harbour-blue": "#0B6E99",
        "pure-red": "#FF0000",
        "print-magenta": "#FF00FF",
        "lab-red": "#FF0000",
        "lab-blue": "#0000FF",
        "white": "#FFFFFF",
    }
    assert "dropped 1 colour without usable numbers (Book Colour)" in prose(found)


@pytest.mark.parametrize("content", [aco(1, *ACO_ENTRIES), aco(1, *ACO_ENTRIES) + b"\0\0tail"])
def test_aco_of_version_1_is_named_by_what_it_looks_like(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path, content)
    assert "white" in palette(found)
    assert "name 6 colours" in prose(found)


def test_aco_of_version_2_alone(tmp_path: Path) -> None:
    assert "pure-red" in palette(read(tmp_path, aco(2, *ACO_ENTRIES)))


# -- Colours.


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("#abc", "#AABBCC"),
        ("#AABBCCFF", "#AABBCC"),
        ("rgb(255 0 0)", "#FF0000"),
        ({"colorSpace": "srgb", "components": [255, 128, 0]}, "#FF8000"),
        ({"colorSpace": "srgb", "channels": [1, 0, 1]}, "#FF00FF"),
        ({"colorSpace": "srgb", "components": [1.2, -0.2, 0]}, "#FF"),
        ({"colorSpace": "hsl", "components": ["none", 0, 100]}, "#FFFFFF"),
        ({"colorSpace": "hwb", "components": [120, 0, 0]}, "#00FF00"),
        ({"colorSpace": "lab", "components": [100, 0, 0]}, "#FFFFFF"),
        ({"colorSpace": "lch", "components": [0, 0, "none"]}, "#000000"),
        ({"colorSpace": "oklab", "components": [1, 0, 0]}, "#FFFFFF"),
        ({"colorSpace": "oklch", "components": [0.628, 0.2577, 29.23]}, "#FF0000"),
        ({"colorSpace": "display-p3", "components": [0, 0, 0]}, "#000000"),
        ({"colorSpace": "xyz-d65", "components": [0, 0, 0]}, "#000000"),
        ({"colorSpace": "xyz", "components": [0, 0, 0]}, "#000000"),
        ({"colorSpace": "cmyk", "components": [0, 0, 0, 1], "hex": "#123456"}, "#123456"),
    ],
)
def test_the_forms_of_a_colour_token(tmp_path: Path, value: object, expected: str) -> None:
    found = read(tmp_path, {"sea": {"$type": "color", "$value": value}})
    assert palette(found)["sea"].startswith(expected)


@pytest.mark.parametrize(
    "value",
    [
        "#AABBCC80",
        "salmonish",
        12,
        {"colorSpace": "srgb", "components": [1, 1]},
        {"colorSpace": "srgb", "components": [True, 0, 0]},
        {"colorSpace": "oklch", "components": [1e300, 0, 0]},
        {"colorSpace": "srgb", "components": [0, 0, 0], "alpha": 0.2},
    ],
)
def test_what_is_no_colour_is_dropped_and_said(tmp_path: Path, value: object) -> None:
    colors = {"$type": "color", "sea": {"$value": "#0B6E99"}, "odd": {"$value": value}}
    found = read(tmp_path, colors)
    assert list(palette(found)) == ["sea"]
    assert "dropped 1 see-through or unreadable colour: odd" in found.report.dropped


def test_ladders_keep_their_anchors(tmp_path: Path) -> None:
    steps = (50, 100, 200, 300, 400, 500, 600, 700, 800, 900)
    ladders = {
        hue: {str(step): {"$value": f"#{number}{at}{at}0{at}{at}"} for at, step in enumerate(steps)}
        for number, hue in enumerate(("blue", "green", "red", "teal"))
    }
    odd = {str(step): {"$value": f"#00000{step}"} for step in (1, 2, 3)}
    found = read(tmp_path, {"$type": "color", **ladders, "sand": odd, "ink": {"$value": "#111111"}})
    assert set(palette(found)) == {"blue-500", "green-500", "red-500", "teal-500", "sand-2", "ink"}
    assert "dropped 38 steps of colour ladders (blue 50, blue 100, blue 200 and 35 more)" in prose(
        found
    )


def test_more_than_24_colours_are_cut_off_but_for_those_with_roles(tmp_path: Path) -> None:
    names = [f"{letter}-shade" for letter in "abcdefghijklmnopqrstuvwxyz"] + ["accent"]
    colors = {name: {"$value": f"#0000{number:02d}"} for number, name in enumerate(names)}
    found = read(tmp_path, {"$type": "color", **colors})
    assert len(palette(found)) == 24
    assert roles(found) == {"accent": "accent"}
    assert "dropped 3 colours beyond the first 24 (x-shade, y-shade and z-shade)" in prose(found)


def test_few_colours_are_all_kept() -> None:
    assert choose(["blue-100", "blue-200", "blue-300"], ()).kept == [0, 1, 2]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Primary", "Highlight", "Surface", "Ink"], "primary accent background text"),
        (["brand-main", "page bg", "card surface"], "primary background surface"),
        (["onPrimary", "primary-hover", "Brand"], "- - primary"),
        (["text-primary", "primary-500"], "text primary"),
        (["secondary", "foreground", "accentWarm"], "secondary text accent"),
    ],
)
def test_roles_are_guessed_from_names(names: list[str], expected: str) -> None:
    found = guess_roles([(name, at) for at, name in enumerate(names)], ())
    told = {at: role for role, at in found.items()}
    assert " ".join(told.get(at, "-") for at in range(len(names))) == expected


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Möbel Blue/500", "mobel-blue-500"),
        ("primaryBlue", "primary-blue"),
        ("X Blue", "color-x-blue"),
        ("耐克", ""),
        ("a" * 90, "a" * 48),
    ],
)
def test_names_become_keys(name: str, key: str) -> None:
    assert slug(name) == key


def test_keys_are_never_alike() -> None:
    swatches = [Swatch("耐克", "#0B6E99"), Swatch("", "#0B6E99"), Swatch("Sea", "#000000", "a")]
    keys = keys_for([*swatches, *swatches, *swatches])
    assert len(set(keys)) == 9
    assert keys[0] == slug(in_words("#0B6E99"))


def test_names_are_listed_as_they_are_said() -> None:
    assert [listed(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


# -- What cannot be read.


def test_an_unknown_format_is_told_what_is_known(tmp_path: Path) -> None:
    error = refused(tmp_path, "body { color: red }")
    assert "looked for “ASEF” in the first bytes (ase)" in str(error)
    assert "AdCP brand.json" in str(error)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("promptkit: brand/v1\nname: A\n", "a promptkit profile already"),
        ("colors: {a: '#111'}\nstyle: x\n", "a promptkit profile already"),
        ("style: x\n", "in no format"),
        (b"\xff\xd8\xff\xe0 a photo", "in no format"),
        (b"text with a \0 in it", "in no format"),
        ("", "in no format"),
        ("[1, 2]", "in no format"),
        ('{"a": {"$value": 1},\n  "b" 2}', ":2:7: this is not JSON: Expecting ':' delimiter"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": ' + "9" * 5000 + "}", "this is not JSON"),
        ("[" * 100_000, "nested more than 64 deep"),
        ("[" * 70 + "]" * 70, "nested more than 64 deep"),
        ('{"a": "\\ud800"}', "half of a character"),
        ("color:\n  primary: [\n", "this is not YAML"),
        ("color:\n  primary: " + "9" * 5000, "the colour “primary” cannot be read"),
        (
            {"a": {"$type": "color", "$value": {"$ref": "#/b/$value/0"}}, "b": {"$value": "x"}},
            "there is no such token",
        ),
        ("color: {}\nmeta: {name: A}\n", "there is no colour in the file"),
        ("color: {primary: blurple}", "the colour “primary” cannot be read"),
        ("color: {palette: {a: b, b: c, c: b}}", "in a circle: b → c → b"),
        ("color: {primary: secondary, secondary: primary}", "secondary → primary → secondary"),
        (
            "color: {palette: {coral: '#F00'}, primary: corall}",
            "did you mean the palette's “coral”?",
        ),
        ({"a": {"$type": "color", "$value": "{b}"}, "b": {"$value": "{a}"}}, "circle: a → b → a"),
        ({"a": {"$type": "color", "$value": "{seaa}"}, "sea": {"$value": "#111"}}, "“sea”?"),
        ({"a": {"$type": "color", "$value": "{" + "x." * 200 + "x}"}}, "no such token"),
        ({"a": {"$type": "color", "$value": {"$ref": "#/b/$value/hex"}}}, "no such token"),
        (
            {"a": {"$type": "color", "$value": {"hex": {"$ref": "#/a/$value/hex"}}}},
            "in a circle: a.hex → a.hex",
        ),
        (
            {
                "a": {"$type": "color", "$value": {"$ref": "#/b/$value/components/7"}},
                "b": {"$type": "color", "$value": {"components": [1]}},
            },
            "“a” refers to “b.$value.components.7”",
        ),
        ({"a": {"$extends": "{b}", "x": {"$value": 1}}, "b": {"$extends": "{a}"}}, "a → b → a"),
        ({"a": {"$extends": "#", "x": {"$value": 1}}}, "the whole file → a → the whole file"),
        ({"a": {"$extends": "{bb}", "x": {"$value": 1}}, "b": {}}, "did you mean “b”?"),
        ({"a": {"$extends": "{a.x.y}", "x": {"$value": 1}}}, "no such token"),
        ({"a": {"$type": "dimension", "$value": 1}}, "there is no colour"),
    ],
)
def test_what_is_broken_is_told_exactly(tmp_path: Path, content: object, expected: str) -> None:
    assert expected in str(refused(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (ASE[:6], "the version needs 4 bytes"),
        (ASE[:40], "8 blocks, but only 28 bytes follow"),
        (ase(ase_color("A", b"RGB ", 1, 1, 1), count=9), "9 blocks, but only"),
        (ase(ase_color("A", b"RGB ", 1, 1, 1), count=0), "follow the last block"),
        (ase(ase_block(1, b"\xff\xff")), "needs 131070 bytes, but 0 are left"),
        (ase(struct.pack(">HI", 1, 2**31)), "block 1 needs 2147483648 bytes"),
        (ase(), "there is no colour"),
        (ase(ase_color("A", b"XYZ ", 1, 1, 1)), "there is no colour"),
        (ACO[:30], "7 colours, but only 26 bytes follow"),
        (aco(2, ACO_ENTRIES[0])[:-8], "the name of colour 1 needs 26 bytes"),
        (b"\0\1", "the number of colours needs 2 bytes"),
    ],
)
def test_damaged_swatches_are_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    assert expected in str(refused(tmp_path, content))


def test_swatches_with_broken_numbers_are_dropped(tmp_path: Path) -> None:
    good = ase_color("Good", b"GRAY", 0.5)
    nan = ase_color("Nan", b"RGB ", float("nan"), 0, 0)
    huge = ase_color("Huge", b"LAB ", 1e30, 0, 0)
    book = ase_color("", b"BOOK", 0)
    other = ase_block(0x7777, b"?")
    found = read(tmp_path, ase(good, nan, huge, book, other))
    assert list(palette(found)) == ["good"]
    assert "dropped 3 colours without usable numbers (Nan, Huge and swatch 4)" in prose(found)


def test_size_and_absence(tmp_path: Path) -> None:
    assert "larger than 2 MB" in str(refused(tmp_path, b" " * (MAX_BYTES + 1)))
    for path, said in {
        tmp_path / "nothing": f"there is no file “{tmp_path / 'nothing'}”",
        tmp_path: "this is a folder, not a file",
        Path("a\0b"): "no file can have this name",
    }.items():
        with pytest.raises(BrandError) as caught:
            import_brand(path)
        assert said in str(caught.value)
        assert "Errno" not in str(caught.value)


def _long_chain(link: Callable[[int], dict[str, object]], last: object) -> dict[str, object]:
    return {**{f"t{n}": link(n) for n in range(500)}, "t500": last}


@pytest.mark.parametrize(
    "content",
    [
        _long_chain(lambda n: {"$type": "color", "$value": f"{{t{n + 1}}}"}, {"$value": "#111111"}),
        _long_chain(lambda n: {"$extends": f"{{t{n + 1}}}"}, {"x": {"$value": 1}}),
        _long_chain(
            lambda n: {"x": {"$extends": f"{{t{n + 1}}}"}, "y": {"$extends": f"{{t{n + 1}}}"}},
            {"x": {"$value": 1}},
        ),
        {
            **{
                f"t{n}": {"$type": "color", "$value": [f"{{t{n + 1}}}", f"{{t{n + 1}}}"]}
                for n in range(40)
            },
            "t40": {"$value": 1},
        },
        {
            **{
                f"t{n}": {"x": {"$extends": f"{{t{n + 1}}}"}, "y": {"$extends": f"{{t{n + 1}}}"}}
                for n in range(40)
            },
            "t40": {"x": {"$value": 1}},
        },
    ],
)
def test_what_would_never_end_is_refused(tmp_path: Path, content: object) -> None:
    assert "too deeply or too often" in str(refused(tmp_path, content))


def test_a_group_can_inherit_from_what_its_target_inherits(tmp_path: Path) -> None:
    tokens = {
        "a": {"$extends": "{b}"},
        "b": {"deep": {"$type": "color", "sea": {"$value": "#0B6E99"}}},
        "c": {"$extends": "#/a/deep", "sky": {"$type": "color", "$value": "#CCDDEE"}},
    }
    assert "c-sea" in palette(read(tmp_path, tokens))
    lost = {"a": {"$extends": "{b.x}"}, "b": {"$extends": "{b2}"}, "b2": {"y": {"$value": 1}}}
    assert "no such token" in str(refused(tmp_path, lost))
    through = {"a": {"$extends": "{b.x.z}"}, "b": {"x": "text", "y": {"$value": 1}}}
    assert "no such token" in str(refused(tmp_path, through))


def test_references_reach_roots_and_parts(tmp_path: Path) -> None:
    tokens = {
        "$type": "color",
        "sea": {"$root": {"$value": {"colorSpace": "srgb", "components": [0, 0.4, 0.6]}}},
        "alias": {"$value": "{sea}"},
        "part": {
            "$value": {
                "colorSpace": "srgb",
                "components": [1, {"$ref": "#/alias/$value/components/1"}, 0],
            }
        },
        "old": {"base": {"$value": "#445566", "$deprecated": True}},
        "heir": {"$value": "{old.base}"},
        "twin": {"$value": "{heir}"},
    }
    found = read(tmp_path, tokens)
    assert palette(found) == {"sea": "#006699", "part": "#FF6600", "heir": "#445566"}


def test_utf16_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    text = '{"sea": {"$type": "color", "$value": "#0B6E99"}}'
    for encoding in ("utf-16", "utf-8-sig"):
        assert palette(read(tmp_path, text.encode(encoding))) == {"sea": "#0B6E99"}


def test_many_groups_are_dropped_in_one_breath(tmp_path: Path) -> None:
    groups = {f"g{n}": {"a": {"$type": "number", "$value": n}} for n in range(12)}
    found = read(tmp_path, {"sea": {"$type": "color", "$value": "#0B6E99"}, **groups})
    assert "dropped 4 further groups: not about pictures (4 tokens)" in found.report.dropped


def test_odd_values_are_passed_over(tmp_path: Path) -> None:
    adcp = {
        "names": [{"en": ""}, "Acme"],
        "colors": {"primary": "#0B6E99"},
        "fonts": [{"role": "body"}, "Karla"],
        "logos": [{"tags": ["dark"]}, None],
        "disclaimers": [{"text": ""}],
    }
    found = read(tmp_path, adcp)
    assert (found.data["name"], found.data["typography"]) == (
        "Acme",
        {"display": {"family": "Karla"}},
    )
    assert "logo" not in prose(found)
    tokens = {
        "sea": {"$type": "color", "$value": "#0B6E99"},
        "f": {"$type": "fontFamily", "$value": []},
    }
    assert "typography" not in read(tmp_path, tokens).data
    posit = "color: {primary: '#111111'}\ntypography: {base: {size: 1em}, headings: Rubik}\n"
    assert read(tmp_path, posit).data["typography"] == {"display": {"family": "Rubik"}}


@settings(deadline=None, max_examples=60)
@given(
    space=st.sampled_from(sorted(_SCALES)),
    parts=st.lists(st.just("none") | st.floats(-1000, 1000), min_size=3, max_size=3),
)
def test_any_components_make_a_colour(space: str, parts: list[object]) -> None:
    assert len(from_token({"colorSpace": space, "components": parts})) == 7


def test_names_cannot_break_out_of_the_comments(tmp_path: Path) -> None:
    tokens = {
        "$type": "color",
        "sea\u2028name: Mallory\n#": {"$value": "#0B6E99"},
        "bad\nname: Mallory": {"$value": "?"},
    }
    found = read(tmp_path, tokens, name="A\u2028colors: x")
    assert parse_brand(to_yaml(found)).name != "Mallory"


def test_what_stands_in_the_file_for_us_is_checked(tmp_path: Path) -> None:
    for promptkit in ("{stile: x}", "{typography: {display: {family: [a]}}}", "{colors: red}"):
        text = f"color: {{primary: '#111111'}}\ndefaults: {{promptkit: {promptkit}}}\n"
        assert refused(tmp_path, text).findings
    tokens = {"a": {"$value": 1}, "$extensions": {"app.promptkit": {"a": 1}}}
    assert refused(tmp_path, tokens).findings


# -- There and back.


def there_and_back(brand: Brand, folder: Path, home: Path) -> None:
    exports = {
        "acme.tokens.json": json.dumps(export_tokens(brand)),
        "_brand.yml": as_yaml(export_brand_yml(brand)),
    }
    for name, text in exports.items():
        (folder / name).write_text(text, encoding="utf-8")
        found = import_brand(folder / name)
        again = parse_brand(to_yaml(found), str(home))
        assert again.digest == brand.digest, name
        assert "the whole profile" in found.report.taken[0]


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_profiles_come_back_the_same(path: Path, tmp_path: Path) -> None:
    there_and_back(load_brand(path), tmp_path, path)


def test_a_colour_changed_or_added_in_the_tokens_is_taken(tmp_path: Path) -> None:
    tokens = export_tokens(load_brand(PROFILES / "tidewell.yaml"))
    tokens["color"]["coral"] = {"$value": "#FF0000", "$description": "red"}
    tokens["color"]["fog"] = {"$value": "#DDDDDD"}
    tokens["button"] = {"$type": "color", "rim": {"$value": "#222222"}}
    found = read(tmp_path, tokens)
    colors = found.data["colors"]["palette"]
    assert (colors["coral"]["value"], colors["coral"]["describe"]) == ("#FF0000", "red")
    assert colors["coral"]["name"] == "Buoy Coral"
    assert (palette(found)["fog"], palette(found)["button-rim"]) == ("#DDDDDD", "#222222")


def test_exports_keep_to_the_formats() -> None:
    brand = parse_brand(
        'colors: {primary: "#0B6E99", "7 up.{a}": "#112233", "": "#445566"}\n'
        "style: x\nname: A\n"
        "logo: {files: []}\ntypography: {body: {family: Inter, weight: thin}}\n"
    )
    tokens, data = export_tokens(brand), export_brand_yml(brand)
    assert set(tokens["color"]) == {"$type", "primary", "color-7-up-a", "color"}
    assert tokens["color"]["primary"]["$value"] == {
        "colorSpace": "srgb",
        "components": [0.0431, 0.4314, 0.6],
        "hex": "#0b6e99",
    }
    assert tokens["role"]["primary"] == {"$value": "{color.primary}"}
    assert data["color"]["primary"] == "#0B6E99", "a name that is also a theme key names itself"
    assert data["typography"] == {"base": {"family": "Inter"}}
    assert "logo" not in data
    one = parse_brand("name: A\nstyle: x\ncolors: {a: '#111'}", "a.yaml").model_dump()
    one["logo"]["files"] = [{"id": "a", "path": "a.svg"}]
    one["colors"]["roles"] = {}
    brand = Brand.model_validate(one)
    assert export_brand_yml(brand)["logo"] == {"images": {"a": "a.svg"}, "medium": "a"}
    assert "role" not in export_tokens(brand)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12).filter(
    lambda text: text == text.strip()
)
KEY = TEXT.filter(lambda text: not text.startswith("x-") and text != "palette")
HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


@st.composite
def brands(draw: st.DrawFn) -> Brand:
    """Make a profile of the parts that formats could lose: odd keys, odd texts, numbers, lists."""
    colors = draw(st.dictionaries(KEY, HEX, min_size=1, max_size=5))
    names = st.sampled_from(sorted(colors))
    color = {key: {"value": value, "describe": draw(TEXT)} for key, value in colors.items()}
    data: dict[str, Any] = {
        "id": draw(TEXT.filter(bool)),
        "name": draw(TEXT.filter(bool)),
        "version": draw(st.integers(1, 10**6)),
        "status": draw(st.sampled_from(["draft", "published"])),
        "colors": {
            "palette": color,
            "roles": draw(st.dictionaries(KEY, names, max_size=3)),
            "neutrals_free": draw(st.booleans()),
            "grade": {"blacks": draw(TEXT)},
        },
        "style": {
            "looks": draw(
                st.dictionaries(
                    KEY, st.fixed_dictionaries({"describe": TEXT}), min_size=1, max_size=3
                )
            )
        },
        "tone": {"traits": draw(st.lists(TEXT, max_size=3))},
        "avoid": [
            {"what": text, "instead": text}
            for text in draw(st.lists(TEXT.filter(bool), max_size=2))
        ],
        "typography": {
            "display": {
                "family": draw(TEXT),
                "weight": draw(st.none() | st.integers(1, 999) | TEXT),
            }
        },
        "learn": {"explore": draw(st.floats(0, 1))},
        "channels": draw(st.dictionaries(KEY, st.just({"size": "640x480"}), max_size=1)),
    }
    return Brand.model_validate(data)


@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(brand=brands())
def test_any_profile_comes_back_the_same(tmp_path: Path, brand: Brand) -> None:
    there_and_back(brand, tmp_path, tmp_path / "brand.yaml")


# -- Nothing that a file can hold ends in a traceback.

SEEDS = [path.read_bytes() for path in sorted(DATA.iterdir())] + [ASE, ACO, aco(2, *ACO_ENTRIES)]


def survives(tmp_path: Path, content: bytes) -> None:
    try:
        found = read(tmp_path, content)
    except BrandError as error:
        said = str(error)
    else:
        said = prose(found)
        parse_brand(to_yaml(found))
    assert said


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Change a valid file: bytes overwritten, cut out or doubled."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 20))
        piece = draw(st.binary(max_size=6) | st.just(bytes(content[at : at + length])))
        content[at : at + draw(st.sampled_from([0, len(piece), length]))] = piece
    return bytes(content)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(content=damaged())
def test_damaged_files_end_in_findings(tmp_path: Path, content: bytes) -> None:
    survives(tmp_path, content)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    content=st.binary(max_size=300)
    | st.tuples(st.sampled_from([b"ASEF", b"\0\1", b"\0\2", b"{", b"color:"]), st.binary()).map(
        b"".join
    )
)
@example(content=b"")
def test_any_bytes_end_in_findings(tmp_path: Path, content: bytes) -> None:
    survives(tmp_path, content)


WORDS = st.sampled_from(
    """$value $type $ref $extends $root $extensions $deprecated $description value type color
    app.promptkit a b {a} {b} {a.b} #/a/$value #/a/b #/ #0B6E99 colorSpace components srgb lab
    fontFamily typography none alpha hex names name id brands house colors logos fonts tone
    visual_guidelines photography url tags role disclaimers text tagline primary meta defaults
    promptkit palette foreground images small light dark path headings base weight full short
    subject people framing restrictions dos donts $metadata brand/v1 style roles""".split()
)
TREES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(tree=st.dictionaries(WORDS, TREES, min_size=1, max_size=4), color=st.booleans())
def test_any_tree_of_known_words_ends_in_findings(
    tmp_path: Path, tree: dict[str, Any], color: bool
) -> None:
    if color:
        tree["sea"] = {"$type": "color", "$value": "#0B6E99"}
    survives(tmp_path, json.dumps(tree).encode())
    survives(tmp_path, b"x: 1\n" + yaml.safe_dump(tree).encode())
