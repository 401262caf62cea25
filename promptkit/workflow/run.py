"""A run: what was asked, what was shown, what was picked. Its record is ``run.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from promptkit.client.files import write_durably
from promptkit.client.request import Reference
from promptkit.documents import Strict
from promptkit.errors import BriefError, Finding, unknown
from promptkit.measures import Size
from promptkit.prompt.rewrite import NOT_REWRITTEN
from promptkit.settings import COMP
from promptkit.template.axes import Policy
from promptkit.verdict import Audit
from promptkit.workflow.judged import Judged, with_answers

RECORD = "run.json"
_LOCK = ".lock"
_SECOND = len("20260131-235959")
SHEET = "sheet.html"
SHEET_PNG = "sheet.png"


class RunBrand(Strict):
    """The brand as it was when the run was made."""

    id: str
    name: str
    version: int
    digest: str
    source: str = ""
    """The name, or the profile's absolute path, by which it is found again."""


class RunTemplate(Strict):
    """The template as it was when the run was made."""

    name: str
    digest: str


class RunRow(Strict):
    """The row of a file that a run was drawn for."""

    number: int
    """Counted from 1."""
    id: str = ""
    """What the file calls it; empty: it has no id there."""

    @property
    def name(self) -> str:
        """What the row is called: its id, else its number."""
        return self.id or f"row {self.number}"


class Swatch(Strict):
    """A brand colour, with its share of the picture (0–1) where one is aimed at."""

    name: str
    hex: str
    role: str
    share: float | None = None
    carrier: str | None = None
    """What the prompt says carries it; empty: it says nothing of it. Older records do not tell."""


class Words(Strict):
    """One section of the prompt, as it was worded."""

    name: str
    text: str


class Shot(Strict):
    """One picture of a run."""

    tier: Literal["preview", "final"]
    take: int
    """The number on the sheet, from 1; a final carries the number of the preview it came from."""
    file: str
    """Its file name in the run's folder."""
    digest: str
    sha256: str
    model: str
    quality: str
    size: Size
    cost_usd: Decimal
    """What this call paid; 0 when it was cached."""
    saved_usd: Decimal = Decimal(0)
    """What the cache saved."""
    estimated: bool = False
    """The cost is an estimate: the provider counted nothing."""
    cached: bool
    mode: Literal["refine", "regenerate"] | None = None
    """How a final was made."""
    prompt: str
    """The words it was asked for with."""
    rewritten_by: str = ""
    """The text model that wrote them, if one did."""
    rewrite_usd: Decimal = Decimal(0)
    """What was paid to have words rewritten; told with the first picture that they gave."""
    axes: dict[str, str] = {}
    """The options of the template's axes that it has."""
    alt: str = ""
    """What is to be seen, proposed for those who cannot see it."""
    by_model: bool = True
    """Whether a trained model drew it, so that it is labelled as made with AI."""
    audit: Audit | None = None
    """What was found when it was held against the brand."""
    judged: list[Judged] = []
    """What a judge answered about it, one answer to each question."""

    @model_validator(mode="before")
    @classmethod
    def _old_comp(cls, told: Any) -> Any:
        """Older records do not tell who drew a picture; of a comp it is known."""
        old = isinstance(told, dict) and "by_model" not in told and told.get("model") == COMP
        return told | {"by_model": False} if old else told


class Finished(Strict):
    """A file that a picture was finished into, for one channel."""

    of: str
    """The digest of the picture's request, or the SHA-256 of a file that no run drew."""
    channel: str
    file: str
    """Its path, from the run's folder."""
    size: Size
    sha256: str = ""
    """The SHA-256 of its bytes; older records do not tell."""
    ok: bool = True
    """Whether it is fit to be shown; older records do not tell."""
    notes: list[str] = []
    """What failed of its checks, for a person."""
    judged: list[Judged] = []
    """What a judge answered about it, one answer to each question."""


Drawn = TypeVar("Drawn", Shot, Finished)


class Failure(Strict):
    """A picture that did not come."""

    tier: Literal["preview", "final"]
    take: int
    error: str
    message: str
    fix: str | None = None


class Pick(Strict):
    """A person's choice: what was shown, in which order, and what was chosen."""

    take: int
    shown: list[int]
    reason: str = ""
    at: str


