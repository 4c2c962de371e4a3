"""Reading the log: bounded and for ever, never silently past what is lost."""

from collections.abc import Callable, Sequence
from threading import Event, Thread

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from topics.errors import BrokerUnavailableError, MissingTopicError, OffsetLostError, StalledError
from topics.offsets import Lag, LogOffsets, Partition
from topics.reader import Batch, LogReader, read_whole
from topics.settings import KafkaSettings

pytestmark = pytest.mark.integration

Write = Callable[[Partition, Sequence[tuple[bytes, bytes | None]]], None]


def numbered(first: int, last: int) -> list[tuple[bytes, bytes | None]]:
    return [(b"demo/%d" % number, b"%d" % number) for number in range(first, last)]


def values(batches: Sequence[Batch]) -> list[bytes]:
    return [record.value() for batch in batches for record in batch.records]


def test_a_bounded_read_gives_each_record_once_and_ends(
    reader: LogReader, make_topic: Callable[..., str], write: Write
) -> None:
    topic = make_topic(partitions=3)
    for partition in reader.offsets.partitions(topic)[:2]:
        write(partition, numbered(0, 500))
    ends = reader.offsets.end(reader.offsets.partitions(topic))
    assert list(ends.values()) == [500, 500, 0]
    batches = list(reader.read(dict.fromkeys(ends, 0), ends))
    for partition in ends:
        assert values([b for b in batches if b.partition == partition]) == [
            value for _, value in numbered(0, ends[partition])
        ]
    last = {batch.partition: batch.position for batch in batches}
    assert last == {at: end for at, end in ends.items() if end}


def test_a_bounded_read_stops_at_its_bound_though_there_is_more(
    reader: LogReader, make_topic: Callable[..., str], write: Write
) -> None:
    at = Partition(make_topic(), 0)
    write(at, numbered(0, 100))
    batches = list(reader.read({at: 20}, {at: 30}))
    assert values(batches) == [value for _, value in numbered(20, 30)]
    assert batches[-1].position == 30


def test_an_unbounded_read_tells_of_the_end_and_goes_on(
    reader: LogReader, make_topic: Callable[..., str], write: Write
) -> None:
    at = Partition(make_topic(), 0)
    write(at, numbered(0, 3))
    stop = Event()
    read = reader.read({at: 0}, stop=stop)
    seen: list[Batch] = []
    while not seen or seen[-1].records:
        seen.append(next(read))
    assert seen[-1] == Batch(at, [], 3)
    write(at, numbered(3, 5))
    assert values([next(read)]) == [b"3", b"4"] or values([next(read)]) == [b"4"]
    Thread(target=stop.set).start()
    for _ in read:
        pass


def test_deleted_offsets_stop_the_reader(
    reader: LogReader, admin: AdminClient, make_topic: Callable[..., str], write: Write
) -> None:
    at = Partition(make_topic(), 0)
    write(at, numbered(0, 10))
    futures = admin.delete_records([TopicPartition(*at, 5)])
    assert [future.result(10) for future in futures.values()]
    assert reader.offsets.start([at]) == {at: 5}
    with pytest.raises(OffsetLostError, match=f"{at.topic}/0 has no offset 2"):
        list(reader.read({at: 2}, {at: 10}))
    assert values(list(reader.read({at: 5}, {at: 10}))) == [value for _, value in numbered(5, 10)]
    assert values(list(read_whole(reader, at.topic))) == [value for _, value in numbered(5, 10)]


def test_an_end_that_never_comes_is_an_error(reader: LogReader, make_topic: Callable[..., str]) -> None:
    at = Partition(make_topic(), 0)
    with pytest.raises(StalledError, match=f"{at.topic}/0 to 1"):
        list(reader.read({at: 0}, {at: 1}, patience_s=0.3))


def test_a_missing_topic_names_the_command(reader: LogReader) -> None:
    with pytest.raises(MissingTopicError, match="tideline topics apply"):
        reader.offsets.partitions("nowhere")


def test_lag_counts_from_the_start_before_the_first_commit(
    kafka: KafkaSettings, admin: AdminClient, reader: LogReader, make_topic: Callable[..., str], write: Write
) -> None:
    topic = make_topic(partitions=2)
    at, other = reader.offsets.partitions(topic)
    write(at, numbered(0, 10))
    write(other, numbered(0, 4))
    consumer = Consumer({**kafka.client_config(), "group.id": f"group-of-{topic}"})
    consumer.commit(offsets=[TopicPartition(*at, 7)], asynchronous=False)
    consumer.close()
    assert reader.offsets.committed(f"group-of-{topic}") == {at: 7}
    lag = reader.offsets.lag(f"group-of-{topic}", [topic])
    assert lag == {at: Lag(7, 10), other: Lag(0, 4)}
    assert [entry.records for entry in lag.values()] == [3, 4]


def test_a_moment_leads_to_the_first_record_that_is_not_before_it(
    kafka: KafkaSettings, reader: LogReader, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=2)
    at, empty = reader.offsets.partitions(topic)
    producer = Producer(kafka.client_config())
    for moment in (1_000, 2_000, 2_000, 3_000):
        producer.produce(topic, value=b"", partition=at.number, timestamp=moment)
    assert producer.flush(10) == 0
    first = {0: 0, 1_000: 0, 1_001: 1, 2_000: 1, 2_001: 3, 3_000: 3, 3_001: 4}
    assert {moment: reader.offsets.since([at, empty], moment) for moment in first} == {
        moment: {at: offset, empty: 0} for moment, offset in first.items()
    }


def test_an_unreachable_broker_is_named_as_such() -> None:
    offsets = LogOffsets(KafkaSettings(bootstrap_servers="127.0.0.1:1"), timeout_s=0.5)
    with pytest.raises(BrokerUnavailableError, match="TIDELINE_KAFKA_BOOTSTRAP_SERVERS"):
        offsets.end([Partition("any", 0)])
