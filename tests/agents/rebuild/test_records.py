"""Bulk reads in larger batches: the same records in the same order, and a position after each."""

from typing import Any
from unittest.mock import create_autospec

from aiokafka import ConsumerRecord
from confluent_kafka import Message
from hypothesis import given
from hypothesis import strategies as st

from agents.rebuild.records import gathered, record_of
from topics.offsets import Partition
from topics.reader import Batch

AT = Partition("t", 0)


class Sized:
    """Stands for a message of a given size."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size


@st.composite
def reads(draw: st.DrawFn) -> list[Batch]:
    position, found = 0, []
    for sizes in draw(st.lists(st.lists(st.integers(0, 50), max_size=6), max_size=8)):
        position += len(sizes) + draw(st.integers(0, 3))  # compaction leaves gaps
        records: list[Any] = [Sized(size) for size in sizes]
        found.append(Batch(AT, records, position))
    return found


@given(reads(), st.integers(1, 12), st.integers(1, 200))
def test_nothing_is_lost_and_no_batch_is_larger_than_it_may_be(
    batches: list[Batch], most_records: int, most_bytes: int
) -> None:
    made = list(gathered(iter(batches), most_records, most_bytes))
    flat: list[Any] = [record for batch in made for record in batch.records]
    assert flat == [record for batch in batches for record in batch.records]
    assert [batch.position for batch in made] == sorted(batch.position for batch in made)
    if batches:
        assert made[-1].position == batches[-1].position
    one_read = max((len(batch.records) for batch in batches), default=0)
    one_size = max((sum(map(len, batch.records)) for batch in batches), default=0)
    for batch in made:
        assert len(batch.records) < most_records + one_read or not batch.records
        assert sum(map(len, batch.records)) < most_bytes + one_size or not batch.records
    assert len(made) <= len(batches)


def test_a_record_has_what_a_processor_asks_of_it() -> None:
    message = create_autospec(Message, instance=True)
    message.topic.return_value, message.partition.return_value, message.offset.return_value = "t", 3, 7
    message.timestamp.return_value = (2, 1_700_000_000_000)
    message.key.return_value, message.value.return_value = b"k", b"v"
    message.headers.return_value = [("tl-origin", b"t/0/1"), ("tl-origin", b"t/0/2")]
    record: Any = record_of(message)
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    assert fields.keys() <= set(ConsumerRecord.__annotations__)
    assert fields == {
        "topic": "t",
        "partition": 3,
        "offset": 7,
        "timestamp": 1_700_000_000_000,
        "key": b"k",
        "value": b"v",
        "headers": [("tl-origin", b"t/0/1"), ("tl-origin", b"t/0/2")],
    }
    message.headers.return_value = None
    assert record_of(message).headers == ()
