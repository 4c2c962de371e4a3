"""Watchdog: tells a worker that waits for work from one that is stuck, and ends the stuck one."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

from faust.types import TP

from agents.errors import StuckError
from agents.runtime import metrics
from agents.runtime.health import Health, Standing, Totals
from agents.runtime.runner import Runner

PERIOD_S: Final = 1.0


class Stillness:
    """For how long a number has stood still while it should have moved."""

    def __init__(self) -> None:
        self._number = -2
        self._since = 0.0

    def seconds(self, number: int, *, should_move: bool, now: float) -> float:
        """Take the number as it is now; return the seconds, 0 for one that moves or need not."""
        if number != self._number or not should_move:
            self._number, self._since = number, now
        return now - self._since


class Watchdog:
    """Compares what the log holds with what is done and with what is committed, partition by partition.

    Faust consumers are known to stall without a word (aiokafka#1154, faust-streaming#596), and a process that is
    merely alive proves nothing. One that exits is started again by its supervisor.
    """

    def __init__(
        self,
        app: Any,
        runners: Mapping[TP, Runner],
        stuck_after_s: float,
        health: Health,
        on_stuck: Callable[[StuckError], None],
    ) -> None:
        self._app = app
        self._runners = runners
        self._stuck_after_s = stuck_after_s
        self._health = health
        self._on_stuck = on_stuck
        self._done: defaultdict[TP, Stillness] = defaultdict(Stillness)
        self._committed: defaultdict[TP, Stillness] = defaultdict(Stillness)

    async def watch(self) -> None:
        """Look once a second, until cancelled or stuck."""
        while True:
            await asyncio.sleep(PERIOD_S)
            if not self.look(time.monotonic()):
                return

    def look(self, now: float) -> bool:
        """Look at all partitions once; return whether the worker may go on."""
        for tp in self._done.keys() - self._runners.keys():
            del self._done[tp], self._committed[tp]  # somebody else's; if it comes back, it is another story
        standings = [self._standing(tp, runner, now) for tp, runner in list(self._runners.items())]
        self._health.take(standings, Totals.counted(now))
        # Starting again would not bring what it waits for any sooner.
        own = [standing for standing in standings if not standing.waits_for]
        for trouble in (trouble for standing in own for trouble in standing.troubles(self._stuck_after_s)):
            self._on_stuck(StuckError(f"{trouble}; the worker exits, so that its supervisor starts it again"))
            return False
        return True

    def _standing(self, tp: TP, runner: Runner, now: float) -> Standing:
        consumer, done = self._app.consumer, runner.done_offset + 1
        lag = max(0, (consumer.highwater(tp) or 0) - done)
        uncommitted = max(0, done - consumer.committed(tp))
        standing = Standing(
            f"{tp.topic}/{tp.partition}",
            lag,
            uncommitted,
            self._done[tp].seconds(done, should_move=lag > 0, now=now),
            self._committed[tp].seconds(done - uncommitted, should_move=uncommitted > 0, now=now),
            runner.waits_for,
        )
        labels = (tp.topic, str(tp.partition))
        metrics.LAG.labels(*labels).set(lag)
        metrics.PROGRESS_AGE.labels(*labels).set(standing.progress_age_s)
        metrics.COMMIT_AGE.labels(*labels).set(standing.commit_age_s)
        return standing
