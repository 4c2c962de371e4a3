"""Follower: the one thread that reads all changelogs of a generation and applies them to the views."""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Thread
from typing import Any, Final

from schemas.errors import RegistryUnavailableError
from schemas.loading import Codecs
from serving.views import metrics
from serving.views.freshness import Freshness
from serving.views.protocol import View
from topics.errors import BrokerRefusedError, BrokerUnavailableError, StalledError
from topics.generation import Generation
from topics.moments import now_ms
from topics.offsets import Partition
from topics.reader import Batch, LogReader
from topics.rows import RowDecoder

_LOG = logging.getLogger(__name__)

_IDLE_S: Final = 0.05
"""How often is looked for orderings to make anew while no rows come."""


class Follower:
    """Keeps views at the end of their changelogs.

    One thread reads and applies, and is the only one that changes a view. A second one, idle for nearly all of the
    time, asks the broker for end offsets and has orderings made anew, so that neither waits for a record to come.
    """

    def __init__(
        self,
        views: Sequence[View[Any]],
        reader: LogReader,
        codecs: Codecs,
        generation: Generation,
        *,
        stop: Event,
        retry_s: float,
        probe_interval_s: float,
        refresh_interval_s: float,
    ) -> None:
        """Take the views to keep, the generation whose changelogs they follow, and the intervals of ViewsSettings.

        Several views may follow one changelog: it is read once, from where the first of them begins. `stop` ends what
        a view does in `begin`.
        """
        self.freshness: Final = Freshness()
        self.generation: Final = generation
        self._views = tuple(views)
        self._by_topic: defaultdict[str, list[View[Any]]] = defaultdict(list)
        for view in views:
            self._by_topic[generation.name(view.topic)].append(view)
        self._decoders = {name: _decoder_for(found, codecs) for name, found in self._by_topic.items()}
        self._reader = reader
        self._retry_s = retry_s
        self._probe_interval_s = probe_interval_s
        self._refresh_interval_s = refresh_interval_s
        self._stop = stop
        self._begun = Event()
        self._came = Event()
        self._failure: Exception | None = None
        self._threads = [
            Thread(target=self._guarded, args=(part,), name=f"views-{name}", daemon=True)
            for name, part in (("follow", self._follow), ("keep", self._keep))
        ]

    @property
    def ready(self) -> bool:
        """Whether the views reached the ends that were seen first, and are still followed."""
        return self._failure is None and not self._stop.is_set() and self.freshness.caught_up

    @property
    def failure(self) -> Exception | None:
        """What ended the following; the process has to be restarted. None while all is well."""
        return self._failure

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, and close the views; returns when both threads have ended."""
        self._stop.set()
        self._begun.set()
        self._came.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for view in self._views:
            view.close()
        metrics.forget(str(self.generation), self._by_topic)

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:
            if not self._stop.is_set():
                self._failure = error
                _LOG.error("generation %s is no longer followed: %s", self.generation, error, exc_info=error)

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                positions = self.freshness.positions() or self._begin()
                self._begun.set()
                for batch in self._reader.read(positions, stop=self._stop):
                    self._take(batch)
            except (BrokerUnavailableError, RegistryUnavailableError, StalledError) as error:
                metrics.RETRIES.inc()
                _LOG.warning("the views wait for %g s: %s", self._retry_s, error)
                self._stop.wait(self._retry_s)

    def _begin(self) -> Mapping[Partition, int]:
        """Let every view prepare, and return where to read from."""
        offsets = self._reader.offsets
        starts = offsets.start(at for topic in self._by_topic for at in offsets.partitions(topic))
        for at, start in starts.items():
            starts[at] = max(start, min(view.begin(at) for view in self._by_topic[at.topic]))
        for at, start in starts.items():
            self.freshness.reached(at, start)
        return starts

    def _take(self, batch: Batch) -> None:
        decoder = self._decoders[batch.partition.topic]
        found = [decoder.change(record.key(), record.value()) for record in batch.records]
        changes = [change for change in found if change is not None]
        for view in self._by_topic[batch.partition.topic]:
            refused = view.apply(batch.partition.number, changes, batch.position)
            metrics.ROWS.labels(view.name).inc(len(found))
            metrics.REFUSED.labels(view.name, "behind").inc(refused)
            metrics.REFUSED.labels(view.name, "undecodable").inc(len(found) - len(changes))
        self.freshness.reached(batch.partition, batch.position)
        self._came.set()

    def _keep(self) -> None:
        self._begun.wait()
        probe_at = 0.0
        while not self._stop.wait(self._refresh_interval_s):
            # Each look takes the interpreter from a request: while no rows come there are few, for what merely ages.
            self._came.wait(_IDLE_S)
            self._came.clear()
            for view in self._views:
                view.refresh()
            if time.monotonic() >= probe_at:
                self._probe()
                probe_at = time.monotonic() + self._probe_interval_s

    def _probe(self) -> None:
        positions = self.freshness.positions()
        asked_at = now_ms()
        try:
            ends = self._reader.offsets.end(positions)
        except (BrokerRefusedError, BrokerUnavailableError) as error:
            metrics.RETRIES.inc()
            _LOG.warning("how stale the views are cannot be told now: %s", error)
        else:
            self.freshness.saw(asked_at, ends)
            lag: Counter[str] = Counter()
            for at, end in ends.items():
                lag[at.topic] += max(0, end - positions[at])
            for topic, records in lag.items():
                metrics.LAG.labels(topic).set(records)
        metrics.STALENESS.labels(str(self.generation)).set(self.freshness.staleness_ms / 1000)


def _decoder_for(views: Sequence[View[Any]], codecs: Codecs) -> RowDecoder[Any]:
    """Return what reads of a changelog's rows as much as its views need."""
    decoder = RowDecoder(codecs.of(views[0].topic), codecs.fetch)
    return decoder if any(view.whole for view in views) else decoder.of_applied()
