"""What a finished file is to say of itself, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from promptkit.errors import shortened
from promptkit.picture.marks.rights import NO_RIGHTS, Rights
from promptkit.picture.marks.sources import SOURCES, Source, by_model, source_of

if TYPE_CHECKING:
    from promptkit.brand.content import Disclosure
    from promptkit.workflow.run import Record, Shot

#: A JPEG's segment holds 65,533 bytes, and all of this has to fit in.
_LONGEST = 500
_LONGEST_PROMPT = 6_000


@dataclass(frozen=True, slots=True)
class Notes:
    """What a file says of itself; what is empty is left out.

    The prompt is empty unless the project wants it told: it may name what is not launched yet.
    """

    source: Source = "trainedAlgorithmicMedia"
    title: str = ""
    alt: str = ""
    """What is to be seen, for those who cannot see it."""
    creator: str = ""
    """Who had it made: the brand's name."""
    credit: str = ""
    """The line to print beside it, with the brand's label for pictures made by a model."""
    instructions: str = ""
    """What whoever publishes it has to do: when the label is shown."""
    system: str = ""
    """The model that drew it."""
    version: str = ""
    """The model's version, where it is known apart from its name."""
    prompt: str = ""
    writer: str = ""
    """Who wrote the prompt."""
    created: str = ""
    """When it was drawn: ISO 8601."""
    rights: Rights = NO_RIGHTS
    """Whose a photograph is, as its own file says."""

    def __post_init__(self) -> None:
        """Cut off what no reader of metadata takes."""
        for name in ("title", "alt", "creator", "credit", "instructions", "system", "writer"):
            object.__setattr__(self, name, shortened(getattr(self, name), _LONGEST))
        object.__setattr__(self, "prompt", shortened(self.prompt, _LONGEST_PROMPT))

    @property
    def by_model(self) -> bool:
        """Whether a trained model had a part in it."""
        return by_model([self.source]) is True

    @property
    def source_address(self) -> str:
        """The address of the IPTC's word for how it came about; empty where nobody knows."""
        return f"{SOURCES}{self.source}" if self.source else ""


def notes_of(
    record: Record,
    shot: Shot,
    disclosure: Disclosure | None = None,
    *,
    alt: str | None = None,
    laid_over: bool = False,
    prompt: bool = False,
) -> Notes:
    """Return what a file made from a run's picture is to say of itself.

    ``disclosure`` is the brand's label for pictures made by a model, ``alt`` replaces the proposed
    text, ``laid_over`` says that a logo or words were set on it, ``prompt`` that it tells its
    prompt.
    """
    label = disclosure.label if disclosure and shot.by_model else ""
    when = f"Show “{label}” with the picture: {disclosure.when}." if disclosure and label else ""
    return Notes(
        source=source_of(by_model=shot.by_model, laid_over=laid_over),
        title=f"{record.brand.name}, {record.template.name}",
        alt=shot.alt if alt is None else alt,
        creator=record.brand.name,
        credit=" · ".join(part for part in (label, record.brand.name) if part),
        instructions=when,
        system=shot.model,
        prompt=shot.prompt if prompt else "",
        writer=shot.rewritten_by if prompt else "",
        created=record.created,
    )


@cache
def tool() -> tuple[str, str]:
    """Return the name and the version of what writes the notes."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return "promptkit", version("brand-promptkit")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "promptkit", "0"
