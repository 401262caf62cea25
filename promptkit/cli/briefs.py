"""The options of a brief, which several verbs take: told once, and handed over as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, replace
from functools import update_wrapper
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, get_type_hints

from promptkit.cli.output import (
    AxesOption,
    BrandOption,
    ChannelOption,
    ConfigOption,
    DryRunFlag,
    InputsOption,
    JsonFlag,
    LookOption,
    ModelOption,
    ProjectOption,
    ResendOption,
    RewriteFlag,
    SeedOption,
    SetOption,
    TemplateArgument,
    axis_wishes,
    open_kit,
    read_inputs,
)

if TYPE_CHECKING:
    from promptkit.blocking import Kit
    from promptkit.workflow.composed import Composed
    from promptkit.workflow.rows import Row

P = ParamSpec("P")


@dataclass(frozen=True)
class BriefOptions:
    """What a brief is composed from, as it was typed, and how its verb is to go about it."""

    template: TemplateArgument
    brand: BrandOption = None
    given: SetOption = None
    inputs: InputsOption = None
    look: LookOption = None
    channel: ChannelOption = None
    axes: AxesOption = None
    seed: SeedOption = ""
    model: ModelOption = None
    rewrite: RewriteFlag = False
    resend: ResendOption = False
    dry_run: DryRunFlag = False
    project: ProjectOption = None
    config: ConfigOption = None
    as_json: JsonFlag = False

    def open_kit(self) -> Kit:
        """Open the project that is named. Raises as ``open_kit`` does."""
        return open_kit(self.project, self.config)

    def compose(self, kit: Kit) -> Composed:
        """Compose the brief.

        Raises:
            InputError: by kind, with every fault of it.
        """
        return kit.compose(
            self.template,
            self.brand,
            read_inputs(self.given, self.inputs),
            look=self.look,
            channel=self.channel,
            axes=axis_wishes(self.axes),
            seed=self.seed,
            model=self.model,
            rewrite=self.rewrite,
        )

    def rows(self) -> list[Row] | None:
        """Return the rows of a file of many briefs, or ``None`` when there is one brief.

        Raises:
            BriefError: with every fault of the file.
        """
        if self.inputs is None:
            return None
        from promptkit.workflow.rows import read_rows

        return read_rows(self.inputs)

    def but(self, **changes: Any) -> BriefOptions:
        """Return the same options with others in their place, where those are told."""
        return replace(self, **{name: value for name, value in changes.items() if value})


def with_brief(verb: Callable[Concatenate[BriefOptions, P], int]) -> Callable[..., int]:
    """Give a verb the options of a brief beside its own; it is handed the former as one."""

    def call(**told: Any) -> int:
        options = {field.name: told.pop(field.name) for field in fields(BriefOptions)}
        return verb(BriefOptions(**options), **told)  # type: ignore[call-arg]  # as typer read them

    _, *own = signature(verb, eval_str=True).parameters.values()
    shared = _brief_parameters()
    rewrite = next(at for at, item in enumerate(shared) if item.name == "rewrite")
    update_wrapper(call, verb)
    call.__annotations__ = {}  # the signature has all of them
    every = [*shared[:rewrite], *own, *shared[rewrite:]]
    call.__signature__ = Signature(every)  # type: ignore[attr-defined]
    return call


def _brief_parameters() -> list[Parameter]:
    hints = get_type_hints(BriefOptions, include_extras=True)
    return [
        Parameter(
            field.name,
            Parameter.POSITIONAL_OR_KEYWORD,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(BriefOptions)
    ]
