"""Logs on standard error, when somebody asks for them: as text, or one JSON object a line."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

from promptkit.errors import Finding, InputError, unknown

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
#: What every record has; the rest is what the event itself tells.
_USUAL = {*vars(logging.makeLogRecord({})), "message", "asctime"}


class JsonLines(logging.Formatter):
    """One JSON object for each record: time (UTC), level, logger, message, then its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        data: dict[str, Any] = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        data |= {name: value for name, value in vars(record).items() if name not in _USUAL}
        if record.exc_info:
            data["exception"] = self.formatException(record.exc_info)
        return json.dumps(data, ensure_ascii=False, default=str)


class Lines(logging.Formatter):
    """One line for each record: time (UTC), level, message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line, and what was raised below it."""
        line = f"{_utc(record.created)} {record.levelname.lower()} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def log_to_stderr(level: str | None, *, as_json: bool) -> None:
    """Log from a level on (``info``), as JSON where the flag or ``PROMPTKIT_LOG_FORMAT`` says so.

    Raises:
        InputError: there is no such level, or no such format.
    """
    wanted = "json" if as_json else os.environ.get("PROMPTKIT_LOG_FORMAT", "").strip().lower()
    as_json = _known("log format", wanted or "text", FORMATS) == "json"
    level = _known("log level", (level or "info").strip().lower(), LEVELS)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else Lines())
    logger = logging.getLogger("promptkit")
    logger.setLevel(level.upper())
    logger.handlers = [handler]


def _known(kind: str, name: str, names: tuple[str, ...]) -> str:
    if name in names:
        return name
    message, fix = unknown(kind, name, names)
    raise InputError(Finding(f"unknown-{kind.replace(' ', '-')}", message, fix=fix))


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
