"""Restoring: the replica becomes the changelog's table, whatever became of either, and never hangs."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from hypothesis import given
from hypothesis import strategies as st

from topics.budget import StoreBudget
from topics.errors import StalledError
from topics.offsets import Partition
from topics.reader import LogReader
from topics.replica import Mark, Replica
from topics.restore import restore, why_not_continue
from topics.settings import KafkaSettings
from topics.topic import TOMBSTONES_KEPT_MS

Row = tuple[bytes, bytes | None]
Write = Callable[[Partition, Sequence[Row]], None]


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    with Replica.open(tmp_path / "rows", StoreBudget(8 << 20)) as opened:
        yield opened


@pytest.fixture
def changelog(make_topic: Callable[..., str]) -> Partition:
    return Partition(make_topic(cleanup_policy="compact"), 0)


@pytest.fixture
def emptiable(make_topic: Callable[..., str]) -> Partition:
    """Return a partition whose records can be deleted: the broker refuses that where the topic is compacted only."""
    return Partition(make_topic(cleanup_policy="compact,delete"), 0)


NOW = 1_700_000_000_000


@given(
    mark=st.builds(Mark, st.integers(0, 9), st.just(NOW), st.sampled_from("ab")),
    bounds=st.tuples(*[st.integers(0, 9)] * 2),
)
def test_a_replica_goes_on_exactly_where_the_log_still_has_what_follows(mark: Mark, bounds: tuple[int, int]) -> None:
    start, end = sorted(bounds)
    fits = mark.position == 0 or (mark.source == "a" and start <= mark.position <= end)
    assert (why_not_continue(mark, "a", start, end, NOW) == "") == fits


@given(behind=st.integers(0, 3), age=st.integers(0, 2 * TOMBSTONES_KEPT_MS))
def test_an_old_replica_with_something_to_read_may_have_missed_tombstones(behind: int, age: int) -> None:
    mark = Mark(10 - behind, NOW - age, "a")
    why = why_not_continue(mark, "a", 0, 10, NOW)
    assert ("tombstones" in why) == (behind > 0 and age > TOMBSTONES_KEPT_MS)


@pytest.mark.integration
class TestOnTheBroker:
    def test_it_becomes_the_table(
        self, replica: Replica, reader: LogReader, changelog: Partition, write: Write
    ) -> None:
        rows: list[Row] = [(b"demo/%d" % (n % 700), b"%d" % n) for n in range(2000)]
        rows += [(b"demo/%d" % n, None) for n in range(0, 700, 7)]
        write(changelog, rows)
        told: list[tuple[int, int]] = []
        result = restore(replica, reader, changelog, progress=lambda done, total: told.append((done, total)))
        assert dict(replica.items()) == {key: value for key, value in dict(rows).items() if value is not None}
        assert (result.records, result.position) == (len(rows), len(rows))
        assert not result.refused
        assert not result.restarted
        assert told[-1] == (len(rows), len(rows))
        assert told == sorted(told)

    def test_it_goes_on_from_its_position(
        self, replica: Replica, reader: LogReader, changelog: Partition, write: Write
    ) -> None:
        write(changelog, [(b"demo/1", b"a"), (b"demo/2", b"b")])
        assert restore(replica, reader, changelog).records == 2
        write(changelog, [(b"demo/1", None), (b"demo/3", b"c")])
        assert restore(replica, reader, changelog).records == 2
        assert dict(replica.items()) == {b"demo/2": b"b", b"demo/3": b"c"}
        assert restore(replica, reader, changelog).records == 0

    def test_an_empty_partition_is_restored_at_once(
        self, replica: Replica, reader: LogReader, changelog: Partition
    ) -> None:
        result = restore(replica, reader, changelog)
        assert (result.records, result.position, result.log_start) == (0, 0, 0)

    def test_a_log_that_ends_without_a_record_still_ends(
        self, replica: Replica, reader: LogReader, kafka: KafkaSettings, changelog: Partition
    ) -> None:
        # The commit of a transaction takes an offset and is no record: like a last record removed by compaction.
        producer = Producer({**kafka.client_config(), "transactional.id": f"writer-of-{changelog.topic}"})
        producer.init_transactions(30)
        producer.begin_transaction()
        producer.produce(changelog.topic, key=b"demo/1", value=b"a", partition=0)
        producer.commit_transaction(10)
        for _ in range(200):  # the broker writes the commit a little later than it answers
            if reader.offsets.end([changelog])[changelog] == 2:
                break
            time.sleep(0.05)
        result = restore(replica, reader, changelog)
        assert (result.records, result.position) == (1, 2)

    def test_an_emptied_log_is_restored_at_once(
        self, replica: Replica, reader: LogReader, admin: AdminClient, emptiable: Partition, write: Write
    ) -> None:
        write(emptiable, [(b"demo/1", b"a"), (b"demo/2", b"b")])
        for future in admin.delete_records([TopicPartition(*emptiable, 2)]).values():
            future.result(10)
        result = restore(replica, reader, emptiable)
        assert (result.records, result.position, result.log_start) == (0, 2, 2)

    def test_a_topic_made_anew_is_read_from_its_start(
        self,
        replica: Replica,
        reader: LogReader,
        admin: AdminClient,
        changelog: Partition,
        make_topic: Callable[..., str],
        write: Write,
    ) -> None:
        write(changelog, [(b"demo/1", b"a"), (b"demo/2", b"b")])
        restore(replica, reader, changelog)
        admin.delete_topics([changelog.topic])[changelog.topic].result(10)
        make_topic(name=changelog.topic, cleanup_policy="compact")
        write(changelog, [(b"demo/%d" % n, b"new") for n in range(3, 8)])
        result = restore(replica, reader, changelog)
        assert result.restarted == "the topic was deleted and made anew"
        assert dict(replica.items()) == {b"demo/%d" % n: b"new" for n in range(3, 8)}

    def test_a_position_below_the_log_starts_again_and_says_what_was_deleted(
        self, replica: Replica, reader: LogReader, admin: AdminClient, emptiable: Partition, write: Write
    ) -> None:
        write(emptiable, [(b"demo/1", b"a")])
        restore(replica, reader, emptiable)
        write(emptiable, [(b"demo/1", None), (b"demo/2", b"b"), (b"demo/3", b"c")])
        for future in admin.delete_records([TopicPartition(*emptiable, 3)]).values():
            future.result(10)
        result = restore(replica, reader, emptiable)
        assert result.restarted == "records from its position 1 to 3 were deleted"
        assert result.log_start == 3
        assert dict(replica.items()) == {b"demo/3": b"c"}

    def test_a_late_record_of_a_paused_writer_is_refused(
        self, replica: Replica, reader: LogReader, changelog: Partition, write: Write
    ) -> None:
        def accept(old: bytes, new: bytes | None) -> bool:
            return new is None or int(new) >= int(old)

        write(changelog, [(b"demo/1", b"2"), (b"demo/1", b"1"), (b"demo/2", b"1")])
        assert restore(replica, reader, changelog, accept=accept).refused == {b"demo/1"}
        write(changelog, [(b"demo/1", b"1"), (b"demo/1", b"3")])  # the later one tells all
        assert not restore(replica, reader, changelog, accept=accept).refused
        write(changelog, [(b"demo/1", b"2"), (b"demo/2", None)])
        assert restore(replica, reader, changelog, accept=accept).refused == {b"demo/1"}
        assert dict(replica.items()) == {b"demo/1": b"3"}

    def test_it_gives_up_where_nothing_arrives(
        self, replica: Replica, reader: LogReader, changelog: Partition, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(changelog, [(b"demo/1", b"a")])
        monkeypatch.setattr(reader.offsets, "end", lambda partitions: dict.fromkeys(partitions, 2))
        with pytest.raises(StalledError):
            restore(replica, reader, changelog, patience_s=0.3)
        assert dict(replica.items()) == {b"demo/1": b"a"}
        assert replica.position == 1
