import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event
from typing import ClassVar
from unittest.mock import create_autospec

import pytest
from confluent_kafka import Message
from prometheus_client import REGISTRY

from schemas.catalog import avro_schema
from schemas.errors import RegistryUnavailableError
from schemas.loading import Codecs
from schemas.records import Item
from serving.views.catalogue import Catalogues
from serving.views.follower import Follower
from serving.views.items import ItemsView
from serving.views.protocol import View
from tests.changes import CODECS, TENANT
from topics.changelogs import ITEM
from topics.errors import BrokerUnavailableError, OffsetLostError
from topics.generation import FIRST, Generation
from topics.offsets import LogOffsets, Partition
from topics.reader import Batch, LogReader
from topics.rows import Change
from topics.topic import Topic


class FakeLog:
    """A log of one partition whose reads fail as told, each once."""

    def __init__(self, values: Sequence[bytes | None], topic: str = ITEM.name) -> None:
        self.at = Partition(topic, 0)
        self.records = [
            Message(topic=topic, partition=0, offset=offset, key=f"{TENANT}/i{offset}".encode(), value=value)
            for offset, value in enumerate(values)
        ]
        self.failures: list[Exception] = []
        self.starts: list[int] = []
        offsets = create_autospec(LogOffsets, instance=True)
        offsets.partitions.side_effect = lambda topic: [Partition(topic, 0)]
        offsets.start.side_effect = lambda partitions: dict.fromkeys(partitions, 0)
        offsets.end.side_effect = lambda partitions: {self.at: len(self.records)}
        self.reader = create_autospec(LogReader, instance=True)
        self.reader.offsets = offsets
        self.reader.read.side_effect = self._read

    def _read(self, start: Mapping[Partition, int], *, stop: Event) -> Iterator[Batch]:
        self.starts.append(start[self.at])
        yield Batch(self.at, self.records[start[self.at] :], len(self.records))
        if self.failures:
            raise self.failures.pop(0)
        stop.wait()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.005)


class Listener:
    """A second view of the items: it notes what it is given."""

    name: ClassVar[str] = "listener"
    topic: ClassVar[Topic] = ITEM
    whole: ClassVar[bool] = False

    def __init__(self, begins_at: int) -> None:
        self.begins_at = begins_at
        self.positions: list[int] = []
        self.closed = False

    def begin(self, partition: Partition) -> int:
        return self.begins_at

    def apply(self, partition: int, changes: Sequence[Change[Item]], position: int) -> int:
        self.positions.append(position)
        return 0

    def refresh(self) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def follow() -> Iterator[Callable[..., tuple[Follower, Catalogues]]]:
    """Return a function that starts a follower of the log; it is stopped after the test."""
    running: list[Follower] = []

    def start(
        log: FakeLog, codecs: Codecs = CODECS, generation: Generation = FIRST, others: Sequence[Listener] = ()
    ) -> tuple[Follower, Catalogues]:
        catalogues = Catalogues()
        intervals = {"retry_s": 0.01, "probe_interval_s": 0.01, "refresh_interval_s": 0.001}
        views: list[View[Item]] = [*others, ItemsView(catalogues, 10)]
        follower = Follower(views, log.reader, codecs, generation, stop=Event(), **intervals)
        running.append(follower)
        follower.start()
        return follower, catalogues

    yield start
    for follower in running:
        follower.stop()


def rows(count: int) -> list[bytes]:
    return [CODECS.of(ITEM).encode(Item(title=str(number), applied={"0": number})) for number in range(count)]


Follow = Callable[..., tuple[Follower, Catalogues]]


def test_it_is_ready_when_all_is_applied(follow: Follow) -> None:
    log = FakeLog(rows(2_500))
    follower, catalogues = follow(log)
    eventually(lambda: follower.ready)
    assert follower.freshness.positions() == {log.at: 2_500}
    assert catalogues.of(TENANT).titles == [str(number) for number in range(2_500)]


