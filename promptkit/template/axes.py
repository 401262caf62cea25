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
from promptkit.errors import BriefError, Finding, nearest, unknown

Policy = Literal["fixed", "cycle", "random", "all"]
Parameter = Literal["quality"]

#: The policies by which takes get options of their own.
_TURNS: tuple[Policy, ...] = ("all", "cycle", "random")

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
    """One axis: reads like a mapping of option names.

    Short form: the options alone, `close: Close view`.
    """

    policy: Policy = "fixed"
    """How takes get their options: `fixed`, `cycle`, `random`, or `all`."""
    options: dict[str, AxisOption] = Field(min_length=1)
    """The options by name; the first is the usual one."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "options" in data:
            return data
        policy = data.get("policy")
        if isinstance(policy, str) and policy in get_args(Policy):
            fix = f"write {{policy: {policy}, options: {{NAME: words}}}}"
            raise ValueError(f"beside `policy`, the options stand below the key `options`; {fix}")
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


def wished(
    axes: Mapping[str, Axis], wishes: Mapping[str, str], template: str = ""
) -> dict[str, Axis]:
    """Return the axes as the caller wishes them.

    A wish is the name of an option, which then is the axis's only one, or of a policy. An option
    comes first where both have one name; ``fixed`` is the first option.

    Raises:
        BriefError: a wish names an axis that is not there, or neither an option nor a policy.
    """
    own = {name: _wished(axes, name, wish, template) for name, wish in wishes.items()}
    return {**axes, **own}


def _wished(axes: Mapping[str, Axis], name: str, wish: str, template: str) -> Axis:
    where = f"{template}: " if template else ""
    if name not in axes:
        message, fix = unknown("axis", name, axes)
        raise BriefError(Finding("unknown-axis", f"{where}{message}", fix=fix))
    axis = axes[name]
    wish = next(iter(axis)) if wish == "fixed" and wish not in axis else wish
    if wish in axis:
        return Axis(options={wish: axis[wish]})
    for policy in _TURNS:
        if wish == policy:
            return Axis(policy=policy, options=axis.options)
    message, fix = unknown(f"option of {name}", wish, axis)
    near = nearest(wish, [*axis, *_TURNS])
    fix = fix if near in axis or near is None else f"did you mean “{near}”? {fix}"
    fix = f"{fix}; or {', '.join(_TURNS)}: an option for each take"
    raise BriefError(Finding("unknown-option", f"{where}{message}", fix=fix))


def choose(
    axes: Mapping[str, Axis], takes: int, seed: str, *, template: str = "", first_take: int = 1
) -> list[dict[str, str]]:
    """Return the option of each axis for each of so many takes.

    Several axes of the policy ``all`` go through their combinations, the last axis fastest. A
    take's options depend on its own number and not on how many are asked for: later takes
    continue where earlier ones ended.
    """
    turns = _turns(axes)
    found: list[dict[str, str]] = []
    for take in range(first_take, first_take + takes):
        chosen = {}
        for name, axis in axes.items():
            if axis.policy == "fixed":
                chosen[name] = next(iter(axis))
                continue
            lot = f"{template}\0{name}\0{seed}\0{take}"
            at = _drawn(lot) if axis.policy == "random" else (take - 1) // turns[name]
            chosen[name] = list(axis)[at % len(axis)]
        found.append(chosen)
    return found


def _turns(axes: Mapping[str, Axis]) -> dict[str, int]:
    """Return for each axis after how many takes it goes on to its next option."""
    turns = dict.fromkeys(axes, 1)
    faster = 1
    for name, axis in reversed([*axes.items()]):
        if axis.policy == "all":
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
        longest = max(axes, key=lambda name: len(axes[name]))
        fix = f"choose an option for an axis: --axes {longest}={next(iter(axes[longest]))}"
        raise BriefError(Finding("too-many-combinations", message, fix=fix))
    return [dict(zip(axes, options, strict=True)) for options in product(*axes.values())]


def carrier(
    axes: Mapping[str, Axis], chosen: Mapping[str, str], parameter: Parameter
) -> str | None:
    """Return the axis whose chosen option carries a parameter; of several the last."""
    carriers = [name for name, axis in axes.items() if parameter in axis[chosen[name]].params]
    return carriers[-1] if carriers else None
