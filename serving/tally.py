"""Tallies: counters and histograms that cost whoever counts next to nothing.

`prometheus_client` takes 2 to 5 µs for each observation, and a request makes fifty. Here an observation is noted, and
many are summed up at once: when Prometheus asks, or when enough have come together.
"""

from abc import abstractmethod
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

N = TypeVar("N")

_MANY: Final = 1 << 10
"""Observations that are summed up by whoever makes the last of them: in a third of a millisecond."""

Labels = tuple[str, ...]


class _Noted(Collector, Generic[N]):
    """Observations, noted by any thread and summed up by one at a time."""

    def __init__(self, name: str, doc: str, labels: Labels, registry: CollectorRegistry) -> None:
        self._told: Final = name, doc, labels
        self._noted: deque[N] = deque()
        self._lock = Lock()
        registry.register(self)

    def _note(self, observation: N) -> None:
        self._noted.append(observation)
        if len(self._noted) >= _MANY:
            with self._lock:
                self._settle()

    def _settle(self) -> None:
        """Sum up what is noted; what comes meanwhile is left for the next time."""
        noted = self._noted
        self._sum_up([noted.popleft() for _ in range(len(noted))])

    @abstractmethod
    def _sum_up(self, noted: Sequence[N]) -> None:
        """Add the observations to the sums."""

    @abstractmethod
    def _family(self) -> Metric:
        """Return the metric without values."""

    def describe(self) -> Iterator[Metric]:
        """Yield what the registry looks for a name that is taken in."""
        yield self._family()


class Tally(_Noted[Labels]):
    """Counts by labels."""

    def __init__(self, name: str, doc: str, labels: Labels, registry: CollectorRegistry) -> None:
        """Register a counter of that name, which ends with `_total` where Prometheus reads it."""
        super().__init__(name, doc, labels, registry)
        self._counts: Counter[Labels] = Counter()

    def note(self, *labels: str) -> None:
        """Count one with these labels."""
        self._note(labels)

    def collect(self) -> Iterator[Metric]:
        """Yield the counts."""
        family = self._family()
        with self._lock:
            self._settle()
            for labels, count in self._counts.items():
                family.add_metric(labels, count)
        yield family

    def _sum_up(self, noted: Sequence[Labels]) -> None:
        self._counts.update(noted)

    def _family(self) -> CounterMetricFamily:
        name, doc, labels = self._told
        return CounterMetricFamily(name, doc, labels=labels)


class Timings(_Noted[tuple[Labels, float]]):
    """Histograms of seconds by labels."""

    def __init__(
        self, name: str, doc: str, labels: Labels, registry: CollectorRegistry, bounds: Sequence[float]
    ) -> None:
        """Register a histogram of that name with buckets up to these bounds, which rise, and one for all else."""
        super().__init__(name, doc, labels, registry)
        self._bounds: Final = np.array(bounds)
        self._names: Final = [*map(floatToGoString, bounds), "+Inf"]
        self._counts: defaultdict[Labels, NDArray[np.int64]] = defaultdict(
            lambda: np.zeros(len(self._names), np.int64)
        )
        self._sums: defaultdict[Labels, float] = defaultdict(float)

    def note(self, seconds: float, *labels: str) -> None:
        """Note that something took so long."""
        self._note((labels, seconds))

    def collect(self) -> Iterator[Metric]:
        """Yield the histograms."""
        family = self._family()
        with self._lock:
            self._settle()
            for labels, counts in self._counts.items():
                buckets = list(zip(self._names, np.cumsum(counts).tolist(), strict=True))
                family.add_metric(labels, buckets, self._sums[labels])
        yield family

    def _sum_up(self, noted: Sequence[tuple[Labels, float]]) -> None:
        by_labels: defaultdict[Labels, list[float]] = defaultdict(list)
        for labels, seconds in noted:
            by_labels[labels].append(seconds)
        for labels, times in by_labels.items():
            # A bound belongs to the bucket below it.
            at = np.searchsorted(self._bounds, times, side="left")
            self._counts[labels] += np.bincount(at, minlength=len(self._names))
            self._sums[labels] += sum(times)

    def _family(self) -> HistogramMetricFamily:
        name, doc, labels = self._told
        return HistogramMetricFamily(name, doc, labels=labels)
