"""Finishing: a run's final, or any picture, made into the files of its channels."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from promptkit.brand.profile import Brand
from promptkit.errors import BriefError, Finding, InputError, unknown
from promptkit.picture.audit.laid import laid_over
from promptkit.picture.finish.files import FOLDER, file_name, free_name, write
from promptkit.picture.finish.making import make
from promptkit.picture.finish.source import Source, Wish
from promptkit.picture.known import known
from promptkit.picture.marks.seal import Seal
from promptkit.picture.sheet import write_sheet
from promptkit.prompt.sections import Prompt
from promptkit.settings import ProvenanceSettings
from promptkit.verdict import Audit
from promptkit.workflow.run import Finished, Record, RunFolder, Shot

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif")


@dataclass(frozen=True)
class FinishedFile:
    """A file for one channel, what was done in the note beside it, and what was found."""

    path: Path
    sidecar: Path
    channel: str
    audit: Audit
    sha256: str


@dataclass(frozen=True)
class Finisher:
    """Finishes pictures of a project's runs and others."""

    runs: RunFolder
    brand: Callable[[str | None], Brand]
    prompt: Callable[[Record, Shot], Prompt]
    """Composes what a run's picture was asked for with."""
    provenance: ProvenanceSettings = field(default_factory=ProvenanceSettings)
    """What the files tell, and what they are signed with; paths in it start at ``root``."""
    root: Path = Path()

    def finish(
        self,
        picture: str | Path,
        channels: Sequence[str] = (),
        *,
        brand: str | None = None,
        take: int | None = None,
        out: Path | None = None,
        wish: Wish | None = None,
    ) -> list[FinishedFile]:
        """Write the files of a picture for some channels; ``*`` stands for all of the brand.

        Args:
            picture: a run's id, ``last``, or the path of a picture.
            channels: the channels; without any, the run's own.
            brand: the brand of a picture that no run knows.
            take: which final of a run that has several.
            out: the folder to write to; a run's is ``finished`` in its own folder, that of
                another picture, or of a copy of a run's, is where it lies.
            wish: what to set on the files.

        Raises:
            InputError: by kind; nothing was written.
        """
        source = self._source(picture, take)
        profile = self._brand(source, brand)
        names = _channels(profile, channels, source)
        seal = Seal.of(self.provenance, self.root)
        wanted = replace(wish or Wish(), prompt=self.provenance.prompt, seal=seal)
        folder = out or self._folder(source)
        marked = source.wanted(wanted)
        stems = {
            name: free_name(
                folder, file_name(source, profile, name), profile.channel(name).format, marked
            )
            for name in names
        }
        made = {name: make(source, profile, name, wanted) for name in names}
        files = []
        for name, done in made.items():
            kind = profile.channel(name).format
            path, sidecar = write(folder, stems[name], kind, done, marked)
            files.append(FinishedFile(path, sidecar, name, done.audit, done.sha256))
        self._note(source, profile, files, wanted.alt)
        return files

    def _source(self, picture: str | Path, take: int | None) -> Source:
        path = Path(picture).expanduser()
        if path.is_file() and not self.runs.has(str(picture)):
            return self._of_file(path)
        if path.suffix.lower() in _PICTURES or len(path.parts) > 1:
            message, fix = f"there is no picture {path}", "check its name and the folder"
            raise BriefError(Finding("missing-file", message, fix=fix))
        record = self.runs.read(str(picture))
        shot = _final(record, take)
        return self._of_run(record, shot, self.runs.path(record.id) / shot.file)

    def _of_file(self, path: Path) -> Source:
        """Return a picture, as a run's own where it is one, byte for byte."""
        of = known(path, self.runs)
        note = laid_over(path)
        if note or (of and of.channel):
            made_of = shlex.quote(of.record.id if of else note.source if note else "")
            message = f"{path} is finished: logo and words are laid over it already"
            fix = f"finish what it was made of: promptkit finish {made_of} --channel NAME"
            raise BriefError(Finding("finished-already", message, fix=fix))
        return self._of_run(of.record, of.shot, path) if of else Source(path, _read(path))

    def _of_run(self, record: Record, shot: Shot, path: Path) -> Source:
        try:
            prompt = self.prompt(record, shot)
        except InputError:  # the brand or the template is no longer there, or no longer fits
            prompt = None
        return Source(path, _read(path), record, shot, prompt)

    def _brand(self, source: Source, name: str | None) -> Brand:
        record = source.record
        return self.brand(name or (record and (record.brand.source or record.brand.id)) or None)

    def _folder(self, source: Source) -> Path:
        own = source.path.absolute().parent
        run = self.runs.path(source.record.id) if source.record else None
        if run is None or own.resolve() != run.resolve():
            return own
        folder = run / FOLDER
        if not folder.resolve().is_relative_to(run.resolve()):
            message = f"{folder} is a link that leads out of the run's folder"
            fix = "remove the link, or name the folder to write to: --out"
            raise BriefError(Finding("linked-folder", message, fix=fix))
        return folder

    def _note(
        self, source: Source, brand: Brand, files: Sequence[FinishedFile], alt: str | None
    ) -> None:
        """Note finished files in the run's record and on its sheet, with what failed."""
        if source.record is None:
            return
        run, folder = source.record.id, self.runs.path(source.record.id).resolve()
        noted = [
            Finished(
                of=source.digest,
                channel=file.channel,
                file=_relative(file.path, folder),
                size=brand.channel(file.channel).size,
                sha256=file.sha256,
                ok=file.audit.ok,
                notes=[check.message for check in file.audit.failed],
            )
            for file in files
        ]
        with self.runs.changing(run):
            record = self.runs.read(run).with_finished(noted)
            there = [item for item in record.finished if (folder / item.file).exists()]
            record = record.model_copy(update={"finished": there})
            if alt is not None:
                record = record.with_alt(source.digest, alt)
            self.runs.write(record)
            write_sheet(record, folder)


