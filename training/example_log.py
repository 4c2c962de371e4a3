"""Examples in the log: `training.example.v1`, written as outcomes come to be known, and read into files."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from schemas.decision_records import Decision
from schemas.hashing import id_hash
from schemas.loading import Codecs
from schemas.model_records import TrainingExample
from schemas.packing import pack_floats, unpack_floats
from schemas.records import Record
from schemas.tenancy import TenantKey, chunk_key
from topics.catalog import EXAMPLES
from topics.partitioning import partition_of
from topics.producer import LogProducer
from topics.reader import LogReader, read_whole
from topics.rows import RowDecoder
from training.errors import ExamplesError
from training.examples import HEADS, Examples
from training.served import Outcomes, Served

SUBJECTS: Final[dict[str, type[Record]]] = {EXAMPLES.subject: EXAMPLES.record}
"""What reading and writing examples needs a codec for."""


def example_of(decision: Decision, outcomes: Outcomes, window_ms: int) -> TrainingExample | None:
    """Return the decision's example; None if nothing of its list was acted on, or its features were not recorded."""
    served = Served.of(decision)
    if not decision.features or (labels := outcomes.of(served)) is None:
        return None
    return TrainingExample(
        request_id=decision.request_id,
        tenant_id=decision.tenant_id,
        user_id=decision.user_id,
        scenario=decision.scenario,
        as_of=decision.as_of,
        window_ms=window_ms,
        items=list(decision.items[: len(labels)]),
        features=list(decision.features),
        values=pack_floats(served.values[: len(labels)]),
        heads=list(HEADS),
        labels=pack_floats(labels),
    )


class ExampleLog:
    """Reads and writes the topic. Methods raise TopicsError where the broker does not do its part."""

    def __init__(self, reader: LogReader, codecs: Codecs) -> None:
        """Take the log, and codecs for SUBJECTS."""
        self._reader = reader
        self._codec = codecs.codec_for(EXAMPLES.subject, TrainingExample)
        self._decoder = RowDecoder(self._codec, codecs.fetch)

    def write(self, producer: LogProducer, examples: Iterable[TrainingExample]) -> int:
        """Write the examples, each in place of the one of its request; return how many, once the log has them all."""
        partitions = len(self._reader.offsets.partitions(EXAMPLES.name))
        count = 0
        for example in examples:
            owner = TenantKey(example.tenant_id, example.user_id).encode()
            key = chunk_key(owner, example.request_id)
            at = partition_of(owner, partitions)
            producer.send(EXAMPLES.name, key, self._codec.encode(example), partition=at)
            count += 1
        producer.flush()
        return count

    def read(self, tenant: str) -> Iterator[TrainingExample]:
        """Yield the tenant's examples, of each request the latest, a partition's in the order of the log.

        The topic is read twice, and about 100 bytes are held of each example.
        """
        prefix = f"{tenant}/".encode()
        latest: dict[int, int] = {}
        for batch in read_whole(self._reader, EXAMPLES.name):
            for record in batch.records:
                if (record.key() or b"").startswith(prefix):
                    latest[_place(record.key())] = record.offset() or 0
        for batch in read_whole(self._reader, EXAMPLES.name):
            for record in batch.records:
                key = record.key() or b""
                if not key.startswith(prefix) or latest.get(_place(key)) != record.offset():
                    continue
                change = self._decoder.change(key, record.value())
                if change is not None and change.row is not None and change.owner.tenant == change.row.tenant_id:
                    yield change.row


def parts_of(examples: Iterable[TrainingExample]) -> Iterator[Examples]:
    """Yield each list as columns, one group each.

    Raises ExamplesError if an example's bytes are not as long as its items, features and heads say.
    """
    for number, example in enumerate(examples):
        count = len(example.items)
        try:
            values = unpack_floats(example.values).reshape(count, len(example.features))
            labels = unpack_floats(example.labels).reshape(count, len(example.heads))
        except ValueError as error:
            raise ExamplesError(
                f"the example of request {example.request_id} of tenant {example.tenant_id} is not whole: {error}; "
                "`tideline examples publish` writes it again"
            ) from error
        yield Examples(
            features=tuple(example.features),
            values=values.astype(np.float32),
            labels=labels.astype(np.float32),
            group=np.full(count, number, np.int64),
            time=np.full(count, example.as_of, np.int64),
            weight=np.ones(count, np.float32),
            heads=tuple(example.heads),
        )


def _place(key: bytes | None) -> int:
    return id_hash((key or b"").decode(errors="replace"))
