"""Tests of templates: what a brief's prompt must say, and the prompts that were accepted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Protocol

from promptkit.documents import Strict, read_yaml, validate
from promptkit.errors import Finding, InputError, Place, TemplateError, nearest
from promptkit.template.compiled import Template
from promptkit.template.document import Example, Expect
from promptkit.template.junit import junit as junit
from promptkit.template.library import SUFFIX
from promptkit.template.names import Where
from promptkit.template.word_diff import word_diff

TESTS = "tests"
"""The folder of test files, beside the templates."""
SNAPSHOTS = "snapshots"
"""The folder of accepted prompts, in that of the tests."""


class Composed(Protocol):
    """What composing gives: the words, and what was found about them."""

    @property
    def text(self) -> str:
        """The prompt's words."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What is wrong with them, or could be better."""


Compose = Callable[..., Composed]
"""Called as `compose(template's name, brand's id, inputs, look=…, channel=…, axes=…)`."""


Locate = Callable[[Where], Place]


@dataclass(frozen=True)
class Case:
    """One brief to try, and what its prompt must say."""

    template: Template = field(repr=False)
    number: int
    """Its number among the template's cases, from 1."""
    example: Example
    locate: Locate = field(repr=False)
    """Gives the place of a key of the case."""
    snapshot: Path
    """Where the accepted prompt lies, if the case asks for one."""


@dataclass(frozen=True)
class CaseResult:
    """What came of one case."""

    template: str
    number: int
    """The case's number among the template's own, from 1; 0 when its file cannot be read."""
    brand: str
    place: Place | None
    findings: tuple[Finding, ...] = ()
    """What failed; empty when the case holds."""
    diff: str = ""
    """How the prompt differs from the accepted one: [-removed-] and {+added+}."""
    updated: Path | None = None
    """The snapshot that was written."""
    seconds: float = 0.0
    """How long it took, s."""

    @property
    def ok(self) -> bool:
        """Whether the prompt is as it must be."""
        return not self.findings

    def __str__(self) -> str:
        """Return the result as a person reads it: which case, what failed, the difference."""
        head = f"{self.template} {self.number} ({self.brand})" if self.number else self.template
        said = [f"{'ok' if self.ok else 'failed'}: {head}", *map(str, self.findings)]
        return "\n".join([*said, self.diff] if self.diff else said)


class _Cases(Strict):
    """A file of tests: a list."""

    cases: list[Example]


def cases_of(template: Template) -> list[Case]:
    """Return a template's cases: the examples of its front matter, then those of its test file.

    Raises:
        TemplateError: the test file cannot be read, or has faults.
    """
    file = Path(template.chain[0].source.file)
    path = file.parent / TESTS / f"{file.stem}.yaml"
    located: list[tuple[Example, Locate]] = [
        (example, partial(_below, template.place, ("examples", at)))
        for at, example in enumerate(template.meta.examples)
    ]
    if path.is_file():
        document = read_yaml(path, TemplateError)
        data = {"cases": [] if document.data is None else document.data}
        located += [
            (example, partial(_below, document.place, (at,)))
            for at, example in enumerate(validate(_Cases, document, data, TemplateError).cases)
        ]
    counts: dict[str, int] = {}
    found: list[Case] = []
    for number, (example, locate) in enumerate(located, 1):
        brand = re.sub(r"[^\w.-]+", "-", Path(example.brand).stem)
        counts[brand] = counts.get(brand, 0) + example.expect.snapshot
        name = f"{file.stem}__{brand}__{counts[brand]}.txt"
        snapshot = path.parent / SNAPSHOTS / name
        found.append(Case(template, number, example, locate, snapshot))
    return found


def untested(template: Template) -> Finding:
    """Say of a template that it has no cases, and how one is written."""
    file = Path(template.chain[0].source.file)
    path = file.parent / TESTS / f"{file.stem}.yaml"
    inputs = ", ".join(f"{name}: …" for name, spec in template.meta.inputs.items() if spec.needed)
    case = f"- {{brand: NAME, inputs: {{{inputs}}}, expect: {{contains: [a few words]}}}}"
    message = f"{template.name} has no examples and no tests, so nothing was tried"
    return Finding("no-tests", message, "advice", fix=f"write into {path}: {case}")


def stray_tests(folders: Iterable[Path], names: Iterable[str] = ()) -> Iterator[Finding]:
    """Yield a warning for each test file that is never read: no template lies beside it.

    With ``names`` only those that are called after one of these templates.
    """
    wanted = set(names)
    for folder in folders:
        for path in sorted((folder / TESTS).glob("*.y*ml")):
            if wanted and path.stem not in wanted:
                continue
            there = (folder / f"{path.stem}{SUFFIX}").is_file()
            if path.suffix != ".yaml":
                fix = f"name it {path.stem}.yaml"
            elif there:
                continue
            else:
                known = (file.stem for file in folder.glob(f"*{SUFFIX}"))
                meant = nearest(path.stem, known)
                fix = "name it after a template of that folder, or delete it"
                fix = f"did you mean “{meant}.yaml”? {fix}" if meant else fix
            message = "these tests are never run: they belong to no template"
            if not there:
                message += f", as there is no {folder.name}/{path.stem}{SUFFIX}"
            yield Finding("stray-tests", message, "warning", Place(str(path)), fix)


