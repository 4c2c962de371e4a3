"""What a generation must have before it may serve."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from unittest.mock import create_autospec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import GenerationChange, GenerationStatus
from serving.errors import GenerationError
from serving.generations.fitness import check_caught_up, check_whole, lacking
from topics.catalog import ACCEPTED, BEHAVIOR, DERIVED, EVENTS
from topics.generation import FIRST, Generation
from topics.offsets import Lag, LogOffsets, Partition

ONE = Generation(1)
TOPICS = {generation.name(topic) for generation in (FIRST, ONE) for topic in DERIVED}
PARTITIONS = 2


@dataclass
class Cluster:
    """Logs and groups; the worker of generation 1 commits some more records each time that somebody looks."""

    ends: dict[Partition, int] = field(default_factory=dict)
    committed: dict[str, dict[Partition, int]] = field(default_factory=dict)
    pace: int = 0

    @property
    def offsets(self) -> LogOffsets:
        offsets = create_autospec(LogOffsets, instance=True)
        offsets.partitions.side_effect = lambda topic: [Partition(topic, number) for number in range(PARTITIONS)]
        offsets.end.side_effect = lambda asked: {at: self.ends.get(at, 0) for at in asked}
        offsets.lag.side_effect = self._lag
        return offsets  # type: ignore[no-any-return]

    def _lag(self, group: str, topics: Iterable[str]) -> dict[Partition, Lag]:
        partitions = [Partition(topic, number) for topic in topics for number in range(PARTITIONS)]
        done = self.committed.setdefault(group, {})
        if group == "tideline.g1":
            for at in partitions:
                done[at] = min(done.get(at, 0) + self.pace, self.ends.get(at, 0))
        return {at: Lag(done.get(at, 0), self.ends.get(at, 0)) for at in partitions}

    def lacking(self, patience_s: float = 0) -> int:
        return lacking(self.offsets, "tideline", FIRST, ONE, patience_s)


def test_one_that_is_built_and_has_its_topics_may_serve() -> None:
    check_whole(FIRST, None, TOPICS)
    check_whole(ONE, GenerationChange(1, "built", 0), TOPICS)


@pytest.mark.parametrize(
    ("generation", "change", "hint"),
    [
        (ONE, None, "tideline generations list"),
        (ONE, GenerationChange(1, GenerationStatus.BUILDING, 0), "tideline rebuild --generation 1"),
        (ONE, GenerationChange(1, GenerationStatus.DROPPED, 0), "dropped"),
        (FIRST, GenerationChange(0, GenerationStatus.DROPPED, 0), "dropped"),
        (Generation(2), GenerationChange(2, GenerationStatus.BUILT, 0), "item.table.v1.g2"),
    ],
)
def test_one_that_is_not_there_or_not_whole_may_not(
    generation: Generation, change: GenerationChange | None, hint: str
) -> None:
    with pytest.raises(GenerationError, match=hint):
        check_whole(generation, change, TOPICS)


counts = st.integers(0, 20)
EVENT_PLACES = [Partition(topic.name, number) for topic in EVENTS for number in range(PARTITIONS)]


@given(st.fixed_dictionaries({at: st.tuples(counts, counts) for at in EVENT_PLACES}))
def test_it_lacks_the_events_that_only_the_other_has_folded(done: dict[Partition, tuple[int, int]]) -> None:
    cluster = Cluster(ends=dict.fromkeys(done, 20))
    cluster.committed = {
        "tideline": {at: live for at, (live, _) in done.items()},
        "tideline.g1": {at: other for at, (_, other) in done.items()},
    }
    assert cluster.lacking() == sum(max(0, live - other) for live, other in done.values())


def test_what_was_passed_on_must_be_folded_as_far_as_that_of_the_other() -> None:
    live, other = (Partition(generation.name(ACCEPTED), 0) for generation in (FIRST, ONE))
    cluster = Cluster(ends={live: 100, other: 70})
    cluster.committed = {"tideline": {live: 95}, "tideline.g1": {other: 60}}
    assert cluster.lacking() == 5
    with pytest.raises(GenerationError, match="not folded 5 of the records that generation 0"):
        check_caught_up(cluster.offsets, "tideline", FIRST, ONE, 0)
    cluster.committed["tideline"][live] = 90
    check_caught_up(cluster.offsets, "tideline", FIRST, ONE, 0)


def test_a_worker_that_is_at_it_is_waited_for() -> None:
    at, passed_on = Partition(BEHAVIOR.name, 1), Partition(ONE.name(ACCEPTED), 0)
    cluster = Cluster(ends={at: 10, passed_on: 4}, pace=5)
    cluster.committed = {"tideline": {at: 10}}
    assert cluster.lacking() == 5
    cluster.committed = {"tideline": {at: 10}}
    assert cluster.lacking(patience_s=10) == 0
