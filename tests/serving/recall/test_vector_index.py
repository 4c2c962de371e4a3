"""The index in Milvus where there is none: the channel fails, and in time; the answer then says so."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from deploy.local.ports import free_ports
from serving.errors import IndexUnavailableError
from serving.metrics import Metrics
from serving.recall.channels.vector import Vector
from serving.recall.gather import Ask, Verdict, gather
from serving.recall.vector_index import MilvusIndex
from tests.serving.fakes import TENANT, catalogue_of, query_of, state_of
from tests.serving.models.shelves import shelf_of, towers
from topics.vector_store import MilvusSettings, VectorSpace

MODEL = towers(["item-0", "item-1"], {}, TENANT)


@pytest.fixture
def nowhere() -> MilvusIndex:
    (port,) = free_ports(1)
    return MilvusIndex(MilvusSettings(uri=f"http://127.0.0.1:{port}"))


async def test_an_index_that_is_away_is_not_one_without_vectors(nowhere: MilvusIndex) -> None:
    for _ in range(2):  # asked, and as it is believed for a second
        with pytest.raises(IndexUnavailableError, match="Milvus"):
            await nowhere.version(VectorSpace(TENANT, "item", "retrieval"))


async def test_the_channel_is_left_out_within_its_budget(nowhere: MilvusIndex) -> None:
    channel = Vector(shelf_of(MODEL), nowhere)
    query = query_of(catalogue_of([True, True]), state_of([0]))
    until = asyncio.get_running_loop().time() + 5
    for _ in range(3):
        found = await gather(query, [Ask(channel, 10, 200)], until, Metrics(CollectorRegistry()))
        assert found["vector"].verdict in (Verdict.FAILED, Verdict.LATE)
