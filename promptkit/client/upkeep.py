"""Looking after the store and the ledger: what they hold, what may go, what is in doubt."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Set
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from promptkit.client import sums
from promptkit.client.cache import PictureStore, Stored
from promptkit.client.doubts import Doubt, doubt_of, named
from promptkit.client.files import write_durably
from promptkit.client.inspection import Progress, glance, inspect, picture_faults
from promptkit.client.ledger import Ledger
from promptkit.client.shelf import Shelf
from promptkit.client.sums import Runs, Sums, Worth
from promptkit.errors import Finding, StoreError

#: What was asked for so recently, in seconds, may be part of a run that is under way.
FRESH = 3600.0
_DAY = 86400.0
_OPEN = ("held", "sent", "in_doubt")

Calls = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture (or a text) in the store: its file, the digests that lead to it, its last use.

    ``size`` is in bytes; ``used`` in seconds since 1970.
    """

    path: Path
    size: int
    digests: tuple[str, ...]
    used: float
    model: str
    brand: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many pictures, of how many bytes."""

    pictures: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Stats:
    """What the store holds; ``oldest`` and ``newest`` are when pictures were made, in UTC."""

    pictures: int
    bytes: int
    oldest: str | None
    newest: str | None
    models: dict[str, Share]
    brands: dict[str, Share]
    in_doubt: int
    """Calls in doubt."""
    orphans: Share
    """Files that no sidecar tells of."""
    unreadable: int
    """Sidecars that cannot be read."""


@dataclass(frozen=True, slots=True)
class Eviction:
    """What may go, least recently used first, and what stays though the limits would take it.

    ``over`` is by how many bytes the store stays above its limit, because the rest may not go.
    """

    pictures: tuple[Kept, ...]
    kept_back: int
    bytes_before: int
    over: int

    @property
    def bytes(self) -> int:
        """How many bytes become free."""
        return sum(kept.size for kept in self.pictures)


class Upkeep:
    """The store and the ledger of a state folder, looked after. Nothing here asks a provider."""

    def __init__(
        self,
        home: Path,
        *,
        referred: Callable[[], Set[str]] = frozenset,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the state folder; ``referred`` returns the digests that may never go."""
        self._store = PictureStore(home)
        self._referred = referred
        self._clock = clock

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def calls(self) -> Calls:
        """Return the rows of the ledger, oldest first; none when there is no ledger."""
        if not Ledger.exists(self._store.home):
            return []
        with self._ledger() as ledger:
            return ledger.rows()

    def sums(self, by: str, first: str, last: str) -> list[Sums]:
        """Return the groups of the calls of some days; see ``sums.sums``."""
        if not Ledger.exists(self._store.home):
            return []
        with self._ledger() as ledger, ledger.reading() as db:
            return sums.sums(db, by, first, last)

    def previewed(self, by: str, first: str, last: str) -> tuple[list[Runs], list[Worth]]:
        """Return what runs of these days were worth; see ``sums.previewed``."""
        if not Ledger.exists(self._store.home):
            return [], []
        with self._ledger() as ledger, ledger.reading() as db:
            return sums.previewed(db, by, first, last)

    def in_doubt(self) -> Calls:
        """Return the rows of the calls in doubt, oldest first, without deciding any."""
        if not Ledger.exists(self._store.home):
            return []
        with self._ledger() as ledger:
            return ledger.rows(state="in_doubt")

    def stats(self) -> Stats:
        """Return what the store holds."""
        shelf, calls = Shelf.of(self._store), self.calls()
        kept, orphans = self._kept(shelf, calls), shelf.orphans()
        made = [self._made_at(digest) for item in kept for digest in item.digests]
        return Stats(
            pictures=len(kept),
            bytes=sum(item.size for item in kept),
            oldest=_utc(min(made)) if made else None,
            newest=_utc(max(made)) if made else None,
            models=_shares((item.model, item.size) for item in kept),
            brands=_shares((item.brand, item.size) for item in kept),
            in_doubt=sum(call["state"] == "in_doubt" for call in calls),
            orphans=Share(len(orphans), sum(path.stat().st_size for path in orphans)),
            unreadable=len(shelf.faults),
        )

    def verify(self, progress: Progress | None = None) -> tuple[int, list[Finding]]:
        """Read every picture again; return how many there are, and what is wrong with which."""
        shelf = Shelf.of(self._store)
        return len(shelf.items), inspect(shelf, self._clock() - FRESH, progress)

    def glance(self) -> tuple[int, list[Finding]]:
        """Do as ``verify`` does without reading a picture."""
        shelf = Shelf.of(self._store)
        return len(shelf.items), glance(shelf, self._clock() - FRESH)

    def doubts(self) -> list[Doubt]:
        """Return the calls in doubt, oldest first.

        A call whose picture is in the store after all is settled instead: it was paid.
        """
        if not Ledger.exists(self._store.home):
            return []
        with self._ledger() as ledger:
            for row in ledger.rows(state="in_doubt"):
                if stored := self._picture(row["digest"]):
                    made = (stored.digest, stored.sha256, stored.cost)
                    ledger.found(*made, estimated=stored.estimated)
            return [doubt_of(row) for row in ledger.rows(state="in_doubt")]

    def resolve(self, start: str | None, *, paid: bool, cost: Decimal | None = None) -> list[Doubt]:
        """Note what a person says of what is in doubt; return what that was.

        ``start`` is the beginning of a digest; ``None`` is all of them. What was paid is booked
        with ``cost`` in USD for each call, else with what the call holds, and is asked for again
        only with ``resend``; what was not paid is free to be asked for again.

        Raises:
            BriefError: nothing in doubt, or several things, begin so.
        """
        doubts = self.doubts()
        chosen = doubts if start is None else named(doubts, start)
        if not chosen:
            return []
        with self._ledger() as ledger:
            return [item for item in chosen if ledger.decide(item.row, paid=paid, cost=cost)]

    def plan(self, *, keep_days: float | None = None, max_size: int | None = None) -> Eviction:
        """Return what goes by the limits that are set: not used for so long, above so many bytes.

        What a run refers to, what is in doubt and what is in use stays.

        Raises:
            BriefError: a run's record cannot be read, so nobody knows what it refers to.
        """
        calls = self.calls()
        kept = sorted(self._kept(Shelf.of(self._store), calls), key=lambda item: item.used)
        safe = self._protected(calls)
        total = size = sum(item.size for item in kept)
        going, kept_back = [], 0
        for item in kept:
            old = keep_days is not None and item.used < self._clock() - keep_days * _DAY
            if not (old or (max_size is not None and size > max_size)):
                continue
            if not safe.isdisjoint(item.digests):
                kept_back += 1
                continue
            going.append(item)
            size -= item.size
        over = max(0, size - max_size) if max_size is not None else 0
        return Eviction(tuple(going), kept_back, total, over)

    def evict(self, plan: Eviction) -> Eviction:
        """Remove what a plan names: first what leads to a picture, then the picture.

        What has been used since the plan was made stays, and is not in what is returned.

        Raises:
            BriefError: a run's record cannot be read, so nobody knows what it refers to.
            StoreError: the index cannot be written.
            OSError: a file cannot be removed.
        """
        safe, shelf = self._protected(self.calls()), Shelf.of(self._store)
        going = [item for item in plan.pictures if safe.isdisjoint(item.digests)]
        for item in going:
            for digest in item.digests:
                self._store.forget(digest)
            led = {other.stored.digest for other in shelf.items.get(item.path, ())}
            if led.issubset(item.digests):
                item.path.unlink(missing_ok=True)
        stayed = len(plan.pictures) - len(going)
        return replace(plan, pictures=tuple(going), kept_back=plan.kept_back + stayed)

    def rebuild(self) -> int:
        """Rebuild the index from the sidecars; return how many entries it holds.

        Raises:
            StoreError: it cannot be opened.
        """
        return self._store.rebuild() if self._store.home.is_dir() else 0

    def export(self, folder: Path) -> tuple[int, int]:
        """Copy pictures and sidecars, byte for byte; return how many files are new, of how many.

        The copy is laid out as the store is. Files that are there already must be the same ones.

        Raises:
            StoreError: something is damaged, another file is in the way, or the way leads out of
                the folder. Nothing is written then.
        """
        target, home = folder.absolute(), self._store.home
        if target.resolve().is_relative_to(home.resolve()):
            fix = "name a folder outside of it"
            raise StoreError(f"{folder} lies in the store itself, so nothing was copied", fix=fix)
        files = {path.relative_to(home): path for path in self._whole()}
        new = [name for name in files if not _is_there(target, name, files[name])]
        for name in new:
            write_durably(target / name, files[name].read_bytes())
        return len(new), len(files)

    def _picture(self, digest: str) -> Stored | None:
        with suppress(StoreError):  # ``verify`` tells of it
            return self._store.get(digest)
        return None

    def _whole(self) -> list[Path]:
        """Return every picture with its sidecars, after reading it.

        Raises:
            StoreError: one of them is damaged.
        """
        shelf = Shelf.of(self._store)
        pictures = shelf.items.items()
        faults = [*shelf.faults, *(bad for item in pictures for bad in picture_faults(*item))]
        if faults:
            raise StoreError(
                f"the store is damaged, so nothing was copied: {faults[0].message}",
                fix="promptkit cache verify tells of everything that is wrong",
            )
        return [*shelf.files()]

    def _kept(self, shelf: Shelf, calls: Calls) -> list[Kept]:
        uses = {call["digest"]: _seconds(call["at"]) for call in calls}
        brands = {call["digest"]: call["brand"] for call in calls}
        found = []
        for path, items in shelf.items.items():
            if not path.is_file():
                continue
            digests = tuple(item.stored.digest for item in items)
            used = max(max(self._made_at(name), uses.get(name, 0.0)) for name in digests)
            told = items[0]
            names = (told.text("request", "provider"), told.text("request", "model"))
            brand = told.text("for", "brand") or brands.get(digests[0]) or sums.NONE
            model = "/".join(filter(None, names)) or sums.NONE
            found.append(Kept(path, path.stat().st_size, digests, used, model, brand))
        return found

    def _made_at(self, digest: str) -> float:
        return self._store.sidecar(digest).stat().st_mtime

    def _protected(self, calls: Calls) -> Set[str]:
        since = self._clock() - FRESH
        return self._referred() | {
            call["digest"]
            for call in calls
            if call["state"] in _OPEN or _seconds(call["at"]) > since
        }

    def _ledger(self) -> AbstractContextManager[Ledger]:
        return closing(Ledger(self._store.home))


def _shares(items: Iterable[tuple[str, int]]) -> dict[str, Share]:
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for name, size in items:
        counts[name] += 1
        sizes[name] += size
    return {name: Share(counts[name], sizes[name]) for name in sorted(counts)}


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _is_there(target: Path, name: Path, source: Path) -> bool:
    """Say whether a file is there already, and is the same one.

    Raises:
        StoreError: another one is in the way, or the way leads out of the target.
    """
    path = target / name
    if not path.resolve().is_relative_to(target.resolve()):
        raise StoreError(
            f"{path} leads out of {target}, so nothing was copied",
            fix="name an empty folder, or one without links in it",
        )
    if not path.exists():
        return False
    if not path.is_file() or path.read_bytes() != source.read_bytes():
        raise StoreError(
            f"{path} is there already and is something else, so nothing was copied",
            fix="name an empty folder",
        )
    return True
