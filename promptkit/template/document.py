"""A template's file: front matter in YAML, then Jinja blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator

from promptkit.brand.avoid import Avoids, Words
from promptkit.documents import Document, Strict, parse_yaml, read_text, validate
from promptkit.errors import Finding, Place, TemplateError
from promptkit.faults import Fault, Faults
from promptkit.measures import parse_aspect
from promptkit.rules import Ignores
from promptkit.template.axes import Axis
from promptkit.template.axes import AxisOption as AxisOption
from promptkit.template.inputs import InputSpec

_FENCE = re.compile(r"^---[ \t]*$")
MAX_LETTERS = 32 * 1024
"""Characters that the blocks of a template may have: to compile more takes seconds."""
_LINE_SHOWN = 200

#: The standard sections of a prompt, from most to least important.
SECTIONS = (
    "purpose",
    "subject",
    "setting",
    "composition",
    "lighting",
    "style",
    "color",
    "mood",
    "text",
    "details",
    "preserve",
    "avoid",
)


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as cause:
        fix = "put \\ before brackets and signs that are meant as such"
        raise ValueError(f"“{value}” is not a regular expression; {fix}") from cause
    return value


class Expect(Strict):
    """What the prompt of an example or a test must hold."""

    contains: Words = []
    """Words that must be in it; capitals do not matter."""
    excludes: Words = []
    """Words that must not be in it; capitals do not matter."""
    matches: Annotated[Words, AfterValidator(lambda value: [*map(_pattern, value)])] = []
    """Regular expressions, each of which must be found in it; (?i) ignores case."""
    max_chars: int | None = Field(None, ge=1)
    """The characters that it may have."""
    findings: Words = []
    """The rules that must find something; no other may, advice aside."""
    snapshot: bool = False
    """Whether it must be word for word as when it was last accepted."""


class Example(Strict):
    """A worked example or a test: a brief, and what to expect of its prompt."""

    brand: str
    """The brand's id."""
    inputs: dict[str, Any] = {}
    """What the brief says."""
    look: str = ""
    channel: str = ""
    axes: dict[str, str] = {}
    """The chosen options."""
    expect: Expect = Expect()
    """What must be true of the prompt."""


class FrontMatter(Strict):
    """What stands above the blocks."""

    promptkit: Literal["template/v1"] = "template/v1"
    description: str = ""
    """What the template is for, in one line."""
    aspect: str = ""
    """The picture's ratio, as in "3:2". A channel's size comes first."""
    look: Words = []
    """Which look to take: names, uses or media, the first that the brand has."""
    inputs: dict[str, InputSpec] = {}
    """What the brief must say."""
    colors: dict[str, str] = {}
    """For a role or palette colour, what carries it."""
    text: Words = []
    """Words on the picture."""
    avoid: Avoids = []
    """What to keep out."""
    bans_only: bool = False
    """Whether of what the brand keeps out the bans alone are taken, without their `instead`."""
    people: bool | str = False
    """Whether people are seen, or the yes-or-no input that says so."""
    logo: bool = False
    """Whether the logo is laid over: only then is its corner kept free."""
    axes: dict[str, Axis] = {}
    """What may vary, each with its named options; the first is the usual one."""
    order: list[str] = []
    """Where sections of the template's own stand: a list of all its section names."""
    examples: list[Example] = []
    """Worked examples."""
    ignore: Ignores = {}
    """Rules of the lint to leave out, each with the reason: {vague-word: "their slogan"}."""

    @field_validator("aspect")
    @classmethod
    def _ratio(cls, value: str) -> str:
        if value:
            parse_aspect(value)
        return value

    @field_validator("inputs")
    @classmethod
    def _names(cls, value: dict[str, InputSpec]) -> dict[str, InputSpec]:
        faults = [Fault((name,), *fault) for name in value if (fault := _misnamed(name))]
        if faults:
            raise Faults(faults)
        return value


#: Names that templates find beside their inputs.
RESERVED = frozenset(
    "axis brand channel look logo loop people position self space super text_zone".split()
)
#: Words of Jinja's own language.
_LANGUAGE = frozenset("and else false if import in is none not or recursive true".split())


def _misnamed(name: str) -> tuple[str, str] | None:
    """Return why an input cannot be called so, and what to do."""
    if name in RESERVED or name.lower() in _LANGUAGE:
        taken = ", ".join(sorted(RESERVED | _LANGUAGE))
        return f"“{name}” means something else in a template", f"choose a name other than {taken}"
    if name.isidentifier():
        return None
    plain = re.sub(r"\W+", "_", name).strip("_")
    fix = f"write {plain}" if plain.isidentifier() else "begin it with a letter"
    return f"“{name}” is no plain word, so no text can name it", fix


@dataclass(frozen=True)
class Source:
    """A template's file, split: the front matter read, the body with its lines kept in place."""

    name: str
    file: str
    meta: FrontMatter
    body: str
    written: frozenset[str]
    """The front matter's keys that the author wrote; the rest are defaults."""
    document: Document

    @property
    def partial(self) -> bool:
        """Whether it is only there to be included or imported."""
        return self.name.rpartition("/")[2].startswith("_")

    def place(self, line: int, column: int | None = None) -> Place:
        """Return a place in this file by its line, counted from the file's first."""
        lines = self.body.splitlines()
        text = lines[line - 1][:_LINE_SHOWN] if 0 < line <= len(lines) else None
        return Place(self.file, line, column, text)


def read_source(path: Path, name: str) -> Source:
    """Read a template's file.

    Raises:
        TemplateError: with every fault of the front matter.
    """
    return split_source(read_text(path, TemplateError), name, str(path))


def split_source(text: str, name: str, file: str) -> Source:
    """Split a template's text into front matter and body.

    The body keeps the file's line numbers: the front matter's lines stand in it, empty.

    Raises:
        TemplateError: the front matter is not closed, or has faults.
    """
    lines = text.splitlines()
    head: list[str] = []
    if lines and _FENCE.match(lines[0]):
        end = next((at for at, line in enumerate(lines[1:], 1) if _FENCE.match(line)), None)
        if end is None:
            raise TemplateError(
                Finding(
                    "front-matter",
                    "the front matter, which starts here, is not closed",
                    place=Place(file, 1, 1, lines[0]),
                    fix="add a line of three dashes, ---, where it ends and the blocks begin",
                )
            )
        head, lines = lines[1:end], [""] * (end + 1) + lines[end + 1 :]
    document = parse_yaml("\n".join(head), file, TemplateError, first_line=2)
    data = document.data or {}
    if not isinstance(data, dict):
        message, fix = "the front matter is made of keys", "write description: a gift picture"
        raise TemplateError(Finding("front-matter", message, place=document.place(), fix=fix))
    meta = validate(FrontMatter, document, data, TemplateError)
    body = "\n".join(lines)
    if len(body) > MAX_LETTERS:
        message = f"the blocks have more than {MAX_LETTERS // 1024} KiB"
        fix = "share them out among partials, which {% include %} takes in"
        raise TemplateError(Finding("too-large", message, place=Place(file), fix=fix))
    return Source(name, file, meta, body, frozenset(data), document)
