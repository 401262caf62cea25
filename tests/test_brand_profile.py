"""The profile's model: short and long forms, cross-references, looks and channels."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from promptkit.brand.loading import load_brand, parse_brand
from promptkit.brand.palette import USUAL_SHARES
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError, Finding

ROOT = Path(__file__).parent.parent
SHIPPED = sorted((ROOT / "brand_profiles").glob("*.yaml"))

BARE = 'name: Acme\ncolors: {primary: "#0B6E99"}\nstyle: calm photos\n'

# Each short form, and the long form that means the same.
FORMS: dict[str, tuple[str, str]] = {
    "colours": (
        'colors: {primary: "#0b6e99", accent: red}',
        "colors:\n"
        '  palette: {primary: {value: "#0B6E99"}, accent: {value: "#FF0000"}}\n'
        "  roles: {primary: primary, accent: accent}",
    ),
    "colours with rules": (
        'colors: {primary: "#111", proportions: {primary: 0.2}, avoid: [neon]}',
        'colors:\n  palette: {primary: "#111111"}\n  roles: {primary: primary}\n'
        "  proportions: {primary: {target: 0.2, min: 0, max: 1}}\n"
        "  avoid: [{what: neon, severity: should}]",
    ),
    "style in one line": (
        "style: calm photos",
        "style: {looks: {default: {describe: calm photos}}}",
    ),
    "style as one look": (
        "style: {medium: photo, mood: calm, composition: {clutter: low}}",
        "style:\n  looks: {default: {medium: photo, mood: [calm]}}\n  composition: {clutter: low}",
    ),
    "looks in one line": (
        "style: {looks: {wide: a wide view}}",
        "style: {looks: {wide: {describe: a wide view}}}",
    ),
    "framing": ("style: {framing: near}", "style: {looks: {default: {framing: {crop: near}}}}"),
    "tone as a list": ("tone: [calm, dry]", "tone: {traits: [calm, dry]}"),
    "tone as a word": ("tone: calm", "tone: {traits: [calm]}"),
    "words on pictures": (
        "tone: {on_image_text: none}",
        "tone: {on_image_text: {policy: none}}",
    ),
    "avoid": ("avoid: neon", "avoid: [{what: neon, instead: '', looks: []}]"),
    "avoid as a list": ("avoid: [neon, fog]", "avoid: [{what: neon}, {what: fog}]"),
    "subject": ("subjects: {can: a slim can}", "subjects: {can: {describe: a slim can}}"),
    "channel": ("channels: {tile: 1200x1200}", "channels: {tile: {size: [1200, 1200]}}"),
    "text on a ground": (
        'colors: {a: "#111", pairs: {text_on: {a: a}}}',
        'colors: {palette: {a: "#111"}, roles: {a: a}, pairs: {text_on: {a: [a]}}}',
    ),
    "colour of a rule": (
        'colors: {a: "#111", rules: [{id: r, color: a, never_on: background}]}',
        'colors: {a: "#111", rules: [{id: r, color: a, never_on: [background]}]}',
    ),
}


def _brand(text: str) -> Brand:
    data: dict[str, Any] = yaml.safe_load(BARE) | yaml.safe_load(text)
    return parse_brand(yaml.safe_dump(data, sort_keys=False), "acme.yaml")


@pytest.mark.parametrize("name", FORMS)
def test_the_short_and_the_long_form_are_one_profile(name: str) -> None:
    short, long = map(_brand, FORMS[name])
    assert short.as_data == long.as_data
    assert short.digest == long.digest
    assert short.id == "acme"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_profile_is_the_same_when_written_out(path: Path) -> None:
    brand = load_brand(path)
    written = yaml.safe_dump(brand.model_dump(mode="json"), sort_keys=True, allow_unicode=True)
    again = parse_brand(written, str(path))
    assert again.digest == brand.digest
    assert again.as_data == brand.as_data


def test_the_digest_follows_every_change_but_not_the_order() -> None:
    brand = parse_brand(BARE, "acme.yaml")
    lines = BARE.splitlines(keepends=True)
    assert parse_brand("".join(reversed(lines)), "acme.yaml").digest == brand.digest
    assert parse_brand("# note\n" + BARE + "x-own: 1\n", "acme.yaml").digest == brand.digest
    others = {
        parse_brand(BARE + more, file).digest
        for more, file in [
            ("version: 2\n", "acme.yaml"),
            ("avoid: neon\n", "acme.yaml"),
            ("", "other.yaml"),
        ]
    }
    assert len(others | {brand.digest}) == 4


@pytest.mark.parametrize("written", ["", 'id: ""\n', 'id: "acme"\n'])
def test_a_profile_without_an_id_is_called_like_its_file(written: str) -> None:
    assert parse_brand(BARE + written, "folder/acme.yaml").id == "acme"


def test_words_of_yaml_1_1_stay_words() -> None:
    brand = parse_brand(
        BARE + "content: {regions: {NO: {never: [on, yes, off]}}}\n"
        "tone: [no, y]\nchannels: {tile: {size: 1024x1024}}\nidentity: {spoken: 16:9}\n"
        "version: 3\ntypography: {body: {weight: 007}}\n"
    )
    assert brand.content.regions["NO"].never == ["on", "yes", "off"]
    assert brand.tone.traits == ["no", "y"]
    assert brand.identity.spoken == "16:9"
    assert brand.typography.body.weight == "007"


LONG = """\
name: Acme
colors:
  palette: {blue: "#0B6E99", white: "#FFFFFF"}
  roles: {primary: blue, text: white}
