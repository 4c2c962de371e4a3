"""Vector index: which items' vectors have the greatest product with a user's, asked of Milvus."""

import asyncio
import logging
import time
from typing import Final, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pymilvus import AsyncMilvusClient, MilvusException
from pymilvus.exceptions import ErrorCode

from serving.errors import IndexUnavailableError
from topics.vector_store import ID, METRIC, VECTOR, VERSION, MilvusSettings, VectorSpace

_LOG = logging.getLogger(__name__)

_FRESH_S: Final = 1.0
"""For how long it is believed which version answers."""


Answering: TypeAlias = str | IndexUnavailableError | None
"""The version that answers; None where there is none; or why it is not known."""


class Found(NamedTuple):
    """What an index found, best first."""

    ids: list[str]
    scores: NDArray[np.float32]


class VectorIndex(Protocol):
    """The role of an index of vectors."""

    async def version(self, space: VectorSpace) -> str | None:
        """Return the version of the model whose vectors are complete, and answer; None while there is none.

        Raises IndexUnavailableError while the index cannot be asked: an answer without it has to say so.
        """
        ...

    async def search(self, space: VectorSpace, version: str, vector: NDArray[np.float32], limit: int) -> Found:
        """Return the `limit` ids of that version whose vectors have the greatest product with the vector (V,)."""
        ...


class MilvusIndex:
    """Milvus, which `tideline sink milvus` fills. What it raises leaves the channel out of the answer."""

    def __init__(self, settings: MilvusSettings) -> None:
        """Take where Milvus is; it is connected to at the first question, on the loop that asks it."""
        self._settings = settings
        self._client: AsyncMilvusClient | None = None
        self._known: dict[VectorSpace, tuple[float, Answering]] = {}
        self._asking: dict[VectorSpace, asyncio.Task[Answering]] = {}

    async def version(self, space: VectorSpace) -> str | None:
        """Return the version that answers, as of a second ago; once it is known, no request waits for it."""
        known = self._known.get(space)
        if known is None or time.monotonic() - known[0] > _FRESH_S:
            asking = self._asking.get(space)
            if asking is None:
                asking = self._asking[space] = asyncio.create_task(self._ask(space))
            answering = await asyncio.shield(asking) if known is None else known[1]
        else:
            answering = known[1]
        if isinstance(answering, IndexUnavailableError):
            raise IndexUnavailableError(*answering.args)
        return answering

    async def search(self, space: VectorSpace, version: str, vector: NDArray[np.float32], limit: int) -> Found:
        """Search the version's collection; see VectorIndex. Raises IndexUnavailableError if Milvus does not answer."""
        collection = space.collection(version)
        try:
            found = await self._connected().search(
                collection,
                data=[vector],
                anns_field=VECTOR,
                limit=limit,
                output_fields=[ID],
                search_params={"metric_type": METRIC},
            )
        except MilvusException as error:
            raise IndexUnavailableError(f"vectors of model {space.model} cannot be searched: {error}") from error
        hits = found[0]
        scores = np.fromiter((hit["distance"] for hit in hits), np.float32, len(hits))
        return Found([hit["entity"][ID] for hit in hits], scores)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            await self._client.close()

    async def _ask(self, space: VectorSpace) -> Answering:
        version: Answering = None
        try:
            described = await self._connected().describe_collection(space.alias)
            version = described["properties"].get(VERSION)
        except MilvusException as error:  # the next question is asked in a second
            if error.code != ErrorCode.COLLECTION_NOT_FOUND:
                version = IndexUnavailableError(f"Milvus cannot be asked for {space.alias}: {error}")
            _LOG.debug("%s is not there: %s", space.alias, error)
        finally:
            self._known[space] = time.monotonic(), version
            self._asking.pop(space, None)
        return version

    def _connected(self) -> AsyncMilvusClient:
        if self._client is None:
            self._client = AsyncMilvusClient(**self._settings.connection(), timeout=self._settings.timeout_s)
        return self._client
