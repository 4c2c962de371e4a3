"""Partitioning: murmur2 as in Kafka's Java client, in our function and in the producer."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.partitioning import partition_of
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings

JAVA_HASHES = {  # org.apache.kafka.common.utils.UtilsTest.testMurmur2
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


def murmur2(data: bytes) -> int:
    """Return the hash as the definition computes it, 32 bits unsigned."""
    mask, mixer = 0xFFFFFFFF, 0x5BD1E995
    state = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * mixer & mask
        state = (state * mixer & mask) ^ ((word ^ word >> 24) * mixer & mask)
    if whole < len(data):
        state = (state ^ int.from_bytes(data[whole:], "little")) * mixer & mask
    state = (state ^ state >> 13) * mixer & mask
    return state ^ state >> 15


@pytest.mark.parametrize(("key", "java"), JAVA_HASHES.items())
def test_agrees_with_java(key: bytes, java: int) -> None:
    assert murmur2(key) == java % 2**32
    assert partition_of(key, 12) == (java & 0x7FFFFFFF) % 12


@given(key=st.binary(max_size=300), partitions=st.integers(1, 1000))
def test_is_murmur2_of_any_key(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


@pytest.mark.integration
def test_the_producer_puts_keys_where_we_say(
    kafka: KafkaSettings, reader: LogReader, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=4)
    keys = [f"demo/user-{number}-é".encode() for number in range(200)]
    with LogProducer(kafka) as producer:
        for key in keys:
            producer.send(topic, key, b"value")
    ends = reader.offsets.end(reader.offsets.partitions(topic))
    found = {
        record.key(): batch.partition.number
        for batch in reader.read(dict.fromkeys(ends, 0), ends)
        for record in batch.records
    }
    assert found == {key: partition_of(key, 4) for key in keys}
    assert len(set(found.values())) == 4
