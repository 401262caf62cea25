"""A file to import: its bytes, and what they say when they are JSON or YAML."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from promptkit.documents import missing, parse_yaml, unreadable
from promptkit.errors import BrandError, Finding, Place

MAX_BYTES = 2 * 1024 * 1024
MAX_NESTING = 64
#: So many values no brand has; each costs time.
MAX_VALUES = 100_000
_LONGEST_LINE = 200

#: ASE says so in its first bytes; ACO begins with its version, 1 or 2, as no text does.
SIGNATURES = (b"ASEF", b"\x00\x01", b"\x00\x02")

#: Nearly every text is YAML. Only one with such a key is worth reading as a brand.
_KEYS = re.compile(r"(?m)^(meta|color|logo|typography|defaults|promptkit|colors|style)[ \t]*:")


@dataclass(frozen=True)
class Source:
    """A file that was read. ``data`` is ``None`` where it is neither JSON nor YAML."""

    path: Path
    raw: bytes
    data: Any = None
    syntax: Literal["json", "yaml", ""] = ""
    wanted: str = ""
    """The brand to take, of a file that holds several."""

    @property
    def keys(self) -> dict[str, Any]:
        """The top-level keys, none when the file is not a mapping."""
        return self.data if isinstance(self.data, dict) else {}


def fault(path: Path, rule: str, message: str, fix: str | None = None) -> BrandError:
    """Return an error that names the file."""
    return BrandError(Finding(rule, message, place=Place(str(path)), fix=fix))


def open_source(path: Path) -> Source:
    """Read a file, as JSON or YAML where it is one of them.

    Raises:
        BrandError: it cannot be read, is larger than 2 MB, or is broken JSON or YAML.
    """
    raw = read_bytes(path)
    text = None if raw.startswith(SIGNATURES) else text_of(raw)
    if text is None:
        return Source(path, raw)
    syntax: Literal["json", "yaml"] = "json" if text.lstrip().startswith(("{", "[")) else "yaml"
    if syntax == "yaml" and not _KEYS.search(text):
        return Source(path, raw)
    data = _json(text, path) if syntax == "json" else _yaml(text, path)
    _check(data, path)
    return Source(path, raw, data, syntax)


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        BrandError: it cannot be read, or is larger than 2 MB.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BrandError(missing(path)) from None
    except (OSError, ValueError) as cause:
        raise BrandError(unreadable(path, cause)) from cause
    if len(raw) > MAX_BYTES:
        raise fault(path, "too-large", f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
    return raw


def text_of(raw: bytes) -> str | None:
    """Return the text that bytes are, without its byte order mark; ``None`` if they are none."""
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as cause:
        line = text.split("\n")[cause.lineno - 1]
        shown = line if len(line) <= _LONGEST_LINE else None
        place = Place(str(path), cause.lineno, cause.colno, shown)
        raise BrandError(
            Finding("json-syntax", f"this is not JSON: {cause.msg}", place=place)
        ) from None
    except RecursionError:
        raise _too_deep(path) from None
    except ValueError as cause:
        raise fault(path, "json-syntax", f"this is not JSON: {cause}") from None


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _yaml(text: str, path: Path) -> Any:
    return parse_yaml(text, str(path), BrandError).data


def _check(data: Any, path: Path) -> None:
    """Refuse what later steps could not bear: deep nesting, and half characters."""
    for number, (depth, value) in enumerate(_values(data)):
        if depth > MAX_NESTING:
            raise _too_deep(path)
        if number > MAX_VALUES:
            message = f"the file has more than {MAX_VALUES:,} values"
            raise fault(path, "too-many", message, "cut out what is not about colours and fonts")
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise fault(path, "broken-text", "the file holds half of a character") from None


def _values(data: Any) -> Iterator[tuple[int, Any]]:
    waiting = [(0, data)]
    while waiting:
        depth, value = waiting.pop()
        yield depth, value
        if isinstance(value, dict):
            waiting += [(depth + 1, part) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            waiting += [(depth + 1, part) for part in value]


def _too_deep(path: Path) -> BrandError:
    return fault(path, "too-deep", f"the file is nested more than {MAX_NESTING} deep")
