"""LogProducer: confirmed, or known not to be; never more memory than its queue."""

from collections.abc import Callable
from random import Random

import pytest
from confluent_kafka import KafkaError, Message

from topics.errors import DeliveryError
from topics.offsets import Partition
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings
from topics.topic import MAX_LARGE_BYTES

NOWHERE = KafkaSettings(bootstrap_servers="127.0.0.1:1")


def test_a_full_queue_is_told_and_never_grows() -> None:
    producer = LogProducer(NOWHERE)
    accepted = 0
    while producer.try_send("any", b"key", bytes(1 << 20)):
        accepted += 1
    assert 32 <= accepted <= 64


def test_what_is_not_confirmed_in_time_is_an_error() -> None:
    producer = LogProducer(NOWHERE)
    producer.send("any", b"key", b"value")
    with pytest.raises(DeliveryError, match="still on their way"):
        producer.flush(0.1)


def test_a_record_fails_when_its_time_is_over() -> None:
    producer = LogProducer(NOWHERE, delivery_timeout_s=0.1)
    producer.send("any", b"key", b"value")
    with pytest.raises(DeliveryError, match="1 records failed"):
        producer.flush()


def test_a_record_larger_than_any_topic_takes_is_refused_at_once() -> None:
    with pytest.raises(DeliveryError, match=r"any, key b'key', is not sent: .*too large"):
        LogProducer(NOWHERE).send("any", b"key", bytes(MAX_LARGE_BYTES + 1))


@pytest.mark.integration
class TestOnTheBroker:
    def test_each_record_is_told_of_once_with_its_place(
        self, kafka: KafkaSettings, reader: LogReader, make_topic: Callable[..., str]
    ) -> None:
        topic = make_topic(partitions=2)
        told: list[tuple[int, int]] = []

        def on_delivery(error: KafkaError | None, message: Message) -> None:
            assert error is None
            told.append((message.partition(), message.offset()))

        with LogProducer(kafka) as producer:
            for number in range(1000):
                producer.send(topic, b"demo/u1", b"%d" % number, partition=1, on_delivery=on_delivery)
        assert told == [(1, offset) for offset in range(1000)]
        at = Partition(topic, 1)
        read = [record for batch in reader.read({at: 0}, {at: 1000}) for record in batch.records]
        assert [record.value() for record in read] == [b"%d" % number for number in range(1000)]

    def test_headers_keys_and_deletions_arrive(
        self, kafka: KafkaSettings, reader: LogReader, make_topic: Callable[..., str]
    ) -> None:
        topic = make_topic()
        with LogProducer(kafka) as producer:
            producer.send(topic, b"demo/u1", None, headers=[("tl-origin", b"t/0/1")])
            producer.send(topic, None, b"value")
        at = Partition(topic, 0)
        first, second = [record for batch in reader.read({at: 0}, {at: 2}) for record in batch.records]
        assert (first.key(), first.value(), first.headers()) == (b"demo/u1", None, [("tl-origin", b"t/0/1")])
        assert (second.key(), second.value()) == (None, b"value")

    def test_flush_raises_what_the_broker_refused_and_forgets_it(
        self, kafka: KafkaSettings, make_topic: Callable[..., str]
    ) -> None:
        topic = make_topic(max_message_bytes="1000")
        producer = LogProducer(kafka)
        producer.send(topic, b"demo/large", Random(0).randbytes(2000))
        producer.send(topic, b"demo/small", b"value", partition=0)
        with pytest.raises(DeliveryError, match=rf"failed, the first: not confirmed: {topic}, key b'demo/large'"):
            producer.flush()
        producer.send(topic, b"demo/small", b"value")
        producer.flush()

    def test_a_letter_that_holds_a_whole_refused_record_passes(
        self, kafka: KafkaSettings, make_topic: Callable[..., str]
    ) -> None:
        topic = make_topic(max_message_bytes=str(MAX_LARGE_BYTES))
        with LogProducer(kafka) as producer:
            producer.send(topic, b"demo/u1", bytes(2 << 20))
