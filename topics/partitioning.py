"""Key to partition, the same in every producer."""

from typing import Final

from confluent_kafka import murmur2

PARTITIONER: Final = "murmur2"
"""librdkafka's name of it. Its default hashes with CRC32: one user's events would then lie in two partitions,
depending on who wrote them."""


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of the key, 0 to partitions - 1, as Kafka's Java client chooses it."""
    return int(murmur2(key, partitions))
