"""Axes: what may vary from take to take, and which option a take gets."""

from __future__ import annotations

import hashlib
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from itertools import product
from math import prod
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from promptkit.brand.avoid import Avoids
from promptkit.documents import Strict
from promptkit.errors import BriefError, Finding, unknown

Policy = Literal["fixed", "cycle", "random", "all"]
Parameter = Literal["quality"]

MAX_MATRIX = 256
"""Combinations that `matrix` lists: each of them is a picture that somebody pays for."""


class AxisOption(Strict):
    """One option of an axis. Short form: its words alone."""

    text: str
    """What the option says in the prompt; Jinja like the rest."""
    avoid: Avoids = []
    """What this option keeps out."""
    params: dict[Parameter, Annotated[str, Field(min_length=1)]] = {}
    """What this option asks of the model beside words: `quality`."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return data if isinstance(data, Mapping) else {"text": data}


class Axis(Strict):
    """One axis: reads like a mapping of option names. Short form: the options alone."""

    policy: Policy = "fixed"
    """How takes get their options: `fixed`, `cycle`, `random`, or `all`."""
    options: dict[str, AxisOption]
    """The options by name; the first is the usual one."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "options" in data:
            return data
        policy = data.get("policy")
        if isinstance(policy, str) and policy in get_args(Policy):
            raise ValueError("beside `policy`, the options stand below the key `options`")
        return {"options": data}

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # options, not fields
        return iter(self.options)

    def __len__(self) -> int:
        return len(self.options)

    def __contains__(self, name: object) -> bool:
        return name in self.options

    def __getitem__(self, name: str) -> AxisOption:
        return self.options[name]

    def keys(self) -> KeysView[str]:
        """Return the options' names."""
        return self.options.keys()

    def values(self) -> ValuesView[AxisOption]:
        """Return the options themselves."""
        return self.options.values()

    def items(self) -> ItemsView[str, AxisOption]:
        """Return the options with their names."""
        return self.options.items()


def choose(
    axes: Mapping[str, Axis],
    takes: int,
    seed: str,
    fixed: Mapping[str, str],
    *,
    template: str = "",
    first_take: int = 1,
) -> list[dict[str, str]]:
    """Return the option of each axis for each of so many takes.

    What ``fixed`` names holds for every take, whatever the policy. Several axes of the policy
    ``all`` go through their combinations, the last axis fastest. A take's options depend on its
    own number and not on how many are asked for: later takes continue where earlier ones ended.

    Raises:
        BriefError: ``fixed`` names an axis or an option that is not there.
    """
    _check(axes, fixed, template)
    turns = _turns(axes, fixed)
    found: list[dict[str, str]] = []
    for take in range(first_take, first_take + takes):
        chosen = dict(fixed)
        for name, axis in axes.items():
            if name not in fixed:
                lot = f"{template}\0{name}\0{seed}\0{take}"
                at = _drawn(lot) if axis.policy == "random" else (take - 1) // turns[name]
                chosen[name] = list(axis)[0 if axis.policy == "fixed" else at % len(axis)]
        found.append({name: chosen[name] for name in axes})
    return found


def _turns(axes: Mapping[str, Axis], fixed: Mapping[str, str]) -> dict[str, int]:
    """Return for each axis after how many takes it goes on to its next option."""
    turns = dict.fromkeys(axes, 1)
    faster = 1
    for name, axis in reversed([*axes.items()]):
        if axis.policy == "all" and name not in fixed:
            turns[name], faster = faster, faster * len(axis)
    return turns


def _drawn(lot: str) -> int:
    return int(hashlib.sha256(lot.encode()).hexdigest(), 16)


def matrix(axes: Mapping[str, Axis]) -> list[dict[str, str]]:
    """Return all combinations of the axes' options, the last axis fastest.

    Raises:
        BriefError: there are more than 256 of them.
    """
    count = prod(map(len, axes.values()))
    if count > MAX_MATRIX:
        sizes = " × ".join(f"{len(axis)} of {name}" for name, axis in axes.items())
        message = f"the axes have {count:,} combinations ({sizes}), more than {MAX_MATRIX}"
        fix = "choose an option for one of the axes, as in --axis crop=wide"
        raise BriefError(Finding("too-many-combinations", message, fix=fix))
    return [dict(zip(axes, options, strict=True)) for options in product(*axes.values())]


def params_of(axes: Mapping[str, Axis], chosen: Mapping[str, str]) -> dict[Parameter, str]:
    """Return the parameters that chosen options carry; a later axis wins over an earlier one.

    Raises:
        BriefError: an axis or an option is not there.
    """
    _check(axes, chosen, "")
    said: dict[Parameter, str] = {}
    for name, axis in axes.items():
        said |= axis[chosen[name]].params if name in chosen else {}
    return said


def _check(axes: Mapping[str, Axis], chosen: Mapping[str, str], template: str) -> None:
    where = f"{template}: " if template else ""
    for name, option in chosen.items():
        if name not in axes:
            message, fix = unknown("axis", name, axes)
            raise BriefError(Finding("unknown-axis", f"{where}{message}", fix=fix))
        if option not in axes[name]:
            message, fix = unknown(f"option of {name}", option, axes[name])
            raise BriefError(Finding("unknown-option", f"{where}{message}", fix=fix))
