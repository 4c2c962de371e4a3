"""Freshness: how old what can be read here may be, as a bound and not as a guess.

Every so often the broker is asked where the changelogs end. Once the views have come to those ends, they hold all that
the changelogs held when it was asked; so the age of the latest such question bounds their staleness. That needs no
timestamp of any record, holds for a partition to which nobody writes, and grows while the broker is silent.
"""

from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

from topics.moments import now_ms
from topics.offsets import Partition

_MOST_WAITING: Final = 64


class Freshness:
    """The positions of all partitions, and what they prove. Threads may share it."""

    def __init__(self, clock: Callable[[], int] = now_ms) -> None:
        self._clock = clock
        self._lock = Lock()
        self._by_topic: Mapping[str, Mapping[int, int]] = {}
        self._asked: deque[tuple[int, Mapping[Partition, int]]] = deque()
        self._fresh_at = 0

    @property
    def caught_up(self) -> bool:
        """Whether the ends that were seen first have been reached."""
        with self._lock:
            return self._settled() > 0

    @property
    def fresh_at_ms(self) -> int:
        """All that the changelogs held at this time, milliseconds since 1970, is visible; 0 until caught up."""
        with self._lock:
            return self._settled()

    @property
    def staleness_ms(self) -> int:
        """All that the changelogs held this long ago is visible; the time since 1970 until they were caught up."""
        with self._lock:
            return max(0, self._clock() - self._settled())

    def positions(self) -> dict[Partition, int]:
        """Return the offset of the next record to come, by partition."""
        by_topic = self._by_topic
        return {Partition(topic, number): at for topic, reached in by_topic.items() for number, at in reached.items()}

    def by_topic(self) -> Mapping[str, Mapping[int, int]]:
        """Return the same by topic and number; what is returned stays as it is, and is another one when they move."""
        return self._by_topic

    def reached(self, partition: Partition, position: int) -> None:
        """Note that all records before `position` are visible."""
        with self._lock:
            topic = {**self._by_topic.get(partition.topic, {}), partition.number: position}
            self._by_topic = {**self._by_topic, partition.topic: topic}

    def saw(self, asked_at_ms: int, ends: Mapping[Partition, int]) -> None:
        """Note the end offsets of all partitions, which were asked for at that time."""
        with self._lock:
            self._settled()
            if len(self._asked) < _MOST_WAITING:  # while the views lag far behind, more questions prove nothing more
                self._asked.append((asked_at_ms, ends))

    def _position(self, at: Partition) -> int:
        return self._by_topic.get(at.topic, {}).get(at.number, -1)

    def _settled(self) -> int:
        while self._asked and all(self._position(at) >= end for at, end in self._asked[0][1].items()):
            self._fresh_at = self._asked.popleft()[0]
        return self._fresh_at