def _below(place: Locate, where: Where, inner: Where) -> Place:
    return place((*where, *inner))


def run_tests(
    templates: Iterable[Template], compose: Compose, update: bool = False
) -> list[CaseResult]:
    """Try all cases of the templates, several at a time, and return what came of each, in order.

    ``compose`` makes a prompt and must bear being called from several threads. With ``update``
    snapshots are written instead of compared, but for cases that fail. A test file that cannot be
    read is a result too.
    """
    todo: list[Case | CaseResult] = []
    for template in templates:
        try:
            todo += cases_of(template)
        except TemplateError as cause:
            place = cause.findings[0].place
            todo.append(CaseResult(template.name, 0, "", place, cause.findings))

    def run(case: Case | CaseResult) -> CaseResult:
        return case if isinstance(case, CaseResult) else _run(case, compose, update)

    with ThreadPoolExecutor() as pool:
        return list(pool.map(run, todo))


def _run(case: Case, compose: Compose, update: bool) -> CaseResult:
    begun = perf_counter()
    example, expect = case.example, case.example.expect
    failed: list[Finding] = []
    diff, updated = "", None
    try:
        composed = compose(
            case.template.name,
            example.brand,
            example.inputs,
            look=example.look or None,
            channel=example.channel or None,
            axes=example.axes,
        )
    except InputError as cause:
        failed += _unexpected(case, cause.findings)
    else:
        failed += [*_words(case, expect, composed.text), *_unexpected(case, composed.findings)]
        if expect.snapshot and update:
            updated = None if failed else _accept(case.snapshot, composed.text)
        elif expect.snapshot:
            found, diff = _compared(case, composed.text)
            failed += found
    return CaseResult(
        case.template.name,
        case.number,
        example.brand,
        case.locate(()),
        tuple(failed),
        diff,
        updated,
        perf_counter() - begun,
    )


def _words(case: Case, expect: Expect, text: str) -> Iterator[Finding]:
    def fault(rule: str, message: str, *where: str | int) -> Finding:
        return Finding(rule, message, place=case.locate(("expect", *where)))

    plain = text.casefold()
    for at, words in enumerate(expect.contains):
        if words.casefold() not in plain:
            yield fault("expect-contains", f"the prompt does not say “{words}”", "contains", at)
    for at, words in enumerate(expect.excludes):
        if words.casefold() in plain:
            yield fault("expect-excludes", f"the prompt says “{words}”", "excludes", at)
    for at, pattern in enumerate(expect.matches):
        if not re.search(pattern, text):
            message = f"nothing in the prompt matches “{pattern}”"
            yield fault("expect-matches", message, "matches", at)
    if expect.max_chars is not None and len(text) > expect.max_chars:
        message = f"the prompt has {len(text):,} characters, more than {expect.max_chars:,}"
        yield fault("expect-max-chars", message, "max_chars")


def _unexpected(case: Case, found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings that nobody expected, advice aside, and those that did not come."""
    expected = case.example.expect.findings
    rules = {finding.rule for finding in found}
    for finding in found:
        if finding.rule not in expected and finding.severity != "advice":
            place = finding.place or case.locate(())
            yield Finding(finding.rule, finding.message, finding.severity, place, finding.fix)
    for at, rule in enumerate(expected):
        if rule not in rules:
            yield Finding(
                "expect-findings",
                f"the rule “{rule}” finds nothing here",
                place=case.locate(("expect", "findings", at)),
                fix=f"found: {', '.join(sorted(rules)) or 'nothing'}",
            )


def _accept(path: Path, text: str) -> Path | None:
    """Write a snapshot, and return its path if that changed anything."""
    wanted = f"{text}\n".encode()
    if path.is_file() and path.read_bytes() == wanted:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wanted)
    return path


def _compared(case: Case, text: str) -> tuple[list[Finding], str]:
    place = case.locate(("expect", "snapshot"))
    fix = "read it, and accept it with --update"
    if not case.snapshot.is_file():
        message = f"no prompt has been accepted yet: {case.snapshot.name} is not there"
        return [Finding("no-snapshot", message, place=place, fix=fix)], ""
    before = case.snapshot.read_text(encoding="utf-8").removesuffix("\n")
    if before == text:
        return [], ""
    message = f"the prompt is not as it was accepted in {case.snapshot.name}"
    fix = "if the change is wanted, accept it with --update"
    return [Finding("snapshot-changed", message, place=place, fix=fix)], word_diff(before, text)