def test_views_of_one_changelog_read_it_once_from_where_the_first_begins(follow: Follow) -> None:
    log, other = FakeLog(rows(30)), Listener(begins_at=20)
    follower, catalogues = follow(log, others=[other])
    eventually(lambda: follower.ready)
    assert log.starts == [0]
    assert other.positions == [30]
    assert len(catalogues.of(TENANT)) == 30


def test_what_is_no_row_is_left_out_and_the_rest_goes_on(follow: Follow) -> None:
    values = [*rows(1), b"no row", *rows(1)]
    follower, catalogues = follow(FakeLog(values))
    eventually(lambda: follower.ready)
    assert catalogues.of(TENANT).ids == ["i0", "i2"]


def test_after_an_outage_it_goes_on_where_it_was(follow: Follow) -> None:
    log = FakeLog(rows(3))
    log.failures = [BrokerUnavailableError("away"), BrokerUnavailableError("away")]
    follower, _ = follow(log)
    eventually(lambda: len(log.starts) == 3)
    eventually(lambda: follower.ready)
    assert log.starts == [0, 3, 3]


def test_rows_of_a_new_schema_wait_for_the_registry(follow: Follow) -> None:
    codec = CODECS.of(ITEM)
    value = b"\0\0\0\xff\xff" + rows(1)[0][5:]
    answers: list[Exception | None] = [RegistryUnavailableError("away"), RegistryUnavailableError("away"), None]
    codecs = Codecs({ITEM.subject: codec}, CODECS.cache, lambda schema_id: found(answers))
    follower, catalogues = follow(FakeLog([value]), codecs)
    eventually(lambda: follower.ready)
    assert catalogues.of(TENANT).ids == ["i0"]
    assert not answers


def found(answers: list[Exception | None]) -> dict[str, object]:
    """Return the schema of an item, or raise what stands first among the answers."""
    answer = answers.pop(0)
    if answer is not None:
        raise answer
    schema: dict[str, object] = avro_schema("item")
    return schema


def test_a_log_that_lost_records_ends_it_and_it_is_not_ready_any_more(follow: Follow) -> None:
    log = FakeLog(rows(3))
    log.failures = [OffsetLostError("offset 3 is gone")]
    follower, _ = follow(log)
    eventually(lambda: follower.failure is not None)
    assert isinstance(follower.failure, OffsetLostError)
    assert not follower.ready


def test_while_the_broker_is_silent_it_gets_staler(follow: Follow) -> None:
    log = FakeLog(rows(1))
    follower, _ = follow(log)
    eventually(lambda: follower.ready)
    log.reader.offsets.end.side_effect = BrokerUnavailableError("away")
    eventually(lambda: follower.freshness.staleness_ms > 100)
    assert follower.ready


def test_it_follows_the_topics_of_its_generation_and_its_gauges_end_with_it(follow: Follow) -> None:
    log = FakeLog(rows(3), Generation(7).name(ITEM))
    follower, catalogues = follow(log, generation=Generation(7))
    eventually(lambda: follower.ready)
    assert follower.freshness.positions() == {Partition("item.table.v1.g7", 0): 3}
    assert catalogues.of(TENANT).titles == ["0", "1", "2"]
    gauges = ("tideline_view_lag", {"topic": log.at.topic}), ("tideline_view_staleness_seconds", {"generation": "7"})
    eventually(lambda: all(REGISTRY.get_sample_value(*gauge) is not None for gauge in gauges))
    follower.stop()
    assert [REGISTRY.get_sample_value(*gauge) for gauge in gauges] == [None, None]


def test_stopped_before_it_was_started_it_ends(follow: Follow) -> None:
    follower = Follower(
        [], FakeLog([]).reader, CODECS, FIRST, stop=Event(), retry_s=1, probe_interval_s=1, refresh_interval_s=1
    )
    follower.stop()
    assert not follower.ready