def _relative(path: Path, folder: Path) -> str:
    path = path.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        message = f"{path} cannot be read: {cause.strerror}"
        raise BriefError(Finding("missing-file", message, fix="make the picture again")) from None


def _final(record: Record, take: int | None) -> Shot:
    """Return a run's newest final, or that of a take."""
    finals = [shot for shot in record.finals if take is None or shot.take == take]
    takes = [*dict.fromkeys(shot.take for shot in record.finals)]
    if not finals and takes:
        message = f"run {record.id} has no final {take}"
        fix = f"its finals are: {', '.join(map(str, takes))}"
        raise BriefError(Finding("unknown-take", message, fix=fix))
    if not finals:
        fix = f"promptkit final {record.id} --pick N makes one"
        raise BriefError(Finding("no-final", f"run {record.id} has no final yet", fix=fix))
    if take is None and len(takes) > 1 and not record.picks:
        message = f"run {record.id} has {len(takes)} finals"
        fix = f"say which one: --take N, with N one of {', '.join(map(str, takes))}"
        raise BriefError(Finding("several-finals", message, fix=fix))
    return finals[-1]


def _channels(brand: Brand, wanted: Sequence[str], source: Source) -> list[str]:
    own = source.record.channel if source.record else None
    names = list(dict.fromkeys(wanted)) or ([own] if own else [])
    if "*" in names:
        names = list(brand.channels)
    its = ", ".join(brand.channels) or "none yet"
    if not names:
        fix = f"add --channel NAME, or --all; the channels of {brand.name} are: {its}"
        if not brand.channels:
            fix = "add to the profile: channels: {shop_tile: 1200x1200}, then --channel shop_tile"
        raise BriefError(Finding("no-channel", "no channel is named", fix=fix))
    for name in names:
        if name not in brand.channels:
            message, fix = unknown("channel", name, brand.channels)
            raise BriefError(Finding("unknown-channel", f"{brand.id}: {message}", fix=fix))
    return names
