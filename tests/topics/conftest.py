"""Fixtures of the tests that talk to a real broker."""

from collections.abc import Callable, Sequence
from itertools import count

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from deploy.local.stack import Stack
from topics.errors import BrokerUnavailableError, MissingTopicError
from topics.offsets import Partition
from topics.reader import LogReader
from topics.settings import KafkaSettings

Row = tuple[bytes, bytes | None]
_NUMBERS = count()


@pytest.fixture(scope="session")
def kafka(stack: Stack) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=stack.bootstrap_servers)


@pytest.fixture(scope="session")
def admin(kafka: KafkaSettings) -> AdminClient:
    return AdminClient(kafka.client_config())


@pytest.fixture(scope="session")
def reader(kafka: KafkaSettings) -> LogReader:
    return LogReader(kafka)


@pytest.fixture
def make_topic(admin: AdminClient, reader: LogReader) -> Callable[..., str]:
    """Return a function that creates a topic under a new or a given name and returns the name once it can be read."""
    # The answer comes from the controller; the broker leads the new partitions a moment later.
    until_led = Retrying(
        retry=retry_if_exception_type((BrokerUnavailableError, MissingTopicError)),
        stop=stop_after_delay(10),
        wait=wait_fixed(0.05),
        reraise=True,
    )

    def make(partitions: int = 1, name: str | None = None, **config: str) -> str:
        topic = name or f"test-{next(_NUMBERS)}"
        settings = {key.replace("_", "."): value for key, value in config.items()}
        admin.create_topics([NewTopic(topic, partitions, 1, config=settings)])[topic].result(10)
        until_led(lambda: reader.offsets.end(reader.offsets.partitions(topic)))
        return topic

    return make


@pytest.fixture
def write(kafka: KafkaSettings) -> Callable[[Partition, Sequence[Row]], None]:
    """Return a function that writes records to one partition and waits for the broker."""

    def produce(at: Partition, rows: Sequence[Row]) -> None:
        producer = Producer(kafka.client_config())
        for key, value in rows:
            producer.produce(at.topic, key=key, value=value, partition=at.number)
        assert producer.flush(10) == 0

    return produce
