"""Collections: vectors in Milvus, one collection for each version of a model, with the position it has come to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient, MilvusException

from agents.errors import SinkUnavailableError
from topics.offsets import Partition
from topics.vector_store import ID, METRIC, VECTOR, VERSION, MilvusSettings, VectorSpace

_MOST_ID_BYTES: Final = 512
_AT_ONCE: Final = 1000
_PROPERTY: Final = "tideline.collection"


@dataclass(frozen=True, slots=True)
class Collection:
    """One version of a model, in Milvus."""

    space: VectorSpace
    version: str
    number: int
    """Of the model's release: the greater one is the newer."""

    dimension: int

    @property
    def name(self) -> str:
        """Its name in Milvus."""
        return self.space.collection(self.version)


class Collections:
    """Milvus, as the sink uses it. Every method raises SinkUnavailableError if Milvus does not do it."""

    def __init__(self, settings: MilvusSettings) -> None:
        """Connect."""
        self._settings = settings
        with _milvus("connect"):
            self._client = MilvusClient(**settings.connection(), timeout=settings.timeout_s)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def all(self) -> dict[Collection, dict[Partition, int]]:
        """Return every collection of ours, loaded, and the position that each has come to."""
        found = {}
        with _milvus("list collections"):
            for name in self._client.list_collections():
                told = self._properties(name).get(_PROPERTY)
                if told is None:
                    continue  # somebody else's
                space, version, number, dimension, positions = orjson.loads(told)
                collection = Collection(VectorSpace(*space), version, number, dimension)
                self._client.load_collection(name)  # a server that was started again answers from none
                found[collection] = {Partition(topic, part): offset for topic, part, offset in positions}
        return found

    def create(self, collection: Collection, positions: Mapping[Partition, int]) -> None:
        """Make the collection; it has come to these positions. One that is there already stays."""
        with _milvus(f"create {collection.name}"):
            if self._client.has_collection(collection.name):
                return
            schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field(ID, DataType.VARCHAR, is_primary=True, max_length=_MOST_ID_BYTES)
            schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=collection.dimension)
            index = MilvusClient.prepare_index_params()
            index.add_index(VECTOR, index_type=self._settings.index, metric_type=METRIC)
            self._client.create_collection(
                collection.name,
                schema=schema,
                index_params=index,
                properties=_described(collection, positions),
                consistency_level="Bounded",
            )

    def upsert(self, collection: Collection, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Let these (N,) ids have these (N, V) vectors."""
        with _milvus(f"write to {collection.name}"):
            rows = [{ID: each, VECTOR: vector} for each, vector in zip(ids, vectors, strict=True)]
            for begin in range(0, len(rows), _AT_ONCE):
                self._client.upsert(collection.name, rows[begin : begin + _AT_ONCE])

    def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Let these ids have none; those that have none stay so."""
        with _milvus(f"take ids out of {collection.name}"):
            for begin in range(0, len(ids), _AT_ONCE):
                self._client.delete(collection.name, ids=list(ids[begin : begin + _AT_ONCE]))

    def settle(self, collection: Collection, positions: Mapping[Partition, int], *, written: bool) -> None:
        """Make what was `written` last, and say that the collection has come to these positions."""
        with _milvus(f"flush {collection.name}"):
            if written:
                self._client.flush(collection.name)
            self._client.alter_collection_properties(collection.name, _described(collection, positions))

    def answering(self, space: VectorSpace) -> str | None:
        """Return the name of the collection that answers for the space; None where none does."""
        with _milvus(f"say what {space.alias} leads to"):
            for name in self._client.list_collections():
                if space.alias in self._client.list_aliases(name)["aliases"]:
                    return str(name)
        return None

    def answer(self, collection: Collection) -> None:
        """Let the collection answer for its space from now on, in place of the one that did."""
        alias = collection.space.alias
        with _milvus(f"let {collection.name} answer"):
            make = self._client.alter_alias if self.answering(collection.space) else self._client.create_alias
            make(collection.name, alias)

    def drop(self, collection: Collection) -> None:
        """Delete the collection."""
        with _milvus(f"drop {collection.name}"):
            self._client.drop_collection(collection.name)

    def _properties(self, name: str) -> dict[str, Any]:
        properties: dict[str, Any] = self._client.describe_collection(name)["properties"]
        return properties


def _described(collection: Collection, positions: Mapping[Partition, int]) -> dict[str, str]:
    offsets = [[*at, offset] for at, offset in sorted(positions.items())]
    told = [[*collection.space], collection.version, collection.number, collection.dimension, offsets]
    return {_PROPERTY: orjson.dumps(told).decode(), VERSION: collection.version}


@contextmanager
def _milvus(what: str) -> Iterator[None]:
    try:
        yield
    except MilvusException as error:
        raise SinkUnavailableError(f"Milvus does not {what}: {error.message or error!r}") from error
