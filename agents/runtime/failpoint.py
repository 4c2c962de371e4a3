"""Failpoint: for tests only, a place in a batch's order of steps at which the process dies, or sleeps."""

import os
import signal
from enum import StrEnum
from itertools import count
from typing import Final

CRASHED: Final = 70
"""Exit status of a process that died at a failpoint."""


class Point(StrEnum):
    """After which step the process dies or sleeps."""

    NONE = "none"
    """After none: always, but in tests."""

    BEFORE_SEND = "before_send"
    """The partition was ours a moment ago, and nothing is sent yet. Here it stops, until somebody continues it."""

    AFTER_SEND = "after_send"
    """Records are with the producer; none, some or all of them have reached the broker, none is known to have."""

    AFTER_CONFIRM = "after_confirm"
    """The broker has confirmed all; the local store has nothing of it."""

    AFTER_STORE = "after_store"
    """The local store has it too; the batch is not committed."""


class Failpoint:
    """Ends or stops the process the `batch`-th time that a batch comes to `point`, without any clean-up."""

    def __init__(self, point: Point, batch: int) -> None:
        self._point = point
        self._batch = batch
        self._passed = count(1)  # counts in one step, whichever runner's thread asks

    def passed(self, point: Point) -> None:
        """Say that a batch has come to this point."""
        if point is not self._point or next(self._passed) != self._batch:
            return
        if point is Point.BEFORE_SEND:
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            os._exit(CRASHED)
