"""The words that the lint knows: data in ``words/*.yaml``, which a project can add to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from promptkit.brand.avoid import Words
from promptkit.documents import Document, Strict, read_yaml, validate
from promptkit.errors import Finding, InputError, unknown
from promptkit.prompt.phrases import Phrases, Reading, names_in
from promptkit.shapes import Path_

SHIPPED = Path(__file__).parent / "words"

Scope = Literal["picture", "sentence", "thing"]


class Attribute(Strict):
    """A property of a picture, or of a thing in it, that has one value only."""

    scope: Scope = "sentence"
    """Where two values clash: anywhere in the picture, in one sentence, or about one thing."""
    says: Words = []
    """What is said once it is given: composition, lighting, style."""
    near: list[list[str]] = []
    """Values that go together: of each list, any two."""
    values: dict[str, Words] = Field({}, min_length=1)
    """The phrases for each value."""
    unless: Words = []
    """Phrases that look like it and are something else."""


class WordFile(Strict):
    """A file of words for the lint."""

    promptkit: Literal["words/v1"]
    lists: dict[str, Words] = {}
    """Words for use in phrases, by a name in braces."""
    attributes: dict[str, Attribute] = {}
    """What a picture can be in one way only."""
    opposites: list[tuple[str, str]] = []
    """Values of different attributes that clash: [[clutter.minimal, crowd.packed]]."""
    hints: dict[str, Words] = {}
    """Other phrases that the rules look for, by what they are a sign of."""
    unless: dict[str, Words] = {}
    """For a hint, phrases that look like it and are something else."""
    tones: dict[str, Words] = {}
    """Ways to sound, each with its words."""
    tone_opposites: list[tuple[str, str]] = []
    """Ways to sound of which a brand has one only."""
    names: dict[str, Words] = {}
    """Given names, well-known people, and what follows a name that is no person's."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A value of an attribute that a text says, with the words for it and where they stand."""

    attribute: str
    value: str
    words: str
    start: int
    end: int