class Record(Strict):
    """What ``run.json`` holds."""

    promptkit: Literal["run/v1"] = "run/v1"
    id: str
    created: str
    """UTC, ISO 8601, to the millisecond."""
    brand: RunBrand
    template: RunTemplate
    row: RunRow | None = None
    """Empty where it was drawn for no row of a file; older records do not tell."""
    look: str
    channel: str | None = None
    inputs: dict[str, Any] = {}
    axes: dict[str, str] = {}
    """The options that hold for every take."""
    varied: dict[str, Policy] = {}
    """The axes whose options may differ from take to take, and how a take gets its own."""
    seed: str = ""
    """What random options were drawn by."""
    rewrite: bool = False
    """Whether words were handed to the rewriter; those of the final are then, too."""
    aspect: str
    sections: list[Words] = []
    palette: list[Swatch] = []
    findings: list[dict[str, Any]] = []
    shots: list[Shot] = Field(default=[])
    failures: list[Failure] = []
    picks: list[Pick] = []
    finished: list[Finished] = []
    """The files made of its pictures, for each channel, and each headline or market."""

    @property
    def previews(self) -> list[Shot]:
        """The previews, in the order in which they are shown."""
        return [shot for shot in self.shots if shot.tier == "preview"]

    @property
    def finals(self) -> list[Shot]:
        """The finals, oldest first."""
        return [shot for shot in self.shots if shot.tier == "final"]

    @property
    def cost(self) -> Decimal:
        """What the run has paid so far, for pictures and for rewriting, in USD."""
        return sum((shot.cost_usd + shot.rewrite_usd for shot in self.shots), Decimal(0))

    @property
    def saved(self) -> Decimal:
        """What the cache has saved the run, in USD."""
        return sum((shot.saved_usd for shot in self.shots), Decimal(0))

    def options(self, shot: Shot) -> dict[str, str]:
        """Return all options that a picture of the run has."""
        return {**self.axes, **shot.axes}  # older records name them for the whole run only

    @property
    def not_rewritten(self) -> list[Finding]:
        """Why words that were handed to the rewriter stand as they were."""
        return [
            Finding(data["rule"], data["message"], data["severity"], fix=data.get("fix"))
            for data in self.findings
            if data["rule"] in NOT_REWRITTEN
        ]

    def own_options(self, shot: Shot) -> dict[str, str]:
        """Return the options by which a picture may differ from others of the run."""
        return {name: option for name, option in shot.axes.items() if name in self.varied}

    def preview(self, take: int) -> Shot:
        """Return a preview by its number.

        Raises:
            BriefError: the run has no such preview.
        """
        for shot in self.previews:
            if shot.take == take:
                return shot
        takes = ", ".join(str(shot.take) for shot in self.previews) or "none"
        message = f"run {self.id} has no preview {take}"
        raise BriefError(Finding("unknown-take", message, fix=f"its previews are: {takes}"))

    def with_results(self, shots: Iterable[Shot], failures: Iterable[Failure]) -> Record:
        """Return the record with more pictures; one that is there already is not shown twice."""
        there = {shot.file for shot in self.shots}
        new = [shot for shot in shots if shot.file not in there]
        return self.model_copy(
            update={
                "shots": [*self.shots, *new],
                "failures": [*self.failures, *failures],
            }
        )

    def with_alt(self, digest: str, alt: str) -> Record:
        """Return the record with a person's alternative text for one of its pictures."""
        shots = [
            shot.model_copy(update={"alt": alt}) if shot.digest == digest else shot
            for shot in self.shots
        ]
        return self.model_copy(update={"shots": shots})

    def with_judged(self, sha256: str, judged: Sequence[Judged], *, again: bool) -> Record:
        """Return the record with a judge's answers about one of its pictures or finished files.

        ``again``: they came from the store once more.
        """

        def noted(item: Drawn) -> Drawn:
            if item.sha256 != sha256:
                return item
            answers = with_answers(item.judged, judged, again=again)
            return item.model_copy(update={"judged": answers})

        shots, finished = [*map(noted, self.shots)], [*map(noted, self.finished)]
        return self.model_copy(update={"shots": shots, "finished": finished})

    def with_finished(self, files: Iterable[Finished]) -> Record:
        """Return the record with finished files, in place of earlier ones of the same name."""
        known = {(item.of, item.channel, item.file): item for item in self.finished}
        for item in files:
            before = known.get(key := (item.of, item.channel, item.file))
            if before and before.sha256 == item.sha256:  # what was answered about it holds
                item = item.model_copy(update={"judged": before.judged})
            known[key] = item
        return self.model_copy(update={"finished": [*known.values()]})

    def with_rewriting(self, findings: Iterable[Finding]) -> Record:
        """Return the record of a run whose words were handed to the rewriter, noting why not taken.

        A final of it is handed over, too.
        """
        told = [item.as_dict() for item in findings if item.rule in NOT_REWRITTEN]
        new = [data for data in told if data not in self.findings]
        return self.model_copy(update={"rewrite": True, "findings": [*self.findings, *new]})

    def picked(self) -> Shot:
        """Return the preview that was picked last.

        Raises:
            BriefError: none was.
        """
        if not self.picks:
            takes = ", ".join(str(shot.take) for shot in self.previews)
            message = f"nothing is picked yet in run {self.id}"
            fix = f"promptkit pick {self.id} N, with N one of {takes}"
            if not takes:
                message = f"run {self.id} was generated without previews: its pictures are finals"
                fix = "promptkit preview draws some to pick from"
            raise BriefError(Finding("no-pick", message, fix=fix))
        return self.preview(self.picks[-1].take)


