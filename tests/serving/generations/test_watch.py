"""Learning which generation is to serve: at once, at each word, and through outages."""

from collections.abc import Iterator, Mapping
from threading import Event
from unittest.mock import create_autospec

import pytest
from confluent_kafka import Message

from schemas.errors import UndecodableError
from serving.generations.watch import Watch
from topics.catalog import GENERATIONS
from topics.errors import BrokerUnavailableError, MissingTopicError
from topics.generation import Generation
from topics.generations import SERVING_KEY, Generations
from topics.offsets import LogOffsets, Partition
from topics.reader import Batch, LogReader

AT = Partition(GENERATIONS.name, 0)


class Topic:
    """A topic that 7 records stand in; what comes then is given as the keys of each batch, or what is raised."""

    def __init__(self, *comes: list[bytes] | Exception, serving: list[int | Exception]) -> None:
        self._comes = list(comes)
        self._serving = list(serving)
        self.starts: list[int] = []
        offsets = create_autospec(LogOffsets, instance=True)
        offsets.partitions.return_value = [AT]
        offsets.end.return_value = {AT: 7}
        self.reader = create_autospec(LogReader, instance=True, offsets=offsets)
        self.reader.read.side_effect = self._read
        self.generations = create_autospec(Generations, instance=True)
        self.generations.serving.side_effect = self._answer

    def _read(self, start: Mapping[Partition, int], *, stop: Event) -> Iterator[Batch]:
        self.starts.append(start[AT])
        while self._comes:
            batch = self._comes.pop(0)
            if isinstance(batch, Exception):
                raise batch
            yield Batch(AT, [Message(topic=AT.topic, key=key) for key in batch], 7)
        stop.set()

    def _answer(self) -> Generation:
        answer = self._serving.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Generation(answer)

    def told(self) -> list[int]:
        watch = Watch(self.reader, self.generations, retry_s=0.001)
        return [generation.number for generation in watch.changes(Event())]


def test_it_tells_at_once_and_then_whenever_the_serving_record_is_written() -> None:
    topic = Topic([], [b"4"], [b"4", SERVING_KEY, SERVING_KEY], [b"5"], [SERVING_KEY], serving=[0, 4, 0])
    assert topic.told() == [0, 4, 0]
    assert topic.starts == [7]


def test_after_an_outage_it_asks_again_since_something_may_have_been_said() -> None:
    topic = Topic(BrokerUnavailableError("away"), [SERVING_KEY], serving=[BrokerUnavailableError("away"), 1, 2, 3])
    assert topic.told() == [1, 2, 3]


def test_what_cannot_be_read_is_logged_until_it_can_be(caplog: pytest.LogCaptureFixture) -> None:
    topic = Topic([SERVING_KEY], serving=[1, UndecodableError("3 bytes"), 2])
    assert topic.told() == [1, 2]
    assert "cannot be read: 3 bytes" in caplog.text


def test_without_the_topic_it_ends() -> None:
    topic = Topic(serving=[])
    topic.reader.offsets.partitions.side_effect = MissingTopicError("run `tideline topics apply`")
    with pytest.raises(MissingTopicError):
        topic.told()
