"""Where something was opened: files, locks and threads do not survive a fork whole."""

from __future__ import annotations

import os

from promptkit.errors import StoreError


class Origin:
    """The process that opened something which cannot be shared with one forked from it."""

    def __init__(self) -> None:
        self._pid = os.getpid()

    @property
    def here(self) -> bool:
        """Whether this is the process that opened it."""
        return os.getpid() == self._pid

    def check(self) -> None:
        """Let only the process that opened it use it.

        Raises:
            StoreError: this is another one.
        """
        if not self.here:
            raise StoreError(
                "the store and the ledger were opened before this process was forked, and cannot "
                "be used on both sides: nothing was sent",
                fix="open a Kit in each process: make it in the worker, not before the fork",
            )
