"""Vectors in the log: their keys, and of which version of each model all of them are there."""

from collections.abc import Mapping
from typing import Final

from schemas.loading import Codecs
from schemas.model_records import VectorSet, VectorSubject
from schemas.records import Record
from schemas.tenancy import TenantKey, chunk_key
from topics.catalog import ITEM_VECTORS, USER_VECTORS, VECTOR_SETS
from topics.producer import LogProducer
from topics.reader import LogReader, read_whole
from topics.rows import RowDecoder
from topics.topic import Topic

SUBJECTS: Final[dict[str, type[Record]]] = {
    topic.subject: topic.record for topic in (ITEM_VECTORS, USER_VECTORS, VECTOR_SETS)
}
"""What reading and writing vectors needs a codec for."""

TOPIC_OF: Final[Mapping[str, Topic]] = {VectorSubject.ITEM: ITEM_VECTORS, VectorSubject.USER: USER_VECTORS}
"""By subject, where its vectors are."""


def vector_key(owner: bytes, model: str) -> bytes:
    """Return the key of what the model makes of the owner, an item or a user, by the bytes of its `TenantKey`."""
    return chunk_key(owner, model)


def set_key(vectors: VectorSet) -> bytes:
    """Return the key of the record that says that a model's vectors are all there."""
    return TenantKey(vectors.tenant_id, f"{vectors.subject}/{vectors.model}").encode()


class VectorSets:
    """Every answer is of the topic as it is when it is asked for. Threads may share it.

    Methods raise what `LogReader.read` raises; a record that is no set is left out, with a line in the log.
    """

    def __init__(self, reader: LogReader, codecs: Codecs) -> None:
        """Take codecs for at least SUBJECTS."""
        self._reader = reader
        self._codec = codecs.codec_for(VECTOR_SETS.subject, VectorSet)
        self.decoder: Final = RowDecoder(self._codec, codecs.fetch)

    def all(self) -> dict[tuple[str, str, str], VectorSet]:
        """Return the latest set by tenant, subject and model."""
        found: dict[bytes, VectorSet] = {}
        for batch in read_whole(self._reader, VECTOR_SETS.name):
            for record in batch.records:
                change = self.decoder.change(record.key(), record.value())
                if change is not None and change.row is not None:
                    found[change.key] = change.row
        return {(each.tenant_id, each.subject, each.model): each for each in found.values()}

    def publish(self, producer: LogProducer, vectors: VectorSet) -> None:
        """Write the set; return when the broker has confirmed it. Raises DeliveryError if it does not."""
        producer.send(VECTOR_SETS.name, set_key(vectors), self._codec.encode(vectors))
        producer.flush()
