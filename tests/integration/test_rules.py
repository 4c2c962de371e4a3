"""What an operator configures, on the real stack: pins, blocks, caps on what was shown, and pages over all of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest

from deploy.local.ports import free_ports
from schemas.records import ItemChange
from serving.api.recommender.v1 import behavior_pb2, behavior_pb2_grpc, recommendation_pb2_grpc
from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest
from tests.integration.conftest import Platform
from tests.integration.test_serving import until_serving
from topics.events import EventProducer

pytestmark = pytest.mark.integration

TENANT = "ruled"
ITEMS = [f"item-{number}" for number in range(12)]
CONFIG = """
[tenant.ruled]
filters = ["availability", "block", "frequency_cap", "seen"]
rules = ["boost", "mmr", "diversity", "freshness", "pin"]
block = { authors = ["nobody's friend"] }
frequency_cap = { most = 1, window_days = 1 }
pin = { places = [{ item = "item-7", position = 0 }, { item = "item-2", position = 5 }] }
"""


def made(item: str) -> ItemChange:
    author = "nobody's friend" if item == "item-11" else "somebody"
    return ItemChange(f"{item}-made", TENANT, item, "create", 1, title=item, author=author, status="active")


async def listed(stub: recommendation_pb2_grpc.RecommendServiceStub, user: str) -> list[list[str]]:
    """Return all pages of the user's list, four items each; none before the tenant is known."""
    pages: list[list[str]] = []
    token = ""
    while not pages or token:
        request = RecommendRequest(tenant_id=TENANT, user_id=user, count=4, page_token=token)
        try:
            answer = await stub.Recommend(request, timeout=10, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE):
                return []
            raise
        pages.append([item.item_id for item in answer.items])
        token = answer.next_page_token
    return pages


async def until_listed(stub: recommendation_pb2_grpc.RecommendServiceStub, user: str, items: set[str]) -> list[str]:
    """Return the user's whole list once it is of these items; fail with what it is instead."""
    found: list[str] = []
    try:
        async with asyncio.timeout(60):
            while set(found) != items:
                await asyncio.sleep(0.05)
                found = [item for page in await listed(stub, user) for item in page]
    except TimeoutError:
        pytest.fail(f"{user} is shown {found}, not {items}")
    return found


async def test_an_operators_rules_hold_over_all_pages(platform: Platform, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "serving.toml").write_text(CONFIG)
    told = ("serve", "--port", str(port), "--state-dir", str(tmp_path / "views"))
    config = {"TIDELINE_SERVING_CONFIG": str(tmp_path / "serving.toml")}
    async with (
        platform.tideline.start("ruled-worker", "worker", "--state-dir", str(tmp_path / "worker")),
        platform.tideline.start("ruled", *told, **config),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        await until_serving(channel)
        with EventProducer(platform.kafka, platform.codecs) as producer:
            for item in ITEMS:
                producer.send(made(item))
        recommend = recommendation_pb2_grpc.RecommendServiceStub(channel)
        allowed = set(ITEMS) - {"item-11"}
        await until_listed(recommend, "anna", allowed)
        # Once more: while items come, one may stand on the first page that belongs on the second.
        found = await until_listed(recommend, "anna", allowed)
        assert len(found) == len(allowed), "an item on two pages"
        assert (found[0], found[5]) == ("item-7", "item-2"), "the second is on the second page"

        event = behavior_pb2.BehaviorEvent(user_id="anna", item_id="item-7", action="impression")
        request = behavior_pb2.TrackEventRequest(tenant_id=TENANT, event=event)
        await behavior_pb2_grpc.BehaviorServiceStub(channel).TrackEvent(request, timeout=10)
        await until_listed(recommend, "anna", allowed - {"item-7"})
        assert (await until_listed(recommend, "bert", allowed))[0] == "item-7", "nobody else's cap"