style:
  looks:
    wide: {medium: photo, when: [hero], references: [coast]}
    flat: {medium: illustration, when: [packshot, hero]}
  references: [{id: coast, generate: palette}]
"""

# Names that lead nowhere: what is added to the profile above; line, column, message and fix.
LOST: list[tuple[str, str, str, list[tuple[int, int, str, str]]]] = [
    ("text: white", "text: whyte", "role", [(4, 26, "no colour “whyte”", "“white”?")]),
    (
        "roles: {primary: blue, text: white}",
        "roles: {primary: blu, text: white}\n  pairs: {never: [[white, red], [blue, tan]]}",
        "every fault of a group at once",
        [
            (4, 11, "no colour “blu”", "did you mean “blue”? known: blue, white"),
            (5, 27, "no colour “red”", "known: blue, white"),
            (5, 40, "no colour “tan”", "known: blue, white"),
        ],
    ),
    (
        "text: white}",
        "text: white}\n  pairs: {text_on: {withe: [blue, bleu]}}",
        "text on a ground",
        [(5, 21, "no colour “withe”", "“white”?"), (5, 35, "no colour “bleu”", "“blue”?")],
    ),
    (
        "text: white}",
        "text: white}\n  rules: [{id: r, color: coral}]",
        "rule",
        [(5, 19, "there is no colour “coral”", "known: blue, white")],
    ),
    (
        "text: white}",
        "text: white}\n  proportions: {accent: 0.1}",
        "share of no role",
        [(5, 17, "there is no role “accent”", "known: primary, text")],
    ),
    ("style:", "style:\n  default_look: wied", "default look", [(6, 3, "“wied”", "“wide”?")]),
    ("[coast]}", "[cost]}", "reference of a look", [(7, 54, "no reference “cost”", "“coast”?")]),
    (
        "when: [hero],",
        "carriers: {primry: the sea, blue: the sky, text: x},",
        "carrier",
        [(7, 38, "there is no role or colour “primry”", "“primary”?")],
    ),
    (
        "name: Acme\n",
        "name: Acme\nchannels: {tile: {size: 9x9, look: wied}}\n",
        "look of a channel",
        [(2, 30, "there is no look “wied”", "did you mean “wide”? known: flat, wide")],
    ),
    (
        "name: Acme\n",
        "name: Acme\nchannels: {a: {size: 9x9, text_zone: {box: [0, 0, 1, 1], text: red}}}\n",
        "colour of a text zone",
        [(2, 58, "there is no colour “red”", "known: blue, primary, text, white")],
    ),
    (
        "name: Acme\n",
        "name: Acme\navoid: [{what: fog, looks: [flt, wide]}]\n"
        "people: {never: [{what: x, looks: y}]}\n",
        "looks of things to avoid",
        [(2, 29, "no look “flt”", "“flat”?"), (3, 28, "no look “y”", "known: flat, wide")],
    ),
]


@pytest.mark.parametrize(("old", "new", "name", "expected"), LOST, ids=[row[2] for row in LOST])
def test_a_name_that_leads_nowhere_is_told_where_it_stands(
    old: str, new: str, name: str, expected: list[tuple[int, int, str, str]]
) -> None:
    parse_brand(LONG)
    with pytest.raises(BrandError) as caught:
        parse_brand(LONG.replace(old, new, 1))
    told = sorted(caught.value.findings, key=lambda item: str(item.place))
    assert len(told) == len(expected)
    for finding, (line, column, message, fix) in zip(told, expected, strict=True):
        assert finding.place
        assert (finding.place.line, finding.place.column) == (line, column)
        assert message in finding.message
        assert fix in (finding.fix or "")


# Values that cannot be: the keys added to the bare profile, and the one finding they make.
IMPOSSIBLE: list[tuple[str, str]] = [
    ("identity: {personality: {warm: 9}}", "`identity.personality.warm`: must be at most 5"),
    ("channels: {a: 0x0}", "`channels.a`: “0x0” is not a size; write it in px, as in 1536x1024"),
    ("channels: {a: 16:9}", "`channels.a`: “16:9” is not a size"),
    ("channels: {a: {size: [-1, 9]}}", "item 1 of `channels.a.size`: must be at least 1"),
    ("channels: {a: 1024}", "`channels.a`: must be a group of keys"),
    ("channels: {a: {size: 9x9, safe_area: [0, 0, 1]}}", "`channels.a.safe_area`: has too few"),
    ("logo: {reserve: {box: [0, 0, 100, 100]}}", "left, top, right and bottom must be from 0 to 1"),
    ("logo: {reserve: {box: [0.5, 0, 0.4, 1]}}", "with right beyond left and bottom beyond top"),
    ("logo: {reserve: {box: [0, .nan, 1, 1]}}", "item 2 of `logo.reserve.box`: must be a number"),
    ("logo: {policy: drawn}", "`logo.policy`: cannot be “drawn”; it may be composite or none"),
    ("learn: {explore: 25}", "`learn.explore`: must be at most 1"),
    ("avoid: [{what: purple, near: purpleish}]", "“purpleish” is not a colour"),
    ("avoid: [{what: ''}]", "item 1 of `avoid`: must not be empty"),
    ("tiers: {previw: {n: 4}}", "`tiers.previw`: cannot be “previw”; did you mean “preview”?"),
    ("promptkit: template/v1", "this is a template, not a brand profile; keep it in templates/"),
    ("extends: other", "there is no brand “other” to build on (acme.yaml → other)"),
    ("extend: other", "there is no key “extend”"),
    ("style: {}", "`style`: must not be empty"),
    ("style: {lightng: soft}", "there is no key “lightng”"),
    ("style: {loks: {a: b}}", "there is no key “loks”"),
    ("colors: {}", "`colors`: must not be empty"),
    ('colors: ["#fff"]', "`colors`: must be a group of keys"),
    (
        "colors: {primary: 112233}",
        '`colors.primary`: a colour must be quoted text; put it in quotes: "#112233"',
    ),
    ("colors: {primary: }", '`colors.primary`: is empty; give it a colour, as in "#0B6E99"'),
    ("colors: {a: {describe: blue}}", "`value` is missing in `colors.a`"),
    (
        'colors: {a: "#111", proportions: {a: {target: 0.2, min: 0.5}}}',
        "`colors.proportions.a`: min, target and max must rise, but are 0.5, 0.2 and 1",
    ),
]


@pytest.mark.parametrize(("written", "message"), IMPOSSIBLE)
def test_what_cannot_be_is_refused_in_words(written: str, message: str) -> None:
    key = written.partition(":")[0]
    text = "".join(line for line in BARE.splitlines(True) if not line.startswith(f"{key}:"))
    with pytest.raises(BrandError) as caught:
        parse_brand(f"{text}{written}\n", "acme.yaml")
    (finding,) = caught.value.findings
    assert message in f"{finding.message}; {finding.fix}"
    assert finding.place
    assert finding.place.line == text.count("\n") + 1
    for speak in ("valid", "Dictionary", "Tuple", "String", "Input", "parse"):
        assert speak not in finding.message


def test_several_faults_of_a_file_are_told_at_once_in_their_order() -> None:
    text = 'nme: A\ncolors: {primary: "blueish", accent: 12}\nstyle: {mdium: photo}\ntne: calm\n'
    with pytest.raises(BrandError) as caught:
        parse_brand(text, "acme.yaml")
    told = [(str(item.place), item.message, item.fix) for item in caught.value.findings]
    assert told == [
        ("acme.yaml:1:1", "there is no key “nme”", "did you mean “name”?"),
        (
            "acme.yaml:2:10",
            "`colors.primary`: “blueish” is not a colour",
            'write its hex in quotes, as in "#0B6E99"',
        ),
        (
            "acme.yaml:2:30",
            "`colors.accent`: must be a colour",
            'write its hex in quotes, as in "#0B6E99"',
        ),
        ("acme.yaml:3:9", "there is no key “mdium”", "did you mean “medium”?"),
        ("acme.yaml:4:1", "there is no key “tne”", "did you mean “tone”?"),
    ]


def test_a_key_of_the_style_is_known_where_a_look_may_stand() -> None:
    with pytest.raises(BrandError) as caught:
        parse_brand(BARE.replace("calm photos", "{loks: {a: b}}"))
    assert caught.value.findings[0].fix == "did you mean “looks”?"


def test_colours_are_found_by_role_and_by_name() -> None:
    colors = parse_brand(
        LONG.replace("text: white}", "text: white}\n  proportions: {primary: 0.4}")
    ).colors
    blue = colors.palette["blue"]
    assert colors.of_role("primary") is colors.of_role("blue") is blue
    assert colors.of_role("accent") is None
    assert (colors.role_of("primary"), colors.role_of("blue")) == ("primary", "primary")
    assert colors.role_of("coral") is None
    assert colors.share("blue") == colors.share("primary") == 0.4
    assert colors.share("white") == USUAL_SHARES["text"]
    assert colors.share("coral") is None
    assert blue.words == "deep blue, slightly green"
    assert blue.model_copy(update={"describe": "sea blue"}).words == "sea blue"


@pytest.mark.parametrize(
    ("wanted", "look"),
    [
        (["flat"], "flat"),
        (["packshot"], "flat"),
        (["illustration"], "flat"),
        (["hero"], "wide"),
        (["nothing", "packshot"], "flat"),
        (["nothing"], "wide"),
        ([], "wide"),
    ],
)
def test_a_look_is_chosen_by_the_first_wish_it_fits(wanted: list[str], look: str) -> None:
    assert parse_brand(LONG).style.choose(wanted) == look


def test_the_default_look_is_taken_when_no_wish_fits() -> None:
    style = parse_brand(LONG.replace("style:", "style:\n  default_look: flat")).style
    assert style.choose(["nothing"]) == "flat"
    assert style.choose(["photo"]) == "wide"


def test_looks_and_channels_are_found_by_name() -> None:
    brand = parse_brand(LONG + "channels: {tile: 1200x800}\n", "acme.yaml")
    assert brand.look("wide").when == ["hero"]
    assert brand.channel("tile").size == (1200, 800)
    with pytest.raises(BrandError, match="acme: there is no look “wied”\n  → did you mean “wide”"):
        brand.look("wied")
    with pytest.raises(BrandError, match="acme: there is no channel “x”\n  → known: tile"):
        brand.channel("x")


def test_a_profile_that_no_file_holds_has_no_places() -> None:
    brand = Brand.model_validate({"name": "A", "colors": {"a": "#111"}, "style": "calm"})
    assert brand.document is None
    assert brand.folder == Path()
    assert brand.colors.palette["a"].value == "#111111"


# Whatever an author writes in place of anything, it is read or told.

_ODD: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**9)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "#0B6E99", "16:9", "1024x1024", "a\0b", "../x", "x" * 400]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "size", "looks", "a", "x-a", ""]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def _spots(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(data, dict | list):
        keys = data if isinstance(data, dict) else range(len(data))
        return [(*path, key) for key in keys] + [
            spot for key in keys for spot in _spots(data[key], (*path, key))
        ]
    return []


TIDEWELL: dict[str, Any] = yaml.safe_load((ROOT / "brand_profiles" / "tidewell.yaml").read_text())


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(_spots(TIDEWELL)), _ODD)
def test_whatever_stands_anywhere_is_read_or_told(spot: tuple[Any, ...], odd: object) -> None:
    data: Any = deepcopy(TIDEWELL)
    here = data
    for step in spot[:-1]:
        here = here[step]
    here[spot[-1]] = odd
    text = yaml.safe_dump(data, allow_unicode=True)
    for finding in _findings(text):
        assert finding.place
        assert finding.message[0] not in "IDTVS"  # the validator's own words begin large


def _findings(text: str) -> tuple[Finding, ...]:
    try:
        brand = parse_brand(text, str(ROOT / "brand_profiles" / "tidewell.yaml"))
    except BrandError as error:
        return error.findings
    assert len(brand.digest) == 64
    return ()
