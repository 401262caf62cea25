"""Profiles that build on others: what is merged, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brand_family import PARENT, Write, family
from promptkit.brand.check import check_brand
from promptkit.brand.loading import load_brand, parse_brand
from promptkit.brand.profile import Brand
from promptkit.errors import BrandError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return family(tmp_path)


def _child(write: Write, text: str) -> Brand:
    return load_brand(write("child.yaml", f"extends: acme\n{text}"))


def _whole(**changes: Any) -> dict[str, Any]:
    """Return the parent's own data, with changes at dotted paths (``None`` removes)."""
    data = parse_brand(PARENT.replace("refs: [refs/can.png]", "refs: []"), "acme.yaml").as_data
    for path, value in changes.items():
        *above, key = path.split("__")
        here = data
        for step in above:
            here = here[step]
        here[key] = value
        if value is None:
            del here[key]
    return data


# What a child writes, and what it changes of the parent's profile.
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("", {}),
    "maps merge deeply": (
        "identity: {tagline: {en: Hi}, spoken: AK-me}",
        {"identity__tagline__en": "Hi", "identity__spoken": "AK-me"},
    ),
    "a list replaces": ("tone: {traits: [loud]}", {"tone__traits": ["loud"]}),
    "a plus appends": ("tone: {+traits: [loud]}", {"tone__traits": ["calm", "dry", "loud"]}),
    "a plus with one word": ("tone: {+traits: loud}", {"tone__traits": ["calm", "dry", "loud"]}),
    "a plus where the parent has none": (
        "content: {+never: [beer]}",
        {"content__never": ["beer"]},
    ),
    "a plus below a free name": (
        "colors: {pairs: {text_on: {+blue: coral}}}",
        {"colors__pairs__text_on__blue": ["ink", "coral"]},
    ),
    "null removes": ("subjects: {can: null}", {"subjects__can": None}),
    "null of a whole group": (
        "tone: null",
        {"tone__traits": [], "tone__we_are": []},
    ),
    "null of what nobody wrote": ("logo: {reserve: null}", {}),
    "a role's colour by its hex": (
        'colors: {accent: "#ff0000"}',
        {"colors__palette__coral": {"value": "#FF0000"}},
    ),
    "a role's colour in words": (
        "colors: {accent: {describe: rust}}",
        {"colors__palette__coral__describe": "rust"},
    ),
    "a palette colour by its hex": (
        'colors: {palette: {blue: "#00f"}}',
        {"colors__palette__blue": {"value": "#0000FF"}},
    ),
    "a palette colour by its value": (
        'colors: {palette: {blue: {value: "#00f"}}}',
        {"colors__palette__blue__value": "#0000FF"},
    ),
    "a palette colour in the short form": (
        'colors: {blue: "#00f"}',
        {"colors__palette__blue": {"value": "#0000FF"}},
    ),
    "a colour of two roles": (
        'colors: {text: "#111"}',
        {"colors__palette__text": {"value": "#111111"}, "colors__roles__text": "text"},
    ),
    "a role of a shared colour is removed": ("colors: {text: null}", {"colors__roles__text": None}),
    "a new colour": (
        'colors: {sand: "#eee", +avoid: purple}',
        {
            "colors__palette__sand": {"value": "#EEEEEE"},
            "colors__roles__sand": "sand",
            "colors__avoid": [{"what": "neon"}, {"what": "purple"}],
        },
    ),
    "a new colour and roles": (
        'colors: {sand: "#eee", roles: {line: sand}}',
        {"colors__palette__sand": {"value": "#EEEEEE"}, "colors__roles__line": "sand"},
    ),
    "one line of style": (
        "style: at dusk",
        {"style__looks__wide__describe": "at dusk"},
    ),
    "keys of one look": (
        "style: {mood: awake, lighting: null, composition: {clutter: low}}",
        {
            "style__looks__wide__mood": ["awake"],
            "style__looks__wide__lighting": "",
            "style__composition__clutter": "low",
        },
    ),
    "keys of another default look": (
        "style: {default_look: flat, +mood: [awake]}",
        {"style__default_look": "flat", "style__looks__flat__mood": ["wry", "awake"]},
    ),
    "a look in one line": (
        "style: {looks: {flat: paper, dusk: at dusk}}",
        {
            "style__looks__flat__describe": "paper",
            "style__looks__dusk": {"describe": "at dusk"},
        },
    ),
    "no other style": (
        "style: {composition: {clutter: low}}",
        {"style__composition__clutter": "low"},
    ),
    "tone as a list": ("tone: [loud]", {"tone__traits": ["loud"]}),
    "a subject in one line": ("subjects: {can: a tin}", {"subjects__can__describe": "a tin"}),
    "a new subject": (
        "subjects: {keg: {describe: a keg, kind: null}}",
        {"subjects__keg": {"describe": "a keg"}},
    ),
    "a channel by its size": ("channels: {tile: 20x10}", {"channels__tile__size": [20, 10]}),
    "a plus in a free name": (
        "channels: {+a: 9x9}",
        {"channels__+a": {"size": [9, 9]}},
    ),
    "own keys": ("x-own: {+a: 1}", {}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_child_changes(name: str, write: Write) -> None:
    text, changes = CHANGES[name]
    brand = _child(write, f"{text}\n")
    expected = Brand.model_validate(
        {**_whole(**changes), "id": "child", "version": 1, "status": "published"}
    ).as_data
    if "can" in expected["subjects"]:
        expected["subjects"]["can"]["refs"] = ["refs/can.png"]
    assert brand.as_data == expected


def test_what_is_never_inherited(write: Write) -> None:
    brand = _child(write, "version: 2\n")
    assert (brand.id, brand.name, brand.version, brand.status) == ("child", "Acme", 2, "published")
    assert brand.extends == "acme"
    assert "extends" not in brand.as_data
    assert [path.name for path in brand.parents] == ["acme.yaml"]
    assert load_brand(brand.parents[0]).parents == ()
    assert _child(write, "name: Own\nid: own\n").name == "Own"


def test_the_digest_covers_the_merged_result(write: Write) -> None:
    first = _child(write, "")
    assert _child(write, "tone: {traits: [calm, dry]}\n").digest == first.digest
    assert _child(write, "tone: {traits: [calm]}\n").digest != first.digest
    write("acme.yaml", PARENT.replace("sea blue", "sky blue"))
    assert _child(write, "").digest != first.digest


def test_the_example_of_the_docs_builds_on_a_shipped_brand(write: Write) -> None:
    text = (ROOT / "docs" / "brands.md").read_text(encoding="utf-8")
    block = text.partition("```yml\n")[2].partition("```")[0]
    brand = load_brand(write("tidewell.yaml", block), [ROOT / "brand_profiles"])
    assert brand.name == "Tidewell Winter"
    assert brand.colors.palette["coral"].value == "#B3202C"
    assert brand.look("shoreline-photo").mood[-1] == "frosty"
    assert [item.what for item in brand.avoid][-2:] == ["snowmen", "fir trees"]
    assert list(brand.subjects) == ["galley-kitchen"]
    assert [item.rule for item in check_brand(brand)] == ["color-without-describe"]


# Whatever stands in two profiles, it is merged or told.

_ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["", "x", "#0B6E99", "wide", "10x10", "ink"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["looks", "+looks", "wide", "+avoid", "palette", "roles", "accent", "ink", "mood"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
_KEYS = ["style", "colors", "avoid", "+avoid", "tone", "subjects", "channels", "logo", "tne"]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(st.sampled_from(_KEYS), _ODD, max_size=3),
    st.dictionaries(st.sampled_from(_KEYS), _ODD, max_size=3),
)
def test_whatever_stands_in_two_profiles_is_merged_or_told(
    write: Write, middle: dict[str, Any], child: dict[str, Any]
) -> None:
    write("middle.yaml", yaml.safe_dump({"extends": "acme", **middle}))
    path = write("child.yaml", yaml.safe_dump({"extends": "middle", **child}))
    try:
        brand = load_brand(path)
    except BrandError as error:
        for finding in error.findings:
            assert finding.place
            assert finding.message[0] not in "IDTVS"
    else:
        assert len(brand.digest) == 64
