"""A brief: what a picture is asked for with, and what each of its takes says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from promptkit.brand.profile import Brand
from promptkit.errors import BriefError, Finding, Place
from promptkit.prompt.compose import compose
from promptkit.prompt.lint import Linter, lint
from promptkit.prompt.sections import Prompt
from promptkit.template.axes import Axis, Policy, carrier, choose, matrix, wished
from promptkit.template.compiled import Template


@dataclass(frozen=True)
class Ask:
    """What some takes are asked for with: one prompt, at one quality."""

    prompt: Prompt
    quality: str
    takes: tuple[int, ...]
    place: Place | None = None
    """Where the template asks for the quality, if it does."""


@dataclass(frozen=True)
class Brief:
    """A brand, a template and what was said to it: all that the prompts of its takes are made of.

    ``axes`` are the template's own, as the caller wishes them; random ones are drawn by ``seed``.
    ``source`` is the name or path by which the brand is found again.
    """

    brand: Brand
    template: Template
    inputs: Mapping[str, Any]
    look: str | None
    channel: str | None
    axes: Mapping[str, Axis]
    seed: str
    source: str
    linter: Linter = lint

    @property
    def varied(self) -> dict[str, Policy]:
        """The policies of the axes that may differ from take to take."""
        return {name: axis.policy for name, axis in self.axes.items() if axis.policy != "fixed"}

    def options(self, take: int) -> dict[str, str]:
        """Return the option of each axis that a take gets, by its number from 1."""
        name = self.template.name
        return choose(self.axes, 1, self.seed, template=name, first_take=take)[0]

    def only(self, options: Mapping[str, str]) -> Brief:
        """Return the brief with these options for every take.

        Raises:
            BriefError: an axis or an option is not there.
        """
        return replace(self, axes=wished(self.axes, options, self.template.name))

    def combinations(self) -> list[Brief]:
        """Return a brief for each combination of its axes' options, the last axis fastest.

        Raises:
            BriefError: there are more than 256 of them.
        """
        return [self.only(options) for options in matrix(self.axes)]

    def prompt(self, options: Mapping[str, str]) -> Prompt:
        """Compose the prompt that has these options.

        Raises:
            InputError: by kind, with every fault of the brief, the brand or the template.
        """
        return compose(
            self.brand,
            self.template,
            self.inputs,
            look=self.look,
            channel=self.channel,
            axes=options,
        )

    def asks(self, takes: Iterable[int], quality: str | None, usual: str) -> list[Ask]:
        """Return what takes are asked for with, those of the same options together.

        An option's quality stands in for the usual one; ``quality`` goes before both.

        Raises:
            InputError: as ``prompt`` does; a take's number is below 1, or there is none.
        """
        numbers = tuple(takes)
        if not numbers or numbers[0] < 1:
            raise BriefError(
                Finding("takes", "takes are numbered from 1, and one at least is drawn")
            )
        groups: dict[tuple[str, ...], list[int]] = {}
        for take in numbers:
            groups.setdefault(tuple(self.options(take).values()), []).append(take)
        return [
            self.ask(dict(zip(self.axes, options, strict=True)), group, quality, usual)
            for options, group in groups.items()
        ]

    def ask(
        self, options: Mapping[str, str], takes: Iterable[int], quality: str | None, usual: str
    ) -> Ask:
        """Return what takes of these options are asked for with.

        Raises:
            InputError: as ``prompt`` does.
        """
        prompt = self.prompt(options)
        chosen = prompt.source.axes
        axis = carrier(self.axes, chosen, "quality")
        if quality or axis is None:
            return Ask(prompt, quality or usual, tuple(takes))
        said = self.axes[axis][chosen[axis]].params["quality"]
        place = self.template.place(("axes", axis, chosen[axis], "params", "quality"))
        return Ask(prompt, said, tuple(takes), place)


def located(inputs: Mapping[str, Any], template: Template, brand: Brand) -> dict[str, Any]:
    """Return a brief's inputs with the paths of pictures made absolute.

    Raises:
        BriefError: a picture is not there.
    """
    found = dict(inputs)
    missing = []
    for name, spec in template.meta.inputs.items():
        value = found.get(name)
        if spec.type != "image" or not isinstance(value, str | PurePath):
            continue
        if str(value) in brand.subjects or not _is_path(str(value)):
            continue
        path = Path(value).expanduser()
        found[name] = str(path.absolute())
        if not path.is_file():
            message = f"{template.name}: the input “{name}”: there is no picture {path}"
            missing.append(Finding("missing-picture", message, fix=spec.help or None))
    if missing:
        raise BriefError(missing)
    return found


def _is_path(value: str) -> bool:
    """Tell a path from a subject's name, misspelt: the template knows the right ones."""
    return any(sign in value for sign in "./\\~")
