"""Axes: how they are written, and which option each take gets."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.errors import BriefError, TemplateError
from promptkit.template.axes import Axis, AxisOption, carrier, choose, matrix, wished
from promptkit.template.document import split_source


def axis(policy: Any, names: str, **params: str) -> Axis:
    options = {name: AxisOption(text=name) for name in names.split()}
    if params:
        first = next(iter(options))
        options[first] = AxisOption.model_validate({"text": first, "params": params})
    return Axis(policy=policy, options=options)


def read(text: str) -> Axis:
    return split_source(f"---\naxes:\n  crop: {text}\n---\nx", "t.j2", "t.j2").meta.axes["crop"]


SHORT = "{close: Close view, wide: {text: Wide view, avoid: crowds}}"


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        (SHORT, "fixed"),
        (f"{{options: {SHORT}}}", "fixed"),
        (f"{{policy: cycle, options: {SHORT}}}", "cycle"),
        (f"{{policy: all, options: {SHORT}}}", "all"),
    ],
)
def test_an_axis_reads_like_a_mapping_of_its_options(text: str, policy: str) -> None:
    found = read(text)
    assert found.policy == policy
    assert list(found) == list(found.keys()) == ["close", "wide"]
    assert len(found) == 2
    assert "wide" in found
    assert "policy" not in found
    assert found["close"].text == "Close view"
    assert [option.text for option in found.values()] == ["Close view", "Wide view"]
    assert {name: option.avoid for name, option in found.items()}["wide"][0].what == "crowds"


def test_an_option_may_be_called_policy_as_long_as_it_is_none() -> None:
    assert list(read("{policy: Seen as in a poster, close: Close view}")) == ["policy", "close"]


def test_an_option_carries_parameters() -> None:
    assert read("{fine: {text: Fine, params: {quality: high}}}")["fine"].params == {
        "quality": "high"
    }


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("{policy: rnadom, options: {a: b}}", "cannot be “rnadom”", "“random”"),
        ("{policy: cycle, close: Close}", "the options stand below the key `options`", ""),
        ("{policy: cycle, options: {}}", "must not be empty", ""),
        ("{options: {a: b}, polcy: all}", "there is no key “polcy”", "“policy”"),
        ("{a: {text: b, params: {qualty: high}}}", "cannot be “qualty”", "“quality”"),
        ("{a: {text: b, params: {quality: ''}}}", "must not be empty", ""),
        ("[a, b]", "must be a group of keys", ""),
    ],
)
def test_a_fault_of_an_axis_is_named_with_its_line(text: str, message: str, fix: str) -> None:
    with pytest.raises(TemplateError) as caught:
        read(text)
    (finding,) = caught.value.findings
    assert message in finding.message
    assert fix in (finding.fix or "")
    assert finding.place is not None
    assert finding.place.line in (2, 3)


def test_fixed_takes_the_chosen_option_or_the_first() -> None:
    axes = {"crop": axis("fixed", "close wide")}
    assert choose(axes, 2, "s") == [{"crop": "close"}] * 2
    assert choose(wished(axes, {"crop": "wide"}), 2, "s") == [{"crop": "wide"}] * 2
    assert choose(axes, 0, "s") == []
    assert choose({}, 2, "s") == [{}, {}]


def test_a_wish_is_an_option_or_else_a_policy() -> None:
    axes = {"crop": axis("random", "close wide"), "mood": axis("fixed", "calm all")}
    made = wished(axes, {"crop": "all"})
    assert {name: one.policy for name, one in made.items()} == {"crop": "all", "mood": "fixed"}
    assert [one["crop"] for one in choose(made, 3, "s")] == ["close", "wide", "close"]
    assert wished(axes, {"crop": "cycle"})["crop"].policy == "cycle"
    assert wished(axes, {"mood": "random"})["mood"].policy == "random"
    made = wished(axes, {"crop": "fixed", "mood": "all"})
    assert {name: (one.policy, list(one)) for name, one in made.items()} == {
        "crop": ("fixed", ["close"]),
        "mood": ("fixed", ["all"]),  # an option of this name comes first
    }
    assert wished(axes, {}) == axes


def test_an_axis_may_have_an_option_called_fixed() -> None:
    axes = {"lens": axis("random", "zoom fixed")}
    assert list(wished(axes, {"lens": "fixed"})["lens"]) == ["fixed"]


def test_cycle_goes_on_with_each_take_in_step() -> None:
    axes = {"crop": axis("cycle", "a b c"), "mood": axis("cycle", "x y")}
    said = ["".join(chosen.values()) for chosen in choose(axes, 5, "s")]
    assert said == ["ax", "by", "cx", "ay", "bx"]


def test_all_goes_through_the_combinations_the_last_axis_fastest() -> None:
    axes = {"a": axis("all", "1 2"), "b": axis("fixed", "p q"), "c": axis("all", "x y z")}
    said = ["".join(chosen.values()) for chosen in choose(axes, 7, "s")]
    assert said == ["1px", "1py", "1pz", "2px", "2py", "2pz", "1px"]
    assert [chosen["a"] for chosen in choose(wished(axes, {"c": "y"}), 3, "s")] == ["1", "2", "1"]


def test_random_replays_and_depends_on_template_axis_seed_and_take() -> None:
    axes = {"crop": axis("random", "a b c d"), "mood": axis("random", "a b c d")}
    first = choose(axes, 40, "s", template="t")
    assert first == choose(axes, 40, "s", template="t")
    assert first != choose(axes, 40, "other", template="t")
    assert first != choose(axes, 40, "s", template="other")
    assert [one["crop"] for one in first] != [one["mood"] for one in first]
    assert {one["crop"] for one in first} == set("abcd")
    assert [one["crop"] for one in first[:8]] == list("cbacaaaa")


def test_the_names_keep_the_order_of_the_axes() -> None:
    axes = {"a": axis("fixed", "x"), "b": axis("fixed", "y"), "c": axis("all", "z")}
    assert list(choose(wished(axes, {"b": "y"}), 1, "s")[0]) == ["a", "b", "c"]


policies = st.sampled_from(["fixed", "cycle", "random", "all"])


@given(
    st.lists(st.tuples(policies, st.integers(1, 4)), max_size=4),
    st.integers(0, 9),
    st.integers(0, 9),
    st.text(max_size=5),
)
def test_later_takes_go_on_where_earlier_ones_ended(
    shape: list[tuple[str, int]], one: int, other: int, seed: str
) -> None:
    axes = {f"axis{at}": axis(policy, "a b c d"[: 2 * n]) for at, (policy, n) in enumerate(shape)}
    whole = choose(axes, one + other, seed)
    assert whole == choose(axes, one, seed) + choose(axes, other, seed, first_take=one + 1)
    assert all(option in axes[name] for chosen in whole for name, option in chosen.items())


@pytest.mark.parametrize(
    ("fixed", "message", "fix"),
    [
        ({"corp": "close"}, "t: there is no axis “corp”", "did you mean “crop”?"),
        ({"crop": "clsoe"}, "t: there is no option of crop “clsoe”", "did you mean “close”?"),
        ({"crop": "rnadom"}, "no option of crop “rnadom”", "did you mean “random”? known: close"),
        ({"crop": "x"}, "no option of crop “x”", "known: close, wide; or all, cycle, random"),
    ],
)
def test_an_unknown_axis_or_option_is_named(fixed: dict[str, str], message: str, fix: str) -> None:
    axes = {"crop": axis("fixed", "close wide")}
    with pytest.raises(BriefError) as caught:
        wished(axes, fixed, "t")
    assert message in str(caught.value)
    assert fix in str(caught.value)


def test_the_matrix_has_every_combination() -> None:
    axes = {"a": axis("fixed", "1 2"), "b": axis("random", "x y z")}
    assert [tuple(found.values()) for found in matrix(axes)] == [*product("12", "xyz")]
    assert matrix({}) == [{}]


def test_the_matrix_is_bounded_and_the_error_counts() -> None:
    options = " ".join(map(str, range(16)))
    assert len(matrix({"a": axis("all", options), "b": axis("all", options)})) == 256
    axes = {name: axis("all", options) for name in "abc"}
    with pytest.raises(BriefError, match=r"4,096 combinations \(16 of a × 16 of b × 16 of c\)"):
        matrix(axes)


def test_the_fix_for_too_many_combinations_can_be_typed() -> None:
    axes = {"a": axis("all", "x y"), "b": axis("all", " ".join(map(str, range(200))))}
    with pytest.raises(BriefError, match="--axes b=0"):
        matrix(axes)
    assert len(matrix(wished(axes, {"b": "0"}))) == 2


def test_of_the_options_that_carry_a_parameter_the_last_counts() -> None:
    axes = {
        "ink": axis("fixed", "fine plain", quality="high"),
        "crop": axis("fixed", "close wide", quality="low"),
    }
    assert carrier(axes, {"ink": "plain", "crop": "wide"}, "quality") is None
    assert carrier(axes, {"ink": "fine", "crop": "wide"}, "quality") == "ink"
    assert carrier(axes, {"ink": "fine", "crop": "close"}, "quality") == "crop"
