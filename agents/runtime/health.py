"""Health: what is wrong with a worker, in words. Whoever asks `/health` reads them; a stuck worker ends by itself."""

from collections import deque
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final, NamedTuple

from prometheus_client import Counter

from agents.runtime import metrics

WINDOW_S: Final = 60.0
"""Over how long dead letters and errors are counted."""

FEW: Final = 10
"""Dead letters in that time that say nothing yet, whatever their share."""


class Standing(NamedTuple):
    """How one partition is doing."""

    place: str
    lag: int
    """Records that wait."""

    uncommitted: int
    """Records that are done, and would be done again by the next owner."""

    progress_age_s: float
    """For how long none was done while some waited."""

    commit_age_s: float
    """For how long nothing was committed while there was something to commit."""

    waits_for: str = ""
    """What outside the worker it cannot go on without, if anything."""

    def troubles(self, bound_s: float) -> Iterator[str]:
        """Yield what has taken longer than that, in words."""
        if self.progress_age_s > bound_s:
            told = f"{self.lag} records wait in {self.place}, none was done for {self.progress_age_s:.0f} s"
            yield f"{told}: it waits for {self.waits_for}" if self.waits_for else told
        if self.commit_age_s > bound_s:
            told = f"nothing was committed for {self.commit_age_s:.0f} s"
            yield f"{self.uncommitted} records of {self.place} are done, {told}"


class Totals(NamedTuple):
    """What was counted since the start."""

    at: float
    events: float
    letters: float
    send_errors: float

    @classmethod
    def counted(cls, at: float) -> "Totals":
        """Read the counters, at a time in monotonic seconds."""
        return cls(at, _sum(metrics.EVENTS), _sum(metrics.DEAD_LETTERS), _sum(metrics.SEND_ERRORS))


class Health:
    """The latest findings. The watchdog writes them, the endpoint's threads read them."""

    def __init__(self, slow_after_s: float, letter_share: float) -> None:
        """Set how many seconds a partition may wait, and the share of dead letters among a minute's records."""
        self._slow_after_s = slow_after_s
        self._letter_share = letter_share
        self._totals: deque[Totals] = deque()
        self._problems: tuple[str, ...] = ("it has not begun to work yet",)
        self._lock = Lock()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong now; nothing for a worker that is well."""
        with self._lock:
            return self._problems

    def take(self, standings: Iterable[Standing], totals: Totals) -> None:
        """Take what the watchdog has seen."""
        self._totals.append(totals)
        while len(self._totals) > 1 and self._totals[0].at < totals.at - WINDOW_S:
            self._totals.popleft()
        found = [trouble for standing in standings for trouble in standing.troubles(self._slow_after_s)]
        found += self._lately(self._totals[0], totals)
        metrics.HEALTHY.set(not found)
        with self._lock:
            self._problems = tuple(found)

    def _lately(self, first: Totals, last: Totals) -> Iterable[str]:
        letters, errors = last.letters - first.letters, last.send_errors - first.send_errors
        records = last.events - first.events + letters
        if letters > FEW and letters > self._letter_share * records:
            share = f"{letters:.0f} of the last minute's {records:.0f} records"
            yield f"{share} became dead letters; see `tideline dlq list`"
        if errors:
            yield f"the broker did not take {errors:.0f} records in the last minute"


def _sum(counter: Counter) -> float:
    samples = [sample for metric in counter.collect() for sample in metric.samples]
    return sum(sample.value for sample in samples if sample.name.endswith("_total"))