class RunFolder:
    """The folder of runs: each run has its own, with pictures, record and sheet."""

    def __init__(self, root: Path) -> None:
        """Take the folder in which runs lie."""
        self.root = root

    def path(self, run: str) -> Path:
        """Return a run's own folder."""
        return self.root / run

    def ids(self) -> list[str]:
        """Return the runs' ids, oldest first."""
        return sorted(path.parent.name for path in self.root.glob(f"*/{RECORD}"))

    def digests(self) -> set[str]:
        """Return the digests of all pictures that runs refer to.

        Raises:
            BriefError: a record cannot be read.
        """
        return {shot.digest for run in self.ids() for shot in self._record(run).shots}

    def has(self, run: str) -> bool:
        """Say whether there is such a run."""
        return (self.path(run) / RECORD).is_file()

    def read(self, run: str) -> Record:
        """Return a run's record; ``last`` is the newest run.

        Raises:
            BriefError: there is no such run, or its record cannot be read.
        """
        if run != "last" and Path(run).name == run and self.has(run):
            return self._own(run)  # without a look at the others: there may be thousands
        known = self.ids()
        if not known:
            fix = "promptkit preview makes one; runs are looked for in the project's folder"
            raise BriefError(Finding("no-run", f"there is no run in {self.root}", fix=fix))
        if run == "last":
            return self._newest(known)
        message, fix = unknown("run", run, known[-8:])
        raise BriefError(Finding("unknown-run", message, fix=fix))

    def _own(self, run: str) -> Record:
        record = self._record(run)
        if record.id != run:
            message = f"the folder {run} is a copy: it holds the record of run {record.id}"
            raise BriefError(Finding("copied-run", message, fix=f"name the run: {record.id}"))
        return record

    def _record(self, run: str) -> Record:
        path = self.path(run) / RECORD
        try:
            return Record.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as cause:
            message = f"{path} cannot be read: {_why(cause)}"
            raise BriefError(Finding("run-record", message)) from None

    def _newest(self, known: list[str]) -> Record:
        """Return the newest run's record: ids tell seconds only, records tell more."""
        found: list[Record] = []
        for run in reversed(known):
            if found and run[:_SECOND] != found[0].id[:_SECOND]:
                break
            record = self._record(run)
            if record.id == run:  # else it is a copy, kept under another name
                found.append(record)
        if not found:
            raise BriefError(Finding("no-run", f"{self.root} holds nothing but copies of runs"))
        return max(found, key=lambda record: record.created)

    @contextmanager
    def changing(self, run: str, patience: float = -1) -> Iterator[None]:
        """Let nobody else change a run, in this process or another.

        Raises:
            TimeoutError: somebody else did for ``patience`` seconds; below 0 there is no limit.
        """
        self.path(run).mkdir(parents=True, exist_ok=True)
        from filelock import FileLock

        with FileLock(self.path(run) / _LOCK, patience):
            yield

    def pick(self, record: Record, take: int, reason: str = "") -> Record:
        """Note a person's choice, with what was shown beside it.

        Raises:
            BriefError: the run has no such preview.
        """
        with self.changing(record.id):
            return self._pick(self.read(record.id), take, reason)

    def _pick(self, record: Record, take: int, reason: str) -> Record:
        record.preview(take)
        choice = Pick(
            take=take,
            shown=[shot.take for shot in record.previews],
            reason=reason,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        record = record.model_copy(update={"picks": [*record.picks, choice]})
        self.write(record)
        return record

    def reference(self, record: Record, shot: Shot) -> Reference:
        """Return a preview, byte by byte, as the reference that a refinement starts from."""
        return Reference.read(self.path(record.id) / shot.file, "preview", exact=True)

    def write(self, record: Record) -> Path:
        """Write a run's record whole; return its path."""
        path = self.path(record.id) / RECORD
        text = json.dumps(record.model_dump(mode="json"), indent=2, ensure_ascii=False)
        write_durably(path, text.encode())
        return path


def _why(cause: ValueError) -> str:
    if not isinstance(cause, ValidationError):
        return str(cause)
    first = cause.errors()[0]
    return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