@dataclass(eq=False)
class Vocabulary:
    """Words files as one, the later over the earlier, ready to be looked for in texts."""

    files: Iterable[WordFile]
    attributes: dict[str, Attribute] = field(default_factory=dict)
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    foes: dict[tuple[str, str], frozenset[tuple[str, str]]] = field(default_factory=dict)
    """For an (attribute, value) those that a picture cannot have beside it."""
    tone_clashes: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        """Merge the files."""
        files = [*self.files]
        lists = _joined(file.lists for file in files)
        self.phrases = Phrases(lists)
        hints = _joined(file.hints for file in files)
        self.singulars = {
            name: frozenset(singular(phrase.removeprefix("=")) for phrase in phrases)
            for name, phrases in hints.items()
        }
        for name, phrases in hints.items():
            self.phrases.add(phrases, name, "*")
        for name, phrases in _joined(file.unless for file in files).items():
            self.phrases.add(phrases, name, "")
        for name, phrases in _joined(file.tones for file in files).items():
            self.phrases.add(phrases, TONE + name, name)
        for file in files:
            for name, attribute in file.attributes.items():
                self._add(name, attribute)
        self.names = {
            name: frozenset(words) for name, words in _joined(file.names for file in files).items()
        }
        self.foes = self._foes(pair for file in files for pair in file.opposites)
        pairs = {pair for file in files for pair in file.tone_opposites}
        self.tone_clashes = frozenset(pairs | {(right, left) for left, right in pairs})
        self.read = lru_cache(maxsize=2048)(self.phrases.read)

    def _add(self, name: str, attribute: Attribute) -> None:
        for value, phrases in attribute.values.items():
            self.phrases.add(phrases, name, value)
        self.phrases.add(attribute.unless, name, "")
        known = self.attributes.get(name)
        if known:
            values = _joined((known.values, attribute.values))
            near = [*known.near, *attribute.near]
            attribute = known.model_copy(update={"values": values, "near": near})
        self.attributes[name] = attribute

    def _foes(
        self, opposites: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
        foes: dict[tuple[str, str], set[tuple[str, str]]] = {}
        pairs = [(_named(one), _named(other)) for one, other in opposites]
        for name, attribute in self.attributes.items():
            near = {frozenset(pair) for group in attribute.near for pair in combinations(group, 2)}
            for left, right in combinations(attribute.values, 2):
                if frozenset((left, right)) not in near:
                    pairs.append(((name, left), (name, right)))
        for one, other in pairs:
            foes.setdefault(one, set()).add(other)
            foes.setdefault(other, set()).add(one)
        return {value: frozenset(others) for value, others in foes.items()}

    @cached_property
    def clashes(self) -> frozenset[tuple[tuple[str, str], tuple[str, str]]]:
        """Pairs of (attribute, value) that a picture cannot have together, in both orders."""
        return frozenset((one, other) for one, foes in self.foes.items() for other in foes)

    @cached_property
    def saying(self) -> dict[str, frozenset[str]]:
        """The groups of phrases by which a part is said: composition, lighting, style."""
        return {
            part: frozenset(
                (
                    part,
                    *(name for name, item in self.attributes.items() if part in item.says),
                )
            )
            for part in ("composition", "lighting", "style")
        }

    def facets(self, reading: Reading) -> tuple[Facet, ...]:
        """Return what a text says of the attributes that a picture has once."""
        known = self.attributes
        found = [hit for group, hits in reading.hits.items() if group in known for hit in hits]
        if not found:
            return ()
        found.sort(key=lambda hit: hit.first)
        return tuple(Facet(hit.group, hit.value, *reading.written(hit)) for hit in found)


TONE = "tone:"
"""What stands before the name of a tone where its phrases are a group."""


def singular(word: str) -> str:
    """Return a noun without the ending of the plural: “opportunities” → “opportunity”."""
    plain = word.lower()
    if plain.endswith("ies"):
        return f"{plain[:-3]}y"
    return plain.removesuffix("s")


def _named(name: str) -> tuple[str, str]:
    attribute, _, value = name.partition(".")
    return attribute, value


def _joined(parts: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    whole: dict[str, list[str]] = {}
    for part in parts:
        for name, words in part.items():
            whole.setdefault(name, []).extend(words)
    return whole


def read_words(path: Path, error: type[InputError] = InputError) -> WordFile:
    """Read a project's file of words.

    Raises:
        InputError: of the given kind, with every fault of the file.
    """
    document = read_yaml(path, error)
    file = validate(WordFile, document, error=error)
    if faults := list(_faults(file, document)):
        raise error(faults)
    return file


def _faults(file: WordFile, document: Document) -> Iterator[Finding]:
    """Yield each name that neither the file nor the shipped words know."""
    files = (*shipped_words(), file)
    known = {
        "list": {name for one in files for name in one.lists},
        "value": {
            f"{name}.{value}"
            for one in files
            for name, attribute in one.attributes.items()
            for value in attribute.values
        },
        "tone": {name for one in files for name in one.tones},
    }
    said: list[tuple[str, Path_, str]] = [
        ("value", ("opposites", at), name)
        for at, pair in enumerate(file.opposites)
        for name in pair
    ]
    said += [
        ("tone", ("tone_opposites", at), name)
        for at, pair in enumerate(file.tone_opposites)
        for name in pair
    ]
    said += [("list", where, name) for where, phrase in _phrases(file) for name in names_in(phrase)]
    for kind, where, name in said:
        if name not in known[kind]:
            message, fix = unknown(kind, name, known[kind])
            yield Finding(f"unknown-{kind}", message, place=document.place(where), fix=fix)


def _phrases(file: WordFile) -> Iterator[tuple[Path_, str]]:
    for group in ("hints", "unless", "tones"):
        for name, phrases in getattr(file, group).items():
            yield from (((group, name), phrase) for phrase in phrases)
    for name, attribute in file.attributes.items():
        for value, phrases in attribute.values.items():
            yield from ((("attributes", name, "values", value), phrase) for phrase in phrases)
        yield from ((("attributes", name, "unless"), phrase) for phrase in attribute.unless)


@cache
def shipped_words() -> tuple[WordFile, ...]:
    """Return the words that come with the library."""
    paths = sorted(SHIPPED.glob("*.yaml"))
    return tuple(validate(WordFile, read_yaml(path)) for path in paths)


@cache
def vocabulary() -> Vocabulary:
    """Return the shipped words."""
    return Vocabulary(shipped_words())


@lru_cache(maxsize=2048)
def facets(text: str) -> tuple[Facet, ...]:
    """Return what a text says of the attributes that a picture has once, in its order.

    What stands in quotes is to be set on the picture, and says nothing of it.
    """
    words = vocabulary()
    return words.facets(words.read(text))
