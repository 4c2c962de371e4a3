"""What became of generations: the latest record of each number stands, and beside them the one that serves."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from unittest.mock import create_autospec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import UndecodableError
from schemas.loading import local_codecs
from schemas.records import GenerationChange, GenerationStatus
from tests.strategies import generation_changes
from tests.topics.logbook import Log, reader_of
from topics.catalog import GENERATIONS
from topics.generation import FIRST, Generation
from topics.generations import SERVING_KEY, SUBJECTS, Generations, key_of
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.producer import LogProducer

CODECS = local_codecs(SUBJECTS)
PARTITIONS = 3
histories = st.lists(generation_changes(st.integers(0, 5)), max_size=12)


class Broker:
    """A log that a producer writes to and a reader reads."""

    def __init__(self) -> None:
        self._log: defaultdict[Partition, list[tuple[bytes | None, bytes | None]]] = defaultdict(list)
        self._unconfirmed: list[tuple[bytes, bytes | None]] = []
        self.producer = create_autospec(LogProducer, instance=True)
        self.producer.send.side_effect = self._send
        self.producer.flush.side_effect = self._flush

    def _send(self, topic: str, key: bytes, value: bytes | None) -> None:
        assert topic == GENERATIONS.name
        self._unconfirmed.append((key, value))

    def _flush(self) -> None:
        for key, value in self._unconfirmed:
            self._log[Partition(GENERATIONS.name, partition_of(key, PARTITIONS))].append((key, value))
        self._unconfirmed.clear()

    def write(self, key: bytes, value: bytes | None) -> None:
        self._send(GENERATIONS.name, key, value)
        self._flush()

    @property
    def generations(self) -> Generations:
        return Generations(reader_of(Log(self._log), PARTITIONS), CODECS)


def recorded(history: Sequence[GenerationChange]) -> Broker:
    broker = Broker()
    for change in history:
        broker.generations.record(broker.producer, change)
    return broker


@given(histories)
def test_the_latest_of_each_stands_and_serving_is_apart(history: list[GenerationChange]) -> None:
    generations = recorded(history).generations
    own = [change for change in history if change.status != GenerationStatus.SERVING]
    assert generations.all() == {change.generation: change for change in own}
    assert list(generations.all()) == sorted(generations.all())
    serving = [change for change in history if change.status == GenerationStatus.SERVING]
    assert generations.serving() == Generation(serving[-1].generation if serving else 0)
    before = serving[-1].previous if serving else None
    assert generations.previous() == (None if before is None else Generation(before))


@given(histories)
def test_a_number_is_given_once_whatever_became_of_it(history: list[GenerationChange]) -> None:
    made = recorded(history).generations.next()
    assert made.number > max((n for n in recorded(history).generations.all()), default=0)


def test_nothing_said_is_the_first_generation() -> None:
    generations = recorded([]).generations
    assert (generations.all(), generations.serving(), generations.next()) == ({}, FIRST, Generation(1))


def test_a_deleted_record_is_forgotten_and_a_stranger_is_told_of() -> None:
    broker = recorded([GenerationChange(4, GenerationStatus.SERVING, 1), GenerationChange(2, "built", 1)])
    broker.write(SERVING_KEY, None)
    assert broker.generations.serving() == FIRST
    broker.write(b"2", CODECS.of(GENERATIONS).encode(GenerationChange(2, "dropped", 2))[:-1])
    with pytest.raises(UndecodableError):
        broker.generations.all()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (GenerationChange(7, "serving", 1), SERVING_KEY),
        (GenerationChange(7, "dropped", 1), b"7"),
    ],
)
def test_a_change_of_service_has_a_key_of_its_own(change: GenerationChange, key: Any) -> None:
    assert key_of(change) == key
