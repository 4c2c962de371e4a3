"""Failpoint: for tests only, a place in a batch's order of steps at which the process dies as in a crash."""

import os
from enum import StrEnum
from itertools import count
from typing import Final

CRASHED: Final = 70
"""Exit status of a process that died at a failpoint."""


class Point(StrEnum):
    """After which step the process dies."""

    NONE = "none"
    """After none: always, but in tests."""

    AFTER_SEND = "after_send"
    """Records are with the producer; none, some or all of them have reached the broker, none is known to have."""

    AFTER_CONFIRM = "after_confirm"
    """The broker has confirmed all; the local store has nothing of it."""

    AFTER_STORE = "after_store"
    """The local store has it too; the batch is not committed."""


class Failpoint:
    """Ends the process the `batch`-th time that a batch comes to `point`, without any clean-up."""

    def __init__(self, point: Point, batch: int) -> None:
        self._point = point
        self._batch = batch
        self._passed = count(1)  # counts in one step, whichever runner's thread asks

    def passed(self, point: Point) -> None:
        """Say that a batch has come to this point."""
        if point is self._point and next(self._passed) == self._batch:
            os._exit(CRASHED)
