"""Watchdog: tells a worker that waits for work from one that is stuck, and ends the stuck one."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from faust.types import TP

from agents.errors import StuckError
from agents.runtime import metrics
from agents.runtime.runner import Runner

PERIOD_S: Final = 1.0


class Watchdog:
    """Compares what the log holds with what is done, partition by partition.

    Faust consumers are known to stall without a word (aiokafka#1154, faust-streaming#596), and a process that is
    merely alive proves nothing. One that exits is started again by its supervisor.
    """

    def __init__(
        self,
        app: Any,
        runners: Mapping[TP, Runner],
        stuck_after_s: float,
        on_stuck: Callable[[StuckError], None],
    ) -> None:
        self._app = app
        self._runners = runners
        self._stuck_after_s = stuck_after_s
        self._on_stuck = on_stuck
        self._moved: dict[TP, tuple[int, float]] = {}

    async def watch(self) -> None:
        """Look once a second, until cancelled or stuck."""
        while True:
            await asyncio.sleep(PERIOD_S)
            for tp, runner in list(self._runners.items()):
                lag, age = self._look(tp, runner)
                metrics.LAG.labels(tp.topic, str(tp.partition)).set(lag)
                metrics.PROGRESS_AGE.labels(tp.topic, str(tp.partition)).set(age)
                if age > self._stuck_after_s:
                    waiting = f"{lag} records wait in {tp.topic}/{tp.partition}, none was done for {age:.0f} s"
                    self._on_stuck(StuckError(f"{waiting}; the worker exits, so that its supervisor starts it again"))
                    return

    def _look(self, tp: TP, runner: Runner) -> tuple[int, float]:
        """Return (records waiting, seconds since the partition moved while records waited)."""
        now = time.monotonic()
        end = self._app.consumer.highwater(tp) or 0
        lag = max(0, end - runner.done_offset - 1)
        done, since = self._moved.get(tp, (-2, now))
        if lag == 0 or done != runner.done_offset:
            since = now
        self._moved[tp] = (runner.done_offset, since)
        return lag, now - since
