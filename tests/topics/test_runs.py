"""RunProducer: a run's last record speaks for all of it; a gap is fatal."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import pytest

from topics.errors import DeliveryError
from topics.offsets import Partition
from topics.producer import Headers
from topics.reader import LogReader
from topics.runs import RunProducer
from topics.settings import KafkaSettings
from topics.topic import MAX_LARGE_BYTES

NOWHERE = KafkaSettings(bootstrap_servers="127.0.0.1:1")


@pytest.fixture
def absent() -> Iterator[RunProducer]:
    """A producer whose broker is not there."""
    producer = RunProducer(NOWHERE)
    yield producer
    with suppress(DeliveryError):
        producer.close(0)


def test_a_record_larger_than_any_topic_takes_is_refused_at_once(absent: RunProducer) -> None:
    large = (b"large", bytes(MAX_LARGE_BYTES + 1))
    for rows in ([(b"small", b"value"), large], [large, (b"small", b"value")]):
        with pytest.raises(DeliveryError, match=r"any, key b'large', is not sent: .*too large"):
            absent.send_rows("any", 0, rows)
        with pytest.raises(DeliveryError, match=r"any, key b'large', is not sent: .*too large"):
            absent.send_run("any", 0, [(key, value, []) for key, value in rows])


def test_what_an_absent_broker_has_not_confirmed_stays_open(absent: RunProducer) -> None:
    last = absent.send_rows("any", 0, [(b"key", b"value")])
    with pytest.raises(DeliveryError, match="still on their way"):
        absent.close(0.2)
    assert not last.done()


@pytest.mark.integration
class TestOnTheBroker:
    def test_rows_all_arrive_though_they_are_more_than_the_queue_holds(
        self, kafka: KafkaSettings, reader: LogReader, make_topic: Callable[..., str]
    ) -> None:
        topic = make_topic(partitions=2)
        rows: list[tuple[bytes | None, bytes]] = [(b"demo/%d" % each, b"%d" % each) for each in range(120_000)]
        with RunProducer(kafka) as producer:
            assert producer.send_rows(topic, 1, rows).result(60) == len(rows) - 1
        at = Partition(topic, 1)
        read = [record for batch in reader.read({at: 0}, {at: len(rows)}) for record in batch.records]
        assert {(record.key(), record.value()) for record in read} == set(rows)
        assert (read[-1].key(), read[-1].value()) == rows[-1]

    def test_a_run_keeps_its_order_and_its_headers(
        self, kafka: KafkaSettings, reader: LogReader, make_topic: Callable[..., str]
    ) -> None:
        topic = make_topic(partitions=2)
        run: list[tuple[bytes, bytes, Headers]] = [
            (b"demo/%d" % (number % 7), b"%d" % number, [("n", b"%d" % number)]) for number in range(2000)
        ]
        with RunProducer(kafka) as producer:
            assert producer.send_run(topic, 1, run).result(60) == len(run) - 1
        at = Partition(topic, 1)
        read = [record for batch in reader.read({at: 0}, {at: len(run)}) for record in batch.records]
        assert [(record.key(), record.value(), record.headers()) for record in read] == run

    def test_a_refused_record_fails_its_run_and_all_after_it(
        self, kafka: KafkaSettings, reader: LogReader, make_topic: Callable[..., str]
    ) -> None:
        topic = make_topic(max_message_bytes="1000")
        producer = RunProducer(kafka)
        assert producer.send_rows(topic, 0, [(b"demo/1", b"taken")]).result(60) == 0
        run = [(b"demo/2", Random(0).randbytes(2000)), *((b"demo/%d" % number, b"small") for number in range(3, 50))]
        with pytest.raises(DeliveryError):
            producer.send_rows(topic, 0, run).result(60)
        with pytest.raises(DeliveryError):
            producer.send_rows(topic, 0, [(b"demo/3", b"later")]).result(60)
        at = Partition(topic, 0)
        assert reader.offsets.end([at]) == {at: 1}
