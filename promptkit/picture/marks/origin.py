"""Where a picture comes from: what its file says, what it proves, and what the project knows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from promptkit.client.cache import PictureStore
from promptkit.client.shelf import Shelf
from promptkit.errors import BriefError, Finding, InputError, SettingsError
from promptkit.picture.known import Known, file_of, in_runs
from promptkit.picture.marks import media_type_of, told
from promptkit.picture.marks.credentials import Credentials, has_credentials, held
from promptkit.picture.marks.sources import by_model
from promptkit.workflow.run import RunFolder


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that can be told of where a picture comes from."""

    path: Path
    media_type: str
    sha256: str
    fields: dict[str, str]
    """What it says of itself: XMP, IIM and EXIF by prefix and name."""
    credentials: Credentials | None
    unread: tuple[str, ...]
    """What it holds and could not be read, and why."""
    runs: tuple[Known, ...]
    sidecars: tuple[Path, ...]
    """The files that note how it was made: beside it, and in the store."""

    @property
    def by_model(self) -> bool | None:
        """Whether a model had a part in it: one yes decides; ``None``: nobody says."""
        said = {self.by_file, self.by_run}
        return True if True in said else False if False in said else None

    @property
    def by_run(self) -> bool | None:
        """Whether a model drew it, as its runs know."""
        return any(known.shot.by_model for known in self.runs) if self.runs else None

    @property
    def by_file(self) -> bool | None:
        """Whether a model had a part in it, as the file says and its credentials prove."""
        links = self.credentials.manifests if self.credentials else ()
        proven = (source for link in links for source in link.sources)
        return by_model([self.fields.get("Iptc4xmpExt:DigitalSourceType", ""), *proven])

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            "file": self.path,
            "media_type": self.media_type,
            "sha256": self.sha256,
            "by_model": self.by_model,
            "by_model_says": {"file": self.by_file, "run": self.by_run},
            "fields": self.fields,
            "credentials": asdict(self.credentials) if self.credentials else None,
            "unread": list(self.unread),
            "runs": [
                {
                    "run": known.record.id,
                    "record": known.path,
                    "tier": known.shot.tier,
                    "take": known.shot.take,
                    "model": known.shot.model,
                    "brand": known.record.brand.id,
                    "brand_version": known.record.brand.version,
                    "template": known.record.template.name,
                    "digest": known.shot.digest,
                    "cost_usd": known.shot.cost_usd,
                    "channel": known.channel or None,
                }
                for known in self.runs
            ],
            "sidecars": list(self.sidecars),
        }


def provenance(picture: str | Path, runs: RunFolder, store: PictureStore) -> Provenance:
    """Return where a picture comes from, looked up in a project's runs and store by its bytes.

    A run's name, or ``last``, stands for its newest final, else its pick or first preview.

    Raises:
        BriefError: the file cannot be read, or is no PNG, JPEG, WebP or AVIF picture.
    """
    path = file_of(picture, runs)
    try:
        data = path.read_bytes()
    except OSError as cause:
        message = f"{path} cannot be read: {cause.strerror}"
        fix = "name a picture's file, a run, or “last”"
        raise BriefError(Finding("no-picture", message, fix=fix)) from None
    media_type = media_type_of(data)
    sha256 = hashlib.sha256(data).hexdigest()
    says = told(data, media_type)
    credentials, unproven = _proven(data, media_type)
    return Provenance(
        path=path,
        media_type=media_type,
        sha256=sha256,
        fields=says.fields,
        credentials=credentials,
        unread=(*says.unread, *unproven),
        runs=tuple(in_runs(path.resolve(), sha256, runs)),
        sidecars=tuple(_sidecars(path, sha256, store)),
    )


def _proven(data: bytes, media_type: str) -> tuple[Credentials | None, list[str]]:
    if not has_credentials(data):
        return None, []
    try:
        return held(data, media_type), []
    except (BriefError, SettingsError) as error:
        return None, [_why(error)]


def _why(error: InputError) -> str:
    finding = error.findings[0]
    return f"{finding.message}; {finding.fix}" if finding.fix else finding.message


def _sidecars(path: Path, sha256: str, store: PictureStore) -> Iterator[Path]:
    beside = path.with_name(f"{path.name}.json")
    if beside.is_file():
        yield beside
    if not any((store.home / "pictures" / sha256[:2]).glob(f"{sha256}.*")):
        return
    for picture, items in Shelf.of(store).items.items():
        if picture.stem == sha256:
            yield from (store.sidecar(item.stored.digest) for item in items)
