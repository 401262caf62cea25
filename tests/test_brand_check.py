"""The rules of `brand check`: each is found where it holds, and only there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promptkit.brand.check import MIN_TEXT_CONTRAST, check_brand
from promptkit.brand.color import contrast
from promptkit.brand.loading import load_brand, parse_brand
from promptkit.brand.profile import Brand
from promptkit.errors import Finding

SHIPPED = sorted((Path(__file__).parent.parent / "brand_profiles").glob("*.yaml"))

# Nothing is wrong with it.
SOUND = """\
name: Acme
colors:
  palette:
    blue: {value: "#0B6E99", describe: sea blue}
    sand: {value: "#F4E9D8", describe: pale sand}
    ink: {value: "#1B2A33", describe: near-black}
  roles: {primary: blue, background: sand, text: ink}
  proportions: {primary: 0.4, background: 0.6}
  pairs: {text_on: {sand: [ink, blue]}}
style:
  medium: photo
  references: [{id: coast, generate: palette}]
typography:
  display: {family: Fraunces, describe: soft serif}
logo:
  placement: {clear_space: 1x}
"""


def _findings(text: str) -> list[Finding]:
    return check_brand(parse_brand(text, "acme.yaml"))


def _with(more: str) -> Brand:
    """Return the sound brand with more keys; those of the colours join its own."""
    if more.startswith("colors: {"):
        inside = more.removeprefix("colors: {").removesuffix("}")
        return parse_brand(SOUND.replace("  roles:", f"  {inside}\n  roles:"), "acme.yaml")
    return parse_brand(f"{SOUND}{more}\n", "acme.yaml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_a_shipped_profile(path: Path) -> None:
    assert check_brand(load_brand(path)) == []


# What is changed, and the finding: rule, severity, line and column, message, fix.
RULES: list[tuple[str, str, tuple[str, str, int, int, str, str]]] = [
    (
        'blue: {value: "#0B6E99", describe: sea blue}',
        'blue: "#0B6E99"',
        (
            "color-without-describe",
            "advice",
            4,
            5,
            "“blue” has no words; models steer by words, not by #0B6E99",
            'write blue: {value: "#0B6E99", describe: "deep blue, slightly green"}',
        ),
    ),
    (
        "  roles:",
        '    sea: {value: "#0B6E9B", describe: sea}\n  roles:',
        (
            "colors-too-near",
            "warning",
            7,
            5,
            "“blue” and “sea” can hardly be told apart (ΔE00 0.6)",
            "drop one of them, or move them apart",
        ),
    ),
    (
        "{sand: [ink, blue]}",
        "{sand: ink, ink: [sand, blue]}",
        (
            "low-contrast",
            "warning",
            9,
            32,
            "“blue” on “ink” has a contrast of 2.5:1",
            "large text needs 3:1; take a darker or a lighter colour",
        ),
    ),
    (
        "background: 0.6}",
        "background: {target: 0.65, min: 0.6}}",
        (
            "proportions-over-one",
            "error",
            8,
            3,
            "the proportions add up to 105 % of the picture",
            "lower them until they add up to 100 % at most",
        ),
    ),
    (
        "{family: Fraunces, describe: soft serif}",
        "{family: Fraunces}",
        (
            "typeface-without-describe",
            "warning",
            14,
            3,
            "“Fraunces” is only a name, and no model can read it",
            'say what it looks like, as in describe: "plain modern sans-serif"',
        ),
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), RULES, ids=[row[2][0] for row in RULES])
def test_a_rule_is_found_where_it_is_broken_and_only_there(
    old: str, new: str, expected: tuple[str, str, int, int, str, str]
) -> None:
    assert _findings(SOUND) == []
    (finding,) = _findings(SOUND.replace(old, new, 1))
    place = finding.place
    assert place
    assert expected == (
        finding.rule,
        finding.severity,
        place.line,
        place.column,
        finding.message,
        finding.fix,
    )


@pytest.mark.parametrize(
    ("files", "space", "found"),
    [
        ("[]", "''", False),
        ("[{id: a, path: a.svg}]", "1x", False),
        ("[{id: a, path: a.svg}]", "''", True),
    ],
)
def test_a_logo_needs_room(files: str, space: str, found: bool, tmp_path: Path) -> None:
    (tmp_path / "a.svg").touch()
    logo = f"logo:\n  files: {files}\n  placement: {{clear_space: {space}}}\n"
    path = tmp_path / "acme.yaml"
    path.write_text(SOUND.partition("logo:")[0] + logo)
    findings = check_brand(load_brand(path))
    assert [item.rule for item in findings] == ["logo-without-clear-space"] * found
    assert [str(item.place) for item in findings] == [f"{path}:15:1"] * found


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("{id: coast, path: a.png}", True),
        ("{id: coast, path: a.png, rights: owned}", False),
        ("{id: coast, generate: palette}", False),
    ],
)
def test_a_picture_needs_rights(reference: str, found: bool, tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    path = tmp_path / "acme.yaml"
    path.write_text(SOUND.replace("{id: coast, generate: palette}", reference))
    findings = check_brand(load_brand(path))
    assert [item.rule for item in findings] == ["reference-without-rights"] * found
    assert [str(item.place) for item in findings] == [f"{path}:12:16"] * found


@pytest.mark.parametrize(
    ("box", "safe", "sides"),
    [
        ("[0.1, 0.8, 0.3, 0.9]", "[0.1, 0.1, 0.9, 0.9]", ""),
        ("[0.08, 0.8, 0.3, 0.92]", "[0.1, 0.1, 0.9, 0.9]", "left, bottom"),
        ("[0.07, 0.8, 0.3, 0.9]", "[0.1, 0.1, 0.9, 0.9]", "left"),
        ("[0.7, 0.0, 1, 0.2]", "[0.1, 0.1, 0.9, 0.9]", "top, right"),
        ("[0.7, 0.8, 0.8, 0.93]", "[0.1, 0.1, 0.9, 0.9]", "bottom"),
        ("[0.7, 0.8, 0.8, 0.93]", "null", ""),
    ],
)
def test_a_logos_box_lies_within_the_safe_area(box: str, safe: str, sides: str) -> None:
    text = (
        f"{SOUND}  reserve: {{box: {box}}}\nchannels: {{post: {{size: 9x9, safe_area: {safe}}}}}\n"
    )
    findings = _findings(text)
    assert [item.rule for item in findings] == ["logo-outside-safe-area"] * bool(sides)
    assert _findings(text.replace("  reserve", "  policy: none\n  reserve")) == []
    if findings:
        assert findings[0].message == (
            f"the logo's box sticks out of the safe area of “post” ({sides}), "
            "where it may be cut off"
        )
        assert str(findings[0].place) == "acme.yaml:17:13"
        assert findings[0].fix == (
            "move the box into [0.1, 0.1, 0.9, 0.9], or widen the safe area of “post”"
        )


@pytest.mark.parametrize(
    ("look", "more", "found"),
    [
        ("lighting: Neon  light at night", "avoid: [neon light]", "acme.yaml:11:3"),
        ("mood: [calm, wide lens]", "avoid: [lens]", "acme.yaml:11:16"),
        ("carriers: {primary: a neon sign}", "avoid: [neon]", "acme.yaml:11:14"),
        ("describe: smiles", "people: {never: [smiles]}", "acme.yaml:11:3"),
        ("lighting: neonlight", "avoid: [neon]", ""),
        ("lighting: plain, no neon", "avoid: [neon]", ""),
        ("lighting: without neon", "avoid: [neon]", ""),
        ("palette_mode: strict", "avoid: [strict]", ""),
        ("lighting: day", "avoid: [neon]", ""),
        (
            "looks: {a: {lighting: neon}, b: {mood: dim}}",
            "avoid: [{what: neon, looks: [b]}]",
            "",
        ),
    ],
)
def test_a_look_does_not_ask_for_what_the_brand_avoids(look: str, more: str, found: str) -> None:
    text = SOUND.replace("medium: photo", look) + more + "\n"
    findings = _findings(text)
    assert [item.rule for item in findings] == ["look-against-avoid"] * bool(found)
    assert [str(item.place) for item in findings] == [found] * bool(found)


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ("style: to be described", "acme.yaml:10:1"),
        ("style: {medium: photo, lighting: To be  described.}", "acme.yaml:10:24"),
        ("style: {looks: {a: {mood: dim}, b: to be described}}", "acme.yaml:10:33"),
        ("style: to be described as photographs", ""),
    ],
)
def test_a_style_that_an_import_left_is_still_to_write(style: str, found: str) -> None:
    before, _, after = SOUND.partition("style:\n")
    findings = _findings(f"{before}{style}\ntypography:{after.partition('typography:')[2]}")
    assert [item.rule for item in findings] == ["style-to-write"] * bool(found)
    assert [item.severity for item in findings] == ["warning"] * bool(found)
    assert [str(item.place) for item in findings] == [found] * bool(found)


@pytest.mark.parametrize(
    ("more", "thing"),
    [
        ("avoid: [fog, no neon]", "neon"),
        ("avoid: [Without any text]", "text"),
        ("avoid: [{what: don't show people}]", "people"),
        ("colors: {avoid: [never purple]}", "purple"),
        ("people: {never: [not smiling]}", "smiling"),
        ("content: {never: [no logos]}", "logos"),
        ("content: {claims: {forbidden_visuals: [no doctors]}}", "doctors"),
        ("avoid: [neon, northern lights, notebooks, no-knead bread, without]", ""),
        ("content: {never: ['']}", ""),
    ],
)
def test_a_ban_names_what_is_kept_out(more: str, thing: str) -> None:
    brand = _with(more)
    findings = check_brand(brand)
    assert [item.rule for item in findings] == ["negated-ban"] * bool(thing)
    if thing:
        assert findings[0].severity == "warning"
        assert findings[0].fix == f"write the thing alone: {thing}"


@pytest.mark.parametrize(
    ("more", "first"),
    [
        ("avoid: [neon, fog, ' Neon.']", "avoid[1]"),
        ("avoid: [neon]\npeople: {never: [neon]}", "avoid[1]"),
        ("avoid: [neon]\ncontent: {never: [NEON]}", "avoid[1]"),
        ("avoid: [{what: neon, looks: [default]}, neon]", "avoid[1]"),
        ("avoid: [neon, neon signs]", ""),
    ],
)
def test_a_ban_stands_once(more: str, first: str) -> None:
    findings = check_brand(_with(more))
    assert [(item.rule, item.severity) for item in findings] == (
        [("repeated-ban", "advice")] * bool(first)
    )
    if first:
        assert f"is kept out twice: {first} says it too" in findings[0].message


def test_the_same_ban_may_stand_for_each_of_two_looks() -> None:
    looks = "style: {looks: {a: {mood: dim}, b: {mood: glad}}}"
    bans = "avoid: [{what: neon, looks: [a]}, {what: neon, looks: [b]}, {what: neon, looks: [a]}]"
    text = f'name: A\ncolors: {{a: {{value: "#111111", describe: ink}}}}\n{looks}\n{bans}\n'
    assert [str(item.place) for item in _findings(text)] == ["acme.yaml:4:61"]


def test_a_contradiction_names_both_places() -> None:
    (finding,) = _findings(SOUND.replace("medium: photo", "mood: neon") + "avoid: [fog, neon]\n")
    assert finding.message == (
        "the look “default” asks for “neon”, which the brand avoids on line 17"
    )
    assert finding.fix == (
        "take it out of the look, or limit the item to other looks: avoid[2].looks"
    )


def test_a_profile_of_no_file_is_checked_too() -> None:
    brand = Brand.model_validate(
        {"name": "A", "colors": {"a": "#111"}, "style": "neon", "avoid": "neon"}
    )
    assert [(item.rule, item.place) for item in check_brand(brand)] == [
        ("color-without-describe", None),
        ("look-against-avoid", None),
    ]


@pytest.mark.parametrize("least", [MIN_TEXT_CONTRAST])
def test_a_contrast_that_is_too_low_never_reads_as_enough(least: float) -> None:
    value = next(
        hexed
        for level in range(255, 0, -1)
        if least - 0.05
        < contrast(hexed := f"#{level:02X}{level:02X}{level:02X}", "#FFFFFF")
        < least
    )
    text = SOUND.replace("#1B2A33", value).replace("#F4E9D8", "#FFFFFF").replace("ink, blue", "ink")
    assert [item.message for item in _findings(text)] == ["“ink” on “sand” has a contrast of 2.9:1"]


def test_findings_come_in_the_order_of_the_rules_with_the_reading_of_short_forms() -> None:
    found = _findings('name: A\ncolors: {a: "#111111", b: "#121212"}\nstyle: calm\n')
    assert [(item.rule, str(item.place)) for item in found] == [
        ("color-without-describe", "acme.yaml:2:10"),
        ("color-without-describe", "acme.yaml:2:24"),
        ("colors-too-near", "acme.yaml:2:24"),
    ]
    assert all(item.as_dict()["fix"] for item in found)


def test_every_rule_is_in_the_docs() -> None:
    folder = Path(__file__).parent.parent
    code = (folder / "promptkit" / "brand" / "check.py").read_text(encoding="utf-8")
    page = (folder / "docs" / "brands.md").read_text(encoding="utf-8")
    table = page.partition("## What `brand check` finds")[2].partition("\n## ")[0]
    rules = re.findall(r'^ +brand,\n +"([a-z-]+)",$', code, re.MULTILINE)
    assert len(rules) == 12
    assert sorted(re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE)) == sorted(rules)
